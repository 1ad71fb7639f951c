//! `updateinfo.xml` of rpm repositories, as createrepo writes it: Amazon Linux with its extras topics and live patches,
//! Fedora, EPEL, Oracle, Rocky, AlmaLinux, Red Hat, openEuler and SUSE.

use super::Take;
use super::product::{self, Product};
use super::rows::{Head, Row, Rows, cves, rating, record};
use super::xml::{self, Element};
use crate::date;
use crate::osv::{self, Left, Parsed};
use std::io::BufRead;

/// Reads a document. `at` is its path: some releases are told by nothing else.
pub(super) fn read(bytes: &mut dyn BufRead, at: &str, take: Take<'_>) {
    let mut count = 0_usize;
    let done = xml::each(bytes, &["update"], &mut |update| {
        count += 1;
        take(parsed(&update, at));
        Ok(())
    });
    match done {
        Err(why) => take(Err(why)),
        Ok(()) if count == 0 => take(Ok(Parsed::Left(Left::NoPackage))),
        Ok(()) => {}
    }
}

fn parsed(update: &Element, at: &str) -> Result<Parsed, String> {
    let id = update.text_of("id").unwrap_or_default().trim();
    if !osv::is_id(id) {
        return Err(format!("{id:?} is no id"));
    }
    let flaws = flaws(update);
    if update.attribute("type") != Some("security") && flaws.is_empty() {
        return Ok(Parsed::Left(Left::NotSecurity));
    }
    if matches!(update.attribute("status"), Some("testing" | "pending" | "obsolete" | "unpushed")) {
        return Ok(Parsed::Left(Left::NotSecurity));
    }
    let collections: Vec<&Element> = update.all("pkglist").flat_map(|list| list.all("collection")).collect();
    let mut rows = Rows::default();
    let mut publisher = None;
    for collection in collections {
        let module = collection.child("module").and_then(|module| {
            Some(format!("{}:{}", module.attribute("name")?, module.attribute("stream")?))
        });
        for package in collection.all("package") {
            let part = |name: &str| package.attribute(name).unwrap_or_default();
            let (name, arch) = (part("name"), part("arch"));
            if matches!(arch, "src" | "nosrc") {
                continue;
            }
            let release = part("release");
            let evr = match part("epoch") {
                "" | "0" => format!("{}-{release}", part("version")),
                epoch => format!("{epoch}:{}-{release}", part("version")),
            };
            let place = Place {
                id,
                collection: collection.text_of("name").unwrap_or_default(),
                short: collection.attribute("short").unwrap_or_default(),
                from: update.attribute("from").unwrap_or_default(),
                at,
                release,
            };
            let Some((source, products)) = place.products() else {
                return Err(format!("{id} names no release of a known distribution, nor does the path {at}"));
            };
            publisher = publisher.or(Some(source));
            for product in products {
                let arch = Some(arch.to_owned());
                rows.add(Row { arch, module: module.clone(), ..Row::fixed(&product, name, &evr) })?;
            }
        }
    }
    let day = |name: &str| update.child(name).and_then(|day| day.attribute("date")).and_then(date::seconds);
    let severity = update.text_of("severity").unwrap_or_default();
    record(
        Head {
            feed: "updateinfo",
            whole: false,
            id: id.to_owned(),
            flaws,
            published: day("issued"),
            modified: day("updated").or(day("modified")).or(day("issued")),
            ratings: rating(publisher.unwrap_or("vendor"), severity).into_iter().collect(),
            summary: update.text_of("title").map(str::to_owned),
            details: update.text_of("description").map(str::to_owned),
        },
        rows,
    )
}

/// The CVEs it names: as references, else in what references and texts say.
fn flaws(update: &Element) -> Vec<String> {
    let references = || update.all("references").flat_map(|list| list.all("reference"));
    let mut found = Vec::new();
    for reference in references() {
        let id = reference.attribute("id").unwrap_or_default();
        let is_cve = reference.attribute("type").is_some_and(|kind| kind.eq_ignore_ascii_case("cve"));
        let title = reference.attribute("title").unwrap_or_default();
        for text in [id, title] {
            // Titles of bugs name the flaw they are about.
            if is_cve || text == id || title.starts_with("CVE-") || text.contains("CVE-") {
                found.extend(cves(text));
            }
        }
    }
    if found.is_empty() {
        for name in ["title", "description"] {
            found.extend(cves(update.text_of(name).unwrap_or_default()));
        }
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|flaw| seen.insert(flaw.clone()));
    found
}

/// What tells the release of an update.
struct Place<'a> {
    id: &'a str,
    collection: &'a str,
    short: &'a str,
    from: &'a str,
    at: &'a str,
    /// The release tag of a build.
    release: &'a str,
}

impl Place<'_> {
    /// The publisher as ratings name it, and the products.
    fn products(&self) -> Option<(&'static str, Vec<Product>)> {
        let one = |source, product: Option<Product>| Some((source, vec![product?]));
        let id = self.id;
        let of_el = || product::of_mark("el", self.release);
        if id.starts_with("ALAS") {
            return one("amazon", amazon(id));
        }
        if id.starts_with("FEDORA-EPEL-") {
            return one("fedora", of_el().map(|release| Product::new("EPEL", release)));
        }
        if id.starts_with("FEDORA-") {
            let release = product::of_mark("fc", self.release).or_else(|| {
                let word = self.collection.strip_prefix("Fedora ")?.split_whitespace().next()?;
                word.parse::<u32>().is_ok().then(|| word.to_owned())
            });
            return one("fedora", release.map(|release| Product::new("Fedora", release)));
        }
        let starts = |heads: &[&str]| heads.iter().any(|head| id.starts_with(head));
        if starts(&["ELSA-", "ELBA-", "ELEA-"]) {
            let named = product::of_name(self.collection).map(|product| product.release);
            return one("oracle", named.or_else(of_el).map(|release| Product::new("Oracle Linux", release)));
        }
        if starts(&["ALSA-", "ALBA-", "ALEA-"]) {
            let named = number_behind(self.collection, "almalinux-")
                .or_else(|| number_behind(self.short, "almalinux-"));
            return one("almalinux", named.or_else(of_el).map(|release| Product::new("AlmaLinux", release)));
        }
        if starts(&["RLSA-", "RLBA-", "RLEA-", "RXSA-"]) {
            return one("rocky", of_el().map(|release| Product::new("Rocky Linux", release)));
        }
        if starts(&["RHSA-", "RHBA-", "RHEA-"]) {
            return one(
                "redhat",
                of_el().map(|release| Product::new("Red Hat", format!("enterprise_linux:{release}"))),
            );
        }
        if starts(&["openEuler-"]) || self.release.contains(".oe") {
            return one("openeuler", open_euler(self.release));
        }
        if starts(&["SUSE-", "openSUSE-"]) || self.from.contains("suse") {
            let products = suse(id, self.collection, self.at);
            return (!products.is_empty()).then_some(("suse", products));
        }
        None
    }
}

/// `2023` of `ALAS2023-2023-001`; `2:kernel-5.15` of `ALAS2KERNEL-5.15-2022-001`: a topic of extras, or another
/// repository of its own, stands behind the release.
fn amazon(id: &str) -> Option<Product> {
    let rest = id.strip_prefix("ALAS")?;
    // `-2011-1`: year and number.
    let mut parts = rest.rsplitn(3, '-');
    let (_, _, head) = (parts.next()?, parts.next()?, parts.next()?);
    let (release, topic) = match head {
        "" => ("1", ""),
        head if head.starts_with("2022") => ("2022", &head[4..]),
        head if head.starts_with("2023") => ("2023", &head[4..]),
        head if head.starts_with('2') => ("2", &head[1..]),
        // The web site's name of the same: `ALASDOCKER-2021-001`.
        head => ("2", head),
    };
    let topic = topic.trim_matches('-').to_lowercase();
    // Live patches stand in one list for all kernels.
    let release = if topic.is_empty() { release.to_owned() } else { format!("{release}:{topic}") };
    Some(Product::new("Amazon Linux", release))
}

fn number_behind(text: &str, head: &str) -> Option<String> {
    let (_, rest) = text.split_once(head)?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0).then(|| rest[..digits].to_owned())
}

/// `22.03-LTS-SP3` of `1.oe2203sp3`; even releases of March are the long-lived ones.
fn open_euler(release: &str) -> Option<Product> {
    let (_, rest) = release.split_once("oe")?;
    let number = rest.get(..4).filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()))?;
    let pack = rest
        .get(4..)
        .and_then(|rest| rest.strip_prefix("sp"))
        .map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
    let (year, month) = number.split_at(2);
    let edition = if month == "03" { "-LTS" } else { "" };
    let pack = pack.filter(|pack| !pack.is_empty()).map_or(String::new(), |pack| format!("-SP{pack}"));
    Some(Product::new("openEuler", format!("{year}.{month}{edition}{pack}")))
}

/// SUSE writes the product into the id (`SUSE-SLE-Module-Basesystem-15-SP5-2024-1234`), into the collection or into the
/// path (`/SUSE/Updates/SLE-Product-SLES/15-SP5/`, `/update/leap/15.6/`).
fn suse(id: &str, collection: &str, at: &str) -> Vec<Product> {
    let texts = [id, collection, at];
    for text in texts {
        if let Some(product) = product::of_name(text) {
            return vec![product];
        }
    }
    if let Some(version) = [at, id].iter().find_map(|text| {
        let lower = text.to_lowercase();
        ["leap/", "opensuse-sle-", "leap-"].iter().find_map(|head| {
            let (_, rest) = lower.split_once(head)?;
            let version: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
            version.contains('.').then_some(version)
        })
    }) {
        return vec![Product::new("openSUSE", format!("Leap {version}"))];
    }
    if texts.iter().any(|text| text.to_lowercase().contains("tumbleweed")) {
        return vec![Product::new("openSUSE", "Tumbleweed")];
    }
    texts.iter().find_map(|text| sle(text)).into_iter().collect()
}

/// `Linux Enterprise 15 SP5` of anything with `-15-SP5-` or `/15-SP5/` in it.
fn sle(text: &str) -> Option<Product> {
    if !text.contains("SLE") {
        return None;
    }
    let parts: Vec<&str> = text.split(['-', '/']).collect();
    let micro = text.contains("Micro");
    parts.iter().enumerate().find_map(|(at, part)| {
        let is_version = matches!(*part, "11" | "12" | "15" | "16" | "16.0" | "16.1")
            || (micro && part.starts_with(['5', '6']) && part.contains('.'));
        let pack = parts.get(at + 1).filter(|pack| pack.starts_with("SP") && pack.len() <= 4);
        is_version.then(|| match (micro, pack) {
            (true, _) => Product::new("SUSE", format!("Linux Enterprise Micro {part}")),
            (false, Some(pack)) => Product::new("SUSE", format!("Linux Enterprise {part} {pack}")),
            (false, None) => Product::new("SUSE", format!("Linux Enterprise {part}")),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_told_by_id_build_collection_and_path() {
        let check = |id: &str, collection: &str, at: &str, release: &str, expected: Option<(&str, &str)>| {
            let place = Place { id, collection, short: "", from: "", at, release };
            let found = place.products().and_then(|(_, products)| products.into_iter().next());
            let found = found.as_ref().map(|product| (product.ecosystem, product.release.as_str()));
            assert_eq!(found, expected, "{id} {collection} {at} {release}");
        };
        let amazon = |release| Some(("Amazon Linux", release));
        check("ALAS-2011-1", "", "", "1.18.amzn1", amazon("1"));
        check("ALAS2-2018-939", "", "", "38.79.amzn2", amazon("2"));
        check("ALAS2KERNEL-5.15-2022-001", "", "", "", amazon("2:kernel-5.15"));
        check("ALASDOCKER-2021-001", "", "", "", amazon("2:docker"));
        check("ALAS2022-2021-001", "", "", "", amazon("2022"));
        check("ALAS2023-2023-001", "", "", "", amazon("2023"));
        check("ALAS2023LIVEPATCH-2023-001", "", "", "", amazon("2023:livepatch"));
        check("ALAS2NITRO-ENCLAVES-2021-001", "", "", "", amazon("2:nitro-enclaves"));
        check("FEDORA-2024-0a1b2c", "Fedora 39", "", "1.fc39", Some(("Fedora", "39")));
        check("FEDORA-EPEL-2024-0a1b2c", "", "", "1.el9", Some(("EPEL", "9")));
        check("ELSA-2024-1234", "Oracle Linux 8", "", "1.el8_10", Some(("Oracle Linux", "8")));
        check(
            "ALSA-2024:1234",
            "almalinux-9-for-x86_64-baseos-rpms",
            "",
            "1.el9_4",
            Some(("AlmaLinux", "9")),
        );
        check("RLSA-2024:1234", "", "", "1.el9_4", Some(("Rocky Linux", "9")));
        check("RHSA-2024:1234", "", "", "1.el9_4", Some(("Red Hat", "enterprise_linux:9")));
        check("openEuler-SA-2025-1379", "", "", "1.oe2203sp3", Some(("openEuler", "22.03-LTS-SP3")));
        check(
            "SUSE-SLE-Module-Basesystem-15-SP5-2024-1",
            "",
            "",
            "",
            Some(("SUSE", "Linux Enterprise 15 SP5")),
        );
        check(
            "SUSE-2024-1",
            "",
            "x/SLE-Product-SLES/15-SP5/x86_64/u.xml",
            "",
            Some(("SUSE", "Linux Enterprise 15 SP5")),
        );
        check(
            "openSUSE-2024-12",
            "",
            "update/leap/15.6/oss/repodata/u.xml",
            "",
            Some(("openSUSE", "Leap 15.6")),
        );
        check("openSUSE-SLE-15.5-2024-1", "", "", "", Some(("openSUSE", "Leap 15.5")));
        check("X-1", "", "", "1.el9", None);
    }
}
