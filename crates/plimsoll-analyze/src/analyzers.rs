//! The family of analyzers. To add one: a file in `analyzers/`, a `mod` line and a line in [`all`], test data.

mod apk;
mod archives;
mod bazel;
mod binary;
mod bitnami;
mod bottlerocket;
mod channels;
mod chisel;
mod conan;
mod conda;
mod dart;
mod deno;
mod documents;
mod dotnet;
mod dpkg;
mod elf_package;
mod erlang;
mod executable;
mod extensions;
mod flatpak;
mod github;
mod go;
mod haskell;
mod homebrew;
mod java;
mod julia;
mod kernel;
mod lua;
mod macports;
mod models;
mod native_image;
mod nim;
mod nix;
mod npm;
mod ocaml;
mod opkg;
mod os_release;
mod owned;
mod pacman;
mod pear;
mod perl;
mod php;
mod php_extension;
mod portage;
mod prolog;
mod python;
mod r;
mod rpm;
mod ruby;
mod rust;
mod sbom;
mod snap;
mod spack;
mod sqlite;
mod swift;
mod terraform;
#[cfg(test)]
pub(crate) mod testing;
mod text;
mod tokens;
mod unpack;
mod vcpkg;
mod version_managers;
mod windows;
mod wordpress;
mod xml;
mod yarn_cache;

use plimsoll_model::{Component, Entry, Fact, Limits};

/// A file as an analyzer sees it.
pub struct File<'a> {
    /// Path, mode, size. In an archive inside an image, the archive's entry.
    pub entry: &'a Entry,
    /// The whole content.
    pub content: &'a [u8],
    /// Bounds for what is unpacked out of it.
    pub limits: &'a Limits,
}

/// What an analyzer found in one file.
#[derive(Default, Debug, PartialEq, Eq)]
pub struct Findings {
    /// Facts, each with the path inside the file it came from: empty for the file itself, `BOOT-INF/lib/x.jar` for an
    /// archive member, nested ones joined by `!/`.
    pub facts: Vec<(String, Fact)>,
    /// What could not be examined: path inside the file (empty for the whole file), and why.
    pub unread: Vec<(String, String)>,
}

impl Findings {
    /// What a parser of a whole file came to: its components, or why it could not be read.
    pub fn of(components: Result<Vec<Component>, String>) -> Findings {
        let mut findings = Findings::default();
        match components {
            Ok(components) => findings.add("", components),
            Err(reason) => findings.unread.push((String::new(), reason)),
        }
        findings
    }

    /// Adds the components found at this path inside the file.
    pub fn add(&mut self, inner_path: &str, components: Vec<Component>) {
        self.facts.extend(components.into_iter().map(|it| (inner_path.to_owned(), Fact::Component(it))));
    }
}

/// Reads one kind of file. A bad file is never an error: it is a line in [`Findings::unread`].
pub trait Analyzer: Sync {
    /// Its name, as `found_by` shows it: `dpkg`, `rpm`, `npm-lock`.
    fn name(&self) -> &'static str;

    /// Raised whenever the same bytes would now give other facts.
    fn edition(&self) -> u32;

    /// Does it want the content of this file? `head` is the first bytes, at most 4096. Must be quick: it is asked for
    /// every file of every layer.
    fn wants(&self, entry: &Entry, head: &[u8]) -> bool;

    /// Do many files of a layer tell of the same component, so that the first is enough?
    fn tells_once(&self) -> bool {
        false
    }

    /// Reads the file.
    fn read(&self, file: &File<'_>) -> Findings;
}

/// Every analyzer, alphabetical by name.
pub fn all() -> &'static [&'static dyn Analyzer] {
    &[
        &models::Models,
        &apk::Apk,
        &archives::ApkArchive,
        &bazel::LOCK,
        &binary::Binary,
        &bitnami::Bitnami,
        &bottlerocket::Bottlerocket,
        &rust::Auditable,
        &rust::Lock,
        &chisel::Chisel,
        &windows::Chocolatey,
        &extensions::Chrome,
        &swift::PODS,
        &php::Composer,
        &php::Lock,
        &conan::INSTALLED,
        &conan::LOCK,
        &conda::INSTALLED,
        &conda::LOCK,
        &portage::CosPackages,
        &perl::INSTALLED,
        &perl::LOCK,
        &r::INSTALLED,
        &r::LOCK,
        &archives::Deb,
        &deno::LOCK,
        &channels::DnfHistory,
        &dotnet::DotnetDeps,
        &dotnet::DotnetPe,
        &dpkg::Dpkg,
        &elf_package::ElfPackage,
        &flatpak::Flatpak,
        &ruby::Gem,
        &ruby::Lock,
        &ruby::SOURCE,
        &github::ACTIONS,
        &go::Binary,
        &go::Mod,
        &go::VENDOR,
        &java::GradleLock,
        &haskell::LOCK,
        &erlang::LOCK,
        &homebrew::Homebrew,
        &java::Jar,
        &julia::PACKAGE,
        &julia::LOCK,
        &kernel::Kernel,
        &kernel::KernelModule,
        &lua::ROCK,
        &macports::Macports,
        &java::MAVEN_LOCK,
        &native_image::NativeImage,
        &nim::PACKAGE,
        &nix::Nix,
        &npm::Installed,
        &npm::Lock,
        &dotnet::NugetConfig,
        &dotnet::NugetLock,
        &dotnet::NUGET_PROJECT,
        &ocaml::PACKAGE,
        &opkg::Opkg,
        &os_release::OsReleaseFile,
        &erlang::APPLICATION,
        &pacman::Pacman,
        &pear::Pear,
        &php_extension::PhpExtension,
        &java::PomXml,
        &portage::Portage,
        &dart::PACKAGE,
        &dart::LOCK,
        &python::Installed,
        &python::Lock,
        &python::Record,
        &channels::RedHatBuild,
        &rpm::Rpm,
        &archives::RpmArchive,
        &sbom::Sbom,
        &snap::Snap,
        &spack::Spack,
        &swift::PACKAGES,
        &prolog::PACK,
        &terraform::LOCK,
        &channels::UbuntuPro,
        &vcpkg::INSTALLED,
        &vcpkg::LOCK,
        &version_managers::NAMED,
        &extensions::Vscode,
        &windows::Winget,
        &wordpress::Wordpress,
        &yarn_cache::YarnCache,
    ]
}

/// The parsers of untrusted bytes. Each is reached through [`Analyzer::read`] as well, but a fuzzer finds more where
/// nothing stands before them.
#[doc(hidden)]
pub(crate) mod fuzz {
    pub use super::bazel::{parse_build_file, parse_maven_install, parse_module_lock};
    pub use super::binary::parse as parse_binary;
    pub use super::conan::{parse_conanfile, parse_info as parse_conan_info, parse_lock as parse_conan_lock};
    pub use super::conda::{
        parse_conda_lock, parse_environment as parse_conda_environment,
        parse_explicit as parse_conda_explicit, parse_package as parse_conda_package,
    };
    pub use super::dart::{parse_lock as parse_pubspec_lock, parse_pubspec};
    pub use super::deno::{parse_config as parse_deno_config, parse_lock as parse_deno_lock};
    pub use super::erlang::{
        parse_application, parse_gleam_manifest, parse_gleam_toml, parse_mix_lock, parse_rebar_lock,
    };
    pub use super::github::parse as parse_workflow;
    pub use super::go::{parse_executable as parse_go_executable, parse_go_mod, parse_go_vendor};
    pub use super::haskell::{parse_freeze as parse_cabal_freeze, parse_stack};
    pub use super::java::fuzz as java;
    pub use super::julia::{parse_manifest as parse_julia_manifest, parse_project as parse_julia_project};
    pub use super::lua::parse as parse_rockspec;
    pub use super::nim::parse as parse_nimble;
    pub use super::npm::{
        parse_bun_lock, parse_package_json, parse_package_lock, parse_pnpm_lock, parse_yarn_lock,
    };
    pub use super::ocaml::parse as parse_opam;
    pub use super::perl::{parse_meta_json, parse_meta_yml, parse_snapshot as parse_cpanfile_snapshot};
    pub use super::php::{parse_installed as parse_composer_installed, parse_lock as parse_composer_lock};
    pub use super::prolog::parse as parse_prolog_pack;
    pub use super::python::{
        parse_archive as parse_python_archive, parse_metadata as parse_python_metadata, parse_pdm_lock,
        parse_pipfile_lock, parse_poetry_lock, parse_pylock, parse_pyproject,
        parse_record as parse_python_record, parse_requirements, parse_setup_cfg, parse_setup_py,
        parse_uv_lock,
    };
    pub use super::r::{parse_description as parse_r_description, parse_packrat_lock, parse_renv_lock};
    pub use super::rpm::fuzz as rpm;
    pub use super::ruby::{parse_gemfile_lock, parse_gemspec};
    pub use super::rust::{
        parse_executable as parse_rust_executable, parse_lock as parse_cargo_lock,
        parse_manifest as parse_cargo_toml,
    };
    pub use super::swift::{parse_packages as parse_swift_packages, parse_pods};
    pub use super::terraform::parse as parse_terraform_lock;
    pub use super::vcpkg::{
        parse_manifest as parse_vcpkg_manifest, parse_spdx as parse_vcpkg_spdx,
        parse_status as parse_vcpkg_status,
    };
    pub use super::version_managers::{parse_mise, parse_single as parse_version_file, parse_tool_versions};

    pub fn apk(content: &[u8]) {
        super::apk::parse(content);
    }

    pub use super::dotnet::fuzz as dotnet;

    pub fn dotnet_config(content: &[u8]) {
        let _ = super::dotnet::parse_config(content);
    }

    pub fn dotnet_deps(content: &[u8]) {
        let _ = super::dotnet::parse_deps(content);
    }

    pub fn dotnet_lock(content: &[u8]) {
        let _ = super::dotnet::parse_lock(content);
    }

    pub fn dpkg_checksums(content: &[u8]) {
        super::dpkg::parse_checksums(content, "package", Some("amd64"));
    }

    pub fn dpkg_list(content: &[u8]) {
        super::dpkg::parse_list(content, "package", None);
    }

    pub fn dpkg_status(content: &[u8]) {
        super::dpkg::parse_status(content);
    }

    /// Parsers of other package managers' records, and of programs and archives that tell of packages.
    pub const INSTALLED: &[fn(&[u8])] = &[
        |bytes| drop(super::archives::control_of_deb(bytes)),
        |bytes| drop(super::archives::parse_apk(bytes, &Default::default())),
        |bytes| drop(super::bitnami::parse(bytes)),
        |bytes| drop(super::bottlerocket::parse(bytes)),
        |bytes| drop(super::channels::parse_apt_auth(bytes)),
        |bytes| drop(super::channels::parse_content_sets(bytes)),
        |bytes| drop(super::channels::parse_dockerfile("Dockerfile-a-1-2", bytes)),
        |bytes| drop(super::channels::parse_history(bytes)),
        |bytes| drop(super::channels::parse_labels(bytes)),
        |bytes| drop(super::channels::parse_pro_status(bytes)),
        |bytes| drop(super::chisel::parse(bytes)),
        |bytes| drop(super::elf_package::parse(bytes)),
        |bytes| drop(super::extensions::parse_chrome(bytes, "a")),
        |bytes| drop(super::extensions::parse_vscode(bytes)),
        |bytes| drop(super::flatpak::parse(bytes)),
        |bytes| drop(super::kernel::parse_kernel(bytes)),
        |bytes| drop(super::kernel::parse_module(bytes, "a")),
        |bytes| drop(super::macports::parse(bytes)),
        |bytes| drop(super::models::parse_gguf(bytes)),
        |bytes| drop(super::models::parse_safetensors(bytes)),
        |bytes| drop(super::native_image::parse(bytes)),
        |bytes| drop(super::nix::parse_db(bytes)),
        |bytes| drop(super::opkg::parse(bytes)),
        |bytes| drop(super::opkg::parse_list(bytes, "a")),
        |bytes| drop(super::pacman::parse_desc(bytes)),
        |bytes| drop(super::pacman::parse_files(bytes, "a-1-1")),
        |bytes| drop(super::pear::parse(bytes)),
        |bytes| drop(super::php_extension::parse(bytes, "a")),
        |bytes| drop(super::portage::parse_contents(bytes, "a", "b", "1")),
        |bytes| drop(super::portage::parse_cos(bytes)),
        |bytes| drop(super::rpm::parse_archive(bytes)),
        |bytes| drop(super::snap::parse(bytes)),
        |bytes| drop(super::spack::parse(bytes)),
        |bytes| drop(super::unpack::unpack(bytes, 1 << 20)),
        |bytes| drop(super::windows::parse_nuspec(bytes)),
        |bytes| drop(super::windows::parse_winget(bytes)),
        |bytes| drop(super::yarn_cache::parse(bytes, &Default::default(), &mut Default::default())),
    ];

    pub fn sbom(content: &[u8]) {
        let _ = super::sbom::parse(content);
    }

    pub fn xml(content: &[u8]) {
        let _ = super::xml::parse(content);
    }
}
