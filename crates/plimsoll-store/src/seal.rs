//! Credentials at rest: XChaCha20-Poly1305 under a key from a file or the environment.
use crate::DataError;
use std::path::Path;
/// Seals and opens. The row's name is bound in, so a sealed text cannot be moved to another row.
#[derive(Clone)]
pub struct Sealer {}
impl Sealer {
    /// The key of this file, made (mode 0600) when missing.
    pub fn of_file(path: &Path) -> Result<Sealer, DataError> {
        let _ = path;
        todo!()
    }
    /// A key of 64 hex digits; older keys, after commas, open only.
    pub fn of_text(keys: &str) -> Result<Sealer, DataError> {
        let _ = keys;
        todo!()
    }
    /// Seals.
    pub fn seal(&self, name: &str, plain: &[u8]) -> Vec<u8> {
        let _ = (name, plain);
        todo!()
    }
    /// Opens.
    pub fn open(&self, name: &str, sealed: &[u8]) -> Result<Vec<u8>, DataError> {
        let _ = (name, sealed);
        todo!()
    }
}
