//! Workers: lease a job, do it, keep what came of it.

use super::failure::{Fate, fate};
use super::{Platform, PlatformError};
use plimsoll_model::{Job, NewTask, Task, TaskKind};
use plimsoll_store::data::JobResult;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Seconds a job is leased for; lengthened every third of it.
const LEASE_SECONDS: u32 = 60;
/// How often an idle worker looks.
const IDLE: Duration = Duration::from_millis(1_000);
/// How long jobs that have begun may take to end after a stop.
const LAST: Duration = Duration::from_secs(30);
/// Attempts of a job, as the queue counts them.
const ATTEMPTS: u32 = 5;

/// How a job ended.
pub(super) enum Outcome {
    /// What it found was kept together with its end.
    Ended,
    /// Well.
    Done(serde_json::Value),
}

/// A job's lease, as the job sees it.
pub(super) struct Lease {
    pub worker: String,
    seconds: u32,
    stop: Arc<AtomicBool>,
    /// Did it end because it took too long?
    timed_out: AtomicBool,
}

impl Lease {
    /// Set when the job is to end: it was stopped, it takes too long, or the lease is another worker's.
    pub fn stop_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stop)
    }

    pub fn timed_out(&self) -> bool {
        self.timed_out.load(Ordering::Relaxed)
    }
}

/// Whoever no longer waits for a job has its threads end, too.
impl Drop for Lease {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Platform {
    /// Works until stopped, so many jobs at once; a job that has begun is finished first, for at most 30 seconds.
    pub async fn work(&self, name: &str, at_once: usize, stop: CancellationToken) {
        self.work_with_leases(name, at_once, LEASE_SECONDS, stop).await;
    }

    /// The same with leases of so many seconds, at least 1: the shorter, the sooner others take a dead worker's jobs.
    pub async fn work_with_leases(
        &self,
        name: &str,
        at_once: usize,
        lease_seconds: u32,
        stop: CancellationToken,
    ) {
        let kinds = [TaskKind::Scan, TaskKind::Sync, TaskKind::Export, TaskKind::Reassess];
        let mut running: JoinSet<()> = JoinSet::new();
        while !stop.is_cancelled() {
            while let Some(ended) = running.try_join_next() {
                note_panic(ended);
            }
            if running.len() >= at_once.max(1) {
                tokio::select! {
                    () = stop.cancelled() => break,
                    Some(ended) = running.join_next() => note_panic(ended),
                }
                continue;
            }
            match self.next_job(name, &kinds, lease_seconds.max(1)).await {
                Ok(Some(job)) => {
                    let lease = Lease {
                        worker: name.to_owned(),
                        seconds: lease_seconds.max(1),
                        stop: Arc::default(),
                        timed_out: AtomicBool::new(false),
                    };
                    let platform = self.clone();
                    running.spawn(async move { platform.do_job(job, lease).await });
                }
                Ok(None) => self.wait(&stop).await,
                Err(error) => {
                    tracing::warn!(%error, "no job can be claimed");
                    self.wait(&stop).await;
                }
            }
        }
        let last = async {
            while let Some(ended) = running.join_next().await {
                note_panic(ended)
            }
        };
        if tokio::time::timeout(LAST, last).await.is_err() {
            tracing::warn!("jobs that still run are given up; other workers take them");
        }
    }

    /// Leases the next job whose registry has room.
    async fn next_job(
        &self,
        name: &str,
        kinds: &[TaskKind],
        lease_seconds: u32,
    ) -> Result<Option<Job>, PlatformError> {
        let mut busy: Vec<String> = Vec::new();
        let running = self.data().running_by_registry().await?;
        if !running.is_empty() {
            let default = self.settings().await?.concurrency;
            for (id, running) in running {
                let Ok(registry) = self.data().registry(&id).await else { continue };
                let bound = if registry.concurrency > 0 { registry.concurrency } else { default };
                if bound > 0 && running >= u64::from(bound) {
                    busy.push(id);
                }
            }
        }
        Ok(self.data().claim(name, kinds, lease_seconds, &busy).await?)
    }

    /// Until there may be something to do.
    async fn wait(&self, stop: &CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.inner.wake.notified() => {}
            () = tokio::time::sleep(IDLE) => {}
        }
    }

    /// Adds a task, and wakes a worker of this process.
    pub(super) async fn add_task(&self, task: NewTask) -> Result<Task, PlatformError> {
        let task = self.data().add_task(task).await?;
        self.inner.wake.notify_waiters();
        Ok(task)
    }

    /// Does a job while its lease is lengthened.
    async fn do_job(&self, job: Job, lease: Lease) {
        let minutes = match self.settings().await {
            Ok(settings) => u64::from(settings.scan_minutes),
            Err(_) => u64::from(super::settings::Settings::default().scan_minutes),
        };
        let worked = tokio::select! {
            worked = self.run(&job, &lease) => worked,
            never = self.beat(&job, &lease, minutes) => match never {},
        };
        if let Err(error) = self.end(&job, &lease, worked).await {
            // The lease lapses, and another worker takes the job.
            tracing::error!(job = job.id, %error, "the end of a job cannot be kept");
        }
    }

    async fn run(&self, job: &Job, lease: &Lease) -> Result<Outcome, PlatformError> {
        match job.kind {
            TaskKind::Scan => self.scan_job(job, lease).await,
            TaskKind::Sync => Ok(Outcome::Done(self.sync_job(job, lease).await?)),
            TaskKind::Reassess => Ok(Outcome::Done(self.reassess_job(job, lease).await?)),
            TaskKind::Export => Ok(Outcome::Done(self.export_job(job).await?)),
        }
    }

    async fn end(
        &self,
        job: &Job,
        lease: &Lease,
        worked: Result<Outcome, PlatformError>,
    ) -> Result<(), PlatformError> {
        let error = match worked {
            Ok(Outcome::Ended) => return self.refresh().await,
            Ok(Outcome::Done(value)) => {
                self.data().finish(&job.id, &lease.worker, JobResult::Done(value)).await?;
                return self.refresh().await;
            }
            Err(error) => error,
        };
        let error = match error {
            PlatformError::Scan(crate::ScanError::Stopped) if lease.timed_out() => {
                let minutes = u64::from(self.settings().await?.scan_minutes);
                PlatformError::Scan(crate::ScanError::TimedOut { minutes })
            }
            error => error,
        };
        tracing::info!(job = job.id, subject = job.subject, %error, "a job did not end well");
        let is_scan = job.kind == TaskKind::Scan;
        let result = match fate(&error) {
            Fate::Again(failure) => {
                if is_scan && job.attempts >= ATTEMPTS {
                    self.keep_failure(job, plimsoll_model::ScanStatus::Failed, &failure).await?;
                }
                JobResult::Again(failure)
            }
            Fate::Unsupported(failure) if is_scan => {
                self.data().finish(&job.id, &lease.worker, JobResult::Done(serde_json::Value::Null)).await?;
                self.keep_failure(job, plimsoll_model::ScanStatus::Unsupported, &failure).await?;
                return self.refresh().await;
            }
            // The queue knows that nobody wants it any more.
            Fate::Failed(failure) if matches!(error, PlatformError::Scan(crate::ScanError::Stopped)) => {
                JobResult::Again(failure)
            }
            Fate::Failed(failure) | Fate::Unsupported(failure) => {
                if is_scan {
                    self.keep_failure(job, plimsoll_model::ScanStatus::Failed, &failure).await?;
                }
                JobResult::Failed(failure)
            }
        };
        self.data().finish(&job.id, &lease.worker, result).await?;
        self.refresh().await
    }

    /// Lengthens the lease of a job until it is over; tells it when it is no longer wanted.
    async fn beat(&self, job: &Job, lease: &Lease, minutes: u64) -> Infallible {
        let began = Instant::now();
        let every = Duration::from_millis(u64::from(lease.seconds) * 1_000 / 3);
        loop {
            tokio::time::sleep(every).await;
            if job.kind == TaskKind::Scan && began.elapsed() > Duration::from_secs(minutes * 60) {
                lease.timed_out.store(true, Ordering::Relaxed);
                lease.stop.store(true, Ordering::Relaxed);
            }
            match self.data().extend(&job.id, &lease.worker, lease.seconds).await {
                Ok(true) => {}
                Ok(false) => {
                    lease.stop.store(true, Ordering::Relaxed);
                    return std::future::pending().await;
                }
                Err(error) => tracing::warn!(job = job.id, %error, "a lease cannot be lengthened"),
            }
        }
    }
}

fn note_panic(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!(%error, "a job panicked; its lease lapses");
    }
}
