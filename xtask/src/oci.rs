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
    fs::create_dir_all(to.join("blobs/sha256"))?;
    let mut diff_ids = Vec::new();
    let mut descriptors = Vec::new();
    let mut history = Vec::new();
    for (tar, instruction) in layers {
        let (diff_id, digest, size) = pack(to, tar).with_context(|| format!("packing {}", tar.display()))?;
        diff_ids.push(format!("sha256:{diff_id}"));
        descriptors.push(descriptor("application/vnd.oci.image.layer.v1.tar+gzip", &digest, size));
        history.push(json!({"created": "2026-01-01T00:00:00Z", "created_by": instruction}));
    }
    let config = json!({
        "created": "2026-01-01T00:00:00Z", "architecture": architecture(), "os": "linux",
        "config": {"Env": ["PATH=/usr/local/bin:/usr/bin:/bin"], "Cmd": ["/bin/sh"]},
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
        "history": history,
    });
    let config = put(to, "application/vnd.oci.image.config.v1+json", &config)?;
    let manifest = json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": config, "layers": descriptors,
    });
    let mut manifest = put(to, "application/vnd.oci.image.manifest.v1+json", &manifest)?;
    manifest["annotations"] = json!({"org.opencontainers.image.ref.name": tag});
    fs::write(
        to.join("index.json"),
        serde_json::to_vec(&json!({"schemaVersion": 2, "manifests": [manifest]}))?,
    )?;
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

/// Gzips a tar into the layout: its diff id, its digest, its stored size.
fn pack(to: &Path, tar: &Path) -> anyhow::Result<(String, String, u64)> {
    let mut plain = Sha256::new();
    let unfinished = to.join("blobs/layer.part");
    let mut gzip = GzEncoder::new(Hashing::new(fs::File::create(&unfinished)?), Compression::new(6));
    let mut input = fs::File::open(tar)?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = input.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        plain.update(&buffer[..read]);
        gzip.write_all(&buffer[..read])?;
    }
    let stored = gzip.finish()?;
    let digest = hex::encode(stored.hash.finalize());
    fs::rename(&unfinished, to.join("blobs/sha256").join(&digest))?;
    Ok((hex::encode(plain.finalize()), digest, stored.bytes))
}

fn put(to: &Path, media_type: &str, value: &Value) -> anyhow::Result<Value> {
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
