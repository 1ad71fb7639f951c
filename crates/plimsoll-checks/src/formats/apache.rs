//! Directives in `<Section argument>`: Apache, ProFTPD.

use super::{MAX_DEPTH, Out};

/// Sections that only say when their directives count; these are taken as if they always do.
const TRANSPARENT: [&str; 7] =
    ["ifmodule", "ifdefine", "ifversion", "iffile", "ifdirective", "ifsection", "global"];

pub(super) fn parse(text: &str, out: &mut Out) {
    let mut path: Vec<String> = Vec::new();
    // The names of the open sections, transparent ones too.
    let mut open: Vec<String> = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, first)) = lines.next() {
        let mut line = first.trim().to_owned();
        while line.ends_with('\\') && line.len() < 65_536 {
            line.pop();
            match lines.next() {
                Some((_, more)) => line.push_str(more.trim()),
                None => break,
            }
        }
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix("</") {
            let name = name.trim_end_matches('>').trim().to_ascii_lowercase();
            let closes = |one: &String| *one == name || (name == "ifmodule" && one == "ifmodule-not");
            if let Some(at) = open.iter().rposition(closes) {
                for closed in open.drain(at..) {
                    if !TRANSPARENT.contains(&closed.as_str()) {
                        path.pop();
                    }
                }
            }
            continue;
        }
        if let Some(section) = line.strip_prefix('<') {
            let section = section.trim_end_matches('>');
            let (name, argument) = section.split_once(char::is_whitespace).unwrap_or((section, ""));
            let name = name.to_ascii_lowercase();
            if open.len() >= MAX_DEPTH {
                continue;
            }
            if !TRANSPARENT.contains(&name.as_str()) {
                path.push(name.clone());
                out.push(&path, "", argument.trim().trim_matches('"'), index + 1);
            } else if name == "ifmodule" && argument.trim().starts_with('!') {
                // What counts only without a module is not what counts.
                path.push("ifmodule-not".to_owned());
                open.push("ifmodule-not".to_owned());
                continue;
            }
            open.push(name);
            continue;
        }
        let (key, value) = line.split_once(char::is_whitespace).unwrap_or((&line, ""));
        out.push(&path, key, value.trim().trim_matches('"'), index + 1);
    }
}
