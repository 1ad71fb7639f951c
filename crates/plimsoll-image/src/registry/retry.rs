//! Trying again: how often, how long between, and what the server wishes.

use super::Setup;
use crate::ImageError;
use chrono::{DateTime, Utc};
use reqwest::blocking::Response;
use reqwest::header::RETRY_AFTER;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// How one attempt went.
pub enum Attempt<T> {
    /// It worked.
    Done(T),
    /// It may work later; the server may have said when.
    Later(ImageError, Option<Duration>),
    /// It never will.
    Never(ImageError),
}

/// Attempts until one is done, one can never be, or `attempts` have failed.
pub fn persist<T>(
    setup: &Setup,
    attempts: u32,
    mut attempt: impl FnMut() -> Attempt<T>,
) -> Result<T, ImageError> {
    let mut failures = 0;
    loop {
        match attempt() {
            Attempt::Done(value) => return Ok(value),
            Attempt::Never(error) => return Err(error),
            Attempt::Later(error, after) => {
                failures += 1;
                if failures >= attempts {
                    return Err(error);
                }
                std::thread::sleep(pause(setup, failures, after));
            }
        }
    }
}

/// How long to wait after so many failures: what the server wishes up to the longest pause, else twice as long each
/// time, spread over a half so that many clients do not come back at once.
pub fn pause(setup: &Setup, failures: u32, wished: Option<Duration>) -> Duration {
    if let Some(wished) = wished {
        return wished.min(setup.longest_pause);
    }
    let factor = 1_u32 << failures.saturating_sub(1).min(10);
    let whole = setup.first_pause.saturating_mul(factor).min(setup.longest_pause);
    let chance = RandomState::new().hash_one(failures) % 1000;
    whole / 2 + whole.mul_f64(chance as f64 / 2000.0)
}

/// What `Retry-After` says.
pub fn retry_after(response: &Response) -> Option<Duration> {
    parse_retry_after(response.headers().get(RETRY_AFTER)?.to_str().ok()?, Utc::now())
}

/// Seconds, or a date (RFC 9110, 10.2.3); one that is past is no wait.
pub fn parse_retry_after(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTime::parse_from_rfc2822(text).ok()?;
    Some((date.with_timezone(&Utc) - now).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = DateTime::parse_from_rfc3339("2015-10-21T07:28:00Z").expect("a date").with_timezone(&Utc);
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(parse_retry_after(text, now), expected.map(Duration::from_secs), "{text}");
        };
        check("120", Some(120));
        check(" 0 ", Some(0));
        check("Wed, 21 Oct 2015 07:28:30 GMT", Some(30));
        check("Wed, 21 Oct 2015 07:27:00 GMT", Some(0));
        check("-1", None);
        check("soon", None);
        check("99999999999999999999999", None);
    }

    #[test]
    fn pauses_grow_and_are_bounded() {
        let setup = Setup { longest_pause: Duration::from_secs(60), ..Setup::default() };
        for failures in 0..100 {
            let least = setup.first_pause.saturating_mul(1 << failures.clamp(1, 8).min(11) >> 1) / 2;
            let found = pause(&setup, failures, None);
            assert!(
                found >= least.min(setup.longest_pause / 2) && found <= setup.longest_pause,
                "{failures}"
            );
        }
        assert_eq!(pause(&setup, 1, Some(Duration::from_secs(7))), Duration::from_secs(7));
        assert_eq!(pause(&setup, 1, Some(Duration::from_secs(7000))), setup.longest_pause);
    }
}
