//! Facts that detectors see in the bytes of a file: secrets, signs of malware, accounts, kept texts.

use crate::Severity;
use serde::{Deserialize, Serialize};

/// How sure a rule is of what it saw.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Looks like it; often is something else.
    Low,
    /// Has the form, in a place where such things stand.
    Medium,
    /// The form leaves no doubt: a checksum is right, a structure was read.
    High,
}

/// A secret as a rule saw it. The secret itself is never kept: only what may be shown, and a keyed hash to know it
/// again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// Id of the rule: `github-token`, `private-key`.
    pub rule: String,
    /// Line in the text it stands in, from 1; `None` in bytes without lines.
    pub line: Option<u32>,
    /// What may be shown: at most 128 characters, the secret part masked.
    pub masked: String,
    /// A keyed hash of the secret: equal for equal secrets, useless without the key.
    pub identity: [u8; 16],
    /// How sure the rule is.
    pub confidence: Confidence,
    /// What reading its structure told, in order: `type` `rsa`, `bits` `2048`, `encrypted` `no`, `user` `deploy`.
    pub properties: Vec<(String, String)>,
}

/// A file that a malware signature matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Malware {
    /// What it is called: the signature's name, `Linux.Miner.Xmrig`.
    pub name: String,
    /// Family: `xmrig`, `mirai`; empty when the signature does not say.
    pub family: String,
    /// `miner`, `dropper`, `bot`, `reverse-shell`, `web-shell`, `rootkit`, `backdoor`, `ransomware`, `persistence`,
    /// `packed`, `test`, `malware`.
    pub category: String,
    /// `yara`, `clamav-signatures`, `clamd`.
    pub engine: String,
    /// Id of the rule or signature.
    pub rule: String,
    /// How bad the signature says it is.
    pub severity: Severity,
    /// How sure the signature is: low is *suspicious*, never *malicious*.
    pub confidence: Confidence,
    /// What matched, offset and printable text, bounded.
    pub strings: Vec<String>,
    /// Bytes of the matched file (of the archive member, when in an archive).
    pub size: u64,
    /// Its SHA-256.
    pub sha256: [u8; 32],
    /// Its MD5, as other products list files.
    pub md5: [u8; 16],
    /// What to do about it; empty when the signature does not say.
    pub advice: String,
    /// Is it no finding where the file is, byte by byte, what an OS package brought? Only of suspicious ones.
    pub unless_owned: bool,
}

/// An account with a password, as a file stores it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// `system`, `redis`, `mysql`, `postgresql`, `tomcat`, `htpasswd`, …
    pub service: String,
    /// Name; empty where the service has but one password (Redis' `requirepass`).
    pub user: String,
    /// How `stored` is to be read: `crypt`, `plain`, `mysql-native`, `caching-sha2`, `scram-sha-256`, `pg-md5`, …
    pub form: String,
    /// The hash or the plain password as stored; empty means no password. Stays in the facts, is never shown.
    pub stored: String,
    /// Line in the file, from 1.
    pub line: Option<u32>,
    /// Day of the last change, days since 1970 (shadow(5), field 3).
    pub changed: Option<i64>,
    /// Is it locked (a `!` before the hash), disabled, or without a usable shell?
    pub locked: bool,
}

/// Digests of a file in which something was seen, to compare with what its package recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are the algorithms")]
pub struct FileDigests {
    pub md5: [u8; 16],
    pub sha1: [u8; 20],
    pub sha256: [u8; 32],
}

/// The digest a package manager recorded for a file it brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are the algorithms")]
pub enum RecordedDigest {
    Md5([u8; 16]),
    Sha1([u8; 20]),
    Sha256([u8; 32]),
}

impl FileDigests {
    /// Is it the file of this recorded digest?
    pub fn is(&self, recorded: RecordedDigest) -> bool {
        match recorded {
            RecordedDigest::Md5(digest) => digest == self.md5,
            RecordedDigest::Sha1(digest) => digest == self.sha1,
            RecordedDigest::Sha256(digest) => digest == self.sha256,
        }
    }
}

impl RecordedDigest {
    /// A digest in hexadecimal, told by its length; `None` when it is none of ours.
    pub fn of_hex(text: &str) -> Option<RecordedDigest> {
        let bytes = hex::decode(text).ok()?;
        match bytes.len() {
            16 => Some(RecordedDigest::Md5(bytes.try_into().ok()?)),
            20 => Some(RecordedDigest::Sha1(bytes.try_into().ok()?)),
            32 => Some(RecordedDigest::Sha256(bytes.try_into().ok()?)),
            _ => None,
        }
    }
}
