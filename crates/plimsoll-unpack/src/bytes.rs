//! Numbers in bytes at an offset, `None` beyond the end.

/// Bytes `from..from + count`.
pub(crate) fn slice(content: &[u8], from: usize, count: usize) -> Option<&[u8]> {
    content.get(from..from.checked_add(count)?)
}

fn array<const N: usize>(content: &[u8], at: usize) -> Option<[u8; N]> {
    slice(content, at, N)?.try_into().ok()
}

pub(crate) fn u16_le(content: &[u8], at: usize) -> Option<u16> {
    array(content, at).map(u16::from_le_bytes)
}

pub(crate) fn u16_be(content: &[u8], at: usize) -> Option<u16> {
    array(content, at).map(u16::from_be_bytes)
}

pub(crate) fn u32_le(content: &[u8], at: usize) -> Option<u32> {
    array(content, at).map(u32::from_le_bytes)
}

pub(crate) fn u32_be(content: &[u8], at: usize) -> Option<u32> {
    array(content, at).map(u32::from_be_bytes)
}

pub(crate) fn u64_le(content: &[u8], at: usize) -> Option<u64> {
    array(content, at).map(u64::from_le_bytes)
}

/// A number of a header as an offset of this machine; `None` when it cannot be one.
pub(crate) fn offset(number: impl TryInto<usize>) -> Option<usize> {
    number.try_into().ok()
}

/// A number written in digits of this base, spaces and NUL around it.
pub(crate) fn digits(text: &[u8], base: u32) -> Option<u64> {
    let text = std::str::from_utf8(text).ok()?;
    let text = text.trim_matches(|c: char| c == ' ' || c == '\0');
    if text.is_empty() || text.starts_with('+') {
        return None;
    }
    u64::from_str_radix(text, base).ok()
}

/// What stands before the first NUL.
pub(crate) fn until_nul(text: &[u8]) -> &[u8] {
    &text[..text.iter().position(|&byte| byte == 0).unwrap_or(text.len())]
}
