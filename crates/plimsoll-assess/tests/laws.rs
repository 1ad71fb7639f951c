//! Laws of matching: it never panics whatever publishers and images write, and its answer does not depend on the
//! order in which advisories come.

use plimsoll_assess::{explain, findings, keys, matches};
use plimsoll_model::{
    Advisory, Affected, Component, Contents, Event, Installed, KeyKind, Lifecycle, OsRelease, PackageKey,
    PurlType, Range, RangeKind, Rating, Source,
};
use proptest::prelude::*;
use std::collections::HashMap;

/// Words that mean something somewhere, and some that mean nothing anywhere.
fn word() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "0",
        "1",
        "1.0",
        "1:2.3-4.el9_4",
        "2.3-4.el9",
        "2-1.module+el8.4.0+1",
        "rhel_eus:9.4::baseos",
        "*:*:*:node.js:*:*",
        "*:*:*:*:*:* on windows,linux",
        "cpe:2.3:a:x:y:1.0:update2",
        "9",
        "9.4",
        "enterprise_linux:9",
        "Pro:22.04:LTS",
        "22.04:LTS",
        "v3.20",
        "Linux Enterprise Server 15 SP5",
        "Leap 15.5",
        "CVE-2024-1",
        "CVE-2024-2",
        "GHSA-x",
        "DSA-1",
        "rootio-a",
        "a",
        "stdlib",
        "go1.22rc1",
        "(devel)",
        "x86_64",
        "nodejs:18",
        "critical",
        "CVSS:3.1/AV:N",
        "AV:N/AC:L/Au:N/C:P/I:P/A:P",
        "el",
        "el9_",
        "",
    ])
    .prop_map(str::to_owned);
    prop_oneof![3 => known, 1 => "\\PC{0,12}"]
}

fn affected() -> impl Strategy<Value = Affected> {
    let event = (0..5_u8, word()).prop_map(|(kind, version)| match kind {
        0 => Event::Introduced(version),
        1 => Event::Fixed(version),
        2 => Event::LastAffected(version),
        3 => Event::IntroducedAfter(version),
        _ => Event::Limit(version),
    });
    let lifecycle = prop::sample::select(vec![
        Lifecycle::Ranges,
        Lifecycle::Affected,
        Lifecycle::NotAffected,
        Lifecycle::WillNotFix,
    ]);
    let key = prop::sample::select(vec![KeyKind::Usual, KeyKind::Source, KeyKind::Binary]);
    let ranges = prop::collection::vec(prop::collection::vec(event, 0..4), 0..3);
    let lists = (prop::collection::vec(word(), 0..2), prop::collection::vec(word(), 0..3));
    (word(), key, lifecycle, lists, prop::option::of(word()), ranges).prop_map(
        |(release, key, lifecycle, (arches, versions), module, ranges)| Affected {
            release,
            key,
            lifecycle,
            arches,
            module,
            ranges: ranges.into_iter().map(|events| Range { kind: RangeKind::Ecosystem, events }).collect(),
            versions,
            ratings: Vec::new(),
        },
    )
}

fn advisory() -> impl Strategy<Value = Advisory> {
    let names = (word(), prop::collection::vec(word(), 0..3), prop::collection::vec(word(), 0..3));
    (names, prop::collection::vec(affected(), 0..3), word(), any::<Option<i64>>()).prop_map(
        |((id, aliases, vulnerabilities), affected, value, published)| Advisory {
            id,
            aliases,
            vulnerabilities,
            source: "test".into(),
            published,
            modified: None,
            ratings: vec![Rating { source: "nvd".into(), value }],
            affected,
        },
    )
}

fn contents() -> impl Strategy<Value = Contents> {
    let ids = vec!["debian", "ubuntu", "rhel", "almalinux", "ol", "sles", "alpine", "opensuse-leap", "other"];
    let kind = prop::sample::select(vec![
        PurlType::Deb,
        PurlType::Rpm,
        PurlType::Apk,
        PurlType::Generic,
        PurlType::Golang,
        PurlType::Npm,
    ]);
    let source = prop::option::of((word(), word()));
    let component = (kind, word(), word(), source, prop::option::of(word()), prop::option::of(0..3_u32))
        .prop_map(|(kind, name, version, source, extra, owned_by)| {
            let mut component = Component::new(kind, "", &name, &version);
            component.source = source.map(|(name, version)| Source { name, version });
            component.arch.clone_from(&extra);
            component.cpes = [&name, &version].map(|word| format!("x:{word}")).to_vec();
            component.modularity = extra;
            Installed {
                component,
                found_by: "test".into(),
                paths: vec!["/a!/b".into()],
                layer: 0,
                owned_by,
                present: true,
            }
        });
    (prop::sample::select(ids), prop::option::of(word()), prop::collection::vec(component, 1..4)).prop_map(
        |(id, version_id, components)| Contents {
            os: Some(OsRelease { id: id.into(), version_id, ..OsRelease::default() }),
            components,
            ..Contents::default()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn matching_never_panics_and_ignores_the_order(
        contents in contents(),
        records in prop::collection::vec(advisory(), 0..6),
    ) {
        let asked = contents.components.iter().flat_map(|one| keys(&one.component, contents.os.as_ref()));
        let mut advisories: HashMap<PackageKey, Vec<Advisory>> =
            asked.map(|key| (key, records.clone())).collect();
        let found = matches(&contents, &advisories, false);
        let told = matches(&contents, &advisories, true);
        let bare = |matches: &plimsoll_assess::Matches| -> Vec<(u32, Vec<String>, Option<String>)> {
            matches.matches.iter().map(|one| (one.component, one.ids.clone(), one.fixed.clone())).collect()
        };
        prop_assert_eq!(bare(&found), bare(&told));
        prop_assert!(found.dismissed.is_empty());
        for finding in findings(&contents, &found, &HashMap::new()) {
            prop_assert!(!finding.evidence.is_empty() && !finding.title.is_empty());
        }
        for installed in &contents.components {
            explain(&installed.component, contents.os.as_ref(), &advisories);
        }
        advisories.values_mut().for_each(|records| records.reverse());
        let reversed = matches(&contents, &advisories, false);
        let affected = |matches: &plimsoll_assess::Matches| -> Vec<(u32, Vec<String>)> {
            matches.matches.iter().map(|one| (one.component, one.ids.clone())).collect()
        };
        prop_assert_eq!(affected(&found), affected(&reversed));
    }
}
