//! Files inside text: mails and mailboxes (MIME, RFC 2045), uuencode, BinHex 4.0 (RFC 1741), `data:` addresses in HTML
//! (RFC 2397).

use crate::bytes::{u16_be, u32_be};
use crate::sink::{Broken, Sink};
use memchr::memmem;

/// Headers that mails and mailboxes begin with.
const HEADERS: &[&[u8]] = &[
    b"from ",
    b"from:",
    b"to:",
    b"subject:",
    b"date:",
    b"received:",
    b"return-path:",
    b"message-id:",
    b"mime-version:",
    b"content-type:",
    b"delivered-to:",
    b"x-",
];

fn starts_with(line: &[u8], word: &[u8]) -> bool {
    line.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
}

/// A header at the beginning, and an encoding or uuencoded lines further on.
pub(crate) fn is_mail(content: &[u8]) -> bool {
    HEADERS.iter().any(|header| starts_with(content, header))
        && !content[..content.len().min(1024)].contains(&0)
        || content.starts_with(b"begin ")
            && content.get(6..9).is_some_and(|mode| mode.iter().all(u8::is_ascii_digit))
}

pub(crate) fn mail(content: &[u8], sink: &mut Sink<'_>) -> Result<(), Broken> {
    let mut part = Part::default();
    let mut in_header = !content.starts_with(b"begin ");
    let mut uu: Option<(Vec<u8>, Vec<u8>)> = None;
    for line in content.split(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if let Some((name, bytes)) = &mut uu {
            // What is no uuencoded line ends it as `end` does; cut files are shown as far as they go.
            if line == b"end" || !uu_line(line, bytes) {
                sink.member(name, bytes)?;
                uu = None;
            }
        } else if in_header {
            part.header(line);
            in_header = !line.is_empty();
        } else if line.starts_with(b"--") && line.len() > 2 || line.starts_with(b"From ") {
            part.show(sink)?;
            in_header = true;
        } else if let Some(name) = uu_begin(line) {
            uu = Some((name.to_vec(), Vec::new()));
        } else {
            part.body(line);
        }
    }
    if let Some((name, bytes)) = uu {
        sink.member(&name, &bytes)?;
    }
    Ok(part.show(sink)?)
}

/// A part of a mail as far as it was read.
#[derive(Default)]
struct Part {
    name: Vec<u8>,
    base64: bool,
    bits: Base64,
}

impl Part {
    fn header(&mut self, line: &[u8]) {
        if starts_with(line, b"content-transfer-encoding:") {
            self.base64 = line[26..].trim_ascii().eq_ignore_ascii_case(b"base64");
        }
        let lower = line.to_ascii_lowercase();
        if let Some(at) = memmem::find(&lower, b"name=") {
            let name = line[at + 5..].trim_ascii();
            let name = name.strip_prefix(b"\"").unwrap_or(name);
            self.name = name.split(|&byte| matches!(byte, b'"' | b';')).next().unwrap_or_default().to_vec();
        }
    }

    fn body(&mut self, line: &[u8]) {
        if self.base64 {
            line.iter().for_each(|&byte| self.bits.push(byte));
        }
    }

    fn show(&mut self, sink: &mut Sink<'_>) -> Result<(), crate::sink::Stop> {
        let part = std::mem::take(self);
        if part.bits.bytes.is_empty() {
            return Ok(());
        }
        let name = if part.name.is_empty() { b"part".to_vec() } else { part.name };
        sink.member(&name, &part.bits.bytes)
    }
}

/// Base64 that passes over what is none.
#[derive(Default)]
pub(crate) struct Base64 {
    bits: u32,
    count: u32,
    pub bytes: Vec<u8>,
}

impl Base64 {
    pub fn push(&mut self, byte: u8) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return,
        };
        self.bits = self.bits << 6 | u32::from(value);
        self.count += 6;
        if self.count >= 8 {
            self.count -= 8;
            self.bytes.push((self.bits >> self.count) as u8);
        }
    }
}

/// `begin MODE NAME`.
fn uu_begin(line: &[u8]) -> Option<&[u8]> {
    let (mode, name) = line.strip_prefix(b"begin ")?.split_at_checked(3)?;
    mode.iter().all(u8::is_ascii_digit).then_some(name.trim_ascii())
}

/// A count of bytes, then four characters for three bytes (POSIX.1-2017 `uuencode`).
fn uu_line(line: &[u8], out: &mut Vec<u8>) -> bool {
    let value = |byte: u8| byte.wrapping_sub(32) & 0x3f;
    let Some((&count, rest)) = line.split_first() else { return true };
    if !(32..=96).contains(&count) {
        return false;
    }
    let from = out.len();
    for four in rest.chunks(4) {
        let at = |index: usize| value(four.get(index).copied().unwrap_or(b' '));
        out.extend([at(0) << 2 | at(1) >> 4, at(1) << 4 | at(2) >> 2, at(2) << 6 | at(3)]);
    }
    out.truncate(from + usize::from(value(count)));
    true
}

const BINHEX: &[u8] = b"(This file must be converted with BinHex";

pub(crate) fn is_binhex(content: &[u8]) -> bool {
    memmem::find(&content[..content.len().min(4096)], BINHEX).is_some()
}

/// RFC 1741: six bits a character, runs of a byte, then a header with the name and the lengths of both forks.
pub(crate) fn binhex(content: &[u8], sink: &mut Sink<'_>) -> Result<(), Broken> {
    const ALPHABET: &[u8; 64] = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr";
    let at = memmem::find(content, BINHEX).ok_or("its first line is missing")?;
    let rest = &content[at..];
    let from = memchr::memchr(b':', rest).ok_or("its content is missing")? + 1;
    let (mut bits, mut count, mut packed) = (0_u32, 0, Vec::new());
    for &byte in rest[from..].iter().take_while(|&&byte| byte != b':') {
        let Some(value) = ALPHABET.iter().position(|&one| one == byte) else { continue };
        bits = bits << 6 | value as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            packed.push((bits >> count) as u8);
        }
    }
    let mut out: Vec<u8> = Vec::new();
    let mut packed = packed.into_iter();
    while let Some(byte) = packed.next() {
        if byte != 0x90 {
            out.push(byte);
            continue;
        }
        match (packed.next(), out.last().copied()) {
            (Some(0), _) => out.push(0x90),
            (Some(times), Some(last)) => out.extend(std::iter::repeat_n(last, usize::from(times) - 1)),
            _ => return Err("a run is cut".into()),
        }
        if out.len() as u64 > sink.left() {
            return Err("it is too large".into());
        }
    }
    let length = usize::from(*out.first().ok_or("it is empty")?);
    let name = out.get(1..=length).ok_or("its name is cut")?;
    let header = length + 2;
    let data = u32_be(&out, header + 10).ok_or("its header is cut")? as usize;
    u16_be(&out, header + 18).ok_or("its header is cut")?;
    let content = crate::bytes::slice(&out, header + 20, data).ok_or("its content is cut")?;
    Ok(sink.member(name, content)?)
}

/// Markup, in which there is a packed address.
pub(crate) fn is_html(content: &[u8]) -> bool {
    content.trim_ascii_start().starts_with(b"<") && memmem::find(content, b";base64,").is_some()
}

/// Shows programs, scripts and archives; pictures and fonts are of no use to anybody here.
pub(crate) fn html(content: &[u8], sink: &mut Sink<'_>) -> Result<(), Broken> {
    for at in memmem::find_iter(content, b";base64,") {
        let mut decoder = Base64::default();
        let coded = content[at + 8..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte));
        coded.for_each(|&byte| decoder.push(byte));
        let wanted = [&b"MZ"[..], b"\x7fELF", b"#!", b"PK\x03\x04", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf"];
        if wanted.iter().any(|magic| decoder.bytes.starts_with(magic)) {
            sink.member(b"data", &decoder.bytes)?;
        }
    }
    Ok(())
}
