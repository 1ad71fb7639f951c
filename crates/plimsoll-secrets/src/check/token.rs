//! Tokens that can be checked by themselves: checksums, signatures' envelopes.

use crate::candidate::Told;
use crate::checksum::{BASE36, BASE62, base32, crc16, crc32, digits};
use crate::encoding;
use chrono::DateTime;
use serde_json::Value;

/// GitHub and npm: `prefix_`, a body, six characters of checksum of the body.
pub(super) fn crc32_base62(token: &[u8]) -> bool {
    let Some(at) = token.iter().position(|byte| *byte == b'_') else { return false };
    let body = &token[at + 1..];
    body.len() > 6 && {
        let (body, sum) = body.split_at(body.len() - 6);
        digits(crc32(body), BASE62, 6) == sum
    }
}

/// `glpat-PAYLOAD.VERSION.LENGTHCHECKSUM` (GitLab, "Cells: Routable Tokens").
pub(super) fn gitlab_routable(token: &[u8]) -> bool {
    token.len() > 7 && {
        let (body, sum) = token.split_at(token.len() - 7);
        digits(crc32(body), BASE36, 7) == sum
    }
}

/// `glsa_SECRET_CHECKSUM` (Grafana, pkg/components/satokengen): little-endian bytes in hex.
pub(super) fn grafana(token: &[u8]) -> bool {
    let Some(at) = token.iter().rposition(|byte| *byte == b'_') else { return false };
    let sum: String = crc32(&token[..at]).to_le_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    token[at + 1..].eq_ignore_ascii_case(sum.as_bytes())
}

/// `cflt`, a body, six characters of checksum: base64 of the little-endian CRC-32 of what precedes, or of the body.
pub(super) fn confluent(token: &[u8]) -> bool {
    token.len() > 10 && {
        let (body, sum) = token.split_at(token.len() - 6);
        let is_sum = |body: &[u8]| {
            use base64::Engine;
            base64::engine::general_purpose::STANDARD_NO_PAD.encode(crc32(body).to_le_bytes()).as_bytes()
                == sum
        };
        is_sum(body) || body.get(4..).is_some_and(is_sum)
    }
}

/// The last eight characters are a CRC-32 in hex of those before, with or without an underscore or `=` between, with
/// or without the prefix (four letters, or up to the first underscore).
pub(super) fn crc32_hex(token: &[u8]) -> bool {
    if token.len() < 16 {
        return false;
    }
    let (body, sum) = token.split_at(token.len() - 8);
    let is_sum = |body: &[u8]| sum.eq_ignore_ascii_case(format!("{:08x}", crc32(body)).as_bytes());
    let bare = body.strip_suffix(b"_").or_else(|| body.strip_suffix(b"=")).unwrap_or(body);
    let behind = |body: &[u8]| {
        let at = body.iter().position(|byte| *byte == b'_').map_or(4, |at| at + 1);
        body.get(at..).is_some_and(is_sum) || body.get(4..).is_some_and(is_sum)
    };
    is_sum(body) || is_sum(bare) || behind(body) || behind(bare)
}

/// A NATS seed (nats-io/nkeys): base 32 of two prefix bytes, 32 seed bytes and a little-endian CRC-16 of them.
pub(super) fn nkey(token: &[u8]) -> bool {
    match base32(token) {
        Some(bytes) if bytes.len() == 36 => {
            let (body, sum) = bytes.split_at(34);
            crc16(body).to_le_bytes() == sum
        }
        _ => false,
    }
}

/// Header and payload must be JSON objects, the header with `alg` (RFC 7519); tells algorithm, issuer, subject's
/// kind and expiry. An `alg` of `none` and public identity tokens without a signature are none.
pub(super) fn jwt(token: &[u8], told: &mut Told) -> bool {
    let mut parts = token.split(|byte| *byte == b'.');
    let mut object = || -> Option<serde_json::Map<String, Value>> {
        let decoded = encoding::decode(parts.next()?)?;
        match serde_json::from_slice(&decoded).ok()? {
            Value::Object(object) => Some(object),
            _ => None,
        }
    };
    let (Some(header), Some(payload)) = (object(), object()) else { return false };
    let Some(algorithm) = header.get("alg").and_then(Value::as_str) else { return false };
    told.tell("algorithm", algorithm);
    if let Some(issuer) = payload.get("iss").and_then(Value::as_str) {
        told.tell("issuer", issuer);
    }
    if let Some(expires) = payload.get("exp").and_then(Value::as_f64)
        && let Some(time) = DateTime::from_timestamp(expires as i64, 0)
    {
        told.tell("expires", &time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    }
    // The tokens that jwt.io and the libraries' manuals show to everyone.
    let is_said = |name: &str, text: &str| payload.get(name).and_then(Value::as_str) == Some(text);
    if is_said("name", "John Doe") || is_said("some", "payload") || is_said("sub", "1234567890") {
        told.tell("example", "of the documentation");
    }
    !algorithm.eq_ignore_ascii_case("none")
}

/// `pypi-` and a macaroon of version 2: location `pypi.org` or `test.pypi.org` (pypi/warehouse, macaroons).
pub(super) fn pypi_macaroon(token: &[u8]) -> bool {
    let Some(body) = token.strip_prefix(b"pypi-") else { return false };
    let Some(decoded) = encoding::decode(body).or_else(|| encoding::decode(&body[..body.len() & !3])) else {
        return false;
    };
    decoded.first() == Some(&2)
        && memchr::memmem::find(&decoded[..decoded.len().min(24)], b"pypi.org").is_some()
}

/// Tells the account number in the id: bits 8 to 47 of its base-32 value, halved
/// (Aidan Steele, "AWS Access Key ID formats", 2020).
pub(super) fn aws_key_id(id: &[u8], told: &mut Told) -> bool {
    let Some(bytes) = id.get(4..).and_then(base32) else { return false };
    if let Some(first) = bytes.first_chunk::<6>() {
        let number = first.iter().fold(0u64, |number, byte| (number << 8) | u64::from(*byte));
        let account = (number & 0x7fff_ffff_ff80) >> 7;
        if account < 1_000_000_000_000 {
            told.tell("account", &format!("{account:012}"));
        }
    }
    true
}

pub(super) fn is_mixed(token: &[u8]) -> bool {
    token.iter().any(u8::is_ascii_alphabetic) && token.iter().any(u8::is_ascii_digit)
}

pub(super) fn is_random(token: &[u8]) -> bool {
    is_mixed(token) && token.iter().any(u8::is_ascii_uppercase) && token.iter().any(u8::is_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_model::Confidence;

    #[test]
    fn checksums_hold_and_break() {
        // The CRC-32 of `hello` is 0x3610a686.
        assert!(crc32_base62(b"x_hello0zNvy2"));
        assert!(!crc32_base62(b"x_hellp0zNvy2"));
        assert!(crc32_hex(b"prefix_hello_3610a686") && crc32_hex(b"ATBBhello3610a686"));
        assert!(!crc32_hex(b"prefix_hellp_3610a686"));
        assert!(confluent(b"cflthellohqYQNg"));
        assert!(!confluent(b"cflthellphqYQNg"));
    }

    #[test]
    fn aws_ids_tell_their_account() {
        let mut told = Told::new(Confidence::High);
        // The example of the article cited above.
        assert!(aws_key_id(b"ASIAQNZGKIQY56JQ7WML", &mut told));
        assert_eq!(told.properties, [("account".to_owned(), "029608264753".to_owned())]);
    }
}
