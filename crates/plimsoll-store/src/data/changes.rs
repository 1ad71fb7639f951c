//! The change log: what followers of the truth must read again.
use super::{Data, DataError};
/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ChangeKind {
    /// A risk, by number.
    Risk,
    /// A component's matches, by number.
    Component,
    /// An image, by id.
    Image,
    /// An image is gone for good, by id.
    ImageDeleted,
    /// Decisions: read all.
    Decisions,
    /// Settings: read all.
    Settings,
}
/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Grows with every commit; no line ever appears below one that was seen.
    pub number: i64,
    /// What.
    pub kind: ChangeKind,
    /// Number or id.
    pub key: String,
}
impl Data {
    /// Number of the last line.
    pub async fn last_change(&self) -> Result<i64, DataError> {
        todo!()
    }
    /// Lines after this one, in order.
    pub async fn changes(&self, after: i64, limit: u32) -> Result<Vec<Change>, DataError> {
        let _ = (after, limit);
        todo!()
    }
    /// Forgets lines older than a week; followers that lag more start anew.
    pub async fn trim_changes(&self) -> Result<(), DataError> {
        todo!()
    }
}
