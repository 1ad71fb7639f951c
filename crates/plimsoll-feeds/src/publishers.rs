//! The forms in which publishers keep their own advisories, apart from OSV. Each is known by what a document holds,
//! wherever it lies; each member of the family reads one publisher's forms and answers `None` for anything else.

mod arch;
mod constraint;
mod debian;
mod draft;
mod friends_of_php;
mod gentoo;
mod github;
mod gitlab;
mod nodejs;
mod rubysec;
mod rustsec;
mod secdb;
mod ubuntu;
mod yaml;

use crate::osv::{self, Left, Parsed};

/// What became of the records of a document.
pub(crate) type Records = Vec<Result<Parsed, String>>;

/// Reads a document if it is in this form; `at` is where it lies.
type Reader = fn(at: &str, bytes: &[u8]) -> Option<Records>;

/// Forms of JSON documents that are no OSV records.
const JSON: &[Reader] =
    &[arch::read, secdb::read, ubuntu::read, github::read, nodejs::read, debian::read, debian::read_echo];
/// Forms of YAML documents.
const YAML: &[Reader] =
    &[yaml::read_osv, gitlab::read, friends_of_php::read, rubysec::read, secdb::read_rejections];
const XML: &[Reader] = &[gentoo::read];
/// Forms of anything else.
const TEXT: &[Reader] = &[rustsec::read, ubuntu::read_tracker];

/// Reads a document of any form: what nothing recognises is no record.
pub(crate) fn parse_all(at: &str, bytes: &[u8]) -> Records {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{' | b'[') => {
            let records = osv::parse_all(bytes);
            let is_osv = records.iter().any(|record| *record != Ok(Parsed::Left(Left::NotARecord)));
            if is_osv { records } else { first(JSON, at, bytes).unwrap_or(records) }
        }
        Some(b'<') => first(XML, at, bytes).unwrap_or_else(no_record),
        _ if has_ending(at, &[".json", ".jsonl", ".ndjson"]) => osv::parse_all(bytes),
        _ if has_ending(at, &[".yaml", ".yml"]) => first(YAML, at, bytes).unwrap_or_else(no_record),
        _ => first(TEXT, at, bytes).unwrap_or_else(no_record),
    }
}

fn first(readers: &[Reader], at: &str, bytes: &[u8]) -> Option<Records> {
    readers.iter().find_map(|read| read(at, bytes))
}

fn no_record() -> Records {
    vec![Ok(Parsed::Left(Left::NotARecord))]
}

/// Does the name of a file end so, apart from what it is packed in?
fn has_ending(at: &str, endings: &[&str]) -> bool {
    let name = at.rsplit('/').next().unwrap_or(at).to_ascii_lowercase();
    let name = [".gz", ".bz2", ".xz", ".zst", ".zstd"]
        .iter()
        .find_map(|end| name.strip_suffix(end))
        .unwrap_or(&name);
    endings.iter().any(|ending| name.ends_with(ending))
}

/// As [`parse_all`], for the fuzzer: the first byte chooses the name.
pub fn parse(bytes: &[u8]) -> usize {
    const NAMES: &[&str] = &["x.json", "x.yaml", "x.md", "glsa.xml", "CVE-2024-1111", "edge-main.yaml"];
    let Some((first, bytes)) = bytes.split_first() else { return 0 };
    parse_all(NAMES[usize::from(*first) % NAMES.len()], bytes).len()
}

#[cfg(test)]
mod tests;
