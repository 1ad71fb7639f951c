//! Names: ecosystems, packages, ids.

use std::borrow::Cow;

/// Prefixes of ids that are a vendor's notices: a notice answers flaws, it is not one. With the bug-fix and enhancement
/// notices the same vendors publish beside the security ones.
const NOTICES: &[&str] = &[
    "ALAS",
    "ALBA-",
    "ALEA-",
    "ALSA-",
    "ASA-",
    "BELL-SA-",
    "CGA-",
    "DLA-",
    "DSA-",
    "DTSA-",
    "ELBA-",
    "ELEA-",
    "ELSA-",
    "FEDORA-",
    "GLSA-",
    "LSN-",
    "MGASA-",
    "MGAA-",
    "OESA-",
    "OLAMSA-",
    "OLOSSA-",
    "OVMSA-",
    "PHSA-",
    "RHBA-",
    "RHEA-",
    "RHSA-",
    "RLBA-",
    "RLEA-",
    "RLSA-",
    "RXSA-",
    "SSA-",
    "SUSE-FU-",
    "SUSE-OU-",
    "SUSE-RU-",
    "SUSE-SU-",
    "USN-",
    "openEuler-SA-",
    "openSUSE-FU-",
    "openSUSE-OU-",
    "openSUSE-RU-",
    "openSUSE-SU-",
];

/// Prefixes of notices of updates that fix no security flaw, unless they name one.
const NO_SECURITY: &[&str] = &[
    "ALBA-",
    "ALEA-",
    "ELBA-",
    "ELEA-",
    "MGAA-",
    "RHBA-",
    "RHEA-",
    "RLBA-",
    "RLEA-",
    "SUSE-FU-",
    "SUSE-OU-",
    "SUSE-RU-",
    "openSUSE-FU-",
    "openSUSE-OU-",
    "openSUSE-RU-",
];

pub(super) fn is_notice(id: &str) -> bool {
    NOTICES.iter().any(|prefix| id.starts_with(prefix))
}

pub(crate) fn is_no_security_notice(id: &str) -> bool {
    NO_SECURITY.iter().any(|prefix| id.starts_with(prefix))
}

/// Is this a CVE id (`CVE-` year `-` four or more digits)?
pub(crate) fn is_cve(id: &str) -> bool {
    let Some((year, number)) = id.strip_prefix("CVE-").and_then(|rest| rest.split_once('-')) else {
        return false;
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    year.len() == 4 && digits(year) && (4..=12).contains(&number.len()) && digits(number)
}

/// The CVE in an id that says it is a vendor's view of one: `DEBIAN-CVE-2024-1234`, `UBUNTU-CVE-…`, `ALPINE-CVE-…`,
/// `ROOT-OS-ALPINE-318-CVE-…`.
pub(super) fn cve_inside(id: &str) -> Option<&str> {
    let at = id.find("-CVE-")?;
    Some(&id[at + 1..]).filter(|cve| is_cve(cve))
}

/// Base and release of an OSV ecosystem: `Debian:12` is `Debian` and `12`, `Red Hat:enterprise_linux:9::baseos` is
/// `Red Hat` and the rest.
pub(crate) fn split_ecosystem(ecosystem: &str) -> (&str, &str) {
    ecosystem.split_once(':').unwrap_or((ecosystem, ""))
}

/// A package name as this ecosystem compares names, as [`plimsoll_model::PackageKey`] says.
pub fn fold_name<'a>(ecosystem: &str, name: &'a str) -> Cow<'a, str> {
    match ecosystem {
        "PyPI" => fold_pypi(name),
        "GitHub Actions" | "NuGet" | "Packagist" if name.chars().any(char::is_uppercase) => {
            name.to_lowercase().into()
        }
        "SwiftURL" => fold_repository(name).into(),
        _ => name.into(),
    }
}

/// The address of a repository, without what writers differ in: scheme, case, a `.git` at the end.
fn fold_repository(address: &str) -> String {
    let address = address.to_lowercase();
    let path = address.split_once("://").map_or(address.as_str(), |(_, path)| path).trim_end_matches('/');
    path.strip_suffix(".git").unwrap_or(path).to_owned()
}

/// PEP 503, "Normalized Names": lower case, and one hyphen for any run of `-`, `_` and `.`.
fn fold_pypi(name: &str) -> Cow<'_, str> {
    let separator = |character: char| matches!(character, '-' | '_' | '.');
    let folded =
        name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')) && !name.contains("--");
    if folded {
        return name.into();
    }
    let mut out = String::with_capacity(name.len());
    for character in name.chars() {
        if !separator(character) {
            out.extend(character.to_lowercase());
        } else if !out.ends_with('-') {
            out.push('-');
        }
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fold_as_their_ecosystem_compares_them() {
        let check =
            |ecosystem, name, expected: &str| assert_eq!(fold_name(ecosystem, name), expected, "{name}");
        check("PyPI", "Flask_Login", "flask-login");
        check("PyPI", "zope.interface", "zope-interface");
        check("PyPI", "a._-b", "a-b");
        check("PyPI", "django", "django");
        check("NuGet", "Newtonsoft.Json", "newtonsoft.json");
        check("Packagist", "Symfony/HTTP-kernel", "symfony/http-kernel");
        check("SwiftURL", "https://github.com/Apple/swift-nio.git", "github.com/apple/swift-nio");
        check("SwiftURL", "github.com/vapor/vapor", "github.com/vapor/vapor");
        check("GitHub Actions", "tj-actions/Changed-Files", "tj-actions/changed-files");
        check("npm", "JSONStream", "JSONStream");
        check("Go", "github.com/Masterminds/goutils", "github.com/Masterminds/goutils");
        check("Maven", "org.apache:Commons", "org.apache:Commons");
    }

    #[test]
    fn ecosystems_split_at_the_first_colon() {
        let check = |ecosystem, expected| assert_eq!(split_ecosystem(ecosystem), expected);
        check("Red Hat:enterprise_linux:9::baseos", ("Red Hat", "enterprise_linux:9::baseos"));
        check("Ubuntu:Pro:16.04:LTS", ("Ubuntu", "Pro:16.04:LTS"));
        check("openSUSE:Leap 15.1", ("openSUSE", "Leap 15.1"));
        check("Photon OS:3.0", ("Photon OS", "3.0"));
        check("Bitnami", ("Bitnami", ""));
    }

    #[test]
    fn a_cve_is_found_in_a_vendors_id() {
        let check = |id, expected| assert_eq!(cve_inside(id), expected, "{id}");
        check("DEBIAN-CVE-2024-1234", Some("CVE-2024-1234"));
        check("ROOT-OS-ALPINE-318-CVE-2024-10524", Some("CVE-2024-10524"));
        check("CVE-2024-1234", None);
        check("DEBIAN-CVE-2024-12", None);
        check("BIT-apache-2020-11984", None);
        assert!(is_cve("CVE-2024-1234567") && !is_cve("CVE-24-1234") && !is_cve("CVE-2024-12x4"));
    }
}
