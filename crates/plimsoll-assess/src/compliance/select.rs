//! What a rule is about: components, files, images.

use super::policy::EndOfLife;
use super::{Image, Match, licence};
use crate::versions::Scheme;
use plimsoll_model::{Contents, File, Installed, PurlType};
use std::cmp::Ordering;

/// A component in its image.
pub(super) struct Subject<'a> {
    pub installed: &'a Installed,
    pub index: u32,
    pub contents: &'a Contents,
    pub image: &'a Image,
}

/// Is the rule about this component?
pub(super) fn matches_component(rule: &Match, subject: &Subject<'_>) -> bool {
    let component = &subject.installed.component;
    let about_components = !rule.kind.is_empty()
        || !rule.purl.is_empty()
        || !rule.name.is_empty()
        || !rule.license.is_empty()
        || rule.without_license
        || rule.end_of_life.is_some();
    if !about_components {
        return false;
    }
    let name = component.full_name();
    let kind = component.kind.as_str();
    let os = subject.contents.os.as_ref();
    let or_empty = |globs: &[String], text: &str| globs.is_empty() || any_glob(globs, text);
    or_empty(&rule.kind, kind)
        && or_empty(&rule.name, &name)
        && !any_glob(&rule.not_name, &name)
        && (rule.purl.is_empty() || any_glob(&rule.purl, &component.purl(os)))
        && (rule.distro.is_empty() || os.is_some_and(|os| any_glob(&rule.distro, &os.id)))
        && (rule.version.is_empty()
            || rule.version.iter().any(|range| in_range(range, component.kind, &component.version)))
        && (rule.license.is_empty()
            || licence::falls_under(stated(subject), &|name| any_glob(&rule.license, name)))
        && (!rule.without_license || component.licenses.is_empty())
        && rule.end_of_life.is_none_or(|when| {
            ends(
                when,
                subject.image.end_of_life.get(&subject.index).map(String::as_str),
                &subject.image.today,
            )
        })
}

/// The licences a component is under. A Debian copyright file names those of every file of the source, of which few
/// apply to what is installed: it says nothing about the whole.
fn stated<'a>(subject: &Subject<'a>) -> &'a [String] {
    match subject.installed.component.kind {
        PurlType::Deb => &[],
        _ => &subject.installed.component.licenses,
    }
}

/// Is the rule about this file?
pub(super) fn matches_path(rule: &Match, file: &File) -> bool {
    let path = file.entry.path.as_str();
    let by_path = rule.path.iter().any(|pattern| {
        if pattern.contains('/') { glob(pattern, path) } else { glob(pattern, file_name(path)) }
    });
    let by_digest = file.entry.sha256.is_some_and(|digest| {
        let digest = plimsoll_model::Digest::sha256(&digest).to_string();
        rule.sha256.iter().any(|wanted| digest.ends_with(&wanted.to_ascii_lowercase()) && wanted.len() == 64)
    });
    by_path || by_digest
}

/// Is the rule about the image as such?
pub(super) fn matches_image(rule: &Match, contents: &Contents, image: &Image) -> bool {
    let Some(when) = rule.os_end_of_life else { return false };
    let distro =
        rule.distro.is_empty() || contents.os.as_ref().is_some_and(|os| any_glob(&rule.distro, &os.id));
    distro && ends(when, image.os_end_of_life.as_deref(), &image.today)
}

fn ends(when: EndOfLife, day: Option<&str>, today: &str) -> bool {
    let parse = |text: &str| chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    let (Some(day), Some(today)) = (day.and_then(parse), parse(today)) else { return false };
    match when {
        EndOfLife::Ended(ended) => (day < today) == ended,
        EndOfLife::Within(days) => day >= today && (day - today).num_days() <= i64::from(days),
    }
}

/// The order of versions of a kind of package.
fn scheme(kind: PurlType) -> Scheme {
    match kind {
        PurlType::Deb => Scheme::Dpkg,
        PurlType::Apk => Scheme::Apk,
        PurlType::Rpm => Scheme::Rpm,
        PurlType::Pypi => Scheme::Pypi,
        PurlType::Maven => Scheme::Maven,
        PurlType::Gem => Scheme::RubyGems,
        PurlType::Nuget => Scheme::Nuget,
        PurlType::Composer => Scheme::Packagist,
        PurlType::Generic => Scheme::Generic,
        _ => Scheme::Semver,
    }
}

/// `>=5.6.0, <5.6.2`: does the version satisfy every part? One that cannot be compared satisfies none.
fn in_range(range: &str, kind: PurlType, version: &str) -> bool {
    let scheme = scheme(kind);
    parts(range).is_some_and(|parts| {
        parts.iter().all(|(operator, bound)| {
            let ordering = scheme.compare(version, bound).or_else(|| Scheme::Rpm.compare(version, bound));
            ordering.is_some_and(|ordering| match *operator {
                "<" => ordering == Ordering::Less,
                "<=" => ordering != Ordering::Greater,
                ">" => ordering == Ordering::Greater,
                ">=" => ordering != Ordering::Less,
                "!=" => ordering != Ordering::Equal,
                _ => ordering == Ordering::Equal,
            })
        })
    })
}

/// Is this text a range?
pub(super) fn is_range(range: &str) -> bool {
    parts(range).is_some()
}

fn parts(range: &str) -> Option<Vec<(&str, &str)>> {
    range
        .split(',')
        .map(|part| {
            let part = part.trim();
            let operator =
                ["<=", ">=", "!=", "<", ">", "="].into_iter().find(|operator| part.starts_with(operator));
            let bound = part[operator.map_or(0, str::len)..].trim();
            (!bound.is_empty()).then_some((operator.unwrap_or("="), bound))
        })
        .collect()
}

pub(super) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

pub(super) fn any_glob(globs: &[String], text: &str) -> bool {
    globs.iter().any(|one| glob(one, text))
}

/// Stands for `[0-9]` in a pattern being compared.
const DIGIT: char = '\u{1}';

/// `*` stands for anything, `?` for one character, `[0-9]` for a digit; letters' case does not matter.
pub(super) fn glob(pattern: &str, text: &str) -> bool {
    // Most patterns are plain words, and they are held against every program.
    if !pattern.contains(['*', '?', '[']) {
        return pattern.eq_ignore_ascii_case(text);
    }
    let pattern = pattern.replace("[0-9]", &DIGIT.to_string());
    let pattern: Vec<char> = pattern.chars().flat_map(char::to_lowercase).collect();
    let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    let (mut at, mut from) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(&letter)
                if letter == '?'
                    || letter == text[from]
                    || (letter == DIGIT && text[from].is_ascii_digit()) =>
            {
                at += 1;
                from += 1;
            }
            _ => match star {
                Some((star_at, star_from)) => {
                    at = star_at + 1;
                    from = star_from + 1;
                    star = Some((star_at, from));
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|&letter| letter == '*')
}
