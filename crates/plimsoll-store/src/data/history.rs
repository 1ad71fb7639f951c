//! The handling history and the audit log. Lines are only ever added.
use super::{Data, DataError, Page};
use plimsoll_model::{AuditEntry, HistoryAction, HistoryEntry, Time};
/// Which lines.
#[derive(Clone, Debug, Default)]
pub struct HistoryQuery {
    /// Of this risk.
    pub risk: Option<String>,
    /// Of this image.
    pub image: Option<String>,
    /// Of this decision.
    pub decision: Option<String>,
    /// Of this person.
    pub actor: Option<String>,
    /// Of these kinds; all when empty.
    pub actions: Vec<HistoryAction>,
    /// From this moment.
    pub since: Option<Time>,
    /// Before this moment.
    pub until: Option<Time>,
    /// At most; 1 to 500.
    pub limit: u32,
    /// Page.
    pub cursor: Option<String>,
}
impl Data {
    /// The handling history, newest first. A line whose risks or images were too many to list is given for every risk
    /// or image: the caller asks the decision.
    pub async fn history(&self, query: &HistoryQuery) -> Result<Page<HistoryEntry>, DataError> {
        let _ = query;
        todo!()
    }
    /// Adds a line to the audit log.
    pub async fn add_audit(&self, entry: &AuditEntry) -> Result<(), DataError> {
        let _ = entry;
        todo!()
    }
    /// The audit log, newest first; `actor` and `action` (a prefix) when not empty.
    pub async fn audit(
        &self,
        actor: &str,
        action: &str,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<Page<AuditEntry>, DataError> {
        let _ = (actor, action, limit, cursor);
        todo!()
    }
}
