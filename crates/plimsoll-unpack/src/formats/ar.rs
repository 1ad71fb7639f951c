//! `ar`: static libraries and Debian packages (deb(5)), with the long names of GNU and BSD.

use crate::bytes::{digits, slice};
use crate::sink::{Broken, Sink};

const MAGIC: &[u8] = b"!<arch>\n";
const HEADER: usize = 60;

pub(crate) fn is(content: &[u8]) -> bool {
    content.starts_with(MAGIC)
}

pub(crate) fn open(content: &[u8], sink: &mut Sink<'_>) -> Result<(), Broken> {
    let mut at = MAGIC.len();
    let mut names: &[u8] = &[];
    while at < content.len() {
        let header = slice(content, at, HEADER).ok_or("its last header is cut")?;
        if &header[58..] != b"`\n" {
            return Err("a header has no end mark".into());
        }
        let size = digits(&header[48..58], 10).and_then(|size| usize::try_from(size).ok());
        let size = size.ok_or("a member's size is no number")?;
        let member = slice(content, at + HEADER, size).ok_or("a member is cut")?;
        let name = header[..16].trim_ascii_end();
        match name {
            b"/" | b"/SYM64/" | b"__.SYMDEF" | b"__.SYMDEF SORTED" => {}
            b"//" => names = member,
            _ => {
                let (name, member) = long_name(name, member, names);
                sink.member(name, member)?;
            }
        }
        at += HEADER + size + size % 2;
    }
    Ok(())
}

/// GNU keeps long names in the member `//`, `/NUMBER` is an offset in it; BSD writes `#1/LENGTH` and the name before the
/// content.
fn long_name<'a>(name: &'a [u8], member: &'a [u8], names: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    let length = name.strip_prefix(b"#1/").and_then(|length| usize::try_from(digits(length, 10)?).ok());
    if let Some((name, rest)) = length.and_then(|length| member.split_at_checked(length)) {
        return (crate::bytes::until_nul(name), rest);
    }
    let offset =
        name.strip_prefix(b"/").and_then(|at| digits(at, 10)).and_then(|at| usize::try_from(at).ok());
    if let Some(rest) = offset.and_then(|at| names.get(at..)) {
        let end = rest.iter().position(|&byte| byte == b'\n' || byte == 0).unwrap_or(rest.len());
        return (rest[..end].strip_suffix(b"/").unwrap_or(&rest[..end]), member);
    }
    (name.strip_suffix(b"/").unwrap_or(name), member)
}
