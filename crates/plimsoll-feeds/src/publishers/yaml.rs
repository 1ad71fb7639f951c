//! OSV records in YAML, as PyPA keeps them, and how YAML is read: with a budget.

use super::Records;
use crate::osv;
use serde::de::DeserializeOwned;

/// Bytes of one YAML document: the largest of GitLab's are some 100 KB.
const LARGEST: usize = 4 << 20;

/// Reads a YAML document of this shape.
pub(super) fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= LARGEST)?;
    serde_saphyr::from_str(text).ok()
}

/// Does a line begin with this key? Tells forms apart without reading the document.
pub(super) fn has_key(bytes: &[u8], key: &str) -> bool {
    bytes.split(|&byte| byte == b'\n').any(|line| {
        let rest = line.strip_prefix(key.as_bytes());
        rest.is_some_and(|rest| rest.first() == Some(&b':'))
    })
}

/// Reads an OSV record written in YAML.
pub(super) fn read_osv(_: &str, bytes: &[u8]) -> Option<Records> {
    let like_osv = ["id", "modified", "affected"].iter().all(|key| has_key(bytes, key));
    let document = like_osv.then(|| from_slice::<osv::Document>(bytes)).flatten()?;
    Some(vec![osv::normalise(document)])
}
