//! Is a version affected? OSV ranges and version lists laid against a version (OSV schema 1.6, "Evaluation").

use super::Scheme;
use plimsoll_model::{Affected, Event, Range};
use std::cmp::Ordering;

/// Whether a version is affected, and what decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeVerdict {
    /// It is.
    pub affected: bool,
    /// The lowest version above it that is fixed: where the affected interval ends, or the one that begins inside it.
    pub fixed: Option<String>,
    /// The interval that decided, or came nearest: `>= 0, < 1:3.0.7-27.el9`; empty when there is none.
    pub range: String,
    /// What was compared: `1:3.0.7-16.el9 < 1:3.0.7-27.el9 (rpm order)`.
    pub why: String,
}

/// Lays a version against an entry's ranges, then against its list of versions.
///
/// `introduced` `0` is before every version. Events whose version the scheme cannot read are skipped, and named in the
/// reason. A version the scheme cannot read, or a branch, is affected only when it is listed literally.
pub fn affects(scheme: Scheme, affected: &Affected, version: &str) -> RangeVerdict {
    let version = version.trim();
    if version.is_empty() {
        return not_affected("", "no version to compare".to_owned());
    }
    let is_comparable = scheme.is_valid(version) && !scheme.is_branch(version);
    let mut skipped = Vec::new();
    let mut intervals = Vec::new();
    if is_comparable {
        for range in &affected.ranges {
            intervals.extend(intervals_of(scheme, range, &mut skipped));
        }
    }
    let mut verdict = intervals
        .iter()
        .find(|interval| interval.contains(scheme, version))
        .map(|interval| inside(scheme, interval, &intervals, version))
        .or_else(|| listed(scheme, &affected.versions, version))
        .unwrap_or_else(|| {
            if !is_comparable {
                return not_affected("", format!("`{version}` is not a version of {}", scheme.as_str()));
            }
            match intervals.iter().max_by(|a, b| nearness(scheme, a, b, version)) {
                Some(interval) => outside(scheme, interval, version),
                None => not_affected(
                    "",
                    format!("no range, and not one of {} listed versions", affected.versions.len()),
                ),
            }
        });
    for text in skipped {
        verdict.why.push_str(&format!("; `{text}` is not a version of {}, skipped", scheme.as_str()));
    }
    verdict
}

/// Affected versions without a gap.
struct Interval<'a> {
    /// The first affected version; `None` is before every version.
    start: Option<&'a str>,
    /// Is `start` itself not affected, only what comes after it?
    after: bool,
    end: End<'a>,
    /// The fix, where one is known.
    fixed: Option<&'a str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End<'a> {
    Open,
    /// The first version that is not affected.
    Before(&'a str),
    /// The last one that is.
    With(&'a str),
}

impl Interval<'_> {
    fn contains(&self, scheme: Scheme, version: &str) -> bool {
        self.has_begun(scheme, version) && !self.has_ended(scheme, version)
    }

    fn has_begun(&self, scheme: Scheme, version: &str) -> bool {
        self.start.is_none_or(|start| match order(scheme, version, start) {
            Ordering::Equal => !self.after,
            order => order.is_gt(),
        })
    }

    fn has_ended(&self, scheme: Scheme, version: &str) -> bool {
        match self.end {
            End::Open => false,
            End::Before(end) => order(scheme, version, end).is_ge(),
            End::With(end) => order(scheme, version, end).is_gt(),
        }
    }

    /// `>= 0, < 1.2.3`.
    fn words(&self) -> String {
        let start = self.start.unwrap_or("0");
        let sign = if self.after { ">" } else { ">=" };
        match self.end {
            End::Open => format!("{sign} {start}"),
            End::Before(end) => format!("{sign} {start}, < {end}"),
            End::With(end) => format!("{sign} {start}, <= {end}"),
        }
    }
}

/// Both are known to be readable, so they have an order.
fn order(scheme: Scheme, a: &str, b: &str) -> Ordering {
    scheme.compare(a, b).unwrap_or(Ordering::Equal)
}

/// A range's intervals in ascending order, cut off at its highest limit.
fn intervals_of<'a>(scheme: Scheme, range: &'a Range, skipped: &mut Vec<&'a str>) -> Vec<Interval<'a>> {
    let mut events: Vec<&Event> = Vec::with_capacity(range.events.len());
    let mut limit: Option<&str> = None;
    for event in &range.events {
        let text = version_of(event);
        if matches!((event, text), (Event::Introduced(_), "0")) {
            events.push(event);
        } else if matches!((event, text), (Event::Limit(_), "*")) {
            // Explicitly no limit: nothing to do.
        } else if !scheme.is_valid(text) {
            skipped.push(text);
        } else if matches!(event, Event::Limit(_)) {
            limit = Some(limit.filter(|limit| order(scheme, limit, text).is_ge()).unwrap_or(text));
        } else {
            events.push(event);
        }
    }
    // The sort keeps the record's order of events at one version: `fixed` and `introduced` at the same one go on.
    events.sort_by(|a, b| compare_events(scheme, a, b));
    let mut intervals: Vec<Interval> = Vec::new();
    let mut is_open = false;
    for event in events {
        match (event, intervals.last_mut()) {
            (Event::Introduced(start), _) if !is_open => {
                let start = Some(start.as_str()).filter(|start| *start != "0");
                intervals.push(Interval { start, after: false, end: End::Open, fixed: None });
                is_open = true;
            }
            (Event::IntroducedAfter(start), _) if !is_open => {
                intervals.push(Interval { start: Some(start), after: true, end: End::Open, fixed: None });
                is_open = true;
            }
            (Event::Fixed(fix), Some(_)) => {
                fix_last(scheme, &mut intervals, fix);
                is_open = false;
            }
            (Event::LastAffected(last), Some(interval)) if is_open => {
                interval.end = End::With(last);
                is_open = false;
            }
            _ => {}
        }
    }
    if let Some(limit) = limit {
        cut_off(scheme, &mut intervals, limit);
    }
    intervals
}

/// Ends the open interval at a fix, or notes the fix of the last one, which ended with a last affected version.
fn fix_last<'a>(scheme: Scheme, intervals: &mut Vec<Interval<'a>>, fix: &'a str) {
    intervals.pop_if(|interval| interval.start.is_some_and(|start| order(scheme, start, fix).is_eq()));
    let Some(interval) = intervals.last_mut() else { return };
    match interval.end {
        End::Open => interval.end = End::Before(fix),
        // A version called fixed and affected at once is fixed.
        End::With(last) if order(scheme, last, fix).is_eq() => interval.end = End::Before(fix),
        _ => {}
    }
    interval.fixed = interval.fixed.or(Some(fix));
}

/// Ends every interval at the limit, and drops those beyond it.
fn cut_off<'a>(scheme: Scheme, intervals: &mut Vec<Interval<'a>>, limit: &'a str) {
    intervals.retain(|interval| interval.start.is_none_or(|start| order(scheme, start, limit).is_lt()));
    for interval in intervals {
        if !interval.has_ended(scheme, limit) {
            interval.end = End::Before(limit);
        }
    }
}

fn version_of(event: &Event) -> &str {
    match event {
        Event::Introduced(text)
        | Event::IntroducedAfter(text)
        | Event::Fixed(text)
        | Event::LastAffected(text)
        | Event::Limit(text) => text,
    }
}

fn compare_events(scheme: Scheme, a: &Event, b: &Event) -> Ordering {
    let is_start = |event: &Event| matches!(event, Event::Introduced(text) if text == "0");
    match (is_start(a), is_start(b)) {
        (false, false) => order(scheme, version_of(a), version_of(b)),
        (a_is_start, b_is_start) => b_is_start.cmp(&a_is_start),
    }
}

fn inside(scheme: Scheme, interval: &Interval, all: &[Interval], version: &str) -> RangeVerdict {
    let why = match interval.end {
        End::Open => match interval.start {
            Some(start) if interval.after => format!("{version} > {start}, no fix known"),
            Some(start) => format!("{version} >= {start}, no fix known"),
            None => "every version is affected, no fix known".to_owned(),
        },
        End::Before(end) => format!("{version} < {end}"),
        End::With(end) => format!("{version} <= {end}"),
    };
    RangeVerdict {
        affected: true,
        fixed: fix_after(scheme, interval, all).map(str::to_owned),
        range: interval.words(),
        why: format!("{why} ({} order)", scheme.as_str()),
    }
}

/// The fix of this interval, or of a later one that still holds at that fix.
fn fix_after<'a>(scheme: Scheme, interval: &Interval<'a>, all: &[Interval<'a>]) -> Option<&'a str> {
    let mut fix = interval.fixed?;
    if all.len() == 1 {
        return Some(fix);
    }
    let mut later: Vec<&Interval> = all.iter().collect();
    later.sort_by(|a, b| match (a.start, b.start) {
        (Some(a), Some(b)) => order(scheme, a, b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    });
    for next in later {
        if next.contains(scheme, fix) {
            fix = next.fixed?;
        }
    }
    Some(fix)
}

fn listed(scheme: Scheme, versions: &[String], version: &str) -> Option<RangeVerdict> {
    let same =
        |listed: &&String| *listed == version || scheme.compare(listed, version) == Some(Ordering::Equal);
    let listed = versions.iter().find(same)?;
    Some(RangeVerdict {
        affected: true,
        fixed: None,
        range: format!("= {listed}"),
        why: format!("{version} is listed as affected"),
    })
}

fn outside(scheme: Scheme, interval: &Interval, version: &str) -> RangeVerdict {
    let why = match (interval.start, interval.end) {
        (Some(start), _) if !interval.has_begun(scheme, version) => {
            format!("{version} {} {start}", if interval.after { "<=" } else { "<" })
        }
        (_, End::Before(end)) => format!("{version} >= {end}"),
        (_, End::With(end)) => format!("{version} > {end}"),
        (_, End::Open) => format!("{version} is not in it"),
    };
    not_affected(&interval.words(), format!("{why} ({} order)", scheme.as_str()))
}

/// The interval that ended last before the version is nearest; if none has begun, the one that begins first.
fn nearness(scheme: Scheme, a: &Interval, b: &Interval, version: &str) -> Ordering {
    let starts = match (a.start, b.start) {
        (Some(a), Some(b)) => order(scheme, a, b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    };
    match (a.has_begun(scheme, version), b.has_begun(scheme, version)) {
        (true, true) => starts,
        (false, false) => starts.reverse(),
        (a_has_begun, b_has_begun) => a_has_begun.cmp(&b_has_begun),
    }
}

fn not_affected(range: &str, why: String) -> RangeVerdict {
    RangeVerdict { affected: false, fixed: None, range: range.to_owned(), why }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_model::{KeyKind, Lifecycle, RangeKind};
    use proptest::prelude::*;

    /// `>=1.0 >1.0 <1.5 <=2.0 |3.0` is introduced, introduced after, fixed, last affected, limit; ranges are parted by
    /// `;`.
    fn entry(ranges: &str, versions: &[&str]) -> Affected {
        let event = |word: &str| {
            let text = |prefix| word.strip_prefix(prefix).map(str::to_owned);
            None.or_else(|| text(">=").map(Event::Introduced))
                .or_else(|| text(">").map(Event::IntroducedAfter))
                .or_else(|| text("<=").map(Event::LastAffected))
                .or_else(|| text("<").map(Event::Fixed))
                .or_else(|| text("|").map(Event::Limit))
                .unwrap_or_else(|| panic!("no event: {word}"))
        };
        let range = |text: &str| Range {
            kind: RangeKind::Ecosystem,
            events: text.split_whitespace().map(event).collect(),
        };
        Affected {
            release: String::new(),
            key: KeyKind::Usual,
            lifecycle: Lifecycle::Ranges,
            arches: Vec::new(),
            module: None,
            ranges: ranges.split(';').filter(|text| !text.trim().is_empty()).map(range).collect(),
            versions: versions.iter().map(|text| (*text).to_owned()).collect(),
            ratings: Vec::new(),
        }
    }

    #[test]
    fn ranges() {
        // Ranges, version, then `-` for not affected, `!` for affected without a fix, or the fix.
        let check = |ranges: &str, version: &str, want: &str| {
            let verdict = affects(Scheme::Semver, &entry(ranges, &[]), version);
            let got = match (verdict.affected, verdict.fixed) {
                (false, _) => "-".to_owned(),
                (true, None) => "!".to_owned(),
                (true, Some(fix)) => fix,
            };
            assert_eq!(got, want, "{version} in {ranges}: {}", verdict.why);
        };
        check(">=0 <1.5", "1.4.9", "1.5");
        check(">=0 <1.5", "1.5", "-");
        check(">=0 <1.5", "0.0.0-alpha", "1.5");
        check(">=1.0 <1.5", "0.9", "-");
        check(">=1.0 <1.5", "1.0.0", "1.5");
        check(">=1.0", "99", "!");
        check(">=1.0 <=1.5", "1.5.0", "!");
        check(">=1.0 <=1.5", "1.5.1", "-");
        check(">=0 <0", "1.0", "-");
        check("<1.5", "1.0", "-");
        check("", "1.0", "-");
        // Several intervals in one range, in any order.
        check(">=0 <1.5 >=2.0 <2.3", "1.7", "-");
        check(">=0 <1.5 >=2.0 <2.3", "2.1", "2.3");
        check("<2.3 >=2.0 <1.5 >=0", "1.1", "1.5");
        check(">=0 <1.5 >=1.5 <2.0", "1.5", "2.0");
        check(">=0 <=1.5 >=2.0 <2.3", "1.5", "!");
        // Events that change nothing.
        check(">=1.0 >=1.2 <1.5", "1.1", "1.5");
        check(">=1.0 <1.5 <1.7", "1.6", "-");
        // A last affected version and the fix behind it.
        check(">=0 <=1.4 <1.5", "1.3", "1.5");
        check(">=0 <=1.4 <1.5", "1.4.1", "-");
        // Limits: the highest counts.
        check(">=0 |1.5", "1.4", "!");
        check(">=0 |1.5", "1.5", "-");
        check(">=0 <1.3 |1.5", "1.2", "1.3");
        check(">=0 <1.7 |1.5", "1.2", "1.7");
        check(">=0 <1.7 |1.5", "1.6", "-");
        check(">=0 |1.5 |2.5", "2.0", "!");
        check(">=0 |*", "2.0", "!");
        check(">=2.0 |1.5", "2.1", "-");
        // Several ranges: the fix of one lies in another.
        check(">=0 <1.5 ; >=1.4 <2.0", "1.0", "2.0");
        check(">=1.4 <2.0 ; >=0 <1.5", "1.0", "2.0");
        check(">=0 <1.5 ; >=2.0 <2.5", "1.0", "1.5");
        check(">=0 <1.5 ; >=1.2 <=1.9", "1.0", "!");
        check(">=0 <1.5 ; >=0 <1.7", "1.0", "1.7");
        // Events that cannot be read are skipped.
        check(">=0 <latest <1.5", "1.0", "1.5");
        check(">=0 <latest", "1.0", "!");
        check(">=latest <1.5", "1.0", "-");
    }

    #[test]
    fn listed_versions() {
        let check = |scheme: Scheme, versions: &[&str], version: &str, want: bool| {
            assert_eq!(
                affects(scheme, &entry("", versions), version).affected,
                want,
                "{version} in {versions:?}"
            );
        };
        check(Scheme::Semver, &["1.0.0", "1.0.1"], "1.0.1", true);
        check(Scheme::Semver, &["1.0.0", "1.0.1"], "1.0.2", false);
        check(Scheme::Semver, &["v1.0.0"], "1.0", true);
        check(Scheme::Maven, &["1.0.Final"], "1.0", true);
        check(Scheme::Pypi, &["1.0"], "1.0.0", true);
        check(Scheme::Packagist, &["dev-main"], "dev-main", true);
        check(Scheme::Semver, &["nightly"], "nightly", true);
        check(Scheme::Semver, &["nightly"], "weekly", false);
    }

    #[test]
    fn words() {
        let check = |scheme: Scheme, ranges: &str, version: &str, range: &str, why: &str| {
            let verdict = affects(scheme, &entry(ranges, &["1:9"]), version);
            assert_eq!((verdict.range.as_str(), verdict.why.as_str()), (range, why));
        };
        let rhel = ">=0 <1:3.0.7-27.el9";
        check(
            Scheme::Rpm,
            rhel,
            "1:3.0.7-16.el9",
            ">= 0, < 1:3.0.7-27.el9",
            "1:3.0.7-16.el9 < 1:3.0.7-27.el9 (rpm order)",
        );
        check(
            Scheme::Rpm,
            rhel,
            "1:3.0.7-27.el9",
            ">= 0, < 1:3.0.7-27.el9",
            "1:3.0.7-27.el9 >= 1:3.0.7-27.el9 (rpm order)",
        );
        check(Scheme::Dpkg, ">=2 <3", "1", ">= 2, < 3", "1 < 2 (dpkg order)");
        check(Scheme::Dpkg, ">=2 <=3", "4", ">= 2, <= 3", "4 > 3 (dpkg order)");
        check(Scheme::Dpkg, ">=2", "4", ">= 2", "4 >= 2, no fix known (dpkg order)");
        check(Scheme::Dpkg, ">=0", "4", ">= 0", "every version is affected, no fix known (dpkg order)");
        check(Scheme::Dpkg, ">=0 <1 >=3 <4 >=6 <7", "5", ">= 3, < 4", "5 >= 4 (dpkg order)");
        check(Scheme::Dpkg, "", "1:9", "= 1:9", "1:9 is listed as affected");
        check(Scheme::Dpkg, "", "8", "", "no range, and not one of 1 listed versions");
        check(Scheme::Dpkg, ">=0 <1", "", "", "no version to compare");
        check(Scheme::Semver, ">=0 <1", "unknown", "", "`unknown` is not a version of semver");
        check(Scheme::Packagist, ">=0 <1", "dev-main", "", "`dev-main` is not a version of packagist");
        check(
            Scheme::Semver,
            ">=0 <latest <2",
            "1",
            ">= 0, < 2",
            "1 < 2 (semver order); `latest` is not a version of semver, skipped",
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(20000) })]

        /// The evaluation of the OSV schema, written down as it stands there.
        #[test]
        fn as_the_schema_evaluates(
            events in prop::collection::vec((0..3u8, 0..6u8), 1..7),
            limits in prop::collection::vec(1..6u8, 0..2),
            version in 0..7u8,
        ) {
            let mut words: Vec<String> =
                events.iter().map(|(kind, at)| format!("{}{at}", [">=", "<", "<="][usize::from(*kind)])).collect();
            words.extend(limits.iter().map(|limit| format!("|{limit}")));
            let mut sorted = events.clone();
            sorted.sort_by_key(|(kind, at)| (*at, (*kind, *at) != (0, 0)));
            let mut vulnerable = false;
            for (kind, at) in sorted {
                match kind {
                    0 if version >= at => vulnerable = true,
                    1 if version >= at => vulnerable = false,
                    2 if version > at => vulnerable = false,
                    _ => {}
                }
            }
            let want = vulnerable && (limits.is_empty() || limits.iter().any(|limit| version < *limit));
            let verdict = affects(Scheme::Semver, &entry(&words.join(" "), &[]), &version.to_string());
            prop_assert_eq!(verdict.affected, want, "{} in {}", version, words.join(" "));
            if let Some(fix) = verdict.fixed {
                prop_assert!(verdict.affected);
                prop_assert!(!affects(Scheme::Semver, &entry(&words.join(" "), &[]), &fix).affected);
            }
        }
    }
}
