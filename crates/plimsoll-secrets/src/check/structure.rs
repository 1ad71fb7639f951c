//! Secrets inside structures: base64 of a login or a key, service accounts, key stores.

use crate::candidate::{Candidate, Told};
use crate::der::{self, Der};
use crate::encoding;
use crate::placeholder;
use crate::private_key;

/// Base64 of `user:password`, as docker config and HTTP basic authentication write it; only the user is told.
pub(super) fn basic_auth(secret: &[u8], told: &mut Told) -> bool {
    let Some(decoded) = encoding::decode(secret) else { return false };
    let Some(at) = decoded.iter().position(|byte| *byte == b':') else { return false };
    let (user, password) = (&decoded[..at], &decoded[at + 1..]);
    let is_text = decoded.iter().all(|byte| (0x20..0x7f).contains(byte) || *byte >= 0x80);
    if !is_text || password.len() < 3 || placeholder::is_placeholder(password) || user.len() > 256 {
        return false;
    }
    told.tell("user", &String::from_utf8_lossy(user));
    told.essence = Some(password.to_vec());
    true
}

/// Base64 of a private key in PEM, as kubeconfig writes `client-key-data`.
pub(super) fn pem_base64(secret: &[u8], told: &mut Told) -> bool {
    let Some(decoded) = encoding::decode(secret) else { return false };
    let Some(at) = memchr::memmem::find(&decoded, b"-----BEGIN ") else { return false };
    match private_key::read(&decoded, at) {
        Some(reading) => {
            told.confidence = reading.told.confidence;
            told.properties.extend(reading.told.properties);
            told.essence = reading.told.essence;
            true
        }
        None => false,
    }
}

/// The key of a JSON service account; tells account and project, which stand beside it.
pub(super) fn service_account(candidate: &Candidate<'_>, told: &mut Told) -> bool {
    let at = candidate.secret.start;
    let Some(reading) = private_key::read(candidate.text.bytes, at) else { return false };
    told.confidence = reading.told.confidence;
    told.properties.extend(reading.told.properties);
    told.essence = reading.told.essence;
    let around = candidate.text.slice(at.saturating_sub(2048), candidate.secret.end + 2048);
    for name in ["client_email", "project_id", "private_key_id"] {
        if let Some(value) = json_string(around, name) {
            told.tell(name, &String::from_utf8_lossy(value));
        }
    }
    true
}

/// The string value of the first member of this name.
fn json_string<'a>(text: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let quoted = format!("\"{name}\"");
    let at = memchr::memmem::find(text, quoted.as_bytes())? + quoted.len();
    let rest = text[at..].trim_ascii_start().strip_prefix(b":")?.trim_ascii_start().strip_prefix(b"\"")?;
    Some(&rest[..memchr::memchr(b'"', &rest[..rest.len().min(256)])?])
}

/// The whole file is a private key in DER.
pub(super) fn der_key(content: &[u8], told: &mut Told) -> bool {
    content.len() <= 64 << 10 && private_key::tell_der(content, told)
}

/// PFX (RFC 7292 section 4): version 3 and an authenticated safe of type data.
pub(super) fn is_pkcs12(content: &[u8]) -> bool {
    let Some(mut pfx) = Der(content).sequence() else {
        // Some writers use indefinite lengths (BER).
        return content.starts_with(&[0x30, 0x80, 0x02, 0x01, 0x03]);
    };
    pfx.take(der::INTEGER) == Some(&[3]) && pfx.sequence().is_some()
}

/// JKS and JCEKS by their magic numbers.
pub(super) fn is_java_key_store(content: &[u8]) -> bool {
    content.starts_with(&[0xfe, 0xed, 0xfe, 0xed]) && holds_key(content)
        || content.starts_with(&[0xce, 0xce, 0xce, 0xce])
}

/// Has a JKS an entry with a private key (tag 1)? The trust stores of every Java have certificates (tag 2) only. The
/// first entry is looked at: the rest would have to be read through.
fn holds_key(content: &[u8]) -> bool {
    content.get(12..16) == Some(&[0, 0, 0, 1])
}

/// KeePass 1 and 2 by their magic numbers.
pub(super) fn is_keepass(content: &[u8]) -> bool {
    content.starts_with(&[0x03, 0xd9, 0xa2, 0x9a])
        && matches!(content.get(4..8), Some([0x65..=0x67, 0xfb, 0x4b, 0xb5]))
}

pub(super) fn is_key_bytes(secret: &[u8]) -> bool {
    encoding::decode(secret).is_some_and(|bytes| matches!(bytes.len(), 16 | 20 | 24 | 32 | 48 | 64))
}
