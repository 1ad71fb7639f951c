//! The output formats, one a file. Each writes a whole [`Document`].

mod csv;
mod cyclonedx;
mod html;
mod junit;
pub mod listing;
mod sarif;
mod spdx;
mod table;

use crate::arguments::Format;
use plimsoll::document::Document;
use plimsoll::model::{Evidence, RiskKind};
use std::io::Write;

/// Writes the document in this format.
pub fn write(format: Format, document: &Document, out: &mut dyn Write) -> anyhow::Result<()> {
    match format {
        Format::Table => table::write(document, out),
        Format::Json => Ok(serde_json::to_writer_pretty(&mut *out, document)
            .map_err(anyhow::Error::from)
            .and_then(|()| out.write_all(b"\n").map_err(anyhow::Error::from))?),
        Format::Cyclonedx => cyclonedx::write(document, out),
        Format::Spdx => spdx::write(document, out),
        Format::Sarif => sarif::write(document, out),
        Format::Csv => csv::write(document, out),
        Format::Html => html::write(document, out),
        Format::Junit => junit::write(document, out),
    }
}

/// What a kind of risk is called in headings.
fn title_of(kind: RiskKind) -> &'static str {
    match kind {
        RiskKind::Vulnerability => "Vulnerabilities",
        RiskKind::MaliciousFile => "Malicious files",
        RiskKind::Configuration => "Unsafe settings",
        RiskKind::PasswordPolicy => "Password policy",
        RiskKind::WeakPassword => "Weak passwords",
        RiskKind::Secret => "Sensitive information",
        RiskKind::Compliance => "Software compliance",
        RiskKind::BaseImage => "Base image",
    }
}

/// `/etc/shadow:1`, `/opt/a.jar!/x.properties:3`, `image config: Env/PASSWORD`.
fn place(evidence: &Evidence) -> String {
    let inner = evidence.inner_path.as_deref().unwrap_or("");
    let mut text = match evidence.path.as_str() {
        Evidence::CONFIG => format!("image config: {inner}"),
        Evidence::HISTORY => format!("build history: {inner}"),
        path if inner.is_empty() => path.to_owned(),
        path => format!("{path}!/{inner}"),
    };
    if let Some(line) = evidence.line {
        text.push_str(&format!(":{line}"));
    }
    text.trim_end_matches([' ', ':']).to_owned()
}
