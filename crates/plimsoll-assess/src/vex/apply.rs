//! Statements laid over findings.

use super::product::{ImageIdentity, Whole};
use super::{Statement, Status};
use plimsoll_model::{Finding, FixState, Purl, Reason, RiskKind};
use std::collections::{HashMap, HashSet};

/// A VEX document and where it is from.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// What the user calls it: a path, or a digest in a registry.
    pub name: String,
    /// What it says.
    pub statements: Vec<Statement>,
}

/// What became of an image's findings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Applied {
    /// Findings that went.
    pub dismissed: Vec<Dismissal>,
    /// Findings each document speaks of, in the order of the documents, whoever decided.
    pub spoken_of: Vec<usize>,
}

/// A finding that went.
#[derive(Clone, Debug, PartialEq)]
pub struct Dismissal {
    /// The component's purl.
    pub component: String,
    /// Who says so, and why.
    pub reason: Reason,
}

/// Takes away the findings that a document clears, and marks those it speaks of. `components` are the purls of all
/// components of the image.
pub fn apply(
    findings: &mut Vec<Finding>,
    image: &ImageIdentity,
    components: &[Purl],
    documents: &[&Document],
) -> Applied {
    let whole = Whole::new(image, components);
    let mut by_vulnerability: HashMap<String, Vec<(usize, usize, &Statement)>> = HashMap::new();
    for (at, document) in documents.iter().enumerate() {
        for (index, statement) in document.statements.iter().enumerate() {
            let ids: HashSet<String> = statement.vulnerabilities.iter().map(|id| id.to_lowercase()).collect();
            for id in ids {
                by_vulnerability.entry(id).or_default().push((at, index, statement));
            }
        }
    }
    let mut applied = Applied { dismissed: Vec::new(), spoken_of: vec![0; documents.len()] };
    findings.retain_mut(|finding| {
        if finding.kind != RiskKind::Vulnerability {
            return true;
        }
        let Some(purl) = finding.component.as_deref().and_then(|purl| Purl::parse(purl).ok()) else {
            return true;
        };
        let ids = std::iter::once(&finding.id).chain(&finding.aliases);
        let about: Vec<(usize, usize, &Statement)> = ids
            .filter_map(|id| by_vulnerability.get(&id.to_lowercase()))
            .flatten()
            .filter(|(_, _, statement)| {
                statement.products.iter().any(|product| whole.is_meant(product, &purl))
            })
            .copied()
            .collect();
        for at in about.iter().map(|(at, ..)| *at).collect::<HashSet<_>>() {
            applied.spoken_of[at] += 1;
        }
        let newest = about.into_iter().max_by_key(|(at, index, statement)| (statement.time, *at, *index));
        let Some((at, _, statement)) = newest else { return true };
        let words = words(&documents[at].name, statement);
        if statement.status.clears() {
            applied.dismissed.push(Dismissal {
                component: finding.component.clone().unwrap_or_default(),
                reason: Reason {
                    advisory: finding.id.clone(),
                    source: "vex".to_owned(),
                    key: purl.full_name(),
                    range: String::new(),
                    affected: false,
                    why: words,
                },
            });
            return false;
        }
        mark(finding, statement.status);
        finding.details.vex = Some(words);
        true
    });
    applied
}

/// A fix stays one, whoever still looks into the matter.
fn mark(finding: &mut Finding, status: Status) {
    match (status, finding.state) {
        (Status::UnderInvestigation, Some(FixState::Affected)) => {
            finding.state = Some(FixState::UnderInvestigation);
        }
        (Status::Affected, Some(FixState::UnderInvestigation)) => finding.state = Some(FixState::Affected),
        _ => {}
    }
}

/// `VEX: FILE says not_affected: vulnerable_code_not_present: it is never called`.
fn words(name: &str, statement: &Statement) -> String {
    let why = if statement.why.is_empty() { String::new() } else { format!(": {}", statement.why) };
    format!("VEX: {name} says {}{why}", statement.status.as_str())
}
