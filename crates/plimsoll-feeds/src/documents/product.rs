//! Which distribution and release a publisher's product is, in the words of the advisory database: OSV's ecosystems.

/// Base ecosystem and release.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Product {
    pub ecosystem: &'static str,
    pub release: String,
}

impl Product {
    pub(super) fn new(ecosystem: &'static str, release: impl Into<String>) -> Product {
        Product { ecosystem, release: release.into() }
    }
}

/// Products of Red Hat that are its operating system: the name in the CPE. Records of what is layered on it (OpenShift,
/// JBoss, …) speak of repositories an image does not tell, so they are left out.
const RED_HAT: &[&str] = &[
    "enterprise_linux",
    "enterprise_linux_eus",
    "hummingbird",
    "rhel_aus",
    "rhel_e4s",
    "rhel_els",
    "rhel_eus",
    "rhel_eus_long_life",
    "rhel_mission_critical",
    "rhel_tus",
];

/// The product a CPE names, 2.2 or 2.3.
pub(super) fn of_cpe(cpe: &str) -> Option<Product> {
    let parts: Vec<&str> = match cpe.strip_prefix("cpe:2.3:") {
        Some(rest) => rest.split(':').map(|part| if matches!(part, "*" | "-") { "" } else { part }).collect(),
        None => cpe.strip_prefix("cpe:/")?.split(':').collect(),
    };
    let [_, vendor, product, rest @ ..] = parts.as_slice() else { return None };
    let version = rest.first().copied().unwrap_or_default();
    match *vendor {
        "redhat" if RED_HAT.contains(product) => {
            let rest = rest.iter().take(3).copied().collect::<Vec<_>>().join(":");
            let release = format!("{product}:{rest}");
            Some(Product::new("Red Hat", release.trim_end_matches(':')))
        }
        "openEuler" | "openeuler" if !version.is_empty() => Some(Product::new("openEuler", version)),
        "oracle" if *product == "linux" && !version.is_empty() => Some(Product::new("Oracle Linux", version)),
        "rocky" | "rocky_linux" | "resf" if !version.is_empty() => Some(Product::new("Rocky Linux", version)),
        "almalinux" if !version.is_empty() => Some(Product::new("AlmaLinux", version)),
        "fedoraproject" if *product == "fedora" && !version.is_empty() => {
            Some(Product::new("Fedora", version))
        }
        _ => None,
    }
}

/// The product a name names: `SUSE Linux Enterprise Server 15 SP5`, `openSUSE Leap 15.6`, `Oracle Linux 8`, `Photon 5`,
/// `openEuler-22.03-LTS-SP3`, `Red Hat Enterprise Linux 8`.
pub(super) fn of_name(name: &str) -> Option<Product> {
    let name = name.trim();
    let version = |rest: &str| {
        let word = rest.split_whitespace().next()?;
        word.starts_with(|c: char| c.is_ascii_digit()).then(|| word.to_owned())
    };
    if let Some(rest) = name.strip_prefix("SUSE ") {
        let is_system =
            ["Linux Enterprise", "Linux Micro", "Package Hub"].iter().any(|start| rest.starts_with(start));
        return is_system.then(|| Product::new("SUSE", rest));
    }
    if let Some(rest) = name.strip_prefix("openSUSE ") {
        return Some(Product::new("openSUSE", rest));
    }
    if let Some(rest) = name.strip_prefix("openEuler-").or_else(|| name.strip_prefix("openEuler ")) {
        return version(rest).map(|version| Product::new("openEuler", version));
    }
    if let Some(rest) = name.strip_prefix("Oracle Linux ") {
        return version(rest).map(|version| Product::new("Oracle Linux", major(&version)));
    }
    if let Some(rest) = name.strip_prefix("Photon OS ").or_else(|| name.strip_prefix("Photon ")) {
        return version(rest).map(|version| Product::new("Photon OS", photon(&version)));
    }
    if let Some(rest) = name.strip_prefix("Red Hat Enterprise Linux ") {
        return version(rest).map(|version| Product::new("Red Hat", format!("enterprise_linux:{version}")));
    }
    if let Some(rest) = name.strip_prefix("Rocky Linux ") {
        return version(rest).map(|version| Product::new("Rocky Linux", major(&version)));
    }
    if let Some(rest) = name.strip_prefix("AlmaLinux ") {
        return version(rest).map(|version| Product::new("AlmaLinux", major(&version)));
    }
    if let Some(rest) = name.strip_prefix("Fedora ") {
        return version(rest).map(|version| Product::new("Fedora", version));
    }
    None
}

/// A product by its CPE, else by its name. SUSE's CPEs say less than its names.
pub(super) fn of(name: &str, cpe: Option<&str>) -> Option<Product> {
    cpe.and_then(of_cpe).or_else(|| of_name(name))
}

/// `9` of `9.4`.
pub(super) fn major(version: &str) -> &str {
    version.split('.').next().unwrap_or(version)
}

/// Photon's VERSION_ID has two parts.
pub(super) fn photon(version: &str) -> String {
    if version.contains('.') { version.to_owned() } else { format!("{version}.0") }
}

/// The release a build was made for, by the mark in its release tag: 9 of `3.el9_4`, 39 of `1.fc39`, `4.0` of `2.ph4`.
pub(super) fn of_mark(mark: &str, evr: &str) -> Option<String> {
    evr.match_indices(mark).find_map(|(at, _)| {
        let before = evr[..at].chars().next_back();
        let rest = &evr[at + mark.len()..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        // `.el9`, `+el8`, `_el8`, but not `model9`.
        let begins = before.is_none_or(|c| !c.is_ascii_alphanumeric());
        (begins && digits > 0).then(|| rest[..digits].to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_known_by_cpe_and_name() {
        let check = |name: &str, cpe: &str, expected: Option<(&str, &str)>| {
            let found = of(name, (!cpe.is_empty()).then_some(cpe));
            let found = found.as_ref().map(|product| (product.ecosystem, product.release.as_str()));
            assert_eq!(found, expected, "{name} {cpe}");
        };
        check(
            "x",
            "cpe:/o:redhat:enterprise_linux:9::baseos",
            Some(("Red Hat", "enterprise_linux:9::baseos")),
        );
        check("x", "cpe:/a:redhat:rhel_eus:9.4", Some(("Red Hat", "rhel_eus:9.4")));
        check(
            "x",
            "cpe:2.3:o:redhat:enterprise_linux:9:*:baseos:*:*:*:*:*",
            Some(("Red Hat", "enterprise_linux:9::baseos")),
        );
        check("Red Hat Enterprise Linux 9", "", Some(("Red Hat", "enterprise_linux:9")));
        check("OpenShift", "cpe:/a:redhat:openshift:4.14::el9", None);
        check(
            "SUSE Linux Enterprise Server 15 SP5",
            "cpe:/o:suse:sles:15:sp5",
            Some(("SUSE", "Linux Enterprise Server 15 SP5")),
        );
        check("SUSE Manager Server 4.3", "", None);
        check("SUSE Linux Micro 6.0", "", Some(("SUSE", "Linux Micro 6.0")));
        check("openSUSE Leap 15.4", "cpe:/o:opensuse:leap:15.4", Some(("openSUSE", "Leap 15.4")));
        check("openSUSE Tumbleweed", "", Some(("openSUSE", "Tumbleweed")));
        check(
            "openEuler-22.03-LTS-SP3",
            "cpe:/a:openEuler:openEuler:22.03-LTS-SP3",
            Some(("openEuler", "22.03-LTS-SP3")),
        );
        check("Oracle Linux 8", "", Some(("Oracle Linux", "8")));
        check("Photon 5", "", Some(("Photon OS", "5.0")));
        check("Fedora 39", "", Some(("Fedora", "39")));
        check("Image SLES15-SP2-Azure", "", None);
    }

    #[test]
    fn builds_are_marked_with_their_release() {
        let check =
            |mark, evr, expected: Option<&str>| assert_eq!(of_mark(mark, evr).as_deref(), expected, "{evr}");
        check("el", "1.2-3.el9_4", Some("9"));
        check("el", "1:1.0-2.module+el8.7.0+1", Some("8"));
        check("el", "1.0-2.module_el8.6.0", Some("8"));
        check("el", "model9", None);
        check("fc", "1-2.fc39", Some("39"));
        check("ph", "1.10-2.ph4", Some("4"));
        check("azl", "1-2.azl3", Some("3"));
    }
}
