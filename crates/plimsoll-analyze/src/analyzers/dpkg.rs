//! Debian's package database: `var/lib/dpkg/status`, `status.d/`, file lists and copyright files.

mod copyright;

use super::owned::{OwnedPaths, TRUNCATED};
use super::{Analyzer, File, Findings};
use plimsoll_model::{Component, Entry, Fact, PurlType, RecordedDigest, Source};

/// The analyzer of dpkg's files.
pub(super) struct Dpkg;

impl Analyzer for Dpkg {
    fn name(&self) -> &'static str {
        "dpkg"
    }

    fn edition(&self) -> u32 {
        2
    }

    fn wants(&self, entry: &Entry, _head: &[u8]) -> bool {
        role(&entry.path).is_some()
    }

    fn read(&self, file: &File<'_>) -> Findings {
        match role(&file.entry.path) {
            Some(Role::Status) => parse_status(file.content),
            Some(Role::FileList { package, arch }) => parse_list(file.content, &package, arch),
            Some(Role::Checksums { package, arch }) => parse_checksums(file.content, &package, arch),
            Some(Role::Copyright) => {
                let licenses = copyright::licenses(file.content);
                let facts = (!licenses.is_empty()).then(|| (String::new(), Fact::Licenses(licenses)));
                Findings { facts: facts.into_iter().collect(), unread: Vec::new() }
            }
            None => Findings::default(),
        }
    }
}

/// What one of dpkg's files holds.
#[derive(Debug, PartialEq, Eq)]
enum Role<'a> {
    /// Records of packages.
    Status,
    /// The paths of a package, one a line.
    FileList { package: String, arch: Option<&'a str> },
    /// `md5  path` lines of a package.
    Checksums { package: String, arch: Option<&'a str> },
    /// The copyright file of a package.
    Copyright,
}

fn role(path: &str) -> Option<Role<'_>> {
    let (folder, name) = path.rsplit_once('/')?;
    if name == "copyright" {
        let (doc, _) = folder.rsplit_once('/')?;
        return doc.ends_with("/usr/share/doc").then_some(Role::Copyright);
    }
    if name == "status" {
        return folder.ends_with("/lib/dpkg").then_some(Role::Status);
    }
    if folder.ends_with("/lib/dpkg/status.d") {
        // Distroless: one file a package, with its checksums beside it.
        return match name.strip_suffix(".md5sums") {
            Some(package) => Some(Role::Checksums { package: unhidden(package), arch: None }),
            None => Some(Role::Status),
        };
    }
    if folder.ends_with("/lib/dpkg/info") {
        let (stem, kind) = name.rsplit_once('.')?;
        let (package, arch) = match stem.split_once(':') {
            Some((package, arch)) => (package.to_owned(), Some(arch)),
            None => (stem.to_owned(), None),
        };
        return match kind {
            "list" => Some(Role::FileList { package, arch }),
            "md5sums" => Some(Role::Checksums { package, arch }),
            _ => None,
        };
    }
    None
}

/// Older distroless images name the files of `status.d` by the base64 of the package's name. Package names are lower
/// case (Debian policy 5.6.1); base64 of one never is.
fn unhidden(name: &str) -> String {
    let is_package_name = |name: &str| {
        let mut bytes = name.bytes();
        bytes.all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.'))
    };
    if is_package_name(name) {
        return name.to_owned();
    }
    let decoded = base64(name).and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.filter(|decoded| is_package_name(decoded)).unwrap_or_else(|| name.to_owned())
}

/// Decodes base64 of either alphabet, padded or not (RFC 4648, sections 4 and 5).
fn base64(text: &str) -> Option<Vec<u8>> {
    let (mut out, mut bits, mut held) = (Vec::new(), 0u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0xFFFF;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    Some(out)
}

/// Reads stanzas of `Field: value` (deb822(5), dpkg's `status`).
pub(crate) fn parse_status(content: &[u8]) -> Findings {
    let mut found = Findings::default();
    let mut stanza = Stanza::default();
    let mut conffiles = OwnedPaths::new();
    for line in content.split(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match line.first() {
            None => std::mem::take(&mut stanza).finish(&mut conffiles, &mut found),
            Some(b'#') => {}
            Some(b' ' | b'\t') if stanza.in_conffiles => conffile(line, &mut conffiles),
            // A continuation. None of the other fields we read has any.
            Some(b' ' | b'\t') => {}
            Some(_) => {
                if let Some(colon) = line.iter().position(|&byte| byte == b':') {
                    stanza.set(&line[..colon], &line[colon + 1..]);
                }
            }
        }
    }
    stanza.finish(&mut conffiles, &mut found);
    if found.facts.is_empty() && found.unread.is_empty() && !content.trim_ascii().is_empty() {
        let any = content.starts_with(b"Package:") || memchr::memmem::find(content, b"\nPackage:").is_some();
        if !any {
            found.unread.push((String::new(), "not a dpkg status file: no `Package:` field".to_owned()));
        }
    }
    found
}

#[derive(Default)]
struct Stanza {
    package: Option<String>,
    status: Option<String>,
    version: Option<String>,
    arch: Option<String>,
    source: Option<String>,
    maintainer: Option<String>,
    in_conffiles: bool,
}

impl Stanza {
    fn set(&mut self, field: &[u8], value: &[u8]) {
        self.in_conffiles = field.eq_ignore_ascii_case(b"Conffiles");
        let slot = match field {
            field if field.eq_ignore_ascii_case(b"Package") => &mut self.package,
            field if field.eq_ignore_ascii_case(b"Status") => &mut self.status,
            field if field.eq_ignore_ascii_case(b"Version") => &mut self.version,
            field if field.eq_ignore_ascii_case(b"Architecture") => &mut self.arch,
            field if field.eq_ignore_ascii_case(b"Source") => &mut self.source,
            field if field.eq_ignore_ascii_case(b"Maintainer") => &mut self.maintainer,
            _ => return,
        };
        let value = value.trim_ascii();
        if !value.is_empty() && slot.is_none() {
            *slot = Some(String::from_utf8_lossy(value).into_owned());
        }
    }

    fn finish(self, conffiles: &mut OwnedPaths, found: &mut Findings) {
        let files = self.package.as_deref().and_then(|package| conffiles.take(package, self.arch.as_deref()));
        let Some(package) = self.package else { return };
        if !self.status.as_deref().is_none_or(is_installed) {
            return;
        }
        let Some(version) = self.version else {
            found.unread.push((String::new(), format!("the installed package {package} has no version")));
            return;
        };
        let mut component = Component::new(PurlType::Deb, "", &package, &version);
        component.source = Some(source(self.source.as_deref().unwrap_or(&package), &version));
        component.arch = self.arch;
        component.vendor = self.maintainer;
        found.facts.push((String::new(), Fact::Component(component)));
        found.facts.extend(files.map(|files| (String::new(), files)));
    }
}

/// ` /etc/x 0123…`, perhaps with ` obsolete` behind (deb-conffiles(5), dpkg's `status`): the md5 as the package
/// brought the file, which `md5sums` leaves out.
fn conffile(line: &[u8], conffiles: &mut OwnedPaths) {
    let line = String::from_utf8_lossy(line);
    let mut words = line.split_ascii_whitespace();
    if let (Some(path), Some(digest)) = (words.next(), words.next()) {
        conffiles.add_recorded("", path, RecordedDigest::of_hex(digest));
    }
}

/// `WANT FLAG STATE` (dpkg(1), "Package states"): are the package's files there? `status.d` has no such field.
fn is_installed(status: &str) -> bool {
    let state = status.split_ascii_whitespace().nth(2);
    matches!(
        state,
        Some("installed" | "unpacked" | "half-configured" | "triggers-awaited" | "triggers-pending")
    )
}

/// `name` or `name (version)` (Debian policy 5.6.1).
fn source(field: &str, version: &str) -> Source {
    match field.split_once('(') {
        Some((name, rest)) => Source {
            name: name.trim().to_owned(),
            version: rest.split(')').next().unwrap_or(version).trim().to_owned(),
        },
        None => Source { name: field.to_owned(), version: version.to_owned() },
    }
}

/// Reads `info/NAME.list`: every path of the package, folders too.
pub(crate) fn parse_list(content: &[u8], package: &str, arch: Option<&str>) -> Findings {
    owned(package, arch, content, |line| (line, None))
}

/// Reads `NAME.md5sums`: `md5  path` lines, paths without the leading slash.
pub(crate) fn parse_checksums(content: &[u8], package: &str, arch: Option<&str>) -> Findings {
    owned(package, arch, content, |line| {
        let (digest, path) = line.split_once(' ').unwrap_or_default();
        (path.trim_start(), RecordedDigest::of_hex(digest))
    })
}

fn owned(
    package: &str,
    arch: Option<&str>,
    content: &[u8],
    read: impl Fn(&str) -> (&str, Option<RecordedDigest>),
) -> Findings {
    let mut paths = OwnedPaths::new();
    for line in content.split(|&byte| byte == b'\n') {
        let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
        let (path, digest) = read(&line);
        if path != "/." {
            paths.add_recorded("", path.strip_prefix("./").unwrap_or(path), digest);
        }
    }
    let mut found = Findings::default();
    found.facts.extend(paths.take(package, arch).map(|fact| (String::new(), fact)));
    if paths.truncated {
        found.unread.push((String::new(), TRUNCATED.to_owned()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::testing::{entry, os_lines, read_wanted};
    use super::*;
    use proptest::prelude::*;

    const LIBC: &str = "Package: libc-bin\nEssential: yes\nStatus: install ok installed\nPriority: required\n\
        Maintainer: GNU Libc Maintainers <debian-glibc@lists.debian.org>\nArchitecture: amd64\n\
        Source: glibc (2.36-9+deb12u8)\nVersion: 2.36-9+deb12u9\nConffiles:\n /etc/x 123\nDescription: GNU C\n \
        Package: nonsense\n .\n more\n";

    #[track_caller]
    fn check(path: &str, content: &str, expected: &[&str]) {
        assert_eq!(os_lines(&read_wanted(&Dpkg, path, content.as_bytes())), expected, "{content}");
    }

    #[test]
    fn records_are_read() {
        let libc = ["libc-bin 2.36-9+deb12u9 amd64 glibc=2.36-9+deb12u8", "libc-bin:amd64 owns /etc/x"];
        for path in ["/var/lib/dpkg/status", "/rootfs/var/lib/dpkg/status", "/var/lib/dpkg/status.d/bGliYw=="]
        {
            check(path, LIBC, &libc);
            check(path, LIBC.trim_end(), &libc);
            check(path, &LIBC.replace('\n', "\r\n"), &libc);
            check(path, &format!("\n\n{LIBC}\n\n\n"), &libc);
        }
        check("/var/lib/dpkg/status", "", &[]);
        check(
            "/var/lib/dpkg/status.d/base",
            "Package: base-files\nVersion: 12\n",
            &["base-files 12 - base-files=12"],
        );
        let found = parse_status(LIBC.as_bytes());
        let Some((_, Fact::Component(component))) = found.facts.first() else { panic!("{found:?}") };
        assert_eq!(component.vendor.as_deref(), Some("GNU Libc Maintainers <debian-glibc@lists.debian.org>"));
    }

    #[test]
    fn only_states_with_files_are_installed() {
        for (status, installed) in [
            ("install ok installed", true),
            ("hold ok installed", true),
            ("deinstall ok installed", true),
            ("install ok unpacked", true),
            ("install reinstreq half-configured", true),
            ("install ok triggers-pending", true),
            ("install ok triggers-awaited", true),
            ("deinstall ok config-files", false),
            ("install reinstreq half-installed", false),
            ("purge ok not-installed", false),
            ("unknown ok not-installed", false),
            ("", true),
        ] {
            let stanza = format!("Package: a\nStatus: {status}\nVersion: 1\n");
            assert_eq!(!parse_status(stanza.as_bytes()).facts.is_empty(), installed, "{status}");
        }
    }

    #[test]
    fn file_lists_are_read() {
        check(
            "/var/lib/dpkg/info/libc6:amd64.list",
            "/.\n/lib\n/lib/x.so\n",
            &["libc6:amd64 owns /lib /lib/x.so"],
        );
        check(
            "/var/lib/dpkg/info/tar.md5sums",
            "0123  bin/tar\nffff  usr/share/a b\n",
            &["tar owns /bin/tar /usr/share/a b"],
        );
        check("/var/lib/dpkg/status.d/libc6.md5sums", "0123  lib/x.so\n", &["libc6 owns /lib/x.so"]);
        check("/var/lib/dpkg/status.d/bGliYzY=.md5sums", "0123  lib/x.so\n", &["libc6 owns /lib/x.so"]);
        check("/var/lib/dpkg/status.d/dGFyCg.md5sums", "0123  x\n", &["dGFyCg owns /x"]);
    }

    #[test]
    fn other_files_are_not_wanted() {
        for path in [
            "/var/lib/dpkg/status-old",
            "/var/lib/dpkg/info/libc6.postinst",
            "/var/lib/dpkg/info/format",
            "/proc/self/status",
            "/usr/share/doc/copyright",
            "/usr/share/doc/a/b/copyright",
        ] {
            assert!(!Dpkg.wants(&entry(path), b""), "{path}");
        }
    }

    #[test]
    fn what_is_no_database_or_has_no_version_is_unread() {
        assert_eq!(parse_status(b"\x7fELF").unread.len(), 1);
        assert_eq!(
            parse_status(b"Package: a\nStatus: install ok installed\n").unread,
            [(String::new(), "the installed package a has no version".to_owned())]
        );
        assert!(parse_status(b"Package: a\nStatus: deinstall ok config-files\n").unread.is_empty());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            parse_status(&bytes);
            parse_list(&bytes, "a", None);
            parse_checksums(&bytes, "a", None);
            copyright::licenses(&bytes);
        }

        #[test]
        fn damaged_records_are_read(at in 0..LIBC.len(), byte: u8) {
            let mut bytes = LIBC.as_bytes().to_vec();
            bytes[at] = byte;
            parse_status(&bytes);
        }
    }
}
