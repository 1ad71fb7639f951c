//! Streams of PDF documents (ISO 32000-1, section 7.3.8): packed by deflate, ASCII 85 or hexadecimal.

use crate::sink::{Broken, Sink};
use memchr::memmem;

pub(crate) fn is(content: &[u8]) -> bool {
    memmem::find(&content[..content.len().min(1024)], b"%PDF-").is_some()
}

pub(crate) fn open(content: &[u8], sink: &mut Sink<'_>) -> Result<(), Broken> {
    let tail = &content[content.len().saturating_sub(4096)..];
    if memmem::find(tail, b"/Encrypt").is_some() {
        return Err(Broken::Unreadable("it is encrypted".to_owned()));
    }
    let mut at = 0;
    while let Some(found) = content.get(at..).and_then(|rest| memmem::find(rest, b"stream")) {
        let word = at + found;
        at = word + 6;
        if content[..word].ends_with(b"end") {
            continue;
        }
        let from = match &content[at..] {
            [b'\r', b'\n', ..] => at + 2,
            [b'\n' | b'\r', ..] => at + 1,
            _ => continue,
        };
        let end = memmem::find(&content[from..], b"endstream").map_or(content.len(), |end| from + end);
        let before = &content[word.saturating_sub(2048)..word];
        let dictionary = memmem::rfind(before, b"obj").map_or(before, |begin| &before[begin..]);
        let has = |name: &[u8]| memmem::find(dictionary, name).is_some();
        let end = length(dictionary)
            .and_then(|length| from.checked_add(length))
            .filter(|&at| at <= end)
            .unwrap_or(end);
        let mut bytes = content[from..end].to_vec();
        if has(b"/ASCII85Decode") || has(b"/A85") {
            bytes = ascii85(&bytes);
        } else if has(b"/ASCIIHexDecode") || has(b"/AHx") {
            bytes = hexadecimal(&bytes);
        }
        let name = format!("stream-{word:x}");
        if has(b"/FlateDecode") || has(b"/Fl ") {
            // What follows the end of the deflated bytes is of no matter; a stream that is none is shown as it is.
            match bytes.first() {
                Some(first) if first & 0x0f == 8 => {
                    sink.read(name.as_bytes(), &mut flate2::bufread::ZlibDecoder::new(bytes.as_slice()))?;
                }
                _ => sink.member(name.as_bytes(), &bytes)?,
            }
        } else if !has(b"/DCTDecode") && !has(b"/JPXDecode") && !has(b"/CCITTFaxDecode") {
            sink.member(name.as_bytes(), &bytes)?;
        }
        at = end;
    }
    Ok(())
}

/// The length that the dictionary gives, unless another object has it.
fn length(dictionary: &[u8]) -> Option<usize> {
    let at = memmem::find(dictionary, b"/Length ")? + 8;
    let rest = dictionary.get(at..)?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    // `12 0 R` is a reference.
    let reference =
        rest[digits..].first() == Some(&b' ') && rest.get(digits + 1).is_some_and(u8::is_ascii_digit);
    let length = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
    (!reference).then_some(length)
}

/// Section 7.4.3.
fn ascii85(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut group = Vec::with_capacity(5);
    for &byte in text.iter().take_while(|&&byte| byte != b'~') {
        match byte {
            b'z' if group.is_empty() => out.extend([0; 4]),
            b'!'..=b'u' => group.push(u32::from(byte - b'!')),
            _ => {}
        }
        if group.len() == 5 {
            out.extend(number(&group).to_be_bytes());
            group.clear();
        }
    }
    if group.len() > 1 {
        let kept = group.len() - 1;
        group.resize(5, 84);
        out.extend(&number(&group).to_be_bytes()[..kept]);
    }
    out
}

fn number(group: &[u32]) -> u32 {
    group.iter().fold(0, |sum: u32, &digit| sum.wrapping_mul(85).wrapping_add(digit))
}

/// Section 7.4.2.
fn hexadecimal(text: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = text
        .iter()
        .take_while(|&&byte| byte != b'>')
        .filter_map(|&byte| (byte as char).to_digit(16))
        .map(|digit| digit as u8)
        .collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0)).collect()
}
