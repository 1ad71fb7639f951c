//! CSAF and CVRF say the same in JSON and XML: products, packages as components of them, and the status of each for each
//! flaw. Here is what follows from that for packages.

use super::nevra;
use super::product::{self, Product};
use super::rows::{Head, Row, Rows, Versions, record_of};
use crate::osv::{self, Left, Parsed};
use plimsoll_model::{KeyKind, Lifecycle, Purl, Rating};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Relations followed to a product: package, module, product.
const HOPS: usize = 8;

/// A document, as far as it matters.
#[derive(Debug, Default)]
pub(super) struct Notice<'a> {
    pub id: &'a str,
    /// The publisher, as [`Rating::source`] names it.
    pub publisher: &'static str,
    pub published: Option<i64>,
    pub modified: Option<i64>,
    pub severity: Option<&'a str>,
    pub title: Option<&'a str>,
    /// By product id; the first of an id counts.
    pub items: HashMap<&'a str, Item<'a>>,
    /// Composed product id → the component, and what it is a component of.
    pub relations: HashMap<&'a str, (&'a str, &'a str)>,
    pub flaws: Vec<Flaw<'a>>,
}

/// An entry of the product tree.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Item<'a> {
    pub name: &'a str,
    pub cpe: Option<&'a str>,
    pub purl: Option<&'a str>,
}

/// What is said of one flaw.
#[derive(Debug, Default)]
pub(super) struct Flaw<'a> {
    pub cve: Option<&'a str>,
    pub title: Option<&'a str>,
    pub description: Option<&'a str>,
    /// Product ids by status.
    pub statuses: Vec<(Status, Vec<&'a str>)>,
    /// Product ids that will not be fixed, and why.
    pub remedies: Vec<(Lifecycle, Vec<&'a str>)>,
    pub ratings: Vec<Rating>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Fixed,
    Affected,
    LastAffected,
    NotAffected,
    UnderInvestigation,
}

impl Status {
    /// CSAF 2.0, 3.2.3.9; CVRF 1.2 writes the same words with blanks.
    pub(super) fn parse(text: &str) -> Option<Status> {
        Some(match text.to_ascii_lowercase().replace(' ', "_").as_str() {
            "fixed" | "first_fixed" | "recommended" => Status::Fixed,
            "known_affected" | "first_affected" => Status::Affected,
            "last_affected" => Status::LastAffected,
            "known_not_affected" => Status::NotAffected,
            "under_investigation" => Status::UnderInvestigation,
            _ => return None,
        })
    }
}

/// What a remedy says of a package without a fix (CSAF 2.0, 3.2.3.12.1); `None` for other remedies.
pub(super) fn lifecycle(category: &str, details: &str) -> Option<Lifecycle> {
    let details = details.trim().to_ascii_lowercase();
    match category.to_ascii_lowercase().replace(' ', "_").as_str() {
        "no_fix_planned" | "will_not_fix" if details.contains("out of support") => Some(Lifecycle::EndOfLife),
        "no_fix_planned" | "will_not_fix" => Some(Lifecycle::WillNotFix),
        "none_available" if details.contains("under investigation") => Some(Lifecycle::UnderInvestigation),
        "none_available" => Some(Lifecycle::Affected),
        _ => None,
    }
}

/// The name its ratings carry.
pub(super) fn publisher(name: &str) -> &'static str {
    const NAMES: &[(&str, &str)] = &[
        ("red hat", "redhat"),
        ("suse", "suse"),
        ("openeuler", "openeuler"),
        ("oracle", "oracle"),
        ("rocky", "rocky"),
        ("almalinux", "almalinux"),
        ("amazon", "amazon"),
    ];
    let name = name.to_ascii_lowercase();
    NAMES.iter().find(|(part, _)| name.contains(part)).map_or("vendor", |(_, source)| source)
}

/// The records: one a flaw where the document is about one, else one for each set of flaws that the same packages fix.
pub(super) fn records(notice: &Notice<'_>) -> Vec<Result<Parsed, String>> {
    let mut resolved = HashMap::new();
    let mut groups: Vec<(Head, Packages, usize)> = Vec::new();
    let is_about_a_flaw = osv::is_cve(notice.id);
    for (index, flaw) in notice.flaws.iter().enumerate() {
        let cve = flaw.cve.filter(|cve| osv::is_cve(cve));
        let same = groups.iter_mut().find(|(_, _, first)| {
            !is_about_a_flaw && notice.flaws.get(*first).is_some_and(|first| says_the_same(first, flaw))
        });
        if let Some((head, _, _)) = same {
            head.flaws.extend(cve.map(str::to_owned));
            continue;
        }
        let packages = match rows(notice, flaw, &mut resolved) {
            Ok(rows) => rows.into_packages(),
            Err(why) => return vec![Err(why)],
        };
        if packages.is_empty() {
            continue;
        }
        if let Some((head, _, _)) =
            groups.iter_mut().find(|(_, known, _)| !is_about_a_flaw && *known == packages)
        {
            head.flaws.extend(cve.map(str::to_owned));
            continue;
        }
        let mut head = Head {
            feed: if is_about_a_flaw { "vex" } else { "csaf" },
            whole: true,
            id: if is_about_a_flaw { cve.unwrap_or(notice.id) } else { notice.id }.to_owned(),
            flaws: cve.map(str::to_owned).into_iter().collect(),
            published: notice.published,
            modified: notice.modified,
            ratings: notice
                .severity
                .and_then(|word| super::rows::rating(notice.publisher, word))
                .into_iter()
                .collect(),
            summary: flaw.title.or(notice.title).map(str::to_owned),
            details: flaw.description.map(str::to_owned),
        };
        if is_about_a_flaw && !flaw.ratings.is_empty() {
            head.ratings.clone_from(&flaw.ratings);
        }
        groups.push((head, packages, index));
    }
    if groups.is_empty() {
        return vec![Ok(Parsed::Left(Left::NoPackage))];
    }
    groups
        .into_iter()
        .map(|(head, packages, _)| {
            if !osv::is_id(&head.id) {
                return Err(format!("{:?} is no id", head.id));
            }
            record_of(head, packages)
        })
        .collect()
}

type Packages = BTreeMap<plimsoll_model::PackageKey, Vec<plimsoll_model::Affected>>;

fn says_the_same(a: &Flaw<'_>, b: &Flaw<'_>) -> bool {
    a.statuses == b.statuses && a.remedies == b.remedies
}

fn rows<'a>(
    notice: &Notice<'a>,
    flaw: &Flaw<'a>,
    resolved: &mut HashMap<&'a str, Option<Component>>,
) -> Result<Rows, String> {
    let mut rows = Rows::default();
    let mut lifecycles: HashMap<&str, Lifecycle> = HashMap::new();
    for (lifecycle, ids) in &flaw.remedies {
        lifecycles.extend(ids.iter().map(|id| (*id, *lifecycle)));
    }
    // A source package says nothing its binary packages beside it do not say better.
    let mut built: HashSet<(Product, String)> = HashSet::new();
    let fixed = flaw.statuses.iter().filter(|(status, _)| *status == Status::Fixed).flat_map(|(_, ids)| ids);
    for id in fixed {
        if let Some(component) = component(notice, id, resolved)
            && component.key == KeyKind::Binary
            && let Some(evr) = &component.evr
        {
            built.insert((component.product.clone(), evr.clone()));
        }
    }
    for (status, ids) in &flaw.statuses {
        for id in ids {
            let Some(component) = component(notice, id, resolved) else { continue };
            let lifecycle = lifecycles.get(id).copied();
            // Publishers other than Red Hat name packages without a version that look like builds.
            let evr = component.evr.as_ref().filter(|_| *status == Status::Fixed || component.is_certain);
            let (lifecycle, versions) = match (status, evr) {
                (Status::Fixed, Some(evr)) => (Lifecycle::Ranges, Versions::Before(evr.clone())),
                (Status::Fixed, None) => continue,
                (Status::NotAffected, Some(evr)) => (Lifecycle::NotAffected, Versions::Only(evr.clone())),
                (Status::NotAffected, None) => (Lifecycle::NotAffected, Versions::All),
                (Status::LastAffected | Status::Affected, Some(evr)) => {
                    (lifecycle.unwrap_or(Lifecycle::Affected), Versions::UpTo(evr.clone()))
                }
                (Status::LastAffected | Status::Affected, None) => {
                    (lifecycle.unwrap_or(Lifecycle::Affected), Versions::All)
                }
                (Status::UnderInvestigation, _) => (Lifecycle::UnderInvestigation, Versions::All),
            };
            let mut product = component.product.clone();
            if let Versions::Before(evr) = &versions
                && component.key == KeyKind::Source
                && built.contains(&(product.clone(), evr.clone()))
            {
                continue;
            }
            if !matches!(versions, Versions::Before(_))
                && let Some(release) = &component.minor
            {
                product.release.clone_from(release);
            }
            let name = match evr {
                None if component.evr.is_some() => component.whole_name.clone(),
                _ => component.name.clone(),
            };
            rows.add(Row {
                product,
                name,
                key: component.key,
                lifecycle,
                arch: component.arch.clone(),
                module: component.module.clone(),
                versions,
            })?;
        }
    }
    Ok(rows)
}

/// A package of a product.
#[derive(Clone, Debug)]
struct Component {
    product: Product,
    /// The release with the minor number its product's id tells and its CPE does not, for statements without a version.
    minor: Option<String>,
    name: String,
    /// The name if what looks like a version is part of it.
    whole_name: String,
    evr: Option<String>,
    /// Is the version told apart from the name?
    is_certain: bool,
    arch: Option<String>,
    module: Option<String>,
    key: KeyKind,
}

fn component<'r, 'a>(
    notice: &Notice<'a>,
    id: &'a str,
    resolved: &'r mut HashMap<&'a str, Option<Component>>,
) -> Option<&'r Component> {
    resolved.entry(id).or_insert_with(|| resolve(notice, id)).as_ref()
}

fn resolve(notice: &Notice<'_>, id: &str) -> Option<Component> {
    let mut module: Option<String> = None;
    // Down to the package: the innermost component.
    let (mut package, mut platform) = *notice.relations.get(id)?;
    for _ in 0..HOPS {
        let Some((inner, outer)) = notice.relations.get(package) else { break };
        if let Some(found) = notice.items.get(outer).and_then(|item| module_of(item, outer)) {
            module = Some(found);
        }
        package = inner;
    }
    // Up to the product: through modules.
    let mut product = None;
    for _ in 0..HOPS {
        if let Some(item) = notice.items.get(platform) {
            product = product::of(item.name, item.cpe);
            break;
        }
        let (inner, outer) = notice.relations.get(platform)?;
        let part = notice.items.get(inner).copied().unwrap_or_default();
        module = module.or_else(|| module_of(&part, inner));
        platform = outer;
    }
    let product = product?;
    let item = notice.items.get(package).copied().unwrap_or(Item { name: package, ..Item::default() });
    let minor = minor(&product, platform);
    let component = |name: &str, evr: Option<String>, arch: Option<&str>, is_certain: bool| {
        let is_source = match arch {
            Some(arch) => matches!(arch, "src" | "nosrc"),
            None => product.ecosystem == "Red Hat",
        };
        Component {
            minor: minor.clone(),
            name: name.to_owned(),
            whole_name: item.name.to_owned(),
            evr,
            is_certain,
            arch: arch.filter(|_| !is_source).map(str::to_owned),
            module: None,
            key: if is_source { KeyKind::Source } else { KeyKind::Binary },
            product: product.clone(),
        }
    };
    let mut found = match item.purl {
        Some(purl) => {
            // `pkg:rpm/redhat/redis@6.2.17-1.el9?arch=x86_64&epoch=1&rpmmod=redis:6`
            let purl = Purl::parse(purl).ok().filter(|purl| purl.kind == "rpm")?;
            if let Some(named) = purl.qualifier("rpmmod") {
                // A module without a stream is a flatpak's.
                module = Some(name_and_stream(named)?);
            }
            let written = nevra::parse(package).or_else(|| nevra::parse(item.name));
            let evr = Some(purl.version.as_str()).filter(|version| !version.is_empty()).map(|version| {
                let epoch = purl.qualifier("epoch").map(str::to_owned).or_else(|| {
                    let (epoch, _) = written.as_ref()?.evr.split_once(':')?;
                    Some(epoch.to_owned())
                });
                match epoch {
                    Some(epoch) if !version.contains(':') => format!("{epoch}:{version}"),
                    _ => version.to_owned(),
                }
            });
            component(&purl.name, evr, purl.qualifier("arch"), true)
        }
        None => match nevra::parse(item.name) {
            Some(build) => {
                component(&build.name, Some(build.evr), build.arch.as_deref(), build.arch.is_some())
            }
            None => component(item.name, None, None, true),
        },
    };
    // `redis-0:6.2.17-1.module+el8.10.0+22680+748527fd.aarch64::redis:6`
    let by_suffix = || package.rsplit_once("::").and_then(|(_, suffix)| name_and_stream(suffix));
    found.module = module.or_else(by_suffix);
    Some(found)
}

/// The module a product stands for: `pkg:rpmmod/redhat/redis@6:8080020230706`, or an id `…:redis:6:8080…:63b34585`.
fn module_of(item: &Item<'_>, id: &str) -> Option<String> {
    if let Some(purl) = item.purl {
        let rest = purl.strip_prefix("pkg:rpmmod/")?;
        let (path, version) = rest.split_once('@')?;
        let name = path.rsplit('/').next()?;
        let stream = version.split([':', '?']).next()?;
        return name_and_stream(&format!("{name}:{stream}"));
    }
    let parts: Vec<&str> = id.split(':').collect();
    match parts.as_slice() {
        [name, stream, version, ..]
            if version.len() >= 8 && version.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            name_and_stream(&format!("{name}:{stream}"))
        }
        _ => None,
    }
}

fn name_and_stream(text: &str) -> Option<String> {
    let mut parts = text.split(':');
    let (name, stream) = (parts.next()?, parts.next()?);
    let good = |part: &str| !part.is_empty() && part.len() <= 128 && !part.contains(char::is_whitespace);
    (good(name) && good(stream) && !name.contains('/')).then(|| format!("{name}:{stream}"))
}

/// `enterprise_linux:9.4` where the CPE says 9 and the product id `rhel-9.4.0` or `rhel-9.4.z`: Red Hat judges minor
/// releases apart.
fn minor(product: &Product, id: &str) -> Option<String> {
    let version = product.release.strip_prefix("enterprise_linux:")?.split(':').next()?;
    let rest = id.strip_prefix("rhel-")?.strip_prefix(version)?.strip_prefix('.')?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0).then(|| format!("enterprise_linux:{version}.{}", &rest[..digits]))
}
