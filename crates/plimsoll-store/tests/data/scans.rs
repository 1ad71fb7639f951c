//! What scans leave: contents, ledgers, histories; how much room it takes.

use crate::places::Place;
use crate::samples::*;
use plimsoll_model::*;
use plimsoll_store::data::NewScan;
use serde_json::json;

on_both!(a_scan_comes_back, a_newer_digest_goes_on_waiting, a_scan_of_a_deleted_image_is_dropped, scans_are_listed_newest_first, an_image_takes_little_room);

async fn a_scan_comes_back(place: Place) {
    let data = &place.data;
    put_images(data, &["i0", "i1"]).await;
    let scanned = scan(image("i1", "team/i1", Some("1")), None);
    assert!(data.keep_scan(scanned.clone()).await.expect("kept"));
    let kept = data.report("i1").await.expect("asked").expect("there");
    assert_eq!((kept.report, kept.components), (scanned.report.clone(), vec![900, 1, 5]));
    assert_eq!(data.ledger("i1").await.expect("asked"), scanned.ledger);
    assert_eq!(data.found(&scanned.record.id).await.expect("asked").as_deref(), Some(b"[]".as_slice()));
    assert_eq!(data.found("unknown").await.expect("asked"), None);
    assert_eq!(data.ledger("i0").await.expect("asked"), []);
    let all = data.image_facts(None, "", 9).await.expect("asked");
    assert_eq!(all.len(), 2);
    assert_eq!((all[0].image.id.as_str(), all[0].components.len()), ("i0", 0));
    assert_eq!(all[1], scanned.facts);
    let some = data.image_facts(Some(&["i1".into(), "unknown".into()]), "", 9).await.expect("asked");
    assert_eq!(some, [scanned.facts]);
    assert_eq!(data.image_facts(None, "i0", 9).await.expect("asked").len(), 1);
}

async fn a_newer_digest_goes_on_waiting(place: Place) {
    let data = &place.data;
    put_images(data, &["i1"]).await;
    data.add_task(task(TaskKind::Scan, 10, &["i1"])).await.expect("added");
    let job = data.claim("w", &[TaskKind::Scan], 60, &[]).await.expect("asked").expect("free");
    let pushed = StoredImage { digest: "sha256:new".into(), ..image("i1", "team/i1", Some("1")) };
    data.put_images(&[pushed]).await.expect("kept");
    assert!(data.keep_scan(scan(image("i1", "team/i1", Some("1")), Some((job.id, "w".into())))).await.expect("kept"));
    let stored = data.stored_image("i1").await.expect("there");
    assert_eq!((stored.digest.as_str(), stored.status), ("sha256:new", ScanStatus::Unscanned));
    assert!(data.report("i1").await.expect("asked").is_some(), "old results stay until the new scan");
}

async fn a_scan_of_a_deleted_image_is_dropped(place: Place) {
    let data = &place.data;
    put_images(data, &["i1"]).await;
    let added = data.add_task(task(TaskKind::Scan, 10, &["i1"])).await.expect("added");
    let job = data.claim("w", &[TaskKind::Scan], 60, &[]).await.expect("asked").expect("free");
    data.delete_images(&["i1".into()]).await.expect("removed");
    assert!(!data.keep_scan(scan(image("i1", "team/i1", Some("1")), Some((job.id, "w".into())))).await.expect("asked"));
    assert!(data.stored_image("i1").await.is_err());
    assert_eq!(data.task(&added.id).await.expect("there").state, TaskState::Stopped);
}

async fn scans_are_listed_newest_first(place: Place) {
    let data = &place.data;
    put_images(data, &["i1", "i2"]).await;
    for (id, seconds) in [("s1", 1), ("s3", 3), ("s2", 3)] {
        data.keep_failure(ScanRecord { status: ScanStatus::Failed, failure: Some(failure("no")), ..record(id, "i1", seconds) }).await.expect("kept");
    }
    data.keep_failure(record("s1", "i1", 2)).await.expect("the next attempt of the same job");
    data.keep_failure(record("s9", "deleted", 2)).await.expect("nothing to keep it for");
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let page = data.scans("i1", 1, cursor.as_deref()).await.expect("asked");
        assert_eq!(page.total, 3);
        seen.extend(page.items.into_iter().map(|scan| scan.id));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["s3", "s2", "s1"]);
    assert_eq!(data.scans("i2", 9, None).await.expect("asked").total, 0);
}

/// A report like that of a Debian image with an application: 400 components, 300 risks.
async fn an_image_takes_little_room(place: Place) {
    let data = &place.data;
    let count = 200;
    let size = async || match place.is_sqlite() {
        true => {
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_all(&sqlx::AnyPool::connect(&place.address).await.expect("connected")).await.expect("written");
            std::fs::metadata(place.folder.path().join("plimsoll.db")).expect("there").len() as i64
        }
        false => sqlx::query_scalar("SELECT pg_database_size(current_database())")
            .fetch_one(&sqlx::AnyPool::connect(&place.address).await.expect("connected"))
            .await
            .expect("asked"),
    };
    let before = size().await;
    for number in 0..count {
        let id = format!("i{number:04}");
        let one = image(&id, &format!("team/app{number}"), Some("1"));
        assert!(data.keep_scan(like_debian(one, number)).await.expect("kept"));
    }
    let each = (size().await - before) / count;
    eprintln!("{each} bytes an image");
    assert!(each < 50_000, "{each} bytes an image");
}

fn like_debian(image: StoredImage, number: i64) -> NewScan {
    let components: Vec<_> = (0..400)
        .map(|n| {
            let hash = format!("{:016x}", (n * 7_919 + number * 104_729) * 2_654_435_761_i64);
            json!({"name": format!("lib{hash:.6}-{n}"), "version": format!("{}.{}-1+deb12u{}", n % 9, n, number % 3),
                "purl": format!("pkg:deb/debian/lib{hash:.6}-{n}@{n}?arch=amd64"), "licences": ["GPL-2.0-only"],
                "evidence": [{"layer": 0, "path": "/var/lib/dpkg/status"}], "files": n * 13})
        })
        .collect();
    let plain = scan(image, None);
    let numbers: Vec<i64> = (0..400).map(|n| n * 3 + number).collect();
    let ledger = (0..300).map(|n| Occurrence { risk: format!("CVE-2024-{}", n * 31 + 1_000), first_seen: at(1), fixed_at: None, reopened_at: None }).collect();
    let found: Vec<_> = (0..300).map(|n| json!([format!("CVE-2024-{}", n * 31 + 1_000), "high"])).collect();
    NewScan {
        report: serde_json::to_vec(&json!({"components": components})).expect("JSON"),
        found: serde_json::to_vec(&found).expect("JSON"),
        facts: ImageFacts { components: numbers.clone(), ..plain.facts },
        components: numbers,
        ledger,
        ..plain
    }
}
