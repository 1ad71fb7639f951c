//! A page to hand on: one file, no scripts, nothing fetched, readable in print and by a screen reader.

use super::{name_of_purl, place, title_of};
use crate::document::{Document, ImageReport};
use plimsoll_model::{CheckResult, Finding, FixState, RiskKind, Severity};
use std::io::Write;

const KINDS: &[RiskKind] = &[
    RiskKind::Vulnerability,
    RiskKind::MaliciousFile,
    RiskKind::Secret,
    RiskKind::WeakPassword,
    RiskKind::PasswordPolicy,
    RiskKind::Configuration,
    RiskKind::Compliance,
    RiskKind::BaseImage,
];

const STYLE: &str = "
:root{color-scheme:light dark;--line:#8884;--dim:#777;--critical:#a3166e;--high:#c62828;--medium:#b26a00;--low:#1565c0}
@media(prefers-color-scheme:dark){:root{--critical:#f06ebf;--high:#ff8a80;--medium:#ffb74d;--low:#82b1ff;--dim:#aaa}}
body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:76rem;padding:1rem 1.5rem 4rem}
h1{font-size:1.4rem;margin:2rem 0 .2rem;overflow-wrap:anywhere}h2{font-size:1.1rem;margin:2rem 0 .4rem}
p.facts{color:var(--dim);margin:.2rem 0}
ul.counts{list-style:none;display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;padding:0;margin:.8rem 0}
ul.counts b{font-size:1.5rem;display:block;line-height:1.2}
table{border-collapse:collapse;width:100%}caption{text-align:left;color:var(--dim);padding-bottom:.3rem}
th,td{text-align:left;vertical-align:top;padding:.35rem .8rem .35rem 0;border-bottom:1px solid var(--line)}
td{overflow-wrap:anywhere}th{white-space:nowrap;font-weight:600}td.s{white-space:nowrap;font-weight:600}
.critical{color:var(--critical)}.high{color:var(--high)}.medium{color:var(--medium)}.low{color:var(--low)}.unknown{color:var(--dim)}
small{color:var(--dim);display:block}code{font:13px ui-monospace,monospace}
@media print{body{max-width:none}tr{break-inside:avoid}}
";

/// Writes the document.
pub fn write(document: &Document, out: &mut dyn Write) -> std::io::Result<()> {
    let names: Vec<&str> = document.images.iter().map(|image| image.name.as_str()).collect();
    writeln!(out, "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">")?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">")?;
    writeln!(out, "<title>Plimsoll: {}</title>\n<style>{STYLE}</style>\n<main>", text(&names.join(", ")))?;
    for image in &document.images {
        write_image(image, out)?;
    }
    for error in &document.errors {
        writeln!(out, "<h1>{}</h1><p>{} {}</p>", text(&error.what), text(&error.why), text(&error.remedy))?;
    }
    if let Some(knowledge) = &document.knowledge {
        let built = text(&knowledge.built_at);
        writeln!(
            out,
            "<p class=facts>Advisory database built {built}, {} feeds.</p>",
            knowledge.sources.len()
        )?;
    }
    writeln!(out, "</main>\n</html>")
}

fn write_image(image: &ImageReport, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "<section><h1>{}</h1>", text(&image.name))?;
    let os = image.os.as_ref().map(|os| os.pretty_name.clone().unwrap_or_else(|| os.id.clone()));
    let base = image.base.as_ref().map(|base| format!("built on {}", base.name));
    let facts: Vec<String> =
        [os, image.platform.clone(), base, image.digest.clone()].into_iter().flatten().collect();
    writeln!(out, "<p class=facts>{}</p><ul class=counts>", text(&facts.join(" · ")))?;
    for severity in Severity::ALL {
        let count = image.findings.iter().filter(|finding| finding.severity == *severity).count();
        let name = severity.as_str();
        writeln!(out, "<li class={name}><b>{count}</b>{name}</li>")?;
    }
    writeln!(out, "</ul>")?;
    if image.findings.is_empty() {
        writeln!(out, "<p>Nothing was found.</p>")?;
    }
    for kind in KINDS {
        write_kind(image, *kind, out)?;
    }
    if !image.unread.is_empty() {
        writeln!(out, "<h2>Not examined</h2><table><tr><th>Where<th>Layer<th>Why")?;
        for unread in &image.unread {
            let (path, reason) = (text(&unread.path), text(&unread.reason));
            writeln!(out, "<tr><td><code>{path}</code><td>{}<td>{reason}", unread.layer)?;
        }
        writeln!(out, "</table>")?;
    }
    writeln!(out, "</section>")
}

fn write_kind(image: &ImageReport, kind: RiskKind, out: &mut dyn Write) -> std::io::Result<()> {
    let findings: Vec<&Finding> = image.findings.iter().filter(|finding| finding.kind == kind).collect();
    if findings.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h2>{} ({})</h2><table>", title_of(kind), findings.len())?;
    if kind == RiskKind::Configuration {
        let passed = image.checks.iter().filter(|check| check.result == CheckResult::Pass).count();
        writeln!(out, "<caption>{passed} items passed.</caption>")?;
    }
    if kind == RiskKind::Vulnerability {
        writeln!(out, "<tr><th>Severity<th>Vulnerability<th>Component<th>Installed<th>Fixed in<th>What")?;
    } else {
        writeln!(out, "<tr><th>Severity<th>Rule<th>Where<th>What")?;
    }
    for finding in findings {
        let severity = finding.severity.as_str();
        write!(out, "<tr><td class=\"s {severity}\">{severity}<td>{}", text(&finding.id))?;
        if kind == RiskKind::Vulnerability {
            let name = finding.component.as_deref().map(name_of_purl).unwrap_or_default();
            let installed = finding.installed.as_deref().unwrap_or("");
            write!(out, "<td>{}<td>{}<td>{}", text(&name), text(installed), text(&fixed(finding)))?;
        } else {
            let places: Vec<String> =
                finding.evidence.iter().take(10).map(|evidence| text(&place(evidence))).collect();
            write!(out, "<td><code>{}</code>", places.join("<br>"))?;
        }
        let buried = if finding.present { "" } else { " (only in a lower layer)" };
        let advice =
            finding.details.advice.as_deref().map(|advice| format!("<small>{}</small>", text(advice)));
        writeln!(out, "<td>{}{buried}{}", text(&finding.title), advice.unwrap_or_default())?;
    }
    writeln!(out, "</table>")
}

fn fixed(finding: &Finding) -> String {
    match (&finding.fixed, finding.state) {
        (Some(version), _) => version.clone(),
        (None, Some(FixState::WillNotFix)) => "will not fix".to_owned(),
        (None, Some(FixState::EndOfLife)) => "end of life".to_owned(),
        (None, Some(FixState::UnderInvestigation)) => "under investigation".to_owned(),
        (None, _) => "no fix yet".to_owned(),
    }
}

/// Text for a page: nothing in an image can become markup. Control characters are shown, so none hides anything.
fn text(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    for letter in raw.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(' '),
            letter if letter.is_control() => out.extend(letter.escape_unicode()),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn nothing_of_an_image_becomes_markup() {
        let check = |raw: &str, expected: &str| assert_eq!(text(raw), expected);
        check("<script>\"x\"&'y'", "&lt;script&gt;&quot;x&quot;&amp;&#39;y&#39;");
        check("a\u{1b}[31m\nb", "a\\u{1b}[31m b");
    }
}
