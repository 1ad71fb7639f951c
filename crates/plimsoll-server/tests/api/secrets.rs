//! Secrets that are handed in come out nowhere.

use crate::support::{PASSWORD, Server};
use axum::http::Method;
use plimsoll_server::routes;
use serde_json::json;
use std::io::Write;
use std::sync::{Arc, Mutex};

/// The log, in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn secrets_are_in_no_answer_log_or_audit() {
    let log = Log::default();
    let writer = log.clone();
    // For all threads: what the other tests log meanwhile must hold no secrets either.
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();

    let server = Server::start().await;
    let (cookie, csrf) = server.sign_in("vera").await;
    let cookie = cookie.split('=').nth(1).expect("a value").to_owned();
    let registry = json!({"name": "r", "url": "http://127.0.0.1:5000", "allow_private": true, "password": "canary-new-password"});
    server.call(&server.admin, "POST", "/registries", Some(registry)).await;
    let moved = json!({"password": "canary-other-password"});
    server.call(&server.admin, "PATCH", &format!("/registries/{}", server.registry), Some(moved)).await;
    let weak = json!({"passwords": ["canary-weak"]});
    server.call(&server.admin, "PUT", "/weak-passwords", Some(weak)).await;
    let user = json!({"username": "u", "password": "canary-user-password", "role": "viewer"});
    server.call(&server.admin, "POST", "/users", Some(user)).await;
    let made = server.call(&server.admin, "POST", "/tokens", Some(json!({"name": "x"}))).await.json();
    let key = made["key"].as_str().expect("a key").to_owned();
    let wrong_place = json!({"name": {"password": "canary-misplaced"}, "role": "canary-misplaced"});
    let mut answers = server.call(&server.admin, "POST", "/tokens", Some(wrong_place)).await.text;
    let push = server
        .call(&server.admin, "POST", &format!("/registries/{}/push", server.registry), None)
        .await
        .json();
    let push = push["secret"].as_str().expect("a secret").to_owned();
    let event = format!("/events/{}/harbor", server.registry);
    answers += &server.call("canary-wrong-secret", "POST", &event, Some(json!({}))).await.text;
    server.call(&server.admin, "POST", &format!("/registries/{}/test", server.registry), None).await;

    for route in routes::all().into_iter().filter(|route| route.method == Method::GET) {
        // These two are for showing them, to those who may change them.
        if ["/weak-passwords", "/registries/{id}/push"].contains(&route.path) {
            continue;
        }
        let path = route.path.replace("{id}", &server.registry).replace("{other}", &server.image_a);
        answers += &server.call(&server.admin, "GET", &path, None).await.text;
        answers += &server
            .call(&server.admin, "GET", &path.replace(&server.registry, &server.image_a), None)
            .await
            .text;
    }
    answers += &server.call(&server.admin, "GET", "/audit?limit=500", None).await.text;
    for path in ["/metrics", "/openapi.json"] {
        answers += &server.raw(Method::GET, path, &[], axum::body::Body::empty()).await.text;
    }
    let log = String::from_utf8_lossy(&log.0.lock().expect("no panic")).into_owned();
    assert!(log.contains("answered"), "the log was kept");
    let canaries = ["canary-", PASSWORD, &cookie, &csrf, &key, &push, "plimsoll_canary", "$argon2id"];
    for (place, text) in [("an answer", &answers), ("the log", &log)] {
        for canary in canaries {
            let found = text.find(canary).map(|at| {
                let from = text[..at].char_indices().rev().nth(100).map_or(0, |(at, _)| at);
                text[from..].chars().take(200).collect::<String>()
            });
            assert!(found.is_none(), "{canary} is in {place}: {}", found.unwrap_or_default());
        }
    }
}
