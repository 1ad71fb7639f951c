//! Questions no page of ours would ask: never a fault of the server's, and never more than was asked for.

use crate::support::{Server, new_id};
use axum::http::{Method, StatusCode};
use plimsoll_server::routes;

/// A repeatable stream of numbers (splitmix64, Steele et al. 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % most as u64).expect("below most")
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

const VALUES: &[&str] = &[
    "",
    "true",
    "false",
    "all",
    "0",
    "1",
    "-1",
    "500",
    "501",
    "1e309",
    "NaN",
    "18446744073709551616",
    "high",
    "open",
    "ignored,fixed",
    "vulnerability",
    "secret",
    "2026-11-24",
    "2026-11-24T00:00:00Z",
    "9999-99-99",
    "-severity",
    "name",
    "-level",
    "a,b,,c",
    "*",
    "team-a/*",
    "%25",
    "%00",
    "%ff",
    "%F0%9F%90%99",
    "%27%3B--",
    "..%2f..%2fetc",
    "debian+12",
    "linux/amd64",
    "CVE-2024-3094",
    "secret:x%2Fy",
    "sha256:00",
    "%22",
    "%5C",
    "%0a",
    "html",
    "json",
    "registry",
];

#[tokio::test]
async fn no_question_is_a_fault_of_the_server() {
    let server = Server::start().await;
    let mut random = Random(7);
    for route in routes::all().into_iter().filter(|route| route.method == Method::GET) {
        let runs = if route.query.is_empty() { 6 } else { 80 };
        for _ in 0..runs {
            let mut path = String::new();
            for (at, part) in route.path.split('{').enumerate() {
                if at == 0 {
                    path += part;
                    continue;
                }
                let (_, rest) = part.split_once('}').expect("braces are closed");
                path += &match random.below(4) {
                    0 => server.image_a.clone(),
                    1 => new_id(),
                    2 => server.registry.clone(),
                    _ => random
                        .one(&["x", "%20", "CVE-2024-3094", "a%2Fb", "%27", "%00", "%ff", "..."])
                        .to_owned(),
                };
                path += rest;
            }
            let names: Vec<&str> = route.query.iter().map(|parameter| parameter.name).collect();
            let pairs: Vec<String> = (0..random.below(4))
                .filter(|_| !names.is_empty())
                .map(|_| format!("{}={}", random.one(&names), random.one(VALUES)))
                .collect();
            let path = format!("{path}?{}", pairs.join("&"));
            let key = if random.below(2) == 0 { &server.admin } else { &server.scoped };
            let answer = server.call(key, "GET", &path, None).await;
            assert!(answer.status.as_u16() < 500, "{path}: {} {}", answer.status, answer.text);
            if answer.status.is_client_error() {
                assert_eq!(answer.headers["content-type"], "application/problem+json", "{path}");
            }
        }
    }
}

#[tokio::test]
async fn unknown_names_are_refused_by_name() {
    let server = Server::start().await;
    for route in
        routes::all().into_iter().filter(|route| route.method == Method::GET && !route.path.contains('{'))
    {
        for (query, field) in
            [("sevrity=high", "sevrity"), ("sort=%27", "sort"), ("limit=1&limit=2", "limit")]
        {
            let answer = server.call(&server.admin, "GET", &format!("{}?{query}", route.path), None).await;
            let sorts = route.query.iter().any(|parameter| parameter.name == field);
            assert_eq!(
                answer.status,
                StatusCode::BAD_REQUEST,
                "{} {query} ({sorts}): {}",
                route.path,
                answer.text
            );
            assert_eq!(answer.json()["field"], field, "{}", route.path);
        }
    }
}

#[tokio::test]
async fn documented_filters_are_taken() {
    let server = Server::start().await;
    let value = |name: &str| match name {
        "kind" | "image.kind" => "vulnerability",
        "severity" | "image.severity" => "high",
        "state" => "all",
        "class" => "system",
        "urgency" => "immediate",
        "source" => "registry",
        "registry_kind" => "harbor",
        "status" => "scanned",
        "level" => "high",
        "limit" | "size_min" | "size_max" | "offset" | "epss_min" | "cvss_min" => "1",
        "fixable" | "kev" | "inherited" | "latest" | "gone" | "present" | "vulnerable" | "mine" | "seen" => {
            "true"
        }
        name if name.ends_with("_since") || name == "since" || name == "until" => "2026-11-24",
        "layer" => "0",
        "sort" | "cursor" | "format" | "action" => "",
        _ => "x",
    };
    for path in ["/images", "/risks", "/history", "/audit", "/base-images"] {
        let route = routes::all().into_iter().find(|route| route.method == Method::GET && route.path == path);
        for parameter in route.expect("it is a route").query {
            let value = value(parameter.name);
            if value.is_empty() {
                continue;
            }
            let answer =
                server.call(&server.viewer, "GET", &format!("{path}?{}={value}", parameter.name), None).await;
            let expected = if path == "/audit" { StatusCode::FORBIDDEN } else { StatusCode::OK };
            assert_eq!(answer.status, expected, "{path}?{}: {}", parameter.name, answer.text);
        }
    }
}
