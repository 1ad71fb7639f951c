//! Single-file applications of .NET: programs that carry their files behind themselves
//! (dotnet/designs, "Single-file Publish", `bundler.md`).

/// Marks where a program keeps the address of its bundle: the SHA-256 of `.net core bundle` and a line feed
/// (dotnet/runtime, `bundle_marker.c`). The address stands in the eight bytes before.
const SIGNATURE: [u8; 32] = [
    0x8b, 0x12, 0x02, 0xb9, 0x6a, 0x61, 0x20, 0x38, 0x72, 0x7b, 0x93, 0x02, 0x14, 0xd7, 0xa0, 0x32, 0x13,
    0xf5, 0xb9, 0xe6, 0xef, 0xae, 0x33, 0x18, 0xee, 0x3b, 0x2d, 0xce, 0x24, 0xb3, 0x6a, 0xae,
];

/// The `deps.json` in a single-file application of .NET 5 or newer; it is never compressed. `None` of other programs.
pub(super) fn deps(program: &[u8]) -> Option<&[u8]> {
    let marker = memchr::memmem::find(program, &SIGNATURE)?;
    let address = number(program, marker.checked_sub(8)?)?;
    let major = u32::from_le_bytes(*program.get(address..)?.first_chunk()?);
    // Major and minor version, the number of files, the bundle's name behind its length.
    let name = address.checked_add(12)?;
    let length = usize::from(*program.get(name)?);
    // Version 1, of .NET Core 3, has no addresses here; no bundler writes a name of two length bytes.
    if !(2..=6).contains(&major) || address == 0 || length >= 0x80 {
        return None;
    }
    let at = name + 1 + length;
    let (start, size) = (number(program, at)?, number(program, at + 8)?);
    program.get(start..start.checked_add(size)?).filter(|deps| !deps.is_empty())
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::{dotnet::DotnetDeps, testing};

    /// The first bytes of a little-endian ELF executable.
    const EXECUTABLE: &[u8] = b"\x7FELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0";

    /// A program with this bundle header behind it.
    fn program(major: u32, deps: &[u8]) -> Vec<u8> {
        let mut program = EXECUTABLE.to_vec();
        program.resize(64, 0);
        let header = 64 + 8 + SIGNATURE.len() + deps.len();
        program.extend((header as u64).to_le_bytes());
        program.extend(SIGNATURE);
        let start = program.len() as u64;
        program.extend(deps);
        program.extend(major.to_le_bytes());
        program.extend([0; 4]);
        program.extend(1_u32.to_le_bytes());
        program.extend(b"\x04name");
        program.extend(start.to_le_bytes());
        program.extend((deps.len() as u64).to_le_bytes());
        program
    }

    #[test]
    fn bundles_are_read() {
        let deps = br#"{"libraries":{"A/1.0.0":{"type":"package"}}}"#;
        testing::check(&DotnetDeps, "/app/app", program(6, deps), &["A 1.0.0"]);
        testing::check(&DotnetDeps, "/app/app", program(1, deps), &[]);
        testing::check(&DotnetDeps, "/app/app", EXECUTABLE, &[]);
        testing::survives(&DotnetDeps, "/app/app", &program(2, deps));
    }
}
