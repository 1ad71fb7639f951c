//! The audit log.

use super::{Answer, page};
use crate::content::Json;
use crate::route::Call;
use plimsoll::platform::ListPage;
use plimsoll_model::AuditEntry;

/// The audit log, newest first.
pub async fn list(call: Call, (): ()) -> Answer<Json<ListPage<AuditEntry>>> {
    let (actor, action) = (call.asked("actor").unwrap_or_default(), call.asked("action").unwrap_or_default());
    let entries = call.app.platform.data().audit(actor, action, call.limit()?, call.cursor()).await?;
    Ok(Json(page(entries)))
}
