//! Syncing: what is new, changed and gone; a registry that dies and comes back; pushes.

use crate::support::*;
use plimsoll::model::{EventKind, RegistryState, ScanStatus, TaskState};
use plimsoll::platform::SyncRequest;
use serde_json::json;
use tokio_util::sync::CancellationToken;

#[tokio::test(flavor = "multi_thread")]
async fn tags_come_change_and_go() {
    let place = Place::new();
    let Some(registry) = TestRegistry::start(place.path()) else { return };
    let of = |text: &str| [layer(&[("app/x", text)])];
    registry.push("team/app", "1", &of("1"));
    let second = registry.push("team/app", "2", &of("2"));
    registry.push("other/app", "1", &of("3"));
    let node = place.node("node").await;
    let id = connect(&node, &registry.address).await;
    let sync = async || {
        let task = node.start_sync(&admin(), SyncRequest::default()).await.expect("a task");
        let result = finish(&node, &task).await.result;
        ["new", "changed", "gone", "unchanged"].map(|name| result[name].as_u64().expect("a number"))
    };
    assert_eq!(sync().await, [3, 0, 0, 0]);
    assert_eq!(sync().await, [0, 0, 0, 3]);
    registry.push("team/app", "1", &of("new"));
    registry.push("team/app", "3", &of("4"));
    registry.delete("team/app", &second);
    assert_eq!(sync().await, [1, 1, 1, 1]);
    let names: Vec<String> = images(&node).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["other/app:1", "team/app:1", "team/app:3"]);
    let stored = node.data().registry(&id).await.expect("the registry");
    assert_eq!((stored.state, stored.images), (RegistryState::Connected, 3));

    // What is not wanted is gone from the list, not from the registry.
    let mut changed = stored;
    changed.include = vec!["team/*".to_owned()];
    node.data().update_registry(&changed, None).await.expect("changed");
    assert_eq!(sync().await, [0, 0, 1, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_dies_and_comes_back() {
    let place = Place::new();
    let Some(mut registry) = TestRegistry::start(place.path()) else { return };
    registry.push("team/app", "1", &[layer(&[("app/x", "1")])]);
    let node = place.node("node").await;
    let id = connect(&node, &registry.address).await;
    sync_and_scan(&node).await;
    registry.stop();
    let task = node.start_sync(&admin(), SyncRequest::default()).await.expect("a task");
    let stop = CancellationToken::new();
    let working = tokio::spawn({
        let (node, stop) = (node.clone(), stop.clone());
        async move { node.work("worker", 2, stop).await }
    });
    // The job waits for another attempt, and the registry says why.
    until(async || {
        let job = node.data().jobs(&task.id, None, 10, None).await.expect("jobs").items.remove(0);
        (job.error.is_some()).then_some(())
    })
    .await;
    let stored = node.data().registry(&id).await.expect("the registry");
    assert_eq!(stored.state, RegistryState::Failed);
    assert!(stored.reason.is_some());
    assert_eq!(images(&node).len(), 1, "nothing is gone that was not seen to be");

    registry.start_again();
    registry.push("team/app", "2", &[layer(&[("app/x", "2")])]);
    // Asked for by hand, it is tried at once.
    let again = node.start_sync(&admin(), SyncRequest::default()).await.expect("a task");
    let again = ended(&node, &again.id).await;
    assert_eq!(again.state, TaskState::Done, "{again:?}");
    assert_eq!(node.data().task(&task.id).await.expect("a task").state, TaskState::Done);
    stop.cancel();
    working.await.expect("the worker ended");
    node.refresh().await.expect("the fleet follows");
    assert_eq!(images(&node).len(), 2);
    assert_eq!(node.data().registry(&id).await.expect("the registry").state, RegistryState::Connected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_is_synced_and_scanned() {
    let place = Place::new();
    let Some(registry) = TestRegistry::start(place.path()) else { return };
    let node = place.node("node").await;
    let id = connect(&node, &registry.address).await;
    let mut stored = node.data().registry(&id).await.expect("the registry");
    stored.scan_new = true;
    node.data().update_registry(&stored, None).await.expect("changed");
    let digest = registry.push("team/app", "7", &[layer(&[("app/x", "1")])]);
    let event = json!({"events": [{
        "action": "push",
        "target": {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest,
            "repository": "team/app", "tag": "7"},
    }]});
    let stop = CancellationToken::new();
    let working = tokio::spawn({
        let (node, stop) = (node.clone(), stop.clone());
        async move { node.work("worker", 2, stop).await }
    });
    let seen = node.receive_push(&id, EventKind::Distribution, event.to_string().as_bytes()).await;
    assert_eq!(seen.expect("a notification"), 1);
    until(async || {
        node.refresh().await.expect("the fleet follows");
        let images = images(&node);
        let row = node.fleet().image(&images.first()?.1, None)?;
        (row.image.status == ScanStatus::Scanned).then_some(())
    })
    .await;
    // A deletion names no tag.
    registry.delete("team/app", &digest);
    let event = json!({"events": [{"action": "delete", "target": {"digest": digest, "repository": "team/app"}}]});
    let seen = node.receive_push(&id, EventKind::Distribution, event.to_string().as_bytes()).await;
    assert_eq!(seen.expect("a notification"), 1);
    until(async || {
        node.refresh().await.expect("the fleet follows");
        images(&node).is_empty().then_some(())
    })
    .await;
    stop.cancel();
    working.await.expect("the worker ended");
    assert!(node.receive_push(&id, EventKind::Distribution, b"{").await.is_err());
}
