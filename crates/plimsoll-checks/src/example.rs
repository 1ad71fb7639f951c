//! Images written in a few lines, for tests: files with modes, links, packages, a config.

use plimsoll_model::{
    Component, Contents, Entry, EntryKind, Fact, File, History, ImageConfig, Installed, OsRelease, PurlType,
    Sighting,
};
use serde_json::Value;

/// An image of rows: `PATH [MODE [UID:GID]]`, `PATH/ …` for a folder, `PATH -> TARGET`, `package NAME`, `os`, `config`
/// (its text is JSON as OCI writes a config).
pub(crate) fn image(rows: &[(&str, &str)]) -> (Contents, ImageConfig) {
    let mut contents = Contents::default();
    let mut config = ImageConfig::default();
    for &(name, text) in rows {
        let words: Vec<&str> = name.split_whitespace().collect();
        match words.as_slice() {
            ["config"] => config = self::config(&serde_json::from_str(text).expect("a config is JSON")),
            ["os"] => {
                let mut ids = text.split_whitespace().map(str::to_owned);
                let id = ids.next().unwrap_or_default();
                contents.os = Some(OsRelease { id, like: ids.collect(), ..OsRelease::default() });
            }
            ["package", name] => contents.components.push(Installed {
                component: Component::new(PurlType::Deb, "", name, "1"),
                found_by: "dpkg".into(),
                paths: vec!["/var/lib/dpkg/status".into()],
                layer: 0,
                owned_by: None,
                present: true,
            }),
            [path, "->", target] => push(&mut contents, path, EntryKind::Symlink, (0o777, 0, 0), target, ""),
            [path, rest @ ..] => {
                let kind = if path.ends_with('/') { EntryKind::Dir } else { EntryKind::File };
                let usual = if kind == EntryKind::Dir { 0o755 } else { 0o644 };
                let mode =
                    rest.first().map_or(usual, |mode| u32::from_str_radix(mode, 8).expect("an octal mode"));
                let owner = rest.get(1).and_then(|owner| owner.split_once(':')).unwrap_or(("0", "0"));
                let number = |text: &str| text.parse().expect("a number");
                let meta = (mode, number(owner.0), number(owner.1));
                push(&mut contents, path.trim_end_matches('/'), kind, meta, "", text);
            }
            [] => {}
        }
    }
    contents.files.sort_by(|one, other| one.entry.path.cmp(&other.entry.path));
    contents.files.dedup_by(|one, other| one.entry.path == other.entry.path);
    contents.sightings.sort_by(|one, other| one.path.cmp(&other.path));
    (contents, config)
}

fn push(
    contents: &mut Contents,
    path: &str,
    kind: EntryKind,
    (mode, uid, gid): (u32, u32, u32),
    link: &str,
    text: &str,
) {
    // Later rows replace earlier ones.
    contents.files.retain(|file| file.entry.path != path);
    contents.sightings.retain(|seen| seen.path != path);
    let entry = Entry {
        path: path.to_owned(),
        kind,
        mode,
        uid,
        gid,
        size: text.len() as u64,
        link: link.to_owned(),
        mtime: 0,
        capability: (text == "CAP_SYS_ADMIN").then(|| vec![1, 0, 0, 2, 0, 0, 0x20, 0]),
        sha256: None,
    };
    if kind == EntryKind::File && !text.is_empty() {
        contents.sightings.push(Sighting {
            fact: Fact::Text(text.as_bytes().to_vec()),
            found_by: "settings".into(),
            path: path.to_owned(),
            inner_path: String::new(),
            layer: 0,
            entry: 0,
            mode,
            uid,
            gid,
            present: true,
            owned_by: None,
            unchanged: false,
        });
    }
    contents.files.push(File { entry, layer: 0 });
}

/// A config as OCI writes it, `{"config": {"User": …}, "history": […]}`.
pub(crate) fn config(document: &Value) -> ImageConfig {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let inner = &document["config"];
    let texts = |value: &Value| -> Vec<String> { value.as_array().into_iter().flatten().map(text).collect() };
    let keys = |value: &Value| -> Vec<String> {
        value.as_object().into_iter().flat_map(|map| map.keys().cloned()).collect()
    };
    ImageConfig {
        created: document["created"].as_str().map(str::to_owned),
        user: text(&inner["User"]),
        env: texts(&inner["Env"]),
        cmd: texts(&inner["Cmd"]),
        entrypoint: texts(&inner["Entrypoint"]),
        working_dir: text(&inner["WorkingDir"]),
        exposed_ports: keys(&inner["ExposedPorts"]),
        volumes: keys(&inner["Volumes"]),
        labels: inner["Labels"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.clone(), text(value)))
            .collect(),
        healthcheck: texts(&inner["Healthcheck"]["Test"]),
        on_build: texts(&inner["OnBuild"]),
        history: document["history"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|step| History {
                created: None,
                created_by: text(&step["created_by"]),
                comment: text(&step["comment"]),
                empty_layer: step["empty_layer"].as_bool().unwrap_or(false),
            })
            .collect(),
        ..ImageConfig::default()
    }
}
