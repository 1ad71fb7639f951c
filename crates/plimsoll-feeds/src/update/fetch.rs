//! Files over HTTP: only if changed, continued where they broke off, tried again.

use super::{FetchEvent, UpdateOptions};
use crate::FeedError;
use reqwest::blocking::{Client, Response};
use reqwest::header::{
    AUTHORIZATION, CONTENT_RANGE, ETAG, HeaderMap, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, LAST_MODIFIED,
    RANGE, RETRY_AFTER,
};
use reqwest::{StatusCode, Url, redirect};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fetched {
    /// So many bytes, new.
    New(u64),
    /// As it was.
    Unchanged,
    /// The server has no such file.
    NotThere(String),
}

/// What a server said of a file, kept beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Validator {
    url: String,
    etag: Option<String>,
    last_modified: Option<String>,
}

impl Validator {
    fn of(url: &str, headers: &HeaderMap) -> Validator {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Validator { url: url.to_owned(), etag: text(ETAG), last_modified: text(LAST_MODIFIED) }
    }

    /// What must hold for a part to be continued (RFC 9110, section 13.1.5: a weak tag does not do).
    fn strong(&self) -> Option<&str> {
        self.etag.as_deref().filter(|etag| !etag.starts_with("W/")).or(self.last_modified.as_deref())
    }
}

/// The address a file was fetched from, if it was.
pub(crate) fn fetched_from(path: &Path) -> Option<String> {
    let text = std::fs::read_to_string(beside(path, "http")).ok()?;
    serde_json::from_str::<Validator>(&text).ok().map(|validator| validator.url)
}

pub(super) struct Fetcher<'a> {
    client: Client,
    options: &'a UpdateOptions,
    progress: &'a (dyn Fn(FetchEvent) + Sync),
}

/// Why a try failed, and whether another may help.
enum Failure {
    ForGood(FeedError),
    Again { why: String, wait: Option<Duration> },
}

/// Redirects followed.
const REDIRECTS: usize = 5;
/// Longest pause between tries, whatever the server asks for.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Bytes of a digest or a listing.
const SMALL: u64 = 1 << 20;

impl<'a> Fetcher<'a> {
    pub(super) fn new(
        options: &'a UpdateOptions,
        progress: &'a (dyn Fn(FetchEvent) + Sync),
    ) -> Result<Fetcher<'a>, FeedError> {
        // Fails when the program has chosen one already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let redirects = redirect::Policy::custom(|attempt| {
            let from_https = attempt.previous().last().is_some_and(|url| url.scheme() == "https");
            if attempt.previous().len() > REDIRECTS {
                attempt.error("too many redirects")
            } else if from_https && attempt.url().scheme() != "https" {
                attempt.error("a redirect leads from https to http")
            } else {
                attempt.follow()
            }
        });
        let client = Client::builder()
            .user_agent(concat!("plimsoll/", env!("CARGO_PKG_VERSION")))
            .redirect(redirects)
            .connect_timeout(options.timeout.min(Duration::from_secs(15)))
            .timeout(options.timeout)
            // Files are wanted as they lie there: ranges and digests are of those bytes.
            .gzip(false)
            .build()
            .map_err(|error| FeedError::Fetch { url: "anything".into(), why: chain(&error) })?;
        Ok(Fetcher { client, options, progress })
    }

    /// Fetches a file to its place, unless it is there and has not changed.
    pub(super) fn fetch(&self, url: &str, path: &Path) -> Result<Fetched, FeedError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| FeedError::file("create", folder, error))?;
        }
        let fetched = self.tries(url, || self.fetch_once(url, path))?;
        match &fetched {
            Fetched::New(bytes) => (self.progress)(FetchEvent::Fetched { url: url.into(), bytes: *bytes }),
            Fetched::Unchanged => (self.progress)(FetchEvent::Unchanged { url: url.into() }),
            Fetched::NotThere(_) => {}
        }
        Ok(fetched)
    }

    /// A small text, such as a digest; `None` where there is none.
    pub(super) fn small_text(&self, url: &str) -> Result<Option<String>, FeedError> {
        self.tries(url, || {
            let Some(response) = self.ask(url, HeaderMap::new())? else { return Ok(None) };
            let mut bytes = Vec::new();
            response.take(SMALL).read_to_end(&mut bytes).map_err(again)?;
            Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
        })
    }

    /// Tells of something that was not got and can be done without.
    pub(super) fn missing(&self, url: &str, why: &str) {
        (self.progress)(FetchEvent::Missing { url: url.into(), why: why.into(), kept: true });
    }

    /// Takes a file away with what is known of it.
    pub(super) fn forget(&self, path: &Path) {
        for path in [path.to_owned(), beside(path, "http"), beside(path, "part"), beside(path, "part.http")] {
            let _ = std::fs::remove_file(path);
        }
    }

    fn tries<T>(&self, url: &str, once: impl Fn() -> Result<T, Failure>) -> Result<T, FeedError> {
        let mut pause = self.options.pause;
        let mut tries = 1;
        loop {
            match once() {
                Ok(answer) => return Ok(answer),
                Err(Failure::ForGood(error)) => return Err(error),
                Err(Failure::Again { why, .. }) if tries >= self.options.tries => {
                    return Err(FeedError::Fetch { url: url.into(), why });
                }
                Err(Failure::Again { why, wait }) => {
                    (self.progress)(FetchEvent::Retrying { url: url.into(), why });
                    std::thread::sleep(wait.unwrap_or(pause).min(LONGEST_PAUSE));
                    pause = pause.saturating_mul(2);
                    tries += 1;
                }
            }
        }
    }

    fn fetch_once(&self, url: &str, path: &Path) -> Result<Fetched, Failure> {
        let (part, part_validator) = (beside(path, "part"), beside(path, "part.http"));
        let known = validator(&beside(path, "http"), url).filter(|_| path.is_file());
        // A part is continued only if the server can tell that the file is still the same.
        let begun = validator(&part_validator, url).filter(|validator| validator.strong().is_some());
        let begun = begun.zip(std::fs::metadata(&part).ok().map(|part| part.len()).filter(|&len| len > 0));

        let mut headers = HeaderMap::new();
        let mut set = |name, value: &str| {
            if let Ok(value) = value.parse() {
                headers.insert(name, value);
            }
        };
        if let Some((validator, length)) = &begun {
            set(RANGE, &format!("bytes={length}-"));
            set(IF_RANGE, validator.strong().unwrap_or_default());
        } else if let Some(known) = &known {
            if let Some(etag) = &known.etag {
                set(IF_NONE_MATCH, etag);
            }
            if let Some(last_modified) = &known.last_modified {
                set(IF_MODIFIED_SINCE, last_modified);
            }
        }
        let response = match self.ask(url, headers) {
            Ok(Some(response)) => response,
            Ok(None) => return Ok(Fetched::NotThere("there is no such file".into())),
            // The part is longer than the file: it is another file now.
            Err(Failure::Again { why, wait }) if begun.is_some() && why.starts_with("416") => {
                let _ = std::fs::remove_file(&part);
                return Err(Failure::Again { why, wait });
            }
            Err(failure) => return Err(failure),
        };
        if response.status() == StatusCode::NOT_MODIFIED {
            return Ok(Fetched::Unchanged);
        }
        let validator = Validator::of(url, response.headers());
        let continued = begun.filter(|(_, length)| {
            response.status() == StatusCode::PARTIAL_CONTENT
                && range_start(response.headers()) == Some(*length)
        });
        if continued.is_none() && response.status() == StatusCode::PARTIAL_CONTENT {
            let _ = std::fs::remove_file(&part);
            return Err(Failure::Again {
                why: "the server sent another part than asked for".into(),
                wait: None,
            });
        }
        write_validator(&part_validator, &validator)?;
        let before = continued.map_or(0, |(_, length)| length);
        let length = self.save(url, response, &part, before)?;
        std::fs::rename(&part, path).map_err(|error| file("write", path, error))?;
        let _ = std::fs::remove_file(&part_validator);
        write_validator(&beside(path, "http"), &validator)?;
        Ok(Fetched::New(length))
    }

    /// Writes the body behind what is there; the size of the whole.
    fn save(&self, url: &str, mut response: Response, part: &Path, before: u64) -> Result<u64, Failure> {
        let total = response.content_length().map(|length| length.saturating_add(before));
        let limit = self.options.largest_bytes;
        let too_large = || {
            Failure::ForGood(FeedError::Fetch {
                url: url.into(),
                why: format!("it is larger than {} MB", limit >> 20),
            })
        };
        if total.is_some_and(|total| total > limit) {
            return Err(too_large());
        }
        let mut options = File::options();
        let open =
            if before > 0 { options.append(true) } else { options.write(true).create(true).truncate(true) };
        let mut out = open.open(part).map_err(|error| file("write", part, error))?;
        let mut done = before;
        let mut told = before;
        let mut buffer = vec![0; 1 << 17];
        loop {
            let read = response.read(&mut buffer).map_err(again)?;
            let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
            done += bytes.len() as u64;
            if done > limit {
                return Err(too_large());
            }
            out.write_all(bytes).map_err(|error| file("write", part, error))?;
            if done - told > 1 << 20 {
                told = done;
                (self.progress)(FetchEvent::Bytes { url: url.into(), done, total });
            }
        }
        if total.is_some_and(|total| total != done) {
            return Err(Failure::Again { why: "the connection was cut".into(), wait: None });
        }
        out.sync_all().map_err(|error| file("write", part, error))?;
        Ok(done)
    }

    /// One request; `None` when the server says there is no such thing.
    fn ask(&self, url: &str, headers: HeaderMap) -> Result<Option<Response>, Failure> {
        let parsed = Url::parse(url).map_err(|error| {
            Failure::ForGood(FeedError::Fetch { url: url.into(), why: error.to_string() })
        })?;
        let mut request = self.client.get(parsed).headers(headers);
        let own = [&self.options.mirror, &self.options.prebuilt].into_iter().flatten();
        if let Some(authorization) = &self.options.authorization
            && own.into_iter().any(|own| same_place(own, url))
        {
            request = request.header(AUTHORIZATION, authorization);
        }
        let response = request.send().map_err(|error| Failure::Again { why: chain(&error), wait: None })?;
        let status = response.status();
        match status {
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(None),
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::REQUEST_TIMEOUT
            | StatusCode::RANGE_NOT_SATISFIABLE => {
                Err(Failure::Again { why: status.to_string(), wait: retry_after(response.headers()) })
            }
            status if status.is_server_error() => {
                Err(Failure::Again { why: status.to_string(), wait: retry_after(response.headers()) })
            }
            StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::NOT_MODIFIED => Ok(Some(response)),
            status => Err(Failure::ForGood(FeedError::Fetch { url: url.into(), why: status.to_string() })),
        }
    }
}

/// Do both addresses lie on one server, reached one way?
fn same_place(a: &str, b: &str) -> bool {
    match (Url::parse(a), Url::parse(b)) {
        (Ok(a), Ok(b)) => a.origin() == b.origin(),
        _ => false,
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// `bytes 100-199/200` starts at 100.
fn range_start(headers: &HeaderMap) -> Option<u64> {
    let range = headers.get(CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes ")?;
    range.split_once('-')?.0.parse().ok()
}

fn validator(path: &Path, url: &str) -> Option<Validator> {
    let known: Validator = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    Some(known).filter(|known| known.url == url)
}

fn write_validator(path: &Path, validator: &Validator) -> Result<(), Failure> {
    let text = serde_json::to_vec(validator).map_err(again)?;
    std::fs::write(path, text).map_err(|error| file("write", path, error))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(suffix);
    path.with_file_name(name)
}

fn file(doing: &'static str, path: &Path, error: std::io::Error) -> Failure {
    Failure::ForGood(FeedError::file(doing, path, error))
}

fn again(error: impl std::error::Error) -> Failure {
    Failure::Again { why: chain(&error), wait: None }
}

/// The error with its causes: reqwest's own text does not say why.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
