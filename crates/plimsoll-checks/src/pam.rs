//! PAM stacks as Linux-PAM reads them (pam.d(5)): includes, substacks, bracketed controls, vendor folders.

use crate::code::accounts::{Database, has_shell, is_usable};
use crate::tree::{Text, Tree};
use plimsoll_model::Evidence;
use std::collections::{HashMap, HashSet};

/// Folders of service files, the first that has one counts.
const FOLDERS: [&str; 4] = ["/etc/pam.d", "/usr/etc/pam.d", "/usr/lib/pam.d", "/usr/share/pam.d"];
/// Files that include files.
const MAX_DEPTH: usize = 16;
/// Files read for one stack, and bytes of each: real ones have some hundred.
const MAX_FILES: usize = 64;
const MAX_BYTES: usize = 1 << 16;
/// Lines of one stack.
const MAX_LINES: usize = 2000;

/// One line of a stack, includes resolved.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// `required`, `sufficient`, or what stands in the brackets.
    pub control: String,
    /// `pam_unix`, without folder and `.so`.
    pub module: String,
    pub arguments: Vec<String>,
    pub evidence: Evidence,
}

impl Line {
    /// The value of an argument: what stands behind its `=`, or `yes` for a bare one.
    pub fn argument(&self, name: &str) -> Option<&str> {
        self.arguments.iter().rev().find_map(|argument| match argument.split_once('=') {
            Some((key, value)) => key.eq_ignore_ascii_case(name).then_some(value),
            None => argument.eq_ignore_ascii_case(name).then_some("yes"),
        })
    }

    /// Does its failing make the stack fail?
    pub fn is_enforced(&self) -> bool {
        match self.control.as_str() {
            "required" | "requisite" => true,
            "sufficient" | "optional" => false,
            actions => {
                let default = action(actions, "default").unwrap_or("ignore");
                matches!(default, "die" | "bad") && action(actions, "success") != Some("bad")
            }
        }
    }

    /// How many lines its success skips; all of them when it ends the stack.
    fn skips(&self) -> usize {
        match self.control.as_str() {
            "sufficient" => usize::MAX,
            "required" | "requisite" | "optional" => 0,
            actions => match action(actions, "success") {
                Some("done" | "die") => usize::MAX,
                Some(jump) => jump.parse().unwrap_or(0),
                None => 0,
            },
        }
    }
}

fn action<'a>(actions: &'a str, result: &str) -> Option<&'a str> {
    let mut pairs = actions.split_whitespace().filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == result).map(|(_, action)| action)
}

/// The lines of a type (`password`, `auth`, `account`) of a service; `None` when PAM has no such service.
pub(crate) fn stack(tree: &Tree<'_>, service: &str, kind: &str) -> Option<Vec<Line>> {
    let mut reader = Reader { tree, kind, lines: Vec::new(), steps: 0, files: 0 };
    let found = reader.service(service, 0);
    found.then_some(reader.lines)
}

/// The lines of a type of every service people log in or change passwords with, each once.
pub(crate) fn stacks(tree: &Tree<'_>, kind: &str) -> Vec<Line> {
    const SERVICES: [&str; 13] = [
        "passwd",
        "common-password",
        "common-auth",
        "common-account",
        "system-auth",
        "password-auth",
        "login",
        "sshd",
        "su",
        "su-l",
        "base-password",
        "base-auth",
        "other",
    ];
    let mut seen = HashSet::new();
    let lines = SERVICES.iter().filter_map(|service| stack(tree, service, kind)).flatten();
    lines.filter(|line| seen.insert((line.evidence.path.clone(), line.evidence.line))).collect()
}

/// Why no password policy is of use here, if so.
pub(crate) fn unneeded(tree: &Tree<'_>) -> Option<String> {
    let Some(passwd) = Database::read(tree, "/etc/passwd") else {
        return Some("the image has no accounts".into());
    };
    let shadow = Database::read(tree, "/etc/shadow");
    let shells = ["/bin/sh", "/bin/bash", "/bin/ash", "/bin/busybox", "/usr/bin/sh", "/usr/bin/bash"];
    if !shells.iter().any(|shell| tree.file(shell).is_some()) {
        return Some("the image has no shell to log in to".into());
    }
    let opens = |stored: &str| stored.is_empty() || is_usable(stored);
    let people = passwd.rows.iter().filter(|row| !row.name().starts_with(['+', '-']));
    let stored: HashMap<&str, &str> =
        shadow.iter().flat_map(|shadow| &shadow.rows).map(|row| (row.name(), row.field(1))).collect();
    let enabled = people.into_iter().any(|row| {
        let own = row.field(1);
        let stored = if own == "x" { stored.get(row.name()).copied() } else { Some(own) };
        row.fields.len() > 6 && has_shell(row) && stored.is_some_and(opens)
    });
    (!enabled).then(|| "no account can be logged in to with a password".into())
}

struct Reader<'t, 'a> {
    tree: &'t Tree<'a>,
    kind: &'t str,
    lines: Vec<Line>,
    /// Lines looked at, includes that lead nowhere too: files may include each other.
    steps: usize,
    files: usize,
}

impl Reader<'_, '_> {
    fn service(&mut self, name: &str, depth: usize) -> bool {
        self.files += 1;
        if depth > MAX_DEPTH || self.files > MAX_FILES {
            return true;
        }
        let path = |folder: &str| match name.starts_with('/') {
            true => name.to_owned(),
            false => format!("{folder}/{name}"),
        };
        if let Some(text) = FOLDERS.iter().find_map(|folder| self.tree.text(&path(folder))) {
            for (number, line) in logical(&text) {
                self.line(&text, number, &line, depth);
            }
            return true;
        }
        // The old single file, where the service is the first word.
        let Some(text) = self.tree.text("/etc/pam.conf") else { return false };
        let mut found = false;
        for (number, line) in logical(&text) {
            if let Some((service, rest)) = line.split_once(char::is_whitespace)
                && service.eq_ignore_ascii_case(name)
            {
                found = true;
                self.line(&text, number, rest.trim_start(), depth);
            }
        }
        found
    }

    fn line(&mut self, text: &Text<'_>, number: usize, line: &str, depth: usize) {
        self.steps += 1;
        if self.steps > MAX_LINES {
            return;
        }
        if let Some(included) = line.strip_prefix("@include") {
            self.service(included.trim(), depth + 1);
            return;
        }
        let Some((kind, rest)) = line.split_once(char::is_whitespace) else { return };
        if !kind.trim_start_matches('-').eq_ignore_ascii_case(self.kind) {
            return;
        }
        let rest = rest.trim_start();
        let (control, rest) = match rest.strip_prefix('[') {
            Some(inner) => inner.split_once(']').unwrap_or((inner, "")),
            None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        let mut words = rest.split_whitespace();
        let Some(module) = words.next() else { return };
        let control = control.trim().to_ascii_lowercase();
        if control == "include" || control == "substack" {
            self.service(module, depth + 1);
            return;
        }
        let module = module.rsplit('/').next().unwrap_or(module).trim_end_matches(".so").to_owned();
        let arguments = words.map(|word| word.trim_matches(['[', ']']).to_owned()).collect();
        self.lines.push(Line { control, module, arguments, evidence: text.line(number, line) });
    }
}

/// Lines joined at backslashes, without comments.
fn logical(text: &Text<'_>) -> Vec<(usize, String)> {
    let mut out: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    let lines = text.text.lines().enumerate().filter(|_| text.text.len() <= MAX_BYTES);
    for (index, line) in lines {
        let (line, continues) = match line.trim_end().strip_suffix('\\') {
            Some(line) => (line, true),
            None => (line, false),
        };
        let line = line.split('#').next().unwrap_or("").trim();
        match out.last_mut().filter(|_| open) {
            Some((_, last)) if last.len() < 65_536 => {
                last.push(' ');
                last.push_str(line);
            }
            _ => out.push((index + 1, line.to_owned())),
        }
        open = continues;
    }
    out.retain(|(_, line)| !line.is_empty());
    out
}

/// Can the line at this place be reached whatever the lines before it that set a password say?
pub(crate) fn is_reached(lines: &[Line], at: usize) -> bool {
    let sets = |line: &Line| {
        matches!(
            line.module.as_str(),
            "pam_unix" | "pam_unix2" | "pam_sss" | "pam_ldap" | "pam_permit" | "pam_winbind" | "pam_krb5"
        )
    };
    !lines.iter().take(at).enumerate().any(|(before, line)| sets(line) && line.skips() >= at - before)
}
