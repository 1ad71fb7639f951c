//! Registries and images as rows.

use crate::places::Place;
use crate::samples::*;
use plimsoll_model::*;
use plimsoll_store::DataError;
use plimsoll_store::data::ChangeKind;

on_both!(
    registries_come_back_with_their_images_counted,
    passwords_are_sealed_to_their_row,
    images_come_back_as_they_were_put,
    a_known_digest_keeps_what_scans_learned,
    the_newest_tag_is_the_latest,
    deleted_images_are_gone_with_all_of_them,
);

async fn registries_come_back_with_their_images_counted(place: Place) {
    let data = &place.data;
    data.add_registry(&registry("r1", "harbor"), Some("hunter2")).await.expect("added");
    let again = data.add_registry(&registry("r2", "harbor"), None).await;
    assert!(matches!(again, Err(DataError::Taken { what: "registry", .. })));
    let of = |id: &str| StoredImage { registry: Some("r1".into()), source: ImageSource::Registry, ..image(id, "a", Some(id)) };
    data.put_images(&[of("i1"), StoredImage { gone: true, ..of("i2") }]).await.expect("kept");
    let stored = data.registry("r1").await.expect("there");
    assert_eq!(stored, Registry { images: 1, has_password: true, ..registry("r1", "harbor") });
    assert_eq!(data.registries().await.expect("listed"), [stored]);

    let seen = data.last_change().await.expect("a number");
    data.update_registry(&registry("r1", "renamed"), None).await.expect("changed");
    let name = data.stored_image("i1").await.expect("there").registry_name;
    assert_eq!(name.as_deref(), Some("renamed"));
    let told = data.changes(seen, 100).await.expect("listed");
    assert_eq!(told.len(), 2, "the fleet shows the new name");

    data.delete_registry("r1").await.expect("removed");
    assert!(matches!(data.registry("r1").await, Err(DataError::Missing { .. })));
    assert!(data.images_of("r1").await.expect("listed").is_empty());
    assert!(matches!(data.delete_registry("r1").await, Err(DataError::Missing { .. })));
}

async fn passwords_are_sealed_to_their_row(place: Place) {
    let data = &place.data;
    data.add_registry(&registry("r1", "one"), Some("hunter2")).await.expect("added");
    data.add_registry(&registry("r2", "two"), None).await.expect("added");
    assert_eq!(data.registry_password("r1").await.expect("opened").as_deref(), Some("hunter2"));
    assert_eq!(data.registry_password("r2").await.expect("none"), None);
    let pool = sqlx::AnyPool::connect(&place.address).await.expect("connected");
    sqlx::query("UPDATE registries SET password = (SELECT password FROM registries WHERE id = 'r1') WHERE id = 'r2'")
        .execute(&pool)
        .await
        .expect("moved");
    assert!(matches!(data.registry_password("r2").await, Err(DataError::Seal(_))));
    let sealed: Vec<u8> = sqlx::query_scalar("SELECT password FROM registries WHERE id = 'r1'").fetch_one(&pool).await.expect("there");
    assert!(!sealed.windows(7).any(|part| part == b"hunter2"));

    data.update_registry(&registry("r1", "one"), None).await.expect("left");
    assert_eq!(data.registry_password("r1").await.expect("opened").as_deref(), Some("hunter2"));
    data.update_registry(&registry("r1", "one"), Some("")).await.expect("forgotten");
    assert_eq!(data.registry_password("r1").await.expect("none"), None);

    let secret = data.push_secret("r1", false).await.expect("made with it");
    assert_eq!(data.push_secret("r1", false).await.expect("the same"), secret);
    assert_eq!(secret.len(), 64);
    assert_ne!(data.push_secret("r1", true).await.expect("another"), secret);
}

async fn images_come_back_as_they_were_put(place: Place) {
    let data = &place.data;
    let full = StoredImage {
        index_digest: Some("sha256:index".into()),
        failure: Some(failure("gone")),
        scanned_at: Some(at(3)),
        os: Some("debian 12".into()),
        base: Some("debian:12".into()),
        pipeline: Some("ci/7".into()),
        registry_name: Some("laptop".into()),
        status: ScanStatus::Failed,
        ..image("i1", "team/app", Some("1"))
    };
    let bare = StoredImage { created: None, ..image("i2", "team/other", None) };
    data.put_images(&[full.clone(), bare.clone()]).await.expect("kept");
    assert_eq!(data.stored_image("i1").await.expect("there"), full);
    assert_eq!(data.stored_image("i2").await.expect("there"), bare);
    let find = |repository: &'static str, tag: Option<&'static str>| {
        data.find_image(ImageSource::Local, None, repository, tag, "linux/amd64")
    };
    assert_eq!(find("team/app", Some("1")).await.expect("asked"), Some(full));
    assert_eq!(find("team/other", None).await.expect("asked"), Some(bare));
    assert_eq!(find("team/app", Some("2")).await.expect("asked"), None);
    assert_eq!(find("te\0am", None).await.expect("asked"), None);
    assert!(matches!(data.stored_image("no\0ne").await, Err(DataError::Missing { .. })));
}

async fn a_known_digest_keeps_what_scans_learned(place: Place) {
    let data = &place.data;
    put_images(data, &["i1"]).await;
    assert!(data.keep_scan(scan(image("i1", "team/i1", Some("1")), None)).await.expect("kept"));
    let listed = StoredImage { size: 0, platform: String::new(), created: None, synced_at: at(500), ..image("i1", "team/i1", Some("1")) };
    data.put_images(std::slice::from_ref(&listed)).await.expect("kept");
    let stored = data.stored_image("i1").await.expect("there");
    assert_eq!((stored.status, stored.os.as_deref(), stored.size), (ScanStatus::Scanned, Some("debian 12"), 10));
    assert_eq!((stored.created, stored.platform.as_str(), stored.synced_at), (Some(at(10)), "linux/amd64", at(500)));
    data.put_images(&[StoredImage { digest: "sha256:new".into(), ..listed }]).await.expect("kept");
    let stored = data.stored_image("i1").await.expect("there");
    assert_eq!((stored.status, stored.os, stored.size), (ScanStatus::Unscanned, None, 0));
}

async fn the_newest_tag_is_the_latest(place: Place) {
    let data = &place.data;
    let tag = |id: &str, tag: &str, created: Option<i64>, updated: i64| StoredImage {
        created: created.map(at),
        updated_at: at(updated),
        ..image(id, "team/app", Some(tag))
    };
    let latest = async || {
        let mut latest = Vec::new();
        for id in ["i1", "i2", "i3", "i4"] {
            if data.stored_image(id).await.is_ok_and(|image| image.latest) {
                latest.push(id);
            }
        }
        latest
    };
    data.put_images(&[tag("i1", "1", Some(1), 9), tag("i2", "2", Some(2), 1)]).await.expect("kept");
    assert_eq!(latest().await, ["i2"]);
    let seen = data.last_change().await.expect("a number");
    data.put_images(&[tag("i3", "3", None, 3)]).await.expect("kept");
    assert_eq!(latest().await, ["i3"]);
    let told: Vec<String> = data.changes(seen, 9).await.expect("listed").into_iter().map(|line| line.key).collect();
    assert_eq!(told, ["i3", "i2"], "each is told once");
    let arm = StoredImage { platform: "linux/arm64".into(), ..tag("i4", "3", None, 3) };
    data.put_images(&[arm]).await.expect("kept");
    assert_eq!(latest().await, ["i3", "i4"], "of all platforms");
    data.put_images(&[StoredImage { gone: true, ..tag("i3", "3", None, 3) }]).await.expect("kept");
    data.delete_images(&["i4".into()]).await.expect("removed");
    assert_eq!(latest().await, ["i2"]);
}

async fn deleted_images_are_gone_with_all_of_them(place: Place) {
    let data = &place.data;
    put_images(data, &["i1", "i2"]).await;
    assert!(data.keep_scan(scan(image("i1", "team/i1", Some("1")), None)).await.expect("kept"));
    let waiting = data.add_task(task(TaskKind::Scan, 10, &["i1", "i2"])).await.expect("added");
    let seen = data.last_change().await.expect("a number");
    data.delete_images(&["i1".into(), "unknown".into()]).await.expect("removed");
    let told = data.changes(seen, 9).await.expect("listed");
    assert_eq!(told.iter().map(|line| (line.kind, line.key.as_str())).collect::<Vec<_>>(), [(ChangeKind::ImageDeleted, "i1")]);
    assert!(data.report("i1").await.expect("asked").is_none());
    assert!(data.scans("i1", 9, None).await.expect("asked").items.is_empty());
    assert_eq!(data.jobs(&waiting.id, Some(JobState::Stopped), 9, None).await.expect("listed").total, 1);
    let page = data.history(&plimsoll_store::data::HistoryQuery { image: Some("i1".into()), limit: 9, ..Default::default() }).await;
    assert_eq!(page.expect("asked").total, 1, "history is never lost");
}
