//! What the secrets of an image come to.

use crate::Key;
use crate::catalogue::CATALOGUE;
use crate::metadata;
use crate::rule::Rule;
use plimsoll_model::{
    Confidence, Contents, Details, Evidence, Fact, Finding, ImageConfig, RiskKind, Secret, SecretDetails,
    Severity, Sighting, Urgency,
};
use std::collections::BTreeMap;

/// Places told of one secret; the count of the others is a property.
const MOST_PLACES: usize = 100;

/// What the secrets of an image come to, those of its config and history included: one finding for each secret and
/// rule, with every place it stands in.
pub fn findings(contents: &Contents, config: &ImageConfig, key: &Key) -> Vec<Finding> {
    let mut groups: BTreeMap<(String, [u8; 16]), Vec<Place>> = BTreeMap::new();
    let mut add = |place: Place| {
        groups.entry((place.secret.rule.clone(), place.secret.identity)).or_default().push(place);
    };
    let user = run_user(contents, config);
    for seen in &contents.sightings {
        let Fact::Secret(secret) = &seen.fact else { continue };
        if is_brought(seen, secret) {
            continue;
        }
        add(Place {
            secret: secret.clone(),
            evidence: Evidence {
                path: seen.path.clone(),
                inner_path: (!seen.inner_path.is_empty()).then(|| seen.inner_path.clone()),
                line: secret.line,
                layer: seen.layer,
                value: Some(secret.masked.clone()),
            },
            present: seen.present,
            readable: seen.mode & 0o004 != 0 || user == Some(0) || user == Some(seen.uid),
            is_file: true,
        });
    }
    for told in metadata::secrets(config, key) {
        let value = Some(told.secret.masked.clone());
        add(Place {
            evidence: Evidence {
                path: told.path.to_owned(),
                inner_path: Some(told.inner_path),
                line: None,
                layer: told.layer,
                value,
            },
            secret: told.secret,
            present: true,
            readable: true,
            is_file: false,
        });
    }
    let mut findings: Vec<Finding> = groups
        .into_iter()
        .filter_map(|((rule, _), places)| finding(CATALOGUE.rule(&rule)?, places, config))
        .collect();
    findings.sort_by(|one, other| {
        let order = |finding: &Finding| (std::cmp::Reverse(finding.severity), !finding.present);
        (order(one), &one.id, &one.evidence).cmp(&(order(other), &other.id, &other.evidence))
    });
    findings
}

/// One place a secret stands in.
struct Place {
    secret: Secret,
    evidence: Evidence,
    present: bool,
    readable: bool,
    is_file: bool,
}

/// Is the file what an OS package brought? Everyone has it then. A private key in `/etc` is told nevertheless.
fn is_brought(seen: &Sighting, secret: &Secret) -> bool {
    let is_key = CATALOGUE.rule(&secret.rule).is_some_and(|rule| rule.category == "key");
    seen.unchanged && !(is_key && seen.path.starts_with("/etc/"))
}

/// The user id containers run as; `None` when only the image's own user list could tell and it was not kept.
fn run_user(contents: &Contents, config: &ImageConfig) -> Option<u32> {
    let name = config.user.split(':').next().unwrap_or("").trim();
    if name.is_empty() || name == "root" {
        return Some(0);
    }
    if let Ok(id) = name.parse() {
        return Some(id);
    }
    let (list, _) = contents.text("/etc/passwd")?;
    let list = String::from_utf8_lossy(list);
    let line = list.lines().find(|line| line.split(':').next() == Some(name))?;
    line.split(':').nth(2)?.parse().ok()
}

fn finding(rule: &Rule, mut places: Vec<Place>, config: &ImageConfig) -> Option<Finding> {
    places.sort_by(|one, other| (!one.present, &one.evidence).cmp(&(!other.present, &other.evidence)));
    places.dedup_by(|one, other| one.evidence == other.evidence);
    let best = places.iter().max_by_key(|place| place.secret.confidence)?.secret.clone();
    let present = places.iter().any(|place| place.present);
    let severity = severity(rule, &best, &places, config);
    let mut properties = best.properties.clone();
    if places.len() > MOST_PLACES {
        properties.push(("further-places".to_owned(), (places.len() - MOST_PLACES).to_string()));
        places.truncate(MOST_PLACES);
    }
    let mut advice = rule.advice.clone();
    if !present {
        advice.push_str(
            " A later layer hides the file, but every layer is pulled with the image: removing it in a later step \
             does not help, the step that adds it has to go.",
        );
    } else if places.iter().all(|place| !place.is_file) {
        advice.push_str(
            " It stands in the image's config or history, which everyone who may pull the image can read: pass it at \
             run time, or with `RUN --mount=type=secret` while building.",
        );
    }
    Some(Finding {
        kind: RiskKind::Secret,
        id: rule.id.clone(),
        aliases: Vec::new(),
        title: title(rule, &best, present),
        severity,
        urgency: Urgency::of(severity),
        component: None,
        installed: None,
        fixed: None,
        state: None,
        evidence: places.into_iter().map(|place| place.evidence).collect(),
        present,
        inherited: None,
        decision: None,
        references: rule.references.clone(),
        details: Details {
            advice: Some(advice),
            secret: Some(SecretDetails {
                secret_rule: rule.id.clone(),
                secret_category: rule.category.to_owned(),
                secret_confidence: best.confidence,
                identity: best.identity.iter().map(|byte| format!("{byte:02x}")).collect(),
                properties,
            }),
            ..Details::default()
        },
    })
}

fn title(rule: &Rule, secret: &Secret, present: bool) -> String {
    let locked = property(secret, "encrypted") == Some("yes");
    let kind = property(secret, "type").map(|kind| format!(" ({kind})")).unwrap_or_default();
    let locked = if locked { ", protected by a passphrase" } else { "" };
    let buried = if present { "" } else { ", hidden by a later layer" };
    format!("{}{kind}{locked}{buried}", rule.title)
}

fn property<'a>(secret: &'a Secret, name: &str) -> Option<&'a str> {
    secret.properties.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
}

/// The rule's severity, lowered by what is known: critical is only what was verified by its structure and can be read
/// in a container, in the final image; what a later layer hides is at most high; what opens nothing by itself
/// (protected, expired, an example) and what is hardly more than a guess is low.
fn severity(rule: &Rule, secret: &Secret, places: &[Place], config: &ImageConfig) -> Severity {
    let locked = property(secret, "encrypted") == Some("yes");
    let example = property(secret, "example").is_some();
    if locked || example || is_expired(secret, config) || secret.confidence == Confidence::Low {
        return Severity::Low;
    }
    let is_example_file = |place: &Place| rule.category == "key" && is_test_of_library(&place.evidence.path);
    if places.iter().all(is_example_file) {
        return Severity::Low;
    }
    let is_open = places.iter().any(|place| place.present && place.readable);
    let most =
        if is_open && secret.confidence == Confidence::High { Severity::Critical } else { Severity::High };
    rule.severity.min(most)
}

/// A key among the tests or examples of a library of a language's package manager.
fn is_test_of_library(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let library = [
        "/node_modules/",
        "/site-packages/",
        "/dist-packages/",
        "/gems/",
        "/vendor/",
        "/pkg/mod/",
        "/.m2/",
        "/third_party/",
    ];
    let test = [
        "/test/",
        "/tests/",
        "/testdata/",
        "/spec/",
        "/fixtures/",
        "/examples/",
        "/example/",
        "/__tests__/",
        "/demo/",
    ];
    library.iter().any(|folder| path.contains(folder)) && test.iter().any(|folder| path.contains(folder))
}

/// Had it expired when the image was made? There is no other clock.
fn is_expired(secret: &Secret, config: &ImageConfig) -> bool {
    let time = |text: &str| chrono::DateTime::parse_from_rfc3339(text).ok();
    match (property(secret, "expires").and_then(time), config.created.as_deref().and_then(time)) {
        (Some(expires), Some(created)) => expires < created,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
