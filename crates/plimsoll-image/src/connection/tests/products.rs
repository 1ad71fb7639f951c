//! The APIs of products, as their documentation has them.

use super::*;
use std::sync::Mutex;

/// `bot` and `secret`.
const BASIC: &str = "Basic Ym90OnNlY3JldA==";
const BEARER: &str = "Bearer secret";

fn signed(kind: RegistryKind, server: &Server, path: &str) -> Connection {
    connect(user(at(kind, server, path), "bot", "secret"))
}

fn path(request: &Request) -> &str {
    request.path.split('?').next().unwrap_or_default()
}

fn check(connection: &Connection, expected: &[&str]) {
    let expected = expected.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(names(connection), Ok(expected));
}

#[test]
fn harbor_lists_projects_and_their_repositories() {
    let answer = |request: &Request| {
        let page: usize = query(request, "page").and_then(|page| page.parse().ok()).unwrap_or(0);
        if request.header("authorization") != BASIC {
            return Reply::new(401);
        }
        match path(request) {
            "/api/v2.0/projects" if page == 1 => {
                json(r#"[{"name":"library"},{"name":"team.x"},{"name":"shut"}]"#)
            }
            "/api/v2.0/projects/library/repositories" if page < 3 => {
                json(format!(r#"[{{"name":"library/a{page}"}},{{"name":"library/b{page}"}}]"#))
            }
            "/api/v2.0/projects/team%2Ex/repositories" if page == 1 => {
                json(r#"[{"name":"team.x/deep/app"}]"#)
            }
            "/api/v2.0/projects/shut/repositories" => Reply::new(403),
            "/api/v2.0/projects" | "/api/v2.0/projects/library/repositories" => json("[]"),
            "/api/v2.0/projects/team%2Ex/repositories" => json("[]"),
            _ => Reply::new(404),
        }
    };
    let server = Server::start(answer);
    let all = ["library/a1", "library/b1", "library/a2", "library/b2", "team.x/deep/app"];
    check(&signed(RegistryKind::Harbor, &server, ""), &all);
    check(&signed(RegistryKind::Harbor, &server, "/team.x"), &["team.x/deep/app"]);
    // A robot that may not list projects.
    let server = Server::start(|request| match path(request) {
        "/v2/_catalog" => json(r#"{"repositories":["robots/app"]}"#),
        _ => Reply::new(403),
    });
    check(&signed(RegistryKind::Harbor, &server, ""), &["robots/app"]);
    let wrong = connect(user(at(RegistryKind::Harbor, &Server::start(answer), ""), "bot", "wrong"));
    assert!(names(&wrong).is_err());
}

#[test]
fn artifactory_lists_its_repositories_images() {
    let server = Server::start(|request| match path(request) {
        "/artifactory/api/repositories" if request.header("authorization") == BASIC => json(
            r#"[{"key":"docker-local","type":"LOCAL"},{"key":"docker-all","type":"VIRTUAL"},{"key":"hub","type":"REMOTE"},{"key":"two","type":"local"}]"#,
        ),
        "/artifactory/api/docker/docker-local/v2/_catalog" => match request.header("authorization") {
            BASIC => json(r#"{"repositories":["team/app","x"]}"#),
            _ => Reply::new(401).header("WWW-Authenticate", "Basic realm=\"Artifactory Realm\""),
        },
        "/artifactory/api/docker/two/v2/_catalog" => Reply::new(404),
        "/v2/docker-local/team/app/tags/list" => json(r#"{"tags":["v1"]}"#),
        _ => Reply::new(404),
    });
    let connection = signed(RegistryKind::Jfrog, &server, "");
    check(&connection, &["docker-local/team/app", "docker-local/x"]);
    assert_eq!(connection.tags("docker-local/team/app").ok(), Some(vec!["v1".to_owned()]));
    check(
        &signed(RegistryKind::Jfrog, &server, "/docker-local"),
        &["docker-local/team/app", "docker-local/x"],
    );
    check(
        &signed(RegistryKind::Jfrog, &server, "/artifactory/docker-local/team"),
        &["docker-local/team/app"],
    );
    let error = names(&signed(RegistryKind::Jfrog, &server, "/two")).expect_err("it has none");
    assert!(error.contains("404 at _catalog"), "{error}");
}

#[test]
fn docker_hub_is_asked_through_its_api() {
    let server = Server::start(|request| match (request.method.as_str(), path(request)) {
        ("POST", "/v2/auth/token") if request.body == r#"{"identifier":"bot","secret":"secret"}"# => {
            json(r#"{"access_token":"jwt"}"#)
        }
        ("POST", _) => Reply::new(401),
        _ if request.header("authorization") != "Bearer jwt" => Reply::new(401),
        (_, "/v2/repositories/namespaces") => json(r#"{"namespaces":["bot","org","../x"]}"#),
        (_, "/v2/namespaces/bot/repositories") => match query(request, "page") {
            None => json(format!(
                r#"{{"count":2,"next":"http://{}/v2/namespaces/bot/repositories?page=2","results":[{{"name":"one"}}]}}"#,
                request.header("host")
            )),
            _ => json(r#"{"next":"http://127.0.0.1:1/elsewhere","results":[{"name":"two"}]}"#),
        },
        (_, "/v2/namespaces/org/repositories") => json(r#"{"next":null,"results":[{"name":"app"}]}"#),
        _ => Reply::new(404),
    });
    check(&signed(RegistryKind::DockerHub, &server, ""), &["bot/one", "bot/two", "org/app"]);
    check(&signed(RegistryKind::DockerHub, &server, "/org"), &["org/app"]);
    let error = names(&connect(user(at(RegistryKind::DockerHub, &server, ""), "bot", "other-secret")));
    assert!(error.is_err_and(|error| error.contains("refused the sign-in of bot (401)")));
    let error = names(&connect(at(RegistryKind::DockerHub, &server, "")));
    assert!(error.is_err_and(|error| error.contains("does not list everything")));
    let hub = connect(account(RegistryKind::DockerHub, "https://hub.docker.com/u/team"));
    let reference = hub.reference("team/app", None, None).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(reference.to_string(), "docker.io/team/app:latest");
}

#[test]
fn ecr_signs_its_requests() {
    let asked = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&asked);
    let server = Server::start(move |request| {
        // `AWS:aws-secret` is what the key buys.
        let password = "QVdTOmF3cy1zZWNyZXQ=";
        if request.method == "GET" {
            return match (path(request), request.header("authorization").strip_prefix("Basic ")) {
                ("/v2/team/app/tags/list", Some(found)) if found == password => json(r#"{"tags":["v1"]}"#),
                _ => Reply::new(401).header("WWW-Authenticate", "Basic realm=\"x\""),
            };
        }
        let sign = request.header("authorization");
        assert!(sign.starts_with("AWS4-HMAC-SHA256 Credential=AKIAKEY/"), "{sign}");
        assert!(
            sign.contains("SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature="),
            "{sign}"
        );
        assert_eq!(request.header("content-type"), "application/x-amz-json-1.1");
        match request.header("x-amz-target") {
            "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken" => {
                *counted.lock().expect("not poisoned") += 1;
                json(format!(
                    r#"{{"authorizationData":[{{"authorizationToken":"{password}","expiresAt":9e12}}]}}"#
                ))
            }
            "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories"
                if request.body.contains("nextToken") =>
            {
                json(r#"{"repositories":[{"repositoryName":"other"}]}"#)
            }
            "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories" => {
                json(r#"{"repositories":[{"repositoryName":"team/app"}],"nextToken":"more"}"#)
            }
            _ => Reply::new(400).body(r#"{"__type":"UnrecognizedClientException"}"#),
        }
    });
    let connection = connect(user(at(RegistryKind::Ecr, &server, ""), "AKIAKEY", "secret"));
    check(&connection, &["team/app", "other"]);
    for _ in 0..3 {
        assert_eq!(connection.tags("team/app").ok(), Some(vec!["v1".to_owned()]));
    }
    assert_eq!(*asked.lock().expect("not poisoned"), 1, "one password is enough");

    let server = Server::start(|_| Reply::new(400).body(r#"{"__type":"UnrecognizedClientException"}"#));
    let error = names(&connect(user(at(RegistryKind::Ecr, &server, ""), "AKIAKEY", "secret")));
    assert!(error.is_err_and(|error| error.contains("refused the access key AKIAKEY")));
}

#[test]
fn google_lists_children() {
    let server = Server::start(|request| match path(request) {
        "/v2/project/repo/tags/list" => json(r#"{"child":["app","deep","../x"],"manifest":{},"tags":[]}"#),
        "/v2/project/repo/app/tags/list" => json(r#"{"child":[],"manifest":{"sha256:0":{}},"tags":["v1"]}"#),
        "/v2/project/repo/deep/tags/list" => json(r#"{"child":["er"],"tags":null}"#),
        "/v2/project/repo/deep/er/tags/list" => json(r#"{"manifest":{"sha256:0":{}},"tags":[]}"#),
        "/v2/_catalog" => json(r#"{"repositories":["project/repo/all","other/repo/x"]}"#),
        _ => Reply::new(404),
    });
    let google = |path| connect(user(at(RegistryKind::Gar, &server, path), "_json_key", "{}"));
    check(&google("/project/repo"), &["project/repo/app", "project/repo/deep/er"]);
    check(&google("/project"), &["project/repo/all"]);
    check(&google(""), &["project/repo/all", "other/repo/x"]);
}

#[test]
fn github_lists_packages() {
    let server = Server::start(|request| {
        if request.header("authorization") != BEARER || query(request, "package_type") != Some("container") {
            return Reply::new(401);
        }
        match (path(request), query(request, "page")) {
            ("/api/v3/orgs/Org/packages", None) => {
                let link = format!(
                    r#"<http://{}/api/v3/orgs/Org/packages?package_type=container&per_page=100&page=2>; rel="next""#,
                    request.header("host")
                );
                json(r#"[{"name":"App","owner":{"login":"Org"}}]"#).header("Link", link)
            }
            ("/api/v3/orgs/Org/packages", Some("2")) => json(r#"[{"name":"deep/er"}]"#),
            ("/api/v3/users/me/packages", None) => json(r#"[{"name":"mine","owner":{"login":"me"}}]"#),
            ("/api/v3/user/packages", None) => json(r#"[{"name":"own","owner":{"login":"Me"}}]"#),
            _ => Reply::new(404),
        }
    });
    check(&signed(RegistryKind::Ghcr, &server, "/Org"), &["org/app", "org/deep/er"]);
    check(&signed(RegistryKind::Ghcr, &server, "/me"), &["me/mine"]);
    check(&signed(RegistryKind::Ghcr, &server, ""), &["me/own"]);
    let error = names(&signed(RegistryKind::Ghcr, &server, "/nobody"));
    assert!(error.is_err_and(|error| error.contains("knows no owner nobody")));
}

#[test]
fn quay_is_listed_by_tokens_and_by_robots() {
    let server = Server::start(|request| match (path(request), request.header("authorization")) {
        ("/api/v1/repository", BEARER) => match query(request, "next_page") {
            None => json(r#"{"repositories":[{"namespace":"org","name":"a"}],"next_page":"t+1"}"#),
            Some("t%2B1") => json(r#"{"repositories":[{"namespace":"org","name":"b"}]}"#),
            _ => Reply::new(400),
        },
        ("/v2/_catalog", BASIC) => json(r#"{"repositories":["org/robots","other/x"]}"#),
        _ => Reply::new(401).header("WWW-Authenticate", "Basic realm=\"x\""),
    });
    let token = user(at(RegistryKind::Quay, &server, "/org"), "$oauthtoken", "secret");
    check(&connect(token), &["org/a", "org/b"]);
    check(&signed(RegistryKind::Quay, &server, "/org"), &["org/robots"]);
    check(&signed(RegistryKind::Quay, &server, ""), &["org/robots", "other/x"]);
}

#[test]
fn gitlab_is_found_by_its_token_service() {
    let server = Server::start(|request| {
        let host = request.header("host");
        if path(request) == "/v2/" {
            let challenge = format!(r#"Bearer realm="http://{host}/jwt/auth",service="container_registry""#);
            return Reply::new(401).header("WWW-Authenticate", challenge);
        }
        if request.header("authorization") != BEARER {
            return Reply::new(401);
        }
        match path(request) {
            "/api/v4/groups/group%2Fsub/registry/repositories" => {
                json(r#"[{"id":1,"path":"group/sub/app"}]"#)
            }
            "/api/v4/projects/group%2Fone/registry/repositories" => json(r#"[{"path":"group/one/img"}]"#),
            "/api/v4/projects" => json(r#"[{"id":7},{"id":8}]"#),
            "/api/v4/projects/7/registry/repositories" => json(r#"[{"path":"a/b"},{"path":"a/b/c"}]"#),
            "/api/v4/projects/8/registry/repositories" => Reply::new(403),
            _ => Reply::new(404),
        }
    });
    check(&signed(RegistryKind::Gitlab, &server, "/group/sub"), &["group/sub/app"]);
    check(&signed(RegistryKind::Gitlab, &server, "/group/one"), &["group/one/img"]);
    check(&signed(RegistryKind::Gitlab, &server, ""), &["a/b", "a/b/c"]);

    // A registry that names somebody else's token service does not get the token sent there.
    let thief = Server::start(|_| json("[]"));
    let realm = format!("http://localhost:{}/jwt/auth", thief.address.port());
    let server = Server::start(move |_| {
        Reply::new(401).header("WWW-Authenticate", format!(r#"Bearer realm="{realm}",service="x""#))
    });
    let error = names(&signed(RegistryKind::Gitlab, &server, ""));
    assert!(error.is_err_and(|error| error.contains("another site")));
    assert_eq!(thief.count(""), 0);
}

#[test]
fn nexus_is_listed_by_path_and_by_components() {
    let server = Server::start(|request| match path(request) {
        "/v2/_catalog" => json(r#"{"repositories":["connector/app"]}"#),
        "/repository/hosted/v2/_catalog" => json(r#"{"repositories":["team/app"]}"#),
        "/service/rest/v1/components" if query(request, "repository") == Some("closed") => {
            match query(request, "continuationToken") {
                None => json(
                    r#"{"items":[{"name":"a","version":"1"},{"name":"a","version":"2"}],"continuationToken":"x"}"#,
                ),
                _ => json(r#"{"items":[{"name":"b","version":"1"}],"continuationToken":null}"#),
            }
        }
        _ => Reply::new(404),
    });
    check(&signed(RegistryKind::Nexus, &server, ""), &["connector/app"]);
    check(&signed(RegistryKind::Nexus, &server, "/repository/hosted"), &["hosted/team/app"]);
    check(&signed(RegistryKind::Nexus, &server, "/closed"), &["closed/a", "closed/b"]);
    assert!(names(&signed(RegistryKind::Nexus, &server, "/nothing")).is_err());
}

#[test]
fn swr_and_acr_are_listed() {
    let server = Server::start(|request| match path(request) {
        "/dockyard/v2/repositories" => json(r#"[{"namespace":"org","name":"app"},{"name":"x"}]"#),
        _ => Reply::new(404),
    });
    check(&signed(RegistryKind::Swr, &server, ""), &["org/app"]);
    let server = Server::start(|request| match (path(request), query(request, "last")) {
        ("/v2/_catalog", None) => json(r#"{"repositories":["a","b"]}"#)
            .header("Link", r#"</acr/v1/_catalog?last=b&n=2&orderby=>; rel="next""#),
        ("/v2/_catalog", Some("b")) => json(r#"{"repositories":["c"]}"#),
        _ => Reply::new(404),
    });
    check(&signed(RegistryKind::Swr, &server, ""), &["a", "b", "c"]);
    check(&signed(RegistryKind::Acr, &server, ""), &["a", "b", "c"]);
}
