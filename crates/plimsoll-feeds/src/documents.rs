//! Documents in which advisories are published, beside OSV: each is known by its content, wherever it lies, and becomes
//! records. A file of the family reads one form, or the forms of one publisher.
//!
//! | form | who |
//! |---|---|
//! | CSAF 2.0 and its VEX profile | Red Hat, SUSE, openEuler |
//! | CVRF 1.1, 1.2 | SUSE, openEuler |
//! | OVAL | Red Hat, SUSE, Oracle, Photon, Azure Linux |
//! | updateinfo | Amazon, Fedora, EPEL, Oracle, Rocky, AlmaLinux, SUSE |
//! | JSON of their own | Photon, AlmaLinux (errata), Rocky (Apollo), Fedora (Bodhi), Debian, Ubuntu, Alpine, Wolfi, Echo, Arch Linux, GitHub, Node.js |
//! | YAML | PyPA (OSV), GitLab, FriendsOfPHP, ruby-advisory-db, Alpine (rejections) |
//! | other text | Gentoo (GLSA), RustSec (Markdown with TOML), Ubuntu's tracker |

mod apollo;
mod arch;
mod bodhi;
mod constraint;
mod csaf;
mod cvrf;
mod debian;
mod draft;
mod errata;
mod friends_of_php;
mod gentoo;
mod github;
mod gitlab;
mod nevra;
mod nodejs;
mod notice;
mod oval;
mod photon;
mod product;
mod rows;
mod rubysec;
mod rustsec;
mod secdb;
mod ubuntu;
mod updateinfo;
mod xml;
mod yaml;

pub use {
    apollo::parse as parse_apollo, bodhi::parse as parse_bodhi, csaf::parse as parse_csaf,
    cvrf::parse as parse_cvrf, errata::parse as parse_errata, photon::parse as parse_photon,
};

use crate::osv::{self, Left, Parsed};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::io::{BufRead, Read as _};

/// Bytes of one JSON or CVRF document: Red Hat's largest VEX document has about 60 MB, AlmaLinux' errata 200 MB.
const LARGEST: u64 = 1 << 30;
/// Bytes of one XML document that is read element by element; SUSE's largest OVAL file has 2 GB.
const LARGEST_STREAM: u64 = 64 << 30;

/// The forms OSV makes records of under the publisher's own ids: what such a document says of a release holds, and not
/// OSV's copy of it.
pub(crate) const COPIED: &[&str] =
    &["arch-tracker", "debian-tracker", "echo", "github", "rustsec", "secdb", "ubuntu-tracker", "usn"];

/// What became of the records of a document.
type Records = Vec<Result<Parsed, String>>;

/// Reads a document if it is in this form; `at` is where it lies.
type Reader = fn(at: &str, bytes: &[u8]) -> Option<Records>;

/// Forms of JSON documents that are told apart by reading them.
const JSON: &[Reader] =
    &[arch::read, secdb::read, ubuntu::read, github::read, nodejs::read, debian::read, debian::read_echo];
const YAML: &[Reader] =
    &[yaml::read_osv, gitlab::read, friends_of_php::read, rubysec::read, secdb::read_rejections];

/// Takes what became of a record.
pub type Take<'a> = &'a mut dyn FnMut(Result<Parsed, String>);

/// Reads a document of any form. `at` is its path, which tells the release where the document does not; `head` its
/// first bytes.
pub(crate) fn read(bytes: &mut dyn BufRead, head: &[u8], at: &str, take: Take<'_>) {
    let head = head.strip_prefix(BOM).unwrap_or(head).trim_ascii_start();
    match (head.first(), extension(at).as_str()) {
        (Some(b'<'), _) => read_xml(bytes, head, at, take),
        (_, "yaml" | "yml") => read_with(bytes, take, |bytes| first(YAML, at, bytes)),
        (_, "md" | "toml") => read_with(bytes, take, |bytes| first(&[rustsec::read], at, bytes)),
        (Some(b'{' | b'['), _) => read_with(bytes, take, |bytes| json(bytes, at)),
        (_, "") => read_with(bytes, take, |bytes| first(&[ubuntu::read_tracker], at, bytes)),
        (_, form @ ("xml" | "json" | "jsonl" | "ndjson")) => {
            let form = if form == "xml" { "XML" } else { "JSON" };
            take(Err(match head.is_empty() {
                true => format!("it is empty, not {form}"),
                false => format!("it is no {form}, whatever its name says"),
            }));
        }
        _ => take(Ok(Parsed::Left(Left::NotARecord))),
    }
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// The end of a file's name, in lower case, whatever it is packed in and whichever of its lines this is.
fn extension(at: &str) -> String {
    let name = at.rsplit('/').next().unwrap_or(at).to_ascii_lowercase();
    let name =
        name.split_once(".jsonl:").or_else(|| name.split_once(".ndjson:")).map_or(&*name, |_| "x.jsonl");
    let packed = [".gz", ".bz2", ".xz", ".zst", ".zstd"];
    let name = packed.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    name.rsplit_once('.').map_or("", |(_, extension)| extension).to_owned()
}

/// Reads a document as a whole; what nothing recognises is no record.
fn read_with(bytes: &mut dyn BufRead, take: Take<'_>, parse: impl FnOnce(&[u8]) -> Option<Records>) {
    match whole(bytes) {
        Ok(bytes) => {
            let bytes = bytes.strip_prefix(BOM).unwrap_or(&bytes);
            parse(bytes)
                .unwrap_or_else(|| vec![Ok(Parsed::Left(Left::NotARecord))])
                .into_iter()
                .for_each(take);
        }
        Err(why) => take(Err(why)),
    }
}

fn first(readers: &[Reader], at: &str, bytes: &[u8]) -> Option<Records> {
    readers.iter().find_map(|read| read(at, bytes))
}

fn whole(bytes: &mut dyn BufRead) -> Result<Vec<u8>, String> {
    let mut content = Vec::new();
    bytes.take(LARGEST + 1).read_to_end(&mut content).map_err(|error| error.to_string())?;
    if content.len() as u64 > LARGEST {
        return Err(format!("it is larger than {} MB", LARGEST >> 20));
    }
    Ok(content)
}

/// XML, by the name of its root.
fn read_xml(bytes: &mut dyn BufRead, head: &[u8], at: &str, take: Take<'_>) {
    let mut bytes = bytes.take(LARGEST_STREAM);
    match root(head).as_str() {
        "oval_definitions" => oval::read(&mut bytes, at, take),
        "updates" => updateinfo::read(&mut bytes, at, take),
        "cvrfdoc" => read_with(&mut bytes, take, |bytes| Some(cvrf::parse(bytes))),
        "glsa" => read_with(&mut bytes, take, |bytes| Some(gentoo::parse(bytes))),
        _ => take(Ok(Parsed::Left(Left::NotARecord))),
    }
}

/// The local name of the first element in the first bytes of a document.
fn root(head: &[u8]) -> String {
    let text = String::from_utf8_lossy(head);
    let mut rest = text.as_ref();
    while let Some((_, tag)) = rest.split_once('<') {
        if let Some(comment) = tag.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
        } else if tag.starts_with(['?', '!']) {
            rest = tag;
        } else {
            let name =
                tag.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next().unwrap_or_default();
            return name.rsplit(':').next().unwrap_or_default().to_owned();
        }
    }
    String::new()
}

/// Which fields a JSON document, or the first element of its list, has.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Fields {
    document: Option<IgnoredAny>,
    data: Option<IgnoredAny>,
    advisories: Option<IgnoredAny>,
    /// Of Arch Linux's groups, which have `advisories` too.
    issues: Option<IgnoredAny>,
    updates: Option<IgnoredAny>,
    pkg: Option<IgnoredAny>,
    cve_id: Option<IgnoredAny>,
    updateinfo_id: Option<IgnoredAny>,
}

/// OSV is asked first, for there is most of it.
fn json(bytes: &[u8], at: &str) -> Option<Records> {
    const HEAD: usize = 512;
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    let says = |word: &[u8]| head.windows(word.len()).any(|window| window == word);
    if says(b"\"csaf_version\"") || says(b"\"document\"") {
        return Some(csaf::parse(bytes));
    }
    let records = osv::parse_all(bytes);
    if !records.iter().all(|record| matches!(record, Ok(Parsed::Left(Left::NotARecord)))) {
        return Some(records);
    }
    let fields = match bytes.trim_ascii_start().first() {
        Some(b'[') => serde_json::from_slice::<Vec<Fields>>(bytes).map(|list| list.into_iter().next()),
        _ => serde_json::from_slice::<Fields>(bytes).map(Some),
    };
    let fields = match fields {
        Ok(fields) => fields.unwrap_or_default(),
        Err(error) if error.is_data() => Fields::default(),
        Err(error) => return Some(vec![Err(error.to_string())]),
    };
    if fields.document.is_some() {
        Some(csaf::parse(bytes))
    } else if fields.pkg.is_some() && fields.cve_id.is_some() {
        Some(photon::parse(at, bytes))
    } else if fields.updateinfo_id.is_some() || fields.data.is_some() {
        Some(errata::parse(at, bytes))
    } else if fields.advisories.is_some() && fields.issues.is_none() {
        Some(apollo::parse(bytes))
    } else if fields.updates.is_some() {
        Some(bodhi::parse(bytes))
    } else {
        first(JSON, at, bytes)
    }
}

/// Reads a document of any form, for the fuzzer: the first byte chooses the name.
pub fn parse(bytes: &[u8]) -> Vec<Result<Parsed, String>> {
    const NAMES: &[&str] =
        &["9/cve_data_photon4.0.json", "x.yaml", "x.md", "CVE-2024-1111", "edge-main.yaml"];
    let mut found = Vec::new();
    let Some((first, bytes)) = bytes.split_first() else { return found };
    let head = bytes.get(..512).unwrap_or(bytes);
    let name = NAMES[usize::from(*first) % NAMES.len()];
    read(&mut &*bytes, head, name, &mut |parsed| found.push(parsed));
    found
}

#[cfg(test)]
mod tests;
