//! The alphabet of crypt(3): `./0-9A-Za-z`, six bits a letter, lowest first.

const LETTERS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

pub fn is_letter(byte: u8) -> bool {
    value(byte).is_some()
}

/// The six bits of a letter.
pub fn value(byte: u8) -> Option<u32> {
    Some(match byte {
        b'.' => 0,
        b'/' => 1,
        b'0'..=b'9' => u32::from(byte - b'0') + 2,
        b'A'..=b'Z' => u32::from(byte - b'A') + 12,
        b'a'..=b'z' => u32::from(byte - b'a') + 38,
        _ => return None,
    })
}

/// A number of so many letters, lowest first.
pub fn number(letters: &[u8]) -> Option<u32> {
    letters.iter().rev().try_fold(0_u32, |number, &byte| Some((number << 6) | value(byte)?))
}

/// Appends the lowest bits of a number as letters, lowest first.
pub fn push(out: &mut String, mut bits: u32, letters: usize) {
    for _ in 0..letters {
        out.push(char::from(LETTERS[(bits & 63) as usize]));
        bits >>= 6;
    }
}

/// Bytes in groups of three, each as a number with its lowest byte first.
pub fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 4 / 3 + 2);
    for group in bytes.chunks(3) {
        let bits = group.iter().rev().fold(0_u32, |bits, &byte| (bits << 8) | u32::from(byte));
        push(&mut out, bits, group.len() + 1);
    }
    out
}

/// SHA-256-crypt's order of bytes (U. Drepper, "Unix crypt using SHA-256 and SHA-512", step 22).
pub fn encode_sha256(digest: &[u8; 32]) -> String {
    let mut out = String::with_capacity(43);
    for group in 0..10_usize {
        let order = match group % 3 {
            0 => [0, 10, 20],
            1 => [21, 1, 11],
            _ => [12, 22, 2],
        };
        let shift = group / 3 * 3;
        let [a, b, c] = order.map(|at| u32::from(digest[at + shift]));
        push(&mut out, (a << 16) | (b << 8) | c, 4);
    }
    push(&mut out, (u32::from(digest[31]) << 8) | u32::from(digest[30]), 3);
    out
}
