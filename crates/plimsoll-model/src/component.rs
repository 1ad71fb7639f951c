//! A package as installed, in its context.

use serde::{Deserialize, Serialize};

/// The purl type of a component (<https://github.com/package-url/purl-spec>, types).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names are the purl types")]
pub enum PurlType {
    Apk,
    Alpm,
    Bitnami,
    Cargo,
    Cocoapods,
    Composer,
    Conan,
    Conda,
    Cran,
    Deb,
    Gem,
    Generic,
    Github,
    Golang,
    Hackage,
    Hex,
    Luarocks,
    Maven,
    Npm,
    Nuget,
    Opam,
    Otp,
    Pub,
    Pypi,
    Rpm,
    Swift,
    Wordpress,
}

impl PurlType {
    /// Every type, alphabetical.
    pub const ALL: &[PurlType] = &[
        PurlType::Apk,
        PurlType::Alpm,
        PurlType::Bitnami,
        PurlType::Cargo,
        PurlType::Cocoapods,
        PurlType::Composer,
        PurlType::Conan,
        PurlType::Conda,
        PurlType::Cran,
        PurlType::Deb,
        PurlType::Gem,
        PurlType::Generic,
        PurlType::Github,
        PurlType::Golang,
        PurlType::Hackage,
        PurlType::Hex,
        PurlType::Luarocks,
        PurlType::Maven,
        PurlType::Npm,
        PurlType::Nuget,
        PurlType::Opam,
        PurlType::Otp,
        PurlType::Pub,
        PurlType::Pypi,
        PurlType::Rpm,
        PurlType::Swift,
        PurlType::Wordpress,
    ];

    /// The type as a purl writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            PurlType::Apk => "apk",
            PurlType::Alpm => "alpm",
            PurlType::Bitnami => "bitnami",
            PurlType::Cargo => "cargo",
            PurlType::Cocoapods => "cocoapods",
            PurlType::Composer => "composer",
            PurlType::Conan => "conan",
            PurlType::Conda => "conda",
            PurlType::Cran => "cran",
            PurlType::Deb => "deb",
            PurlType::Gem => "gem",
            PurlType::Generic => "generic",
            PurlType::Github => "github",
            PurlType::Golang => "golang",
            PurlType::Hackage => "hackage",
            PurlType::Hex => "hex",
            PurlType::Luarocks => "luarocks",
            PurlType::Maven => "maven",
            PurlType::Npm => "npm",
            PurlType::Nuget => "nuget",
            PurlType::Opam => "opam",
            PurlType::Otp => "otp",
            PurlType::Pub => "pub",
            PurlType::Pypi => "pypi",
            PurlType::Rpm => "rpm",
            PurlType::Swift => "swift",
            PurlType::Wordpress => "wordpress",
        }
    }

    /// The type of this name, if it is one we know.
    pub fn parse(text: &str) -> Option<PurlType> {
        PurlType::ALL.iter().copied().find(|kind| kind.as_str().eq_ignore_ascii_case(text))
    }

    /// Is this a package of an operating system's package manager?
    pub fn is_os(self) -> bool {
        matches!(self, PurlType::Apk | PurlType::Alpm | PurlType::Deb | PurlType::Rpm)
    }
}

/// The source package a binary package was built from.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct Source {
    /// Name of the source package.
    pub name: String,
    /// Its version; the binary's own where the package database does not say otherwise. For rpm
    /// `version-release` (a source rpm's file name has no epoch).
    pub version: String,
}

/// A package as installed, as the file that tells of it says. Missing means the file does not say.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Component {
    /// Ecosystem, as a purl type.
    pub kind: PurlType,
    /// The purl namespace where the ecosystem has one of its own: Maven group, npm scope with `@`, Composer vendor,
    /// Go module path without its last part. Empty for OS packages (it comes from the image's distribution).
    pub namespace: String,
    /// Name, as the ecosystem writes it.
    pub name: String,
    /// The whole version as the ecosystem writes it: `1:2.3-4` for dpkg, `epoch:version-release` for rpm with the
    /// epoch left out where the tag is absent or 0. Empty when the version is unknown (`(devel)` Go modules).
    pub version: String,
    /// Rpm only: the epoch tag.
    pub epoch: Option<u32>,
    /// Rpm only: the release tag. The version tag is then `version` without epoch and release.
    pub release: Option<String>,
    /// Architecture, as the ecosystem names it: `amd64`, `x86_64`, `noarch`.
    pub arch: Option<String>,
    /// The source package it was built from.
    pub source: Option<Source>,
    /// Who packaged it: rpm vendor, dpkg maintainer, apk maintainer.
    pub vendor: Option<String>,
    /// Rpm only: the MODULARITYLABEL, `name:stream:version:context`.
    pub modularity: Option<String>,
    /// Licences as the package states them, SPDX expressions where possible.
    pub licenses: Vec<String>,
    /// Products it is known as in the NVD's dictionary, `vendor:product` as a CPE 2.3 name writes them; for components
    /// without a package manager, whose advisories name nothing else.
    pub cpes: Vec<String>,
}

impl Component {
    /// A component of which only its identity is known.
    pub fn new(kind: PurlType, namespace: &str, name: &str, version: &str) -> Component {
        Component {
            kind,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            version: version.to_owned(),
            epoch: None,
            release: None,
            arch: None,
            source: None,
            vendor: None,
            modularity: None,
            licenses: Vec::new(),
            cpes: Vec::new(),
        }
    }

    /// The name advisories use: `group:artifact` for Maven, `namespace/name` elsewhere, the bare name without one.
    pub fn full_name(&self) -> String {
        match (self.namespace.as_str(), self.kind) {
            ("", _) => self.name.clone(),
            (namespace, PurlType::Maven) => format!("{namespace}:{}", self.name),
            (namespace, _) => format!("{namespace}/{}", self.name),
        }
    }
}
