//! The queue: tasks, and their jobs under leases. At least once; results are idempotent, so seen once.
use super::{Data, DataError, Page};
use plimsoll_model::{Job, JobState, NewTask, ScanFailure, Task, TaskKind, TaskState};
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
    /// Adds a task with its jobs. A subject that already waits in another task of the kind is joined, not doubled: the
    /// waiting job takes the better priority and both tasks count it.
    pub async fn add_task(&self, task: NewTask) -> Result<Task, DataError> {
        let _ = task;
        todo!()
    }
    /// One.
    pub async fn task(&self, id: &str) -> Result<Task, DataError> {
        let _ = id;
        todo!()
    }
    /// Newest first.
    pub async fn tasks(&self, query: &TaskQuery) -> Result<Page<Task>, DataError> {
        let _ = query;
        todo!()
    }
    /// Jobs of a task; of one state, or all.
    pub async fn jobs(
        &self,
        task: &str,
        state: Option<JobState>,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<Page<Job>, DataError> {
        let _ = (task, state, limit, cursor);
        todo!()
    }
    /// Ends what waits; what runs comes to its end. Images that waited are `stopped`.
    pub async fn stop_task(&self, id: &str) -> Result<Task, DataError> {
        let _ = id;
        todo!()
    }
    /// Failed and stopped jobs wait again.
    pub async fn retry_task(&self, id: &str) -> Result<Task, DataError> {
        let _ = id;
        todo!()
    }
    /// Leases the next job to a worker: by priority, then age; never a subject another worker holds; lapsed leases come
    /// back. `busy` are subjects not to take (their registry has enough).
    pub async fn claim(
        &self,
        worker: &str,
        kinds: &[TaskKind],
        lease_seconds: u32,
        busy: &[String],
    ) -> Result<Option<Job>, DataError> {
        let _ = (worker, kinds, lease_seconds, busy);
        todo!()
    }
    /// Lengthens a lease; `false` when it is no longer this worker's, or its task was stopped.
    pub async fn extend(&self, job: &str, worker: &str, lease_seconds: u32) -> Result<bool, DataError> {
        let _ = (job, worker, lease_seconds);
        todo!()
    }
    /// Ends a job; `false` when it is no longer this worker's.
    pub async fn finish(&self, job: &str, worker: &str, result: JobResult) -> Result<bool, DataError> {
        let _ = (job, worker, result);
        todo!()
    }
    /// Registries that jobs run for, by any worker, with how many: those that have enough are `busy` for a claim.
    pub async fn running_by_registry(&self) -> Result<Vec<(String, u64)>, DataError> {
        todo!()
    }
    /// Jobs waiting and running, by kind, for metrics.
    pub async fn queue_sizes(&self) -> Result<Vec<(TaskKind, JobState, u64)>, DataError> {
        todo!()
    }
}
