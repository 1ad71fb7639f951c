//! What tests of analyzers share.

use super::{Analyzer, File, Findings};
use plimsoll_model::{Entry, EntryKind, Fact, Limits};

/// A file of this path, without content.
pub(crate) fn entry(path: &str) -> Entry {
    Entry {
        path: path.to_owned(),
        kind: EntryKind::File,
        mode: 0o644,
        uid: 0,
        gid: 0,
        size: 1,
        link: String::new(),
        mtime: 0,
        capability: None,
        sha256: None,
    }
}

/// What an analyzer finds in this content; it must want it.
#[track_caller]
pub(crate) fn read(analyzer: &dyn Analyzer, path: &str, content: &[u8]) -> Findings {
    let entry = entry(path);
    let head = &content[..content.len().min(4096)];
    assert!(analyzer.wants(&entry, head), "{} does not want {path}", analyzer.name());
    analyzer.read(&File { entry: &entry, content, limits: &Limits::default() })
}

/// Facts in one line each: `NAME VERSION ARCH SOURCE=VERSION`, `PACKAGE owns PATHS`.
pub(crate) fn lines(found: &Findings) -> Vec<String> {
    let line = |(_, fact): &(String, Fact)| match fact {
        Fact::Component(c) => {
            let source = c.source.as_ref().map(|source| format!(" {}={}", source.name, source.version));
            let arch = c.arch.as_deref().unwrap_or("-");
            format!("{} {} {arch}{}", c.name, c.version, source.unwrap_or_default())
        }
        Fact::Owned(owned) => {
            let arch = owned.arch.as_ref().map_or(String::new(), |arch| format!(":{arch}"));
            format!("{}{arch} owns {}", owned.package, owned.paths.join(" "))
        }
        other => format!("{other:?}"),
    };
    found.facts.iter().map(line).collect()
}
