//! Checksums that tokens carry.

/// CRC-32 (IEEE 802.3).
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    crc32fast::hash(bytes)
}

/// CRC-16/XMODEM (polynomial 0x1021, start 0), as NATS keys use it.
pub(crate) fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0u16, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    })
}

/// A number in this alphabet, most significant digit first, padded to `width` with its zero.
pub(crate) fn digits(mut number: u32, alphabet: &[u8], width: usize) -> Vec<u8> {
    let base = alphabet.len() as u32;
    let mut out = vec![alphabet[0]; width];
    for place in out.iter_mut().rev() {
        *place = alphabet[(number % base) as usize];
        number /= base;
    }
    out
}

pub(crate) const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
pub(crate) const BASE36: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// Base 32 (RFC 4648) without padding; `None` for a character outside `A-Z2-7`.
pub(crate) fn base32(text: &[u8]) -> Option<Vec<u8>> {
    let (mut bits, mut held, mut out) = (0u32, 0u32, Vec::with_capacity(text.len() * 5 / 8));
    for byte in text {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => return None,
        };
        bits = (bits << 5) | u32::from(value);
        held += 5;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    Some(out)
}

/// Is it a Bech32 string (BIP 173) with a right checksum? Upper or lower case, not both.
pub(crate) fn is_bech32(text: &[u8]) -> bool {
    const CHARS: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let lower = text.to_ascii_lowercase();
    if lower != text && text.to_ascii_uppercase() != text {
        return false;
    }
    let Some(at) = lower.iter().rposition(|byte| *byte == b'1') else { return false };
    let (name, data) = (&lower[..at], &lower[at + 1..]);
    let high = name.iter().map(|byte| byte >> 5);
    let low = name.iter().map(|byte| byte & 31);
    let mut values: Vec<u8> = high.chain([0]).chain(low).collect();
    for byte in data {
        match CHARS.iter().position(|char| char == byte) {
            Some(value) => values.push(value as u8),
            None => return false,
        }
    }
    data.len() >= 6 && polymod(&values) == 1
}

fn polymod(values: &[u8]) -> u32 {
    const GENERATORS: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    values.iter().fold(1u32, |sum, value| {
        let top = sum >> 25;
        let shifted = ((sum & 0x01ff_ffff) << 5) ^ u32::from(*value);
        (0..5).filter(|bit| (top >> bit) & 1 == 1).fold(shifted, |sum, bit| sum ^ GENERATORS[bit])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_vectors() {
        // CRC catalogue, "check" of the nine digits.
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc16(b"123456789"), 0x31c3);
        // RFC 4648 section 10.
        assert_eq!(base32(b"MZXW6YTBOI").as_deref(), Some(&b"foobar"[..]));
        assert_eq!(base32(b"MZXW6=").as_deref(), None);
        // BIP 173, "Test vectors".
        for (text, right) in [
            ("A12UEL5L", true),
            ("abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", true),
            ("split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w", true),
            ("split1checkupstagehandshakeupstreamerranterredcaperred2y9e3x", false),
            ("A12UEl5L", false),
            ("pzry9x0s0muk", false),
            ("1", false),
        ] {
            assert_eq!(is_bech32(text.as_bytes()), right, "{text}");
        }
        assert_eq!(digits(0, BASE62, 6), b"000000");
        assert_eq!(digits(61, BASE62, 6), b"00000z");
        assert_eq!(digits(u32::MAX, BASE36, 7), b"1z141z3");
    }
}
