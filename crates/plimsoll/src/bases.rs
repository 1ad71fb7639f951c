//! The base image of an image: the user's catalogue, and what is wrong with a base.

use crate::ScanError;
use plimsoll_assess::base::{Base, Catalogue, Found, Told};
use plimsoll_assess::compliance::{Image, Policy};
use plimsoll_model::{BaseDetails, Details, Evidence, Finding, RiskKind, Severity, Urgency};
use std::path::{Path, PathBuf};

/// A base older than this many days wants to be built on anew.
const OLD_DAYS: i64 = 90;

/// Where the user's own base images are kept.
fn file(cache: &Path) -> PathBuf {
    cache.join("bases.jsonl")
}

/// The base images that ship with the program, and the user's own.
pub fn catalogue(cache: &Path) -> Result<Catalogue, ScanError> {
    let mut catalogue = Catalogue::starter();
    for base in own_bases(cache)? {
        catalogue.add(base);
    }
    Ok(catalogue)
}

/// The user's own base images.
pub fn own_bases(cache: &Path) -> Result<Vec<Base>, ScanError> {
    let path = file(cache);
    let failed = |why: String| ScanError::Bases { path: path.clone(), why };
    match std::fs::read_to_string(&path) {
        Ok(text) => Catalogue::parse(&text).map_err(|error| failed(error.to_string())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(failed(error.to_string())),
    }
}

/// Keeps these as the user's own base images, replacing the file whole.
pub fn keep_bases(cache: &Path, bases: &[Base]) -> Result<(), ScanError> {
    let path = file(cache);
    let failed = |why: String| ScanError::Bases { path: path.clone(), why };
    let mut text = String::new();
    for base in bases {
        text.push_str(&serde_json::to_string(base).map_err(|error| failed(error.to_string()))?);
        text.push('\n');
    }
    let unfinished = path.with_added_extension("part");
    std::fs::create_dir_all(cache)
        .and_then(|()| std::fs::write(&unfinished, text))
        .and_then(|()| std::fs::rename(&unfinished, &path))
        .map_err(|error| failed(error.to_string()))
}

/// What is wrong with the base: not one that may be built on, out of support, out of date.
pub(crate) fn findings(base: Option<&Found>, image: &Image, policy: &Policy) -> Vec<Finding> {
    let mut out = Vec::new();
    let name = base.map_or("", |base| base.name.as_str());
    if !policy.approved_bases.is_empty() && !policy.approves_base(name) {
        let shown = if name.is_empty() { "an unknown base" } else { name };
        out.push(finding(
            base,
            "base-not-approved",
            Severity::High,
            format!("built on {shown}, which is not among the approved base images"),
            format!("approved: {}", policy.approved_bases.join(", ")),
            None,
        ));
    }
    let Some(base) = base else { return out };
    let ended = image.os_end_of_life.as_deref().filter(|day| *day < image.today.as_str());
    if let Some(day) = ended {
        out.push(finding(
            Some(base),
            "base-end-of-life",
            Severity::High,
            format!("base image {name} is out of support since {day}"),
            "Build on a supported release.".to_owned(),
            None,
        ));
    }
    if let Some(newer) = base.newer.first() {
        out.push(finding(
            Some(base),
            "base-outdated",
            Severity::Medium,
            format!("base image {name} is outdated: a newer build is known"),
            "Build the image anew on the newer base.".to_owned(),
            Some(newer.clone()),
        ));
    } else if let Some(days) = age(base, &image.today).filter(|&days| days > OLD_DAYS) {
        out.push(finding(
            Some(base),
            "base-old",
            Severity::Low,
            format!("base image {name} was built {days} days ago"),
            "Pull the base anew and build the image on it: fixes since then are missing.".to_owned(),
            None,
        ));
    }
    out
}

fn age(base: &Found, today: &str) -> Option<i64> {
    let created = chrono::DateTime::parse_from_rfc3339(base.created.as_deref()?).ok()?;
    // Reproducible builds set 1970: that is no date.
    let today = chrono::NaiveDate::parse_from_str(today, "%Y-%m-%d").ok()?;
    (created.timestamp() > 0).then(|| (today - created.date_naive()).num_days())
}

fn finding(
    base: Option<&Found>,
    id: &str,
    severity: Severity,
    title: String,
    advice: String,
    suggested: Option<String>,
) -> Finding {
    let told = match base.map(|base| base.told) {
        Some(Told::Layers) => "its layers are the first ones of the image",
        Some(Told::Annotation) => "the image's annotations name it",
        Some(Told::History) => "the build history names it",
        None => "no known base begins like this image",
    };
    Finding {
        kind: RiskKind::BaseImage,
        id: id.to_owned(),
        aliases: Vec::new(),
        title,
        severity,
        urgency: Urgency::of(severity),
        component: None,
        installed: base.map(|base| base.name.clone()),
        fixed: suggested.clone(),
        state: None,
        evidence: vec![Evidence {
            path: Evidence::HISTORY.to_owned(),
            value: Some(told.to_owned()),
            ..Evidence::default()
        }],
        present: true,
        inherited: None,
        decision: None,
        references: Vec::new(),
        details: Details {
            advice: Some(advice),
            base: Some(BaseDetails {
                base_name: base.map_or(String::new(), |base| base.name.clone()),
                base_problem: id.trim_start_matches("base-").to_owned(),
                suggested_base: suggested,
            }),
            ..Details::default()
        },
    }
}
