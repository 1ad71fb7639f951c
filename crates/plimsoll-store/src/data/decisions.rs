//! Decisions; each change is written with its line of history.
use super::{Data, DataError};
use plimsoll_model::{Decision, HistoryEntry, Time};
impl Data {
    /// All that are not ended, oldest first.
    pub async fn decisions(&self) -> Result<Vec<Decision>, DataError> {
        todo!()
    }
    /// One, and when it ended.
    pub async fn decision(&self, id: &str) -> Result<(Decision, Option<Time>), DataError> {
        let _ = id;
        todo!()
    }
    /// Ended ones, newest end first, at most 1,000.
    pub async fn ended_decisions(&self) -> Result<Vec<(Decision, Time)>, DataError> {
        todo!()
    }
    /// Adds or replaces one.
    pub async fn put_decision(&self, decision: &Decision, history: &HistoryEntry) -> Result<(), DataError> {
        let _ = (decision, history);
        todo!()
    }
    /// Ends one.
    pub async fn end_decision(&self, id: &str, history: &HistoryEntry) -> Result<(), DataError> {
        let _ = (id, history);
        todo!()
    }
    /// Ends those that are due, with a line of history each; how many.
    pub async fn expire_decisions(&self, now: Time) -> Result<u64, DataError> {
        let _ = now;
        todo!()
    }
}
