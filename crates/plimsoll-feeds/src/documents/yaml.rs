//! OSV records in YAML, as PyPA keeps them, and how YAML is read: with a budget.

use super::Records;
use crate::osv;
use serde::de::DeserializeOwned;

/// Bytes of one YAML document: the largest of GitLab's are some 100 KB.
const LARGEST: usize = 4 << 20;

/// Reads a YAML document that has these keys; `None` when it has not.
pub(super) fn with_keys<T: DeserializeOwned>(bytes: &[u8], keys: &[&str]) -> Option<Result<T, String>> {
    keys.iter().all(|key| has_key(bytes, key)).then(|| from_slice(bytes))
}

/// Reads a YAML document of this shape.
pub(super) fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    if bytes.len() > LARGEST {
        return Err(format!("it is larger than {} MB", LARGEST >> 20));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    serde_saphyr::from_str(text).map_err(|error| error.to_string())
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
    let document = with_keys::<osv::Document>(bytes, &["id", "modified", "affected"])?;
    Some(vec![document.and_then(osv::normalise)])
}
