//! An image's report in the formats people hand on.

use crate::problem::Problem;
use plimsoll::document::Document;
use plimsoll::format::{cyclonedx, html, sarif, spdx};

/// The report's bytes, the ending of its name and its media type.
pub fn written(document: &Document, format: &str) -> Result<(Vec<u8>, &'static str, &'static str), Problem> {
    let mut bytes = Vec::new();
    let written = match format {
        "json" => serde_json::to_writer_pretty(&mut bytes, document).map_err(Into::into),
        "html" => html::write(document, &mut bytes),
        "cyclonedx" => cyclonedx::write(document, &mut bytes),
        "spdx" => spdx::write(document, &mut bytes),
        "sarif" => sarif::write(document, &mut bytes),
        _ => return Err(Problem::field("format", "give html, json, cyclonedx, spdx or sarif")),
    };
    written.map_err(|error| Problem::ours(&error))?;
    let (ending, media_type) = match format {
        "html" => ("html", "text/html; charset=utf-8"),
        "cyclonedx" => ("cdx.json", "application/vnd.cyclonedx+json"),
        "spdx" => ("spdx.json", "application/spdx+json"),
        "sarif" => ("sarif", "application/sarif+json"),
        _ => ("json", "application/json"),
    };
    Ok((bytes, ending, media_type))
}
