//! Decisions: previews, states, refusals, and taking them back.

use crate::support::*;
use plimsoll::model::{HistoryAction, NewDecision};
use plimsoll::store::data::HistoryQuery;
use plimsoll::{Platform, PlatformError};
use serde_json::{Value, json};

async fn fleet_of_two(place: &Place, registry: &TestRegistry) -> (Platform, String, String) {
    let files =
        [layer(&[("etc/os-release", DEBIAN_12), ("var/lib/dpkg/status", &dpkg("openssl", "3.0.1-1"))])];
    registry.push("team/app", "1", &files);
    registry.push("other/app", "1", &files);
    let node = place.node("node").await;
    connect(&node, &registry.address).await;
    sync_and_scan(&node).await;
    let (team, other) = (image(&node, "team/app:1"), image(&node, "other/app:1"));
    (node, team, other)
}

fn new(decision: Value) -> NewDecision {
    serde_json::from_value(decision).expect("a decision")
}

#[tokio::test(flavor = "multi_thread")]
async fn risks_are_handled() {
    let place = Place::new();
    let Some(registry) = TestRegistry::start(place.path()) else { return };
    let (node, team, other) = fleet_of_two(&place, &registry).await;
    let risk = "CVE-2025-1111";
    let ignore = new(
        json!({"action": "ignore", "risks": [risk], "scope": "all", "reason": "later", "expires": {"days": 3}}),
    );
    let hit = node.preview(&admin(), &ignore, 10, 0).await.expect("a preview");
    assert_eq!((hit.pairs, hit.risks, hit.images, hit.items.len()), (2, 1, 2, 2));

    // A member's decision reaches no further than they see.
    let decision = node.decide(&member("team/*"), ignore.clone()).await.expect("a decision");
    assert_eq!((state(&node, &team, risk), state(&node, &other, risk)), ("ignored".into(), "open".into()));
    assert!(decision.expires.at.is_some() && decision.expires.days.is_none());
    node.undo_decision(&member("team/*"), &decision.id).await.expect("undone");
    assert_eq!(state(&node, &team, risk), "open");
    assert!(matches!(node.undo_decision(&admin(), &decision.id).await, Err(PlatformError::Conflict(_))));

    let white = new(json!({"action": "whitelist", "risks": {"filter": {"kind": "vulnerability"}},
        "scope": {"repositories": ["other/*"]}, "justification": "vulnerable_code_not_present"}));
    let decision = node.decide(&admin(), white.clone()).await.expect("a decision");
    assert_eq!(
        (state(&node, &team, risk), state(&node, &other, risk)),
        ("open".into(), "whitelisted".into())
    );
    let wider = NewDecision {
        scope: new(json!({"action": "ignore", "risks": [risk], "scope": "all"})).scope,
        ..white.clone()
    };
    assert!(matches!(
        node.change_decision(&member("other/*"), &decision.id, wider.clone()).await,
        Err(PlatformError::Missing { .. })
    ));
    node.change_decision(&admin(), &decision.id, wider).await.expect("changed");
    assert_eq!(state(&node, &team, risk), "whitelisted");
    let other_action =
        new(json!({"action": "ignore", "risks": {"filter": {"kind": "vulnerability"}}, "scope": "all"}));
    assert!(node.change_decision(&admin(), &decision.id, other_action).await.is_err());

    let query = HistoryQuery { risk: Some(risk.to_owned()), limit: 50, ..HistoryQuery::default() };
    let lines = node.data().history(&query).await.expect("history").items;
    let told: Vec<(HistoryAction, u64, &str)> =
        lines.iter().map(|line| (line.action, line.pairs, line.actor.as_str())).collect();
    assert_eq!(
        told,
        [
            (HistoryAction::Edit, 2, "ann"),
            (HistoryAction::Whitelist, 1, "ann"),
            (HistoryAction::Delete, 1, "mem"),
            (HistoryAction::Ignore, 1, "mem"),
        ]
    );
    let document = node.image_document(&admin(), &team).await.expect("a document");
    let finding = document.images[0].findings.iter().find(|finding| finding.id == risk).expect("a finding");
    assert_eq!(finding.decision.as_deref(), Some("whitelisted"));
    assert!(node.image_fixes(&admin(), &team).await.expect("fixes").iter().all(|fix| fix.kind != "packages"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_refused() {
    let place = Place::new();
    let Some(registry) = TestRegistry::start(place.path()) else { return };
    let (node, _, other) = fleet_of_two(&place, &registry).await;
    let mut decision = json!({"action": "ignore", "risks": ["CVE-2025-1111"], "scope": "all"});
    for (name, value, why) in [
        ("risks", json!(["CVE-1-1"]), "there is no risk CVE-1-1"),
        ("risks", json!([]), "risks"),
        ("risks", json!({"filter": {"kidn": "secret"}}), "kidn"),
        ("scope", json!({"images": ["nobody"]}), "there is no image nobody"),
        ("scope", json!({"images": []}), "scope"),
        ("scope", json!({"registries": ["none"]}), "there is no registry none"),
        ("scope", json!({"filter": {"nothing": "1"}}), "nothing"),
        ("reason", json!("x".repeat(1_025)), "reason"),
        ("expires", json!("2020-01-01"), "is past"),
        ("expires", json!({"days": 0}), "days"),
        ("justification", json!("component_not_present"), "justification"),
    ] {
        let before = decision[name].clone();
        decision[name] = value.clone();
        let error = node.decide(&admin(), new(decision.clone())).await.expect_err("refused").to_string();
        assert!(error.contains(why), "{name} {value}: {error}");
        match before {
            Value::Null => drop(decision.as_object_mut().expect("an object").remove(name)),
            before => decision[name] = before,
        }
    }
    // Of what they do not see, others learn nothing.
    decision["scope"] = json!({"images": [other]});
    let error = node.decide(&member("team/*"), new(decision)).await.expect_err("refused");
    assert!(matches!(error, PlatformError::Missing { what: "image", .. }));
    assert_eq!(node.data().decisions().await.expect("decisions").len(), 0);
}
