//! Bodies that are not of the form: too large, too deep, of fields nobody asked for.

use crate::support::Server;
use axum::body::Body;
use axum::http::{Method, StatusCode};
use plimsoll_server::{openapi, routes};
use serde_json::{Value, json};

#[tokio::test]
async fn fields_nobody_asked_for_are_refused() {
    let server = Server::start().await;
    let document = openapi();
    let mut looked_at = 0;
    for route in routes::all().into_iter().filter(|route| route.method != Method::GET) {
        let path = format!("/api/v1{}", route.path);
        let method = route.method.as_str().to_lowercase();
        let schema =
            &document["paths"][&path][&method]["requestBody"]["content"]["application/json"]["schema"];
        let Some(name) = schema["$ref"].as_str() else { continue };
        // A scan that is handed in may say more than this version knows; nothing of it is a setting.
        if name.ends_with("/UploadedScan") {
            continue;
        }
        let schema = document.pointer(name.trim_start_matches('#')).expect("references lead somewhere");
        assert_eq!(schema["additionalProperties"], false, "{name}");
        let path = route.path.replace("{id}", &server.registry);
        for field in ["role_of_everybody", "id", "created_at", "has_password", "author", "within"] {
            if schema["properties"].get(field).is_some() {
                continue;
            }
            let answer =
                server.call(&server.admin, route.method.as_str(), &path, Some(json!({field: true}))).await;
            assert_eq!(
                answer.status,
                StatusCode::UNPROCESSABLE_ENTITY,
                "{method} {path} {field}: {}",
                answer.text
            );
            assert_eq!(answer.json()["field"], field, "{method} {path}");
            looked_at += 1;
        }
    }
    assert!(looked_at > 50, "{looked_at}");
}

#[tokio::test]
async fn what_is_no_json_is_said_to_be_none() {
    let server = Server::start().await;
    let authorization = format!("Bearer {}", server.admin);
    let deep = "[".repeat(100_000);
    let large = format!("{{\"name\": \"{}\"}}", "x".repeat(2 << 20));
    for (media_type, body, want) in [
        ("application/json", "{", StatusCode::UNPROCESSABLE_ENTITY),
        ("application/json", "\u{feff}{}", StatusCode::UNPROCESSABLE_ENTITY),
        ("application/json", deep.as_str(), StatusCode::UNPROCESSABLE_ENTITY),
        ("application/json", r#"{"name": "a\u0000b", "repositories": []}"#, StatusCode::UNPROCESSABLE_ENTITY),
        ("application/json", large.as_str(), StatusCode::PAYLOAD_TOO_LARGE),
        ("text/plain", r#"{"name": "x", "repositories": []}"#, StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("application/x-www-form-urlencoded", "name=x", StatusCode::UNSUPPORTED_MEDIA_TYPE),
    ] {
        let headers = [("authorization", authorization.as_str()), ("content-type", media_type)];
        let answer =
            server.raw(Method::POST, "/api/v1/projects", &headers, Body::from(body.to_owned())).await;
        let shown: String = body.chars().take(40).collect();
        assert_eq!(answer.status, want, "{media_type} {shown}: {}", answer.text);
        assert_eq!(answer.headers["content-type"], "application/problem+json");
    }
    let projects = server.call(&server.admin, "GET", "/projects", None).await.json();
    assert_eq!(projects["total"], 1, "none was made");
}

#[tokio::test]
async fn the_usual_four_of_each() {
    let server = Server::start().await;
    for (path, body, change, shown) in [
        (
            "/users",
            json!({"username": "new", "password": "a long password", "role": "viewer"}),
            json!({"role": "operator"}),
            ("role", json!("operator")),
        ),
        (
            "/projects",
            json!({"name": "p", "repositories": ["team/*"]}),
            json!({"name": "q"}),
            ("name", json!("q")),
        ),
        (
            "/policies",
            json!({"name": "p", "cycle": {"cron": "0 3 * * *"}}),
            json!({"enabled": false}),
            ("enabled", json!(false)),
        ),
        (
            "/registries",
            json!({"name": "r", "url": "http://127.0.0.1:5000", "allow_private": true, "password": "x"}),
            json!({"name": "s"}),
            ("name", json!("s")),
        ),
    ] {
        let made = server.call(&server.admin, "POST", path, Some(body)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{path}: {}", made.text);
        let one = format!("{path}/{}", made.id());
        let changed = server.call(&server.admin, "PATCH", &one, Some(change)).await;
        assert_eq!(changed.status, StatusCode::OK, "{one}: {}", changed.text);
        let read = server.call(&server.admin, "GET", &one, None).await.json();
        assert_eq!(read[shown.0], shown.1, "{one}");
        let gone = server.call(&server.admin, "DELETE", &one, None).await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT, "{one}: {}", gone.text);
        let read = server.call(&server.admin, "GET", &one, None).await;
        assert_eq!(read.status, StatusCode::NOT_FOUND, "{one}");
    }
    let log = server.call(&server.admin, "GET", "/audit?action=project.", None).await.json();
    let actions: Vec<&Value> =
        log["items"].as_array().into_iter().flatten().map(|line| &line["action"]).collect();
    assert_eq!(actions, ["project.delete", "project.change", "project.create"]);
}

#[tokio::test]
async fn lists_are_replaced_within_bounds() {
    let server = Server::start().await;
    let many: Vec<String> = (0..301).map(|number| number.to_string()).collect();
    for (path, body, want) in [
        ("/weak-passwords", json!({"passwords": ["a", "a", "b"]}), StatusCode::OK),
        ("/weak-passwords", json!({"passwords": many}), StatusCode::BAD_REQUEST),
        ("/weak-passwords", json!({"passwords": [""]}), StatusCode::BAD_REQUEST),
        ("/exclude-paths", json!({"paths": ["/opt/x"]}), StatusCode::OK),
        ("/exclude-paths", json!({"paths": ["opt"]}), StatusCode::BAD_REQUEST),
        ("/exclude-paths", json!({"paths": ["/a/../b"]}), StatusCode::BAD_REQUEST),
        ("/base-images", json!({"items": [{"name": "base", "diff_ids": ["x"]}]}), StatusCode::BAD_REQUEST),
        (
            "/base-images",
            json!({"items": [{"name": "base", "diff_ids": [format!("sha256:{}", "0".repeat(64))]}]}),
            StatusCode::OK,
        ),
    ] {
        let answer = server.call(&server.admin, "PUT", path, Some(body.clone())).await;
        assert_eq!(answer.status, want, "{path} {body}: {}", answer.text);
    }
    let kept = server.call(&server.admin, "GET", "/weak-passwords", None).await.json();
    assert_eq!(kept["passwords"], json!(["a", "b"]));
    let kept = server.call(&server.admin, "GET", "/base-images", None).await.json();
    assert_eq!(kept["items"][0]["name"], "base");
}
