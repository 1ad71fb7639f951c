//! What vendors and users say about vulnerabilities in their products: VEX, in OpenVEX, CSAF and CycloneDX.
//!
//! [`parse`] reads a document into [`Statement`]s, [`apply`] lays them over findings: what is not affected or fixed goes,
//! what is affected or under investigation is marked so. Of several statements about a finding the newest decides; of
//! equally old ones that of the later document.

mod apply;
mod csaf;
mod cyclonedx;
mod envelope;
mod openvex;
mod product;

pub use apply::{Applied, Dismissal, Document, apply};
pub use product::{ImageIdentity, Name, Product};

use serde_json::{Map, Value};

/// One statement: what is said of some vulnerability in some products.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Every name of the vulnerability.
    pub vulnerabilities: Vec<String>,
    /// What it is said of.
    pub products: Vec<Product>,
    /// What is said.
    pub status: Status,
    /// The justification, and what is told or advised: one line.
    pub why: String,
    /// When it was said, seconds since 1970 UTC.
    pub time: Option<i64>,
}

/// What a statement says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// The vulnerability does no harm there.
    NotAffected,
    /// This version holds the fix.
    Fixed,
    /// It does harm.
    Affected,
    /// Nobody knows yet.
    UnderInvestigation,
}

impl Status {
    /// As OpenVEX writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::NotAffected => "not_affected",
            Status::Fixed => "fixed",
            Status::Affected => "affected",
            Status::UnderInvestigation => "under_investigation",
        }
    }

    /// Does a finding go with it?
    pub fn clears(self) -> bool {
        matches!(self, Status::NotAffected | Status::Fixed)
    }
}

/// Why a document cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum VexError {
    /// The bytes are no JSON.
    #[error("it is not JSON: {0}")]
    Json(String),
    /// It is JSON, but no VEX.
    #[error("it is neither OpenVEX, CSAF, nor CycloneDX with an analysis of vulnerabilities")]
    NotVex,
    /// It is VEX, but breaks its own rules.
    #[error("{0}")]
    Invalid(String),
}

/// Statements times products of one document. Red Hat's largest have some 200,000.
const MAX_PRODUCTS: usize = 1_000_000;
/// Characters kept of what is told.
const MAX_WHY: usize = 300;

/// Reads a document: OpenVEX, a CSAF advisory, a CycloneDX BOM, or a signed or bare in-toto attestation of one of these.
/// Signatures are not checked.
pub fn parse(bytes: &[u8]) -> Result<Vec<Statement>, VexError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let value = serde_json::from_slice(bytes).map_err(|error| VexError::Json(error.to_string()))?;
    let Value::Object(document) = value else { return Err(VexError::NotVex) };
    let statements = envelope::open(document, 0)?;
    let products = statements.iter().try_fold(0_usize, |sum, one| sum.checked_add(one.products.len()));
    if products.is_none_or(|products| products > MAX_PRODUCTS) {
        return Err(VexError::Invalid(format!("it names more than {MAX_PRODUCTS} products")));
    }
    Ok(statements)
}

/// Reads a document that stands for itself.
fn bare(document: &Map<String, Value>) -> Result<Vec<Statement>, VexError> {
    if openvex::is_one(document) {
        openvex::read(document)
    } else if csaf::is_one(document) {
        csaf::read(document)
    } else if cyclonedx::is_one(document) {
        cyclonedx::read(document)
    } else {
        Err(VexError::NotVex)
    }
}

/// The objects of a list; an absent or foreign value has none.
fn objects(value: Option<&Value>) -> impl Iterator<Item = &Map<String, Value>> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

/// A text that is not blank.
fn text<'a>(of: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    of.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
}

/// The texts of a list.
fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// The first of these fields that is an RFC 3339 time, seconds since 1970 UTC.
fn time(of: &Map<String, Value>, names: &[&str]) -> Option<i64> {
    names.iter().find_map(|name| {
        let time = chrono::DateTime::parse_from_rfc3339(text(of, name)?).ok()?;
        Some(time.timestamp())
    })
}

/// One line of these texts, bounded.
fn one_line<'a>(parts: impl IntoIterator<Item = Option<&'a str>>) -> String {
    let mut words = String::new();
    for part in parts.into_iter().flatten() {
        // A text may be long; only its beginning is looked at.
        let part: String = part.chars().take(MAX_WHY).collect();
        let line = part.split_whitespace().collect::<Vec<_>>().join(" ");
        if !line.is_empty() && !words.ends_with(&line) {
            words.push_str(if words.is_empty() { "" } else { ": " });
            words.push_str(&line);
        }
    }
    if words.chars().count() > MAX_WHY {
        words = words.chars().take(MAX_WHY - 1).chain(['…']).collect();
    }
    words
}

#[cfg(test)]
mod tests;
