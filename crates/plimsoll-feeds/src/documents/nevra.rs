//! Names of rpm builds: `name-epoch:version-release.arch`.

/// The parts of a build's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Nevra {
    pub name: String,
    /// `epoch:version-release`, the epoch as written.
    pub evr: String,
    pub arch: Option<String>,
}

/// Architectures rpm knows, and how publishers write the source.
const ARCHES: &[&str] = &[
    "aarch64",
    "armv6hl",
    "armv7hl",
    "athlon",
    "i386",
    "i486",
    "i586",
    "i686",
    "ia32e",
    "ia64",
    "loongarch64",
    "noarch",
    "nosrc",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv64",
    "s390",
    "s390x",
    "sparcv9",
    "src",
    "x86_64",
];

pub(super) fn is_arch(text: &str) -> bool {
    ARCHES.contains(&text)
}

/// Reads `bind-32:9.16-1.el9.x86_64.rpm`, `vim-9.0-33.oe2203sp3.src.rpm`, `tar-1.34-2.2`; `None` for a text that names
/// no version and release.
pub(super) fn parse(text: &str) -> Option<Nevra> {
    let text = text.trim();
    let text = text.strip_suffix(".rpm").unwrap_or(text);
    let (text, arch) = match text.rsplit_once('.') {
        Some((rest, arch)) if is_arch(arch) => (rest, Some(arch.to_owned())),
        _ => (text, None),
    };
    let (rest, release) = text.rsplit_once('-')?;
    let (name, version) = rest.rsplit_once('-')?;
    // `epoch:name-version-release`, as yum writes it.
    let (name, version) = match name.split_once(':') {
        Some((epoch, name)) if is_number(epoch) => (name, format!("{epoch}:{version}")),
        _ => (name, version.to_owned()),
    };
    let upstream = version.split_once(':').map_or(version.as_str(), |(_, upstream)| upstream);
    let begins = |text: &str| text.starts_with(|c: char| c.is_ascii_alphanumeric());
    let good = !name.is_empty()
        && begins(upstream)
        && (upstream.contains(|c: char| c.is_ascii_digit()))
        && is_release(release);
    good.then(|| Nevra { name: name.to_owned(), evr: format!("{version}-{release}"), arch })
}

/// `1.el9`, and openSUSE's `lp154.2.1`, `bp154.2.6.1`.
fn is_release(text: &str) -> bool {
    let digits = text.trim_start_matches(|c: char| c.is_ascii_lowercase());
    text.len() - digits.len() <= 3 && digits.starts_with(|c: char| c.is_ascii_digit())
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_builds_are_taken_apart() {
        let check = |text, expected: Option<(&str, &str, Option<&str>)>| {
            let found = parse(text);
            let found = found.as_ref().map(|n| (n.name.as_str(), n.evr.as_str(), n.arch.as_deref()));
            assert_eq!(found, expected, "{text}");
        };
        check("bind-32:9.16-1.el9.x86_64.rpm", Some(("bind", "32:9.16-1.el9", Some("x86_64"))));
        check("vim-9.0-33.oe2203sp3.src.rpm", Some(("vim", "9.0-33.oe2203sp3", Some("src"))));
        check("bind-9.9.4P2-0.6.1.i586", Some(("bind", "9.9.4P2-0.6.1", Some("i586"))));
        check("ctdb-4.19.2+git.322.7e9201cef5-1.1", Some(("ctdb", "4.19.2+git.322.7e9201cef5-1.1", None)));
        check("varnish-7.1.1-bp154.2.6.1", Some(("varnish", "7.1.1-bp154.2.6.1", None)));
        check("1:perl-libs-5.32-1.el9.noarch", Some(("perl-libs", "1:5.32-1.el9", Some("noarch"))));
        check("java-1_8_0-openjdk", None);
        check("libdcerpc-binding0", None);
        check("samba", None);
        check("", None);
    }
}
