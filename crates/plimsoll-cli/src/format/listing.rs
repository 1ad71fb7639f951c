//! Plain lists for people, and how values look in them.

use comfy_table::{Table, presets};
use plimsoll::assess::base::Base;
use plimsoll::document::{ComponentReport, LayerReport};
use plimsoll::model::{EntryKind, Purl, Reason};
use std::io::Write;

/// Text from an image, safe for a terminal: control characters are shown as `\u{..}`, so nothing in an image can move
/// the cursor, colour the screen or forge a line.
pub fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { c.escape_unicode().to_string() } else { c.to_string() })
        .collect()
}

/// At most `width` characters of it, on one line.
pub fn shorten(text: &str, width: usize) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = plain(&line);
    match line.char_indices().nth(width) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

/// Bytes with a unit.
pub fn size(bytes: u64) -> String {
    indicatif::BinaryBytes(bytes).to_string()
}

/// The name in a purl, with the namespace where it is part of the name.
pub fn name_of_purl(purl: &str) -> String {
    Purl::parse(purl).map_or_else(|_| plain(purl), |purl| plain(&purl.full_name()))
}

/// The layers of an image.
pub fn layers(layers: &[LayerReport], out: &mut dyn Write) -> anyhow::Result<()> {
    let rows = layers.iter().enumerate().map(|(index, layer)| {
        vec![
            index.to_string(),
            layer.digest.clone().unwrap_or_else(|| layer.diff_id.clone()),
            size(layer.size),
            shorten(&layer.instruction, 80),
        ]
    });
    table(&["LAYER", "DIGEST", "SIZE", "INSTRUCTION"], rows, out)
}

/// Base images.
pub fn bases(bases: &[Base], out: &mut dyn Write) -> anyhow::Result<()> {
    let rows = bases.iter().map(|base| {
        vec![
            plain(&base.name),
            plain(&base.tags.join(", ")),
            plain(&base.platform),
            base.diff_ids.len().to_string(),
            base.created.as_deref().map(|time| shorten(time, 10)).unwrap_or_default(),
        ]
    });
    table(&["NAME", "TAGS", "PLATFORM", "LAYERS", "CREATED"], rows, out)
}

/// The components of an image.
pub fn components(components: &[ComponentReport], out: &mut dyn Write) -> anyhow::Result<()> {
    let rows = components.iter().map(|component| {
        let owner = component.owned_by.as_deref().map(name_of_purl).map(|owner| format!("owned by {owner}"));
        let buried = (!component.present).then(|| "buried".to_owned());
        vec![
            component.kind.clone(),
            plain(&component.name),
            plain(&component.version),
            component.layer.to_string(),
            component.paths.first().map(|path| shorten(path, 70)).unwrap_or_default(),
            [owner, buried].into_iter().flatten().collect::<Vec<_>>().join(", "),
        ]
    });
    table(&["TYPE", "NAME", "VERSION", "LAYER", "PATH", ""], rows, out)
}

/// Why records apply or not.
pub fn reasons(reasons: &[Reason], out: &mut dyn Write) -> anyhow::Result<()> {
    if reasons.is_empty() {
        return Ok(writeln!(out, "no record was considered: the database holds none about this package")?);
    }
    let rows = reasons.iter().map(|reason| {
        vec![
            if reason.affected { "affected" } else { "not affected" }.to_owned(),
            plain(&reason.advisory),
            plain(&reason.key),
            plain(&reason.range),
            plain(&reason.why),
        ]
    });
    table(&["VERDICT", "RECORD", "LOOKED UP BY", "RANGE", "WHY"], rows, out)
}

/// One path, as `ls -l` would show it.
#[allow(clippy::too_many_arguments, reason = "the columns of one line")]
pub fn file(
    kind: EntryKind,
    mode: u32,
    uid: u32,
    gid: u32,
    size: u64,
    path: &str,
    link: &str,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let letter = match kind {
        EntryKind::File => '-',
        EntryKind::Dir => 'd',
        EntryKind::Symlink => 'l',
        EntryKind::Hardlink => 'h',
        EntryKind::Char => 'c',
        EntryKind::Block => 'b',
        EntryKind::Fifo => 'p',
        EntryKind::Whiteout => 'w',
        EntryKind::Opaque => 'o',
    };
    let arrow = if link.is_empty() { String::new() } else { format!(" -> {}", plain(link)) };
    Ok(writeln!(out, "{letter} {mode:04o} {uid:>5} {gid:>5} {size:>12} {}{arrow}", plain(path))?)
}

/// A table without lines, its columns as wide as they need to be.
pub fn table(
    heading: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(heading.iter().copied());
    table.add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_an_image_reaches_the_terminal_as_a_command() {
        assert_eq!(plain("a\x1b[31mred\r\nb"), "a\\u{1b}[31mred\\u{d}\\u{a}b");
        assert_eq!(shorten("one\n  two\tthree four", 11), "one two thr…");
        assert_eq!(name_of_purl("pkg:deb/debian/libc6@2?arch=amd64"), "libc6");
        assert_eq!(name_of_purl("pkg:maven/org.x/y@1"), "org.x:y");
        assert_eq!(name_of_purl("pkg:npm/%40a/b@1"), "@a/b");
    }
}
