//! Reports to hand on, one format a file. Each writes a whole document.

pub mod cyclonedx;
pub mod html;
pub mod sarif;
pub mod spdx;

use plimsoll_model::{Evidence, Purl, RiskKind};

/// What a kind of risk is called in headings.
pub fn title_of(kind: RiskKind) -> &'static str {
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

/// The name in a purl, with the namespace where it is part of the name.
fn name_of_purl(purl: &str) -> String {
    Purl::parse(purl).map_or_else(|_| purl.to_owned(), |purl| purl.full_name())
}

/// `/etc/shadow:1`, `/opt/a.jar!/x.properties:3`, `image config: Env/PASSWORD`.
pub fn place(evidence: &Evidence) -> String {
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
