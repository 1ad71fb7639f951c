//! CISA's Known Exploited Vulnerabilities (<https://www.cisa.gov/known-exploited-vulnerabilities-catalog>).

use crate::{date, osv};
use plimsoll_model::Vulnerability;
use serde::Deserialize;

#[derive(Deserialize)]
struct Catalog {
    vulnerabilities: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    #[serde(rename = "cveID")]
    cve_id: String,
    date_added: String,
    vulnerability_name: Option<String>,
    short_description: Option<String>,
    #[serde(default)]
    cwes: Vec<String>,
}

/// Reads the catalogue. The modification time of a record is the day it was added.
pub fn parse(bytes: &[u8]) -> Result<Vec<Vulnerability>, serde_json::Error> {
    let catalog: Catalog = serde_json::from_slice(bytes)?;
    let entries = catalog.vulnerabilities.into_iter();
    Ok(entries
        .filter(|entry| osv::is_cve(&entry.cve_id) && date::is_day(&entry.date_added))
        .map(read)
        .collect())
}

fn read(entry: Entry) -> Vulnerability {
    Vulnerability {
        id: entry.cve_id,
        title: osv::title(entry.vulnerability_name.as_deref()),
        description: osv::description(entry.short_description.as_deref()),
        cwes: entry.cwes.iter().filter_map(|text| super::cwe(text)).collect(),
        modified: date::seconds(&entry.date_added),
        kev_added: Some(entry.date_added),
        ..Vulnerability::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_read() {
        let text = br#"{"catalogVersion":"2025.08.25","vulnerabilities":[
          {"cveID":"CVE-2025-48384","vulnerabilityName":"Git Link Following Vulnerability","dateAdded":"2025-08-25",
           "shortDescription":"Git contains a flaw.","cwes":["CWE-59"]},
          {"cveID":"CVE-2025-1","dateAdded":"2025-08-25"}, {"cveID":"CVE-2025-48385","dateAdded":"never"}]}"#;
        let records = parse(text).expect("a catalogue");
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].kev_added.as_deref(), Some("2025-08-25"));
        assert_eq!(records[0].title.as_deref(), Some("Git Link Following Vulnerability"));
        assert!(parse(b"{}").is_err());
    }
}
