//! How bad is a vulnerability, and who says so?
//!
//! Many parties rate a vulnerability and they disagree. The first of these that says something decides:
//!
//! | rank | who | why |
//! |---|---|---|
//! | 1 | the word of the publisher whose record matched, about this vulnerability alone | it knows how its package is built and used |
//! | 2 | the distribution's word in the vulnerability's own record | the same, told elsewhere |
//! | 3 | the word of a notice that answers several vulnerabilities (the worst of them) | at most that bad |
//! | 4 | CVSS 3.1, then 3.0, 4.0, 2.0; of one version: the matched record's, the CNA's, NVD's, GHSA's, any | no word, but numbers; the version most raters use first, so that findings compare |
//! | 5 | anybody else's word, GHSA's first | better than nothing |
//!
//! `untriaged`, `unknown` and the like say nothing. Nothing at all is [`Severity::Unknown`], and shown so.

use plimsoll_model::{Cvss, Rating, Severity};
use std::cmp::Reverse;

/// A severity and who it is from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Verdict {
    /// How bad.
    pub(crate) severity: Severity,
    /// `debian`, `nvd (CVSS 3.1)`; `None` when nobody says.
    pub(crate) source: Option<String>,
    /// Every CVSS score, best source first.
    pub(crate) cvss: Vec<Cvss>,
}

/// What there is to judge by.
pub(crate) struct Ratings<'a> {
    /// Of matched records, about this vulnerability alone.
    pub(crate) exact: &'a [Rating],
    /// Of matched notices that answer several.
    pub(crate) notices: &'a [Rating],
    /// Of the vulnerability's own record.
    pub(crate) general: Vec<&'a Rating>,
    /// The name of the distribution's ratings, for OS packages.
    pub(crate) distribution: Option<&'a str>,
}

/// Scores kept for a finding.
const MAX_SCORES: usize = 10;

/// Judges by the table above.
pub(crate) fn judge(ratings: &Ratings) -> Verdict {
    let cvss = scores(ratings);
    let of_distribution = || {
        ratings.general.iter().copied().filter(|rating| Some(rating.source.as_str()) == ratings.distribution)
    };
    let by_score = || {
        let best = cvss.first()?;
        Some((Severity::of_score(best.score), format!("{} (CVSS {})", best.source, best.version)))
    };
    let decided = worst_word(ratings.exact.iter())
        .or_else(|| worst_word(of_distribution()))
        .or_else(|| worst_word(ratings.notices.iter()))
        .or_else(by_score)
        .or_else(|| bare_score(ratings))
        .or_else(|| worst_word(ratings.general.iter().copied().filter(|rating| rating.source == "ghsa")))
        .or_else(|| worst_word(ratings.general.iter().copied()));
    let (severity, source) =
        decided.map_or((Severity::Unknown, None), |(severity, from)| (severity, Some(from)));
    Verdict { severity, source, cvss }
}

/// A vendor's word for a severity: those of Debian, Ubuntu, Red Hat, SUSE, Amazon, GitHub, Microsoft and NVD.
/// `None` for words that say nothing.
fn word(text: &str) -> Option<Severity> {
    Some(match text.trim().to_ascii_lowercase().as_str() {
        "critical" | "urgent" => Severity::Critical,
        "high" | "important" => Severity::High,
        "medium" | "moderate" => Severity::Medium,
        // Debian's asterisk marks a guess.
        "low" | "low*" | "minor" | "negligible" | "unimportant" | "none" => Severity::Low,
        "high*" | "high**" => Severity::High,
        "medium*" | "medium**" => Severity::Medium,
        _ => return None,
    })
}

fn worst_word<'a>(ratings: impl Iterator<Item = &'a Rating>) -> Option<(Severity, String)> {
    let words = ratings.filter_map(|rating| Some((word(&rating.value)?, &rating.source)));
    // Of equals the first: `max_by_key` would keep the last.
    let worst = words.reduce(|best, next| if next.0 > best.0 { next } else { best });
    worst.map(|(severity, source)| (severity, source.clone()))
}

/// A score some publishers give without a vector.
fn bare_score(ratings: &Ratings) -> Option<(Severity, String)> {
    let all = ratings.exact.iter().chain(ratings.notices).chain(ratings.general.iter().copied());
    let mut scores = all.filter_map(|rating| Some((rating.value.trim().parse::<f64>().ok()?, rating)));
    let (score, rating) = scores.find(|(score, _)| (0.0..=10.0).contains(score))?;
    Some((Severity::of_score(score), format!("{} (CVSS)", rating.source)))
}

fn scores(ratings: &Ratings) -> Vec<Cvss> {
    let matched = ratings.exact.iter().chain(ratings.notices).map(|rating| (0, rating));
    let general = ratings.general.iter().map(|rating| (1 + rank_of_source(&rating.source), *rating));
    let mut found: Vec<(usize, usize, Cvss)> = Vec::new();
    for (source_rank, rating) in matched.chain(general) {
        let Some((version, score)) = cvss_score(&rating.value) else { continue };
        let vector = rating.value.trim().to_owned();
        if found.iter().all(|(_, _, known)| known.vector != vector || known.source != rating.source) {
            let rank = VERSIONS.iter().position(|known| *known == version).unwrap_or(VERSIONS.len());
            let cvss = Cvss { source: rating.source.clone(), version: version.to_owned(), vector, score };
            found.push((rank, source_rank, cvss));
        }
    }
    found.sort_by_key(|(version, source, cvss)| (*version, *source, Reverse((cvss.score * 10.0) as u32)));
    found.truncate(MAX_SCORES);
    found.into_iter().map(|(_, _, cvss)| cvss).collect()
}

/// CVSS versions, the one to judge by first.
const VERSIONS: &[&str] = &["3.1", "3.0", "4.0", "2.0"];

/// Whose score of one version counts first.
fn rank_of_source(source: &str) -> usize {
    const SOURCES: &[&str] = &["cna", "nvd", "ghsa"];
    SOURCES.iter().position(|known| *known == source).unwrap_or(SOURCES.len())
}

/// The version and base score of a CVSS vector; `None` when it is none, or lacks a base metric.
pub fn cvss_score(vector: &str) -> Option<(&'static str, f64)> {
    let vector = vector.trim().trim_start_matches('(').trim_end_matches(')');
    let parsed: cvss::Cvss = vector.parse().ok()?;
    // The mandatory metrics of FIRST's specifications (CVSS 4.0 table 23, 3.1 table 15, 2.0 table 13).
    let (version, base) = match parsed {
        cvss::Cvss::CvssV20(_) => ("2.0", "AV AC Au C I A"),
        cvss::Cvss::CvssV30(_) => ("3.0", "AV AC PR UI S C I A"),
        cvss::Cvss::CvssV31(_) => ("3.1", "AV AC PR UI S C I A"),
        cvss::Cvss::CvssV40(_) => ("4.0", "AV AC AT PR UI VC VI VA SC SI SA"),
        _ => return None,
    };
    let has = |metric: &str| vector.split('/').any(|part| part.split(':').next() == Some(metric));
    let score = parsed.score();
    (base.split(' ').all(has) && (0.0..=10.0).contains(&score))
        .then_some((version, (score * 10.0).round() / 10.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rating(text: &str) -> Rating {
        let (source, value) = text.split_once(' ').expect("source and value");
        Rating { source: source.into(), value: value.into() }
    }

    #[test]
    fn vectors_are_scored() {
        let check = |vector: &str, expected: Option<(&str, f64)>| {
            assert_eq!(cvss_score(vector), expected, "{vector}")
        };
        check("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Some(("3.1", 9.8)));
        check("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", Some(("3.0", 10.0)));
        check("AV:N/AC:L/Au:N/C:P/I:P/A:P", Some(("2.0", 7.5)));
        check("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", Some(("4.0", 9.3)));
        check("CVSS:3.1/AV:N", None);
        check("important", None);
        check("", None);
    }

    #[test]
    fn the_nearest_word_decides() {
        // exact; notices; general | severity, source
        const NVD: &str = "nvd CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
        let check = |exact: &[&str], notices: &[&str], general: &[&str], severity, source: Option<&str>| {
            let read = |texts: &[&str]| -> Vec<Rating> { texts.iter().map(|text| rating(text)).collect() };
            let (exact, notices, general) = (read(exact), read(notices), read(general));
            let verdict = judge(&Ratings {
                exact: &exact,
                notices: &notices,
                general: general.iter().collect(),
                distribution: Some("debian"),
            });
            assert_eq!((verdict.severity, verdict.source.as_deref()), (severity, source));
        };
        check(&["ubuntu medium"], &[], &[NVD], Severity::Medium, Some("ubuntu"));
        check(&["ubuntu untriaged"], &[], &[NVD], Severity::Critical, Some("nvd (CVSS 3.1)"));
        check(&[], &["almalinux Important"], &[NVD], Severity::High, Some("almalinux"));
        check(&[], &["almalinux Important"], &["debian low"], Severity::Low, Some("debian"));
        check(&[], &[], &["redhat important", NVD], Severity::Critical, Some("nvd (CVSS 3.1)"));
        check(&[], &[], &["redhat important", "ghsa LOW"], Severity::Low, Some("ghsa"));
        check(&["debian unimportant"], &[], &[NVD], Severity::Low, Some("debian"));
        check(&["rubysec 9.1"], &[], &[], Severity::Critical, Some("rubysec (CVSS)"));
        check(&["x medium", "y high"], &[], &[], Severity::High, Some("y"));
        check(&[], &[], &[], Severity::Unknown, None);
        check(
            &["osv CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"],
            &[],
            &["nvd CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"],
            Severity::Low,
            Some("nvd (CVSS 3.1)"),
        );
    }
}
