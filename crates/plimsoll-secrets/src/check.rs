//! Checks by name: what a pattern cannot tell of a match.

pub(crate) mod assigned;
mod structure;
mod token;

use crate::candidate::{Candidate, Told};
use serde::Deserialize;

/// A check of one match. The families are in `check/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Check {
    /// The last six characters are the CRC-32, in base 62, of those behind the prefix (which ends with `_`).
    Crc32Base62,
    /// GitLab's routable form: the last seven characters are the CRC-32, in base 36, of all before them.
    GitlabRoutable,
    /// Grafana service accounts: the last eight characters are the CRC-32, in little-endian hex, of what precedes `_`.
    GrafanaCrc32,
    /// Confluent: the last six characters are the CRC-32, in little-endian base64, of those before them.
    ConfluentCrc32,
    /// The last eight characters are the CRC-32, in hex, of those before them.
    Crc32Hex,
    /// NATS seeds: base 32 whose last two bytes are the CRC-16 of the others.
    Nkey,
    /// Bech32 with a right checksum.
    Bech32,
    /// A JSON Web Token: header and payload are JSON.
    Jwt,
    /// A macaroon of a Python package index.
    PypiMacaroon,
    /// An AWS access key id; tells the account.
    AwsKeyId,
    /// Letters and digits both.
    Mixed,
    /// Upper-case letters, lower-case letters and digits, all three.
    Random,
    /// Hexadecimal that is no telling number.
    NotHex,
    /// Base64 of `user:password`.
    BasicAuth,
    /// Base64 of a private key in PEM.
    PemBase64,
    /// A private key in PEM in a JSON service account.
    ServiceAccount,
    /// A private key in DER: the whole file.
    DerKey,
    /// A PKCS#12 store: the whole file.
    Pkcs12,
    /// A Java key store: the whole file.
    JavaKeyStore,
    /// A KeePass database: the whole file.
    Keepass,
    /// The password of an address: no placeholder, no port, no well-known sample.
    UrlPassword,
    /// Base64 that decodes to 16, 20, 24, 32, 48 or 64 bytes.
    KeyBytes,
    /// The value of something called a password.
    Password,
    /// The value of something called a token, key or secret.
    Token,
    /// A value in a file made for secrets: anything but a placeholder or a path.
    Value,
    /// Binary content without text.
    Binary,
    /// A hash of crypt(3): for the one who looks for weak passwords.
    NotCrypt,
}

impl Check {
    /// Does it hold? Tells what it saw.
    pub fn holds(self, candidate: &Candidate<'_>, told: &mut Told) -> bool {
        let secret = candidate.secret();
        match self {
            Check::Crc32Base62 => sure(token::crc32_base62(secret), told),
            Check::GitlabRoutable => sure(token::gitlab_routable(secret), told),
            Check::GrafanaCrc32 => sure(token::grafana(secret), told),
            Check::ConfluentCrc32 => doubt(token::confluent(secret), told),
            Check::Crc32Hex => doubt(token::crc32_hex(secret), told),
            Check::Nkey => sure(token::nkey(secret), told),
            Check::Bech32 => sure(crate::checksum::is_bech32(secret), told),
            Check::Jwt => token::jwt(secret, told),
            Check::PypiMacaroon => token::pypi_macaroon(secret),
            Check::AwsKeyId => token::aws_key_id(secret, told),
            Check::Mixed => token::is_mixed(secret),
            Check::Random => token::is_random(secret),
            Check::NotHex => !secret.iter().all(u8::is_ascii_hexdigit),
            Check::BasicAuth => structure::basic_auth(secret, told),
            Check::PemBase64 => structure::pem_base64(secret, told),
            Check::ServiceAccount => structure::service_account(candidate, told),
            Check::DerKey => structure::der_key(secret, told),
            Check::Pkcs12 => structure::is_pkcs12(secret),
            Check::JavaKeyStore => structure::is_java_key_store(secret),
            Check::Keepass => structure::is_keepass(secret),
            Check::UrlPassword => assigned::url_password(candidate, told),
            Check::KeyBytes => structure::is_key_bytes(secret),
            Check::Password => assigned::password(candidate, told),
            Check::Token => assigned::token(candidate, told),
            Check::Value => assigned::value(secret),
            Check::Binary => memchr::memchr(0, secret).is_some() || !secret.is_ascii(),
            Check::NotCrypt => !assigned::is_hash(secret),
        }
    }
}

/// A right checksum leaves no doubt; a wrong one leaves nothing.
fn sure(right: bool, told: &mut Told) -> bool {
    told.confidence = plimsoll_model::Confidence::High;
    told.tell("checksum", "right");
    right
}

/// A right checksum leaves no doubt; a wrong one, of a kind whose making is not published, lowers it.
fn doubt(right: bool, told: &mut Told) -> bool {
    told.confidence = if right { plimsoll_model::Confidence::High } else { plimsoll_model::Confidence::Low };
    told.tell("checksum", if right { "right" } else { "wrong" });
    true
}
