//! The bytes of one layer, whatever happens to the connection.

use super::endpoint::{Ask, Endpoint};
use super::http::innermost;
use super::retry::pause;
use super::{Session, check_size};
use crate::ImageError;
use plimsoll_model::{Digest, LimitError};
use reqwest::StatusCode;
use reqwest::blocking::Response;
use reqwest::header::CONTENT_RANGE;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The stored bytes of a layer. A broken connection is taken up where it broke, at the next endpoint if need be.
/// At most one byte more than promised is given out, so that whoever checks the size sees that it is wrong.
///
/// An `io::Error` of it wraps the [`ImageError`].
pub struct Reader {
    session: Arc<Session>,
    digest: Digest,
    what: String,
    /// Promised bytes.
    size: Option<u64>,
    /// Bytes given out.
    delivered: u64,
    body: Option<Response>,
    /// Bytes at the body's start that were given out before, from a server that knows no ranges.
    skip: u64,
    /// Which endpoint the body comes from.
    endpoint: usize,
    /// Failures since the last byte.
    failures: u32,
    /// Times it was taken up again.
    resumptions: u32,
    deadline: Instant,
}

impl Reader {
    /// Asks for the layer; the first answer is there when this returns.
    pub fn open(session: Arc<Session>, digest: Digest, size: Option<u64>) -> Result<Reader, ImageError> {
        let what = format!("layer {digest}");
        session.limits.check("layer-bytes", size.unwrap_or(0), || what.clone())?;
        let seconds = Duration::from_secs(session.limits.seconds);
        let now = Instant::now();
        let mut reader = Reader {
            session,
            digest,
            what,
            size,
            delivered: 0,
            body: None,
            skip: 0,
            endpoint: 0,
            failures: 0,
            resumptions: 0,
            deadline: now.checked_add(seconds).unwrap_or(now + Duration::from_secs(30 * 86_400)),
        };
        reader.ask()?;
        Ok(reader)
    }

    /// Asks the endpoint in use for what is missing, and the next ones when it refuses.
    fn ask(&mut self) -> Result<(), ImageError> {
        loop {
            let is_last = self.endpoint + 1 == self.session.endpoints.len();
            let is_down = self.session.endpoints[self.endpoint].is_down();
            let asked = if is_down && !is_last { None } else { Some(self.ask_endpoint()) };
            match asked {
                Some(Ok((body, skip))) => {
                    (self.body, self.skip) = (Some(body), skip);
                    return Ok(());
                }
                Some(Err(error)) if is_last => return Err(error),
                _ => self.endpoint += 1,
            }
        }
    }

    /// The body, and how much of it was given out already.
    fn ask_endpoint(&self) -> Result<(Response, u64), ImageError> {
        let endpoint = &self.session.endpoints[self.endpoint];
        let path = format!("blobs/{}", self.digest);
        let ask = Ask {
            path: &path,
            accept: "*/*",
            from: self.delivered,
            head: false,
            what: &self.what,
            absent: &[],
        };
        let response = endpoint.find(&self.session.http, &ask)?;
        if response.status() != StatusCode::PARTIAL_CONTENT {
            check_size(self.size, response.content_length(), &self.what)?;
            return Ok((response, self.delivered));
        }
        let range = response.headers().get(CONTENT_RANGE).and_then(|value| value.to_str().ok());
        match range.and_then(parse_content_range) {
            Some((start, total)) if start == self.delivered => {
                check_size(self.size, total, &self.what)?;
                Ok((response, 0))
            }
            _ => Err(cut_off(endpoint, &self.what, "another part came than was asked for")),
        }
    }

    /// Reads from the body there is.
    fn read_body(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(body) = &mut self.body else { return Err(io::ErrorKind::NotConnected.into()) };
        while self.skip > 0 {
            let room = usize::try_from(self.skip).unwrap_or(usize::MAX).min(buffer.len());
            match body.read(&mut buffer[..room])? {
                0 => {
                    return Err(io::Error::new(
                        io::ErrorKind::UnexpectedEof,
                        "it is shorter than it was before",
                    ));
                }
                read => self.skip -= read as u64,
            }
        }
        let read = body.read(buffer)?;
        let is_complete = self.size.is_none_or(|size| self.delivered >= size);
        if read == 0 && !is_complete {
            let why = format!("it ended after {} bytes of {}", self.delivered, self.size.unwrap_or(0));
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, why));
        }
        Ok(read)
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = self.size.unwrap_or(self.session.limits.layer_bytes).saturating_add(1) - self.delivered;
        let room = usize::try_from(most).unwrap_or(usize::MAX).min(buffer.len());
        if room == 0 {
            return Ok(0);
        }
        loop {
            if Instant::now() > self.deadline {
                let (what, limit) = (self.what.clone(), self.session.limits.seconds);
                let over = LimitError::Over { what, name: "seconds", limit };
                return Err(io::Error::other(ImageError::from(over)));
            }
            let error = match self.read_body(&mut buffer[..room]) {
                Ok(read) => {
                    self.delivered += read as u64;
                    self.failures = 0;
                    return Ok(read);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => error,
            };
            self.body = None;
            let setup = self.session.http.setup();
            self.failures += 1;
            self.resumptions += 1;
            if self.failures >= setup.attempts || self.resumptions > setup.resumptions {
                if self.endpoint + 1 == self.session.endpoints.len() {
                    let endpoint = &self.session.endpoints[self.endpoint];
                    return Err(io::Error::other(cut_off(endpoint, &self.what, &innermost(&error))));
                }
                (self.endpoint, self.failures, self.resumptions) = (self.endpoint + 1, 0, 0);
            }
            std::thread::sleep(pause(setup, self.failures, None));
            self.ask().map_err(io::Error::other)?;
        }
    }
}

/// This did not come to its end, however often it was asked for.
pub fn cut_off(endpoint: &Endpoint, what: &str, why: &str) -> ImageError {
    ImageError::Registry {
        registry: endpoint.name.clone(),
        why: format!("does not send all of {what}: {why}"),
        hint: Some("try again later; if it stays so, the registry or a proxy before it is broken".to_owned()),
    }
}

/// First byte and whole length (`None` for `*`) of `bytes FIRST-LAST/LENGTH` (RFC 9110, 14.4).
pub fn parse_content_range(text: &str) -> Option<(u64, Option<u64>)> {
    let rest = text.trim().strip_prefix("bytes")?.trim_start();
    let (range, length) = rest.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last) = (first.trim().parse::<u64>().ok()?, last.trim().parse::<u64>().ok()?);
    let length = match length.trim() {
        "*" => None,
        length => Some(length.parse::<u64>().ok()?),
    };
    (first <= last && length.is_none_or(|length| last < length)).then_some((first, length))
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn content_ranges_are_read() {
        let check = |text: &str, expected| assert_eq!(parse_content_range(text), expected, "{text}");
        check("bytes 5-9/10", Some((5, Some(10))));
        check("bytes 5-9/*", Some((5, None)));
        check("bytes=5-9/10", None);
        check("bytes */10", None);
        check("bytes 9-5/10", None);
        check("bytes 5-10/10", None);
        check("bytes -5/10", None);
        check("", None);
    }
}
