//! Handling: decisions, what they would hit, and taking them back.
use super::{Platform, PlatformError};
use plimsoll_fleet::Preview;
use plimsoll_model::{Decision, NewDecision, Principal};
impl Platform {
    /// What a decision would hit.
    pub async fn preview(
        &self,
        who: &Principal,
        decision: &NewDecision,
        limit: usize,
        offset: usize,
    ) -> Result<Preview, PlatformError> {
        let _ = (who, decision, limit, offset);
        todo!()
    }
    /// Makes a decision. It only ever covers what its author may see; risks and images named by id must exist.
    pub async fn decide(&self, who: &Principal, decision: NewDecision) -> Result<Decision, PlatformError> {
        let _ = (who, decision);
        todo!()
    }
    /// Changes one's scope, reason, justification or end; never its risks or action.
    pub async fn change_decision(
        &self,
        who: &Principal,
        id: &str,
        changed: NewDecision,
    ) -> Result<Decision, PlatformError> {
        let _ = (who, id, changed);
        todo!()
    }
    /// Undoes one.
    pub async fn undo_decision(&self, who: &Principal, id: &str) -> Result<(), PlatformError> {
        let _ = (who, id);
        todo!()
    }
}
