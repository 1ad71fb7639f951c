//! JUnit XML: a suite an image, a failed case a finding.

use plimsoll::document::Document;
use plimsoll::model::RiskKind;
use std::io::Write;

pub fn write(document: &Document, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"plimsoll\">")?;
    for image in &document.images {
        let count = image.findings.len();
        // A suite without cases reads as "nothing ran": a clean image is one case that passed.
        let tests = count.max(1);
        writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{tests}\" failures=\"{count}\">",
            escape(&image.name)
        )?;
        if count == 0 {
            writeln!(out, "    <testcase classname=\"plimsoll\" name=\"no findings\"/>")?;
        }
        for finding in &image.findings {
            let place = finding.evidence.first().map(plimsoll::format::place).unwrap_or_default();
            let component = finding.component.as_deref().unwrap_or(&place);
            let fix = match (finding.kind, &finding.fixed) {
                (RiskKind::Vulnerability, None) => ": no fix yet".to_owned(),
                (_, Some(fixed)) => format!(": fixed in {fixed}"),
                (_, None) => String::new(),
            };
            writeln!(
                out,
                "    <testcase classname=\"{}\" name=\"[{}] {}\"><failure message=\"{}\">{}</failure></testcase>",
                escape(component),
                finding.severity.as_str(),
                escape(&finding.id),
                escape(&finding.title),
                escape(&format!("{} in {component}{fix}", finding.id)),
            )?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    Ok(writeln!(out, "</testsuites>")?)
}

/// XML 1.0: five characters are escaped, control characters are not allowed at all.
fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c if c.is_control() && !matches!(c, '\n' | '\t') => out.push('\u{fffd}'),
            c => out.push(c),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn markup_is_text() {
        assert_eq!(super::escape("<a b=\"c\">&\u{1}"), "&lt;a b=&quot;c&quot;&gt;&amp;\u{fffd}");
    }
}
