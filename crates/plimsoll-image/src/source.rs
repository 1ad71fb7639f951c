//! From a target to images, and from an image to the entries of its layers.

use crate::{ImageError, Options, Target};
use plimsoll_model::{Digest, Entry, ImageManifest, LayerRef, Unread};
use std::io::Read;
use std::sync::Arc;

/// Sees every entry of a layer once, in the order of the tar.
pub trait Visitor {
    /// Is the content of this regular file wanted? `head` is its first bytes (at most 4096, fewer in a small file).
    /// Called once for each regular file.
    fn wants(&mut self, entry: &Entry, head: &[u8]) -> bool;

    /// The whole content of a file that was wanted. `index` is the entry's index in [`LayerRead::entries`].
    fn file(&mut self, index: u32, entry: &Entry, content: &[u8]);
}

/// What reading a layer told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerRead {
    /// Digest of the stored bytes; `None` for a folder or SBOM, whose "layer" has no bytes of its own.
    pub digest: Option<Digest>,
    /// Digest of the tar; for a folder or SBOM a digest over its listing.
    pub diff_id: Digest,
    /// Stored bytes.
    pub size: u64,
    /// Bytes of the tar.
    pub unpacked_size: u64,
    /// Every entry, in the order of the tar.
    pub entries: Vec<Entry>,
    /// Files that were wanted but not shown, and why.
    pub unread: Vec<Unread>,
}

/// The bytes of a layer.
pub enum LayerStream {
    /// As stored, compressed or not.
    Stored(Box<dyn Read + Send>),
    /// A folder of this machine, read in place.
    Folder(std::path::PathBuf),
    /// One made-up file, for an SBOM: its path in the image and its bytes.
    File(String, Vec<u8>),
}

/// Where an image's layers are: one implementation a kind of [`Target`].
pub trait Source: Send + Sync {
    /// Opens the stored bytes of a layer. A source may check digest and size itself; the reader does so anyway.
    fn layer(&self, index: usize, layer: &LayerRef) -> Result<LayerStream, ImageError>;
}

/// One image of one platform.
#[derive(Clone)]
pub struct Image {
    /// Its manifest and config.
    pub manifest: ImageManifest,
    /// Where its layers are.
    pub source: Arc<dyn Source>,
}

/// The images a target holds: one per platform asked for, one per image of an archive.
pub fn open(target: &Target, options: &Options) -> Result<Vec<Image>, ImageError> {
    let _ = options;
    Err(ImageError::Target { target: format!("{target:?}"), why: "not written yet".to_owned() })
}

impl Image {
    /// Streams one layer once: checks stored digest and size, unpacks, checks the diff id, shows every entry.
    /// Reading and unpacking run on a thread of their own beside the visitor.
    pub fn read_layer(
        &self,
        index: usize,
        options: &Options,
        visitor: &mut dyn Visitor,
    ) -> Result<LayerRead, ImageError> {
        let (_, _, _) = (index, options, visitor);
        Err(ImageError::Broken { what: format!("layer {index}"), why: "not written yet".to_owned() })
    }
}
