//! The forms of trackers and of the databases of languages.

use super::super::*;
use crate::osv::Record;
use plimsoll_model::{Affected, Event, KeyKind, Lifecycle};
use proptest::prelude::*;

fn parse_all(at: &str, bytes: &[u8]) -> Records {
    let mut found = Vec::new();
    let head = bytes.get(..512).unwrap_or(bytes);
    read(&mut &*bytes, head, at, &mut |parsed| found.push(parsed));
    found
}

/// One document of each form, as published, cut down.
const DOCUMENTS: &[(&str, &str)] = &[
    ("data/json", DEBIAN),
    ("data.json", ECHO),
    ("issues/all.json", ARCH),
    ("v3.20/main.json", ALPINE),
    ("security.json", WOLFI),
    ("edge-main.yaml", REJECTIONS),
    ("database.json", USN),
    ("notices.json", NOTICES),
    ("CVE-2024-1111.json", CVE_PAGE),
    ("active/CVE-2024-1111", TRACKER),
    ("CVE-2024-2222.json", TRACKER_JSON),
    ("glsa-202401-01.xml", GLSA),
    ("PYSEC-2024-1.yaml", PYSEC),
    ("npm/left-pad/CVE-2024-1111.yml", GITLAB),
    ("symfony/http/CVE-2024-1111.yaml", PHP),
    ("gems/rails/CVE-2024-1111.yml", RUBY),
    ("RUSTSEC-2024-0001.md", RUST),
    ("vuln/npm/7.json", NODE),
    ("advisories.json", GITHUB),
];

const DEBIAN: &str = r#"{"openssl": {
 "CVE-2024-1111": {"description": "x", "scope": "remote", "releases": {
  "bookworm": {"status": "resolved", "repositories": {"bookworm": "3.0.11-1"}, "fixed_version": "3.0.11-1", "urgency": "high"},
  "bullseye": {"status": "open", "repositories": {"bullseye": "1.1.1-1"}, "urgency": "unimportant", "nodsa": "Minor issue", "nodsa_reason": "postponed"},
  "buster": {"status": "open", "repositories": {}, "urgency": "end-of-life"},
  "stretch": {"status": "undetermined", "repositories": {}, "urgency": "not yet assigned"},
  "trixie": {"status": "resolved", "repositories": {}, "fixed_version": "0", "urgency": "not yet assigned"},
  "sid": {"status": "resolved", "repositories": {}, "fixed_version": "3.0.12-1", "urgency": "not yet assigned"}}},
 "TEMP-0841856-B18BAF": {"description": "no name yet", "releases": {
  "bookworm": {"status": "open", "repositories": {}, "urgency": "low", "nodsa": "x", "nodsa_reason": "ignored"}}}}}"#;
const ECHO: &str = r#"{"nginx": {"CVE-2024-1111": {"severity": "high", "fixed_version": "1.22-9+e1"}, "CVE-2024-2222": {"fixed_version": "0"}}}"#;
const ARCH: &str = r#"[
 {"name": "AVG-1", "packages": ["openssl", "lib32-openssl"], "status": "Fixed", "severity": "High", "type": "denial of service",
  "affected": "3.0.1-1", "fixed": "3.0.2-1", "ticket": null, "issues": ["CVE-2024-1111"], "advisories": ["ASA-202401-1"]},
 {"name": "AVG-2", "packages": ["zlib"], "status": "Vulnerable", "severity": "Low", "affected": "1-1", "fixed": null, "issues": ["CVE-2024-2222"], "advisories": []},
 {"name": "AVG-3", "packages": ["zlib"], "status": "Not affected", "affected": "1-1", "fixed": null, "issues": ["CVE-2024-3333"], "advisories": []}]"#;
const ALPINE: &str = r#"{"apkurl": "{{urlprefix}}/{{distroversion}}/{{reponame}}/{{arch}}/{{pkg.name}}-{{pkg.ver}}.apk", "archs": ["x86_64"],
 "distroversion": "v3.20", "reponame": "main", "urlprefix": "https://dl-cdn.alpinelinux.org/alpine", "packages": [
 {"pkg": {"name": "curl", "secfixes": {"8.6.0-r0": ["CVE-2024-1111 (+ regression fix)", "CVE_2024-2222", "not an id"], "0": ["CVE-2024-3333", "CVE-2024-1111"], "8.7.0-r1": ["CVE-2024-1111"]}}},
 {"pkg": {"name": "zlib", "secfixes": null}}]}"#;
const WOLFI: &str = r#"{"apkurl": "x", "archs": ["x86_64"], "reponame": "os", "urlprefix": "https://packages.wolfi.dev", "packages": [
 {"pkg": {"name": "go", "secfixes": {"1.22-r1": ["CVE-2024-1111", "GHSA-aaaa-bbbb-cccc"]}}}]}"#;
const REJECTIONS: &str = "apache2:\n  - CVE-1999-0289\n  - CVE-1999-0678\n";
const USN: &str = r#"{"6000-1": {"id": "6000-1", "title": "curl vulnerability", "timestamp": 1700000000.5, "cves": ["CVE-2024-1111", "https://launchpad.net/bugs/1"], "releases": {
 "jammy": {"sources": {"curl": {"version": "7.81.0-1ubuntu1.15", "description": "x"}}, "binaries": {"libcurl4": {"version": "7.81.0-1ubuntu1.15"}}},
 "xenial": {"sources": {"curl": {"version": "7.47.0-1ubuntu2.19+esm11"}}}}}}"#;
const NOTICES: &str = r#"{"notices": [{"id": "USN-6000-2", "title": "x", "published": "2024-01-02T03:04:05", "cves_ids": ["CVE-2024-1111"], "release_packages": {
 "noble": [{"name": "curl", "version": "8.5.0-2ubuntu10.1", "is_source": true}, {"name": "libcurl4", "version": "8.5.0-2ubuntu10.1", "is_source": false}]}}], "total_results": 1}"#;
const CVE_PAGE: &str = r#"{"id": "CVE-2024-1111", "priority": "medium", "published": "2024-01-02T03:04:05", "packages": [{"name": "curl", "source": "x", "statuses": [
 {"release_codename": "jammy", "status": "released", "description": "7.81.0-1ubuntu1.15", "pocket": "security"},
 {"release_codename": "focal", "status": "needed", "description": "", "pocket": "esm-infra"},
 {"release_codename": "bionic", "status": "DNE", "description": ""},
 {"release_codename": "upstream", "status": "released", "description": "8.6.0"}]}]}"#;
const TRACKER: &str = "Candidate: CVE-2024-1111\nPublicDate: 2024-01-02 03:04:00 UTC\nReferences:\n https://example.org\nPriority: low\n Reason\n\nPatches_curl:\nupstream_curl: released (8.6.0)\ntrusty_curl: ignored (end of standard support)\nesm-infra/xenial_curl: released (7.47.0-1ubuntu2.19+esm11)\njammy_curl: pending (7.81.0-1ubuntu1.16)\nfocal_curl: ignored (too intrusive to backport)\nnoble_curl: not-affected (8.5.0)\nplucky_curl: needs-triage\nfips/jammy_curl: needed\n";
const TRACKER_JSON: &str = r#"{"Candidate": "CVE-2024-2222", "PublicDate": "2024-01-02T03:04:00Z", "Priority": "high", "Patches": {"curl": {"jammy": {"Status": "deferred", "Note": "2024-02-01"}}}}"#;
const GLSA: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE glsa SYSTEM "http://www.gentoo.org/dtd/glsa.dtd">
<glsa id="202401-01">
<title>curl: &quot;many&quot;</title><synopsis>s</synopsis><product type="ebuild">curl</product>
<announced>2024-01-02</announced><revised count="1">2024-01-03</revised><access>remote</access>
<affected>
<package name="net-misc/curl" auto="yes" arch="*"><unaffected range="ge">8.6.0</unaffected><unaffected range="rge">8.5.0-r2</unaffected><vulnerable range="lt">8.6.0</vulnerable></package>
<package name="dev-lang/python" auto="yes" arch="amd64 x86"><unaffected range="ge" slot="3.11">3.11.8</unaffected><vulnerable range="lt" slot="3.11">3.11.8</vulnerable><vulnerable range="eq" slot="2.7">2.7.18</vulnerable></package>
</affected>
<impact type="normal"><p>x</p></impact>
<references><uri link="https://nvd.nist.gov/vuln/detail/CVE-2024-1111">CVE-2024-1111</uri></references>
</glsa>"#;
const PYSEC: &str = "id: PYSEC-2024-1\nmodified: 2024-01-02T03:04:05Z\naliases:\n- CVE-2024-1111\naffected:\n- package:\n    ecosystem: PyPI\n    name: Some_Thing\n  ranges:\n  - type: ECOSYSTEM\n    events:\n    - introduced: '0'\n    - fixed: 1.10\n";
const GITLAB: &str = "---\nidentifier: \"CVE-2024-1111\"\nidentifiers:\n- \"GHSA-aaaa-bbbb-cccc\"\n- \"CVE-2024-1111\"\npackage_slug: \"npm/@scope/left-pad\"\ntitle: \"x\"\ndescription: \"y\"\ndate: \"2024-01-03\"\npubdate: \"2024-01-02\"\naffected_range: \"<1.3.1||>=2.0.0 <2.0.4\"\nfixed_versions:\n- \"1.3.1\"\ncvss_v3: \"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H\"\n";
const PHP: &str = "title: x\nlink: https://symfony.com/x\ncve: CVE-2024-1111\nbranches:\n    5.4.x:\n        time: 2024-01-02 03:04:05\n        versions: ['>=5.0.0', '<5.4.31']\n    master:\n        time: ~\n        versions: ['>=6.0.0', '<6.3.8']\nreference: composer://symfony/Http\n";
const RUBY: &str = "---\ngem: rails\ncve: 2024-1111\nghsa: aaaa-bbbb-cccc\nurl: https://example.org\ntitle: x\ndate: 2024-01-02\ndescription: |\n  y\ncvss_v3: 7.5\nunaffected_versions:\n  - \"< 5.0\"\npatched_versions:\n  - \"~> 5.2.4\"\n  - \">= 6.0.3\"\n";
const RUST: &str = "```toml\n[advisory]\nid = \"RUSTSEC-2024-0001\"\npackage = \"left-pad\"\ndate = \"2024-01-02\"\naliases = [\"CVE-2024-1111\"]\ninformational = \"unsound\"\n\n[versions]\npatched = [\"^0.5.4\", \">= 0.6.1\"]\n```\n\n# Title\n\nText\n";
const NODE: &str = r#"{"id": 7, "module_name": "left-pad", "vulnerable_versions": "<=1.3.0", "patched_versions": ">=1.3.1", "cves": ["CVE-2024-1111"], "title": "x", "overview": "y", "created_at": "2024-01-02"}"#;
const GITHUB: &str = r#"[{"ghsa_id": "GHSA-aaaa-bbbb-cccc", "cve_id": "CVE-2024-1111", "summary": "s", "severity": "high", "withdrawn_at": null, "published_at": "2024-01-02T03:04:05Z",
 "vulnerabilities": [{"package": {"ecosystem": "pip", "name": "Flask"}, "vulnerable_version_range": ">= 1.0, < 1.0.1", "first_patched_version": "1.0.1"}], "cvss": {"vector_string": null, "score": null}}]"#;

/// What a document says, a line for each package, release and record.
fn lines(at: &str, document: &str) -> Vec<String> {
    let records = parse_all(at, document.as_bytes());
    let taken = records.into_iter().map(|record| match record {
        Ok(Parsed::Taken(record)) => *record,
        other => panic!("{at}: {other:?}"),
    });
    taken.flat_map(|record| said(&record)).collect()
}

fn said(record: &Record) -> Vec<String> {
    let names: Vec<&str> = record.aliases.iter().chain(&record.vulnerabilities).map(String::as_str).collect();
    let line = |name: &str, affected: &Affected| {
        let mut line = format!("{} {} | {name} {} |", record.id, names.join(" "), affected.release);
        if affected.lifecycle != Lifecycle::Ranges {
            line.push_str(&format!(" {:?}", affected.lifecycle));
        }
        for event in affected.ranges.iter().flat_map(|range| &range.events) {
            line.push_str(&match event {
                Event::Introduced(version) => format!(" +{version}"),
                Event::Fixed(version) => format!(" -{version}"),
                Event::LastAffected(version) => format!(" ={version}"),
                Event::Limit(version) => format!(" <{version}"),
                Event::IntroducedAfter(version) => format!(" >{version}"),
            });
        }
        for version in &affected.versions {
            line.push_str(&format!(" {version}"));
        }
        let ratings: Vec<&str> =
            affected.ratings.iter().chain(&record.ratings).map(|rating| rating.value.as_str()).collect();
        format!("{line} | {}", ratings.join(" ")).trim_end().trim_end_matches(" |").to_owned()
    };
    record
        .packages
        .iter()
        .flat_map(|(key, affected)| {
            affected
                .iter()
                .map(|entry| line(&format!("{} {}", key.ecosystem, key.name), entry))
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn every_form_is_recognised_and_read() {
    let check = |at: &str, expected: &[&str]| {
        let document = DOCUMENTS.iter().find(|(known, _)| *known == at).expect("a document").1;
        assert_eq!(lines(at, document), expected, "{at}");
    };
    check(
        "data/json",
        &[
            "DEBIAN-CVE-2024-1111 CVE-2024-1111 | Debian openssl 12 | +0 -3.0.11-1 | high",
            "DEBIAN-CVE-2024-1111 CVE-2024-1111 | Debian openssl 11 | Affected +0 <3.0.12-1 | unimportant",
            "DEBIAN-CVE-2024-1111 CVE-2024-1111 | Debian openssl 10 | EndOfLife +0 <3.0.12-1",
            "DEBIAN-CVE-2024-1111 CVE-2024-1111 | Debian openssl sid | +0 -3.0.12-1",
            "DEBIAN-CVE-2024-1111 CVE-2024-1111 | Debian openssl 13 | NotAffected",
            "TEMP-0841856-B18BAF  | Debian openssl 12 | WillNotFix | low",
        ],
    );
    check(
        "data.json",
        &[
            "ECHO-CVE-2024-1111 CVE-2024-1111 | Echo nginx  | +0 -1.22-9+e1 | high",
            "ECHO-CVE-2024-2222 CVE-2024-2222 | Echo nginx  | NotAffected",
        ],
    );
    check(
        "issues/all.json",
        &[
            "AVG-1 CVE-2024-1111 | Arch Linux lib32-openssl  | +0 -3.0.2-1 | high",
            "AVG-1 CVE-2024-1111 | Arch Linux openssl  | +0 -3.0.2-1 | high",
            "AVG-2 CVE-2024-2222 | Arch Linux zlib  | Affected | low",
            "AVG-3 CVE-2024-3333 | Arch Linux zlib  | NotAffected",
        ],
    );
    check(
        "v3.20/main.json",
        &[
            "ALPINE-CVE-2024-1111 CVE-2024-1111 | Alpine curl v3.20 | +0 -8.6.0-r0 +0 -8.7.0-r1",
            "ALPINE-CVE-2024-2222 CVE-2024-2222 | Alpine curl v3.20 | +0 -8.6.0-r0",
            "ALPINE-CVE-2024-3333 CVE-2024-3333 | Alpine curl v3.20 | NotAffected",
        ],
    );
    check(
        "security.json",
        &[
            "WOLFI-CVE-2024-1111 CVE-2024-1111 | Wolfi go  | +0 -1.22-r1",
            "WOLFI-GHSA-aaaa-bbbb-cccc GHSA-aaaa-bbbb-cccc | Wolfi go  | +0 -1.22-r1",
        ],
    );
    check(
        "edge-main.yaml",
        &[
            "ALPINE-CVE-1999-0289 CVE-1999-0289 | Alpine apache2 edge | NotAffected",
            "ALPINE-CVE-1999-0678 CVE-1999-0678 | Alpine apache2 edge | NotAffected",
        ],
    );
    check(
        "database.json",
        &[
            "USN-6000-1 CVE-2024-1111 | Ubuntu curl 22.04:LTS | +0 -7.81.0-1ubuntu1.15",
            "USN-6000-1 CVE-2024-1111 | Ubuntu curl Pro:16.04:LTS | +0 -7.47.0-1ubuntu2.19+esm11",
        ],
    );
    check("notices.json", &["USN-6000-2 CVE-2024-1111 | Ubuntu curl 24.04:LTS | +0 -8.5.0-2ubuntu10.1"]);
    check(
        "CVE-2024-1111.json",
        &[
            "UBUNTU-CVE-2024-1111 CVE-2024-1111 | Ubuntu curl 22.04:LTS | +0 -7.81.0-1ubuntu1.15 | medium",
            "UBUNTU-CVE-2024-1111 CVE-2024-1111 | Ubuntu curl Pro:20.04:LTS | Affected | medium",
        ],
    );
    check(
        "active/CVE-2024-1111",
        &[
            "UBUNTU-CVE-2024-1111 CVE-2024-1111 | Ubuntu curl 14.04:LTS | EndOfLife | low",
            "UBUNTU-CVE-2024-1111 CVE-2024-1111 | Ubuntu curl Pro:16.04:LTS | +0 -7.47.0-1ubuntu2.19+esm11 | low",
            "UBUNTU-CVE-2024-1111 CVE-2024-1111 | Ubuntu curl 22.04:LTS | Affected +0 <7.81.0-1ubuntu1.16 | low",
            "UBUNTU-CVE-2024-1111 CVE-2024-1111 | Ubuntu curl 20.04:LTS | WillNotFix | low",
            "UBUNTU-CVE-2024-1111 CVE-2024-1111 | Ubuntu curl 24.04:LTS | NotAffected | low",
            "UBUNTU-CVE-2024-1111 CVE-2024-1111 | Ubuntu curl 25.04 | UnderInvestigation | low",
        ],
    );
    check(
        "CVE-2024-2222.json",
        &["UBUNTU-CVE-2024-2222 CVE-2024-2222 | Ubuntu curl 22.04:LTS | Affected | high"],
    );
    check(
        "glsa-202401-01.xml",
        &[
            "GLSA-202401-01 CVE-2024-1111 | Gentoo dev-lang/python  | +3.11_alpha -3.11.8 2.7.18 | moderate",
            "GLSA-202401-01 CVE-2024-1111 | Gentoo net-misc/curl  | +0 +8.5.0-r4294967295 -8.6.0 -8.5.0-r2 | moderate",
        ],
    );
    check("PYSEC-2024-1.yaml", &["PYSEC-2024-1 CVE-2024-1111 | PyPI some-thing  | +0 -1.10"]);
    check(
        "npm/left-pad/CVE-2024-1111.yml",
        &[
            "GLAD-CVE-2024-1111 CVE-2024-1111 GHSA-aaaa-bbbb-cccc | npm @scope/left-pad  | +0 -1.3.1 +2.0.0 -2.0.4 | CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
        ],
    );
    check(
        "symfony/http/CVE-2024-1111.yaml",
        &[
            "FriendsOfPHP-CVE-2024-1111 CVE-2024-1111 | Packagist symfony/http  | +5.0.0 -5.4.31 +6.0.0 -6.3.8",
        ],
    );
    check(
        "gems/rails/CVE-2024-1111.yml",
        &[
            "RUBYSEC-rails-CVE-2024-1111 CVE-2024-1111 GHSA-aaaa-bbbb-cccc | RubyGems rails  | +5.0 -5.2.4 +5.3.a -6.0.3 | 7.5",
        ],
    );
    check(
        "RUSTSEC-2024-0001.md",
        &["RUSTSEC-2024-0001 CVE-2024-1111 | crates.io left-pad  | +0 -0.5.4 +0.6 -0.6.1 | informational"],
    );
    check("vuln/npm/7.json", &["NSWG-ECO-7 CVE-2024-1111 | npm left-pad  | +0 =1.3.0"]);
    check("advisories.json", &["GHSA-aaaa-bbbb-cccc CVE-2024-1111 | PyPI flask  | +1.0 -1.0.1 | high"]);
}

#[test]
fn arch_names_what_pacman_installs() {
    let records = parse_all("all.json", ARCH.as_bytes());
    let Ok(Parsed::Taken(record)) = &records[0] else { panic!("{records:?}") };
    assert!(record.packages.values().flatten().all(|affected| affected.key == KeyKind::Binary));
}

#[test]
fn other_documents_are_no_records() {
    for (at, document) in [
        ("package.json", r#"{"name": "x", "version": "1", "packages": []}"#),
        ("map.json", r#"{"a": {"b": {}}}"#),
        ("list.json", "[1, 2]"),
        ("empty.json", "{}"),
        ("pom.xml", "<project/>"),
        ("config.yaml", "title: x\ndate: y\n"),
        ("README.md", "# Advisories\n"),
        ("names.yaml", "curl:\n  - zlib\n"),
    ] {
        let records = parse_all(at, document.as_bytes());
        assert!(
            records.iter().all(|record| *record == Ok(Parsed::Left(Left::NotARecord))),
            "{at}: {records:?}"
        );
    }
}

#[test]
fn broken_documents_are_refused() {
    for (at, document) in [
        ("a.yaml", "identifier: [\npackage_slug: npm/x\naffected_range: '<1'\n"),
        ("a.yml", "id: X-1\nmodified: 2024-01-01T00:00:00Z\naffected: 7\n"),
        ("gems/a/CVE-2024-1111.yml", "gem: a\ntitle: x\ndate: {\n"),
        ("RUSTSEC-2024-0001.md", "```toml\n[advisory]\nid = 7\n```\n"),
        ("glsa-1.xml", "<glsa id='1'><affected>"),
        ("all.json", "[{\"name\": "),
        ("x.jsonl:7", "garbage"),
        ("x.json.gz", ""),
    ] {
        let records = parse_all(at, document.as_bytes());
        assert!(matches!(records.as_slice(), [Err(_)]), "{at}: {records:?}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        parse(&bytes);
    }

    #[test]
    fn changed_documents_are_read_or_refused(which in 0..DOCUMENTS.len(), at in 0usize..4000, with: u8, cut: bool) {
        let (name, document) = DOCUMENTS[which];
        let mut bytes = document.as_bytes().to_vec();
        let at = at % bytes.len();
        bytes[at] = with;
        if cut {
            bytes.truncate(at + 1);
        }
        parse_all(name, &bytes);
    }
}
