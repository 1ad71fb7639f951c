//! CVE records (<https://github.com/CVEProject/cve-schema>, version 5.1): what the CNA says, and what ADPs add.

use super::{cwe, vector};
use crate::{date, osv};
use plimsoll_model::{Rating, Vulnerability};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    cve_metadata: Metadata,
    containers: Option<Containers>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    cve_id: String,
    state: Option<String>,
    date_published: Option<String>,
    date_updated: Option<String>,
}

#[derive(Deserialize)]
struct Containers {
    cna: Option<Container>,
    #[serde(default)]
    adp: Vec<Container>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Container {
    title: Option<String>,
    descriptions: Vec<Words>,
    metrics: Vec<Metric>,
    problem_types: Vec<ProblemType>,
    references: Vec<Reference>,
    provider_metadata: Provider,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Provider {
    short_name: String,
}

#[derive(Deserialize)]
struct Words {
    #[serde(default)]
    lang: String,
    value: Option<String>,
}

#[derive(Deserialize)]
struct Metric {
    #[serde(rename = "cvssV4_0")]
    v4_0: Option<Cvss>,
    #[serde(rename = "cvssV3_1")]
    v3_1: Option<Cvss>,
    #[serde(rename = "cvssV3_0")]
    v3_0: Option<Cvss>,
    #[serde(rename = "cvssV2_0")]
    v2_0: Option<Cvss>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cvss {
    vector_string: Option<String>,
}

#[derive(Deserialize)]
struct ProblemType {
    #[serde(default)]
    descriptions: Vec<Problem>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Problem {
    cwe_id: Option<String>,
}

#[derive(Deserialize)]
struct Reference {
    url: Option<String>,
}

/// Reads a record; `None` for one that was rejected or only reserved.
pub fn parse(bytes: &[u8]) -> Result<Option<Vulnerability>, serde_json::Error> {
    let Document { cve_metadata: metadata, containers } = serde_json::from_slice(bytes)?;
    let published = metadata.state.is_none_or(|state| state.eq_ignore_ascii_case("PUBLISHED"));
    let Some(containers) = containers.filter(|_| published && osv::is_cve(&metadata.cve_id)) else {
        return Ok(None);
    };
    let mut record = Vulnerability {
        id: metadata.cve_id,
        published: metadata.date_published.as_deref().and_then(date::seconds),
        modified: metadata.date_updated.as_deref().and_then(date::seconds),
        ..Vulnerability::default()
    };
    let mut references = Vec::new();
    for (index, container) in containers.cna.into_iter().chain(containers.adp).take(32).enumerate() {
        let source = match (index, &*container.provider_metadata.short_name) {
            (0, _) => "cna".to_owned(),
            (_, "CISA-ADP") => "cisa".to_owned(),
            (_, name) => name.chars().take(32).collect::<String>().to_lowercase(),
        };
        if index == 0 {
            record.title = osv::title(container.title.as_deref());
            let english = container.descriptions.iter().find(|words| words.lang.starts_with("en"));
            record.description = osv::description(english.and_then(|words| words.value.as_deref()));
        }
        record.ratings.extend(container.metrics.iter().take(32).flat_map(|metric| ratings(&source, metric)));
        let problems = container.problem_types.iter().flat_map(|kind| &kind.descriptions);
        record.cwes.extend(problems.filter_map(|problem| cwe(problem.cwe_id.as_deref()?)).take(32));
        references.extend(container.references.into_iter().filter_map(|reference| reference.url));
    }
    record.references = osv::references(references.into_iter());
    record.cwes.sort_unstable();
    record.cwes.dedup();
    Ok(Some(record))
}

fn ratings(source: &str, metric: &Metric) -> impl Iterator<Item = Rating> {
    [&metric.v4_0, &metric.v3_1, &metric.v3_0, &metric.v2_0]
        .into_iter()
        .filter_map(move |cvss| vector(source, cvss.as_ref()?.vector_string.as_deref()))
        .collect::<Vec<_>>()
        .into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cna_tells_and_adps_add() {
        let text = br#"{"dataType":"CVE_RECORD","dataVersion":"5.1",
          "cveMetadata":{"cveId":"CVE-2021-1234","state":"PUBLISHED","datePublished":"2021-10-20T10:51:22"},
          "containers":{
            "cna":{"title":"A  title","descriptions":[{"lang":"de","value":"Nein"},{"lang":"en-US","value":"Yes"}],
              "metrics":[{"cvssV3_1":{"vectorString":"CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:N/I:N/A:H","baseScore":4.9}}],
              "problemTypes":[{"descriptions":[{"cweId":"CWE-79"},{"description":"text"}]}],
              "references":[{"url":"https://example.org/a"},{"url":"javascript:x"}]},
            "adp":[{"metrics":[{"other":{"type":"ssvc"}},{"cvssV2_0":{"vectorString":"AV:N/AC:L/Au:N/C:P/I:P/A:P"}}],
              "problemTypes":[{"descriptions":[{"cweId":"CWE-20"}]}],
              "providerMetadata":{"shortName":"CISA-ADP"}}]}}"#;
        let record = parse(text).expect("a record").expect("published");
        assert_eq!((record.title.as_deref(), record.description.as_deref()), (Some("A title"), Some("Yes")));
        let ratings: Vec<(&str, &str)> = record.ratings.iter().map(|r| (&*r.source, &*r.value)).collect();
        assert_eq!(
            ratings,
            [("cna", "CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:N/I:N/A:H"), ("cisa", "AV:N/AC:L/Au:N/C:P/I:P/A:P")]
        );
        assert_eq!(record.cwes, ["CWE-20", "CWE-79"]);
        assert_eq!(record.references, ["https://example.org/a"]);
        let rejected =
            br#"{"cveMetadata":{"cveId":"CVE-2021-1234","state":"REJECTED"},"containers":{"cna":{}}}"#;
        assert_eq!(parse(rejected).expect("a record"), None);
        assert!(parse(b"[]").is_err());
    }
}
