//! What yescrypt (`$y$`) costs, and scrypt as crypt(3) writes it (`$7$`) (crypt(5); yescrypt's reference encoding).

use super::crypt64;

/// Microseconds of a guess for one block of 128 bytes mixed, times 100.
const HUNDREDTHS_A_BLOCK: u64 = 16;

/// More memory than this for one guess is refused, bytes.
const MEMORY_MAX: u64 = 256 << 20;

/// Microseconds for the parameters at the beginning of `jXY$salt$hash`.
pub fn cost(rest: &str) -> Result<u64, String> {
    let parameters = rest.split('$').next().unwrap_or_default().as_bytes();
    // Flavour, log2 N - 1, r - 1; each one letter in every real hash.
    let [_, log_n, r, ..] = *parameters else { return Err("its yescrypt hash is cut short".to_owned()) };
    let one_letter = |byte| crypt64::value(byte).filter(|value| *value < 48);
    let (Some(log_n), Some(r)) = (one_letter(log_n), one_letter(r)) else {
        return Err("the cost of its yescrypt hash is beyond any real one".to_owned());
    };
    // Further parameters (p, t, g) multiply the work.
    let more = if parameters.len() > 3 { 64 } else { 1 };
    blocks(log_n + 1, u64::from(r) + 1, more)
}

/// Microseconds for `NRRRRRPPPPPsalt$hash`.
pub fn scrypt_cost(rest: &str) -> Result<u64, String> {
    let (log_n, r, p, ..) = scrypt_parts(rest).ok_or("its scrypt hash is cut short")?;
    Ok(blocks(log_n, u64::from(r), u64::from(p))? * 2)
}

fn blocks(log_n: u32, r: u64, p: u64) -> Result<u64, String> {
    let n = 1_u64.checked_shl(log_n).filter(|_| log_n < 40);
    let blocks = n.and_then(|n| n.checked_mul(r)).ok_or("its memory cost is beyond any real one")?;
    if blocks.saturating_mul(128) > MEMORY_MAX {
        return Err(format!("one guess would take {} MB of memory", blocks.saturating_mul(128) >> 20));
    }
    Ok(blocks.saturating_mul(p.max(1)).saturating_mul(HUNDREDTHS_A_BLOCK) / 100 + 1)
}

fn scrypt_parts(rest: &str) -> Option<(u32, u32, u32, &str, &str)> {
    let (parameters, rest) = rest.split_at_checked(11)?;
    let parameters = parameters.as_bytes();
    let (salt, hash) = rest.split_once('$')?;
    Some((
        crypt64::value(parameters[0])?,
        crypt64::number(&parameters[1..6])?,
        crypt64::number(&parameters[6..11])?,
        salt,
        hash,
    ))
}

/// Is this the password?
pub fn is_scrypt(rest: &str, password: &[u8]) -> bool {
    let Some((log_n, r, p, salt, wanted)) = scrypt_parts(rest) else { return false };
    let Some(parameters) = u8::try_from(log_n).ok().and_then(|log_n| scrypt::Params::new(log_n, r, p).ok())
    else {
        return false;
    };
    let mut out = [0_u8; 32];
    scrypt::scrypt(password, salt.as_bytes(), &parameters, &mut out).is_ok()
        && crypt64::encode(&out) == wanted
}
