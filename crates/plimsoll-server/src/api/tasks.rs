//! Work that takes a while. Who sees only some repositories sees only their own tasks.

use super::{Answer, page};
use crate::content::Json;
use crate::problem::Problem;
use crate::route::Call;
use plimsoll::platform::ListPage;
use plimsoll_model::{JobState, ScanFailure, Task, TaskKind, Time};
use plimsoll_store::data::TaskQuery;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::HashMap;

/// One image or registry of a task.
#[derive(Serialize, JsonSchema)]
pub struct TaskJob {
    /// UUID.
    pub id: String,
    /// Id of the image or registry.
    pub subject: String,
    /// Its name, while it is known.
    pub name: String,
    /// How it stands.
    pub state: JobState,
    /// How often it was begun.
    pub attempts: u32,
    /// Why the last attempt failed.
    pub error: Option<ScanFailure>,
    /// The worker, while it runs.
    pub worker: Option<String>,
    /// When it ended.
    pub finished_at: Option<Time>,
}

/// Tasks, newest first.
pub async fn list(call: Call, (): ()) -> Answer<Json<ListPage<Task>>> {
    let mine = call.flag("mine")? || call.who.sees.is_some();
    let query = TaskQuery {
        kind: call.word("kind")?,
        states: call.words("state")?,
        q: call.asked("q").unwrap_or_default().to_owned(),
        created_by: mine.then(|| call.who.name.clone()),
        limit: call.limit()?,
        cursor: call.cursor().map(str::to_owned),
    };
    Ok(Json(page(call.app.platform.data().tasks(&query).await?)))
}

/// One task. Who reads that it ended, perhaps on another machine, finds what came of it in the lists.
pub async fn show(call: Call, (): ()) -> Answer<Json<Task>> {
    let task = one(&call).await?;
    if task.finished_at.is_some() {
        call.app.platform.refresh().await?;
    }
    Ok(Json(task))
}

/// Its jobs.
pub async fn jobs(call: Call, (): ()) -> Answer<Json<ListPage<TaskJob>>> {
    let task = one(&call).await?;
    let data = call.app.platform.data();
    let state = call.word("state")?;
    let jobs = data.jobs(&task.id, state, call.limit()?, call.cursor()).await?;
    let registries: HashMap<String, String> = match task.kind {
        TaskKind::Sync => {
            data.registries().await?.into_iter().map(|registry| (registry.id, registry.name)).collect()
        }
        _ => HashMap::new(),
    };
    let fleet = call.app.platform.fleet();
    let items = jobs.items.into_iter().map(|job| {
        let name = match task.kind {
            TaskKind::Scan => fleet.image(&job.subject, call.who.sees.as_deref()).map(|row| row.name),
            _ => registries.get(&job.subject).cloned(),
        };
        TaskJob {
            id: job.id,
            name: name.unwrap_or_default(),
            subject: job.subject,
            state: job.state,
            attempts: job.attempts,
            error: job.error,
            worker: job.worker,
            finished_at: job.finished_at,
        }
    });
    let items = items.collect();
    Ok(Json(ListPage { items, total: jobs.total, next: jobs.next, facets: Default::default() }))
}

/// Ends what waits of a task.
pub async fn stop(call: Call, (): ()) -> Answer<Json<Task>> {
    let task = one(&call).await?;
    let task = call.app.platform.data().stop_task(&task.id).await?;
    call.app.platform.refresh().await?;
    Ok(Json(task))
}

/// Tries again what failed of a task.
pub async fn retry(call: Call, (): ()) -> Answer<Json<Task>> {
    let task = one(&call).await?;
    let task = call.app.platform.data().retry_task(&task.id).await?;
    call.app.platform.refresh().await?;
    Ok(Json(task))
}

/// The task of the path, if the asker may see it.
async fn one(call: &Call) -> Answer<Task> {
    let task = call.app.platform.data().task(call.id()).await?;
    if call.who.sees.is_some() && task.created_by != call.who.name {
        return Err(Problem::missing("task", call.id()));
    }
    Ok(task)
}
