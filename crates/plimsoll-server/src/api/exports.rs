//! Lists as files.

use super::{Answer, page};
use crate::content::{Accepted, Download, Json};
use crate::problem::Problem;
use crate::route::Call;
use axum::body::Body;
use plimsoll::platform::{ExportList, ExportRequest, ListPage};
use plimsoll_model::{Role, Task, TaskKind};
use plimsoll_store::data::TaskQuery;

/// Starts a task that writes the file.
pub async fn create(call: Call, Json(body): Json<ExportRequest>) -> Answer<Accepted<Task>> {
    if body.list == ExportList::Audit && call.who.role < Role::Admin {
        return Err(Problem::forbidden("only administrators see the audit log"));
    }
    Ok(Accepted(call.app.platform.start_export(&call.who, body).await?))
}

/// One's own exports, newest first.
pub async fn list(call: Call, (): ()) -> Answer<Json<ListPage<Task>>> {
    let query = TaskQuery {
        kind: Some(TaskKind::Export),
        created_by: Some(call.who.name.clone()),
        limit: call.limit()?,
        cursor: call.cursor().map(str::to_owned),
        ..TaskQuery::default()
    };
    Ok(Json(page(call.app.platform.data().tasks(&query).await?)))
}

/// The file.
pub async fn file(call: Call, (): ()) -> Answer<Download> {
    let (name, media_type, blob) = call.app.platform.export_file(&call.who, call.id()).await?;
    let found = call.app.platform.blobs().get_stream(&blob).await?;
    let (size, parts) = found.ok_or_else(|| Problem::missing("file of export", call.id()))?;
    Ok(Download { name, media_type, size: Some(size), body: Body::from_stream(parts) })
}
