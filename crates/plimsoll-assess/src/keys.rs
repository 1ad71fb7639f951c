//! What advisories to look up for a component, and by which of its names.

use crate::distro::{Distribution, EPEL};
use crate::versions::Scheme;
use plimsoll_model::{Component, Cpe, KeyKind, OsRelease, PackageKey, PurlType};

/// What advisories to look up for this component in an image of this distribution; several for OS packages (source
/// and binary name), none for a component nobody publishes advisories about.
pub fn keys(component: &Component, os: Option<&OsRelease>) -> Vec<PackageKey> {
    let distribution = os.and_then(Distribution::of);
    lookups(component, distribution.as_ref()).into_iter().map(|lookup| lookup.key).collect()
}

/// One place to look, and what its word is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lookup {
    pub(crate) key: PackageKey,
    pub(crate) publisher: Publisher,
    /// The order of the versions its records speak of.
    pub(crate) scheme: Scheme,
    /// Which name of the package the key is; [`KeyKind::Usual`] when it is both or the ecosystem knows no difference.
    pub(crate) name: KeyKind,
    /// What a record that does not say is keyed by; [`KeyKind::Usual`] when the ecosystem knows no difference.
    pub(crate) usual: KeyKind,
    /// The product it is known as at the NVD, where that is the place to look.
    pub(crate) cpe: Option<Box<Cpe>>,
}

/// Whose word it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Publisher {
    /// The vendor of a patched rebuild (`rootio-NAME`): it says what its rebuild fixes.
    Rebuild,
    /// The distribution, or the language's advisory databases.
    Own,
    /// A distribution this one is rebuilt from.
    Borrowed,
    /// The NVD, about the original software.
    Upstream,
}

/// Where to look for a component; each key once.
pub(crate) fn lookups(component: &Component, distribution: Option<&Distribution>) -> Vec<Lookup> {
    let distribution = distribution.filter(|known| known.installs(component.kind));
    let mut out = if component.kind.is_os() {
        match distribution.filter(|known| known.speaks_of(component)) {
            Some(distribution) => of_os_package(component, distribution),
            None => Vec::new(),
        }
    } else {
        of_language_package(component)
    };
    if !component.cpes.is_empty() && needs_nvd(component.kind, distribution) {
        out.extend(of_products(component));
    }
    out
}

/// Does nobody nearer tell what is open in such a component? Alpine's kin publish fixes only; distributions we know no
/// advisories of, and kinds without an advisory database, publish nothing.
fn needs_nvd(kind: PurlType, distribution: Option<&Distribution>) -> bool {
    match kind {
        PurlType::Apk | PurlType::Generic => true,
        kind if kind.is_os() => distribution.is_none(),
        kind => ecosystems(kind).is_empty(),
    }
}

/// The NVD, by each product the component is known as. A package that others were split from is known as its source.
fn of_products(component: &Component) -> Vec<Lookup> {
    let mut out: Vec<Lookup> = Vec::new();
    let mut add = |cpe: Cpe| {
        let is_software = cpe.part != 'h' && (cpe.part != 'o' || cpe.key() == "linux:linux_kernel");
        if !is_software || out.iter().any(|lookup| lookup.key.name == cpe.key()) {
            return;
        }
        out.push(Lookup {
            key: PackageKey { ecosystem: NVD.to_owned(), name: cpe.key() },
            publisher: Publisher::Upstream,
            scheme: if JAVA_RUNTIMES.contains(&cpe.product()) { Scheme::Jvm } else { Scheme::Generic },
            name: KeyKind::Usual,
            usual: KeyKind::Usual,
            cpe: Some(Box::new(cpe)),
        });
    };
    for cpe in component.cpes.iter().take(MAX_PRODUCTS).filter_map(|cpe| Cpe::parse(cpe)) {
        let own = component.name.to_ascii_lowercase();
        let origin = component.source.as_ref().filter(|source| source.name != component.name);
        if let Some(origin) = origin.filter(|_| cpe.product() == own) {
            let mut of_origin = cpe.clone();
            let vendor = if cpe.vendor() == own { origin.name.as_str() } else { cpe.vendor() };
            of_origin.set_key(vendor, &origin.name);
            add(of_origin);
        }
        add(cpe);
    }
    out
}

/// The ecosystem of the NVD's records, whose packages are `vendor:product`.
const NVD: &str = "NVD";
/// CPE names of one component that are looked up; real components have one or two.
const MAX_PRODUCTS: usize = 16;
/// Products whose versions are those of Java.
const JAVA_RUNTIMES: &[&str] =
    &["corretto", "java", "java_se", "java_sdk", "jdk", "jre", "liberica", "openjdk", "temurin", "zulu"];

fn of_os_package(component: &Component, distribution: &Distribution) -> Vec<Lookup> {
    // Gentoo's names have a category before them.
    let binary = component.full_name();
    let binary = binary.as_str();
    let source = component.source.as_ref().map_or(binary, |source| source.name.as_str());
    let mut out = Vec::new();
    let mut add = |ecosystem: &str, publisher, source: &str, binary: &str| {
        let names: &[(&str, KeyKind)] = match source == binary {
            true => &[(source, KeyKind::Usual)],
            false => &[(source, KeyKind::Source), (binary, KeyKind::Binary)],
        };
        for &(name, kind) in names {
            out.push(Lookup {
                key: PackageKey { ecosystem: ecosystem.to_owned(), name: name.to_owned() },
                publisher,
                scheme: distribution.scheme,
                name: kind,
                usual: distribution.key,
                cpe: None,
            });
        }
    };
    if source.starts_with(REBUILD_PREFIX) || binary.starts_with(REBUILD_PREFIX) {
        add(REBUILDER, Publisher::Rebuild, source, binary);
    }
    let plain = |name: &str| name.strip_prefix(REBUILD_PREFIX).unwrap_or(name).to_owned();
    let (source, binary) = (plain(source), plain(binary));
    if distribution.is_epel(component) {
        add(EPEL, Publisher::Own, &source, &binary);
    }
    add(distribution.ecosystem, Publisher::Own, &source, &binary);
    for neighbour in distribution.neighbours() {
        let publisher = if neighbour.borrowed { Publisher::Borrowed } else { Publisher::Own };
        add(neighbour.ecosystem, publisher, &source, &binary);
    }
    out
}

fn of_language_package(component: &Component) -> Vec<Lookup> {
    let ecosystems = ecosystems(component.kind);
    let Some(&(_, scheme)) = ecosystems.first() else { return Vec::new() };
    let lookup = |ecosystem: &str, name: &str, publisher, scheme| Lookup {
        key: PackageKey { ecosystem: ecosystem.to_owned(), name: name.to_owned() },
        publisher,
        scheme,
        name: KeyKind::Usual,
        usual: KeyKind::Usual,
        cpe: None,
    };
    let name = folded(component.kind, &component.full_name());
    let plain = rebuilt_from(component).map(|plain| folded(component.kind, &plain));
    let rebuild = plain.is_some().then(|| lookup(REBUILDER, &name, Publisher::Rebuild, scheme));
    let plain = plain.as_ref().unwrap_or(&name);
    let own = ecosystems.iter().map(|&(ecosystem, scheme)| lookup(ecosystem, plain, Publisher::Own, scheme));
    rebuild.into_iter().chain(own).collect()
}

/// The ecosystems of a language's advisories in OSV's words (OSV schema 1.7, "Defined ecosystems"), and their orders.
fn ecosystems(kind: PurlType) -> &'static [(&'static str, Scheme)] {
    match kind {
        PurlType::Bitnami | PurlType::Generic => &[("Bitnami", Scheme::Semver)],
        PurlType::Cargo => &[("crates.io", Scheme::Semver)],
        PurlType::Composer => &[("Packagist", Scheme::Packagist)],
        PurlType::Conan => &[("ConanCenter", Scheme::Semver)],
        // Both repositories of R keep their names apart from each other's, and a package does not say its own.
        PurlType::Cran => &[("CRAN", Scheme::Cran), ("Bioconductor", Scheme::Cran)],
        PurlType::Gem => &[("RubyGems", Scheme::RubyGems)],
        PurlType::Github => &[("GitHub Actions", Scheme::Semver)],
        PurlType::Golang => &[("Go", Scheme::Golang)],
        PurlType::Hackage => &[("Hackage", Scheme::Hackage)],
        // An application of Erlang does not say whether it came as a package of Hex. Hex lends nobody the names of
        // Erlang's own applications.
        PurlType::Hex | PurlType::Otp => &[("Hex", Scheme::Semver)],
        PurlType::Julia => &[("Julia", Scheme::Semver)],
        PurlType::Maven => &[("Maven", Scheme::Maven)],
        PurlType::Npm => &[("npm", Scheme::Semver)],
        PurlType::Nuget => &[("NuGet", Scheme::Nuget)],
        // Opam orders versions as Debian does (opam manual, "Package formulas").
        PurlType::Opam => &[("opam", Scheme::Dpkg)],
        PurlType::Pub => &[("Pub", Scheme::Pub)],
        PurlType::Pypi => &[("PyPI", Scheme::Pypi)],
        PurlType::Swift => &[("SwiftURL", Scheme::Semver)],
        // Named `publisher/extension`.
        PurlType::VscodeExtension => &[("VSCode", Scheme::Semver)],
        PurlType::Alpm
        | PurlType::Apk
        | PurlType::Asdf
        | PurlType::Bazel
        | PurlType::Brew
        | PurlType::Chocolatey
        | PurlType::ChromeExtension
        | PurlType::Cocoapods
        | PurlType::Conda
        | PurlType::Cpan
        | PurlType::Deb
        | PurlType::Ebuild
        | PurlType::Flatpak
        | PurlType::Huggingface
        | PurlType::Jsr
        | PurlType::Luarocks
        | PurlType::Macports
        | PurlType::Nim
        | PurlType::Nix
        | PurlType::Opkg
        | PurlType::Pear
        | PurlType::Rpm
        | PurlType::Snap
        | PurlType::Spack
        | PurlType::Swiplpack
        | PurlType::Terraform
        | PurlType::Vcpkg
        | PurlType::Winget
        | PurlType::Wordpress => &[],
    }
}

/// A name as [`PackageKey::name`] folds it. Stray binaries go by the name Bitnami knows the product by: its records
/// speak of upstream versions.
fn folded(kind: PurlType, name: &str) -> String {
    match kind {
        PurlType::Pypi => pep503(name),
        PurlType::Composer | PurlType::Github | PurlType::Nuget => name.to_lowercase(),
        PurlType::Swift => repository(name),
        PurlType::Generic => {
            let name = name.to_lowercase();
            UPSTREAM_NAMES
                .iter()
                .find(|(ours, _)| *ours == name)
                .map_or(name, |(_, theirs)| (*theirs).to_owned())
        }
        _ => name.to_owned(),
    }
}

/// A repository's address without what writers differ in: `github.com/apple/swift-nio` of
/// `https://github.com/Apple/swift-nio.git`.
fn repository(address: &str) -> String {
    let address = address.to_lowercase();
    let path = address.split_once("://").map_or(address.as_str(), |(_, path)| path).trim_end_matches('/');
    path.strip_suffix(".git").unwrap_or(path).to_owned()
}

/// Products that Bitnami names differently.
const UPSTREAM_NAMES: &[(&str, &str)] = &[
    ("go", "golang"),
    ("httpd", "apache"),
    ("nodejs", "node"),
    ("openjdk", "java"),
    ("redis-server", "redis"),
    ("traefik-binary", "traefik"),
];

/// Lower case, runs of `-`, `_` and `.` as one `-` (PEP 503, "Normalized Names").
fn pep503(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if out.ends_with('-') => {}
            '-' | '_' | '.' => out.push('-'),
            _ => out.extend(c.to_lowercase()),
        }
    }
    out
}

/// Root.io, who rebuilds packages with fixes under names of its own.
const REBUILDER: &str = "Root";
const REBUILD_PREFIX: &str = "rootio-";

/// The package a rebuild was made from: `spring-core` of `io.root.org.springframework:spring-core`.
fn rebuilt_from(component: &Component) -> Option<String> {
    match component.kind {
        PurlType::Maven => {
            let group = component.namespace.strip_prefix("io.root.")?;
            Some(format!("{group}:{}", component.name))
        }
        PurlType::Npm if component.namespace == "@rootio" => Some(component.name.clone()),
        _ => component.full_name().strip_prefix(REBUILD_PREFIX).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_model::Source;

    #[test]
    fn components_are_looked_up_by_every_name_that_counts() {
        let check = |component: &Component, os: Option<(&str, &str)>, expected: &[&str]| {
            let os = os.map(|(id, version)| OsRelease {
                id: id.into(),
                version_id: Some(version.into()),
                ..OsRelease::default()
            });
            let found: Vec<String> = keys(component, os.as_ref())
                .into_iter()
                .map(|key| format!("{} {}", key.ecosystem, key.name))
                .collect();
            assert_eq!(found, expected);
        };
        let language = |kind, namespace: &str, name: &str| Component::new(kind, namespace, name, "1.0");
        let os_package = |kind, name: &str, source: &str| {
            let mut component = Component::new(kind, "", name, "1.0-1");
            component.source = Some(Source { name: source.into(), version: "1.0-1".into() });
            component
        };
        let libssl = os_package(PurlType::Deb, "libssl3", "openssl");
        check(&libssl, Some(("debian", "12")), &["Debian openssl", "Debian libssl3"]);
        check(&libssl, Some(("alpine", "3.20")), &[]);
        check(&libssl, None, &[]);
        check(&os_package(PurlType::Apk, "zlib", "zlib"), Some(("alpine", "3.20.3")), &["Alpine zlib"]);
        check(
            &os_package(PurlType::Rpm, "zlib", "zlib"),
            Some(("almalinux", "9.3")),
            &["AlmaLinux zlib", "Red Hat zlib"],
        );
        check(
            &os_package(PurlType::Rpm, "zlib", "zlib"),
            Some(("mariner", "2.0")),
            &["Azure Linux zlib", "Mariner zlib"],
        );
        check(&language(PurlType::Pypi, "", "Oslo._utils"), None, &["PyPI oslo-utils"]);
        check(&language(PurlType::Nuget, "", "Newtonsoft.Json"), None, &["NuGet newtonsoft.json"]);
        check(&language(PurlType::Maven, "org.x", "y"), None, &["Maven org.x:y"]);
        check(&language(PurlType::Golang, "golang.org/x", "net"), None, &["Go golang.org/x/net"]);
        check(&language(PurlType::Golang, "", "stdlib"), None, &["Go stdlib"]);
        check(&language(PurlType::Npm, "@babel", "traverse"), None, &["npm @babel/traverse"]);
        check(&language(PurlType::Generic, "", "httpd"), None, &["Bitnami apache"]);
        check(&language(PurlType::Cocoapods, "", "x"), None, &[]);
        check(
            &language(PurlType::Ebuild, "app-shells", "bash"),
            Some(("gentoo", "2.15")),
            &["Gentoo app-shells/bash"],
        );
        check(&language(PurlType::Asdf, "", "python"), None, &[]);
        check(&language(PurlType::Cran, "", "curl"), None, &["CRAN curl", "Bioconductor curl"]);
        check(&language(PurlType::Otp, "", "phoenix"), None, &["Hex phoenix"]);
        check(&language(PurlType::Hex, "", "phoenix"), None, &["Hex phoenix"]);
        check(&language(PurlType::Hackage, "", "aeson"), None, &["Hackage aeson"]);
        check(&language(PurlType::Julia, "", "HTTP"), None, &["Julia HTTP"]);
        check(&language(PurlType::Opam, "", "cohttp"), None, &["opam cohttp"]);
        check(&language(PurlType::Pub, "", "http"), None, &["Pub http"]);
        check(&language(PurlType::Conan, "", "zlib"), None, &["ConanCenter zlib"]);
        check(
            &language(PurlType::Github, "tj-actions", "Changed-Files"),
            None,
            &["GitHub Actions tj-actions/changed-files"],
        );
        check(
            &language(PurlType::Swift, "github.com/apple", "swift-NIO"),
            None,
            &["SwiftURL github.com/apple/swift-nio"],
        );
        let known_as = |mut component: Component, cpes: &[&str]| {
            component.cpes = cpes.iter().map(|cpe| (*cpe).to_owned()).collect();
            component
        };
        let nginx =
            known_as(language(PurlType::Generic, "", "nginx"), &["f5:nginx", "nginx:nginx", "f5:nginx"]);
        check(&nginx, None, &["Bitnami nginx", "NVD f5:nginx", "NVD nginx:nginx"]);
        let apk =
            known_as(os_package(PurlType::Apk, "libssl3", "openssl"), &["cpe:2.3:a:libssl3:libssl3:1:*"]);
        let expected = ["Alpine openssl", "Alpine libssl3", "NVD openssl:openssl", "NVD libssl3:libssl3"];
        check(&apk, Some(("alpine", "3.20")), &expected);
        let deb = known_as(libssl, &["openssl:openssl"]);
        check(&deb, Some(("debian", "8")), &["Debian openssl", "Debian libssl3"]);
        check(&deb, Some(("plan9", "4")), &["NVD openssl:openssl"]);
        let wheel = known_as(language(PurlType::Pypi, "", "jinja2"), &["palletsprojects:jinja"]);
        check(&wheel, None, &["PyPI jinja2"]);
        let part =
            known_as(language(PurlType::Generic, "", "x"), &["cpe:2.3:h:x:x", "cpe:/o:x:x", "nonsense"]);
        check(&part, None, &["Bitnami x"]);
        check(
            &language(PurlType::Maven, "io.root.org.springframework", "spring-core"),
            None,
            &["Root io.root.org.springframework:spring-core", "Maven org.springframework:spring-core"],
        );
        check(&language(PurlType::Npm, "@rootio", "lodash"), None, &["Root @rootio/lodash", "npm lodash"]);
        check(
            &os_package(PurlType::Deb, "rootio-jq", "rootio-jq"),
            Some(("debian", "12")),
            &["Root rootio-jq", "Debian jq"],
        );
    }
}
