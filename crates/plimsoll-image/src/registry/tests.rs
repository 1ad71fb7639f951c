//! Pulling from registries that behave, and from those that do not.

mod attachments;
pub mod fake;
pub mod real;

use super::*;
use crate::{Credentials, Mirror};
use fake::{Content, Cut, INDEX, Reply, Request, Server, digest};
use plimsoll_model::Platform;
use std::sync::atomic::{AtomicUsize, Ordering};

/// So fast that a test of giving up takes no time; a busy machine may answer late all the same.
fn setup() -> Setup {
    Setup {
        first_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(20),
        ..Setup::default()
    }
}

fn layer_bytes() -> Vec<u8> {
    (0..100_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

fn content() -> Content {
    let mut content = Content::default();
    content.add_image("v1", "amd64", &layer_bytes());
    content
}

fn reference(server: &Server, rest: &str) -> Reference {
    Reference::parse(&format!("{}/{rest}", server.address)).unwrap_or_else(|error| panic!("{error}"))
}

fn user(username: &str, password: &str) -> Options {
    let credentials = Credentials::User { username: username.to_owned(), password: password.to_owned() };
    Options { credentials, ..Options::default() }
}

/// For servers that hold the line.
fn impatient() -> Setup {
    Setup { stall: Duration::from_millis(500), ..setup() }
}

/// Opens the image and reads its only layer to the end.
fn pull(reference: &Reference, options: &Options) -> Result<Vec<u8>, ImageError> {
    pull_with(reference, options, setup())
}

fn pull_with(reference: &Reference, options: &Options, setup: Setup) -> Result<Vec<u8>, ImageError> {
    let images = open_with(reference, options, setup)?;
    read_layer(&images[0])
}

fn read_layer(image: &Image) -> Result<Vec<u8>, ImageError> {
    let LayerStream::Stored(mut stream) = image.source.layer(0, &image.manifest.layers[0])? else {
        panic!("not a stored layer")
    };
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(error
            .into_inner()
            .and_then(|inner| inner.downcast::<ImageError>().ok())
            .map_or_else(|| panic!("not our error"), |error| *error)),
    }
}

/// An image of `content`, disturbed by what `disturb` answers.
fn disturbed(
    content: Content,
    mut disturb: impl FnMut(&Request) -> Option<Reply> + Send + 'static,
) -> Server {
    Server::start(move |request| disturb(request).unwrap_or_else(|| content.answer(request)))
}

fn assert_fails(result: Result<Vec<u8>, ImageError>, why: &str) -> ImageError {
    let error = match result {
        Ok(bytes) => panic!("{} bytes came, but {why} was awaited", bytes.len()),
        Err(error) => error,
    };
    assert!(error.to_string().contains(why), "`{error}` should say `{why}`");
    assert!(!error.to_string().contains("secret"), "{error}");
    assert!(!error.hint().unwrap_or_default().contains("secret"), "{error:?}");
    error
}

#[test]
fn an_image_is_pulled_without_signing_in() {
    let server = disturbed(content(), |_| None);
    let reference = reference(&server, "a/b:v1");
    let images =
        open_with(&reference, &Options::default(), setup()).unwrap_or_else(|error| panic!("{error}"));
    let manifest = &images[0].manifest;
    assert_eq!(manifest.name, format!("{}/a/b:v1", server.address));
    assert_eq!(manifest.config.user, "app");
    assert_eq!(manifest.platform, Platform::parse("linux/amd64"));
    assert_eq!(manifest.layers[0].diff_id, manifest.layers[0].digest);
    assert_eq!(read_layer(&images[0]).unwrap_or_else(|error| panic!("{error}")), layer_bytes());
    let seen = server.seen();
    assert_eq!(seen.len(), 3, "one request for each of manifest, config, layer");
    assert!(seen[0].header("accept").contains("image.index.v1+json"));
    assert!(seen.iter().all(|request| request.header("authorization").is_empty()));
}

#[test]
fn users_sign_in_with_basic() {
    let make = || {
        let content = content();
        Server::start(move |request| match request.header("authorization") {
            // user:secret
            "Basic dXNlcjpzZWNyZXQ=" => content.answer(request),
            _ => Reply::new(401).header("WWW-Authenticate", "Basic realm=\"x\""),
        })
    };
    let server = make();
    assert_eq!(pull(&reference(&server, "a:v1"), &user("user", "secret")).ok(), Some(layer_bytes()));
    assert_eq!(server.count("/"), 4, "only the first request is refused");

    let server = make();
    let error = assert_fails(
        pull(&reference(&server, "a:v1"), &user("user", "secret2")),
        "refused the sign-in of user",
    );
    assert!(error.hint().is_some_and(|hint| hint.contains("docker login")));
    let error = assert_fails(pull(&reference(&server, "a:v1"), &Options::default()), "needs a user name");
    assert!(error.hint().is_some_and(|hint| hint.contains("docker login")));
}

/// A registry with a token service of its own: tokens are `token-N` and good for `uses` requests.
fn with_tokens(content: Content, uses: usize, password: Option<&'static str>) -> Server {
    let issued = AtomicUsize::new(0);
    let left = AtomicUsize::new(0);
    Server::start(move |request| {
        let host = request.header("host");
        if request.path.starts_with("/token") {
            let wanted = password.map_or("", |_| "Basic dXNlcjpzZWNyZXQ=");
            if request.method == "GET" && request.header("authorization") != wanted {
                return Reply::new(401);
            }
            let number = issued.fetch_add(1, Ordering::Relaxed) + 1;
            left.store(uses, Ordering::Relaxed);
            return Reply::new(200).body(format!(r#"{{"token":"secret-{number}"}}"#));
        }
        let current = format!("Bearer secret-{}", issued.load(Ordering::Relaxed));
        if request.header("authorization") == current && left.load(Ordering::Relaxed) > 0 {
            left.fetch_sub(1, Ordering::Relaxed);
            return content.answer(request);
        }
        let challenge =
            format!(r#"Bearer realm="http://{host}/token?x=1",service="reg",scope="repository:a/b:pull""#);
        Reply::new(401).header("WWW-Authenticate", challenge)
    })
}

#[test]
fn tokens_are_fetched_and_renewed() {
    let server = with_tokens(content(), 100, None);
    assert_eq!(pull(&reference(&server, "a/b:v1"), &Options::default()).ok(), Some(layer_bytes()));
    let seen = server.seen();
    assert_eq!(seen[1].path, "/token?x=1&service=reg&scope=repository%3Aa%2Fb%3Apull");
    assert_eq!(server.count("/token"), 1);

    let server = with_tokens(content(), 1, Some("secret"));
    assert_eq!(pull(&reference(&server, "a/b:v1"), &user("user", "secret")).ok(), Some(layer_bytes()));
    assert_eq!(server.count("/token"), 3, "a token that is good for one request is renewed for each");

    let server = with_tokens(content(), 1, Some("secret"));
    assert_fails(pull(&reference(&server, "a/b:v1"), &user("user", "wrong")), "refused the sign-in of user");
    assert_fails(pull(&reference(&server, "a/b:v1"), &Options::default()), "needs a sign-in for a/b");

    // A registry that never accepts its tokens is asked once more, not for ever.
    let server = with_tokens(content(), 0, None);
    assert_fails(pull(&reference(&server, "a/b:v1"), &Options::default()), "needs a sign-in for a/b");
    assert_eq!(server.count(""), 3);
}

#[test]
fn identity_tokens_buy_tokens() {
    let content = content();
    let server = Server::start(move |request| {
        if request.path == "/token" {
            return match (request.method.as_str(), request.body.as_str()) {
                (
                    "POST",
                    "grant_type=refresh_token&service=reg&scope=repository%3Aa%3Apull&client_id=plimsoll&refresh_token=a%2Bsecret",
                ) => Reply::new(200).body(r#"{"access_token":"secret-2","expires_in":3600}"#),
                _ => Reply::new(400),
            };
        }
        if request.header("authorization") == "Bearer secret-2" {
            return content.answer(request);
        }
        let challenge = format!(r#"Bearer realm="http://{}/token",service="reg""#, request.header("host"));
        Reply::new(401).header("WWW-Authenticate", challenge)
    });
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("config.json");
    let check = |token: &str| {
        let text = format!(r#"{{"auths":{{"{}":{{"identitytoken":"{token}"}}}}}}"#, server.address);
        std::fs::write(&file, text).expect("a file");
        let setup = Setup { places: Places::of_files(&[&file], folder.path()), ..setup() };
        let options = Options { credentials: Credentials::Home, ..Options::default() };
        open_with(&reference(&server, "a:v1"), &options, setup).and_then(|images| read_layer(&images[0]))
    };
    assert_eq!(check("a+secret").ok(), Some(layer_bytes()));
    assert_fails(check("other-secret"), "refused the sign-in of the identity token (400)");
}

#[test]
fn passwords_are_not_sent_to_other_sites() {
    let elsewhere = Server::start(|_| Reply::new(200).body(r#"{"token":"t"}"#));
    let realm = format!("http://localhost:{}/token", elsewhere.address.port());
    let server = Server::start(move |_| {
        Reply::new(401).header("WWW-Authenticate", format!(r#"Bearer realm="{realm}""#))
    });
    let error = assert_fails(pull(&reference(&server, "a:v1"), &user("user", "secret")), "needs a sign-in");
    assert!(error.hint().is_some_and(|hint| hint.contains("of another site")));
    assert!(elsewhere.seen()[0].header("authorization").is_empty());

    for realm in ["ftp://127.0.0.1/", "file:///etc/passwd", "x", "http://"] {
        let server = Server::start(move |_| {
            Reply::new(401).header("WWW-Authenticate", format!(r#"Bearer realm="{realm}""#))
        });
        assert_fails(pull(&reference(&server, "a:v1"), &user("user", "secret")), "where we do not go");
    }
}

#[test]
fn what_is_wrong_with_a_layer_reaches_the_caller() {
    struct Nobody;
    impl crate::Visitor for Nobody {
        fn wants(&mut self, _: &plimsoll_model::Entry, _: &[u8]) -> bool {
            false
        }
        fn file(&mut self, _: u32, _: &plimsoll_model::Entry, _: &[u8]) {}
    }
    let check = |setup: Setup, why: &str, hint: &str, answer: fn(Reply) -> Reply| {
        let path = digest(&layer_bytes());
        let server = disturbed(content(), move |request| {
            request.path.ends_with(&path).then(|| answer(content().answer(request)))
        });
        let options = user("user", "secret");
        let images =
            open_with(&reference(&server, "a:v1"), &options, setup).unwrap_or_else(|error| panic!("{error}"));
        match images[0].read_layer(0, &options, &mut Nobody) {
            Err(error @ ImageError::Registry { .. }) => {
                assert!(error.to_string().contains(why), "{error}");
                assert!(error.hint().unwrap_or_default().contains(hint), "{error:?}");
            }
            other => panic!("{other:?}, not {why}"),
        }
    };
    check(impatient(), "does not send all of layer", "try again", |reply| reply.cut(0, Cut::Hold));
    check(setup(), "does not send all of layer", "try again", |reply| reply.cut(0, Cut::Close));
    check(setup(), "unknown", "", |_| Reply::new(404).body(r#"{"errors":[{"message":"blob unknown"}]}"#));
    check(setup(), "does not send all of layer", "try again", |reply| Reply {
        status: 206,
        ..reply.header("Content-Range", "bytes 7-8/100000")
    });
    let refuse = |_| Reply::new(401).header("WWW-Authenticate", "Basic realm=\"x\"");
    check(setup(), "refused the sign-in of user", "docker login", refuse);
}

#[test]
fn artifacts_and_foreign_layers_are_named() {
    let mut content = content();
    let text = String::from_utf8(content.0["manifests/v1"].1.clone()).expect("text");
    let mut add = |tag: &str, from: &str, to: &str| {
        content.add_manifest(tag, fake::MANIFEST, text.replace(from, to).as_bytes())
    };
    let foreign = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
    let layer = "application/vnd.oci.image.layer.v1.tar";
    add("here", layer, foreign);
    let signature = add("signature", layer, "application/vnd.dev.cosign.simplesigning.v1+json");
    add("encrypted", layer, &format!("{layer}+encrypted"));
    let gone = text.replace(layer, foreign).replace(&digest(&layer_bytes()), &digest(b"elsewhere"));
    content.add_manifest("foreign", fake::MANIFEST, gone.as_bytes());
    let image = digest(text.as_bytes());
    let index = format!(
        r#"{{"manifests":[{{"digest":"{signature}","size":1}},{{"digest":"{image}","size":1}},{{"digest":"{image}","size":1}}]}}"#
    );
    content.add_manifest("index", INDEX, index.as_bytes());
    let server = disturbed(content, |_| None);
    let check = |tag: &str| pull(&reference(&server, &format!("a:{tag}")), &Options::default());
    assert_eq!(check("here").ok(), Some(layer_bytes()));
    assert_fails(check("signature"), "no image but of the type application/vnd.dev.cosign.simplesigning");
    assert_fails(check("encrypted"), "it is encrypted");
    assert_fails(check("foreign"), "kept outside the image");
    let options = Options { platform: PlatformChoice::All, ..Options::default() };
    let images = open_with(&reference(&server, "a:index"), &options, setup());
    let names =
        images.map(|images| images.iter().map(|image| image.manifest.digest.clone()).collect::<Vec<_>>());
    assert_eq!(names.ok(), Some(vec![image.parse().ok()]));
}

#[test]
fn what_is_missing_or_forbidden_is_said() {
    let server = disturbed(content(), |_| None);
    assert_fails(pull(&reference(&server, "a:v2"), &Options::default()), "manifest unknown");
    assert_eq!(server.count(""), 1, "404 is not tried again");
    let server = disturbed(content(), |_| Some(Reply::new(403)));
    assert_fails(pull(&reference(&server, "a:v1"), &Options::default()), "refuses a to those");
    let server = disturbed(content(), |_| Some(Reply::new(418)));
    assert_fails(pull(&reference(&server, "a:v1"), &Options::default()), "418");

    let offline = Options { offline: true, ..Options::default() };
    assert_fails(pull(&reference(&server, "a:v1"), &offline), "offline");
    assert_eq!(server.count(""), 1);
}

#[test]
fn a_busy_registry_is_asked_again() {
    let mut refusals = 0;
    let server = disturbed(content(), move |_| {
        refusals += 1;
        match refusals {
            1 => Some(Reply::new(429).header("Retry-After", "1000")),
            2 => Some(Reply::new(503).header("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT")),
            3 => Some(Reply::new(502)),
            _ => None,
        }
    });
    // The 1000 seconds are cut to the longest pause.
    assert_eq!(pull(&reference(&server, "a:v1"), &Options::default()).ok(), Some(layer_bytes()));

    let server = disturbed(content(), |_| Some(Reply::new(500)));
    assert_fails(pull(&reference(&server, "a:v1"), &Options::default()), "500");
    assert_eq!(server.count(""), 5);
    let server = disturbed(content(), |_| Some(Reply::new(429).header("Retry-After", "0")));
    let error = assert_fails(pull(&reference(&server, "a:v1"), &Options::default()), "slow down");
    assert!(error.hint().is_some());
}

#[test]
fn a_broken_layer_is_taken_up_where_it_broke() {
    let is_layer = |request: &Request| request.path.ends_with(&digest(&layer_bytes()));
    for (cut, ranges) in [(Cut::Close, true), (Cut::Hold, true), (Cut::Close, false)] {
        let honest = content();
        let mut breaks = 0;
        let server = disturbed(content(), move |request| {
            if !is_layer(request) {
                return None;
            }
            let mut request = request.clone();
            if !ranges {
                request.headers.remove("range");
            }
            breaks += 1;
            let reply = honest.answer(&request);
            // Always 20,000 bytes further than the time before.
            let at = if ranges { 20_000 } else { 20_000 * breaks };
            Some(if at < reply.body.len() { reply.cut(at, cut) } else { reply })
        });
        let setup = if cut == Cut::Hold { impatient() } else { setup() };
        let bytes = pull_with(&reference(&server, "a:v1"), &Options::default(), setup);
        assert_eq!(bytes.unwrap_or_else(|error| panic!("{error}")), layer_bytes(), "{cut:?} {ranges}");
        let ranges: Vec<String> = server
            .seen()
            .iter()
            .filter(|request| is_layer(request))
            .map(|request| request.header("range").to_owned())
            .collect();
        assert_eq!(ranges, ["", "bytes=20000-", "bytes=40000-", "bytes=60000-", "bytes=80000-"]);
    }
}

#[test]
fn a_layer_that_does_not_go_on_is_given_up() {
    let path = digest(&layer_bytes());
    let check = |why: &str, requests: usize, answer: fn(&Request, Reply) -> Reply| {
        let (honest, path) = (content(), path.clone());
        let server = disturbed(content(), move |request| {
            request.path.ends_with(&path).then(|| answer(request, honest.answer(request)))
        });
        assert_fails(pull(&reference(&server, "a:v1"), &Options::default()), why);
        assert_eq!(server.count(&digest(&layer_bytes())), requests, "{why}");
    };
    // The first 10 bytes, then nothing more: five attempts.
    check("does not send all of layer", 5, |request, reply| {
        reply.cut(if request.header("range").is_empty() { 10 } else { 0 }, Cut::Close)
    });
    check("ended after 10 bytes of 100000", 5, |request, reply| {
        let reply = Reply { length: false, ..reply };
        reply.cut(if request.header("range").is_empty() { 10 } else { 0 }, Cut::Close)
    });
    check("another part", 2, |request, reply| match request.header("range") {
        "" => reply.cut(10, Cut::Close),
        _ => Reply::new(206).header("Content-Range", "bytes 0-99999/100000").body(reply.body),
    });
    check("99999 bytes, but the manifest says 100000", 1, |_, reply| Reply::new(200).body(&reply.body[1..]));
    check("7 bytes, but the manifest says 100000", 2, |request, reply| match request.header("range") {
        "" => reply.cut(5, Cut::Close),
        _ => Reply::new(206).header("Content-Range", "bytes 5-6/7").body("xx"),
    });
}

#[test]
fn a_layer_that_never_ends_is_cut() {
    let path = digest(&layer_bytes());
    let server = disturbed(content(), move |request| {
        let reply = Reply { length: false, ..Reply::new(200).body(vec![7; 300_000]) };
        request.path.ends_with(&path).then_some(reply)
    });
    let bytes = pull(&reference(&server, "a:v1"), &Options::default());
    assert_eq!(bytes.map(|bytes| bytes.len()).unwrap_or_else(|error| panic!("{error}")), 100_001);
}

#[test]
fn what_stalls_is_given_up() {
    let server = disturbed(content(), |_| Some(Reply::new(200).body("{}").cut(0, Cut::Hold)));
    assert_fails(
        pull_with(&reference(&server, "a:v1"), &Options::default(), impatient()),
        "does not send all of the manifest",
    );
    let options = Options::default();
    let gone = { std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()) };
    let gone = Reference::parse(&format!("{}/a", gone.expect("an address"))).expect("a reference");
    assert_fails(pull(&gone, &options), "cannot be reached");
    let unknown = Reference::parse("no-such-host.invalid/a").expect("a reference");
    assert_fails(pull(&unknown, &options), "no-such-host.invalid");
}

#[test]
fn digests_and_sizes_are_checked() {
    let pinned = format!("a@sha256:{}", "0".repeat(64));
    let server = disturbed(content(), |_| Some(content().answer(&request("/v2/a/manifests/v1"))));
    assert_fails(pull(&reference(&server, &pinned), &Options::default()), "was promised");

    let server = disturbed(content(), |request| {
        let lie = Reply::new(200).header("Docker-Content-Digest", format!("sha256:{}", "0".repeat(64)));
        request.path.contains("/manifests/").then(|| lie.body(content().answer(request).body))
    });
    assert_fails(pull(&reference(&server, "a:v1"), &Options::default()), "was promised");

    let config = content()
        .0
        .iter()
        .find(|(path, (_, bytes))| path.starts_with("blobs/") && bytes.len() < 1000)
        .map(|(path, _)| path.clone());
    let config = config.expect("the config");
    let check = |why: &str, change: fn(&mut Vec<u8>)| {
        let config = config.clone();
        let server = disturbed(content(), move |request| {
            let mut reply = content().answer(request);
            change(&mut reply.body);
            request.path.ends_with(&config).then_some(reply)
        });
        assert_fails(pull(&reference(&server, "a:v1"), &Options::default()), why);
    };
    check("was promised", |body| body[3] ^= 1);
    check("the manifest says", |body| body.push(b' '));

    let mut mismatched = Content::default();
    mismatched.add_image("v1", "amd64", b"x");
    let text = String::from_utf8(mismatched.0["manifests/v1"].1.clone()).expect("text");
    let doubled = text.replace("}]}", &format!("}},{{\"digest\":\"{}\",\"size\":1}}]}}", digest(b"y")));
    mismatched.add_manifest("v1", fake::MANIFEST, doubled.as_bytes());
    let server = disturbed(mismatched, |_| None);
    assert_fails(
        pull(&reference(&server, "a:v1"), &Options::default()),
        "it has 2 layers, but its config names 1",
    );
}

fn request(path: &str) -> Request {
    let (method, path) = ("GET".to_owned(), path.to_owned());
    Request { method, path, headers: Default::default(), body: String::new() }
}

#[test]
fn oversized_documents_are_refused_before_they_are_read() {
    let mut options = Options::default();
    options.limits.manifest_bytes = 10_000;
    for length in [true, false] {
        let server = disturbed(content(), move |request| {
            let reply = Reply { length, ..Reply::new(200).body(vec![b' '; 20_000]) };
            request.path.contains("/manifests/").then_some(reply)
        });
        assert_fails(pull(&reference(&server, "a:v1"), &options), "manifest-bytes");
        assert_eq!(server.count(""), 1);
    }
    let server = disturbed(content(), |_| None);
    options.limits.layer_bytes = 1000;
    assert_fails(pull(&reference(&server, "a:v1"), &options), "layer-bytes");
    options.limits.layers = 0;
    assert_fails(pull(&reference(&server, "a:v1"), &options), "layers");
}

#[test]
fn redirects_are_followed_without_the_sign_in() {
    let honest = content();
    let store = Server::start(move |request| honest.answer(request));
    let target = format!("http://{}", store.address);
    let honest = content();
    let server = Server::start(move |request| match request.header("authorization") {
        "Basic dXNlcjpzZWNyZXQ=" if request.path.contains("/blobs/") => Reply::new(307)
            .header("Location", format!("{target}{}?signature=secret", request.path).replace('?', "#")),
        "Basic dXNlcjpzZWNyZXQ=" if request.path.contains("/a/") => {
            Reply::new(301).header("Location", "/v2/moved/manifests/v1")
        }
        "Basic dXNlcjpzZWNyZXQ=" => honest.answer(request),
        _ => Reply::new(401).header("WWW-Authenticate", "Basic realm=\"x\""),
    });
    assert_eq!(pull(&reference(&server, "a:v1"), &user("user", "secret")).ok(), Some(layer_bytes()));
    assert_eq!(store.count("/blobs/"), 2);
    assert!(store.seen().iter().all(|request| request.header("authorization").is_empty()));
}

#[test]
fn redirects_that_lead_astray_are_not_followed() {
    let check = |location: &'static str, why: &str| {
        let server = Server::start(move |_| Reply::new(302).header("Location", location));
        let error = assert_fails(pull(&reference(&server, "a:v1"), &Options::default()), why);
        assert!(!error.to_string().contains("signature"), "{error}");
        server.count("")
    };
    assert_eq!(check("/again?signature=secret", "more than 5 times"), 6);
    assert_eq!(check("file:///etc/passwd", "where we do not go"), 1);
    assert_eq!(check("ftp://127.0.0.1/x?signature=secret", "where we do not go"), 1);
    // A redirect that asks for a password of its own does not get the registry's.
    let thief = Server::start(|_| Reply::new(401).header("WWW-Authenticate", "Basic realm=\"x\""));
    let target = format!("http://{}/x", thief.address);
    let server = Server::start(move |_| Reply::new(302).header("Location", target.as_str()));
    assert_fails(pull(&reference(&server, "a:v1"), &user("user", "secret")), "401");
    assert_eq!(thief.count(""), 1);
    assert!(thief.seen()[0].header("authorization").is_empty());
}

#[test]
fn steps_to_other_addresses_are_judged() {
    let http = |insecure| {
        Http::new(&Options { insecure, ..Options::default() }, setup()).unwrap_or_else(|e| panic!("{e}"))
    };
    let url = |text: &str| reqwest::Url::parse(text).expect("a url");
    let check = |insecure, from: &str, to: &str, expected: Result<&str, &str>| {
        let found = http(insecure).check_step(&url(from), url(to)).map(String::from);
        match expected {
            Ok(expected) => assert_eq!(found.as_deref(), Ok(expected)),
            Err(why) => {
                assert!(found.as_ref().is_err_and(|found| found.contains(why)), "{from} {to}: {found:?}")
            }
        }
    };
    check(false, "https://a.io/", "https://b.io/x?y", Ok("https://b.io/x?y"));
    check(false, "https://a.io/", "https://u:p@b.io/#z", Ok("https://b.io/"));
    check(false, "https://a.io/", "http://a.io/", Err("not encrypted"));
    check(true, "https://a.io/", "http://a.io/", Ok("http://a.io/"));
    check(false, "https://a.io/", "https://10.0.0.1/", Ok("https://10.0.0.1/"));
    for own in [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "169.254.169.254",
        "0.0.0.0",
        "[fe80::1]",
        "[::ffff:127.0.0.1]",
        "2130706433",
        "0x7f.1",
    ] {
        check(true, "https://a.io/", &format!("https://{own}/"), Err("this machine"));
        check(
            false,
            "https://127.0.0.1:1/",
            &format!("https://{own}/"),
            Ok(url(&format!("https://{own}/")).as_str()),
        );
    }
    check(false, "https://127.0.0.1/", "http://127.0.0.1/", Ok("http://127.0.0.1/"));
    check(false, "https://127.0.0.1/", "http://a.io/", Err("not encrypted"));
    check(false, "https://a.io/", "data:,x", Err("no web address"));
}

#[test]
fn mirrors_are_asked_first() {
    let origin = disturbed(content(), |_| None);
    let gone = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|socket| socket.local_addr())
        .expect("an address");
    let reference = reference(&origin, "a:v1");
    let options = |mirrors: &[String]| Options {
        mirrors: mirrors
            .iter()
            .map(|mirror| Mirror { registry: reference.registry.clone(), mirror: mirror.clone() })
            .collect(),
        ..Options::default()
    };

    let mirror = disturbed(content(), |_| None);
    let all = options(&[format!("{}/hub", mirror.address)]);
    assert_eq!(pull(&reference, &all).ok(), Some(layer_bytes()));
    assert_eq!((origin.count(""), mirror.count("/v2/hub/a/")), (0, 3));

    let broken = disturbed(content(), |_| Some(Reply::new(500)));
    let empty = disturbed(Content::default(), |_| None);
    let lying = disturbed(content(), |request| Some(Reply::new(200).body(format!("{{}}{}", request.path))));
    let all = options(&[
        gone.to_string(),
        broken.address.to_string(),
        empty.address.to_string(),
        lying.address.to_string(),
    ]);
    assert_eq!(pull(&reference, &all).ok(), Some(layer_bytes()));
    assert_eq!(origin.count(""), 3);

    // A mirror that dies in the middle of a layer: the registry sends the rest.
    let path = digest(&layer_bytes());
    let mut deaths = 0;
    let dying = disturbed(content(), move |request| {
        deaths += usize::from(request.path.ends_with(&path));
        match deaths {
            0 => None,
            1 => Some(content().answer(request).cut(30_000, Cut::Close)),
            _ => Some(Reply::new(404)),
        }
    });
    assert_eq!(pull(&reference, &options(&[dying.address.to_string()])).ok(), Some(layer_bytes()));
    assert_eq!(
        origin.seen().last().map(|request| request.header("range").to_owned()).as_deref(),
        Some("bytes=30000-")
    );

    // One that never sends the end.
    let path = digest(&layer_bytes());
    let stuck = disturbed(content(), move |request| {
        let reply = content().answer(request);
        request.path.ends_with(&path).then(|| match request.header("range") {
            "" => reply.cut(40_000, Cut::Close),
            _ => reply.cut(0, Cut::Close),
        })
    });
    assert_eq!(pull(&reference, &options(&[stuck.address.to_string()])).ok(), Some(layer_bytes()));

    assert_fails(pull(&reference, &options(&["mirror/x".to_owned()])), "a mirror is a host");
    // The registry's own word counts when all fail, and a password given for it is not shown to mirrors.
    let closed = Server::start(|_| Reply::new(401).header("WWW-Authenticate", "Basic realm=\"x\""));
    let all =
        Options { credentials: user("user", "secret").credentials, ..options(&[closed.address.to_string()]) };
    assert_eq!(pull(&reference, &all).ok(), Some(layer_bytes()));
    assert!(closed.seen().iter().all(|request| request.header("authorization").is_empty()));
}

#[test]
fn platforms_are_chosen_from_an_index() {
    let mut content = Content::default();
    let arm = content.add_image("arm", "arm64", b"arm");
    let amd = content.add_image("amd", "amd64", b"amd");
    let entry = |digest: &str, arch: &str, more: &str| {
        format!(
            r#"{{"digest":"{digest}","size":1,"platform":{{"os":"linux","architecture":"{arch}"}}{more}}}"#
        )
    };
    let inner = format!(r#"{{"manifests":[{}]}}"#, entry(&amd, "amd64", ""));
    let inner = content.add_manifest("inner", INDEX, inner.as_bytes());
    let outer = format!(
        r#"{{"manifests":[{},{},{{"digest":"{inner}","size":1,"mediaType":"{INDEX}"}}]}}"#,
        entry(
            &digest(b""),
            "unknown",
            r#","annotations":{"vnd.docker.reference.type":"attestation-manifest"}"#
        ),
        entry(&arm, "arm64", "")
    );
    content.add_manifest("v1", INDEX, outer.as_bytes());
    // An index that holds itself.
    let chain = (0..6).fold(inner, |inner, at| {
        let text = format!(r#"{{"manifests":[{{"digest":"{inner}","size":1,"mediaType":"{INDEX}"}}]}}"#);
        content.add_manifest(&format!("deep{at}"), INDEX, text.as_bytes())
    });
    assert!(chain.starts_with("sha256:"));
    let server = disturbed(content, |_| None);

    let check = |tag: &str, platform: PlatformChoice, expected: Result<&[&str], &str>| {
        let options = Options { platform, ..Options::default() };
        match (open_with(&reference(&server, &format!("a:{tag}")), &options, setup()), expected) {
            (Ok(images), Ok(expected)) => {
                let found: Vec<_> = images
                    .iter()
                    .map(|image| image.manifest.platform.as_ref().map(Platform::to_string))
                    .collect();
                let expected: Vec<_> = expected.iter().map(|text| Some((*text).to_owned())).collect();
                assert_eq!(found, expected);
            }
            (Err(error), Err(expected)) => assert!(error.to_string().contains(expected), "{error}"),
            (found, expected) => panic!("{tag}: {:?}, not {expected:?}", found.map(|images| images.len())),
        }
    };
    let one = |text: &str| PlatformChoice::One(Platform::parse(text).expect("a platform"));
    check("v1", PlatformChoice::All, Ok(&["linux/arm64", "linux/amd64"]));
    check("v1", one("linux/amd64"), Ok(&["linux/amd64"]));
    check("v1", one("linux/arm64/v8"), Ok(&["linux/arm64"]));
    check("v1", one("linux/s390x"), Err("has no image for linux/s390x; it has linux/arm64, linux/amd64"));
    check("arm", one("linux/amd64"), Err("has no image for linux/amd64; it has linux/arm64"));
    check("arm", PlatformChoice::Host, Ok(&["linux/arm64"]));
    check("deep2", PlatformChoice::Host, Ok(&["linux/amd64"]));
    check("deep5", PlatformChoice::Host, Err("nested deeper"));
}

/// The certificate of `registry.test`, signed by itself, and its key; good for nothing but these tests.
pub const TEST_PEM: &str = include_str!("tests/registry.test.pem");

/// `answer` behind TLS.
pub fn tls_server(answer: impl FnMut(&Request) -> Reply + Send + 'static) -> Server {
    use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
    install_tls();
    let certificate = CertificateDer::from_pem_slice(TEST_PEM.as_bytes()).expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(TEST_PEM.as_bytes()).expect("a key");
    let config = rustls::ServerConfig::builder().with_no_client_auth();
    let config = Arc::new(config.with_single_cert(vec![certificate], key).expect("they fit"));
    Server::start_with(answer, move |stream| {
        let connection = rustls::ServerConnection::new(Arc::clone(&config)).ok()?;
        Some(Box::new(rustls::StreamOwned::new(connection, stream)))
    })
}

/// Options and setup for reaching `registry.test` at this server.
fn named(server: &Server, trusted: bool) -> (Options, Setup, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, TEST_PEM).expect("a file");
    let options = Options { ca_files: if trusted { vec![file] } else { Vec::new() }, ..Options::default() };
    let resolve = vec![("registry.test".to_owned(), server.address)];
    (options, Setup { resolve, ..setup() }, folder)
}

#[test]
fn certificates_are_checked() {
    let at = |server: &Server| {
        Reference::parse(&format!("registry.test:{}/a:v1", server.address.port())).expect("a reference")
    };
    let make = || tls_server(|request| content().answer(request));
    let server = make();
    let (options, setup, _folder) = named(&server, true);
    let images = open_with(&at(&server), &options, setup).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(read_layer(&images[0]).ok(), Some(layer_bytes()));

    let (options, setup, _folder) = named(&server, false);
    let error = open_with(&at(&server), &options, setup).map(|_| Vec::new());
    let error = assert_fails(error, "is not trusted");
    assert!(error.hint().is_some_and(|hint| hint.contains("--insecure")));

    let (options, setup, _folder) = named(&server, false);
    let options = Options { insecure: true, ..options };
    assert!(open_with(&at(&server), &options, setup).is_ok());

    // A loopback registry behind TLS: plain http is tried first.
    let (options, _, _folder) = named(&server, true);
    let reference =
        Reference::parse(&format!("localhost:{}/a:v1", server.address.port())).expect("a reference");
    assert_eq!(pull(&reference, &options).ok(), Some(layer_bytes()));

    // Plain http where TLS is awaited.
    let plain = disturbed(content(), |_| None);
    let (options, setup, _folder) = named(&plain, true);
    let error = open_with(&at(&plain), &options, setup.clone()).map(|_| Vec::new());
    let error = assert_fails(error, "does not speak TLS");
    assert!(error.hint().is_some_and(|hint| hint.contains("--insecure")));
    let options = Options { insecure: true, ..options };
    assert!(open_with(&at(&plain), &options, setup).is_ok());

    let options = Options { ca_files: vec!["/dev/null".into()], ..Options::default() };
    assert_fails(pull(&reference, &options), "no PEM certificate");
}

#[test]
fn encryption_is_not_given_up_on_the_way() {
    let plain = disturbed(content(), |_| None);
    let target = format!("http://elsewhere.test:{}/x?signature=secret", plain.address.port());
    let own = format!("https://127.0.0.1:{}/", plain.address.port());
    for (target, why) in [(target, "not encrypted"), (own, "this machine")] {
        let server = tls_server(move |_| Reply::new(302).header("Location", target.as_str()));
        let (options, setup, _folder) = named(&server, true);
        let reference = format!("registry.test:{}/a:v1", server.address.port());
        let reference = Reference::parse(&reference).expect("a reference");
        assert_fails(open_with(&reference, &options, setup).map(|_| Vec::new()), why);
    }
    assert_eq!(plain.count(""), 0);
    let server = tls_server(|_| {
        Reply::new(401).header("WWW-Authenticate", r#"Bearer realm="http://registry.test/token""#)
    });
    let (_, setup, folder) = named(&server, true);
    let options = Options { ca_files: vec![folder.path().join("ca.pem")], ..user("user", "secret") };
    let reference =
        Reference::parse(&format!("registry.test:{}/a:v1", server.address.port())).expect("a reference");
    assert_fails(open_with(&reference, &options, setup).map(|_| Vec::new()), "not encrypted");
}
