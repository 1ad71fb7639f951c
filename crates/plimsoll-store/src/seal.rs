//! Credentials at rest: XChaCha20-Poly1305 under a key from a file or the environment.

use crate::DataError;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::fs;
use std::io::Write as _;
use std::path::Path;

/// First byte of what is sealed: the version of its form, which is version, key id, nonce, ciphertext with tag.
const VERSION: u8 = 1;
/// Bytes of XChaCha20's nonce: long enough to be drawn at random (draft-irtf-cfrg-xchacha, section 3.1).
const NONCE_BYTES: usize = 24;
/// A key file is one line; more is something else.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// Seals and opens. The row's name is bound in, so a sealed text cannot be moved to another row.
#[derive(Clone)]
pub struct Sealer {
    /// The first seals; all open.
    keys: Vec<[u8; 32]>,
}

impl Sealer {
    /// The key of this file (64 hex digits; older keys after commas), made (mode 0600) when missing.
    pub fn of_file(path: &Path) -> Result<Sealer, DataError> {
        let failed = |error: &dyn fmt::Display| {
            DataError::Seal(format!("the key file {} cannot be used: {error}", path.display()))
        };
        match fs::metadata(path) {
            Ok(metadata) if metadata.len() > MAX_FILE_BYTES => {
                return Err(failed(&"it is too large for a key"));
            }
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                make(path).map_err(|error| failed(&error))?
            }
            Err(error) => return Err(failed(&error)),
        }
        let text = fs::read_to_string(path).map_err(|error| failed(&error))?;
        Sealer::of_text(&text)
    }

    /// A key of 64 hex digits; older keys, after commas, open only. Keys that anybody could guess are refused.
    pub fn of_text(keys: &str) -> Result<Sealer, DataError> {
        let keys = keys.trim().split(',').map(|key| key_of(key.trim())).collect::<Result<Vec<_>, _>>()?;
        // What sealing relies on later: that this system gives random bytes.
        nonce().map_err(|error| DataError::Seal(format!("the system gives no random bytes: {error}")))?;
        Ok(Sealer { keys })
    }

    /// Seals.
    pub fn seal(&self, name: &str, plain: &[u8]) -> Vec<u8> {
        let nonce =
            nonce().expect("the system gave random bytes when the key was read, and does not stop to");
        let key = &self.keys[0];
        let payload = Payload { msg: plain, aad: name.as_bytes() };
        let sealed = cipher(key).encrypt(&XNonce::from(nonce), payload);
        let sealed =
            sealed.expect("only 256 GiB and more cannot be sealed, which no memory holds beside its copy");
        let mut out = Vec::with_capacity(2 + NONCE_BYTES + sealed.len());
        out.push(VERSION);
        out.push(id_of(key));
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        out
    }

    /// Opens.
    pub fn open(&self, name: &str, sealed: &[u8]) -> Result<Vec<u8>, DataError> {
        let (id, nonce, body) = parts(sealed).ok_or_else(|| DataError::Seal("it is damaged".to_owned()))?;
        let mut known = self.keys.iter().filter(|key| id_of(key) == id).peekable();
        if known.peek().is_none() {
            return Err(DataError::Seal("the key it was sealed with is not among those given".to_owned()));
        }
        known
            .find_map(|key| {
                let payload = Payload { msg: body, aad: name.as_bytes() };
                cipher(key).decrypt(&XNonce::from(nonce), payload).ok()
            })
            .ok_or_else(|| {
                DataError::Seal("it was sealed with another key, for another row, or changed".to_owned())
            })
    }

    /// Was this sealed with the key that seals now? If not, it is sealed anew when keys are changed.
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        parts(sealed).is_some_and(|(id, _, _)| id == id_of(&self.keys[0]))
    }
}

/// Never shows keys.
impl fmt::Debug for Sealer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Sealer({} keys)", self.keys.len())
    }
}

fn make(path: &Path) -> Result<(), std::io::Error> {
    let key = crate::new_key().map_err(std::io::Error::other)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    // Readable by its owner alone (mode 0600), as every file of this kind.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    writeln!(file, "{}", hex::encode(key))?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        // Another process was faster: its key counts.
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error.error),
    }
}

fn key_of(text: &str) -> Result<[u8; 32], DataError> {
    let bytes = hex::decode(text).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let key = bytes.ok_or_else(|| DataError::Seal("a key is 64 hex digits (32 random bytes)".to_owned()))?;
    match is_guessable(&key) {
        true => Err(DataError::Seal("this key can be guessed: use 32 random bytes".to_owned())),
        false => Ok(key),
    }
}

/// Zeros, a repeated pattern, or counting: no random key is ever like that.
fn is_guessable(key: &[u8; 32]) -> bool {
    let repeats = (1..=16).any(|length| key.iter().zip(&key[length..]).all(|(one, other)| one == other));
    let step = key[1].wrapping_sub(key[0]);
    let counts = key.windows(2).all(|pair| pair[1].wrapping_sub(pair[0]) == step);
    repeats || counts
}

/// Which key: the first byte of its digest.
fn id_of(key: &[u8; 32]) -> u8 {
    Sha256::digest(key)[0]
}

fn cipher(key: &[u8; 32]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&(*key).into())
}

fn nonce() -> Result<[u8; NONCE_BYTES], getrandom::Error> {
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce).map(|()| nonce)
}

/// Key id, nonce and body of what is sealed.
fn parts(sealed: &[u8]) -> Option<(u8, [u8; NONCE_BYTES], &[u8])> {
    let (&[version, id], rest) = sealed.split_first_chunk::<2>()?;
    let (nonce, body) = rest.split_first_chunk::<NONCE_BYTES>()?;
    (version == VERSION).then_some((id, *nonce, body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: &str = "8d1f5a3c0b9e7264f1a2c3d4e5968778a9bacbdcedfe0f1021324354657687f9";
    const OTHER: &str = "17e2a9bb4dc06f3358c1d2f0a4b6987e5f4e3d2c1b0a99887766554433221107";

    fn sealer(keys: &str) -> Sealer {
        Sealer::of_text(keys).expect("a key")
    }

    #[test]
    fn only_the_same_row_and_key_open() {
        let sealed = sealer(KEY).seal("registries/1/password", b"hunter2");
        assert_eq!(sealer(KEY).open("registries/1/password", &sealed).ok(), Some(b"hunter2".to_vec()));
        assert!(sealer(KEY).open("registries/2/password", &sealed).is_err());
        assert!(sealer(OTHER).open("registries/1/password", &sealed).is_err());
        assert_ne!(sealed, sealer(KEY).seal("registries/1/password", b"hunter2"), "a nonce is used once");
    }

    #[test]
    fn older_keys_open_and_do_not_seal() {
        let both = sealer(&format!("{OTHER}, {KEY}"));
        let old = sealer(KEY).seal("row", b"hunter2");
        assert_eq!(both.open("row", &old).ok(), Some(b"hunter2".to_vec()));
        assert!(!both.is_current(&old));
        let new = both.seal("row", b"hunter2");
        assert!(both.is_current(&new));
        assert!(sealer(KEY).open("row", &new).is_err());
    }

    #[test]
    fn keys_anybody_could_guess_are_refused() {
        for key in [
            "00".repeat(32),
            "ff".repeat(32),
            "deadbeef".repeat(8),
            "0123456789abcdef".repeat(4),
            (0..32).map(|byte| format!("{byte:02x}")).collect(),
            (0..32).rev().map(|byte| format!("{byte:02x}")).collect(),
            "abc".to_owned(),
            String::new(),
            format!("{KEY},"),
        ] {
            assert!(Sealer::of_text(&key).is_err(), "{key}");
        }
    }

    #[test]
    fn a_missing_file_is_made_once_for_its_owner() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("new/seal.key");
        let sealed = Sealer::of_file(&path).expect("made").seal("row", b"x");
        assert_eq!(Sealer::of_file(&path).expect("read").open("row", &sealed).ok(), Some(b"x".to_vec()));
        let mode = fs::metadata(&path).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(!format!("{:?}", sealer(KEY)).contains("8d1f"));
    }

    proptest! {
        #[test]
        fn what_is_changed_does_not_open(plain: Vec<u8>, at: usize, flip in 1_u8..) {
            let sealer = sealer(KEY);
            let mut sealed = sealer.seal("row", &plain);
            let at = at % sealed.len();
            sealed[at] ^= flip;
            prop_assert!(sealer.open("row", &sealed).is_err());
            prop_assert!(sealer.open("row", &sealed[..at]).is_err());
        }
    }
}
