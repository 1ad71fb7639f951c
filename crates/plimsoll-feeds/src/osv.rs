//! OSV records become advisories (<https://ossf.github.io/osv-schema/>, schema 1.6 and 1.7).

mod affected;
mod naming;
mod rating;
mod schema;

pub(crate) use affected::module_of_summary;
pub use naming::fold_name;
pub(crate) use naming::{is_cve, is_no_security_notice, split_ecosystem};
pub(crate) use rating::{is_vector, score_of as score, word};
pub(crate) use schema::Document;

use crate::date;
use naming::{cve_inside, is_notice};
use plimsoll_model::{Affected, PackageKey, Rating};
use std::collections::BTreeMap;

/// One OSV record, normalised: the advisories of all its packages.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The form it was published in: `osv`, `csaf`, `vex`, `oval`, …
    pub feed: &'static str,
    /// Is it all its publisher says under this id? If not, other files say more of it.
    pub whole: bool,
    /// As published.
    pub id: String,
    /// Other names of the same flaw; none for a notice.
    pub aliases: Vec<String>,
    /// The flaws it answers, apart from the one it is.
    pub vulnerabilities: Vec<String>,
    /// Seconds since 1970 UTC.
    pub published: Option<i64>,
    /// Seconds since 1970 UTC.
    pub modified: Option<i64>,
    /// Severities of the whole record.
    pub ratings: Vec<Rating>,
    /// What is affected, by package.
    pub packages: BTreeMap<PackageKey, Vec<Affected>>,
    /// Is it a notice of a vendor (DSA, RHSA, …), which answers flaws instead of being one?
    pub notice: bool,
    /// What it says; `None` for a notice of known flaws, whose own records say more.
    pub text: Option<Text>,
}

/// What a record says to people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// One line.
    pub summary: Option<String>,
    /// Text.
    pub details: Option<String>,
    /// `CWE-502`, …
    pub cwes: Vec<String>,
    /// Addresses.
    pub references: Vec<String>,
}

/// What became of a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Parsed {
    /// A record.
    Taken(Box<Record>),
    /// Left out on purpose.
    Left(Left),
}

/// Why a record is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Left {
    /// Taken back by its publisher.
    Withdrawn,
    /// An update that fixes no security flaw (ALBA, RHEA, …).
    NotSecurity,
    /// It names no package of an ecosystem with versions: commits only.
    NoPackage,
    /// It has no name by which a flaw could be known.
    Nameless,
    /// No document of a form we know.
    NotARecord,
}

impl Left {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Left::Withdrawn => "withdrawn",
            Left::NotSecurity => "no security notice",
            Left::NoPackage => "no package with versions",
            Left::Nameless => "no name of a flaw",
            Left::NotARecord => "no advisory",
        }
    }
}

/// The form's name.
pub(crate) const FEED: &str = "osv";
/// Bytes of one id.
const LONGEST_ID: usize = 256;
/// Names (aliases and vulnerabilities) times packages of a record: every package repeats the names. The largest real
/// ones, kernel updates, have some 100,000.
pub(crate) const NAMES_TIMES_PACKAGES: usize = 4_000_000;
/// Bytes kept of a text and of a line of text; longer ones are cut.
const LONGEST_TEXT: usize = 32 << 10;
const LONGEST_LINE: usize = 512;
/// References kept.
const REFERENCES: usize = 16;

/// Reads one JSON document.
pub fn parse(bytes: &[u8]) -> Result<Parsed, String> {
    let document: Document = match serde_json::from_slice(bytes) {
        Ok(document) => document,
        // Other JSON lies beside records in real folders; a broken record should be told.
        Err(error) if error.is_data() && !has_id(bytes) => return Ok(Parsed::Left(Left::NotARecord)),
        Err(error) => return Err(error.to_string()),
    };
    normalise(document)
}

/// Reads a document that may hold several records: one, an array of them, or the answer of the OSV API (`vulns`).
pub(crate) fn parse_all(bytes: &[u8]) -> Vec<Result<Parsed, String>> {
    #[derive(serde::Deserialize)]
    struct Answer {
        vulns: Vec<Document>,
    }
    let documents = match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'[') => match serde_json::from_slice::<Vec<Document>>(bytes) {
            Ok(documents) => documents,
            Err(error) if error.is_data() => return vec![Ok(Parsed::Left(Left::NotARecord))],
            Err(error) => return vec![Err(error.to_string())],
        },
        _ => match parse(bytes) {
            Ok(Parsed::Left(Left::NotARecord)) => match serde_json::from_slice::<Answer>(bytes) {
                Ok(answer) => answer.vulns,
                Err(_) => return vec![Ok(Parsed::Left(Left::NotARecord))],
            },
            parsed => return vec![parsed],
        },
    };
    documents.into_iter().map(normalise).collect()
}

fn has_id(bytes: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Named {
        #[allow(dead_code, reason = "only whether it is there matters")]
        id: String,
        #[allow(dead_code, reason = "only whether it is there matters")]
        modified: String,
    }
    serde_json::from_slice::<Named>(bytes).is_ok()
}

pub(crate) fn normalise(document: Document) -> Result<Parsed, String> {
    let Some(id) = document.id.filter(|id| is_id(id)) else { return Ok(Parsed::Left(Left::NotARecord)) };
    let Some(affected) = document.affected else {
        let like_a_record = document.modified.is_some() || document.withdrawn.is_some();
        return Ok(Parsed::Left(if like_a_record { Left::NoPackage } else { Left::NotARecord }));
    };
    if document.withdrawn.is_some() {
        return Ok(Parsed::Left(Left::Withdrawn));
    }
    let notice = is_notice(&id);
    let (aliases, vulnerabilities) =
        names(&id, notice, &document.aliases, &document.upstream, &document.related);
    if is_no_security_notice(&id) && vulnerabilities.is_empty() {
        return Ok(Parsed::Left(Left::NotSecurity));
    }
    let text = (vulnerabilities.is_empty() || !notice).then(|| Text {
        summary: cut(document.summary.as_deref(), LONGEST_LINE),
        details: cut(document.details.as_deref(), LONGEST_TEXT),
        cwes: document.database_specific.cwe_ids.iter().filter(|cwe| is_id(cwe)).take(32).cloned().collect(),
        references: references(document.references.into_iter().filter_map(|reference| reference.url)),
    });
    let publisher = rating::publisher(&id);
    let ratings = rating::of_record(
        &id,
        publisher,
        &document.severity,
        &document.database_specific,
        document.summary.as_deref(),
    );
    let mut packages: BTreeMap<PackageKey, Vec<Affected>> = BTreeMap::new();
    let module = document.summary.as_deref().and_then(module_of_summary);
    for entry in affected {
        if let Some((key, affected)) = affected::read(entry, publisher, module.as_deref()) {
            let list = packages.entry(key).or_default();
            // Records repeat an entry word for word, once for each architecture or product.
            if list.last() != Some(&affected) {
                list.push(affected);
            }
        }
    }
    if packages.is_empty() {
        return Ok(Parsed::Left(Left::NoPackage));
    }
    let names: usize = aliases.len() + vulnerabilities.len();
    if names.saturating_mul(packages.len()) > NAMES_TIMES_PACKAGES {
        return Err(format!("{id} has too many names for too many packages"));
    }
    Ok(Parsed::Taken(Box::new(Record {
        feed: FEED,
        whole: true,
        published: document.published.as_deref().and_then(date::seconds),
        modified: document.modified.as_deref().and_then(date::seconds),
        id,
        aliases,
        vulnerabilities,
        ratings,
        packages,
        notice,
        text,
    })))
}

/// The other names of the flaw a record is, and the flaws it answers.
///
/// A notice is no flaw: what it calls its aliases are the flaws it answers, and where it has no `upstream`, so are the
/// CVEs it relates to (AlmaLinux). A record that is a distribution's view of one CVE (`DEBIAN-CVE-2024-1`) answers that.
fn names(
    id: &str,
    notice: bool,
    aliases: &[String],
    upstream: &[String],
    related: &[String],
) -> (Vec<String>, Vec<String>) {
    let mut flaws = Names::except(id);
    let mut same = Names::except(id);
    if let Some(cve) = cve_inside(id) {
        flaws.add(cve);
    }
    for name in upstream {
        flaws.add(cve_inside(name).unwrap_or(name));
    }
    for name in aliases {
        match cve_inside(name) {
            Some(cve) => flaws.add(cve),
            None if notice => flaws.add(name),
            None => same.add(name),
        }
    }
    if notice && upstream.is_empty() {
        for name in related {
            let name = cve_inside(name).unwrap_or(name);
            if is_cve(name) {
                flaws.add(name);
            }
        }
    }
    let same: Vec<String> = same.0.into_iter().filter(|name| !flaws.0.contains(name)).collect();
    (same, flaws.0)
}

/// Names in their order, each once, without one.
struct Names<'a>(Vec<String>, std::collections::HashSet<String>, &'a str);

impl<'a> Names<'a> {
    fn except(id: &'a str) -> Names<'a> {
        Names(Vec::new(), std::collections::HashSet::new(), id)
    }

    fn add(&mut self, name: &str) {
        if name != self.2 && is_id(name) && self.1.insert(name.to_owned()) {
            self.0.push(name.to_owned());
        }
    }
}

/// Can this be an id: short, printable, one word?
pub(crate) fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= LONGEST_ID
        && text.chars().all(|character| !character.is_whitespace() && !character.is_control())
}

/// A text without blank ends, cut to this many bytes; `None` if nothing is left.
pub(crate) fn cut(text: Option<&str>, bytes: usize) -> Option<String> {
    let text = text?.trim();
    if text.is_empty() {
        return None;
    }
    if text.len() <= bytes {
        return Some(text.to_owned());
    }
    let end = (0..=bytes).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    Some(format!("{}…", text[..end].trim_end()))
}

/// A description, cut.
pub(crate) fn description(text: Option<&str>) -> Option<String> {
    cut(text, LONGEST_TEXT)
}

/// A title, cut; line breaks become blanks.
pub(crate) fn title(text: Option<&str>) -> Option<String> {
    cut(text, LONGEST_LINE).map(|title| title.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The first web addresses, each once.
pub(crate) fn references(urls: impl Iterator<Item = String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for url in urls {
        let web = url.starts_with("https://") || url.starts_with("http://");
        if web && url.len() <= 2048 && !url.contains(char::is_whitespace) && !kept.contains(&url) {
            kept.push(url);
        }
        if kept.len() == REFERENCES {
            break;
        }
    }
    kept
}

#[cfg(test)]
mod tests;
