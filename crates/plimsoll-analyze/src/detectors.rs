//! What looks into every file, beside the analyzers that want a few: secrets, malware, accounts, settings.

use crate::{File, Findings};
use plimsoll_malware::Engine;
use plimsoll_model::{Entry, EntryKind, Fact, FileDigests, RiskKind};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

/// The detectors of one scan. The default looks for nothing.
#[derive(Clone, Default)]
pub struct Detectors {
    /// Looks for secrets, with this key.
    pub secrets: Option<plimsoll_secrets::Key>,
    /// Looks for malware, with these signatures.
    pub malware: Option<Arc<Engine>>,
    /// Keeps the texts of settings files.
    pub settings: bool,
    /// Gathers accounts with passwords.
    pub accounts: bool,
}

/// Facts of one file by who saw them: analyzer, path inside the file, fact.
pub(crate) type Seen = Vec<(&'static str, String, Fact)>;

impl Detectors {
    /// Those that findings of these kinds need; all for none. `engine` is called only where malware is asked for; an
    /// error is its.
    pub fn needed<E>(
        kinds: &[RiskKind],
        key: plimsoll_secrets::Key,
        engine: impl FnOnce() -> Result<Arc<Engine>, E>,
    ) -> Result<Detectors, E> {
        let any = |wanted: &[RiskKind]| kinds.is_empty() || kinds.iter().any(|kind| wanted.contains(kind));
        Ok(Detectors {
            // An item of the settings asks for passwords in code.
            secrets: any(&[RiskKind::Secret, RiskKind::Configuration]).then_some(key),
            malware: any(&[RiskKind::MaliciousFile]).then(engine).transpose()?,
            settings: any(&[RiskKind::Configuration, RiskKind::PasswordPolicy]),
            accounts: any(&[RiskKind::WeakPassword]),
        })
    }

    /// Names the detectors and their editions, as [`crate::edition`] does for analyzers.
    pub fn edition(&self) -> String {
        let mut out = String::new();
        let mut add = |name: &str, edition: &str| out.push_str(&format!(",{name}={edition}"));
        if self.secrets.is_some() {
            add("secrets", &plimsoll_secrets::EDITION.to_string());
        }
        if let Some(engine) = &self.malware {
            add("malware", &engine.edition());
        }
        if self.settings {
            add("settings", &plimsoll_checks::EDITION.to_string());
        }
        if self.accounts {
            add("accounts", &plimsoll_passwords::EDITION.to_string());
        }
        out
    }

    /// Does any of them want this file?
    pub(crate) fn want(&self, entry: &Entry, head: &[u8]) -> bool {
        entry.kind == EntryKind::File
            && entry.size > 0
            && (self.secrets.is_some()
                || self.malware.is_some()
                || (self.settings && plimsoll_checks::keeps(entry, head))
                || (self.accounts && plimsoll_passwords::wants(entry, head)))
    }

    /// Shows them a file and everything packed in it.
    pub(crate) fn read(&self, file: &File<'_>) -> (Seen, Findings) {
        let mut seen = Seen::new();
        let mut said = Findings::default();
        let head = &file.content[..file.content.len().min(4096)];
        if self.settings && plimsoll_checks::keeps(file.entry, head) {
            seen.push(("settings", String::new(), Fact::Text(file.content.to_vec())));
        }
        if self.accounts && plimsoll_passwords::wants(file.entry, head) {
            match plimsoll_passwords::accounts(&file.entry.path, file.content) {
                Ok(accounts) => seen.extend(
                    accounts.into_iter().map(|account| ("accounts", String::new(), Fact::Account(account))),
                ),
                Err(why) => said.unread.push((String::new(), why)),
            }
        }
        if self.secrets.is_some() || self.malware.is_some() {
            self.search(file, "", &file.entry.path, file.content, &mut seen, &mut said);
            let path = file.entry.path.as_str();
            let packed = plimsoll_unpack::each(path, file.content, file.limits, &mut |inner, content| {
                self.search(file, inner, inner, content, &mut seen, &mut said);
            });
            said.unread.extend(packed);
        }
        if seen.iter().any(|(_, _, fact)| matches!(fact, Fact::Secret(_) | Fact::Malware(_))) {
            seen.push(("secrets", String::new(), Fact::Digests(digests(file.content))));
        }
        (seen, said)
    }

    fn search(
        &self,
        file: &File<'_>,
        inner: &str,
        path: &str,
        content: &[u8],
        seen: &mut Seen,
        said: &mut Findings,
    ) {
        if let Some(key) = &self.secrets {
            let secrets = plimsoll_secrets::search(path, content, key);
            seen.extend(
                secrets.into_iter().map(|secret| ("secrets", inner.to_owned(), Fact::Secret(secret))),
            );
        }
        if let Some(engine) = &self.malware {
            let (found, unread) = engine.search(path, file.entry, content);
            seen.extend(found.into_iter().map(|found| ("malware", inner.to_owned(), Fact::Malware(found))));
            said.unread.extend(unread.into_iter().map(|why| (inner.to_owned(), why)));
        }
    }
}

fn digests(content: &[u8]) -> FileDigests {
    FileDigests {
        md5: md5::Md5::digest(content).into(),
        sha1: Sha1::digest(content).into(),
        sha256: Sha256::digest(content).into(),
    }
}
