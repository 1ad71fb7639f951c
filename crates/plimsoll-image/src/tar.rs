//! Reading a tar that may be hostile: one header at a time, every size checked before it is believed.
//!
//! The `tar` crate reads extension headers whole before the caller sees them (one that declares 1 GiB is 1 GiB of
//! memory), so headers and extensions are read here, with bounds; the crate is the second opinion in the tests.

pub(crate) mod header;
pub(crate) mod path;
pub(crate) mod pax;
pub(crate) mod sparse;

use crate::ImageError;
use header::{BLOCK, Header};
use pax::Pax;
use plimsoll_model::{LimitError, Limits};
use sparse::{InContent, SparseMap};
use std::io;

/// Why a tar cannot be read further. Who reads it adds its name.
#[derive(Debug)]
pub(crate) enum Problem {
    /// Bytes that no tar has.
    Malformed(&'static str),
    /// It ends in the middle of something.
    Truncated,
    /// A bound was hit.
    Limit(LimitError),
    /// The bytes cannot be had.
    Io(io::Error),
    /// The bytes cannot be had, and whoever gives them said why in full.
    Image(ImageError),
}

impl From<LimitError> for Problem {
    fn from(error: LimitError) -> Problem {
        Problem::Limit(error)
    }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Problem {
        match error.downcast::<ImageError>() {
            Ok(error) => Problem::Image(error),
            Err(error) => Problem::Io(error),
        }
    }
}

impl Problem {
    /// The error for `what`: `layer sha256:…`, `the archive alpine.tar`.
    pub fn of(self, what: &str) -> ImageError {
        let why = match self {
            Problem::Limit(error) => return error.into(),
            Problem::Image(error) => return error,
            Problem::Malformed(why) => why.to_owned(),
            Problem::Truncated => "it ends in the middle".to_owned(),
            Problem::Io(error) => error.to_string(),
        };
        ImageError::Broken { what: what.to_owned(), why }
    }
}

/// Bytes that come in pieces.
pub(crate) trait Input {
    /// The bytes at hand; empty only at the end.
    fn fill(&mut self) -> Result<&[u8], Problem>;

    /// Takes so many of the bytes at hand.
    fn consume(&mut self, count: usize);

    /// Passes over so many bytes; [`Problem::Truncated`] when there are fewer.
    fn skip(&mut self, mut count: u64) -> Result<(), Problem> {
        while count > 0 {
            let at_hand = self.fill()?.len();
            if at_hand == 0 {
                return Err(Problem::Truncated);
            }
            let taken = usize::try_from(count).map_or(at_hand, |count| count.min(at_hand));
            self.consume(taken);
            count -= taken as u64;
        }
        Ok(())
    }
}

/// Something in a tar, all its headers joined. Its content follows in the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub name: Vec<u8>,
    /// The type flag; a folder is always `5` and a regular file that is not sparse `0`.
    pub flag: u8,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub mtime: i64,
    pub link: Vec<u8>,
    pub capability: Option<Vec<u8>>,
    /// Bytes of content that follow, before [`padding`].
    pub stored: u64,
    /// Where those bytes belong, when the file is sparse.
    pub sparse: Option<SparseMap>,
    /// Bytes before the content that belong to the same padded unit.
    unit: u64,
}

impl Member {
    /// Bytes of the file.
    pub fn size(&self) -> u64 {
        self.sparse.as_ref().map_or(self.stored, |map| map.real_size)
    }

    /// Passes over what pads the content to whole blocks; the last padding of a tar may be missing.
    pub fn skip_padding(&self, input: &mut impl Input) -> Result<(), Problem> {
        let mut rest = padding(self.unit + self.stored);
        while rest > 0 {
            let at_hand = input.fill()?.len();
            if at_hand == 0 {
                break;
            }
            let taken = rest.min(at_hand);
            input.consume(taken);
            rest -= taken;
        }
        Ok(())
    }
}

/// Reads up to the content of the next member; `None` at the end of the tar: two blocks of zeros, or nothing more.
///
/// Extensions apply as in Go's `archive/tar`, which unpacks images: a PAX size counts for the member, not for a long
/// name before it; global headers change nothing; GNU long names win over PAX paths.
pub(crate) fn next_member(input: &mut impl Input, limits: &Limits) -> Result<Option<Member>, Problem> {
    let mut extensions = Extensions::default();
    loop {
        let Some(block) = read_block(input)? else { return Ok(None) };
        let Some(header) = header::parse(&block)? else {
            return match read_block(input)? {
                Some(second) if second.iter().any(|&byte| byte != 0) => {
                    Err(Problem::Malformed("a block of zeros stands between its entries"))
                }
                _ => Ok(None),
            };
        };
        if !matches!(header.flag, b'x' | b'g' | b'L' | b'K') {
            return extensions.finish(input, header, &block, limits).map(Some);
        }
        extensions.bytes = extensions.bytes.saturating_add(header.size).saturating_add(BLOCK as u64);
        limits
            .check("pax-bytes", extensions.bytes.saturating_sub(SLACK), || "an extended header".to_owned())?;
        let bytes = read_padded(input, header.size)?;
        match header.flag {
            b'x' => extensions.pax = pax::parse(&bytes)?,
            b'g' => {
                pax::parse(&bytes)?;
                extensions = Extensions { bytes: extensions.bytes, ..Extensions::default() };
            }
            b'L' => extensions.name = header::text(&bytes).to_vec(),
            _ => extensions.link = header::text(&bytes).to_vec(),
        }
    }
}

/// Headers before one member may add so much to the limit `pax-bytes`: a few blocks of their own.
const SLACK: u64 = 8 * BLOCK as u64;

/// What the headers before a member say about it.
#[derive(Default)]
struct Extensions {
    pax: Pax,
    name: Vec<u8>,
    link: Vec<u8>,
    bytes: u64,
}

impl Extensions {
    /// Joins the extensions with the header of the member itself.
    fn finish(
        self,
        input: &mut impl Input,
        header: Header,
        block: &[u8; BLOCK],
        limits: &Limits,
    ) -> Result<Member, Problem> {
        let Extensions { pax, name: long_name, link: long_link, .. } = self;
        let longer = |long: Vec<u8>, pax: Option<Vec<u8>>, short: Vec<u8>| match long.is_empty() {
            true => pax.unwrap_or(short),
            false => long,
        };
        let mut name = longer(long_name, pax.path, header.name);
        let flag = match header.flag {
            0 if name.ends_with(b"/") => b'5',
            0 | b'7' => b'0',
            flag => flag,
        };
        let has_content = !matches!(flag, b'1'..=b'6');
        let mut stored = if has_content { pax.size.unwrap_or(header.size) } else { 0 };
        if i64::try_from(stored).is_err() {
            return Err(Problem::Malformed("its size is too large for any file"));
        }
        let mut unit = 0;
        let mut sparse = None;
        if flag == b'S' {
            if !header.gnu {
                return Err(Problem::Malformed("its sparse map is not valid"));
            }
            sparse = Some(old_gnu_map(input, block, stored, limits)?);
        } else if has_content && (pax.sparse.in_content || !pax.sparse.map.is_empty()) {
            let stretches = if pax.sparse.in_content {
                let (map, bytes) = map_in_content(input, stored, limits)?;
                stored -= bytes;
                unit = bytes;
                map.stretches()?
            } else {
                sparse::pairs(&pax.sparse.map)?
            };
            name = pax.sparse.name.unwrap_or(name);
            sparse = Some(SparseMap::new(stretches, pax.sparse.real_size.unwrap_or(stored), stored)?);
        }
        Ok(Member {
            name,
            flag: if flag == b'S' { b'0' } else { flag },
            mode: header.mode,
            uid: pax.uid.map_or(header.uid, header::id),
            gid: pax.gid.map_or(header.gid, header::id),
            mtime: pax.mtime.unwrap_or(header.mtime),
            link: longer(long_link, pax.link, header.link),
            capability: pax.capability,
            stored,
            sparse,
            unit,
        })
    }
}

/// The map of an old GNU sparse file, in its header and the blocks after it.
fn old_gnu_map(
    input: &mut impl Input,
    block: &[u8; BLOCK],
    stored: u64,
    limits: &Limits,
) -> Result<SparseMap, Problem> {
    let mut stretches = Vec::new();
    let (mut more, real_size) = sparse::old_gnu_header(block, &mut stretches)?;
    let mut bytes = 0;
    while more {
        bytes += BLOCK as u64;
        limits.check("pax-bytes", bytes, || "the map of a sparse file".to_owned())?;
        let block = read_block(input)?.ok_or(Problem::Truncated)?;
        more = sparse::old_gnu(&block, 21, &mut stretches)?;
    }
    SparseMap::new(stretches, real_size, stored)
}

/// The map that stands before the content, and how many bytes it takes.
fn map_in_content(input: &mut impl Input, stored: u64, limits: &Limits) -> Result<(InContent, u64), Problem> {
    let mut map = InContent::default();
    let mut bytes = 0;
    loop {
        bytes += BLOCK as u64;
        limits.check("pax-bytes", bytes, || "the map of a sparse file".to_owned())?;
        if bytes > stored {
            return Err(Problem::Malformed("its sparse map is not valid"));
        }
        let block = read_block(input)?.ok_or(Problem::Truncated)?;
        if map.feed(&block)? {
            return Ok((map, bytes));
        }
    }
}

/// Bytes that pad `size` to whole blocks.
fn padding(size: u64) -> usize {
    // Below the block size, so it fits.
    ((BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64) as usize
}

fn read_block(input: &mut impl Input) -> Result<Option<[u8; BLOCK]>, Problem> {
    let at_hand = input.fill()?;
    if let Some(block) = at_hand.first_chunk::<BLOCK>() {
        let block = *block;
        input.consume(BLOCK);
        return Ok(Some(block));
    }
    if at_hand.is_empty() {
        return Ok(None);
    }
    let mut block = [0; BLOCK];
    let mut filled = 0;
    while filled < BLOCK {
        let at_hand = input.fill()?;
        if at_hand.is_empty() {
            return Err(Problem::Truncated);
        }
        let taken = at_hand.len().min(BLOCK - filled);
        block[filled..filled + taken].copy_from_slice(&at_hand[..taken]);
        input.consume(taken);
        filled += taken;
    }
    Ok(Some(block))
}

/// The content of an extension header; the caller has checked `size`. Memory grows only with bytes that are there.
fn read_padded(input: &mut impl Input, size: u64) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let mut rest = usize::try_from(size).map_err(|_| Problem::Truncated)?;
    while rest > 0 {
        let at_hand = input.fill()?;
        if at_hand.is_empty() {
            return Err(Problem::Truncated);
        }
        let taken = at_hand.len().min(rest);
        bytes.extend_from_slice(&at_hand[..taken]);
        input.consume(taken);
        rest -= taken;
    }
    input.skip(padding(size) as u64)?;
    Ok(bytes)
}

/// Bytes in memory, for tests, fuzzing and small things; `piece` bounds what is at hand at a time.
pub(crate) struct SliceInput<'a> {
    pub bytes: &'a [u8],
    pub piece: usize,
}

impl Input for SliceInput<'_> {
    fn fill(&mut self) -> Result<&[u8], Problem> {
        Ok(&self.bytes[..self.bytes.len().min(self.piece.max(1))])
    }

    fn consume(&mut self, count: usize) {
        self.bytes = &self.bytes[count..];
    }
}

/// All members of a tar in memory, with their stored content; for tests and fuzzing.
pub(crate) fn parse(bytes: &[u8], piece: usize, limits: &Limits) -> Result<Vec<(Member, Vec<u8>)>, Problem> {
    let mut input = SliceInput { bytes, piece };
    let mut members = Vec::new();
    while let Some(member) = next_member(&mut input, limits)? {
        let stored = usize::try_from(member.stored).map_err(|_| Problem::Truncated)?;
        let content = input.bytes.get(..stored).ok_or(Problem::Truncated)?.to_vec();
        input.skip(member.stored)?;
        member.skip_padding(&mut input)?;
        members.push((member, content));
    }
    Ok(members)
}

#[cfg(test)]
pub(crate) mod build {
    //! Making tars that no tool would write.

    use super::*;

    /// A raw header of this flag; `edit` may do anything before the checksum is made.
    pub fn raw(flag: u8, name: &str, size: u64, edit: impl FnOnce(&mut tar::Header)) -> Vec<u8> {
        let mut header = tar::Header::new_gnu();
        header.as_mut_bytes()[..name.len().min(100)].copy_from_slice(&name.as_bytes()[..name.len().min(100)]);
        header.set_size(size);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_entry_type(tar::EntryType::new(flag));
        edit(&mut header);
        header.set_cksum();
        header.as_bytes().to_vec()
    }

    pub fn padded(content: &[u8]) -> Vec<u8> {
        let mut bytes = content.to_vec();
        bytes.resize(bytes.len() + padding(bytes.len() as u64), 0);
        bytes
    }

    pub fn file(name: &str, content: &[u8]) -> Vec<u8> {
        [raw(b'0', name, content.len() as u64, |_| ()), padded(content)].concat()
    }

    pub fn dir(name: &str) -> Vec<u8> {
        raw(b'5', name, 0, |header| header.set_mode(0o755))
    }

    pub fn link(flag: u8, name: &str, to: &str) -> Vec<u8> {
        raw(flag, name, 0, |header| {
            header.as_mut_bytes()[157..157 + to.len()].copy_from_slice(to.as_bytes());
        })
    }

    pub fn extension(flag: u8, content: &[u8]) -> Vec<u8> {
        [raw(flag, "ext", content.len() as u64, |_| ()), padded(content)].concat()
    }

    pub fn pax(records: &[(&str, &[u8])]) -> Vec<u8> {
        extension(b'x', &pax::write(records))
    }

    pub fn end() -> Vec<u8> {
        vec![0; 2 * BLOCK]
    }
}

#[cfg(test)]
mod tests {
    use super::build::{dir, end, extension, file, link, padded, pax, raw};
    use super::*;
    use proptest::prelude::*;

    /// What a tar of these parts holds: names and contents, or why it cannot be read.
    fn check(parts: &[Vec<u8>]) -> Result<Vec<(String, Vec<u8>)>, String> {
        let bytes = parts.concat();
        let read = |piece| match parse(&bytes, piece, &Limits::default()) {
            Ok(members) => Ok(members
                .into_iter()
                .map(|(member, content)| (String::from_utf8_lossy(&member.name).into_owned(), content))
                .collect::<Vec<_>>()),
            Err(problem) => Err(problem.of("tar").to_string()),
        };
        let whole = read(usize::MAX);
        assert_eq!(whole, read(7), "pieces must not matter");
        whole
    }

    fn files(list: &[(&str, &[u8])]) -> Result<Vec<(String, Vec<u8>)>, String> {
        Ok(list.iter().map(|(name, content)| ((*name).to_owned(), content.to_vec())).collect())
    }

    #[test]
    fn the_end_is_two_zero_blocks_or_nothing_more() {
        assert_eq!(check(&[file("a", b"1"), end()]), files(&[("a", b"1")]));
        assert_eq!(check(&[file("a", b"1")]), files(&[("a", b"1")]));
        assert_eq!(check(&[file("a", b"1"), vec![0; 512]]), files(&[("a", b"1")]));
        assert_eq!(check(&[file("a", b"1"), end(), file("b", b"2")]), files(&[("a", b"1")]));
        assert_eq!(check(&[]), files(&[]));
        assert!(check(&[file("a", b"1"), vec![0; 512], file("b", b"2")]).is_err());
        let cut = file("a", b"1");
        assert_eq!(check(&[cut[..513].to_vec()]), files(&[("a", b"1")]), "the last padding may be missing");
        for length in [1, 300, 511, 512] {
            assert!(check(&[cut[..length].to_vec()]).is_err(), "{length}");
        }
    }

    #[test]
    fn a_pax_size_says_where_the_next_header_is() {
        let inner = file("hidden", b"evil");
        let size = inner.len().to_string();
        // The header says 0, PAX says more: the inner header is content, not an entry.
        let desync =
            [pax(&[("size", size.as_bytes())]), raw(b'0', "a", 0, |_| ()), inner.clone(), file("b", b"2")];
        assert_eq!(check(&desync), files(&[("a", &inner), ("b", b"2")]));
        // The same around a long name: the PAX size must not count for the `L` header.
        let around = [
            pax(&[("size", b"3")]),
            extension(b'L', b"long\0"),
            raw(b'0', "a", 0, |_| ()),
            padded(b"123"),
            file("b", b"2"),
        ];
        assert_eq!(check(&around), files(&[("long", b"123"), ("b", b"2")]));
        // Folders and links have no content, whatever they say.
        let folder = [raw(b'5', "d/", 512, |_| ()), file("b", b"2")];
        assert_eq!(check(&folder), files(&[("d/", b""), ("b", b"2")]));
        // A global header changes nothing, and what stood before it is forgotten.
        let global = [
            pax(&[("path", b"x")]),
            extension(b'g', &pax::write(&[("size", b"512"), ("path", b"y")])),
            file("a", b"1"),
        ];
        assert_eq!(check(&global), files(&[("a", b"1")]));
    }

    #[test]
    fn long_names_and_links_are_read() {
        let long = "d/".repeat(200) + "file";
        assert_eq!(check(&[extension(b'L', long.as_bytes()), file("short", b"1")]), files(&[(&long, b"1")]));
        assert_eq!(check(&[pax(&[("path", long.as_bytes())]), file("short", b"1")]), files(&[(&long, b"1")]));
        let members =
            parse(&[extension(b'K', b"/to\0"), link(b'2', "a", "x")].concat(), 9, &Limits::default());
        assert_eq!(members.expect("valid")[0].0.link, b"/to");
        let mut ustar = tar::Header::new_ustar();
        ustar.set_path(format!("{}/{}", "p".repeat(100), "n".repeat(50))).expect("fits");
        ustar.set_size(0);
        ustar.set_cksum();
        let members = parse(ustar.as_bytes(), 512, &Limits::default()).expect("valid");
        assert_eq!(members[0].0.name.len(), 151);
    }

    #[test]
    fn hostile_headers_are_refused_without_reading_them() {
        let gib = 1 << 30;
        for (part, why) in [
            (raw(b'x', "p", gib, |_| ()), "pax-bytes"),
            (raw(b'L', "p", gib, |_| ()), "pax-bytes"),
            (raw(b'g', "p", u64::MAX >> 2, |_| ()), "pax-bytes"),
            (extension(b'L', &[b'a'; 1000]).repeat(1200), "pax-bytes"),
            (raw(b'0', "n", 0, |header| header.as_mut_bytes()[124..136].fill(0xff)), "size"),
            (pax(&[("size", b"-1")]), "extended header"),
            (raw(b'x', "p", 4000, |_| ()), "middle"),
        ] {
            let error = check(&[part]).expect_err(why);
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn sparse_files_have_their_real_size() {
        let old = raw(b'S', "s", 5, |header| {
            let bytes = header.as_mut_bytes();
            bytes[386..398].copy_from_slice(b"00000001000\0");
            bytes[398..410].copy_from_slice(b"00000000005\0");
            bytes[483..495].copy_from_slice(b"00000002000\0");
        });
        let zero_one =
            pax(&[("GNU.sparse.map", b"512,5"), ("GNU.sparse.size", b"1024"), ("GNU.sparse.name", b"s")]);
        let one_zero = pax(&[
            ("GNU.sparse.major", b"1"),
            ("GNU.sparse.minor", b"0"),
            ("GNU.sparse.name", b"s"),
            ("GNU.sparse.realsize", b"1024"),
        ]);
        let forms = [
            vec![old, padded(b"hello")],
            vec![zero_one, file("x", b"hello")],
            vec![one_zero, raw(b'0', "x", 517, |_| ()), padded(b"1\n512\n5\n"), padded(b"hello")],
        ];
        for mut form in forms {
            form.push(file("next", b""));
            let members = parse(&form.concat(), 100, &Limits::default()).expect("valid");
            assert_eq!(members.len(), 2);
            let (member, content) = &members[0];
            assert_eq!((member.name.as_slice(), member.size(), member.stored), (&b"s"[..], 1024, 5));
            assert_eq!(content, b"hello");
            assert_eq!(members[1].0.name, b"next");
        }
    }

    #[test]
    fn sparse_maps_are_bounded() {
        // A chain of extension blocks without end.
        let start = raw(b'S', "s", 0, |header| header.as_mut_bytes()[482] = 1);
        let mut block = vec![0; 512];
        block[504] = 1;
        let error = check(&[start, block.repeat(3000)]).expect_err("bounded");
        assert!(error.contains("pax-bytes"), "{error}");
        let endless = pax(&[("GNU.sparse.major", b"1"), ("GNU.sparse.minor", b"0")]);
        let lines = b"9999999999\n".repeat(200_000);
        let error = check(&[endless, file("x", &lines)]).expect_err("bounded");
        assert!(error.contains("pax-bytes"), "{error}");
    }

    fn arbitrary_tar() -> impl Strategy<Value = Vec<u8>> {
        let part = prop_oneof![
            ("[a-c./]{0,12}", proptest::collection::vec(any::<u8>(), 0..700))
                .prop_map(|(name, content)| file(&name, &content)),
            "[a-c./]{0,12}".prop_map(|name| dir(&name)),
            ("[a-c./]{0,12}", "[a-c./]{0,12}").prop_map(|(name, to)| link(b'1', &name, &to)),
            "[a-c]{1,300}".prop_map(|name| extension(b'L', name.as_bytes())),
            "[a-c]{1,300}".prop_map(|name| pax(&[("path", name.as_bytes()), ("mtime", b"1.5")])),
        ];
        proptest::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn mutated_tars_never_panic(mut bytes in arbitrary_tar(), at in any::<prop::sample::Index>(), byte in any::<u8>(), piece in 1usize..600) {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let _ = parse(&bytes, piece, &Limits::default());
        }

        #[test]
        fn the_tar_crate_sees_the_same(parts in proptest::collection::vec(("[a-z]{1,10}(/[a-z]{1,60}){0,4}", proptest::collection::vec(any::<u8>(), 0..1500)), 0..5)) {
            let mut builder = tar::Builder::new(Vec::new());
            for (name, content) in &parts {
                let mut header = tar::Header::new_gnu();
                header.set_size(content.len() as u64);
                builder.append_data(&mut header, name, content.as_slice()).expect("in memory");
            }
            let bytes = builder.into_inner().expect("in memory");
            let ours: Vec<_> = parse(&bytes, 512, &Limits::default()).expect("valid").into_iter()
                .map(|(member, content)| (String::from_utf8(member.name).expect("letters"), content)).collect();
            prop_assert_eq!(ours, parts);
        }
    }
}
