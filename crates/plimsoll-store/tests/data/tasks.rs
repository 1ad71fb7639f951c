//! Tasks: joining, stopping, trying again, lists.

use crate::places::Place;
use crate::samples::*;
use plimsoll_model::*;
use plimsoll_store::Data;
use plimsoll_store::data::{JobResult, TaskQuery};
use plimsoll_store::DataError;
use serde_json::json;

on_both!(
    what_waits_already_is_joined,
    a_stop_ends_what_waits,
    a_stop_leaves_what_others_wait_for,
    others_keep_how_a_job_ended,
    a_task_of_one_job_has_its_result,
    tasks_are_listed_newest_first,
    ended_tasks_are_trimmed,
);

async fn claimed(data: &Data) -> Job {
    data.claim("w", &[TaskKind::Scan], 60, &[]).await.expect("asked").expect("one is free")
}

async fn counts(data: &Data, task: &Task) -> (TaskState, u64, u64, u64) {
    let task = data.task(&task.id).await.expect("there");
    (task.state, task.done, task.failed, task.total)
}

async fn done(data: &Data, job: &Job) {
    assert!(data.finish(&job.id, "w", JobResult::Done(json!(null))).await.expect("ended"));
}

async fn what_waits_already_is_joined(place: Place) {
    let data = &place.data;
    let first = data.add_task(task(TaskKind::Scan, 30, &["a", "b", "a"])).await.expect("added");
    let second = data.add_task(task(TaskKind::Scan, 10, &["b", "c"])).await.expect("added");
    assert_eq!((first.total, second.total), (2, 2));
    let (b, c) = (claimed(data).await, claimed(data).await);
    assert_eq!((b.subject.as_str(), c.subject.as_str()), ("b", "c"), "b took the better priority");
    done(data, &b).await;
    assert_eq!(counts(data, &first).await, (TaskState::Running, 1, 0, 2));
    done(data, &c).await;
    assert_eq!(counts(data, &second).await, (TaskState::Done, 2, 0, 2));
    let third = data.add_task(task(TaskKind::Scan, 10, &["c"])).await.expect("added");
    assert_eq!(counts(data, &third).await, (TaskState::Waiting, 0, 0, 1), "what ended is done again");
    let none = data.add_task(task(TaskKind::Scan, 10, &[])).await.expect("added");
    assert_eq!((none.state, none.remaining_seconds), (TaskState::Done, Some(0)));
}

async fn a_stop_ends_what_waits(place: Place) {
    let data = &place.data;
    put_images(data, &["i1", "i2"]).await;
    let added = data.add_task(task(TaskKind::Scan, 10, &["i1", "i2"])).await.expect("added");
    let running = claimed(data).await;
    let stopped = data.stop_task(&added.id).await.expect("stopped");
    assert_eq!((stopped.state, stopped.finished_at), (TaskState::Stopped, None), "one still runs");
    assert_eq!(data.stored_image("i2").await.expect("there").status, ScanStatus::Stopped);
    assert!(!data.extend(&running.id, "w", 60).await.expect("asked"), "the worker hears of it");
    assert!(data.finish(&running.id, "w", JobResult::Again(failure("stopped"))).await.expect("ended"));
    let ended = data.task(&added.id).await.expect("there");
    assert_eq!((ended.state, ended.done, ended.finished_at.is_some()), (TaskState::Stopped, 0, true));
    assert_eq!(data.stored_image("i1").await.expect("there").status, ScanStatus::Stopped);
    assert!(data.claim("w", &[TaskKind::Scan], 60, &[]).await.expect("asked").is_none());
    assert_eq!(data.stop_task(&added.id).await.expect("it stays so"), data.task(&added.id).await.expect("there"));

    let again = data.retry_task(&added.id).await.expect("again");
    assert_eq!((again.state, again.finished_at), (TaskState::Running, None));
    let jobs = [claimed(data).await, claimed(data).await];
    for job in &jobs {
        done(data, job).await;
    }
    assert_eq!(counts(data, &added).await, (TaskState::Done, 2, 0, 2));
    assert!(matches!(data.stop_task("unknown").await, Err(DataError::Missing { what: "task", .. })));
}

async fn a_stop_leaves_what_others_wait_for(place: Place) {
    let data = &place.data;
    put_images(data, &["i1", "i2"]).await;
    let one = data.add_task(task(TaskKind::Scan, 10, &["i1", "i2"])).await.expect("added");
    let other = data.add_task(task(TaskKind::Scan, 10, &["i1"])).await.expect("added");
    data.stop_task(&one.id).await.expect("stopped");
    assert!(data.task(&one.id).await.expect("there").finished_at.is_some());
    let states = data.jobs(&one.id, Some(JobState::Stopped), 9, None).await.expect("listed");
    assert_eq!((states.total, states.items[0].task.as_str()), (2, one.id.as_str()));
    assert_eq!(data.stored_image("i1").await.expect("there").status, ScanStatus::Waiting);
    let job = claimed(data).await;
    assert_eq!(job.subject, "i1");
    assert!(data.extend(&job.id, "w", 60).await.expect("asked"));
    done(data, &job).await;
    assert_eq!(counts(data, &other).await, (TaskState::Done, 1, 0, 1));
    assert_eq!(counts(data, &one).await, (TaskState::Stopped, 0, 0, 2));
    let again = data.retry_task(&one.id).await.expect("again");
    assert_eq!((again.done, again.total, again.finished_at), (1, 2, None), "what was done meanwhile counts");
    let job = claimed(data).await;
    done(data, &job).await;
    assert_eq!(counts(data, &one).await, (TaskState::Done, 2, 0, 2));
}

async fn others_keep_how_a_job_ended(place: Place) {
    let data = &place.data;
    let one = data.add_task(task(TaskKind::Scan, 10, &["i1"])).await.expect("added");
    let other = data.add_task(task(TaskKind::Scan, 10, &["i1"])).await.expect("added");
    let job = claimed(data).await;
    assert!(data.finish(&job.id, "w", JobResult::Failed(failure("no"))).await.expect("ended"));
    data.retry_task(&one.id).await.expect("again");
    done(data, &claimed(data).await).await;
    assert_eq!(counts(data, &one).await, (TaskState::Done, 1, 0, 1));
    assert_eq!(counts(data, &other).await, (TaskState::Failed, 0, 1, 1));
    assert_eq!(data.retry_task(&one.id).await.expect("nothing to do").state, TaskState::Done);
}

async fn a_task_of_one_job_has_its_result(place: Place) {
    let data = &place.data;
    let one = data.add_task(task(TaskKind::Export, 10, &["e1"])).await.expect("added");
    let two = data.add_task(task(TaskKind::Export, 10, &["e2", "e3"])).await.expect("added");
    for _ in 0..3 {
        let job = data.claim("w", &[TaskKind::Export], 60, &[]).await.expect("asked").expect("free");
        assert!(data.finish(&job.id, "w", JobResult::Done(json!({"rows": 7}))).await.expect("ended"));
    }
    assert_eq!(data.task(&one.id).await.expect("there").result, json!({"rows": 7}));
    assert_eq!(data.task(&two.id).await.expect("there").result, json!(null));
}

async fn tasks_are_listed_newest_first(place: Place) {
    let data = &place.data;
    for kind in [TaskKind::Scan, TaskKind::Sync, TaskKind::Scan] {
        data.add_task(task(kind, 10, &["a"])).await.expect("added");
    }
    let named = NewTask { name: "50%_off".into(), created_by: "bob".into(), ..task(TaskKind::Export, 10, &["x"]) };
    data.add_task(named).await.expect("added");
    let check = async |query: TaskQuery, total: u64| {
        let page = data.tasks(&TaskQuery { limit: 9, ..query.clone() }).await.expect("asked");
        assert_eq!((page.total, page.items.len() as u64), (total, total), "{query:?}");
    };
    let all = TaskQuery::default();
    check(all.clone(), 4).await;
    check(TaskQuery { kind: Some(TaskKind::Scan), ..all.clone() }, 2).await;
    check(TaskQuery { states: vec![TaskState::Waiting, TaskState::Done], ..all.clone() }, 4).await;
    check(TaskQuery { states: vec![TaskState::Done], ..all.clone() }, 0).await;
    check(TaskQuery { q: "all IM".into(), ..all.clone() }, 3).await;
    check(TaskQuery { q: "0%_o".into(), ..all.clone() }, 1).await;
    check(TaskQuery { q: "0__o".into(), ..all.clone() }, 0).await;
    check(TaskQuery { created_by: Some("bob".into()), ..all.clone() }, 1).await;
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let page = data.tasks(&TaskQuery { limit: 3, cursor, ..all.clone() }).await.expect("asked");
        seen.extend(page.items.into_iter().map(|task| task.kind));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, [TaskKind::Export, TaskKind::Scan, TaskKind::Sync, TaskKind::Scan]);
    assert!(matches!(data.tasks(&TaskQuery { cursor: Some("7".into()), ..all }).await, Err(DataError::Cursor(_))));
}

async fn ended_tasks_are_trimmed(place: Place) {
    let data = &place.data;
    let ended = data.add_task(task(TaskKind::Scan, 10, &["a"])).await.expect("added");
    let waits = data.add_task(task(TaskKind::Scan, 20, &["b"])).await.expect("added");
    done(data, &claimed(data).await).await;
    let later = data.now().await.expect("a clock").plus_seconds(1);
    assert_eq!(data.trim_tasks(later).await.expect("trimmed"), 1);
    assert!(matches!(data.task(&ended.id).await, Err(DataError::Missing { .. })));
    assert_eq!(data.jobs(&waits.id, None, 9, None).await.expect("listed").total, 1);
}
