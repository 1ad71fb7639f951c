//! How services other than the system's login store passwords.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md4::Md4;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};

/// Name of the scheme and microseconds of a guess.
pub fn cost(form: &str, stored: &str) -> Result<(&'static str, u64), String> {
    let rounds = |text: Option<&str>| text.and_then(|digits| digits.parse::<u64>().ok());
    Ok(match form {
        "mysql-native" => ("mysql-native", 1),
        "mysql-old" => ("mysql-old", 1),
        "caching-sha2" => {
            let thousands = stored.get(3..6).and_then(|hex| u64::from_str_radix(hex, 16).ok());
            ("caching-sha2", thousands.ok_or("its hash names no number of rounds")?.saturating_mul(250))
        }
        "pg-md5" => ("postgresql-md5", 1),
        "scram-sha-256" | "mongodb-scram" => {
            let rounds =
                rounds(stored.strip_prefix("SCRAM-SHA-256$").and_then(|rest| rest.split(':').next()));
            ("scram-sha-256", rounds.ok_or("its hash names no number of rounds")? / 2 + 1)
        }
        "sha256-hex" => ("sha256", 1),
        "sha512-hex" => ("sha512", 1),
        "sha1-hex" => ("sha1", 1),
        "md5-hex" => ("md5", 1),
        "nt" => ("nt", 1),
        "ldap" => ("ldap", 1),
        "rabbitmq" => ("rabbitmq-sha256", 1),
        "mosquitto" => {
            let rounds = match stored.strip_prefix("$7$") {
                Some(rest) => rounds(rest.split('$').next()).ok_or("its hash names no number of rounds")?,
                None => 1,
            };
            ("mosquitto", rounds + 1)
        }
        "obfuscated" => ("obfuscated", 1),
        other => return Err(format!("its hash is of a form that is not supported ({other})")),
    })
}

/// Is this the password?
pub fn is(form: &str, user: &str, stored: &str, guess: &str) -> bool {
    let bytes = guess.as_bytes();
    match form {
        "mysql-native" => {
            let twice = Sha1::digest(Sha1::digest(bytes));
            stored.strip_prefix('*').is_some_and(|digits| digits.eq_ignore_ascii_case(&hex::encode(twice)))
        }
        "mysql-old" => stored.eq_ignore_ascii_case(&mysql_old(bytes)),
        "caching-sha2" => caching_sha2(stored, bytes),
        "pg-md5" => {
            let digest = Md5::new().chain_update(bytes).chain_update(user).finalize();
            stored.strip_prefix("md5").is_some_and(|digits| digits.eq_ignore_ascii_case(&hex::encode(digest)))
        }
        "scram-sha-256" => scram(stored, bytes).unwrap_or(false),
        "sha256-hex" => stored.eq_ignore_ascii_case(&hex::encode(Sha256::digest(bytes))),
        "sha512-hex" => stored.eq_ignore_ascii_case(&hex::encode(Sha512::digest(bytes))),
        "sha1-hex" => stored.eq_ignore_ascii_case(&hex::encode(Sha1::digest(bytes))),
        "md5-hex" => stored.eq_ignore_ascii_case(&hex::encode(Md5::digest(bytes))),
        "nt" => stored.eq_ignore_ascii_case(&nt(guess)),
        "ldap" => ldap(stored, bytes).unwrap_or(false),
        "rabbitmq" => salted_first(stored, bytes).unwrap_or(false),
        "mosquitto" => mosquitto(stored, bytes).unwrap_or(false),
        "obfuscated" => jetty(stored).is_some_and(|plain| plain == guess),
        _ => false,
    }
}

/// MD4 of the UTF-16 password, in hex.
pub fn nt(password: &str) -> String {
    let wide: Vec<u8> = password.encode_utf16().flat_map(u16::to_le_bytes).collect();
    hex::encode(Md4::digest(wide))
}

/// MySQL's hash before 4.1: two numbers of 31 bits.
fn mysql_old(password: &[u8]) -> String {
    let (mut one, mut two, mut add) = (1_345_345_333_u32, 0x1234_5671_u32, 7_u32);
    for &byte in password.iter().filter(|byte| !matches!(byte, b' ' | b'\t')) {
        let byte = u32::from(byte);
        one ^= (one & 63).wrapping_add(add).wrapping_mul(byte).wrapping_add(one << 8);
        two = two.wrapping_add((two << 8) ^ one);
        add = add.wrapping_add(byte);
    }
    format!("{:08x}{:08x}", one & 0x7fff_ffff, two & 0x7fff_ffff)
}

/// MySQL 8: `$A$005$`, 20 bytes of salt, then SHA-256-crypt's letters of 5 × 1000 rounds.
fn caching_sha2(stored: &str, password: &[u8]) -> bool {
    let Some(rounds) = stored.get(3..6).and_then(|hex| u32::from_str_radix(hex, 16).ok()) else {
        return false;
    };
    let Some(rest) = stored.get(7..) else { return false };
    let Some((salt, wanted)) = rest.split_at_checked(20) else { return false };
    super::crypt64::encode_sha256(&sha256_crypt(password, salt.as_bytes(), rounds.saturating_mul(1000)))
        == wanted
}

/// SHA-256-crypt with a salt of any length, where crypt(3) takes sixteen bytes (U. Drepper, "Unix crypt using SHA-256
/// and SHA-512").
fn sha256_crypt(password: &[u8], salt: &[u8], rounds: u32) -> [u8; 32] {
    let stretch =
        |digest: [u8; 32], length: usize| digest.iter().copied().cycle().take(length).collect::<Vec<u8>>();
    let inner: [u8; 32] =
        Sha256::new().chain_update(password).chain_update(salt).chain_update(password).finalize().into();
    let mut outer = Sha256::new().chain_update(password).chain_update(salt);
    outer.update(stretch(inner, password.len()));
    let mut length = password.len();
    while length > 0 {
        if length & 1 == 1 {
            outer.update(inner);
        } else {
            outer.update(password);
        }
        length >>= 1;
    }
    let mut state: [u8; 32] = outer.finalize().into();
    let repeated = |bytes: &[u8], times: usize| -> [u8; 32] {
        let mut hash = Sha256::new();
        (0..times).for_each(|_| hash.update(bytes));
        hash.finalize().into()
    };
    let password = stretch(repeated(password, password.len()), password.len());
    let salt = stretch(repeated(salt, 16 + usize::from(state[0])), salt.len());
    for round in 0..rounds {
        let mut next = Sha256::new();
        let (first, last) =
            if round & 1 == 1 { (&password[..], &state[..]) } else { (&state[..], &password[..]) };
        next.update(first);
        if round % 3 != 0 {
            next.update(&salt);
        }
        if round % 7 != 0 {
            next.update(&password);
        }
        next.update(last);
        state = next.finalize().into();
    }
    state
}

/// `SCRAM-SHA-256$rounds:salt$stored key:server key` (RFC 5803 as PostgreSQL writes it).
fn scram(stored: &str, password: &[u8]) -> Option<bool> {
    let rest = stored.strip_prefix("SCRAM-SHA-256$")?;
    let (rounds, rest) = rest.split_once(':')?;
    let (salt, keys) = rest.split_once('$')?;
    let wanted = STANDARD.decode(keys.split(':').next()?).ok()?;
    let salted =
        pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(password, &STANDARD.decode(salt).ok()?, rounds.parse().ok()?);
    use hmac::{KeyInit as _, Mac as _};
    let client = hmac::Hmac::<Sha256>::new_from_slice(&salted).ok()?.chain_update("Client Key").finalize();
    Some(Sha256::digest(client.into_bytes()).as_slice() == wanted)
}

/// `{SCHEME}base64` (RFC 2307, section 5.3, and its salted kin): digest, then salt.
fn ldap(stored: &str, password: &[u8]) -> Option<bool> {
    let (scheme, value) = stored.strip_prefix('{')?.split_once('}')?;
    let scheme = scheme.to_ascii_uppercase();
    let scheme = scheme.split('.').next()?;
    if matches!(scheme, "PLAIN" | "CLEAR" | "CLEARTEXT") {
        return Some(value.as_bytes() == password);
    }
    let bytes = STANDARD.decode(value).ok();
    let check = |size: usize, digest: &dyn Fn(&[u8]) -> Vec<u8>| {
        let bytes = match &bytes {
            Some(bytes) if bytes.len() >= size => bytes.clone(),
            _ => hex::decode(value).ok()?,
        };
        let (wanted, salt) = bytes.split_at_checked(size)?;
        Some(digest(salt) == wanted)
    };
    match scheme {
        "SHA" | "SSHA" => {
            check(20, &|salt| Sha1::new().chain_update(password).chain_update(salt).finalize().to_vec())
        }
        "MD5" | "SMD5" | "PLAIN-MD5" => {
            check(16, &|salt| Md5::new().chain_update(password).chain_update(salt).finalize().to_vec())
        }
        "SHA256" | "SSHA256" => {
            check(32, &|salt| Sha256::new().chain_update(password).chain_update(salt).finalize().to_vec())
        }
        "SHA512" | "SSHA512" => {
            check(64, &|salt| Sha512::new().chain_update(password).chain_update(salt).finalize().to_vec())
        }
        _ => None,
    }
}

/// RabbitMQ: base64 of 4 bytes of salt and SHA-256 of salt and password.
fn salted_first(stored: &str, password: &[u8]) -> Option<bool> {
    let bytes = STANDARD.decode(stored).ok()?;
    let (salt, wanted) = bytes.split_at_checked(4)?;
    Some(Sha256::new().chain_update(salt).chain_update(password).finalize().as_slice() == wanted)
}

/// Mosquitto: `$7$rounds$salt$hash` is PBKDF2, `$6$salt$hash` one SHA-512; neither is crypt(3)'s.
fn mosquitto(stored: &str, password: &[u8]) -> Option<bool> {
    let mut parts = stored.strip_prefix('$')?.split('$');
    match parts.next()? {
        "7" => {
            let rounds = parts.next()?.parse().ok()?;
            let salt = STANDARD.decode(parts.next()?).ok()?;
            let wanted = STANDARD.decode(parts.next()?).ok()?;
            Some(pbkdf2::pbkdf2_hmac_array::<Sha512, 64>(password, &salt, rounds).as_slice() == wanted)
        }
        "6" => {
            let salt = STANDARD.decode(parts.next()?).ok()?;
            let wanted = STANDARD.decode(parts.next()?).ok()?;
            Some(Sha512::new().chain_update(password).chain_update(salt).finalize().as_slice() == wanted)
        }
        _ => None,
    }
}

/// Jetty's `OBF:`: each character as four letters of base 36, made of it and its mirror.
fn jetty(stored: &str) -> Option<String> {
    let text = stored.strip_prefix("OBF:")?;
    let mut out = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let wide = rest.starts_with('U');
        let (group, after) = rest[usize::from(wide)..].split_at_checked(4)?;
        let number = u32::from_str_radix(group, 36).ok()?;
        let byte = if wide { number >> 8 } else { (number / 256 + number % 256).checked_sub(254)? / 2 };
        out.push(u8::try_from(byte).ok()?);
        rest = after;
    }
    String::from_utf8(out).ok()
}
