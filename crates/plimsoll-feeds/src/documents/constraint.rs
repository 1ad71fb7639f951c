//! Constraints on versions as package managers write them (`>= 1.2, < 2 || ~3.1`, `[1.0,2.0)`), as ranges of advisories.

use super::draft::{is_version, range};
use plimsoll_model::{Event, Range};
use std::cmp::Ordering;

/// Whose words a constraint is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Cargo: a bare version is a caret one.
    Cargo,
    /// Composer, and RubyGems' `~>`: a tilde lets the last part rise.
    Gem,
    /// npm and everybody who writes comparisons only.
    Npm,
}

/// Versions from one to another; `None` for no bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Interval {
    /// Its first version.
    from: Option<String>,
    to: Option<End>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum End {
    Before(String),
    With(String),
}

/// Alternatives of one text, and comparisons of one alternative.
const ALTERNATIVES: usize = 1024;
const COMPARISONS: usize = 64;

/// The intervals a constraint describes; `None` if it cannot be read.
pub(super) fn intervals(text: &str, dialect: Dialect) -> Option<Vec<Interval>> {
    let text = text.trim();
    if text.starts_with(['[', '(']) {
        return brackets(text);
    }
    let mut out = Vec::new();
    for alternative in text.split('|').map(str::trim).filter(|part| !part.is_empty()) {
        if out.len() == ALTERNATIVES {
            return None;
        }
        out.push(conjunction(alternative, dialect)?);
    }
    (!out.is_empty()).then_some(out)
}

/// The ranges of a constraint on affected versions.
pub(super) fn affected(text: &str, dialect: Dialect) -> Option<Vec<Range>> {
    intervals(text, dialect).map(|all| all.into_iter().map(Interval::affected).collect())
}

/// What is affected where these versions are not: one range, whose events take effect in the order of versions.
pub(super) fn unless(mut good: Vec<Interval>) -> Option<Range> {
    let start = |interval: &Interval| interval.from.clone();
    good.sort_by(|a, b| match (start(a), start(b)) {
        (Some(a), Some(b)) => natural(&a, &b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    });
    let mut events = vec![Event::Introduced("0".into())];
    let mut until: Option<End> = None;
    let mut open = true;
    for Interval { from, to } in good {
        let reaches = |from: &str| match &until {
            Some(End::Before(end) | End::With(end)) => natural(from, end) != Ordering::Greater,
            None => true,
        };
        match from {
            None => {
                events.clear();
                open = false;
            }
            Some(from) if open || !reaches(&from) => {
                if let Some(end) = until.take().filter(|_| !open) {
                    events.push(Event::Introduced(end.next()));
                }
                events.push(Event::Fixed(from));
                open = false;
            }
            // It begins within the one before.
            Some(_) => {}
        }
        until = match (until, to) {
            (_, None) => {
                // Nothing behind it is affected.
                return Some(range(events)).filter(|range| !range.events.is_empty());
            }
            (Some(known), Some(new)) if natural(known.version(), new.version()) == Ordering::Greater => {
                Some(known)
            }
            (_, new) => new,
        };
    }
    if let Some(end) = until.filter(|_| !open) {
        events.push(Event::Introduced(end.next()));
    }
    (!events.is_empty()).then(|| range(events))
}

impl Interval {
    fn affected(self) -> Range {
        let mut events = vec![Event::Introduced(self.from.unwrap_or_else(|| "0".into()))];
        events.extend(self.to.map(|end| match end {
            End::Before(version) => Event::Fixed(version),
            End::With(version) => Event::LastAffected(version),
        }));
        range(events)
    }
}

impl End {
    fn version(&self) -> &str {
        let (End::Before(version) | End::With(version)) = self;
        version
    }

    /// The first version behind the end.
    fn next(self) -> String {
        match self {
            End::Before(version) => version,
            End::With(version) => after(&version),
        }
    }
}

/// The least version above this one that anybody could mean: `1.2.4-0` of the semantic `1.2.3`.
fn after(version: &str) -> String {
    let parts: Vec<&str> = version.split('.').collect();
    if let [major, minor, patch] = parts[..]
        && let Ok(patch) = patch.parse::<u64>()
    {
        return format!("{major}.{minor}.{}-0", patch.saturating_add(1));
    }
    format!("{version}.0.1")
}

/// `[1.0,2.0)`, `(,1.5]`, `[1.0]`, several with commas between (Maven, NuGet).
fn brackets(text: &str) -> Option<Vec<Interval>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(['[', '(']) {
        if out.len() == ALTERNATIVES || !rest[..start].bytes().all(|byte| b" ,|".contains(&byte)) {
            return None;
        }
        let end = start + rest[start..].find([']', ')'])?;
        let (inside, exclusive) = (&rest[start + 1..end], rest[start..].starts_with('('));
        let inclusive_end = rest[end..].starts_with(']');
        let (from, to) = match inside.split_once(',') {
            Some((from, to)) => (from.trim(), to.trim()),
            None => (inside.trim(), inside.trim()),
        };
        let good = |version: &str| version.is_empty() || is_version(version);
        if !good(from) || !good(to) {
            return None;
        }
        out.push(Interval {
            from: (!from.is_empty()).then(|| if exclusive { after(from) } else { from.to_owned() }),
            to: (!to.is_empty()).then(|| match inclusive_end {
                true => End::With(to.to_owned()),
                false => End::Before(to.to_owned()),
            }),
        });
        rest = &rest[end + 1..];
    }
    (!out.is_empty() && rest.trim().is_empty()).then_some(out)
}

/// `>= 1.2, < 2`: all of them hold.
fn conjunction(text: &str, dialect: Dialect) -> Option<Interval> {
    let mut whole = Interval { from: None, to: None };
    if let Some((from, to)) = text.split_once(" - ") {
        let (from, to) = (from.trim().to_owned(), to.trim().to_owned());
        return (is_version(&from) && is_version(&to))
            .then_some(Interval { from: Some(from), to: Some(End::With(to)) });
    }
    let mut rest = text.trim();
    for _ in 0..COMPARISONS {
        rest = rest.trim_start_matches(|c: char| c == ',' || c.is_whitespace());
        if rest.is_empty() {
            return Some(whole);
        }
        let signs = rest.find(|c: char| !"<>=!~^".contains(c)).unwrap_or(rest.len());
        let (sign, behind) = rest.split_at(signs);
        let behind = behind.trim_start();
        let end = behind
            .find(|c: char| c == ',' || c.is_whitespace() || "<>=!~^".contains(c))
            .unwrap_or(behind.len());
        let (version, left) = behind.split_at(end);
        rest = left;
        let one = comparison(sign, version.trim_start_matches('v'), dialect)?;
        whole = Interval { from: higher(whole.from, one.from), to: lower(whole.to, one.to) };
    }
    None
}

fn higher(a: Option<String>, b: Option<String>) -> Option<String> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if natural(&a, &b) == Ordering::Less { b } else { a }),
        (a, b) => a.or(b),
    }
}

fn lower(a: Option<End>, b: Option<End>) -> Option<End> {
    match (a, b) {
        (Some(a), Some(b)) => {
            Some(if natural(a.version(), b.version()) == Ordering::Greater { b } else { a })
        }
        (a, b) => a.or(b),
    }
}

fn comparison(sign: &str, version: &str, dialect: Dialect) -> Option<Interval> {
    let all = || Interval { from: None, to: None };
    let fixed: Vec<&str> = version.split('.').take_while(|part| !matches!(*part, "x" | "X" | "*")).collect();
    let is_wild = fixed.len() < version.split('.').count();
    if is_wild && fixed.is_empty() {
        return Some(all());
    }
    let head = fixed.join(".");
    if !is_version(&head) || !head.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let from = |version: &str| Some(version.to_owned());
    let before = |version: String| Some(End::Before(version));
    let bare = match (sign, dialect) {
        ("", Dialect::Cargo) => "^",
        ("" | "=" | "==" | "===", _) if is_wild => "wild",
        (sign, _) => sign,
    };
    Some(match bare {
        "<" => Interval { from: None, to: before(head) },
        "<=" => Interval {
            from: None,
            to: if is_wild { before(raised(&head, fixed.len())?) } else { Some(End::With(head)) },
        },
        ">" => Interval {
            from: from(&if is_wild { raised(&head, fixed.len())? } else { after(&head) }),
            to: None,
        },
        ">=" => Interval { from: from(&head), to: None },
        "" | "=" | "==" | "===" => Interval { from: from(&head), to: Some(End::With(head)) },
        "wild" => Interval { from: from(&head), to: before(raised(&head, fixed.len())?) },
        "^" => Interval { from: from(&head), to: before(caret(&head)?) },
        "~>" => Interval {
            from: from(&head),
            to: before(format!("{}.a", raised(&head, fixed.len().max(2) - 1)?)),
        },
        "~" if dialect == Dialect::Gem => {
            Interval { from: from(&head), to: before(raised(&head, fixed.len().max(2) - 1)?) }
        }
        "~" => Interval { from: from(&head), to: before(raised(&head, fixed.len().min(2))?) },
        _ => return None,
    })
}

/// The version whose part of this place is one more, cut behind it: `1.3` of `1.2.7` at 2.
fn raised(version: &str, place: usize) -> Option<String> {
    let mut parts: Vec<String> = version.split('.').take(place).map(str::to_owned).collect();
    let last = parts.last_mut()?;
    let digits = last.split(|c: char| !c.is_ascii_digit()).next()?;
    *last = digits.parse::<u64>().ok()?.checked_add(1)?.to_string();
    Some(parts.join("."))
}

/// The first version that breaks compatibility: behind the first part that is not zero.
fn caret(version: &str) -> Option<String> {
    let numbers = version.split(['-', '+']).next()?;
    let parts: Vec<&str> = numbers.split('.').collect();
    let place = parts.iter().position(|part| *part != "0").map_or(parts.len(), |at| at + 1);
    raised(numbers, place)
}

/// The order most ecosystems agree on: numbers by value, words before numbers (`1.0-rc1` before `1.0`). It only joins
/// intervals; what is installed is compared in its ecosystem's own order.
fn natural(a: &str, b: &str) -> Ordering {
    let (a, b) = (runs(a), runs(b));
    for place in 0..a.len().max(b.len()) {
        let order = match (a.get(place), b.get(place)) {
            (Some(Run::Number(a)), Some(Run::Number(b))) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
            (Some(Run::Word(a)), Some(Run::Word(b))) => a.cmp(b),
            (Some(Run::Number("")), None) => Ordering::Equal,
            (None, Some(Run::Number(""))) => Ordering::Equal,
            (Some(Run::Word(_)), _) => Ordering::Less,
            (_, Some(Run::Word(_))) => Ordering::Greater,
            (Some(Run::Number(_)), None) => Ordering::Greater,
            (None, _) => Ordering::Less,
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

enum Run<'a> {
    /// Without leading zeros.
    Number(&'a str),
    Word(&'a str),
}

fn runs(version: &str) -> Vec<Run<'_>> {
    let version = version.split('+').next().unwrap_or(version);
    let mut out = Vec::new();
    let mut rest = version;
    while let Some(first) = rest.chars().next() {
        let is_digit = first.is_ascii_digit();
        let same = |c: char| if is_digit { c.is_ascii_digit() } else { c.is_alphabetic() };
        let end = rest.find(|c: char| !same(c)).unwrap_or(rest.len());
        let (run, left) = rest.split_at(end);
        match (is_digit, run.is_empty()) {
            (true, _) => out.push(Run::Number(run.trim_start_matches('0'))),
            (false, false) => out.push(Run::Word(run)),
            (false, true) => {
                rest = &rest[first.len_utf8()..];
                continue;
            }
        }
        rest = left;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(range: &Range) -> String {
        let word = |event: &Event| match event {
            Event::Introduced(version) => format!("+{version}"),
            Event::Fixed(version) => format!("-{version}"),
            Event::LastAffected(version) => format!("={version}"),
            Event::Limit(version) => format!("|{version}"),
            Event::IntroducedAfter(version) => format!(">{version}"),
        };
        range.events.iter().map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn constraints_on_affected_versions() {
        let check = |dialect, text: &str, expected: &str| {
            let ranges = affected(text, dialect).unwrap_or_default();
            assert_eq!(ranges.iter().map(told).collect::<Vec<_>>().join(" / "), expected, "{text}");
        };
        use Dialect::{Cargo, Gem, Npm};
        check(Npm, "<1.2.3", "+0 -1.2.3");
        check(Npm, ">= 1.0.0, < 1.2.3", "+1.0.0 -1.2.3");
        check(Npm, ">=1.0.0 <1.2.3||>=2.0.0 <=2.1.0", "+1.0.0 -1.2.3 / +2.0.0 =2.1.0");
        check(Npm, "= 1.2.3", "+1.2.3 =1.2.3");
        check(Npm, "8.x || ^10.2.0 || ~1.2.3", "+8 -9 / +10.2.0 -11 / +1.2.3 -1.3");
        check(Npm, "1.2.0 - 1.4.0", "+1.2.0 =1.4.0");
        check(Npm, "*", "+0");
        check(Npm, "> 1.2.3", "+1.2.4-0");
        check(Gem, "~> 5.2.4", "+5.2.4 -5.3.a");
        check(Gem, "~1.2", "+1.2 -2");
        check(Cargo, "0.5.1", "+0.5.1 -0.6");
        check(Cargo, "^0.0.3", "+0.0.3 -0.0.4");
        check(Npm, "[1.0,2.0),(,0.5],[3.1]", "+1.0 -2.0 / +0 =0.5 / +3.1 =3.1");
        check(Npm, "!= 3", "");
        check(Npm, "latest and older", "");
    }

    #[test]
    fn what_is_not_patched_is_affected() {
        let check = |good: &[&str], expected: &str| {
            let good =
                good.iter().flat_map(|text| intervals(text, Dialect::Gem).expect("a constraint")).collect();
            assert_eq!(unless(good).as_ref().map_or(String::new(), told), expected, "{expected}");
        };
        check(&[">= 1.2.3"], "+0 -1.2.3");
        check(&["~> 5.2.4", ">= 6.0.3"], "+0 -5.2.4 +5.3.a -6.0.3");
        check(&[">= 6.0.3", "~> 5.2.4", "< 3.0"], "+3.0 -5.2.4 +5.3.a -6.0.3");
        check(&["~> 5.2.4", ">= 5.2.4"], "+0 -5.2.4");
        check(&["= 1.2.3"], "+0 -1.2.3 +1.2.4-0");
        check(&[], "+0");
        check(&["< 2", ">= 1"], "");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_not(text in r"[<>=~^!|,\[\]\(\) .0-9x*a-z+-]{0,40}", any: String) {
            for dialect in [Dialect::Cargo, Dialect::Gem, Dialect::Npm] {
                let _ = affected(&any, dialect);
                let _ = intervals(&text, dialect).and_then(unless);
            }
        }

        #[test]
        fn the_order_is_one(a in "[0-9a-c.-]{0,8}", b in "[0-9a-c.-]{0,8}") {
            prop_assert_eq!(natural(&a, &b), natural(&b, &a).reverse());
        }
    }
}
