//! Configs kept by digest: they are immutable and small, and a known image then needs no blob at all.

use super::digest_of;
use plimsoll_model::Digest;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

/// A folder of configs.
pub(super) struct Configs(PathBuf);

impl Configs {
    /// The configs in this folder, which need not exist.
    pub(super) fn new(folder: PathBuf) -> Configs {
        Configs(folder)
    }

    /// The config of this digest; a damaged one is as good as none.
    pub(super) fn get(&self, digest: &Digest) -> Option<Vec<u8>> {
        let bytes = fs::read(self.0.join(digest.hex())).ok()?;
        (digest_of(digest.algorithm(), &bytes) == *digest).then_some(bytes)
    }

    /// Keeps a config whose digest was checked. One that cannot be kept costs a request next time, nothing else.
    pub(super) fn keep(&self, digest: &Digest, bytes: &[u8]) {
        let kept = fs::create_dir_all(&self.0)
            .and_then(|()| tempfile::NamedTempFile::new_in(&self.0))
            .and_then(|mut file| file.write_all(bytes).map(|()| file))
            .is_ok_and(|file| file.persist(self.0.join(digest.hex())).is_ok());
        let _ = kept;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_config_comes_back_only_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let configs = Configs::new(folder.path().join("configs"));
        let digest = digest_of("sha256", b"{}");
        assert_eq!(configs.get(&digest), None);
        configs.keep(&digest, b"{}");
        assert_eq!(configs.get(&digest), Some(b"{}".to_vec()));
        fs::write(folder.path().join("configs").join(digest.hex()), "{ }").expect("writable");
        assert_eq!(configs.get(&digest), None);
    }
}
