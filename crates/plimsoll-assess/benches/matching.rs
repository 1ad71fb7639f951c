//! A large image: 3,000 packages of Debian with 20 records each, one of them a kernel with 3,000.

use plimsoll_assess::{Matches, matches};
use plimsoll_model::{
    Advisory, Affected, Component, Contents, Event, Installed, KeyKind, Lifecycle, OsRelease, PackageKey,
    PurlType, Range, RangeKind, Source,
};
use std::collections::HashMap;

fn main() {
    divan::main();
}

#[divan::bench(args = [false, true])]
fn large_image(bencher: divan::Bencher, explain: bool) {
    let (contents, advisories) = image();
    bencher.bench(|| -> Matches { matches(&contents, &advisories, explain) });
}

fn image() -> (Contents, HashMap<PackageKey, Vec<Advisory>>) {
    let os = OsRelease { id: "debian".into(), version_id: Some("12".into()), ..OsRelease::default() };
    let mut contents = Contents { os: Some(os), ..Contents::default() };
    let mut advisories = HashMap::new();
    for index in 0..3_000_u32 {
        let source = if index == 0 { "linux".to_owned() } else { format!("source{index}") };
        let mut component =
            Component::new(PurlType::Deb, "", &format!("package{index}"), "6.1.100-1+deb12u1");
        component.vendor = Some("Debian Maintainers <maintainers@lists.debian.org>".into());
        component.source = Some(Source { name: source.clone(), version: "6.1.100-1+deb12u1".into() });
        contents.components.push(Installed {
            component,
            found_by: "dpkg".into(),
            paths: vec!["/var/lib/dpkg/status".into()],
            layer: 0,
            owned_by: None,
            present: true,
        });
        let records = if index == 0 { 3_000 } else { 20 };
        let key = PackageKey { ecosystem: "Debian".into(), name: source };
        advisories.insert(key, (0..records).map(|serial| record(index, serial)).collect());
    }
    (contents, advisories)
}

/// One in ten is not fixed yet.
fn record(package: u32, serial: u32) -> Advisory {
    let cve = format!("CVE-2024-{:07}", package * 3_000 + serial);
    let fixed = if serial % 10 == 9 { "6.1.200-1" } else { "6.1.55-1" };
    Advisory {
        id: format!("DEBIAN-{cve}"),
        aliases: Vec::new(),
        vulnerabilities: vec![cve],
        source: "osv/Debian".into(),
        published: None,
        modified: None,
        ratings: Vec::new(),
        affected: ["11", "12", "13"].map(|release| affected(release, fixed)).into(),
    }
}

fn affected(release: &str, fixed: &str) -> Affected {
    Affected {
        release: release.into(),
        key: KeyKind::Usual,
        lifecycle: Lifecycle::Ranges,
        arches: Vec::new(),
        module: None,
        ranges: vec![Range {
            kind: RangeKind::Ecosystem,
            events: vec![Event::Introduced("0".into()), Event::Fixed(fixed.into())],
        }],
        versions: Vec::new(),
        ratings: Vec::new(),
    }
}
