//! What to do about findings: the action that clears most of them at once.

use crate::document::ImageReport;
use plimsoll_assess::versions::Scheme;
use plimsoll_model::{Finding, Purl, RiskKind, Severity};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// One thing to do, in one layer, and the findings it clears.
#[derive(Clone, Debug, PartialEq)]
pub struct Action<'a> {
    /// Index of the layer that brought the components.
    pub layer: u32,
    /// The command or edit, one line; `no fix yet` where there is none.
    pub advice: String,
    /// Is there a fix at all?
    pub fixes: bool,
    /// What it clears, in the report's order.
    pub findings: Vec<&'a Finding>,
}

/// Groups the vulnerabilities of an image by layer and by what fixes them: fixable first, then the worst, then the most.
pub fn actions(image: &ImageReport) -> Vec<Action<'_>> {
    let mut groups: BTreeMap<(u32, String), Vec<&Finding>> = BTreeMap::new();
    for finding in image.findings.iter().filter(|finding| finding.kind == RiskKind::Vulnerability) {
        let layer = finding.evidence.first().map_or(0, |evidence| evidence.layer);
        groups.entry((layer, tool(finding).to_owned())).or_default().push(finding);
    }
    let mut actions: Vec<Action<'_>> = groups
        .into_iter()
        .map(|((layer, tool), findings)| Action {
            layer,
            advice: advice(&tool, &findings),
            fixes: !tool.is_empty(),
            findings,
        })
        .collect();
    actions.sort_by_key(|action| {
        let worst = action.findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Unknown);
        (!action.fixes, std::cmp::Reverse(worst), std::cmp::Reverse(action.findings.len()), action.layer)
    });
    actions
}

/// The purl type of a finding that has a fix; empty for one that has none.
fn tool(finding: &Finding) -> &str {
    match (&finding.fixed, &finding.component) {
        (Some(_), Some(purl)) => {
            purl.strip_prefix("pkg:").and_then(|rest| rest.split('/').next()).unwrap_or("")
        }
        _ => "",
    }
}

/// One line that clears all these findings, which all have the same purl type.
fn advice(tool: &str, findings: &[&Finding]) -> String {
    if tool.is_empty() {
        return "no fix yet".to_owned();
    }
    // Name → the highest of the fixes its findings need.
    let mut wanted: BTreeMap<String, &str> = BTreeMap::new();
    for finding in findings {
        let Some(fixed) = finding.fixed.as_deref() else { continue };
        let name = finding.component.as_deref().map(name_of).unwrap_or_default();
        let highest = wanted.entry(name).or_insert(fixed);
        if order(tool).compare(fixed, highest) == Some(Ordering::Greater) {
            *highest = fixed;
        }
    }
    let names = || wanted.keys().cloned().collect::<Vec<_>>().join(" ");
    let pins = |join: &str| {
        let pins: Vec<String> = wanted.iter().map(|(name, fixed)| format!("{name}{join}{fixed}")).collect();
        pins.join(", ")
    };
    match tool {
        "deb" => format!("apt-get update && apt-get install --only-upgrade {}", names()),
        "apk" => format!("apk upgrade {}", names()),
        "rpm" => format!("dnf upgrade {}", names()),
        "npm" => format!("npm: raise {}", pins(" to ")),
        "pypi" => format!("pip: raise {}", pins(" to ")),
        "golang" => format!("go: raise {}", pins(" to ")),
        "cargo" => format!("cargo: raise {}", pins(" to ")),
        "gem" => format!("bundler: raise {}", pins(" to ")),
        "maven" => format!("maven: raise {}", pins(" to ")),
        "composer" => format!("composer: raise {}", pins(" to ")),
        "nuget" => format!("nuget: raise {}", pins(" to ")),
        other => format!("{other}: raise {}", pins(" to ")),
    }
}

/// Is the first version of a purl type the higher one? `false` where that cannot be told.
pub(crate) fn is_higher(tool: &str, one: &str, other: &str) -> bool {
    order(tool).compare(one, other) == Some(Ordering::Greater)
}

/// The order of versions of a purl type.
fn order(tool: &str) -> Scheme {
    match tool {
        "deb" => Scheme::Dpkg,
        "rpm" => Scheme::Rpm,
        "apk" => Scheme::Apk,
        "alpm" => Scheme::Pacman,
        "pypi" => Scheme::Pypi,
        "golang" => Scheme::Golang,
        "gem" => Scheme::RubyGems,
        "maven" => Scheme::Maven,
        "composer" => Scheme::Packagist,
        "nuget" => Scheme::Nuget,
        "npm" | "cargo" | "pub" | "hex" | "swift" => Scheme::Semver,
        _ => Scheme::Generic,
    }
}

/// The name in a purl, else the purl itself.
fn name_of(purl: &str) -> String {
    Purl::parse(purl).map_or_else(|_| purl.to_owned(), |purl| purl.full_name())
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_model::{Details, RiskKind, Urgency};

    fn finding(purl: &str, fixed: &str) -> Finding {
        Finding {
            kind: RiskKind::Vulnerability,
            id: String::new(),
            aliases: Vec::new(),
            title: String::new(),
            severity: Severity::Low,
            urgency: Urgency::None,
            component: Some(purl.to_owned()),
            installed: None,
            fixed: Some(fixed.to_owned()),
            state: None,
            evidence: Vec::new(),
            present: true,
            inherited: None,
            decision: None,
            references: Vec::new(),
            details: Details::default(),
        }
    }

    #[test]
    fn one_line_clears_them_all() {
        let check = |pairs: &[(&str, &str)], expected: &str| {
            let findings: Vec<Finding> = pairs.iter().map(|(purl, fixed)| finding(purl, fixed)).collect();
            let findings: Vec<&Finding> = findings.iter().collect();
            assert_eq!(advice(tool(findings[0]), &findings), expected);
        };
        let urllib = "pkg:pypi/urllib3@1.24.1";
        check(
            &[(urllib, "1.26.5"), (urllib, "1.26.19"), (urllib, "1.24.2")],
            "pip: raise urllib3 to 1.26.19",
        );
        check(
            &[("pkg:npm/%40a/b@1.0.0", "1.10.0"), ("pkg:npm/c@1.0.0", "2.0.0")],
            "npm: raise @a/b to 1.10.0, c to 2.0.0",
        );
        check(&[("pkg:apk/alpine/musl@1.2.5-r0", "1.2.5-r1")], "apk upgrade musl");
        check(&[("pkg:maven/g/a@1", "2")], "maven: raise g:a to 2");
    }
}
