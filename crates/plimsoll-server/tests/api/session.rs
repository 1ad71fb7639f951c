//! Signing in, staying signed in, and not.

use crate::support::{PASSWORD, Server};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use plimsoll_model::{Role, Time};
use serde_json::{Value, json};

async fn with_cookie(
    server: &Server,
    method: Method,
    path: &str,
    cookie: &str,
    csrf: Option<&str>,
) -> StatusCode {
    let mut headers = vec![("cookie", cookie), ("content-type", "application/json")];
    headers.extend(csrf.map(|csrf| ("x-csrf-token", csrf)));
    let body = if method == Method::GET { Body::empty() } else { Body::from(r#"{"name": "x"}"#) };
    server.raw(method, &format!("/api/v1{path}"), &headers, body).await.status
}

#[tokio::test]
async fn a_cookie_needs_its_csrf_token_to_change_something() {
    let server = Server::start().await;
    let (cookie, csrf) = server.sign_in("olga").await;
    let (_, other) = server.sign_in("vera").await;
    assert_eq!(with_cookie(&server, Method::GET, "/images", &cookie, None).await, StatusCode::OK);
    for wrong in [None, Some(""), Some("x"), Some(other.as_str())] {
        let status = with_cookie(&server, Method::POST, "/tokens", &cookie, wrong).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{wrong:?}");
    }
    assert_eq!(
        with_cookie(&server, Method::POST, "/tokens", &cookie, Some(&csrf)).await,
        StatusCode::CREATED
    );
    assert_eq!(
        with_cookie(&server, Method::DELETE, "/session", &cookie, Some(&csrf)).await,
        StatusCode::NO_CONTENT
    );
    assert_eq!(with_cookie(&server, Method::GET, "/images", &cookie, None).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    for (url, secure) in [("http://127.0.0.1", false), ("https://plimsoll.example.com", true)] {
        let server = Server::start_at(url).await;
        let body = json!({"username": "vera", "password": PASSWORD});
        let answer = server.call("", "POST", "/session", Some(body)).await;
        let cookie = answer.headers[header::SET_COOKIE].to_str().expect("text");
        assert!(cookie.contains("; HttpOnly; SameSite=Lax; "), "{cookie}");
        assert_eq!(cookie.contains("; Secure"), secure, "{cookie}");
        assert_eq!(answer.headers.contains_key("strict-transport-security"), secure);
    }
}

#[tokio::test]
async fn sessions_end_with_the_password_the_account_and_the_role() {
    let server = Server::start().await;
    let (cookie, csrf) = server.sign_in("vera").await;
    let body = json!({"current_password": PASSWORD, "new_password": "another long password"}).to_string();
    let headers =
        [("cookie", cookie.as_str()), ("x-csrf-token", csrf.as_str()), ("content-type", "application/json")];
    let answer = server.raw(Method::PATCH, "/api/v1/session", &headers, Body::from(body)).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text);
    assert_eq!(with_cookie(&server, Method::GET, "/images", &cookie, None).await, StatusCode::UNAUTHORIZED);

    for change in
        [json!({"role": "viewer"}), json!({"password": "a third password"}), json!({"enabled": false})]
    {
        let name = format!(
            "user-{}",
            change.as_object().and_then(|map| map.keys().next().cloned()).unwrap_or_default()
        );
        let key = server.person(&name, Role::Operator, None).await;
        let (cookie, _) = server.sign_in(&name).await;
        let id = server.call(&key, "GET", "/session", None).await.json()["user"]["id"].clone();
        let path = format!("/users/{}", id.as_str().expect("an id"));
        let answer = server.call(&server.admin, "PATCH", &path, Some(change.clone())).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let status = with_cookie(&server, Method::GET, "/images", &cookie, None).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{change}");
    }
    let disabled = server
        .call("", "POST", "/session", Some(json!({"username": "user-enabled", "password": PASSWORD})))
        .await;
    assert_eq!(disabled.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn tokens_end() {
    let server = Server::start().await;
    let id = server.call(&server.viewer, "GET", "/session", None).await.json()["user"]["id"].clone();
    let id = id.as_str().expect("an id");
    let now = server.platform.data().now().await.expect("a clock");
    let ended = server.token(id, Role::Viewer, Some(Time(now.0 - 1))).await;
    let lasting = server.token(id, Role::Viewer, Some(now.plus_days(1))).await;
    assert_eq!(server.call(&ended, "GET", "/images", None).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(server.call(&lasting, "GET", "/images", None).await.status, StatusCode::OK);
    // A token of a higher role than its user's has its user's.
    let token = server.token(id, Role::Admin, None).await;
    assert_eq!(server.call(&token, "GET", "/users", None).await.status, StatusCode::FORBIDDEN);
    let past = json!({"name": "x", "expires": "2001-01-01T00:00:00Z"});
    assert_eq!(server.call(&lasting, "POST", "/tokens", Some(past)).await.status, StatusCode::BAD_REQUEST);
    // What a token makes ends no later than itself.
    let made = server.call(&lasting, "POST", "/tokens", Some(json!({"name": "x"}))).await.json();
    assert!(made["expires_at"].is_string(), "{made}");
}

#[tokio::test]
async fn signing_in_tells_nothing_of_who_there_is() {
    let server = Server::start().await;
    let mut seen: Vec<(StatusCode, Value)> = Vec::new();
    for name in ["vera", "nobody", "", "'; drop table users; --"] {
        let body = json!({"username": name, "password": "wrong password"});
        let answer = server.call("", "POST", "/session", Some(body)).await;
        let mut said = answer.json();
        said["request"] = Value::Null;
        seen.push((answer.status, said));
    }
    assert_eq!(seen[0].0, StatusCode::UNAUTHORIZED);
    assert!(seen.windows(2).all(|two| two[0] == two[1]), "{seen:?}");
}

#[tokio::test]
async fn signing_in_is_limited_by_name() {
    let server = Server::start().await;
    let mut last = StatusCode::OK;
    for _ in 0..11 {
        let body = json!({"username": "Vera", "password": "wrong password"});
        let answer = server.call("", "POST", "/session", Some(body)).await;
        last = answer.status;
        if last == StatusCode::TOO_MANY_REQUESTS {
            assert!(answer.headers.contains_key(header::RETRY_AFTER));
        }
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    let right = json!({"username": "vera", "password": PASSWORD});
    let answer = server.call("", "POST", "/session", Some(right)).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "the right password waits too");
    server.sign_in("olga").await;
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let server = Server::start().await;
    let id = server.call(&server.admin, "GET", "/session", None).await.json()["user"]["id"].clone();
    let path = format!("/users/{}", id.as_str().expect("an id"));
    for (method, body) in [
        ("PATCH", Some(json!({"role": "viewer"}))),
        ("PATCH", Some(json!({"enabled": false}))),
        ("DELETE", None),
    ] {
        let answer = server.call(&server.admin, method, &path, body).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{method}: {}", answer.text);
    }
}

#[tokio::test]
async fn callers_are_known_by_the_address_the_proxy_saw() {
    for (url, from) in [("http://127.0.0.1", ""), ("https://plimsoll.example.com", "192.0.2.9")] {
        let server = Server::start_at(url).await;
        let headers = [("content-type", "application/json"), ("x-forwarded-for", "203.0.113.6, 192.0.2.9")];
        let body = Body::from(r#"{"username": "vera", "password": "wrong password"}"#);
        server.raw(Method::POST, "/api/v1/session", &headers, body).await;
        let log = server.call(&server.admin, "GET", "/audit?action=session.refused", None).await.json();
        assert_eq!(log["items"][0]["from"], from, "{url}: {log}");
        assert_eq!(log["items"][0]["actor"], "vera");
    }
}
