//! Package URLs: how a component is named in documents.

use crate::{Component, OsRelease, PurlType, Source};
use std::fmt::Write as _;

/// A parsed purl `pkg:type/namespace/name@version?qualifiers#subpath`
/// (<https://github.com/package-url/purl-spec>, PURL-SPECIFICATION).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purl {
    /// Type, lower case, also one we do not know.
    pub kind: String,
    /// Namespace, decoded, parts joined by `/`; empty when there is none.
    pub namespace: String,
    /// Name, decoded.
    pub name: String,
    /// Version, decoded; empty when there is none.
    pub version: String,
    /// Qualifiers in their order, keys lower case, values decoded.
    pub qualifiers: Vec<(String, String)>,
}

/// The text is not a purl.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a package URL (pkg:type/namespace/name@version)")]
pub struct PurlError(String);

impl Purl {
    /// Reads a purl; a subpath is dropped.
    pub fn parse(text: &str) -> Result<Purl, PurlError> {
        let bad = || PurlError(text.chars().take(200).collect());
        let rest = text.strip_prefix("pkg:").ok_or_else(bad)?.trim_start_matches('/');
        let rest = rest.split_once('#').map_or(rest, |(rest, _)| rest);
        let (rest, qualifiers) = rest.split_once('?').unwrap_or((rest, ""));
        // A version begins at the last `@` behind the last `/`: npm scopes may carry a bare `@`.
        let after_slash = rest.rfind('/').map_or(0, |at| at + 1);
        let (path, version) = match rest[after_slash..].rfind('@') {
            Some(at) if at > 0 => (&rest[..after_slash + at], &rest[after_slash + at + 1..]),
            _ => (rest, ""),
        };
        let (kind, path) = path.split_once('/').ok_or_else(bad)?;
        let (namespace, name) = path.trim_end_matches('/').rsplit_once('/').unwrap_or(("", path));
        if kind.is_empty() || name.is_empty() {
            return Err(bad());
        }
        let parts: Vec<String> =
            namespace.split('/').filter(|part| !part.is_empty()).map(percent_decoded).collect();
        Ok(Purl {
            kind: kind.to_ascii_lowercase(),
            namespace: parts.join("/"),
            name: percent_decoded(name.trim_end_matches('/')),
            version: percent_decoded(version),
            qualifiers: qualifiers
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .filter(|(_, value)| !value.is_empty())
                .map(|(key, value)| (key.to_ascii_lowercase(), percent_decoded(value)))
                .collect(),
        })
    }

    /// The name people and advisories use: with the namespace where it is part of the name, so not for packages of an
    /// operating system, whose namespace is the distribution.
    pub fn full_name(&self) -> String {
        match (self.namespace.as_str(), PurlType::parse(&self.kind)) {
            ("", _) => self.name.clone(),
            (_, Some(kind)) if kind.is_os() && kind != PurlType::Ebuild => self.name.clone(),
            (namespace, Some(PurlType::Maven)) => format!("{namespace}:{}", self.name),
            (namespace, _) => format!("{namespace}/{}", self.name),
        }
    }

    /// The value of this qualifier.
    pub fn qualifier(&self, key: &str) -> Option<&str> {
        self.qualifiers.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// The distribution its `distro` qualifier names: `debian-12`, `opensuse-leap-15.6`, as Trivy writes it for Alpine
    /// `3.20.3` behind the namespace, or a codename (`jessie`).
    pub fn os(&self) -> Option<OsRelease> {
        let distro = self.qualifier("distro")?.trim();
        let is_number = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
        let numbered = distro.match_indices('-').find(|(at, _)| is_number(&distro[at + 1..]));
        let named = distro.strip_prefix(self.namespace.as_str()).and_then(|rest| rest.strip_prefix('-'));
        let (id, version_id, codename) = match (numbered, named) {
            (Some((at, _)), _) => (&distro[..at], Some(&distro[at + 1..]), None),
            (None, _) if is_number(distro) => (self.namespace.as_str(), Some(distro), None),
            (None, Some(codename)) => (self.namespace.as_str(), None, Some(codename)),
            (None, None) if is_codename(distro) => (self.namespace.as_str(), None, Some(distro)),
            (None, None) => (distro, None, None),
        };
        let id = OsRelease::id_of(id);
        let text = |text: &str| text.to_owned();
        let (version_id, codename) = (version_id.map(text), codename.map(text));
        (!id.is_empty()).then(|| OsRelease { id, version_id, codename, ..OsRelease::default() })
    }
}

/// Debian's and Ubuntu's codenames stand alone in the purl specification's own examples (`distro=jessie`).
fn is_codename(distro: &str) -> bool {
    const CODENAMES: &[&str] = &[
        "bionic", "bookworm", "bullseye", "buster", "focal", "forky", "jammy", "jessie", "noble", "sid",
        "stretch", "trixie", "trusty", "wheezy", "xenial",
    ];
    CODENAMES.contains(&distro)
}

impl OsRelease {
    /// The os-release ID of the distribution this word means: documents also use a vendor's or product's name.
    pub fn id_of(word: &str) -> String {
        let word = word.trim().to_lowercase();
        let id = match word.as_str() {
            "alma" => "almalinux",
            "amazon" | "amazonlinux" | "amazon linux" => "amzn",
            "cbl-mariner" => "mariner",
            "opensuse.leap" => "opensuse-leap",
            "opensuse.tumbleweed" => "opensuse-tumbleweed",
            "oracle" | "oraclelinux" | "oracle linux" => "ol",
            "redhat" | "red hat" | "red hat enterprise linux" => "rhel",
            "rockylinux" | "rocky linux" => "rocky",
            "suse linux enterprise server" => "sles",
            _ => return word,
        };
        id.to_owned()
    }
}

impl Component {
    /// The component a purl names; `None` when its type is unknown. Of OS packages the namespace is dropped (it is the
    /// image's distribution: [`Purl::os`]) and the qualifiers `arch`, `epoch`, `upstream` and `modularity` or
    /// `rpmmod` are read, as [`Component::purl`], Syft and Trivy write them.
    pub fn from_purl(purl: &Purl) -> Option<Component> {
        let kind = PurlType::parse(&purl.kind)?;
        let namespace = if kind.is_os() && kind != PurlType::Ebuild { "" } else { purl.namespace.as_str() };
        // Go's word for a module built outside version control is no version.
        let version = if purl.version == "(devel)" { "" } else { purl.version.as_str() };
        let mut component = Component::new(kind, namespace, &purl.name, version);
        if !kind.is_os() {
            return Some(component);
        }
        component.arch = purl.qualifier("arch").map(str::to_owned);
        if kind == PurlType::Rpm {
            component.set_rpm_version(version, purl.qualifier("epoch").and_then(|epoch| epoch.parse().ok()));
            let modularity = purl.qualifier("modularity").or_else(|| purl.qualifier("rpmmod"));
            component.modularity = modularity.map(str::to_owned);
        }
        component.source = purl.qualifier("upstream").and_then(|upstream| component.source_of(upstream));
        Some(component)
    }

    /// Sets version, epoch and release of an rpm from `[epoch:]version[-release]`; an epoch given apart goes first.
    pub fn set_rpm_version(&mut self, version: &str, epoch: Option<u32>) {
        let stated =
            version.split_once(':').and_then(|(epoch, rest)| Some((epoch.parse::<u32>().ok()?, rest)));
        let (stated, bare) = stated.map_or((None, version), |(epoch, rest)| (Some(epoch), rest));
        self.epoch = epoch.or(stated);
        self.release = bare.rsplit_once('-').map(|(_, release)| release.to_owned());
        self.version = match self.epoch.filter(|&epoch| epoch > 0) {
            Some(epoch) => format!("{epoch}:{bare}"),
            None => bare.to_owned(),
        };
    }

    /// The source package an `upstream` qualifier names: `name`, `name@version`, or an rpm's
    /// `name-version-release.src.rpm`.
    pub fn source_of(&self, upstream: &str) -> Option<Source> {
        let rpm = [".src.rpm", ".nosrc.rpm"].iter().find_map(|end| upstream.strip_suffix(end));
        let (name, version) = match rpm.filter(|_| self.kind == PurlType::Rpm) {
            Some(file_name) => {
                let (rest, release) = file_name.rsplit_once('-')?;
                let (name, version) = rest.rsplit_once('-')?;
                (name, format!("{version}-{release}"))
            }
            None => match upstream.split_once('@') {
                Some((name, version)) if !version.is_empty() => (name, version.to_owned()),
                // A source rpm has no epoch.
                _ => (upstream.trim_end_matches('@'), self.purl_version().to_owned()),
            },
        };
        (!name.is_empty()).then(|| Source { name: name.to_owned(), version })
    }

    /// The component's purl in an image of this distribution. OS packages take the distribution's os-release ID as
    /// namespace and carry `arch`, `distro`, `epoch` (rpm) and `upstream` (source package) as qualifiers.
    pub fn purl(&self, os: Option<&OsRelease>) -> String {
        let mut out = format!("pkg:{}/", self.kind.as_str());
        let os = os.filter(|_| self.kind.is_os() && !self.is_foreign());
        let namespace = match os {
            Some(os) if self.kind != PurlType::Ebuild => os.id.as_str(),
            _ if self.is_foreign() && self.namespace == Component::UNKNOWN_DISTRIBUTION => "",
            _ => self.namespace.as_str(),
        };
        for part in namespace.split('/').filter(|part| !part.is_empty()) {
            encode(&mut out, &self.kind.fold_case(part));
            out.push('/');
        }
        encode(&mut out, &self.kind.fold_name(&self.name));
        if !self.version.is_empty() {
            out.push('@');
            encode(&mut out, self.purl_version());
        }
        let mut qualifiers = Vec::new();
        if let (true, Some(arch)) = (self.kind.is_os(), &self.arch) {
            qualifiers.push(("arch", arch.clone()));
        }
        if let Some(os) = os.filter(|os| !os.id.is_empty()) {
            let version = os.version_id.as_deref().map_or(String::new(), |version| format!("-{version}"));
            qualifiers.push(("distro", format!("{}{version}", os.id)));
        }
        if let Some(epoch) = self.epoch.filter(|&epoch| epoch > 0) {
            qualifiers.push(("epoch", epoch.to_string()));
        }
        if let (true, Some(source)) = (self.kind.is_os(), &self.source)
            && (source.name != self.name || source.version != self.version)
        {
            let upstream = match self.kind {
                PurlType::Rpm => format!("{}-{}.src.rpm", source.name, source.version),
                _ if source.version == self.version => source.name.clone(),
                _ => format!("{}@{}", source.name, source.version),
            };
            qualifiers.push(("upstream", upstream));
        }
        for (index, (key, value)) in qualifiers.iter().enumerate() {
            let _ = write!(out, "{}{key}=", if index == 0 { '?' } else { '&' });
            encode(&mut out, value);
        }
        out
    }

    /// Rpm's epoch is a qualifier of the purl, not a part of its version.
    fn purl_version(&self) -> &str {
        match (self.kind, self.epoch) {
            (PurlType::Rpm, Some(epoch)) if epoch > 0 => {
                self.version.split_once(':').map_or(self.version.as_str(), |(_, version)| version)
            }
            _ => &self.version,
        }
    }
}

impl PurlType {
    /// Types whose namespace and name the purl specification lowers.
    fn fold_case(self, text: &str) -> String {
        match self {
            PurlType::Apk
            | PurlType::Alpm
            | PurlType::Bitnami
            | PurlType::Brew
            | PurlType::Composer
            | PurlType::Deb
            | PurlType::Github
            | PurlType::Hex
            | PurlType::Luarocks
            | PurlType::Pypi
            | PurlType::VscodeExtension => text.to_lowercase(),
            _ => text.to_owned(),
        }
    }

    fn fold_name(self, text: &str) -> String {
        match self {
            PurlType::Pypi => text.to_lowercase().replace('_', "-"),
            _ => self.fold_case(text),
        }
    }
}

/// Percent-encodes all but the characters the specification leaves as they are, and the colon.
fn encode(out: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' | b':' => {
                out.push(byte as char)
            }
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
}

/// Text with its percent-encoded bytes (RFC 3986, 2.1) put back; what is no such code stays as written.
pub fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    #[test]
    fn purls_are_read() {
        let check = |text: &str, kind: &str, namespace: &str, name: &str, version: &str| {
            let purl = Purl::parse(text).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(
                (&*purl.kind, &*purl.namespace, &*purl.name, &*purl.version),
                (kind, namespace, name, version)
            );
        };
        check("pkg:npm/%40angular/core@16.0.0", "npm", "@angular", "core", "16.0.0");
        check("pkg:npm/@angular/core", "npm", "@angular", "core", "");
        check("pkg:npm/@angular/core@1", "npm", "@angular", "core", "1");
        check("pkg:golang/github.com/a/b@v1.2.3#sub", "golang", "github.com/a", "b", "v1.2.3");
        check("pkg:deb/debian/libc6@2.36-9%2Bdeb12u1?arch=amd64", "deb", "debian", "libc6", "2.36-9+deb12u1");
        check("pkg:maven/org.apache/commons@1.0", "maven", "org.apache", "commons", "1.0");
        assert!(Purl::parse("pkg:npm").is_err());
        assert!(Purl::parse("npm/x@1").is_err());
        assert!(Purl::parse("pkg:npm/").is_err());
        let purl = Purl::parse("pkg:rpm/centos/x@1-2?epoch=1&arch=&upstream=x%2B-1.src.rpm").expect("a purl");
        assert_eq!((purl.qualifier("upstream"), purl.qualifier("arch")), (Some("x+-1.src.rpm"), None));
    }

    #[test]
    fn purls_are_written() {
        let debian = OsRelease { id: "debian".into(), version_id: Some("12".into()), ..OsRelease::default() };
        let mut libc = Component::new(PurlType::Deb, "", "libc-bin", "2.36-9+deb12u9");
        libc.arch = Some("amd64".into());
        libc.source = Some(Source { name: "glibc".into(), version: "2.36-9+deb12u9".into() });
        assert_eq!(
            libc.purl(Some(&debian)),
            "pkg:deb/debian/libc-bin@2.36-9%2Bdeb12u9?arch=amd64&distro=debian-12&upstream=glibc"
        );
        let mut perl = Component::new(PurlType::Rpm, "", "perl", "4:5.32.1-481.el9");
        perl.epoch = Some(4);
        assert_eq!(perl.purl(None), "pkg:rpm/perl@5.32.1-481.el9?epoch=4");
        assert_eq!(
            Component::new(PurlType::Npm, "@babel", "core", "7.0.0").purl(None),
            "pkg:npm/%40babel/core@7.0.0"
        );
        assert_eq!(
            Component::new(PurlType::Pypi, "", "Flask_Login", "1").purl(None),
            "pkg:pypi/flask-login@1"
        );
        let foreign = Component::new(PurlType::Rpm, "almalinux", "libgfortran", "8.5.0-22.el8_10");
        assert_eq!(foreign.purl(Some(&debian)), "pkg:rpm/almalinux/libgfortran@8.5.0-22.el8_10");
        assert_eq!((foreign.is_foreign(), foreign.full_name()), (true, "libgfortran".to_owned()));
        let unknown = Component::new(PurlType::Deb, Component::UNKNOWN_DISTRIBUTION, "x", "1");
        assert_eq!(unknown.purl(Some(&debian)), "pkg:deb/x@1");
        let gentoo = OsRelease { id: "gentoo".into(), ..OsRelease::default() };
        let ebuild = Component::new(PurlType::Ebuild, "app-shells", "bash", "5.2_p26-r1");
        assert_eq!(ebuild.purl(Some(&gentoo)), "pkg:ebuild/app-shells/bash@5.2_p26-r1?distro=gentoo");
        assert_eq!((ebuild.is_foreign(), ebuild.full_name()), (false, "app-shells/bash".to_owned()));
    }

    fn component(text: &str) -> Component {
        let purl = Purl::parse(text).unwrap_or_else(|error| panic!("{error}"));
        Component::from_purl(&purl).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn components_are_read_and_written_back() {
        let check = |text: &str, full_name: &str, version: &str, source: Option<(&str, &str)>| {
            let found = component(text);
            assert_eq!((found.full_name().as_str(), found.version.as_str()), (full_name, version), "{text}");
            let found_source = found.source.as_ref().map(|source| (&*source.name, &*source.version));
            assert_eq!(found_source, source, "{text}");
            let os = Purl::parse(text).ok().and_then(|purl| purl.os());
            assert_eq!(found.purl(os.as_ref()), text);
        };
        check("pkg:npm/%40angular/core@16.0.0", "@angular/core", "16.0.0", None);
        check("pkg:maven/org.apache/commons@1.0", "org.apache:commons", "1.0", None);
        check("pkg:golang/github.com/a/b@v1.2.3", "github.com/a/b", "v1.2.3", None);
        check(
            "pkg:deb/debian/libssl1.1@1.1.1d-0%2Bdeb10u2?arch=amd64&distro=debian-10.2&upstream=openssl",
            "libssl1.1",
            "1.1.1d-0+deb10u2",
            Some(("openssl", "1.1.1d-0+deb10u2")),
        );
        check(
            "pkg:deb/debian/bsdutils@1:2.33.1-0.1?arch=amd64&distro=debian-10.2&upstream=util-linux%402.33.1-0.1",
            "bsdutils",
            "1:2.33.1-0.1",
            Some(("util-linux", "2.33.1-0.1")),
        );
        check(
            "pkg:rpm/centos/bind-libs@9.11.4-9.el8?arch=x86_64&distro=centos-8&epoch=32&upstream=bind-9.11.4-9.el8.src.rpm",
            "bind-libs",
            "32:9.11.4-9.el8",
            Some(("bind", "9.11.4-9.el8")),
        );
        let bind = component("pkg:rpm/centos/bind-libs@9.11.4-9.el8?epoch=32&rpmmod=b:1:2:c");
        assert_eq!(
            (bind.epoch, bind.release.as_deref(), bind.modularity.as_deref()),
            (Some(32), Some("9.el8"), Some("b:1:2:c"))
        );
        let zero = component("pkg:rpm/centos/x@0:1-2?upstream=y");
        assert_eq!((zero.epoch, zero.version.as_str()), (Some(0), "1-2"));
        assert_eq!(zero.source, Some(Source { name: "y".into(), version: "1-2".into() }));
        assert_eq!(component("pkg:golang/a/b@(devel)").version, "");
        assert_eq!(Purl::parse("pkg:oci/a@1").ok().as_ref().and_then(Component::from_purl), None);
    }

    #[test]
    fn distributions_are_read() {
        let check = |text: &str, id: &str, version_id: Option<&str>, codename: Option<&str>| {
            let os = Purl::parse(text).ok().and_then(|purl| purl.os()).unwrap_or_default();
            assert_eq!(
                (&*os.id, os.version_id.as_deref(), os.codename.as_deref()),
                (id, version_id, codename),
                "{text}"
            );
        };
        check("pkg:deb/debian/x@1?distro=debian-12", "debian", Some("12"), None);
        check("pkg:deb/debian/x@1?distro=debian-sid", "debian", None, Some("sid"));
        check("pkg:deb/debian/x@1?distro=jessie", "debian", None, Some("jessie"));
        check("pkg:apk/alpine/x@1?distro=3.20.3", "alpine", Some("3.20.3"), None);
        check("pkg:rpm/redhat/x@1?distro=redhat-8.4", "rhel", Some("8.4"), None);
        check("pkg:rpm/opensuse/x@1?distro=opensuse-leap-15.6", "opensuse-leap", Some("15.6"), None);
        check("pkg:alpm/arch/x@1?distro=arch", "arch", None, None);
        check("pkg:deb/debian/x@1", "", None, None);
    }
}
