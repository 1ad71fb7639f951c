//! Scanning: each image once, whoever dies; what is fixed is seen to be; layers are read once.

use crate::support::*;
use plimsoll::model::{HistoryAction, ScanStatus};
use plimsoll::platform::{ComponentQuery, FileQuery, FindingQuery, ScanRequest, SyncRequest};
use plimsoll::store::data::HistoryQuery;
use std::fs;
use tokio_util::sync::CancellationToken;

/// A Debian with this openssl.
fn debian(openssl: &str) -> Vec<u8> {
    layer(&[("etc/os-release", DEBIAN_12), ("var/lib/dpkg/status", &dpkg("openssl", openssl))])
}

#[tokio::test(flavor = "multi_thread")]
async fn every_image_is_scanned_once_though_a_worker_dies() {
    const IMAGES: usize = 42;
    let place = Place::new();
    let Some(registry) = TestRegistry::start(place.path()) else { return };
    let base = debian("3.0.1-1");
    for number in 0..IMAGES {
        let own = layer(&[("app/name", &format!("app {number}"))]);
        registry.push(&format!("team/app{number:02}"), "1", &[base.clone(), own]);
    }
    let (one, two) = (place.node("one").await, place.node("two").await);
    connect(&one, &registry.address).await;
    let task = one.start_sync(&admin(), SyncRequest::default()).await.expect("a task");
    let task = finish(&one, &task).await;
    assert_eq!(value(&task.result)["new"], IMAGES, "{task:?}");

    let scan = ScanRequest { all: true, ..ScanRequest::default() };
    let task = one.start_scan(&admin(), scan).await.expect("a task");
    assert_eq!(task.total, IMAGES as u64);
    let work = |platform: &plimsoll::Platform, name: &'static str, stop: &CancellationToken| {
        let (platform, stop) = (platform.clone(), stop.clone());
        tokio::spawn(async move { platform.work_with_leases(name, 3, 2, stop).await })
    };
    let stop = CancellationToken::new();
    let (first, second) = (work(&one, "first", &stop), work(&two, "second", &stop));
    until(async || (one.data().task(&task.id).await.expect("a task").done >= 5).then_some(())).await;
    first.abort();
    let _ = first.await;
    let task = ended(&two, &task.id).await;
    stop.cancel();
    second.await.expect("the second worker ended");
    assert_eq!((task.done, task.failed), (IMAGES as u64, 0));

    two.refresh().await.expect("the fleet follows");
    let images = images(&two);
    assert_eq!(images.len(), IMAGES);
    for (name, id) in &images {
        let scans = two.data().scans(id, 10, None).await.expect("scans");
        let states: Vec<ScanStatus> = scans.items.iter().map(|scan| scan.status).collect();
        assert_eq!(states, [ScanStatus::Scanned], "{name}");
        assert_eq!(state(&two, id, "CVE-2025-1111"), "open", "{name}");
    }
    let row = two.fleet().risk("CVE-2025-1111", None).expect("a risk");
    assert_eq!(row.images, IMAGES as u64);
    let summary = two.image(&admin(), &images[0].1).await.expect("an image");
    assert_eq!(
        (summary.layers, summary.components, summary.row.image.os.as_deref()),
        (2, 1, Some("debian 12"))
    );
    let query = FindingQuery { fields: fields(&[("kind", "vulnerability")]) };
    let findings = two.image_findings(&admin(), &images[0].1, query).await.expect("findings");
    assert_eq!((findings.total, findings.items[0].risk.as_str()), (1, "CVE-2025-1111"));
    assert_eq!(findings.items[0].finding.evidence[0].path, "/var/lib/dpkg/status");
    assert_eq!(findings.items[0].instruction.as_deref(), Some("RUN step 0"));
    assert!(findings.items[0].first_seen.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn layers_are_read_once() {
    let place = Place::new();
    let Some(registry) = TestRegistry::start(place.path()) else { return };
    let base = debian("3.0.1-1");
    registry.push("a/one", "1", std::slice::from_ref(&base));
    let node = place.node("node").await;
    connect(&node, &registry.address).await;
    sync_and_scan(&node).await;

    // The registry forgets the base's bytes: what is built on it needs them no more.
    registry.push("b/two", "1", &[base, layer(&[("app/x", "x")])]);
    let id = image(&node, "a/one:1");
    let layers = node.image_layers(&admin(), &id).await.expect("layers");
    let digest = layers[0].layer.digest.clone().expect("a digest");
    let hex = digest.trim_start_matches("sha256:");
    fs::remove_dir_all(registry.storage.join("docker/registry/v2/blobs/sha256").join(&hex[..2]).join(hex))
        .expect("a blob");
    sync_and_scan(&node).await;
    let id = image(&node, "b/two:1");
    let files = node.image_files(&admin(), &id, FileQuery::default()).await.expect("files");
    let paths: Vec<String> =
        files.items.iter().filter_map(|file| file["path"].as_str().map(str::to_owned)).collect();
    assert!(
        paths.contains(&"/app/x".to_owned()) && paths.contains(&"/etc/os-release".to_owned()),
        "{paths:?}"
    );
    let components =
        node.image_components(&admin(), &id, ComponentQuery::default()).await.expect("components");
    assert_eq!(components.items[0].name, "openssl");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fix_is_verified_and_a_flaw_that_comes_back_is_reopened() {
    let place = Place::new();
    let Some(registry) = TestRegistry::start(place.path()) else { return };
    let (bad, good) = ([debian("3.0.1-1")], [debian("3.0.17-1")]);
    let old = registry.push("team/app", "1", &bad);
    let node = place.node("node").await;
    connect(&node, &registry.address).await;
    sync_and_scan(&node).await;
    let id = image(&node, "team/app:1");
    assert_eq!(state(&node, &id, "CVE-2025-1111"), "open");

    assert_ne!(registry.push("team/app", "1", &good), old);
    sync_and_scan(&node).await;
    assert_eq!(state(&node, &id, "CVE-2025-1111"), "fixed");
    let row = node.fleet().image(&id, None).expect("an image");
    assert_ne!(row.image.digest, old);

    registry.push("team/app", "1", &bad);
    sync_and_scan(&node).await;
    assert_eq!(state(&node, &id, "CVE-2025-1111"), "reopened");
    let query = HistoryQuery { image: Some(id.clone()), limit: 50, ..HistoryQuery::default() };
    let history = node.data().history(&query).await.expect("history");
    let actions: Vec<HistoryAction> = history
        .items
        .iter()
        .filter(|entry| entry.risks.iter().any(|risk| risk == "CVE-2025-1111"))
        .map(|entry| entry.action)
        .collect();
    assert_eq!(actions, [HistoryAction::Reopened, HistoryAction::Fixed]);

    let scans = node.data().scans(&id, 10, None).await.expect("scans").items;
    assert_eq!(scans.len(), 3);
    let compared = node.compare(&admin(), &scans[1].id, &scans[0].id).await.expect("a comparison");
    let added: Vec<&str> = compared.added.iter().map(|finding| finding.id.as_str()).collect();
    assert!(added.contains(&"CVE-2025-1111") && compared.removed.is_empty(), "{compared:?}");
    let changed = &compared.components_changed[0];
    assert_eq!(
        (changed.0.as_str(), changed.1.as_str(), changed.2.as_str()),
        ("openssl", "3.0.17-1", "3.0.1-1")
    );
    let fixes = node.image_fixes(&admin(), &id).await.expect("fixes");
    let packages = fixes.iter().find(|fix| fix.kind == "packages").expect("an upgrade");
    assert!(packages.command.contains("--only-upgrade openssl"), "{packages:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_scanned_says_why() {
    let place = Place::new();
    let Some(registry) = TestRegistry::start(place.path()) else { return };
    let broken = registry.push("a/broken", "1", &[layer(&[("app/x", "broken")])]);
    registry.push("b/fine", "1", &[debian("3.0.1-1")]);
    let node = place.node("node").await;
    connect(&node, &registry.address).await;
    let task = node.start_sync(&admin(), SyncRequest::default()).await.expect("a task");
    finish(&node, &task).await;
    // Between listing and pulling it goes.
    registry.delete("a/broken", &broken);
    let scan = ScanRequest { all: true, ..ScanRequest::default() };
    let task = node.start_scan(&admin(), scan).await.expect("a task");
    let task = finish(&node, &task).await;
    assert_eq!((task.done, task.failed), (1, 1));
    let id = image(&node, "a/broken:1");
    let row = node.fleet().image(&id, None).expect("an image").image;
    let failure = row.failure.expect("a reason");
    assert_eq!((row.status, failure.code.as_str()), (ScanStatus::Failed, "not_found"), "{failure:?}");
    assert!(!failure.remedy.is_empty());
    let scans = node.data().scans(&id, 10, None).await.expect("scans").items;
    assert_eq!((scans.len(), scans[0].status), (1, ScanStatus::Failed));

    // Kinds that were not asked for stay as they were.
    let fine = image(&node, "b/fine:1");
    let before = node.image(&admin(), &fine).await.expect("an image");
    let scan = ScanRequest {
        images: vec![fine.clone()],
        risks: vec![plimsoll::model::RiskKind::Secret],
        ..ScanRequest::default()
    };
    let task = node.start_scan(&admin(), scan).await.expect("a task");
    finish(&node, &task).await;
    let after = node.image(&admin(), &fine).await.expect("an image");
    assert_eq!((before.row.counters, before.checks.len()), (after.row.counters, after.checks.len()));

    // A task that is stopped before it began leaves its images stopped.
    let scan = ScanRequest { images: vec![fine.clone()], ..ScanRequest::default() };
    let task = node.start_scan(&admin(), scan).await.expect("a task");
    node.data().stop_task(&task.id).await.expect("stopped");
    node.refresh().await.expect("the fleet follows");
    assert_eq!(node.fleet().image(&fine, None).expect("an image").image.status, ScanStatus::Stopped);
    let none = ScanRequest { filter: Some(fields(&[("tag", "none")])), ..ScanRequest::default() };
    assert!(node.start_scan(&admin(), none).await.is_err());
    assert!(node.start_scan(&admin(), ScanRequest::default()).await.is_err());
}
