//! Risks and components by number.

use crate::places::Place;
use crate::samples::*;
use plimsoll_model::*;
use plimsoll_store::data::ChangeKind;

on_both!(
    components_are_numbered_once,
    risks_keep_the_worst_severity_and_the_first_day,
    matches_tell_what_differs,
    many_workers_number_the_same,
);

async fn components_are_numbered_once(place: Place) {
    let data = &place.data;
    let nul = plimsoll_store::data::NewComponent { name: "a\0b".into(), ..component("c") };
    let numbers = data.number_components(&[component("b"), component("a"), component("b"), nul], "db1").await.expect("numbered");
    assert_eq!(numbers, [(2, false), (1, false), (2, false), (3, false)]);
    assert_eq!(data.number_components(&[component("a")], "db1").await.expect("known"), [(1, false)]);
    assert_eq!(data.number_components(&[], "db1").await.expect("none"), []);
    let stored = data.components(&[1, 7]).await.expect("listed");
    assert_eq!((stored.len(), stored[0].purl.as_str(), stored[0].body.as_slice()), (1, "pkg:deb/debian/a@1", br#"{"name": "a"}"#.as_slice()));
    assert_eq!((stored[0].findings.len(), stored[0].matched_with.as_deref()), (0, None));
    let all = data.component_facts(None, 0, 100).await.expect("listed");
    assert_eq!(all.iter().map(|one| (one.number, one.name.as_str())).collect::<Vec<_>>(), [(1, "a"), (2, "b"), (3, "a\u{fffd}b")]);
    assert_eq!(data.component_facts(None, 2, 100).await.expect("listed").len(), 1);
    assert_eq!(data.count_components("db1").await.expect("counted"), (3, 0));
}

async fn risks_keep_the_worst_severity_and_the_first_day(place: Place) {
    let data = &place.data;
    let numbers = data.number_risks(&[risk("B", Severity::Low, 5), risk("A", Severity::High, 5), risk("B", Severity::High, 9)]).await.expect("numbered");
    assert_eq!(numbers, [2, 1, 2]);
    let seen = data.last_change().await.expect("a number");
    let later = Risk { title: "said anew".into(), ..risk("B", Severity::Medium, 9) };
    assert_eq!(data.number_risks(std::slice::from_ref(&later)).await.expect("known"), [2]);
    assert_eq!(data.risks(Some(&[2]), 0, 9).await.expect("listed"), [(2, Risk { severity: Severity::High, first_seen: at(5), ..later.clone() })]);
    let told = data.changes(seen, 9).await.expect("listed");
    assert_eq!(told.iter().map(|line| (line.kind, line.key.as_str())).collect::<Vec<_>>(), [(ChangeKind::Risk, "2")]);
    data.number_risks(&[later]).await.expect("known");
    assert_eq!(data.changes(seen, 9).await.expect("listed").len(), 1, "nothing new is no change");
    assert_eq!(data.risks(None, 1, 9).await.expect("listed").len(), 1);
}

async fn matches_tell_what_differs(place: Place) {
    let data = &place.data;
    data.number_risks(&[risk("A", Severity::High, 1), risk("B", Severity::High, 1)]).await.expect("numbered");
    data.number_components(&[component("a"), component("b")], "db1").await.expect("numbered");
    data.put_matches("db1", &[matches(1, &[1, 2]), matches(2, &[])]).await.expect("kept");
    assert_eq!(data.number_components(&[component("a")], "db1").await.expect("known"), [(1, true)]);
    assert_eq!(data.number_components(&[component("a")], "db2").await.expect("known"), [(1, false)]);
    assert_eq!(data.components_with("B", 9).await.expect("listed"), [1]);
    let unmatched = |knowledge: &'static str, after| async move { data.unmatched(knowledge, after, 9).await.expect("listed").len() };
    assert_eq!((unmatched("db1", 0).await, unmatched("db2", 0).await, unmatched("db2", 1).await), (0, 2, 1));

    let seen = data.last_change().await.expect("a number");
    data.put_matches("db2", &[matches(1, &[1, 2])]).await.expect("kept");
    assert_eq!(data.last_change().await.expect("a number"), seen, "the same matches are no change");
    data.put_matches("db3", &[matches(1, &[1]), matches(2, &[2]), matches(99, &[1])]).await.expect("kept");
    let told = data.changes(seen, 9).await.expect("listed");
    assert_eq!(told.iter().map(|line| (line.kind, line.key.as_str())).collect::<Vec<_>>(), [(ChangeKind::Component, "1"), (ChangeKind::Component, "2")]);
    assert_eq!(data.components_with("B", 9).await.expect("listed"), [2]);
    let facts = data.component_facts(Some(&[2]), 0, 9).await.expect("listed");
    assert_eq!(facts, [ComponentFacts { number: 2, class: RiskClass::System, name: "b".into(), matches: matches(2, &[2]).matches }]);
    assert_eq!(data.components(&[2]).await.expect("listed")[0].findings, b"[1]");
}

async fn many_workers_number_the_same(place: Place) {
    let other = place.again().await;
    let keys: Vec<String> = (0..300).map(|number| format!("c{number}")).collect();
    let workers = (0..6).map(|worker| {
        let data = if worker % 2 == 0 { place.data.clone() } else { other.clone() };
        let keys = keys.clone();
        tokio::spawn(async move {
            let components: Vec<_> = keys[worker * 30..].iter().map(|key| component(key)).collect();
            let risks: Vec<Risk> = keys[worker * 30..].iter().map(|key| risk(key, Severity::Low, 1)).collect();
            let numbers = data.number_components(&components, "db1").await.expect("numbered");
            (numbers, data.number_risks(&risks).await.expect("numbered"))
        })
    });
    let mut found = Vec::new();
    for worker in workers.collect::<Vec<_>>() {
        found.push(worker.await.expect("no panic"));
    }
    let (components, risks) = &found[0];
    for (worker, (others, other_risks)) in found.iter().enumerate() {
        assert_eq!(others[..], components[worker * 30..]);
        assert_eq!(other_risks[..], risks[worker * 30..]);
    }
    let mut all: Vec<i64> = components.iter().map(|(number, _)| *number).collect();
    all.sort_unstable();
    assert_eq!(all, (1..=300).collect::<Vec<_>>(), "dense");
}
