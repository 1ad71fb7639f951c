//! The change log under concurrent writers.

use crate::places::Place;
use crate::samples::*;
use plimsoll_store::data::ChangeKind;
use serde_json::json;

on_both!(nothing_ever_appears_below_what_was_seen, every_kind_comes_back, fresh_lines_are_not_trimmed);

async fn nothing_ever_appears_below_what_was_seen(place: Place) {
    let other = place.again().await;
    let writers = (0..8).map(|writer| {
        let data = if writer % 2 == 0 { place.data.clone() } else { other.clone() };
        tokio::spawn(async move {
            for round in 0..25 {
                let images: Vec<_> = (0..3).map(|n| image(&format!("i{writer}-{round}-{n}"), &format!("r{writer}"), Some("1"))).collect();
                data.put_images(&images).await.expect("kept");
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    // A follower reads on from the last line it saw; in the end it must have seen every line.
    let mut seen = Vec::new();
    while seen.len() < 8 * 25 * 3 {
        let after = seen.last().copied().unwrap_or(0);
        for line in other.changes(after, 100).await.expect("listed") {
            if !line.key.ends_with("-0") && !line.key.ends_with("-1") && !line.key.ends_with("-2") {
                panic!("{line:?}");
            }
            seen.push(line.number);
        }
    }
    for writer in writers {
        writer.await.expect("no panic");
    }
    let all: Vec<i64> = place.data.changes(0, 10_000).await.expect("listed").iter().map(|line| line.number).collect();
    assert!(all.starts_with(&seen));
    assert!(all.windows(2).all(|pair| pair[1] == pair[0] + 1), "no number is left out");
    assert_eq!(place.data.last_change().await.expect("a number"), all.len() as i64);
}

async fn every_kind_comes_back(place: Place) {
    let data = &place.data;
    put_images(data, &["i1"]).await;
    data.delete_images(&["i1".into()]).await.expect("removed");
    data.number_risks(&[risk("CVE-2024-1", plimsoll_model::Severity::Low, 1)]).await.expect("numbered");
    data.number_components(&[component("a")], "db1").await.expect("numbered");
    data.put_decision(&decision("d1", None), &history("h1", plimsoll_model::HistoryAction::Ignore, 1)).await.expect("kept");
    data.set_setting("a", &json!(1)).await.expect("set");
    let kinds: Vec<ChangeKind> = data.changes(0, 100).await.expect("listed").iter().map(|line| line.kind).collect();
    assert_eq!(
        kinds,
        [
            ChangeKind::Image,
            ChangeKind::ImageDeleted,
            ChangeKind::Risk,
            ChangeKind::Component,
            ChangeKind::Decisions,
            ChangeKind::Settings
        ]
    );
}

async fn fresh_lines_are_not_trimmed(place: Place) {
    let data = &place.data;
    assert_eq!((data.last_change().await.expect("a number"), data.first_change().await.expect("asked")), (0, None));
    put_images(data, &["i1", "i2"]).await;
    data.trim_changes().await.expect("trimmed");
    assert_eq!(data.changes(1, 100).await.expect("listed").len(), 1);
    assert_eq!(data.first_change().await.expect("asked"), Some(1));
}
