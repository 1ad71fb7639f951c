//! Trying a connection: step by step, so that the step that fails says what to change.

use super::{Connection, Inner, Step};
use crate::ImageError;
use crate::registry::{Ask, Endpoint, Fault, Get, Setup, Trouble, read_whole};
use reqwest::Url;
use reqwest::blocking::Response;
use reqwest::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use std::time::{Duration, Instant};

/// Bytes of an answer that are read to tell what it is.
const MOST: u64 = 16 << 10;
/// How long an answer may take: somebody waits for this.
const PATIENCE: Duration = Duration::from_secs(15);
/// Environment variables that name a proxy.
const PROXIES: &[&str] =
    &["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/// Tries it; the first step that fails is the last.
pub(super) fn run(inner: &Inner) -> Vec<Step> {
    let mut steps = Vec::new();
    let outcome = try_all(inner, &mut steps);
    if let Err((step, detail)) = outcome {
        steps.push(Step { step, ok: false, detail });
    }
    steps
}

/// The step that failed, and why.
type Failure = (&'static str, String);

fn try_all(inner: &Inner, steps: &mut Vec<Step>) -> Result<(), Failure> {
    let mut done = |step, detail| steps.push(Step { step, ok: true, detail });
    done("address", address(inner)?);

    // On its own, so that it neither waits long nor uses what was found out before.
    let old = inner.http.setup();
    let setup = Setup { attempts: 1, stall: old.stall.min(PATIENCE), ..old.clone() };
    let guard = inner.http.guard().cloned().unwrap_or_default();
    let fresh = Connection::with(inner.account.clone(), inner.limits, guard, setup)
        .map_err(|error| ("address", said(&error)))?;
    let inner = &*fresh.inner;

    let url = format!("{}://{}/v2/", inner.site.scheme, inner.site.host);
    let url = Url::parse(&url).map_err(|error| ("address", error.to_string()))?;
    let get = Get { url, accept: "application/json", authorization: None, from: 0, head: false };
    let is_tls = inner.site.scheme == "https";
    let answer = match inner.http.get(&get) {
        Ok(answer) => answer,
        Err(trouble) => {
            let (step, detail) = judge(&trouble, is_tls);
            if step == "tls" {
                done("connect", format!("{} answers", inner.site.host));
            }
            return Err((step, detail));
        }
    };
    let answer = Seen::of(answer);
    if !is_tls && answer.is_tls_wanted() {
        return Err((
            "connect",
            "this port speaks TLS, but the address begins with http://; begin it with https://".to_owned(),
        ));
    }
    done("connect", format!("{} answers", inner.site.host));
    done(
        "tls",
        match (is_tls, inner.account.insecure) {
            (false, _) => "not encrypted: everyone on the way can read the password and change images",
            (true, true) => "encrypted, but any certificate is accepted",
            (true, false) => "its certificate is trusted",
        }
        .to_owned(),
    );
    done("sign-in", sign_in(inner, &answer)?);
    done("list", list(&fresh)?);
    Ok(())
}

/// Where it is.
fn address(inner: &Inner) -> Result<String, Failure> {
    let host = crate::registry::host_name(&inner.site.host);
    let Some(resolver) = inner.http.resolver() else { return Ok(host.to_owned()) };
    match resolver.addresses_now(host) {
        Ok(found) => {
            let shown: Vec<String> = found.iter().map(|address| address.ip().to_string()).take(4).collect();
            Ok(if shown == [host] { host.to_owned() } else { format!("{host} is {}", shown.join(", ")) })
        }
        Err(error) if error.is::<super::Refused>() => Err((
            "address",
            format!(
                "{host} is not reached: {error}; if it is meant, an administrator can allow private addresses for this \
                 connection"
            ),
        )),
        Err(_)
            if inner.account.allow_private && PROXIES.iter().any(|name| std::env::var_os(name).is_some()) =>
        {
            Ok(format!("{host} is resolved by the proxy"))
        }
        Err(error) => Err((
            "address",
            format!(
                "the host {host} is not known ({error}); check its spelling, and the DNS of this machine"
            ),
        )),
    }
}

fn judge(trouble: &Trouble, is_tls: bool) -> Failure {
    match trouble {
        Trouble::Connect(why) => {
            ("connect", format!("no connection: {why}; check the port, and whether a firewall is between"))
        }
        Trouble::Timeout(why) => {
            ("connect", format!("{why}; check the port, and whether a firewall is between"))
        }
        Trouble::Certificate(fault, why) => {
            let what = match fault {
                Fault::Authority => "no authority we know vouches for its certificate",
                Fault::Name => "its certificate is for another name",
                Fault::Time => "its certificate is not valid today",
                Fault::Other => "its certificate is not accepted",
            };
            ("tls", format!("{what} ({why}); {}", fault.remedy()))
        }
        Trouble::Protocol(why) if is_tls => (
            "tls",
            format!(
                "this port does not speak TLS ({why}); if it is a plain http registry, begin the address with http://"
            ),
        ),
        Trouble::Protocol(why) => (
            "connect",
            format!(
                "this port does not speak http ({why}); if it speaks TLS, begin the address with https://"
            ),
        ),
        Trouble::Broken(why) if is_tls => {
            ("tls", format!("the connection was broken ({why}); try again later"))
        }
        Trouble::Broken(why) => (
            "connect",
            format!(
                "the connection was broken ({why}); if the port speaks TLS, begin the address with https://"
            ),
        ),
        Trouble::Forbidden(why) => ("connect", format!("it {why}, where we do not go")),
    }
}

/// What came at `/v2/`.
struct Seen {
    status: u16,
    kind: String,
    is_challenged: bool,
    is_registry: bool,
    start: String,
}

impl Seen {
    fn of(response: Response) -> Seen {
        let headers = response.headers();
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = text(CONTENT_TYPE.as_str()).to_ascii_lowercase();
        let (is_challenged, status) = (headers.contains_key(WWW_AUTHENTICATE), response.status().as_u16());
        let is_registry = text("docker-distribution-api-version").contains("registry/2");
        // A body that cannot be read tells nothing.
        let body = read_whole(response, MOST, Instant::now() + PATIENCE).ok().flatten().unwrap_or_default();
        let start = String::from_utf8_lossy(&body).into_owned();
        Seen { status, kind, is_challenged, is_registry, start }
    }

    /// What servers of TLS answer to plain http (Go, nginx, Apache).
    fn is_tls_wanted(&self) -> bool {
        let said = self.start.to_ascii_lowercase();
        self.status == 400 && (said.contains("https") || said.contains("ssl"))
    }

    /// Is there a registry (OCI distribution spec 1.1, "Determining Support")? `Err` says what is there instead.
    fn check(&self) -> Result<(), String> {
        let is_page = self.kind.contains("html") || self.start.trim_start().starts_with('<');
        match self.status {
            200 if self.is_registry || !is_page => Ok(()),
            200 => Err("there are web pages at this address, and no registry".to_owned()),
            401 if self.is_challenged || self.is_registry => Ok(()),
            403 | 429 | 500.. => Ok(()),
            status => Err(format!("there is no registry at this address: /v2/ answers {status}")),
        }
    }
}

fn sign_in(inner: &Inner, answer: &Seen) -> Result<String, Failure> {
    let failed = |detail: String| ("sign-in", detail);
    answer.check().map_err(|why| {
        failed(format!("{why}; check host, port and path, and that the registry's API (/v2/) is switched on"))
    })?;
    let credentials = inner.credentials().map_err(|error| failed(said(&error)))?;
    let endpoint = Endpoint::connected(&inner.site, "", "", None, credentials);
    // Product and API differ: that this one answers 404 is not the registry's last word.
    let ask =
        Ask { path: "", accept: "application/json", from: 0, head: false, what: "/v2/", absent: &[404] };
    endpoint.find(&inner.http, &ask).map_err(|error| failed(said(&error)))?;
    let user = inner.account.username.as_str();
    Ok(match (answer.status, user, inner.account.password.is_empty()) {
        (200, ..) => "it asks for no sign-in here".to_owned(),
        (_, "", true) => "it lets everyone in".to_owned(),
        (_, "", false) => "signed in with the token".to_owned(),
        (_, user, _) => format!("signed in as {user}"),
    })
}

fn list(connection: &Connection) -> Result<String, Failure> {
    let failed = |error: ImageError| ("list", said(&error));
    let mut first = None;
    connection
        .repositories(&mut |name| {
            first = Some(name.to_owned());
            false
        })
        .map_err(failed)?;
    let Some(first) = first else {
        return Ok("it lists no repository: there is none, or none that this account may see".to_owned());
    };
    let tags = connection.tags(&first).map_err(failed)?;
    let count = match tags.len() {
        1 => "1 tag".to_owned(),
        count => format!("{count} tags"),
    };
    Ok(format!("it lists repositories; the first is {first} with {count}"))
}

/// An error, and what to do about it.
fn said(error: &ImageError) -> String {
    match error.hint() {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    }
}
