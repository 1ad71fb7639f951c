//! Connections to registries that others wrote, that we made up, and that mean harm.

mod guarded;
mod products;
mod real;
mod steps;

use super::*;
use crate::registry::fake::{Content, INDEX, MANIFEST, Reply, Request, Server, digest};
use std::time::Duration;

/// An account at this address; loopback is allowed, and nobody signs in.
fn account(kind: RegistryKind, url: impl Into<String>) -> Account {
    Account {
        kind,
        url: url.into(),
        username: String::new(),
        password: String::new(),
        ca: String::new(),
        insecure: false,
        allow_private: true,
        requests_per_second: 0,
    }
}

fn user(account: Account, username: &str, password: &str) -> Account {
    Account { username: username.to_owned(), password: password.to_owned(), ..account }
}

/// So fast that a test of giving up takes no time.
fn setup() -> Setup {
    Setup {
        first_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(20),
        ..Setup::default()
    }
}

fn connect(account: Account) -> Connection {
    let guard = Guard { allow_private: account.allow_private, ..Guard::default() };
    Connection::with(account, Limits::default(), guard, setup()).unwrap_or_else(|error| panic!("{error}"))
}

fn at(kind: RegistryKind, server: &Server, path: &str) -> Account {
    account(kind, format!("http://{}{path}", server.address))
}

fn names(connection: &Connection) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    let listed = connection.repositories(&mut |name| {
        names.push(name.to_owned());
        true
    });
    listed.map(|()| names).map_err(|error| {
        assert!(!format!("{error} {:?}", error.hint()).contains("secret"), "{error:?}");
        error.to_string()
    })
}

fn json(body: impl Into<String>) -> Reply {
    Reply::new(200).header("Content-Type", "application/json").body(body.into())
}

/// `["r0","r1",…]` from one number to another.
fn list(range: std::ops::Range<usize>) -> String {
    let names: Vec<String> = range.map(|number| format!("\"r{number:04}\"")).collect();
    format!("[{}]", names.join(","))
}

fn query<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let (_, query) = request.path.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

#[test]
fn paging_is_followed_however_broken_it_is() {
    let check = |answer: fn(&Request) -> Reply, expected: usize, requests: usize| {
        let server = Server::start(answer);
        let found = names(&connect(at(RegistryKind::Generic, &server, ""))).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!((found.len(), server.count("_catalog")), (expected, requests));
        let unique: std::collections::HashSet<_> = found.iter().collect();
        assert_eq!(unique.len(), found.len());
    };
    fn page(request: &Request, size: usize, total: usize) -> (String, usize) {
        let last = query(request, "last").and_then(|last| last.trim_start_matches('r').parse::<usize>().ok());
        let start = last.map_or(0, |last| last + 1);
        let end = (start + size).min(total);
        (format!(r#"{{"repositories":{}}}"#, list(start..end)), end)
    }
    // As it should be.
    check(
        |request| {
            let (body, end) = page(request, 100, 250);
            let link = format!(r#"</v2/_catalog?last=r{:04}&n=100>; rel="next""#, end.max(1) - 1);
            if end < 250 { json(body).header("Link", link) } else { json(body) }
        },
        250,
        3,
    );
    // No link, but `last` works; a page that is not full is the last one.
    check(|request| json(page(request, 100, 255).0), 255, 3);
    // One that gives everything, whatever is asked.
    check(|_| json(format!(r#"{{"repositories":{}}}"#, list(0..300))), 300, 2);
    // Circles.
    check(
        |_| json(format!(r#"{{"repositories":{}}}"#, list(0..7))).header("Link", "<?last=r0006>; rel=next"),
        7,
        2,
    );
    // One that refuses large pages.
    check(
        |request| match query(request, "n") {
            Some(_) => Reply::new(400).body(r#"{"errors":[{"code":"PAGINATION_NUMBER_INVALID"}]}"#),
            None => json(r#"{"repositories":["a/b","c"]}"#),
        },
        2,
        2,
    );
    // A link to elsewhere is a question to the same host.
    check(
        |request| match query(request, "page") {
            None => {
                json(r#"{"repositories":["a"]}"#).header("Link", "<http://127.0.0.1:1/x?page=2>; rel=next")
            }
            Some(_) => json(r#"{"repositories":["b"]}"#),
        },
        2,
        2,
    );
    // One that knows no `last`.
    check(
        |request| match query(request, "last") {
            Some(_) => Reply::new(404),
            None => json(format!(r#"{{"repositories":{}}}"#, list(0..20))),
        },
        20,
        2,
    );
    check(|_| json(r#"{"repositories":null}"#), 0, 1);
    check(|_| json(r#"{"repositories":["../x","A","a b","a//b",7,"ok"]}"#), 1, 1);
}

#[test]
fn a_page_that_was_promised_is_not_left_out() {
    for status in [400, 403, 404] {
        let server = Server::start(move |request| match query(request, "page") {
            Some(_) => Reply::new(status),
            None => json(r#"{"tags":["a"],"repositories":["a"]}"#).header("Link", "<?page=2>; rel=next"),
        });
        let connection = connect(at(RegistryKind::Generic, &server, ""));
        assert!(names(&connection).is_err(), "{status}");
        assert!(connection.tags("a").is_err(), "{status}");
    }
}

#[test]
fn listing_stops_when_enough_is_known() {
    let server = Server::start(|_| {
        json(format!(r#"{{"repositories":{}}}"#, list(0..100))).header("Link", "<?last=x>; rel=next")
    });
    let mut got = 0;
    let connection = connect(at(RegistryKind::Generic, &server, ""));
    let listed = connection.repositories(&mut |_| {
        got += 1;
        got < 3
    });
    assert!(listed.is_ok());
    assert_eq!((got, server.count("")), (3, 1));
}

#[test]
fn what_a_catalog_refuses_is_said() {
    let check = |answer: fn(&Request) -> Reply, why: &str| {
        let server = Server::start(answer);
        let error = names(&connect(user(at(RegistryKind::Generic, &server, ""), "bot", "secret")));
        let error = error.expect_err(why);
        assert!(error.contains(why), "{error} should say {why}");
    };
    check(|_| Reply::new(403), "does not let bot list its repositories (403");
    check(|_| Reply::new(404), "has no list of its repositories (404");
    check(|_| json("<html>"), "with what is no JSON");
    check(|_| json("[]"), "with what has no repositories");
    check(|_| Reply::new(500), "fails at the list of its repositories");
    check(|_| Reply::new(401).header("WWW-Authenticate", "Basic"), "refused the sign-in of bot");
    // More than fits.
    check(|_| json(" ").header("Content-Length", "10"), "breaks off");
}

#[test]
fn tags_are_listed_without_what_belongs_to_images() {
    let hex = "a".repeat(64);
    let tags = format!(
        r#"{{"name":"a","tags":["v1","sha256-{hex}","sha256-{hex}.sig","sha256-{hex}.att","sha256-x","v1",".bad","v2"]}}"#
    );
    let server = Server::start(move |request| match request.path.as_str() {
        "/v2/a/tags/list?n=1000" => json(tags.clone()),
        "/v2/empty/tags/list?n=1000" => json(r#"{"name":"empty","tags":null}"#),
        _ => Reply::new(404),
    });
    let connection = connect(at(RegistryKind::Generic, &server, ""));
    let tags = |repository: &str| connection.tags(repository).map_err(|error| error.to_string());
    assert_eq!(tags("a"), Ok(vec!["v1".to_owned(), "sha256-x".to_owned(), "v2".to_owned()]));
    assert_eq!(tags("empty"), Ok(Vec::new()));
    assert_eq!(tags("gone"), Ok(Vec::new()));
    assert!(tags("../a").is_err());
}

#[test]
fn what_a_tag_holds_is_told_by_manifests() {
    let mut content = Content::default();
    let amd = content.add_image("v1", "amd64", b"layer one");
    let arm = content.add_image("arm", "arm64", b"layer two!");
    let size = |content: &Content, digest: &str| content.0[&format!("manifests/{digest}")].1.len();
    let entry = |content: &Content, digest: &str, more: &str| {
        format!(r#"{{"mediaType":"{MANIFEST}","digest":"{digest}","size":{}{more}}}"#, size(content, digest))
    };
    let platform = |arch: &str| format!(r#","platform":{{"os":"linux","architecture":"{arch}"}}"#);
    let gone = digest(b"gone");
    let index = format!(
        r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[{},{},{},{{"digest":"{gone}","size":3,"platform":{{"os":"linux","architecture":"s390x"}}}}]}}"#,
        entry(&content, &amd, &platform("amd64")),
        entry(&content, &arm, &platform("arm64")),
        entry(&content, &arm, r#","annotations":{"vnd.docker.reference.type":"attestation-manifest"}"#)
            .replace(&arm, &digest(b"attestation")),
    );
    let top = content.add_manifest("all", INDEX, index.as_bytes());
    let chart = format!(
        r#"{{"schemaVersion":2,"config":{{"digest":"{gone}","size":1,"mediaType":"application/vnd.cncf.helm.config.v1+json"}},"layers":[{{"digest":"{gone}","size":1,"mediaType":"application/vnd.cncf.helm.chart.content.v1.tar+gzip"}}]}}"#
    );
    content.add_manifest("chart", MANIFEST, chart.as_bytes());
    content.add_manifest(
        "old",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
        br#"{"schemaVersion":1,"fsLayers":[]}"#,
    );
    content.add_manifest("junk", MANIFEST, b"junk");
    let no_config = chart
        .replace("application/vnd.cncf.helm.config.v1+json", "application/vnd.oci.image.config.v1+json")
        .replace(
            "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
            "application/vnd.oci.image.layer.v1.tar",
        );
    content.add_manifest("no-config", MANIFEST, no_config.as_bytes());
    let server = Server::start(move |request| content.answer(request));
    let connection = connect(at(RegistryKind::Generic, &server, ""));
    let list = |name: &str| connection.list("a", name).unwrap_or_else(|error| panic!("{error}"));

    let single = list("v1");
    assert_eq!(
        (single[0].digest.as_str(), single[0].platform.as_str(), single[0].size),
        (amd.as_str(), "linux/amd64", 9)
    );
    assert_eq!((single.len(), &single[0].index_digest, &single[0].unsupported), (1, &None, &None));
    let configs = server.count("/blobs/");
    assert_eq!((list(&amd), server.count("/blobs/")), (single, configs), "a config is fetched once");

    let all = list("all");
    let shown: Vec<_> =
        all.iter().map(|one| (one.platform.as_str(), one.size, one.unsupported.is_some())).collect();
    assert_eq!(shown, [("linux/amd64", 9, false), ("linux/arm64", 10, false), ("", 0, true)]);
    assert!(all.iter().all(|one| one.index_digest.as_deref() == Some(top.as_str())));
    assert!(all[2].unsupported.as_deref().is_some_and(|why| why.contains("does not have")));

    for (name, why) in
        [("chart", "helm.config"), ("old", "schema 1"), ("junk", "expected value"), ("no-config", "config")]
    {
        let listed = list(name);
        assert_eq!(listed.len(), 1, "{name}");
        assert!(listed[0].unsupported.as_deref().is_some_and(|found| found.contains(why)), "{listed:?}");
    }
    assert_eq!(list("gone"), Vec::new());
    assert_eq!(connection.digest("a", "all").ok(), Some(Some(top)));
    assert_eq!(connection.digest("a", "gone").ok(), Some(None));
    assert!(connection.digest("a", "../b").is_err());
    assert!(server.seen().iter().filter(|request| request.method == "HEAD").count() >= 2);
}

#[test]
fn images_are_opened_through_the_connection() {
    let mut content = Content::default();
    let digest = content.add_image("v1", "amd64", b"layer one");
    let server = Server::start(move |request| match request.header("authorization") {
        // bot:secret
        "Basic Ym90OnNlY3JldA==" => content.answer(request),
        _ => Reply::new(401).header("WWW-Authenticate", "Basic realm=\"x\""),
    });
    let connection = connect(user(at(RegistryKind::Generic, &server, ""), "bot", "secret"));
    let reference = connection.reference("team/app", Some("v1"), None).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(reference.to_string(), format!("{}/team/app:v1", server.address));
    let target = crate::Target::Registry(reference);
    let options = Options { platform: crate::PlatformChoice::All, ..connection.options() };
    let images = crate::open(&target, &options).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(images[0].manifest.digest.as_ref().map(ToString::to_string), Some(digest));
    assert!(images[0].source.layer(0, &images[0].manifest.layers[0]).is_ok());
    // The sign-in of the first request is kept for all that follow, of other repositories too.
    assert_eq!(server.seen().iter().filter(|request| request.header("authorization").is_empty()).count(), 1);
    connection.tags("other").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(server.seen().iter().filter(|request| request.header("authorization").is_empty()).count(), 1);

    let elsewhere = Reference::parse("example.com/team/app:v1").expect("a reference");
    let error = crate::open(&crate::Target::Registry(elsewhere), &connection.options());
    assert!(error.is_err_and(|error| error.to_string().contains("not in")));
}

#[test]
fn a_registry_that_asks_for_a_pause_gets_it() {
    let busy = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::start(move |_| match busy.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
        0 => Reply::new(429).header("Retry-After", "0"),
        1 => Reply::new(503),
        _ => json(r#"{"repositories":["a"]}"#),
    });
    let connection = connect(at(RegistryKind::Generic, &server, ""));
    assert_eq!(names(&connection), Ok(vec!["a".to_owned()]));
    assert_eq!(server.count(""), 3);
}

#[test]
fn tokens_are_renewed_in_long_sweeps() {
    let (issued, left) = (std::sync::atomic::AtomicUsize::new(0), std::sync::atomic::AtomicUsize::new(0));
    use std::sync::atomic::Ordering::Relaxed;
    let server = Server::start(move |request| {
        let host = request.header("host");
        if request.path.starts_with("/token") {
            left.store(3, Relaxed);
            let number = issued.fetch_add(1, Relaxed) + 1;
            return json(format!(r#"{{"token":"t{number}","expires_in":3600}}"#));
        }
        let current = format!("Bearer t{}", issued.load(Relaxed));
        if request.header("authorization") != current || left.load(Relaxed) == 0 {
            let challenge =
                format!(r#"Bearer realm="http://{host}/token",service="s",scope="registry:catalog:*""#);
            return Reply::new(401).header("WWW-Authenticate", challenge);
        }
        left.fetch_sub(1, Relaxed);
        match query(request, "page").unwrap_or("0").parse::<usize>() {
            Ok(page) if page < 9 => {
                let body = format!(r#"{{"repositories":{}}}"#, list(page * 5..page * 5 + 5));
                json(body).header("Link", format!("<?page={}>; rel=next", page + 1))
            }
            _ => json(r#"{"repositories":[]}"#),
        }
    });
    let connection = connect(user(at(RegistryKind::Generic, &server, ""), "bot", "secret"));
    assert_eq!(names(&connection).map(|names| names.len()), Ok(45));
    let tokens: Vec<Request> =
        server.seen().into_iter().filter(|seen| seen.path.starts_with("/token")).collect();
    assert_eq!(tokens.len(), 4, "ten pages at three a token");
    assert!(
        tokens.iter().all(|token| token.path.contains("scope=registry%3Acatalog%3A*")),
        "{}",
        tokens[0].path
    );
    assert!(tokens.iter().all(|token| token.header("authorization").starts_with("Basic ")));
}
