//! Images made on the spot, a real registry, and platforms on one database.

use flate2::Compression;
use flate2::write::GzEncoder;
use plimsoll::feeds::{BuildOptions, build};
use plimsoll::model::{
    Principal, Registry, RegistryKind, RegistryState, RepositoryPattern, Role, SyncMode, Task, Time,
};
use plimsoll::platform::Configuration;
use plimsoll::{Platform, platform::SyncRequest};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// An os-release of Debian 12.
pub const DEBIAN_12: &str = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\nVERSION_ID=\"12\"\n";

/// One record of a dpkg status file.
pub fn dpkg(name: &str, version: &str) -> String {
    format!("Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\n\n")
}

/// A layer: a tar of these files.
pub fn layer(files: &[(&str, &str)]) -> Vec<u8> {
    let mut tar = Vec::new();
    for (path, content) in files {
        tar.extend(header(path, content.len() as u64));
        tar.extend(content.as_bytes());
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    tar.resize(tar.len() + 1024, 0);
    tar
}

/// One ustar header (POSIX.1-1988, "ustar Interchange Format").
fn header(path: &str, size: u64) -> [u8; 512] {
    let mut header = [0_u8; 512];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &path.as_bytes()[..path.len().min(100)]);
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}

/// `sha256:…` of these bytes.
pub fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

/// Debian's docker-registry on loopback; it stops with the test.
pub struct TestRegistry {
    process: Child,
    config: PathBuf,
    pub storage: PathBuf,
    pub address: String,
}

impl TestRegistry {
    /// Starts one, or says that it cannot.
    #[allow(clippy::print_stderr, reason = "a skipped test says so")]
    pub fn start(folder: &Path) -> Option<TestRegistry> {
        if Command::new("docker-registry").arg("--version").stdout(Stdio::null()).status().is_err() {
            eprintln!("skipped: docker-registry is not installed (scripts/packages does it)");
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
        let (config, storage) = (folder.join("registry.yml"), folder.join("registry"));
        let text = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}, delete: {{enabled: true}}}}\nhttp: {{addr: \"127.0.0.1:{port}\"}}\n",
            storage.display()
        );
        fs::write(&config, text).expect("a file");
        let address = format!("127.0.0.1:{port}");
        let process = TestRegistry::run(&config, &address);
        Some(TestRegistry { process, config, storage, address })
    }

    fn run(config: &Path, address: &str) -> Child {
        let process = Command::new("docker-registry")
            .arg("serve")
            .arg(config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a process");
        let patience = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(address).is_err() {
            assert!(Instant::now() < patience, "the registry does not answer");
            std::thread::park_timeout(Duration::from_millis(20));
        }
        process
    }

    pub fn stop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    pub fn start_again(&mut self) {
        self.process = TestRegistry::run(&self.config, &self.address);
    }

    /// Pushes an image of these layers; its digest.
    pub fn push(&self, repository: &str, tag: &str, layers: &[Vec<u8>]) -> String {
        let stored: Vec<(String, String, Vec<u8>)> = layers
            .iter()
            .map(|tar| {
                let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
                gzip.write_all(tar).expect("memory");
                let bytes = gzip.finish().expect("memory");
                (digest(&bytes), digest(tar), bytes)
            })
            .collect();
        let config = json!({
            "architecture": "amd64", "os": "linux", "created": "2026-01-02T03:04:05Z", "config": {},
            "rootfs": {"type": "layers", "diff_ids": stored.iter().map(|layer| &layer.1).collect::<Vec<_>>()},
            "history": (0..layers.len()).map(|n| json!({"created_by": format!("RUN step {n}")})).collect::<Vec<_>>(),
        })
        .to_string()
        .into_bytes();
        let manifest = json!({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest(&config), "size": config.len()},
            "layers": stored.iter().map(|layer| json!({
                "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": layer.0, "size": layer.2.len(),
            })).collect::<Vec<_>>(),
        })
        .to_string()
        .into_bytes();
        for blob in stored.iter().map(|layer| &layer.2).chain([&config]) {
            let (status, head) = self.http("POST", &format!("/v2/{repository}/blobs/uploads/"), "", b"");
            assert_eq!(status, 202, "{head}");
            let place =
                head.lines().find_map(|line| line.strip_prefix("Location: ")).expect("a place").trim();
            let path = place.split_once(&self.address).map_or(place, |(_, path)| path);
            let path = format!("{path}&digest={}", digest(blob));
            let (status, head) = self.http("PUT", &path, "application/octet-stream", blob);
            assert_eq!(status, 201, "{head}");
        }
        let path = format!("/v2/{repository}/manifests/{tag}");
        let (status, head) = self.http("PUT", &path, "application/vnd.oci.image.manifest.v1+json", &manifest);
        assert_eq!(status, 201, "{head}");
        digest(&manifest)
    }

    /// Takes an image away; its tags go with it.
    pub fn delete(&self, repository: &str, digest: &str) {
        let (status, head) = self.http("DELETE", &format!("/v2/{repository}/manifests/{digest}"), "", b"");
        assert_eq!(status, 202, "{head}");
    }

    fn http(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).expect("the registry answers");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).expect("sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        let text = String::from_utf8_lossy(&answer).into_owned();
        let status = text.split_whitespace().nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, text)
    }
}

impl Drop for TestRegistry {
    fn drop(&mut self) {
        self.stop();
    }
}

/// An advisory database of OSV records: id, ecosystem, package, fixed version, score vector.
pub fn advisories(folder: &Path, name: &str, built_at: i64, records: &[(&str, &str, &str, &str)]) -> PathBuf {
    let feeds = folder.join(format!("{name}.feeds"));
    fs::create_dir_all(&feeds).expect("a folder");
    for (id, ecosystem, package, fixed) in records {
        let record = json!({
            "schema_version": "1.6.0", "id": id, "modified": "2026-01-01T00:00:00Z", "published": "2025-12-01T00:00:00Z",
            "summary": format!("A flaw in {package}"),
            "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
            "affected": [{
                "package": {"ecosystem": ecosystem, "name": package},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}],
            }],
        });
        fs::write(feeds.join(format!("{id}.json")), record.to_string()).expect("a file");
    }
    let database = folder.join(format!("{name}.db"));
    build(&feeds, &database, &BuildOptions::at(built_at), &|_| {}).expect("a database");
    database
}

/// What is known at first: a flaw of openssl, and one of lodash.
pub const KNOWN: &[(&str, &str, &str, &str)] =
    &[("CVE-2025-1111", "Debian:12", "openssl", "3.0.17-1"), ("CVE-2021-23337", "npm", "lodash", "4.17.21")];

/// A folder with a database and advisories, and platforms on it.
pub struct Place {
    pub folder: tempfile::TempDir,
}

impl Place {
    pub fn new() -> Place {
        let folder = tempfile::tempdir().expect("a folder");
        advisories(folder.path(), "known", 1_767_225_600, KNOWN);
        Place { folder }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A node of the platform: all of a place share database and blobs.
    pub async fn node(&self, name: &str) -> Platform {
        let inside = |name: &str| self.path().join(name).display().to_string();
        Platform::open(Configuration {
            folder: self.path().join(name),
            database: Some(format!("sqlite:{}", inside("plimsoll.db"))),
            blobs: Some(format!("file:{}", inside("blobs"))),
            knowledge: Some(self.path().join("known.db")),
            key: Some(hex::encode(Sha256::digest(self.path().display().to_string()))),
            jobs: 1,
            allow_private: true,
        })
        .await
        .expect("a platform")
    }
}

pub fn admin() -> Principal {
    Principal { name: "ann".to_owned(), user: "1".to_owned(), ..Principal::system() }
}

/// Somebody who sees some repositories only.
pub fn member(repository: &str) -> Principal {
    Principal {
        name: "mem".to_owned(),
        user: "2".to_owned(),
        role: Role::Operator,
        sees: Some(vec![RepositoryPattern { registry: None, repository: repository.to_owned() }]),
        from: String::new(),
    }
}

/// Connects a registry; its id.
pub async fn connect(platform: &Platform, address: &str) -> String {
    let registry = Registry {
        id: "00000000-0000-7000-8000-000000000001".to_owned(),
        name: "reg".to_owned(),
        kind: RegistryKind::Generic,
        url: format!("http://{address}"),
        username: String::new(),
        has_password: false,
        ca: String::new(),
        insecure: false,
        allow_private: true,
        include: Vec::new(),
        exclude: Vec::new(),
        requests_per_second: 0,
        concurrency: 0,
        sync: SyncMode::Manual,
        scan_new: false,
        state: RegistryState::New,
        reason: None,
        images: 0,
        synced_at: None,
        created_at: Time(0),
    };
    platform.check_registry(&registry).expect("a registry that can be connected");
    platform.data().add_registry(&registry, None).await.expect("added");
    registry.id
}

/// Works until a task ended.
pub async fn finish(platform: &Platform, task: &Task) -> Task {
    let stop = CancellationToken::new();
    let working = tokio::spawn({
        let (platform, stop) = (platform.clone(), stop.clone());
        async move { platform.work("finisher", 2, stop).await }
    });
    let ended = ended(platform, &task.id).await;
    stop.cancel();
    working.await.expect("the worker ended");
    platform.refresh().await.expect("the fleet follows");
    ended
}

/// Waits until a task ended.
pub async fn ended(platform: &Platform, task: &str) -> Task {
    until(async || {
        let task = platform.data().task(task).await.expect("a task");
        task.finished_at.is_some().then_some(task)
    })
    .await
}

/// Asks until there is an answer.
pub async fn until<T>(ask: impl AsyncFn() -> Option<T>) -> T {
    let patience = Instant::now() + Duration::from_secs(120);
    let mut every = tokio::time::interval(Duration::from_millis(20));
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < patience, "it did not come");
        every.tick().await;
    }
}

/// Lists the registry and scans everything in it.
pub async fn sync_and_scan(platform: &Platform) {
    let task = platform.start_sync(&admin(), SyncRequest::default()).await.expect("a task");
    let task = finish(platform, &task).await;
    assert_eq!(task.failed, 0, "{task:?}");
    let scan = plimsoll::platform::ScanRequest { all: true, ..Default::default() };
    let task = platform.start_scan(&admin(), scan).await.expect("a task");
    let task = finish(platform, &task).await;
    assert_eq!(task.failed, 0, "{:?}", platform.data().jobs(&task.id, None, 10, None).await);
}

/// Filters by name.
pub fn fields(pairs: &[(&str, &str)]) -> std::collections::BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Every image as `repository:tag` with its id, by name.
pub fn images(platform: &Platform) -> Vec<(String, String)> {
    let query = plimsoll::fleet::ImageQuery::parse(&fields(&[("sort", "name"), ("limit", "500")]))
        .expect("a question");
    let page = platform.fleet().images(&query, None);
    let name = |image: &plimsoll::model::StoredImage| {
        format!("{}:{}", image.repository, image.tag.as_deref().unwrap_or(""))
    };
    page.items.into_iter().map(|row| (name(&row.image), row.image.id)).collect()
}

/// The id of an image.
pub fn image(platform: &Platform, name: &str) -> String {
    let images = images(platform);
    images
        .iter()
        .find(|(one, _)| one == name)
        .unwrap_or_else(|| panic!("{name} is not in {images:?}"))
        .1
        .clone()
}

/// How a risk stands in an image.
pub fn state(platform: &Platform, image: &str, risk: &str) -> String {
    let standings = platform.fleet().standings(image);
    standings.get(risk).map_or("none", |standing| standing.state.as_str()).to_owned()
}

/// A document, for reading.
pub fn value(of: &impl serde::Serialize) -> Value {
    serde_json::to_value(of).expect("JSON")
}
