//! MD5-crypt of FreeBSD and Linux (`$1$`) and of Apache (`$apr1$`): a thousand rounds of MD5 (crypt(5); P.-H. Kamp 1994).

use super::crypt64;
use md5::{Digest as _, Md5};

/// Is this the password of `salt$hash`?
pub fn is(magic: &str, rest: &str, password: &[u8]) -> bool {
    let Some((salt, wanted)) = rest.split_once('$') else { return false };
    let salt = &salt.as_bytes()[..salt.len().min(8)];
    hash(magic.as_bytes(), salt, password) == wanted
}

fn hash(magic: &[u8], salt: &[u8], password: &[u8]) -> String {
    let inner: [u8; 16] =
        Md5::new().chain_update(password).chain_update(salt).chain_update(password).finalize().into();
    let mut outer = Md5::new().chain_update(password).chain_update(magic).chain_update(salt);
    for start in (0..password.len()).step_by(16) {
        outer.update(&inner[..(password.len() - start).min(16)]);
    }
    let mut length = password.len();
    while length > 0 {
        // An accident of the first implementation that became the rule.
        if length & 1 == 1 {
            outer.update([0]);
        } else {
            outer.update(&password[..1]);
        }
        length >>= 1;
    }
    let mut state: [u8; 16] = outer.finalize().into();
    for round in 0..1000 {
        let mut next = Md5::new();
        if round & 1 == 1 {
            next.update(password);
        } else {
            next.update(state);
        }
        if round % 3 != 0 {
            next.update(salt);
        }
        if round % 7 != 0 {
            next.update(password);
        }
        if round & 1 == 1 {
            next.update(state);
        } else {
            next.update(password);
        }
        state = next.finalize().into();
    }
    let mut out = String::with_capacity(22);
    for (a, b, c) in [(0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5)] {
        let bits = (u32::from(state[a]) << 16) | (u32::from(state[b]) << 8) | u32::from(state[c]);
        crypt64::push(&mut out, bits, 4);
    }
    crypt64::push(&mut out, u32::from(state[11]), 2);
    out
}
