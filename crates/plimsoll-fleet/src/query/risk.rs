//! Questions about risks.

use super::read::{Field, States};
use super::{ImageQuery, QueryError};
use plimsoll_model::{RiskClass, RiskKind, Severity, Time, Urgency};
use std::collections::BTreeMap;

/// A question to the risk list.
///
/// Filters; where a value may be several, commas part them and any of them holds:
/// `kind`, `class` (system, application), `severity`, `urgency`, `state` (open, reopened, ignored, whitelisted, fixed;
/// default open,reopened; `all`, `handled` = ignored,whitelisted, `unhandled` = open,reopened), `fixable` (true, false),
/// `kev` (true, false), `inherited` (true, false), `epss_min`, `cvss_min`, `first_seen_since`, `published_since`
/// (RFC 3339 or a day), `q` (in id, aliases, title, components), `id` (exact, or an alias), `component`, `category`,
/// and every filter of [`ImageQuery`] about the images, with `image.` before it where the name means a risk's own
/// (`source`, `registry`, `registry_kind`, `repository`, `tag`, `os`, `base`, `image` (id), `latest`, `platform`).
/// `sort`: id, severity (default, descending), urgency, cvss, epss, images, first_seen, published, title; `-` descends.
/// `limit` 1 to 500 (default 50), `cursor`.
///
/// `class`, `fixable` and `inherited` are asked of one occurrence: one component in one image. `q` disregards ASCII case.
#[derive(Clone, Debug, PartialEq)]
pub struct RiskQuery {
    /// Each empty list holds everything.
    pub(crate) kinds: Vec<RiskKind>,
    pub(crate) classes: Vec<RiskClass>,
    pub(crate) severities: Vec<Severity>,
    pub(crate) urgencies: Vec<Urgency>,
    pub(crate) states: States,
    pub(crate) fixable: Option<bool>,
    pub(crate) kev: Option<bool>,
    pub(crate) inherited: Option<bool>,
    pub(crate) epss_min: Option<f64>,
    pub(crate) cvss_min: Option<f64>,
    pub(crate) first_seen_since: Option<Time>,
    pub(crate) published_since: Option<Time>,
    pub(crate) q: Option<String>,
    pub(crate) ids: Vec<String>,
    pub(crate) components: Vec<String>,
    pub(crate) categories: Vec<String>,
    /// In these images; its sort and page mean nothing here.
    pub(crate) images: ImageQuery,
    pub(crate) sort: RiskSort,
    pub(crate) descending: bool,
    pub(crate) limit: usize,
    pub(crate) offset: usize,
}

/// By what the risk list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub(crate) enum RiskSort {
    Id,
    Severity,
    Urgency,
    Cvss,
    Epss,
    Images,
    FirstSeen,
    Published,
    Title,
}

const SORTS: &[(&str, RiskSort)] = &[
    ("id", RiskSort::Id),
    ("severity", RiskSort::Severity),
    ("urgency", RiskSort::Urgency),
    ("cvss", RiskSort::Cvss),
    ("epss", RiskSort::Epss),
    ("images", RiskSort::Images),
    ("first_seen", RiskSort::FirstSeen),
    ("published", RiskSort::Published),
    ("title", RiskSort::Title),
];

impl Default for RiskQuery {
    fn default() -> RiskQuery {
        RiskQuery {
            kinds: Vec::new(),
            classes: Vec::new(),
            severities: Vec::new(),
            urgencies: Vec::new(),
            states: States::UNHANDLED,
            fixable: None,
            kev: None,
            inherited: None,
            epss_min: None,
            cvss_min: None,
            first_seen_since: None,
            published_since: None,
            q: None,
            ids: Vec::new(),
            components: Vec::new(),
            categories: Vec::new(),
            images: ImageQuery::default(),
            sort: RiskSort::Severity,
            descending: true,
            limit: 50,
            offset: 0,
        }
    }
}

impl RiskQuery {
    /// Reads a question.
    pub fn parse(fields: &BTreeMap<String, String>) -> Result<RiskQuery, QueryError> {
        let mut query = RiskQuery::default();
        for (name, value) in fields {
            let field = Field { name, value };
            match name.as_str() {
                "kind" => query.kinds = field.words(RiskKind::ALL, RiskKind::as_str)?,
                "class" => query.classes = field.words(&CLASSES, class_word)?,
                "severity" => query.severities = field.words(Severity::ALL, Severity::as_str)?,
                "urgency" => query.urgencies = field.words(&URGENCIES, urgency_word)?,
                "state" => query.states = field.states()?,
                "fixable" => query.fixable = Some(field.yes()?),
                "kev" => query.kev = Some(field.yes()?),
                "inherited" => query.inherited = Some(field.yes()?),
                "epss_min" => query.epss_min = Some(field.number()?),
                "cvss_min" => query.cvss_min = Some(field.number()?),
                "first_seen_since" => query.first_seen_since = Some(field.time()?),
                "published_since" => query.published_since = Some(field.time()?),
                "q" if value.trim().is_empty() => {}
                "q" => query.q = Some(field.text()?.to_ascii_lowercase()),
                "id" => query.ids = field.texts()?,
                "component" => query.components = field.texts()?,
                "category" => query.categories = field.texts()?,
                "sort" => (query.sort, query.descending) = field.sort(SORTS)?,
                "limit" => query.limit = field.limit()?,
                "cursor" => query.offset = field.cursor()?,
                "image" => query.images.filter("id", &field)?,
                name => query.images.filter(name.strip_prefix("image.").unwrap_or(name), &field)?,
            }
        }
        Ok(query)
    }
}

pub(crate) const CLASSES: [RiskClass; 2] = [RiskClass::System, RiskClass::Application];

pub(crate) const URGENCIES: [Urgency; 3] = [Urgency::Immediate, Urgency::Delay, Urgency::None];

/// As documents write it.
pub(crate) fn class_word(class: RiskClass) -> &'static str {
    match class {
        RiskClass::System => "system",
        RiskClass::Application => "application",
    }
}

/// As documents write it.
pub(crate) fn urgency_word(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::Immediate => "immediate",
        Urgency::Delay => "delay",
        Urgency::None => "none",
    }
}
