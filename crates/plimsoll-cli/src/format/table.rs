//! For people: what is wrong, grouped by the layer it came with and by what to do about it.

use super::listing;
use anstyle::{AnsiColor, Style};
use comfy_table::{Cell, CellAlignment, Table, presets};
use plimsoll::document::{Document, ImageReport, KnowledgeReport};
use plimsoll::fix::{Action, actions};
use plimsoll::model::{CheckResult, Finding, FixState, RiskKind, Severity, Urgency};
use std::io::Write;

const HEADING: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// Rows shown of a group; the rest is counted. Every finding is in the other formats.
const MAX_ROWS: usize = 200;

pub fn write(document: &Document, out: &mut dyn Write) -> anyhow::Result<()> {
    // Colours are always written and taken out again where nobody would see them (NO_COLOR, pipes, files).
    let mut text = Vec::new();
    for (index, image) in document.images.iter().enumerate() {
        if index > 0 {
            writeln!(text)?;
        }
        write_image(image, &mut text)?;
    }
    if let Some(knowledge) = &document.knowledge {
        writeln!(text, "\n{DIM}{}{DIM:#}", knowledge_line(knowledge))?;
    }
    let colours = anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never;
    if colours {
        out.write_all(&text)?
    } else {
        out.write_all(&anstream::adapter::strip_bytes(&text).into_vec())?
    }
    Ok(())
}

fn write_image(image: &ImageReport, out: &mut Vec<u8>) -> anyhow::Result<()> {
    writeln!(out, "{HEADING}{}{HEADING:#}  {}", listing::plain(&image.name), facts_line(image))?;
    writeln!(out, "{}", summary_line(image))?;
    for action in actions(image) {
        writeln!(out)?;
        write_action(image, &action, out)?;
    }
    for kind in OTHER_KINDS {
        write_kind(image, *kind, out)?;
    }
    if !image.unread.is_empty() {
        writeln!(out, "\n{HEADING}Not examined{HEADING:#} ({})", image.unread.len())?;
        for unread in image.unread.iter().take(20) {
            let path = listing::plain(&unread.path);
            writeln!(out, "  {path} (layer {}): {}", unread.layer, listing::plain(&unread.reason))?;
        }
        if image.unread.len() > 20 {
            writeln!(out, "  and {} more; all are in --format json", image.unread.len() - 20)?;
        }
    }
    Ok(())
}

fn facts_line(image: &ImageReport) -> String {
    let today = chrono::Utc::now().format("%Y-%m-%d").to_string();
    let mut facts = Vec::new();
    if let Some(os) = &image.os {
        let name = os.pretty_name.clone().unwrap_or_else(|| os.id.clone());
        facts.push(match &os.end_of_life {
            Some(day) if *day < today => format!("{}, support ended {day}", listing::plain(&name)),
            Some(day) => format!("{}, supported until {day}", listing::plain(&name)),
            None => listing::plain(&name),
        });
    }
    facts.extend(image.platform.clone());
    facts.push(format!("{} layers, {}", image.layers.len(), listing::size(image.size)));
    if let Some(base) = &image.base {
        facts.push(format!("built on {}", listing::plain(&base.name)));
    }
    facts.push(format!(
        "{} components",
        image.components.iter().filter(|component| component.present).count()
    ));
    facts.join(" · ")
}

fn summary_line(image: &ImageReport) -> String {
    if image.findings.is_empty() {
        return "no findings".to_owned();
    }
    let counts = Severity::ALL.iter().filter_map(|&severity| {
        let count = image.findings.iter().filter(|finding| finding.severity == severity).count();
        let style = style(severity);
        (count > 0).then(|| format!("{style}{count} {}{style:#}", severity.as_str()))
    });
    let fixable = image.findings.iter().filter(|finding| finding.fixed.is_some()).count();
    format!(
        "{} findings: {} · {fixable} can be fixed now",
        image.findings.len(),
        counts.collect::<Vec<_>>().join(", ")
    )
}

/// The kinds that have a section of their own, worst first.
const OTHER_KINDS: &[RiskKind] = &[
    RiskKind::MaliciousFile,
    RiskKind::Secret,
    RiskKind::WeakPassword,
    RiskKind::PasswordPolicy,
    RiskKind::Configuration,
    RiskKind::Compliance,
    RiskKind::BaseImage,
];

/// One kind's findings: what, where, and what to do.
fn write_kind(image: &ImageReport, kind: RiskKind, out: &mut Vec<u8>) -> anyhow::Result<()> {
    let findings: Vec<&Finding> = image.findings.iter().filter(|finding| finding.kind == kind).collect();
    if findings.is_empty() {
        return Ok(());
    }
    let note = match kind {
        RiskKind::Configuration => {
            let decided = image
                .checks
                .iter()
                .filter(|check| matches!(check.result, CheckResult::Pass | CheckResult::Fail));
            format!("{} of {} items failed", findings.len(), decided.count())
        }
        _ => findings.len().to_string(),
    };
    writeln!(out, "\n{HEADING}{}{HEADING:#} {DIM}({note}){DIM:#}", plimsoll::format::title_of(kind))?;
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["  SEVERITY", "RULE", "WHERE", "LAYER", "WHAT"]);
    for finding in findings.iter().take(MAX_ROWS) {
        let style = style(finding.severity);
        let place = finding.evidence.first();
        let more = finding.evidence.len().saturating_sub(1);
        let place_text = place.map(plimsoll::format::place).unwrap_or_default();
        let more_text = if more > 0 { format!(" +{more}") } else { String::new() };
        let marks = match (finding.present, finding.inherited) {
            (false, _) => " (buried)",
            (true, Some(true)) => " (from the base)",
            _ => "",
        };
        table.add_row([
            Cell::new(format!("  {style}{}{style:#}", finding.severity.as_str())),
            Cell::new(listing::shorten(&finding.id, 40)),
            Cell::new(format!("{}{more_text}", listing::shorten(&place_text, 60))),
            Cell::new(place.map(|place| place.layer.to_string()).unwrap_or_default()),
            Cell::new(format!("{}{marks}", listing::shorten(&finding.title, 80))),
        ]);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
        column.set_cell_alignment(CellAlignment::Left);
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    if findings.len() > MAX_ROWS {
        writeln!(out, "  and {} more; all are in --format json", findings.len() - MAX_ROWS)?;
    }
    Ok(())
}

fn write_action(image: &ImageReport, action: &Action<'_>, out: &mut Vec<u8>) -> anyhow::Result<()> {
    let instruction = image.layers.get(action.layer as usize).map_or("", |layer| layer.instruction.as_str());
    writeln!(
        out,
        "{HEADING}{}{HEADING:#} {DIM}({}; layer {}{}){DIM:#}",
        listing::plain(&action.advice),
        if action.fixes {
            format!("clears {}", action.findings.len())
        } else {
            action.findings.len().to_string()
        },
        action.layer,
        if instruction.is_empty() {
            String::new()
        } else {
            format!(": {}", listing::shorten(instruction, 60))
        },
    )?;
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header([
        "  SEVERITY",
        "VULNERABILITY",
        "COMPONENT",
        "INSTALLED",
        "FIXED IN",
        "URGENCY",
        "TITLE",
    ]);
    for finding in action.findings.iter().take(MAX_ROWS) {
        table.add_row(row(finding));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
        column.set_cell_alignment(CellAlignment::Left);
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    if action.findings.len() > MAX_ROWS {
        writeln!(out, "  and {} more; all are in --format json", action.findings.len() - MAX_ROWS)?;
    }
    Ok(())
}

fn row(finding: &Finding) -> Vec<Cell> {
    let style = style(finding.severity);
    let name = finding.component.as_deref().map(listing::name_of_purl).unwrap_or_default();
    let fixed = match (&finding.fixed, finding.state) {
        (Some(version), _) => listing::plain(version),
        (None, Some(FixState::WillNotFix)) => "will not fix".to_owned(),
        (None, Some(FixState::EndOfLife)) => "end of life".to_owned(),
        (None, Some(FixState::UnderInvestigation)) => "under investigation".to_owned(),
        (None, _) => "no fix yet".to_owned(),
    };
    let urgency = match finding.urgency {
        Urgency::Immediate => "immediate",
        Urgency::Delay => "delay",
        Urgency::None => "none",
    };
    vec![
        Cell::new(format!("  {style}{}{style:#}", finding.severity.as_str())),
        Cell::new(listing::plain(&finding.id)),
        Cell::new(if finding.present { name } else { format!("{name} (buried)") }),
        Cell::new(finding.installed.as_deref().map(listing::plain).unwrap_or_default()),
        Cell::new(fixed),
        Cell::new(urgency),
        Cell::new(listing::shorten(&finding.title, 60)),
    ]
}

fn style(severity: Severity) -> Style {
    match severity {
        Severity::Critical => AnsiColor::Magenta.on_default().bold(),
        Severity::High => AnsiColor::Red.on_default(),
        Severity::Medium => AnsiColor::Yellow.on_default(),
        Severity::Low => AnsiColor::Blue.on_default(),
        Severity::Unknown => DIM,
    }
}

fn knowledge_line(knowledge: &KnowledgeReport) -> String {
    let newest = knowledge.sources.iter().map(|source| source.as_of.as_str()).max().unwrap_or("");
    format!(
        "knowledge: {}built {}, newest record {}, {} feeds",
        if knowledge.starter { "starter database, " } else { "" },
        knowledge.built_at,
        newest.get(..10).unwrap_or(newest),
        knowledge.sources.len()
    )
}
