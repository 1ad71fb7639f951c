//! Tasks: what people, schedules and pushes asked for, and how far it is. The queue itself is in `queue.rs`: at least
//! once; results are idempotent, so seen once.
//!
//! A task is over exactly when all its jobs ended. A job counts for every task that asked for the same while it waited.

use super::images::set_status;
use super::queue::{JOB, count, end_tasks, job_of};
use super::row::{
    chunks, contains, cursor, json, limit, list, missing, of_cursor, of_json, of_word, placeholders,
};
use super::row::{plain, word};
use super::write::{Write, transaction};
use super::{Data, DataError, Page};
use plimsoll_model::{Job, JobState, NewTask, ScanStatus, Task, TaskKind, TaskState, Time};
use sha2::{Digest as _, Sha256};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};
use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;

/// Which tasks.
#[derive(Clone, Debug, Default)]
pub struct TaskQuery {
    /// What they do.
    pub kind: Option<TaskKind>,
    /// How they stand; any when empty.
    pub states: Vec<TaskState>,
    /// In the name.
    pub q: String,
    /// Of this person.
    pub created_by: Option<String>,
    /// At most; 1 to 500.
    pub limit: u32,
    /// Page.
    pub cursor: Option<String>,
}

impl Data {
    /// Adds a task with its jobs. A subject that already waits in another task of the kind, for the same payload, is
    /// joined, not doubled: the waiting job takes the better priority and the earlier time, and both tasks count it.
    pub async fn add_task(&self, task: NewTask) -> Result<Task, DataError> {
        let id = Uuid::now_v7().to_string();
        let wanted = wanted(&task)?;
        let outcome: Result<(), DataError> = transaction!(self, write => {
            let mut jobs = join(&mut write, &task, &wanted).await?;
            let joined: HashSet<(String, String)> = jobs.keys().cloned().collect();
            let new: Vec<&Wanted> = wanted.iter().filter(|job| !joined.contains(&job.key())).collect();
            add_jobs(&mut write, &task, &id, &new, &mut jobs).await?;
            place(&mut write, &task, &id).await?;
            if task.kind == TaskKind::Scan {
                let subjects: Vec<String> = wanted.iter().map(|job| job.subject.clone()).collect();
                let from = [ScanStatus::Unscanned, ScanStatus::Waiting, ScanStatus::Scanned, ScanStatus::Failed,
                    ScanStatus::Stopped, ScanStatus::Unsupported];
                set_status(&mut write, &subjects, ScanStatus::Waiting, None, &from).await?;
            }
            insert(&mut write, &id, &task, jobs.len()).await?;
            let ids: Vec<&String> = jobs.values().collect();
            for part in chunks(&ids) {
                let sql = format!("INSERT INTO task_jobs (task, job) VALUES {}", placeholders(part.len(), 2));
                let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(part.len() == 1);
                for job in part {
                    query = query.bind(id.as_str()).bind(job.as_str());
                }
                query.execute(&mut *write).await?;
            }
            end_tasks(&mut write, std::slice::from_ref(&id)).await
        });
        outcome?;
        self.task(&id).await
    }

    /// One.
    pub async fn task(&self, id: &str) -> Result<Task, DataError> {
        let sql = format!("SELECT {TASK}, {} AS now FROM tasks WHERE id = $1", self.backend().now());
        let row = sqlx::query(AssertSqlSafe(sql)).bind(plain(id)).fetch_optional(self.pool()).await?;
        task_of(&row.ok_or_else(|| missing("task", id))?)
    }

    /// Newest first.
    pub async fn tasks(&self, query: &TaskQuery) -> Result<Page<Task>, DataError> {
        let which = format!(
            "($1 IS NULL OR kind = $1) AND ($2 = '[]' OR state IN {})
             AND LOWER(name) LIKE $3 ESCAPE '!' AND ($4 IS NULL OR created_by = $4)",
            self.backend().texts("$2")
        );
        let kind = query.kind.map(|kind| kind.as_str());
        let states = query.states.iter().map(|state| word("question", *state));
        let states = list(&states.collect::<Result<Vec<_>, _>>()?);
        let created_by = query.created_by.as_deref().map(plain);
        let total: i64 =
            sqlx::query_scalar(AssertSqlSafe(format!("SELECT COUNT(*) FROM tasks WHERE {which}")))
                .bind(kind)
                .bind(states.as_str())
                .bind(contains(&query.q))
                .bind(created_by.clone())
                .fetch_one(self.pool())
                .await?;
        let (at, id) = of_cursor(query.cursor.as_deref())?;
        let rows = sqlx::query(AssertSqlSafe(format!(
            "SELECT {TASK}, {} AS now FROM tasks
             WHERE {which} AND (created_at < $5 OR (created_at = $5 AND id < $6))
             ORDER BY created_at DESC, id DESC LIMIT $7",
            self.backend().now()
        )))
        .bind(kind)
        .bind(states)
        .bind(contains(&query.q))
        .bind(created_by)
        .bind(at)
        .bind(id)
        .bind(limit(query.limit))
        .fetch_all(self.pool())
        .await?;
        let items = rows.iter().map(task_of).collect::<Result<Vec<_>, _>>()?;
        let next = items.last().filter(|_| items.len() as i64 == limit(query.limit));
        let next = next.map(|task| cursor(task.created_at, &task.id));
        Ok(Page { total: total.unsigned_abs(), next, items })
    }

    /// Jobs of a task, oldest first; of one state, or all.
    pub async fn jobs(
        &self,
        task: &str,
        state: Option<JobState>,
        count: u32,
        after: Option<&str>,
    ) -> Result<Page<Job>, DataError> {
        let task = plain(task);
        let state = state.map(|state| word("question", state)).transpose()?;
        let which = "l.task = $1 AND ($2 IS NULL OR COALESCE(l.ended, j.state) = $2)";
        let from = "FROM task_jobs l JOIN jobs j ON j.id = l.job";
        let total: i64 = sqlx::query_scalar(AssertSqlSafe(format!("SELECT COUNT(*) {from} WHERE {which}")))
            .bind(task.as_str())
            .bind(state.clone())
            .fetch_one(self.pool())
            .await?;
        let columns: Vec<String> = JOB.split(", ").map(|column| format!("j.{column}")).collect();
        let rows = sqlx::query(AssertSqlSafe(format!(
            "SELECT {}, l.ended {from} WHERE {which} AND j.id > $3 ORDER BY j.id LIMIT $4",
            columns.join(", ")
        )))
        .bind(task.as_str())
        .bind(state)
        .bind(plain(after.unwrap_or_default()))
        .bind(limit(count))
        .fetch_all(self.pool())
        .await?;
        let job = |row: &AnyRow| job_of(row).map(|job| Job { task: task.clone(), ..job });
        let items = rows.iter().map(job).collect::<Result<Vec<_>, _>>()?;
        let next = items.last().filter(|_| items.len() as i64 == limit(count)).map(|job| job.id.clone());
        Ok(Page { total: total.unsigned_abs(), next, items })
    }

    /// Ends what waits; what runs comes to its end. Images that waited are `stopped`. What other tasks wait for, too, is
    /// ended for this one alone.
    pub async fn stop_task(&self, id: &str) -> Result<Task, DataError> {
        let outcome: Result<(), DataError> = transaction!(self, write => {
            let waiting = links(&mut write, id, "j.state = 'waiting' AND l.ended IS NULL").await?;
            let ids: Vec<&str> = waiting.iter().map(|link| link.job.as_str()).collect();
            let shared = shared(&mut write, id, &ids).await?;
            let mine: Vec<&Link> = waiting.iter().filter(|link| !shared.contains(&link.job)).collect();
            stop_jobs(&mut write, &mine).await?;
            // The task is stopped before its jobs are counted, so that it ends as stopped.
            let done = sqlx::query("UPDATE tasks SET state = 'stopped' WHERE id = $1 AND finished_at IS NULL")
                .bind(id)
                .execute(&mut *write)
                .await?;
            if done.rows_affected() == 0 {
                return Ok(());
            }
            let ids: Vec<String> = mine.iter().map(|link| link.job.clone()).collect();
            count(&mut write, &ids, JobState::Stopped).await?;
            let shared: Vec<String> = shared.into_iter().collect();
            settle(&mut write, id, &shared, JobState::Stopped).await?;
            end_tasks(&mut write, &[id.to_owned()]).await
        });
        outcome?;
        self.task(id).await
    }

    /// Failed and stopped jobs wait again. For other tasks that counted them they stay as they ended.
    pub async fn retry_task(&self, id: &str) -> Result<Task, DataError> {
        let outcome: Result<(), DataError> = transaction!(self, write => {
            let again = links(&mut write, id, "(l.ended IS NOT NULL OR j.state IN ('failed', 'stopped'))").await?;
            if again.is_empty() {
                return Ok(());
            }
            let mut gone = Counts::default();
            let mut done = Vec::new();
            for link in &again {
                gone.add(link.ended.unwrap_or(link.state));
                if link.state == JobState::Done {
                    done.push(link.job.clone());
                }
            }
            revive(&mut write, id, &again).await?;
            sqlx::query(
                "UPDATE tasks SET failed = failed - $2, stopped = stopped - $3, finished_at = NULL, error = NULL,
                     state = CASE WHEN started_at IS NULL THEN 'waiting' ELSE 'running' END
                 WHERE id = $1",
            )
            .bind(id)
            .bind(gone.failed)
            .bind(gone.stopped)
            .execute(&mut *write)
            .await?;
            sqlx::query("UPDATE tasks SET done = done + $2 WHERE id = $1")
                .bind(id)
                .bind(done.len() as i64)
                .execute(&mut *write)
                .await?;
            end_tasks(&mut write, &[id.to_owned()]).await
        });
        outcome?;
        self.task(id).await
    }

    /// Forgets tasks that ended before this moment, with their jobs; how many.
    pub async fn trim_tasks(&self, before: Time) -> Result<u64, DataError> {
        transaction!(self, write => {
            let done =
                sqlx::query("DELETE FROM tasks WHERE finished_at < $1").bind(before.0).execute(&mut *write).await?;
            sqlx::query(
                "DELETE FROM jobs WHERE finished_at < $1 AND state NOT IN ('waiting', 'running')
                     AND NOT EXISTS (SELECT 1 FROM task_jobs l WHERE l.job = jobs.id)",
            )
            .bind(before.0)
            .execute(&mut *write)
            .await?;
            Ok(done.rows_affected())
        })
    }
}

const TASK: &str =
    "id, kind, name, origin, state, done, failed, stopped, total, created_by, created_at, started_at,
     finished_at, parameters, result, error";

fn task_of(row: &AnyRow) -> Result<Task, DataError> {
    let number = |column: &str| row.try_get::<i64, _>(column).map(i64::unsigned_abs);
    let time = |column: &str| row.try_get::<Option<i64>, _>(column).map(|time| time.map(Time));
    let (started_at, finished_at) = (time("started_at")?, time("finished_at")?);
    let (done, failed, total) = (number("done")?, number("failed")?, number("total")?);
    let ended = done + failed + number("stopped")?;
    let now = Time(row.try_get("now")?);
    let remaining_seconds = match (finished_at, started_at) {
        (Some(_), _) => Some(0),
        (None, Some(started_at)) => remaining(now.0 - started_at.0, ended, total),
        (None, None) => None,
    };
    Ok(Task {
        id: row.try_get("id")?,
        kind: of_word("task", row.try_get("kind")?)?,
        name: row.try_get("name")?,
        trigger: row.try_get("origin")?,
        state: of_word("task", row.try_get("state")?)?,
        done,
        failed,
        total,
        remaining_seconds,
        created_by: row.try_get("created_by")?,
        created_at: Time(row.try_get("created_at")?),
        started_at,
        finished_at,
        parameters: of_json("task", row.try_get("parameters")?)?,
        result: of_json("task", row.try_get("result")?)?,
        error: row.try_get("error")?,
    })
}

/// Seconds until all jobs ended, when the rest goes as fast as the first did.
fn remaining(elapsed_micros: i64, ended: u64, total: u64) -> Option<u64> {
    let elapsed = u128::from(elapsed_micros.max(0).unsigned_abs());
    let rest = u128::from(total.saturating_sub(ended));
    let micros = (elapsed * rest).checked_div(u128::from(ended))?;
    u64::try_from(micros.div_ceil(1_000_000)).ok()
}

/// A job to be.
struct Wanted {
    subject: String,
    payload: String,
    payload_key: String,
    run_at: Time,
}

impl Wanted {
    fn key(&self) -> (String, String) {
        (self.subject.clone(), self.payload_key.clone())
    }
}

/// The jobs of a task, each subject and payload once.
fn wanted(task: &NewTask) -> Result<Vec<Wanted>, DataError> {
    let mut seen = HashSet::new();
    let mut wanted = Vec::with_capacity(task.jobs.len());
    for (subject, payload, run_at) in &task.jobs {
        let payload = json("job", payload)?;
        let payload_key = hex::encode(Sha256::digest(payload.as_bytes()));
        let job = Wanted { subject: plain(subject), payload, payload_key, run_at: *run_at };
        if seen.insert(job.key()) {
            wanted.push(job);
        }
    }
    Ok(wanted)
}

/// Ids of jobs by subject and payload.
type Jobs = HashMap<(String, String), String>;

/// Joins jobs that wait already.
async fn join(write: &mut Write<'_>, task: &NewTask, wanted: &[Wanted]) -> Result<Jobs, DataError> {
    let times: HashMap<(String, String), Time> = wanted.iter().map(|job| (job.key(), job.run_at)).collect();
    let subjects: Vec<&str> = wanted.iter().map(|job| job.subject.as_str()).collect();
    let sql = format!(
        "SELECT id, subject, payload_key, run_at FROM jobs
         WHERE state = 'waiting' AND kind = $1 AND subject IN {} ORDER BY id DESC{}",
        write.backend.texts("$2"),
        write.backend.for_update()
    );
    let rows: Vec<(String, String, String, i64)> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(task.kind.as_str())
        .bind(list(&subjects))
        .fetch_all(&mut **write)
        .await?;
    let mut jobs = Jobs::new();
    let mut earlier: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    for (id, subject, payload_key, run_at) in rows {
        let key = (subject, payload_key);
        let Some(wanted_at) = times.get(&key) else { continue };
        earlier.entry(run_at.min(wanted_at.0)).or_default().push(id.clone());
        // Of several, the oldest: it comes last.
        jobs.insert(key, id);
    }
    for (run_at, ids) in earlier {
        let sql = format!(
            "UPDATE jobs SET run_at = $2, priority = CASE WHEN priority > $3 THEN $3 ELSE priority END WHERE id IN {}",
            write.backend.texts("$1")
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(list(&ids)).bind(run_at).bind(task.priority);
        query.execute(&mut **write).await?;
    }
    Ok(jobs)
}

/// Adds jobs; one that another transaction added in between is joined.
async fn add_jobs(
    write: &mut Write<'_>,
    task: &NewTask,
    id: &str,
    new: &[&Wanted],
    jobs: &mut Jobs,
) -> Result<(), DataError> {
    for part in chunks(new) {
        let sql = format!(
            "INSERT INTO jobs (id, task, kind, subject, payload, payload_key, state, fresh, priority, attempts, run_at)
             VALUES {}
             ON CONFLICT (kind, subject, payload_key) WHERE state = 'waiting' AND fresh = 1 DO UPDATE SET
                 priority = CASE WHEN excluded.priority < jobs.priority THEN excluded.priority ELSE jobs.priority END
             RETURNING id, subject, payload_key",
            placeholders(part.len(), 11)
        );
        let mut query = sqlx::query_as(AssertSqlSafe(sql)).persistent(part.len() == 1);
        for job in part {
            query = query
                .bind(Uuid::now_v7().to_string())
                .bind(id)
                .bind(task.kind.as_str())
                .bind(job.subject.as_str())
                .bind(job.payload.as_str())
                .bind(job.payload_key.as_str())
                .bind("waiting")
                .bind(1_i64)
                .bind(task.priority)
                .bind(0_i64)
                .bind(job.run_at.0);
        }
        let rows: Vec<(String, String, String)> = query.fetch_all(&mut **write).await?;
        jobs.extend(rows.into_iter().map(|(id, subject, payload_key)| ((subject, payload_key), id)));
    }
    Ok(())
}

/// Notes the registry that each job will ask.
async fn place(write: &mut Write<'_>, task: &NewTask, id: &str) -> Result<(), DataError> {
    let sql = match task.kind {
        TaskKind::Scan => {
            "UPDATE jobs SET registry = (SELECT i.registry FROM images i WHERE i.id = jobs.subject) WHERE task = $1"
        }
        TaskKind::Sync => "UPDATE jobs SET registry = subject WHERE task = $1",
        TaskKind::Export | TaskKind::Reassess => return Ok(()),
    };
    sqlx::query(sql).bind(id).execute(&mut **write).await?;
    Ok(())
}

async fn insert(write: &mut Write<'_>, id: &str, task: &NewTask, total: usize) -> Result<(), DataError> {
    sqlx::query(
        "INSERT INTO tasks (id, kind, name, origin, state, total, done, failed, stopped, created_by, created_at,
             parameters, result)
         VALUES ($1, $2, $3, $4, 'waiting', $5, 0, 0, 0, $6, $7, $8, 'null')",
    )
    .bind(id)
    .bind(task.kind.as_str())
    .bind(plain(&task.name))
    .bind(plain(&task.trigger))
    .bind(total as i64)
    .bind(plain(&task.created_by))
    .bind(write.now.0)
    .bind(json("task", &task.parameters)?)
    .execute(&mut **write)
    .await?;
    Ok(())
}

/// A job as one task counts it.
struct Link {
    job: String,
    kind: TaskKind,
    subject: String,
    state: JobState,
    ended: Option<JobState>,
}

/// Jobs of a task that hold this condition, locked.
async fn links(write: &mut Write<'_>, task: &str, condition: &str) -> Result<Vec<Link>, DataError> {
    let known: Option<String> = sqlx::query_scalar("SELECT id FROM tasks WHERE id = $1")
        .bind(task)
        .fetch_optional(&mut **write)
        .await?;
    known.ok_or_else(|| missing("task", task))?;
    let sql = format!(
        "SELECT j.id, j.kind, j.subject, j.state, l.ended FROM task_jobs l JOIN jobs j ON j.id = l.job
         WHERE l.task = $1 AND {condition} ORDER BY j.id{}",
        write.backend.for_update()
    );
    let rows: Vec<(String, String, String, String, Option<String>)> =
        sqlx::query_as(AssertSqlSafe(sql)).bind(task).fetch_all(&mut **write).await?;
    rows.into_iter()
        .map(|(job, kind, subject, state, ended)| {
            let ended = ended.map(|ended| of_word("job", &ended)).transpose()?;
            Ok(Link { job, kind: of_word("job", &kind)?, subject, state: of_word("job", &state)?, ended })
        })
        .collect()
}

/// Which of these jobs other tasks wait for.
async fn shared(write: &mut Write<'_>, task: &str, jobs: &[&str]) -> Result<HashSet<String>, DataError> {
    let sql = format!(
        "SELECT DISTINCT l.job FROM task_jobs l JOIN tasks t ON t.id = l.task
         WHERE l.task <> $1 AND l.ended IS NULL AND t.state <> 'stopped' AND l.job IN {}",
        write.backend.texts("$2")
    );
    let jobs: Vec<String> =
        sqlx::query_scalar(AssertSqlSafe(sql)).bind(task).bind(list(jobs)).fetch_all(&mut **write).await?;
    Ok(jobs.into_iter().collect())
}

async fn stop_jobs(write: &mut Write<'_>, links: &[&Link]) -> Result<(), DataError> {
    let ids: Vec<&str> = links.iter().map(|link| link.job.as_str()).collect();
    let sql = format!(
        "UPDATE jobs SET state = 'stopped', fresh = 0, finished_at = $2 WHERE id IN {}",
        write.backend.texts("$1")
    );
    sqlx::query(AssertSqlSafe(sql)).bind(list(&ids)).bind(write.now.0).execute(&mut **write).await?;
    set_status(write, &subjects(links.iter().copied()), ScanStatus::Stopped, None, &[ScanStatus::Waiting])
        .await
}

/// Ends jobs for one task alone.
async fn settle(
    write: &mut Write<'_>,
    task: &str,
    jobs: &[String],
    state: JobState,
) -> Result<(), DataError> {
    let sql =
        format!("UPDATE task_jobs SET ended = $2 WHERE task = $1 AND job IN {}", write.backend.texts("$3"));
    let query = sqlx::query(AssertSqlSafe(sql)).bind(task).bind(word("job", state)?).bind(list(jobs));
    query.execute(&mut **write).await?;
    sqlx::query("UPDATE tasks SET stopped = stopped + $2 WHERE id = $1")
        .bind(task)
        .bind(jobs.len() as i64)
        .execute(&mut **write)
        .await?;
    Ok(())
}

/// Lets jobs wait again for this task; others keep how they ended.
async fn revive(write: &mut Write<'_>, task: &str, again: &[Link]) -> Result<(), DataError> {
    let ended = |link: &&Link| matches!(link.state, JobState::Failed | JobState::Stopped);
    let back: Vec<&str> = again.iter().filter(ended).map(|link| link.job.as_str()).collect();
    let texts = write.backend.texts("$2");
    let freeze = format!(
        "UPDATE task_jobs SET ended = (SELECT j.state FROM jobs j WHERE j.id = task_jobs.job)
         WHERE task <> $1 AND ended IS NULL AND job IN {texts}"
    );
    sqlx::query(AssertSqlSafe(freeze)).bind(task).bind(list(&back)).execute(&mut **write).await?;
    let wait = format!(
        "UPDATE jobs SET state = 'waiting', fresh = 0, attempts = 0, run_at = $1, error = NULL, finished_at = NULL,
             worker = NULL, lease_until = NULL
         WHERE id IN {texts}"
    );
    sqlx::query(AssertSqlSafe(wait)).bind(write.now.0).bind(list(&back)).execute(&mut **write).await?;
    sqlx::query("UPDATE task_jobs SET ended = NULL WHERE task = $1").bind(task).execute(&mut **write).await?;
    let from = [ScanStatus::Failed, ScanStatus::Stopped, ScanStatus::Unsupported, ScanStatus::Unscanned];
    set_status(write, &subjects(again.iter().filter(ended)), ScanStatus::Waiting, None, &from).await
}

/// Images among these jobs.
fn subjects<'a>(links: impl Iterator<Item = &'a Link>) -> Vec<String> {
    links.filter(|link| link.kind == TaskKind::Scan).map(|link| link.subject.clone()).collect()
}

/// How many of a task's jobs had ended how.
#[derive(Default)]
struct Counts {
    failed: i64,
    stopped: i64,
}

impl Counts {
    fn add(&mut self, state: JobState) {
        match state {
            JobState::Failed => self.failed += 1,
            JobState::Stopped => self.stopped += 1,
            JobState::Waiting | JobState::Running | JobState::Done => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::remaining;

    #[test]
    fn the_rest_takes_as_long_as_the_start_did() {
        for (elapsed_seconds, ended, total, seconds) in [
            (10, 0, 5, None),
            (10, 1, 5, Some(40)),
            (10, 4, 5, Some(3)),
            (10, 5, 5, Some(0)),
            (-1, 1, 5, Some(0)),
        ] {
            assert_eq!(remaining(elapsed_seconds * 1_000_000, ended, total), seconds, "{ended} of {total}");
        }
    }
}
