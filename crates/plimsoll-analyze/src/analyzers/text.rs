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

/// Parses JSON with comments and trailing commas.
pub(crate) fn jsonc<T: serde::de::DeserializeOwned>(content: &[u8]) -> Result<T, String> {
    serde_json::from_str(&plain_json(&text(content)?))
        .map_err(|error| format!("not the expected JSON: {error}"))
}

/// Removes comments and trailing commas.
fn plain_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let len = match c {
            '"' => string_len(rest),
            '/' if rest.starts_with("//") => {
                rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
                continue;
            }
            '/' if rest.starts_with("/*") => {
                rest = &rest[rest.find("*/").map_or(rest.len(), |at| at + 2)..];
                continue;
            }
            ']' | '}' => {
                let kept = out.trim_end().strip_suffix(',').map_or(out.len(), str::len);
                out.truncate(kept);
                1
            }
            _ => c.len_utf8(),
        };
        out.push_str(&rest[..len]);
        rest = &rest[len..];
    }
    out
}

/// Length of the string this text begins with, with its quotes.
fn string_len(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let is_end = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        is_end
    });
    end.map_or(text.len(), |end| end + 2)
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
    fn json_is_made_plain() {
        let check = |text: &str, expected: &str| assert_eq!(plain_json(text), expected);
        check(r#"{"a": [1, 2, ], }"#, r#"{"a": [1, 2]}"#);
        check("[1, // one\n/* two */]", "[1]");
        check(r#"["//", "\",]", "ä,}"]"#, r#"["//", "\",]", "ä,}"]"#);
        check("[\"", "[\"");
        check("/*", "");
    }

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
