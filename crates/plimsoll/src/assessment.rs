//! What a scan is judged by, and every kind of finding but vulnerabilities.

use crate::Scanned;
use plimsoll_feeds::Database;
use plimsoll_model::{Check, Finding, RiskKind, Unread};

/// What contents are laid against.
#[derive(Default)]
pub struct Assessment<'a> {
    /// Advisories; without them there are no vulnerabilities.
    pub database: Option<&'a Database>,
    /// Say why.
    pub explain: bool,
    /// Only these kinds of risks; all when empty.
    pub kinds: &'a [RiskKind],
    /// The key secrets were looked for with.
    pub key: plimsoll_secrets::Key,
    /// What passwords are guessed with.
    pub passwords: plimsoll_passwords::Options,
}

impl Assessment<'_> {
    /// Are risks of this kind asked for?
    pub fn wants(&self, kind: RiskKind) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }
}

/// What is wrong beside vulnerabilities.
pub(crate) struct Others {
    pub findings: Vec<Finding>,
    pub checks: Vec<Check>,
    pub unread: Vec<Unread>,
}

/// Every finding of the kinds asked for that needs no advisories.
pub(crate) fn others(scanned: &Scanned, assessment: &Assessment<'_>) -> Others {
    let contents = &scanned.contents;
    let config = &scanned.manifest.config;
    let mut others = Others { findings: Vec::new(), checks: Vec::new(), unread: Vec::new() };
    if assessment.wants(RiskKind::MaliciousFile) {
        let instructions = config.instructions(scanned.layers.len());
        others.findings.extend(plimsoll_malware::findings(contents, config, &instructions));
    }
    if assessment.wants(RiskKind::Secret) {
        others.findings.extend(plimsoll_secrets::findings(contents, config, &assessment.key));
    }
    if assessment.wants(RiskKind::Configuration) || assessment.wants(RiskKind::PasswordPolicy) {
        others.checks = plimsoll_checks::audit(contents, config);
        others.findings.extend(plimsoll_checks::findings(contents, config, &others.checks));
    }
    if assessment.wants(RiskKind::WeakPassword) {
        let (found, unread) = plimsoll_passwords::findings(contents, config, &assessment.passwords);
        others.findings.extend(found);
        others.unread.extend(unread);
    }
    others.findings.retain(|finding| assessment.wants(finding.kind));
    others
}
