//! Passwords of people: Argon2id, away from the threads that serve, few at once; and how often one may try.

use crate::problem::Problem;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use axum::http::StatusCode;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, NotUntil, Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::sync::Semaphore;

/// OWASP password storage: Argon2id with 19 MiB, 2 passes, 1 lane.
const MEMORY_KIB: u32 = 19 * 1024;
/// Hashes computed at once; more wait.
const AT_ONCE: usize = 4;
/// Names remembered before old ones are let go.
const NAMES: usize = 100_000;

/// How often one may try to sign in, and how many tries are looked at at once.
pub struct Gate {
    names: DefaultKeyedRateLimiter<String>,
    addresses: DefaultKeyedRateLimiter<String>,
    pushes: DefaultKeyedRateLimiter<String>,
    hashing: Arc<Semaphore>,
}

impl Default for Gate {
    fn default() -> Gate {
        // At first so many, then one in so many milliseconds.
        let quota = |burst: u32, ms: u64| {
            let quota =
                Quota::with_period(Duration::from_millis(ms)).unwrap_or(Quota::per_minute(NonZeroU32::MIN));
            RateLimiter::keyed(quota.allow_burst(NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN)))
        };
        Gate {
            names: quota(10, 6_000),
            addresses: quota(60, 1_000),
            pushes: quota(1_000, 20),
            hashing: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Gate {
    /// May a notification from this address be looked at now?
    pub fn admit_push(&self, from: &str) -> Result<(), Problem> {
        if self.pushes.len() > NAMES {
            self.pushes.retain_recent();
        }
        self.pushes.check_key(&from.to_owned()).map_err(too_many)
    }

    /// May this name, from this address, be tried again now?
    pub fn admit(&self, name: &str, from: &str) -> Result<(), Problem> {
        if self.names.len() + self.addresses.len() > NAMES {
            self.names.retain_recent();
            self.addresses.retain_recent();
        }
        let name = self.names.check_key(&name.to_lowercase());
        let address = self.addresses.check_key(&from.to_owned());
        for checked in [name, address] {
            checked.map_err(too_many)?;
        }
        Ok(())
    }
}

fn too_many(until: NotUntil<<DefaultClock as Clock>::Instant>) -> Problem {
    let wait = until.wait_time_from(DefaultClock::default().now()).as_secs() + 1;
    let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, format!("too many tries: wait {wait} seconds"));
    Problem { retry_after: Some(wait), ..problem }
}

/// The hash of nobody's password: what unknown names are compared with.
pub static NOBODY: LazyLock<String> = LazyLock::new(|| hashed("nobody's").unwrap_or_default());

/// Is it the password? Without a hash the same work is done, and the answer is no.
pub async fn verify(gate: &Gate, password: String, hash: Option<String>) -> Result<bool, Problem> {
    let _permit = gate.hashing.clone().acquire_owned().await.map_err(|error| Problem::ours(&error))?;
    crate::blocking(move || {
        let known = hash.is_some();
        let hash = hash.as_deref().unwrap_or(&NOBODY);
        let Ok(parsed) = PasswordHash::new(hash) else { return false };
        let right = password.len() <= 1024 && argon2().verify_password(password.as_bytes(), &parsed).is_ok();
        right && known
    })
    .await
}

/// The Argon2id text of a password.
pub async fn hash(gate: &Gate, password: String) -> Result<String, Problem> {
    let _permit = gate.hashing.clone().acquire_owned().await.map_err(|error| Problem::ours(&error))?;
    crate::blocking(move || hashed(&password)).await?.map_err(|error| Problem::ours(&error))
}

/// The Argon2id text of a password, computed here and now.
pub fn hashed(password: &str) -> Result<String, argon2::password_hash::Error> {
    argon2().hash_password(password.as_bytes()).map(|hash| hash.to_string())
}

/// 8 to 1,024 bytes (NIST SP 800-63B, 3.1.1.2: length, no rules of composition).
pub fn acceptable(field: &str, password: &str) -> Result<(), Problem> {
    if (8..=1024).contains(&password.len()) {
        return Ok(());
    }
    Err(Problem::field(field, "give 8 to 1,024 characters"))
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, 2, 1, None).unwrap_or(Params::DEFAULT);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}
