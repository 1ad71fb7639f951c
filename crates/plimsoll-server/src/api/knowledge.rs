//! What the world is known to say: the advisory database.

use super::Answer;
use super::settings::settings;
use crate::content::{Accepted, FILE_BYTES, Json, Parts};
use crate::problem::Problem;
use crate::route::Call;
use axum::http::StatusCode;
use futures_util::StreamExt;
use plimsoll::feeds::{self, UpdateOptions};
use plimsoll::platform::Knowledge;
use plimsoll_model::Task;
use tokio::io::AsyncWriteExt;

/// The advisory database in use.
pub async fn show(call: Call, (): ()) -> Answer<Json<Knowledge>> {
    Ok(Json(call.app.platform.knowledge().await?))
}

/// Fetches a new one from the address the settings name, and takes it. What has not changed is not fetched again.
pub async fn update(call: Call, (): ()) -> Answer<Accepted<Task>> {
    let Some(url) = settings(&call).await?.knowledge_url else {
        return Err(Problem::conflict("the settings name no address to fetch an advisory database from"));
    };
    let folder = call.app.folder.join("feeds");
    let path = folder.join("fetched.db");
    let now = call.app.platform.data().now().await?;
    let options = UpdateOptions { prebuilt: Some(url), ..UpdateOptions::at(now.0 / 1_000_000) };
    let to = path.clone();
    let fetched = crate::blocking(move || feeds::update(&options, &folder, &to, &|_| ())).await?;
    fetched.map_err(|error| Problem::new(StatusCode::BAD_GATEWAY, error.to_string()))?;
    Ok(Accepted(call.app.platform.take_knowledge(&call.who, &path).await?))
}

/// Takes a new one.
pub async fn put(call: Call, Parts(body): Parts) -> Answer<Accepted<Task>> {
    let folder = tempfile::tempdir_in(&call.app.folder).map_err(|error| Problem::ours(&error))?;
    let path = folder.path().join("advisories.db");
    let mut file = tokio::fs::File::create(&path).await.map_err(|error| Problem::ours(&error))?;
    let mut parts = body.into_data_stream();
    let mut bytes = 0;
    while let Some(part) = parts.next().await {
        let part = part.map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "the body ended early"))?;
        bytes += part.len() as u64;
        if bytes > FILE_BYTES {
            let why = format!("the body is larger than {FILE_BYTES} bytes");
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, why));
        }
        file.write_all(&part).await.map_err(|error| Problem::ours(&error))?;
    }
    file.sync_all().await.map_err(|error| Problem::ours(&error))?;
    Ok(Accepted(call.app.platform.take_knowledge(&call.who, &path).await?))
}
