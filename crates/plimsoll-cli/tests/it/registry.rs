//! A real registry: Debian's docker-registry on loopback, images pushed by skopeo.

use crate::support::{self, DEBIAN_12, Layer, Place, Stored, dpkg};
use serde_json::{Value, json};
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A registry that stops with the test.
struct Registry {
    process: Child,
    address: String,
}

impl Registry {
    /// Starts one, or says that it cannot.
    fn start(folder: &Path) -> Option<Registry> {
        let there =
            |program: &str| Command::new(program).arg("--version").stdout(Stdio::null()).status().is_ok();
        if !there("docker-registry") || !there("skopeo") {
            eprintln!("skipped: docker-registry and skopeo are not installed (scripts/packages does it)");
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = folder.join("registry.yml");
        let text = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: \"127.0.0.1:{port}\"}}\n",
            folder.join("registry").display()
        );
        fs::write(&config, text).unwrap();
        let process = Command::new("docker-registry")
            .arg("serve")
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let registry = Registry { process, address: format!("127.0.0.1:{port}") };
        let patience = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(&registry.address).is_err() {
            assert!(Instant::now() < patience, "the registry does not answer");
            std::thread::park_timeout(Duration::from_millis(20));
        }
        Some(registry)
    }

    fn push(&self, layout: &Path, name: &str) -> String {
        let image = format!("{}/{name}", self.address);
        let status = Command::new("skopeo")
            .args(["copy", "--quiet", "--dest-tls-verify=false"])
            .arg(format!("oci:{}:latest", layout.display()))
            .arg(format!("docker://{image}"))
            .status()
            .unwrap();
        assert!(status.success());
        image
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn an_image_is_pulled_once() {
    let place = Place::new();
    let Some(registry) = Registry::start(&place.path("")) else { return };
    let layer = Layer::new()
        .file("etc/os-release", DEBIAN_12)
        .file("var/lib/dpkg/status", dpkg("openssl", "3.0.1-1"));
    let image = registry.push(&place.layout(&[layer]), "team/app:1.0");

    let first = place.scan(&image);
    assert_eq!(first["images"][0]["findings"][0]["id"], "CVE-2025-1111");
    assert_eq!(first["images"][0]["name"], image);

    // The registry forgets every blob but the manifest: a second scan does not ask for any.
    let config =
        first["images"][0]["config_digest"].as_str().unwrap().trim_start_matches("sha256:").to_owned();
    fs::remove_dir_all(
        place.path("registry/docker/registry/v2/blobs/sha256").join(&config[..2]).join(&config),
    )
    .unwrap();
    let layer =
        first["images"][0]["layers"][0]["digest"].as_str().unwrap().trim_start_matches("sha256:").to_owned();
    let blob = place.path("registry/docker/registry/v2/blobs/sha256").join(&layer[..2]).join(&layer);
    fs::remove_dir_all(&blob).unwrap();
    assert_eq!(place.scan(&image), first);
    let output = place.plimsoll(&["scan", "-q", "--no-cache", &image]);
    assert_eq!(output.code, 2, "without facts the blobs are needed: {}", output.out);
    assert!(output.err.contains("config"), "{}", output.err);

    let missing = place.plimsoll(&["scan", "-q", &format!("{}/team/app:2.0", registry.address)]);
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("2.0"), "{}", missing.err);

    let gone = registry.address.clone();
    drop(registry);
    let output = place.plimsoll(&["scan", "-q", &format!("{gone}/team/app:1.0")]);
    assert_eq!(output.code, 2);
    assert!(output.err.contains(&gone), "{}", output.err);
}

#[test]
fn attestations_of_an_image_are_honoured() {
    let place = Place::new();
    let Some(registry) = Registry::start(&place.path("")) else { return };
    let layer = Layer::new()
        .file("app/node_modules/lodash/package.json", r#"{"name": "lodash", "version": "4.17.20"}"#);
    let image = registry.push(&place.layout(&[layer]), "team/app:1.0");
    let before = place.scan(&image);
    assert_eq!(before["images"][0]["findings"][0]["id"], "CVE-2021-23337");
    let digest = before["images"][0]["digest"].as_str().unwrap();

    // As cosign keeps them: an image under a tag made of the digest, whose layers are attestations.
    let statement = json!({"_type": "https://in-toto.io/Statement/v1", "predicateType": "https://openvex.dev/ns/v0.2.0",
        "subject": [{"name": "team/app", "digest": {"sha256": digest.trim_start_matches("sha256:")}}],
        "predicate": {"@context": "https://openvex.dev/ns/v0.2.0", "timestamp": "2024-01-01T00:00:00Z", "statements": [
            {"vulnerability": {"name": "CVE-2021-23337"}, "status": "not_affected",
                "justification": "component_not_present"}]}});
    let attestation = statement.to_string().into_bytes();
    let stored = Stored {
        digest: support::digest(&attestation),
        size: attestation.len() as u64,
        diff_id: support::digest(&attestation),
        bytes: attestation,
    };
    let kind = "application/vnd.in-toto+json";
    let attached = support::layout_of(&place.path("attached"), &[stored], kind);
    registry.push(&attached, &format!("team/app:{}.att", digest.replace(':', "-")));

    let output = place.plimsoll(&[
        "scan",
        "-q",
        "--risks",
        "vulnerability",
        "--format",
        "json",
        "--vex",
        "oci",
        "--explain",
        &image,
    ]);
    assert_eq!(output.code, 0, "{}", output.err);
    let after: Value = serde_json::from_str(&output.out).unwrap();
    assert_eq!(after["images"][0]["findings"], json!([]));
    let dismissed = after["images"][0]["details"]["dismissed"].to_string();
    assert!(dismissed.contains("says not_affected: component_not_present"), "{dismissed}");
}

#[test]
fn offline_means_no_registry() {
    let output = Place::new().plimsoll(&["scan", "-q", "--offline", "127.0.0.1:1/app:1"]);
    assert_eq!(output.code, 2);
    assert!(output.err.contains("offline"), "{}", output.err);
}
