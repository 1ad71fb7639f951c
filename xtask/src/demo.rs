//! `cargo xtask demo-images`: a dozen small images that between them show every kind of result, as OCI layouts.
//!
//! Their package databases name real versions with real flaws; their programs are empty, their keys are not keys.

use crate::oci::{self, Made};
use anyhow::Context;
use serde_json::{Value, json};
use std::path::Path;

mod images;

/// An image of the demo: where it goes, and what it is made of.
pub struct Image {
    /// `shop/web`.
    pub repository: &'static str,
    /// `1.0`.
    pub tag: &'static str,
    /// Go's names of processors; more than one makes an index.
    pub architectures: &'static [&'static str],
    /// When it was built, RFC 3339.
    pub created: &'static str,
    /// What containers run as: `User`, `Env`, `Labels`, `Cmd`, … of the image config.
    pub config: Value,
    /// The base image its annotations name.
    pub base: Option<&'static str>,
    /// Oldest first.
    pub layers: Vec<Layer>,
}

/// A layer: the instruction that made it, and its files.
#[derive(Clone)]
pub struct Layer {
    /// `RUN apt-get install -y nginx`.
    pub instruction: String,
    /// Path, permissions, content.
    pub files: Vec<(String, u32, Vec<u8>)>,
}

impl Layer {
    /// An empty one.
    pub fn new(instruction: &str) -> Layer {
        Layer { instruction: instruction.to_owned(), files: Vec::new() }
    }

    /// With a file anyone may read.
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Layer {
        self.mode(path, 0o644, content)
    }

    /// With a file of these permissions.
    pub fn mode(mut self, path: &str, mode: u32, content: impl AsRef<[u8]>) -> Layer {
        self.files.push((path.to_owned(), mode, content.as_ref().to_vec()));
        self
    }

    fn tar(&self) -> anyhow::Result<Vec<u8>> {
        let mut tar = tar::Builder::new(Vec::new());
        for (path, mode, content) in &self.files {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(*mode);
            header.set_mtime(1_700_000_000);
            tar.append_data(&mut header, path, content.as_slice())?;
        }
        Ok(tar.into_inner()?)
    }
}

/// Writes the layouts below a folder, and `images.txt`: one line each, `FOLDER<TAB>REPOSITORY:TAG`.
pub fn run(arguments: &[String]) -> anyhow::Result<()> {
    let to = arguments.first().context("name a folder")?;
    let mut list = String::new();
    for (number, image) in images::all().iter().enumerate() {
        let name = format!("{number:02}");
        write(&Path::new(to).join(&name), image).with_context(|| image.repository.to_owned())?;
        list.push_str(&format!("{name}\t{}:{}\n", image.repository, image.tag));
    }
    std::fs::write(Path::new(to).join("images.txt"), list)?;
    Ok(())
}

fn write(to: &Path, image: &Image) -> anyhow::Result<()> {
    let mut made = Vec::new();
    for architecture in image.architectures {
        let mut layers = Vec::new();
        for layer in &image.layers {
            layers.push((oci::pack_bytes(to, &layer.tar()?)?, layer.instruction.as_str()));
        }
        let annotations = match image.base {
            Some(base) => json!({"org.opencontainers.image.base.name": base}),
            None => json!({}),
        };
        let about = oci::About { created: image.created, architecture, config: &image.config, annotations };
        made.push(oci::manifest(to, &layers, &about)?);
    }
    let manifests: Vec<Value> = made.iter().map(|made: &Made| made.descriptor.clone()).collect();
    match &manifests[..] {
        [single] => oci::index(to, image.tag, single.clone()),
        _ => {
            let media_type = "application/vnd.oci.image.index.v1+json";
            let index = json!({"schemaVersion": 2, "mediaType": media_type, "manifests": manifests});
            let index = oci::put(to, media_type, &index)?;
            oci::index(to, image.tag, index)
        }
    }
}
