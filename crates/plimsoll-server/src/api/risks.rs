//! Risks across images.

use super::Answer;
use super::history::{read, visible};
use crate::content::Json;
use crate::problem::Problem;
use crate::route::Call;
use plimsoll::platform::{ListPage, RiskDetail, RiskEvidence};
use plimsoll_fleet::{ImagePage, ImageQuery, RiskPage, RiskQuery};
use plimsoll_model::HistoryEntry;
use plimsoll_store::data::HistoryQuery;

/// The risk list.
pub async fn list(call: Call, (): ()) -> Answer<Json<RiskPage>> {
    let query = RiskQuery::parse(&call.query)?;
    let (platform, sees) = (call.app.platform, call.who.sees);
    let page = crate::blocking(move || platform.fleet().risks(&query, sees.as_deref())).await?;
    Ok(Json(page))
}

/// A risk's page.
pub async fn show(call: Call, (): ()) -> Answer<Json<RiskDetail>> {
    Ok(Json(call.app.platform.risk(&call.who, call.id()).await?))
}

/// Images that have it.
pub async fn images(call: Call, (): ()) -> Answer<Json<ImagePage>> {
    let id = seen(&call)?;
    let mut fields = call.query;
    fields.insert("risk".to_owned(), id);
    let query = ImageQuery::parse(&fields)?;
    let (platform, sees) = (call.app.platform, call.who.sees);
    let page = crate::blocking(move || platform.fleet().images(&query, sees.as_deref())).await?;
    Ok(Json(page))
}

/// What people decided about it.
pub async fn history(call: Call, (): ()) -> Answer<Json<ListPage<HistoryEntry>>> {
    let risk = Some(seen(&call)?);
    let query =
        HistoryQuery { risk, limit: call.limit()?, cursor: call.cursor().map(str::to_owned), ..read(&call)? };
    visible(&call, query).await.map(Json)
}

/// Why we say so.
pub async fn evidence(call: Call, (): ()) -> Answer<Json<ListPage<RiskEvidence>>> {
    let (limit, image) = (call.limit()?, call.asked("image"));
    let page = call.app.platform.risk_evidence(&call.who, call.id(), image, limit, call.cursor()).await?;
    Ok(Json(page))
}

/// The risk's own id: the path may name it by an alias.
fn seen(call: &Call) -> Answer<String> {
    let row = call.app.platform.fleet().risk(call.id(), call.who.sees.as_deref());
    row.map(|row| row.risk.id).ok_or_else(|| Problem::missing("risk", call.id()))
}
