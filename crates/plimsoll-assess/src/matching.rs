//! Contents against advisories: which vulnerabilities apply, and why the other records do not.
//!
//! Every record of a component goes through three steps. [`applies`] asks whether it speaks of this package at all:
//! release, key, architecture, module, flavour. [`evaluate`] asks whether the installed version lies in its ranges.
//! [`decide`] joins what all records say of one vulnerability into one answer.

mod applies;
mod decide;
mod evaluate;
mod merge;
mod platform;
mod subject;

use crate::distro::{Distribution, EPEL};
use crate::keys::{Lookup, lookups};
use decide::{Decision, Statement};
use evaluate::Outcome;
use plimsoll_model::{
    Advisory, Component, Contents, FixState, Installed, KeyKind, OsRelease, PackageKey, PurlType, Rating,
    Reason,
};
use std::collections::{BTreeSet, HashMap, HashSet};
use subject::Subject;

/// One vulnerability in one component, before severities are joined in.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// Index in [`Contents::components`].
    pub component: u32,
    /// Every id of it, the one to show first: the CVE where there is one.
    pub ids: Vec<String>,
    /// The lowest version that every record agrees is fixed; `None`: none can be had.
    pub fixed: Option<String>,
    /// What the publisher did about it.
    pub state: FixState,
    /// What the records say of this vulnerability alone.
    pub ratings: Vec<Rating>,
    /// What notices say that answer it together with others: the worst of those.
    pub notice_ratings: Vec<Rating>,
    /// The feeds that say so, sorted.
    pub sources: Vec<String>,
    /// First published, seconds since 1970 UTC.
    pub published: Option<i64>,
    /// Last modified, seconds since 1970 UTC.
    pub modified: Option<i64>,
    /// The records and why they apply; only when asked to explain.
    pub reasons: Vec<Reason>,
}

impl Default for Match {
    fn default() -> Match {
        Match {
            component: 0,
            ids: Vec::new(),
            fixed: None,
            state: FixState::Affected,
            ratings: Vec::new(),
            notice_ratings: Vec::new(),
            sources: Vec::new(),
            published: None,
            modified: None,
            reasons: Vec::new(),
        }
    }
}

/// What matching found, and what it looked at and put aside.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matches {
    /// Vulnerabilities that apply.
    pub matches: Vec<Match>,
    /// Records that were considered and do not apply, with the component's index; filled only when asked to explain.
    pub dismissed: Vec<(u32, Reason)>,
}

/// The streams of fixes that are paid for apart, and that an image takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Channels {
    /// Ubuntu Pro (ESM).
    pub pro: bool,
    /// Red Hat's extended update support, in all its kinds (EUS, AUS, E4S, TUS).
    pub eus: bool,
}

impl Channels {
    /// What the contents tell: their channels, an installed `+esm` build, which needed Ubuntu Pro, and Red Hat's CPE_NAME,
    /// which names the stream.
    pub fn of(contents: &Contents) -> Channels {
        let cpe = contents.os.as_ref().and_then(|os| os.cpe_name.as_deref()).unwrap_or("");
        let takes = |words: &[&str]| {
            contents.channels.iter().any(|channel| words.iter().any(|word| channel.contains(word)))
        };
        let is_pro = |installed: &Installed| is_pro_build(&installed.component);
        Channels {
            pro: takes(&["esm-infra", "esm-apps"]) || contents.components.iter().any(is_pro),
            eus: ["rhel_eus", "rhel_aus", "rhel_e4s", "rhel_tus"].iter().any(|stream| cpe.contains(stream))
                || takes(&["-eus-", "-aus-", "-e4s-", "-tus-"]),
        }
    }
}

/// Matches the contents' components against advisories, which hold everything [`crate::keys`] asked for.
pub fn matches(
    contents: &Contents,
    advisories: &HashMap<PackageKey, Vec<Advisory>>,
    explain: bool,
) -> Matches {
    matches_on(contents, advisories, Channels::of(contents), explain)
}

/// As [`matches`], for an image whose channels are known from elsewhere.
pub fn matches_on(
    contents: &Contents,
    advisories: &HashMap<PackageKey, Vec<Advisory>>,
    channels: Channels,
    explain: bool,
) -> Matches {
    let known = contents.os.as_ref().and_then(Distribution::of);
    let mut out = Matches::default();
    for (index, installed) in (0_u32..).zip(&contents.components) {
        let component = &installed.component;
        let distribution = known.as_ref().filter(|known| known.speaks_of(component));
        let lookups = lookups(component, distribution);
        let found: Vec<(&Lookup, &Advisory)> = lookups
            .iter()
            .flat_map(|lookup| {
                advisories.get(&lookup.key).into_iter().flatten().map(move |found| (lookup, found))
            })
            .collect();
        let (epel, other): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|(lookup, _)| lookup.key.ecosystem == EPEL);
        // What EPEL packs it also speaks of; the distribution does not.
        if !epel.is_empty() {
            let subject = Subject::new(component, distribution, channels, explain);
            match_component(&subject, index, &epel, &mut out);
        }
        let found = other;
        if found.is_empty() {
            continue;
        }
        if let Some(why) = subject::set_aside(installed, contents, known.as_ref()) {
            if explain {
                let owner = subject::owner(installed, contents, known.as_ref());
                let said = owner.map(|owner| words(owner, known.as_ref(), advisories, channels));
                let reasons = found.iter().map(|(lookup, advisory)| {
                    let word =
                        said.as_ref().and_then(|said| said.iter().find(|(ids, _)| names_any(advisory, ids)));
                    let why = word.map_or(why.clone(), |(_, word)| format!("{why}: {word}"));
                    reason(lookup, advisory, distribution, &why)
                });
                out.dismissed.extend(reasons.map(|reason| (index, reason)));
            }
            continue;
        }
        let channels = Channels { pro: channels.pro || is_pro_build(component), ..channels };
        let subject = Subject::new(component, distribution, channels, explain);
        match_component(&subject, index, &found, &mut out);
    }
    out
}

/// Of each component: does the package of the distribution that brought it answer for it? Then nothing else is said of
/// it.
pub fn answered_for(contents: &Contents) -> Vec<bool> {
    let known = contents.os.as_ref().and_then(Distribution::of);
    let by_owner = |installed: &Installed| subject::owner(installed, contents, known.as_ref()).is_some();
    contents
        .components
        .iter()
        .map(|installed| !installed.component.kind.is_os() && by_owner(installed))
        .collect()
}

/// Every record considered for this component in an image of this distribution, with its verdict: those that apply
/// first. `advisories` hold everything [`crate::keys`] asked for.
pub fn explain(
    component: &Component,
    os: Option<&OsRelease>,
    advisories: &HashMap<PackageKey, Vec<Advisory>>,
) -> Vec<Reason> {
    let installed = Installed {
        component: component.clone(),
        found_by: String::new(),
        paths: Vec::new(),
        layer: 0,
        owned_by: None,
        present: true,
    };
    let contents = Contents { os: os.cloned(), components: vec![installed], ..Contents::default() };
    let found = matches(&contents, advisories, true);
    let mut seen = HashSet::new();
    let applying = found.matches.into_iter().flat_map(|matched| matched.reasons);
    let applying: Vec<Reason> = applying.filter(|reason| seen.insert(reason.clone())).collect();
    applying.into_iter().chain(found.dismissed.into_iter().map(|(_, reason)| reason)).collect()
}

/// What is said of each vulnerability in the package that brought a component: its ids, and the word.
fn words(
    owner: &Component,
    distribution: Option<&Distribution>,
    advisories: &HashMap<PackageKey, Vec<Advisory>>,
    channels: Channels,
) -> Vec<(Vec<String>, String)> {
    let lookups = lookups(owner, distribution);
    let subject = Subject::new(owner, distribution, channels, true);
    let mut statements: Vec<Statement> = Vec::new();
    for lookup in &lookups {
        for advisory in advisories.get(&lookup.key).into_iter().flatten() {
            if let Outcome::Speaks(found) = evaluate::evaluate(&subject, lookup, advisory) {
                statements.extend(found);
            }
        }
    }
    let word = |group: &merge::Group| {
        let members: Vec<&Statement> = group.statements.iter().map(|&at| &statements[at]).collect();
        match decide::decide(&subject, &members) {
            Decision::Cleared { why } => why,
            Decision::Affected { fixed: Some(fixed), .. } => {
                format!("{} is affected, fixed in {fixed}", owner.name)
            }
            Decision::Affected { .. } => format!("{} is affected, without a fix", owner.name),
        }
    };
    merge::groups(&statements, true).iter().map(|group| (group.ids.clone(), word(group))).collect()
}

/// Is the record about a vulnerability with one of these ids?
fn names_any(advisory: &Advisory, ids: &[String]) -> bool {
    let names = advisory.aliases.iter().chain(&advisory.vulnerabilities).chain([&advisory.id]);
    names.into_iter().any(|name| ids.contains(name))
}

fn match_component(subject: &Subject, index: u32, found: &[(&Lookup, &Advisory)], out: &mut Matches) {
    let mut statements: Vec<Statement> = Vec::new();
    let mut put_aside: Vec<Reason> = Vec::new();
    let mut silent: Vec<Reason> = Vec::new();
    for &(lookup, advisory) in found {
        match evaluate::evaluate(subject, lookup, advisory) {
            Outcome::Speaks(found) => statements.extend(found),
            Outcome::Silent { why } if subject.explain => {
                silent.push(reason(lookup, advisory, subject.distribution, &why));
            }
            Outcome::Silent { .. } => {}
        }
    }
    if !subject.explain && !statements.iter().any(|statement| statement.affects) {
        return;
    }
    let mut applying: HashSet<&str> = HashSet::new();
    for group in merge::groups(&statements, subject.explain) {
        let members: Vec<&Statement> = group.statements.iter().map(|&at| &statements[at]).collect();
        let (by, why) = match decide::decide(subject, &members) {
            Decision::Affected { fixed, state, by } => {
                applying.extend(by.iter().map(|statement| statement.advisory.id.as_str()));
                out.matches.push(Match {
                    component: index,
                    ids: with_records(group.ids, &by),
                    fixed,
                    state,
                    ..told_by(&by, subject)
                });
                let why = by.first().map_or(String::new(), |first| format!("{} decides", first.advisory.id));
                (by, why)
            }
            Decision::Cleared { why } => (Vec::new(), why),
        };
        let overruled = members.iter().filter(|member| !by.iter().any(|one| std::ptr::eq(*one, **member)));
        put_aside.extend(overruled.filter(|_| subject.explain).map(|statement| Reason {
            range: statement.range.clone(),
            ..reason(
                statement.lookup,
                statement.advisory,
                subject.distribution,
                &overruled_words(statement, &why),
            )
        }));
    }
    // A notice that answers several vulnerabilities is put aside only when none of them applies; one that was found
    // by two names of a package is told of once, by the name it speaks of.
    put_aside.extend(silent);
    let mut told = HashSet::new();
    put_aside.retain(|reason| {
        !applying.contains(reason.advisory.as_str()) && told.insert(reason.advisory.clone())
    });
    out.dismissed.extend(put_aside.into_iter().map(|reason| (index, reason)));
}

/// The names of a vulnerability, then the ids of the records that decided it.
fn with_records(mut ids: Vec<String>, by: &[&Statement]) -> Vec<String> {
    let records: BTreeSet<&str> = by.iter().map(|statement| statement.advisory.id.as_str()).collect();
    let new: Vec<&str> = records.into_iter().filter(|record| !ids.iter().any(|id| id == record)).collect();
    ids.extend(new.into_iter().map(str::to_owned));
    ids
}

/// What the deciding records tell of a match beside the decision.
fn told_by(by: &[&Statement], subject: &Subject) -> Match {
    let mut told = Match::default();
    for statement in by {
        let own = if statement.affected.ratings.is_empty() {
            &statement.advisory.ratings
        } else {
            &statement.affected.ratings
        };
        let into = if statement.is_shared() { &mut told.notice_ratings } else { &mut told.ratings };
        for rating in own {
            if !into.contains(rating) {
                into.push(rating.clone());
            }
        }
    }
    let sources: BTreeSet<&str> = by.iter().map(|statement| statement.advisory.source.as_str()).collect();
    let reasons = by.iter().filter(|_| subject.explain).map(|statement| Reason {
        range: statement.range.clone(),
        affected: true,
        ..reason(statement.lookup, statement.advisory, subject.distribution, &statement.why)
    });
    Match {
        sources: sources.into_iter().map(str::to_owned).collect(),
        published: by.iter().filter_map(|statement| statement.advisory.published).min(),
        modified: by.iter().filter_map(|statement| statement.advisory.modified).max(),
        reasons: reasons.collect(),
        ..told
    }
}

/// Why a record whose vulnerability does not apply is put aside: its own words, unless others overruled it.
fn overruled_words(statement: &Statement, why: &str) -> String {
    if statement.affects { format!("{}; but {why}", statement.why) } else { statement.why.clone() }
}

/// A reason against, without a range.
fn reason(lookup: &Lookup, advisory: &Advisory, distribution: Option<&Distribution>, why: &str) -> Reason {
    let name = match if lookup.name == KeyKind::Usual { lookup.usual } else { lookup.name } {
        KeyKind::Usual => "",
        KeyKind::Source => " (source)",
        KeyKind::Binary => " (binary)",
    };
    let derived =
        if distribution.is_some_and(|known| known.derived) { ", as a derivative of it" } else { "" };
    Reason {
        advisory: advisory.id.clone(),
        source: advisory.source.clone(),
        key: format!("{} {}{name}{derived}", lookup.key.ecosystem, lookup.key.name),
        range: String::new(),
        affected: false,
        why: why.to_owned(),
    }
}

/// Is this a build that only Ubuntu Pro gives?
fn is_pro_build(component: &Component) -> bool {
    component.kind == PurlType::Deb
        && (component.version.contains("+esm") || component.version.contains("~esm"))
}
