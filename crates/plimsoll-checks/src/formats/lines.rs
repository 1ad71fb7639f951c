//! Formats of one setting a line.

use super::Out;

/// Logical lines with the number of their first: a trailing backslash joins the next.
fn logical(text: &str) -> impl Iterator<Item = (usize, String)> {
    let mut lines = text.lines().enumerate();
    std::iter::from_fn(move || {
        let (index, first) = lines.next()?;
        let mut line = first.to_owned();
        while line.ends_with('\\') && line.len() < 65_536 {
            line.pop();
            match lines.next() {
                Some((_, more)) => line.push_str(more),
                None => break,
            }
        }
        Some((index + 1, line))
    })
}

/// A value without the quotes around it.
fn unquoted(value: &str) -> &str {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote) {
            return inner.split(quote).next().unwrap_or(inner);
        }
    }
    value
}

/// A line without its comment: a mark at the start, or behind a space outside quotes.
fn uncommented<'a>(line: &'a str, marks: &[char]) -> &'a str {
    let mut quote: Option<char> = None;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if (c == '"' || c == '\'') && (before == '=' || before.is_whitespace()) => quote = Some(c),
            None if marks.contains(&c) && before.is_whitespace() => return line[..at].trim_end(),
            None => {}
        }
        before = c;
    }
    line
}

pub(super) fn space(text: &str, out: &mut Out) {
    for (number, line) in logical(text) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        out.push(&[], key, unquoted(value), number);
    }
}

pub(super) fn sshd(text: &str, out: &mut Out) {
    let mut section: Vec<String> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = uncommented(line.trim(), &['#']).trim();
        if line.is_empty() {
            continue;
        }
        let (key, value) =
            line.split_once(|c: char| c.is_whitespace() || c == '=' || c == '"').unwrap_or((line, ""));
        let value = value.trim_start_matches(|c: char| c.is_whitespace() || c == '=');
        if key.eq_ignore_ascii_case("match") {
            // `Match all` ends a block: it is as global as what stands above it (sshd_config(5)).
            let all = value.trim().eq_ignore_ascii_case("all");
            section = if all { Vec::new() } else { vec!["match".to_owned()] };
            continue;
        }
        out.push(&section, key, unquoted(value), index + 1);
    }
}

pub(super) fn equals(text: &str, out: &mut Out) {
    let mut lines = text.lines().enumerate().peekable();
    while let Some((index, first)) = lines.next() {
        if first.trim_start().starts_with(['#', ';', '!']) || first.trim().is_empty() {
            continue;
        }
        let mut line = uncommented(first.trim(), &['#']).to_owned();
        // A backslash at the end, or an indented line behind one without (postconf(5)), goes on.
        while line.len() < 65_536 {
            let continued = line.ends_with('\\');
            let indented = lines.peek().is_some_and(|(_, next)| {
                first.starts_with(|c: char| !c.is_whitespace())
                    && next.starts_with([' ', '\t'])
                    && !next.trim().is_empty()
                    && !next.contains('=')
                    && !next.trim_start().starts_with('#')
            });
            if !continued && !indented {
                break;
            }
            if continued {
                line.pop();
            }
            match lines.next() {
                Some((_, more)) => {
                    line.push(' ');
                    line.push_str(more.trim());
                }
                None => break,
            }
        }
        let line = line.strip_prefix("export ").unwrap_or(&line);
        // postgresql.conf may leave the `=` out.
        let split = line.split_once('=').filter(|(key, _)| !key.trim().contains(char::is_whitespace));
        let (key, value) = split.or_else(|| line.split_once(char::is_whitespace)).unwrap_or((line, ""));
        out.push(&[], key.trim(), unquoted(value), index + 1);
    }
}

pub(super) fn colon(text: &str, out: &mut Out) {
    for (index, line) in text.lines().enumerate() {
        let line = uncommented(line.trim(), &['#']);
        if let Some((key, value)) = line.split_once(':').filter(|(key, _)| !key.is_empty()) {
            out.push(&[], key.trim(), unquoted(value.trim_start_matches(':')), index + 1);
        }
    }
}

pub(super) fn ini(text: &str, out: &mut Out) {
    let mut section: Vec<String> = Vec::new();
    for (number, line) in logical(text) {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            section = vec![name.trim().replace('.', "-")];
            continue;
        }
        let line = uncommented(line, &['#', ';']);
        if line.starts_with("!include") {
            let (key, value) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            out.push(&[], key, value.trim(), number);
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        // A dot of `session.cookie_httponly` is no section.
        let key = key.split_whitespace().collect::<Vec<_>>().join(" ").replace('.', "-");
        out.push(&section, &key, unquoted(value), number);
    }
}

pub(super) fn haproxy(text: &str, out: &mut Out) {
    const SECTIONS: [&str; 12] = [
        "global",
        "defaults",
        "frontend",
        "backend",
        "listen",
        "userlist",
        "peers",
        "resolvers",
        "mailers",
        "cache",
        "program",
        "ring",
    ];
    let mut section: Vec<String> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = uncommented(line.trim(), &['#']).trim();
        let (key, value) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        if key.is_empty() || key.starts_with('#') {
            continue;
        }
        if SECTIONS.contains(&key) {
            section = vec![key.to_owned()];
            out.push(&section, "", value.trim(), index + 1);
            continue;
        }
        out.push(&section, key, value.trim(), index + 1);
    }
}
