//! Images of the docker and podman daemons: fetched through their socket as a docker archive.

use crate::archive::Archive;
use crate::registry::{find, innermost, install_tls, is_loopback};
use crate::store::Store;
use crate::{Image, ImageError, Options, docker};
use plimsoll_model::Limits;
use reqwest::Url;
use reqwest::blocking::{Client, Response};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// A daemon takes its time to pack a large image before the first byte.
const PATIENCE: Duration = Duration::from_secs(300);
/// Bytes of a refusal that are read to say why.
const MOST_REFUSAL: u64 = 16 << 10;
/// Longest file of a docker context.
const MOST_CONTEXT: u64 = 1 << 20;

/// What helps when a daemon is out of reach.
const EXPORT_HINT: &str = "export the image with `docker save` and scan docker-archive:FILE";

/// Which daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DaemonKind {
    Docker,
    Podman,
}

impl fmt::Display for DaemonKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DaemonKind::Docker => "the docker daemon",
            DaemonKind::Podman => "podman",
        })
    }
}

/// The images a daemon has under this name (or id).
pub(crate) fn open(kind: DaemonKind, name: &str, options: &Options) -> Result<Vec<Image>, ImageError> {
    let address =
        address(kind, &Environment::of_process()).map_err(|(why, hint)| failure(kind, why, hint))?;
    let file = export(kind, &address, name, options)?;
    let archive = Archive::of_file(file, &format!("the export of {name}"), &options.limits)?;
    docker::open(&Store::Archive(Arc::new(archive)), name, options)
}

/// Where a daemon listens.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Address {
    Socket(PathBuf),
    /// `http://host:port`.
    Web(Url),
}

/// What of the environment tells where the daemon listens.
struct Environment {
    variable: fn(&str) -> Option<String>,
    home: Option<PathBuf>,
    /// Of the system: `/`; another one in tests.
    root: PathBuf,
}

impl Environment {
    fn of_process() -> Environment {
        Environment {
            variable: |name| std::env::var(name).ok().filter(|value| !value.is_empty()),
            home: std::env::home_dir(),
            root: PathBuf::from("/"),
        }
    }
}

type Refusal = (String, Option<String>);

/// `DOCKER_HOST` or `CONTAINER_HOST`, else docker's current context, else the first socket there is where daemons put
/// theirs, rootful and rootless.
fn address(kind: DaemonKind, environment: &Environment) -> Result<Address, Refusal> {
    let variable = environment.variable;
    let named = match kind {
        DaemonKind::Docker => match variable("DOCKER_HOST") {
            Some(host) => Some(host),
            None => docker_context(environment)?,
        },
        DaemonKind::Podman => variable("CONTAINER_HOST"),
    };
    if let Some(named) = named {
        let address = parse_address(&named)?;
        if matches!(address, Address::Web(_)) && variable("DOCKER_TLS_VERIFY").is_some() {
            let why = format!("is at {named} behind client certificates, which we do not show");
            return Err((why, Some(EXPORT_HINT.to_owned())));
        }
        return Ok(address);
    }
    let run = variable("XDG_RUNTIME_DIR").map(PathBuf::from);
    let (root, home) = (&environment.root, &environment.home);
    let places: Vec<Option<PathBuf>> = match kind {
        DaemonKind::Docker => vec![
            Some(root.join("var/run/docker.sock")),
            run.map(|run| run.join("docker.sock")),
            home.as_ref().map(|home| home.join(".docker/run/docker.sock")),
            home.as_ref().map(|home| home.join(".docker/desktop/docker.sock")),
        ],
        DaemonKind::Podman => {
            vec![run.map(|run| run.join("podman/podman.sock")), Some(root.join("run/podman/podman.sock"))]
        }
    };
    let places: Vec<PathBuf> = places.into_iter().flatten().collect();
    if let Some(path) = places.iter().find(|path| path.exists()) {
        return Ok(Address::Socket(path.clone()));
    }
    let listed = places.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
    let hint = match kind {
        DaemonKind::Docker => "start docker, or name its socket with DOCKER_HOST=unix:///path",
        DaemonKind::Podman => {
            "start it with `systemctl --user start podman.socket`, or name it with CONTAINER_HOST=unix:///path"
        }
    };
    Err((format!("has no socket at {listed}"), Some(hint.to_owned())))
}

/// Reads `unix:///path`, `tcp://host:port` or `http://host:port`.
fn parse_address(text: &str) -> Result<Address, Refusal> {
    if let Some(path) = text.strip_prefix("unix://") {
        return Ok(Address::Socket(PathBuf::from(path)));
    }
    let host = text.strip_prefix("tcp://").or_else(|| text.strip_prefix("http://"));
    let url = host.and_then(|host| Url::parse(&format!("http://{}/", host.trim_end_matches('/'))).ok());
    let Some(mut url) = url else {
        let shown: String = text.chars().take(100).collect();
        return Err((
            format!("is at {shown}, which is neither unix:// nor tcp://"),
            Some(EXPORT_HINT.to_owned()),
        ));
    };
    if url.port().is_none() && !text.trim_end_matches('/').ends_with(":80") {
        // Docker's port without TLS. An http address always takes a port.
        let _ = url.set_port(Some(2375));
    }
    Ok(Address::Web(url))
}

/// The address of docker's current context (docker context, "How do contexts work"): named in `DOCKER_CONTEXT` or
/// config.json, kept under the SHA-256 of its name.
fn docker_context(environment: &Environment) -> Result<Option<String>, Refusal> {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Config {
        current_context: Option<String>,
    }
    let variable = environment.variable;
    let folder = variable("DOCKER_CONFIG").map(PathBuf::from);
    let Some(folder) = folder.or_else(|| environment.home.as_ref().map(|home| home.join(".docker"))) else {
        return Ok(None);
    };
    // A file that is missing or unreadable names no context, as for docker itself.
    let config: Config = read_bounded(&folder.join("config.json"))
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default();
    let name = variable("DOCKER_CONTEXT").or(config.current_context);
    let Some(name) = name.filter(|name| !name.is_empty() && name != "default") else { return Ok(None) };
    let key = hex::encode(Sha256::digest(name.as_bytes()));
    let meta = read_bounded(&folder.join("contexts/meta").join(key).join("meta.json"));
    match meta.and_then(|bytes| parse_context(&bytes)) {
        Some(host) => Ok(Some(host)),
        None => Err((
            format!("is said to be in the context {name}, which says no address"),
            Some("choose another with `docker context use`, or set DOCKER_HOST".to_owned()),
        )),
    }
}

fn parse_context(bytes: &[u8]) -> Option<String> {
    let meta: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    meta.pointer("/Endpoints/docker/Host")?.as_str().map(str::to_owned)
}

/// Has the daemon pack the image and keeps it in a file without a name.
fn export(kind: DaemonKind, address: &Address, name: &str, options: &Options) -> Result<File, ImageError> {
    let client = client(kind, address, options)?;
    let url = export_url(address, name).map_err(|why| failure(kind, why, None))?;
    let response = client.get(url).send().map_err(|error| unreachable(kind, address, &error))?;
    if !response.status().is_success() {
        return Err(refusal(kind, name, response));
    }
    let file_error = |source| ImageError::File { path: std::env::temp_dir(), source };
    let mut file = tempfile::tempfile().map_err(file_error)?;
    copy(kind, name, response, &mut file, &options.limits)?;
    file.rewind().map_err(file_error)?;
    Ok(file)
}

fn client(kind: DaemonKind, address: &Address, options: &Options) -> Result<Client, ImageError> {
    install_tls();
    // No certificate is needed for a socket or plain http, and where there are none no client could be made.
    let builder =
        Client::builder().tls_certs_only([]).no_proxy().no_gzip().connect_timeout(Duration::from_secs(10));
    let builder = builder.redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE);
    let builder = match address {
        Address::Socket(path) => builder.unix_socket(path.as_path()),
        Address::Web(url) => {
            let host = url.host_str().unwrap_or_default();
            if options.offline && !is_loopback(host) {
                return Err(failure(kind, format!("is at {host}, which is not asked: offline"), None));
            }
            builder
        }
    };
    builder.build().map_err(|error| failure(kind, format!("cannot be asked: {}", innermost(&error)), None))
}

/// `GET /images/{name}/get` (Docker Engine API 1.24 and later, "Export an image"; podman answers the same).
fn export_url(address: &Address, name: &str) -> Result<Url, String> {
    let base = match address {
        Address::Socket(_) => "http://localhost/".to_owned(),
        Address::Web(url) => url.to_string(),
    };
    let is_valid = |c: char| c.is_ascii_alphanumeric() || "._-/:@[]".contains(c);
    if name.is_empty()
        || !name.chars().all(is_valid)
        || name.split('/').any(|part| matches!(part, "" | "." | ".."))
    {
        return Err(format!("knows no image by the name `{}`", name.chars().take(200).collect::<String>()));
    }
    Url::parse(&format!("{base}images/{name}/get")).map_err(|error| format!("cannot be asked: {error}"))
}

fn copy(
    kind: DaemonKind,
    name: &str,
    mut from: impl Read,
    to: &mut File,
    limits: &Limits,
) -> Result<(), ImageError> {
    let mut buffer = vec![0; 256 << 10];
    let mut copied = 0_u64;
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => {
                return Err(failure(kind, format!("stopped sending {name}: {}", innermost(&error)), None));
            }
        };
        copied = copied.saturating_add(read as u64);
        limits.check("unpacked-bytes", copied, || format!("the image {name} as {kind} sends it"))?;
        to.write_all(&buffer[..read])
            .map_err(|source| ImageError::File { path: std::env::temp_dir(), source })?;
    }
}

fn unreachable(kind: DaemonKind, address: &Address, error: &reqwest::Error) -> ImageError {
    let at = match address {
        Address::Socket(path) => path.display().to_string(),
        Address::Web(url) => url.to_string(),
    };
    let why = innermost(error);
    let denied = find::<std::io::Error>(error).map(std::io::Error::kind);
    let hint = match denied {
        Some(std::io::ErrorKind::PermissionDenied) => {
            "this user may not use the socket; join its group, or use rootless mode"
        }
        _ => "is the daemon running?",
    };
    failure(kind, format!("cannot be reached at {at}: {why}"), Some(hint.to_owned()))
}

fn refusal(kind: DaemonKind, name: &str, response: Response) -> ImageError {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Said {
        message: String,
    }
    let status = response.status().as_u16();
    let mut body = Vec::new();
    // A body that cannot be read only costs the explanation.
    let _ = response.take(MOST_REFUSAL).read_to_end(&mut body);
    let said: Said = serde_json::from_slice(&body).unwrap_or_default();
    let said: String = said.message.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
    // Docker says 404 to some unknown names and 500 with this text to others.
    let is_unknown = status == 404 || said.to_ascii_lowercase().contains("no such image");
    let pull = match kind {
        DaemonKind::Docker => format!("`docker pull {name}` first, or scan it from its registry"),
        DaemonKind::Podman => format!("`podman pull {name}` first, or scan it from its registry"),
    };
    match is_unknown {
        true => failure(kind, format!("has no image {name}"), Some(pull)),
        false => failure(kind, format!("does not give {name} ({status} {said})"), None),
    }
}

fn failure(kind: DaemonKind, why: String, hint: Option<String>) -> ImageError {
    ImageError::Registry { registry: kind.to_string(), why, hint }
}

fn read_bounded(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(MOST_CONTEXT).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufRead as _;
    use std::os::unix::net::UnixListener;

    fn environment(variable: fn(&str) -> Option<String>, root: &Path) -> Environment {
        Environment { variable, home: Some(root.join("home")), root: root.to_owned() }
    }

    #[test]
    fn daemons_are_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        let nothing: fn(&str) -> Option<String> = |_| None;
        let missing = address(DaemonKind::Docker, &environment(nothing, root)).expect_err("no socket");
        assert!(missing.0.contains("docker.sock") && missing.1.is_some());
        assert!(address(DaemonKind::Podman, &environment(nothing, root)).is_err());

        let put = |path: &str, text: &str| {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            std::fs::write(&path, text).expect("a file");
            path
        };
        let desktop = put("home/.docker/desktop/docker.sock", "");
        assert_eq!(address(DaemonKind::Docker, &environment(nothing, root)), Ok(Address::Socket(desktop)));
        let podman = put("run/podman/podman.sock", "");
        assert_eq!(address(DaemonKind::Podman, &environment(nothing, root)), Ok(Address::Socket(podman)));

        put("home/.docker/config.json", r#"{"currentContext":"colima"}"#);
        let lost = address(DaemonKind::Docker, &environment(nothing, root)).expect_err("no such context");
        assert!(lost.0.contains("colima"));
        let key = hex::encode(Sha256::digest(b"colima"));
        put(
            &format!("home/.docker/contexts/meta/{key}/meta.json"),
            r#"{"Name":"colima","Endpoints":{"docker":{"Host":"unix:///c.sock"}}}"#,
        );
        let context = address(DaemonKind::Docker, &environment(nothing, root));
        assert_eq!(context, Ok(Address::Socket("/c.sock".into())));
        let host: fn(&str) -> Option<String> = |name| (name == "DOCKER_HOST").then(|| "tcp://h:1".to_owned());
        let web = Address::Web(Url::parse("http://h:1/").expect("a url"));
        assert_eq!(address(DaemonKind::Docker, &environment(host, root)), Ok(web));
        assert!(parse_address("ssh://h").is_err());
        assert_eq!(parse_address("tcp://h"), Ok(Address::Web(Url::parse("http://h:2375/").expect("a url"))));
    }

    #[test]
    fn images_are_exported_through_a_socket() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("d.sock");
        let listener = UnixListener::bind(&path).expect("a socket");
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut reader = std::io::BufReader::new(stream);
                let mut first = String::new();
                let mut line = String::new();
                while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                    if first.is_empty() {
                        first = line.clone();
                    }
                    line.clear();
                }
                let (status, body) = match first.split(' ').nth(1) {
                    Some("/images/team/app:v1/get") => (200, "the archive"),
                    Some("/images/busy/get") => (500, r#"{"message":"disk\nfull"}"#),
                    _ => (404, r#"{"message":"No such image: x"}"#),
                };
                let reply = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{body}", body.len());
                let _ = reader.get_mut().write_all(reply.as_bytes());
            }
        });
        let address = Address::Socket(path);
        let export = |name: &str, options: &Options| export(DaemonKind::Docker, &address, name, options);
        let mut text = String::new();
        let file = export("team/app:v1", &Options::default());
        file.unwrap_or_else(|error| panic!("{error}")).read_to_string(&mut text).expect("text");
        assert_eq!(text, "the archive");
        let check = |name: &str, options: &Options, why: &str| {
            let error = export(name, options).expect_err(name);
            assert!(error.to_string().contains(why), "{error}");
        };
        check("gone:v1", &Options::default(), "has no image gone:v1");
        check("busy", &Options::default(), "(500 disk full)");
        check("../info", &Options::default(), "knows no image");
        check("a?b=c", &Options::default(), "knows no image");
        let mut small = Options::default();
        small.limits.unpacked_bytes = 3;
        check("team/app:v1", &small, "unpacked-bytes");
        let options = Options { offline: true, ..Options::default() };
        assert!(export("team/app:v1", &options).is_ok(), "a socket is no network");
        let web = parse_address("tcp://10.0.0.1:2375").expect("an address");
        let error = super::export(DaemonKind::Docker, &web, "a", &options).expect_err("offline");
        assert_eq!(error.to_string(), "the docker daemon is at 10.0.0.1, which is not asked: offline");
        let nowhere = Address::Socket(folder.path().join("nowhere.sock"));
        let error =
            super::export(DaemonKind::Docker, &nowhere, "a", &Options::default()).expect_err("no daemon");
        assert!(error.to_string().contains("cannot be reached at"), "{error}");
    }
}
