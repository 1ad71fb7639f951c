//! Here are the settings files of an image: are they safe?
//!
//! Baselines are data (`data/*.toml`): an item says in a small vocabulary ([`rule`]) what it asks, carries its own
//! examples, and is judged by effective values. What a vocabulary cannot say is a named function of [`code`].

mod baseline;
mod code;
#[cfg(test)]
mod example;
mod formats;
mod fuzzing;
mod glob;
mod kept;
mod mask;
mod pam;
mod pattern;
mod policy;
mod rule;
mod tree;

pub use kept::keeps;
use mask::{cut, mask};

use baseline::{BASELINES, Baseline, Item};
use plimsoll_model::{
    Check, CheckDetails, CheckResult, Contents, Details, Evidence, Finding, ImageConfig, RiskKind, Urgency,
};
use rule::Outcome;
use tree::Tree;

/// Raised whenever other files are kept.
pub const EDITION: u32 = 2;

/// Every item of every baseline with its result.
pub fn audit(contents: &Contents, config: &ImageConfig) -> Vec<Check> {
    let tree = Tree::new(contents, config);
    let each = |baseline: &'static Baseline| {
        let unmet = baseline.when.unmet(&tree);
        baseline.items.iter().map(|item| check(&tree, baseline, item, unmet.as_deref())).collect::<Vec<_>>()
    };
    BASELINES.iter().flat_map(each).chain([policy::check(&tree)]).collect()
}

fn check(tree: &Tree<'_>, baseline: &Baseline, item: &Item, unmet: Option<&str>) -> Check {
    let unmet = unmet.map(str::to_owned).or_else(|| item.when.unmet(tree));
    let outcome = match unmet {
        Some(reason) => Outcome::not_applicable(reason),
        None => item.check.check(tree, baseline).bounded(),
    };
    let words = item.check.words(baseline);
    Check {
        id: item.id.clone(),
        baseline: baseline.name.clone(),
        title: item.title.clone(),
        severity: item.severity,
        result: outcome.result,
        reason: outcome.reason,
        description: item.why.clone(),
        audit: item.audit.clone().unwrap_or(words.audit),
        current: outcome.current,
        suggested: item.suggested.clone().unwrap_or(words.suggested),
        fix: item.fix.clone().unwrap_or(words.fix),
        evidence: outcome.evidence,
        references: item.references(tree),
    }
}

/// The failed items, and the password policy where it is not what it should be.
pub fn findings(contents: &Contents, config: &ImageConfig, checks: &[Check]) -> Vec<Finding> {
    // The policy is in the list of checks too, but its finding is of a kind of its own.
    let failed = checks.iter().filter(|check| check.result == CheckResult::Fail && check.id != policy::ID);
    let tree = Tree::new(contents, config);
    failed.map(finding).chain(policy::finding(&tree)).collect()
}

fn finding(check: &Check) -> Finding {
    let mut evidence = check.evidence.clone();
    if evidence.is_empty() {
        // What is wrong is that something is missing: the image as a whole is the place.
        let value = check.current.clone();
        evidence.push(Evidence { path: Evidence::CONFIG.into(), value, ..Evidence::default() });
    }
    Finding {
        kind: RiskKind::Configuration,
        id: check.id.clone(),
        aliases: Vec::new(),
        title: check.title.clone(),
        severity: check.severity,
        urgency: Urgency::of(check.severity),
        component: None,
        installed: None,
        fixed: None,
        state: None,
        evidence,
        present: true,
        inherited: None,
        decision: None,
        references: check.references.clone(),
        details: Details {
            description: Some(check.description.clone()),
            advice: Some(check.fix.clone()),
            check: Some(CheckDetails {
                baseline: check.baseline.clone(),
                audit: check.audit.clone(),
                current: check.current.clone(),
                suggested: check.suggested.clone(),
                fix: check.fix.clone(),
            }),
            ..Details::default()
        },
    }
}

/// For fuzz targets: no part of the interface.
#[doc(hidden)]
pub mod fuzz {
    /// Every format of settings files.
    pub fn formats(bytes: &[u8]) {
        crate::formats::parse_all(bytes);
    }

    /// The files an image's accounts and logins stand in, all of the same bytes.
    pub fn image(bytes: &[u8]) {
        crate::fuzzing::image(bytes);
    }

    /// Lines of an image's history.
    pub fn history(bytes: &[u8]) {
        crate::code::history::fuzz(bytes);
    }
}

#[cfg(test)]
mod tests;
