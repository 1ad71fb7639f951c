//! What an executable file is: recognised by its first bytes, cut into its architectures.

use object::read::macho::{FatArch, MachOFatFile32, MachOFatFile64};

/// Architectures of a universal file that are looked at; real ones have two or three.
const MAX_ARCHITECTURES: usize = 8;

/// Is this an executable or a shared library, by its first bytes? ELF object files, kernel modules and core dumps are
/// not.
pub(crate) fn is_executable(head: &[u8]) -> bool {
    match head {
        // e_type is 2 (ET_EXEC) or 3 (ET_DYN), in the byte order of EI_DATA (ELF gABI, "ELF Header").
        [0x7F, b'E', b'L', b'F', _, order, ..] => {
            matches!((order, head.get(16..18)), (1, Some([2 | 3, 0])) | (2, Some([0, 2 | 3])))
        }
        [b'M', b'Z', ..] => head.len() >= 64,
        _ => is_mach_o(head),
    }
}

/// The executables in a file: one for each architecture of a universal Mach-O file, else the file itself.
pub(crate) fn architectures(content: &[u8]) -> Vec<&[u8]> {
    match object::FileKind::parse(content) {
        Ok(object::FileKind::MachOFat32) => {
            MachOFatFile32::parse(content).map_or(Vec::new(), |fat| slices(fat.arches(), content))
        }
        Ok(object::FileKind::MachOFat64) => {
            MachOFatFile64::parse(content).map_or(Vec::new(), |fat| slices(fat.arches(), content))
        }
        _ => vec![content],
    }
}

fn slices<'data, A: FatArch>(architectures: &[A], content: &'data [u8]) -> Vec<&'data [u8]> {
    architectures
        .iter()
        .take(MAX_ARCHITECTURES)
        .filter_map(|architecture| architecture.data(content).ok())
        .collect()
}

/// Thin files of both sizes and byte orders; universal files, whose magic is also that of Java classes, by their small
/// count of architectures (a class has its version there, 45 or more).
fn is_mach_o(head: &[u8]) -> bool {
    match head {
        [0xFE, 0xED, 0xFA, 0xCE | 0xCF, ..] | [0xCE | 0xCF, 0xFA, 0xED, 0xFE, ..] => true,
        [0xCA, 0xFE, 0xBA, 0xBE | 0xBF, 0, 0, 0, count, ..] => (1..32).contains(count),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executables_are_known_by_their_first_bytes() {
        let elf = |order: u8, kind: [u8; 2]| {
            let mut head = vec![0x7F, b'E', b'L', b'F', 2, order];
            head.resize(16, 0);
            head.extend(kind);
            head
        };
        assert!(is_executable(&elf(1, [2, 0])));
        assert!(is_executable(&elf(2, [0, 3])));
        assert!(!is_executable(&elf(1, [1, 0])), "an object file");
        assert!(!is_executable(&elf(1, [4, 0])), "a core dump");
        assert!(is_executable(&[b"MZ".as_slice(), &[0; 62]].concat()));
        assert!(is_executable(b"\xCF\xFA\xED\xFE"));
        assert!(is_executable(b"\xCA\xFE\xBA\xBE\0\0\0\x02"));
        assert!(!is_executable(b"\xCA\xFE\xBA\xBE\0\0\0\x34"), "a Java class");
        assert!(!is_executable(b"#!/bin/sh"));
        assert!(!is_executable(b""));
    }
}
