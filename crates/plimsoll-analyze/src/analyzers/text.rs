//! The text of a file: what all readers of small documents begin with.

use std::borrow::Cow;

/// Bytes of the largest text document that is parsed. The largest lock files in use are about 10 MiB; parsed they take
/// several times their size.
const MAX_BYTES: usize = 32 << 20;

/// The text of a document, without its byte order mark. UTF-16 with a mark is decoded (PowerShell's `pip freeze >
/// requirements.txt` writes it), bytes that are not text become U+FFFD.
pub(crate) fn text(content: &[u8]) -> Result<Cow<'_, str>, String> {
    if content.len() > MAX_BYTES {
        return Err(format!("larger than the {} MiB a text document may have", MAX_BYTES >> 20));
    }
    Ok(match content {
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes).into(),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes).into(),
        _ => String::from_utf8_lossy(content),
    })
}

/// Parses JSON.
pub(crate) fn json<T: serde::de::DeserializeOwned>(content: &[u8]) -> Result<T, String> {
    serde_json::from_str(&text(content)?).map_err(|error| format!("not the expected JSON: {error}"))
}

/// Parses TOML.
pub(crate) fn toml<T: serde::de::DeserializeOwned>(content: &[u8]) -> Result<T, String> {
    toml::from_str(&text(content)?).map_err(|error| format!("not the expected TOML: {}", error.message()))
}

/// Nodes of a YAML document: as many as a text of the largest size can spell in practice.
const YAML_NODES: usize = 2_000_000;

/// Parses YAML: its first document, with bounds on what aliases may repeat.
pub(crate) fn yaml<T: serde::de::DeserializeOwned>(content: &[u8]) -> Result<T, String> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_nodes: YAML_NODES, max_events: 2 * YAML_NODES },
    };
    serde_saphyr::from_str_with_options(&text(content)?, options)
        .map_err(|error| format!("not the expected YAML: {error}"))
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units).map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_dropped_and_utf16_is_decoded() {
        let check = |bytes: &[u8], expected: &str| assert_eq!(text(bytes).as_deref(), Ok(expected));
        check(b"a==1", "a==1");
        check(b"\xEF\xBB\xBFa", "a");
        check(b"\xFF\xFEa\0=\0", "a=");
        check(b"\xFE\xFF\0a\0=", "a=");
        check(b"\xFF\xFEa\0=", "a");
        check(b"caf\xE9", "caf\u{FFFD}");
        assert!(text(&vec![b' '; MAX_BYTES + 1]).is_err());
    }
}
