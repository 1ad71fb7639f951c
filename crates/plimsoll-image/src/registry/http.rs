//! One HTTP request: its client, its redirects, and what its failure means.

use super::Setup;
use super::guard::{Guard, Refused, Resolver};
use super::pace::Pace;
use crate::{ImageError, Options};
use reqwest::blocking::{Client, Response};
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, HeaderName, HeaderValue, LOCATION, RANGE};
use reqwest::{Certificate, Method, StatusCode, Url};
use std::collections::HashMap;
use std::error::Error;
use std::io::Read;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Redirects that are followed (a blob store needs one or two).
const MOST_REDIRECTS: usize = 5;

/// The HTTP clients of one session, made when first needed.
pub struct Http {
    setup: Setup,
    insecure: bool,
    roots: Vec<Certificate>,
    /// Of a connected registry; at the command line people go where they say.
    guard: Option<Guard>,
    pace: Pace,
    clients: Mutex<HashMap<Kind, Client>>,
}

/// A GET request, or a HEAD one.
pub struct Get<'a> {
    pub url: Url,
    pub accept: &'a str,
    pub authorization: Option<HeaderValue>,
    /// Ask for the bytes from here on; 0 for all.
    pub from: u64,
    /// Only the headers.
    pub head: bool,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Trouble {
    /// No connection: refused, unreachable, unknown host.
    Connect(String),
    /// The TLS handshake failed: the certificate is not trusted.
    Certificate(Fault, String),
    /// The port does not speak the protocol it was asked in.
    Protocol(String),
    /// Too slow.
    Timeout(String),
    /// The connection broke.
    Broken(String),
    /// We do not do that: a redirect to somewhere it must not lead.
    Forbidden(String),
}

/// What is wrong with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nobody we know vouches for it.
    Authority,
    /// It is for another name.
    Name,
    /// It has expired, or is not valid yet.
    Time,
    Other,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    /// Plain http; needs no certificates at all.
    Plain {
        proxy: bool,
    },
    Verified {
        proxy: bool,
    },
    Unverified {
        proxy: bool,
    },
}

impl Http {
    /// Reads the certificate authorities of `options`.
    pub fn new(options: &Options, setup: Setup) -> Result<Http, ImageError> {
        let mut roots = Vec::new();
        for path in &options.ca_files {
            let file_error = |source| ImageError::File { path: path.clone(), source };
            let pem = std::fs::read(path).map_err(file_error)?;
            let found = Certificate::from_pem_bundle(&pem).unwrap_or_default();
            if found.is_empty() {
                let why = "it holds no PEM certificate".to_owned();
                return Err(ImageError::Malformed { what: path.display().to_string(), why });
            }
            roots.extend(found);
        }
        let (guard, pace, clients) = (None, Pace::default(), Mutex::default());
        Ok(Http { setup, insecure: options.insecure, roots, guard, pace, clients })
    }

    /// For a connected registry: with the certificate authorities of `ca` (PEM, may be empty), which the caller names
    /// when they are none; within a guard and a pace.
    pub fn connected(
        ca: &str,
        insecure: bool,
        guard: Guard,
        pace: Pace,
        setup: Setup,
    ) -> Result<Http, &'static str> {
        let roots = match ca.trim() {
            "" => Vec::new(),
            pem => Certificate::from_pem_bundle(pem.as_bytes()).unwrap_or_default(),
        };
        if roots.is_empty() && !ca.trim().is_empty() {
            return Err("they hold no PEM certificate");
        }
        Ok(Http { setup, insecure, roots, guard: Some(guard), pace, clients: Mutex::default() })
    }

    /// Does it serve a connected registry, not the command line?
    pub fn is_connected(&self) -> bool {
        self.guard.is_some()
    }

    /// Which addresses it may reach.
    pub fn guard(&self) -> Option<&Guard> {
        self.guard.as_ref()
    }

    /// Resolves names as requests do; `None` where no guard watches over that.
    pub fn resolver(&self) -> Option<Resolver> {
        let guard = self.guard.clone()?;
        Some(Resolver { guard, lookup: self.setup.lookup.0.clone() })
    }

    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Sends it, following redirects; any status is an answer. `Authorization` goes to the first origin only.
    pub fn get(&self, get: &Get) -> Result<Response, Trouble> {
        let mut url = get.url.clone();
        for _ in 0..=MOST_REDIRECTS {
            let method = if get.head { Method::HEAD } else { Method::GET };
            let mut request = self.client(&url)?.request(method, url.clone()).header(ACCEPT, get.accept);
            // Without this a server may compress once more, and digests and ranges would mean other bytes.
            request = request.header(ACCEPT_ENCODING, "identity");
            if get.from > 0 {
                request = request.header(RANGE, format!("bytes={}-", get.from));
            }
            if let Some(authorization) =
                get.authorization.as_ref().filter(|_| url.origin() == get.url.origin())
            {
                request = request.header(AUTHORIZATION, authorization.clone());
            }
            let response = self.send(&url, request)?;
            let is_redirect = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
            let Some(location) = response.headers().get(LOCATION).filter(|_| is_redirect) else {
                return Ok(response);
            };
            let target = location.to_str().ok().and_then(|text| url.join(text).ok());
            let target = target.ok_or_else(|| Trouble::Forbidden("redirects to no address".to_owned()))?;
            url = self
                .check_step(&url, target)
                .map_err(|why| Trouble::Forbidden(format!("redirects to {why}")))?;
        }
        Err(Trouble::Forbidden(format!("redirects more than {MOST_REDIRECTS} times")))
    }

    /// Posts a form without following redirects.
    pub fn post_form(&self, url: &Url, form: &[(&str, &str)]) -> Result<Response, Trouble> {
        // A query and a form are written the same way (application/x-www-form-urlencoded).
        let mut written = url.clone();
        written.query_pairs_mut().clear().extend_pairs(form);
        let body = written.query().unwrap_or_default().to_owned();
        self.post(url, "application/x-www-form-urlencoded", body, &[])
    }

    /// Posts a body without following redirects.
    pub fn post(
        &self,
        url: &Url,
        content_type: &str,
        body: String,
        headers: &[(HeaderName, HeaderValue)],
    ) -> Result<Response, Trouble> {
        let mut request = self.client(url)?.post(url.clone()).header(ACCEPT, "application/json");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        self.send(url, request.header("content-type", content_type).body(body))
    }

    /// Sends it in its turn.
    fn send(&self, url: &Url, request: reqwest::blocking::RequestBuilder) -> Result<Response, Trouble> {
        let host = url.host_str().unwrap_or_default();
        self.pace.wait(host);
        let response = request.send().map_err(|error| self.trouble(url, &error))?;
        if response.status() == StatusCode::TOO_MANY_REQUESTS
            && let Some(wished) = super::retry::retry_after(&response)
        {
            self.pace.slow_down(host, wished.min(self.setup.longest_pause));
        }
        Ok(response)
    }

    /// May an answer from `from` send us to `to`? Returns where to go, or what is wrong with it.
    pub fn check_step(&self, from: &Url, mut to: Url) -> Result<Url, String> {
        let host = to.host_str().unwrap_or_default().to_owned();
        let shown = format!("{}://{host}", to.scheme());
        if !matches!(to.scheme(), "http" | "https") || host.is_empty() {
            return Err(format!("{shown}, which is no web address"));
        }
        // User information would become a Basic sign-in made up by the other side.
        let (_, _) = (to.set_username(""), to.set_password(None));
        to.set_fragment(None);
        if let Some(guard) = &self.guard {
            guard.check_host(&host).map_err(|kind| format!("{shown}, {kind}"))?;
            if to.scheme() == "http" && from.scheme() == "https" {
                return Err(format!("{shown}, which is not encrypted"));
            }
            return Ok(to);
        }
        // Names that resolve to such an address pass: an inner registry may well live at one.
        let from_here = is_loopback(from.host_str().unwrap_or_default());
        if !from_here && is_own_machine(&host) {
            return Err(format!("{shown}, an address of this machine or its link"));
        }
        let allowed_plain = self.insecure || from.scheme() == "http" || (from_here && is_loopback(&host));
        if to.scheme() == "http" && !allowed_plain {
            return Err(format!("{shown}, which is not encrypted"));
        }
        Ok(to)
    }

    fn client(&self, url: &Url) -> Result<Client, Trouble> {
        let host = url.host_str().unwrap_or_default();
        if let Some(guard) = &self.guard {
            guard.check_host(host).map_err(|kind| Trouble::Forbidden(format!("leads to {kind}")))?;
        }
        // A proxy would resolve the name itself, where no guard sees to what.
        let proxy = !is_loopback(host) && self.guard.as_ref().is_none_or(|guard| guard.allow_private);
        let kind = match url.scheme() {
            "http" => Kind::Plain { proxy },
            _ if self.insecure => Kind::Unverified { proxy },
            _ => Kind::Verified { proxy },
        };
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&kind) {
            return Ok(client.clone());
        }
        let client = self.build(kind).map_err(|error| {
            Trouble::Certificate(Fault::Other, format!("no TLS can be set up: {}", innermost(&error)))
        })?;
        clients.insert(kind, client.clone());
        Ok(client)
    }

    fn build(&self, kind: Kind) -> reqwest::Result<Client> {
        install_tls();
        let mut builder = Client::builder()
            .user_agent(concat!("plimsoll/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_gzip()
            .referer(false)
            .connect_timeout(self.setup.connect)
            .timeout(self.setup.stall);
        match self.resolver() {
            Some(resolver) => builder = builder.dns_resolver(Arc::new(resolver)),
            None => {
                for (host, address) in &self.setup.resolve {
                    builder = builder.resolve(host, *address);
                }
            }
        }
        let (Kind::Plain { proxy } | Kind::Verified { proxy } | Kind::Unverified { proxy }) = kind;
        if !proxy {
            builder = builder.no_proxy();
        }
        match kind {
            Kind::Plain { .. } => builder.tls_certs_only([]),
            Kind::Verified { .. } if self.roots.is_empty() => builder,
            Kind::Verified { .. } => builder.tls_certs_merge(self.roots.iter().cloned()),
            Kind::Unverified { .. } => builder.tls_danger_accept_invalid_certs(true),
        }
        .build()
    }

    fn trouble(&self, url: &Url, error: &reqwest::Error) -> Trouble {
        let why = innermost(error);
        if let Some(refused) = find::<Refused>(error) {
            return Trouble::Forbidden(format!("leads to {}: {refused}", url.host_str().unwrap_or_default()));
        }
        if let Some(tls) = find::<rustls::Error>(error) {
            return match tls {
                rustls::Error::InvalidCertificate(invalid) => Trouble::Certificate(fault(invalid), why),
                _ => Trouble::Protocol(why),
            };
        }
        if error.is_timeout() {
            let seconds =
                if error.is_connect() { self.setup.connect } else { self.setup.stall }.as_secs_f32();
            return Trouble::Timeout(format!("no answer within {seconds} s"));
        }
        if error.is_connect() {
            let host = url.host_str().unwrap_or_default();
            return match find::<std::io::Error>(error).map(std::io::Error::kind) {
                Some(std::io::ErrorKind::ConnectionReset | std::io::ErrorKind::UnexpectedEof) => {
                    Trouble::Broken(why)
                }
                _ if why.contains("lookup") => {
                    Trouble::Connect(format!("the host {host} is not known ({why})"))
                }
                _ => Trouble::Connect(why),
            };
        }
        if why.contains("invalid HTTP") { Trouble::Protocol(why) } else { Trouble::Broken(why) }
    }

    /// The registry's error, with what to do about it.
    pub fn error(&self, trouble: Trouble, registry: &str) -> ImageError {
        let connected = self.is_connected();
        let (why, hint) = match trouble {
            Trouble::Connect(why) => (format!("cannot be reached: {why}"), None),
            Trouble::Certificate(fault, why) => (
                format!("is not trusted: {why}"),
                Some(if connected { fault.remedy() } else { CERTIFICATE_HINT }),
            ),
            Trouble::Protocol(why) => (
                format!("does not speak TLS as it should: {why}"),
                Some(if connected {
                    "if it is a plain http registry, begin its address with http://"
                } else {
                    "if it is a plain http registry, use --insecure"
                }),
            ),
            Trouble::Timeout(why) => (format!("is too slow: {why}"), None),
            Trouble::Broken(why) => (format!("broke the connection: {why}"), None),
            Trouble::Forbidden(why) => (
                format!("{why}, where we do not go"),
                connected.then_some("an administrator can allow private addresses for this connection"),
            ),
        };
        ImageError::Registry { registry: registry.to_owned(), why, hint: hint.map(str::to_owned) }
    }
}

/// What to do about a certificate at the command line.
const CERTIFICATE_HINT: &str =
    "name its certificate authority with --ca-file, or use --insecure if you trust the network";

fn fault(error: &rustls::CertificateError) -> Fault {
    use rustls::CertificateError as Error;
    match error {
        Error::UnknownIssuer | Error::BadSignature => Fault::Authority,
        Error::NotValidForName | Error::NotValidForNameContext { .. } => Fault::Name,
        Error::Expired
        | Error::ExpiredContext { .. }
        | Error::NotValidYet
        | Error::NotValidYetContext { .. } => Fault::Time,
        _ => Fault::Other,
    }
}

impl Fault {
    /// What to do about it in a connection.
    pub fn remedy(self) -> &'static str {
        match self {
            Fault::Authority => {
                "give the connection the PEM of the certificate authority that issued its certificate"
            }
            Fault::Name => "use the name its certificate is for, or have a certificate issued for this one",
            Fault::Time => "have its certificate renewed, or set the clock of this machine",
            Fault::Other => {
                "have its certificate issued anew, or accept any certificate if you trust the network"
            }
        }
    }
}

/// The whole body, if it has at most `most` bytes and comes before the deadline; `None` when it has more.
pub fn read_whole(mut body: impl Read, most: u64, deadline: Instant) -> std::io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let mut part = vec![0; 64 << 10];
    loop {
        let read = match body.read(&mut part) {
            Ok(0) => return Ok(Some(bytes)),
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        bytes.extend_from_slice(&part[..read]);
        if bytes.len() as u64 > most {
            return Ok(None);
        }
        if Instant::now() > deadline {
            return Err(std::io::Error::new(std::io::ErrorKind::TimedOut, "it comes too slowly"));
        }
    }
}

/// A moment so far away, or one that never comes.
pub fn deadline(seconds: u64) -> Instant {
    let now = Instant::now();
    now.checked_add(Duration::from_secs(seconds)).unwrap_or(now + Duration::from_secs(30 * 86_400))
}

impl Trouble {
    /// Is it worth another try?
    pub fn is_transient(&self) -> bool {
        matches!(self, Trouble::Connect(_) | Trouble::Timeout(_) | Trouble::Broken(_))
    }
}

/// Makes ring the TLS provider of this process unless one is chosen already. Called before any client is built;
/// calling it again does nothing.
pub fn install_tls() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // A race lost is a provider installed, which is all that is wanted.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

/// The host as a URL or a reference writes it, port allowed, brackets allowed.
pub fn is_loopback(host: &str) -> bool {
    let name = host_name(host);
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

/// Addresses that mean another thing on every machine: loopback, unspecified, link-local (cloud metadata).
fn is_own_machine(host: &str) -> bool {
    let address = host_name(host).parse::<IpAddr>().map(|address| address.to_canonical());
    is_loopback(host)
        || address.is_ok_and(|address| match address {
            IpAddr::V4(address) => address.is_unspecified() || address.is_link_local(),
            IpAddr::V6(address) => address.is_unspecified() || address.is_unicast_link_local(),
        })
}

/// A host without port and brackets.
pub fn host_name(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or(rest, |(address, _)| address),
        None if host.matches(':').count() == 1 => host.split_once(':').map_or(host, |(name, _)| name),
        None => host,
    }
}

/// Is it worth asking again (RFC 9110, 15.6; RFC 6585, 4)?
pub fn is_transient(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}

/// The text of the innermost error. The outer ones repeat the address, which may carry a signature.
pub fn innermost(error: &(dyn Error + 'static)) -> String {
    match inner(error) {
        Some(deeper) => innermost(deeper),
        None if error.is::<reqwest::Error>() => "the request cannot be made".to_owned(),
        None => error.to_string().chars().filter(|c| !c.is_control()).take(200).collect(),
    }
}

/// The innermost error of this type.
pub fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let deeper = inner(error).and_then(find);
    deeper.or_else(|| error.downcast_ref())
}

/// `io::Error` answers `source` with the source of what it wraps, so what it wraps has to be asked for.
fn inner<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}
