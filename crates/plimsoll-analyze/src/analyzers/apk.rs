//! Alpine's package database, also of Wolfi and Chainguard: `lib/apk/db/installed`.

use super::owned::{OwnedPaths, TRUNCATED};
use super::{Analyzer, File, Findings};
use base64::Engine as _;
use plimsoll_model::{Component, Entry, Fact, PurlType, RecordedDigest, Source};

/// The analyzer of apk's database.
pub(super) struct Apk;

impl Analyzer for Apk {
    fn name(&self) -> &'static str {
        "apk"
    }

    fn edition(&self) -> u32 {
        2
    }

    fn wants(&self, entry: &Entry, _head: &[u8]) -> bool {
        // `lib/`, since 2024 `usr/lib/`, and whatever a root file system inside the image is called.
        entry.path.ends_with("/lib/apk/db/installed")
    }

    fn read(&self, file: &File<'_>) -> Findings {
        parse(file.content)
    }
}

/// Reads records `K:value` parted by empty lines (apk-v2(5), "Installed database").
pub(crate) fn parse(content: &[u8]) -> Findings {
    let mut found = Findings::default();
    let mut owned = OwnedPaths::new();
    let mut record = Record::default();
    for line in content.split(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            std::mem::take(&mut record).finish(&mut owned, &mut found);
            continue;
        }
        let [key, b':', value @ ..] = line else { continue };
        let value = String::from_utf8_lossy(value);
        match key {
            b'P' => record.name = value.trim().to_owned(),
            b'V' => record.version = value.trim().to_owned(),
            b'A' => record.arch = text(&value),
            b'L' => record.license = text(&value),
            b'm' => record.maintainer = text(&value),
            b'o' => record.origin = text(&value),
            b'F' => {
                record.add_file(&mut owned);
                record.folder = value.into_owned();
            }
            b'R' => {
                record.add_file(&mut owned);
                record.file = Some((value.into_owned(), None));
            }
            b'Z' => {
                if let Some((_, digest)) = &mut record.file {
                    *digest = checksum(&value);
                }
            }
            _ => {}
        }
    }
    record.finish(&mut owned, &mut found);
    if owned.truncated {
        found.unread.push((String::new(), TRUNCATED.to_owned()));
    }
    if found.facts.is_empty() && !content.trim_ascii().is_empty() {
        found
            .unread
            .push((String::new(), "not an apk database: no record has a name and a version".to_owned()));
    }
    found
}

/// Reads the `.PKGINFO` of an archive: `key = value` lines.
pub(crate) fn parse_info(content: &[u8]) -> Option<Component> {
    let content = String::from_utf8_lossy(content);
    let field = |key: &str| {
        let mut pairs = content.lines().filter_map(|line| line.split_once(" = "));
        pairs.find(|(known, _)| *known == key).and_then(|(_, value)| text(value))
    };
    let record = Record {
        name: field("pkgname")?,
        version: field("pkgver")?,
        arch: field("arch"),
        license: field("license"),
        maintainer: field("maintainer"),
        origin: field("origin"),
        folder: String::new(),
        file: None,
    };
    record.component()
}

#[derive(Default)]
struct Record {
    name: String,
    version: String,
    arch: Option<String>,
    license: Option<String>,
    maintainer: Option<String>,
    origin: Option<String>,
    folder: String,
    /// The last file named, with its checksum, which follows it.
    file: Option<(String, Option<RecordedDigest>)>,
}

/// `Q1` and a SHA-1 in base64, or `Q2` and a SHA-256 in hexadecimal (apk-v2(5), "Checksum").
fn checksum(value: &str) -> Option<RecordedDigest> {
    if let Some(text) = value.strip_prefix("Q1") {
        let bytes = base64::engine::general_purpose::STANDARD.decode(text).ok()?;
        return Some(RecordedDigest::Sha1(bytes.try_into().ok()?));
    }
    RecordedDigest::of_hex(value.strip_prefix("Q2")?)
}

impl Record {
    fn add_file(&mut self, owned: &mut OwnedPaths) {
        if let Some((name, digest)) = self.file.take() {
            owned.add_recorded(&self.folder, &name, digest);
        }
    }

    fn finish(mut self, owned: &mut OwnedPaths, found: &mut Findings) {
        self.add_file(owned);
        let files = owned.take(&self.name, self.arch.as_deref());
        let Some(component) = self.component() else { return };
        found.facts.push((String::new(), Fact::Component(component)));
        found.facts.extend(files.map(|files| (String::new(), files)));
    }

    fn component(self) -> Option<Component> {
        // `.build-deps` and the like are groups made by `apk add --virtual`, no packages.
        if self.name.is_empty() || self.version.is_empty() || self.name.starts_with('.') {
            return None;
        }
        let mut component = Component::new(PurlType::Apk, "", &self.name, &self.version);
        // Records from before apk 2.1 name no origin: advisories then mean the package itself.
        let origin = self.origin.unwrap_or_else(|| self.name.clone());
        component.source = Some(Source { name: origin, version: self.version });
        component.arch = self.arch;
        component.vendor = self.maintainer;
        component.licenses.extend(self.license);
        Some(component)
    }
}

fn text(value: &str) -> Option<String> {
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{os_lines, read_wanted};
    use super::*;
    use proptest::prelude::*;

    const BUSYBOX: &str = "C:Q1abc=\nP:busybox-binsh\nV:1.36.1-r29\nA:x86_64\nS:1\nT:busybox ash /bin/sh\n\
        L:GPL-2.0-only\no:busybox\nm:Natanael Copa <n@example.org>\nt:1\nF:bin\nR:sh\na:0:0:777\nZ:Q1x=\nF:\nR:init\n\n";

    #[test]
    fn records_are_read() {
        let check = |content: &str, expected: &[&str]| {
            for path in
                ["/lib/apk/db/installed", "/usr/lib/apk/db/installed", "/rootfs/var/lib/apk/db/installed"]
            {
                assert_eq!(os_lines(&read_wanted(&Apk, path, content.as_bytes())), expected, "{content}");
            }
        };
        let busybox =
            ["busybox-binsh 1.36.1-r29 x86_64 busybox=1.36.1-r29", "busybox-binsh:x86_64 owns /bin/sh /init"];
        check(BUSYBOX, &busybox);
        check(&BUSYBOX.replace('\n', "\r\n"), &busybox);
        check(&format!("\n\n\n{BUSYBOX}\n\n"), &busybox);
        check(BUSYBOX.trim_end(), &busybox);
        check("P:old\nV:1-r0\n", &["old 1-r0 - old=1-r0"]);
        check("P:.build-deps\nV:20240102.0\n\nP:a\nV:1\n", &["a 1 - a=1"]);
        check("", &[]);
        let found = read_wanted(&Apk, "/lib/apk/db/installed", BUSYBOX.as_bytes());
        let Some((_, Fact::Component(component))) = found.facts.first() else { panic!("{found:?}") };
        assert_eq!(component.licenses, ["GPL-2.0-only"]);
        assert_eq!(component.vendor.as_deref(), Some("Natanael Copa <n@example.org>"));
    }

    #[test]
    fn what_is_no_database_is_unread() {
        assert!(!parse(b"PK\x03\x04").unread.is_empty());
        assert!(parse(b"\n\n").unread.is_empty());
    }

    #[test]
    fn file_lists_do_not_explode() {
        let mut bomb = format!("P:a\nV:1\nF:{}\n", "x".repeat(4000));
        bomb.push_str(&"R:a\n".repeat(100_000));
        let found = parse(bomb.as_bytes());
        assert_eq!(found.unread, [(String::new(), TRUNCATED.to_owned())]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            parse(&bytes);
        }

        #[test]
        fn damaged_records_are_read(at in 0..BUSYBOX.len(), byte: u8) {
            let mut bytes = BUSYBOX.as_bytes().to_vec();
            bytes[at] = byte;
            parse(&bytes);
        }
    }
}
