//! RPM packages: a lead, a signature header, a header, then a packed cpio (RPM's "Package format V4").

use crate::bytes::{slice, u32_be};
use crate::sink::{Broken, Sink};

const LEAD: usize = 96;

pub(crate) fn is(content: &[u8]) -> bool {
    content.starts_with(&[0xed, 0xab, 0xee, 0xdb]) && content.len() > LEAD
}

pub(crate) fn open(content: &[u8], sink: &mut Sink<'_>) -> Result<(), Broken> {
    let signature = header_end(content, LEAD).ok_or("its signature header is cut")?;
    let header = header_end(content, signature.next_multiple_of(8)).ok_or("its header is cut")?;
    let payload = content.get(header..).ok_or("its payload is missing")?;
    Ok(sink.member(b"payload", payload)?)
}

/// Magic and version, four reserved bytes, the number of index entries (16 bytes each), bytes of data.
fn header_end(content: &[u8], at: usize) -> Option<usize> {
    if slice(content, at, 4)? != [0x8e, 0xad, 0xe8, 1] {
        return None;
    }
    let entries = usize::try_from(u32_be(content, at + 8)?).ok()?;
    let data = usize::try_from(u32_be(content, at + 12)?).ok()?;
    let end = entries.checked_mul(16)?.checked_add(data)?.checked_add(at + 16)?;
    (end <= content.len()).then_some(end)
}
