//! Private keys: PEM (RFC 7468), PKCS#1, SEC 1, PKCS#8, OpenSSH, PGP armor, PuTTY: which kind, how many bits, locked
//! with a passphrase or not.

use crate::candidate::Told;
use crate::der::{self, Der};
use crate::encoding;
use crate::placeholder;
use crate::reader::Reading;
use plimsoll_model::Confidence;
use sha2::{Digest, Sha256};

/// Longest key text read.
const LONGEST: usize = 64 << 10;

/// What the bytes of a key tell.
#[derive(Default)]
pub(crate) struct Kind {
    name: String,
    bits: usize,
    encrypted: bool,
    /// What is the same in every form of this key: the modulus, the point; the whole where that is not known.
    essence: Vec<u8>,
}

/// Keys everyone has: first eight bytes of the SHA-256 of their essence, and whose they are.
const KNOWN: &[(&str, &str)] = &[
    ("4fd9973c9cc206ef", "Vagrant's insecure key"),
    ("88d505ac0f0ab17c", "Vagrant's insecure key"),
    ("544fdd519498def7", "Go's test server"),
    ("8dc9aa860b3807e9", "Python's test server"),
];

/// The private key whose first line stands at `at`.
pub(crate) fn read(bytes: &[u8], at: usize) -> Option<Reading> {
    let text = bytes.get(at..(at + LONGEST).min(bytes.len()))?;
    if text.starts_with(b"PuTTY-User-Key-File-") {
        return putty(text, at);
    }
    let first = text.strip_prefix(b"-----BEGIN ").or_else(|| text.strip_prefix(b"---- BEGIN "))?;
    let dashes: &[u8] = if text.starts_with(b"-----") { b"-----" } else { b" ----" };
    let label_end = memchr::memmem::find(&first[..first.len().min(64)], dashes)?;
    let label = std::str::from_utf8(&first[..label_end]).ok()?;
    if !(label.contains("PRIVATE KEY") || label == "SSH2 ENCRYPTED PRIVATE KEY") {
        return None;
    }
    let body = &first[label_end + dashes.len()..];
    let body = &body[..memchr::memmem::find(body, b"-----END").unwrap_or(0)];
    let (headers, encoded) = unarmored(body);
    if encoded.len() < 40 || placeholder::is_placeholder(&encoded) {
        return None;
    }
    let decoded = encoding::decode(&encoded).or_else(|| encoding::decode(&encoded[..encoded.len() & !3]))?;
    let locked = headers.contains("ENCRYPTED") || label.contains("ENCRYPTED");
    let kind = match label {
        "OPENSSH PRIVATE KEY" => openssh(&decoded),
        "PGP PRIVATE KEY BLOCK" => pgp(&decoded),
        _ if locked => locked_kind(label, &decoded),
        "TSS2 PRIVATE KEY" => Some(Kind { name: "tpm".to_owned(), encrypted: true, ..Kind::default() }),
        _ => plain_der(&decoded),
    };
    let from = at;
    let to = from + (text.len() - first.len()) + label_end + dashes.len() + body.len();
    reading(from, to, label, kind, decoded, &encoded)
}

fn reading(
    from: usize,
    to: usize,
    label: &str,
    kind: Option<Kind>,
    decoded: Vec<u8>,
    encoded: &[u8],
) -> Option<Reading> {
    let mut told = Told::new(Confidence::High);
    match kind {
        Some(mut kind) => {
            told.tell("type", &kind.name);
            if kind.bits > 0 {
                told.tell("bits", &kind.bits.to_string());
            }
            told.tell("encrypted", if kind.encrypted { "yes" } else { "no" });
            if kind.essence.is_empty() {
                kind.essence = decoded;
            }
            let hash = Sha256::digest(&kind.essence);
            let hash: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
            if let Some((_, whose)) = KNOWN.iter().find(|(known, _)| *known == hash) {
                told.tell("example", whose);
            }
            told.essence = Some(kind.essence);
        }
        // It stands as a key but its structure is broken or one we do not know.
        None if placeholder::entropy(encoded) >= 4.0 && encoded.len() >= 64 => {
            told.confidence = Confidence::Medium;
            told.tell("type", &label.to_ascii_lowercase());
            told.tell("structure", "not read");
            told.essence = Some(decoded);
        }
        None => return None,
    }
    // What is shown of a key is its first line.
    Some(Reading { span: from..to, secret: format!("-----BEGIN {label}-----").into_bytes(), told })
}

/// The header lines of a PEM or PGP body, and its base64 without line breaks, also where these are written as `\n`.
fn unarmored(body: &[u8]) -> (String, Vec<u8>) {
    let mut text = Vec::with_capacity(body.len());
    let mut rest = body.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        match byte {
            b'\\' => match rest.peek() {
                Some(b'n' | b'r' | b't') => {
                    rest.next();
                    text.push(b'\n');
                }
                _ => text.push(b'\n'),
            },
            b'\r' => text.push(b'\n'),
            // Quotes, plus signs and commas of source text that joins lines; a zero of UTF-16.
            b'"' | b'\'' | b',' | b'\t' | b'\0' | b'#' | b'*' => {}
            _ => text.push(byte),
        }
    }
    let (mut headers, mut encoded) = (String::new(), Vec::new());
    for line in text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii) {
        if line.contains(&b':') {
            headers.push_str(&String::from_utf8_lossy(line));
            headers.push('\n');
        } else if line.starts_with(b"=") && line.len() == 5 {
            // the checksum of PGP armor
        } else {
            let is_in = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
            encoded.extend(line.iter().filter(is_in).copied());
        }
    }
    (headers, encoded)
}

/// A key in DER without a passphrase: PKCS#8, PKCS#1, SEC 1, or the DSA form of OpenSSL.
pub(crate) fn plain_der(bytes: &[u8]) -> Option<Kind> {
    let mut key = Der(bytes).sequence()?;
    let (tag, first) = key.next()?;
    if tag == der::SEQUENCE {
        // EncryptedPrivateKeyInfo (RFC 5208 section 6): the algorithm, then the encrypted bytes.
        Der(first).take(der::OID)?;
        key.take(der::OCTETS).filter(|octets| octets.len() >= 32)?;
        return Some(Kind { name: "encrypted".to_owned(), encrypted: true, ..Kind::default() });
    }
    if tag != der::INTEGER || first.len() > 1 {
        return None;
    }
    match (first.first(), key.next()?) {
        (Some(0 | 1), (der::SEQUENCE, algorithm)) => pkcs8(algorithm, key.take(der::OCTETS)?),
        (Some(0 | 1), (der::INTEGER, modulus)) => rsa_or_dsa(modulus, key),
        (Some(1), (der::OCTETS, secret)) => sec1(secret, key),
        _ => None,
    }
}

fn rsa_or_dsa(modulus: &[u8], mut rest: Der<'_>) -> Option<Kind> {
    let second = rest.take(der::INTEGER)?;
    let numbers = std::iter::from_fn(|| rest.take(der::INTEGER)).count();
    // RSA: version, n, e, d, p, q, …; DSA: version, p, q, g, y, x.
    let name = match numbers {
        6.. if second.len() <= 8 => "rsa",
        3 if second.len() > 8 => "dsa",
        _ => return None,
    };
    let essence = der::unsigned(modulus).to_vec();
    Some(Kind { name: name.to_owned(), bits: der::bits(modulus), encrypted: false, essence })
}

/// ECPrivateKey (RFC 5915 section 3).
fn sec1(secret: &[u8], mut rest: Der<'_>) -> Option<Kind> {
    let mut essence = secret.to_vec();
    while let Some((tag, content)) = rest.next() {
        if tag == 0xa1 {
            essence = content.to_vec();
        }
    }
    let bits = secret.len() * 8;
    (bits >= 160).then(|| Kind {
        name: "ec".to_owned(),
        bits: if bits == 528 { 521 } else { bits },
        encrypted: false,
        essence,
    })
}

/// PrivateKeyInfo (RFC 5208 section 5), by the object identifier of its algorithm.
fn pkcs8(algorithm: &[u8], key: &[u8]) -> Option<Kind> {
    let oid = Der(algorithm).take(der::OID)?;
    let named = |name: &str, bits: usize| Kind {
        name: name.to_owned(),
        bits,
        encrypted: false,
        essence: key.to_vec(),
    };
    match oid {
        // 1.2.840.113549.1.1.1 and .10
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01 | 0x0a] => plain_der(key),
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01] => plain_der(key).or_else(|| Some(named("ec", 0))),
        [0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01] => Some(named("dsa", 0)),
        [0x2b, 0x65, 0x6e] => Some(named("x25519", 253)),
        [0x2b, 0x65, 0x6f] => Some(named("x448", 448)),
        [0x2b, 0x65, 0x70] => Some(named("ed25519", 256)),
        [0x2b, 0x65, 0x71] => Some(named("ed448", 456)),
        _ => (key.len() >= 16).then(|| named("other", 0)),
    }
}

fn locked_kind(label: &str, decoded: &[u8]) -> Option<Kind> {
    let name = match label.split(' ').next() {
        Some("RSA") => "rsa",
        Some("EC") => "ec",
        Some("DSA") => "dsa",
        _ => "encrypted",
    };
    (decoded.len() >= 24).then(|| Kind { name: name.to_owned(), encrypted: true, ..Kind::default() })
}

/// A length-prefixed string of the SSH wire format (RFC 4251 section 5).
fn string<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let length = u32::from_be_bytes(*length) as usize;
    let content = rest.get(..length)?;
    *bytes = &rest[length..];
    Some(content)
}

/// `openssh-key-v1` (PROTOCOL.key of OpenSSH): cipher, kdf, options, number of keys, public key, private part.
fn openssh(decoded: &[u8]) -> Option<Kind> {
    let mut rest = decoded.strip_prefix(b"openssh-key-v1\0")?;
    let cipher = string(&mut rest)?;
    string(&mut rest)?;
    string(&mut rest)?;
    rest = rest.get(4..)?;
    let public = string(&mut rest)?;
    let mut kind = ssh_public(public)?;
    kind.encrypted = cipher != b"none";
    Some(kind)
}

/// The kind of an SSH public key.
fn ssh_public(mut public: &[u8]) -> Option<Kind> {
    let name = string(&mut public)?;
    let kind = |name: &str, bits: usize, essence: &[u8]| {
        Some(Kind { name: name.to_owned(), bits, encrypted: false, essence: essence.to_vec() })
    };
    match name {
        b"ssh-rsa" => {
            string(&mut public)?;
            let modulus = string(&mut public)?;
            kind("rsa", der::bits(modulus), der::unsigned(modulus))
        }
        b"ssh-dss" => {
            let prime = string(&mut public)?;
            kind("dsa", der::bits(prime), der::unsigned(prime))
        }
        b"ssh-ed25519" => kind("ed25519", 256, public),
        b"ecdsa-sha2-nistp256" => kind("ec", 256, public),
        b"ecdsa-sha2-nistp384" => kind("ec", 384, public),
        b"ecdsa-sha2-nistp521" => kind("ec", 521, public),
        name if name.starts_with(b"sk-") => {
            // The private part lives in a hardware token; the file alone opens nothing.
            kind("hardware-token", 0, public).map(|kind| Kind { encrypted: true, ..kind })
        }
        name => kind(&crate::mask::printable(&String::from_utf8_lossy(name)), 0, public),
    }
}

/// A PGP secret-key packet (RFC 9580 section 5.5.3), version 4 read up to its string-to-key octet.
fn pgp(decoded: &[u8]) -> Option<Kind> {
    let (&tag, rest) = decoded.split_first()?;
    let number = if tag & 0x40 != 0 { tag & 0x3f } else { (tag >> 2) & 0x0f };
    if tag & 0x80 == 0 || number != 5 {
        return None;
    }
    let header = match (tag & 0x40 != 0, tag & 3, rest.first()?) {
        (true, _, ..192) => 1,
        (true, _, 192..224) => 2,
        (true, _, 255) => 5,
        (true, _, _) => return None,
        (false, 0, _) => 1,
        (false, 1, _) => 2,
        (false, 2, _) => 4,
        (false, _, _) => 0,
    };
    let packet = rest.get(header..)?;
    let (&version, body) = packet.split_first()?;
    let &algorithm = body.get(4)?;
    let mut rest = body.get(5..)?;
    let number = |rest: &mut &[u8]| -> Option<usize> {
        let (bits, tail) = rest.split_first_chunk::<2>()?;
        let bits = usize::from(u16::from_be_bytes(*bits));
        *rest = tail.get(bits.div_ceil(8)..)?;
        Some(bits)
    };
    let (name, numbers) = match algorithm {
        1..=3 => ("rsa", 2),
        16 => ("elgamal", 3),
        17 => ("dsa", 4),
        18 | 19 | 22 => ("ec", 1),
        25 | 27 => ("ed25519", 0),
        _ => ("other", 0),
    };
    if matches!(algorithm, 18 | 19 | 22) {
        rest = rest.get(1 + usize::from(*rest.first()?)..)?;
    }
    let mut bits = 0;
    for index in 0..numbers {
        let length = number(&mut rest)?;
        if index == 0 {
            bits = length;
        }
    }
    if algorithm == 18 {
        rest = rest.get(1 + usize::from(*rest.first()?)..)?;
    }
    let encrypted = version != 4 || *rest.first()? != 0;
    Some(Kind { name: format!("pgp {name}"), bits, encrypted, essence: Vec::new() })
}

/// A PuTTY key (PuTTY manual, appendix C).
fn putty(text: &[u8], at: usize) -> Option<Reading> {
    let text = &text[..text.len().min(LONGEST)];
    let mut encryption = None;
    let (mut public, mut public_left, mut private, mut private_left) = (Vec::new(), 0u32, Vec::new(), 0u32);
    let mut end = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        end += line.len();
        let line = line.trim_ascii();
        let count = |value: &[u8]| std::str::from_utf8(value.trim_ascii()).ok()?.parse::<u32>().ok();
        if public_left > 0 {
            public_left -= 1;
            public.extend_from_slice(line);
        } else if private_left > 0 {
            private_left -= 1;
            private.extend_from_slice(line);
            if private_left == 0 {
                break;
            }
        } else if let Some(value) = line.strip_prefix(b"Encryption:") {
            encryption = Some(value.trim_ascii() != b"none");
        } else if let Some(value) = line.strip_prefix(b"Public-Lines:") {
            public_left = count(value)?;
        } else if let Some(value) = line.strip_prefix(b"Private-Lines:") {
            private_left = count(value)?;
        }
    }
    let mut kind = ssh_public(&encoding::decode(&public)?)?;
    kind.encrypted = encryption?;
    reading(at, at + end, "PUTTY PRIVATE KEY", Some(kind), private.clone(), &private)
}

/// Tells of a file that is a private key in DER without armor.
pub(crate) fn tell_der(content: &[u8], told: &mut Told) -> bool {
    let Some(reading) = plain_der(content)
        .and_then(|kind| reading(0, content.len(), "PRIVATE KEY", Some(kind), content.to_vec(), content))
    else {
        return false;
    };
    told.properties.extend(reading.told.properties);
    told.essence = reading.told.essence;
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The public half of Vagrant's insecure Ed25519 key, which stands in its repository for everyone to use, in the
    /// form of a private key whose private half is zeros.
    const EVERYONES: &str = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZWQyNTUxOQAAACDdWHcQaTZc8Q6nycsP0CqMNRfsLxvYVxqKosrHyTp+WAAA";

    fn told(text: &str) -> Vec<String> {
        let reading = read(text.as_bytes(), 0);
        let properties = reading.map(|reading| reading.told.properties).unwrap_or_default();
        properties.into_iter().map(|(name, value)| format!("{name}={value}")).collect()
    }

    #[test]
    fn keys_everyone_has_are_examples() {
        let text =
            format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{EVERYONES}\n-----END OPENSSH PRIVATE KEY-----\n");
        assert_eq!(
            told(&text),
            ["type=ed25519", "bits=256", "encrypted=no", "example=Vagrant's insecure key"]
        );
    }

    #[test]
    fn what_is_no_key_is_not_read() {
        for text in [
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
            "-----BEGIN PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\nshort\n-----END PRIVATE KEY-----",
            "-----BEGIN",
            "PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\n",
            "",
        ] {
            assert_eq!(told(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn old_pem_headers_tell_of_a_passphrase() {
        let body = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0NTY3ODk=";
        let text = format!(
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n{body}\n-----END RSA PRIVATE KEY-----"
        );
        assert_eq!(told(&text), ["type=rsa", "encrypted=yes"]);
    }
}
