//! Which packages an image holds: present or buried, since which layer, owned by whom.

use super::Facts;
use super::ownership::{self, OsPackage};
use super::sightings::{self, sightings};
use super::tree::{History, Origin, Tree};
use plimsoll_model::{Component, Fact, Installed, LayerFacts, OsRelease, PurlType, Sighting};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// What makes two components the same one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Identity<'a> {
    kind: PurlType,
    namespace: &'a str,
    name: &'a str,
    version: &'a str,
    arch: Option<&'a str>,
}

impl<'a> Identity<'a> {
    fn of(component: &'a Component) -> Identity<'a> {
        Identity {
            kind: component.kind,
            namespace: &component.namespace,
            name: &component.name,
            version: &component.version,
            arch: component.arch.as_deref(),
        }
    }

    /// Is this a package of the image's own package manager?
    fn is_os(&self) -> bool {
        self.kind.is_os() && (self.namespace.is_empty() || self.kind == PurlType::Ebuild)
    }
}

/// Which of the OS packages that documents inside the image name are the image's own. A wheel's or a snap's document
/// names packages of the distribution it was built on, which the image's says nothing about.
struct Natives<'a> {
    /// Kind, name and version of what package managers say is installed.
    known: HashSet<(PurlType, &'a str, &'a str)>,
    kinds: HashSet<PurlType>,
    os_id: Option<&'a str>,
}

impl<'a> Natives<'a> {
    fn of(facts: &Facts<'a>, os: Option<&'a OsRelease>) -> Natives<'a> {
        let components = || {
            facts.values().flatten().flat_map(|file| &file.facts).filter_map(|fact| match fact {
                Fact::Component(component) if component.kind.is_os() => Some(component),
                _ => None,
            })
        };
        let os_id = os.map(|os| os.id.as_str());
        let mut natives = Natives { known: HashSet::new(), kinds: HashSet::new(), os_id };
        if components().any(Component::is_foreign) {
            for component in components().filter(|component| !component.is_foreign()) {
                natives.kinds.insert(component.kind);
                natives.known.insert((component.kind, &component.name, &component.version));
            }
        }
        natives
    }

    /// The image's own packages have no namespace: what a package manager knows, too, and in an image without one what
    /// says to be of its distribution. What a program says of itself is never taken for more than that.
    fn identity(&self, analyzer: &str, component: &'a Component) -> Identity<'a> {
        let identity = Identity::of(component);
        if !component.is_foreign() || analyzer == ELF_PACKAGE {
            return identity;
        }
        let is_known = self.known.contains(&(identity.kind, identity.name, identity.version))
            || match self.kinds.contains(&identity.kind) {
                // Archives for the image's package manager are for the image.
                true => identity.namespace == Component::UNKNOWN_DISTRIBUTION,
                false => self.os_id == Some(identity.namespace),
            };
        Identity { namespace: if is_known { "" } else { identity.namespace }, ..identity }
    }
}

/// The analyzer of the notes that programs carry about the package they belong to.
const ELF_PACKAGE: &str = "elf-package";

/// One component in one version of one file.
struct Seen<'a> {
    component: &'a Component,
    identity: Identity<'a>,
    analyzer: &'a str,
    inner_path: &'a str,
    /// The path of the file in the image.
    path: &'a str,
    content: Origin,
    /// The layer that introduced it there.
    layer: u32,
    present: bool,
}

/// The packages of the image, sorted by what they are, and what detectors saw in its files. A component that an OS package owns at one path and that
/// stands alone at another is listed once for each: the first is the distribution's to patch, the second is not.
pub(super) fn components<'a>(
    layers: &[LayerFacts],
    tree: &mut Tree<'a>,
    facts: &Facts<'a>,
    os: Option<&'a OsRelease>,
) -> (Vec<Installed>, Vec<Sighting>) {
    let natives = Natives::of(facts, os);
    let history = std::mem::take(&mut tree.history);
    let mut paths: Vec<(&String, History)> =
        history.iter().map(|(path, history)| (path, history.clone())).collect();
    paths.sort_unstable_by_key(|(path, _)| *path);
    let present_contents: Vec<(&str, Origin)> =
        paths.iter().filter_map(|(path, history)| Some((path.as_str(), history.last()?.1?))).collect();
    bound_links(&mut paths);

    let mut seen = Vec::new();
    for (path, history) in &paths {
        seen_at(path, history, facts, &natives, &mut seen);
    }
    for &(path, origin) in &tree.unplaced {
        let history = vec![(origin.layer, Some(origin)), (origin.layer, None)];
        seen_at(path, &history, facts, &natives, &mut seen);
    }
    let (present, buried): (Vec<Seen<'_>>, Vec<Seen<'_>>) = seen.into_iter().partition(|seen| seen.present);
    let arches = arches(&present);

    let mut os_packages: BTreeMap<Identity<'_>, Vec<&Seen<'_>>> = BTreeMap::new();
    for seen in present.iter().filter(|seen| seen.identity.is_os()) {
        os_packages.entry(completed(seen.identity, &arches)).or_default().push(seen);
    }
    let packages: Vec<OsPackage<'_>> = os_packages
        .iter()
        .map(|(identity, seen)| OsPackage {
            name: identity.name,
            arch: identity.arch,
            analyzers: seen.iter().map(|seen| seen.analyzer).collect::<BTreeSet<_>>(),
        })
        .collect();
    let wanted = present.iter().filter(|seen| !seen.identity.is_os()).map(|seen| seen.content);
    let seen_by_detectors = present_contents
        .iter()
        .map(|&(_, content)| content)
        .filter(|content| facts.get(content).is_some_and(|files| sightings::is_seen(files)));
    let wanted = wanted.chain(seen_by_detectors).collect();
    let mut owners = ownership::owners(tree, facts, &present_contents, &packages, wanted);

    let mut rows: Vec<(Identity<'_>, Option<usize>, Vec<&Seen<'_>>)> =
        os_packages.into_iter().map(|(identity, seen)| (identity, None, seen)).collect();
    let os_count = rows.len();
    let mut others: BTreeMap<(Identity<'_>, Option<usize>), Vec<&Seen<'_>>> = BTreeMap::new();
    for seen in present.iter().filter(|seen| !seen.identity.is_os()) {
        let owner = owners.of.get(&seen.content).map(|owner| owner.package);
        // The owner's record says it better.
        if owner.is_some() && seen.analyzer == ELF_PACKAGE {
            continue;
        }
        others.entry((seen.identity, owner)).or_default().push(seen);
    }
    rows.extend(others.into_iter().map(|((identity, owner), seen)| (identity, owner, seen)));

    let known: HashSet<Identity<'_>> = rows.iter().map(|(identity, ..)| *identity).collect();
    let mut hidden: BTreeMap<Identity<'_>, Vec<&Seen<'_>>> = BTreeMap::new();
    // What a removed program said of itself, the database of its day said better.
    let is_told =
        |seen: &Seen<'_>| seen.analyzer == ELF_PACKAGE && natives.kinds.contains(&seen.identity.kind);
    for seen in buried.iter().filter(|seen| !is_told(seen)) {
        let identity = completed(seen.identity, &arches);
        if !known.contains(&identity) {
            hidden.entry(identity).or_default().push(seen);
        }
    }
    rows.extend(hidden.into_iter().map(|(identity, seen)| (identity, None, seen)));

    // OS packages keep their place in the order only among themselves: follow them to their place in the list.
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|&row| (rows[row].0, row));
    let mut places = vec![0u32; os_count];
    for (place, &row) in order.iter().enumerate() {
        if let Some(slot) = places.get_mut(row) {
            *slot = place as u32;
        }
    }
    for owner in owners.of.values_mut() {
        owner.package = places.get(owner.package).map_or(owner.package, |&place| place as usize);
    }
    let sightings = sightings(layers, &paths, &tree.unplaced, facts, &owners);
    let components = order
        .into_iter()
        .map(|row| {
            let (identity, owner, seen) = &rows[row];
            let owned_by = owner.map(|owner| places[owner]);
            let mut installed = installed(seen, owned_by);
            if installed.present && identity.kind == PurlType::Deb && installed.component.licenses.is_empty()
            {
                installed.component.licenses = copyright(tree, facts, identity.name);
            }
            installed
        })
        .collect();
    (components, sightings)
}

/// Hard links to one file at which its components are listed. A link costs a layer nothing, and its components cost
/// us their number: without a bound a small layer could make us list billions.
const LINKS_LISTED_MAX: u32 = 16;

/// Forgets contents where they are seen at too many paths; first of all at those where they are seen no more.
fn bound_links(paths: &mut [(&String, History)]) {
    let mut counts: HashMap<(Origin, bool), u32> = HashMap::new();
    for (_, history) in paths {
        let last = history.len().saturating_sub(1);
        for (at, (_, slot)) in history.iter_mut().enumerate() {
            let Some(content) = *slot else { continue };
            let count = counts.entry((content, at == last)).or_insert(0);
            *count += 1;
            if *count > LINKS_LISTED_MAX {
                *slot = None;
            }
        }
    }
}

/// Follows the components of one path through the versions its content had. Each version is compared with the one
/// before, so the work is proportional to the facts.
fn seen_at<'a>(
    path: &'a str,
    history: &History,
    facts: &Facts<'a>,
    natives: &Natives<'a>,
    out: &mut Vec<Seen<'a>>,
) {
    let mut now: HashMap<Identity<'a>, Vec<Seen<'a>>> = HashMap::new();
    for &(layer, content) in history {
        let mut before = std::mem::take(&mut now);
        for mut seen in
            content.into_iter().flat_map(|content| in_content(content, path, layer, facts, natives))
        {
            let identity = seen.identity;
            if let Some(older) = before.get(&identity).and_then(|seen| seen.first()) {
                seen.layer = older.layer;
            }
            now.entry(identity).or_default().push(seen);
        }
        before.retain(|identity, _| !now.contains_key(identity));
        out.extend(before.into_values().flatten());
    }
    out.extend(now.into_values().flatten().map(|seen| Seen { present: true, ..seen }));
}

fn in_content<'a>(
    content: Origin,
    path: &'a str,
    layer: u32,
    facts: &Facts<'a>,
    natives: &Natives<'a>,
) -> impl Iterator<Item = Seen<'a>> {
    let files: Vec<_> = facts.get(&content).into_iter().flatten().copied().collect();
    files.into_iter().flat_map(move |file| {
        file.facts.iter().filter_map(move |fact| match fact {
            Fact::Component(component) => Some(Seen {
                component,
                identity: natives.identity(&file.analyzer, component),
                analyzer: &file.analyzer,
                inner_path: &file.inner_path,
                path,
                content,
                layer,
                present: false,
            }),
            _ => None,
        })
    })
}

/// The architecture of each present OS package, to complete those whose teller (an SBOM in the image) leaves it out.
fn arches<'a>(present: &[Seen<'a>]) -> HashMap<Identity<'a>, &'a str> {
    let with_arch = present.iter().filter(|seen| seen.identity.is_os());
    let mut arches: HashMap<Identity<'a>, &'a str> = HashMap::new();
    for identity in with_arch.map(|seen| seen.identity) {
        if let Some(arch) = identity.arch {
            let known = arches.entry(Identity { arch: None, ..identity }).or_insert(arch);
            *known = arch.min(known);
        }
    }
    arches
}

fn completed<'a>(identity: Identity<'a>, arches: &HashMap<Identity<'a>, &'a str>) -> Identity<'a> {
    match identity.arch {
        None => Identity { arch: arches.get(&identity).copied(), ..identity },
        Some(_) => identity,
    }
}

/// One line of the list out of all sightings of a component: what one leaves out another may tell.
fn installed(seen: &[&Seen<'_>], owned_by: Option<u32>) -> Installed {
    let mut paths: Vec<(String, &Seen<'_>)> = seen.iter().map(|seen| (shown_path(seen), *seen)).collect();
    let key = |seen: &Seen<'_>| (seen.analyzer.to_owned(), seen.component.arch.is_none());
    paths.sort_by_cached_key(|(path, seen)| (path.clone(), key(seen)));
    let first = paths[0].1;
    let mut component = first.component.clone();
    component.namespace = first.identity.namespace.to_owned();
    for (_, seen) in &paths[1..] {
        complete(&mut component, seen.component);
    }
    let layer = seen.iter().map(|seen| seen.layer).min().unwrap_or(first.layer);
    let mut shown: Vec<String> = paths.iter().map(|(path, _)| path.clone()).collect();
    shown.dedup();
    Installed {
        component,
        found_by: first.analyzer.to_owned(),
        paths: shown,
        layer,
        owned_by,
        present: first.present,
    }
}

fn shown_path(seen: &Seen<'_>) -> String {
    if seen.inner_path.is_empty() {
        seen.path.to_owned()
    } else {
        format!("{}!/{}", seen.path, seen.inner_path)
    }
}

fn complete(component: &mut Component, other: &Component) {
    fn fill<T: Clone>(slot: &mut Option<T>, other: &Option<T>) {
        if slot.is_none() {
            slot.clone_from(other);
        }
    }
    fill(&mut component.epoch, &other.epoch);
    fill(&mut component.release, &other.release);
    fill(&mut component.arch, &other.arch);
    fill(&mut component.source, &other.source);
    fill(&mut component.vendor, &other.vendor);
    fill(&mut component.modularity, &other.modularity);
    if component.licenses.is_empty() {
        component.licenses.clone_from(&other.licenses);
    }
    if component.cpes.is_empty() {
        component.cpes.clone_from(&other.cpes);
    }
}

/// The licences a Debian package's copyright file names. Its folder may be a link to that of another package.
fn copyright(tree: &mut Tree<'_>, facts: &Facts<'_>, package: &str) -> Vec<String> {
    let node = tree.find(&format!("/usr/share/doc/{package}/copyright"), true);
    let content = node.and_then(|node| tree.content(node));
    let files = content.and_then(|content| facts.get(&content));
    let facts = files.into_iter().flatten().flat_map(|file| &file.facts);
    facts
        .filter_map(|fact| match fact {
            Fact::Licenses(licenses) => Some(licenses.clone()),
            _ => None,
        })
        .flatten()
        .collect()
}
