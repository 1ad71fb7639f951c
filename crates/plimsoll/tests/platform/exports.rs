//! Lists as files: what is filtered, and nothing else.

use crate::support::*;
use plimsoll::platform::{ExportFormat, ExportList, ExportRequest};
use plimsoll::{Platform, PlatformError};

async fn file(node: &Platform, list: ExportList, format: ExportFormat, filter: &[(&str, &str)]) -> Vec<u8> {
    let request = ExportRequest { list, format, filter: fields(filter) };
    let task = node.start_export(&admin(), request).await.expect("a task");
    let task = finish(node, &task).await;
    assert_eq!(task.failed, 0, "{task:?} {:?}", node.data().jobs(&task.id, None, 1, None).await);
    let (_, _, blob) = node.export_file(&admin(), &task.id).await.expect("a file");
    node.blobs().get(&blob).await.expect("blobs").expect("a blob").to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_become_files() {
    let place = Place::new();
    let Some(registry) = TestRegistry::start(place.path()) else { return };
    let lodash = "{\"name\": \"lodash\", \"version\": \"4.17.20\"}";
    let debian =
        layer(&[("etc/os-release", DEBIAN_12), ("var/lib/dpkg/status", &dpkg("openssl", "3.0.1-1"))]);
    registry.push(
        "team/app",
        "1",
        &[debian.clone(), layer(&[("app/node_modules/lodash/package.json", lodash)])],
    );
    registry.push("team/app", "2", &[debian]);
    let node = place.node("node").await;
    connect(&node, &registry.address).await;
    sync_and_scan(&node).await;

    let text = async |list, filter: &[(&str, &str)]| {
        String::from_utf8(file(&node, list, ExportFormat::Csv, filter).await).expect("text")
    };
    let lines = |text: &str| -> Vec<String> { text.lines().skip(1).map(str::to_owned).collect() };
    let findings = text(ExportList::Findings, &[("kind", "vulnerability")]).await;
    let mut found = lines(&findings);
    found.sort();
    assert_eq!(found.len(), 3, "{findings}");
    assert!(found[0].starts_with("reg,team/app,1,sha256:"), "{findings}");
    assert!(findings.contains("CVE-2021-23337") && findings.contains("4.17.21"), "{findings}");
    assert!(findings.starts_with("registry,image,tag,digest,"), "{findings}");
    assert!(found.iter().all(|line| line.contains(",kind=vulnerability,")), "{findings}");
    let one =
        text(ExportList::Findings, &[("kind", "vulnerability"), ("class", "system"), ("tag", "2")]).await;
    assert_eq!(lines(&one).len(), 1, "{one}");
    assert_eq!(lines(&text(ExportList::Risks, &[("kind", "vulnerability")]).await).len(), 2);
    assert_eq!(lines(&text(ExportList::Images, &[]).await).len(), 2);
    assert_eq!(lines(&text(ExportList::Components, &[]).await).len(), 3);
    assert_eq!(lines(&text(ExportList::Decisions, &[]).await).len(), 0);
    lines(&text(ExportList::History, &[]).await);
    lines(&text(ExportList::Audit, &[]).await);

    let json = file(&node, ExportList::Images, ExportFormat::Json, &[("tag", "2")]).await;
    let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
    assert_eq!((json["items"].as_array().map(Vec::len), &json["items"][0]["tag"]), (Some(1), &"2".into()));
    assert!(json["about"]["advisories_digest"].as_str().is_some_and(|digest| digest.starts_with("sha256:")));
    assert_eq!(file(&node, ExportList::Risks, ExportFormat::Xlsx, &[]).await.get(..2), Some(&b"PK"[..]));

    let id = image(&node, "team/app:1");
    for (format, word) in [
        (ExportFormat::Html, "<!doctype html>"),
        (ExportFormat::Json, "plimsoll.scan/1"),
        (ExportFormat::Cyclonedx, "CycloneDX"),
        (ExportFormat::Spdx, "SPDX-2.3"),
        (ExportFormat::Sarif, "sarif-2.1.0"),
    ] {
        let report = file(&node, ExportList::Image, format, &[("id", &id)]).await;
        let report = String::from_utf8(report).expect("text");
        assert!(report.contains(word) && report.contains("lodash"), "{format:?}");
    }

    let refused = async |list, format, filter: &[(&str, &str)]| {
        let request = ExportRequest { list, format, filter: fields(filter) };
        node.start_export(&member("team/*"), request).await.expect_err("refused")
    };
    let error = refused(ExportList::Risks, ExportFormat::Html, &[]).await;
    assert!(matches!(error, PlatformError::Field { .. }), "{error}");
    let error = refused(ExportList::Risks, ExportFormat::Csv, &[("kidn", "x")]).await;
    assert!(error.to_string().contains("kidn"), "{error}");
    let error = refused(ExportList::Audit, ExportFormat::Csv, &[]).await;
    assert!(matches!(error, PlatformError::Forbidden(_)), "{error}");
}
