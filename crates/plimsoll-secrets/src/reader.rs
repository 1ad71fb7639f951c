//! Structures that are read from a keyword on, rather than matched.

use crate::candidate::Told;
use crate::encoding;
use crate::placeholder;
use crate::private_key;
use crate::text::Text;
use plimsoll_model::Confidence;
use serde::Deserialize;
use std::ops::Range;

/// A structure.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Reader {
    /// A private key between its PEM lines, or a PuTTY key.
    PrivateKey,
    /// The values of a Kubernetes manifest of `kind: Secret`.
    KubernetesSecret,
}

/// One secret read. No `Debug`: it holds one.
pub(crate) struct Reading {
    pub span: Range<usize>,
    pub secret: Vec<u8>,
    pub told: Told,
}

impl Reader {
    /// What stands there, and where what was read ends.
    pub fn read(self, text: &Text<'_>, at: usize, confidence: Confidence) -> (Vec<Reading>, usize) {
        match self {
            Reader::PrivateKey => {
                let key = private_key::read(text.bytes, at);
                let end = key.as_ref().map_or(at + 1, |key| key.span.end);
                (key.into_iter().collect(), end)
            }
            Reader::KubernetesSecret => kubernetes_secret(text, at, confidence),
        }
    }
}

/// Bytes of a manifest read behind its `kind: Secret`, and before it.
const MANIFEST: usize = 16 << 10;

/// The values below `data:` (base64) and `stringData:` of the YAML document around `at`. Certificates, and values
/// that stand for another, are left out.
fn kubernetes_secret(text: &Text<'_>, at: usize, confidence: Confidence) -> (Vec<Reading>, usize) {
    let mut readings = Vec::new();
    if !text.is_text {
        return (readings, text.bytes.len());
    }
    let from = at.saturating_sub(MANIFEST);
    let head = text.slice(from, at);
    let from = memchr::memmem::rfind(head, b"\n---").map_or(from, |found| from + found + 4);
    let mut to = (at + MANIFEST).min(text.bytes.len());
    to = memchr::memmem::find(text.slice(at, to), b"\n---").map_or(to, |found| at + found);
    let (mut start, mut section) = (from, None);
    for line in text.slice(from, to).split_inclusive(|byte| *byte == b'\n') {
        let offset = start;
        start += line.len();
        let indent = line.iter().take_while(|byte| **byte == b' ').count();
        let line = line[indent..].trim_ascii_end();
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii_start());
        if value.is_empty() && matches!(name, b"data" | b"stringData") {
            section = Some((indent, name == b"data"));
            continue;
        }
        let Some((outer, is_encoded)) = section else { continue };
        if indent <= outer {
            section = None;
            continue;
        }
        let value = value.trim_ascii().trim_ascii_start();
        let value = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value);
        let Some(plain) = (if is_encoded { encoding::decode(value) } else { Some(value.to_vec()) }) else {
            continue;
        };
        let is_public = name.ends_with(b".crt") || plain.starts_with(b"-----BEGIN CERTIFICATE");
        let is_name = name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-\"".contains(byte));
        if is_public || !is_name || plain.len() < 4 || placeholder::is_placeholder(&plain) {
            continue;
        }
        // A user name or a host beside a password is not one.
        let lower = name.to_ascii_lowercase();
        let plainly =
            [&b"user"[..], b"host", b"port", b"name", b"namespace", b"url", b"region", b"email", b"database"];
        if plainly.iter().any(|word| lower.ends_with(word)) {
            continue;
        }
        let mut told = Told::new(confidence);
        told.tell("key", &String::from_utf8_lossy(name));
        told.essence = Some(plain);
        let begin = offset + indent + (line.len() - value.len()).min(line.len());
        readings.push(Reading { span: begin..begin + value.len(), secret: value.to_vec(), told });
        if readings.len() >= 64 {
            break;
        }
    }
    (readings, to)
}
