//! Handling: decisions, what they would hit, and taking them back.

use super::error::missing;
use super::settings::field;
use super::{Platform, PlatformError, new_id};
use plimsoll_fleet::{ImageQuery, Preview, RiskQuery};
use plimsoll_model::{
    Action, Decision, Expiry, HistoryAction, HistoryEntry, ImageScope, NewDecision, Principal, RiskChoice,
    Time,
};

/// Most characters of a reason.
const MAX_REASON: usize = 1_024;
/// Most risks, images, registries or patterns that one decision names; more is a filter's work.
const MAX_NAMED: usize = 10_000;
/// Most days until a decision ends: ten years.
const MAX_DAYS: u32 = 3_650;
/// Risks and images that a line of history names.
const NAMED: usize = 1_000;
/// Why something is not affected, as VEX says it (OpenVEX 0.2.0, "Status Justifications").
const JUSTIFICATIONS: &[&str] = &[
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
];

impl Platform {
    /// What a decision would hit.
    pub async fn preview(
        &self,
        who: &Principal,
        decision: &NewDecision,
        limit: usize,
        offset: usize,
    ) -> Result<Preview, PlatformError> {
        let now = self.data().now().await?;
        let decision = self.checked(who, decision.clone(), now).await?;
        Ok(self.fleet().preview(&decision, limit, offset))
    }

    /// Makes a decision. It only ever covers what its author may see; risks and images named by id must exist.
    pub async fn decide(&self, who: &Principal, decision: NewDecision) -> Result<Decision, PlatformError> {
        self.refresh().await?;
        let now = self.data().now().await?;
        let decision = self.checked(who, decision, now).await?;
        let action = match decision.action {
            Action::Ignore => HistoryAction::Ignore,
            Action::Unignore => HistoryAction::Unignore,
            Action::Whitelist => HistoryAction::Whitelist,
        };
        let line = self.line(who, action, &decision, now);
        self.data().put_decision(&decision, &line).await?;
        self.refresh().await?;
        Ok(decision)
    }

    /// Changes one's scope, reason, justification or end; never its risks or action.
    pub async fn change_decision(
        &self,
        who: &Principal,
        id: &str,
        changed: NewDecision,
    ) -> Result<Decision, PlatformError> {
        self.refresh().await?;
        let before = self.own_decision(who, id).await?;
        if changed.action != before.action {
            return Err(field(
                "action",
                "it cannot be changed: undo the decision and make another".to_owned(),
            ));
        }
        if changed.risks != before.risks {
            return Err(field(
                "risks",
                "they cannot be changed: undo the decision and make another".to_owned(),
            ));
        }
        let now = self.data().now().await?;
        // An end that stays as it was may be past; only a new one may not.
        let same_end = changed.expires == before.expires;
        let mut after = Decision {
            id: before.id.clone(),
            within: before.within.clone(),
            author: before.author.clone(),
            created_at: before.created_at,
            updated_at: now,
            ..self.checked(who, NewDecision { expires: Expiry::default(), ..changed.clone() }, now).await?
        };
        after.expires = if same_end { before.expires } else { end(changed.expires, now)? };
        let mut line = self.line(who, HistoryAction::Edit, &after, now);
        line.change = Some(serde_json::json!({ "before": before, "after": after }));
        self.data().put_decision(&after, &line).await?;
        self.refresh().await?;
        Ok(after)
    }

    /// Undoes one.
    pub async fn undo_decision(&self, who: &Principal, id: &str) -> Result<(), PlatformError> {
        self.refresh().await?;
        let decision = self.own_decision(who, id).await?;
        let now = self.data().now().await?;
        let line = self.line(who, HistoryAction::Delete, &decision, now);
        self.data().end_decision(id, &line).await?;
        self.refresh().await
    }

    /// A decision that has not ended and covers no more than this person may see.
    async fn own_decision(&self, who: &Principal, id: &str) -> Result<Decision, PlatformError> {
        let (decision, ended) = self.data().decision(id).await?;
        let theirs = who.sees.is_none() || decision.within == who.sees;
        if !theirs {
            return Err(missing("decision", id));
        }
        match ended {
            Some(at) => Err(PlatformError::Conflict(format!("the decision ended at {}", at.to_rfc3339()))),
            None => Ok(decision),
        }
    }

    /// The decision, when everything it says makes sense and its author may see what it names.
    async fn checked(&self, who: &Principal, new: NewDecision, now: Time) -> Result<Decision, PlatformError> {
        if new.reason.chars().count() > MAX_REASON {
            return Err(field("reason", format!("it has at most {MAX_REASON} characters")));
        }
        if let Some(justification) = &new.justification {
            if new.action != Action::Whitelist {
                return Err(field("justification", "only a whitelist has one".to_owned()));
            }
            if !JUSTIFICATIONS.contains(&justification.as_str()) {
                return Err(field("justification", format!("it is one of {}", JUSTIFICATIONS.join(", "))));
            }
        }
        let risks = self.check_risks(who, new.risks)?;
        self.check_scope(who, &new.scope).await?;
        Ok(Decision {
            id: new_id(),
            action: new.action,
            risks,
            scope: new.scope,
            within: who.sees.clone(),
            reason: new.reason,
            justification: new.justification,
            expires: end(new.expires, now)?,
            author: who.name.clone(),
            created_at: now,
            updated_at: now,
        })
    }

    /// Risks by their ids, whichever of their names was given.
    fn check_risks(&self, who: &Principal, risks: RiskChoice) -> Result<RiskChoice, PlatformError> {
        match risks {
            RiskChoice::Ids(ids) if ids.is_empty() => {
                Err(field("risks", "name one, or give a filter".to_owned()))
            }
            RiskChoice::Ids(ids) if ids.len() > MAX_NAMED => {
                Err(field("risks", format!("there are more than {MAX_NAMED}; use a filter")))
            }
            RiskChoice::Ids(ids) => {
                let fleet = self.fleet();
                let known = |id: String| {
                    let row = fleet.risk(&id, who.sees.as_deref()).ok_or_else(|| missing("risk", &id))?;
                    Ok(row.risk.id)
                };
                Ok(RiskChoice::Ids(ids.into_iter().map(known).collect::<Result<_, PlatformError>>()?))
            }
            RiskChoice::Filter { filter } => {
                RiskQuery::parse(&filter)?;
                Ok(RiskChoice::Filter { filter })
            }
        }
    }

    async fn check_scope(&self, who: &Principal, scope: &ImageScope) -> Result<(), PlatformError> {
        let ImageScope { all, sources, registry_kinds, registries, repositories, images, filter } = scope;
        let lists = [sources.len(), registry_kinds.len(), registries.len(), repositories.len(), images.len()];
        if !all && filter.is_none() && lists.iter().all(|len| *len == 0) {
            return Err(field("scope", "say in which images: \"all\", or a list of what".to_owned()));
        }
        if lists.iter().any(|len| *len > MAX_NAMED) {
            return Err(field("scope", format!("a list names more than {MAX_NAMED}; use a filter")));
        }
        if repositories.iter().any(|pattern| pattern.is_empty() || pattern.len() > 512) {
            return Err(field("scope.repositories", "a pattern has 1 to 512 characters".to_owned()));
        }
        {
            let fleet = self.fleet();
            if let Some(id) = images.iter().find(|id| fleet.image(id, who.sees.as_deref()).is_none()) {
                return Err(missing("image", id));
            }
        }
        if !registries.is_empty() {
            let known = self.data().registries().await?;
            if let Some(id) = registries.iter().find(|id| !known.iter().any(|one| one.id == **id)) {
                return Err(missing("registry", id));
            }
        }
        if let Some(filter) = filter {
            ImageQuery::parse(filter)?;
        }
        Ok(())
    }

    /// The line of history for what a person did, with what it hits at that moment.
    fn line(&self, who: &Principal, action: HistoryAction, decision: &Decision, now: Time) -> HistoryEntry {
        let fleet = self.fleet();
        let hit = fleet.preview(decision, 0, 0);
        let images: Vec<String> = hit.image_ids.into_iter().take(NAMED).collect();
        let names = images.iter().map(|id| fleet.image(id, None).map(|row| row.name).unwrap_or_default());
        HistoryEntry {
            id: new_id(),
            at: now,
            actor: who.name.clone(),
            action,
            decision: Some(decision.id.clone()),
            risks: hit.risk_ids.into_iter().take(NAMED).collect(),
            risk_count: hit.risks,
            image_names: names.collect(),
            images,
            image_count: hit.images,
            pairs: hit.pairs,
            reason: decision.reason.clone(),
            change: None,
        }
    }
}

/// Days become a moment; a moment that is past ends nothing any more.
fn end(expires: Expiry, now: Time) -> Result<Expiry, PlatformError> {
    let Expiry { at, days, when_fixable } = expires;
    let at = match (at, days) {
        (Some(_), Some(_)) => {
            return Err(field("expires", "give a moment or days, not both".to_owned()));
        }
        (None, Some(days)) if !(1..=MAX_DAYS).contains(&days) => {
            return Err(field("expires", format!("it is 1 to {MAX_DAYS} days")));
        }
        (None, Some(days)) => Some(now.plus_days(i64::from(days))),
        (at, None) => at,
    };
    match at {
        Some(at) if at <= now => Err(field("expires", format!("{} is past", at.to_rfc3339()))),
        Some(at) if at > now.plus_days(i64::from(MAX_DAYS)) => {
            Err(field("expires", format!("it is at most {MAX_DAYS} days away; leave it out for never")))
        }
        at => Ok(Expiry { at, days: None, when_fixable }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_moments_to_come() {
        let now = Time::parse("2026-11-24T12:00:00Z").expect("a time");
        let at = |text: &str| Expiry { at: Time::parse(text), ..Expiry::default() };
        let days = |days| Expiry { days: Some(days), ..Expiry::default() };
        assert_eq!(end(days(1), now).ok(), Some(at("2026-11-25T12:00:00Z")));
        assert_eq!(end(Expiry::default(), now).ok(), Some(Expiry::default()));
        for bad in [days(0), days(4_000), at("2026-11-24T12:00:00Z"), at("2099-01-01T00:00:00Z")] {
            assert!(end(bad, now).is_err(), "{bad:?}");
        }
        let both = Expiry { days: Some(1), ..at("2026-11-25T12:00:00Z") };
        assert!(end(both, now).is_err());
    }
}
