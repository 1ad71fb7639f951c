//! One image, everything about it.

use super::error::missing;
use super::keep::Seen;
use super::pages::{Window, flag, holds, known_names, sort};
use super::settings::field;
use super::views::Whole;
use super::{Platform, PlatformError};
use crate::document::{
    BaseReport, ComponentReport, Document, FilesReport, LayerReport, OsReport, Program, SCHEMA,
};
use plimsoll_fleet::{Facets, ImageQuery, ImageRow, Standing};
use plimsoll_model::{
    Check, Finding, Principal, PurlType, Risk, RiskClass, RiskKind, RiskState, Time, Unread,
};
use plimsoll_store::DataError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// One page of a list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "{T}List")]
pub struct ListPage<T> {
    /// The page.
    pub items: Vec<T>,
    /// How many in all.
    pub total: u64,
    /// What to send as `cursor` for the next page.
    pub next: Option<String>,
    /// Counts for each filter, where the list has filters.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub facets: Facets,
}

/// An image's page, without its lists.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ImageSummary {
    /// Its row.
    #[serde(flatten)]
    pub row: ImageRow,
    /// Its distribution.
    pub os_detail: Option<OsReport>,
    /// Its base image.
    pub base_detail: Option<BaseReport>,
    /// Its files in numbers.
    pub files: Option<FilesReport>,
    /// Every item of the baselines, passed or not.
    pub checks: Vec<Check>,
    /// What could not be examined.
    pub unread: Vec<Unread>,
    /// Rows of the same tag on other platforms: platform, id.
    pub platforms: Vec<(String, String)>,
    /// How many components.
    pub components: u64,
    /// How many layers.
    pub layers: u64,
}

/// A question to an image's findings: `kind`, `class`, `severity`, `urgency`, `state` (as in the risk list; all by
/// default), `fixable`, `inherited`, `present` (`true`, `false`, `all`), `component` (part of its name), `layer`, `path`
/// (part), `q`, `id`; `sort`: severity (worst first, default), urgency, id, component, path; `limit`, `cursor`.
/// Vulnerabilities that only buried components have are left out unless `present` says otherwise, so that the total is the
/// image's count.
#[derive(Clone, Debug, Default)]
pub struct FindingQuery {
    /// Name → value.
    pub fields: BTreeMap<String, String>,
}

/// One finding in one image, with how it stands.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct FindingRow {
    /// The risk's id.
    pub risk: String,
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
    /// Of a vulnerability: whose package has it.
    pub class: Option<RiskClass>,
    /// How it stands.
    pub standing: Standing,
    /// When it was first found under this tag.
    pub first_seen: Option<Time>,
    /// The build instruction of the layer of its first evidence.
    pub instruction: Option<String>,
}

/// A question to an image's components: `type`, `name` (part), `licence` (part), `vulnerable` (true, false), `present`
/// (`true` by default, `false`, `all`), `layer`, `q`; `sort`: name, version, type, vulnerabilities; `limit`, `cursor`.
#[derive(Clone, Debug, Default)]
pub struct ComponentQuery {
    /// Name → value.
    pub fields: BTreeMap<String, String>,
}

/// One layer, and what it adds.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct LayerRow {
    /// The layer.
    #[serde(flatten)]
    pub layer: LayerReport,
    /// Its place, oldest 0.
    pub index: u32,
    /// Components it brought.
    pub components: u64,
    /// Findings it brought, by severity.
    pub findings: BTreeMap<String, u32>,
    /// Findings whose file a later layer hides.
    pub buried: u64,
}

/// Two images, or two scans of one, side by side.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// Findings only the second has.
    pub added: Vec<Finding>,
    /// Findings only the first has.
    pub removed: Vec<Finding>,
    /// How many both have.
    pub unchanged: u64,
    /// Components only the second has: purl.
    pub components_added: Vec<String>,
    /// Components only the first has: purl.
    pub components_removed: Vec<String>,
    /// Same component, other version: name, first, second.
    pub components_changed: Vec<(String, String, String)>,
}

pub use super::files::FileQuery;

impl Platform {
    /// An image's page.
    pub async fn image(&self, who: &Principal, id: &str) -> Result<ImageSummary, PlatformError> {
        let row = self.visible(who, id)?;
        let whole = self.whole(&row).await?;
        let platforms = self.other_platforms(who, &row)?;
        let report = whole.as_deref().map(|whole| &whole.report);
        let size = |count: usize| count as u64;
        Ok(ImageSummary {
            os_detail: report.and_then(|report| report.os.clone()),
            base_detail: report.and_then(|report| report.base.clone()),
            files: report.map(|report| report.files.clone()),
            checks: report.map(|report| report.checks.clone()).unwrap_or_default(),
            unread: report.map(|report| report.unread.clone()).unwrap_or_default(),
            platforms,
            components: report.map_or(0, |report| size(present_components(&report.components))),
            layers: report.map_or(0, |report| size(report.layers.len())),
            row,
        })
    }

    /// Rows of the same tag on other platforms.
    fn other_platforms(
        &self,
        who: &Principal,
        row: &ImageRow,
    ) -> Result<Vec<(String, String)>, PlatformError> {
        let image = &row.image;
        let Some(tag) = &image.tag else { return Ok(Vec::new()) };
        let mut fields = BTreeMap::from([
            ("repository".to_owned(), image.repository.clone()),
            ("tag".to_owned(), tag.clone()),
            ("source".to_owned(), image.source.as_str().to_owned()),
            ("limit".to_owned(), "500".to_owned()),
        ]);
        if let Some(registry) = &image.registry {
            fields.insert("registry".to_owned(), registry.clone());
        }
        let page = self.fleet().images(&ImageQuery::parse(&fields)?, who.sees.as_deref());
        // A name may hold a star, which the filter takes for any characters.
        let same = page.items.into_iter().map(|row| row.image).filter(|other| {
            other.id != image.id && other.repository == image.repository && other.tag == image.tag
        });
        Ok(same.map(|other| (other.platform, other.id)).collect())
    }

    /// Its findings.
    pub async fn image_findings(
        &self,
        who: &Principal,
        id: &str,
        query: FindingQuery,
    ) -> Result<ListPage<FindingRow>, PlatformError> {
        let row = self.visible(who, id)?;
        let window = Window::of(&query.fields)?;
        let wanted = Findings::parse(&query.fields)?;
        let Some(whole) = self.whole(&row).await? else { return Ok(window.page(Vec::new())) };
        let standings = self.fleet().standings(id);
        let mut found: Vec<&Finding> =
            whole.report.findings.iter().filter(|finding| wanted.holds(finding, &standings)).collect();
        wanted.sort(&mut found);
        let page = window.page(found);
        let seen: HashMap<String, Time> =
            self.data().ledger(id).await?.into_iter().map(|one| (one.risk, one.first_seen)).collect();
        let rows = page.items.iter().map(|finding| finding_row(finding, &whole, &standings, &seen));
        Ok(ListPage {
            items: rows.collect(),
            total: page.total,
            next: page.next,
            facets: facets(&whole.report.findings, &wanted, &standings),
        })
    }

    /// Its components.
    pub async fn image_components(
        &self,
        who: &Principal,
        id: &str,
        query: ComponentQuery,
    ) -> Result<ListPage<ComponentReport>, PlatformError> {
        let row = self.visible(who, id)?;
        let fields = &query.fields;
        known_names(fields, &["type", "name", "licence", "vulnerable", "present", "layer", "q"])?;
        let window = Window::of(fields)?;
        let (column, descends) = sort(fields, &["name", "version", "type", "vulnerabilities"])?;
        let vulnerable = flag(fields, "vulnerable")?;
        let present = presence(fields)?.unwrap_or(Presence::Present);
        let Some(whole) = self.whole(&row).await? else { return Ok(window.page(Vec::new())) };
        let part = |name: &str, text: &str| contains(fields.get(name), text);
        let count = |one: &ComponentReport| one.vulnerabilities.values().sum::<u32>();
        let mut found: Vec<&ComponentReport> = whole
            .report
            .components
            .iter()
            .filter(|one| present.holds(one.present) && holds(fields, "type", &one.kind))
            .filter(|one| vulnerable.is_none_or(|wanted| wanted == (count(one) > 0)))
            .filter(|one| holds(fields, "layer", &one.layer.to_string()))
            .filter(|one| part("name", &one.name) && (part("q", &one.purl) || part("q", &one.name)))
            .filter(|one| {
                fields.get("licence").is_none() || one.licenses.iter().any(|text| part("licence", text))
            })
            .collect();
        found.sort_by(|a, b| {
            let by = match column {
                "version" => a.version.cmp(&b.version),
                "type" => a.kind.cmp(&b.kind),
                "vulnerabilities" => count(a).cmp(&count(b)),
                _ => a.name.cmp(&b.name),
            };
            let by = if descends { by.reverse() } else { by };
            by.then_with(|| a.name.cmp(&b.name)).then_with(|| a.purl.cmp(&b.purl))
        });
        Ok(window.page(found.into_iter().cloned().collect()))
    }

    /// Its layers.
    pub async fn image_layers(&self, who: &Principal, id: &str) -> Result<Vec<LayerRow>, PlatformError> {
        let row = self.visible(who, id)?;
        let Some(whole) = self.whole(&row).await? else { return Ok(Vec::new()) };
        let report = &whole.report;
        let mut rows: Vec<LayerRow> = (0_u32..)
            .zip(&report.layers)
            .map(|(index, layer)| LayerRow {
                layer: layer.clone(),
                index,
                components: 0,
                findings: BTreeMap::new(),
                buried: 0,
            })
            .collect();
        for component in report.components.iter().filter(|component| component.present) {
            if let Some(row) = rows.get_mut(component.layer as usize) {
                row.components += 1;
            }
        }
        for finding in &report.findings {
            let layer = finding.evidence.first().map_or(0, |evidence| evidence.layer);
            let Some(row) = rows.get_mut(layer as usize) else { continue };
            if finding.present {
                *row.findings.entry(finding.severity.as_str().to_owned()).or_default() += 1;
            } else {
                row.buried += 1;
            }
        }
        Ok(rows)
    }

    /// Two images compared; or two scans of one, by scan id.
    pub async fn compare(
        &self,
        who: &Principal,
        first: &str,
        second: &str,
    ) -> Result<Comparison, PlatformError> {
        let (first, second) = (self.side(who, first).await?, self.side(who, second).await?);
        Ok(comparison(&first, &second))
    }

    /// One side of a comparison: an image as of today, or what a scan found.
    async fn side(&self, who: &Principal, id: &str) -> Result<Seen, PlatformError> {
        if let Ok(row) = self.visible(who, id) {
            let whole = self.scanned(&row).await?;
            let report = &whole.report;
            let components = report.components.iter().filter(|one| one.present);
            let components = components.map(|one| (one.purl.clone(), one.name.clone(), one.version.clone()));
            return Ok(Seen {
                image: id.to_owned(),
                findings: report.findings.iter().filter(|one| one.present).cloned().collect(),
                components: components.collect(),
            });
        }
        let damaged = |error: serde_json::Error| DataError::Damaged { what: "scan", why: error.to_string() };
        let found = self.data().found(id).await?.ok_or_else(|| missing("image or scan", id))?;
        let seen: Seen = serde_json::from_slice(&found).map_err(damaged)?;
        self.visible(who, &seen.image).map_err(|_| missing("image or scan", id))?;
        Ok(seen)
    }

    /// The image as a report: the scan document's image with how findings stand, for HTML, CycloneDX, SPDX, SARIF.
    pub async fn image_document(&self, who: &Principal, id: &str) -> Result<Document, PlatformError> {
        let row = self.visible(who, id)?;
        let whole = self.scanned(&row).await?;
        let standings = self.fleet().standings(id);
        let mut image = whole.report.clone();
        for finding in &mut image.findings {
            let standing = standings.get(&Risk::id_of(finding.kind, &finding.id));
            let handled = standing.filter(|one| !matches!(one.state, RiskState::Open | RiskState::Reopened));
            finding.decision = handled.map(|one| one.state.as_str().to_owned());
        }
        Ok(Document {
            schema: SCHEMA.to_owned(),
            plimsoll: Program { version: env!("CARGO_PKG_VERSION").to_owned() },
            knowledge: Some(self.current_knowledge().report.clone()),
            images: vec![image],
            errors: Vec::new(),
        })
    }
}

fn present_components(components: &[ComponentReport]) -> usize {
    components.iter().filter(|component| component.present).count()
}

/// Of a filter that may be absent: does the text hold it, whatever the case?
fn contains(wanted: Option<&String>, text: &str) -> bool {
    wanted.is_none_or(|wanted| text.to_lowercase().contains(&wanted.to_lowercase()))
}

/// In the final tree, in a buried layer, or both.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    Present,
    Buried,
    All,
}

impl Presence {
    fn holds(self, present: bool) -> bool {
        match self {
            Presence::Present => present,
            Presence::Buried => !present,
            Presence::All => true,
        }
    }
}

fn presence(fields: &BTreeMap<String, String>) -> Result<Option<Presence>, PlatformError> {
    match fields.get("present").map(String::as_str) {
        None => Ok(None),
        Some("true") => Ok(Some(Presence::Present)),
        Some("false") => Ok(Some(Presence::Buried)),
        Some("all") => Ok(Some(Presence::All)),
        Some(_) => Err(field("present", "it is true, false or all".to_owned())),
    }
}

/// A question to findings, read.
struct Findings<'a> {
    fields: &'a BTreeMap<String, String>,
    presence: Option<Presence>,
    fixable: Option<bool>,
    inherited: Option<bool>,
    column: &'a str,
    descends: bool,
}

impl<'a> Findings<'a> {
    fn parse(fields: &'a BTreeMap<String, String>) -> Result<Findings<'a>, PlatformError> {
        let names = [
            "kind",
            "class",
            "severity",
            "urgency",
            "state",
            "fixable",
            "inherited",
            "present",
            "component",
            "layer",
            "path",
            "q",
            "id",
        ];
        known_names(fields, &names)?;
        let (column, descends) = sort(fields, &["severity", "urgency", "id", "component", "path"])?;
        Ok(Findings {
            fields,
            presence: presence(fields)?,
            fixable: flag(fields, "fixable")?,
            inherited: flag(fields, "inherited")?,
            column,
            descends,
        })
    }

    fn holds(&self, finding: &Finding, standings: &HashMap<String, Standing>) -> bool {
        self.holds_but("", finding, standings)
    }

    /// Does every filter but this one hold it?
    fn holds_but(&self, left_out: &str, finding: &Finding, standings: &HashMap<String, Standing>) -> bool {
        let fields = self.fields;
        let is = |name: &str, value: &str| name == left_out || holds(fields, name, value);
        let buried = finding.kind == RiskKind::Vulnerability && !finding.present;
        let there = match self.presence {
            Some(presence) => presence.holds(finding.present),
            None => !buried,
        };
        let part = |name: &str, text: &str| contains(fields.get(name), text);
        let any_path = |name: &str| {
            fields.get(name).is_none() || finding.evidence.iter().any(|one| part(name, &one.path))
        };
        let layer = |layer: u32| holds(fields, "layer", &layer.to_string());
        let component = finding.component.as_deref().unwrap_or("");
        there
            && is("kind", finding.kind.as_str())
            && is("class", class_of(finding).map_or("", class_word))
            && is("severity", finding.severity.as_str())
            && is("urgency", &word(&finding.urgency))
            && (left_out == "state" || self.holds_state(state_of(finding, standings).state))
            && self.fixable.is_none_or(|wanted| wanted == finding.fixed.is_some())
            && self.inherited.is_none_or(|wanted| wanted == (finding.inherited == Some(true)))
            && part("component", component)
            && (fields.get("layer").is_none() || finding.evidence.iter().any(|one| layer(one.layer)))
            && any_path("path")
            && fields.get("id").is_none_or(|id| names(finding, id))
            && (part("q", &finding.id)
                || part("q", &finding.title)
                || part("q", component)
                || finding.aliases.iter().any(|alias| part("q", alias))
                || any_path("q"))
    }

    fn holds_state(&self, state: RiskState) -> bool {
        let Some(wanted) = self.fields.get("state") else { return true };
        let open = matches!(state, RiskState::Open | RiskState::Reopened);
        wanted.split(',').any(|one| match one {
            "all" => true,
            "unhandled" => open,
            "handled" => matches!(state, RiskState::Ignored | RiskState::Whitelisted),
            one => one == state.as_str(),
        })
    }

    /// The report's order is worst first already.
    fn sort(&self, found: &mut [&Finding]) {
        let path = |finding: &Finding| finding.evidence.first().map(|one| one.path.clone());
        match self.column {
            "urgency" => found.sort_by_key(|one| std::cmp::Reverse((one.urgency, one.severity))),
            "id" => found.sort_by(|a, b| a.id.cmp(&b.id)),
            "component" => found.sort_by(|a, b| a.component.cmp(&b.component)),
            "path" => found.sort_by_cached_key(|one| path(one)),
            _ => found.sort_by_key(|one| std::cmp::Reverse((one.severity, one.urgency))),
        }
        // Severity and urgency are shown worst first unless the question says `severity` in so many words.
        let asked = self.fields.contains_key("sort");
        let worst_first = matches!(self.column, "severity" | "urgency");
        if asked && (self.descends != worst_first) {
            found.reverse();
        }
    }
}

fn names(finding: &Finding, id: &str) -> bool {
    finding.id == id
        || Risk::id_of(finding.kind, &finding.id) == id
        || finding.aliases.iter().any(|alias| alias == id)
}

fn finding_row(
    finding: &Finding,
    whole: &Whole,
    standings: &HashMap<String, Standing>,
    seen: &HashMap<String, Time>,
) -> FindingRow {
    let risk = Risk::id_of(finding.kind, &finding.id);
    let layer = finding.evidence.first().and_then(|one| whole.report.layers.get(one.layer as usize));
    let instruction = layer.map(|layer| layer.instruction.clone()).filter(|text| !text.is_empty());
    FindingRow {
        class: class_of(finding),
        standing: state_of(finding, standings),
        first_seen: seen.get(&risk).copied(),
        instruction,
        finding: finding.clone(),
        risk,
    }
}

/// Of a vulnerability: whose package has it.
pub(super) fn class_of(finding: &Finding) -> Option<RiskClass> {
    if finding.kind != RiskKind::Vulnerability {
        return None;
    }
    let purl = finding.component.as_deref().and_then(|purl| purl.strip_prefix("pkg:"));
    let kind = purl.and_then(|rest| rest.split('/').next()).and_then(PurlType::parse);
    Some(if kind.is_some_and(PurlType::is_os) { RiskClass::System } else { RiskClass::Application })
}

fn class_word(class: RiskClass) -> &'static str {
    match class {
        RiskClass::System => "system",
        RiskClass::Application => "application",
    }
}

/// How a finding stands; what only buried files have is open as long as nobody decides about it.
pub(super) fn state_of(finding: &Finding, standings: &HashMap<String, Standing>) -> Standing {
    let standing = standings.get(&Risk::id_of(finding.kind, &finding.id)).cloned();
    standing.unwrap_or(Standing { state: RiskState::Open, decision: None })
}

/// A value as documents write it.
pub(super) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}

fn facets(findings: &[Finding], wanted: &Findings<'_>, standings: &HashMap<String, Standing>) -> Facets {
    let mut facets = Facets::new();
    for name in ["kind", "class", "severity", "urgency", "state"] {
        let counts = facets.entry(name.to_owned()).or_default();
        for finding in findings.iter().filter(|finding| wanted.holds_but(name, finding, standings)) {
            let value = match name {
                "kind" => finding.kind.as_str().to_owned(),
                "class" => class_of(finding).map(class_word).unwrap_or_default().to_owned(),
                "severity" => finding.severity.as_str().to_owned(),
                "urgency" => word(&finding.urgency),
                _ => state_of(finding, standings).state.as_str().to_owned(),
            };
            if !value.is_empty() {
                *counts.entry(value).or_default() += 1;
            }
        }
    }
    facets
}

/// What a finding is about, whichever version is installed.
fn identity(finding: &Finding) -> (RiskKind, String, String) {
    let component = finding.component.as_deref();
    let name = component.map(|purl| purl.split(['@', '?']).next().unwrap_or(purl).to_owned());
    let place = || finding.evidence.first().map(|one| one.path.clone()).unwrap_or_default();
    (finding.kind, finding.id.clone(), name.unwrap_or_else(place))
}

fn comparison(first: &Seen, second: &Seen) -> Comparison {
    let of = |seen: &Seen| seen.findings.iter().map(identity).collect::<BTreeSet<_>>();
    let (before, after) = (of(first), of(second));
    let only = |seen: &Seen, other: &BTreeSet<(RiskKind, String, String)>| {
        let mut told = BTreeSet::new();
        let new = seen.findings.iter().filter(|one| !other.contains(&identity(one)));
        new.filter(|one| told.insert(identity(one))).cloned().collect::<Vec<_>>()
    };
    let purls = |seen: &Seen| seen.components.iter().map(|one| one.0.clone()).collect::<BTreeSet<_>>();
    let (had, has) = (purls(first), purls(second));
    let versions = |seen: &Seen, other: &BTreeSet<String>| {
        let mut versions: BTreeMap<(String, String), Vec<(String, String)>> = BTreeMap::new();
        for (purl, name, version) in seen.components.iter().filter(|one| !other.contains(&one.0)) {
            let kind = purl.split('/').next().unwrap_or("").to_owned();
            versions.entry((kind, name.clone())).or_default().push((purl.clone(), version.clone()));
        }
        versions
    };
    let (gone, mut came) = (versions(first, &has), versions(second, &had));
    let (mut changed, mut removed) = (Vec::new(), Vec::new());
    for ((kind, name), old) in gone {
        // One version became another: neither came nor went.
        let place = (kind, name.clone());
        match (&old[..], came.get(&place).map(Vec::as_slice)) {
            ([(_, from)], Some([(_, to)])) => {
                changed.push((name, from.clone(), to.clone()));
                came.remove(&place);
            }
            _ => removed.extend(old.into_iter().map(|(purl, _)| purl)),
        }
    }
    Comparison {
        added: only(second, &before),
        removed: only(first, &after),
        unchanged: before.intersection(&after).count() as u64,
        components_added: came.into_values().flatten().map(|(purl, _)| purl).collect(),
        components_removed: removed,
        components_changed: changed,
    }
}
