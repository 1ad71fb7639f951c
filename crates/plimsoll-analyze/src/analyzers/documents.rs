//! What the readers of lock files, manifests and package descriptions share.

use super::{Analyzer, File, Findings, text};
use plimsoll_model::{Component, Entry, PurlType};
use std::collections::BTreeMap;

/// An analyzer of small documents, each read whole by one function.
pub(super) struct Documents {
    pub name: &'static str,
    pub edition: u32,
    /// [`Analyzer::wants`].
    pub wants: fn(&Entry, &[u8]) -> bool,
    /// The components the file tells of, or why it could not be read.
    pub parse: fn(&File<'_>) -> Result<Vec<Component>, String>,
}

impl Analyzer for Documents {
    fn name(&self) -> &'static str {
        self.name
    }

    fn edition(&self) -> u32 {
        self.edition
    }

    fn wants(&self, entry: &Entry, head: &[u8]) -> bool {
        (self.wants)(entry, head)
    }

    fn read(&self, file: &File<'_>) -> Findings {
        Findings::of((self.parse)(file))
    }
}

/// Bytes of a name or a version; real ones stay below a third of it.
const WORD_BYTES: usize = 512;

/// The component of this identity; `None` when the name or the version plainly is none. An empty version is an unknown
/// one.
pub(super) fn component(kind: PurlType, namespace: &str, name: &str, version: &str) -> Option<Component> {
    let is_word = |text: &str| {
        text.len() <= WORD_BYTES
            && !text.contains(|c: char| c.is_whitespace() || c.is_control() || "\"'`${}<>".contains(c))
    };
    let fits = !name.is_empty() && [namespace, name, version].into_iter().all(is_word);
    fits.then(|| Component::new(kind, namespace, name, version))
}

/// The component with this licence, if there is one that is a name and not a text.
pub(super) fn licensed(mut component: Component, licenses: impl IntoIterator<Item = String>) -> Component {
    for license in licenses {
        let license = license.trim();
        let is_name = !license.is_empty() && license.chars().count() <= 120 && !license.contains('\n');
        if is_name && !component.licenses.iter().any(|known| known == license) {
            component.licenses.push(license.to_owned());
        }
    }
    component
}

/// Each component once, by name and version.
pub(super) fn unique(components: impl IntoIterator<Item = Component>) -> Vec<Component> {
    let found = components.into_iter().map(|it| ((it.full_name(), it.version.clone()), it));
    found.collect::<BTreeMap<_, _>>().into_values().collect()
}

/// Does the folder hold what a package manager fetched? A lock file or manifest there was left by the authors of a
/// dependency: it tells what they work with, not what is installed.
pub(super) fn is_fetched(path: &str) -> bool {
    const FOLDERS: &[&str] = &[
        "/.bundle/",
        "/.cargo/",
        "/.julia/packages/",
        "/.pub-cache/",
        "/bundler/gems/",
        "/cargo/git/",
        "/cargo/registry/",
        "/dist-packages/",
        "/gems/",
        "/node_modules/",
        "/pkg/mod/",
        "/site-packages/",
        "/vendor/",
    ];
    FOLDERS.iter().any(|folder| path.contains(folder))
}

/// Is it one version, and not a range, a branch or a variable? `1.2`, `1.2.3-rc.1+x`, `2024.01`; at least `dots` dots.
pub(super) fn is_exact(version: &str, dots: usize) -> bool {
    version.starts_with(|c: char| c.is_ascii_digit())
        && version.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-+_~".contains(&byte))
        && version.split(['-', '+']).next().is_some_and(|core| core.matches('.').count() >= dots)
        && !version.split('.').any(|part| part.eq_ignore_ascii_case("x"))
}

/// The paragraphs of a Debian control file, as R and vcpkg write them too: fields with their values, lines that begin
/// with white space going on with the one before (deb822(5)).
pub(super) fn paragraphs(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut paragraphs = vec![BTreeMap::new()];
    let mut field = String::new();
    for line in text.lines() {
        let last = paragraphs.len() - 1;
        let paragraph: &mut BTreeMap<String, String> = &mut paragraphs[last];
        if line.trim().is_empty() {
            if !paragraph.is_empty() {
                paragraphs.push(BTreeMap::new());
            }
            field.clear();
        } else if line.starts_with([' ', '\t']) {
            if let Some(value) = paragraph.get_mut(&field) {
                value.push('\n');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            name.clone_into(&mut field);
            paragraph.insert(field.clone(), value.trim().to_owned());
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

/// Text of JSON or TOML that stands where a word is expected; empty for anything that is not text.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Word(pub String);

impl<'de> serde::Deserialize<'de> for Word {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Word, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Ok(Word(if let serde_json::Value::String(text) = value { text } else { String::new() }))
    }
}

/// A word, or a list of them.
#[derive(Debug, Default, Clone, serde::Deserialize)]
#[serde(untagged)]
pub(super) enum Words {
    Many(Vec<Word>),
    One(Word),
    #[default]
    #[serde(skip)]
    None,
}

impl Words {
    pub fn into_vec(self) -> Vec<String> {
        match self {
            Words::Many(words) => words.into_iter().map(|word| word.0).collect(),
            Words::One(word) => vec![word.0],
            Words::None => Vec::new(),
        }
    }
}

/// The text of a document that is read word by word.
pub(super) fn small_text<'content>(
    content: &'content [u8],
) -> Result<std::borrow::Cow<'content, str>, String> {
    if content.len() > SMALL_BYTES {
        return Err(format!("larger than the {} MiB such a document may have", SMALL_BYTES >> 20));
    }
    text::text(content)
}

/// Bytes of the largest document that is read word by word; the largest real ones stay below a megabyte.
const SMALL_BYTES: usize = 4 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_versions_are_told_from_ranges() {
        let check =
            |version: &str, dots, expected| assert_eq!(is_exact(version, dots), expected, "{version}");
        check("1.2.3", 2, true);
        check("1.2", 2, false);
        check("1.2.3-rc.1+b", 2, true);
        check("1.2-3.4.5", 2, false);
        check("1", 0, true);
        check("1.x", 0, false);
        check("^1.2.3", 0, false);
        check(">=1.2.3", 0, false);
        check("1.*", 0, false);
        check("[1,2)", 0, false);
        check("v1.2.3", 0, false);
        check("", 0, false);
    }

    #[test]
    fn paragraphs_are_read() {
        let found = paragraphs("\n\nA: 1\nB: x\n  y\n\n\r\n  stray\nA:2\n");
        let lines: Vec<String> = found.iter().map(|paragraph| format!("{paragraph:?}")).collect();
        assert_eq!(lines, [r#"{"A": "1", "B": "x\ny"}"#, r#"{"A": "2"}"#]);
    }

    #[test]
    fn names_that_are_none_are_refused() {
        let check = |name: &str, version: &str, expected| {
            assert_eq!(component(PurlType::Cran, "", name, version).is_some(), expected, "{name} {version}");
        };
        check("a", "1", true);
        check("a", "", true);
        check("", "1", false);
        check("a b", "1", false);
        check("a", "${VERSION}", false);
        check("{{name}}", "1", false);
        check(&"a".repeat(WORD_BYTES + 1), "1", false);
    }
}
