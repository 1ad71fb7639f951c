//! Matches become findings: severities, texts, KEV and EPSS are joined in, and evidence is named.

use crate::distro::Distribution;
use crate::matching::{Match, Matches};
use crate::priority::priority;
use crate::severity::{Ratings, Verdict, judge};
use chrono::{DateTime, SecondsFormat};
use plimsoll_model::{Contents, Details, Evidence, Finding, Installed, RiskKind, Vulnerability};
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

/// Paths named as evidence of one finding.
const MAX_EVIDENCE: usize = 20;
/// Addresses named for one finding.
const MAX_REFERENCES: usize = 20;
/// Characters of a title made from a text.
const MAX_TITLE: usize = 120;

/// Turns matches into findings, worst first: joins in severities, texts, KEV and EPSS. `vulnerabilities` holds
/// records by id for the ids of the matches, as far as there are any.
pub fn findings(
    contents: &Contents,
    matches: &Matches,
    vulnerabilities: &HashMap<String, Vulnerability>,
) -> Vec<Finding> {
    let distribution = contents.os.as_ref().and_then(Distribution::of);
    let found = matches.matches.iter().filter_map(|matched| {
        let installed = contents.components.get(matched.component as usize)?;
        let records: Vec<&Vulnerability> =
            matched.ids.iter().filter_map(|id| vulnerabilities.get(id)).collect();
        Some(finding(contents, installed, matched, &records, distribution.as_ref()))
    });
    let mut found: Vec<Finding> = found.collect();
    found.sort_by_cached_key(|finding| {
        let worst_first = (Reverse(finding.severity), Reverse(finding.urgency));
        (worst_first, finding.id.clone(), finding.component.clone(), finding.evidence.clone())
    });
    found
}

/// The finding of a match; `records` tell of its vulnerability, the one of the first id first.
fn finding(
    contents: &Contents,
    installed: &Installed,
    matched: &Match,
    records: &[&Vulnerability],
    distribution: Option<&Distribution>,
) -> Finding {
    let component = &installed.component;
    let distribution = distribution.filter(|known| known.speaks_of(component));
    let verdict = judge(&Ratings {
        exact: &matched.ratings,
        notices: &matched.notice_ratings,
        general: records.iter().flat_map(|record| &record.ratings).collect(),
        distribution: distribution.map(|known| known.ratings),
    });
    let kev_added = records.iter().find_map(|record| record.kev_added.clone());
    let epss = records.iter().find_map(|record| record.epss);
    let priority = priority(
        verdict.severity,
        kev_added.is_some(),
        matched.fixed.is_some(),
        epss.map(|(_, percentile)| percentile),
    );
    let (id, aliases) = matched.ids.split_first().map_or((String::new(), Vec::new()), |(id, rest)| {
        let mut rest = rest.to_vec();
        rest.sort();
        (id.clone(), rest)
    });
    Finding {
        kind: RiskKind::Vulnerability,
        title: title(&id, &component.full_name(), records),
        id,
        aliases,
        severity: verdict.severity,
        urgency: priority.urgency,
        component: Some(component.purl(contents.os.as_ref())),
        installed: (!component.version.is_empty()).then(|| component.version.clone()),
        fixed: matched.fixed.clone(),
        state: Some(matched.state),
        evidence: evidence(&installed.paths, installed.layer),
        present: installed.present,
        inherited: None,
        decision: None,
        references: references(records),
        details: details(matched, records, verdict, kev_added, epss),
    }
}

fn details(
    matched: &Match,
    records: &[&Vulnerability],
    verdict: Verdict,
    kev_added: Option<String>,
    epss: Option<(f32, f32)>,
) -> Details {
    let day = |seconds: Option<i64>| {
        // Publishers write year 1 for "not known".
        let time = DateTime::from_timestamp(seconds.filter(|&seconds| seconds > 0)?, 0)?;
        Some(time.to_rfc3339_opts(SecondsFormat::Secs, true))
    };
    let cwes = records.iter().map(|record| &record.cwes).find(|cwes| !cwes.is_empty());
    Details {
        description: records.iter().find_map(|record| record.description.clone()),
        severity_source: verdict.source,
        cvss: verdict.cvss,
        epss: epss.map(|(likely, _)| likely),
        epss_percentile: epss.map(|(_, percentile)| percentile),
        kev_added,
        cwes: cwes.cloned().unwrap_or_default(),
        published: day(records.iter().find_map(|record| record.published).or(matched.published)),
        modified: day(records.iter().find_map(|record| record.modified).or(matched.modified)),
        sources: matched.sources.clone(),
        vex: None,
        reasons: matched.reasons.clone(),
        ..Details::default()
    }
}

/// One line: the record's title, else the first sentence of its text, else what is known anyway.
fn title(id: &str, component: &str, records: &[&Vulnerability]) -> String {
    let said = |text: &Option<String>| text.as_deref().map(one_line).filter(|line| !line.is_empty());
    let title = records.iter().find_map(|record| said(&record.title));
    let sentence =
        || records.iter().find_map(|record| said(&record.description)).map(|text| first_sentence(&text));
    title.or_else(sentence).unwrap_or_else(|| format!("{id} in {component}"))
}

fn one_line(text: &str) -> String {
    // A description may be long; a title is made of its beginning.
    text.split_whitespace().take(MAX_TITLE).collect::<Vec<_>>().join(" ")
}

fn first_sentence(text: &str) -> String {
    let end = text.find(". ").unwrap_or(text.len());
    let sentence = text[..end].trim_end_matches('.');
    if sentence.chars().count() <= MAX_TITLE {
        return sentence.to_owned();
    }
    let cut: String = sentence.chars().take(MAX_TITLE - 1).collect();
    let whole_words = cut.rsplit_once(' ').map_or(cut.as_str(), |(words, _)| words);
    format!("{}…", whole_words.trim_end_matches([',', ';', ':']))
}

/// The evidence of a component that these files of this layer tell of: one for each path, never none.
pub fn evidence(paths: &[String], layer: u32) -> Vec<Evidence> {
    let of = |path: &str| {
        let (path, inner_path) = match path.split_once("!/") {
            Some((outer, inner)) => (outer, Some(inner.to_owned())),
            None => (path, None),
        };
        Evidence { path: path.to_owned(), inner_path, layer, ..Evidence::default() }
    };
    let named: Vec<Evidence> = paths.iter().take(MAX_EVIDENCE).map(|path| of(path)).collect();
    if named.is_empty() { vec![of("")] } else { named }
}

fn references(records: &[&Vulnerability]) -> Vec<String> {
    let mut seen = HashSet::new();
    let all = records.iter().flat_map(|record| &record.references);
    all.filter(|address| seen.insert(address.trim_end_matches('/'))).take(MAX_REFERENCES).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_model::{Component, FixState, PurlType, Rating, Severity, Urgency};

    fn installed(name: &str, paths: &[&str]) -> Installed {
        Installed {
            component: Component::new(PurlType::Npm, "", name, "1.0.0"),
            found_by: "npm".into(),
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
            layer: 2,
            owned_by: None,
            present: true,
        }
    }

    fn matched(component: u32, ids: &[&str]) -> Match {
        Match {
            component,
            ids: ids.iter().map(|id| (*id).to_owned()).collect(),
            fixed: Some("1.0.1".into()),
            state: FixState::Fixed,
            ratings: Vec::new(),
            notice_ratings: Vec::new(),
            sources: vec!["osv/npm".into()],
            published: Some(-62_135_596_800),
            modified: Some(86_400),
            reasons: Vec::new(),
        }
    }

    #[test]
    fn a_finding_tells_everything_known() {
        let contents = Contents {
            components: vec![installed("a", &["/app/x.jar!/lib/a.jar!/META-INF/m"]), installed("b", &["/b"])],
            ..Contents::default()
        };
        let matches = Matches {
            matches: vec![matched(1, &["GHSA-b"]), matched(0, &["CVE-2024-1", "GHSA-z", "GHSA-a"])],
            dismissed: Vec::new(),
        };
        let record = Vulnerability {
            id: "CVE-2024-1".into(),
            description: Some("It breaks.\n More text.".into()),
            ratings: vec![Rating {
                source: "nvd".into(),
                value: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".into(),
            }],
            references: vec!["https://x/".into(), "https://x".into(), "https://y".into()],
            kev_added: Some("2024-02-03".into()),
            epss: Some((0.5, 0.9)),
            published: Some(0),
            ..Vulnerability::default()
        };
        let found = findings(&contents, &matches, &HashMap::from([("CVE-2024-1".to_owned(), record)]));
        let [first, second] = found.as_slice() else { panic!("two findings") };
        assert_eq!(
            (first.id.as_str(), first.severity, first.urgency),
            ("CVE-2024-1", Severity::Critical, Urgency::Immediate)
        );
        assert_eq!(first.title, "It breaks");
        assert_eq!(first.aliases, ["GHSA-a", "GHSA-z"]);
        assert_eq!(first.evidence[0].path, "/app/x.jar");
        assert_eq!(first.evidence[0].inner_path.as_deref(), Some("lib/a.jar!/META-INF/m"));
        assert_eq!(first.references, ["https://x/", "https://y"]);
        assert_eq!(first.details.severity_source.as_deref(), Some("nvd (CVSS 3.1)"));
        assert_eq!(first.details.published, None);
        assert_eq!(second.title, "GHSA-b in b");
        assert_eq!((second.severity, second.urgency), (Severity::Unknown, Urgency::Delay));
        assert_eq!(second.details.modified.as_deref(), Some("1970-01-02T00:00:00Z"));
    }

    #[test]
    fn titles_are_one_short_line() {
        let check = |text: &str, expected: &str| assert_eq!(first_sentence(&one_line(text)), expected);
        check("One.  Two.", "One");
        check("One\n two", "One two");
        assert!(first_sentence(&"word ".repeat(100)).chars().count() <= MAX_TITLE);
        assert!(first_sentence(&"é".repeat(1000)).ends_with('…'));
    }
}
