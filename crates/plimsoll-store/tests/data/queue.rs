//! Leases: each job once, whatever dies.

use crate::places::Place;
use crate::samples::*;
use plimsoll_model::*;
use plimsoll_store::Data;
use plimsoll_store::data::JobResult;
use serde_json::json;
use std::collections::HashSet;

const SCANS: &[TaskKind] = &[TaskKind::Scan];

on_both!(
    jobs_come_by_priority_then_age,
    eight_claimers_take_each_job_once,
    a_subject_is_held_once,
    busy_subjects_and_registries_are_left,
    a_lapsed_lease_comes_back,
    failures_are_tried_again_and_given_up,
    a_lost_lease_ends_nothing,
    statuses_follow,
);

async fn claimed(data: &Data) -> Option<Job> {
    data.claim("w", SCANS, 60, &[]).await.expect("asked")
}

async fn jobs_come_by_priority_then_age(place: Place) {
    let data = &place.data;
    data.add_task(task(TaskKind::Scan, 30, &["a", "b"])).await.expect("added");
    data.add_task(task(TaskKind::Scan, 10, &["c"])).await.expect("added");
    data.add_task(task(TaskKind::Sync, 0, &["d"])).await.expect("added");
    let later = NewTask { jobs: vec![("e".into(), json!({}), Time(i64::MAX))], ..task(TaskKind::Scan, 0, &[]) };
    data.add_task(later).await.expect("added");
    let mut taken = Vec::new();
    while let Some(job) = claimed(data).await {
        assert_eq!((job.state, job.attempts, job.worker.as_deref()), (JobState::Running, 1, Some("w")));
        taken.push(job.subject);
    }
    assert_eq!(taken, ["c", "a", "b"]);
}

async fn eight_claimers_take_each_job_once(place: Place) {
    let subjects: Vec<String> = (0..2_000).map(|number| format!("i{number}")).collect();
    let subjects: Vec<&str> = subjects.iter().map(String::as_str).collect();
    let added = place.data.add_task(task(TaskKind::Scan, 10, &subjects)).await.expect("added");
    let other = place.again().await;
    let start = std::time::Instant::now();
    let claimers = (0..8).map(|number| {
        let data = if number % 2 == 0 { place.data.clone() } else { other.clone() };
        tokio::spawn(async move {
            let worker = format!("w{number}");
            let mut taken = Vec::new();
            while let Some(job) = data.claim(&worker, SCANS, 60, &[]).await.expect("asked") {
                assert!(data.finish(&job.id, &worker, JobResult::Done(json!(null))).await.expect("ended"));
                taken.push(job.subject);
            }
            taken
        })
    });
    let mut all = Vec::new();
    for claimer in claimers.collect::<Vec<_>>() {
        all.extend(claimer.await.expect("no panic"));
    }
    eprintln!("{} jobs claimed and ended each second", (2_000.0 / start.elapsed().as_secs_f64()).round());
    assert_eq!(all.len(), 2_000);
    assert_eq!(all.into_iter().collect::<HashSet<_>>().len(), 2_000);
    let ended = place.data.task(&added.id).await.expect("there");
    assert_eq!((ended.state, ended.done, ended.failed, ended.total), (TaskState::Done, 2_000, 0, 2_000));
    assert_eq!(ended.remaining_seconds, Some(0));
}

async fn a_subject_is_held_once(place: Place) {
    let data = &place.data;
    let with = |payload: serde_json::Value| NewTask { jobs: vec![("i1".into(), payload, Time(0))], ..task(TaskKind::Scan, 10, &[]) };
    data.add_task(with(json!({"risks": ["secret"]}))).await.expect("added");
    data.add_task(with(json!({"risks": []}))).await.expect("added: it asks for something else");
    let first = claimed(data).await.expect("one is free");
    assert!(claimed(data).await.is_none(), "its subject is held");
    assert!(data.finish(&first.id, "w", JobResult::Done(json!(1))).await.expect("ended"));
    let second = claimed(data).await.expect("free again");
    assert_ne!(first.id, second.id);
}

async fn busy_subjects_and_registries_are_left(place: Place) {
    let data = &place.data;
    data.add_registry(&registry("r1", "one"), None).await.expect("added");
    let of = |id: &str| StoredImage { registry: Some("r1".into()), source: ImageSource::Registry, ..image(id, id, Some("1")) };
    data.put_images(&[of("i1"), of("i2")]).await.expect("kept");
    put_images(data, &["i3", "i4"]).await;
    data.add_task(task(TaskKind::Scan, 10, &["i1", "i2", "i3", "i4"])).await.expect("added");
    let busy = ["r1".to_owned(), "i3".to_owned()];
    let job = data.claim("w", SCANS, 60, &busy).await.expect("asked").expect("one is free");
    assert_eq!(job.subject, "i4");
    assert!(data.claim("w", SCANS, 60, &busy).await.expect("asked").is_none());
    assert_eq!(claimed(data).await.expect("free").subject, "i1");
    assert_eq!(data.running_by_registry().await.expect("counted"), [("r1".to_owned(), 1)]);
    let sizes = data.queue_sizes().await.expect("counted");
    assert_eq!(sizes, [(TaskKind::Scan, JobState::Running, 2), (TaskKind::Scan, JobState::Waiting, 2)]);
}

async fn a_lapsed_lease_comes_back(place: Place) {
    let data = &place.data;
    put_images(data, &["i1"]).await;
    let added = data.add_task(task(TaskKind::Scan, 10, &["i1"])).await.expect("added");
    let mut ids = HashSet::new();
    for attempt in 1..=5 {
        // A lease of no time has lapsed a millisecond later.
        let job = until(async || data.claim("dead", SCANS, 0, &[]).await.expect("asked")).await;
        assert_eq!(job.attempts, attempt);
        ids.insert(job.id);
    }
    assert_eq!(ids.len(), 1);
    until(async || {
        assert!(claimed(data).await.is_none(), "it is given up");
        (data.task(&added.id).await.expect("there").state == TaskState::Failed).then_some(())
    })
    .await;
    let ended = data.task(&added.id).await.expect("there");
    assert_eq!((ended.failed, ended.total), (1, 1));
    assert!(ended.error.expect("a reason").contains("worker dead did not answer"));
    let stored = data.stored_image("i1").await.expect("there");
    assert_eq!(stored.status, ScanStatus::Failed);
    assert!(stored.failure.is_some());
}

/// Asks until there is an answer; the database's clock goes on meanwhile.
async fn until<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..10_000 {
        if let Some(answer) = ask().await {
            return answer;
        }
    }
    panic!("there is no answer after 10,000 questions");
}

async fn failures_are_tried_again_and_given_up(place: Place) {
    let data = &place.data;
    put_images(data, &["i1", "i2"]).await;
    let added = data.add_task(task(TaskKind::Scan, 10, &["i1", "i2"])).await.expect("added");
    let first = claimed(data).await.expect("free");
    let second = claimed(data).await.expect("free");
    let now = data.now().await.expect("a clock");
    assert!(data.finish(&first.id, "w", JobResult::Again(failure("busy"))).await.expect("ended"));
    assert!(data.finish(&second.id, "w", JobResult::Failed(failure("no such image"))).await.expect("ended"));
    assert!(claimed(data).await.is_none(), "it waits half a minute");
    let page = data.jobs(&added.id, None, 9, None).await.expect("listed");
    let waiting = page.items.iter().find(|job| job.id == first.id).expect("listed");
    let wait = waiting.run_at.0 - now.0;
    assert!((30_000_000..35_000_000).contains(&wait), "{wait}");
    assert_eq!((waiting.state, waiting.error.as_ref()), (JobState::Waiting, Some(&failure("busy"))));
    assert_eq!(data.stored_image("i1").await.expect("there").status, ScanStatus::Waiting);
    let stored = data.stored_image("i2").await.expect("there");
    assert_eq!((stored.status, stored.failure), (ScanStatus::Failed, Some(failure("no such image"))));
    let running = data.task(&added.id).await.expect("there");
    assert_eq!((running.state, running.failed, running.done), (TaskState::Running, 1, 0));

    let retried = data.retry_task(&added.id).await.expect("again");
    assert_eq!((retried.failed, retried.state), (0, TaskState::Running));
    let again = claimed(data).await.expect("it waits no longer");
    assert_eq!((again.id, again.attempts), (second.id, 1));
}

async fn a_lost_lease_ends_nothing(place: Place) {
    let data = &place.data;
    put_images(data, &["i1"]).await;
    data.add_task(task(TaskKind::Scan, 10, &["i1"])).await.expect("added");
    let lost = data.claim("slow", SCANS, 0, &[]).await.expect("asked").expect("free");
    let held = until(async || data.claim("quick", SCANS, 60, &[]).await.expect("asked")).await;
    assert_eq!(lost.id, held.id);
    assert!(!data.extend(&lost.id, "slow", 60).await.expect("asked"));
    assert!(!data.finish(&lost.id, "slow", JobResult::Done(json!(1))).await.expect("asked"));
    let seen = data.last_change().await.expect("a number");
    let scanned = scan(image("i1", "team/i1", Some("1")), Some((lost.id.clone(), "slow".into())));
    assert!(!data.keep_scan(scanned.clone()).await.expect("asked"), "nothing is written");
    assert!(data.report("i1").await.expect("asked").is_none());
    assert_eq!(data.last_change().await.expect("a number"), seen);
    assert!(data.extend(&held.id, "quick", 60).await.expect("asked"));
    let scanned = plimsoll_store::data::NewScan { job: Some((held.id, "quick".into())), ..scanned };
    assert!(data.keep_scan(scanned.clone()).await.expect("asked"));
    assert!(!data.keep_scan(scanned).await.expect("asked"), "it has ended");
}

async fn statuses_follow(place: Place) {
    let data = &place.data;
    put_images(data, &["i1"]).await;
    let status = async || data.stored_image("i1").await.expect("there").status;
    let added = data.add_task(task(TaskKind::Scan, 10, &["i1"])).await.expect("added");
    assert_eq!((status().await, added.state, added.remaining_seconds), (ScanStatus::Waiting, TaskState::Waiting, None));
    let job = claimed(data).await.expect("free");
    assert_eq!(status().await, ScanStatus::Scanning);
    assert!(data.keep_scan(scan(image("i1", "team/i1", Some("1")), Some((job.id, "w".into())))).await.expect("kept"));
    assert_eq!(status().await, ScanStatus::Scanned);
    assert_eq!(data.task(&added.id).await.expect("there").state, TaskState::Done);

    data.add_task(task(TaskKind::Scan, 10, &["i1"])).await.expect("added");
    let job = claimed(data).await.expect("free");
    let unsupported = ScanRecord { status: ScanStatus::Unsupported, failure: Some(failure("schema 1")), ..record(&job.id, "i1", 200) };
    data.keep_failure(unsupported).await.expect("kept");
    assert!(data.finish(&job.id, "w", JobResult::Failed(failure("schema 1"))).await.expect("ended"));
    assert_eq!(status().await, ScanStatus::Unsupported, "what the scan itself said stands");
}
