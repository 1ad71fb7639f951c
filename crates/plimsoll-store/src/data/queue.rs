//! Jobs under leases: claimed, extended, ended, given back. Every step moves the job, its image's status and the counts of
//! its tasks in one transaction; rows are locked in the order job, image, task.

use super::images::set_status;
use super::row::{json, list, missing, of_json, of_word, word};
use super::write::{Write, transaction};
use super::{Data, DataError};
use plimsoll_model::{Job, JobState, ScanFailure, ScanStatus, TaskKind, Time};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};

/// How often a job is begun before it is given up.
pub(super) const ATTEMPTS: i64 = 5;
/// How long a job waits after its first failed attempt; twice as long after each further one.
const BACK_OFF_SECONDS: i64 = 30;
/// And never longer.
const MAX_BACK_OFF_SECONDS: i64 = 3_600;
/// Lapsed leases that one claim gives back.
const LAPSED_AT_ONCE: i64 = 20;

/// How a job ended.
#[derive(Clone, Debug)]
pub enum JobResult {
    /// Well; kept as the task's result when it is its only job.
    Done(serde_json::Value),
    /// Not, and trying again would not help.
    Failed(ScanFailure),
    /// Not; tried again after a while (30 s doubling to 1 h), 5 times in all.
    Again(ScanFailure),
}

impl Data {
    /// Leases the next job to a worker: by priority, then age; never a subject another worker holds; lapsed leases come
    /// back. `busy` are subjects not to take, and registries whose images not to take (they have enough).
    pub async fn claim(
        &self,
        worker: &str,
        kinds: &[TaskKind],
        lease_seconds: u32,
        busy: &[String],
    ) -> Result<Option<Job>, DataError> {
        let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
        transaction!(self, write => {
            give_back_lapsed(&mut write).await?;
            let Some(id) = next(&mut write, &kinds, busy).await? else { return Ok(None) };
            let row = sqlx::query(AssertSqlSafe(format!(
                "UPDATE jobs SET state = 'running', fresh = 0, attempts = attempts + 1, worker = $2, lease_until = $3
                 WHERE id = $1 RETURNING {JOB}, NULL AS ended"
            )))
            .bind(id.as_str())
            .bind(worker)
            .bind(write.now.plus_seconds(i64::from(lease_seconds)).0)
            .fetch_one(&mut *write)
            .await?;
            let job = job_of(&row)?;
            if job.kind == TaskKind::Scan {
                set_status(&mut write, std::slice::from_ref(&job.subject), ScanStatus::Scanning, None, &[]).await?;
            }
            sqlx::query(
                "UPDATE tasks SET state = 'running', started_at = COALESCE(started_at, $2)
                 WHERE state = 'waiting' AND id IN (SELECT task FROM task_jobs WHERE job = $1 AND ended IS NULL)",
            )
            .bind(id)
            .bind(write.now.0)
            .execute(&mut *write)
            .await?;
            Ok(Some(job))
        })
    }

    /// Lengthens a lease; `false` when it is no longer this worker's, or its task was stopped.
    pub async fn extend(&self, job: &str, worker: &str, lease_seconds: u32) -> Result<bool, DataError> {
        transaction!(self, write => {
            let done = sqlx::query(
                "UPDATE jobs SET lease_until = $3
                 WHERE id = $1 AND worker = $2 AND state = 'running'
                     AND EXISTS (SELECT 1 FROM task_jobs l JOIN tasks t ON t.id = l.task
                         WHERE l.job = jobs.id AND l.ended IS NULL AND t.state <> 'stopped')",
            )
            .bind(job)
            .bind(worker)
            .bind(write.now.plus_seconds(i64::from(lease_seconds)).0)
            .execute(&mut *write)
            .await?;
            Ok(done.rows_affected() > 0)
        })
    }

    /// Ends a job; `false` when it is no longer this worker's.
    pub async fn finish(&self, job: &str, worker: &str, result: JobResult) -> Result<bool, DataError> {
        transaction!(self, write => {
            if !holds(&mut write, job, worker).await? {
                return Ok(false);
            }
            let held = one(&mut write, job).await?;
            match &result {
                JobResult::Done(value) => end(&mut write, job, true, value).await?,
                JobResult::Failed(failure) => fail(&mut write, &held, failure).await?,
                JobResult::Again(failure) => try_again(&mut write, &held, failure, back_off(held.attempts)).await?,
            }
            Ok(true)
        })
    }

    /// Jobs waiting and running, by kind, for metrics.
    pub async fn queue_sizes(&self) -> Result<Vec<(TaskKind, JobState, u64)>, DataError> {
        let rows: Vec<(String, String, i64)> = sqlx::query_as(
            "SELECT kind, state, COUNT(*) FROM jobs WHERE state IN ('waiting', 'running')
             GROUP BY kind, state ORDER BY kind, state",
        )
        .fetch_all(self.pool())
        .await?;
        rows.into_iter()
            .map(|(kind, state, count)| {
                Ok((of_word("job", &kind)?, of_word("job", &state)?, count.unsigned_abs()))
            })
            .collect()
    }

    /// Registries that jobs run for, by any worker, with how many: those that have enough are `busy` for a claim.
    pub async fn running_by_registry(&self) -> Result<Vec<(String, u64)>, DataError> {
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "SELECT registry, COUNT(*) FROM jobs WHERE state = 'running' AND registry IS NOT NULL
             GROUP BY registry ORDER BY registry",
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows.into_iter().map(|(registry, count)| (registry, count.unsigned_abs())).collect())
    }
}

/// Columns of a job.
pub(super) const JOB: &str =
    "id, task, kind, subject, payload, state, attempts, run_at, worker, lease_until, error, finished_at";

/// Reads a row of [`JOB`] and `ended`.
pub(super) fn job_of(row: &AnyRow) -> Result<Job, DataError> {
    let time = |column: &str| row.try_get::<Option<i64>, _>(column).map(|time| time.map(Time));
    let ended: Option<String> = row.try_get("ended")?;
    let state: String = ended.map_or_else(|| row.try_get("state"), Ok)?;
    let state: JobState = of_word("job", &state)?;
    let error: Option<String> = row.try_get("error")?;
    let running = state == JobState::Running;
    Ok(Job {
        id: row.try_get("id")?,
        task: row.try_get("task")?,
        kind: of_word("job", row.try_get("kind")?)?,
        subject: row.try_get("subject")?,
        payload: of_json("job", row.try_get("payload")?)?,
        state,
        attempts: u32::try_from(row.try_get::<i64, _>("attempts")?).unwrap_or(u32::MAX),
        run_at: Time(row.try_get("run_at")?),
        worker: row.try_get::<Option<String>, _>("worker")?.filter(|_| running),
        lease_until: time("lease_until")?.filter(|_| running),
        error: error.map(|error| of_json("job", &error)).transpose()?,
        finished_at: time("finished_at")?,
    })
}

/// Does this worker hold this job? It stays so until the end of the transaction.
pub(super) async fn holds(write: &mut Write<'_>, job: &str, worker: &str) -> Result<bool, DataError> {
    let sql = format!(
        "SELECT id FROM jobs WHERE id = $1 AND worker = $2 AND state = 'running'{}",
        write.backend.for_update()
    );
    let held: Option<String> =
        sqlx::query_scalar(AssertSqlSafe(sql)).bind(job).bind(worker).fetch_optional(&mut **write).await?;
    Ok(held.is_some())
}

/// Ends a job well, or stopped when what it was about is gone. A scan that left its image's status alone is over.
pub(super) async fn end(
    write: &mut Write<'_>,
    job: &str,
    well: bool,
    result: &serde_json::Value,
) -> Result<(), DataError> {
    let job = one(write, job).await?;
    let state = if well { JobState::Done } else { JobState::Stopped };
    close(write, &job.id, state, None).await?;
    if job.kind == TaskKind::Scan {
        sqlx::query(
            "UPDATE images SET status = CASE WHEN scanned_at IS NULL THEN 'unscanned' ELSE 'scanned' END
             WHERE id = $1 AND status = 'scanning'",
        )
        .bind(job.subject.as_str())
        .execute(&mut **write)
        .await?;
    }
    if well && !result.is_null() {
        sqlx::query(
            "UPDATE tasks SET result = $2
             WHERE total = 1 AND id IN (SELECT task FROM task_jobs WHERE job = $1 AND ended IS NULL)",
        )
        .bind(job.id.as_str())
        .bind(json("job", result)?)
        .execute(&mut **write)
        .await?;
    }
    count(write, std::slice::from_ref(&job.id), state).await
}

/// Ends what waits for these subjects: they are gone.
pub(super) async fn drop_jobs(write: &mut Write<'_>, subjects: &[String]) -> Result<(), DataError> {
    let sql = format!(
        "UPDATE jobs SET state = 'stopped', fresh = 0, finished_at = $2
         WHERE state = 'waiting' AND subject IN {} RETURNING id",
        write.backend.texts("$1")
    );
    let jobs: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(list(subjects))
        .bind(write.now.0)
        .fetch_all(&mut **write)
        .await?;
    count(write, &jobs, JobState::Stopped).await
}

/// Counts ended jobs for their tasks, and ends tasks that have no other.
pub(super) async fn count(write: &mut Write<'_>, jobs: &[String], state: JobState) -> Result<(), DataError> {
    if jobs.is_empty() {
        return Ok(());
    }
    let column = match state {
        JobState::Done => "done",
        JobState::Failed => "failed",
        JobState::Stopped => "stopped",
        JobState::Waiting | JobState::Running => return Ok(()),
    };
    let texts = write.backend.texts("$1");
    let sql = format!(
        "UPDATE tasks SET {column} = {column} + (SELECT COUNT(*) FROM task_jobs l
             WHERE l.task = tasks.id AND l.ended IS NULL AND l.job IN {texts})
         WHERE id IN (SELECT l.task FROM task_jobs l WHERE l.ended IS NULL AND l.job IN {texts}) RETURNING id"
    );
    let tasks: Vec<String> =
        sqlx::query_scalar(AssertSqlSafe(sql)).bind(list(jobs)).fetch_all(&mut **write).await?;
    end_tasks(write, &tasks).await
}

/// Ends those of these tasks that have no job left.
pub(super) async fn end_tasks(write: &mut Write<'_>, tasks: &[String]) -> Result<(), DataError> {
    let sql = format!(
        "UPDATE tasks SET finished_at = $2,
             state = CASE WHEN state = 'stopped' THEN 'stopped' WHEN done > 0 OR total = 0 THEN 'done'
                 WHEN failed > 0 THEN 'failed' ELSE 'stopped' END
         WHERE finished_at IS NULL AND done + failed + stopped >= total AND id IN {}",
        write.backend.texts("$1")
    );
    sqlx::query(AssertSqlSafe(sql)).bind(list(tasks)).bind(write.now.0).execute(&mut **write).await?;
    Ok(())
}

async fn next(write: &mut Write<'_>, kinds: &[&str], busy: &[String]) -> Result<Option<String>, DataError> {
    let mut sql = format!(
        "SELECT j.id FROM jobs j
         WHERE j.state = 'waiting' AND j.run_at <= $1 AND j.kind IN {}
             AND NOT EXISTS (SELECT 1 FROM jobs r WHERE r.state = 'running' AND r.subject = j.subject)",
        write.backend.texts("$2")
    );
    if !busy.is_empty() {
        let busy = write.backend.texts("$3");
        sql += &format!(" AND j.subject NOT IN {busy} AND (j.registry IS NULL OR j.registry NOT IN {busy})");
    }
    sql += " ORDER BY j.priority, j.run_at, j.id LIMIT 1";
    sql += write.backend.skip_locked();
    let mut query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(write.now.0).bind(list(kinds));
    if !busy.is_empty() {
        query = query.bind(list(busy));
    }
    Ok(query.fetch_optional(&mut **write).await?)
}

/// Workers that died do not keep their jobs.
async fn give_back_lapsed(write: &mut Write<'_>) -> Result<(), DataError> {
    let sql = format!(
        "SELECT {JOB}, NULL AS ended FROM jobs WHERE state = 'running' AND lease_until < $1
         ORDER BY lease_until LIMIT $2{}",
        write.backend.skip_locked()
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(write.now.0)
        .bind(LAPSED_AT_ONCE)
        .fetch_all(&mut **write)
        .await?;
    for row in &rows {
        let job = job_of(row)?;
        let worker = job.worker.as_deref().unwrap_or_default();
        let failure = ScanFailure {
            code: "unknown".to_owned(),
            why: format!(
                "worker {worker} did not answer for the length of its lease (attempt {})",
                job.attempts
            ),
            remedy: "see the worker's log: it may have run out of memory; then try again".to_owned(),
        };
        // The lease was wait enough.
        try_again(write, &job, &failure, 0).await?;
    }
    Ok(())
}

async fn one(write: &mut Write<'_>, job: &str) -> Result<Job, DataError> {
    let sql = format!("SELECT {JOB}, NULL AS ended FROM jobs WHERE id = $1");
    let row = sqlx::query(AssertSqlSafe(sql)).bind(job).fetch_optional(&mut **write).await?;
    job_of(&row.ok_or_else(|| missing("job", job))?)
}

async fn fail(write: &mut Write<'_>, job: &Job, failure: &ScanFailure) -> Result<(), DataError> {
    close(write, &job.id, JobState::Failed, Some(failure)).await?;
    if job.kind == TaskKind::Scan {
        // What the scan itself said (unsupported, say) stands.
        let from = [ScanStatus::Waiting, ScanStatus::Scanning];
        set_status(write, std::slice::from_ref(&job.subject), ScanStatus::Failed, Some(failure), &from)
            .await?;
    }
    count(write, std::slice::from_ref(&job.id), JobState::Failed).await?;
    sqlx::query(
        "UPDATE tasks SET error = $2
         WHERE state = 'failed' AND id IN (SELECT task FROM task_jobs WHERE job = $1 AND ended IS NULL)",
    )
    .bind(job.id.as_str())
    .bind(failure.why.as_str())
    .execute(&mut **write)
    .await?;
    Ok(())
}

/// Back to waiting; failed after too many attempts, stopped when nobody wants it any more.
async fn try_again(
    write: &mut Write<'_>,
    job: &Job,
    failure: &ScanFailure,
    wait_seconds: i64,
) -> Result<(), DataError> {
    let wanted: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM task_jobs l JOIN tasks t ON t.id = l.task
         WHERE l.job = $1 AND l.ended IS NULL AND t.state <> 'stopped'",
    )
    .bind(job.id.as_str())
    .fetch_one(&mut **write)
    .await?;
    let subject = std::slice::from_ref(&job.subject);
    let from = [ScanStatus::Scanning, ScanStatus::Failed];
    if wanted == 0 {
        close(write, &job.id, JobState::Stopped, Some(failure)).await?;
        if job.kind == TaskKind::Scan {
            set_status(write, subject, ScanStatus::Stopped, None, &from).await?;
        }
        return count(write, std::slice::from_ref(&job.id), JobState::Stopped).await;
    }
    if i64::from(job.attempts) >= ATTEMPTS {
        return fail(write, job, failure).await;
    }
    sqlx::query(
        "UPDATE jobs SET state = 'waiting', run_at = $2, error = $3, worker = NULL, lease_until = NULL WHERE id = $1",
    )
    .bind(job.id.as_str())
    .bind(write.now.plus_seconds(wait_seconds).0)
    .bind(json("job", failure)?)
    .execute(&mut **write)
    .await?;
    if job.kind == TaskKind::Scan {
        set_status(write, subject, ScanStatus::Waiting, None, &from).await?;
    }
    Ok(())
}

async fn close(
    write: &mut Write<'_>,
    job: &str,
    state: JobState,
    failure: Option<&ScanFailure>,
) -> Result<(), DataError> {
    sqlx::query(
        "UPDATE jobs SET state = $2, fresh = 0, finished_at = $3, error = $4, worker = NULL, lease_until = NULL
         WHERE id = $1",
    )
    .bind(job)
    .bind(word("job", state)?)
    .bind(write.now.0)
    .bind(failure.map(|failure| json("job", failure)).transpose()?)
    .execute(&mut **write)
    .await?;
    Ok(())
}

/// How long to wait after this many attempts, in seconds.
fn back_off(attempts: u32) -> i64 {
    let doublings = attempts.saturating_sub(1).min(10);
    (BACK_OFF_SECONDS << doublings).min(MAX_BACK_OFF_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::back_off;

    #[test]
    fn waiting_doubles_up_to_an_hour() {
        for (attempts, seconds) in [(1, 30), (2, 60), (3, 120), (4, 240), (8, 3_600), (u32::MAX, 3_600)] {
            assert_eq!(back_off(attempts), seconds, "{attempts}");
        }
    }
}
