//! Which files to fetch, and where they lie in the folder of feeds.

use super::fetch::Fetcher;
use super::{UpdateOptions, publishers};
use crate::{FeedError, date};
use std::collections::BTreeSet;
use std::path::Path;

/// The base ecosystems of OSV that name packages found in images.
pub(super) const ECOSYSTEMS: &[&str] = &[
    "AlmaLinux",
    "Alpaquita",
    "Alpine",
    "Azure Linux",
    "BellSoft Hardened Containers",
    "Bioconductor",
    "Bitnami",
    "CRAN",
    "Chainguard",
    "ConanCenter",
    "Debian",
    "Echo",
    "GitHub Actions",
    "Go",
    "Hackage",
    "Hex",
    "Julia",
    "Mageia",
    "Maven",
    "MinimOS",
    "NuGet",
    "Packagist",
    "Photon OS",
    "Pub",
    "PyPI",
    "Red Hat",
    "Rocky Linux",
    "Root",
    "RubyGems",
    "SUSE",
    "SwiftURL",
    "Ubuntu",
    "Wolfi",
    "crates.io",
    "npm",
    "opam",
    "openEuler",
    "openSUSE",
];

/// Products of endoflife.date that are the system of an image.
const PRODUCTS: &[&str] = &[
    "almalinux",
    "alpine-linux",
    "amazon-linux",
    "centos",
    "centos-stream",
    "debian",
    "devuan",
    "fedora",
    "linuxmint",
    "mageia",
    "opensuse",
    "oracle-linux",
    "rhel",
    "rocky-linux",
    "sles",
    "suse-linux-micro",
    "ubuntu",
    "vmware-photon",
];

/// NVD's first list holds everything up to this year.
const FIRST_YEAR: i32 = 2002;

/// A file to fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub url: String,
    /// In the folder of feeds.
    pub path: String,
    /// Is a database without it misleading?
    pub needed: bool,
    /// Is it told of when it is not there?
    pub missed: bool,
}

/// Everything to fetch.
pub(super) fn items(
    options: &UpdateOptions,
    fetcher: &Fetcher<'_>,
    folder: &Path,
) -> Result<Vec<Item>, FeedError> {
    let mirror = options.mirror.as_deref().map(|mirror| mirror.trim_end_matches('/'));
    let under = |own: &Option<String>, feed: &str| match mirror {
        Some(mirror) => Some(format!("{mirror}/{feed}")),
        None => own.as_deref().map(|base| base.trim_end_matches('/').to_owned()),
    };
    let single = |own: &Option<String>, path: &str| match mirror {
        Some(mirror) => Some(format!("{mirror}/{path}")),
        None => own.clone(),
    };
    let item = |url: String, path: String| Item { url, path, needed: false, missed: true };
    let mut items = Vec::new();

    if let Some(base) = under(&options.osv, "osv") {
        for ecosystem in ecosystems(options, fetcher, &base, folder)? {
            let url = format!("{base}/{}/all.zip", ecosystem.replace(' ', "%20"));
            items.push(Item { url, path: format!("osv/{ecosystem}/all.zip"), needed: true, missed: true });
        }
    }
    let kev = "kev/known_exploited_vulnerabilities.json";
    items.extend(single(&options.kev, kev).map(|url| item(url, kev.into())));
    let epss = "epss/epss_scores-current.csv.gz";
    items.extend(single(&options.epss, epss).map(|url| item(url, epss.into())));
    if let Some(base) = under(&options.nvd, "nvd") {
        let names = names(fetcher, &base, mirror.is_some(), ".json.gz", years(options), |year| {
            format!("nvdcve-2.0-{year}.json.gz")
        });
        items.extend(names.into_iter().map(|name| item(format!("{base}/{name}"), format!("nvd/{name}"))));
    }
    match mirror {
        Some(mirror) => {
            let base = format!("{mirror}/cve");
            let names = names(fetcher, &base, true, ".zip", years(options), |year| format!("{year}.zip"));
            items.extend(names.into_iter().map(|name| item(format!("{base}/{name}"), format!("cve/{name}"))));
        }
        None => items.extend(options.cve.clone().map(|url| item(url, "cve/all.zip".into()))),
    }
    if let Some(base) = under(&options.endoflife, "endoflife/api") {
        for product in PRODUCTS {
            items.push(item(format!("{base}/{product}.json"), format!("endoflife/api/{product}.json")));
        }
    }
    items.extend(publishers::items(&options.distributions, mirror, fetcher, folder));
    Ok(items)
}

/// The ecosystems there are and that we want; of a mirror, all it has.
fn ecosystems(
    options: &UpdateOptions,
    fetcher: &Fetcher<'_>,
    base: &str,
    folder: &Path,
) -> Result<Vec<String>, FeedError> {
    let list = folder.join("osv/ecosystems.txt");
    // Without a list, all we want are asked for, and those that are not there are missing.
    let _ = fetcher.fetch(&format!("{base}/ecosystems.txt"), &list);
    let text = std::fs::read_to_string(&list).unwrap_or_default();
    let there: BTreeSet<&str> = text
        .lines()
        .map(|line| crate::osv::split_ecosystem(line.trim()).0)
        .filter(|name| is_name(name))
        .take(500)
        .collect();
    let wanted = options.ecosystems.iter().map(String::as_str).filter(|name| is_name(name));
    let names: BTreeSet<&str> = match (there.is_empty(), options.mirror.is_some()) {
        (true, _) => wanted.collect(),
        (false, true) => there,
        (false, false) => wanted.filter(|name| there.contains(name)).collect(),
    };
    Ok(names.into_iter().map(str::to_owned).collect())
}

/// The files of a folder: as a mirror's listing names them, else one a year.
fn names(
    fetcher: &Fetcher<'_>,
    base: &str,
    mirror: bool,
    suffix: &str,
    years: std::ops::RangeInclusive<i32>,
    name: impl Fn(i32) -> String,
) -> Vec<String> {
    let listing = if mirror { fetcher.small_text(&format!("{base}/")).ok().flatten() } else { None };
    let listed = listing.map(|listing| links(&listing, suffix)).unwrap_or_default();
    if listed.is_empty() { years.map(name).collect() } else { listed }
}

fn years(options: &UpdateOptions) -> std::ops::RangeInclusive<i32> {
    let today = date::day(options.build.built_at);
    let this = today.get(..4).and_then(|year| year.parse().ok()).unwrap_or(FIRST_YEAR);
    FIRST_YEAR..=this.min(FIRST_YEAR + 200)
}

/// The files a web server's listing of a folder links to.
fn links(listing: &str, suffix: &str) -> Vec<String> {
    let links: BTreeSet<&str> = listing
        .split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split_once('"'))
        .map(|(link, _)| link.trim_start_matches("./"))
        .filter(|link| link.ends_with(suffix) && is_name(link))
        .take(1000)
        .collect();
    links.into_iter().map(str::to_owned).collect()
}

/// May this be the name of a file or folder of ours?
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 64
        && !name.starts_with(['.', ' '])
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" ._-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_names_files_of_one_folder() {
        let listing = r#"<a href="../">up</a><a href="2021.zip">2021.zip</a><a href="./2020.zip">x</a>
            <a href="/etc/a.zip">x</a><a href="..%2fa.zip">x</a><a href="notes.txt">x</a>"#;
        assert_eq!(links(listing, ".zip"), ["2020.zip", "2021.zip"]);
    }

    #[test]
    fn names_stay_in_their_folder() {
        for bad in ["", "..", ".hidden", "a/b", "a\\b", "a%2fb", " x"] {
            assert!(!is_name(bad), "{bad}");
        }
        for good in ECOSYSTEMS {
            assert!(is_name(good), "{good}");
        }
    }
}
