//! Directives in `<Section argument>`: Apache, ProFTPD.

use super::{Found, MAX_DEPTH, Out};
use std::collections::HashSet;

/// Sections whose directives count when a module is loaded or a name defined; see [`effective`].
const CONDITIONS: [&str; 2] = ["ifmodule", "ifdefine"];
/// Sections whose directives are taken as if they always count.
const TRANSPARENT: [&str; 5] = ["ifversion", "iffile", "ifdirective", "ifsection", "global"];
/// Modules that distributions build in.
const BUILT_IN: [&str; 12] = [
    "core",
    "http_core",
    "mod_so",
    "mod_log_config",
    "mod_logio",
    "mod_version",
    "mod_unixd",
    "mod_watchdog",
    "mod_auth",
    "mod_ident",
    "mod_ls",
    "mod_xfer",
];

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
            if let Some(at) = open.iter().rposition(|one| *one == name) {
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
            if CONDITIONS.contains(&name.as_str()) {
                path.push(format!("?{name} {}", condition(argument)));
            } else if !TRANSPARENT.contains(&name.as_str()) {
                path.push(name.clone());
                out.push(&path, "", argument.trim().trim_matches('"'), index + 1);
            }
            open.push(name);
            continue;
        }
        let (key, value) = line.split_once(char::is_whitespace).unwrap_or((&line, ""));
        out.push(&path, key, value.trim().trim_matches('"'), index + 1);
    }
}

/// A condition as a part of a key, which holds no dots.
fn condition(argument: &str) -> String {
    argument.trim().trim_matches('"').trim_end_matches(".c").replace('.', "-")
}

/// The settings whose conditions hold, without the conditions. Where no module is loaded by name, all count as loaded.
pub(super) fn effective(all: Vec<Found>) -> Vec<Found> {
    let last = |key: &str| key.rsplit('.').next().unwrap_or(key).to_ascii_lowercase();
    let mut modules: HashSet<String> = BUILT_IN.iter().map(|&name| name.to_owned()).collect();
    let mut any = false;
    for found in all.iter().filter(|found| last(&found.key) == "loadmodule") {
        any = true;
        for word in found.value.split_whitespace() {
            let name = word.rsplit('/').next().unwrap_or(word);
            modules.insert(name.trim_end_matches(".so").trim_end_matches(".c").to_owned());
        }
    }
    let mut defined: HashSet<String> = HashSet::new();
    let mut out = Vec::new();
    for mut found in all {
        let holds = |part: &str| {
            let (kind, name) = part.split_once(' ').unwrap_or((part, ""));
            let (negated, name) = match name.strip_prefix('!') {
                Some(name) => (true, name),
                None => (false, name),
            };
            let is =
                if kind == "?ifmodule" { !any || modules.contains(name) } else { defined.contains(name) };
            is != negated
        };
        if !found.key.split('.').filter(|part| part.starts_with('?')).all(holds) {
            continue;
        }
        let plain: Vec<&str> = found.key.split('.').filter(|part| !part.starts_with('?')).collect();
        found.key = plain.join(".");
        if last(&found.key) == "define" {
            defined.extend(found.value.split_whitespace().next().map(str::to_owned));
        }
        out.push(found);
    }
    out
}
