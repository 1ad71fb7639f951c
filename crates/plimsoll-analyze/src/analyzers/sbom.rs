//! Software bills of materials: what somebody else says an image contains.

mod cyclonedx;
mod json;
mod spdx;

use crate::analyzers::{Analyzer, File, Findings};
use plimsoll_model::{Component, Entry, Fact, OsRelease, Purl, PurlType, Source};
use std::collections::BTreeMap;

/// A stated word is an identifier or a name for people; licence texts in the place of names are longer.
const WORD_BYTES: usize = 1024;
/// Different unknown purl types that are named.
const UNKNOWN_TYPES: usize = 20;
/// Different distributions that packages of one document are counted by.
const DISTRIBUTIONS: usize = 100;

/// Reads CycloneDX 1.2 to 1.7 in JSON and XML, and SPDX 2.2 and 2.3 in JSON and tag-value. A package is read when it
/// has a purl.
pub(crate) struct Sbom;

impl Analyzer for Sbom {
    fn name(&self) -> &'static str {
        "sbom"
    }

    fn edition(&self) -> u32 {
        2
    }

    fn wants(&self, entry: &Entry, head: &[u8]) -> bool {
        let name = entry.file_name();
        let ends = |end: &str| {
            let start = name.len().checked_sub(end.len());
            start.and_then(|start| name.get(start..)).is_some_and(|found| found.eq_ignore_ascii_case(end))
        };
        // Vcpkg names no purls; its documents are read with what it installed.
        name != "vcpkg.spdx.json"
            && ([".cdx.json", ".cdx.xml", ".spdx.json", ".spdx"].iter().any(|end| ends(end))
                || (["bom.json", "bom.xml"].iter().any(|known| name.eq_ignore_ascii_case(known))
                    && is_cyclonedx(head))
                || is_in_wheel(&entry.path))
    }

    fn read(&self, file: &File<'_>) -> Findings {
        let what = || "the document".to_owned();
        let over = file.limits.check("manifest-bytes", file.content.len() as u64, what);
        let read = over.map_err(|error| error.to_string()).and_then(|()| parse(file.content));
        let document = match read {
            Ok(document) => document,
            Err(reason) => return Findings { facts: Vec::new(), unread: vec![(String::new(), reason)] },
        };
        let mut findings = Findings::default();
        // What lies deeper in an image describes an application, whatever it was built on.
        if let (Some(os), Some(0)) = (document.os(), file.entry.path.rfind('/')) {
            findings.facts.push((String::new(), Fact::Os(os)));
        }
        for reason in document.unread() {
            findings.unread.push((String::new(), reason));
        }
        let mut components = document.components;
        if file.entry.path.rfind('/') == Some(0) {
            components.iter_mut().for_each(own);
        }
        let most = usize::try_from(file.limits.nested_entries).unwrap_or(usize::MAX);
        let what = || "the number of components".to_owned();
        if let Err(error) = file.limits.check("nested-entries", components.len() as u64, what) {
            findings.unread.push((String::new(), error.to_string()));
            components.truncate(most);
        }
        findings.facts.extend(components.into_iter().map(|it| (String::new(), Fact::Component(it))));
        findings
    }
}

/// What a document at the root says is of the image itself: its distribution is the image's.
fn own(component: &mut Component) {
    if component.is_foreign() {
        component.namespace.clear();
    }
}

/// Python packages carry documents of what is compiled into them (PEP 770, "Specification").
fn is_in_wheel(path: &str) -> bool {
    path.contains(".dist-info/sboms/") && [".json", ".xml"].iter().any(|end| path.ends_with(end))
}

fn is_cyclonedx(head: &[u8]) -> bool {
    ["CycloneDX", "cyclonedx.org/schema/bom"]
        .iter()
        .any(|word| memchr::memmem::find(head, word.as_bytes()).is_some())
}

/// Reads a document of any of the forms; which one is told by its first bytes, because names lie.
pub(crate) fn parse(bytes: &[u8]) -> Result<Document, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => Err("an empty document".to_owned()),
        Some(b'{') => json::parse(bytes),
        Some(b'<') => cyclonedx::parse_xml(bytes),
        Some(_) => spdx::parse_tags(bytes),
    }
}

/// What a document says, whatever its form.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Document {
    /// The distribution it names itself.
    stated_os: Option<OsRelease>,
    /// Distributions by the number of packages that say they are of it.
    os_of_packages: Vec<(OsRelease, usize)>,
    pub components: Vec<Component>,
    without_purl: usize,
    bad_purls: usize,
    unknown_types: BTreeMap<String, usize>,
    more_unknown_types: usize,
}

/// One package as a document states it. Empty means it does not say.
#[derive(Debug, Default, PartialEq)]
struct Stated {
    name: String,
    purl: String,
    vendor: String,
    licenses: Vec<String>,
    /// The first name the NVD knows it by.
    cpe: String,
    /// Names and values that tools add beyond the standard.
    properties: Vec<(String, String)>,
    /// SPDX only: `built package from: NAME VERSION`, as Trivy writes it.
    source_info: String,
}

impl Document {
    /// The distribution: what the document names, else what most packages say.
    fn os(&self) -> Option<OsRelease> {
        let by_packages = || {
            let most = self.os_of_packages.iter().rev().max_by_key(|(_, count)| *count);
            most.map(|(os, _)| os.clone())
        };
        self.stated_os.clone().or_else(by_packages)
    }

    pub fn unread(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if !self.unknown_types.is_empty() {
            let total = self.unknown_types.values().sum::<usize>() + self.more_unknown_types;
            let kinds: Vec<String> = self.unknown_types.keys().map(|kind| format!("{kind:.40}")).collect();
            lines.push(format!(
                "{total} components are of a purl type that is not known: {}",
                kinds.join(", ")
            ));
        }
        if self.bad_purls > 0 {
            lines.push(format!("{} components have a purl that cannot be read", self.bad_purls));
        }
        if self.without_purl > 0 {
            lines.push(format!("{} components have no purl", self.without_purl));
        }
        lines
    }

    fn add(&mut self, stated: Stated) {
        if stated.purl.is_empty() {
            self.without_purl += 1;
            return;
        }
        let Ok(purl) = Purl::parse(stated.purl.trim()) else {
            self.bad_purls += 1;
            return;
        };
        let Some(mut component) = Component::from_purl(&purl) else {
            self.count_unknown(purl.kind);
            return;
        };
        if component.kind.is_os() {
            self.count_os(&purl);
            if component.kind != PurlType::Ebuild {
                component.namespace = purl.os().map_or_else(|| OsRelease::id_of(&purl.namespace), |os| os.id);
            }
        }
        self.components.push(complete(component, stated));
    }

    fn count_unknown(&mut self, kind: String) {
        if let Some(count) = self.unknown_types.get_mut(&kind) {
            *count += 1;
        } else if self.unknown_types.len() < UNKNOWN_TYPES {
            self.unknown_types.insert(kind, 1);
        } else {
            self.more_unknown_types += 1;
        }
    }

    fn count_os(&mut self, purl: &Purl) {
        let Some(os) = purl.os() else { return };
        if let Some((_, count)) = self.os_of_packages.iter_mut().find(|(known, _)| *known == os) {
            *count += 1;
        } else if self.os_of_packages.len() < DISTRIBUTIONS {
            self.os_of_packages.push((os, 1));
        }
    }
}

impl Stated {
    /// The first of these properties that is there and not empty.
    fn property(&self, names: &[&str]) -> Option<&str> {
        let found = names.iter().find_map(|name| self.properties.iter().find(|(known, _)| known == name));
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }
}

/// Adds what a document says of a package beside its purl.
fn complete(mut component: Component, stated: Stated) -> Component {
    let full_name = component.full_name();
    // Syft writes the path of a Go module beyond its third part as a subpath; the name is whole.
    if component.kind == PurlType::Golang
        && let Some(rest) = stated.name.strip_prefix(full_name.as_str())
        && rest.starts_with('/')
        && let Some((namespace, name)) = stated.name.rsplit_once('/')
    {
        (component.namespace, component.name) = (namespace.to_owned(), name.to_owned());
    }
    if component.kind == PurlType::Rpm {
        let epoch = stated.property(&["syft:metadata:epoch"]).and_then(|epoch| epoch.parse().ok());
        if component.epoch.is_none() && epoch.is_some() {
            let version = component.version.clone();
            component.set_rpm_version(&version, epoch);
        }
        let label = ["aquasecurity:trivy:Modularitylabel", "syft:metadata:modularityLabel"];
        let label = stated.property(&label).map(str::to_owned);
        component.modularity = label.or(component.modularity);
    }
    if component.kind.is_os() {
        component.source = stated_source(&component, &stated).or(component.source);
        component.vendor = Some(stated.vendor).filter(|vendor| !vendor.is_empty());
    }
    component.cpes = Some(stated.cpe).filter(|cpe| !cpe.is_empty()).into_iter().collect();
    component.licenses = stated.licenses;
    component.licenses.retain(|license| !license.is_empty());
    component
}

/// The source package as Trivy's or Syft's properties name it.
fn stated_source(component: &Component, stated: &Stated) -> Option<Source> {
    if let Some(name) = stated.property(&["aquasecurity:trivy:SrcName"]) {
        let part = |name: &str| stated.property(&[name]);
        let mut version = part("aquasecurity:trivy:SrcVersion").unwrap_or_default().to_owned();
        if let Some(release) = part("aquasecurity:trivy:SrcRelease") {
            version = format!("{version}-{release}");
        }
        let epoch = part("aquasecurity:trivy:SrcEpoch").filter(|&epoch| epoch != "0");
        if let (Some(epoch), true) = (epoch, component.kind != PurlType::Rpm) {
            version = format!("{epoch}:{version}");
        }
        return Some(Source { name: name.to_owned(), version });
    }
    if let Some(file_name) = stated.property(&["syft:metadata:sourceRpm"]) {
        return component.source_of(file_name);
    }
    if let Some(name) = stated.property(&["syft:metadata:source", "syft:metadata:originPackage"]) {
        let version = stated.property(&["syft:metadata:sourceVersion"]).unwrap_or(&component.version);
        return Some(Source { name: name.to_owned(), version: version.to_owned() });
    }
    let (name, version) = stated.source_info.strip_prefix("built package from:")?.trim().rsplit_once(' ')?;
    let version = match component.kind {
        PurlType::Rpm => version.split_once(':').map_or(version, |(_, version)| version),
        _ => version,
    };
    Some(Source { name: name.trim().to_owned(), version: version.to_owned() })
}

/// A distribution a document names itself, with a tool's properties of it.
fn stated_os(name: &str, version: &str, properties: &[(String, String)]) -> Option<OsRelease> {
    let property = |name: &str| {
        let found =
            properties.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim().to_owned());
        found.filter(|value| !value.is_empty())
    };
    let family = property("aquasecurity:trivy:Type").filter(|_| property("syft:distro:id").is_none());
    let id = property("syft:distro:id").or(family).unwrap_or_else(|| name.to_owned());
    let like = (0..16).map_while(|index| property(&format!("syft:distro:idLike:{index}")));
    let os = OsRelease {
        id: OsRelease::id_of(&id),
        version_id: property("syft:distro:versionID")
            .or(Some(version.trim().to_owned()))
            .filter(|it| !it.is_empty()),
        codename: property("syft:distro:versionCodename"),
        pretty_name: property("syft:distro:prettyName"),
        like: like.collect(),
        cpe_name: property("syft:distro:cpeName"),
    };
    (!os.id.is_empty()).then_some(os)
}

/// A word no longer than believed; the texts of whole licences are cut.
fn word(text: &str) -> String {
    let text = text.trim();
    let end = (0..=WORD_BYTES.min(text.len())).rev().find(|&end| text.is_char_boundary(end));
    text[..end.unwrap_or(0)].to_owned()
}

#[cfg(test)]
mod tests;
