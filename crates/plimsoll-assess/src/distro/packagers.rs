//! Who packed a package: the distribution, or somebody whose packages its advisories do not speak of?

use super::{Distribution, lines};
use plimsoll_model::{Component, PurlType};
use std::sync::OnceLock;

/// Who packed a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packager {
    /// The distribution, as far as the package says.
    Distribution,
    /// A third party.
    ThirdParty,
}

/// Who packed this package of that distribution. A package that does not say is the distribution's.
pub(crate) fn packager(component: &Component, distribution: Option<&Distribution>) -> Packager {
    if matches!(component.kind, PurlType::Apk | PurlType::Alpm) {
        return Packager::Distribution;
    }
    let facts = facts();
    let vendor = component.vendor.as_deref().unwrap_or("").to_lowercase();
    let is_marked = facts.marks.iter().any(|mark| component.version.contains(mark));
    let is_named = facts.third.iter().any(|third| vendor.contains(third));
    if is_marked || is_named || (component.kind == PurlType::Rpm && is_foreign(&vendor, distribution)) {
        return Packager::ThirdParty;
    }
    Packager::Distribution
}

/// An rpm's vendor is one word for all packages of a distribution, so any other one is a third party. Derivatives
/// have vendors of their own.
fn is_foreign(vendor: &str, distribution: Option<&Distribution>) -> bool {
    let Some(distribution) = distribution.filter(|known| !known.derived && !vendor.is_empty()) else {
        return false;
    };
    let own = || facts().own.iter().filter(|(id, _)| *id == distribution.id);
    own().next().is_some() && own().all(|(_, text)| !vendor.contains(text))
}

/// `packagers.txt`, in lower case but for the marks.
#[derive(Default)]
struct Facts {
    own: Vec<(&'static str, String)>,
    third: Vec<String>,
    marks: Vec<&'static str>,
}

fn facts() -> &'static Facts {
    static FACTS: OnceLock<Facts> = OnceLock::new();
    FACTS.get_or_init(|| {
        let mut facts = Facts::default();
        for line in lines(include_str!("packagers.txt")) {
            match line.split_once(char::is_whitespace).map(|(word, fact)| (word, fact.trim())) {
                Some(("own", fact)) => {
                    let (id, text) = fact.split_once(char::is_whitespace).unwrap_or((fact, ""));
                    facts.own.push((id, text.trim().to_lowercase()));
                }
                Some(("third", fact)) => facts.third.push(fact.to_lowercase()),
                Some(("mark", fact)) => facts.marks.push(fact),
                _ => {}
            }
        }
        facts
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_model::OsRelease;

    #[test]
    fn every_line_of_the_data_is_understood() {
        let facts = facts();
        let understood = facts.own.len() + facts.third.len() + facts.marks.len();
        assert_eq!(understood, lines(include_str!("packagers.txt")).count());
        assert!(facts.own.iter().all(|(_, text)| !text.is_empty()));
    }

    #[test]
    fn third_parties_are_told_by_vendor_and_version() {
        let check = |kind, id: &str, vendor: &str, version: &str, expected| {
            let os = OsRelease { id: id.into(), version_id: Some("9".into()), ..OsRelease::default() };
            let mut component = Component::new(kind, "", "x", version);
            component.vendor = (!vendor.is_empty()).then(|| vendor.into());
            let found = packager(&component, Distribution::of(&os).as_ref());
            assert_eq!(found, expected, "{id} {vendor} {version}");
        };
        use Packager::{Distribution as Own, ThirdParty};
        check(PurlType::Rpm, "rhel", "Red Hat, Inc.", "1-1.el9", Own);
        check(PurlType::Rpm, "rhel", "", "1-1.el9", Own);
        check(PurlType::Rpm, "rhel", "Fedora Project", "1-1.el9", ThirdParty);
        check(PurlType::Rpm, "fedora", "Fedora Project", "1-1.fc40", Own);
        check(PurlType::Rpm, "almalinux", "AlmaLinux", "1-1.el9", Own);
        check(PurlType::Rpm, "rocky", "Rocky Enterprise Software Foundation", "1-1.el9", Own);
        check(PurlType::Rpm, "almalinux", "MongoDB Inc.", "1-1.el9", ThirdParty);
        check(
            PurlType::Deb,
            "debian",
            "Docker <support@docker.com>",
            "5:24.0.7-1~debian.12~bookworm",
            ThirdParty,
        );
        check(PurlType::Deb, "debian", "cudatools <cudatools@nvidia.com>", "12.2", ThirdParty);
        check(PurlType::Deb, "debian", "Matthias Klose <doko@debian.org>", "12.2.0-14", Own);
        check(PurlType::Deb, "debian", "Debian PostgreSQL Maintainers <x@y>", "15.4-1.pgdg120+1", ThirdParty);
        check(PurlType::Deb, "ubuntu", "Ubuntu Developers <x@lists.ubuntu.com>", "1.2-3ubuntu4", Own);
        check(PurlType::Apk, "alpine", "Somebody <x@google.com>", "1-r0", Own);
    }
}
