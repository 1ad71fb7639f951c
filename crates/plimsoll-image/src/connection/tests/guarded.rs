//! Registries that mean harm: everything they get is written down.

use super::*;
use crate::registry::Names as Table;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Stands for a public address: loopback has many.
const OUTSIDE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 1));

/// A connection in whose world `registry.test` is this server, names of the table are what it says, and no other loopback
/// address than the servers' may be reached.
fn guarded(server: &Server, account: Account, table: fn(&str, usize) -> Option<IpAddr>) -> Connection {
    let (port, asked) = (server.address.port(), AtomicUsize::new(0));
    let lookup = move |name: &str| {
        let number = asked.fetch_add(1, Ordering::Relaxed);
        let address = table(name, number).or((name == "registry.test").then_some(OUTSIDE));
        address.map(|address| SocketAddr::new(address, port)).into_iter().collect()
    };
    let url = format!("http://registry.test:{port}");
    within(account, &url, Table(Some(Arc::new(lookup))), vec![OUTSIDE])
}

fn within(account: Account, url: &str, lookup: Table, exempt: Vec<IpAddr>) -> Connection {
    let account = Account { url: url.to_owned(), allow_private: false, ..account };
    let guard = Guard { allow_private: false, exempt };
    Connection::with(account, Limits::default(), guard, Setup { lookup, ..setup() })
        .unwrap_or_else(|error| panic!("{error}"))
}

fn bot() -> Account {
    user(account(RegistryKind::Generic, ""), "bot", "secret")
}

fn nothing(_: &str, _: usize) -> Option<IpAddr> {
    None
}

#[test]
fn names_that_lead_inside_are_not_reached() {
    let server = Server::start(|_| json(r#"{"repositories":["a"]}"#));
    let found = names(&guarded(&server, bot(), nothing));
    assert_eq!(found, Ok(vec!["a".to_owned()]), "the world of this test works");
    let port = server.address.port();
    let check = |inside: &[&str]| {
        let addresses: Vec<SocketAddr> =
            inside.iter().map(|text| SocketAddr::new(text.parse().expect("an address"), port)).collect();
        let table = Table(Some(Arc::new(move |_: &str| addresses.clone())));
        let connection = within(bot(), &format!("http://registry.test:{port}"), table, vec![OUTSIDE]);
        let error = names(&connection).expect_err(inside[0]);
        assert!(error.contains("where we do not go"), "{inside:?}: {error}");
    };
    check(&["127.0.0.2"]);
    check(&["10.1.2.3"]);
    check(&["169.254.169.254"]);
    check(&["::1"]);
    check(&["::ffff:127.0.0.2"]);
    check(&["fd00:ec2::254"]);
    check(&["100.64.1.1"]);
    check(&["127.0.0.1", "10.0.0.1"]);
    assert_eq!(server.count(""), 1);
}

#[test]
fn a_name_that_changes_its_mind_is_not_followed() {
    // First outside, then inside: connections close after each request, so that the name is asked for again.
    let rebinding = |_: &str, number: usize| (number > 0).then_some(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 9)));
    let server = Server::start(|_| {
        json(format!(r#"{{"repositories":{}}}"#, list(0..10))).header("Link", "<?page=2>; rel=next")
    });
    let error = names(&guarded(&server, bot(), rebinding)).expect_err("the second page is inside");
    assert!(error.contains("127.0.0.9 is a loopback address"), "{error}");
    assert_eq!(server.count(""), 1);
}

#[test]
fn redirects_lead_nowhere_inside() {
    for (target, why) in [
        ("http://127.0.0.5/x?signature=canary", "a loopback address"),
        ("http://2130706439/", "a loopback address"),
        ("http://0x7f.0.0.7/", "a loopback address"),
        ("http://[::ffff:10.0.0.1]/", "a private address"),
        ("http://169.254.169.254/latest/meta-data/", "a link-local address"),
        ("http://[fd00:ec2::254]/", "the address of a cloud's metadata"),
        ("http://inside.test/", "127.0.0.8 is a loopback address"),
        ("http://user:pass@10.0.0.1/", "a private address"),
        ("file:///etc/passwd", "no web address"),
        ("gopher://registry.test/", "no web address"),
    ] {
        let table =
            |name: &str, _: usize| (name == "inside.test").then_some(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 8)));
        let server = Server::start(move |_| Reply::new(302).header("Location", target));
        let error = names(&guarded(&server, bot(), table)).expect_err(target);
        assert!(error.contains(why), "{target}: {error}");
        assert!(!error.contains("canary"), "{error}");
        assert_eq!(server.count(""), 1, "{target}");
    }
}

#[test]
fn the_password_stays_at_the_registrys_site() {
    // A token service elsewhere, a blob store elsewhere, a thief that asks for a password.
    let thief = Server::start(|_| Reply::new(401).header("WWW-Authenticate", "Basic realm=\"x\"").body("{}"));
    let port = thief.address.port();
    let realm = format!(r#"Bearer realm="http://127.0.0.1:{port}/token",service="s""#);
    for answer in [
        Reply::new(401).header("WWW-Authenticate", realm),
        Reply::new(307).header("Location", format!("http://127.0.0.1:{port}/v2/_catalog")),
        Reply::new(302).header("Location", format!("http://u:p@127.0.0.1:{port}/")),
    ] {
        let server = Server::start(move |_| answer.clone());
        // Not before it is asked for, and then not elsewhere.
        let _ = names(&guarded(&server, bot(), nothing));
        assert!(server.seen().iter().all(|request| request.header("authorization").is_empty()));
    }
    // Signed in, and then sent elsewhere.
    let moved = format!("http://127.0.0.1:{port}/blob");
    let server = Server::start(move |request| match request.header("authorization") {
        "" => Reply::new(401).header("WWW-Authenticate", "Basic realm=\"x\""),
        _ => Reply::new(307).header("Location", moved.as_str()),
    });
    let _ = names(&guarded(&server, bot(), nothing));
    assert_eq!(server.seen().iter().filter(|request| !request.header("authorization").is_empty()).count(), 1);
    let seen = thief.seen();
    assert_eq!(seen.len(), 4, "{seen:?}");
    for request in seen {
        assert_eq!(request.header("authorization"), "", "{request:?}");
        assert!(!format!("{request:?}").contains("secret"), "{request:?}");
    }
}

#[test]
fn token_services_inside_are_not_asked() {
    for realm in ["http://10.0.0.1/token", "http://169.254.169.254/token", "http://[::1]/token", "file:///x"]
    {
        let challenge = format!(r#"Bearer realm="{realm}",service="s""#);
        let server = Server::start(move |_| Reply::new(401).header("WWW-Authenticate", challenge.as_str()));
        let error = names(&guarded(&server, bot(), nothing)).expect_err(realm);
        assert!(error.contains("where we do not go"), "{realm}: {error}");
    }
}

#[test]
fn redirects_end() {
    let server = Server::start(|_| Reply::new(302).header("Location", "/v2/again"));
    let error = names(&guarded(&server, bot(), nothing)).expect_err("a circle");
    assert!(error.contains("more than 5 times"), "{error}");
    assert_eq!(server.count(""), 6);
}

#[test]
fn addresses_are_checked_before_anything_is_asked() {
    for (url, why) in [
        ("http://127.0.0.1:5000", "a loopback address"),
        ("http://[::1]:5000", "a loopback address"),
        ("https://u:secret@registry.example.com", "do not belong"),
        ("unix:///var/run/docker.sock", "no address of a registry"),
    ] {
        let account = Account { url: url.to_owned(), allow_private: false, ..bot() };
        let error = Connection::new(account, Limits::default()).err().map(|error| error.to_string());
        let error = error.unwrap_or_default();
        assert!(error.contains(why) && !error.contains("secret"), "{url}: {error}");
    }
    let ca = Account { url: "https://a.io".to_owned(), ca: "no PEM".to_owned(), ..bot() };
    let error = Connection::new(ca, Limits::default()).err().map(|error| error.to_string());
    assert!(error.is_some_and(|error| error.contains("no PEM certificate")));
    // What is not of this world stays so, whoever allows private addresses.
    let metadata = account(RegistryKind::Generic, "http://169.254.169.254");
    assert!(Connection::new(metadata, Limits::default()).is_err());
}
