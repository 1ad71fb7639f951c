//! One host that serves the repository: a mirror or the registry itself.

use super::challenge::{Challenge, parse_challenges};
use super::http::{Get, Http, Trouble, host_name, is_loopback, is_transient};
use super::retry::{Attempt, persist, retry_after};
use super::sign_in::{SignedIn, sign_in};
use crate::{Credentials, ImageError, Options, Reference};
use reqwest::blocking::Response;
use reqwest::header::{HeaderValue, WWW_AUTHENTICATE};
use reqwest::{StatusCode, Url};
use serde::Deserialize;
use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Bytes of a refusal that are read to say why.
const MOST_REFUSAL: u64 = 16 << 10;
/// Attempts to connect: a host that is not there rarely comes within seconds.
const CONNECT_ATTEMPTS: u32 = 3;

/// One host that serves the repository.
pub struct Endpoint {
    /// As people know it: `docker.io`.
    pub name: String,
    /// Host and port to connect to: `registry-1.docker.io`.
    pub host: String,
    /// What stands before `/v2/`; empty almost everywhere.
    prefix: String,
    /// Repository there; empty for what concerns the whole registry.
    pub repository: String,
    /// What a token must allow (Token Authentication Specification, "scope"); `None` for nothing but being signed in.
    pub scope: Option<String>,
    /// Is it a mirror, and not the registry itself?
    mirror: bool,
    /// Schemes to try, in order.
    schemes: &'static [&'static str],
    /// The scheme that was answered.
    scheme: OnceLock<&'static str>,
    /// It could not be reached.
    down: AtomicBool,
    /// How we are signed in. Locked while signing in, so that layers read at once sign in once.
    pub signed_in: Mutex<SignedIn>,
    /// What `options` say of signing in.
    pub credentials: Credentials,
    /// The connected registry it is part of.
    pub site: Option<Arc<Site>>,
}

/// What the endpoints of one connected registry share.
pub struct Site {
    /// As people know it: `docker.io`.
    pub name: String,
    /// Host and port to connect to.
    pub host: String,
    /// `https`, or `http` where the address says so.
    pub scheme: &'static str,
    /// How it last asked to sign in: the next repository's token is fetched before it is refused.
    pub challenges: Mutex<Vec<Challenge>>,
}

/// One question.
pub struct Ask<'a> {
    /// Behind `/v2/REPOSITORY/`.
    pub path: &'a str,
    pub accept: &'a str,
    /// The bytes from here on; 0 for all.
    pub from: u64,
    /// Only the headers.
    pub head: bool,
    /// `the manifest of …`.
    pub what: &'a str,
    /// Statuses beside success that are an answer.
    pub absent: &'a [u16],
}

/// The endpoints of a reference, in the order they are asked.
pub fn of(reference: &Reference, options: &Options) -> Result<Vec<Endpoint>, ImageError> {
    let mut endpoints = Vec::new();
    for mirror in options.mirrors.iter().filter(|mirror| mirror.registry == reference.registry) {
        // The grammar of references is also that of `host/prefix`; a host without dot or port is refused by it.
        let (host, prefix) = mirror.mirror.split_once('/').unwrap_or((&mirror.mirror, ""));
        let repository = match prefix.trim_matches('/') {
            "" => reference.repository.clone(),
            prefix => format!("{prefix}/{}", reference.repository),
        };
        let parsed = Reference::parse(&format!("{host}/{repository}"))?;
        if parsed.registry != host.to_ascii_lowercase() || parsed.repository != repository {
            let why = "a mirror is a host with a dot or a port, and a prefix if it has one".to_owned();
            return Err(ImageError::Target { target: mirror.mirror.clone(), why });
        }
        // A user given for the registry is not for its mirrors.
        let credentials = match &options.credentials {
            Credentials::User { .. } => Credentials::Anonymous,
            other => other.clone(),
        };
        endpoints.push(Endpoint::new(&parsed.registry, &repository, true, options.insecure, credentials));
    }
    let (registry, repository) = (&reference.registry, &reference.repository);
    endpoints.push(Endpoint::new(registry, repository, false, options.insecure, options.credentials.clone()));
    Ok(endpoints)
}

impl Endpoint {
    fn new(name: &str, repository: &str, mirror: bool, insecure: bool, credentials: Credentials) -> Endpoint {
        Endpoint {
            name: name.to_owned(),
            host: if name == "docker.io" { "registry-1.docker.io" } else { name }.to_owned(),
            prefix: String::new(),
            repository: repository.to_owned(),
            scope: Some(format!("repository:{repository}:pull")),
            mirror,
            schemes: match (is_loopback(name), insecure) {
                (true, _) => &["http", "https"],
                (false, true) => &["https", "http"],
                (false, false) => &["https"],
            },
            scheme: OnceLock::new(),
            down: AtomicBool::new(false),
            signed_in: Mutex::default(),
            credentials,
            site: None,
        }
    }

    /// A repository of a connected registry, or with an empty name the registry itself.
    pub fn connected(
        site: &Arc<Site>,
        prefix: &str,
        repository: &str,
        scope: Option<String>,
        credentials: Credentials,
    ) -> Endpoint {
        Endpoint {
            name: site.name.clone(),
            host: site.host.clone(),
            prefix: prefix.to_owned(),
            repository: repository.to_owned(),
            scope,
            mirror: false,
            schemes: if site.scheme == "http" { &["http"] } else { &["https"] },
            scheme: OnceLock::new(),
            down: AtomicBool::new(false),
            signed_in: Mutex::default(),
            credentials,
            site: Some(Arc::clone(site)),
        }
    }

    /// What may be refused.
    pub fn subject(&self) -> &str {
        match (self.repository.as_str(), &self.scope) {
            ("", None) => "the registry",
            ("", Some(_)) => "the list of its repositories",
            (repository, _) => repository,
        }
    }

    /// Was it found that it cannot be reached?
    pub fn is_down(&self) -> bool {
        self.down.load(Ordering::Relaxed)
    }

    /// Attempts before it is given up: fewer where another endpoint follows.
    pub fn attempts(&self, http: &Http) -> u32 {
        if self.mirror { http.setup().attempts.min(2) } else { http.setup().attempts }
    }

    /// Asks for `/v2/REPOSITORY/PATH`: signs in when asked to, tries again where it helps. The answer's status is a
    /// success or one of those in `absent`; anything else is an error.
    pub fn find(&self, http: &Http, ask: &Ask) -> Result<Response, ImageError> {
        let mut connect_failures = 0;
        persist(http.setup(), self.attempts(http), || match self.get_signed_in(http, ask) {
            Ok(response) if response.status().is_success() => Attempt::Done(response),
            Ok(response) if ask.absent.contains(&response.status().as_u16()) => Attempt::Done(response),
            Ok(response) if is_transient(response.status()) => {
                let after = retry_after(&response);
                Attempt::Later(self.refusal(response, ask.what), after)
            }
            Ok(response) => Attempt::Never(self.refusal(response, ask.what)),
            Err(Failure::Final(error)) => Attempt::Never(error),
            Err(Failure::Trouble(trouble)) => {
                connect_failures += u32::from(matches!(trouble, Trouble::Connect(_)));
                let again = trouble.is_transient() && connect_failures < CONNECT_ATTEMPTS;
                if matches!(trouble, Trouble::Connect(_) | Trouble::Timeout(_)) {
                    self.down.store(true, Ordering::Relaxed);
                }
                let error = http.error(trouble, &self.name);
                if again { Attempt::Later(error, None) } else { Attempt::Never(error) }
            }
        })
    }

    /// Sends it once, and once more signed in where the registry asks for that. A registry that says 401 to a sign-in
    /// of this moment says it for ever.
    fn get_signed_in(&self, http: &Http, ask: &Ask) -> Result<Response, Failure> {
        let base = self.address(self.scheme.get().unwrap_or(&self.schemes[0]), ask.path)?;
        let mut used = self.signed_in.lock().unwrap_or_else(PoisonError::into_inner).authorization();
        let known =
            self.site.as_ref().map(|site| site.challenges.lock().unwrap_or_else(PoisonError::into_inner));
        let known = known.map(|challenges| challenges.clone()).unwrap_or_default();
        if used.is_none() && !known.is_empty() {
            used = Some(sign_in(self, http, &base, &known, None).map_err(Failure::Final)?);
        }
        let response = self.send(http, ask, used.clone())?;
        let base = self.address(self.scheme.get().unwrap_or(&self.schemes[0]), ask.path)?;
        // Where a redirect ended is not who may ask for the registry's password.
        if response.status() != StatusCode::UNAUTHORIZED || response.url().origin() != base.origin() {
            return Ok(response);
        }
        let headers = response.headers().get_all(WWW_AUTHENTICATE).iter();
        let challenges: Vec<_> =
            headers.filter_map(|value| value.to_str().ok()).flat_map(parse_challenges).collect();
        drop(response);
        let fresh = sign_in(self, http, &base, &challenges, used.as_ref()).map_err(Failure::Final)?;
        if let Some(site) = &self.site {
            *site.challenges.lock().unwrap_or_else(PoisonError::into_inner) = challenges;
        }
        self.send(http, ask, Some(fresh))
    }

    fn address(&self, scheme: &str, path: &str) -> Result<Url, Failure> {
        let slash = if self.repository.is_empty() { "" } else { "/" };
        let text = format!("{scheme}://{}{}/v2/{}{slash}{path}", self.host, self.prefix, self.repository);
        Url::parse(&text).map_err(|error| {
            Failure::Final(ImageError::Target { target: self.name.clone(), why: error.to_string() })
        })
    }

    /// Sends it by the scheme that is known to be answered, else finds that scheme.
    fn send(&self, http: &Http, ask: &Ask, authorization: Option<HeaderValue>) -> Result<Response, Failure> {
        let by = |scheme: &str| -> Result<Result<Response, Trouble>, Failure> {
            let (url, authorization) = (self.address(scheme, ask.path)?, authorization.clone());
            Ok(http.get(&Get { url, accept: ask.accept, authorization, from: ask.from, head: ask.head }))
        };
        let (first, second) = match (self.scheme.get(), self.schemes) {
            (Some(known), _) => return by(known)?.map_err(Failure::Trouble),
            (None, [first, second, ..]) => (first, second),
            (None, schemes) => return by(schemes[0])?.map_err(Failure::Trouble),
        };
        // Servers that await TLS answer plain http with 400 (Go, nginx).
        let speaks = |response: &Response| response.status() != StatusCode::BAD_REQUEST;
        let answer = by(first)?;
        match &answer {
            Ok(response) if speaks(response) => {
                // Another thread may have found it at the same moment.
                let _ = self.scheme.set(first);
                return answer.map_err(Failure::Trouble);
            }
            Err(Trouble::Timeout(_) | Trouble::Forbidden(_)) => return answer.map_err(Failure::Trouble),
            _ => {}
        }
        match by(second)? {
            Ok(response) if speaks(&response) => {
                let _ = self.scheme.set(second);
                Ok(response)
            }
            Err(trouble @ Trouble::Certificate(..)) => Err(Failure::Trouble(trouble)),
            _ => answer.map_err(Failure::Trouble),
        }
    }

    /// What a status other than success means.
    fn refusal(&self, response: Response, what: &str) -> ImageError {
        let status = response.status();
        let signed_in = self.signed_in.lock().unwrap_or_else(PoisonError::into_inner);
        let (user, login) = (signed_in.user().map(str::to_owned), signed_in.login_hint(self));
        drop(signed_in);
        let origin = response.url().host_str().unwrap_or_default().to_owned();
        let elsewhere = origin != host_name(&self.host);
        let wait = retry_after(&response);
        let said = said_by_registry(response);
        let said =
            if said.is_empty() { status.as_str().to_owned() } else { format!("{}: {said}", status.as_str()) };
        let repository = self.subject();
        let (why, hint) = match (status.as_u16(), user.as_deref()) {
            _ if elsewhere => (format!("sent us to {origin} for {what}, which answers {said}"), None),
            (401, None) => {
                (format!("needs a sign-in for {repository}, or has no such repository ({said})"), login)
            }
            (401, Some(user)) => (format!("refused the sign-in of {user} ({said})"), login),
            (403, None) => (format!("refuses {repository} to those not signed in ({said})"), login),
            (403, Some(user)) => (format!("does not let {user} read {repository} ({said})"), login),
            (404, _) => (
                format!("does not have {what} ({said})"),
                Some("check the spelling of repository and tag, and whether a sign-in is needed".to_owned()),
            ),
            (429, _) => (
                format!("asks us to slow down ({said})"),
                Some(match (wait, user) {
                    (Some(wait), _) if !wait.is_zero() => format!("try again in {} s", wait.as_secs()),
                    (_, None) => "sign in for a higher limit, use a mirror, or try again later".to_owned(),
                    _ => "use a mirror, or try again later".to_owned(),
                }),
            ),
            (416, _) => (format!("has less of {what} than it said before ({said})"), None),
            (500.., _) => (format!("fails at {what} ({said})"), Some("try again later".to_owned())),
            _ => (format!("answers {what} with {said}"), None),
        };
        ImageError::Registry { registry: self.name.clone(), why, hint }
    }
}

/// Why there is no answer to go on with.
enum Failure {
    Trouble(Trouble),
    Final(ImageError),
}

/// Code and message of the first error in the body (distribution spec 1.1, "Error Codes"), made fit for one line.
fn said_by_registry(response: Response) -> String {
    let mut body = Vec::new();
    // A body that cannot be read only costs the explanation.
    let _ = response.take(MOST_REFUSAL).read_to_end(&mut body);
    parse_refusal(&body)
}

pub fn parse_refusal(body: &[u8]) -> String {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Refusal {
        errors: Vec<Reason>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Reason {
        code: Option<String>,
        message: Option<String>,
    }
    let refusal: Refusal = serde_json::from_slice(body).unwrap_or_default();
    let reason = refusal.errors.into_iter().next().unwrap_or_default();
    let parts = [reason.code, reason.message].into_iter().flatten().filter(|part| !part.trim().is_empty());
    let text = parts.collect::<Vec<_>>().join(" ");
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}
