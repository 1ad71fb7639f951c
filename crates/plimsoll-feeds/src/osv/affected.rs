//! What a record says of one package.

use super::rating;
use super::schema::{EcosystemSpecific, Entry, Event as OsvEvent, Package, Range as OsvRange};
use super::{fold_name, split_ecosystem};
use pep440_rs::Version as PythonVersion;
use plimsoll_model::{Affected, Event, KeyKind, Lifecycle, PackageKey, Purl, Range, RangeKind, Rating};
use semver::Version as SemanticVersion;
use std::str::FromStr;

/// Bytes of a name, a release and a version.
const LONGEST_NAME: usize = 1024;
const LONGEST_VERSION: usize = 256;
/// Single versions kept beside a range whose order we do not know here.
const VERSIONS_BESIDE_RANGES: usize = 256;

/// The key and what is affected; `None` when nothing about packages is left (ranges of commits).
///
/// `titled` is the module the record's summary names: AlmaLinux says it nowhere else.
pub(super) fn read(
    entry: Entry,
    publisher: &'static str,
    titled: Option<&str>,
) -> Option<(PackageKey, Affected)> {
    let Package { ecosystem, name, purl } = entry.package?;
    let (base, release) = split_ecosystem(&ecosystem);
    if base.is_empty()
        || base == "GIT"
        || name.is_empty()
        || ecosystem.len() > 256
        || name.len() > LONGEST_NAME
    {
        return None;
    }
    let key = PackageKey { ecosystem: base.to_owned(), name: fold_name(base, name.trim()).into_owned() };
    let qualifiers =
        purl.as_deref().filter(|purl| purl.contains('?')).and_then(|purl| Purl::parse(purl).ok());
    let qualifier = |key| qualifiers.as_ref().and_then(|purl| purl.qualifier(key));
    let specific = &entry.ecosystem_specific;

    let derived = entry.database_specific.ranges_derived.is_some();
    let last_known = entry.database_specific.last_known_affected_version_range.as_deref();
    let ranges: Vec<Range> =
        entry.ranges.into_iter().filter_map(|range| read_range(range, last_known)).collect();
    let versions: Vec<String> = entry.versions.into_iter().filter(|version| is_version(version)).collect();
    let versions = beside(base, &ranges, versions, derived);
    let lifecycle = lifecycle(specific);
    if ranges.is_empty() && versions.is_empty() && lifecycle == Lifecycle::Ranges {
        return None;
    }
    let mut ratings = rating::of_list(publisher, &entry.severity);
    let words = [specific.urgency.as_deref(), specific.severity.as_deref()];
    ratings.extend(words.into_iter().flatten().filter_map(|text| rating::of_word(publisher, text)));
    if entry.database_specific.informational.is_some() {
        ratings.push(Rating { source: publisher.to_owned(), value: "informational".into() });
    }
    let affected = Affected {
        release: release.to_owned(),
        key: key_kind(base, specific, qualifier("arch")),
        lifecycle,
        arches: arches(specific, qualifier("arch")),
        module: module(specific, qualifier("rpmmod"))
            .or_else(|| titled.filter(|_| is_module_build(&ranges)).map(str::to_owned)),
        ranges,
        versions,
        ratings,
    };
    Some((key, affected))
}

/// Rocky, SUSE and openEuler name the source package; the latter two list what is built from it beside.
fn key_kind(ecosystem: &str, specific: &EcosystemSpecific, arch: Option<&str>) -> KeyKind {
    let names_sources = specific.binaries.is_some() || specific.src.is_some() || ecosystem == "Rocky Linux";
    match (specific.package_kind.as_deref(), arch) {
        (Some("source"), _) | (None, Some("source" | "src")) => KeyKind::Source,
        (Some("binary"), _) => KeyKind::Binary,
        _ if names_sources => KeyKind::Source,
        _ => KeyKind::Usual,
    }
}

fn arches(specific: &EcosystemSpecific, arch: Option<&str>) -> Vec<String> {
    let listed = specific.arch.as_array().into_iter().flatten().chain([&specific.arch]);
    let listed = listed.filter_map(|arch| arch.as_str());
    let mut arches: Vec<String> = specific
        .arches
        .iter()
        .map(String::as_str)
        .chain(listed)
        .chain(arch)
        .filter(|arch| !matches!(*arch, "" | "source" | "src" | "all" | "any") && arch.len() <= 32)
        .take(64)
        .map(str::to_owned)
        .collect();
    arches.sort_unstable();
    arches.dedup();
    arches
}

fn module(specific: &EcosystemSpecific, rpmmod: Option<&str>) -> Option<String> {
    let module = [specific.rpm_modularity.as_deref(), specific.module.as_deref(), rpmmod]
        .into_iter()
        .flatten()
        .next()?;
    // Only name and stream: the rest (version, context) is that of one build.
    let mut parts = module.trim().split(':');
    let (name, stream) = (parts.next()?, parts.next()?);
    let good = !name.is_empty() && !stream.is_empty() && module.len() <= LONGEST_NAME;
    good.then(|| format!("{name}:{stream}"))
}

/// Is the fix a build of an rpm module, as its release tag says?
fn is_module_build(ranges: &[Range]) -> bool {
    ranges.iter().flat_map(|range| &range.events).any(|event| match event {
        Event::Fixed(version) => [".module+el", ".module_el"].iter().any(|mark| version.contains(mark)),
        _ => false,
    })
}

/// The module a summary of AlmaLinux, Rocky or Red Hat names: `nodejs:18` of `Important: nodejs:18 security update`.
/// `None` for none, and for several.
pub(crate) fn module_of_summary(summary: &str) -> Option<String> {
    let (head, _) = [" security", " bug fix", " enhancement", " update"]
        .iter()
        .filter_map(|end| summary.split_once(end))
        .min_by_key(|(head, _)| head.len())?;
    let mut named = head.split_whitespace().filter(|word| !word.ends_with(':') && word.contains(':'));
    let only = named.next().filter(|_| named.next().is_none())?;
    let (name, stream) = only.split_once(':')?;
    let good = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte))
    };
    (good(name) && good(stream) && only.len() <= LONGEST_NAME).then(|| only.to_owned())
}

fn lifecycle(specific: &EcosystemSpecific) -> Lifecycle {
    let folded = |text: &str| text.trim().to_lowercase().replace(['-', ' '], "_");
    if specific.urgency.as_deref().is_some_and(|urgency| folded(urgency) == "end_of_life") {
        return Lifecycle::EndOfLife;
    }
    match specific.status.as_deref().map(folded).as_deref() {
        Some("affected" | "fix_deferred" | "deferred" | "postponed" | "needed" | "pending" | "open") => {
            Lifecycle::Affected
        }
        Some("not_affected" | "known_not_affected" | "dne") => Lifecycle::NotAffected,
        Some("will_not_fix" | "wont_fix" | "won't_fix" | "no_fix_planned" | "ignored") => {
            Lifecycle::WillNotFix
        }
        Some("end_of_life" | "eol" | "out_of_support_scope" | "out_of_support") => Lifecycle::EndOfLife,
        Some("under_investigation" | "undetermined" | "needs_triage") => Lifecycle::UnderInvestigation,
        _ => Lifecycle::Ranges,
    }
}

/// A range in the order of versions; ranges of commits are left out.
fn read_range(range: OsvRange, last_known: Option<&str>) -> Option<Range> {
    let kind = match &*range.kind {
        "SEMVER" => RangeKind::Semver,
        "ECOSYSTEM" => RangeKind::Ecosystem,
        _ => return None,
    };
    let mut events: Vec<Event> = range.events.into_iter().flat_map(read_event).collect();
    if events.is_empty() {
        return None;
    }
    if !events.iter().any(|event| matches!(event, Event::Introduced(_))) {
        // Not valid, but it can mean only one thing.
        events.insert(0, Event::Introduced("0".into()));
    }
    let last_known = last_known.or(range.database_specific.last_known_affected_version_range.as_deref());
    if events.iter().all(|event| matches!(event, Event::Introduced(_)))
        && let Some(end) = last_known.and_then(last_known_end)
    {
        events.push(end);
    }
    Some(Range { kind, events })
}

fn read_event(event: OsvEvent) -> impl Iterator<Item = Event> {
    let version = |version: Option<String>| version.filter(|version| is_version(version));
    [
        version(event.introduced).map(Event::Introduced),
        version(event.fixed).map(Event::Fixed),
        version(event.last_affected).map(Event::LastAffected),
        // `*` is no bound (OSV schema, "limit").
        version(event.limit).filter(|limit| limit != "*").map(Event::Limit),
    ]
    .into_iter()
    .flatten()
}

/// GitHub's word on where a range without a fix ends: `<= 1.2`, `< 1.3`.
fn last_known_end(text: &str) -> Option<Event> {
    let text = text.trim();
    let (make, version): (fn(String) -> Event, _) = match text.strip_prefix("<=") {
        Some(version) => (Event::LastAffected, version),
        None => (Event::Limit, text.strip_prefix('<')?),
    };
    Some(version.trim()).filter(|version| is_version(version)).map(|version| make(version.to_owned()))
}

fn is_version(version: &str) -> bool {
    !version.is_empty()
        && version.len() <= LONGEST_VERSION
        && version.chars().all(|character| !character.is_control())
}

/// The single versions that say something the ranges do not. Publishers list every release a range covers, thousands
/// for some packages; where we know the order those are left out exactly, else a long list beside a range is taken for
/// the range's expansion, which it is in every feed of OSV.
fn beside(ecosystem: &str, ranges: &[Range], versions: Vec<String>, derived: bool) -> Vec<String> {
    if ranges.is_empty() || versions.is_empty() || derived {
        return versions;
    }
    match ecosystem {
        "PyPI" => uncovered(ranges, versions, |text| PythonVersion::from_str(text).ok()),
        "npm" | "crates.io" | "Go" | "Hex" | "Pub" | "SwiftURL" => {
            uncovered(ranges, versions, |text| SemanticVersion::parse(text.trim_start_matches('v')).ok())
        }
        _ if versions.len() <= VERSIONS_BESIDE_RANGES => versions,
        _ => Vec::new(),
    }
}

/// The versions outside all ranges, or whose order is not clear.
fn uncovered<V: Ord>(
    ranges: &[Range],
    versions: Vec<String>,
    parse: impl Fn(&str) -> Option<V>,
) -> Vec<String> {
    // An end that cannot be read makes the whole range cover nothing.
    let spans: Vec<Span<V>> = ranges.iter().filter_map(|range| spans(range, &parse)).flatten().collect();
    let covered = |version: &V| {
        spans.iter().any(|(from, to)| {
            from.as_ref().is_none_or(|from| from <= version)
                && to.as_ref().is_none_or(|(to, inclusive)| version < to || (*inclusive && version == to))
        })
    };
    versions.into_iter().filter(|text| !parse(text).is_some_and(|version| covered(&version))).collect()
}

/// From a version, or from the first; to a version, which may belong to it, or to the last.
type Span<V> = (Option<V>, Option<(V, bool)>);

/// The spans of a range whose events stand in order, as they do wherever a list of versions stands beside.
fn spans<V: Ord>(range: &Range, parse: &impl Fn(&str) -> Option<V>) -> Option<Vec<Span<V>>> {
    let mut spans: Vec<Span<V>> = Vec::new();
    let mut open: Option<Option<V>> = None;
    for event in &range.events {
        match event {
            Event::Introduced(version) => {
                if open.is_none() {
                    open = Some(if version == "0" { None } else { Some(parse(version)?) });
                }
            }
            Event::Fixed(version) | Event::Limit(version) => {
                spans.push((open.take()?, Some((parse(version)?, false))));
            }
            Event::LastAffected(version) => spans.push((open.take()?, Some((parse(version)?, true)))),
            // OSV has none.
            Event::IntroducedAfter(_) => return None,
        }
    }
    spans.extend(open.map(|from| (from, None)));
    Some(spans)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn modules_are_named_by_summaries() {
        let check = |summary, expected: Option<&str>| {
            assert_eq!(module_of_summary(summary).as_deref(), expected, "{summary}");
        };
        check("Important: nodejs:18 security update", Some("nodejs:18"));
        check(
            "Moderate: container-tools:rhel8 security, bug fix, and enhancement update",
            Some("container-tools:rhel8"),
        );
        check("virt:rhel bug fix update", Some("virt:rhel"));
        check("Important: virt:rhel and virt-devel:rhel security update", None);
        check("Important: kernel security update", None);
        check("Moderate: GNOME security, bug fix, and enhancement update", None);
        check("Important: a:1 b:2 security update", None);
    }

    #[test]
    fn versions_a_range_covers_are_left_out() {
        let range = |events: &[Event]| Range { kind: RangeKind::Ecosystem, events: events.to_vec() };
        let introduced = |version: &str| Event::Introduced(version.into());
        let fixed = |version: &str| Event::Fixed(version.into());
        let check = |ecosystem, ranges: &[Range], versions: &[&str], expected: &[&str]| {
            let versions = versions.iter().map(|version| (*version).to_owned()).collect();
            assert_eq!(beside(ecosystem, ranges, versions, false), expected);
        };
        let ranges = [range(&[introduced("0"), fixed("1.2"), introduced("2"), fixed("2.0.1")])];
        check("PyPI", &ranges, &["1.0", "1.1.post1", "1.2", "2.0", "2.0.1", "odd"], &["1.2", "2.0.1", "odd"]);
        check("RubyGems", &ranges, &["1.0"], &["1.0"]);
        check("PyPI", &[], &["1.0"], &["1.0"]);
        check("npm", &[range(&[introduced("0"), fixed("1.2.0")])], &["1.1.0", "1.2.0"], &["1.2.0"]);
        check("npm", &[range(&[introduced("0"), fixed("?")])], &["1.1.0"], &["1.1.0"]);
    }

    proptest! {
        /// Leaving versions out never changes what is affected.
        #[test]
        fn what_is_left_out_is_in_a_range(ends in prop::collection::btree_set(0u64..30, 2..6), versions in prop::collection::vec(0u64..30, 0..20)) {
            let text = |number: &u64| format!("{number}.0.0");
            let ends: Vec<String> = ends.iter().map(text).collect();
            let events = ends.iter().enumerate().map(|(index, end)| match index % 2 {
                0 => Event::Introduced(end.clone()),
                _ => Event::Fixed(end.clone()),
            });
            let range = Range { kind: RangeKind::Semver, events: events.collect() };
            let kept = beside("npm", std::slice::from_ref(&range), versions.iter().map(text).collect(), false);
            for version in &versions {
                let number = |text: &String| text.split('.').next().and_then(|n| n.parse::<u64>().ok()).expect("n");
                let in_range = ends.chunks(2).any(|pair| {
                    number(&pair[0]) <= *version && pair.get(1).is_none_or(|end| *version < number(end))
                });
                prop_assert_eq!(kept.contains(&text(version)), !in_range);
            }
        }
    }
}
