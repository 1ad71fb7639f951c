//! What to do about risks: the actions that clear most of them at once.

use super::views::Whole;
use super::{Platform, PlatformError};
use crate::document::ImageReport;
use crate::fix;
use plimsoll_fleet::{RiskQuery, RiskRow, Standing};
use plimsoll_model::{Finding, Principal, Purl, RepositoryPattern, Risk, RiskKind, RiskState};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Targets one action names.
const MAX_TARGETS: usize = 200;
/// Risks looked at for the actions that clear most images.
const TOP_RISKS: usize = 200;
/// Most actions that are kept of these.
const TOP_FIXES: usize = 100;
/// How long they are good for: everybody's overview asks for them.
const GOOD_FOR: Duration = Duration::from_secs(30);
/// Bases looked at for the same.
const TOP_BASES: usize = 10;

/// One thing to do, and what it clears.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct FixAction {
    /// `base`, `packages` (apt, apk, dnf, zypper …), `language`, `file`, `setting`, `password`.
    pub kind: String,
    /// In words: `Upgrade the base image debian:12.1 to debian:12.8`.
    pub title: String,
    /// To type or paste: a Dockerfile line, a command; empty when there is none.
    pub command: String,
    /// Risks it clears.
    pub risks: u64,
    /// Images it clears them in.
    pub images: u64,
    /// What it is done to.
    pub targets: Vec<FixTarget>,
}

/// What a fix is done to.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct FixTarget {
    /// Component, base image or path.
    pub name: String,
    /// From this version.
    pub from: Option<String>,
    /// To this version.
    pub to: Option<String>,
}

/// The actions that clear most, by who may see what, found a moment ago.
#[derive(Default)]
pub(crate) struct Top(Mutex<VecDeque<Found>>);

/// When, for whom, and what.
type Found = (Instant, Option<Vec<RepositoryPattern>>, Vec<FixAction>);

impl Top {
    fn get(&self, who: &Principal) -> Option<Vec<FixAction>> {
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        found.retain(|(at, ..)| at.elapsed() < GOOD_FOR);
        found.iter().find(|(_, sees, _)| *sees == who.sees).map(|(.., actions)| actions.clone())
    }

    fn put(&self, who: &Principal, actions: Vec<FixAction>) {
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        found.retain(|(_, sees, _)| *sees != who.sees);
        found.truncate(15);
        found.push_front((Instant::now(), who.sees.clone(), actions));
    }
}

impl Platform {
    /// What fixes an image, most risks first. Risks that are handled ask for nothing.
    pub async fn image_fixes(&self, who: &Principal, image: &str) -> Result<Vec<FixAction>, PlatformError> {
        let row = self.visible(who, image)?;
        let Some(whole) = self.whole(&row).await? else { return Ok(Vec::new()) };
        let standings = self.fleet().standings(image);
        Ok(actions(&open_report(&whole, &standings)))
    }

    /// What clears most images: base upgrades and packages, at most `limit`. Counts are of images, by the risk that most
    /// of them have; an action may clear more. As of the last half minute.
    pub async fn top_fixes(&self, who: &Principal, limit: usize) -> Result<Vec<FixAction>, PlatformError> {
        if let Some(known) = self.inner.top.get(who) {
            return Ok(known.into_iter().take(limit).collect());
        }
        let found = self.find_top_fixes(who).await?;
        self.inner.top.put(who, found.clone());
        Ok(found.into_iter().take(limit).collect())
    }

    async fn find_top_fixes(&self, who: &Principal) -> Result<Vec<FixAction>, PlatformError> {
        let sees = who.sees.as_deref();
        let fields = BTreeMap::from([
            ("kind".to_owned(), "vulnerability".to_owned()),
            ("fixable".to_owned(), "true".to_owned()),
            ("sort".to_owned(), "-images".to_owned()),
            ("limit".to_owned(), TOP_RISKS.to_string()),
        ]);
        let query = RiskQuery::parse(&fields)?;
        let (risks, bases) = {
            let fleet = self.fleet();
            (fleet.risks(&query, sees).items, fleet.overview(sees).top_bases)
        };
        let mut out = self.base_fixes(who, bases).await?;
        out.extend(self.package_fixes(who, &risks).await?);
        out.sort_by(|a, b| (b.images, b.risks).cmp(&(a.images, a.risks)).then_with(|| a.title.cmp(&b.title)));
        out.truncate(TOP_FIXES);
        Ok(out)
    }

    /// Upgrades of the bases that most images are built on, as one of these images tells of them.
    async fn base_fixes(
        &self,
        who: &Principal,
        bases: Vec<(String, u64)>,
    ) -> Result<Vec<FixAction>, PlatformError> {
        let mut out = Vec::new();
        for (base, images) in bases.into_iter().take(TOP_BASES) {
            let fields =
                BTreeMap::from([("base".to_owned(), base.clone()), ("limit".to_owned(), "1".to_owned())]);
            let query = plimsoll_fleet::ImageQuery::parse(&fields)?;
            let page = self.fleet().images(&query, who.sees.as_deref());
            let Some(row) = page.items.into_iter().next() else { continue };
            let Some(whole) = self.whole(&row).await? else { continue };
            let standings = self.fleet().standings(&row.image.id);
            let report = open_report(&whole, &standings);
            out.extend(base_action(&report).map(|action| FixAction { images, ..action }));
        }
        Ok(out)
    }

    /// Upgrades of the packages that most images have.
    async fn package_fixes(
        &self,
        who: &Principal,
        risks: &[RiskRow],
    ) -> Result<Vec<FixAction>, PlatformError> {
        let mut groups: BTreeMap<(String, String), (FixAction, BTreeSet<String>)> = BTreeMap::new();
        for row in risks {
            for (finding, images) in self.of_components(who, &row.risk).await? {
                let (Some(purl), Some(fixed)) = (&finding.component, &finding.fixed) else { continue };
                let (tool, name) = (tool(purl), name_of(purl));
                let (action, cleared) = groups.entry((tool.clone(), name.clone())).or_insert_with(|| {
                    let action = FixAction {
                        kind: kind_of(&tool).to_owned(),
                        title: format!("Upgrade {name}"),
                        command: String::new(),
                        risks: 0,
                        images: 0,
                        targets: Vec::new(),
                    };
                    (action, BTreeSet::new())
                });
                action.images = action.images.max(images);
                cleared.insert(row.risk.id.clone());
                let target = FixTarget {
                    name: name.clone(),
                    from: finding.installed.clone(),
                    to: Some(fixed.clone()),
                };
                match action.targets.iter().position(|one| one.from == target.from) {
                    Some(at) => raise(&mut action.targets[at], &tool, fixed),
                    None if action.targets.len() < MAX_TARGETS => action.targets.push(target),
                    None => {}
                }
            }
        }
        Ok(groups
            .into_iter()
            .map(|((tool, _), (mut action, cleared))| {
                action.risks = cleared.len() as u64;
                action.command = command(&tool, &action.targets);
                action
            })
            .collect())
    }
}

/// The report with what is open alone.
fn open_report(whole: &Whole, standings: &HashMap<String, Standing>) -> ImageReport {
    let mut report = whole.report.clone();
    report.findings.retain(|finding| {
        let state = super::images::state_of(finding, standings).state;
        matches!(state, RiskState::Open | RiskState::Reopened)
            && (finding.present || finding.kind != RiskKind::Vulnerability)
    });
    report
}

/// What fixes one risk.
pub(super) fn of_risk(row: &RiskRow, found: &[(Finding, u64)]) -> Vec<FixAction> {
    if row.risk.kind != RiskKind::Vulnerability {
        let mut actions: Vec<FixAction> = found.iter().filter_map(|(one, _)| other_action(one)).collect();
        actions.dedup_by(|a, b| a.title == b.title);
        actions.iter_mut().for_each(|action| action.images = row.images);
        return actions;
    }
    let mut groups: BTreeMap<String, (Vec<FixTarget>, u64)> = BTreeMap::new();
    for (finding, images) in found {
        let (Some(purl), Some(fixed)) = (&finding.component, &finding.fixed) else { continue };
        let (targets, most) = groups.entry(tool(purl)).or_default();
        *most = (*most).max(*images);
        if targets.len() < MAX_TARGETS {
            targets.push(FixTarget {
                name: name_of(purl),
                from: finding.installed.clone(),
                to: Some(fixed.clone()),
            });
        }
    }
    let actions = groups.into_iter().map(|(tool, (targets, images))| FixAction {
        kind: kind_of(&tool).to_owned(),
        title: title(&tool, &targets),
        command: command(&tool, &targets),
        risks: 1,
        images,
        targets,
    });
    let mut actions: Vec<FixAction> = actions.collect();
    actions.sort_by_key(|action| std::cmp::Reverse(action.images));
    actions
}

/// The risks that upgrades with one tool clear, and the upgrades, by name and installed version.
type Upgrade<'a> = (BTreeSet<&'a str>, BTreeMap<(String, Option<String>), FixTarget>);

/// What fixes an image, most risks first.
fn actions(report: &ImageReport) -> Vec<FixAction> {
    let mut out: Vec<FixAction> = base_action(report).into_iter().collect();
    let mut by_tool: BTreeMap<String, Upgrade<'_>> = BTreeMap::new();
    let layers = fix::actions(report);
    for finding in layers.iter().filter(|action| action.fixes).flat_map(|action| &action.findings) {
        let (Some(purl), Some(fixed)) = (&finding.component, &finding.fixed) else { continue };
        let tool = tool(purl);
        let (risks, targets) = by_tool.entry(tool.clone()).or_default();
        risks.insert(&finding.id);
        let key = (name_of(purl), finding.installed.clone());
        let target = targets.entry(key.clone()).or_insert_with(|| FixTarget {
            name: key.0,
            from: key.1,
            to: Some(fixed.clone()),
        });
        raise(target, &tool, fixed);
    }
    for (tool, (risks, targets)) in by_tool {
        let targets: Vec<FixTarget> = targets.into_values().collect();
        out.push(FixAction {
            kind: kind_of(&tool).to_owned(),
            title: title(&tool, &targets),
            command: command(&tool, &targets),
            risks: risks.len() as u64,
            images: 1,
            targets: targets.into_iter().take(MAX_TARGETS).collect(),
        });
    }
    let mut others: BTreeMap<(String, String), (FixAction, BTreeSet<String>)> = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| finding.kind != RiskKind::Vulnerability) {
        let Some(action) = other_action(finding) else { continue };
        let risk = Risk::id_of(finding.kind, &finding.id);
        let key = (action.kind.clone(), action.title.clone());
        let (known, risks) = others
            .entry(key)
            .or_insert_with(|| (FixAction { targets: Vec::new(), ..action.clone() }, BTreeSet::new()));
        risks.insert(risk);
        known.risks = risks.len() as u64;
        let room = MAX_TARGETS.saturating_sub(known.targets.len());
        let new =
            action.targets.into_iter().filter(|one| !known.targets.iter().any(|old| old.name == one.name));
        let new: Vec<FixTarget> = new.take(room).collect();
        known.targets.extend(new);
    }
    out.extend(others.into_values().map(|(action, _)| action));
    out.sort_by(|a, b| b.risks.cmp(&a.risks).then_with(|| a.title.cmp(&b.title)));
    out
}

/// The upgrade of the base, where a newer one is known: it clears what comes from the base and has a fix.
fn base_action(report: &ImageReport) -> Option<FixAction> {
    let base = report.base.as_ref()?;
    let newer = base.newer.first()?;
    let cleared = report.findings.iter().filter(|finding| {
        finding.kind == RiskKind::BaseImage || (finding.inherited == Some(true) && finding.fixed.is_some())
    });
    let risks: BTreeSet<String> = cleared.map(|one| Risk::id_of(one.kind, &one.id)).collect();
    Some(FixAction {
        kind: "base".to_owned(),
        title: format!("Upgrade the base image {} to {newer}", base.name),
        command: format!("FROM {newer}"),
        risks: risks.len() as u64,
        images: 1,
        targets: vec![FixTarget {
            name: base.name.clone(),
            from: base.digest.clone(),
            to: Some(newer.clone()),
        }],
    })
}

/// What is to be done about a finding that is no vulnerability.
fn other_action(finding: &Finding) -> Option<FixAction> {
    let path = finding.evidence.first().map(|one| one.path.clone()).unwrap_or_default();
    let is_file = path.starts_with('/');
    let action = |kind: &str, title: String, command: String, target: String| FixAction {
        kind: kind.to_owned(),
        title,
        command,
        risks: 1,
        images: 1,
        targets: vec![FixTarget { name: target, from: None, to: None }],
    };
    let details = &finding.details;
    match finding.kind {
        RiskKind::MaliciousFile => {
            Some(action("file", format!("Delete {path} in the layer that brings it"), remove(&path), path))
        }
        RiskKind::Secret if is_file => Some(action(
            "file",
            format!("Take {path} out of the image and revoke what it holds"),
            remove(&path),
            path,
        )),
        RiskKind::Secret => Some(action(
            "setting",
            "Take secrets out of the image's settings and revoke them".to_owned(),
            String::new(),
            finding.evidence.first().and_then(|one| one.inner_path.clone()).unwrap_or(path),
        )),
        RiskKind::Configuration | RiskKind::PasswordPolicy => {
            let fix = details.check.as_ref().map(|check| check.fix.clone()).unwrap_or_default();
            Some(action("setting", finding.title.clone(), fix, path))
        }
        RiskKind::WeakPassword => {
            let user = details.password.as_ref().map_or("", |password| password.user.as_str());
            Some(action(
                "password",
                format!("Lock the account {user} or set another password"),
                String::new(),
                path,
            ))
        }
        RiskKind::Compliance => {
            let purl = finding.component.as_deref()?;
            let name = name_of(purl);
            Some(action(
                kind_of(&tool(purl)),
                format!("Remove {name}"),
                removal(&tool(purl), &name),
                name.clone(),
            ))
        }
        // The upgrade of the base speaks of it.
        RiskKind::BaseImage | RiskKind::Vulnerability => None,
    }
}

/// The type of a purl: `deb`.
fn tool(purl: &str) -> String {
    purl.strip_prefix("pkg:").and_then(|rest| rest.split('/').next()).unwrap_or("").to_owned()
}

/// The name in a purl, else the purl itself.
fn name_of(purl: &str) -> String {
    Purl::parse(purl).map_or_else(|_| purl.to_owned(), |purl| purl.full_name())
}

fn kind_of(tool: &str) -> &'static str {
    if matches!(tool, "deb" | "apk" | "rpm" | "alpm" | "ebuild" | "opkg") { "packages" } else { "language" }
}

fn raise(target: &mut FixTarget, tool: &str, fixed: &str) {
    let higher = target.to.as_deref().is_none_or(|known| fix::is_higher(tool, fixed, known));
    if higher {
        target.to = Some(fixed.to_owned());
    }
}

fn title(tool: &str, targets: &[FixTarget]) -> String {
    let names: BTreeSet<&str> = targets.iter().map(|target| target.name.as_str()).collect();
    let shown: Vec<&str> = names.iter().copied().take(3).collect();
    let more = names.len().saturating_sub(shown.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let what = if kind_of(tool) == "packages" { "packages" } else { tool };
    format!("Upgrade {what}: {}{more}", shown.join(", "))
}

/// A Dockerfile line that upgrades the targets, where one tool does it; else what to raise. Names of packages are quoted:
/// they come from the image.
fn command(tool: &str, targets: &[FixTarget]) -> String {
    let names: BTreeSet<String> = targets.iter().map(|target| quoted(&target.name)).collect();
    let names = names.into_iter().collect::<Vec<_>>().join(" ");
    let pins = |join: &str| {
        let pins: BTreeSet<String> = targets
            .iter()
            .filter_map(|target| Some(quoted(&format!("{}{join}{}", target.name, target.to.as_deref()?))))
            .collect();
        pins.into_iter().collect::<Vec<_>>().join(" ")
    };
    match tool {
        "deb" => format!(
            "RUN apt-get update && apt-get install -y --only-upgrade {names} && rm -rf /var/lib/apt/lists/*"
        ),
        "apk" => format!("RUN apk upgrade --no-cache {names}"),
        "rpm" => format!("RUN dnf upgrade -y {names} && dnf clean all"),
        "alpm" => format!("RUN pacman -Syu --noconfirm {names}"),
        "npm" => format!("npm install {}", pins("@")),
        "pypi" => format!("pip install {}", pins("==")),
        "golang" => format!("go get {}", pins("@")),
        "cargo" => format!("cargo update {names}"),
        "gem" => format!("bundle update {names}"),
        "composer" => format!("composer require {}", pins(":")),
        _ => String::new(),
    }
}

fn removal(tool: &str, name: &str) -> String {
    let name = quoted(name);
    match tool {
        "deb" => format!("RUN apt-get purge -y {name} && apt-get autoremove -y"),
        "apk" => format!("RUN apk del {name}"),
        "rpm" => format!("RUN dnf remove -y {name}"),
        "pypi" => format!("pip uninstall -y {name}"),
        "npm" => format!("npm uninstall {name}"),
        _ => String::new(),
    }
}

fn remove(path: &str) -> String {
    if path.starts_with('/') { format!("RUN rm -f {}", quoted(path)) } else { String::new() }
}

/// As one word of a shell (POSIX.1-2024, shell command language 2.2.2): names come from images.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./_-".contains(c);
    // A line end would begin another line of the Dockerfile.
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(is_plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(name: &str, to: &str) -> FixTarget {
        FixTarget { name: name.into(), from: None, to: Some(to.into()) }
    }

    #[test]
    fn commands_are_ready_to_paste() {
        let check = |tool: &str, targets: &[FixTarget], expected: &str| {
            assert_eq!(command(tool, targets), expected);
        };
        check(
            "apk",
            &[target("musl", "1"), target("busybox", "2")],
            "RUN apk upgrade --no-cache busybox musl",
        );
        check("npm", &[target("@a/b", "1.2")], "npm install @a/b@1.2");
        check("pypi", &[target("x; rm -rf /", "1")], "pip install 'x; rm -rf /==1'");
        check("maven", &[target("g:a", "1")], "");
        assert_eq!(quoted("it's\nRUN x"), "'it'\\''sRUN x'");
        assert_eq!(
            title("deb", &[target("a", "1"), target("b", "1"), target("c", "1"), target("d", "1")]),
            "Upgrade packages: a, b, c and 1 more"
        );
    }
}
