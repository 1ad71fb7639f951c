//! Which streams of packages an image takes: Ubuntu Pro's services, Red Hat's content sets, the repositories that dnf
//! installed from.

use super::{Analyzer, File, Findings, sqlite, text};
use plimsoll_model::{Component, Entry, Fact, PurlType};
use serde::Deserialize;

/// Ubuntu Pro: `var/lib/ubuntu-advantage/status.json`, and apt's password for its archives, which only an attached
/// system has. (Its sources alone say nothing: some releases bring them, switched off.)
pub(super) struct UbuntuPro;

impl Analyzer for UbuntuPro {
    fn name(&self) -> &'static str {
        "ubuntu-pro"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, _head: &[u8]) -> bool {
        entry.path.ends_with("/var/lib/ubuntu-advantage/status.json")
            || entry.path.starts_with("/etc/apt/auth.conf.d/")
            || entry.path == "/etc/apt/auth.conf"
    }

    fn read(&self, file: &File<'_>) -> Findings {
        if file.entry.path.ends_with(".json") {
            return said(parse_pro_status(file.content));
        }
        said(Ok(parse_apt_auth(file.content)))
    }
}

/// The channels, if there are any, or why they are not known.
fn said(channels: Result<Vec<String>, String>) -> Findings {
    let mut found = Findings::default();
    match channels {
        Ok(channels) if channels.is_empty() => {}
        Ok(channels) => found.facts.push((String::new(), Fact::Channels(channels))),
        Err(reason) => found.unread.push((String::new(), reason)),
    }
    found
}

/// The services that are enabled (`pro status --format json`).
pub(crate) fn parse_pro_status(content: &[u8]) -> Result<Vec<String>, String> {
    #[derive(Deserialize)]
    struct Status {
        #[serde(default)]
        services: Vec<Service>,
    }
    #[derive(Deserialize)]
    struct Service {
        #[serde(default)]
        name: String,
        #[serde(default)]
        status: String,
    }
    let status: Status = text::json(content)?;
    let enabled = status.services.into_iter().filter(|service| service.status == "enabled");
    Ok(enabled.map(|service| service.name).filter(|name| !name.is_empty()).collect())
}

/// The services of Ubuntu Pro that apt has a password for: `machine esm.ubuntu.com/infra/ubuntu/ login …`
/// (apt_auth.conf(5)). The passwords are not kept.
pub(crate) fn parse_apt_auth(content: &[u8]) -> Vec<String> {
    let mut services: Vec<String> = Vec::new();
    for line in String::from_utf8_lossy(content).lines() {
        let mut words = line.split_whitespace();
        let Some(("machine", machine)) = words.next().zip(words.next()) else { continue };
        let machine = machine.trim_start_matches("https://");
        let service = match machine.strip_prefix("esm.ubuntu.com/") {
            Some(rest) if rest.starts_with("infra/") || rest.starts_with("ubuntu") => "esm-infra",
            Some(rest) if rest.starts_with("apps/") => "esm-apps",
            Some(rest) if rest.starts_with("fips") => "fips",
            _ => continue,
        };
        if !services.iter().any(|known| known == service) {
            services.push(service.to_owned());
        }
    }
    services
}

/// Dnf's history: the repositories its packages came from, in the words of `dnf repolist`. Which package came from which
/// is left out: the packages' vendors tell who made them.
pub(super) struct DnfHistory;

/// Repositories of one history.
const MAX_REPOSITORIES: usize = 10_000;

impl Analyzer for DnfHistory {
    fn name(&self) -> &'static str {
        "dnf-history"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, _head: &[u8]) -> bool {
        // Of dnf 4 and microdnf, of dnf 5, of yum.
        entry.path.ends_with("/var/lib/dnf/history.sqlite")
            || entry.path.ends_with("/libdnf5/transaction_history.sqlite")
            || is_yum_origin(&entry.path)
    }

    fn read(&self, file: &File<'_>) -> Findings {
        if is_yum_origin(&file.entry.path) {
            let name = String::from_utf8_lossy(&file.content[..file.content.len().min(256)]);
            return said(Ok(repositories(vec![name.trim().to_owned()])));
        }
        said(parse_history(file.content))
    }
}

/// `var/lib/yum/yumdb/b/HASH-bash-4.2.46-34.el7-x86_64/from_repo`
fn is_yum_origin(path: &str) -> bool {
    path.ends_with("/from_repo") && path.contains("/var/lib/yum/yumdb/")
}

/// The repositories of what was ever installed; both editions of the history have these tables.
pub(crate) fn parse_history(content: &[u8]) -> Result<Vec<String>, String> {
    let query = "SELECT DISTINCT repo.repoid FROM repo JOIN trans_item ON trans_item.repo_id = repo.id";
    let rows = sqlite::rows(content, &["repo", "trans_item"], query, MAX_REPOSITORIES)?;
    Ok(repositories(rows.into_iter().flatten().collect()))
}

/// Without dnf's words for what came from none: `@System`, `@commandline`.
fn repositories(mut names: Vec<String>) -> Vec<String> {
    names.retain(|name| !name.is_empty() && !name.starts_with(['@', '(', '/']));
    names
}

/// Red Hat's build information: the content sets an image was built from, and the image as a component of its own.
pub(super) struct RedHatBuild;

impl Analyzer for RedHatBuild {
    fn name(&self) -> &'static str {
        "redhat-build"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, _head: &[u8]) -> bool {
        build_file(&entry.path).is_some()
    }

    fn read(&self, file: &File<'_>) -> Findings {
        match build_file(&file.entry.path) {
            Some(BuildFile::ContentSets) => said(parse_content_sets(file.content)),
            Some(BuildFile::Labels) => Findings::of(parse_labels(file.content)),
            Some(BuildFile::Dockerfile) => {
                Findings::of(Ok(parse_dockerfile(file.entry.file_name(), file.content).into_iter().collect()))
            }
            None => Findings::default(),
        }
    }
}

enum BuildFile {
    ContentSets,
    Dockerfile,
    Labels,
}

fn build_file(path: &str) -> Option<BuildFile> {
    let (folder, name) = path.rsplit_once('/')?;
    match folder {
        "/root/buildinfo" if name == "labels.json" => Some(BuildFile::Labels),
        "/root/buildinfo" if name.starts_with("Dockerfile-") => Some(BuildFile::Dockerfile),
        "/usr/share/buildinfo" if name == "labels.json" => Some(BuildFile::Labels),
        "/root/buildinfo/content_manifests" | "/usr/share/buildinfo" if name.ends_with(".json") => {
            Some(BuildFile::ContentSets)
        }
        _ => None,
    }
}

/// `content_sets` of a content manifest.
pub(crate) fn parse_content_sets(content: &[u8]) -> Result<Vec<String>, String> {
    #[derive(Deserialize)]
    struct Manifest {
        #[serde(default)]
        content_sets: Vec<String>,
    }
    Ok(text::json::<Manifest>(content)?.content_sets)
}

/// The image itself, as its labels name it.
pub(crate) fn parse_labels(content: &[u8]) -> Result<Vec<Component>, String> {
    let labels: std::collections::HashMap<String, serde_json::Value> = text::json(content)?;
    let label = |name: &str| labels.get(name).and_then(|value| value.as_str());
    Ok(image(&label).into_iter().collect())
}

fn image<'a>(label: &dyn Fn(&str) -> Option<&'a str>) -> Option<Component> {
    let text = |name: &str| label(name).map(str::trim).filter(|value| !value.is_empty());
    let (name, version) = (text("com.redhat.component")?, text("version")?);
    let version = text("release").map_or(version.to_owned(), |release| format!("{version}-{release}"));
    let mut component = Component::new(PurlType::Generic, "", name, &version);
    component.arch = text("architecture").map(str::to_owned);
    component.vendor = Some(text("vendor").unwrap_or("Red Hat, Inc.").to_owned());
    Some(component)
}

/// The image itself, as the labels of the Dockerfile it was built from name it. What the labels leave to the build is
/// in the file's name: `Dockerfile-ubi8-8.10-1054`.
pub(crate) fn parse_dockerfile(file_name: &str, content: &[u8]) -> Option<Component> {
    let content = String::from_utf8_lossy(content).replace("\\\r\n", " ").replace("\\\n", " ");
    let mut labels: Vec<(String, String)> = Vec::new();
    for line in content.lines() {
        let line = line.trim();
        let Some((instruction, rest)) = line.split_once(char::is_whitespace) else { continue };
        if instruction.eq_ignore_ascii_case("LABEL") {
            labels.extend(pairs(rest));
        }
    }
    let named = file_name.strip_prefix("Dockerfile-").unwrap_or("");
    let mut parts = named.rsplitn(3, '-');
    let (release, version) = (parts.next(), parts.next());
    let label = |name: &str| {
        let stated = labels.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let stated = stated.filter(|value| !value.contains('$'));
        match name {
            "version" => version.or(stated),
            "release" => release.or(stated),
            _ => stated,
        }
    };
    image(&label)
}

/// `key=value` pairs of a LABEL, either side in quotes or not.
fn pairs(mut rest: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    while let Some((key, after)) = rest.split_once('=') {
        let quote = after.chars().next().filter(|first| matches!(first, '"' | '\''));
        let (value, more) = match quote {
            Some(quote) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
            None => after.split_once(char::is_whitespace).unwrap_or((after, "")),
        };
        out.push((key.trim().trim_matches(['"', '\'']).to_owned(), value.to_owned()));
        rest = more;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, read_wanted, survives, wants};
    use super::*;

    #[track_caller]
    fn check_channels(analyzer: &dyn Analyzer, path: &str, content: impl AsRef<[u8]>, expected: &[&str]) {
        let content = content.as_ref();
        let found = read_wanted(analyzer, path, content);
        let channels: Vec<&String> = found
            .facts
            .iter()
            .flat_map(|(_, fact)| match fact {
                Fact::Channels(channels) => channels,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(channels, expected, "{path}");
        survives(analyzer, path, content);
    }

    #[test]
    fn ubuntu_pro_is_known_by_its_services_and_passwords() {
        let status = r#"{"attached":true,"services":[{"name":"esm-infra","status":"enabled","entitled":"yes"},
            {"name":"esm-apps","status":"disabled"},{"name":"livepatch","status":"n/a"}]}"#;
        check_channels(&UbuntuPro, "/var/lib/ubuntu-advantage/status.json", status, &["esm-infra"]);
        check_channels(&UbuntuPro, "/var/lib/ubuntu-advantage/status.json", r#"{"attached":false}"#, &[]);
        let auth = "machine esm.ubuntu.com/infra/ubuntu/ login bearer password SECRET  # x\n\
            machine esm.ubuntu.com/apps/ubuntu/ login bearer password SECRET\nmachine example.org login a password b\n";
        check_channels(
            &UbuntuPro,
            "/etc/apt/auth.conf.d/90ubuntu-advantage",
            auth,
            &["esm-infra", "esm-apps"],
        );
    }

    #[test]
    fn repositories_of_dnf_are_read() {
        let db = sqlite::made(
            "CREATE TABLE repo (id INTEGER PRIMARY KEY, repoid TEXT);
             CREATE TABLE trans_item (id INTEGER PRIMARY KEY, item_id INTEGER, repo_id INTEGER);
             INSERT INTO repo VALUES (1, 'rhel-9-for-x86_64-baseos-eus-rpms'), (2, '@System'), (3, 'unused'), (4, '');
             INSERT INTO trans_item (item_id, repo_id) VALUES (1, 1), (2, 1), (3, 2), (4, 4);",
        );
        for path in ["/var/lib/dnf/history.sqlite", "/usr/lib/sysimage/libdnf5/transaction_history.sqlite"] {
            check_channels(&DnfHistory, path, &db, &["rhel-9-for-x86_64-baseos-eus-rpms"]);
        }
        let origin = "/var/lib/yum/yumdb/b/abc-bash-4.2.46-34.el7-x86_64/from_repo";
        check_channels(&DnfHistory, origin, b"rhel-7-server-eus-rpms", &["rhel-7-server-eus-rpms"]);
        check_channels(&DnfHistory, origin, b"@commandline\n", &[]);
        assert_eq!(
            super::super::testing::read(&DnfHistory, "/var/lib/dnf/history.sqlite", b"x").unread.len(),
            1
        );
    }

    #[test]
    fn content_sets_are_read() {
        let manifest = r#"{"metadata":{"icm_version":1},"from_dnf_hint":true,
            "content_sets":["rhel-9-for-x86_64-baseos-eus-rpms","rhel-9-for-x86_64-appstream-rpms"],"image_contents":[]}"#;
        let expected = ["rhel-9-for-x86_64-baseos-eus-rpms", "rhel-9-for-x86_64-appstream-rpms"];
        for path in [
            "/root/buildinfo/content_manifests/ubi9-container-9.4-1.json",
            "/usr/share/buildinfo/content-sets.json",
        ] {
            check_channels(&RedHatBuild, path, manifest, &expected);
        }
    }

    #[test]
    fn the_image_itself_is_read() {
        let labels = r#"{"architecture":"x86_64","com.redhat.component":"ubi9-container","version":"9.6","release":"17"}"#;
        check(&RedHatBuild, "/root/buildinfo/labels.json", labels, &["ubi9-container 9.6-17"]);
        check(&RedHatBuild, "/usr/share/buildinfo/labels.json", "{}", &[]);
        let dockerfile = "FROM x\nLABEL com.redhat.component=\"ubi8-container\" \\\n  \"architecture\"=\"x86_64\" \\\n  \
            version=\"${V}\" summary=\"a = b\"\nLABEL name=ubi8\n";
        let path = "/root/buildinfo/Dockerfile-ubi8-8.10-1054";
        check(&RedHatBuild, path, dockerfile, &["ubi8-container 8.10-1054"]);
        let found = parse_dockerfile("Dockerfile-ubi8-8.10-1054", dockerfile.as_bytes());
        assert_eq!(found.and_then(|component| component.arch).as_deref(), Some("x86_64"));
        check(&RedHatBuild, path, "FROM x\n", &[]);
        survives(&RedHatBuild, path, dockerfile.as_bytes());
        survives(&RedHatBuild, "/root/buildinfo/labels.json", labels.as_bytes());
        assert!(!wants(&RedHatBuild, "/app/Dockerfile-x", b""));
    }
}
