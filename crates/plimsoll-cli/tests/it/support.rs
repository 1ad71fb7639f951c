//! Images made on the spot, and the program run on them.

use assert_cmd::Command;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// An os-release of Debian 12.
pub const DEBIAN_12: &str = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\nVERSION_ID=\"12\"\n";

/// One record of a dpkg status file.
pub fn dpkg(name: &str, version: &str) -> String {
    format!("Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\n\n")
}

/// A layer under construction.
#[derive(Default, Clone)]
pub struct Layer {
    tar: Vec<u8>,
}

impl Layer {
    /// Nothing yet.
    pub fn new() -> Layer {
        Layer::default()
    }

    /// Adds a file.
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Layer {
        self.entry(path, b'0', "", content.as_ref())
    }

    /// Adds a symbolic link.
    pub fn link(self, path: &str, to: &str) -> Layer {
        self.entry(path, b'2', to, b"")
    }

    /// Adds any entry: the name goes into the header as it is, whatever it is.
    pub fn entry(mut self, path: &str, kind: u8, link: &str, content: &[u8]) -> Layer {
        let size = content.len() as u64;
        self.tar.extend(header(path, kind, link, size));
        self.tar.extend(content);
        self.tar.resize(self.tar.len().next_multiple_of(512), 0);
        self
    }

    /// Adds a header that promises more than it holds.
    pub fn promise(mut self, path: &str, kind: u8, size: u64) -> Layer {
        self.tar.extend(header(path, kind, "", size));
        self
    }

    /// The tar, ended as tar ends.
    pub fn tar(&self) -> Vec<u8> {
        let mut tar = self.tar.clone();
        tar.resize(tar.len() + 1024, 0);
        tar
    }
}

/// One ustar header (POSIX.1-1988, "ustar Interchange Format").
fn header(path: &str, kind: u8, link: &str, size: u64) -> [u8; 512] {
    let mut header = [0_u8; 512];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &path.as_bytes()[..path.len().min(100)]);
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, &[kind]);
    put(157, &link.as_bytes()[..link.len().min(100)]);
    put(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}

/// Gzip.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

/// `sha256:…` of these bytes.
pub fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

/// A layer as it is stored, and what the manifest and the config say of it. Change a field to tell a lie.
pub struct Stored {
    pub bytes: Vec<u8>,
    pub digest: String,
    pub size: u64,
    pub diff_id: String,
}

impl From<&Layer> for Stored {
    fn from(layer: &Layer) -> Stored {
        let tar = layer.tar();
        let bytes = gzip(&tar);
        Stored { digest: digest(&bytes), size: bytes.len() as u64, diff_id: digest(&tar), bytes }
    }
}

/// An image: its blobs by digest, and its manifest.
pub struct Made {
    pub blobs: Vec<(String, Vec<u8>)>,
    pub manifest: Vec<u8>,
}

/// Manifest, config and layers of an image.
pub fn image(layers: &[Stored]) -> Made {
    image_of(layers, "application/vnd.oci.image.layer.v1.tar+gzip")
}

/// The same, of layers of this media type.
fn image_of(layers: &[Stored], media_type: &str) -> Made {
    let history: Vec<Value> =
        (0..layers.len()).map(|n| json!({"created_by": format!("RUN step {n}")})).collect();
    let config = serde_json::to_vec(&json!({
        "architecture": "amd64", "os": "linux", "created": "2026-01-02T03:04:05Z", "config": {},
        "rootfs": {"type": "layers", "diff_ids": layers.iter().map(|layer| &layer.diff_id).collect::<Vec<_>>()},
        "history": history,
    }))
    .unwrap();
    let manifest = serde_json::to_vec(&json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest(&config), "size": config.len(),
        },
        "layers": layers.iter().map(|layer| json!({
            "mediaType": media_type, "digest": layer.digest, "size": layer.size,
        })).collect::<Vec<_>>(),
    }))
    .unwrap();
    let mut blobs = vec![(digest(&config), config), (digest(&manifest), manifest.clone())];
    blobs.extend(layers.iter().map(|layer| (layer.digest.clone(), layer.bytes.clone())));
    Made { blobs, manifest }
}

/// Writes an OCI layout folder.
pub fn layout(folder: &Path, layers: &[Stored]) -> PathBuf {
    write_layout(folder, &image(layers))
}

/// The same, of layers of this media type.
pub fn layout_of(folder: &Path, layers: &[Stored], media_type: &str) -> PathBuf {
    write_layout(folder, &image_of(layers, media_type))
}

fn write_layout(folder: &Path, made: &Made) -> PathBuf {
    fs::create_dir_all(folder.join("blobs/sha256")).unwrap();
    for (digest, bytes) in &made.blobs {
        fs::write(folder.join("blobs").join(digest.replace(':', "/")), bytes).unwrap();
    }
    let index = json!({"schemaVersion": 2, "manifests": [{
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": digest(&made.manifest), "size": made.manifest.len(),
        "annotations": {"org.opencontainers.image.ref.name": "latest"},
    }]});
    fs::write(folder.join("index.json"), serde_json::to_vec(&index).unwrap()).unwrap();
    fs::write(folder.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
    folder.to_owned()
}

/// A place for one test: an empty cache and a small advisory database.
pub struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    /// A new one.
    pub fn new() -> Place {
        Place { folder: tempfile::tempdir().unwrap() }
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// An OCI layout in it.
    pub fn layout(&self, layers: &[Layer]) -> PathBuf {
        let stored: Vec<Stored> = layers.iter().map(Stored::from).collect();
        layout(&self.path("image"), &stored)
    }

    /// The program, with this place's cache and the small database.
    pub fn plimsoll(&self, arguments: &[&str]) -> Output {
        self.plimsoll_with(&[], arguments)
    }

    /// The same, with these environment variables.
    pub fn plimsoll_with(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Output {
        let mut command = Command::cargo_bin("plimsoll").unwrap();
        command
            .env_clear()
            .env("HOME", self.folder.path())
            .env("PLIMSOLL_CACHE", self.path("cache"))
            .env("PLIMSOLL_DB", small_database())
            .envs(environment.iter().copied())
            .current_dir(self.folder.path())
            .timeout(std::time::Duration::from_secs(300))
            .args(arguments);
        let output = command.output().unwrap();
        Output {
            code: output.status.code().expect("it was not killed"),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The scan document of a target that can be scanned.
    pub fn scan(&self, target: &str) -> Value {
        let output =
            self.plimsoll(&["scan", "--quiet", "--risks", "vulnerability", "--format", "json", target]);
        assert_eq!(output.code, 0, "{}", output.err);
        serde_json::from_str(&output.out).unwrap()
    }
}

/// What a run of the program gave.
pub struct Output {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Four records, built once into a database.
pub fn small_database() -> &'static Path {
    static BUILT: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = BUILT.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let record = |id: &str, ecosystem: &str, name: &str, fixed: &str, more: Value| {
            let mut record = json!({
                "schema_version": "1.6.0", "id": id, "modified": "2026-01-01T00:00:00Z", "published": "2025-12-01T00:00:00Z",
                "affected": [{
                    "package": {"ecosystem": ecosystem, "name": name},
                    "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}],
                }],
            });
            record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            fs::write(folder.path().join(format!("{id}.json")), record.to_string()).unwrap();
        };
        let cvss = json!([{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]);
        record("DEBIAN-CVE-2025-1111", "Debian:12", "openssl", "3.0.17-1", json!({"upstream": ["CVE-2025-1111"], "severity": cvss}));
        record("DSA-9999-1", "Debian:12", "openssl", "3.0.17-1", json!({"upstream": ["CVE-2025-1111"], "summary": "openssl security update"}));
        record("GHSA-aaaa-bbbb-cccc", "PyPI", "Jinja2", "2.10.1", json!({"aliases": ["CVE-2019-10906"], "summary": "Sandbox escape", "severity": cvss}));
        record("GHSA-dddd-eeee-ffff", "npm", "lodash", "4.17.21", json!({"aliases": ["CVE-2021-23337"], "summary": "Command injection in lodash"}));
        let database = folder.path().join("advisories.db");
        let output = Command::cargo_bin("plimsoll")
            .unwrap()
            .args(["db", "build", "--quiet", "--from", folder.path().to_str().unwrap(), "--to", database.to_str().unwrap()])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        (folder, database)
    });
    path
}

/// The shared data folder, when it is there.
pub fn shared(path: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(path);
    if folder.exists() {
        return Some(folder);
    }
    eprintln!("skipped: no shared data ({path})");
    None
}
