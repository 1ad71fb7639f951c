//! Is it alive, is it ready, how busy is it, what can be asked?

use crate::App;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::LazyLock;

/// `GET /healthz`: the process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the database answers; the fleet was loaded before the first call.
pub async fn readyz(State(app): State<App>) -> Response {
    match app.platform.data().ping().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
        }
    }
}

/// `GET /metrics`.
pub async fn metrics(State(app): State<App>) -> Response {
    let text = app.metrics.text(&app).await;
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

/// `GET /openapi.json`.
pub async fn openapi() -> Response {
    static TEXT: LazyLock<String> = LazyLock::new(|| crate::openapi().to_string());
    ([(header::CONTENT_TYPE, "application/json")], TEXT.as_str()).into_response()
}
