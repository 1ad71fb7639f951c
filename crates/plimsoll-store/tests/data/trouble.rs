//! Restarted servers, schemas of the future, and moving house.

use crate::places::{KEY, Place, Server};
use crate::samples::*;
use plimsoll_model::*;
use plimsoll_store::data::{JobResult, StoredUser};
use plimsoll_store::{Data, DataError, Sealer};
use serde_json::json;

on_both!(a_dump_moves_everything, a_torn_dump_restores_nothing, a_newer_schema_is_refused, two_machines_start_at_once);

/// One of everything.
async fn furnish(data: &Data) {
    data.add_registry(&registry("r1", "harbor"), Some("hunter2")).await.expect("added");
    put_images(data, &["i1", "i2"]).await;
    data.number_risks(&[risk("CVE-2024-1", Severity::High, 1)]).await.expect("numbered");
    data.number_components(&[component("a")], "db1").await.expect("numbered");
    data.put_matches("db1", &[matches(1, &[1])]).await.expect("kept");
    assert!(data.keep_scan(scan(image("i1", "team/i1", Some("1")), None)).await.expect("kept"));
    data.add_task(task(TaskKind::Scan, 10, &["i1", "i2"])).await.expect("added");
    let job = data.claim("w", &[TaskKind::Scan], 60, &[]).await.expect("asked").expect("free");
    assert!(data.finish(&job.id, "w", JobResult::Again(failure("busy"))).await.expect("ended"));
    let user = User { id: "u1".into(), username: "ann".into(), role: Role::Admin, projects: None, enabled: true, created_at: at(1), signed_in_at: None };
    data.add_user(&StoredUser { user, password: "x".into() }).await.expect("added");
    data.set_sealed_setting("key", b"secret").await.expect("sealed");
    data.put_decision(&decision("d1", None), &history("h1", HistoryAction::Ignore, 1)).await.expect("kept");
    data.keep_day("2026-11-24", &json!({"risks": 1})).await.expect("kept");
}

async fn other_kind(place: &Place) -> Place {
    match place.is_sqlite() {
        true => match Place::postgres().await {
            Some(place) => place,
            None => Place::sqlite().await,
        },
        false => Place::sqlite().await,
    }
}

async fn a_dump_moves_everything(place: Place) {
    furnish(&place.data).await;
    let mut file = Vec::new();
    let rows = place.data.dump(&mut file).await.expect("written");
    let new = other_kind(&place).await;
    assert_eq!(new.data.restore(file.as_slice()).await.expect("read"), rows);
    assert!(matches!(new.data.restore(file.as_slice()).await, Err(DataError::NotEmpty(_))));
    let mut again = Vec::new();
    new.data.dump(&mut again).await.expect("written");
    let lines = |file: &[u8]| {
        let text = String::from_utf8(zstd::decode_all(file).expect("zstd")).expect("text");
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(lines(&again), lines(&file));
    assert_eq!(new.data.registry_password("r1").await.expect("opened").as_deref(), Some("hunter2"));
    assert_eq!(new.data.image_facts(None, "", 9).await.expect("listed"), place.data.image_facts(None, "", 9).await.expect("listed"));
    // It goes on where the other stood.
    let seen = new.data.last_change().await.expect("a number");
    assert_eq!(seen, place.data.last_change().await.expect("a number"));
    assert_eq!(new.data.number_components(&[component("b")], "db1").await.expect("numbered"), [(2, false)]);
    assert_eq!(new.data.changes(seen, 9).await.expect("listed").len(), 1);
}

async fn a_torn_dump_restores_nothing(place: Place) {
    furnish(&place.data).await;
    let mut file = Vec::new();
    place.data.dump(&mut file).await.expect("written");
    let text = zstd::decode_all(file.as_slice()).expect("zstd");
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    let new = other_kind(&place).await;
    let without = |left_out: usize| {
        let rest: Vec<&[u8]> = lines.iter().enumerate().filter(|(number, _)| *number != left_out).map(|(_, line)| *line).collect();
        zstd::encode_all(rest.concat().as_slice(), 1).expect("zstd")
    };
    let hostile = zstd::encode_all(b"{\"plimsoll\": \"dump\", \"schema\": 1}\n[\"sqlite_master\", [1]]\n".as_slice(), 1).expect("zstd");
    for torn in [file[..file.len() / 2].to_vec(), without(0), without(lines.len() / 2), without(lines.len() - 1), hostile, b"x".to_vec(), vec![]] {
        assert!(new.data.restore(torn.as_slice()).await.is_err());
    }
    assert_eq!(new.data.last_change().await.expect("a number"), 0);
    assert!(new.data.restore(file.as_slice()).await.is_ok(), "nothing was left behind");
}

async fn a_newer_schema_is_refused(place: Place) {
    let pool = sqlx::AnyPool::connect(&place.address).await.expect("connected");
    let truth = if place.is_sqlite() { "1" } else { "TRUE" };
    let sql = format!("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (99, 'later', {truth}, $1, 1)");
    sqlx::query(sqlx::AssertSqlSafe(sql)).bind(vec![0_u8]).execute(&pool).await.expect("written");
    let keys = Sealer::of_text(KEY).expect("a key");
    assert!(matches!(Data::open(&place.address, keys.clone()).await, Err(DataError::Newer(99))));
    for address in ["mysql://host/name", "plimsoll.db", ""] {
        assert!(matches!(Data::open(address, keys.clone()).await, Err(DataError::Address(_))), "{address}");
    }
}

async fn two_machines_start_at_once(place: Place) {
    let pool = sqlx::AnyPool::connect(&place.address).await.expect("connected");
    // As before the first start.
    for (table, _) in plimsoll_store::data::TABLES.iter().rev() {
        sqlx::query(sqlx::AssertSqlSafe(format!("DROP TABLE {table}"))).execute(&pool).await.expect("dropped");
    }
    sqlx::query("DELETE FROM _sqlx_migrations").execute(&pool).await.expect("forgotten");
    let (one, two) = tokio::join!(place.again(), place.again());
    put_images(&one, &["i1"]).await;
    assert!(two.stored_image("i1").await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_recover_from_a_restarted_server() {
    let Some(server) = Server::start() else { return };
    let address = server.new_database().await;
    let data = Data::open(&address, Sealer::of_text(KEY).expect("a key")).await.expect("opened");
    let subjects: Vec<String> = (0..400).map(|number| format!("i{number}")).collect();
    let subjects: Vec<&str> = subjects.iter().map(String::as_str).collect();
    let added = data.add_task(task(TaskKind::Scan, 10, &subjects)).await.expect("added");
    let workers = (0..4).map(|number| {
        let data = data.clone();
        let task = added.id.clone();
        tokio::spawn(async move {
            let worker = format!("w{number}");
            let mut errors = 0;
            loop {
                // A worker goes on after an error; a claim whose commit got no answer comes back when its lease lapses.
                let outcome = async {
                    match data.claim(&worker, &[TaskKind::Scan], 1, &[]).await? {
                        Some(job) => data.finish(&job.id, &worker, JobResult::Done(json!(null))).await.map(|_| false),
                        None => data.task(&task).await.map(|task| task.finished_at.is_some()),
                    }
                };
                match outcome.await {
                    Ok(true) => return errors,
                    Ok(false) => {}
                    Err(_) => errors += 1,
                }
                assert!(errors < 1_000, "it does not recover");
            }
        })
    });
    let workers: Vec<_> = workers.collect();
    while data.task(&added.id).await.expect("there").done < 40 {}
    tokio::task::block_in_place(|| server.restart());
    let mut errors = 0;
    for worker in workers {
        errors += worker.await.expect("no panic");
    }
    let ended = data.task(&added.id).await.expect("there");
    assert_eq!((ended.state, ended.done, ended.failed), (TaskState::Done, 400, 0));
    eprintln!("{errors} calls failed during the restart");
}
