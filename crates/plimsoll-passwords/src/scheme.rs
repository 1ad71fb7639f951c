//! How passwords are stored: what one guess costs, and whether a guess is right.

mod crypt64;
mod des;
mod md5crypt;
mod services;
mod sha1crypt;
#[cfg(test)]
mod tests;
mod yescrypt;

use plimsoll_model::Account;

/// One guess may cost so many microseconds; above, an account is not tested: its cost is an attack or not ours to pay.
const GUESS_MAX: u64 = 1_500_000;

/// A stored password that guesses can be held against.
#[derive(Debug)]
pub(crate) struct Stored<'a> {
    /// `yescrypt`, `sha512crypt`, `plain`, …
    pub name: &'static str,
    /// Microseconds of processor time one guess takes, about (measured on one core of a small server).
    pub cost: u64,
    kind: Kind<'a>,
}

#[derive(Debug)]
enum Kind<'a> {
    Empty,
    Plain(&'a str),
    Des(&'a str),
    ExtendedDes(&'a str),
    Md5 { magic: &'static str, rest: &'a str },
    Sha(&'a str),
    Bcrypt(String),
    Yescrypt(&'a str),
    Scrypt(&'a str),
    Sha1(&'a str),
    Nt(&'a str),
    Service { form: &'a str, user: &'a str, stored: &'a str },
}

/// Why an account cannot be tested.
pub(crate) type Untestable = String;

impl<'a> Stored<'a> {
    /// Reads how the account's password is stored.
    pub fn of(account: &'a Account) -> Result<Stored<'a>, Untestable> {
        let stored = match account.form.as_str() {
            _ if account.stored.is_empty() => Stored { name: "none", cost: 0, kind: Kind::Empty },
            "plain" => Stored { name: "plain", cost: 1, kind: Kind::Plain(&account.stored) },
            "crypt" => crypt(account.stored.trim_start_matches('!'))?,
            form => {
                let (name, cost) = services::cost(form, &account.stored)?;
                Stored {
                    name,
                    cost,
                    kind: Kind::Service { form, user: &account.user, stored: &account.stored },
                }
            }
        };
        if stored.cost > GUESS_MAX {
            let seconds = stored.cost / 1_000_000;
            return Err(format!("one guess at its {} hash would take about {seconds} s", stored.name));
        }
        Ok(stored)
    }

    /// Is this the password?
    pub fn is(&self, guess: &str) -> bool {
        let bytes = guess.as_bytes();
        match &self.kind {
            Kind::Empty => guess.is_empty(),
            Kind::Plain(plain) => *plain == guess,
            Kind::Des(hash) => des::is(hash, bytes),
            Kind::ExtendedDes(hash) => des::is_extended(hash, bytes),
            Kind::Md5 { magic, rest } => md5crypt::is(magic, rest, bytes),
            Kind::Sha(hash) => {
                use sha_crypt::PasswordVerifier as _;
                sha_crypt::ShaCrypt::default().verify_password(bytes, *hash).is_ok()
            }
            // The library refuses what bcrypt cannot tell apart: a NUL ends a C string.
            Kind::Bcrypt(hash) => !bytes.contains(&0) && bcrypt::verify(bytes, hash).unwrap_or(false),
            Kind::Yescrypt(hash) => {
                use ::yescrypt::PasswordVerifier as _;
                ::yescrypt::Yescrypt::default().verify_password(bytes, *hash).is_ok()
            }
            Kind::Scrypt(rest) => yescrypt::is_scrypt(rest, bytes),
            Kind::Sha1(rest) => sha1crypt::is(rest, bytes),
            Kind::Nt(hex) => services::nt(guess) == hex.to_ascii_lowercase(),
            Kind::Service { form, user, stored } => services::is(form, user, stored, guess),
        }
    }
}

/// A string of crypt(3) and its kin (crypt(5)).
fn crypt(hash: &str) -> Result<Stored<'_>, Untestable> {
    let stored = |name, cost, kind| Ok(Stored { name, cost, kind });
    if let Some(rest) = hash.strip_prefix("$1$") {
        return stored("md5crypt", 100, Kind::Md5 { magic: "$1$", rest });
    }
    if let Some(rest) = hash.strip_prefix("$apr1$") {
        return stored("apr1", 100, Kind::Md5 { magic: "$apr1$", rest });
    }
    if let Some(rest) = hash.strip_prefix("$5$").or_else(|| hash.strip_prefix("$6$")) {
        let (name, base) =
            if hash.starts_with("$5$") { ("sha256crypt", 350) } else { ("sha512crypt", 1_030) };
        let rounds = match rest.strip_prefix("rounds=") {
            Some(text) => text.split('$').next().and_then(|digits| digits.parse::<u64>().ok()),
            None => Some(5_000),
        };
        let rounds = rounds.ok_or_else(|| format!("its {name} hash names no number of rounds"))?;
        return stored(name, (rounds / 1_000).saturating_mul(base) / 5 + 20, Kind::Sha(hash));
    }
    if let Some(rest) = ["$2a$", "$2b$", "$2x$", "$2y$"].iter().find_map(|prefix| hash.strip_prefix(prefix)) {
        let cost = rest.get(..2).and_then(|digits| digits.parse::<u32>().ok()).filter(|cost| *cost <= 31);
        let cost = cost.ok_or("its bcrypt hash names no cost")?;
        return stored("bcrypt", 46 << cost, Kind::Bcrypt(hash.to_owned()));
    }
    if let Some(rest) = hash.strip_prefix("$y$") {
        return stored("yescrypt", yescrypt::cost(rest)?, Kind::Yescrypt(hash));
    }
    if let Some(rest) = hash.strip_prefix("$7$") {
        return stored("scrypt", yescrypt::scrypt_cost(rest)?, Kind::Scrypt(rest));
    }
    if let Some(rest) = hash.strip_prefix("$sha1$") {
        return stored("sha1crypt", sha1crypt::cost(rest)?, Kind::Sha1(rest));
    }
    if let Some(hex) = hash.strip_prefix("$3$$") {
        return stored("nt", 1, Kind::Nt(hex));
    }
    if hash.starts_with('_') && hash.len() == 20 {
        return stored("bsdicrypt", des::cost(hash)?, Kind::ExtendedDes(hash));
    }
    if hash.len() == 13 && hash.bytes().all(crypt64::is_letter) {
        return stored("descrypt", 60, Kind::Des(hash));
    }
    let id: String = hash.chars().take_while(|letter| *letter != ',').take(12).collect();
    let id = id.rsplit_once('$').map_or("unknown", |(front, _)| front);
    Err(format!("its hash is of a scheme that is not supported ({id})"))
}
