//! Signing in: from a challenge to the `Authorization` header of the next request.

use super::challenge::{Challenge, parse_challenges};
use super::endpoint::Endpoint;
use super::http::{Get, Http, host_name, is_transient};
use super::retry::{Attempt, persist, retry_after};
use crate::credentials::{Found, Secret, SignIn, find};
use crate::{Credentials, ImageError};
use base64::Engine as _;
use reqwest::Url;
use reqwest::blocking::Response;
use reqwest::header::{HeaderValue, WWW_AUTHENTICATE};
use serde::Deserialize;
use std::io::Read;
use std::net::IpAddr;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

/// Bytes of a token service's answer (a token is a few KiB; Artifact Registry's are the longest).
const MOST_ANSWER: u64 = 1 << 20;
/// How long a token is good for when the service does not say (Token Authentication Specification, `expires_in`).
const USUAL_LIFE: u64 = 60;

/// How we are signed in at one endpoint.
#[derive(Default)]
pub struct SignedIn {
    /// What the user's configuration says; `None` before it was asked.
    found: Option<Found>,
    header: Option<HeaderValue>,
    /// From then on the header is no good.
    until: Option<Instant>,
}

impl SignedIn {
    /// The header to send, as far as there is a good one.
    pub fn authorization(&self) -> Option<HeaderValue> {
        let is_good = self.until.is_none_or(|until| Instant::now() < until);
        self.header.clone().filter(|_| is_good)
    }

    /// The user we sign in as; `None` for nobody.
    pub fn user(&self) -> Option<&str> {
        match self.found.as_ref()?.sign_in.as_ref()? {
            SignIn::Password(user, _) => Some(user),
            SignIn::Identity(_) => Some("the identity token"),
        }
    }

    /// What to do when the registry refuses.
    pub fn login_hint(&self, endpoint: &Endpoint) -> Option<String> {
        let trouble = self.found.as_ref().and_then(|found| found.trouble.as_ref());
        let trouble =
            trouble.map_or_else(String::new, |trouble| format!("; no sign-in was found because {trouble}"));
        let registry = &endpoint.name;
        if endpoint.site.is_some() {
            let what = "check the user name, the password or token of the connection, and what they may read";
            return Some(format!("{what}{trouble}"));
        }
        Some(format!("sign in with `docker login {registry}` or `podman login {registry}`{trouble}"))
    }
}

/// Signs in as one of the challenges asks and returns the header. `base` is the address that was refused, `used` the
/// header it was refused with.
pub fn sign_in(
    endpoint: &Endpoint,
    http: &Http,
    base: &Url,
    challenges: &[Challenge],
    used: Option<&HeaderValue>,
) -> Result<HeaderValue, ImageError> {
    // Held to the end: layers are read at once, and one sign-in is enough for all.
    let mut signed_in = endpoint.signed_in.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(header) = signed_in.authorization().filter(|header| Some(header) != used) {
        return Ok(header);
    }
    let places = &http.setup().places;
    if signed_in.found.is_none() {
        let found = find(&endpoint.credentials, places, &endpoint.name, &endpoint.repository);
        signed_in.found = Some(found);
    }
    let refused = |why: String, hint: Option<String>| ImageError::Registry {
        registry: endpoint.name.clone(),
        why,
        hint,
    };
    let bearer = challenges.iter().find(|challenge| matches!(challenge, Challenge::Bearer { .. }));
    let (header, life) = match bearer.or(challenges.first()) {
        None => {
            let why = "refuses (401) without saying how to sign in".to_owned();
            return Err(refused(why, signed_in.login_hint(endpoint)));
        }
        Some(Challenge::Basic) => match signed_in.found.as_ref().and_then(|found| found.sign_in.as_ref()) {
            Some(SignIn::Password(user, password)) => {
                let header = basic(user, password);
                if used == Some(&header) {
                    let why = format!("refused the sign-in of {user} (401)");
                    return Err(refused(why, signed_in.login_hint(endpoint)));
                }
                (header, None)
            }
            _ => {
                let why = format!("needs a user name and a password for {}", endpoint.subject());
                return Err(refused(why, signed_in.login_hint(endpoint)));
            }
        },
        Some(Challenge::Bearer { realm, service, scope }) => {
            let realm = Url::parse(realm).map_err(|_| "no address".to_owned());
            let realm = realm
                .and_then(|realm| http.check_step(base, realm))
                .map_err(|why| refused(format!("sends sign-ins to {why}, where we do not go"), None))?;
            let sign_in = trusted(endpoint, http, &realm, &mut signed_in);
            let request = TokenRequest {
                service: service.clone(),
                scopes: scopes(endpoint.scope.as_deref(), &endpoint.repository, scope.as_deref()),
                sign_in,
            };
            let token = fetch_token(endpoint, http, &realm, &request, &signed_in)?;
            let header = secret_header(&format!("Bearer {}", token.token.reveal()))
                .ok_or_else(|| refused("gives a token that cannot be sent".to_owned(), None))?;
            (header, Some(token.life))
        }
    };
    signed_in.header = Some(header.clone());
    // A little earlier than the service says: the request has to arrive before.
    signed_in.until = life.and_then(|life| Instant::now().checked_add(life.mul_f64(0.9)));
    Ok(header)
}

/// The sign-in that may be shown to this token service. A password belongs to the registry's site; for a service
/// elsewhere the user must have signed in there too (CVE-2020-15157 and its kin).
fn trusted(endpoint: &Endpoint, http: &Http, realm: &Url, signed_in: &mut SignedIn) -> Option<SignIn> {
    let realm_host = realm.host_str().unwrap_or_default();
    let own = signed_in.found.as_ref().and_then(|found| found.sign_in.clone())?;
    if is_same_site(host_name(&endpoint.host), host_name(realm_host)) {
        return Some(own);
    }
    let found = match &endpoint.credentials {
        Credentials::Home => find(&Credentials::Home, &http.setup().places, realm_host, ""),
        _ => Found::default(),
    };
    let trouble = format!(
        "its token service {realm_host} is of another site, to which the password of {} is not sent",
        endpoint.name
    );
    signed_in.found = Some(Found { trouble: found.trouble.or(Some(trouble)), ..found });
    signed_in.found.as_ref().and_then(|found| found.sign_in.clone())
}

/// The token service that a registry names at this address; `None` when it names none.
pub fn realm_of(http: &Http, registry: &str, url: &Url) -> Result<Option<Url>, ImageError> {
    let get = Get { url: url.clone(), accept: "application/json", authorization: None, from: 0, head: false };
    let response = http.get(&get).map_err(|trouble| http.error(trouble, registry))?;
    let headers = response.headers().get_all(WWW_AUTHENTICATE).iter();
    let mut challenges = headers.filter_map(|value| value.to_str().ok()).flat_map(parse_challenges);
    let realm = challenges.find_map(|challenge| match challenge {
        Challenge::Bearer { realm, .. } => Url::parse(&realm).ok(),
        Challenge::Basic => None,
    });
    let Some(realm) = realm else { return Ok(None) };
    let checked = http.check_step(url, realm).map_err(|why| ImageError::Registry {
        registry: registry.to_owned(),
        why: format!("sends sign-ins to {why}, where we do not go"),
        hint: None,
    });
    checked.map(Some)
}

/// Are these hosts of one owner, as far as names tell: equal, or with the same last two labels (three under
/// `co.uk` and the like)? Addresses only when equal.
pub fn is_same_site(a: &str, b: &str) -> bool {
    fn site(host: &str) -> String {
        let labels: Vec<&str> = host.rsplit('.').collect();
        let is_public = |label: &str| {
            matches!(label, "ac" | "co" | "com" | "edu" | "gov" | "net" | "org" | "or" | "ne" | "go")
        };
        let count = match labels.as_slice() {
            [country, second, ..] if country.len() == 2 && is_public(second) => 3,
            _ => 2,
        };
        labels.iter().take(count).copied().collect::<Vec<_>>().join(".")
    }
    let (a, b) = (a.trim_end_matches('.').to_ascii_lowercase(), b.trim_end_matches('.').to_ascii_lowercase());
    let is_name = |host: &str| host.parse::<IpAddr>().is_err() && host.contains('.');
    a == b || (is_name(&a) && is_name(&b) && site(&a) == site(&b))
}

struct TokenRequest {
    service: Option<String>,
    scopes: Vec<String>,
    sign_in: Option<SignIn>,
}

/// What to ask a token for: pulling this repository, and the scope of the challenge unless that is for another one,
/// for the token goes to whoever wrote the challenge.
fn scopes(own: Option<&str>, repository: &str, challenged: Option<&str>) -> Vec<String> {
    let mut scopes: Vec<String> = own.into_iter().map(str::to_owned).collect();
    for scope in challenged.unwrap_or_default().split_whitespace() {
        let is_allowed = match scope.split_once(':') {
            Some(("repository", rest)) => rest.rsplit_once(':').is_some_and(|(name, actions)| {
                let is_ours = name.strip_suffix(repository).is_some_and(|prefix| prefix.ends_with('/'));
                is_ours && !repository.is_empty() && actions == "pull"
            }),
            Some(_) => false,
            None => true,
        };
        if is_allowed && scopes.len() < 4 {
            scopes.push(scope.to_owned());
        }
    }
    scopes
}

/// Asks the token service: by GET with the password or nothing (Token Authentication Specification), by POST with an
/// identity token (OAuth2 Token Authentication).
fn fetch_token(
    endpoint: &Endpoint,
    http: &Http,
    realm: &Url,
    request: &TokenRequest,
    signed_in: &SignedIn,
) -> Result<Token, ImageError> {
    let registry = endpoint.name.as_str();
    let service_host = realm.host_str().unwrap_or_default();
    persist(http.setup(), endpoint.attempts(http), || {
        let answer = match &request.sign_in {
            Some(SignIn::Identity(token)) => {
                let scope = request.scopes.join(" ");
                let service = request.service.as_deref().unwrap_or_default();
                http.post_form(
                    realm,
                    &[
                        ("grant_type", "refresh_token"),
                        ("service", service),
                        ("scope", &scope),
                        ("client_id", "plimsoll"),
                        ("refresh_token", token.reveal()),
                    ],
                )
            }
            other => {
                let mut url = realm.clone();
                url.query_pairs_mut()
                    .extend_pairs(request.service.iter().map(|service| ("service", service)))
                    .extend_pairs(request.scopes.iter().map(|scope| ("scope", scope)));
                let authorization = match other {
                    Some(SignIn::Password(user, password)) => Some(basic(user, password)),
                    _ => None,
                };
                http.get(&Get { url, accept: "application/json", authorization, from: 0, head: false })
            }
        };
        let response = match answer {
            Ok(response) => response,
            Err(trouble) => {
                let again = trouble.is_transient();
                let error = http.error(trouble, &format!("the token service {service_host} of {registry}"));
                return if again { Attempt::Later(error, None) } else { Attempt::Never(error) };
            }
        };
        let status = response.status();
        let refused = |why: String, hint: Option<String>| ImageError::Registry {
            registry: registry.to_owned(),
            why,
            hint,
        };
        if status.is_success() {
            return match read_token(response) {
                Ok(token) => Attempt::Done(token),
                Err(why) => {
                    Attempt::Never(refused(format!("signs in through {service_host}, but {why}"), None))
                }
            };
        }
        let hint = signed_in.login_hint(endpoint);
        let code = status.as_u16();
        match (code, signed_in.user()) {
            _ if is_transient(status) => {
                let error = refused(format!("cannot sign us in: {service_host} answers {code}"), None);
                Attempt::Later(error, retry_after(&response))
            }
            // OAuth 2 says 400 to a bad refresh token (RFC 6749, 5.2).
            (400 | 401 | 403, Some(user)) => {
                Attempt::Never(refused(format!("refused the sign-in of {user} ({code})"), hint))
            }
            (401 | 403, None) => {
                let repository = endpoint.subject();
                let why = format!("needs a sign-in for {repository}, or has no such repository ({code})");
                Attempt::Never(refused(why, hint))
            }
            _ => Attempt::Never(refused(format!("cannot sign us in: {service_host} answers {code}"), None)),
        }
    })
}

/// A token and how long it is good for.
#[derive(Debug, PartialEq, Eq)]
pub struct Token {
    token: Secret,
    life: Duration,
}

fn read_token(response: Response) -> Result<Token, String> {
    let mut bytes = Vec::new();
    let read = response.take(MOST_ANSWER).read_to_end(&mut bytes);
    read.map_err(|_| "its answer broke off".to_owned())?;
    parse_token(&bytes)
}

/// Reads a token service's answer. `Err` says why, never what stands in it.
pub fn parse_token(bytes: &[u8]) -> Result<Token, String> {
    #[derive(Deserialize)]
    struct Answer {
        #[serde(default)]
        token: Option<String>,
        #[serde(default)]
        access_token: Option<String>,
        #[serde(default)]
        expires_in: serde_json::Value,
    }
    let answer: Answer = serde_json::from_slice(bytes).map_err(|_| "its answer cannot be read".to_owned())?;
    let given = |token: Option<String>| token.filter(|token| !token.is_empty());
    let token = given(answer.token).or(given(answer.access_token)).ok_or("it gives no token")?;
    // Some services write the number as a string, or with a fraction.
    let seconds = match &answer.expires_in {
        serde_json::Value::String(text) => text.parse::<f64>().ok(),
        value => value.as_f64(),
    };
    let seconds = seconds.filter(|seconds| *seconds > 0.0).map_or(USUAL_LIFE, |seconds| seconds as u64);
    Ok(Token { token: Secret::new(token), life: Duration::from_secs(seconds.min(30 * 86_400)) })
}

/// The header of a user and a password (RFC 7617).
pub fn basic(user: &str, password: &Secret) -> HeaderValue {
    let text = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{}", password.reveal()));
    secret_header(&format!("Basic {text}")).expect("base64 is fit for a header")
}

/// A header that logs do not show; `None` where the text is not fit for one.
pub fn secret_header(text: &str) -> Option<HeaderValue> {
    let mut header = HeaderValue::from_str(text).ok()?;
    header.set_sensitive(true);
    Some(header)
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn passwords_stay_on_their_site() {
        let check = |a: &str, b: &str, expected: bool| assert_eq!(is_same_site(a, b), expected, "{a} {b}");
        check("registry-1.docker.io", "auth.docker.io", true);
        check("ghcr.io", "ghcr.io", true);
        check("registry.gitlab.com", "gitlab.com", true);
        check("registry.cn-hangzhou.aliyuncs.com", "dockerauth.cn-hangzhou.aliyuncs.com", true);
        check("ghcr.io", "evil.io", false);
        check("a.example.co.uk", "b.example.co.uk", true);
        check("good.co.uk", "evil.co.uk", false);
        check("127.0.0.1", "127.0.0.1", true);
        check("10.0.0.1", "11.0.0.1", false);
        check("localhost", "evil", false);
        check("registry", "registry", true);
        check("example.com", "example.com.evil.io", false);
    }

    #[test]
    fn tokens_are_asked_for_our_own_repository() {
        let check = |challenged: &str, more: &[&str]| {
            let mut expected = vec!["repository:a/b:pull"];
            expected.extend(more);
            assert_eq!(
                scopes(Some("repository:a/b:pull"), "a/b", Some(challenged)),
                expected,
                "{challenged}"
            );
        };
        check("", &[]);
        check("repository:a/b:pull", &[]);
        check("repository:a/b:pull,push", &[]);
        check("aws", &["aws"]);
        check("repository:docker-local/a/b:pull", &["repository:docker-local/a/b:pull"]);
        check("repository:other/private:pull registry:catalog:*", &[]);
        check("repository:evila/b:pull", &[]);
        check("x1 x2 x3 x4 x5", &["x1", "x2", "x3"]);
    }

    #[test]
    fn answers_of_token_services_are_read() {
        let check = |text: &str, expected: Result<(&str, u64), &str>| {
            let found = parse_token(text.as_bytes());
            let found = found.as_ref().map(|token| (token.token.reveal(), token.life.as_secs()));
            assert_eq!(found.map_err(String::as_str), expected, "{text}");
        };
        check(r#"{"token":"t","expires_in":300,"issued_at":"x"}"#, Ok(("t", 300)));
        check(r#"{"access_token":"t"}"#, Ok(("t", 60)));
        check(r#"{"token":"","access_token":"t","expires_in":"900"}"#, Ok(("t", 900)));
        check(r#"{"token":"t","expires_in":-3}"#, Ok(("t", 60)));
        check(r#"{"token":"t","expires_in":1e300}"#, Ok(("t", 30 * 86_400)));
        check(r#"{"token":"t","expires_in":{}}"#, Ok(("t", 60)));
        check(r#"{}"#, Err("it gives no token"));
        check(r#"<html>"#, Err("its answer cannot be read"));
    }
}
