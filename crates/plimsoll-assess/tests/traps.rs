//! The traps of matching, one by one: every case is a paragraph of `traps.txt`, whose head explains the notation.

use plimsoll_assess::{Channels, Matches, explain, keys, matches_on};
use plimsoll_model::{
    Advisory, Affected, Component, Contents, Event, FixState, Installed, KeyKind, Lifecycle, OsRelease,
    PackageKey, PurlType, Range, RangeKind, Source,
};
use std::collections::{BTreeSet, HashMap};

#[test]
fn traps() {
    let text = include_str!("traps.txt");
    let cases: Vec<Case> = text.split("\n\n").filter_map(Case::read).collect();
    assert!(cases.len() > 70, "the cases are read");
    let wrong: Vec<String> = cases.iter().filter_map(check).collect();
    assert!(wrong.is_empty(), "{} of {} cases:\n\n{}", wrong.len(), cases.len(), wrong.join("\n\n"));
}

/// What is wrong with the outcome of a case, if anything.
fn check(case: &Case) -> Option<String> {
    let found = matches_on(&case.contents, &case.advisories, case.channels, true);
    let quiet = matches_on(&case.contents, &case.advisories, case.channels, false);
    let name = |index: u32| case.contents.components[index as usize].component.name.as_str();
    let outcome: BTreeSet<String> = found
        .matches
        .iter()
        .map(|matched| {
            let fixed = matched.fixed.as_deref().unwrap_or("-");
            format!(
                "{} {} {fixed} {}",
                name(matched.component),
                matched.ids.join(" "),
                state_word(matched.state)
            )
        })
        .collect();
    let mut problems = Vec::new();
    if outcome != case.expected {
        problems.push(format!("  expected {:?}\n  found    {outcome:?}", case.expected));
    }
    if (quiet.matches.len(), quiet.dismissed.len()) != (found.matches.len(), 0) {
        problems.push("  explaining changes the outcome".into());
    }
    for (package, advisory, words) in &case.dismissed {
        let said = found.dismissed.iter().any(|(index, reason)| {
            name(*index) == package
                && reason.advisory == *advisory
                && !reason.affected
                && reason.why.contains(words.as_str())
        });
        if !said {
            problems.push(format!(
                "  {package}: {advisory} is not dismissed for `{words}`: {:?}",
                reasons(&found)
            ));
        }
    }
    for installed in &case.contents.components {
        let asked = keys(&installed.component, case.contents.os.as_ref());
        let considered = asked.iter().filter_map(|key| case.advisories.get(key)).flatten();
        let ids: BTreeSet<&str> = considered.map(|advisory| advisory.id.as_str()).collect();
        let told = explain(&installed.component, case.contents.os.as_ref(), &case.advisories);
        let told: BTreeSet<&str> = told.iter().map(|reason| reason.advisory.as_str()).collect();
        if ids != told {
            problems.push(format!("  considered {ids:?}, told of {told:?}"));
        }
    }
    (!problems.is_empty()).then(|| format!("{}\n{}", case.title, problems.join("\n")))
}

fn reasons(found: &Matches) -> Vec<(&str, &str)> {
    found.dismissed.iter().map(|(_, reason)| (reason.advisory.as_str(), reason.why.as_str())).collect()
}

struct Case {
    title: String,
    contents: Contents,
    channels: Channels,
    advisories: HashMap<PackageKey, Vec<Advisory>>,
    expected: BTreeSet<String>,
    dismissed: Vec<(String, String, String)>,
}

impl Case {
    fn read(paragraph: &str) -> Option<Case> {
        let mut case = Case {
            title: String::new(),
            contents: Contents::default(),
            channels: Channels::default(),
            advisories: HashMap::new(),
            expected: BTreeSet::new(),
            dismissed: Vec::new(),
        };
        for line in paragraph.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
            let (word, rest) = line.split_once(": ").unwrap_or_else(|| panic!("no colon in `{line}`"));
            match word {
                "case" => case.title = rest.to_owned(),
                "os" => case.contents.os = Some(os(rest)),
                "takes" => {
                    case.channels = Channels { pro: rest.contains("pro"), eus: rest.contains("eus") };
                }
                "channels" => {
                    case.contents.channels = rest.split_whitespace().map(str::to_owned).collect();
                    case.channels = Channels::of(&case.contents);
                }
                "package" => case.contents.components.push(package(rest)),
                "advisory" => add_advisory(rest, &mut case.advisories),
                "match" => {
                    case.expected.insert(rest.split_whitespace().collect::<Vec<_>>().join(" "));
                }
                "not" => {
                    let mut words = rest.splitn(3, ' ').map(str::to_owned);
                    let mut next = || words.next().unwrap_or_default();
                    case.dismissed.push((next(), next(), next()));
                }
                other => panic!("unknown word `{other}`"),
            }
        }
        (!case.title.is_empty()).then_some(case)
    }
}

fn os(text: &str) -> OsRelease {
    let mut words = text.split_whitespace();
    let id = words.next().unwrap_or_default().to_owned();
    OsRelease {
        id,
        version_id: words.next().filter(|version| *version != "-").map(str::to_owned),
        like: words.map(str::to_owned).collect(),
        ..OsRelease::default()
    }
}

fn package(text: &str) -> Installed {
    let mut parts = text.split('|').map(str::trim);
    let mut head = parts.next().unwrap_or_default().split_whitespace();
    let kind = head.next().and_then(PurlType::parse).unwrap_or_else(|| panic!("no type in `{text}`"));
    let full = head.next().unwrap_or_default();
    let (namespace, name) = match kind {
        PurlType::Maven => full.split_once(':').unwrap_or(("", full)),
        _ => full.rsplit_once('/').unwrap_or(("", full)),
    };
    let mut component = Component::new(kind, namespace, name, head.next().unwrap_or_default());
    let mut owned_by = None;
    for part in parts {
        let (key, value) = part.split_once('=').unwrap_or_else(|| panic!("no equals sign in `{part}`"));
        match key {
            "source" => {
                let (name, version) = value.split_once(' ').unwrap_or((value, component.version.as_str()));
                component.source = Some(Source { name: name.into(), version: version.into() });
            }
            "arch" => component.arch = Some(value.into()),
            "vendor" => component.vendor = Some(value.into()),
            "module" => component.modularity = Some(value.into()),
            "cpes" => component.cpes = value.split(',').map(str::to_owned).collect(),
            "owner" => owned_by = value.parse().ok(),
            other => panic!("unknown key `{other}`"),
        }
    }
    Installed {
        component,
        found_by: "test".into(),
        paths: vec!["/x".into()],
        layer: 0,
        owned_by,
        present: true,
    }
}

fn add_advisory(text: &str, advisories: &mut HashMap<PackageKey, Vec<Advisory>>) {
    let parts: Vec<&str> = text.split(" | ").map(str::trim).collect();
    let [id, place, name, ranges, ..] = parts.as_slice() else { panic!("too few columns in `{text}`") };
    let (ecosystem, release) = place.split_once(':').unwrap_or((place, ""));
    let mut affected = Affected {
        release: release.into(),
        key: KeyKind::Usual,
        lifecycle: Lifecycle::Ranges,
        arches: Vec::new(),
        module: None,
        ranges: Vec::new(),
        versions: Vec::new(),
        ratings: Vec::new(),
    };
    for range in ranges.split("||").map(str::trim).filter(|range| *range != "-") {
        match range.strip_prefix("= ") {
            Some(versions) => affected.versions.extend(versions.split(", ").map(str::to_owned)),
            None => affected.ranges.push(Range { kind: RangeKind::Ecosystem, events: events(range) }),
        }
    }
    let key = PackageKey { ecosystem: ecosystem.into(), name: (*name).into() };
    let of_key = advisories.entry(key).or_default();
    let at = of_key.iter().position(|known| known.id == *id).unwrap_or_else(|| {
        of_key.push(Advisory {
            id: (*id).into(),
            aliases: Vec::new(),
            vulnerabilities: Vec::new(),
            source: "test".into(),
            published: None,
            modified: None,
            ratings: Vec::new(),
            affected: Vec::new(),
        });
        of_key.len() - 1
    });
    let advisory = &mut of_key[at];
    for part in parts[4..].iter().flat_map(|part| part.split_whitespace()) {
        let (key, value) = part.split_once('=').unwrap_or_else(|| panic!("no equals sign in `{part}`"));
        let list = || value.split(',').map(str::to_owned).collect::<Vec<String>>();
        match key {
            "key" => affected.key = if value == "source" { KeyKind::Source } else { KeyKind::Binary },
            "arch" => affected.arches = list(),
            "module" => affected.module = Some(value.into()),
            "cves" => advisory.vulnerabilities = list(),
            "aliases" => advisory.aliases = list(),
            "state" => affected.lifecycle = lifecycle(value),
            other => panic!("unknown key `{other}`"),
        }
    }
    advisory.affected.push(affected);
}

fn events(range: &str) -> Vec<Event> {
    let mut events = Vec::new();
    for bound in range.split(", ") {
        let (sign, version) = bound.split_once(' ').unwrap_or((bound, "0"));
        if events.is_empty() && !matches!(sign, ">" | ">=" | "*") {
            events.push(Event::Introduced("0".into()));
        }
        events.push(match sign {
            "*" | ">=" => Event::Introduced(version.into()),
            ">" => Event::IntroducedAfter(version.into()),
            "<" => Event::Fixed(version.into()),
            "<=" => Event::LastAffected(version.into()),
            other => panic!("unknown sign `{other}`"),
        });
    }
    events
}

fn lifecycle(word: &str) -> Lifecycle {
    match word {
        "affected" => Lifecycle::Affected,
        "not-affected" => Lifecycle::NotAffected,
        "will-not-fix" => Lifecycle::WillNotFix,
        "end-of-life" => Lifecycle::EndOfLife,
        "under-investigation" => Lifecycle::UnderInvestigation,
        other => panic!("unknown state `{other}`"),
    }
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
