//! What every answer has: the id of its request, safe headers, an end in time, a line in the log and in the metrics.

use crate::App;
use crate::problem::Problem;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::time::Instant;

/// A call that is not answered in this time is given up.
const TIME_OUT: Duration = Duration::from_secs(120);
/// Handing in or fetching an advisory database may take longer.
const TIME_OUT_OF_FILES: Duration = Duration::from_secs(3600);

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static REQUEST: String;
}

/// Id of the request being answered; empty outside of one.
pub fn request_id() -> String {
    REQUEST.try_with(Clone::clone).unwrap_or_default()
}

/// The outermost layer.
pub async fn edge(State(app): State<App>, request: Request, next: Next) -> Response {
    let sent = request.headers().get(&REQUEST_ID).and_then(|value| value.to_str().ok());
    let id = sent.filter(|id| is_sane(id)).map_or_else(|| uuid::Uuid::now_v7().to_string(), str::to_owned);
    REQUEST.scope(id.clone(), answered(app, id, request, next)).await
}

async fn answered(app: App, id: String, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    let is_api = request.uri().path().starts_with("/api/");
    let large = method != Method::GET && route.contains("/knowledge");
    let time_out = if large { TIME_OUT_OF_FILES } else { TIME_OUT };
    let running = AssertUnwindSafe(next.run(request)).catch_unwind();
    let mut response = match tokio::time::timeout(time_out, running).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => Problem::ours(&said(&panic)).into_response(),
        Err(_) => Problem::new(StatusCode::SERVICE_UNAVAILABLE, "it took too long").into_response(),
    };
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::try_from(&id) {
        headers.insert(REQUEST_ID.clone(), value);
    }
    secure(&app, headers);
    if is_api && !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    let (status, took) = (response.status(), begun.elapsed());
    app.metrics.answered(method.as_str(), &route, status.as_u16(), took);
    tracing::info!(request = id, %method, route, status = status.as_u16(), ms = took.as_secs_f64() * 1e3, "answered");
    response
}

fn is_sane(id: &str) -> bool {
    (8..=64).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

fn said(panic: &Box<dyn std::any::Any + Send>) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    format!("a handler panicked: {}", text.unwrap_or_default())
}

/// OWASP secure headers; the console needs inline styles, and nothing else beside its own files.
fn secure(app: &App, headers: &mut axum::http::HeaderMap) {
    const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                          img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; \
                          frame-ancestors 'none'";
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if app.https {
        let value = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
}
