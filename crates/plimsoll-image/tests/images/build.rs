//! Making small images in every form.

use flate2::{Compression, write::GzEncoder};
use plimsoll_image::{Image, ImageError, LayerRead, Options, PlatformChoice, Target, Visitor, open};
use plimsoll_model::Entry;
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::{Path, PathBuf};

/// A tar of these files, in this order. Names are written as they are.
pub fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, content) in files {
        out.extend(header(name, if name.ends_with('/') { b'5' } else { b'0' }, content.len() as u64, ""));
        out.extend_from_slice(content);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1024, 0);
    out
}

/// One header block.
pub fn header(name: &str, flag: u8, size: u64, link: &str) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.as_mut_bytes()[157..157 + link.len()].copy_from_slice(link.as_bytes());
    header.set_size(size);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_entry_type(tar::EntryType::new(flag));
    header.set_cksum();
    header.as_bytes().to_vec()
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("in memory");
    encoder.finish().expect("in memory")
}

pub fn zst(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).expect("in memory")
}

pub fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

/// The config of an image of these (unpacked) layers.
pub fn config(platform: &str, layers: &[&[u8]]) -> String {
    let mut parts = platform.split('/');
    let (os, arch) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let variant = parts.next().unwrap_or("");
    let ids: Vec<String> = layers.iter().map(|layer| digest(layer)).collect();
    serde_json::json!({
        "os": os, "architecture": arch, "variant": variant,
        "config": {"User": "app"}, "rootfs": {"type": "layers", "diff_ids": ids},
    })
    .to_string()
}

/// An OCI layout that grows.
#[derive(Default)]
pub struct Layout {
    pub blobs: Vec<(String, Vec<u8>)>,
    pub manifests: Vec<serde_json::Value>,
}

impl Layout {
    /// Keeps bytes under their digest; the descriptor of them.
    pub fn blob(&mut self, media_type: &str, bytes: &[u8]) -> serde_json::Value {
        let digest = digest(bytes);
        self.blobs.push((format!("blobs/{}", digest.replace(':', "/")), bytes.to_vec()));
        serde_json::json!({"mediaType": media_type, "digest": digest, "size": bytes.len()})
    }

    /// An image of layers that are stored as they are given; the descriptor of its manifest.
    pub fn image(&mut self, platform: &str, layers: &[(&[u8], &[u8])]) -> serde_json::Value {
        let unpacked: Vec<&[u8]> = layers.iter().map(|(_, unpacked)| *unpacked).collect();
        let config = config(platform, &unpacked);
        self.image_of(&config, layers)
    }

    pub fn image_of(&mut self, config: &str, layers: &[(&[u8], &[u8])]) -> serde_json::Value {
        let config = self.blob("application/vnd.oci.image.config.v1+json", config.as_bytes());
        let layers: Vec<_> = layers
            .iter()
            .map(|(stored, _)| self.blob("application/vnd.oci.image.layer.v1.tar", stored))
            .collect();
        let manifest =
            serde_json::json!({"schemaVersion": 2, "config": config, "layers": layers}).to_string();
        self.blob("application/vnd.oci.image.manifest.v1+json", manifest.as_bytes())
    }

    pub fn index(&mut self, manifests: &[serde_json::Value]) -> serde_json::Value {
        let index = serde_json::json!({"schemaVersion": 2, "manifests": manifests}).to_string();
        self.blob("application/vnd.oci.image.index.v1+json", index.as_bytes())
    }

    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let index = serde_json::json!({"schemaVersion": 2, "manifests": self.manifests}).to_string();
        let mut files = vec![
            ("oci-layout".to_owned(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec()),
            ("index.json".to_owned(), index.into_bytes()),
        ];
        files.extend(self.blobs.clone());
        files
    }

    pub fn tar(&self) -> Vec<u8> {
        let files = self.files();
        tar(&files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect::<Vec<_>>())
    }

    pub fn write_to(&self, folder: &Path) {
        for (name, bytes) in self.files() {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().expect("inside")).expect("a folder");
            std::fs::write(path, bytes).expect("a file");
        }
    }
}

/// A descriptor with one more field or annotation.
pub fn with(mut descriptor: serde_json::Value, key: &str, value: serde_json::Value) -> serde_json::Value {
    descriptor[key] = value;
    descriptor
}

pub fn named(descriptor: serde_json::Value, name: &str) -> serde_json::Value {
    with(descriptor, "annotations", serde_json::json!({"org.opencontainers.image.ref.name": name}))
}

pub fn of_platform(descriptor: serde_json::Value, os: &str, arch: &str) -> serde_json::Value {
    with(descriptor, "platform", serde_json::json!({"os": os, "architecture": arch}))
}

/// A file in a folder that goes away.
pub fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("a file");
    (folder, path)
}

/// Opens what a user names, all platforms.
pub fn open_all(text: &str) -> Result<Vec<Image>, ImageError> {
    open(&Target::parse(text)?, &Options { platform: PlatformChoice::All, ..Options::default() })
}

/// Keeps the content of every file.
#[derive(Default)]
pub struct Keep {
    pub files: Vec<(String, Vec<u8>)>,
}

impl Visitor for Keep {
    fn wants(&mut self, _: &Entry, _: &[u8]) -> bool {
        true
    }

    fn file(&mut self, _: u32, entry: &Entry, content: &[u8]) {
        self.files.push((entry.path.clone(), content.to_vec()));
    }
}

pub fn read(image: &Image, index: usize) -> Result<(LayerRead, Keep), ImageError> {
    let mut keep = Keep::default();
    let options = Options { hash_files: true, ..Options::default() };
    image.read_layer(index, &options, &mut keep).map(|read| (read, keep))
}

/// Opens and reads everything; the paths of all layers, or the error as a user sees it.
pub fn paths(text: &str) -> Result<Vec<Vec<String>>, String> {
    let images = open_all(text).map_err(|error| error.to_string())?;
    let mut all = Vec::new();
    for image in images {
        for index in 0..image.manifest.layers.len() {
            let (read, _) = read(&image, index).map_err(|error| error.to_string())?;
            all.push(read.entries.into_iter().map(|entry| entry.path).collect());
        }
    }
    Ok(all)
}
