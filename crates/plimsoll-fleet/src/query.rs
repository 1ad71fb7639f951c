//! Questions, as the lists' addresses state them: name → value. Unknown names are refused, so that a typing error never
//! shows everything.

use std::collections::BTreeMap;

/// Why a question cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// Which name.
    pub name: String,
    /// Why, and what is allowed.
    pub why: String,
}

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
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RiskQuery {}

/// A question to the image list.
///
/// Filters: `source`, `registry` (id), `registry_kind`, `repository` (glob with `*`), `organization`, `tag` (glob), `digest`,
/// `os`, `base`, `platform`, `status`, `level`, `latest` (true, false), `gone` (default false; `all`), `kind` (has an open risk
/// of it), `severity` (has an open risk of it), `risk` (has this risk; then `state` as in the risk list), `pipeline`, `updated_since`,
/// `scanned_since`, `size_min`, `size_max`, `q` (in the name or digest), `id`.
/// `sort`: name, created, updated, scanned, size, level, risks (open risks), status; `-` descends; default `-level`.
/// `limit` 1 to 500 (default 50), `cursor`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImageQuery {}

impl RiskQuery {
    /// Reads a question.
    pub fn parse(fields: &BTreeMap<String, String>) -> Result<RiskQuery, QueryError> {
        todo!("{fields:?}")
    }
}

impl ImageQuery {
    /// Reads a question.
    pub fn parse(fields: &BTreeMap<String, String>) -> Result<ImageQuery, QueryError> {
        todo!("{fields:?}")
    }
}
