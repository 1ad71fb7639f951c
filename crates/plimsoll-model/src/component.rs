//! A package as installed, in its context.

use serde::{Deserialize, Serialize};

/// The purl type of a component (<https://github.com/package-url/purl-spec>, types). Of what has no registered type, the
/// word that other inventories use: `asdf` for what version managers name, `jsr`, `nim`, `swiplpack`, `terraform`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names are the purl types")]
pub enum PurlType {
    Alpm,
    Apk,
    Asdf,
    Bazel,
    Bitnami,
    Brew,
    Cargo,
    Chocolatey,
    #[serde(rename = "chrome-extension")]
    ChromeExtension,
    Cocoapods,
    Composer,
    Conan,
    Conda,
    Cpan,
    Cran,
    Deb,
    Ebuild,
    Flatpak,
    Gem,
    Generic,
    Github,
    Golang,
    Hackage,
    Hex,
    Huggingface,
    Jsr,
    Julia,
    Luarocks,
    Macports,
    Maven,
    Nim,
    Nix,
    Npm,
    Nuget,
    Opam,
    Opkg,
    Otp,
    Pear,
    Pub,
    Pypi,
    Rpm,
    Snap,
    Spack,
    Swift,
    Swiplpack,
    Terraform,
    Vcpkg,
    #[serde(rename = "vscode-extension")]
    VscodeExtension,
    Winget,
    Wordpress,
}

impl PurlType {
    /// Every type, alphabetical.
    pub const ALL: &[PurlType] = &[
        PurlType::Alpm,
        PurlType::Apk,
        PurlType::Asdf,
        PurlType::Bazel,
        PurlType::Bitnami,
        PurlType::Brew,
        PurlType::Cargo,
        PurlType::Chocolatey,
        PurlType::ChromeExtension,
        PurlType::Cocoapods,
        PurlType::Composer,
        PurlType::Conan,
        PurlType::Conda,
        PurlType::Cpan,
        PurlType::Cran,
        PurlType::Deb,
        PurlType::Ebuild,
        PurlType::Flatpak,
        PurlType::Gem,
        PurlType::Generic,
        PurlType::Github,
        PurlType::Golang,
        PurlType::Hackage,
        PurlType::Hex,
        PurlType::Huggingface,
        PurlType::Jsr,
        PurlType::Julia,
        PurlType::Luarocks,
        PurlType::Macports,
        PurlType::Maven,
        PurlType::Nim,
        PurlType::Nix,
        PurlType::Npm,
        PurlType::Nuget,
        PurlType::Opam,
        PurlType::Opkg,
        PurlType::Otp,
        PurlType::Pear,
        PurlType::Pub,
        PurlType::Pypi,
        PurlType::Rpm,
        PurlType::Snap,
        PurlType::Spack,
        PurlType::Swift,
        PurlType::Swiplpack,
        PurlType::Terraform,
        PurlType::Vcpkg,
        PurlType::VscodeExtension,
        PurlType::Winget,
        PurlType::Wordpress,
    ];

    /// The type as a purl writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            PurlType::Alpm => "alpm",
            PurlType::Apk => "apk",
            PurlType::Asdf => "asdf",
            PurlType::Bazel => "bazel",
            PurlType::Bitnami => "bitnami",
            PurlType::Brew => "brew",
            PurlType::Cargo => "cargo",
            PurlType::Chocolatey => "chocolatey",
            PurlType::ChromeExtension => "chrome-extension",
            PurlType::Cocoapods => "cocoapods",
            PurlType::Composer => "composer",
            PurlType::Conan => "conan",
            PurlType::Conda => "conda",
            PurlType::Cpan => "cpan",
            PurlType::Cran => "cran",
            PurlType::Deb => "deb",
            PurlType::Ebuild => "ebuild",
            PurlType::Flatpak => "flatpak",
            PurlType::Gem => "gem",
            PurlType::Generic => "generic",
            PurlType::Github => "github",
            PurlType::Golang => "golang",
            PurlType::Hackage => "hackage",
            PurlType::Hex => "hex",
            PurlType::Huggingface => "huggingface",
            PurlType::Jsr => "jsr",
            PurlType::Julia => "julia",
            PurlType::Luarocks => "luarocks",
            PurlType::Macports => "macports",
            PurlType::Maven => "maven",
            PurlType::Nim => "nim",
            PurlType::Nix => "nix",
            PurlType::Npm => "npm",
            PurlType::Nuget => "nuget",
            PurlType::Opam => "opam",
            PurlType::Opkg => "opkg",
            PurlType::Otp => "otp",
            PurlType::Pear => "pear",
            PurlType::Pub => "pub",
            PurlType::Pypi => "pypi",
            PurlType::Rpm => "rpm",
            PurlType::Snap => "snap",
            PurlType::Spack => "spack",
            PurlType::Swift => "swift",
            PurlType::Swiplpack => "swiplpack",
            PurlType::Terraform => "terraform",
            PurlType::Vcpkg => "vcpkg",
            PurlType::VscodeExtension => "vscode-extension",
            PurlType::Winget => "winget",
            PurlType::Wordpress => "wordpress",
        }
    }

    /// The type of this name, if it is one we know.
    pub fn parse(text: &str) -> Option<PurlType> {
        PurlType::ALL.iter().copied().find(|kind| kind.as_str().eq_ignore_ascii_case(text))
    }

    /// Is this a package of an operating system's package manager?
    pub fn is_os(self) -> bool {
        matches!(
            self,
            PurlType::Alpm
                | PurlType::Apk
                | PurlType::Deb
                | PurlType::Ebuild
                | PurlType::Opkg
                | PurlType::Rpm
        )
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
    /// Go module path without its last part, Gentoo category. Empty for packages of the image's own distribution, which
    /// is their namespace; of one that only a document inside the image names, the distribution that document says.
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
    /// The namespace of an OS package that some file tells of without its distribution.
    pub const UNKNOWN_DISTRIBUTION: &str = "unknown";

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

    /// Is this a package of some distribution, but not one that the image's own package manager knows? The image's
    /// distribution says nothing about it.
    pub fn is_foreign(&self) -> bool {
        self.kind.is_os() && self.kind != PurlType::Ebuild && !self.namespace.is_empty()
    }

    /// The name advisories use: `group:artifact` for Maven, `namespace/name` elsewhere, the bare name without one.
    pub fn full_name(&self) -> String {
        match (self.namespace.as_str(), self.kind) {
            ("", _) => self.name.clone(),
            _ if self.is_foreign() => self.name.clone(),
            (namespace, PurlType::Maven) => format!("{namespace}:{}", self.name),
            (namespace, _) => format!("{namespace}/{}", self.name),
        }
    }
}
