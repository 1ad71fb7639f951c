//! What publishers say in other forms than OSV, as the feeds would write it: NVD configurations, OpenVEX and CSAF.

use super::{Advisories, blank, range, words};
use plimsoll_assess::vex::{self, Name, Status};
use plimsoll_model::{
    Affected, Component, Cpe, Event, KeyKind, Lifecycle, PackageKey, Purl, PurlType, Range,
};
use serde_json::{Value, json};

fn entry(release: &str) -> Affected {
    Affected {
        release: release.into(),
        key: KeyKind::Usual,
        lifecycle: Lifecycle::Ranges,
        arches: Vec::new(),
        module: None,
        ranges: Vec::new(),
        versions: Vec::new(),
        ratings: Vec::new(),
    }
}

/// `configurations`: lists of nodes; `operators`: how the nodes of each are joined. Systems beside a name are conditions
/// of it.
pub fn add_configurations(record: &Value, advisories: &mut Advisories) {
    let configurations = record["configurations"].as_array().expect("configurations");
    for (nodes, operator) in configurations.iter().zip(record["operators"].as_array().expect("operators")) {
        let nodes = nodes.as_array().expect("nodes");
        for (at, node) in nodes.iter().enumerate().filter(|(_, node)| node["negate"] != true) {
            let beside = nodes.iter().enumerate().filter(|(other, _)| *other != at && *operator == "AND");
            let systems = beside.map(|(_, node)| systems(node)).find(|systems| !systems.is_empty());
            let on = systems.map_or(String::new(), |systems| format!(" on {}", systems.join(",")));
            for one in
                node["cpe_match"].as_array().expect("matches").iter().filter(|one| one["vulnerable"] == true)
            {
                let Some(cpe) = Cpe::parse(&words(&one["criteria"])).filter(|cpe| cpe.part == 'a') else {
                    continue;
                };
                let tail = match (cpe.tail(), on.as_str()) {
                    (tail, "") => tail,
                    (tail, on) if tail.is_empty() => format!("*:*:*:*:*:*{on}"),
                    (tail, on) => format!("{tail}{on}"),
                };
                let mut affected = entry(&tail);
                let bounds = bounds(one);
                match cpe.full_version() {
                    Some(version) if bounds.is_none() => affected.versions.push(version),
                    None if bounds.is_none() && cpe.version() == "-" => continue,
                    _ => affected
                        .ranges
                        .extend(bounds.or_else(|| Some(range(vec![Event::Introduced("0".into())])))),
                }
                let key = PackageKey { ecosystem: "NVD".into(), name: cpe.key() };
                let mut advisory = blank(&words(&record["id"]), "nvd/NVD");
                advisory.affected.push(affected);
                advisories.entry(key).or_default().push(advisory);
            }
        }
    }
}

/// The products of a node that names nothing but operating systems.
fn systems(node: &Value) -> Vec<String> {
    let of = |one: &Value| {
        let cpe = Cpe::parse(&words(&one["criteria"])).filter(|cpe| cpe.part == 'o')?;
        Some(cpe.product().to_owned())
    };
    node["cpe_match"].as_array().into_iter().flatten().map(of).collect::<Option<_>>().unwrap_or_default()
}

fn bounds(one: &Value) -> Option<Range> {
    let version = |name: &str| one[name].as_str().map(str::to_owned);
    let start = version("versionStartIncluding")
        .map(Event::Introduced)
        .or_else(|| version("versionStartExcluding").map(Event::IntroducedAfter));
    let end = version("versionEndExcluding")
        .map(Event::Fixed)
        .or_else(|| version("versionEndIncluding").map(Event::LastAffected));
    (start.is_some() || end.is_some()).then(|| {
        let start = start.unwrap_or_else(|| Event::Introduced("0".into()));
        range(std::iter::once(start).chain(end).collect())
    })
}

/// A statement of a vendor of rebuilt packages: these builds are not affected.
pub fn add_openvex(statement: &Value, advisories: &mut Advisories) {
    let document = json!({"@context": "https://openvex.dev/ns/v0.2.0", "statements": [statement]});
    add_statements(&document, advisories);
}

pub fn add_csaf(document: &Value, advisories: &mut Advisories) {
    add_statements(document, advisories);
}

fn add_statements(document: &Value, advisories: &mut Advisories) {
    let statements = vex::parse(document.to_string().as_bytes()).expect("VEX");
    for statement in &statements {
        for product in &statement.products {
            for name in &product.names {
                let Name::Purl(purl) = name else { continue };
                let Some((key, affected)) = of_product(purl, &product.within, statement.status) else {
                    continue;
                };
                let (id, aliases) = statement.vulnerabilities.split_first().expect("a name");
                let mut advisory = blank(id, "vex");
                advisory.aliases = aliases.to_vec();
                advisory.affected.push(affected);
                advisories.entry(key).or_default().push(advisory);
            }
        }
    }
}

/// Of a distribution's packages versions are ordered, so a fixed one fixes all later ones; of others only that build is
/// spoken of.
fn of_product(purl: &Purl, within: &[Name], status: Status) -> Option<(PackageKey, Affected)> {
    let component = Component::from_purl(purl)?;
    let is_rpm = component.kind == PurlType::Rpm;
    let platform = within.iter().find_map(|name| match name {
        Name::Cpe(cpe) => Some(format!("{}:{}", cpe.product(), cpe.version())),
        _ => None,
    });
    let key = match is_rpm {
        true => PackageKey { ecosystem: "Red Hat".into(), name: component.name.clone() },
        false => plimsoll_assess::keys(&component, None).into_iter().next()?,
    };
    let mut affected = entry(&platform.unwrap_or_default());
    if is_rpm {
        let is_source = matches!(component.arch.as_deref(), Some("src"));
        affected.key = if is_source { KeyKind::Source } else { KeyKind::Binary };
        affected.arches.extend(component.arch.clone().filter(|_| !is_source));
    }
    match (status, is_rpm) {
        (Status::Fixed, true) => {
            let events = vec![Event::Introduced("0".into()), Event::Fixed(component.version)];
            affected.ranges.push(range(events));
        }
        (Status::Fixed | Status::NotAffected, _) => {
            affected.lifecycle = Lifecycle::NotAffected;
            affected.versions.extend(Some(component.version).filter(|version| !version.is_empty()));
        }
        (Status::Affected, _) => affected.lifecycle = Lifecycle::Affected,
        (Status::UnderInvestigation, _) => affected.lifecycle = Lifecycle::UnderInvestigation,
    }
    Some((key, affected))
}
