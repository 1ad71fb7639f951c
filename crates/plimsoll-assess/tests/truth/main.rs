//! Others' expectations, where the shared data is there: `truth/match` and `truth/os-match`.
//! OSV records are read here just far enough; the feeds read them for the program.

#![allow(clippy::print_stderr, reason = "tests tell what they skip and how they fare")]

use plimsoll_assess::{Channels, Distribution, Matches, keys, matches_on};
use plimsoll_model::{
    Advisory, Affected, Component, Contents, Event, FixState, Installed, KeyKind, Lifecycle, OsRelease,
    PackageKey, Purl, PurlType, Range, RangeKind, Source,
};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

mod forms;

type Advisories = HashMap<PackageKey, Vec<Advisory>>;

/// Cases of `truth/match` where the expected answer is another tool's choice and ours differs, with the reason.
const OTHER_CHOICES: &[(&str, &str)] =
    &[("go-istio-pseudo-version-as-main-module", "whether a module is the main one is not in the component")];

#[test]
fn one_package_against_a_few_advisories() {
    let Some(text) = shared("truth/match/cases.jsonl") else { return };
    let (mut passed, mut wrong) = (0, Vec::new());
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).expect("a case");
        let id = words(&case["id"]);
        match check_case(&case) {
            Ok(()) => passed += 1,
            Err(why) if OTHER_CHOICES.iter().any(|(known, _)| *known == id) => {
                eprintln!("{id}: another choice: {why}")
            }
            Err(why) => wrong.push(format!("{id}: {why}")),
        }
    }
    eprintln!("truth/match: {passed} of {} passed, {} wrong", text.lines().count(), wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn inventories_of_distributions() {
    let Some(folder) = shared_path("truth/os-match") else { return };
    for case in std::fs::read_dir(folder).expect("a folder").flatten().filter(|entry| entry.path().is_dir()) {
        let path = case.path();
        let sbom = json(&path.join("sbom.cdx.json"));
        let contents = contents_of_sbom(&sbom);
        let mut advisories = Advisories::new();
        for record in std::fs::read_dir(path.join("advisories")).expect("a folder").flatten() {
            add_osv(&json(&record.path()), "os-match", &mut advisories);
        }
        let found = matches_on(&contents, &advisories, Channels::default(), false);
        let expected = json(&path.join("expected.json"));
        let expected: BTreeSet<String> =
            expected.as_array().expect("a list").iter().map(expectation).collect();
        let outcome: BTreeSet<String> = found
            .matches
            .iter()
            .map(|matched| {
                let component = &contents.components[matched.component as usize].component;
                let fixed =
                    matched.fixed.as_deref().map_or("-", |fixed| fixed.strip_prefix("0:").unwrap_or(fixed));
                format!("{} {} {fixed} {}", matched.ids[0], component.name, state_word(matched.state))
            })
            .collect();
        assert_eq!(outcome, expected, "{}", path.display());
        eprintln!("{}: {} findings as expected", path.display(), outcome.len());
    }
}

fn expectation(finding: &Value) -> String {
    let fixed = finding["fixed"].as_str().map_or("-", |fixed| fixed.strip_prefix("0:").unwrap_or(fixed));
    let status = words(&finding["status"]).replace('_', "-");
    format!("{} {} {fixed} {status}", words(&finding["id"]), words(&finding["package"]))
}

fn check_case(case: &Value) -> Result<(), String> {
    let package = &case["package"];
    let (component, os) = component_of_case(package);
    let channel = |wanted: &str| {
        package["channels"].as_array().is_some_and(|list| list.iter().any(|one| one == wanted))
    };
    let channels = Channels { pro: channel("esm"), eus: channel("eus") };
    let mut advisories = Advisories::new();
    for record in case["advisories"].as_array().expect("advisories") {
        match record["form"].as_str() {
            Some("osv") => add_osv(&record["osv"], "truth", &mut advisories),
            Some("os") => add_rows(record, &mut advisories),
            Some("cpe") => forms::add_configurations(record, &mut advisories),
            Some("csaf") => forms::add_csaf(&record["csaf"], &mut advisories),
            Some("openvex") => forms::add_openvex(&record["statement"], &mut advisories),
            // The end of a release's support changes nothing in which records are about it.
            Some("eol") => {}
            other => panic!("unknown form {other:?}"),
        }
    }
    let contents = Contents { os, components: vec![installed(component)], ..Contents::default() };
    let found = matches_on(&contents, &advisories, channels, true);
    let expect = &case["expect"];
    let mut met = BTreeSet::new();
    for expected in expect["matches"].as_array().expect("matches") {
        let id = words(&expected["id"]);
        let at = found.matches.iter().position(|matched| matched.ids.contains(&id));
        let Some(at) = at else { return Err(format!("{id} is missing: {}", told(&found))) };
        met.insert(at);
        let matched = &found.matches[at];
        let state = match expected["state"].as_str() {
            None => matched.state,
            Some("fixed") => FixState::Fixed,
            Some("not-fixed" | "unknown") => FixState::Affected,
            Some("wont-fix") => FixState::WillNotFix,
            Some(other) => panic!("unknown state {other}"),
        };
        if matched.state != state {
            return Err(format!("{id} is {:?}, not {state:?}", matched.state));
        }
        let fixes: Vec<&str> =
            expected["fixed"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let plain = |fix: &str| fix.strip_prefix("0:").unwrap_or(fix).to_owned();
        if !fixes.is_empty()
            && !fixes.iter().any(|fix| matched.fixed.as_deref().map(plain) == Some(plain(fix)))
        {
            return Err(format!("{id} is fixed in {:?}, not in {fixes:?}", matched.fixed));
        }
    }
    for id in expect["not"].as_array().into_iter().flatten().map(words) {
        if found.matches.iter().any(|matched| matched.ids.contains(&id)) {
            return Err(format!("{id} is reported"));
        }
    }
    // A notice may name more flaws than the case knows of: they are the same answer.
    let same_notice = |ids: &[String]| {
        met.iter()
            .any(|&at| found.matches[at].ids.iter().any(|id| !id.starts_with("CVE-") && ids.contains(id)))
    };
    let extra = found
        .matches
        .iter()
        .any(|matched| !same_notice(&matched.ids) && !met.iter().any(|&at| found.matches[at] == *matched));
    match expect["complete"] == true && extra {
        true => Err(format!("too much: {:?}", found.matches)),
        false => Ok(()),
    }
}

fn told(found: &Matches) -> String {
    found.dismissed.iter().map(|(_, reason)| format!("{} {}; ", reason.advisory, reason.why)).collect()
}

fn component_of_case(package: &Value) -> (Component, Option<OsRelease>) {
    let kind = match package["type"].as_str() {
        Some("go") => PurlType::Golang,
        Some("binary") => PurlType::Generic,
        Some(other) => PurlType::parse(other).expect("a purl type"),
        None => panic!("no type"),
    };
    let full = words(&package["name"]);
    let (namespace, name) = match kind {
        PurlType::Maven => full.split_once(':').unwrap_or(("", &full)),
        _ => full.rsplit_once('/').unwrap_or(("", &full)),
    };
    let version = words(&package["version"]);
    let version =
        if kind == PurlType::Rpm { version.strip_prefix("0:").unwrap_or(&version) } else { &version };
    let mut component = Component::new(kind, namespace, name, version);
    component.arch = package["arch"].as_str().map(str::to_owned);
    component.modularity = package["module"].as_str().map(str::to_owned);
    component.cpes = list(&package["cpes"]);
    component.source = package["upstreams"].as_array().and_then(|list| list.first()).map(|upstream| Source {
        name: words(&upstream["name"]),
        version: upstream["version"].as_str().unwrap_or(version).to_owned(),
    });
    let os = package["distro"].as_str().map(|id| OsRelease {
        id: id.into(),
        version_id: package["release"].as_str().filter(|release| !release.is_empty()).map(str::to_owned),
        ..OsRelease::default()
    });
    (component, os)
}

/// Rows of a form that OSV has no words for; Red Hat's are keyed by source there.
fn add_rows(record: &Value, advisories: &mut Advisories) {
    for row in record["rows"].as_array().expect("rows") {
        let (id, release) = (words(&row["distro"]), words(&row["release"]));
        let os = OsRelease { id: id.clone(), version_id: Some(release.clone()), ..OsRelease::default() };
        let Some(distribution) = Distribution::of(&os) else { continue };
        let eus = row["channel"] == "eus";
        let named = |release: &str| match (id.as_str(), eus) {
            ("rhel", true) => format!("rhel_eus:{release}::baseos"),
            ("rhel", false) => format!("enterprise_linux:{release}"),
            ("sles", _) => format!("Linux Enterprise Server {}", release.replace('.', " SP")),
            ("alpine", _) => format!("v{release}"),
            ("ubuntu", _) => format!("{}{release}:LTS", if row["channel"] == "esm" { "Pro:" } else { "" }),
            ("wolfi" | "chainguard", _) => String::new(),
            _ => release.to_owned(),
        };
        let entry = |release: String, ranges: Vec<Range>| Affected {
            release,
            key: if id == "rhel" { KeyKind::Source } else { KeyKind::Usual },
            lifecycle: match row["state"].as_str() {
                Some("not-affected") => Lifecycle::NotAffected,
                Some("wont-fix") => Lifecycle::WillNotFix,
                Some("not-fixed") => Lifecycle::Affected,
                _ => Lifecycle::Ranges,
            },
            arches: row["arch"].as_str().map(str::to_owned).into_iter().collect(),
            module: row["module"].as_str().map(str::to_owned),
            ranges,
            versions: Vec::new(),
            ratings: Vec::new(),
        };
        let until =
            |fixed: &str| vec![range([Event::Introduced("0".into()), Event::Fixed(fixed.to_owned())].into())];
        let mut affected = Vec::new();
        match (row["vulnerable_range"].as_str(), row["streams"].as_array()) {
            (Some(ranges), _) => {
                affected.push(entry(named(&release), ranges.split("||").map(bounds).collect()))
            }
            (None, Some(streams)) if !streams.is_empty() => {
                affected.extend(streams.iter().map(|stream| {
                    let release = match stream["minor"].as_u64() {
                        Some(minor) => format!("{release}.{minor}"),
                        None => release.clone(),
                    };
                    entry(named(&release), until(&words(&stream["fixed"])))
                }));
            }
            _ => affected.push(entry(named(&release), row["fixed"].as_str().map_or(Vec::new(), until))),
        }
        let key = PackageKey { ecosystem: distribution.ecosystem.into(), name: words(&row["package"]) };
        let mut advisory = blank(&words(&record["id"]), "truth");
        advisory.aliases = list(&record["aliases"]);
        advisory.affected = affected;
        advisories.entry(key).or_default().push(advisory);
    }
}

/// `>= 1, < 2`.
fn bounds(text: &str) -> Range {
    let mut events = Vec::new();
    for bound in text.split(',').map(str::trim) {
        let (sign, version) = bound.split_once(' ').expect("sign and version");
        match sign {
            "<" if events.is_empty() => {
                events.extend([Event::Introduced("0".into()), Event::Fixed(version.into())])
            }
            "<" => events.push(Event::Fixed(version.into())),
            ">=" => events.push(Event::Introduced(version.into())),
            other => panic!("unknown sign {other}"),
        }
    }
    range(events)
}

fn range(events: Vec<Event>) -> Range {
    Range { kind: RangeKind::Ecosystem, events }
}

fn add_osv(record: &Value, source: &str, advisories: &mut Advisories) {
    let mut advisory = blank(&words(&record["id"]), source);
    advisory.aliases = list(&record["aliases"]);
    advisory.vulnerabilities = list(&record["upstream"]);
    if advisory.vulnerabilities.is_empty() && advisory.aliases.is_empty() && !advisory.id.starts_with("CVE-")
    {
        advisory.vulnerabilities =
            list(&record["related"]).into_iter().filter(|id| id.starts_with("CVE-")).collect();
    }
    for entry in record["affected"].as_array().into_iter().flatten() {
        let (ecosystem, release) = {
            let text = words(&entry["package"]["ecosystem"]);
            let (base, release) = text.split_once(':').unwrap_or((&text, ""));
            (base.to_owned(), release.to_owned())
        };
        let specific = &entry["ecosystem_specific"];
        let purl = entry["package"]["purl"].as_str().and_then(|purl| Purl::parse(purl).ok());
        let arch = purl.as_ref().and_then(|purl| purl.qualifier("arch")).map(str::to_owned);
        let affected = Affected {
            release,
            key: match specific["package_kind"].as_str() {
                Some("source") => KeyKind::Source,
                Some("binary") => KeyKind::Binary,
                _ => KeyKind::Usual,
            },
            lifecycle: match specific["status"].as_str() {
                Some("will_not_fix") => Lifecycle::WillNotFix,
                Some("end_of_life") => Lifecycle::EndOfLife,
                Some("affected") => Lifecycle::Affected,
                _ => Lifecycle::Ranges,
            },
            arches: list(&specific["arches"]).into_iter().chain(arch).collect(),
            module: specific["rpm_modularity"].as_str().map(str::to_owned),
            ranges: entry["ranges"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|range| range["type"] != "GIT")
                .map(osv_range)
                .collect(),
            versions: list(&entry["versions"]),
            ratings: Vec::new(),
        };
        // Names are folded as the keys of the component fold them.
        let name = words(&entry["package"]["name"]);
        let name = match ecosystem.as_str() {
            "PyPI" => keys(&Component::new(PurlType::Pypi, "", &name, "1"), None)
                .into_iter()
                .find(|key| key.ecosystem == "PyPI")
                .map_or(name, |key| key.name),
            "NuGet" | "Packagist" => name.to_lowercase(),
            _ => name,
        };
        let of_key = advisories.entry(PackageKey { ecosystem, name }).or_default();
        match of_key.last_mut().filter(|last| last.id == advisory.id) {
            Some(last) => last.affected.push(affected),
            None => of_key.push(Advisory { affected: vec![affected], ..advisory.clone() }),
        }
    }
}

fn osv_range(range: &Value) -> Range {
    let event = |event: &Value| {
        let (word, version) = event.as_object()?.iter().next()?;
        let version = version.as_str()?.to_owned();
        Some(match word.as_str() {
            "introduced" => Event::Introduced(version),
            "fixed" => Event::Fixed(version),
            "last_affected" => Event::LastAffected(version),
            _ => Event::Limit(version),
        })
    };
    Range {
        kind: if range["type"] == "SEMVER" { RangeKind::Semver } else { RangeKind::Ecosystem },
        events: range["events"].as_array().into_iter().flatten().filter_map(event).collect(),
    }
}

fn contents_of_sbom(sbom: &Value) -> Contents {
    let mut contents = Contents::default();
    for entry in sbom["components"].as_array().expect("components") {
        let Some(purl) = entry["purl"].as_str() else {
            contents.os = Some(OsRelease {
                id: words(&entry["name"]),
                version_id: entry["version"].as_str().map(str::to_owned),
                ..OsRelease::default()
            });
            continue;
        };
        let purl = Purl::parse(purl).expect("a purl");
        let Some(kind) = PurlType::parse(&purl.kind) else { continue };
        let epoch = purl.qualifier("epoch").map_or(String::new(), |epoch| format!("{epoch}:"));
        let version = format!("{epoch}{}", purl.version);
        let mut component = Component::new(kind, "", &purl.name, &version);
        component.arch = purl.qualifier("arch").map(str::to_owned);
        component.source = purl.qualifier("upstream").map(|upstream| {
            let (name, version) = upstream.split_once('@').unwrap_or((upstream, &version));
            Source { name: name.into(), version: version.into() }
        });
        contents.components.push(installed(component));
    }
    contents
}

fn installed(component: Component) -> Installed {
    Installed {
        component,
        found_by: "truth".into(),
        paths: vec!["/x".into()],
        layer: 0,
        owned_by: None,
        present: true,
    }
}

fn blank(id: &str, source: &str) -> Advisory {
    Advisory {
        id: id.into(),
        aliases: Vec::new(),
        vulnerabilities: Vec::new(),
        source: source.into(),
        published: None,
        modified: None,
        ratings: Vec::new(),
        affected: Vec::new(),
    }
}

fn list(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(words).collect()
}

fn words(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn state_word(state: FixState) -> &'static str {
    match state {
        FixState::Fixed => "fixed",
        FixState::Affected => "affected",
        FixState::WillNotFix => "will-not-fix",
        FixState::EndOfLife => "end-of-life",
        FixState::UnderInvestigation => "under-investigation",
    }
}

fn json(path: &std::path::Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).expect("a file")).expect("json")
}

fn shared(path: &str) -> Option<String> {
    std::fs::read_to_string(shared_path(path)?).ok()
}

fn shared_path(path: &str) -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).join(path);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: no shared data");
    None
}
