//! The part of YAML that settings are written in, with the line of each value: block mappings and lists, plain and
//! quoted scalars, flow lists as they stand. Anchors, tags and block texts are values like others.

use super::{MAX_DEPTH, Out};

pub(super) fn parse(text: &str, out: &mut Out) {
    // The open mappings: how far each is indented and its key.
    let mut open: Vec<(usize, String)> = Vec::new();
    // Inside a block text (`key: |`): lines indented deeper than this are its own.
    let mut block: Option<usize> = None;
    for (index, line) in text.lines().enumerate() {
        let content = line.trim_start();
        let mut indent = line.len() - content.len();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        if block.is_some_and(|than| indent > than) {
            continue;
        }
        block = None;
        if content.starts_with("---") || content.starts_with('%') {
            open.clear();
            continue;
        }
        let mut content = uncommented(content);
        // The items of a list may stand as far left as the key they belong to, so an item ends only deeper mappings and
        // the one that an item before it began.
        let mut item = false;
        while let Some(rest) = content.strip_prefix("- ").or((content == "-").then_some("")) {
            close(&mut open, indent + 1);
            item = true;
            indent += content.len() - rest.trim_start().len();
            content = rest.trim_start();
        }
        if !item {
            close(&mut open, indent);
        }
        if content.is_empty() {
            continue;
        }
        let path: Vec<String> = open.iter().map(|(_, key)| key.clone()).collect();
        match key_and_value(content) {
            Some((key, value)) => {
                if value.starts_with(['|', '>']) {
                    block = Some(indent);
                }
                // A key may itself be dotted: `xpack.security.enabled: true`.
                out.push(&path, key, unquoted(value), index + 1);
                if value.is_empty() && open.len() < MAX_DEPTH {
                    open.push((indent, key.to_owned()));
                }
            }
            None => out.push(&path, "", unquoted(content), index + 1),
        }
    }
}

/// Ends the mappings whose keys stand at this indent or deeper.
fn close(open: &mut Vec<(usize, String)>, indent: usize) {
    while open.last().is_some_and(|(at, _)| *at >= indent) {
        open.pop();
    }
}

fn key_and_value(line: &str) -> Option<(&str, &str)> {
    if line.starts_with(['[', '{']) {
        return None;
    }
    if let Some(rest) = line.strip_prefix(['"', '\'']) {
        let (key, rest) = rest.split_once(&line[..1])?;
        return Some((key, rest.trim_start().strip_prefix(':')?.trim()));
    }
    let at = line.find(": ").or_else(|| line.ends_with(':').then(|| line.len() - 1))?;
    Some((line[..at].trim(), line[at + 1..].trim()))
}

fn unquoted(value: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return inner;
        }
    }
    value
}

fn uncommented(line: &str) -> &str {
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (None, '"' | '\'') if matches!(before, ' ' | '[' | ',' | ':') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None, '#') if before == ' ' => return line[..at].trim_end(),
            _ => {}
        }
        before = c;
    }
    line.trim_end()
}
