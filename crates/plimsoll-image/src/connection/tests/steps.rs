//! Trying connections: which step fails, and what it says.

use super::*;
use crate::registry::Names as Table;
use crate::registry::{TEST_PEM, tls_server};
use std::net::{SocketAddr, TcpListener};

/// Runs the test, and asserts that it went well up to a step that says `why`; an empty step for none.
fn check(connection: &Connection, failing: &str, why: &str) {
    let steps = connection.test();
    let names: Vec<&str> = steps.iter().map(|step| step.step).collect();
    let all = ["address", "connect", "tls", "sign-in", "list"];
    assert_eq!(names, all[..names.len()], "{steps:?}");
    let shown = format!("{steps:?}");
    assert!(!shown.contains("secret"), "{shown}");
    let last = steps.last().expect("at least one step");
    let bad: Vec<&str> = steps.iter().filter(|step| !step.ok).map(|step| step.step).collect();
    match failing {
        "" => assert_eq!((bad.as_slice(), names.len()), (&[][..], 5), "{shown}"),
        step => assert_eq!((bad.as_slice(), last.step), (&[step][..], step), "{shown}"),
    }
    assert!(last.detail.contains(why), "{shown} should say {why}");
}

fn secret(account: Account) -> Account {
    user(account, "bot", "secret")
}

#[test]
fn a_connection_that_works_says_so() {
    let server =
        Server::start(|request| match (request.path.split('?').next(), request.header("authorization")) {
            (_, "") => Reply::new(401).header("WWW-Authenticate", "Basic realm=\"x\""),
            (Some("/v2/"), _) => json("{}"),
            (Some("/v2/_catalog"), _) => json(r#"{"repositories":["team/app","x"]}"#),
            (Some("/v2/team/app/tags/list"), _) => json(r#"{"tags":["a","b"]}"#),
            _ => Reply::new(404),
        });
    let connection = connect(secret(at(RegistryKind::Generic, &server, "")));
    check(&connection, "", "the first is team/app with 2 tags");
    let steps = connection.test();
    assert_eq!(steps[3].detail, "signed in as bot");
    assert!(steps[2].detail.contains("not encrypted"));
}

#[test]
fn the_step_that_fails_says_why() {
    let generic = |server: &Server| connect(secret(at(RegistryKind::Generic, server, "")));
    let fixed = |reply: Reply| Server::start(move |_| reply.clone());
    let page = Reply::new(200).header("Content-Type", "text/html").body("<html>hello");
    check(&generic(&fixed(page)), "sign-in", "there are web pages at this address");
    check(
        &generic(&fixed(Reply::new(404))),
        "sign-in",
        "there is no registry at this address: /v2/ answers 404",
    );
    let refused = Reply::new(401).header("WWW-Authenticate", "Basic realm=\"x\"");
    check(&generic(&fixed(refused.clone())), "sign-in", "refused the sign-in of bot (401)");
    let nobody = connect(at(RegistryKind::Generic, &fixed(refused), ""));
    check(&nobody, "sign-in", "needs a user name and a password");
    check(&generic(&fixed(Reply::new(403))), "sign-in", "refuses the registry");
    let server = Server::start(|request| match request.path.as_str() {
        "/v2/" => json("{}"),
        _ => Reply::new(403),
    });
    check(&generic(&server), "list", "give the account the right to list (registry:catalog:*)");
    let server = Server::start(|request| match request.path.as_str() {
        "/v2/" => json("{}"),
        "/v2/_catalog?n=1000" => json(r#"{"repositories":["a"]}"#),
        _ => Reply::new(403),
    });
    check(&generic(&server), "list", "refuses a");
    let server = Server::start(|request| match request.path.as_str() {
        "/v2/" => json("{}"),
        _ => json(r#"{"repositories":[]}"#),
    });
    check(&generic(&server), "", "it lists no repository");
    let server = fixed(Reply::new(400).body("Client sent an HTTP request to an HTTPS server.\n"));
    check(&generic(&server), "connect", "begin it with https://");
    let server = fixed(Reply::new(503));
    check(&generic(&server), "sign-in", "fails at /v2/ (503)");
}

#[test]
fn what_is_not_there_is_said() {
    let port =
        TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port();
    let closed = connect(secret(account(RegistryKind::Generic, format!("http://127.0.0.1:{port}"))));
    check(&closed, "connect", "check the port");
    let named = |table: fn(&str) -> Vec<SocketAddr>, allow_private| {
        let setup = Setup { lookup: Table(Some(Arc::new(table))), ..setup() };
        let account =
            Account { allow_private, ..secret(account(RegistryKind::Generic, "https://registry.test")) };
        let guard = Guard { allow_private, exempt: Vec::new() };
        Connection::with(account, Limits::default(), guard, setup).unwrap_or_else(|error| panic!("{error}"))
    };
    check(&named(|_| Vec::new(), false), "address", "the host registry.test is not known");
    let inside = |_: &str| vec![SocketAddr::from(([10, 0, 0, 1], 443))];
    check(
        &named(inside, false),
        "address",
        "10.0.0.1 is a private address; if it is meant, an administrator",
    );
    // One that holds the line.
    let server = Server::start(|_| Reply::new(200).body("{}").cut(0, crate::registry::fake::Cut::Hold));
    let setup = Setup { stall: Duration::from_millis(300), ..setup() };
    let guard = Guard { allow_private: true, ..Guard::default() };
    let slow = Connection::with(at(RegistryKind::Generic, &server, ""), Limits::default(), guard, setup);
    let steps = slow.unwrap_or_else(|error| panic!("{error}")).test();
    assert!(steps.last().is_some_and(|step| !step.ok), "{steps:?}");
}

#[test]
fn certificates_are_told_apart() {
    let answer = |request: &Request| match request.path.as_str() {
        "/v2/" => json("{}"),
        _ => json(r#"{"repositories":[]}"#),
    };
    let server = tls_server(answer);
    let reach = |server: &Server, scheme: &str, host: &'static str, change: fn(Account) -> Account| {
        let address = server.address;
        let setup = Setup { lookup: Table(Some(Arc::new(move |_: &str| vec![address]))), ..setup() };
        let account = change(account(RegistryKind::Generic, format!("{scheme}://{host}:{}", address.port())));
        let guard = Guard { allow_private: true, ..Guard::default() };
        Connection::with(account, Limits::default(), guard, setup).unwrap_or_else(|error| panic!("{error}"))
    };
    let trusting = |account| Account { ca: TEST_PEM.to_owned(), ..account };
    let careless = |account| Account { insecure: true, ..account };
    check(&reach(&server, "https", "registry.test", trusting), "", "lists no repository");
    check(&reach(&server, "https", "registry.test", careless), "", "lists no repository");
    let unknown = reach(&server, "https", "registry.test", |account| account);
    check(&unknown, "tls", "give the connection the PEM of the certificate authority");
    check(&reach(&server, "https", "other.test", trusting), "tls", "its certificate is for another name");
    check(&reach(&server, "http", "registry.test", trusting), "connect", "begin");
    let plain = Server::start(answer);
    check(&reach(&plain, "https", "registry.test", trusting), "tls", "begin the address with http://");
}
