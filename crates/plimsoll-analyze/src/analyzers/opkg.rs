//! Opkg's package database (OpenWrt, Yocto): `lib/opkg/status` and the control files and file lists in `info/`.

use super::owned::{OwnedPaths, TRUNCATED};
use super::{Analyzer, File, Findings};
use plimsoll_model::{Component, Entry, Fact, PurlType, Source};

/// The analyzer of opkg's files.
pub(super) struct Opkg;

impl Analyzer for Opkg {
    fn name(&self) -> &'static str {
        "opkg"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, _head: &[u8]) -> bool {
        role(&entry.path).is_some()
    }

    fn read(&self, file: &File<'_>) -> Findings {
        match role(&file.entry.path) {
            Some(Role::Records) => parse(file.content),
            Some(Role::FileList(package)) => parse_list(file.content, package),
            None => Findings::default(),
        }
    }
}

enum Role<'a> {
    Records,
    FileList(&'a str),
}

fn role(path: &str) -> Option<Role<'_>> {
    let (folder, name) = path.rsplit_once('/')?;
    if name == "status" && folder.ends_with("/lib/opkg") {
        return Some(Role::Records);
    }
    if !folder.ends_with("/lib/opkg/info") {
        return None;
    }
    match name.rsplit_once('.')? {
        (_, "control") => Some(Role::Records),
        (package, "list") => Some(Role::FileList(package)),
        _ => None,
    }
}

/// Reads stanzas of `Field: value`, as of Debian but for the meaning of some fields.
pub(crate) fn parse(content: &[u8]) -> Findings {
    let mut found = Findings::default();
    let text = String::from_utf8_lossy(content);
    let mut stanza: Vec<(&str, &str)> = Vec::new();
    let mut any = false;
    for line in text.lines().chain([""]) {
        if line.trim().is_empty() {
            any |= stanza.iter().any(|(field, _)| field.eq_ignore_ascii_case("Package"));
            found.facts.extend(component(&stanza).map(|it| (String::new(), Fact::Component(it))));
            stanza.clear();
        } else if !line.starts_with([' ', '\t']) {
            stanza.extend(line.split_once(':').map(|(field, value)| (field, value.trim())));
        }
    }
    if !any && !text.trim().is_empty() {
        found.unread.push((String::new(), "not a list of opkg's packages: no `Package:` field".to_owned()));
    }
    found
}

fn component(stanza: &[(&str, &str)]) -> Option<Component> {
    let field = |name: &str| {
        let found = stanza.iter().find(|(field, _)| field.eq_ignore_ascii_case(name));
        found.map(|(_, value)| *value).filter(|value| !value.is_empty())
    };
    // `Status: WANT FLAGS STATE`; control files have none.
    let state = field("Status").map(|status| status.split_whitespace().nth(2).unwrap_or(""));
    if !matches!(state, None | Some("installed" | "unpacked")) {
        return None;
    }
    let (name, version) = (field("Package")?, field("Version")?);
    let mut component = Component::new(PurlType::Opkg, "", name, version);
    // `Source` is a recipe or a folder of the build: only OpenWrt names the source package, and apart.
    let source = field("SourceName").unwrap_or(name);
    component.source = Some(Source { name: source.to_owned(), version: version.to_owned() });
    component.arch = field("Architecture").map(str::to_owned);
    component.vendor = field("Maintainer").map(str::to_owned);
    component.licenses.extend(field("License").map(str::to_owned));
    component.cpes.extend(field("CPE-ID").and_then(product));
    Some(component)
}

/// `vendor:product` of `cpe:/a:busybox:busybox`.
fn product(cpe: &str) -> Option<String> {
    let mut parts = cpe.strip_prefix("cpe:/")?.split(':').skip(1);
    let (vendor, product) = (parts.next()?, parts.next()?);
    (!vendor.is_empty() && !product.is_empty()).then(|| format!("{vendor}:{product}"))
}

/// Reads `info/NAME.list`: a path a line, in Yocto with its mode behind a tab.
pub(crate) fn parse_list(content: &[u8], package: &str) -> Findings {
    let mut paths = OwnedPaths::new();
    for line in String::from_utf8_lossy(content).lines() {
        paths.add("", line.split('\t').next().unwrap_or(line).trim_end_matches('\r'));
    }
    let mut found = Findings::default();
    found.facts.extend(paths.take(package, None).map(|fact| (String::new(), fact)));
    if paths.truncated {
        found.unread.push((String::new(), TRUNCATED.to_owned()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::testing::{os_lines, read_wanted, survives, wants};
    use super::*;

    const STATUS: &str = "Package: busybox\nVersion: 1.36.1-r1\nDepends: libc\nStatus: install ok installed\n\
        Architecture: x86_64\nConffiles:\n /etc/syslog.conf abc\nInstalled-Time: 1\n\n\
        Package: gone\nVersion: 1\nStatus: deinstall ok not-installed\n\n\
        Package: libc\nVersion: 1.2.4-r4\nStatus: unknown hold,user installed\nArchitecture: x86_64\n";
    const CONTROL: &str = "Package: busybox\nVersion: 1.36.1-r1\nSource: package/utils/busybox\nSourceName: busybox\n\
        License: GPL-2.0\nMaintainer: Felix <f@example.org>\nCPE-ID: cpe:/a:busybox:busybox\nArchitecture: x86_64\n\
        Description:  The Swiss\n Army knife\n";

    #[test]
    fn packages_and_their_files_are_read() {
        for path in ["/usr/lib/opkg/status", "/var/lib/opkg/status", "/rootfs/usr/lib/opkg/status"] {
            assert_eq!(
                os_lines(&read_wanted(&Opkg, path, STATUS.as_bytes())),
                ["busybox 1.36.1-r1 x86_64 busybox=1.36.1-r1", "libc 1.2.4-r4 x86_64 libc=1.2.4-r4"]
            );
        }
        let found = read_wanted(&Opkg, "/usr/lib/opkg/info/busybox.control", CONTROL.as_bytes());
        let Some((_, Fact::Component(component))) = found.facts.first() else { panic!("{found:?}") };
        assert_eq!(component.licenses, ["GPL-2.0"]);
        assert_eq!(component.cpes, ["busybox:busybox"]);
        let found =
            read_wanted(&Opkg, "/var/lib/opkg/info/busybox.list", b"/bin/sh\t0120777\t/x\n/bin/busybox\n");
        assert_eq!(os_lines(&found), ["busybox owns /bin/sh /bin/busybox"]);
    }

    #[test]
    fn other_files_are_not() {
        assert!(!wants(&Opkg, "/usr/lib/opkg/info/busybox.prerm", b""));
        assert!(!wants(&Opkg, "/usr/lib/opkg/lists/base", b""));
        assert_eq!(parse(b"\x7FELF").unread.len(), 1);
        assert_eq!(parse(b"\n\n"), Findings::default());
        survives(&Opkg, "/usr/lib/opkg/status", STATUS.as_bytes());
        survives(&Opkg, "/usr/lib/opkg/info/a.control", CONTROL.as_bytes());
        survives(&Opkg, "/usr/lib/opkg/info/a.list", b"/bin/sh\t0\n/x\n");
    }
}
