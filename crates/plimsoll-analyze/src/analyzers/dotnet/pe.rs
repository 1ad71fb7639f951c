//! Managed assemblies: the version resource of a .dll or .exe.

use super::package;
use crate::analyzers::{Analyzer, File, Findings};
use object::pe::{
    IMAGE_DIRECTORY_ENTRY_COM_DESCRIPTOR, IMAGE_NT_OPTIONAL_HDR32_MAGIC, ImageNtHeaders32, ImageNtHeaders64,
    RT_VERSION,
};
use object::read::pe::{ImageNtHeaders, PeFile, ResourceDirectoryTable, optional_header_magic};
use plimsoll_model::{Component, Entry, Fact};

/// The nodes of a version resource that are looked at; real ones have about twenty.
const MAX_NODES: usize = 1000;

/// Reads the names and versions .NET assemblies carry. The shared frameworks are left out: their `*.deps.json` names
/// the pack their files came in.
pub(crate) struct DotnetPe;

impl Analyzer for DotnetPe {
    fn name(&self) -> &'static str {
        "dotnet-pe"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, head: &[u8]) -> bool {
        let extension = entry.path.rsplit_once('.').map_or("", |(_, extension)| extension);
        head.starts_with(b"MZ")
            && ["dll", "exe"].iter().any(|known| extension.eq_ignore_ascii_case(known))
            // Satellite assemblies hold translations of the one they belong to.
            && !entry.path.ends_with(".resources.dll")
            && !entry.path.contains("/shared/Microsoft.")
    }

    fn read(&self, file: &File<'_>) -> Findings {
        let mut findings = Findings::default();
        match parse(file.content, file.entry.file_name()) {
            Ok(component) => {
                findings.facts.extend(component.map(|it| (String::new(), Fact::Component(it))));
            }
            Err(reason) => findings.unread.push((String::new(), reason)),
        }
        findings
    }
}

/// The package an assembly belongs to as far as it says: `None` for native programs, and without a version.
pub(crate) fn parse(bytes: &[u8], file_name: &str) -> Result<Option<Component>, String> {
    let is_32 = optional_header_magic(bytes).map(|magic| magic == IMAGE_NT_OPTIONAL_HDR32_MAGIC);
    let resource = match is_32 {
        Ok(true) => version_resource::<ImageNtHeaders32>(bytes),
        Ok(false) => version_resource::<ImageNtHeaders64>(bytes),
        Err(error) => Err(error),
    };
    let resource = resource.map_err(|error| format!("not a program of Windows: {error}"))?;
    Ok(resource.and_then(|resource| component(&Strings::parse(resource), file_name)))
}

/// The version resource of a managed program: the first one, of the first language.
fn version_resource<'a, Pe: ImageNtHeaders>(bytes: &'a [u8]) -> object::read::Result<Option<&'a [u8]>> {
    let file = PeFile::<Pe>::parse(bytes)?;
    let clr = file.data_directory(IMAGE_DIRECTORY_ENTRY_COM_DESCRIPTOR);
    if clr.is_none_or(|clr| clr.virtual_address.get(object::LittleEndian) == 0) {
        return Ok(None);
    }
    let sections = file.section_table();
    let Some(directory) = file.data_directories().resource_directory(bytes, &sections)? else {
        return Ok(None);
    };
    let is_version = |table: &ResourceDirectoryTable<'a>| {
        table.entries.iter().position(|entry| entry.name_or_id().id() == Some(RT_VERSION))
    };
    let root = directory.root()?;
    let Some(entry) = is_version(&root).and_then(|at| root.entries.get(at)) else { return Ok(None) };
    let Some(names) = entry.data(directory)?.table() else { return Ok(None) };
    let Some(name) = names.entries.first() else { return Ok(None) };
    let Some(languages) = name.data(directory)?.table() else { return Ok(None) };
    let Some(language) = languages.entries.first() else { return Ok(None) };
    let Some(data) = language.data(directory)?.data() else { return Ok(None) };
    let address = data.offset_to_data.get(object::LittleEndian);
    let size = usize::try_from(data.size.get(object::LittleEndian)).unwrap_or(usize::MAX);
    let found = sections.pe_data_at(bytes, address);
    Ok(found.map(|found| &found[..size.min(found.len())]))
}

fn component(strings: &Strings, file_name: &str) -> Option<Component> {
    let stem = |name: &str| {
        let (stem, extension) = name.rsplit_once('.')?;
        matches!(extension.to_ascii_lowercase().as_str(), "dll" | "exe").then(|| stem.to_owned())
    };
    let name = stem(&strings.original_file_name).or_else(|| stem(file_name))?;
    let version = version(&strings.product_version).or_else(|| version(&strings.file_version))?;
    package(&name, &version)
}

/// NuGet's version in what builds write: `13.0.1` of `13.0.1+ae9fe44`, of `13.0.1 (debug)` and of `13.0.1.0`.
fn version(text: &str) -> Option<String> {
    let bare = text.split(['+', ' ', '@', ',', '\0']).next()?;
    let is_zero = bare.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    if !bare.starts_with(|c: char| c.is_ascii_digit()) || is_zero || !bare.contains('.') {
        return None;
    }
    let short = bare.strip_suffix(".0").filter(|short| short.split('.').count() == 3 && !short.contains('-'));
    Some(short.unwrap_or(bare).to_owned())
}

/// What is asked of a version resource.
#[derive(Debug, Default, PartialEq)]
struct Strings {
    original_file_name: String,
    product_version: String,
    file_version: String,
}

impl Strings {
    /// Reads a VS_VERSIONINFO (Win32 "VERSIONINFO resource"): nodes of key, value and children, whose strings lie in
    /// StringFileInfo, below a table for a language.
    fn parse(bytes: &[u8]) -> Strings {
        let mut strings = Strings::default();
        let mut left = MAX_NODES;
        let Some(root) = Node::parse(bytes) else { return strings };
        for info in root.children().filter(|node| node.key == "StringFileInfo") {
            for table in info.children() {
                for string in table.children() {
                    left = left.saturating_sub(1);
                    let field = match string.key.as_str() {
                        "OriginalFilename" => &mut strings.original_file_name,
                        "ProductVersion" => &mut strings.product_version,
                        "FileVersion" => &mut strings.file_version,
                        _ if left == 0 => return strings,
                        _ => continue,
                    };
                    if field.is_empty() {
                        *field = utf16(string.value).trim().to_owned();
                    }
                }
            }
        }
        strings
    }
}

/// One node: two-byte length of it all, of its value, and whether that is text; a key in UTF-16 that ends in zero;
/// value and children, each from a multiple of four.
struct Node<'a> {
    length: usize,
    key: String,
    value: &'a [u8],
    children: &'a [u8],
}

impl<'a> Node<'a> {
    fn parse(bytes: &'a [u8]) -> Option<Node<'a>> {
        let word = |at: usize| Some(usize::from(u16::from_le_bytes([*bytes.get(at)?, *bytes.get(at + 1)?])));
        let (length, value_length, is_text) = (word(0)?, word(2)?, word(4)? == 1);
        let whole = bytes.get(..length.min(bytes.len()))?;
        let key_bytes = whole.get(6..)?;
        let key_length = key_bytes.chunks_exact(2).position(|unit| unit == [0, 0])? * 2;
        let rest = whole.get((6 + key_length + 2).next_multiple_of(4)..).unwrap_or(&[]);
        let value_length = if is_text { value_length * 2 } else { value_length };
        let value = &rest[..value_length.min(rest.len())];
        let children = rest.get(value_length.next_multiple_of(4)..).unwrap_or(&[]);
        Some(Node { length, key: utf16(&key_bytes[..key_length]), value, children })
    }

    fn children(&self) -> impl Iterator<Item = Node<'a>> {
        let mut rest = self.children;
        std::iter::from_fn(move || {
            let node = Node::parse(rest)?;
            // A length below that of its own head would never end.
            rest = rest.get(node.length.max(6).next_multiple_of(4)..).unwrap_or(&[]);
            Some(node)
        })
    }
}

/// Text up to a zero, at most 256 units.
fn utf16(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
    let units = units.take_while(|&unit| unit != 0).take(256);
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn node(key: &str, value: &str, children: &[Vec<u8>]) -> Vec<u8> {
        let wide =
            |text: &str| text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let pad = |bytes: &mut Vec<u8>| bytes.resize(bytes.len().next_multiple_of(4), 0);
        let units = if value.is_empty() { 0 } else { value.encode_utf16().count() as u16 + 1 };
        let mut bytes = [0_u16, units, 1].iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
        bytes.extend(wide(key));
        pad(&mut bytes);
        if units > 0 {
            bytes.extend(wide(value));
        }
        for child in children {
            pad(&mut bytes);
            bytes.extend(child);
        }
        let length = (bytes.len() as u16).to_le_bytes();
        bytes[..2].copy_from_slice(&length);
        bytes
    }

    fn resource(strings: &[(&str, &str)]) -> Vec<u8> {
        let strings: Vec<_> = strings.iter().map(|(key, value)| node(key, value, &[])).collect();
        let table = node("000004b0", "", &strings);
        node("VS_VERSION_INFO", "", &[node("VarFileInfo", "", &[]), node("StringFileInfo", "", &[table])])
    }

    /// A program of one section, which holds the tree of resources at its start.
    fn program(resource: &[u8], managed: bool) -> Vec<u8> {
        let mut bytes = vec![0_u8; 0x200];
        let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
        let long = |value: u32| value.to_le_bytes();
        put(0, b"MZ");
        put(0x3c, &long(0x40));
        put(0x40, b"PE\0\0\x4c\x01\x01\x00");
        put(0x54, &[0xe0, 0, 2, 0]);
        put(0x58, &[0x0b, 1]);
        put(0x58 + 92, &long(16));
        let section_size = 0x58 + resource.len() as u32;
        put(0x58 + 96 + 2 * 8, &[long(0x1000), long(section_size)].concat());
        if managed {
            put(0x58 + 96 + 14 * 8, &[long(0x1000), long(72)].concat());
        }
        put(0x138, b".rsrc\0\0\0");
        put(0x140, &[long(section_size), long(0x1000), long(section_size), long(0x200)].concat());
        let mut table = |id: u32, offset: u32| {
            let head = [0_u8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0];
            bytes.extend([head.to_vec(), long(id).to_vec(), long(offset).to_vec()].concat());
        };
        table(16, 0x8000_0018);
        table(1, 0x8000_0030);
        table(0, 0x48);
        bytes.extend([long(0x1058), long(resource.len() as u32), long(0), long(0)].concat());
        bytes.extend(resource);
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Option<String>, String> {
        parse(bytes, "Renamed.dll").map(|found| found.map(|it| it.purl(None)))
    }

    #[test]
    fn assemblies_are_read() {
        let check = |strings: &[(&str, &str)], expected: Option<&str>| {
            let found = read(&program(&resource(strings), true));
            assert_eq!(found, Ok(expected.map(str::to_owned)), "{strings:?}");
        };
        let name = ("OriginalFilename", "Newtonsoft.Json.dll");
        check(&[name, ("ProductVersion", "13.0.1+ae9fe44")], Some("pkg:nuget/Newtonsoft.Json@13.0.1"));
        check(&[("FileVersion", "4.6.2.0"), name], Some("pkg:nuget/Newtonsoft.Json@4.6.2"));
        check(&[("FileVersion", "1.2.3.4"), ("ProductVersion", "a")], Some("pkg:nuget/Renamed@1.2.3.4"));
        check(&[name], None);
        check(&[name, ("ProductVersion", "0.0.0.0")], None);
    }

    #[test]
    fn native_programs_are_left_out() {
        assert_eq!(read(&program(&resource(&[("FileVersion", "1.2")]), false)), Ok(None));
        assert!(read(b"MZ").is_err());
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&bytes);
            let _ = Strings::parse(&bytes);
        }

        #[test]
        fn mutated_programs_never_panic(changes in prop::collection::vec((0..1200_usize, any::<u8>()), 1..6)) {
            let mut bytes = program(&resource(&[("OriginalFilename", "A.dll"), ("ProductVersion", "1.2.3")]), true);
            for (at, byte) in changes {
                let at = at % bytes.len();
                bytes[at] = byte;
            }
            let _ = read(&bytes);
        }
    }
}
