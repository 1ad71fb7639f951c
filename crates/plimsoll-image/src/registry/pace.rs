//! How fast hosts are asked: so many requests in a second, and none while a host wishes for a pause.

use super::http::host_name;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Hosts remembered; there are few, unless redirects make them up.
const MOST_HOSTS: usize = 256;

/// The bound on requests, for every host on its own.
#[derive(Default)]
pub struct Pace {
    /// Between two requests; zero for no bound.
    between: Duration,
    /// When the next request to a host may leave.
    next: Mutex<HashMap<String, Instant>>,
}

impl Pace {
    /// At most so many requests in a second; 0 for no bound.
    pub fn new(requests_per_second: u32) -> Pace {
        let between = match requests_per_second {
            0 => Duration::ZERO,
            requests => Duration::from_secs(1) / requests,
        };
        Pace { between, next: Mutex::default() }
    }

    /// Waits until it is this request's turn. Turns are given in the order they are asked for.
    pub fn wait(&self, host: &str) {
        let turn = self.turn(host, Instant::now());
        if !turn.is_zero() {
            std::thread::sleep(turn);
        }
    }

    /// Takes the next turn, and says how far away it is.
    fn turn(&self, host: &str, now: Instant) -> Duration {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let at = next.get(host_name(host)).map_or(now, |next| (*next).max(now));
        if !self.between.is_zero() {
            forget(&mut next, now);
            next.insert(host_name(host).to_owned(), at + self.between);
        }
        at - now
    }

    /// The host asked for a pause: everybody keeps it.
    pub fn slow_down(&self, host: &str, pause: Duration) {
        self.slow_down_from(host, pause, Instant::now());
    }

    fn slow_down_from(&self, host: &str, pause: Duration, now: Instant) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        forget(&mut next, now);
        let at = next.entry(host_name(host).to_owned()).or_insert(now);
        *at = (*at).max(now + pause);
    }
}

/// Drops hosts whose turn is past when there are too many.
fn forget(next: &mut HashMap<String, Instant>, now: Instant) {
    if next.len() >= MOST_HOSTS {
        next.retain(|_, at| *at > now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_given_in_order() {
        let (pace, now) = (Pace::new(10), Instant::now());
        let turns: Vec<u128> = (0..4).map(|_| pace.turn("a.io:5000", now).as_millis()).collect();
        assert_eq!(turns, [0, 100, 200, 300]);
        assert_eq!(pace.turn("b.io", now), Duration::ZERO, "each host has its own");
        assert_eq!(pace.turn("a.io", now + Duration::from_secs(1)), Duration::ZERO, "nothing is saved up");

        pace.slow_down_from("b.io", Duration::from_secs(5), now);
        assert_eq!(pace.turn("b.io", now).as_millis(), 5000);
        assert_eq!(pace.turn("b.io", now).as_millis(), 5100);

        let free = Pace::new(0);
        assert_eq!((free.turn("a", now), free.turn("a", now)), (Duration::ZERO, Duration::ZERO));
        free.slow_down_from("a", Duration::from_secs(2), now);
        assert_eq!((free.turn("a", now).as_secs(), free.turn("a", now).as_secs()), (2, 2));
    }
}
