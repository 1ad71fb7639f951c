//! The fields of an OSV document we read. Publishers fill optional fields with `null` and free fields with anything, so
//! only what a record cannot do without may fail it.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

#[derive(Deserialize)]
pub(crate) struct Document {
    pub id: Option<String>,
    pub modified: Option<String>,
    pub published: Option<String>,
    pub withdrawn: Option<String>,
    #[serde(default, deserialize_with = "nullable")]
    pub aliases: Vec<String>,
    #[serde(default, deserialize_with = "nullable")]
    pub upstream: Vec<String>,
    #[serde(default, deserialize_with = "nullable")]
    pub related: Vec<String>,
    pub summary: Option<String>,
    pub details: Option<String>,
    #[serde(default, deserialize_with = "nullable")]
    pub severity: Vec<Severity>,
    pub affected: Option<Vec<Entry>>,
    #[serde(default, deserialize_with = "lenient")]
    pub references: Vec<Reference>,
    #[serde(default, deserialize_with = "lenient")]
    pub database_specific: RecordSpecific,
}

#[derive(Deserialize)]
pub(crate) struct Severity {
    #[serde(rename = "type", default)]
    pub kind: String,
    #[serde(default, deserialize_with = "lenient")]
    pub score: Value,
}

#[derive(Deserialize)]
pub(crate) struct Reference {
    pub url: Option<String>,
}

/// `database_specific` of the record: GitHub, ruby-advisory-db, Bitnami and others.
#[derive(Default, Deserialize)]
pub(crate) struct RecordSpecific {
    #[serde(default)]
    pub severity: Value,
    #[serde(default, deserialize_with = "lenient")]
    pub cwe_ids: Vec<String>,
    #[serde(default)]
    pub cvss_v2_score: Value,
    #[serde(default)]
    pub cvss_v3_score: Value,
    #[serde(default)]
    pub cvss_v4_score: Value,
    #[serde(default, deserialize_with = "lenient")]
    pub vendor_severity: serde_json::Map<String, Value>,
}

#[derive(Deserialize)]
pub(crate) struct Entry {
    pub package: Option<Package>,
    #[serde(default, deserialize_with = "nullable")]
    pub ranges: Vec<Range>,
    #[serde(default, deserialize_with = "nullable")]
    pub versions: Vec<String>,
    #[serde(default, deserialize_with = "nullable")]
    pub severity: Vec<Severity>,
    #[serde(default, deserialize_with = "lenient")]
    pub ecosystem_specific: EcosystemSpecific,
    #[serde(default, deserialize_with = "lenient")]
    pub database_specific: EntrySpecific,
}

#[derive(Deserialize)]
pub(crate) struct Package {
    #[serde(default)]
    pub ecosystem: String,
    #[serde(default)]
    pub name: String,
    pub purl: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Range {
    #[serde(rename = "type", default)]
    pub kind: String,
    #[serde(default, deserialize_with = "nullable")]
    pub events: Vec<Event>,
    #[serde(default, deserialize_with = "lenient")]
    pub database_specific: EntrySpecific,
}

#[derive(Deserialize)]
pub(crate) struct Event {
    pub introduced: Option<String>,
    pub fixed: Option<String>,
    pub last_affected: Option<String>,
    pub limit: Option<String>,
}

/// `ecosystem_specific` of distributions.
#[derive(Default, Deserialize)]
pub(crate) struct EcosystemSpecific {
    #[serde(default, deserialize_with = "lenient")]
    pub package_kind: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub status: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub urgency: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub severity: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub arches: Vec<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub arch: Value,
    /// SUSE: the packages built from the source package that the record names.
    #[serde(default)]
    pub binaries: Option<serde::de::IgnoredAny>,
    /// openEuler: the source package's file, beside those of each architecture.
    #[serde(default)]
    pub src: Option<serde::de::IgnoredAny>,
    #[serde(default, deserialize_with = "lenient")]
    pub rpm_modularity: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub module: Option<String>,
}

/// `database_specific` of an affected entry or a range.
#[derive(Default, Deserialize)]
pub(crate) struct EntrySpecific {
    #[serde(default, deserialize_with = "lenient")]
    pub last_known_affected_version_range: Option<String>,
    #[serde(default)]
    pub ranges_derived: Option<serde::de::IgnoredAny>,
    #[serde(default, deserialize_with = "lenient")]
    pub informational: Option<String>,
}

/// `null` is the default.
fn nullable<'de, T: Default + Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// Whatever does not fit is the default.
fn lenient<'de, T: Default + DeserializeOwned, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(from)?).unwrap_or_default())
}
