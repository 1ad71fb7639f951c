//! Object-level rights: what somebody may not see is not there.

use crate::support::*;
use plimsoll::PlatformError;
use plimsoll::platform::{
    ComponentQuery, ExportFormat, ExportList, ExportRequest, FileQuery, FindingQuery, ScanRequest,
};

/// Says that there is no such thing.
fn is_missing<T>(answer: Result<T, PlatformError>) -> bool {
    matches!(answer, Err(PlatformError::Missing { .. }))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_seen_is_not_there() {
    let place = Place::new();
    let Some(registry) = TestRegistry::start(place.path()) else { return };
    let files = |package: &str| {
        let lock = format!("{{\"name\": \"{package}\", \"version\": \"4.17.20\"}}");
        [layer(&[("etc/os-release", DEBIAN_12), ("app/node_modules/m/package.json", &lock)])]
    };
    registry.push("team/app", "1", &files("harmless"));
    registry.push("secret/app", "1", &files("lodash"));
    let node = place.node("node").await;
    connect(&node, &registry.address).await;
    sync_and_scan(&node).await;
    let (seen, unseen) = (image(&node, "team/app:1"), image(&node, "secret/app:1"));
    let (who, risk) = (member("team/*"), "CVE-2021-23337");
    assert!(node.risk(&admin(), risk).await.is_ok());
    assert!(node.image(&who, &seen).await.is_ok());

    assert!(is_missing(node.image(&who, &unseen).await));
    assert!(is_missing(node.image_findings(&who, &unseen, FindingQuery::default()).await));
    assert!(is_missing(node.image_components(&who, &unseen, ComponentQuery::default()).await));
    assert!(is_missing(node.image_files(&who, &unseen, FileQuery::default()).await));
    assert!(is_missing(node.image_layers(&who, &unseen).await));
    assert!(is_missing(node.image_fixes(&who, &unseen).await));
    assert!(is_missing(node.image_document(&who, &unseen).await));
    assert!(is_missing(node.compare(&who, &seen, &unseen).await));
    let scan = node.data().scans(&unseen, 1, None).await.expect("scans").items.remove(0).id;
    assert!(node.compare(&admin(), &unseen, &scan).await.is_ok());
    assert!(is_missing(node.compare(&who, &seen, &scan).await));
    assert!(is_missing(node.risk(&who, risk).await));
    assert!(is_missing(node.risk_evidence(&who, risk, None, 10, None).await));
    let evidence = node.risk_evidence(&admin(), risk, None, 10, None).await.expect("evidence");
    assert_eq!((evidence.total, evidence.items[0].image.as_str()), (1, unseen.as_str()));
    assert!(!evidence.items[0].reasons.is_empty(), "{:?}", evidence.items[0]);
    let scan = ScanRequest { images: vec![unseen.clone()], ..ScanRequest::default() };
    assert!(is_missing(node.start_scan(&who, scan).await));
    let export = |id: &str| ExportRequest {
        list: ExportList::Image,
        filter: fields(&[("id", id)]),
        format: ExportFormat::Html,
    };
    assert!(is_missing(node.start_export(&who, export(&unseen)).await));
    let task = node.start_export(&admin(), export(&unseen)).await.expect("a task");
    finish(&node, &task).await;
    assert!(is_missing(node.export_file(&who, &task.id).await));
    assert!(node.export_file(&admin(), &task.id).await.is_ok());
    assert!(node.top_fixes(&who, 10).await.expect("fixes").is_empty());
    assert!(!node.top_fixes(&admin(), 10).await.expect("fixes").is_empty());
}
