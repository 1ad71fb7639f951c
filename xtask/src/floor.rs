//! `cargo xtask floor`: the least work any verified read of an image needs, to measure scans against.

use anyhow::{Context, bail};
use flate2::read::MultiGzDecoder;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// For every gzip layer of an OCI layout: sha256 of the stored bytes, inflate, sha256 of the tar; layers side by side on
/// all processors.
pub fn run(arguments: &[String]) -> anyhow::Result<()> {
    let [folder] = arguments else { bail!("name an OCI layout folder") };
    let layers = layers(Path::new(folder))?;
    let next = AtomicUsize::new(0);
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let total = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..processors.min(layers.len()))
            .map(|_| {
                scope.spawn(|| -> anyhow::Result<u64> {
                    let mut total = 0;
                    while let Some(layer) = layers.get(next.fetch_add(1, Ordering::Relaxed)) {
                        total += read(layer)?;
                    }
                    Ok(total)
                })
            })
            .collect();
        let results =
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| bail!("a thread panicked")));
        results.sum::<anyhow::Result<u64>>()
    })?;
    println!("{total} bytes unpacked");
    Ok(())
}

fn read(layer: &Path) -> anyhow::Result<u64> {
    let stored = fs::read(layer)?;
    let _ = Sha256::digest(&stored);
    let mut gzip = MultiGzDecoder::new(stored.as_slice());
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 256 << 10];
    let mut total = 0;
    loop {
        let read = gzip.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        total += read as u64;
    }
    std::hint::black_box(hash.finalize());
    Ok(total)
}

fn layers(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let blob = |digest: &Value| -> anyhow::Result<PathBuf> {
        let digest =
            digest.as_str().and_then(|digest| digest.strip_prefix("sha256:")).context("no sha256 digest")?;
        Ok(folder.join("blobs/sha256").join(digest))
    };
    let index: Value = serde_json::from_slice(&fs::read(folder.join("index.json"))?)?;
    let manifest: Value = serde_json::from_slice(&fs::read(blob(&index["manifests"][0]["digest"])?)?)?;
    let layers = manifest["layers"].as_array().context("the manifest has no layers")?;
    layers.iter().map(|layer| blob(&layer["digest"])).collect()
}
