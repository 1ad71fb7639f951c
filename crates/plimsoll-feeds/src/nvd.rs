//! NVD's configurations become records about products: which versions of `vendor:product` a CVE affects
//! (<https://nvd.nist.gov/developers/vulnerabilities>, API 2.0, `configurations`).
//!
//! A configuration is a formula over CPE names. Taken from it are the names called vulnerable, each with the versions it
//! spans; the operating systems a name must stand beside go into the release (`… on windows`), any other condition is
//! taken as met: to report too much is better than to be silent about a flaw whose surroundings cannot be told.

use crate::date;
use crate::osv::{Record, is_cve};
use plimsoll_model::{Affected, Cpe, Event, KeyKind, Lifecycle, PackageKey, Range, RangeKind};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The ecosystem of these records; its packages are `vendor:product` as CPE names write them, in lower case.
pub(crate) const ECOSYSTEM: &str = "NVD";

/// Names of one CVE that are taken; the largest real ones, of Cisco and Oracle, have some 5,000.
const MATCHES: usize = 20_000;
/// Operating systems named as a condition of one name.
const SYSTEMS: usize = 32;
/// Bytes of a version.
const LONGEST_VERSION: usize = 128;

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
    configurations: Vec<Configuration>,
}

#[derive(Deserialize)]
struct Configuration {
    operator: Option<String>,
    #[serde(default)]
    negate: bool,
    #[serde(default)]
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    operator: Option<String>,
    #[serde(default)]
    negate: bool,
    #[serde(default)]
    cpe_match: Vec<Match>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Match {
    #[serde(default)]
    vulnerable: bool,
    criteria: String,
    version_start_including: Option<String>,
    version_start_excluding: Option<String>,
    version_end_including: Option<String>,
    version_end_excluding: Option<String>,
}

/// Reads a list; CVEs that were rejected, or say nothing of an application or the Linux kernel, are left out.
pub fn parse(bytes: &[u8]) -> Result<Vec<Record>, serde_json::Error> {
    let list: List = serde_json::from_slice(bytes)?;
    Ok(list.vulnerabilities.into_iter().filter_map(|item| record(item.cve)).collect())
}

fn record(cve: Cve) -> Option<Record> {
    let rejected = cve.vuln_status.as_deref().is_some_and(|status| status.eq_ignore_ascii_case("Rejected"));
    if rejected || !is_cve(&cve.id) {
        return None;
    }
    let mut products = Products::default();
    for configuration in cve.configurations.iter().filter(|configuration| !configuration.negate) {
        products.add(configuration);
    }
    let packages = products.into_packages();
    (!packages.is_empty()).then(|| Record {
        feed: "nvd",
        whole: true,
        published: cve.published.as_deref().and_then(date::seconds),
        modified: cve.last_modified.as_deref().and_then(date::seconds),
        id: cve.id,
        aliases: Vec::new(),
        vulnerabilities: Vec::new(),
        ratings: Vec::new(),
        packages,
        notice: false,
        text: None,
    })
}

/// By `vendor:product`, by release: what is affected.
#[derive(Default)]
struct Products {
    found: BTreeMap<String, BTreeMap<(String, Option<String>), Affected>>,
    taken: usize,
}

impl Products {
    fn add(&mut self, configuration: &Configuration) {
        let is_and = |operator: &Option<String>| {
            operator.as_deref().is_some_and(|word| word.eq_ignore_ascii_case("AND"))
        };
        let nodes: Vec<&Node> = configuration.nodes.iter().filter(|node| !node.negate).collect();
        // One pass over all names: of nodes in an AND only those of nothing but systems are conditions.
        let systems: Vec<Vec<String>> = nodes.iter().map(|node| systems(node)).collect();
        for (at, node) in nodes.iter().enumerate() {
            let beside = systems.iter().enumerate().find(|(other, found)| *other != at && !found.is_empty());
            let mut condition = beside
                .filter(|_| is_and(&configuration.operator))
                .map_or(String::new(), |(_, found)| found.join(","));
            if is_and(&node.operator) && condition.is_empty() {
                let named = node.cpe_match.iter().filter_map(|one| system(&one.criteria));
                condition = named.take(SYSTEMS).collect::<Vec<_>>().join(",");
            }
            for one in node.cpe_match.iter().filter(|one| one.vulnerable) {
                if self.taken == MATCHES {
                    return;
                }
                self.taken += usize::from(self.add_name(one, &condition).is_some());
            }
        }
    }

    fn add_name(&mut self, one: &Match, condition: &str) -> Option<()> {
        let cpe = Cpe::parse(&one.criteria).filter(is_software)?;
        let bounds = events(one);
        let version = cpe.full_version().filter(|version| !version.contains(['*', '?']));
        // `-` is a product without versions, which is none of those that are installed. A kernel of any version is what
        // a program runs on, whatever the name is called.
        let is_any = cpe.version() == "*" && cpe.part == 'a';
        if bounds.is_empty() && version.is_none() && !is_any {
            return None;
        }
        let tail = if condition.is_empty() {
            cpe.tail()
        } else {
            let tail = cpe.tail();
            format!("{} on {condition}", if tail.is_empty() { "*:*:*:*:*:*" } else { &tail })
        };
        let hardware = Some(cpe.target_hardware()).filter(|word| !matches!(*word, "*" | "-")).map(arch);
        let of_product = self.found.entry(cpe.key()).or_default();
        let entry = of_product.entry((tail.clone(), hardware.clone())).or_insert_with(|| Affected {
            release: tail,
            key: KeyKind::Usual,
            lifecycle: Lifecycle::Ranges,
            arches: hardware.into_iter().collect(),
            module: None,
            ranges: Vec::new(),
            versions: Vec::new(),
            ratings: Vec::new(),
        });
        match version.filter(|_| bounds.is_empty()) {
            Some(version) if version.len() <= LONGEST_VERSION => entry.versions.push(version),
            Some(_) => {}
            None => {
                let from_start =
                    !matches!(bounds.first(), Some(Event::Introduced(_) | Event::IntroducedAfter(_)));
                let start = from_start.then(|| Event::Introduced("0".to_owned()));
                let events = start.into_iter().chain(bounds).collect();
                entry.ranges.push(Range { kind: RangeKind::Ecosystem, events });
            }
        }
        Some(())
    }

    fn into_packages(self) -> BTreeMap<PackageKey, Vec<Affected>> {
        let plain = |mut entry: Affected| {
            entry.versions.sort_unstable();
            entry.versions.dedup();
            entry.ranges.dedup();
            entry
        };
        self.found
            .into_iter()
            .map(|(name, entries)| {
                let key = PackageKey { ecosystem: ECOSYSTEM.to_owned(), name };
                (key, entries.into_values().map(plain).collect())
            })
            .collect()
    }
}

/// Applications, and of operating systems the one whose kernel is a product of its own.
fn is_software(cpe: &Cpe) -> bool {
    cpe.part == 'a' || (cpe.part == 'o' && cpe.key() == "linux:linux_kernel")
}

/// One name for hardware that has several, as packages name architectures.
fn arch(word: &str) -> String {
    match word {
        "x64" | "amd64" => "x86_64",
        "x86" => "i386",
        "arm64" => "aarch64",
        other => other,
    }
    .to_owned()
}

/// The systems of a node that names nothing but systems.
fn systems(node: &Node) -> Vec<String> {
    let found: Option<Vec<String>> = node.cpe_match.iter().map(|one| system(&one.criteria)).collect();
    let mut found = found.unwrap_or_default();
    found.sort_unstable();
    found.dedup();
    // Of so many systems Linux will be one.
    if found.len() > SYSTEMS { Vec::new() } else { found }
}

/// The product of an operating system's name.
fn system(criteria: &str) -> Option<String> {
    let cpe = Cpe::parse(criteria).filter(|cpe| cpe.part == 'o')?;
    Some(cpe.product().replace(',', "_"))
}

fn events(one: &Match) -> Vec<Event> {
    let usable = |version: &Option<String>| {
        let version = version.as_deref()?.trim();
        (!version.is_empty() && version.len() <= LONGEST_VERSION).then(|| version.to_owned())
    };
    let start = usable(&one.version_start_including)
        .map(Event::Introduced)
        .or_else(|| usable(&one.version_start_excluding).map(Event::IntroducedAfter));
    let end = usable(&one.version_end_excluding)
        .map(Event::Fixed)
        .or_else(|| usable(&one.version_end_including).map(Event::LastAffected));
    start.into_iter().chain(end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a record says, one product and release a line.
    fn told(configurations: &str) -> Vec<String> {
        let text = format!(
            r#"{{"vulnerabilities":[{{"cve":{{"id":"CVE-2024-0001","lastModified":"2024-01-02T00:00:00",
               "configurations":{configurations}}}}}]}}"#
        );
        let records = parse(text.as_bytes()).expect("a list");
        let entries = records.iter().flat_map(|record| &record.packages);
        let line = |key: &PackageKey, entry: &Affected| {
            let ranges: Vec<String> = entry.ranges.iter().map(|range| words(&range.events)).collect();
            let versions = entry.versions.join(" ");
            let parts = [&key.name, &entry.release, &entry.arches.join(","), &ranges.join(" || "), &versions];
            parts.into_iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("; ")
        };
        entries
            .flat_map(|(key, list)| list.iter().map(|entry| line(key, entry)).collect::<Vec<_>>())
            .collect()
    }

    fn words(events: &[Event]) -> String {
        let word = |event: &Event| match event {
            Event::Introduced(version) => format!(">={version}"),
            Event::IntroducedAfter(version) => format!(">{version}"),
            Event::Fixed(version) => format!("<{version}"),
            Event::LastAffected(version) => format!("<={version}"),
            Event::Limit(version) => format!("|{version}"),
        };
        events.iter().map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn configurations_are_read() {
        let check = |configurations: &str, expected: &[&str]| assert_eq!(told(configurations), expected);
        let name =
            |cpe: &str, more: &str| format!(r#"{{"vulnerable":true,"criteria":"cpe:2.3:{cpe}"{more}}}"#);
        let one = |matches: &[String]| {
            format!(
                r#"[{{"nodes":[{{"operator":"OR","negate":false,"cpeMatch":[{}]}}]}}]"#,
                matches.join(",")
            )
        };
        let any = ":*:*:*:*:*:*:*:*";
        check(
            &one(&[
                name(
                    &format!("a:openssl:openssl{any}"),
                    r#","versionStartIncluding":"3.0.0","versionEndExcluding":"3.0.13""#,
                ),
                name(&format!("a:openssl:openssl{any}"), r#","versionEndIncluding":"1.0.2y""#),
                name("a:openssl:openssl:3.2.0:-:*:*:*:*:*:*", ""),
                name("a:openssl:openssl:3.2.0:alpha1:*:*:*:*:*:*", ""),
            ]),
            &["openssl:openssl; >=3.0.0 <3.0.13 || >=0 <=1.0.2y; 3.2.0 3.2.0-alpha1"],
        );
        check(
            &one(&[
                name(&format!("a:x:y{any}"), r#","versionStartExcluding":"1.0""#),
                name(&format!("a:x:all{any}"), ""),
                name("a:x:none:-:*:*:*:*:*:*:*", ""),
                name("o:x:firmware:1:*:*:*:*:*:*:*", ""),
                name("h:x:router:1:*:*:*:*:*:*:*", ""),
                name(&format!("o:linux:linux_kernel{any}"), r#","versionEndExcluding":"6.1""#),
                name(&format!("o:linux:linux_kernel{any}"), ""),
                name("a:x:plugin:1:*:*:*:*:node.js:x64:*", ""),
                r#"{"vulnerable":false,"criteria":"cpe:2.3:a:x:host:1"}"#.to_owned(),
            ]),
            &[
                "linux:linux_kernel; >=0 <6.1",
                "x:all; >=0",
                "x:plugin; *:*:*:node.js:x64:*; x86_64; 1",
                "x:y; >1.0",
            ],
        );
        let and = |first: &str, second: &str| {
            format!(
                r#"[{{"operator":"AND","nodes":[{{"operator":"OR","cpeMatch":[{first}]}},
                   {{"operator":"OR","cpeMatch":[{second}]}}]}}]"#
            )
        };
        let app = name("a:x:y:1:*:*:*:*:*:*:*", "");
        let beside = |cpe: &str| format!(r#"{{"vulnerable":false,"criteria":"cpe:2.3:{cpe}"}}"#);
        check(
            &and(&app, &[beside("o:microsoft:windows:-"), beside("o:apple:macos:-")].join(",")),
            &["x:y; *:*:*:*:*:* on macos,windows; 1"],
        );
        check(&and(&app, &beside("h:amd:epyc:-")), &["x:y; 1"]);
        check(&and(&app, &beside("a:x:host:2")), &["x:y; 1"]);
        check(&and(&app, &[beside("o:microsoft:windows:-"), beside("a:x:host:2")].join(",")), &["x:y; 1"]);
        check(r#"[{"nodes":[{"operator":"OR","negate":true,"cpeMatch":[]}]},{}]"#, &[]);
        check(&format!(r#"[{{"nodes":[{{"negate":true,"cpeMatch":[{app}]}}]}}]"#), &[]);
    }

    #[test]
    fn rejected_ones_are_left_out() {
        let text =
            br#"{"vulnerabilities":[{"cve":{"id":"CVE-2024-0001","vulnStatus":"Rejected","configurations":[
            {"nodes":[{"cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:a:x:y:1"}]}]}]}}]}"#;
        assert_eq!(parse(text).expect("a list"), []);
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused_or_read(bytes: Vec<u8>) {
            let _ = parse(&bytes);
        }

        #[test]
        fn any_names_are_read(criteria in "\\PC{0,40}", version in "\\PC{0,8}", vulnerable: bool) {
            let text = serde_json::json!({"vulnerabilities": [{"cve": {"id": "CVE-2024-0001", "configurations": [
                {"operator": "AND", "nodes": [{"cpeMatch": [{"vulnerable": vulnerable, "criteria": criteria,
                    "versionEndExcluding": version}, {"vulnerable": true, "criteria": "cpe:2.3:a:x:y"}]}]}]}}]});
            prop_assert!(parse(text.to_string().as_bytes()).is_ok());
        }
    }
}
