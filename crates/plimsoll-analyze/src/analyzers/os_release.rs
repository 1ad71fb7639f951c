//! Which distribution this is: `os-release`, and the files distributions had before it.

use super::{Analyzer, File, Findings};
use plimsoll_model::{Entry, Fact, OsRelease};

/// The analyzer of files that name the distribution.
pub(super) struct OsReleaseFile;

impl Analyzer for OsReleaseFile {
    fn name(&self) -> &'static str {
        "os-release"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, _head: &[u8]) -> bool {
        form(&entry.path).is_some()
    }

    fn read(&self, file: &File<'_>) -> Findings {
        let os = form(&file.entry.path).and_then(|form| parse(form, file.content));
        Findings {
            facts: os.map(|os| (String::new(), Fact::Os(os))).into_iter().collect(),
            unread: Vec::new(),
        }
    }
}

/// How a file names the distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `KEY=value` lines (os-release(5)).
    OsRelease,
    /// `DISTRIB_KEY=value` lines (lsb_release(1)).
    LsbRelease,
    /// A line such as `CentOS Linux release 7.9.2009 (Core)`.
    Line,
    /// `cpe:/o:centos:linux:6:GA`.
    Cpe,
    /// Only the version: the file's name says the rest.
    Alpine,
    /// `12.5` or `trixie/sid`.
    Debian,
    /// Arch is rolling: the file is empty.
    Arch,
}

fn form(path: &str) -> Option<Form> {
    let (folder, name) = path.rsplit_once('/')?;
    // `/etc/os-release` may be a link to anywhere, so the file is read wherever it lies.
    if name == "os-release" || name.ends_with("-os-release") {
        return Some(Form::OsRelease);
    }
    if !matches!(folder, "/etc" | "/usr/lib" | "/lib") {
        return None;
    }
    Some(match name {
        "lsb-release" => Form::LsbRelease,
        "debian_version" => Form::Debian,
        "alpine-release" => Form::Alpine,
        "arch-release" => Form::Arch,
        "system-release-cpe" => Form::Cpe,
        "redhat-release"
        | "centos-release"
        | "rocky-release"
        | "almalinux-release"
        | "oracle-release"
        | "fedora-release"
        | "system-release"
        | "SuSE-release"
        | "openEuler-release"
        | "euleros-release"
        | "anolis-release"
        | "kylin-release"
        | "UnionTech-release"
        | "uos-release"
        | "tlinux-release"
        | "opencloudos-release"
        | "alinux-release"
        | "photon-release"
        | "mariner-release"
        | "azurelinux-release"
        | "gentoo-release" => Form::Line,
        _ => return None,
    })
}

/// Bytes read of such a file; real ones have less than a thousand.
const BYTES_MAX: usize = 64 << 10;

/// Reads a file of this form; `None` when it names no distribution.
pub(crate) fn parse(form: Form, content: &[u8]) -> Option<OsRelease> {
    let text = String::from_utf8_lossy(&content[..content.len().min(BYTES_MAX)]);
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("");
    match form {
        Form::OsRelease => os_release(text),
        Form::LsbRelease => lsb_release(text),
        Form::Line => release_line(first, text),
        Form::Cpe => cpe(first),
        Form::Alpine => begins_with_digit(first).then(|| {
            let pretty = format!("Alpine Linux {first}");
            OsRelease { version_id: Some(first.to_owned()), pretty_name: Some(pretty), ..named("alpine") }
        }),
        Form::Debian => debian_version(first),
        Form::Arch => Some(OsRelease { pretty_name: Some("Arch Linux".to_owned()), ..named("arch") }),
    }
}

fn named(id: &str) -> OsRelease {
    OsRelease { id: id.to_owned(), ..OsRelease::default() }
}

fn begins_with_digit(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit())
}

fn os_release(text: &str) -> Option<OsRelease> {
    let mut os = OsRelease::default();
    let mut name = None;
    for (key, value) in assignments(text) {
        let value = Some(value).filter(|value| !value.is_empty());
        match key {
            "ID" => os.id = value.unwrap_or_default().to_lowercase(),
            "NAME" => name = value,
            "VERSION_ID" => os.version_id = value,
            "VERSION_CODENAME" => os.codename = value,
            "PRETTY_NAME" => os.pretty_name = value,
            "CPE_NAME" => os.cpe_name = value,
            "ID_LIKE" => {
                let like = value.unwrap_or_default().to_lowercase();
                os.like = like.split_whitespace().map(str::to_owned).collect();
            }
            _ => {}
        }
    }
    if os.id.is_empty() {
        let name = name.as_ref().or(os.pretty_name.as_ref())?;
        os.id = id_of_name(name).unwrap_or("linux").to_owned();
    }
    Some(os)
}

fn lsb_release(text: &str) -> Option<OsRelease> {
    let mut os = OsRelease::default();
    for (key, value) in assignments(text).filter(|(_, value)| !value.is_empty()) {
        match key {
            "DISTRIB_ID" => os.id = id_of_name(&value).map_or_else(|| value.to_lowercase(), str::to_owned),
            "DISTRIB_RELEASE" if value != "rolling" => os.version_id = Some(value),
            "DISTRIB_CODENAME" => os.codename = Some(value),
            "DISTRIB_DESCRIPTION" => os.pretty_name = Some(value),
            _ => {}
        }
    }
    (!os.id.is_empty()).then_some(os)
}

/// `KEY=value` lines with the shell's quoting.
fn assignments(text: &str) -> impl Iterator<Item = (&str, String)> {
    text.lines().filter_map(|line| {
        let line = line.trim();
        let (key, value) = line.split_once('=').filter(|_| !line.starts_with('#'))?;
        Some((key.trim_end(), unquoted(value)))
    })
}

/// A value without its quotes: single ones keep everything, double ones know `\\`, `\"`, `\$` and `` \` ``.
fn unquoted(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut quote = None;
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            (None, '\\') => out.extend(chars.next()),
            (Some('"'), '\\') => match chars.next() {
                Some(escaped @ ('\\' | '"' | '$' | '`')) => out.push(escaped),
                other => {
                    out.push('\\');
                    out.extend(other);
                }
            },
            (None, _) if c.is_whitespace() => break,
            _ => out.push(c),
        }
    }
    out
}

/// `NAME release VERSION (CODENAME)`, with or without the word, as in `VMware Photon OS 4.0`.
fn release_line(line: &str, text: &str) -> Option<OsRelease> {
    let id = id_of_name(line)?;
    let words: Vec<&str> = line.split_whitespace().collect();
    let after_release = words.iter().position(|word| *word == "release").map_or(0, |at| at + 1);
    let is_version = |word: &&str| begins_with_digit(word.strip_prefix('V').unwrap_or(word));
    let mut version = words[after_release..].iter().copied().find(is_version).map(str::to_owned);
    let mut codename =
        line.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(name, _)| name.to_owned());
    if matches!(id, "sles" | "sled" | "opensuse") {
        // The name is followed by an architecture; version and service pack have lines of their own.
        codename = None;
        let field = |wanted: &str| {
            text.lines()
                .filter_map(|line| line.split_once('='))
                .find_map(|(key, value)| (key.trim() == wanted).then(|| value.trim().to_owned()))
        };
        version = field("VERSION").or(version);
        if let (Some(version), Some(pack)) = (&mut version, field("PATCHLEVEL").filter(|pack| pack != "0")) {
            *version = format!("{version}.{pack}");
        }
    }
    Some(OsRelease {
        version_id: version,
        codename: codename.filter(|name| !name.is_empty()),
        pretty_name: Some(line.to_owned()),
        ..named(id)
    })
}

/// `cpe:/o:VENDOR:PRODUCT:VERSION` or `cpe:2.3:o:…` (CPE 2.3, sections 6.1 and 6.2).
fn cpe(line: &str) -> Option<OsRelease> {
    let parts = line.strip_prefix("cpe:2.3:o:").or_else(|| line.strip_prefix("cpe:/o:"))?;
    let mut parts = parts.split(':');
    let (vendor, product, version) = (parts.next()?, parts.next()?, parts.next());
    let id = match (vendor, product) {
        ("amazon", _) => "amzn",
        ("redhat", _) => "rhel",
        ("centos", _) => "centos",
        ("fedoraproject", _) => "fedora",
        ("oracle", _) => "ol",
        ("rocky", _) => "rocky",
        ("almalinux", _) => "almalinux",
        ("scientificlinux", _) => "scientific",
        _ => return None,
    };
    let version = version.filter(|version| !version.is_empty() && *version != "*" && *version != "-");
    Some(OsRelease { version_id: version.map(str::to_owned), cpe_name: Some(line.to_owned()), ..named(id) })
}

/// The point release, of which the major version names the release; testing and unstable say `CODENAME/sid`.
fn debian_version(line: &str) -> Option<OsRelease> {
    let pretty = Some(format!("Debian GNU/Linux {line}"));
    if begins_with_digit(line) {
        let major = line.split(|c: char| !c.is_ascii_digit()).next().unwrap_or(line);
        return Some(OsRelease {
            version_id: Some(major.to_owned()),
            pretty_name: pretty,
            ..named("debian")
        });
    }
    let (codename, suite) = line.split_once('/')?;
    (suite == "sid" && !codename.is_empty()).then(|| OsRelease {
        codename: Some(codename.to_owned()),
        pretty_name: pretty,
        ..named("debian")
    })
}

/// Beginnings of distributions' names, lower case, and their os-release ID. The first that fits counts.
const NAMES: &[(&str, &str)] = &[
    ("alibaba cloud linux", "alinux"),
    ("aliyun linux", "alinux"),
    ("almalinux", "almalinux"),
    ("alpine", "alpine"),
    ("amazon linux", "amzn"),
    ("anolis", "anolis"),
    ("arch", "arch"),
    ("azure linux", "azurelinux"),
    ("bottlerocket", "bottlerocket"),
    ("cbl-mariner", "mariner"),
    ("centos", "centos"),
    ("chainguard", "chainguard"),
    ("circle linux", "circle"),
    ("common base linux mariner", "mariner"),
    ("debian", "debian"),
    ("euleros", "euleros"),
    ("fedora", "fedora"),
    ("gentoo", "gentoo"),
    ("kylin", "kylin"),
    ("linuxmint", "linuxmint"),
    ("microsoft azure linux", "azurelinux"),
    ("navy linux", "navy"),
    ("opencloudos", "opencloudos"),
    ("openeuler", "openeuler"),
    ("opensuse", "opensuse"),
    ("oracle linux", "ol"),
    ("photon", "photon"),
    ("red hat enterprise linux", "rhel"),
    ("rocky", "rocky"),
    ("scientific linux", "scientific"),
    ("suse linux enterprise desktop", "sled"),
    ("suse linux enterprise", "sles"),
    ("tencent tlinux", "tencentos"),
    ("tencentos", "tencentos"),
    ("ubuntu", "ubuntu"),
    ("uniontech", "uos"),
    ("uos", "uos"),
    ("virtuozzo", "virtuozzo"),
    ("vmware photon", "photon"),
    ("wolfi", "wolfi"),
];

fn id_of_name(name: &str) -> Option<&'static str> {
    let name = name.trim().to_lowercase();
    NAMES.iter().find(|(beginning, _)| name.starts_with(beginning)).map(|(_, id)| *id)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{entry, read_wanted};
    use super::*;
    use proptest::prelude::*;

    /// `ID VERSION CODENAME`, `-` for what is missing.
    #[track_caller]
    fn check(path: &str, content: &str, expected: &str) {
        let found = read_wanted(&OsReleaseFile, path, content.as_bytes());
        let shown = found.facts.iter().map(|(_, fact)| match fact {
            Fact::Os(os) => {
                let word = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
                format!("{} {} {}", os.id, word(&os.version_id), word(&os.codename))
            }
            other => panic!("{other:?}"),
        });
        assert_eq!(shown.collect::<Vec<_>>().join(";"), expected, "{path}: {content}");
    }

    #[test]
    fn os_release_files() {
        let check = |content: &str, expected: &str| check("/etc/os-release", content, expected);
        check(
            "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n",
            "debian 12 bookworm",
        );
        check(
            "PRETTY_NAME=\"Debian GNU/Linux trixie/sid\"\nID=debian\nVERSION_CODENAME=trixie",
            "debian - trixie",
        );
        check("ID='alpine'\r\nVERSION_ID=3.21.0_alpha20240807\r\n", "alpine 3.21.0_alpha20240807 -");
        check("# ID=no\nID=\"openEuler\"\nVERSION_ID=\"22.03\"", "openeuler 22.03 -");
        check("ID=wolfi\nVERSION_ID=\"20230201\"", "wolfi 20230201 -");
        check("ID=\"kylin\"\nVERSION_ID=\"V10\"\n", "kylin V10 -");
        check("NAME=\"UnionTech OS Server 20\"\nVERSION_ID=20", "uos 20 -");
        check("NAME=Something", "linux - -");
        check("ID=", "");
        check("\u{feff}ID=a\nVERSION_ID=\"\"", "a - -");
        check("nothing of the kind", "");
    }

    #[test]
    fn values_are_unquoted_like_a_shell_does() {
        let check = |value: &str, expected: &str| assert_eq!(unquoted(value), expected, "{value}");
        check("plain", "plain");
        check("two words", "two");
        check("\"two words\"", "two words");
        check("'a \"b\" \\'", "a \"b\" \\");
        check("\"a \\\"b\\\" \\$x \\\\ \\n\"", "a \"b\" $x \\ \\n");
        check("a\\ b", "a b");
        check("'it'\"'s\"", "it's");
        check("\"open", "open");
        check("", "");
    }

    #[test]
    fn all_of_os_release_is_kept() {
        let found = read_wanted(
            &OsReleaseFile,
            "/usr/lib/os-release",
            b"ID=rhel\nID_LIKE=\"fedora CentOS\"\nCPE_NAME=\"cpe:/o:redhat:enterprise_linux:9::baseos\"\nPRETTY_NAME=\"R 9\"",
        );
        let expected = OsRelease {
            id: "rhel".into(),
            version_id: None,
            codename: None,
            pretty_name: Some("R 9".into()),
            like: vec!["fedora".into(), "centos".into()],
            cpe_name: Some("cpe:/o:redhat:enterprise_linux:9::baseos".into()),
        };
        assert_eq!(found.facts, [(String::new(), Fact::Os(expected))]);
    }

    #[test]
    fn files_from_before_os_release() {
        for (path, content, expected) in [
            ("/etc/centos-release", "CentOS Linux release 7.9.2009 (Core)\n", "centos 7.9.2009 Core"),
            ("/etc/centos-release", "CentOS release 6.10 (Final)\n", "centos 6.10 Final"),
            ("/etc/redhat-release", "CentOS Stream release 9\n", "centos 9 -"),
            ("/etc/redhat-release", "Red Hat Enterprise Linux Server release 7.9 (Maipo)", "rhel 7.9 Maipo"),
            ("/etc/rocky-release", "Rocky Linux release 9.4 (Blue Onyx)", "rocky 9.4 Blue Onyx"),
            (
                "/etc/almalinux-release",
                "AlmaLinux release 9.3 (Shamrock Pampas Cat)",
                "almalinux 9.3 Shamrock Pampas Cat",
            ),
            ("/etc/oracle-release", "Oracle Linux Server release 8.9", "ol 8.9 -"),
            ("/usr/lib/fedora-release", "Fedora release 40 (Forty)", "fedora 40 Forty"),
            ("/etc/system-release", "Amazon Linux release 2 (Karoo)", "amzn 2 Karoo"),
            ("/etc/system-release", "Amazon Linux AMI release 2018.03", "amzn 2018.03 -"),
            ("/etc/openEuler-release", "openEuler release 22.03 (LTS-SP1)", "openeuler 22.03 LTS-SP1"),
            ("/etc/euleros-release", "EulerOS release 2.0 (SP10)", "euleros 2.0 SP10"),
            ("/etc/anolis-release", "Anolis OS release 8.8", "anolis 8.8 -"),
            ("/etc/kylin-release", "Kylin Linux Advanced Server release V10 (Tercel)", "kylin V10 Tercel"),
            ("/etc/UnionTech-release", "UnionTech OS Server release 20 (kongzi)", "uos 20 kongzi"),
            ("/etc/tlinux-release", "TencentOS Server 3.1 (Final)", "tencentos 3.1 Final"),
            (
                "/etc/alinux-release",
                "Alibaba Cloud Linux release 3 (Soaring Falcon)",
                "alinux 3 Soaring Falcon",
            ),
            ("/etc/photon-release", "VMware Photon OS 4.0\nPHOTON_BUILD_NUMBER=2f5aad892", "photon 4.0 -"),
            (
                "/etc/mariner-release",
                "CBL-Mariner 2.0.20220713\nMARINER_BUILD_NUMBER=1",
                "mariner 2.0.20220713 -",
            ),
            (
                "/etc/SuSE-release",
                "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 4\n",
                "sles 11.4 -",
            ),
            (
                "/etc/SuSE-release",
                "openSUSE 13.2 (x86_64)\nVERSION = 13.2\nCODENAME = Harlequin\n",
                "opensuse 13.2 -",
            ),
            ("/etc/gentoo-release", "Gentoo Base System release 2.14", "gentoo 2.14 -"),
            ("/etc/redhat-release", "What is this release 1", ""),
            ("/etc/system-release-cpe", "cpe:2.3:o:amazon:amazon_linux:2", "amzn 2 -"),
            ("/etc/system-release-cpe", "cpe:/o:centos:linux:6:GA\n", "centos 6 -"),
            ("/etc/system-release-cpe", "cpe:/a:x", ""),
            ("/etc/alpine-release", "3.20.3\n", "alpine 3.20.3 -"),
            ("/etc/alpine-release", "", ""),
            ("/etc/arch-release", "", "arch - -"),
            ("/etc/debian_version", "12.5\n", "debian 12 -"),
            ("/etc/debian_version", "trixie/sid\n", "debian - trixie"),
            ("/etc/debian_version", "kali-rolling\n", ""),
            (
                "/etc/lsb-release",
                "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=22.04\nDISTRIB_CODENAME=jammy\nDISTRIB_DESCRIPTION=\"Ubuntu 22.04.4 LTS\"",
                "ubuntu 22.04 jammy",
            ),
            ("/etc/lsb-release", "LSB_VERSION=base-4.0", ""),
        ] {
            check(path, content, expected);
        }
    }

    #[test]
    fn other_files_are_not_wanted() {
        for path in ["/etc/issue", "/opt/etc/redhat-release", "/etc/x/debian_version", "/os-release/x"] {
            assert!(!OsReleaseFile.wants(&entry(path), b""), "{path}");
        }
        assert!(OsReleaseFile.wants(&entry("/nix/store/x-etc-os-release"), b""));
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "\\PC{0,60}", bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            use Form::*;
            for form in [OsRelease, LsbRelease, Line, Cpe, Alpine, Debian, Arch] {
                parse(form, text.as_bytes());
                parse(form, &bytes);
                parse(form, format!("ID={text}").as_bytes());
                parse(form, format!("CentOS {text}").as_bytes());
            }
        }
    }
}
