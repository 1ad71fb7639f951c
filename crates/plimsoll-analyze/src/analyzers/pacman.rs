//! Pacman's package database (Arch Linux and its kin): `var/lib/pacman/local/NAME-VERSION-RELEASE/{desc,files}`.

use super::owned::{OwnedPaths, TRUNCATED};
use super::{Analyzer, File, Findings};
use plimsoll_model::{Component, Entry, PurlType, Source};

/// The analyzer of pacman's local database.
pub(super) struct Pacman;

impl Analyzer for Pacman {
    fn name(&self) -> &'static str {
        "pacman"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, _head: &[u8]) -> bool {
        role(&entry.path).is_some()
    }

    fn read(&self, file: &File<'_>) -> Findings {
        match role(&file.entry.path) {
            Some((_, "desc")) => Findings::of(parse_desc(file.content).map(|component| vec![component])),
            Some((package, _)) => parse_files(file.content, package),
            None => Findings::default(),
        }
    }
}

/// Package folder and file name of one of the two files.
fn role(path: &str) -> Option<(&str, &str)> {
    let (folder, name) = path.rsplit_once('/')?;
    let (database, package) = folder.rsplit_once('/')?;
    (matches!(name, "desc" | "files") && database.ends_with("/lib/pacman/local")).then_some((package, name))
}

/// Reads `desc`: `%FIELD%` lines, each with the lines of its value below, parted by empty lines (libalpm_files(5)).
pub(crate) fn parse_desc(content: &[u8]) -> Result<Component, String> {
    let text = String::from_utf8_lossy(content);
    let first = |name: &str| values(&text, name).next().map(str::to_owned);
    let (Some(name), Some(version)) = (first("NAME"), first("VERSION")) else {
        return Err("not a package of pacman: it has no name and version".to_owned());
    };
    let mut component = Component::new(PurlType::Alpm, "", &name, &version);
    // `pkgbase` is missing where a package is built alone.
    let base = first("BASE").unwrap_or(name);
    component.source = Some(Source { name: base, version });
    component.arch = first("ARCH");
    component.vendor = first("PACKAGER").filter(|packager| packager != "Unknown Packager");
    component.licenses = values(&text, "LICENSE").map(str::to_owned).collect();
    Ok(component)
}

/// Reads `files`: below `%FILES%` every path of the package, folders with a slash at their end.
pub(crate) fn parse_files(content: &[u8], folder: &str) -> Findings {
    // The folder is NAME-VERSION-RELEASE, neither of the latter with a hyphen (PKGBUILD(5)).
    let mut parts = folder.rsplitn(3, '-');
    let package = parts.nth(2).unwrap_or(folder);
    let text = String::from_utf8_lossy(content);
    let mut owned = OwnedPaths::new();
    for path in values(&text, "FILES").filter(|path| !path.ends_with('/')) {
        owned.add("", path);
    }
    let mut found = Findings::default();
    found.facts.extend(owned.take(package, None).map(|fact| (String::new(), fact)));
    if owned.truncated {
        found.unread.push((String::new(), TRUNCATED.to_owned()));
    }
    found
}

/// The lines below `%NAME%`, to the next field or empty line.
fn values<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    let is_field = move |line: &str| {
        line.strip_prefix('%').and_then(|line| line.strip_suffix('%')).is_some_and(|field| field == name)
    };
    let mut lines = text.lines().map(str::trim);
    lines.find(|line| is_field(line));
    lines.take_while(|line| !line.is_empty() && !line.starts_with('%'))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{os_lines, read_wanted, survives, wants};
    use super::*;
    use plimsoll_model::Fact;

    const DESC: &str = "%NAME%\npacman\n\n%VERSION%\n6.1.0-3\n\n%BASE%\npacman-base\n\n%DESC%\nA %NAME% here\n\n\
        %ARCH%\nx86_64\n\n%PACKAGER%\nJane <j@example.org>\n\n%LICENSE%\nGPL-2.0-or-later\nMIT\n\n%VALIDATION%\npgp\n";
    const FILES: &str =
        "%FILES%\nusr/\nusr/bin/\nusr/bin/pacman\nusr/share/a b\n\n%BACKUP%\netc/pacman.conf\tabc\n";

    #[test]
    fn packages_and_their_files_are_read() {
        let at = |name: &str| format!("/var/lib/pacman/local/pacman-6.1.0-3/{name}");
        let found = read_wanted(&Pacman, &at("desc"), DESC.as_bytes());
        assert_eq!(os_lines(&found), ["pacman 6.1.0-3 x86_64 pacman-base=6.1.0-3"]);
        let Some((_, Fact::Component(component))) = found.facts.first() else { panic!("{found:?}") };
        assert_eq!(component.licenses, ["GPL-2.0-or-later", "MIT"]);
        assert_eq!(component.vendor.as_deref(), Some("Jane <j@example.org>"));
        let crlf = read_wanted(&Pacman, &at("desc"), DESC.replace('\n', "\r\n").as_bytes());
        assert_eq!(found, crlf);
        let files = read_wanted(&Pacman, &at("files"), FILES.as_bytes());
        assert_eq!(os_lines(&files), ["pacman owns /usr/bin/pacman /usr/share/a b"]);
        let hyphens = parse_files(FILES.as_bytes(), "lib32-gcc-libs-1:14.1-2");
        assert!(os_lines(&hyphens)[0].starts_with("lib32-gcc-libs owns"));
    }

    #[test]
    fn other_files_are_not() {
        assert!(!wants(&Pacman, "/var/lib/pacman/local/pacman-6.1.0-3/mtree", b""));
        assert!(!wants(&Pacman, "/var/lib/pacman/local/ALPM_DB_VERSION", b""));
        assert!(parse_desc(b"%NAME%\n\n%VERSION%\n1\n").is_err());
        assert!(parse_desc(b"").is_err());
        survives(&Pacman, "/var/lib/pacman/local/a-1-1/desc", DESC.as_bytes());
        survives(&Pacman, "/var/lib/pacman/local/a-1-1/files", FILES.as_bytes());
    }
}
