//! Decisions: made, previewed, changed, undone.

use super::{Answer, all, given};
use crate::content::{Created, Json, Nothing};
use crate::problem::Problem;
use crate::route::Call;
use plimsoll::platform::ListPage;
use plimsoll_fleet::{Fleet, Preview};
use plimsoll_model::{Action, Decision, Expiry, ImageScope, NewDecision, Principal, RiskChoice, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Days before its end in which a decision is expiring.
const EXPIRING_DAYS: i64 = 7;

/// A decision and what it does now.
#[derive(Serialize, JsonSchema)]
pub struct DecisionRow {
    /// The decision.
    #[serde(flatten)]
    pub decision: Decision,
    /// Pairs of risk and image it hits now, among the images the asker sees.
    pub matches: u64,
    /// Risks it hits now.
    pub risks_hit: u64,
    /// Images it hits now.
    pub images_hit: u64,
    /// When it ended.
    pub ended_at: Option<Time>,
    /// Does it end within 7 days?
    pub expiring: bool,
}

/// What to change of a decision; never its risks or action.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangedDecision {
    /// In which images.
    pub scope: Option<ImageScope>,
    /// Why.
    pub reason: Option<String>,
    /// Why not affected, as VEX says it.
    #[serde(default, deserialize_with = "given")]
    pub justification: Option<Option<String>>,
    /// When it ends; `null` for never.
    #[serde(default, deserialize_with = "given")]
    pub expires: Option<Expiry>,
}

/// Which decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    Active,
    Expiring,
    Lapsed,
    NeverMatched,
    All,
}

/// Decisions, newest first.
pub async fn list(call: Call, (): ()) -> Answer<Json<ListPage<DecisionRow>>> {
    let actions: Vec<Action> = call.words("action")?;
    let state: State = call.word("state")?.unwrap_or(State::Active);
    let limit = call.limit()? as usize;
    let data = call.app.platform.data();
    let now = data.now().await?;
    let mut found: Vec<(Decision, Option<Time>)> = Vec::new();
    if state != State::Lapsed {
        found.extend(data.decisions().await?.into_iter().map(|decision| (decision, None)));
    }
    if matches!(state, State::Lapsed | State::All) {
        found.extend(data.ended_decisions().await?.into_iter().map(|(decision, at)| (decision, Some(at))));
    }
    found.sort_by(|(a, _), (b, _)| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
    found.retain(|(decision, ended_at)| {
        (actions.is_empty() || actions.contains(&decision.action))
            && call.asked("author").is_none_or(|author| decision.author == author)
            && call.asked("q").is_none_or(|q| tells_of(decision, &q.to_lowercase()))
            && (state != State::Expiring || is_expiring(decision, *ended_at, now))
    });
    let cursor = call.cursor().map(str::to_owned);
    let (risk, image) = (call.asked("risk").map(str::to_owned), call.asked("image").map(str::to_owned));
    let never = state == State::NeverMatched;
    crate::blocking(move || {
        let fleet = call.app.platform.fleet();
        // What a decision hits costs a look at the fleet: of all of them only where the question is about it.
        if call.who.sees.is_none() && !never && risk.is_none() && image.is_none() {
            let shown = paged(found, |(decision, _)| &decision.id, cursor.as_deref(), limit)?;
            let rows = shown.items.into_iter();
            let items = rows.filter_map(|(decision, at)| row(&fleet, &call.who, decision, at, now));
            let items = items.map(|(row, _)| row).collect();
            return Ok(Json(ListPage { items, total: shown.total, next: shown.next, facets: shown.facets }));
        }
        let rows = found.into_iter().filter_map(|(decision, at)| row(&fleet, &call.who, decision, at, now));
        let rows = rows.filter(|(row, preview)| {
            risk.as_ref().is_none_or(|risk| names_risk(&row.decision, preview, risk))
                && image.as_ref().is_none_or(|image| names_image(&row.decision, preview, image))
                && (!never || row.matches == 0)
        });
        let rows: Vec<DecisionRow> = rows.map(|(row, _)| row).collect();
        paged(rows, |row| &row.decision.id, cursor.as_deref(), limit).map(Json)
    })
    .await?
}

/// The page behind the item of this id.
fn paged<T>(
    mut items: Vec<T>,
    id: impl Fn(&T) -> &String,
    cursor: Option<&str>,
    limit: usize,
) -> Answer<ListPage<T>> {
    let total = items.len();
    let from = match cursor {
        Some(cursor) => items
            .iter()
            .position(|item| id(item) == cursor)
            .map(|at| at + 1)
            .ok_or_else(|| Problem::field("cursor", "it is none of this list"))?,
        None => 0,
    };
    items.drain(..from);
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|item| id(item).clone());
    Ok(ListPage { total: total as u64, next, ..all(items) })
}

/// Makes a decision.
pub async fn create(call: Call, Json(body): Json<NewDecision>) -> Answer<Created<Decision>> {
    Ok(Created(call.app.platform.decide(&call.who, body).await?))
}

/// What a decision would hit.
pub async fn preview(call: Call, Json(body): Json<NewDecision>) -> Answer<Json<Preview>> {
    let number = |name: &str, most: usize, otherwise: usize| match call.asked(name) {
        None => Ok(otherwise),
        Some(text) => text
            .parse()
            .ok()
            .filter(|number| *number <= most)
            .ok_or_else(|| Problem::field(name, format!("give a number from 0 to {most}"))),
    };
    let (limit, offset) = (number("limit", 500, 50)?, number("offset", 1_000_000_000, 0)?);
    Ok(Json(call.app.platform.preview(&call.who, &body, limit, offset).await?))
}

/// One decision.
pub async fn show(call: Call, (): ()) -> Answer<Json<DecisionRow>> {
    Ok(Json(one(&call).await?))
}

/// Changes a decision.
pub async fn change(call: Call, Json(body): Json<ChangedDecision>) -> Answer<Json<Decision>> {
    let DecisionRow { decision, ended_at, .. } = one(&call).await?;
    if ended_at.is_some() {
        return Err(Problem::conflict("this decision has ended: make a new one"));
    }
    let changed = NewDecision {
        action: decision.action,
        risks: decision.risks,
        scope: body.scope.unwrap_or(decision.scope),
        reason: body.reason.unwrap_or(decision.reason),
        justification: body.justification.unwrap_or(decision.justification),
        expires: body.expires.unwrap_or(decision.expires),
    };
    Ok(Json(call.app.platform.change_decision(&call.who, call.id(), changed).await?))
}

/// Undoes a decision.
pub async fn undo(call: Call, (): ()) -> Answer<Nothing> {
    let found = one(&call).await?;
    if found.ended_at.is_some() {
        return Err(Problem::conflict("this decision has ended already"));
    }
    call.app.platform.undo_decision(&call.who, &found.decision.id).await?;
    Ok(Nothing)
}

async fn one(call: &Call) -> Answer<DecisionRow> {
    let data = call.app.platform.data();
    let (decision, ended_at) = data.decision(call.id()).await?;
    let now = data.now().await?;
    let (app, who) = (call.app.clone(), call.who.clone());
    let row = crate::blocking(move || row(&app.platform.fleet(), &who, decision, ended_at, now)).await?;
    row.map(|(row, _)| row).ok_or_else(|| Problem::missing("decision", call.id()))
}

/// The row, if the asker may see it: they made it, or it hits an image they see.
fn row(
    fleet: &Fleet,
    who: &Principal,
    decision: Decision,
    ended_at: Option<Time>,
    now: Time,
) -> Option<(DecisionRow, Preview)> {
    let mut preview = fleet.preview(&decision, 0, 0);
    if who.sees.is_some() {
        preview.image_ids.retain(|image| fleet.image(image, who.sees.as_deref()).is_some());
        if preview.image_ids.is_empty() && decision.author != who.name {
            return None;
        }
        preview.images = preview.image_ids.len() as u64;
        preview.pairs = preview.pairs.min(preview.images.saturating_mul(preview.risks));
    }
    let expiring = is_expiring(&decision, ended_at, now);
    let row = DecisionRow {
        decision,
        matches: preview.pairs,
        risks_hit: preview.risks,
        images_hit: preview.images,
        ended_at,
        expiring,
    };
    Some((row, preview))
}

fn is_expiring(decision: &Decision, ended_at: Option<Time>, now: Time) -> bool {
    let soon = now.plus_days(EXPIRING_DAYS);
    ended_at.is_none() && decision.expires.at.is_some_and(|at| at <= soon)
}

fn names_risk(decision: &Decision, preview: &Preview, risk: &str) -> bool {
    let named = matches!(&decision.risks, RiskChoice::Ids(ids) if ids.iter().any(|id| id == risk));
    named || preview.risk_ids.iter().any(|id| id == risk)
}

fn names_image(decision: &Decision, preview: &Preview, image: &str) -> bool {
    decision.scope.images.iter().chain(&preview.image_ids).any(|id| id == image)
}

fn tells_of(decision: &Decision, q: &str) -> bool {
    let risks = match &decision.risks {
        RiskChoice::Ids(ids) => ids.join(" "),
        RiskChoice::Filter { filter } => filter.values().cloned().collect::<Vec<_>>().join(" "),
    };
    format!("{risks} {} {}", decision.reason, decision.author).to_lowercase().contains(q)
}
