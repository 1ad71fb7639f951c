//! The digest over what a database says.

use sha2::{Digest as _, Sha256};

/// sha256 over rows, every field with its length before it. In this order: `advisory` rows by ecosystem and name,
/// `vulnerability` rows by id, `end_of_life` rows by product and cycle, `source` rows by name; all by their bytes.
#[derive(Default)]
pub(crate) struct Digest(Sha256);

impl Digest {
    pub(crate) fn row(&mut self, fields: &[&[u8]]) {
        for field in fields {
            self.0.update((field.len() as u64).to_le_bytes());
            self.0.update(field);
        }
    }

    /// `sha256:…`.
    pub(crate) fn finish(&self) -> String {
        plimsoll_model::Digest::sha256(&self.0.clone().finalize()).to_string()
    }
}
