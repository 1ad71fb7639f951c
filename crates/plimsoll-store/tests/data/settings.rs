//! Settings, scan policies, turns, days; decisions and the two histories.

use crate::places::Place;
use crate::samples::*;
use plimsoll_model::*;
use plimsoll_store::DataError;
use plimsoll_store::data::HistoryQuery;
use serde_json::json;

on_both!(settings_plain_and_sealed, each_schedule_is_taken_once, decisions_end_with_a_line, history_is_found_by_what_it_is_about, the_audit_log_pages);

async fn settings_plain_and_sealed(place: Place) {
    let data = &place.data;
    assert_eq!(data.setting("a").await.expect("asked"), None);
    data.set_setting("a", &json!({"x": [1, "\u{0}"]})).await.expect("set");
    assert_eq!(data.setting("a").await.expect("asked"), Some(json!({"x": [1, "\u{0}"]})));
    data.set_sealed_setting("a", b"key").await.expect("sealed");
    assert_eq!(data.sealed_setting("a").await.expect("opened").as_deref(), Some(b"key".as_slice()));
    assert_eq!(data.setting("a").await.expect("asked"), Some(json!({"x": [1, "\u{0}"]})), "both stay");
    assert_eq!(data.sealed_setting("b").await.expect("asked"), None);
    assert_eq!(data.sealed_setting_or("b", b"first").await.expect("made"), b"first");
    assert_eq!(data.sealed_setting_or("b", b"second").await.expect("there"), b"first");
    for day in ["2026-11-22", "2026-11-24", "2026-11-23"] {
        data.keep_day(day, &json!(day)).await.expect("kept");
    }
    data.keep_day("2026-11-24", &json!(7)).await.expect("replaced");
    assert_eq!(data.days(2).await.expect("listed"), [("2026-11-23".to_owned(), json!("2026-11-23")), ("2026-11-24".to_owned(), json!(7))]);
    assert!(data.take_turn("daily", at(0), 60).await.expect("asked"));
    assert!(!data.take_turn("daily", at(59), 60).await.expect("asked"));
    assert!(data.take_turn("other", at(59), 60).await.expect("asked"));
    assert!(data.take_turn("daily", at(60), 60).await.expect("asked"));
}

async fn each_schedule_is_taken_once(place: Place) {
    let data = &place.data;
    let schedule = |id: &str, next: Option<i64>| Schedule {
        id: id.into(),
        name: id.into(),
        enabled: true,
        cycle: Cycle::Days(3),
        registries: vec![],
        look_back_days: None,
        images_per_hour: 0,
        risks: vec![],
        next_at: next.map(at),
        last_at: None,
    };
    for one in [schedule("due", Some(5)), schedule("later", Some(50)), schedule("never", None), Schedule { enabled: false, ..schedule("off", Some(5)) }] {
        data.put_schedule(&one).await.expect("kept");
    }
    let other = place.again().await;
    let next = |due: &Schedule| due.next_at.expect("it was due").plus_days(3);
    let (one, two) = tokio::join!(data.take_due(at(10), next), other.take_due(at(10), next));
    let taken: Vec<Schedule> = one.expect("asked").into_iter().chain(two.expect("asked")).collect();
    assert_eq!(taken, [Schedule { next_at: Some(at(5).plus_days(3)), last_at: Some(at(10)), ..schedule("due", None) }]);
    assert_eq!(data.schedules().await.expect("listed")[0], taken[0]);
    data.delete_schedule("due").await.expect("removed");
    assert!(matches!(data.delete_schedule("due").await, Err(DataError::Missing { .. })));
}

async fn decisions_end_with_a_line(place: Place) {
    let data = &place.data;
    let made = |id: &str, decision: &str| HistoryEntry { decision: Some(decision.into()), ..history(id, HistoryAction::Ignore, 1) };
    data.put_decision(&decision("d1", Some(at(10))), &made("h1", "d1")).await.expect("kept");
    data.put_decision(&decision("d2", Some(at(99))), &made("h2", "d2")).await.expect("kept");
    assert_eq!(data.decisions().await.expect("listed").len(), 2);
    assert_eq!(data.expire_decisions(at(10)).await.expect("ended"), 1);
    assert_eq!(data.expire_decisions(at(10)).await.expect("none is left"), 0);
    assert_eq!(data.decision("d1").await.expect("there"), (decision("d1", Some(at(10))), Some(at(10))));
    let lines = data.history(&HistoryQuery { decision: Some("d1".into()), limit: 9, ..Default::default() }).await.expect("asked").items;
    assert_eq!((lines[0].action, lines[0].actor.as_str(), &lines[0].image_names), (HistoryAction::Expire, "system", &lines[1].image_names));
    let undo = HistoryEntry { decision: Some("d2".into()), ..history("h3", HistoryAction::Delete, 50) };
    data.end_decision("d2", &undo).await.expect("ended");
    assert!(matches!(data.end_decision("d2", &undo).await, Err(DataError::Missing { .. })));
    let ended: Vec<String> = data.ended_decisions().await.expect("listed").into_iter().map(|(one, _)| one.id).collect();
    assert_eq!(ended, ["d2", "d1"]);
}

async fn history_is_found_by_what_it_is_about(place: Place) {
    let data = &place.data;
    let many: Vec<String> = (0..1_500).map(|number| format!("CVE-2024-{number}")).collect();
    let lines = [
        history("h1", HistoryAction::Ignore, 1),
        HistoryEntry { risks: vec!["B".into()], images: vec!["i2".into()], actor: "bob".into(), ..history("h2", HistoryAction::Whitelist, 2) },
        HistoryEntry { risks: many[..1_000].to_vec(), risk_count: 1_500, images: vec!["i3".into()], ..history("h3", HistoryAction::Ignore, 3) },
    ];
    for line in &lines {
        data.add_history(line).await.expect("added");
    }
    let check = async |query: HistoryQuery, ids: &[&str]| {
        let page = data.history(&HistoryQuery { limit: 9, ..query.clone() }).await.expect("asked");
        assert_eq!(page.items.iter().map(|line| line.id.as_str()).collect::<Vec<_>>(), ids, "{query:?}");
        assert_eq!((page.total, page.next), (ids.len() as u64, None));
    };
    let all = HistoryQuery::default();
    check(all.clone(), &["h3", "h2", "h1"]).await;
    check(HistoryQuery { risk: Some("B".into()), ..all.clone() }, &["h3", "h2"]).await;
    check(HistoryQuery { risk: Some("CVE-2024-1".into()), ..all.clone() }, &["h3", "h1"]).await;
    check(HistoryQuery { image: Some("i2".into()), ..all.clone() }, &["h2"]).await;
    check(HistoryQuery { actor: Some("bob".into()), ..all.clone() }, &["h2"]).await;
    check(HistoryQuery { actions: vec![HistoryAction::Whitelist, HistoryAction::Fixed], ..all.clone() }, &["h2"]).await;
    check(HistoryQuery { since: Some(at(2)), until: Some(at(3)), ..all.clone() }, &["h2"]).await;
    check(HistoryQuery { risk: Some("\0".into()), image: Some("'; --".into()), ..all.clone() }, &[]).await;
    let first = data.history(&HistoryQuery { limit: 2, ..all.clone() }).await.expect("asked");
    assert_eq!((first.items.len(), first.total), (2, 3));
    let rest = data.history(&HistoryQuery { limit: 2, cursor: first.next, ..all.clone() }).await.expect("asked");
    assert_eq!((rest.items, rest.total, rest.next), (vec![lines[0].clone()], 3, None));
    let broken = data.history(&HistoryQuery { limit: 2, cursor: Some("x".into()), ..all }).await;
    assert!(matches!(broken, Err(DataError::Cursor(_))));
}

async fn the_audit_log_pages(place: Place) {
    let data = &place.data;
    for (number, action) in ["registry.create", "session.refused", "registry.delete"].into_iter().enumerate() {
        let entry = AuditEntry {
            id: format!("a{number}"),
            at: at(number as i64),
            actor: "ann".into(),
            from: "::1".into(),
            action: action.into(),
            target: "r1".into(),
            detail: json!({}),
            request: "q".into(),
        };
        data.add_audit(&entry).await.expect("added");
    }
    let page = data.audit("", "registry.", 1, None).await.expect("asked");
    assert_eq!((page.items[0].action.as_str(), page.total), ("registry.delete", 2));
    let page = data.audit("ann", "registry.", 1, page.next.as_deref()).await.expect("asked");
    assert_eq!(page.items[0].action, "registry.create");
    assert_eq!(data.audit("bob", "", 9, None).await.expect("asked").total, 0);
    assert_eq!(data.trim_audit(at(2)).await.expect("trimmed"), 2);
}
