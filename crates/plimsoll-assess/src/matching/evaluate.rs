//! One record against one package: what it says of the installed version.

use super::applies::{Silence, applies, bounds};
use super::decide::Statement;
use super::subject::{Comparable, Subject, without_epoch};
use crate::distro::Stream;
use crate::keys::Lookup;
use crate::versions::Scheme;
use crate::versions::range::{RangeVerdict, affects};
use plimsoll_model::{Advisory, Affected, Event, FixState, Lifecycle};
use std::borrow::Cow;
use std::cmp::Ordering;

/// What a record says of a package.
pub(super) enum Outcome<'a> {
    /// One statement for each entry that speaks of the package.
    Speaks(Vec<Statement<'a>>),
    /// None of its entries does.
    Silent {
        /// Why.
        why: String,
    },
}

/// Lays a record against the package.
pub(super) fn evaluate<'a>(subject: &Subject<'a>, lookup: &'a Lookup, advisory: &'a Advisory) -> Outcome<'a> {
    if is_no_security_notice(advisory) {
        return Outcome::Silent { why: "it answers no vulnerability".into() };
    }
    let mut statements = Vec::new();
    let mut silence = Vec::new();
    for affected in &advisory.affected {
        let found = applies(subject, lookup, affected).and_then(|speaks| {
            let comparable = subject.comparable(lookup, speaks.key);
            let verdict = match simple(lookup.scheme, affected, &comparable).filter(|_| !subject.explain) {
                Some(verdict) => verdict,
                None => verdict(lookup.scheme, affected, &comparable).map_err(Silence::Other)?,
            };
            Ok(statement(lookup, advisory, affected, speaks.stream, verdict, comparable.without_epochs))
        });
        match found {
            Ok(statement) => statements.push(statement),
            Err(reason) => silence.push(reason),
        }
    }
    if statements.is_empty() {
        Outcome::Silent { why: in_words(&silence) }
    } else {
        Outcome::Speaks(statements)
    }
}

fn statement<'a>(
    lookup: &'a Lookup,
    advisory: &'a Advisory,
    affected: &'a Affected,
    stream: Stream,
    verdict: RangeVerdict,
    without_epochs: bool,
) -> Statement<'a> {
    Statement {
        advisory,
        affected,
        lookup,
        stream,
        affects: verdict.affected,
        fixed: verdict.fixed,
        range: verdict.range,
        why: verdict.why,
        state: match affected.lifecycle {
            Lifecycle::WillNotFix => FixState::WillNotFix,
            Lifecycle::EndOfLife => FixState::EndOfLife,
            Lifecycle::UnderInvestigation => FixState::UnderInvestigation,
            Lifecycle::Affected | Lifecycle::NotAffected | Lifecycle::Ranges => FixState::Affected,
        },
        without_epochs,
    }
}

/// The verdict of what nearly all records of distributions are, "affected up to the fix", without words. `None` for
/// any other record, and for versions the scheme cannot read.
fn simple(scheme: Scheme, affected: &Affected, comparable: &Comparable) -> Option<RangeVerdict> {
    let orders_everything = matches!(scheme, Scheme::Apk | Scheme::Dpkg | Scheme::Rpm);
    let is_plain = affected.lifecycle == Lifecycle::Ranges && affected.versions.is_empty();
    let fix = only_fix(affected).filter(|_| orders_everything && is_plain && !comparable.without_epochs)?;
    let is_below = scheme.compare(&comparable.version, fix)? == Ordering::Less;
    Some(RangeVerdict {
        affected: is_below,
        fixed: is_below.then(|| fix.to_owned()),
        range: String::new(),
        why: String::new(),
    })
}

/// The fix, where all an entry says is "affected up to there".
pub(super) fn only_fix(affected: &Affected) -> Option<&str> {
    let [range] = affected.ranges.as_slice() else { return None };
    match range.events.as_slice() {
        [Event::Introduced(start), Event::Fixed(fix)] if start == "0" && fix != "0" => Some(fix),
        _ => None,
    }
}

/// What the entry says of this version; an error when it says nothing of it.
fn verdict(scheme: Scheme, affected: &Affected, comparable: &Comparable) -> Result<RangeVerdict, String> {
    let said =
        |affected, why: &str| RangeVerdict { affected, fixed: None, range: String::new(), why: why.into() };
    let all_versions = affected.ranges.is_empty() && affected.versions.is_empty();
    match affected.lifecycle {
        // With single versions and no range it is the vendor's word on those builds alone.
        Lifecycle::NotAffected if affected.ranges.is_empty() && !affected.versions.is_empty() => {
            match affected.versions.iter().any(|version| *version == comparable.version) {
                true => Ok(said(false, "the publisher says this build is not affected")),
                false => Err("the publisher says so of other builds only".into()),
            }
        }
        Lifecycle::NotAffected => Ok(said(false, "the publisher says it never was affected")),
        Lifecycle::Ranges if all_versions => Err("it names no versions".into()),
        _ if all_versions => Ok(said(true, "all versions are affected")),
        _ => Ok(compare(scheme, affected, comparable)),
    }
}

fn compare(scheme: Scheme, affected: &Affected, comparable: &Comparable) -> RangeVerdict {
    if !comparable.without_epochs {
        return affects(scheme, affected, &comparable.version);
    }
    let verdict = affects(scheme, &without_epochs(affected), &comparable.version);
    let published = |fixed: String| {
        let same = bounds(affected).find(|bound| without_epoch(bound) == fixed).map(str::to_owned);
        same.unwrap_or(fixed)
    };
    RangeVerdict { fixed: verdict.fixed.map(published), ..verdict }
}

/// The entry with the epochs of its versions dropped.
pub(super) fn without_epochs(affected: &Affected) -> Affected {
    let mut plain = affected.clone();
    for event in plain.ranges.iter_mut().flat_map(|range| &mut range.events) {
        let (Event::Introduced(version)
        | Event::IntroducedAfter(version)
        | Event::Fixed(version)
        | Event::LastAffected(version)
        | Event::Limit(version)) = event;
        *version = without_epoch(version).to_owned();
    }
    for version in &mut plain.versions {
        *version = without_epoch(version).to_owned();
    }
    plain
}

/// Would this version still be affected by the entry?
pub(super) fn still_affects(statement: &Statement, version: &str) -> bool {
    let (affected, version) = match statement.without_epochs {
        true => (Cow::Owned(without_epochs(statement.affected)), without_epoch(version)),
        false => (Cow::Borrowed(statement.affected), version),
    };
    affects(statement.lookup.scheme, &affected, version).affected
}

/// Bug fix and enhancement notices (`ALBA-`, `RHEA-`, …) stand beside the security ones. They count only where they
/// name vulnerabilities.
fn is_no_security_notice(advisory: &Advisory) -> bool {
    let is_kind = |head: &&str| advisory.id.get(2..4) == Some(*head) && advisory.id.get(4..5) == Some("-");
    let names_none = advisory.vulnerabilities.is_empty() && advisory.aliases.is_empty();
    names_none && ["BA", "EA"].iter().any(is_kind)
}

fn in_words(silence: &[Silence]) -> String {
    let mut releases: Vec<&str> = Vec::new();
    for reason in silence {
        match reason {
            Silence::Other(why) => return why.clone(),
            Silence::OtherRelease(release) if !releases.contains(release) => releases.push(release),
            Silence::OtherRelease(_) => {}
        }
    }
    const SHOWN: usize = 6;
    let more = if releases.len() > SHOWN { ", …" } else { "" };
    match releases.as_slice() {
        [] => "it names no versions".into(),
        releases => format!("other release: {}{more}", releases[..releases.len().min(SHOWN)].join(", ")),
    }
}
