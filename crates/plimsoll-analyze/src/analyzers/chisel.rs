//! Chiselled Ubuntu images: `var/lib/chisel/manifest.wall`, which stands in place of dpkg's database.

use super::owned::{OwnedPaths, TRUNCATED};
use super::{Analyzer, File, Findings, unpack};
use plimsoll_model::{Component, Entry, Fact, PurlType};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The analyzer of chisel's manifest.
pub(super) struct Chisel;

/// Bytes of the unpacked manifest: of a whole Ubuntu it has some ten MiB.
const MAX_BYTES: u64 = 256 << 20;

impl Analyzer for Chisel {
    fn name(&self) -> &'static str {
        "chisel"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, head: &[u8]) -> bool {
        // It lies wherever the slice that asks for it says; that of Ubuntu's releases in `var/lib/chisel`.
        entry.path.ends_with("/chisel/manifest.wall")
            || (entry.file_name() == "manifest.wall" && head.starts_with(b"\x28\xB5\x2F\xFD"))
    }

    fn read(&self, file: &File<'_>) -> Findings {
        parse(file.content)
    }
}

/// One line of the manifest (chisel's documentation, "Chisel manifest").
#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    arch: Option<String>,
    #[serde(default)]
    path: String,
    #[serde(default)]
    slices: Vec<String>,
}

/// Reads lines of JSON, packed with Zstandard: packages, slices of them, and the paths of slices.
pub(crate) fn parse(content: &[u8]) -> Findings {
    let mut found = Findings::default();
    let content = match unpack::unpack(content, MAX_BYTES) {
        Ok(content) => content,
        Err(reason) => return Findings { unread: vec![(String::new(), reason)], ..found },
    };
    let mut owned: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut bad = 0;
    for line in content.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
        let Ok(line) = serde_json::from_slice::<Line>(line) else {
            bad += 1;
            continue;
        };
        match line.kind.as_str() {
            "package" if !line.name.is_empty() && !line.version.is_empty() => {
                let mut component = Component::new(PurlType::Deb, "", &line.name, &line.version);
                component.arch = line.arch;
                found.facts.push((String::new(), Fact::Component(component)));
            }
            "path" if !line.path.ends_with('/') => {
                // Slices are called PACKAGE_SLICE, and a package's name has no underscore.
                let package = line.slices.first().and_then(|slice| slice.split('_').next());
                if let Some(package) = package {
                    owned.entry(package.to_owned()).or_default().push(line.path);
                }
            }
            _ => {}
        }
    }
    let mut paths = OwnedPaths::new();
    for (package, files) in owned {
        files.iter().for_each(|path| paths.add("", path));
        found.facts.extend(paths.take(&package, None).map(|fact| (String::new(), fact)));
    }
    if bad > 0 {
        found.unread.push((String::new(), format!("{bad} lines are not JSON as chisel writes it")));
    }
    if paths.truncated {
        found.unread.push((String::new(), TRUNCATED.to_owned()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::testing::{os_lines, read_wanted, survives};
    use super::*;

    const WALL: &str = r#"{"jsonwall":"1.0","schema":"1.0","count":6}
{"kind":"content","slice":"libc6_libs","path":"/usr/lib/libc.so.6"}
{"kind":"package","name":"libc6","version":"2.39-0ubuntu8.3","sha256":"ab","arch":"amd64"}
{"kind":"path","path":"/usr/lib/","mode":"0755","slices":["libc6_libs"]}
{"kind":"path","path":"/usr/lib/libc.so.6","mode":"0644","slices":["libc6_libs"],"sha256":"ab","size":12}
{"kind":"slice","name":"libc6_libs"}
"#;

    #[test]
    fn packages_and_their_files_are_read() {
        let expected = ["libc6 2.39-0ubuntu8.3 amd64", "libc6 owns /usr/lib/libc.so.6"];
        let path = "/var/lib/chisel/manifest.wall";
        assert_eq!(os_lines(&read_wanted(&Chisel, path, &unpack::zstd(WALL.as_bytes()))), expected);
        assert_eq!(os_lines(&parse(WALL.as_bytes())), expected);
        let elsewhere = read_wanted(&Chisel, "/db/manifest.wall", &unpack::zstd(WALL.as_bytes()));
        assert_eq!(os_lines(&elsewhere), expected);
        let bad = parse(b"{\n{\"kind\":\"package\"}\n");
        assert_eq!((bad.facts.len(), bad.unread.len()), (0, 1));
        survives(&Chisel, path, WALL.as_bytes());
        survives(&Chisel, path, &unpack::zstd(WALL.as_bytes()));
    }
}
