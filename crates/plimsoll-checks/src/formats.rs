//! Settings files in their many formats, all read to one form: a dotted key, a value, a line.
//!
//! `http.server.listen` `80` of nginx, `mysqld.local-infile` `0` of MySQL, `Server.Service.Connector@port` of Tomcat,
//! `net.bindIp` of MongoDB. Keys are compared without regard to case.

mod apache;
mod blocks;
mod json;
mod lines;
mod xml;
mod yaml;

use crate::tree::{Text, Tree};
use serde::Deserialize;
use std::sync::Arc;

/// Settings one parser gives at most.
const MAX_SETTINGS: usize = 50_000;
/// Bytes of a key that nesting may make.
const MAX_KEY: usize = 512;
/// Nesting of blocks, elements, objects.
const MAX_DEPTH: usize = 64;
/// Files that include files.
const MAX_INCLUDE_DEPTH: usize = 8;
/// Files read for one list of settings.
const MAX_FILES: usize = 512;

/// How a settings file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Format {
    /// `Key value`; `#` begins a comment only at the start of a line (redis.conf, squid.conf, login.defs).
    Space,
    /// sshd_config(5): `Key value` or `Key=value`, `Match` begins a block, the first value counts.
    Sshd,
    /// `key = value`, quotes taken away, ` #` begins a comment (postgresql.conf, vsftpd.conf, main.cf).
    Equals,
    /// `key: value` (LDIF, simple YAML-like files).
    Colon,
    /// Sections `[name]` of `key = value` (my.cnf, smb.conf, php.ini).
    Ini,
    /// Statements ended by `;`, blocks in braces (nginx).
    Nginx,
    /// As nginx with C comments; a block is also a value (named.conf).
    Named,
    /// `key = value` lines in blocks with braces (dovecot.conf).
    Dovecot,
    /// Directives in `<Section argument>` (Apache, ProFTPD).
    Apache,
    /// `section name` at the start of a line, directives indented (haproxy.cfg).
    Haproxy,
    /// Elements and attributes; comments are none.
    Xml,
    /// Block mappings and lists; lists give their items under one key.
    Yaml,
    /// JSON.
    Json,
}

/// One setting of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    pub key: String,
    pub value: String,
    pub line: usize,
}

/// One setting of an image.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub key: String,
    pub value: String,
    pub line: usize,
    pub path: Arc<str>,
    pub layer: u32,
}

/// What a parser fills: it forgets what is beyond its bounds.
#[derive(Default)]
struct Out(Vec<Setting>);

impl Out {
    fn push(&mut self, prefix: &[String], key: &str, value: &str, line: usize) {
        if self.0.len() >= MAX_SETTINGS {
            return;
        }
        let mut full = prefix.join(".");
        if !full.is_empty() && !key.is_empty() && !key.starts_with('@') {
            full.push('.');
        }
        full.push_str(key);
        if full.len() <= MAX_KEY {
            self.0.push(Setting { key: full, value: value.to_owned(), line });
        }
    }
}

impl Format {
    /// The settings of one file, in order; what is not understood is left out.
    pub fn parse(self, text: &str) -> Vec<Setting> {
        let mut out = Out::default();
        match self {
            Format::Space => lines::space(text, &mut out),
            Format::Sshd => lines::sshd(text, &mut out),
            Format::Equals => lines::equals(text, &mut out),
            Format::Colon => lines::colon(text, &mut out),
            Format::Ini => lines::ini(text, &mut out),
            Format::Haproxy => lines::haproxy(text, &mut out),
            Format::Nginx => blocks::parse(text, blocks::Dialect::Nginx, &mut out),
            Format::Named => blocks::parse(text, blocks::Dialect::Named, &mut out),
            Format::Dovecot => blocks::parse(text, blocks::Dialect::Dovecot, &mut out),
            Format::Apache => apache::parse(text, &mut out),
            Format::Xml => xml::parse(text, &mut out),
            Format::Yaml => yaml::parse(text, &mut out),
            Format::Json => json::parse(text, &mut out),
        }
        out.0
    }

    /// What a setting of this key includes: a glob of files, or a folder.
    fn include(self, key: &str, value: &str) -> Option<String> {
        let last = key.rsplit('.').next().unwrap_or(key).to_ascii_lowercase();
        let named = match self {
            Format::Sshd | Format::Nginx | Format::Named => last == "include",
            Format::Apache => matches!(last.as_str(), "include" | "includeoptional"),
            Format::Space => matches!(last.as_str(), "include" | "includefile" | "include_dir"),
            Format::Equals => matches!(last.as_str(), "include" | "include_if_exists" | "include_dir"),
            Format::Dovecot => matches!(last.as_str(), "!include" | "!include_try"),
            Format::Ini => matches!(last.as_str(), "!include" | "!includedir" | "include"),
            _ => false,
        };
        (named && !value.is_empty()).then(|| match last.as_str() {
            "include_dir" => format!("{value}/*.conf"),
            "!includedir" => format!("{value}/*.cnf"),
            _ => value.to_owned(),
        })
    }
}

/// The settings of these files in order, with what they include where they include it.
pub(crate) fn load(tree: &Tree<'_>, files: &[String], format: Format) -> Vec<Found> {
    let mut loader = Loader { tree, format, root: String::new(), files: 0, out: Vec::new() };
    for path in tree.globs(files) {
        loader.root = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        if format == Format::Apache {
            // `ServerRoot` is `/etc/httpd` for `/etc/httpd/conf/httpd.conf`.
            loader.root = loader.root.strip_suffix("/conf").unwrap_or(&loader.root).to_owned();
        }
        loader.file(&path, "", 0);
    }
    if format == Format::Apache { apache::effective(loader.out) } else { loader.out }
}

struct Loader<'t, 'a> {
    tree: &'t Tree<'a>,
    format: Format,
    root: String,
    files: usize,
    out: Vec<Found>,
}

impl Loader<'_, '_> {
    fn file(&mut self, path: &str, prefix: &str, depth: usize) {
        if depth > MAX_INCLUDE_DEPTH || self.files >= MAX_FILES {
            return;
        }
        self.files += 1;
        let Some(text) = self.tree.text(path) else { return };
        for setting in self.format.parse(&text.text) {
            if self.out.len() >= MAX_SETTINGS {
                return;
            }
            let key = join(prefix, &setting.key);
            if key.len() > MAX_KEY {
                continue;
            }
            if self.format == Format::Apache && setting.key.eq_ignore_ascii_case("ServerRoot") {
                self.root = setting.value.trim_matches('"').to_owned();
            }
            if let Some(included) = self.format.include(&setting.key, &setting.value) {
                let section = key.rsplit_once('.').map_or("", |(section, _)| section).to_owned();
                self.include(&included, &section, depth);
            } else {
                self.out.push(found(&text, key, setting));
            }
        }
    }

    fn include(&mut self, included: &str, section: &str, depth: usize) {
        for word in included.split_whitespace() {
            // A glob that names nothing costs too.
            self.files += 1;
            if self.files >= MAX_FILES || word.matches('*').count() > 3 {
                return;
            }
            let word = word.trim_matches(['"', '\'']);
            let pattern =
                if word.starts_with('/') { word.to_owned() } else { format!("{}/{word}", self.root) };
            for path in self.tree.glob(&pattern) {
                self.file(&path, section, depth + 1);
            }
        }
    }
}

fn found(text: &Text<'_>, key: String, setting: Setting) -> Found {
    Found { key, value: setting.value, line: setting.line, path: text.path.clone(), layer: text.layer }
}

fn join(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }
}

/// Does a key match a pattern? `*` is one part, a leading `**.` any number of parts; case and `_` against `-` do not
/// matter.
pub(crate) fn key_matches(pattern: &str, key: &str) -> bool {
    let same = |one: &str, other: &str| {
        one == "*"
            || (one.len() == other.len()
                && one.bytes().zip(other.bytes()).all(|(a, b)| {
                    let plain = |c: u8| if c == b'_' { b'-' } else { c.to_ascii_lowercase() };
                    plain(a) == plain(b)
                }))
    };
    match pattern.strip_prefix("**.") {
        Some(end) => {
            let (wanted, have) = (end.split('.').rev(), key.split('.').rev());
            wanted.clone().count() <= have.clone().count() && wanted.zip(have).all(|(a, b)| same(a, b))
        }
        None => {
            pattern.split('.').count() == key.split('.').count()
                && pattern.split('.').zip(key.split('.')).all(|(a, b)| same(a, b))
        }
    }
}

/// For fuzz targets: every format on these bytes.
pub(crate) fn parse_all(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for format in ALL {
        format.parse(&text);
    }
}

const ALL: [Format; 13] = [
    Format::Space,
    Format::Sshd,
    Format::Equals,
    Format::Colon,
    Format::Ini,
    Format::Nginx,
    Format::Named,
    Format::Dovecot,
    Format::Apache,
    Format::Haproxy,
    Format::Xml,
    Format::Yaml,
    Format::Json,
];

#[cfg(test)]
mod tests;
