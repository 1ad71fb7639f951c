//! Severities, and who says so.

use super::schema::{RecordSpecific, Severity};
use plimsoll_model::Rating;
use serde_json::Value;

/// Who publishes ids with this prefix, as [`Rating::source`] names them.
const PUBLISHERS: &[(&str, &str)] = &[
    ("ALAS", "amazon"),
    ("ALBA-", "almalinux"),
    ("ALEA-", "almalinux"),
    ("ALPINE-", "alpine"),
    ("ALSA-", "almalinux"),
    ("BIT-", "bitnami"),
    ("CGA-", "chainguard"),
    ("DEBIAN-", "debian"),
    ("DLA-", "debian"),
    ("DSA-", "debian"),
    ("DTSA-", "debian"),
    ("EL", "oracle"),
    ("GHSA-", "ghsa"),
    ("GO-", "go"),
    ("GSD-", "gsd"),
    ("MAL-", "osv"),
    ("MGASA-", "mageia"),
    ("NSWG-", "nodejs"),
    ("OESA-", "openeuler"),
    ("PHSA-", "photon"),
    ("PYSEC-", "pypa"),
    ("RH", "redhat"),
    ("RLBA-", "rocky"),
    ("RLEA-", "rocky"),
    ("RLSA-", "rocky"),
    ("RUSTSEC-", "rustsec"),
    ("RXSA-", "rocky"),
    ("SUSE-", "suse"),
    ("UBUNTU-", "ubuntu"),
    ("USN-", "ubuntu"),
    ("openEuler-", "openeuler"),
    ("openSUSE-", "suse"),
];

/// Who published the record of this id; `osv` where the id does not tell.
pub(super) fn publisher(id: &str) -> &'static str {
    PUBLISHERS.iter().find(|(prefix, _)| id.starts_with(prefix)).map_or("osv", |(_, name)| name)
}

/// Severities of a whole record: vectors, then words, then bare scores.
pub(super) fn of_record(
    id: &str,
    publisher: &'static str,
    severity: &[Severity],
    specific: &RecordSpecific,
    summary: Option<&str>,
) -> Vec<Rating> {
    // Ubuntu and Debian hand on NVD's vectors; their own judgement is a word.
    let vectors = match publisher {
        "ubuntu" | "debian" | "alpine" => "nvd",
        publisher => publisher,
    };
    let mut ratings = of_list(vectors, severity);
    if let Some(word) = specific.severity.as_str().and_then(word) {
        push(&mut ratings, publisher, word);
    }
    for (vendor, severity) in &specific.vendor_severity {
        if let Some(word) = severity.as_str().and_then(word) {
            push(&mut ratings, vendor_name(vendor), word);
        }
    }
    if matches!(publisher, "almalinux" | "rocky" | "oracle")
        && let Some((first, _)) = summary.and_then(|summary| summary.split_once(':'))
        && ["critical", "important", "moderate", "low"]
            .iter()
            .any(|word| first.trim().eq_ignore_ascii_case(word))
    {
        push(&mut ratings, publisher, first.trim().to_lowercase());
    }
    for score in [&specific.cvss_v4_score, &specific.cvss_v3_score, &specific.cvss_v2_score] {
        if let Some(score) = score_text(score) {
            push(&mut ratings, publisher_of_score(id, publisher), score);
        }
    }
    ratings
}

/// Severities of a list: vectors of this source, and words of whoever the type names (`Ubuntu`).
pub(super) fn of_list(source: &str, severity: &[Severity]) -> Vec<Rating> {
    let mut ratings = Vec::new();
    for Severity { kind, score } in severity.iter().take(64) {
        match score.as_str().map(str::trim) {
            Some(vector) if is_vector(vector) => push(&mut ratings, source, vector.to_owned()),
            Some(text) if !kind.starts_with("CVSS") => {
                if let Some(word) = word(text) {
                    push(&mut ratings, vendor_name(kind), word);
                }
            }
            Some(text) => {
                if let Some(score) = text.parse().ok().and_then(score_of) {
                    push(&mut ratings, source, score);
                }
            }
            None => {
                if let Some(score) = score_text(score) {
                    push(&mut ratings, source, score);
                }
            }
        }
    }
    ratings
}

/// A single word of a publisher.
pub(crate) fn of_word(source: &str, text: &str) -> Option<Rating> {
    word(text).map(|value| Rating { source: source.to_owned(), value })
}

/// ruby-advisory-db copies its scores from NVD and GitHub without saying which; its own id tells no more.
fn publisher_of_score(id: &str, publisher: &'static str) -> &'static str {
    if id.starts_with("CVE-") { "nvd" } else { publisher }
}

/// `CVSS:3.1/…`, `CVSS:4.0/…`, or version 2, which has no prefix.
pub(crate) fn is_vector(text: &str) -> bool {
    text.len() <= 256
        && (text.starts_with("CVSS:") || text.starts_with("AV:"))
        && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A severity word, in lower case; `None` for words that say nothing.
fn word(text: &str) -> Option<String> {
    let word = text.trim().trim_end_matches('*').to_lowercase();
    let says_nothing = matches!(
        &*word,
        "" | "unknown" | "none" | "unspecified" | "not yet assigned" | "untriaged" | "end-of-life"
    );
    let plain =
        word.len() <= 32 && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" -_.".contains(&byte));
    (plain && !says_nothing).then_some(word)
}

fn score_text(value: &Value) -> Option<String> {
    score_of(value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?)
}

/// A CVSS score without its vector: `7.5`.
pub(crate) fn score_of(score: f64) -> Option<String> {
    (score > 0.0 && score <= 10.0).then(|| format!("{score:.1}"))
}

/// A vendor's name as feeds write it, as we do.
fn vendor_name(vendor: &str) -> &str {
    match vendor {
        "Ubuntu" => "ubuntu",
        "oracle-oval" => "oracle",
        "alma" => "almalinux",
        "cbl-mariner" => "azure",
        vendor
            if vendor.len() <= 32 && vendor.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') =>
        {
            vendor
        }
        _ => "osv",
    }
}

fn push(ratings: &mut Vec<Rating>, source: &str, value: String) {
    let rating = Rating { source: source.to_owned(), value };
    if !ratings.contains(&rating) {
        ratings.push(rating);
    }
}
