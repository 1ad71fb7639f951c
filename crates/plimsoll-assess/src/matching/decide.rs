//! What all records say of one vulnerability in one package, joined into one answer.
//!
//! 1. The vendor of a patched rebuild is heard first: what it says is fixed is fixed; below its fix the records of
//!    the package it was rebuilt from decide.
//! 2. The own publisher's word stands above a borrowed one (Red Hat's for AlmaLinux), and that above the NVD's, which
//!    knows the original software only: what a distribution fixed or denies, the NVD does not bring back, and a fix of
//!    the original is none of the distribution's.
//! 3. "Never affected" ends the matter.
//! 4. An image that takes Ubuntu Pro follows Pro's records where there are any; another does not see them.
//! 5. Where a distribution fixes several minor releases at once, the fix made for the build's own minor release
//!    decides, else the next later one, else the general one ([`by_minor`]). There "never affected" of one minor
//!    release says nothing of the others ([`without_fix`]).
//! 6. Elsewhere a record about the one vulnerability stands above a notice that answers several together; of records
//!    of the same standing one that says "affected" is enough.

use super::evaluate::{only_fix, still_affects};
use super::subject::Subject;
use crate::distro::{Stream, build_minor};
use crate::keys::{Lookup, Publisher};
use plimsoll_model::{Advisory, Affected, FixState, Lifecycle};
use std::cmp::Ordering;

/// What one entry of one record says of the installed version.
pub(super) struct Statement<'a> {
    pub(super) advisory: &'a Advisory,
    pub(super) affected: &'a Affected,
    pub(super) lookup: &'a Lookup,
    pub(super) stream: Stream,
    pub(super) affects: bool,
    pub(super) fixed: Option<String>,
    pub(super) range: String,
    pub(super) why: String,
    /// The publisher's word where there is no fix.
    pub(super) state: FixState,
    /// Were versions compared with their epochs dropped?
    pub(super) without_epochs: bool,
}

/// The answer.
pub(super) enum Decision<'s, 'a> {
    Affected {
        fixed: Option<String>,
        state: FixState,
        /// The statements that say so; never empty.
        by: Vec<&'s Statement<'a>>,
    },
    Cleared {
        why: String,
    },
}

impl Statement<'_> {
    /// Does its record answer several vulnerabilities together?
    pub(super) fn is_shared(&self) -> bool {
        self.advisory.vulnerabilities.len() > 1
    }

    /// Is it the publisher's word that the package is not affected, whatever the ranges?
    fn is_denial(&self) -> bool {
        self.affected.lifecycle == Lifecycle::NotAffected
    }

    /// The fix, where all it says is "affected up to there".
    fn only_fix(&self) -> Option<&str> {
        only_fix(self.affected)
    }

    fn has_fix(&self) -> bool {
        super::applies::bounds(self.affected).next().is_some()
    }

    /// The minor release its fix was made for.
    fn minor(&self) -> Option<u32> {
        let said = match self.stream {
            Stream::Minor(minor) => Some(minor),
            Stream::Extended(minor) => minor,
            Stream::General | Stream::Pro => None,
        };
        said.or_else(|| self.only_fix().and_then(build_minor))
    }
}

/// Joins what `members` say; there is at least one.
pub(super) fn decide<'s, 'a>(subject: &Subject, members: &[&'s Statement<'a>]) -> Decision<'s, 'a> {
    let of = |publisher| -> Vec<&'s Statement<'a>> {
        members.iter().copied().filter(|member| member.lookup.publisher == publisher).collect()
    };
    let rebuild = of(Publisher::Rebuild);
    if let Some(fixed) = rebuild.iter().find(|statement| !statement.affects) {
        return cleared_by(fixed, "this rebuild holds the fix");
    }
    let nearest = [Publisher::Own, Publisher::Borrowed, Publisher::Upstream].map(of);
    let deciding = nearest.into_iter().find(|said| !said.is_empty()).unwrap_or_default();
    if rebuild.is_empty() {
        let is_original = deciding.iter().all(|statement| statement.lookup.publisher == Publisher::Upstream);
        return match of_publisher(subject, deciding) {
            Decision::Affected { by, .. } if is_original && subject.component.kind.is_os() => {
                Decision::Affected { fixed: None, state: FixState::Affected, by }
            }
            decision => decision,
        };
    }
    if deciding.is_empty() {
        return affected(rebuild);
    }
    match of_publisher(subject, deciding) {
        Decision::Cleared { why } => Decision::Cleared { why },
        Decision::Affected { by, .. } => match affected(rebuild) {
            Decision::Affected { fixed, state, by: mut rebuilt } => {
                rebuilt.extend(by);
                Decision::Affected { fixed, state, by: rebuilt }
            }
            cleared => cleared,
        },
    }
}

fn of_publisher<'s, 'a>(subject: &Subject, statements: Vec<&'s Statement<'a>>) -> Decision<'s, 'a> {
    if subject.distribution.is_some_and(|distribution| distribution.has_minor_streams()) {
        return by_minor(subject, &statements);
    }
    if let Some(denial) = statements.iter().find(|statement| statement.is_denial()) {
        return cleared_by(denial, "never affected");
    }
    let (pro, open): (Vec<_>, Vec<_>) =
        statements.into_iter().partition(|statement| statement.stream == Stream::Pro);
    let statements = if subject.channels.pro && !pro.is_empty() { pro } else { open };
    if statements.is_empty() {
        return Decision::Cleared { why: "it is for Ubuntu Pro, which the image does not take".into() };
    }
    let is_notice =
        |statement: &&Statement| subject.distribution.is_some() && !statement.advisory.id.contains("CVE-");
    let (notices, exact): (Vec<_>, Vec<_>) = statements.into_iter().partition(is_notice);
    if exact.is_empty() {
        return affected(notices);
    }
    match affected(exact) {
        Decision::Affected { fixed, state, mut by } => {
            let notices: Vec<_> = notices.into_iter().filter(|notice| notice.affects).collect();
            let fixed = fixed.or_else(|| lowest_fix(&notices));
            by.extend(notices);
            Decision::Affected { state: if fixed.is_some() { FixState::Fixed } else { state }, fixed, by }
        }
        cleared => cleared,
    }
}

/// One statement that says "affected" is enough.
fn affected<'s, 'a>(statements: Vec<&'s Statement<'a>>) -> Decision<'s, 'a> {
    let (by, against): (Vec<_>, Vec<_>) = statements.into_iter().partition(|statement| statement.affects);
    match (by.first(), against.first()) {
        (None, Some(statement)) => cleared_by(statement, "not affected"),
        (None, None) => Decision::Cleared { why: "no record speaks of it".into() },
        (Some(first), _) => {
            let fixed = lowest_fix(&by);
            let state = if fixed.is_some() { FixState::Fixed } else { first.state };
            Decision::Affected { fixed, state, by }
        }
    }
}

/// Red Hat and its rebuilds. A build for 9.4 (`.el9_4`) is judged by the fix made for 9.4: the fix of 9.5 has a
/// higher version, although the build of 9.4 may hold the same patch.
fn by_minor<'s, 'a>(subject: &Subject, statements: &[&'s Statement<'a>]) -> Decision<'s, 'a> {
    let host = subject.distribution.and_then(|distribution| distribution.minor());
    let takes_extended = subject.channels.eus;
    let own_build = subject.build_minor;
    // A word on single builds.
    if let Some(denial) = statements.iter().find(|one| one.is_denial() && !one.affected.versions.is_empty()) {
        return cleared_by(denial, "never affected");
    }
    let without_fix = without_fix(subject, statements);
    let denial = without_fix.iter().find(|statement| statement.is_denial());
    let is_exact = |statement: &Statement| {
        statement.minor().is_none_or(|minor| own_build.or(host).is_none_or(|wanted| wanted == minor))
    };
    if let Some(denial) = denial.filter(|denial| is_exact(denial)) {
        return cleared_by(denial, "never affected");
    }
    // An extended stream's fix cannot be had without it, but a build that is as new as it holds the patch.
    let is_usable = |statement: &&&Statement| match statement.stream {
        Stream::Extended(minor) if takes_extended => {
            minor.is_none_or(|minor| host.is_none_or(|host| minor <= host))
        }
        Stream::Extended(_) => !statement.affects && own_build.is_some() && statement.minor() == own_build,
        _ => true,
    };
    let usable: Vec<&'s Statement<'a>> = statements.iter().filter(is_usable).copied().collect();
    let fixes: Vec<&'s Statement<'a>> =
        usable.iter().copied().filter(|statement| statement.only_fix().is_some()).collect();
    let governing = governing(&fixes, own_build, host);
    let own_stream = |statement: &Statement| own_build.is_some() && statement.minor() == own_build;
    let ranged: Vec<&'s Statement<'a>> = usable
        .iter()
        .copied()
        .filter(|statement| statement.has_fix() && statement.only_fix().is_none())
        .collect();
    if let Some(fix) = governing.filter(|fix| !fix.affects && (ranged.is_empty() || own_stream(fix))) {
        return cleared_by(fix, "the build holds the fix of its own stream");
    }
    if ranged.iter().any(|statement| statement.affects) || (!ranged.is_empty() && governing.is_none()) {
        return affected(ranged);
    }
    let Some(fix) = governing else {
        return match denial {
            Some(denial) => cleared_by(denial, "never affected"),
            None if without_fix.is_empty() => in_extended_life(statements),
            None => affected(without_fix),
        };
    };
    if !fix.affects {
        return cleared_by(fix, "the build holds the fix");
    }
    let is_reachable =
        !takes_extended || fix.minor().is_none_or(|minor| host.is_none_or(|host| minor <= host));
    let same = |statement: &&&Statement| statement.affects && statement.only_fix() == fix.only_fix();
    Decision::Affected {
        fixed: fix.fixed.clone().filter(|_| is_reachable),
        state: if is_reachable { FixState::Fixed } else { FixState::Affected },
        by: fixes.iter().filter(same).copied().collect(),
    }
}

/// What is said of packages without a fix, or never affected: of the build's own minor release, else of the release,
/// else of the next later minor release, else of the last one. A flaw is there whether fixes are paid for or not, so
/// extended streams of the own minor release count too, and that of a release at its end where nothing else is said.
fn without_fix<'s, 'a>(subject: &Subject, statements: &[&'s Statement<'a>]) -> Vec<&'s Statement<'a>> {
    let host = subject.distribution.and_then(|distribution| distribution.minor());
    let wanted = subject.build_minor.or(host);
    let rank = |statement: &Statement| -> Option<(u8, u32)> {
        let taken = |minor: u32| {
            subject.channels.eus && host.is_none_or(|host| minor <= host) || wanted == Some(minor)
        };
        match statement.stream {
            Stream::Minor(minor) if wanted == Some(minor) => Some((0, 0)),
            Stream::Extended(Some(minor)) if wanted == Some(minor) => Some((1, 0)),
            Stream::General | Stream::Pro => Some((2, 0)),
            Stream::Extended(Some(minor)) if !taken(minor) => None,
            Stream::Minor(minor) | Stream::Extended(Some(minor)) => Some(match wanted {
                Some(wanted) if minor >= wanted => (3, minor),
                _ => (4, u32::MAX - minor),
            }),
            Stream::Extended(None) => Some((5, 0)),
        }
    };
    let bare = statements.iter().copied().filter(|one| !one.has_fix() && one.affected.versions.is_empty());
    let ranked: Vec<_> = bare.filter_map(|statement| Some((rank(statement)?, statement))).collect();
    let best = ranked.iter().map(|(rank, _)| *rank).min();
    ranked.into_iter().filter(|(rank, _)| Some(*rank) == best).map(|(_, statement)| statement).collect()
}

/// All that is said is a fix for those who pay for a release at its end (ELS): without it the flaw is there, and no fix.
fn in_extended_life<'s, 'a>(statements: &[&'s Statement<'a>]) -> Decision<'s, 'a> {
    let fixes =
        statements.iter().copied().filter(|one| one.stream == Stream::Extended(None) && one.has_fix());
    match affected(fixes.collect()) {
        Decision::Affected { by, .. } => Decision::Affected { fixed: None, state: FixState::Affected, by },
        cleared => cleared,
    }
}

/// The fix to judge by: the one for the build's minor release, else the next later one, else the general one.
fn governing<'s, 'a>(
    fixes: &[&'s Statement<'a>],
    own_build: Option<u32>,
    host: Option<u32>,
) -> Option<&'s Statement<'a>> {
    // A build without a minor release in it cannot be laid against builds of one, unless it is older than all.
    let is_general = |fix: &Statement| fix.only_fix().and_then(build_minor).is_none();
    let only_general = own_build.is_none() && fixes.iter().any(|fix| !fix.affects);
    let general: Vec<_> = fixes.iter().copied().filter(|fix| is_general(fix)).collect();
    let fixes = if only_general && !general.is_empty() { general } else { fixes.to_vec() };
    let highest = |of: Vec<&'s Statement<'a>>| of.into_iter().max_by(|a, b| order(a, b));
    let of_minor =
        |minor: Option<u32>| highest(fixes.iter().copied().filter(|fix| fix.minor() == minor).collect());
    let Some(wanted) = own_build.or(host) else { return highest(fixes) };
    let next = fixes.iter().filter_map(|fix| fix.minor()).filter(|minor| *minor >= wanted).min();
    next.and_then(|minor| of_minor(Some(minor))).or_else(|| of_minor(None)).or_else(|| highest(fixes.clone()))
}

fn order(a: &Statement, b: &Statement) -> Ordering {
    let compared =
        a.only_fix().zip(b.only_fix()).and_then(|(left, right)| a.lookup.scheme.compare(left, right));
    compared.unwrap_or(Ordering::Equal)
}

/// The lowest of the fixes that no statement calls affected any more, so that the finding goes away with it; the
/// highest where none is.
fn lowest_fix(by: &[&Statement]) -> Option<String> {
    let mut fixes: Vec<(&str, &Statement)> =
        by.iter().filter_map(|statement| Some((statement.fixed.as_deref()?, *statement))).collect();
    fixes.sort_by(|(left, statement), (right, _)| {
        statement.lookup.scheme.compare(left, right).unwrap_or(Ordering::Equal).then_with(|| left.cmp(right))
    });
    fixes.dedup_by(|a, b| a.0 == b.0);
    let clears = |fix: &str| {
        let with_fix = by.iter().filter(|statement| statement.fixed.is_some());
        with_fix.into_iter().all(|statement| !still_affects(statement, fix))
    };
    let lowest = if fixes.len() > 1 { fixes.iter().find(|(fix, _)| clears(fix)) } else { fixes.first() };
    lowest.or(fixes.last()).map(|(fix, _)| (*fix).to_owned())
}

fn cleared_by<'s, 'a>(statement: &Statement, why: &str) -> Decision<'s, 'a> {
    Decision::Cleared { why: format!("{} says: {why}", statement.advisory.id) }
}
