//! The same against a registry that others wrote: Debian's `docker-registry`. Skipped where it is not installed.

use super::*;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

pub struct Registry {
    child: Child,
    pub address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Drop for Registry {
    fn drop(&mut self) {
        // It may be dead already; then the test has failed for that.
        let (_, _) = (self.child.kill(), self.child.wait());
    }
}

#[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
fn say_skipped(why: &std::io::Error) {
    eprintln!("skipped: docker-registry cannot be run: {why}");
}

/// Starts it on a free port with the user `user` and the password `secret`; `None` when it is not installed.
pub fn start() -> Option<Registry> {
    start_with("")
}

/// With more lines in its configuration.
pub fn start_with(more: &str) -> Option<Registry> {
    let folder = tempfile::tempdir().expect("a folder");
    let address =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port");
    let users = folder.path().join("users");
    // bcrypt of `secret`.
    std::fs::write(&users, "user:$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW\n")
        .expect("a file");
    let config = folder.path().join("config.yml");
    let text = format!(
        "version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {}\n  delete:\n    enabled: true\nhttp:\n  addr: {address}\nauth:\n  htpasswd:\n    realm: test\n    path: {}\n{more}",
        folder.path().join("data").display(),
        users.display()
    );
    std::fs::write(&config, text).expect("a file");
    let child = Command::new("docker-registry")
        .arg("serve")
        .arg(&config)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => {
            say_skipped(&error);
            return None;
        }
    };
    let log = BufReader::new(child.stderr.take().expect("piped"));
    let registry = Registry { child, address, _folder: folder };
    let (ready, is_ready) = std::sync::mpsc::channel();
    // Read to the end, or it blocks when the pipe is full.
    std::thread::spawn(move || {
        for line in log.lines().map_while(Result::ok) {
            if line.contains("listening on") {
                let _ = ready.send(());
            }
        }
    });
    is_ready.recv_timeout(Duration::from_secs(30)).expect("docker-registry starts listening");
    Some(registry)
}

fn client() -> &'static reqwest::blocking::Client {
    static CLIENT: OnceLock<reqwest::blocking::Client> = OnceLock::new();
    CLIENT.get_or_init(|| {
        install_tls();
        reqwest::blocking::Client::builder().no_proxy().build().expect("a client")
    })
}

/// Deletes a manifest as the distribution spec says.
pub fn delete(registry: &Registry, repository: &str, digest: &str) {
    let url = format!("http://{}/v2/{repository}/manifests/{digest}", registry.address);
    let answer = client().delete(url).basic_auth("user", Some("secret")).send().expect("an answer");
    assert_eq!(answer.status().as_u16(), 202);
}

/// Takes a blob over from another repository (OCI distribution spec 1.1, "Mounting a blob from another repository").
pub fn mount(registry: &Registry, repository: &str, from: &str, digest: &str) {
    let base = format!("http://{}/v2/{repository}/blobs/uploads/", registry.address);
    let request = client().post(format!("{base}?mount={digest}&from={from}"));
    let answer = request.basic_auth("user", Some("secret")).send().expect("an answer");
    assert_eq!(answer.status().as_u16(), 201);
}

/// Pushes a blob or a manifest as the distribution spec says.
pub fn push(registry: &Registry, repository: &str, path: &str, media_type: &str, bytes: &[u8]) {
    let client = client();
    let base = format!("http://{}/v2/{repository}", registry.address);
    let sign = |request: reqwest::blocking::RequestBuilder| request.basic_auth("user", Some("secret"));
    let url = if path == "blobs" {
        let begun = sign(client.post(format!("{base}/blobs/uploads/"))).send().expect("an answer");
        assert_eq!(begun.status().as_u16(), 202);
        let location = begun.headers()["location"].to_str().expect("text");
        let mut url = begun.url().join(location).expect("a url");
        url.query_pairs_mut().append_pair("digest", &digest(bytes));
        url.to_string()
    } else {
        format!("{base}/{path}")
    };
    let request = sign(client.put(url)).header("content-type", media_type).body(bytes.to_vec());
    assert_eq!(request.send().expect("an answer").status().as_u16(), 201, "{path}");
}

#[test]
fn an_image_is_pulled_from_docker_registry() {
    let Some(registry) = start() else { return };
    let layer: Vec<u8> = layer_bytes().iter().cycle().take(8 << 20).copied().collect();
    let mut content = Content::default();
    let image = content.add_image("v1", "amd64", &layer);
    let index = format!(
        r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[{{"digest":"{image}","size":{},"mediaType":"{}","platform":{{"os":"linux","architecture":"amd64"}}}}]}}"#,
        content.0["manifests/v1"].1.len(),
        fake::MANIFEST
    );
    for (path, (media_type, bytes)) in content.0.iter().filter(|(path, _)| path.starts_with("blobs")) {
        push(&registry, "team/app", path.split('/').next().unwrap_or_default(), media_type, bytes);
    }
    push(&registry, "team/app", "manifests/v1", fake::MANIFEST, &content.0["manifests/v1"].1);
    push(&registry, "team/app", "manifests/all", INDEX, index.as_bytes());

    let signed = user("user", "secret");
    for name in ["team/app:v1".to_owned(), "team/app:all".to_owned(), format!("team/app@{image}")] {
        let reference = Reference::parse(&format!("{}/{name}", registry.address)).expect("a reference");
        let bytes = pull(&reference, &signed).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(bytes == layer, "{name}");
    }
    let reference =
        |name: &str| Reference::parse(&format!("{}/{name}", registry.address)).expect("a reference");
    assert_fails(pull(&reference("team/app:v2"), &signed), "MANIFEST_UNKNOWN");
    assert_fails(pull(&reference("team/other:v1"), &signed), "404");
    assert_fails(pull(&reference("team/app:v1"), &user("user", "wrong")), "refused the sign-in of user");
    assert_fails(pull(&reference("team/app:v1"), &Options::default()), "needs a user name");
}
