//! An image's report in the formats people hand on.

use crate::problem::Problem;
use plimsoll::document::Document;

/// The report's bytes, the ending of its name and its media type.
pub fn written(document: &Document, format: &str) -> Result<(Vec<u8>, &'static str, &'static str), Problem> {
    match format {
        "json" => {
            let bytes = serde_json::to_vec_pretty(document).map_err(|error| Problem::ours(&error))?;
            Ok((bytes, "json", "application/json"))
        }
        _ => Err(Problem::field("format", "give html, json, cyclonedx, spdx or sarif")),
    }
}
