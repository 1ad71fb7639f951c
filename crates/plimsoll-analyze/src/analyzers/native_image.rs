//! GraalVM native images: the list of components their builder embeds (`--enable-sbom`).

use super::{Analyzer, File, Findings, executable, sbom, unpack};
use object::{Object, ObjectSection, ObjectSymbol};
use plimsoll_model::Entry;

/// Executables with the symbols `sbom` and `sbom_length`.
pub(super) struct NativeImage;

/// Bytes of an unpacked list; that of a program with some hundred jars has about one MiB.
const MAX_SBOM_BYTES: u64 = 64 << 20;
/// Symbols that are looked at.
const MAX_SYMBOLS: usize = 2_000_000;

impl Analyzer for NativeImage {
    fn name(&self) -> &'static str {
        "native-image"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, _: &Entry, head: &[u8]) -> bool {
        executable::is_executable(head)
    }

    fn read(&self, file: &File<'_>) -> Findings {
        // Searching for the name is quicker than parsing the symbols of every program.
        if memchr::memmem::find(file.content, b"\0sbom_length\0").is_none() {
            return Findings::default();
        }
        match parse(file.content) {
            Ok(Some(document)) => Findings {
                unread: document.unread().into_iter().map(|reason| (String::new(), reason)).collect(),
                ..Findings::of(Ok(document.components))
            },
            Ok(None) => Findings::default(),
            Err(reason) => Findings::of(Err(reason)),
        }
    }
}

/// The embedded document, in gzip; `None` when the program has no such symbols.
pub(crate) fn parse(content: &[u8]) -> Result<Option<sbom::Document>, String> {
    let Ok(file) = object::File::parse(content) else { return Ok(None) };
    let address = |name: &[u8]| {
        let mut symbols = file.dynamic_symbols().chain(file.symbols()).take(MAX_SYMBOLS);
        symbols.find(|it| it.name_bytes() == Ok(name) && it.address() > 0).map(|symbol| symbol.address())
    };
    let (Some(at), Some(length_at)) = (address(b"sbom"), address(b"sbom_length")) else { return Ok(None) };
    let length = bytes_at(&file, length_at, 8).and_then(|bytes| <[u8; 8]>::try_from(bytes).ok());
    let length = length.map(u64::from_le_bytes).ok_or("the length of its SBOM lies outside of it")?;
    let packed = bytes_at(&file, at, length).ok_or("its SBOM lies outside of it")?;
    let document = sbom::parse(&unpack::unpack(packed, MAX_SBOM_BYTES)?)?;
    Ok(Some(document))
}

/// So many bytes at an address, in the section that is loaded there.
fn bytes_at<'a>(file: &object::File<'a>, address: u64, length: u64) -> Option<&'a [u8]> {
    file.sections().find_map(|section| {
        let start = address.checked_sub(section.address())?;
        let data = section.data().ok()?;
        let start = usize::try_from(start).ok()?;
        data.get(start..start.checked_add(usize::try_from(length).ok()?)?)
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{elf, elf_with_symbols, read_wanted, survives};
    use super::*;

    #[test]
    fn embedded_lists_are_read() {
        let document = br#"{"bomFormat":"CycloneDX","components":[{"type":"library","name":"netty-codec",
            "purl":"pkg:maven/io.netty/netty-codec@4.1.100"}]}"#;
        let packed = unpack::gzip(document);
        let content = [&(packed.len() as u64).to_le_bytes()[..], &packed].concat();
        let program =
            elf_with_symbols(".data", &content, 0x1000, &[("sbom_length", 0x1000), ("sbom", 0x1008)]);
        let found = read_wanted(&NativeImage, "/app", &program);
        assert_eq!(super::super::testing::lines(&found), ["io.netty:netty-codec 4.1.100"]);
        let outside =
            elf_with_symbols(".data", &content, 0x1000, &[("sbom_length", 0x1000), ("sbom", 0x9000)]);
        assert_eq!(read_wanted(&NativeImage, "/app", &outside).unread.len(), 1);
        assert_eq!(
            read_wanted(&NativeImage, "/app", &elf(".data", b"\0sbom_length\0", 0)),
            Findings::default()
        );
        survives(&NativeImage, "/app", &program);
    }
}
