//! Who may call what. The cases are the table of routes itself, so that a new route cannot be forgotten.

use crate::support::{Server, new_id};
use axum::http::{Method, StatusCode};
use plimsoll_model::Role;
use plimsoll_server::route::{Access, Route};
use plimsoll_server::routes;
use serde_json::json;

/// The path with ids that name nothing.
fn filled(route: &Route) -> String {
    let mut path = String::new();
    for (at, part) in route.path.split('{').enumerate() {
        if at == 0 {
            path += part;
            continue;
        }
        let (name, rest) = part.split_once('}').expect("braces are closed");
        path += &if name == "kind" { "harbor".to_owned() } else { new_id() };
        path += rest;
    }
    path
}

#[tokio::test]
async fn nobody_passes_without_signing_in() {
    let server = Server::start().await;
    for route in routes::all() {
        let body = (route.method != Method::GET).then(|| json!({}));
        let answer = server.call("", route.method.as_str(), &filled(&route), body).await;
        let want = match route.access {
            Access::Public if route.path == "/session" => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::UNAUTHORIZED,
        };
        assert_eq!(answer.status, want, "{} {}: {}", route.method, route.path, answer.text);
        let answer = server.call("plimsoll_wrong", route.method.as_str(), &filled(&route), None).await;
        assert_eq!(answer.status, want, "{} {}: {}", route.method, route.path, answer.text);
    }
}

#[tokio::test]
async fn a_lower_role_is_refused() {
    let server = Server::start().await;
    let people = [(Role::Viewer, &server.viewer), (Role::Operator, &server.operator)];
    for route in routes::all() {
        let Access::Signed(needs) = route.access else { continue };
        for (has, key) in people.iter().filter(|(has, _)| *has < needs) {
            let answer = server.call(key, route.method.as_str(), &filled(&route), Some(json!({}))).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{has:?} {} {}", route.method, route.path);
            assert_eq!(answer.json()["status"], 403);
        }
    }
}

#[tokio::test]
async fn what_changes_something_is_audited_and_needs_more_than_looking() {
    // A viewer changes their own things only: sessions, tokens, exports.
    let own = ["/session", "/tokens", "/tokens/{id}", "/exports"];
    for route in routes::all().into_iter().filter(|route| route.method != Method::GET) {
        let name = format!("{} {}", route.method, route.path);
        let signed_in = matches!(route.access, Access::Signed(_));
        let asks = route.path == "/decisions/preview";
        assert_eq!(route.audit.is_some(), signed_in && !asks, "{name}: say what the audit log calls it");
        if let Access::Signed(role) = route.access {
            assert!(role > Role::Viewer || own.contains(&route.path), "{name}: is this for viewers?");
        }
    }
}

#[tokio::test]
async fn ids_of_nothing_are_missing_for_everybody_and_change_nothing() {
    let server = Server::start().await;
    for route in routes::all().into_iter().filter(|route| route.path.contains("{id}")) {
        let body = match (route.method.as_str(), route.path) {
            ("GET" | "DELETE", _) => None,
            _ => Some(json!({})),
        };
        let answer = server.call(&server.admin, route.method.as_str(), &filled(&route), body).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{} {}: {}", route.method, route.path, answer.text);
    }
}

#[tokio::test]
async fn foreign_things_are_missing() {
    let server = Server::start().await;
    let (sees, hidden) = (&server.image_a, &server.image_b);
    assert_eq!(
        server.call(&server.scoped, "GET", &format!("/images/{sees}"), None).await.status,
        StatusCode::OK
    );
    for route in routes::all().into_iter().filter(|route| route.path.starts_with("/images/{id}")) {
        let path = route.path.replace("{id}", hidden).replace("{other}", sees);
        let answer = server.call(&server.scoped, route.method.as_str(), &path, None).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{} {path}: {}", route.method, answer.text);
    }
    // A hidden image and none at all are answered the same.
    let compared = async |other: &str| {
        let path = format!("/images/{sees}/compare/{other}");
        server.call(&server.scoped, "GET", &path, None).await.status
    };
    assert_eq!(compared(hidden).await, compared(&new_id()).await);
    let still = server.call(&server.admin, "GET", &format!("/images/{hidden}"), None).await;
    assert_eq!(still.status, StatusCode::OK, "it was not deleted");
    let list = server.call(&server.scoped, "GET", "/images", None).await.json();
    assert_eq!(list["total"], 1);
    for (path, body) in [
        ("/scans", json!({"images": [hidden]})),
        ("/decisions", json!({"action": "ignore", "risks": {"filter": {}}, "scope": {"images": [hidden]}})),
        (
            "/decisions/preview",
            json!({"action": "ignore", "risks": {"filter": {}}, "scope": {"images": [hidden]}}),
        ),
    ] {
        let answer = server.call(&server.scoped, "POST", path, Some(body)).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {}", answer.text);
    }
    let tasks = server.call(&server.admin, "GET", "/tasks?kind=scan", None).await.json();
    assert_eq!(tasks["total"], 0, "nothing was started");
    let decisions = server.call(&server.admin, "GET", "/decisions?state=all", None).await.json();
    assert_eq!(decisions["total"], 0);
}

#[tokio::test]
async fn tasks_tokens_and_decisions_of_others_are_missing() {
    let server = Server::start().await;
    let task = server.call(&server.operator, "POST", "/scans", Some(json!({"all": true}))).await;
    assert_eq!(task.status, StatusCode::ACCEPTED, "{}", task.text);
    let token = server.call(&server.operator, "POST", "/tokens", Some(json!({"name": "ci"}))).await;
    assert_eq!(token.status, StatusCode::CREATED, "{}", token.text);
    let decision = json!({"action": "ignore", "risks": {"filter": {"severity": "low"}}, "scope": {"images": [server.image_b]}});
    let decision = server.call(&server.operator, "POST", "/decisions", Some(decision)).await;
    assert_eq!(decision.status, StatusCode::CREATED, "{}", decision.text);
    for (method, path) in [
        ("GET", format!("/tasks/{}", task.id())),
        ("GET", format!("/tasks/{}/jobs", task.id())),
        ("POST", format!("/tasks/{}/stop", task.id())),
        ("POST", format!("/tasks/{}/retry", task.id())),
        ("GET", format!("/exports/{}/file", task.id())),
        ("PATCH", format!("/tokens/{}", token.id())),
        ("DELETE", format!("/tokens/{}", token.id())),
        ("GET", format!("/decisions/{}", decision.id())),
        ("PATCH", format!("/decisions/{}", decision.id())),
        ("DELETE", format!("/decisions/{}", decision.id())),
    ] {
        let answer = server.call(&server.scoped, method, &path, None).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{method} {path}: {}", answer.text);
    }
    let state = server.call(&server.admin, "GET", &format!("/tasks/{}", task.id()), None).await.json();
    assert_eq!(state["state"], "waiting");
    let there = server.call(&server.admin, "GET", &format!("/decisions/{}", decision.id()), None).await;
    assert_eq!(there.status, StatusCode::OK);
}

#[tokio::test]
async fn what_concerns_everybody_is_not_for_who_sees_some() {
    let server = Server::start().await;
    for (method, path, body) in [
        ("PUT", "/weak-passwords", json!({"passwords": ["x"]})),
        ("PUT", "/exclude-paths", json!({"paths": ["/opt/x"]})),
        ("POST", "/policies", json!({"name": "x", "cycle": {"days": 1}})),
    ] {
        let answer = server.call(&server.scoped, method, path, Some(body.clone())).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}: {}", answer.text);
        let answer = server.call(&server.operator, method, path, Some(body)).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn nobody_gives_themselves_more() {
    let server = Server::start().await;
    let user = server.call(&server.operator, "GET", "/session", None).await.json()["user"]["id"].clone();
    let user = user.as_str().expect("an id");
    for (method, path, body) in [
        ("POST", "/tokens".to_owned(), json!({"name": "x", "role": "admin"})),
        ("POST", "/tokens".to_owned(), json!({"name": "x", "user": new_id()})),
        ("PATCH", format!("/users/{user}"), json!({"role": "admin"})),
        ("PATCH", "/session".to_owned(), json!({"role": "admin"})),
    ] {
        let answer = server.call(&server.operator, method, &path, Some(body)).await;
        assert!(answer.status.is_client_error(), "{method} {path}: {}", answer.text);
    }
    let answer = server
        .call(&server.scoped, "POST", "/tokens", Some(json!({"name": "x", "projects": [new_id()]})))
        .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
}
