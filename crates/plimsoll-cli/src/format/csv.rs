//! A line a finding. Cells that a spreadsheet would run as a formula get a leading apostrophe.

use plimsoll::document::Document;
use std::io::Write;

const HEADING: &[&str] = &[
    "image",
    "digest",
    "platform",
    "kind",
    "id",
    "aliases",
    "severity",
    "urgency",
    "component",
    "installed",
    "fixed",
    "state",
    "path",
    "layer",
    "present",
    "title",
];

pub fn write(document: &Document, out: &mut dyn Write) -> anyhow::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(HEADING)?;
    for image in &document.images {
        for finding in &image.findings {
            let evidence = finding.evidence.first();
            let cells = [
                image.name.clone(),
                image.digest.clone().unwrap_or_default(),
                image.platform.clone().unwrap_or_default(),
                word(&finding.kind),
                finding.id.clone(),
                finding.aliases.join(" "),
                word(&finding.severity),
                word(&finding.urgency),
                finding.component.clone().unwrap_or_default(),
                finding.installed.clone().unwrap_or_default(),
                finding.fixed.clone().unwrap_or_default(),
                finding.state.as_ref().map(word).unwrap_or_default(),
                evidence.map(|evidence| evidence.path.clone()).unwrap_or_default(),
                evidence.map(|evidence| evidence.layer.to_string()).unwrap_or_default(),
                finding.present.to_string(),
                finding.title.clone(),
            ];
            csv.write_record(cells.map(formula_safe))?;
        }
    }
    Ok(csv.flush()?)
}

/// The word a document uses for this value.
fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}

/// OWASP, "CSV Injection": a cell that begins with one of these is a formula to a spreadsheet.
fn formula_safe(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_text() {
        for (cell, safe) in [("=1+1", "'=1+1"), ("@x/y", "'@x/y"), ("1=1", "1=1"), ("", "")] {
            assert_eq!(formula_safe(cell.to_owned()), safe);
        }
    }
}
