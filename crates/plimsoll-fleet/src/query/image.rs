//! Questions about images.

use super::QueryError;
use super::read::{Field, States};
use crate::row::RiskLevel;
use plimsoll_model::{ImageSource, RegistryKind, RiskKind, ScanStatus, Severity, Time};
use std::collections::BTreeMap;

/// A question to the image list.
///
/// Filters: `source`, `registry` (id), `registry_kind`, `repository` (glob with `*`), `organization`, `tag` (glob), `digest`,
/// `os`, `base`, `platform`, `status`, `level`, `latest` (true, false), `gone` (default false; `all`), `kind` (has an open risk
/// of it), `severity` (has an open risk of it), `risk` (has this risk; then `state` as in the risk list), `pipeline`, `updated_since`,
/// `scanned_since`, `size_min`, `size_max`, `q` (in the name or digest), `id`.
/// `sort`: name, created, updated, scanned, size, level, risks (open risks), status; `-` descends; default `-level`.
/// `limit` 1 to 500 (default 50), `cursor`.
///
/// `q` disregards ASCII case. A severity is the
/// one the risk has in that image.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageQuery {
    /// Each holds, beside `gone`.
    pub(crate) filters: Vec<ImageFilter>,
    /// Gone from the registry: only these, or only the others; `None` for both.
    pub(crate) gone: Option<bool>,
    /// The images of this risk, by id or alias.
    pub(crate) risk: Option<String>,
    /// In these states.
    pub(crate) states: States,
    pub(crate) sort: ImageSort,
    pub(crate) descending: bool,
    pub(crate) limit: usize,
    pub(crate) offset: usize,
}

/// One filter; of several values any holds.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the names say it")]
pub(crate) enum ImageFilter {
    Source(Vec<ImageSource>),
    Registry(Vec<String>),
    RegistryKind(Vec<RegistryKind>),
    Repository(Vec<String>),
    Organization(Vec<String>),
    Tag(Vec<String>),
    Digest(Vec<String>),
    Os(Vec<String>),
    Base(Vec<String>),
    Platform(Vec<String>),
    Pipeline(Vec<String>),
    Status(Vec<ScanStatus>),
    Level(Vec<RiskLevel>),
    Latest(bool),
    Kind(Vec<RiskKind>),
    Severity(Vec<Severity>),
    UpdatedSince(Time),
    ScannedSince(Time),
    SizeMin(u64),
    SizeMax(u64),
    Q(String),
    Id(Vec<String>),
}

/// By what the image list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub(crate) enum ImageSort {
    Name,
    Created,
    Updated,
    Scanned,
    Size,
    Level,
    Risks,
    Status,
}

const SORTS: &[(&str, ImageSort)] = &[
    ("name", ImageSort::Name),
    ("created", ImageSort::Created),
    ("updated", ImageSort::Updated),
    ("scanned", ImageSort::Scanned),
    ("size", ImageSort::Size),
    ("level", ImageSort::Level),
    ("risks", ImageSort::Risks),
    ("status", ImageSort::Status),
];

impl Default for ImageQuery {
    fn default() -> ImageQuery {
        ImageQuery {
            filters: Vec::new(),
            gone: Some(false),
            risk: None,
            states: States::UNHANDLED,
            sort: ImageSort::Level,
            descending: true,
            limit: 50,
            offset: 0,
        }
    }
}

impl ImageQuery {
    /// Reads a question.
    pub fn parse(fields: &BTreeMap<String, String>) -> Result<ImageQuery, QueryError> {
        let mut query = ImageQuery::default();
        for (name, value) in fields {
            let field = Field { name, value };
            match name.as_str() {
                "sort" => (query.sort, query.descending) = field.sort(SORTS)?,
                "limit" => query.limit = field.limit()?,
                "cursor" => query.offset = field.cursor()?,
                name => query.filter(name, &field)?,
            }
        }
        Ok(query)
    }

    /// Does it depend on how risks stand?
    pub(crate) fn asks_for_risks(&self) -> bool {
        let asks = |filter: &ImageFilter| {
            matches!(filter, ImageFilter::Level(_) | ImageFilter::Kind(_) | ImageFilter::Severity(_))
        };
        self.risk.is_some() || self.filters.iter().any(asks)
    }

    /// Adds the filter of this name.
    pub(super) fn filter(&mut self, name: &str, field: &Field<'_>) -> Result<(), QueryError> {
        let filter = match name {
            "source" => ImageFilter::Source(field.words(SOURCES, ImageSource::as_str)?),
            "registry" => ImageFilter::Registry(field.texts()?),
            "registry_kind" => {
                ImageFilter::RegistryKind(field.words(RegistryKind::ALL, RegistryKind::as_str)?)
            }
            "repository" => ImageFilter::Repository(field.texts()?),
            "organization" => ImageFilter::Organization(field.texts()?),
            "tag" => ImageFilter::Tag(field.texts()?),
            "digest" => ImageFilter::Digest(field.texts()?),
            "os" => ImageFilter::Os(field.texts()?),
            "base" => ImageFilter::Base(field.texts()?),
            "platform" => ImageFilter::Platform(field.texts()?),
            "pipeline" => ImageFilter::Pipeline(field.texts()?),
            "status" => ImageFilter::Status(field.words(STATUSES, status_word)?),
            "level" => ImageFilter::Level(field.words(&RiskLevel::ALL, RiskLevel::as_str)?),
            "latest" => ImageFilter::Latest(field.yes()?),
            "kind" => ImageFilter::Kind(field.words(RiskKind::ALL, RiskKind::as_str)?),
            "severity" => ImageFilter::Severity(field.words(Severity::ALL, Severity::as_str)?),
            "updated_since" => ImageFilter::UpdatedSince(field.time()?),
            "scanned_since" => ImageFilter::ScannedSince(field.time()?),
            "size_min" => ImageFilter::SizeMin(field.whole()?),
            "size_max" => ImageFilter::SizeMax(field.whole()?),
            "id" => ImageFilter::Id(field.texts()?),
            "q" if field.value.trim().is_empty() => return Ok(()),
            "q" => ImageFilter::Q(field.text()?.to_ascii_lowercase()),
            "gone" => {
                self.gone = if field.value == "all" { None } else { Some(field.yes()?) };
                return Ok(());
            }
            "risk" => {
                self.risk = Some(field.text()?);
                return Ok(());
            }
            "state" => {
                self.states = field.states()?;
                return Ok(());
            }
            _ => return Err(field.refuse("there is no such filter")),
        };
        self.filters.push(filter);
        Ok(())
    }
}

pub(crate) const SOURCES: &[ImageSource] = &[ImageSource::Registry, ImageSource::Local, ImageSource::Cicd];

pub(crate) const STATUSES: &[ScanStatus] = &[
    ScanStatus::Unscanned,
    ScanStatus::Waiting,
    ScanStatus::Scanning,
    ScanStatus::Scanned,
    ScanStatus::Failed,
    ScanStatus::Stopped,
    ScanStatus::Unsupported,
];

/// As documents write it.
pub(crate) fn status_word(status: ScanStatus) -> &'static str {
    match status {
        ScanStatus::Unscanned => "unscanned",
        ScanStatus::Waiting => "waiting",
        ScanStatus::Scanning => "scanning",
        ScanStatus::Scanned => "scanned",
        ScanStatus::Failed => "failed",
        ScanStatus::Stopped => "stopped",
        ScanStatus::Unsupported => "unsupported",
    }
}
