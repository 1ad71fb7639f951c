//! The API a product has beside its registry: JSON by GET or POST, signed in by a header we make.

use super::Inner;
use super::names::registry_error;
use super::pages::{LONGEST, links_of};
use crate::ImageError;
use crate::credentials::Secret;
use crate::registry::{
    Attempt, Get, Http, Trouble, basic, deadline, innermost, is_transient, persist, read_whole, retry_after,
    secret_header,
};
use plimsoll_model::Limits;
use reqwest::Url;
use reqwest::blocking::Response;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, LINK};
use serde_json::Value;
use std::time::{Duration, Instant};

/// Pages of one list of an API.
pub const MOST_PAGES: usize = 50_000;

/// A product's API.
pub struct Api<'a> {
    http: &'a Http,
    limits: &'a Limits,
    /// The registry's name, for errors.
    name: &'a str,
    /// Who asks, for errors.
    user: &'a str,
    authorization: Option<HeaderValue>,
}

/// An answer.
pub struct Answer {
    /// Of success, or one of those that were to be passed on.
    pub status: u16,
    pub headers: HeaderMap,
    /// `null` when the status is none of success.
    pub body: Value,
}

impl Answer {
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl<'a> Api<'a> {
    /// For an account, without a sign-in.
    pub fn new(inner: &'a Inner) -> Api<'a> {
        Api {
            http: &inner.http,
            limits: &inner.limits,
            name: &inner.site.name,
            user: &inner.account.username,
            authorization: None,
        }
    }

    /// Signed in with user name and password; with neither when there is none.
    pub fn with_password(inner: &'a Inner) -> Api<'a> {
        let account = &inner.account;
        let is_somebody = !account.username.is_empty() || !account.password.is_empty();
        let header = is_somebody.then(|| basic(&account.username, &Secret::new(account.password.as_str())));
        Api { authorization: header, ..Api::new(inner) }
    }

    /// Signed in with a token.
    pub fn with_token(inner: &'a Inner, token: &str) -> Result<Api<'a>, ImageError> {
        if token.is_empty() {
            return Ok(Api::new(inner));
        }
        let header = secret_header(&format!("Bearer {token}")).ok_or_else(|| {
            registry_error(&inner.site.name, "is to be sent a token that cannot be sent".to_owned(), None)
        })?;
        Ok(Api { authorization: Some(header), ..Api::new(inner) })
    }

    /// Gets JSON. Statuses in `absent` are passed on, others are errors that name `what`.
    pub fn get(&self, url: &Url, what: &str, absent: &[u16]) -> Result<Answer, ImageError> {
        self.ask(url, what, absent, || {
            let authorization = self.authorization.clone();
            self.http.get(&Get {
                url: url.clone(),
                accept: "application/json",
                authorization,
                from: 0,
                head: false,
            })
        })
    }

    /// Posts a body.
    pub fn post(
        &self,
        url: &Url,
        (content_type, body): (&str, &str),
        what: &str,
        absent: &[u16],
        headers: impl Fn() -> Vec<(HeaderName, HeaderValue)>,
    ) -> Result<Answer, ImageError> {
        self.ask(url, what, absent, || self.http.post(url, content_type, body.to_owned(), &headers()))
    }

    /// Gets a list that goes on at the `Link` of each page, which must be of the same host; `each` says whether to go on.
    /// The statuses of `absent` are passed on when it is the first page that has them.
    pub fn pages(
        &self,
        first: Url,
        what: &str,
        absent: &[u16],
        each: &mut dyn FnMut(&Value) -> bool,
    ) -> Result<u16, ImageError> {
        let mut url = first;
        let mut spent = Duration::ZERO;
        for page in 0..MOST_PAGES {
            let asked = Instant::now();
            let answer = self.get(&url, what, if page == 0 { absent } else { &[] })?;
            spent += asked.elapsed();
            if !answer.is_success() || !each(&answer.body) {
                return Ok(answer.status);
            }
            match next_page(&answer.headers, &url) {
                Some(_) if spent > LONGEST => break,
                Some(next) if next != url => url = next,
                _ => return Ok(answer.status),
            }
        }
        Err(registry_error(self.name, format!("does not come to the end of {what}"), None))
    }

    /// Gets a list whose pages have numbers, from 1 on, until one is short, empty or brings nothing new.
    pub fn numbered(
        &self,
        url: impl Fn(usize) -> Url,
        what: &str,
        absent: &[u16],
        each: &mut dyn FnMut(&Value) -> bool,
    ) -> Result<u16, ImageError> {
        let mut before = Value::Null;
        let mut spent = Duration::ZERO;
        for page in 1..=MOST_PAGES {
            if spent > LONGEST {
                break;
            }
            let asked = Instant::now();
            let answer = self.get(&url(page), what, if page == 1 { absent } else { &[] })?;
            spent += asked.elapsed();
            let is_over = answer.body.as_array().is_none_or(Vec::is_empty) || answer.body == before;
            if !answer.is_success() || is_over || !each(&answer.body) {
                return Ok(answer.status);
            }
            before = answer.body;
        }
        Err(registry_error(self.name, format!("does not come to the end of {what}"), None))
    }

    fn ask(
        &self,
        url: &Url,
        what: &str,
        absent: &[u16],
        send: impl Fn() -> Result<Response, Trouble>,
    ) -> Result<Answer, ImageError> {
        let host = url.host_str().unwrap_or_default();
        let shown = if host == crate::registry::host_name(self.name) {
            self.name.to_owned()
        } else {
            format!("{host}, the API of {},", self.name)
        };
        let refused = |why: String, hint: Option<&str>| registry_error(&shown, why, hint);
        let setup = self.http.setup();
        persist(setup, setup.attempts, || {
            let response = match send() {
                Ok(response) => response,
                Err(trouble) => {
                    let again = trouble.is_transient() && !matches!(trouble, Trouble::Connect(_));
                    let error = self.http.error(trouble, &shown);
                    return if again { Attempt::Later(error, None) } else { Attempt::Never(error) };
                }
            };
            let (status, code) = (response.status(), response.status().as_u16());
            let headers = response.headers().clone();
            if !status.is_success() && absent.contains(&code) {
                return Attempt::Done(Answer { status: code, headers, body: Value::Null });
            }
            if is_transient(status) {
                let wished = retry_after(&response);
                let hint = (code == 429).then_some("lower the requests in a second of the connection");
                return Attempt::Later(refused(format!("answers {what} with {code}"), hint), wished);
            }
            if !status.is_success() {
                return Attempt::Never(self.refusal(&shown, code, what));
            }
            let most = self.limits.manifest_bytes;
            match read_whole(response, most, deadline(self.limits.seconds)) {
                Err(error) => {
                    let why = format!("breaks off {what}: {}", innermost(&error));
                    Attempt::Later(refused(why, None), None)
                }
                Ok(None) => {
                    Attempt::Never(refused(format!("answers {what} with more than {most} bytes"), None))
                }
                Ok(Some(bytes)) => match serde_json::from_slice(&bytes) {
                    Ok(body) => Attempt::Done(Answer { status: code, headers, body }),
                    Err(_) => Attempt::Never(refused(
                        format!("answers {what} with what is no JSON"),
                        Some("check the address and the product of the connection"),
                    )),
                },
            }
        })
    }

    fn refusal(&self, shown: &str, code: u16, what: &str) -> ImageError {
        let user = match (self.user, &self.authorization) {
            (_, None) => "those not signed in",
            ("", Some(_)) => "the token",
            (user, Some(_)) => user,
        };
        let (why, hint) = match code {
            401 => {
                (format!("refused the sign-in of {user} ({code})"), "check user name and password or token")
            }
            403 => {
                (format!("does not let {user} read {what} ({code})"), "give the account the right to read it")
            }
            404 => (
                format!("does not have {what} ({code})"),
                "check the address and the product of the connection",
            ),
            _ => {
                (format!("answers {what} with {code}"), "check the address and the product of the connection")
            }
        };
        registry_error(shown, why, Some(hint))
    }
}

/// The next page, where it is of the same host.
fn next_page(headers: &HeaderMap, base: &Url) -> Option<Url> {
    let links = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    let (target, _) = links.flat_map(links_of).find(|(_, is_next)| *is_next)?;
    let next = base.join(target).ok()?;
    (next.origin() == base.origin() && next.username().is_empty()).then_some(next)
}

/// A text in an answer: `texts(body, "repositories", "name")` are the names of its repositories; with an empty list name
/// the body itself is the list.
pub fn texts<'v>(body: &'v Value, list: &str, field: &str) -> Vec<&'v str> {
    let items = if list.is_empty() { Some(body) } else { body.get(list) };
    let items = items.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    items
        .iter()
        .filter_map(|item| if field.is_empty() { item.as_str() } else { item.get(field)?.as_str() })
        .collect()
}
