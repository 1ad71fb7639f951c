//! Package URLs: how a component is named in documents.

use crate::{Component, OsRelease, PurlType};
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
        let parts: Vec<String> = namespace.split('/').filter(|part| !part.is_empty()).map(decode).collect();
        Ok(Purl {
            kind: kind.to_ascii_lowercase(),
            namespace: parts.join("/"),
            name: decode(name.trim_end_matches('/')),
            version: decode(version),
            qualifiers: qualifiers
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .filter(|(_, value)| !value.is_empty())
                .map(|(key, value)| (key.to_ascii_lowercase(), decode(value)))
                .collect(),
        })
    }

    /// The value of this qualifier.
    pub fn qualifier(&self, key: &str) -> Option<&str> {
        self.qualifiers.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

impl Component {
    /// The component's purl in an image of this distribution. OS packages take the distribution's os-release ID as
    /// namespace and carry `arch`, `distro`, `epoch` (rpm) and `upstream` (source package) as qualifiers.
    pub fn purl(&self, os: Option<&OsRelease>) -> String {
        let mut out = format!("pkg:{}/", self.kind.as_str());
        let namespace = match os {
            Some(os) if self.kind.is_os() => os.id.as_str(),
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
        if let (true, Some(os)) = (self.kind.is_os(), os)
            && !os.id.is_empty()
        {
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
            | PurlType::Composer
            | PurlType::Deb
            | PurlType::Github
            | PurlType::Hex
            | PurlType::Luarocks
            | PurlType::Pypi => text.to_lowercase(),
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

fn decode(text: &str) -> String {
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
    }
}
