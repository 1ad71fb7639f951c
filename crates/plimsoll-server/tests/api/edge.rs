//! What every answer has, and what is no call of the API.

use crate::support::Server;
use axum::body::Body;
use axum::http::{Method, StatusCode, header};

#[tokio::test]
async fn every_answer_has_an_id_and_safe_headers() {
    let server = Server::start().await;
    for (method, path, want) in [
        (Method::GET, "/", StatusCode::OK),
        // Addresses of the console's pages: what has no dot is no file.
        (Method::GET, "/risks/CVE-2024-1", StatusCode::OK),
        (Method::GET, "/nothing.js", StatusCode::NOT_FOUND),
        (Method::POST, "/", StatusCode::METHOD_NOT_ALLOWED),
        (Method::GET, "/healthz", StatusCode::OK),
        (Method::GET, "/readyz", StatusCode::OK),
        (Method::GET, "/metrics", StatusCode::OK),
        (Method::GET, "/openapi.json", StatusCode::OK),
        (Method::GET, "/api/v1/nothing", StatusCode::NOT_FOUND),
        (Method::GET, "/api/v2/images", StatusCode::NOT_FOUND),
        (Method::DELETE, "/api/v1/images", StatusCode::METHOD_NOT_ALLOWED),
        (Method::GET, "/api/v1/images", StatusCode::UNAUTHORIZED),
        (Method::GET, "/../../etc/passwd", StatusCode::OK),
    ] {
        let answer = server.raw(method.clone(), path, &[], Body::empty()).await;
        assert_eq!(answer.status, want, "{method} {path}: {}", answer.text);
        assert!(!answer.headers["x-request-id"].is_empty(), "{path}");
        assert_eq!(answer.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        let policy = answer.headers[header::CONTENT_SECURITY_POLICY].to_str().expect("text");
        assert!(policy.contains("script-src 'self';") && policy.contains("frame-ancestors 'none'"));
        if answer.status.is_client_error() {
            assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json", "{path}");
            assert_eq!(answer.json()["request"], answer.headers["x-request-id"].to_str().expect("text"));
        }
        if path.starts_with("/api/") {
            assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store", "{path}");
        }
    }
}

#[tokio::test]
async fn ids_of_requests_are_taken_when_they_are_sane() {
    let server = Server::start().await;
    for (sent, taken) in
        [("abcdef-12345", true), ("short", false), ("with space here", false), (&"x".repeat(65), false)]
    {
        let answer = server.raw(Method::GET, "/healthz", &[("x-request-id", sent)], Body::empty()).await;
        assert_eq!(answer.headers["x-request-id"] == *sent, taken, "{sent}");
    }
}

#[tokio::test]
async fn unchanged_files_are_not_sent_again() {
    let server = Server::start().await;
    let answer = server.raw(Method::GET, "/", &[], Body::empty()).await;
    assert_eq!(answer.headers[header::CONTENT_TYPE], "text/html; charset=utf-8");
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-cache");
    let etag = answer.headers[header::ETAG].to_str().expect("text");
    let again = server.raw(Method::GET, "/", &[("if-none-match", etag)], Body::empty()).await;
    assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
}

#[tokio::test]
async fn metrics_name_routes_and_nobody() {
    let server = Server::start().await;
    server.call(&server.admin, "GET", &format!("/images/{}", server.image_a), None).await;
    let text = server.raw(Method::GET, "/metrics", &[], Body::empty()).await.text;
    assert!(text.contains(r#"route="/api/v1/images/{id}""#), "{text}");
    assert!(text.contains("plimsoll_images 2"), "{text}");
    for name in ["team-a", "root", "harbor", server.image_a.as_str()] {
        assert!(!text.contains(name), "{name} is in {text}");
    }
}
