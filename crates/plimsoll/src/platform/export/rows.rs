//! The lines of each list, page by page.

use super::{ExportList, ExportRequest};
use crate::platform::images::{class_of, state_of, word};
use crate::platform::pages::known_names;
use crate::platform::settings::field;
use crate::platform::{Platform, PlatformError};
use plimsoll_fleet::{ImageQuery, ImageRow, RiskQuery, RiskRow, Standing};
use plimsoll_model::{
    AuditEntry, Decision, Finding, HistoryAction, HistoryEntry, Principal, Risk, RiskChoice, RiskKind, Time,
};
use plimsoll_store::data::HistoryQuery;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use tokio::sync::mpsc::Sender;

/// Lines of a page.
const PAGE: &str = "500";
const PAGE_NUMBER: u32 = 500;

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Empty,
    Text(String),
    Number(f64),
    Moment(Time),
}

/// One line; as many cells as the list has columns.
pub(super) type Line = Vec<Cell>;

impl Cell {
    pub fn text(&self) -> String {
        match self {
            Cell::Empty => String::new(),
            Cell::Text(text) => text.clone(),
            Cell::Number(number) => number.to_string(),
            Cell::Moment(time) => time.to_rfc3339(),
        }
    }

    pub fn json(&self) -> serde_json::Value {
        match self {
            Cell::Empty => serde_json::Value::Null,
            Cell::Number(number) if number.fract() == 0.0 && number.abs() < 9.0e15 => (*number as i64).into(),
            Cell::Number(number) => (*number).into(),
            cell => cell.text().into(),
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        if text.is_empty() { Cell::Empty } else { Cell::Text(text.to_owned()) }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Cell {
        if text.is_empty() { Cell::Empty } else { Cell::Text(text) }
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Cell {
        Cell::Number(number as f64)
    }
}

impl From<Time> for Cell {
    fn from(time: Time) -> Cell {
        Cell::Moment(time)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Cell {
        value.map_or(Cell::Empty, Into::into)
    }
}

/// The columns of a list.
pub(super) fn columns(list: ExportList) -> &'static [&'static str] {
    match list {
        ExportList::Risks => &[
            "id",
            "kind",
            "title",
            "severity",
            "urgency",
            "cvss",
            "epss",
            "epss_percentile",
            "kev_added",
            "fixable",
            "images",
            "inherited",
            "open",
            "reopened",
            "ignored",
            "whitelisted",
            "fixed",
            "first_seen",
            "published",
            "components",
            "aliases",
            "category",
        ],
        ExportList::Findings => &[
            "registry",
            "image",
            "tag",
            "digest",
            "platform",
            "os",
            "image_id",
            "risk",
            "kind",
            "title",
            "severity",
            "urgency",
            "state",
            "class",
            "components",
            "installed",
            "fixed",
            "inherited",
            "paths",
            "layers",
            "first_seen",
            "aliases",
        ],
        ExportList::Images => &[
            "registry", "image", "tag", "digest", "platform", "source", "os", "base", "level", "critical",
            "high", "medium", "low", "unknown", "status", "size", "created", "updated", "scanned", "latest",
            "gone", "pipeline", "id",
        ],
        ExportList::Components => &[
            "registry",
            "image",
            "tag",
            "digest",
            "platform",
            "type",
            "name",
            "version",
            "purl",
            "licences",
            "vulnerabilities",
            "layer",
            "path",
            "found_by",
        ],
        ExportList::History => &[
            "at",
            "actor",
            "action",
            "risks",
            "risk_count",
            "images",
            "image_count",
            "pairs",
            "reason",
            "decision",
        ],
        ExportList::Decisions => &[
            "id",
            "action",
            "risks",
            "scope",
            "reason",
            "justification",
            "ends",
            "when_fixable",
            "author",
            "created",
            "updated",
            "pairs",
            "images",
        ],
        ExportList::Audit => &["at", "actor", "from", "action", "target", "detail", "request"],
        ExportList::Image => &[],
    }
}

/// Reads the filters of the handling history.
pub(super) fn history_query(
    fields: &BTreeMap<String, String>,
    cursor: Option<String>,
) -> Result<HistoryQuery, PlatformError> {
    known_names(fields, &["risk", "image", "decision", "actor", "action", "since", "until"])?;
    let text = |name: &str| fields.get(name).cloned();
    let moment = |name: &str| {
        let wrong = || field(name, "it is a time or a day: 2026-11-24".to_owned());
        let read = |text: &String| {
            Time::parse(text).or_else(|| Time::parse(&format!("{text}T00:00:00Z"))).ok_or_else(wrong)
        };
        fields.get(name).map(read).transpose()
    };
    let action = |text: &str| {
        serde_json::from_value::<HistoryAction>(text.into())
            .map_err(|_| field("action", format!("`{text}` is no action of the history")))
    };
    let actions = fields.get("action").map(|text| text.split(',').map(action).collect::<Result<Vec<_>, _>>());
    Ok(HistoryQuery {
        risk: text("risk"),
        image: text("image"),
        decision: text("decision"),
        actor: text("actor"),
        actions: actions.transpose()?.unwrap_or_default(),
        since: moment("since")?,
        until: moment("until")?,
        limit: PAGE_NUMBER,
        cursor,
    })
}

pub(super) fn check_decisions(fields: &BTreeMap<String, String>) -> Result<(), PlatformError> {
    known_names(fields, &["action", "author", "q"])
}

pub(super) fn check_audit(fields: &BTreeMap<String, String>) -> Result<(), PlatformError> {
    known_names(fields, &["actor", "action"])
}

/// Sends a page; an error when the writer gave up, whose own error says why.
async fn send(sender: &Sender<Vec<Line>>, page: Vec<Line>) -> Result<(), PlatformError> {
    let gone = |_| PlatformError::Conflict("the file is not written any more".to_owned());
    sender.send(page).await.map_err(gone)
}

impl Platform {
    /// Sends every line of a list.
    pub(super) async fn send_rows(
        &self,
        who: &Principal,
        request: &ExportRequest,
        sender: &Sender<Vec<Line>>,
    ) -> Result<(), PlatformError> {
        match request.list {
            ExportList::Risks => self.send_risks(who, &request.filter, sender).await,
            ExportList::Findings => self.send_findings(who, &request.filter, sender).await,
            ExportList::Images => self.send_images(who, &request.filter, sender).await,
            ExportList::Components => self.send_components(who, &request.filter, sender).await,
            ExportList::History => self.send_history(who, &request.filter, sender).await,
            ExportList::Decisions => self.send_decisions(who, &request.filter, sender).await,
            ExportList::Audit => self.send_audit(&request.filter, sender).await,
            ExportList::Image => Ok(()),
        }
    }

    /// The page of the risk list these fields ask for; they then ask for the next one. `None` after the last.
    fn next_risks(
        &self,
        who: &Principal,
        fields: &mut Option<BTreeMap<String, String>>,
    ) -> Result<Option<Vec<RiskRow>>, PlatformError> {
        let Some(asked) = fields else { return Ok(None) };
        let page = self.fleet().risks(&RiskQuery::parse(asked)?, who.sees.as_deref());
        match page.next {
            Some(next) => drop(asked.insert("cursor".to_owned(), next)),
            None => *fields = None,
        }
        Ok(Some(page.items))
    }

    async fn send_risks(
        &self,
        who: &Principal,
        filter: &BTreeMap<String, String>,
        sender: &Sender<Vec<Line>>,
    ) -> Result<(), PlatformError> {
        let mut fields = Some(paged(filter));
        while let Some(page) = self.next_risks(who, &mut fields)? {
            send(sender, page.iter().map(risk_line).collect()).await?;
        }
        Ok(())
    }

    /// One line for each risk in each image that the risk list's filters hold.
    async fn send_findings(
        &self,
        who: &Principal,
        filter: &BTreeMap<String, String>,
        sender: &Sender<Vec<Line>>,
    ) -> Result<(), PlatformError> {
        let mut wanted: HashSet<String> = HashSet::new();
        let mut fields = Some(paged(filter));
        while let Some(page) = self.next_risks(who, &mut fields)? {
            wanted.extend(page.into_iter().map(|row| row.risk.id));
        }
        let images = ImageQuery::parse(&image_filter(filter))?;
        let ids = self.fleet().image_ids(&images, who.sees.as_deref());
        for id in ids {
            let (row, standings) = {
                let fleet = self.fleet();
                let Some(row) = fleet.image(&id, who.sees.as_deref()) else { continue };
                (row, fleet.standings(&id))
            };
            if !standings.iter().any(|(risk, one)| wanted.contains(risk) && holds_state(filter, one)) {
                continue;
            }
            let Some(whole) = self.whole(&row).await? else { continue };
            let seen: HashMap<String, Time> =
                self.data().ledger(&id).await?.into_iter().map(|one| (one.risk, one.first_seen)).collect();
            let mut risks: BTreeMap<String, Vec<&Finding>> = BTreeMap::new();
            for finding in &whole.report.findings {
                let risk = Risk::id_of(finding.kind, &finding.id);
                let there = finding.present || finding.kind != RiskKind::Vulnerability;
                let held = there
                    && wanted.contains(&risk)
                    && holds_state(filter, &state_of(finding, &standings))
                    && holds_occurrence(filter, finding);
                if held {
                    risks.entry(risk).or_default().push(finding);
                }
            }
            let lines = risks
                .iter()
                .map(|(risk, found)| finding_line(&row, risk, found, &standings, seen.get(risk).copied()));
            send(sender, lines.collect()).await?;
        }
        Ok(())
    }

    async fn send_images(
        &self,
        who: &Principal,
        filter: &BTreeMap<String, String>,
        sender: &Sender<Vec<Line>>,
    ) -> Result<(), PlatformError> {
        let mut fields = paged(filter);
        loop {
            let query = ImageQuery::parse(&fields)?;
            let page = self.fleet().images(&query, who.sees.as_deref());
            send(sender, page.items.iter().map(image_line).collect()).await?;
            let Some(next) = page.next else { return Ok(()) };
            fields.insert("cursor".to_owned(), next);
        }
    }

    async fn send_components(
        &self,
        who: &Principal,
        filter: &BTreeMap<String, String>,
        sender: &Sender<Vec<Line>>,
    ) -> Result<(), PlatformError> {
        let ids = self.fleet().image_ids(&ImageQuery::parse(filter)?, who.sees.as_deref());
        for id in ids {
            let Some(row) = self.fleet().image(&id, who.sees.as_deref()) else { continue };
            let Some(whole) = self.whole(&row).await? else { continue };
            let present = whole.report.components.iter().filter(|one| one.present);
            let lines = present.map(|one| {
                let mut line = name_cells(&row);
                line.extend([
                    one.kind.as_str().into(),
                    one.name.as_str().into(),
                    one.version.as_str().into(),
                    one.purl.as_str().into(),
                    one.licenses.join("; ").into(),
                    u64::from(one.vulnerabilities.values().sum::<u32>()).into(),
                    u64::from(one.layer).into(),
                    one.paths.first().cloned().into(),
                    one.found_by.as_str().into(),
                ]);
                line
            });
            send(sender, lines.collect()).await?;
        }
        Ok(())
    }

    async fn send_history(
        &self,
        who: &Principal,
        filter: &BTreeMap<String, String>,
        sender: &Sender<Vec<Line>>,
    ) -> Result<(), PlatformError> {
        let mut cursor = None;
        loop {
            let page = self.data().history(&history_query(filter, cursor)?).await?;
            let lines = {
                let fleet = self.fleet();
                let sees = who.sees.as_deref();
                let visible = |id: &String| sees.is_none() || fleet.image(id, sees).is_some();
                let lines = page.items.iter().filter_map(|entry| history_line(who, entry, &visible));
                lines.collect()
            };
            send(sender, lines).await?;
            cursor = page.next;
            if cursor.is_none() {
                return Ok(());
            }
        }
    }

    async fn send_decisions(
        &self,
        who: &Principal,
        filter: &BTreeMap<String, String>,
        sender: &Sender<Vec<Line>>,
    ) -> Result<(), PlatformError> {
        let is = |name: &str, value: &str| {
            filter.get(name).is_none_or(|wanted| wanted.split(',').any(|one| one == value))
        };
        let held = self.data().decisions().await?.into_iter().filter(|decision| {
            let theirs = who.sees.is_none() || decision.within == who.sees || decision.author == who.name;
            let reason =
                filter.get("q").is_none_or(|q| decision.reason.to_lowercase().contains(&q.to_lowercase()));
            theirs && reason && is("action", &word(&decision.action)) && is("author", &decision.author)
        });
        let held: Vec<Decision> = held.collect();
        for page in held.chunks(PAGE_NUMBER as usize) {
            let lines = {
                let fleet = self.fleet();
                page.iter().map(|decision| decision_line(decision, &fleet.preview(decision, 0, 0))).collect()
            };
            send(sender, lines).await?;
        }
        Ok(())
    }

    async fn send_audit(
        &self,
        filter: &BTreeMap<String, String>,
        sender: &Sender<Vec<Line>>,
    ) -> Result<(), PlatformError> {
        let of = |name: &str| filter.get(name).map(String::as_str).unwrap_or_default();
        let mut cursor: Option<String> = None;
        loop {
            let page = self.data().audit(of("actor"), of("action"), PAGE_NUMBER, cursor.as_deref()).await?;
            send(sender, page.items.iter().map(audit_line).collect()).await?;
            cursor = page.next;
            if cursor.is_none() {
                return Ok(());
            }
        }
    }
}

/// The filters with the largest pages, from the first.
fn paged(filter: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut fields = filter.clone();
    fields.insert("limit".to_owned(), PAGE.to_owned());
    fields.remove("cursor");
    fields
}

/// Of a risk list's filters those about images, as the image list calls them.
fn image_filter(filter: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    const SAME: &[&str] =
        &["source", "registry", "registry_kind", "repository", "tag", "os", "base", "latest", "platform"];
    let mut fields = BTreeMap::new();
    for (name, value) in filter {
        match name.as_str() {
            "image" => fields.insert("id".to_owned(), value.clone()),
            same if SAME.contains(&same) => fields.insert(name.clone(), value.clone()),
            other => {
                other.strip_prefix("image.").and_then(|name| fields.insert(name.to_owned(), value.clone()))
            }
        };
    }
    fields
}

/// Does the filter on states hold this standing? Open and reopened ones where it does not say.
fn holds_state(filter: &BTreeMap<String, String>, standing: &Standing) -> bool {
    let state = standing.state.as_str();
    let wanted = filter.get("state").map_or("unhandled", String::as_str);
    wanted.split(',').any(|one| match one {
        "all" => true,
        "unhandled" => matches!(state, "open" | "reopened"),
        "handled" => matches!(state, "ignored" | "whitelisted"),
        one => one == state,
    })
}

/// The filters that are about one occurrence rather than the risk.
fn holds_occurrence(filter: &BTreeMap<String, String>, finding: &Finding) -> bool {
    let class = || class_of(finding).map(|class| word(&class)).unwrap_or_default();
    let is = |name: &str, value: bool| filter.get(name).is_none_or(|wanted| wanted == &value.to_string());
    filter.get("class").is_none_or(|wanted| wanted.split(',').any(|one| one == class()))
        && is("fixable", finding.fixed.is_some())
        && is("inherited", finding.inherited == Some(true))
}

fn name_cells(row: &ImageRow) -> Line {
    let image = &row.image;
    vec![
        image.registry_name.clone().into(),
        image.repository.as_str().into(),
        image.tag.clone().into(),
        image.digest.as_str().into(),
        image.platform.as_str().into(),
    ]
}

fn risk_line(row: &RiskRow) -> Line {
    let risk = &row.risk;
    let number = |value: Option<f64>| value.map_or(Cell::Empty, Cell::Number);
    let states = &row.states;
    vec![
        risk.id.as_str().into(),
        risk.kind.as_str().into(),
        risk.title.as_str().into(),
        risk.severity.as_str().into(),
        word(&risk.urgency).into(),
        number(risk.cvss),
        number(risk.epss.map(f64::from)),
        number(risk.epss_percentile.map(f64::from)),
        risk.kev_added.clone().into(),
        word(&row.fixable).into(),
        row.images.into(),
        row.inherited.into(),
        states.open.into(),
        states.reopened.into(),
        states.ignored.into(),
        states.whitelisted.into(),
        states.fixed.into(),
        risk.first_seen.into(),
        risk.published.as_deref().and_then(Time::parse).into(),
        row.components.join("; ").into(),
        risk.aliases.join("; ").into(),
        risk.category.clone().into(),
    ]
}

fn finding_line(
    row: &ImageRow,
    risk: &str,
    found: &[&Finding],
    standings: &HashMap<String, Standing>,
    first_seen: Option<Time>,
) -> Line {
    let joined = |values: &mut dyn Iterator<Item = String>| {
        let values: BTreeSet<String> = values.filter(|text| !text.is_empty()).take(50).collect();
        Cell::from(values.into_iter().collect::<Vec<_>>().join("; "))
    };
    let mut line = name_cells(row);
    line.extend([row.image.os.clone().into(), row.image.id.as_str().into(), risk.into()]);
    let Some(worst) = found.iter().max_by_key(|one| (one.severity, one.urgency)) else { return line };
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let evidence = || found.iter().flat_map(|one| &one.evidence);
    let inherited = found.iter().all(|one| one.inherited == Some(true));
    line.extend([
        worst.kind.as_str().into(),
        worst.title.as_str().into(),
        worst.severity.as_str().into(),
        word(&worst.urgency).into(),
        state_of(worst, standings).state.as_str().into(),
        joined(&mut found.iter().filter_map(|one| class_of(one)).map(|class| word(&class))),
        joined(&mut found.iter().map(|one| text(&one.component))),
        joined(&mut found.iter().map(|one| text(&one.installed))),
        joined(&mut found.iter().map(|one| text(&one.fixed))),
        if inherited { "yes" } else { "no" }.into(),
        joined(&mut evidence().map(|one| one.path.clone())),
        joined(&mut evidence().map(|one| one.layer.to_string())),
        first_seen.into(),
        worst.aliases.join("; ").into(),
    ]);
    line
}

fn image_line(row: &ImageRow) -> Line {
    let image = &row.image;
    let count = |severity: &str| -> Cell {
        row.counters
            .values()
            .map(|counts| u64::from(counts.get(severity).copied().unwrap_or(0)))
            .sum::<u64>()
            .into()
    };
    let yes = |value: bool| -> Cell { if value { "yes" } else { "no" }.into() };
    let mut line = name_cells(row);
    line.extend([
        image.source.as_str().into(),
        image.os.clone().into(),
        image.base.clone().into(),
        word(&row.risk_level).into(),
        count("critical"),
        count("high"),
        count("medium"),
        count("low"),
        count("unknown"),
        word(&image.status).into(),
        image.size.into(),
        image.created.into(),
        image.updated_at.into(),
        image.scanned_at.into(),
        yes(image.latest),
        yes(image.gone),
        image.pipeline.clone().into(),
        image.id.as_str().into(),
    ]);
    line
}

/// A line of history as this person may see it; `None` when it is about nothing they see.
fn history_line(who: &Principal, entry: &HistoryEntry, visible: &dyn Fn(&String) -> bool) -> Option<Line> {
    let named = entry.images.iter().zip(&entry.image_names).filter(|(id, _)| visible(id));
    let names: Vec<&str> = named.map(|(_, name)| name.as_str()).collect();
    if who.sees.is_some() && names.is_empty() && entry.actor != who.name {
        return None;
    }
    let count = if who.sees.is_some() { names.len() as u64 } else { entry.image_count };
    Some(vec![
        entry.at.into(),
        entry.actor.as_str().into(),
        word(&entry.action).into(),
        entry.risks.join("; ").into(),
        entry.risk_count.into(),
        names.join("; ").into(),
        count.into(),
        if who.sees.is_some() { Cell::Empty } else { entry.pairs.into() },
        entry.reason.as_str().into(),
        entry.decision.clone().into(),
    ])
}

fn decision_line(decision: &Decision, hit: &plimsoll_fleet::Preview) -> Line {
    let risks = match &decision.risks {
        RiskChoice::Ids(ids) => ids.join("; "),
        RiskChoice::Filter { filter } => serde_json::to_string(filter).unwrap_or_default(),
    };
    vec![
        decision.id.as_str().into(),
        word(&decision.action).into(),
        risks.into(),
        serde_json::to_string(&decision.scope).unwrap_or_default().into(),
        decision.reason.as_str().into(),
        decision.justification.clone().into(),
        decision.expires.at.into(),
        if decision.expires.when_fixable { "yes" } else { "no" }.into(),
        decision.author.as_str().into(),
        decision.created_at.into(),
        decision.updated_at.into(),
        hit.pairs.into(),
        hit.images.into(),
    ]
}

fn audit_line(entry: &AuditEntry) -> Line {
    vec![
        entry.at.into(),
        entry.actor.as_str().into(),
        entry.from.as_str().into(),
        entry.action.as_str().into(),
        entry.target.as_str().into(),
        entry.detail.to_string().into(),
        entry.request.as_str().into(),
    ]
}
