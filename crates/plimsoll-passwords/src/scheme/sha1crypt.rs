//! NetBSD's `$sha1$`: PBKDF1 with HMAC-SHA1 (crypt(5)).

use super::crypt64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

fn parts(rest: &str) -> Option<(u32, &str, &str)> {
    let mut parts = rest.split('$');
    Some((parts.next()?.parse().ok()?, parts.next()?, parts.next()?))
}

/// Microseconds for `rounds$salt$hash`.
pub fn cost(rest: &str) -> Result<u64, String> {
    let (rounds, ..) = parts(rest).ok_or("its sha1crypt hash is cut short")?;
    Ok(u64::from(rounds) / 2 + 1)
}

/// Is this the password of `rounds$salt$hash`?
pub fn is(rest: &str, password: &[u8]) -> bool {
    let Some((rounds, salt, wanted)) = parts(rest) else { return false };
    let Ok(keyed) = Hmac::<Sha1>::new_from_slice(password) else { return false };
    let mut state: [u8; 20] =
        keyed.clone().chain_update(format!("{salt}$sha1${rounds}")).finalize().into_bytes().into();
    for _ in 1..rounds {
        state = keyed.clone().chain_update(state).finalize().into_bytes().into();
    }
    let mut out = String::with_capacity(28);
    for group in 0..6 {
        let at = group * 3;
        let bits = (u32::from(state[at]) << 16) | (u32::from(state[at + 1]) << 8) | u32::from(state[at + 2]);
        crypt64::push(&mut out, bits, 4);
    }
    let bits = (u32::from(state[18]) << 16) | (u32::from(state[19]) << 8) | u32::from(state[0]);
    crypt64::push(&mut out, bits, 4);
    out == wanted
}
