//! Keyed hashes by which equal secrets are known again.

use crate::Key;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The first half of HMAC-SHA-256 of the secret: useless without the key, so that a weak password cannot be guessed
/// from it.
pub(crate) fn identity(key: &Key, secret: &[u8]) -> [u8; 16] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
    mac.update(secret);
    let whole = mac.finalize().into_bytes();
    let mut half = [0; 16];
    half.copy_from_slice(&whole[..16]);
    half
}
