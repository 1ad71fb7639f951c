//! Finding the build info in an executable (Go source, `debug/buildinfo`; format in `cmd/link/internal/ld/data.go`,
//! `buildinfo`).

use memchr::memmem::Finder;
use object::{Object, ObjectSection, ObjectSegment, SegmentFlags};

/// What the header begins with; it lies at a multiple of 16.
const MAGIC: &[u8] = b"\xFF Go buildinf:";
const ALIGNMENT: usize = 16;
/// Bytes of the header.
const HEADER: usize = 32;
/// Bytes of Go's version.
const MAX_VERSION_BYTES: usize = 1024;
/// Bytes of the module list; the largest known ones have some hundred KiB.
const MAX_MODULES_BYTES: usize = 16 << 20;
/// Bytes within which UPX puts its mark.
const UPX_HEAD_BYTES: usize = 4096;
/// Bytes put before and behind the module list, for tools that search the memory of a process.
const MARK: usize = 16;

/// What Go notes in an executable.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BuildInfo {
    /// Version of Go: `go1.22.5`.
    pub(super) go: String,
    /// Lines of `path`, `mod`, `dep`, `=>` and `build`.
    pub(super) modules: String,
}

/// The build info of a thin ELF, PE or Mach-O file; `None` when there is none, `Err` when there is but it is damaged.
pub(super) fn read(content: &[u8]) -> Result<Option<BuildInfo>, String> {
    let Ok(file) = object::File::parse(content) else { return Ok(None) };
    let magic = Finder::new(MAGIC);
    let mut damaged = false;
    if is_packed(content, &file) {
        return Err("packed with upx: what is in it cannot be seen".to_owned());
    }
    for region in regions(&file) {
        // Where it is not aligned it is data of a program that knows the format.
        for at in magic.find_iter(region).filter(|at| at % ALIGNMENT == 0) {
            match parse(&region[at..], &file) {
                Some(info) => return Ok(Some(info)),
                None => damaged = true,
            }
        }
    }
    if damaged { Err("the build info of Go in it is damaged".to_owned()) } else { Ok(None) }
}

/// Did UPX pack it? Then it has no sections (ELF) or UPX's own (PE), and UPX's mark near its beginning.
fn is_packed(content: &[u8], file: &object::File<'_>) -> bool {
    let head = &content[..content.len().min(UPX_HEAD_BYTES)];
    let is_upx = match file.format() {
        object::BinaryFormat::Elf => file.sections().next().is_none(),
        object::BinaryFormat::Pe => file.sections().any(|section| section.name_bytes() == Ok(b"UPX0")),
        _ => false,
    };
    is_upx && memchr::memmem::find(head, b"UPX!").is_some()
}

/// Where it may lie: in its own section (ELF, Mach-O), in the data section (PE), or, when the section table was
/// stripped, in a writable segment. Other executables are done with when their section table is.
fn regions<'data>(file: &object::File<'data>) -> Vec<&'data [u8]> {
    let is_pe = matches!(file.format(), object::BinaryFormat::Pe);
    let mut has_sections = false;
    let mut regions = Vec::new();
    for section in file.sections() {
        has_sections = true;
        let is_it = match section.name_bytes() {
            Ok(b".go.buildinfo" | b"__go_buildinfo") => true,
            Ok(b".data") => is_pe,
            _ => false,
        };
        if is_it {
            regions.extend(section.data());
        }
    }
    if !has_sections {
        regions.extend(file.segments().filter(is_writable).filter_map(|segment| segment.data().ok()));
    }
    regions
}

fn is_writable<'data>(segment: &impl ObjectSegment<'data>) -> bool {
    match segment.flags() {
        SegmentFlags::Elf { p_flags, .. } => p_flags.contains(object::elf::PF_W),
        _ => true,
    }
}

/// Reads from the magic on: the strings themselves since Go 1.18, pointers to them before.
fn parse(region: &[u8], file: &object::File<'_>) -> Option<BuildInfo> {
    let (pointer_size, flags) = (*region.get(14)?, *region.get(15)?);
    let (go, modules) = if flags & 2 != 0 {
        let (go, rest) = inline_string(region.get(HEADER..)?, MAX_VERSION_BYTES)?;
        let (modules, _) = inline_string(rest, MAX_MODULES_BYTES)?;
        (go, modules)
    } else {
        let memory = Memory { file, is_64: pointer_size == 8, is_big_endian: flags & 1 != 0 };
        let pointer = usize::from(pointer_size);
        if pointer != 4 && pointer != 8 {
            return None;
        }
        let go = memory.string_behind(region.get(16..16 + pointer)?, MAX_VERSION_BYTES)?;
        let modules = memory.string_behind(region.get(16 + pointer..16 + 2 * pointer)?, MAX_MODULES_BYTES);
        (go, modules.unwrap_or_default())
    };
    let is_version = go.starts_with(b"go") || go.starts_with(b"devel");
    is_version.then(|| BuildInfo { go: lossy(go), modules: lossy(without_marks(modules)) })
}

/// A string behind its length (base 128, lowest digits first), and what follows.
fn inline_string(bytes: &[u8], max: usize) -> Option<(&[u8], &[u8])> {
    let mut len = 0_u64;
    for (index, &byte) in bytes.iter().enumerate().take(9) {
        len |= u64::from(byte & 0x7F) << (7 * index);
        if byte & 0x80 == 0 {
            let len = usize::try_from(len).ok().filter(|&len| len <= max)?;
            return bytes.get(index + 1..)?.split_at_checked(len);
        }
    }
    None
}

/// The program's memory as the file lays it out.
struct Memory<'file, 'data> {
    file: &'file object::File<'data>,
    is_64: bool,
    is_big_endian: bool,
}

impl<'data> Memory<'_, 'data> {
    /// The string whose header (pointer and length) lies where these bytes point.
    fn string_behind(&self, pointer: &[u8], max: usize) -> Option<&'data [u8]> {
        let size: usize = if self.is_64 { 8 } else { 4 };
        let header = self.at(self.number(pointer)?, 2 * size as u64)?;
        let len = self.number(header.get(size..)?)?;
        if len > max as u64 {
            return None;
        }
        self.at(self.number(header.get(..size)?)?, len)
    }

    fn number(&self, bytes: &[u8]) -> Option<u64> {
        Some(match (self.is_64, self.is_big_endian) {
            (true, true) => u64::from_be_bytes(bytes.try_into().ok()?),
            (true, false) => u64::from_le_bytes(bytes.try_into().ok()?),
            (false, true) => u32::from_be_bytes(bytes.try_into().ok()?).into(),
            (false, false) => u32::from_le_bytes(bytes.try_into().ok()?).into(),
        })
    }

    fn at(&self, address: u64, len: u64) -> Option<&'data [u8]> {
        self.file.segments().find_map(|segment| segment.data_range(address, len).ok().flatten())
    }
}

/// The list without its marks; empty when it has none, as Go reads it.
fn without_marks(modules: &[u8]) -> &[u8] {
    let inner = modules.get(MARK..modules.len().saturating_sub(MARK)).unwrap_or_default();
    if inner.ends_with(b"\n") { inner } else { b"" }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use crate::analyzers::{go::Binary, testing};

    const GO: &[u8] = b"go1.22.5";
    const MODULES: &[u8] = b"0w\xAF\x0C\x92t\x08\x02A\xE1\xC1\x07\xE6\xD6\x18\xE6path\tx/app\nmod\tx/app\tv1.0.0\th1:=\ndep\tx/lib\tv0.1.0\th1:=\n\xF92C1\x86\x18 r\x00\x82B\x10A\x16\xD8\xF2";
    const ADDRESS: u64 = 0x40_1000;
    const EXPECTED: &[&str] = &["x/app v1.0.0", "x/lib v0.1.0", "stdlib 1.22.5"];

    fn header(pointer_size: u8, flags: u8) -> Vec<u8> {
        let mut out = [b"\xFF Go buildinf:".as_slice(), &[pointer_size, flags]].concat();
        out.resize(if flags & 2 != 0 { 32 } else { 16 }, 0);
        out
    }

    fn inline() -> Vec<u8> {
        let mut out = header(0, 2);
        for string in [GO, MODULES] {
            assert!(string.len() < 0x4000);
            if string.len() >= 0x80 {
                out.push(string.len() as u8 | 0x80);
                out.push((string.len() >> 7) as u8);
            } else {
                out.push(string.len() as u8);
            }
            out.extend(string);
        }
        out
    }

    fn pointers(pointer_size: u8, is_big_endian: bool) -> Vec<u8> {
        let number = |value: u64| match (pointer_size, is_big_endian) {
            (4, true) => (value as u32).to_be_bytes().to_vec(),
            (4, false) => (value as u32).to_le_bytes().to_vec(),
            (_, true) => value.to_be_bytes().to_vec(),
            (_, false) => value.to_le_bytes().to_vec(),
        };
        let size = u64::from(pointer_size);
        let headers_at = ADDRESS + 16 + 2 * size;
        let go_at = headers_at + 4 * size;
        let mut out = header(pointer_size, is_big_endian.into());
        for value in [
            headers_at,
            headers_at + 2 * size,
            go_at,
            GO.len() as u64,
            go_at + GO.len() as u64,
            MODULES.len() as u64,
        ] {
            out.extend(number(value));
        }
        out.extend(GO);
        out.extend(MODULES);
        out
    }

    #[test]
    fn every_form_is_read() {
        let check = |info: &[u8]| {
            let elf = testing::elf(".go.buildinfo", info, ADDRESS);
            testing::check(&Binary, "/bin/app", elf, EXPECTED);
        };
        check(&inline());
        for pointer_size in [4, 8] {
            check(&pointers(pointer_size, false));
            check(&pointers(pointer_size, true));
        }
    }

    #[test]
    fn a_stripped_section_table_is_no_hindrance() {
        let mut elf = testing::elf(".go.buildinfo", &[&[0; 48], &*inline()].concat(), ADDRESS);
        elf[40..48].fill(0);
        elf[58..64].fill(0);
        testing::check(&Binary, "/bin/app", elf, EXPECTED);
    }

    #[test]
    fn packed_executables_are_said() {
        let mut elf = testing::elf(".x", b"\0\0\0\0UPX!", ADDRESS);
        testing::check(&Binary, "/bin/app", &elf, &[]);
        elf[40..48].fill(0);
        elf[58..64].fill(0);
        assert_eq!(testing::read(&Binary, "/bin/app", &elf).unread.len(), 1);
    }

    #[test]
    fn what_is_not_go_has_no_modules() {
        testing::check(&Binary, "/bin/app", testing::elf(".data", &inline(), ADDRESS), &[]);
        let misplaced = [&[0; 8], &*inline()].concat();
        testing::check(&Binary, "/bin/app", testing::elf(".go.buildinfo", &misplaced, ADDRESS), &[]);
    }

    #[test]
    fn damaged_build_info_is_said() {
        let check = |info: &[u8]| {
            let findings = testing::read(&Binary, "/bin/app", &testing::elf(".go.buildinfo", info, ADDRESS));
            assert_eq!((findings.facts.len(), findings.unread.len()), (0, 1));
        };
        check(&inline()[..40]);
        check(&header(0, 2));
        check(&header(8, 0));
        check(&header(3, 0));
        check(&[header(0, 2), vec![0xFF; 20]].concat());
        check(&[header(8, 0), vec![0xFF; 16]].concat());
    }

    #[test]
    fn hostile_files_are_survived() {
        testing::survives(&Binary, "/bin/app", &testing::elf(".go.buildinfo", &inline(), ADDRESS));
        testing::survives(&Binary, "/bin/app", &testing::elf(".go.buildinfo", &pointers(8, false), ADDRESS));
    }
}
