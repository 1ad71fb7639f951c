//! Documents in which distributions publish advisories themselves, beside OSV: each is known by its content, and becomes
//! records.
//!
//! | form | who |
//! |---|---|
//! | CSAF 2.0 and its VEX profile | Red Hat, SUSE, openEuler |
//! | CVRF 1.1, 1.2 | SUSE, openEuler |
//! | OVAL | Red Hat, SUSE, Oracle, Photon, Azure Linux |
//! | updateinfo | Amazon, Fedora, EPEL, Oracle, Rocky, AlmaLinux, SUSE |
//! | JSON of their own | Photon, AlmaLinux (errata), Rocky (Apollo), Fedora (Bodhi) |

mod apollo;
mod bodhi;
mod csaf;
mod cvrf;
mod errata;
mod nevra;
mod notice;
mod oval;
mod photon;
mod product;
mod rows;
mod updateinfo;
mod xml;

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

/// Takes what became of a record.
pub type Take<'a> = &'a mut dyn FnMut(Result<Parsed, String>);

/// Reads a document of any form. `at` is its path, which tells the release where the document does not; `head` its
/// first bytes.
pub(crate) fn read(bytes: &mut dyn BufRead, head: &[u8], at: &str, take: Take<'_>) {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    match head.first() {
        Some(b'<') => read_xml(bytes, head, at, take),
        Some(b'{' | b'[') => match whole(bytes) {
            Ok(bytes) => read_json(&bytes, at, take),
            Err(why) => take(Err(why)),
        },
        _ => take(match form(at) {
            Some(form) if head.is_empty() => Err(format!("it is empty, not {form}")),
            Some(form) => Err(format!("it is no {form}, whatever its name says")),
            None => Ok(Parsed::Left(Left::NotARecord)),
        }),
    }
}

/// What a file of this name should hold, whatever it is packed in.
fn form(at: &str) -> Option<&'static str> {
    let name = at.rsplit('/').next().unwrap_or(at);
    let packed = [".gz", ".bz2", ".xz", ".zst"];
    let name = packed.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    match name.rsplit_once('.')?.1 {
        "xml" => Some("XML"),
        "json" => Some("JSON"),
        _ => None,
    }
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
        "cvrfdoc" => match whole(&mut bytes) {
            Ok(bytes) => cvrf::parse(&bytes).into_iter().for_each(take),
            Err(why) => take(Err(why)),
        },
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
    updates: Option<IgnoredAny>,
    pkg: Option<IgnoredAny>,
    cve_id: Option<IgnoredAny>,
    updateinfo_id: Option<IgnoredAny>,
}

/// OSV is asked first, for there is most of it.
fn read_json(bytes: &[u8], at: &str, take: Take<'_>) {
    const HEAD: usize = 512;
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    let says = |word: &[u8]| head.windows(word.len()).any(|window| window == word);
    if says(b"\"csaf_version\"") || says(b"\"document\"") {
        return csaf::parse(bytes).into_iter().for_each(take);
    }
    let records = osv::parse_all(bytes);
    if !records.iter().all(|record| matches!(record, Ok(Parsed::Left(Left::NotARecord)))) {
        return records.into_iter().for_each(take);
    }
    let fields = match bytes.trim_ascii_start().first() {
        Some(b'[') => serde_json::from_slice::<Vec<Fields>>(bytes).map(|list| list.into_iter().next()),
        _ => serde_json::from_slice::<Fields>(bytes).map(Some),
    };
    let fields = match fields {
        Ok(fields) => fields.unwrap_or_default(),
        Err(error) if error.is_data() => Fields::default(),
        Err(error) => return take(Err(error.to_string())),
    };
    if fields.document.is_some() {
        csaf::parse(bytes).into_iter().for_each(take);
    } else if fields.pkg.is_some() && fields.cve_id.is_some() {
        photon::parse(at, bytes).into_iter().for_each(take);
    } else if fields.updateinfo_id.is_some() || fields.data.is_some() {
        errata::parse(at, bytes).into_iter().for_each(take);
    } else if fields.advisories.is_some() {
        apollo::parse(bytes).into_iter().for_each(take);
    } else if fields.updates.is_some() {
        bodhi::parse(bytes).into_iter().for_each(take);
    } else {
        take(Ok(Parsed::Left(Left::NotARecord)));
    }
}

/// Reads a document of any form, for the fuzzer.
pub fn parse(bytes: &[u8]) -> Vec<Result<Parsed, String>> {
    let mut found = Vec::new();
    let head = bytes.get(..512).unwrap_or(bytes);
    read(&mut &*bytes, head, "9/cve_data_photon4.0.json", &mut |parsed| found.push(parsed));
    found
}

#[cfg(test)]
mod tests;
