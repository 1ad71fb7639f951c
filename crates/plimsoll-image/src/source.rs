//! From a target to images, and from an image to the entries of its layers.

use crate::archive::{Archive, open_file};
use crate::daemon::DaemonKind;
use crate::store::Store;
use crate::{ImageError, Options, Target, daemon, docker, layer, oci, registry, sbom};
use plimsoll_model::{Digest, Entry, ImageConfig, ImageManifest, LayerRef, Unread};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
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
    Folder(PathBuf),
    /// One made-up file, for an SBOM: its path in the image and its bytes.
    File(String, Vec<u8>),
}

/// Where an image's layers are: one implementation a kind of [`Target`].
pub trait Source: Send + Sync {
    /// Opens the stored bytes of a layer. A source may check digest and size itself; the reader does so anyway.
    fn layer(&self, index: usize, layer: &LayerRef) -> Result<LayerStream, ImageError>;

    /// The documents that others attached to an image, of the kinds that are `wanted`: artifact types, media types or
    /// types of attestations' predicates. None where images have no attachments. Signatures are not checked.
    fn attached(
        &self,
        manifest: &ImageManifest,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<Attachment>, ImageError> {
        let (_, _) = (manifest, wanted);
        Ok(Vec::new())
    }
}

/// A document attached to an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its digest.
    pub digest: Digest,
    /// Its bytes.
    pub bytes: Vec<u8>,
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
    let name = target.to_string();
    match target {
        Target::Registry(reference) => registry::open(reference, options),
        Target::Docker(name) => daemon::open(DaemonKind::Docker, name, options),
        Target::Podman(name) => daemon::open(DaemonKind::Podman, name, options),
        Target::DockerArchive(path) => docker::open(&archive(path, options)?, &name, options),
        Target::OciArchive(path) => {
            let store = archive(path, options)?;
            match store.open("index.json")? {
                Some(_) => oci::open(&store, &name, None, options),
                // Told by its content after all: the two forms are easily taken for one another.
                None => docker::open(&store, &name, options),
            }
        }
        Target::OciLayout(path, tag) => {
            // A folder that is not there is named better than an index that is not.
            std::fs::metadata(path).map_err(|source| ImageError::File { path: path.clone(), source })?;
            oci::open(&Store::Folder(path.clone()), &path.display().to_string(), tag.as_deref(), options).map(
                |mut images| {
                    if let ([image], Some(_)) = (images.as_mut_slice(), tag) {
                        image.manifest.name = name;
                    }
                    images
                },
            )
        }
        Target::LayerTar(path) => {
            let size = open_file(path)?.metadata().map(|metadata| metadata.len()).ok();
            Ok(vec![single(name, size, Local::Tar(path.clone()))])
        }
        Target::Dir(path) => {
            let metadata =
                std::fs::metadata(path).map_err(|source| ImageError::File { path: path.clone(), source })?;
            if !metadata.is_dir() {
                let source = std::io::ErrorKind::NotADirectory.into();
                return Err(ImageError::File { path: path.clone(), source });
            }
            Ok(vec![single(name, None, Local::Folder(path.clone()))])
        }
        Target::Sbom(path) => sbom::open(path, &name, &options.limits).map(|image| vec![image]),
    }
}

fn archive(path: &Path, options: &Options) -> Result<Store, ImageError> {
    Ok(Store::Archive(Arc::new(Archive::open(path, &options.limits)?)))
}

/// An image of one layer about which nothing is promised.
fn single(name: String, size: Option<u64>, local: Local) -> Image {
    let manifest = ImageManifest {
        name,
        digest: None,
        config_digest: None,
        platform: None,
        config: ImageConfig::default(),
        layers: vec![LayerRef { digest: None, diff_id: None, size, media_type: String::new() }],
        annotations: BTreeMap::new(),
    };
    Image { manifest, source: Arc::new(local) }
}

/// A path of this machine that is the whole layer.
enum Local {
    Tar(PathBuf),
    Folder(PathBuf),
}

impl Source for Local {
    fn layer(&self, _: usize, _: &LayerRef) -> Result<LayerStream, ImageError> {
        match self {
            Local::Tar(path) => Ok(LayerStream::Stored(Box::new(open_file(path)?))),
            Local::Folder(path) => Ok(LayerStream::Folder(path.clone())),
        }
    }
}

impl Image {
    /// Streams one layer once: checks stored digest and size, unpacks, checks the diff id, shows every entry.
    /// Reading and unpacking run on a thread of their own beside the visitor.
    ///
    /// A visitor that was shown files of a layer that then fails has seen bytes nobody vouches for: what it made of
    /// them counts only when this gives `Ok`.
    pub fn read_layer(
        &self,
        index: usize,
        options: &Options,
        visitor: &mut dyn Visitor,
    ) -> Result<LayerRead, ImageError> {
        let Some(layer_ref) = self.manifest.layers.get(index) else {
            let why = format!("it has {} layers, none of them number {index}", self.manifest.layers.len());
            return Err(ImageError::Malformed { what: self.manifest.name.clone(), why });
        };
        let named = layer_ref.digest.as_ref().or(layer_ref.diff_id.as_ref());
        let what = named.map_or_else(
            || format!("layer {index} of {}", self.manifest.name),
            |digest| format!("layer {digest}"),
        );
        let stream = self.source.layer(index, layer_ref)?;
        layer::read(stream, layer_ref, &what, options, visitor)
    }
}
