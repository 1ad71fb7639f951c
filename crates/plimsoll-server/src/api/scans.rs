//! Scans people ask for.

use super::Answer;
use crate::content::{Accepted, Json};
use crate::route::Call;
use plimsoll::platform::ScanRequest;
use plimsoll_model::Task;

/// Starts a task that scans images.
pub async fn create(call: Call, Json(body): Json<ScanRequest>) -> Answer<Accepted<Task>> {
    Ok(Accepted(call.app.platform.start_scan(&call.who, body).await?))
}
