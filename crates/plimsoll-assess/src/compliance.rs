//! Software that should not be there: rules over components, licences, paths and support dates.
//!
//! Rules are data: the built-in list, and a policy of the user's own. A rule's exceptions beat it until they expire; an
//! `allow` rule of the user beats the built-in list; among the user's own rules `deny` and `warn` beat `allow`.

mod licence;
mod policy;
mod select;
#[cfg(test)]
mod tests;

pub use policy::{Effect, Exception, Match, Policy, PolicyError, Rule, Scope};

use plimsoll_model::{
    ComplianceDetails, Contents, Details, EntryKind, Evidence, File, Finding, Installed, RiskKind, Urgency,
};
use select::{Subject, matches_component, matches_image, matches_path};
use std::collections::{BTreeMap, BTreeSet};

/// What rules may ask about an image beside its contents.
#[derive(Clone, Debug, Default)]
pub struct Image {
    /// `registry/repository:tag`.
    pub name: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Today, `2026-11-24`: exceptions expire, support ends. There is no clock here.
    pub today: String,
    /// The last day of support of components, by index in [`Contents::components`], and of the distribution.
    pub end_of_life: BTreeMap<u32, String>,
    /// The last day of support of the distribution.
    pub os_end_of_life: Option<String>,
}

/// The software of an image that the rules object to, sorted by rule and component.
pub fn findings(contents: &Contents, image: &Image, policy: &Policy) -> Vec<Finding> {
    let builtin = Policy::builtin();
    let own: Vec<&Rule> = policy.rules.iter().filter(|rule| rule.scope.holds(image)).collect();
    let shipped: Vec<&Rule> = builtin
        .rules
        .iter()
        .filter(|rule| policy.builtin && !policy.disabled.contains(&rule.id))
        .filter(|rule| !own.iter().any(|other| other.id == rule.id))
        .collect();
    let allows: Vec<&Rule> = own.iter().copied().filter(|rule| rule.effect == Effect::Allow).collect();
    let mut out = Vec::new();
    for (rule, is_own) in
        own.iter().map(|rule| (*rule, true)).chain(shipped.iter().map(|rule| (*rule, false)))
    {
        let allowed_by = if is_own { &[][..] } else { &allows[..] };
        match rule.effect {
            Effect::Allow => {}
            Effect::Deny | Effect::Warn => objections(contents, image, rule, allowed_by, &mut out),
            Effect::Require => out.extend(missing(contents, image, rule)),
        }
    }
    out
}

fn objections(contents: &Contents, image: &Image, rule: &Rule, allows: &[&Rule], out: &mut Vec<Finding>) {
    let mut reported_files: BTreeSet<&str> = BTreeSet::new();
    for (index, installed) in (0_u32..).zip(&contents.components) {
        let subject = Subject { installed, index, contents, image };
        if !matches_component(&rule.matches, &subject) {
            continue;
        }
        // What the rule knows by its package needs not be told once more by its file.
        reported_files.extend(rule.matches.path.iter().map(|path| select::file_name(path)));
        let excepted = rule.exceptions.iter().any(|exception| {
            exception.holds(&image.today) && matches_component(&exception.matches, &subject)
        });
        if excepted || allows.iter().any(|allow| matches_component(&allow.matches, &subject)) {
            continue;
        }
        out.push(of_component(contents, rule, installed));
    }
    if rule.matches.has_paths() {
        let package_is_known = !reported_files.is_empty();
        for file in &contents.files {
            if !is_program(file, rule) || !matches_path(&rule.matches, file) {
                continue;
            }
            let usual = ["/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/"].iter();
            let by_package =
                package_is_known && usual.clone().any(|folder| file.entry.path.starts_with(folder));
            let excepted = rule
                .exceptions
                .iter()
                .any(|exception| exception.holds(&image.today) && matches_path(&exception.matches, file));
            if by_package || excepted || allows.iter().any(|allow| matches_path(&allow.matches, file)) {
                continue;
            }
            out.push(of_file(rule, file));
        }
    }
    if matches_image(&rule.matches, contents, image) {
        out.push(of_image(contents, rule, image));
    }
}

/// A program, or with a rule about digests any file.
fn is_program(file: &File, rule: &Rule) -> bool {
    file.entry.kind == EntryKind::File
        && file.entry.size > 0
        && (file.entry.mode & 0o111 != 0 || rule.matches.any_file || !rule.matches.sha256.is_empty())
}

/// A required thing that is not there.
fn missing(contents: &Contents, image: &Image, rule: &Rule) -> Option<Finding> {
    let there = (0_u32..).zip(&contents.components).any(|(index, installed)| {
        installed.present && matches_component(&rule.matches, &Subject { installed, index, contents, image })
    });
    let there = there
        || (rule.matches.has_paths() && contents.files.iter().any(|file| matches_path(&rule.matches, file)));
    let excepted = rule.exceptions.iter().any(|exception| exception.holds(&image.today));
    (!there && !excepted).then(|| {
        let title = format!("missing: {}", rule.title);
        finding(
            rule,
            title,
            vec![Evidence { path: Evidence::CONFIG.to_owned(), ..Evidence::default() }],
            true,
        )
    })
}

fn of_component(contents: &Contents, rule: &Rule, installed: &Installed) -> Finding {
    let component = &installed.component;
    let version =
        if component.version.is_empty() { String::new() } else { format!(" {}", component.version) };
    let title = format!("{}: {}{version}", rule.title, component.full_name());
    let evidence = installed.paths.iter().map(|path| {
        let (path, inner) =
            path.split_once("!/").map_or((path.as_str(), None), |(path, inner)| (path, Some(inner)));
        Evidence {
            path: path.to_owned(),
            inner_path: inner.map(str::to_owned),
            layer: installed.layer,
            value: licence_shown(rule, installed),
            ..Evidence::default()
        }
    });
    Finding {
        component: Some(component.purl(contents.os.as_ref())),
        installed: (!component.version.is_empty()).then(|| component.version.clone()),
        ..finding(rule, title, evidence.collect(), installed.present)
    }
}

fn licence_shown(rule: &Rule, installed: &Installed) -> Option<String> {
    (!rule.matches.license.is_empty()).then(|| installed.component.licenses.join(", "))
}

fn of_file(rule: &Rule, file: &File) -> Finding {
    let title = format!("{}: {}", rule.title, file.entry.path);
    let evidence = Evidence { path: file.entry.path.clone(), layer: file.layer, ..Evidence::default() };
    finding(rule, title, vec![evidence], true)
}

fn of_image(contents: &Contents, rule: &Rule, image: &Image) -> Finding {
    let os = contents.os.as_ref();
    let name = os.and_then(|os| os.pretty_name.clone().or_else(|| Some(os.id.clone()))).unwrap_or_default();
    let value = image.os_end_of_life.as_ref().map(|day| format!("supported until {day}"));
    let file = ["/etc/os-release", "/usr/lib/os-release"].into_iter().find_map(|path| contents.file(path));
    let evidence = Evidence {
        path: file.map_or_else(|| Evidence::CONFIG.to_owned(), |file| file.entry.path.clone()),
        layer: file.map_or(0, |file| file.layer),
        value,
        ..Evidence::default()
    };
    finding(rule, format!("{}: {name}", rule.title), vec![evidence], true)
}

fn finding(rule: &Rule, title: String, evidence: Vec<Evidence>, present: bool) -> Finding {
    let urgency = if present { Urgency::of(rule.severity) } else { Urgency::None };
    Finding {
        kind: RiskKind::Compliance,
        id: rule.id.clone(),
        aliases: Vec::new(),
        title,
        severity: rule.severity,
        urgency,
        component: None,
        installed: None,
        fixed: None,
        state: None,
        evidence,
        present,
        inherited: None,
        decision: None,
        references: rule.references.clone(),
        details: Details {
            description: Some(rule.reason.clone()).filter(|text| !text.is_empty()),
            advice: Some(rule.advice.clone()).filter(|text| !text.is_empty()),
            compliance: Some(ComplianceDetails {
                compliance_rule: rule.id.clone(),
                effect: rule.effect.as_str().to_owned(),
                compliance_category: rule.category.clone(),
                reason: rule.reason.clone(),
            }),
            ..Details::default()
        },
    }
}
