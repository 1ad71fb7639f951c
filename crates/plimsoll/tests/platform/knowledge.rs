//! A new advisory database: images have its risks without being read again.

use crate::support::*;
use plimsoll::PlatformError;
use plimsoll::model::TaskState;
use plimsoll::platform::FindingQuery;

#[tokio::test(flavor = "multi_thread")]
async fn new_knowledge_needs_no_registry() {
    let place = Place::new();
    let Some(mut registry) = TestRegistry::start(place.path()) else { return };
    let packages = dpkg("openssl", "3.0.1-1") + &dpkg("zlib1g", "1.2.11-1");
    let files = layer(&[("etc/os-release", DEBIAN_12), ("var/lib/dpkg/status", &packages)]);
    registry.push("team/app", "1", &[files]);
    let (node, other) = (place.node("node").await, place.node("other").await);
    connect(&node, &registry.address).await;
    sync_and_scan(&node).await;
    registry.stop();

    let id = image(&node, "team/app:1");
    assert_eq!(state(&node, &id, "CVE-2026-2222"), "none");
    let mut known = KNOWN.to_vec();
    known.push(("CVE-2026-2222", "Debian:12", "zlib1g", "1.2.13-1"));
    let newer = advisories(place.path(), "newer", 1_780_000_000, &known);
    let task = node.take_knowledge(&admin(), &newer).await.expect("a task");
    let task = finish(&node, &task).await;
    assert_eq!(task.state, TaskState::Done, "{task:?}");
    assert_eq!(state(&node, &id, "CVE-2026-2222"), "open");
    assert_eq!(state(&node, &id, "CVE-2025-1111"), "open");
    let query = FindingQuery { fields: fields(&[("id", "CVE-2026-2222")]) };
    let found = node.image_findings(&admin(), &id, query).await.expect("findings");
    assert_eq!(found.items[0].finding.evidence[0].path, "/var/lib/dpkg/status");
    assert_eq!(found.items[0].finding.fixed.as_deref(), Some("1.2.13-1"));

    // The other node follows.
    other.refresh().await.expect("the fleet follows");
    assert_eq!(state(&other, &id, "CVE-2026-2222"), "open");
    let knowledge = other.knowledge().await.expect("knowledge");
    assert_eq!(knowledge.report.built_at.get(..4), Some("2026"));
    assert_eq!((knowledge.components, knowledge.matched), (2, 2));
    assert_eq!(knowledge.report.digest, node.knowledge().await.expect("knowledge").report.digest);

    // What it takes back is gone.
    let task =
        node.take_knowledge(&admin(), &advisories(place.path(), "third", 1_790_000_000, &[KNOWN[1]])).await;
    finish(&node, &task.expect("a task")).await;
    assert_eq!(state(&node, &id, "CVE-2025-1111"), "none");

    let bad = place.path().join("bad.db");
    std::fs::write(&bad, "no database").expect("a file");
    assert!(matches!(node.take_knowledge(&admin(), &bad).await, Err(PlatformError::Scan(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_starts_later_uses_what_the_others_use() {
    let place = Place::new();
    let first = place.node("first").await;
    let newer = advisories(place.path(), "newer", 1_780_000_000, KNOWN);
    first.take_knowledge(&admin(), &newer).await.expect("a task");
    let second = place.node("second").await;
    let digest = |node: plimsoll::Platform| async move { node.knowledge().await.expect("knowledge").report };
    assert_eq!(digest(first).await, digest(second).await);
}
