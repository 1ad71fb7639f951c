//! The component as matching sees it: its versions made comparable, or the reason why it is not matched at all.

use super::Channels;
use crate::distro::{Distribution, Packager, build_minor, packager};
use crate::keys::Lookup;
use plimsoll_model::{Component, Contents, Installed, KeyKind, PurlType};
use std::borrow::Cow;

/// A component in its image.
pub(super) struct Subject<'a> {
    pub(super) component: &'a Component,
    /// For OS packages.
    pub(super) distribution: Option<&'a Distribution>,
    pub(super) channels: Channels,
    /// The minor release its build was made for.
    pub(super) build_minor: Option<u32>,
    /// Are reasons wanted in words? They cost more than the answers.
    pub(super) explain: bool,
}

/// A version to compare, and whether the epochs of what it is compared with are to be dropped.
pub(super) struct Comparable<'a> {
    pub(super) version: Cow<'a, str>,
    pub(super) without_epochs: bool,
}

impl<'a> Subject<'a> {
    pub(super) fn new(
        component: &'a Component,
        distribution: Option<&'a Distribution>,
        channels: Channels,
        explain: bool,
    ) -> Subject<'a> {
        let build_minor = match component.kind {
            PurlType::Rpm => build_minor(&component.version),
            _ => None,
        };
        Subject { component, distribution, channels, build_minor, explain }
    }

    /// The version that a record keyed by this name speaks of. The source package may have another version than the
    /// binary one (`+b1` rebuilds, another epoch). A source rpm's name has no epoch, so there epochs are dropped on
    /// both sides.
    pub(super) fn comparable(&self, lookup: &Lookup, key: KeyKind) -> Comparable<'a> {
        let component = self.component;
        let whole = |version: Cow<'a, str>| Comparable { version, without_epochs: false };
        if let Some(cpe) = &lookup.cpe {
            let known_as = cpe.full_version().map_or(Cow::Borrowed(&*component.version), Cow::Owned);
            return whole(upstream_version(component.kind, known_as));
        }
        match (key, &component.source) {
            (KeyKind::Source, Some(source))
                if component.kind == PurlType::Rpm && lookup.name == KeyKind::Source =>
            {
                Comparable { version: Cow::Borrowed(without_epoch(&source.version)), without_epochs: true }
            }
            (KeyKind::Source, Some(source)) if component.kind != PurlType::Rpm => {
                whole(Cow::Borrowed(&source.version))
            }
            _ => whole(language_version(component).unwrap_or(Cow::Borrowed(&component.version))),
        }
    }
}

/// Why the whole component is not matched, if it is not.
pub(super) fn set_aside(
    installed: &Installed,
    contents: &Contents,
    distribution: Option<&Distribution>,
) -> Option<String> {
    let component = &installed.component;
    if component.kind.is_os() {
        if packager(component, distribution) == Packager::ThirdParty {
            let vendor = component.vendor.as_deref().unwrap_or("a third party");
            return Some(format!("packed by {vendor}, not by the distribution"));
        }
        return is_headers(component).then(|| "holds headers of the kernel only, no code of it".to_owned());
    }
    if let Some(owner) = owner(installed, contents, distribution) {
        let purl = owner.purl(contents.os.as_ref());
        return Some(format!("owned by {purl}; the distribution's advisories apply"));
    }
    language_version(component).is_none().then(|| "its version is not known".to_owned())
}

/// The distribution's package that brought this one. Third parties do not answer for what they bring.
pub(super) fn owner<'a>(
    installed: &Installed,
    contents: &'a Contents,
    distribution: Option<&Distribution>,
) -> Option<&'a Component> {
    let owner = &contents.components.get(installed.owned_by? as usize)?.component;
    let covered = distribution.is_some_and(|known| known.installs(owner.kind));
    (covered && packager(owner, distribution) == Packager::Distribution).then_some(owner)
}

/// Packages that the kernel's source builds but that hold nothing of it that runs; they would inherit thousands of
/// vulnerabilities.
fn is_headers(component: &Component) -> bool {
    let name = component.name.as_str();
    let of_kernel = |source: &str| source.starts_with("linux") || source.starts_with("kernel");
    let from_kernel = component.source.as_ref().is_none_or(|source| of_kernel(&source.name));
    let named = match component.kind {
        PurlType::Deb => {
            name == "linux-libc-dev"
                || name.starts_with("linux-libc-dev-")
                || ["linux-headers-", "linux-kbuild-", "linux-compiler-", "linux-doc", "linux-source"]
                    .iter()
                    .any(|head| name.starts_with(head))
        }
        PurlType::Rpm => {
            let name = name
                .strip_prefix("kernel")
                .map(|rest| rest.trim_start_matches("-uek").trim_start_matches("-rt"));
            matches!(name, Some("-headers" | "-cross-headers" | "-devel" | "-doc" | "-macros"))
        }
        PurlType::Apk => name == "linux-headers",
        _ => false,
    };
    named && from_kernel
}

/// The version of a language package as its advisories write versions; `None` when it is not known.
fn language_version(component: &Component) -> Option<Cow<'_, str>> {
    let version = component.version.trim();
    if version.is_empty() || version == "(devel)" || version.eq_ignore_ascii_case("unknown") {
        return None;
    }
    match component.kind {
        PurlType::Golang
            if component.namespace.is_empty() && matches!(&*component.name, "stdlib" | "toolchain") =>
        {
            go_release(version).map(Cow::Owned)
        }
        PurlType::Gem => Some(Cow::Borrowed(without_platform(version))),
        // Bitnami's `-3` counts its own builds of an upstream version; advisories speak of upstream versions.
        PurlType::Bitnami => Some(Cow::Borrowed(match version.rsplit_once('-') {
            Some((upstream, build)) if !build.is_empty() && build.bytes().all(|b| b.is_ascii_digit()) => {
                upstream
            }
            _ => version,
        })),
        _ => Some(Cow::Borrowed(version)),
    }
}

/// `1.22.5` of `go1.22.5 X:nocoverageredesign`, `go1.22.5-microsoft`; `1.22.0-rc.1` of `go1.22rc1`.
fn go_release(version: &str) -> Option<String> {
    let version = version.trim_start_matches("go").trim_start_matches('v');
    let numbers = version.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let (release, rest) = version.split_at(numbers);
    let release = release.trim_end_matches('.');
    if release.is_empty() {
        return None;
    }
    let dots = release.matches('.').count();
    let padded = format!("{release}{}", ".0".repeat(2_usize.saturating_sub(dots)));
    let candidate = ["rc", "beta"].iter().find_map(|word| {
        let digits = rest.strip_prefix(word)?;
        let digits = &digits[..digits.bytes().take_while(u8::is_ascii_digit).count()];
        (!digits.is_empty()).then(|| format!("{padded}-{word}.{digits}"))
    });
    // A plain `1.22.0-rc.1` is understood already.
    let written = rest.strip_prefix('-').filter(|rest| rest.starts_with("rc") || rest.starts_with("beta"));
    Some(candidate.or_else(|| written.map(|rest| format!("{padded}-{rest}"))).unwrap_or(padded))
}

/// A gem's version without the platform it was built for: `1.15.0` of `1.15.0-x86_64-linux-musl`.
fn without_platform(version: &str) -> &str {
    const PLATFORMS: &[&str] = &[
        "aarch64",
        "arm",
        "darwin",
        "i386",
        "i686",
        "java",
        "jruby",
        "linux",
        "mingw",
        "mswin",
        "ppc64",
        "riscv64",
        "ruby",
        "s390x",
        "universal",
        "x64",
        "x86",
    ];
    match version.split_once('-') {
        Some((plain, platform)) if PLATFORMS.iter().any(|known| platform.starts_with(known)) => plain,
        _ => version,
    }
}

/// The version of the original software in a package's version: `1.0.1f` of `1.0.1f-r0`, `2.3` of `1:2.3-4`.
fn upstream_version(kind: PurlType, version: Cow<'_, str>) -> Cow<'_, str> {
    let is_build = |build: &str| match kind {
        PurlType::Apk => build.strip_prefix('r').is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit())),
        kind => kind.is_os(),
    };
    let plain = if kind.is_os() { without_epoch(&version) } else { &version };
    let plain = plain.rsplit_once('-').filter(|(_, build)| is_build(build)).map_or(plain, |(plain, _)| plain);
    if plain.len() == version.len() { version } else { Cow::Owned(plain.to_owned()) }
}

/// `2.3-4` of `1:2.3-4`.
pub(super) fn without_epoch(version: &str) -> &str {
    match version.split_once(':') {
        Some((epoch, rest)) if epoch.bytes().all(|b| b.is_ascii_digit()) => rest,
        _ => version,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_versions_are_made_comparable() {
        let check = |kind, name: &str, version: &str, expected: Option<&str>| {
            let component = Component::new(kind, "", name, version);
            assert_eq!(language_version(&component).as_deref(), expected, "{name} {version}");
        };
        check(PurlType::Golang, "stdlib", "go1.22.5", Some("1.22.5"));
        check(PurlType::Golang, "stdlib", "1.19.10", Some("1.19.10"));
        check(PurlType::Golang, "stdlib", "v1.19.10", Some("1.19.10"));
        check(PurlType::Golang, "stdlib", "go1.21", Some("1.21.0"));
        check(PurlType::Golang, "stdlib", "go1.22.5 X:nocoverageredesign", Some("1.22.5"));
        check(PurlType::Golang, "stdlib", "go1.22.5-X:boringcrypto", Some("1.22.5"));
        check(PurlType::Golang, "stdlib", "go1.21.3-microsoft", Some("1.21.3"));
        check(PurlType::Golang, "stdlib", "go1.22rc1", Some("1.22.0-rc.1"));
        check(PurlType::Golang, "stdlib", "devel go1.23-abc", None);
        check(PurlType::Golang, "x", "(devel)", None);
        check(PurlType::Golang, "x", "", None);
        check(
            PurlType::Golang,
            "x",
            "v0.0.0-20220225172249-27dd8689420f",
            Some("v0.0.0-20220225172249-27dd8689420f"),
        );
        check(PurlType::Gem, "nokogiri", "1.15.0-x86_64-linux-musl", Some("1.15.0"));
        check(PurlType::Gem, "nokogiri", "1.15.0.rc1", Some("1.15.0.rc1"));
        check(PurlType::Bitnami, "spark", "3.2.1-4", Some("3.2.1"));
        check(PurlType::Bitnami, "spark", "3.2.1-rc1", Some("3.2.1-rc1"));
        check(PurlType::Npm, "x", "1.0.0-4", Some("1.0.0-4"));
    }

    #[test]
    fn upstream_versions_have_no_build() {
        let check = |kind, version: &str, expected: &str| {
            assert_eq!(upstream_version(kind, Cow::Borrowed(version)), expected, "{version}");
        };
        check(PurlType::Apk, "1.0.1f-r0", "1.0.1f");
        check(PurlType::Apk, "9.9-p1", "9.9-p1");
        check(PurlType::Deb, "1:2.3-4", "2.3");
        check(PurlType::Rpm, "2.3-4.el9", "2.3");
        check(PurlType::Generic, "1.8.0-update402", "1.8.0-update402");
    }

    #[test]
    fn packages_of_kernel_headers() {
        let check = |kind, name: &str, source: &str, expected: bool| {
            let mut component = Component::new(kind, "", name, "1");
            component.source = (!source.is_empty())
                .then(|| plimsoll_model::Source { name: source.into(), version: "1".into() });
            assert_eq!(is_headers(&component), expected, "{name}");
        };
        check(PurlType::Deb, "linux-libc-dev", "linux", true);
        check(PurlType::Deb, "linux-headers-6.1.0-9-amd64", "linux", true);
        check(PurlType::Deb, "linux-kbuild-6.1", "linux", true);
        check(PurlType::Deb, "linux-image-6.1.0-9-amd64", "linux-signed-amd64", false);
        check(PurlType::Rpm, "kernel-headers", "kernel", true);
        check(PurlType::Rpm, "kernel-uek-devel", "kernel-uek", true);
        check(PurlType::Rpm, "kernel-core", "kernel", false);
        check(PurlType::Apk, "linux-headers", "linux-headers", true);
        check(PurlType::Deb, "linux-doc-tool", "somethingelse", false);
    }
}
