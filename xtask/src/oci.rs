//! `cargo xtask oci`: an OCI image layout (image spec 1.1) out of plain tars, each gzipped into one layer.

use anyhow::{Context, bail};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Makes the layout; `arguments` as in the help text.
pub fn run(arguments: &[String]) -> anyhow::Result<()> {
    let (mut to, mut tag, mut layers) = (None, "latest".to_owned(), Vec::new());
    let mut rest = arguments.iter();
    let mut next = |name: &str| rest.next().cloned().with_context(|| format!("{name} needs a value"));
    while let Ok(name) = next("") {
        match name.as_str() {
            "--to" => to = Some(PathBuf::from(next("--to")?)),
            "--tag" => tag = next("--tag")?,
            "--layer" => layers.push((PathBuf::from(next("--layer")?), next("--layer")?)),
            other => bail!("`{other}` is not an option of oci"),
        }
    }
    layout(&to.context("--to is missing")?, &tag, &layers)
}

fn layout(to: &Path, tag: &str, layers: &[(PathBuf, String)]) -> anyhow::Result<()> {
    let mut packed = Vec::new();
    for (tar, instruction) in layers {
        let stored = fs::File::open(tar).map_err(anyhow::Error::from).and_then(|file| pack(to, file));
        packed.push((stored.with_context(|| format!("packing {}", tar.display()))?, instruction.as_str()));
    }
    let config = json!({"Env": ["PATH=/usr/local/bin:/usr/bin:/bin"], "Cmd": ["/bin/sh"]});
    let about = About {
        created: "2026-01-01T00:00:00Z",
        architecture: architecture(),
        config: &config,
        annotations: json!({}),
    };
    let manifest = manifest(to, &packed, &about)?;
    index(to, tag, manifest.descriptor)
}

/// What an image says of itself.
pub struct About<'a> {
    /// RFC 3339.
    pub created: &'a str,
    /// Go's name of the processor.
    pub architecture: &'a str,
    /// `config` of the image config.
    pub config: &'a Value,
    /// Of the manifest.
    pub annotations: Value,
}

/// A manifest in the layout.
pub struct Made {
    /// Its descriptor, with the platform.
    pub descriptor: Value,
}

/// A layer in the layout.
pub struct Packed {
    diff_id: String,
    digest: String,
    size: u64,
}

/// Writes config and manifest of packed layers, each with its instruction.
pub fn manifest(to: &Path, layers: &[(Packed, &str)], about: &About<'_>) -> anyhow::Result<Made> {
    let About { created, architecture, config, annotations } = about;
    let diff_ids: Vec<String> = layers.iter().map(|(layer, _)| format!("sha256:{}", layer.diff_id)).collect();
    let history = layers.iter().map(|(_, by)| json!({"created": created, "created_by": by}));
    let history: Vec<Value> = history.collect();
    let gzip = "application/vnd.oci.image.layer.v1.tar+gzip";
    let layers = layers.iter().map(|(layer, _)| descriptor(gzip, &layer.digest, layer.size));
    let layers: Vec<Value> = layers.collect();
    let config = json!({
        "created": created, "architecture": architecture, "os": "linux", "config": config,
        "rootfs": {"type": "layers", "diff_ids": diff_ids}, "history": history,
    });
    let config = put(to, "application/vnd.oci.image.config.v1+json", &config)?;
    let media_type = "application/vnd.oci.image.manifest.v1+json";
    let manifest = json!({
        "schemaVersion": 2, "mediaType": media_type, "config": config, "layers": layers,
        "annotations": annotations,
    });
    let mut descriptor = put(to, media_type, &manifest)?;
    descriptor["platform"] = json!({"os": "linux", "architecture": architecture});
    Ok(Made { descriptor })
}

/// Names what the layout holds.
pub fn index(to: &Path, tag: &str, mut manifest: Value) -> anyhow::Result<()> {
    manifest["annotations"] = json!({"org.opencontainers.image.ref.name": tag});
    let index = json!({"schemaVersion": 2, "manifests": [manifest]});
    fs::write(to.join("index.json"), serde_json::to_vec(&index)?)?;
    fs::write(to.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#)?;
    Ok(())
}

/// Go's name of this machine's processor.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// Gzips the bytes of a tar into the layout.
pub fn pack_bytes(to: &Path, tar: &[u8]) -> anyhow::Result<Packed> {
    pack(to, tar)
}

/// Gzips a tar into the layout.
fn pack(to: &Path, mut tar: impl Read) -> anyhow::Result<Packed> {
    fs::create_dir_all(to.join("blobs/sha256"))?;
    let mut plain = Sha256::new();
    let unfinished = to.join("blobs/layer.part");
    let mut gzip = GzEncoder::new(Hashing::new(fs::File::create(&unfinished)?), Compression::new(6));
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = tar.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        plain.update(&buffer[..read]);
        gzip.write_all(&buffer[..read])?;
    }
    let stored = gzip.finish()?;
    let digest = hex::encode(stored.hash.finalize());
    fs::rename(&unfinished, to.join("blobs/sha256").join(&digest))?;
    Ok(Packed { diff_id: hex::encode(plain.finalize()), digest, size: stored.bytes })
}

/// Writes a document into the layout: its descriptor.
pub fn put(to: &Path, media_type: &str, value: &Value) -> anyhow::Result<Value> {
    let bytes = serde_json::to_vec(value)?;
    let digest = hex::encode(Sha256::digest(&bytes));
    fs::write(to.join("blobs/sha256").join(&digest), &bytes)?;
    Ok(descriptor(media_type, &digest, bytes.len() as u64))
}

fn descriptor(media_type: &str, digest: &str, size: u64) -> Value {
    json!({"mediaType": media_type, "digest": format!("sha256:{digest}"), "size": size})
}

/// Hashes and counts what is written.
struct Hashing<W> {
    inner: W,
    hash: Sha256,
    bytes: u64,
}

impl<W> Hashing<W> {
    fn new(inner: W) -> Hashing<W> {
        Hashing { inner, hash: Sha256::new(), bytes: 0 }
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
