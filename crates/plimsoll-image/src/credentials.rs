//! Who signs in: the docker and podman configuration of the user, and credential helpers.

use crate::Credentials;
use base64::Engine as _;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What Docker calls Docker Hub in its files and to its helpers.
const HUB_KEY: &str = "https://index.docker.io/v1/";
/// User name that says the secret is an identity token (docker-credential-helpers, README).
const TOKEN_USER: &str = "<token>";
/// Longest configuration file and helper answer.
const MOST_BYTES: u64 = 4 << 20;
/// How long a helper may take.
const HELPER_TIME: Duration = Duration::from_secs(10);

/// A secret that does not show itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// How to sign in to one registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// With a user name and a password.
    Password(String, Secret),
    /// With a token that buys tokens (OAuth 2 refresh token; Docker calls it identity token).
    Identity(Secret),
}

/// What the user's files say of one registry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// How to sign in; `None` for not at all.
    pub sign_in: Option<SignIn>,
    /// What kept us from knowing better: worth saying only when the registry then refuses.
    pub trouble: Option<String>,
}

/// Where to look, in order of precedence.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// The content of `DOCKER_AUTH_CONFIG`.
    inline: Option<String>,
    /// Configuration files; those missing are passed over.
    files: Vec<PathBuf>,
    /// Where helpers are; `None` for the search path.
    helpers: Option<PathBuf>,
}

impl Secret {
    /// Hides this text.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

impl Places {
    /// Podman's files, then Docker's (containers-auth.json(5), "FORMAT"; docker login, "Credential stores").
    pub fn of_user() -> Places {
        let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
        let docker = folder("DOCKER_CONFIG").or_else(|| home.as_ref().map(|home| home.join(".docker")));
        let config = folder("XDG_CONFIG_HOME").or_else(|| home.as_ref().map(|home| home.join(".config")));
        let files = [
            folder("REGISTRY_AUTH_FILE"),
            folder("XDG_RUNTIME_DIR").map(|run| run.join("containers/auth.json")),
            config.map(|config| config.join("containers/auth.json")),
            docker.map(|docker| docker.join("config.json")),
        ];
        Places {
            inline: std::env::var("DOCKER_AUTH_CONFIG").ok().filter(|text| !text.trim().is_empty()),
            files: files.into_iter().flatten().collect(),
            helpers: None,
        }
    }

    /// Exactly these files, and helpers from this folder.
    #[cfg(test)]
    pub fn of_files(files: &[&Path], helpers: &Path) -> Places {
        let files = files.iter().map(|&path| path.to_owned()).collect();
        Places { inline: None, files, helpers: Some(helpers.to_owned()) }
    }
}

/// How `credentials` signs in to this host (with port) for this repository.
pub fn find(credentials: &Credentials, places: &Places, host: &str, repository: &str) -> Found {
    match credentials {
        Credentials::Anonymous => Found::default(),
        Credentials::User { username, password } => {
            let sign_in = SignIn::Password(username.clone(), Secret::new(password.as_str()));
            Found { sign_in: Some(sign_in), trouble: None }
        }
        Credentials::Home => find_at(places, host, repository),
    }
}

fn find_at(places: &Places, host: &str, repository: &str) -> Found {
    let mut trouble = None;
    let inline = places.inline.iter().map(|text| ("DOCKER_AUTH_CONFIG".to_owned(), Ok(text.clone())));
    let files = places.files.iter().filter_map(|path| {
        let read = read_bounded(path);
        let missing = matches!(&read, Err(error) if error.kind() == std::io::ErrorKind::NotFound);
        (!missing).then(|| (path.display().to_string(), read.map_err(|error| error.to_string())))
    });
    for (name, text) in inline.chain(files) {
        let file = text.and_then(|text| parse_auth_file(text.as_bytes()));
        let found = file.and_then(|file| find_in(&file, places.helpers.as_deref(), host, repository));
        match found {
            Ok(Some(sign_in)) => return Found { sign_in: Some(sign_in), trouble: None },
            Ok(None) => {}
            Err(why) => trouble = trouble.or(Some(format!("{name}: {why}"))),
        }
    }
    Found { sign_in: None, trouble }
}

/// A configuration file of docker or podman.
#[derive(Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default, rename_all = "camelCase")]
pub struct AuthFile {
    auths: Option<BTreeMap<String, Option<AuthEntry>>>,
    creds_store: Option<String>,
    cred_helpers: Option<BTreeMap<String, String>>,
}

#[derive(Default, Deserialize, PartialEq, Eq)]
#[serde(default, rename_all = "lowercase")]
struct AuthEntry {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
}

impl fmt::Debug for AuthEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthEntry(secret)")
    }
}

/// Reads a configuration file of docker or podman. `Err` says why, never what stands in it.
pub fn parse_auth_file(bytes: &[u8]) -> Result<AuthFile, String> {
    serde_json::from_slice(bytes).map_err(|error| {
        format!("not a docker configuration (line {}, column {})", error.line(), error.column())
    })
}

/// Helper of this host, store of all, entries in the file: the first that knows.
fn find_in(
    file: &AuthFile,
    helpers: Option<&Path>,
    host: &str,
    repository: &str,
) -> Result<Option<SignIn>, String> {
    let names = host_names(host);
    let own = file.cred_helpers.iter().flatten().find(|(key, _)| names.contains(&bare_host(key)));
    let helper = own.map(|(_, helper)| helper).or(file.creds_store.as_ref()).filter(|name| !name.is_empty());
    let server = if names.contains(&HUB_HOSTS[0]) { HUB_KEY } else { host };
    let mut trouble = None;
    if let Some(helper) = helper {
        match ask_helper(helpers, helper, server) {
            Ok(Some(sign_in)) => return Ok(Some(sign_in)),
            Ok(None) => {}
            Err(why) => trouble = Some(why),
        }
    }
    for key in keys(&names, repository) {
        let entries = file.auths.iter().flatten().filter(|(written, _)| bare(written) == key);
        for entry in entries.filter_map(|(_, entry)| entry.as_ref()) {
            if let Some(sign_in) = entry.sign_in().map_err(|why| format!("the entry of {key}: {why}"))? {
                return Ok(Some(sign_in));
            }
        }
    }
    trouble.map_or(Ok(None), Err)
}

const HUB_HOSTS: [&str; 3] = ["docker.io", "index.docker.io", "registry-1.docker.io"];

/// The names a host goes by.
fn host_names(host: &str) -> Vec<&str> {
    if HUB_HOSTS.contains(&host) { HUB_HOSTS.to_vec() } else { vec![host] }
}

/// Keys that may hold the sign-in, longest first: `host/a/b`, `host/a`, `host`.
fn keys(hosts: &[&str], repository: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let mut path = repository;
    while !path.is_empty() {
        keys.extend(hosts.iter().map(|host| format!("{host}/{path}")));
        path = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    }
    keys.extend(hosts.iter().map(|&host| host.to_owned()));
    keys
}

/// A key without scheme and without the API version that old Docker wrote behind it.
fn bare(key: &str) -> &str {
    let key = key.strip_prefix("https://").or(key.strip_prefix("http://")).unwrap_or(key);
    let key = key.trim_end_matches('/');
    key.strip_suffix("/v1").or(key.strip_suffix("/v2")).unwrap_or(key)
}

fn bare_host(key: &str) -> &str {
    let key = bare(key);
    key.split_once('/').map_or(key, |(host, _)| host)
}

impl AuthEntry {
    fn sign_in(&self) -> Result<Option<SignIn>, String> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if let Some(token) = given(&self.identitytoken) {
            return Ok(Some(SignIn::Identity(Secret(token))));
        }
        if let Some(auth) = given(&self.auth) {
            let decoded = base64::engine::general_purpose::STANDARD.decode(auth.trim());
            let text = decoded.ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let text = text.ok_or("auth is not base64")?;
            let (user, password) = text.split_once(':').ok_or("auth is not user:password")?;
            // Old Docker ends the password with NUL bytes.
            let password = Secret::new(password.trim_end_matches('\0'));
            return Ok((!user.is_empty()).then(|| SignIn::Password(user.to_owned(), password)));
        }
        let (user, password) = (given(&self.username), given(&self.password));
        Ok(user.zip(password).map(|(user, password)| SignIn::Password(user, Secret(password))))
    }
}

/// Runs `docker-credential-NAME get` (docker-credential-helpers, README). `None`: it knows nothing of this server.
fn ask_helper(folder: Option<&Path>, name: &str, server: &str) -> Result<Option<SignIn>, String> {
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if name.is_empty() || !name.bytes().all(valid) {
        return Err("it names a credential helper that cannot be one".to_owned());
    }
    let program = format!("docker-credential-{name}");
    let path = folder.map_or_else(|| PathBuf::from(&program), |folder| folder.join(&program));
    let (success, output) =
        run(&path, server.as_bytes(), HELPER_TIME).map_err(|why| format!("{program}: {why}"))?;
    if success {
        return parse_helper_answer(&output).map_err(|why| format!("{program}: {why}"));
    }
    // The helpers' protocol tells errors by their text on standard output.
    let text = String::from_utf8_lossy(&output);
    if text.contains("credentials not found") || text.contains("not found in native keychain") {
        return Ok(None);
    }
    Err(format!("{program} failed"))
}

/// Reads a helper's answer. `Err` says why, never what stands in it.
pub fn parse_helper_answer(bytes: &[u8]) -> Result<Option<SignIn>, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer {
        username: String,
        secret: String,
    }
    let answer: Answer = serde_json::from_slice(bytes).map_err(|_| "its answer cannot be read".to_owned())?;
    Ok(match (answer.username.as_str(), answer.secret) {
        (_, secret) if secret.is_empty() => None,
        (TOKEN_USER, secret) => Some(SignIn::Identity(Secret(secret))),
        ("", _) => None,
        (user, secret) => Some(SignIn::Password(user.to_owned(), Secret(secret))),
    })
}

/// Runs a program with this input, for so long at most: did it succeed, and its output.
fn run(program: &Path, input: &[u8], time: Duration) -> Result<(bool, Vec<u8>), String> {
    let deadline = Instant::now() + time;
    let mut child = Command::new(program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("cannot be run: {error}"))?;
    // A host name is shorter than a pipe's buffer, so this cannot block; one that reads nothing is no error.
    if let Some(mut stdin) = child.stdin.take() {
        let _ = stdin.write_all(input);
    }
    let (sender, receiver) = std::sync::mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        std::thread::spawn(move || {
            let mut output = Vec::new();
            let read = stdout.take(MOST_BYTES + 1).read_to_end(&mut output);
            // Nobody listens when the time is over.
            let _ = sender.send(read.map(|_| output));
        });
    }
    let output = receiver.recv_timeout(time);
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break Some(status),
            Ok(None) if output.is_ok() && Instant::now() < deadline => {
                std::thread::park_timeout(Duration::from_millis(5));
            }
            _ => break None,
        }
    };
    let Some(status) = status else {
        let (_, _) = (child.kill(), child.wait());
        return Err(format!("no answer within {} s", time.as_secs_f32()));
    };
    match output {
        Ok(Ok(output)) if output.len() as u64 <= MOST_BYTES => Ok((status.success(), output)),
        Ok(Ok(_)) => Err("its answer is too long".to_owned()),
        Ok(Err(error)) => Err(format!("its answer cannot be read: {error}")),
        Err(_) => Err(format!("no answer within {} s", time.as_secs_f32())),
    }
}

fn read_bounded(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(path)?.take(MOST_BYTES).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn password(user: &str, secret: &str) -> Option<SignIn> {
        Some(SignIn::Password(user.to_owned(), Secret::new(secret)))
    }

    fn helper(folder: &Path, name: &str, script: &str) {
        let path = folder.join(format!("docker-credential-{name}"));
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a file");
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("executable");
    }

    #[test]
    fn entries_are_found_by_host_and_repository() {
        // a:b, c:d, e:f, g:h
        let text = r#"{"auths":{
            "https://index.docker.io/v1/":{"auth":"YTpi"},
            "quay.io":{"auth":"Yzpk"},
            "quay.io/team":{"auth":"ZTpm"},
            "http://localhost:5000/":{"username":"u","password":"p:q"},
            "https://old.io/v2/":{"auth":"Zzpo"},
            "token.io":{"auth":"eDp5","identitytoken":"idt"},
            "empty.io":{},"null.io":null,
            "bad.io":{"auth":"%%%"}},
            "HttpHeaders":{"User-Agent":"x"}}"#;
        let file = parse_auth_file(text.as_bytes()).expect("a configuration");
        let check = |host: &str, repository: &str, expected: Option<SignIn>| {
            assert_eq!(find_in(&file, None, host, repository), Ok(expected), "{host}/{repository}");
        };
        check("docker.io", "library/alpine", password("a", "b"));
        check("quay.io", "other/x", password("c", "d"));
        check("quay.io", "team/x", password("e", "f"));
        check("quay.io", "team", password("e", "f"));
        check("quay.io", "teams/x", password("c", "d"));
        check("localhost:5000", "x", password("u", "p:q"));
        check("localhost", "x", None);
        check("old.io", "x", password("g", "h"));
        check("token.io", "x", Some(SignIn::Identity(Secret::new("idt"))));
        check("empty.io", "x", None);
        check("null.io", "x", None);
        check("evil.io", "quay.io", None);
        let bad = find_in(&file, None, "bad.io", "x");
        assert_eq!(bad, Err("the entry of bad.io: auth is not base64".to_owned()));
    }

    #[test]
    fn files_are_asked_in_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("a file");
            path
        };
        let podman = file("auth.json", r#"{"auths":{"a.io":{"auth":"YTpi"}}}"#);
        let docker = file("config.json", r#"{"auths":{"a.io":{"auth":"Yzpk"},"b.io":{"auth":"ZTpm"}}}"#);
        let broken = file("broken.json", r#"{"auths":{"a.io":{"auth":"SECRET"#);
        let missing = folder.path().join("missing.json");
        let check = |files: &[&Path], host: &str, expected: Option<SignIn>, trouble: &str| {
            let places = Places::of_files(files, folder.path());
            let found = find(&Credentials::Home, &places, host, "x");
            assert_eq!(found.sign_in, expected, "{host}");
            let said = found.trouble.unwrap_or_default();
            assert!(said.contains(trouble) && said.is_empty() == trouble.is_empty(), "{said}");
            assert!(!said.contains("SECRET"), "{said}");
        };
        check(&[&missing, &podman, &docker], "a.io", password("a", "b"), "");
        check(&[&docker, &podman], "a.io", password("c", "d"), "");
        check(&[&podman, &docker], "b.io", password("e", "f"), "");
        check(&[&podman, &docker], "c.io", None, "");
        check(&[&broken, &docker], "b.io", password("e", "f"), "");
        check(&[&broken], "b.io", None, "not a docker configuration");
        check(&[folder.path()], "b.io", None, "directory");

        let places = Places::of_files(&[&podman], folder.path());
        assert_eq!(find(&Credentials::Anonymous, &places, "a.io", "x"), Found::default());
        let given = Credentials::User { username: "u".into(), password: "p".into() };
        assert_eq!(find(&given, &places, "a.io", "x").sign_in, password("u", "p"));
    }

    #[test]
    fn helpers_are_asked() {
        let folder = tempfile::tempdir().expect("a folder");
        let here = folder.path();
        helper(
            here,
            "good",
            r#"read host; echo "{\"ServerURL\":\"$host\",\"Username\":\"$1@$host\",\"Secret\":\"s\"}""#,
        );
        helper(here, "token", r#"cat >/dev/null; echo '{"Username":"<token>","Secret":"idt"}'"#);
        helper(here, "none", "echo 'credentials not found in native keychain'; exit 1");
        helper(here, "fails", "echo 'SECRET'; exit 1");
        helper(here, "babbles", "echo SECRET");
        helper(here, "long", "exec cat /dev/zero");
        let check = |text: &str, host: &str, expected: Result<Option<SignIn>, &str>| {
            let file = parse_auth_file(text.as_bytes()).expect("a configuration");
            let found = find_in(&file, Some(here), host, "x");
            assert_eq!(found, expected.map_err(str::to_owned), "{text}");
        };
        check(r#"{"credsStore":"good"}"#, "a.io", Ok(password("get@a.io", "s")));
        check(r#"{"credsStore":"good"}"#, "docker.io", Ok(password("get@https://index.docker.io/v1/", "s")));
        check(
            r#"{"credsStore":"good","credHelpers":{"a.io":"token"}}"#,
            "a.io",
            Ok(Some(SignIn::Identity(Secret::new("idt")))),
        );
        check(
            r#"{"credsStore":"good","credHelpers":{"a.io":"token"}}"#,
            "b.io",
            Ok(password("get@b.io", "s")),
        );
        check(r#"{"credsStore":"none","auths":{"a.io":{"auth":"YTpi"}}}"#, "a.io", Ok(password("a", "b")));
        check(r#"{"credsStore":"none"}"#, "a.io", Ok(None));
        check(r#"{"credsStore":"fails","auths":{"a.io":{"auth":"YTpi"}}}"#, "a.io", Ok(password("a", "b")));
        check(r#"{"credsStore":"fails"}"#, "a.io", Err("docker-credential-fails failed"));
        check(
            r#"{"credsStore":"babbles"}"#,
            "a.io",
            Err("docker-credential-babbles: its answer cannot be read"),
        );
        check(r#"{"credsStore":"long"}"#, "a.io", Err("docker-credential-long: its answer is too long"));
        check(r#"{"credsStore":"../x"}"#, "a.io", Err("it names a credential helper that cannot be one"));
        check(r#"{"credsStore":""}"#, "a.io", Ok(None));
        let missing = AuthFile { creds_store: Some("missing".to_owned()), ..AuthFile::default() };
        let error = find_in(&missing, Some(here), "a.io", "x").expect_err("there is no such helper");
        assert!(error.starts_with("docker-credential-missing: cannot be run"), "{error}");
    }

    #[test]
    fn a_helper_that_does_not_answer_is_ended() {
        let folder = tempfile::tempdir().expect("a folder");
        // Waits for an input that never ends, and keeps its output open.
        helper(folder.path(), "hangs", "exec tail -f /dev/null");
        let path = folder.path().join("docker-credential-hangs");
        let error = run(&path, b"x", Duration::from_millis(200)).expect_err("it hangs");
        assert_eq!(error, "no answer within 0.2 s");
    }

    #[test]
    fn secrets_do_not_show() {
        let file = parse_auth_file(br#"{"auths":{"a.io":{"auth":"YTpi","password":"PASS"}}}"#).expect("one");
        let shown = format!("{file:?} {:?}", find_in(&file, None, "a.io", ""));
        assert!(!shown.contains("YTpi") && !shown.contains("PASS") && !shown.contains("\"b\""), "{shown}");
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes: Vec<u8>, text in r#"[{}\[\]":,a-z0-9]{0,60}"#) {
            for bytes in [bytes.as_slice(), text.as_bytes()] {
                let _ = parse_helper_answer(bytes);
                if let Ok(file) = parse_auth_file(bytes) {
                    let _ = find_in(&AuthFile { creds_store: None, cred_helpers: None, ..file }, None, "a", "b/c");
                }
            }
        }
    }
}
