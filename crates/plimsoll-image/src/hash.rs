//! Digests of bytes that come in pieces.

use plimsoll_model::Digest;
use sha2::{Digest as _, Sha256, Sha512};

/// A running digest of either algorithm OCI knows.
#[derive(Clone)]
pub(crate) enum Hasher {
    Sha256(Sha256),
    Sha512(Box<Sha512>),
}

impl Hasher {
    /// In the algorithm of the digest that is expected; sha256 when none is.
    pub fn like(expected: Option<&Digest>) -> Hasher {
        match expected.map(Digest::algorithm) {
            Some("sha512") => Hasher::Sha512(Box::default()),
            _ => Hasher::Sha256(Sha256::new()),
        }
    }

    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Hasher::Sha256(hash) => hash.update(bytes),
            Hasher::Sha512(hash) => hash.update(bytes),
        }
    }

    pub fn finish(self) -> Digest {
        match self {
            Hasher::Sha256(hash) => Digest::sha256(&hash.finalize()),
            Hasher::Sha512(hash) => {
                format!("sha512:{}", hex::encode(hash.finalize())).parse().expect("128 lower-case hex digits")
            }
        }
    }
}

/// The digest of bytes in memory, in the algorithm of `expected`.
pub(crate) fn digest_like(expected: &Digest, bytes: &[u8]) -> Digest {
    let mut hash = Hasher::like(Some(expected));
    hash.update(bytes);
    hash.finish()
}

/// The sha256 digest of bytes in memory.
pub(crate) fn digest_of(bytes: &[u8]) -> Digest {
    let mut hash = Hasher::like(None);
    hash.update(bytes);
    hash.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_algorithms_say_what_they_are() {
        let sha256 = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Hasher::like(None).finish().as_str(), sha256);
        let sha512: Digest = format!("sha512:{}", "0".repeat(128)).parse().expect("valid");
        assert!(digest_like(&sha512, b"").as_str().starts_with("sha512:cf83e1357eefb8bd"));
    }
}
