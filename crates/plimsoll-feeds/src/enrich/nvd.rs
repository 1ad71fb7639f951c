//! NVD's list of CVEs (<https://nvd.nist.gov/developers/vulnerabilities>, API 2.0).

use super::{cwe, vector};
use crate::{date, osv};
use plimsoll_model::{Rating, Vulnerability};
use serde::Deserialize;

#[derive(Deserialize)]
struct List {
    #[serde(default)]
    vulnerabilities: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    cve: Cve,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cve {
    id: String,
    published: Option<String>,
    last_modified: Option<String>,
    vuln_status: Option<String>,
    #[serde(default)]
    descriptions: Vec<Words>,
    #[serde(default)]
    metrics: Metrics,
    #[serde(default)]
    weaknesses: Vec<Weakness>,
    #[serde(default)]
    references: Vec<Reference>,
}

#[derive(Deserialize)]
struct Words {
    #[serde(default)]
    lang: String,
    #[serde(default)]
    value: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Metrics {
    cvss_metric_v40: Vec<Metric>,
    cvss_metric_v31: Vec<Metric>,
    cvss_metric_v30: Vec<Metric>,
    cvss_metric_v2: Vec<Metric>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metric {
    #[serde(default)]
    source: String,
    cvss_data: Option<Cvss>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cvss {
    vector_string: Option<String>,
}

#[derive(Deserialize)]
struct Weakness {
    #[serde(default)]
    description: Vec<Words>,
}

#[derive(Deserialize)]
struct Reference {
    url: Option<String>,
}

/// Reads a list; rejected CVEs are left out.
pub fn parse(bytes: &[u8]) -> Result<Vec<Vulnerability>, serde_json::Error> {
    let list: List = serde_json::from_slice(bytes)?;
    Ok(list.vulnerabilities.into_iter().filter_map(|item| read(item.cve)).collect())
}

fn read(cve: Cve) -> Option<Vulnerability> {
    let rejected = cve.vuln_status.is_some_and(|status| status.eq_ignore_ascii_case("Rejected"));
    if rejected || !osv::is_cve(&cve.id) {
        return None;
    }
    let english = cve.descriptions.iter().find(|words| words.lang.starts_with("en"));
    let metrics = cve.metrics;
    let metrics =
        [metrics.cvss_metric_v40, metrics.cvss_metric_v31, metrics.cvss_metric_v30, metrics.cvss_metric_v2];
    let mut cwes: Vec<String> = cve
        .weaknesses
        .iter()
        .flat_map(|weakness| &weakness.description)
        .filter_map(|words| cwe(&words.value))
        .collect();
    cwes.sort_unstable();
    cwes.dedup();
    Some(Vulnerability {
        description: osv::description(english.map(|words| &*words.value)),
        ratings: metrics.into_iter().flatten().take(32).filter_map(rating).collect(),
        published: cve.published.as_deref().and_then(date::seconds),
        modified: cve.last_modified.as_deref().and_then(date::seconds),
        cwes,
        references: osv::references(cve.references.into_iter().filter_map(|reference| reference.url)),
        id: cve.id,
        ..Vulnerability::default()
    })
}

fn rating(metric: Metric) -> Option<Rating> {
    let source = match &*metric.source {
        "nvd@nist.gov" => "nvd",
        // CISA's Vulnrichment, by its organisation id in the CVE programme.
        "134c704f-9b21-4f2e-91b3-4a467353bcc0" => "cisa",
        _ => "cna",
    };
    vector(source, metric.cvss_data?.vector_string.as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read() {
        let text = br#"{"format":"NVD_CVE","version":"2.0","vulnerabilities":[
          {"cve":{"id":"CVE-2009-2422","published":"2009-07-10T15:30:00Z","lastModified":"2017-07-11T01:32:00",
            "vulnStatus":"Analyzed","descriptions":[{"lang":"en","value":"Text"}],
            "metrics":{"cvssMetricV31":[{"source":"nvd@nist.gov","type":"Primary",
                "cvssData":{"version":"3.1","vectorString":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}}],
              "cvssMetricV2":[{"source":"someone@example.org","cvssData":{"vectorString":"(AV:N/AC:L/Au:N/C:P/I:P/A:P)"}}]},
            "weaknesses":[{"description":[{"lang":"en","value":"NVD-CWE-noinfo"},{"lang":"en","value":"CWE-287"}]}],
            "references":[{"url":"http://example.org/?l=1"}]}},
          {"cve":{"id":"CVE-2009-9999","vulnStatus":"Rejected"}}]}"#;
        let records = parse(text).expect("a list");
        let [record] = &records[..] else { panic!("{records:?}") };
        assert_eq!(record.description.as_deref(), Some("Text"));
        let ratings: Vec<(&str, &str)> = record.ratings.iter().map(|r| (&*r.source, &*r.value)).collect();
        assert_eq!(
            ratings,
            [("nvd", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"), ("cna", "AV:N/AC:L/Au:N/C:P/I:P/A:P")]
        );
        assert_eq!(record.cwes, ["CWE-287"]);
        assert_eq!(record.references, ["http://example.org/?l=1"]);
    }
}
