//! Scans that ran elsewhere.

use crate::support::*;
use plimsoll::document::ImageReport;
use plimsoll::image::Target;
use plimsoll::model::ImageSource;
use plimsoll::platform::{FileQuery, FindingQuery, UploadedScan};
use plimsoll::{Assessment, PlatformError, Scanner, image_report};
use std::fs;
use std::path::Path;

/// A scan of a folder, as a pipeline makes it: without any advisories.
fn scanned(folder: &Path, openssl: &str) -> ImageReport {
    fs::create_dir_all(folder.join("var/lib/dpkg")).expect("a folder");
    fs::create_dir_all(folder.join("etc")).expect("a folder");
    fs::write(folder.join("etc/os-release"), DEBIAN_12).expect("a file");
    fs::write(folder.join("var/lib/dpkg/status"), dpkg("openssl", openssl)).expect("a file");
    let scanner = Scanner::default();
    let images = plimsoll::image::open(&Target::Dir(folder.to_owned()), &scanner.options).expect("a folder");
    let scanned = scanner.read(&images[0]).expect("contents");
    let mut report = image_report(&scanned, &Assessment::default()).expect("a report");
    report.name = "registry.example.com/team/app:1.4".to_owned();
    report
}

#[tokio::test(flavor = "multi_thread")]
async fn uploaded_scans_are_matched_here() {
    let place = Place::new();
    let node = place.node("node").await;
    let report = scanned(&place.path().join("root"), "3.0.1-1");
    let upload = |image: ImageReport| UploadedScan {
        source: ImageSource::Cicd,
        pipeline: Some("build 7".to_owned()),
        image,
    };
    // As it comes over the network.
    let sent = serde_json::to_string(&upload(report.clone())).expect("JSON");
    let sent: UploadedScan = serde_json::from_str(&sent).expect("a scan");
    let row = node.receive_scan(&admin(), sent).await.expect("kept");
    assert_eq!(row.image.repository, "registry.example.com/team/app");
    assert_eq!((row.image.tag.as_deref(), row.image.pipeline.as_deref()), (Some("1.4"), Some("build 7")));
    let id = row.image.id.clone();
    assert_eq!(state(&node, &id, "CVE-2025-1111"), "open");
    let query = FindingQuery { fields: fields(&[("kind", "vulnerability")]) };
    let found = node.image_findings(&admin(), &id, query).await.expect("findings");
    assert_eq!(found.items[0].finding.evidence[0].path, "/var/lib/dpkg/status");
    let files = node.image_files(&admin(), &id, FileQuery::default()).await;
    assert!(matches!(files, Err(PlatformError::Conflict(_))));

    // The next build is the same image, fixed.
    let fixed = scanned(&place.path().join("fixed"), "3.0.17-1");
    assert_eq!(node.receive_scan(&admin(), upload(fixed)).await.expect("kept").image.id, id);
    assert_eq!(state(&node, &id, "CVE-2025-1111"), "fixed");
    assert_eq!(node.data().scans(&id, 9, None).await.expect("scans").total, 2);

    let refused = node.receive_scan(&member("other/*"), upload(report.clone())).await;
    assert!(matches!(refused, Err(PlatformError::Forbidden(_))));
    let registry = UploadedScan { source: ImageSource::Registry, ..upload(report.clone()) };
    assert!(node.receive_scan(&admin(), registry).await.is_err());
    let mut odd = report;
    odd.components[0].kind = "nothing".to_owned();
    assert!(node.receive_scan(&admin(), upload(odd)).await.is_err());
}
