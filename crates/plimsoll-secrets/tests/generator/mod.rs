//! Writes made-up secrets: random, of the right form, with right checksums, from a fixed seed. No real secret and
//! nothing that looks like one stands in this repository.

#![allow(dead_code, reason = "each test uses its part")]

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// A xorshift generator (Marsaglia 2003).
pub struct Random(u64);

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &str = "0123456789";

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }

    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.below(256) as u8).collect()
    }

    /// Characters of these classes, at least one of each.
    pub fn text(&mut self, classes: &[&str], count: usize) -> String {
        let all: Vec<char> = classes.concat().chars().collect();
        loop {
            let text: String = (0..count).map(|_| all[self.below(all.len())]).collect();
            let has =
                |class: &&str| count < 8 || class.len() < 4 || text.chars().any(|char| class.contains(char));
            if classes.iter().all(has) {
                return text;
            }
        }
    }

    /// The text with every `{{…}}` it knows, innermost first, replaced.
    pub fn write(&mut self, template: &str) -> Vec<u8> {
        let mut text = template.as_bytes().to_vec();
        let mut from = text.len();
        while let Some(open) = find_last(&text[..from], b"{{") {
            from = open;
            let Some(close) = find(&text[open..], b"}}").map(|at| open + at) else { continue };
            let inner = text[open + 2..close].to_vec();
            if let Some(written) = self.expand(&inner) {
                text.splice(open..close + 2, written);
                from = text.len();
            }
        }
        text
    }

    fn expand(&mut self, inner: &[u8]) -> Option<Vec<u8>> {
        if let Some(plain) = inner.strip_prefix(b"b64=") {
            return Some(STANDARD.encode(plain).into_bytes());
        }
        let inner = std::str::from_utf8(inner).ok()?;
        let (name, argument) = inner.split_once(':').unwrap_or((inner, ""));
        let count = argument.parse::<usize>();
        let text = match (name, count) {
            ("base62", Ok(count)) => self.text(&[LOWER, UPPER, DIGITS], count),
            ("base64x", Ok(count)) => self.text(&[LOWER, UPPER, DIGITS], count),
            ("base64", Ok(count)) => self.text(&[LOWER, UPPER, DIGITS, "+/"], count),
            ("base64url", Ok(count)) => {
                format!("{}{}", self.text(&[LOWER, UPPER, DIGITS, "-_"], count - 1), self.text(&[LOWER], 1))
            }
            ("base64of", Ok(count)) => STANDARD.encode(self.bytes(count)),
            ("base58", Ok(count)) => {
                self.text(&["abcdefghijkmnopqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "123456789"], count)
            }
            ("base36", Ok(count)) => self.text(&[LOWER, DIGITS], count),
            ("upper36", Ok(count)) => self.text(&[UPPER, DIGITS], count),
            ("base32", Ok(count)) => self.text(&[UPPER, "234567"], count),
            ("base32lower", Ok(count)) => self.text(&[LOWER, "234567"], count),
            ("hex", Ok(count)) => self.text(&[DIGITS, "abcdef"], count),
            ("digits", Ok(count)) => self.text(&["123456789"], 1) + &self.text(&[DIGITS], count - 1),
            ("letters", Ok(count)) => self.text(&[LOWER, UPPER], count),
            ("letters-upper", Ok(count)) => self.text(&[UPPER], count),
            ("secret40", _) => self.text(&[LOWER, UPPER, DIGITS, "+/"], 38) + &self.text(&[LOWER, UPPER], 2),
            ("uuid", _) => [8, 4, 4, 4, 12].map(|count| self.text(&[DIGITS, "abcdef"], count)).join("-"),
            ("password", _) => {
                self.text(&[LOWER, UPPER, DIGITS, "!#%+_-*"], 14) + &self.text(&[LOWER, DIGITS], 2)
            }
            ("password-url", _) => {
                self.text(&[LOWER, UPPER, DIGITS, "_-."], 14) + &self.text(&[LOWER, DIGITS], 2)
            }
            ("password-cs", _) => {
                self.text(&[LOWER, UPPER, DIGITS, "!#_-."], 14) + &self.text(&[LOWER, DIGITS], 2)
            }
            ("github", _) => {
                let body = self.text(&[LOWER, UPPER, DIGITS], 30);
                format!("{argument}{body}{}", in_base(crc32(body.as_bytes()), 62, 6))
            }
            ("gitlab-routable", _) => {
                let payload = URL_SAFE_NO_PAD.encode(self.bytes(36));
                let body =
                    format!("{argument}{payload}.01.{}", in_base(payload.len() as u32, 36, 2).to_lowercase());
                format!("{body}{}", in_base(crc32(body.as_bytes()), 36, 7).to_lowercase())
            }
            ("grafana", _) => {
                let body = format!("glsa_{}", self.text(&[LOWER, UPPER, DIGITS], 32));
                format!("{body}_{:08x}", crc32(body.as_bytes()).swap_bytes())
            }
            ("confluent", _) => {
                let body = format!("cflt{}", self.text(&[LOWER, UPPER, DIGITS, "+/"], 54));
                format!("{body}{}", STANDARD_NO_PAD.encode(crc32(body.as_bytes()).to_le_bytes()))
            }
            ("crc-hex", _) if argument == "zpka_" => {
                let body = format!("zpka_{}", self.text(&[DIGITS, "abcdef"], 32));
                format!("{body}_{:08x}", crc32(body.as_bytes()))
            }
            ("crc-hex", _) => {
                let body = format!("{argument}{}", self.text(&[LOWER, UPPER, DIGITS], 24));
                format!("{body}{:08X}", crc32(body.as_bytes()))
            }
            ("nkey", _) => {
                // Two prefix bytes: seed (18 << 3) and kind (user 20 << 3, account 0), of five bits each (nats-io/nkeys).
                let kind: u8 = if argument == "U" { 20 << 3 } else { 0 };
                let mut raw = vec![(18 << 3) | (kind >> 5), (kind & 31) << 3];
                raw.extend(self.bytes(32));
                let sum = raw.iter().fold(0u16, |sum, byte| {
                    (0..8).fold(sum ^ (u16::from(*byte) << 8), |sum, _| {
                        if sum >> 15 == 1 { (sum << 1) ^ 0x1021 } else { sum << 1 }
                    })
                });
                raw.extend(sum.to_le_bytes());
                base32(&raw)
            }
            ("age", _) => bech32("age-secret-key-", &self.bytes(32)).to_uppercase(),
            ("pypi", _) => {
                let id = format!(
                    "{{\"version\": 1, \"permissions\": \"user\", \"user\": \"{}\"}}",
                    self.text(&[DIGITS, "abcdef"], 32)
                );
                let mut raw = vec![2, 1, 8];
                raw.extend(b"pypi.org");
                raw.extend([2, id.len() as u8]);
                raw.extend(id.as_bytes());
                raw.extend([0, 0, 6, 32]);
                raw.extend(self.bytes(32));
                format!("pypi-{}", URL_SAFE_NO_PAD.encode(raw))
            }
            ("jwt", _) => {
                let subject = self.text(&[DIGITS], 12);
                self.jwt(&format!("{{\"sub\":\"{subject}\",\"iss\":\"https://id.corp.io\"}}"))
            }
            ("jks", Ok(tag)) => {
                return Some(
                    [
                        &[0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, tag as u8][..],
                        &self.bytes(64),
                    ]
                    .concat(),
                );
            }
            ("keepass", _) => {
                return Some(
                    [&[0x03, 0xd9, 0xa2, 0x9a, 0x67, 0xfb, 0x4b, 0xb5][..], &self.bytes(64)].concat(),
                );
            }
            ("keytab", _) => return Some([&[5, 2, 0, 0, 0, 60][..], &self.bytes(60)].concat()),
            ("bytes", Ok(count)) => return Some([&[0, 0xff][..], &self.bytes(count)].concat()),
            ("pkcs12", _) => {
                let safe = sequence(&[
                    &element(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1]),
                    &element(0xa0, &element(4, &self.bytes(80))),
                ]);
                return Some(sequence(&[&element(2, &[3]), &safe]));
            }
            ("der", _) => return Some(self.der(argument)),
            ("pem", _) => self.pem(argument),
            ("pemline", _) => self.pem(argument).replace('\n', "\\n"),
            ("putty", _) => self.putty(argument),
            _ => return None,
        };
        Some(text.into_bytes())
    }

    /// A signed token with this payload.
    pub fn jwt(&mut self, payload: &str) -> String {
        let header = URL_SAFE_NO_PAD.encode("{\"alg\":\"HS256\",\"typ\":\"JWT\"}");
        format!("{header}.{}.{}", URL_SAFE_NO_PAD.encode(payload), URL_SAFE_NO_PAD.encode(self.bytes(32)))
    }

    fn number(&mut self, bytes: usize) -> Vec<u8> {
        let mut number = self.bytes(bytes);
        number[0] |= 0x80;
        number.insert(0, 0);
        element(2, &number)
    }

    fn der(&mut self, kind: &str) -> Vec<u8> {
        match kind {
            "pkcs1" => {
                let mut parts = vec![element(2, &[0]), self.number(256), element(2, &[1, 0, 1])];
                for bytes in [256, 128, 128, 128, 128, 128] {
                    parts.push(self.number(bytes));
                }
                sequence(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>())
            }
            "ec" => {
                let curve = element(0xa0, &element(6, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]));
                let point = element(0xa1, &element(3, &[&[0, 4][..], &self.bytes(64)].concat()));
                sequence(&[&element(2, &[1]), &element(4, &self.bytes(32)), &curve, &point])
            }
            "ed25519" => {
                let algorithm = sequence(&[&element(6, &[0x2b, 0x65, 0x70])]);
                sequence(&[&element(2, &[0]), &algorithm, &element(4, &element(4, &self.bytes(32)))])
            }
            "locked" => {
                let algorithm =
                    sequence(&[&element(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13]), &sequence(&[])]);
                sequence(&[&algorithm, &element(4, &self.bytes(320))])
            }
            _ => {
                let algorithm = sequence(&[
                    &element(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1]),
                    &element(5, &[]),
                ]);
                let key = self.der("pkcs1");
                sequence(&[&element(2, &[0]), &algorithm, &element(4, &key)])
            }
        }
    }

    fn pem(&mut self, kind: &str) -> String {
        let (label, bytes) = match kind {
            "pkcs1" => ("RSA PRIVATE KEY", self.der(kind)),
            "ec" => ("EC PRIVATE KEY", self.der(kind)),
            "locked" => ("ENCRYPTED PRIVATE KEY", self.der(kind)),
            "random" => ("RSA PRIVATE KEY", self.bytes(600)),
            "openssh" => ("OPENSSH PRIVATE KEY", self.openssh("none")),
            "openssh-locked" => ("OPENSSH PRIVATE KEY", self.openssh("aes256-ctr")),
            kind => ("PRIVATE KEY", self.der(kind)),
        };
        let encoded = STANDARD.encode(bytes);
        let lines: Vec<&str> =
            encoded.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    }

    fn ssh_public(&mut self) -> Vec<u8> {
        [string(b"ssh-ed25519"), string(&self.bytes(32))].concat()
    }

    fn openssh(&mut self, cipher: &str) -> Vec<u8> {
        let kdf: &[u8] = if cipher == "none" { b"none" } else { b"bcrypt" };
        let parts = [
            string(cipher.as_bytes()),
            string(kdf),
            string(b""),
            vec![0, 0, 0, 1],
            string(&self.ssh_public()),
            string(&self.bytes(136)),
        ];
        [&b"openssh-key-v1\0"[..], &parts.concat()].concat()
    }

    fn putty(&mut self, encryption: &str) -> String {
        let public = STANDARD.encode(self.ssh_public());
        let private = STANDARD.encode(self.bytes(36));
        let sum = self.text(&[DIGITS, "abcdef"], 64);
        format!(
            "PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: {encryption}\r\nComment: a\r\nPublic-Lines: 1\r\n{public}\r\nPrivate-Lines: 1\r\n{private}\r\nPrivate-MAC: {sum}\r\n"
        )
    }
}

fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    text.windows(needle.len()).position(|window| window == needle)
}

fn find_last(text: &[u8], needle: &[u8]) -> Option<usize> {
    text.windows(needle.len()).rposition(|window| window == needle)
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut out = vec![tag];
    match length {
        0..128 => out.push(length as u8),
        128..256 => out.extend([0x81, length as u8]),
        _ => out.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    out.extend(content);
    out
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(0x30, &parts.concat())
}

fn string(content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32).to_be_bytes()[..], content].concat()
}

/// CRC-32 bit by bit, as a second opinion.
pub fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |sum, byte| {
        (0..8).fold(
            sum ^ u32::from(*byte),
            |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 },
        )
    })
}

/// A number in base 36 or 62, digits before upper before lower case letters.
fn in_base(mut number: u32, base: u32, width: usize) -> String {
    let alphabet: Vec<char> = format!("{DIGITS}{UPPER}{LOWER}").chars().collect();
    let mut out = Vec::new();
    while number > 0 {
        out.push(alphabet[(number % base) as usize]);
        number /= base;
    }
    out.resize(width.max(out.len()), '0');
    out.iter().rev().collect()
}

fn base32(bytes: &[u8]) -> String {
    let alphabet: Vec<char> = format!("{UPPER}234567").chars().collect();
    let bit = |at: usize| bytes.get(at / 8).is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1);
    let digit = |at: usize| (0..5).fold(0, |digit, place| digit << 1 | usize::from(bit(at * 5 + place)));
    (0..(bytes.len() * 8).div_ceil(5)).map(|at| alphabet[digit(at)]).collect()
}

/// BIP 173.
fn bech32(name: &str, bytes: &[u8]) -> String {
    let chars: Vec<char> = "qpzry9x8gf2tvdw0s3jn54khce6mua7l".chars().collect();
    let bit = |at: usize| bytes.get(at / 8).is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1);
    let mut data: Vec<u8> = (0..(bytes.len() * 8).div_ceil(5))
        .map(|at| (0..5).fold(0, |digit, place| digit << 1 | u8::from(bit(at * 5 + place))))
        .collect();
    let mut all: Vec<u8> = name.bytes().map(|byte| byte >> 5).collect();
    all.push(0);
    all.extend(name.bytes().map(|byte| byte & 31));
    all.extend(&data);
    all.extend([0; 6]);
    let sum = all.iter().fold(1u32, |sum, value| {
        let top = sum >> 25;
        let mut sum = (sum & 0x1ff_ffff) << 5 ^ u32::from(*value);
        for (at, generator) in
            [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3].iter().enumerate()
        {
            if top >> at & 1 == 1 {
                sum ^= generator;
            }
        }
        sum
    }) ^ 1;
    data.extend((0..6).map(|at| (sum >> (5 * (5 - at)) & 31) as u8));
    format!("{name}1{}", data.iter().map(|digit| chars[usize::from(*digit)]).collect::<String>())
}
