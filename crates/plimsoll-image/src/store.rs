//! Documents and layers by name, in a folder or in an archive: what an OCI layout and `docker save` have in common.

use crate::ImageError;
use crate::archive::Archive;
use crate::hash::digest_like;
use plimsoll_model::{Digest, Limits};
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

/// Where things are kept by name.
#[derive(Clone)]
pub(crate) enum Store {
    Folder(PathBuf),
    Archive(Arc<Archive>),
}

/// The bytes of something, and how many there are.
pub(crate) struct Stored {
    pub size: u64,
    pub bytes: Box<dyn Read + Send>,
}

impl Store {
    /// Opens what is kept under a name. In a folder it must be a name of ours or made of a digest, never one out of
    /// a document; in an archive no name leads outside.
    pub fn open(&self, name: &str) -> Result<Option<Stored>, ImageError> {
        match self {
            Store::Archive(archive) => Ok(archive
                .member(name)
                .map(|section| Stored { size: section.size, bytes: Box::new(section) })),
            Store::Folder(root) => {
                let path = root.join(name);
                let failed = |source| ImageError::File { path: path.clone(), source };
                match std::fs::metadata(&path) {
                    // Anything but a file might never end, or never begin.
                    Ok(metadata) if metadata.is_file() => {
                        let file = File::open(&path).map_err(failed)?;
                        let size = file.metadata().map_err(failed)?.len();
                        Ok(Some(Stored { size, bytes: Box::new(file) }))
                    }
                    Ok(_) => Ok(None),
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(failed(error)),
                }
            }
        }
    }

    /// All bytes of a document, which are bounded.
    pub fn document(&self, name: &str, what: &str, limits: &Limits) -> Result<Option<Vec<u8>>, ImageError> {
        let Some(stored) = self.open(name)? else { return Ok(None) };
        read_document(stored, what, limits).map(Some)
    }

    /// The document of a digest, checked against it and its promised size. `None` if it is not here.
    pub fn verified(
        &self,
        digest: &Digest,
        size: u64,
        what: &str,
        limits: &Limits,
    ) -> Result<Option<Vec<u8>>, ImageError> {
        let Some(stored) = self.open(&blob_name(digest))? else { return Ok(None) };
        if stored.size != size {
            return Err(ImageError::WrongSize { what: what.to_owned(), expected: size, actual: stored.size });
        }
        let bytes = read_document(stored, what, limits)?;
        let actual = digest_like(digest, &bytes);
        if actual != *digest {
            return Err(ImageError::WrongDigest { what: what.to_owned(), expected: digest.clone(), actual });
        }
        Ok(Some(bytes))
    }
}

/// Where an OCI layout keeps a digest's bytes (OCI image spec 1.1, "Image Layout").
pub(crate) fn blob_name(digest: &Digest) -> String {
    format!("blobs/{}/{}", digest.algorithm(), digest.hex())
}

fn read_document(stored: Stored, what: &str, limits: &Limits) -> Result<Vec<u8>, ImageError> {
    limits.check("manifest-bytes", stored.size, || what.to_owned())?;
    let mut bytes = Vec::new();
    let read = stored.bytes.take(stored.size).read_to_end(&mut bytes);
    read.map_err(|error| ImageError::Broken { what: what.to_owned(), why: error.to_string() })?;
    Ok(bytes)
}
