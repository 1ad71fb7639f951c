//! Is an advisory's release the image's release?
//!
//! Publishers write releases in many ways: `12`, `v3.20`, `22.04:LTS`, `Pro:22.04:LTS`, `enterprise_linux:9::baseos`,
//! `rhel_eus:9.4::appstream`, `Leap 15.5`, `Linux Enterprise Server 15 SP5`, `22.03-LTS-SP1`. Each distribution's row
//! names the rule that reads its VERSION_ID and compares.

use plimsoll_model::OsRelease;

/// How a VERSION_ID names a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReleaseRule {
    /// `23` or `stream`, as Alpaquita does.
    Alpaquita,
    /// `v3.20`, or `edge`.
    Alpine,
    /// `1` for 2018.03, `2`, `2023`.
    Amazon,
    /// The whole VERSION_ID.
    Exact,
    /// `Leap 15.6`.
    Leap,
    /// The part before the first dot; a record may also name the minor release.
    Major,
    /// `22.03-LTS-SP1`, from PRETTY_NAME.
    OpenEuler,
    /// A Red Hat product named like the ID: `hummingbird:1`.
    Product,
    /// `enterprise_linux:9::baseos` and its extended-update streams.
    RedHat,
    /// No releases: whatever is published holds.
    Rolling,
    /// `Linux Enterprise … 15 SP5`.
    Sle,
    /// `Linux Enterprise Micro 5.5`, `Linux Micro 6.0`.
    SleMicro,
    /// `Tumbleweed`.
    Tumbleweed,
    /// `22.04:LTS`, `Pro:22.04:LTS`.
    Ubuntu,
}

/// The image's release in its rule's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Release {
    rule: ReleaseRule,
    /// `12`, `3.20`, `22.04`, `15 SP5`; empty when the image does not say.
    name: String,
    /// For [`ReleaseRule::Product`].
    id: String,
}

/// The stream of fixes a record belongs to, among those of the image's release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Stream {
    /// The one every system of the release follows.
    General,
    /// One that only systems of this minor release follow, open to all.
    Minor(u32),
    /// One that is paid for and kept for a minor release (EUS, AUS, E4S, TUS), or for the whole release (ELS).
    Extended(Option<u32>),
    /// Ubuntu Pro.
    Pro,
}

impl ReleaseRule {
    pub(crate) fn parse(text: &str) -> Option<ReleaseRule> {
        Some(match text {
            "alpaquita" => ReleaseRule::Alpaquita,
            "alpine" => ReleaseRule::Alpine,
            "amazon" => ReleaseRule::Amazon,
            "exact" => ReleaseRule::Exact,
            "leap" => ReleaseRule::Leap,
            "major" => ReleaseRule::Major,
            "openeuler" => ReleaseRule::OpenEuler,
            "product" => ReleaseRule::Product,
            "red-hat" => ReleaseRule::RedHat,
            "rolling" => ReleaseRule::Rolling,
            "sle" => ReleaseRule::Sle,
            "sle-micro" => ReleaseRule::SleMicro,
            "tumbleweed" => ReleaseRule::Tumbleweed,
            "ubuntu" => ReleaseRule::Ubuntu,
            _ => return None,
        })
    }

    /// The release of an image with this VERSION_ID.
    pub(crate) fn read(self, id: &str, version: &str, os: &OsRelease) -> Release {
        let name = match self {
            // An edge image says `3.21_alpha20240923`: the release it will become.
            ReleaseRule::Alpine if version.contains("_alpha") || version == "edge" => "edge".to_owned(),
            ReleaseRule::Alpine => format!("v{}", leading(version, 2)),
            ReleaseRule::Amazon if version.starts_with("201") => "1".to_owned(),
            ReleaseRule::Amazon | ReleaseRule::Alpaquita => leading(version, 1).to_owned(),
            ReleaseRule::OpenEuler => open_euler(version, os),
            ReleaseRule::Sle => match version.split_once('.') {
                Some((major, "0")) => major.to_owned(),
                Some((major, pack)) => format!("{major} SP{pack}"),
                None => version.to_owned(),
            },
            _ => version.to_owned(),
        };
        Release { rule: self, name, id: id.to_owned() }
    }
}

impl Release {
    /// What a record's release is to this one; `None`: another release.
    pub(crate) fn stream(&self, text: &str) -> Option<Stream> {
        let general = |same: bool| same.then_some(Stream::General);
        if self.rule == ReleaseRule::Rolling || text.is_empty() {
            return Some(Stream::General);
        }
        if self.name.is_empty() || self.name == "v" {
            return general(self.rule == ReleaseRule::Tumbleweed && text.starts_with("Tumbleweed"));
        }
        match self.rule {
            ReleaseRule::Alpine => {
                general(text.strip_prefix('v').unwrap_or(text) == self.name.trim_start_matches('v'))
            }
            // A topic of extras, or another repository, stands behind the release: `2:kernel-5.15`.
            ReleaseRule::Amazon => {
                general(text.split(':').next().is_some_and(|release| release == self.name))
            }
            ReleaseRule::Alpaquita | ReleaseRule::Exact | ReleaseRule::OpenEuler => {
                general(text.eq_ignore_ascii_case(&self.name))
            }
            ReleaseRule::Leap => {
                let wanted = text.strip_prefix("Leap ").unwrap_or(text);
                general(wanted.strip_suffix(" NonFree").unwrap_or(wanted) == self.name)
            }
            ReleaseRule::Major => self.dotted(text),
            ReleaseRule::Product => {
                let (product, rest) = text.split_once(':')?;
                let version = rest.split(':').next().unwrap_or("");
                general(product == self.id && leading(version, 1) == leading(&self.name, 1))
            }
            ReleaseRule::RedHat => self.red_hat(text),
            ReleaseRule::Rolling => Some(Stream::General),
            ReleaseRule::Sle => general(sle(text).is_some_and(|release| release == self.name)),
            ReleaseRule::SleMicro => {
                let micro = text.rsplit_once("Micro ").map(|(_, version)| version);
                general(micro.is_some_and(|version| version == self.name))
            }
            ReleaseRule::Tumbleweed => general(text.starts_with("Tumbleweed")),
            ReleaseRule::Ubuntu => self.ubuntu(text),
        }
    }

    /// This release as Red Hat would number it, for rebuilds of its distribution.
    pub(crate) fn as_red_hat(&self) -> Release {
        Release { rule: ReleaseRule::RedHat, ..self.clone() }
    }

    /// This release as EPEL numbers it, for distributions that are built like Red Hat's.
    pub(crate) fn as_epel(&self) -> Release {
        Release { rule: ReleaseRule::Major, ..self.clone() }
    }

    /// The minor release.
    pub(crate) fn minor(&self) -> Option<u32> {
        match self.rule {
            ReleaseRule::Major | ReleaseRule::RedHat => self.name.split('.').nth(1)?.parse().ok(),
            _ => None,
        }
    }

    /// `9` or `9.4`.
    fn dotted(&self, text: &str) -> Option<Stream> {
        if leading(text, 1) != leading(&self.name, 1) {
            return None;
        }
        match text.split('.').nth(1).map(str::parse) {
            None => Some(Stream::General),
            // `3.0` of Azure Linux is all of 3.
            Some(Ok(0)) if self.minor().is_none_or(|minor| minor == 0) => Some(Stream::General),
            Some(Ok(minor)) => Some(Stream::Minor(minor)),
            Some(Err(_)) => None,
        }
    }

    /// `product:version:update:edition`: a CPE 2.2 of the operating system without its head.
    fn red_hat(&self, text: &str) -> Option<Stream> {
        let text =
            text.trim_start_matches("cpe:/").trim_start_matches("o:redhat:").trim_start_matches("a:redhat:");
        let mut parts = text.split(':');
        let (product, version) = match (parts.next()?, parts.next()) {
            (version, None) if version.starts_with(|c: char| c.is_ascii_digit()) => {
                ("enterprise_linux", version)
            }
            (product, version) => (product, version.unwrap_or("")),
        };
        let minor = match self.dotted(version)? {
            Stream::Minor(minor) => Some(minor),
            _ => None,
        };
        match product {
            "enterprise_linux" => Some(minor.map_or(Stream::General, Stream::Minor)),
            "rhel_eus"
            | "rhel_aus"
            | "rhel_e4s"
            | "rhel_tus"
            | "rhel_els"
            | "rhel_eus_long_life"
            | "rhel_mission_critical"
            | "enterprise_linux_eus" => Some(Stream::Extended(minor)),
            _ => None,
        }
    }

    /// `22.04:LTS`, `Pro:22.04:LTS`, `Pro:FIPS-updates:22.04:LTS`; the last kind is for systems we cannot tell.
    fn ubuntu(&self, text: &str) -> Option<Stream> {
        let (stream, release) = match text.strip_prefix("Pro:") {
            Some(rest) => (Stream::Pro, rest),
            None => (Stream::General, text),
        };
        (release.strip_suffix(":LTS").unwrap_or(release) == self.name).then_some(stream)
    }
}

/// The minor release a build was made for, as its release tag says: 4 of `427.el9_4.2` and of
/// `2.module+el8.4.0+13643`; `None` of `100.el9`.
pub(crate) fn build_minor(version: &str) -> Option<u32> {
    let is_module = version.contains(".module");
    version.match_indices("el").find_map(|(at, _)| {
        let rest = &version[at + 2..];
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let major = digits(rest);
        let behind = rest[major..].strip_prefix(['_', '.'])?;
        let minor = digits(behind);
        let dotted = rest[major..].starts_with('.');
        // `.el9.1` is a rebuild of `.el9`, not one for 9.1; only module builds write `el8.4.0`.
        (major > 0 && minor > 0 && (!dotted || is_module)).then(|| behind[..minor].parse().ok())?
    })
}

/// `15 SP5` of `Linux Enterprise Module for Basesystem 15 SP5`, `Linux Enterprise Server 15 SP3-LTSS`; `None` for
/// products that are no part of an enterprise server, like Micro.
fn sle(text: &str) -> Option<String> {
    if text.contains("Micro") || !(text.contains("Linux Enterprise") || text.contains("Package Hub")) {
        return None;
    }
    let mut words =
        text.split_whitespace().skip_while(|word| !word.starts_with(|c: char| c.is_ascii_digit()));
    let major = words.next()?.split('-').next()?;
    // From 16 on service packs are minor releases.
    if let Some((major, minor)) = major.split_once('.') {
        return Some(if minor == "0" { major.to_owned() } else { format!("{major} SP{minor}") });
    }
    let pack = words.next().and_then(|word| word.split('-').next()).filter(|word| word.starts_with("SP"));
    Some(pack.map_or(major.to_owned(), |pack| format!("{major} {pack}")))
}

/// `22.03-LTS-SP1` of `openEuler 22.03 (LTS-SP1)`.
fn open_euler(version: &str, os: &OsRelease) -> String {
    let pretty = os.pretty_name.as_deref().unwrap_or("");
    let edition =
        pretty.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map_or("", |(edition, _)| edition);
    match edition.trim() {
        "" => version.to_owned(),
        edition => format!("{version}-{edition}"),
    }
}

/// The first so many parts of a dotted version.
fn leading(version: &str, parts: usize) -> &str {
    let end = version.match_indices('.').nth(parts.saturating_sub(1)).map_or(version.len(), |(at, _)| at);
    &version[..end]
}

#[cfg(test)]
mod tests {
    use super::super::Distribution;
    use super::*;

    #[test]
    fn releases_are_told_apart() {
        // id VERSION_ID | release of the record | stream, `-` for another release
        let cases = "\
            debian 12 | 12 | general
            debian 12 | 11 | -
            debian 12.5 | 12 | general
            alpine 3.20.3 | v3.20 | general
            alpine 3.20.3 | v3.2 | -
            alpine 3.2.0 | v3.20 | -
            alpine 3.20.3 | edge | -
            alpine 3.21_alpha20240923 | edge | general
            alpine 3.21_alpha20240923 | v3.21 | -
            ubuntu 22.04 | 22.04:LTS | general
            ubuntu 22.04 | 22.04 | general
            ubuntu 22.04 | Pro:22.04:LTS | pro
            ubuntu 22.04 | Pro:FIPS-updates:22.04:LTS | -
            ubuntu 22.04 | 20.04:LTS | -
            ubuntu 23.10 | 23.10 | general
            wolfi 20230201 |  | general
            rhel 9.4 | enterprise_linux:9::baseos | general
            rhel 9.4 | enterprise_linux:9.2 | minor 2
            rhel 9.4 | enterprise_linux:8::appstream | -
            rhel 9.4 | rhel_eus:9.4::baseos | extended 4
            rhel 8.6 | rhel_aus:8.6::appstream | extended 6
            rhel 7.9 | rhel_els:7 | extended
            rhel 9 | openshift:4.14::el9 | -
            rhel 9 | rhel_software_collections:3::el7 | -
            centos 7 | enterprise_linux:7::server | general
            centos 6 | enterprise_linux:6::server | general
            rhel 10.0 | enterprise_linux:10.0 | general
            hummingbird 1 | hummingbird:1 | general
            almalinux 9.4 | 9 | general
            almalinux 8.10 | 9 | -
            rocky 9.4 | 9 | general
            ol 8.9 | 8 | general
            amzn 2 | 2 | general
            amzn 2018.03 | 1 | general
            amzn 2023.6.20241010 | 2023 | general
            amzn 2 | 2:kernel-5.15 | general
            amzn 2023.6.20241010 | 2:docker | -
            fedora 40 | 40 | general
            fedora 40 | 39 | -
            photon 3.0 | 3.0 | general
            photon 3.0 | 4.0 | -
            azurelinux 3.0 | 3 | general
            mariner 2.0 | 2.0 | general
            mariner 2.0 | 3 | -
            sles 15.5 | Linux Enterprise Server 15 SP5 | general
            sles 15.5 | Linux Enterprise Module for Basesystem 15 SP5 | general
            sles 15.5 | Linux Enterprise Server 15 SP5-LTSS | general
            sles 15.5 | Linux Enterprise Server 15 SP4 | -
            sles 15.5 | Linux Enterprise Micro 5.5 | -
            sles 15 | Linux Enterprise Server 15 | general
            sles 15 | Linux Enterprise Server 15 SP6 | -
            sles 15.7 | Linux Enterprise Server 15 SP6 | -
            sles 12.5 | Package Hub 12 SP5 | general
            sles 15.5 | Linux Enterprise 15 SP5 | general
            sles 16.0 | Linux Enterprise Server 16.0 | general
            sles 16.1 | Linux Enterprise Server 16.0 | -
            sle-micro 5.5 | Linux Enterprise Micro 5.5 | general
            opensuse-leap 15.1 | Leap 15.1 | general
            opensuse-leap 15.1 | Leap 15.2 | -
            opensuse-leap 15.1 | Tumbleweed | -
            opensuse-tumbleweed 20240101 | Tumbleweed | general
            opensuse-tumbleweed 20240101 | Leap 15.1 | -
            mageia 9 | 9 | general";
        for case in cases.lines() {
            let parts: Vec<&str> = case.split('|').map(str::trim).collect();
            let (id, version) = parts[0].split_once(' ').expect("id and version");
            let os = OsRelease { id: id.into(), version_id: Some(version.into()), ..OsRelease::default() };
            let distribution = Distribution::of(&os).expect("a known distribution");
            let expected = match parts[2] {
                "-" => None,
                "general" => Some(Stream::General),
                "pro" => Some(Stream::Pro),
                "extended" => Some(Stream::Extended(None)),
                other => {
                    let (word, minor) = other.split_once(' ').expect("a word and a minor release");
                    let minor = minor.parse().expect("a number");
                    Some(if word == "minor" { Stream::Minor(minor) } else { Stream::Extended(Some(minor)) })
                }
            };
            assert_eq!(distribution.stream(distribution.ecosystem, parts[1]), expected, "{case}");
        }
    }

    #[test]
    fn releases_without_a_version_id() {
        let check = |os: OsRelease, release: &str, expected: bool| {
            let distribution = Distribution::of(&os).expect("a known distribution");
            assert_eq!(distribution.stream(distribution.ecosystem, release).is_some(), expected, "{os:?}");
        };
        let os = |id: &str, pretty: &str| OsRelease {
            id: id.into(),
            pretty_name: Some(pretty.into()),
            ..OsRelease::default()
        };
        check(os("debian", "Debian GNU/Linux trixie/sid"), "13", true);
        check(os("debian", "Debian GNU/Linux"), "13", false);
        check(os("opensuse-tumbleweed", ""), "Tumbleweed", true);
        let mut euler = os("openEuler", "openEuler 22.03 (LTS-SP1)");
        euler.version_id = Some("22.03".into());
        check(euler.clone(), "22.03-LTS-SP1", true);
        check(euler, "22.03-LTS", false);
    }

    #[test]
    fn builds_tell_their_minor_release() {
        let check = |version: &str, minor: Option<u32>| assert_eq!(build_minor(version), minor, "{version}");
        check("5.14.0-427.68.1.el9_4", Some(4));
        check("2.4.37-43.module_el8.5.0+2597+c4b14997.alma", Some(5));
        check("1:14.18.2-2.module+el8.4.0+13643+6c0ebf22", Some(4));
        check("0:8.24.0-57.0.1.el7_9.3", Some(9));
        check("2.34-100.el9", None);
        check("1.2-3.el9.1", None);
        check("model-1", None);
        check("é.el9_", None);
    }
}
