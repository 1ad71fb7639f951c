//! One pass: every file of a layer is offered to every analyzer.

use crate::analyzers::{self, File, Findings};
use crate::detectors::{Detectors, Seen};
use plimsoll_model::{Component, Entry, EntryKind, Fact, FileFacts, Limits, Unread};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Gathers the facts of one layer while it streams by.
pub struct LayerReader {
    limits: Limits,
    detectors: Detectors,
    wanted: Vec<usize>,
    wanted_by_detectors: bool,
    /// What analyzers of whom one telling is enough have told.
    told: HashSet<(&'static str, Component)>,
    /// Facts so far.
    pub files: Vec<FileFacts>,
    /// What was not examined so far; `layer` is 0.
    pub unread: Vec<Unread>,
}

/// Names the analyzers and their editions in one line: stored facts of another edition are not used.
pub fn edition() -> String {
    let editions: Vec<String> = analyzers::all()
        .iter()
        .map(|analyzer| format!("{}={}", analyzer.name(), analyzer.edition()))
        .collect();
    editions.join(",")
}

impl LayerReader {
    /// A reader that has seen nothing yet.
    pub fn new(limits: Limits, detectors: Detectors) -> LayerReader {
        LayerReader {
            limits,
            detectors,
            wanted: Vec::new(),
            wanted_by_detectors: false,
            told: HashSet::new(),
            files: Vec::new(),
            unread: Vec::new(),
        }
    }

    /// Does any analyzer want this file? Must be followed by [`LayerReader::read`] of the same file when so.
    pub fn wants(&mut self, entry: &Entry, head: &[u8]) -> bool {
        self.wanted.clear();
        self.wanted_by_detectors = self.detectors.want(entry, head);
        if entry.kind != EntryKind::File {
            return false;
        }
        let wanted = analyzers::all().iter().enumerate().filter(|(_, analyzer)| analyzer.wants(entry, head));
        self.wanted.extend(wanted.map(|(index, _)| index));
        !self.wanted.is_empty() || self.wanted_by_detectors
    }

    /// Shows the content of a file to those who want it.
    pub fn read(&mut self, index: u32, entry: &Entry, content: &[u8]) {
        let limits = self.limits;
        let file = File { entry, content, limits: &limits };
        let wanted = std::mem::take(&mut self.wanted);
        for analyzer in wanted.iter().map(|&wanted| analyzers::all()[wanted]) {
            let found = guarded(analyzer.name(), || analyzer.read(&file));
            let facts = found.facts.into_iter().map(|(inner, fact)| (analyzer.name(), inner, fact));
            let news = facts.filter(|(name, _, fact)| match fact {
                Fact::Component(component) if analyzer.tells_once() => {
                    self.told.insert((name, component.clone()))
                }
                _ => true,
            });
            let news = news.collect();
            self.keep(index, entry, news, found.unread);
        }
        self.wanted = wanted;
        if self.wanted_by_detectors {
            let mut seen = Seen::new();
            let said = guarded("detectors", || {
                let (found, said) = self.detectors.read(&file);
                seen = found;
                said
            });
            self.keep(index, entry, seen, said.unread);
        }
    }

    fn keep(&mut self, index: u32, entry: &Entry, facts: Seen, unread: Vec<(String, String)>) {
        for (inner, reason) in unread {
            let path = if inner.is_empty() { entry.path.clone() } else { format!("{}!/{inner}", entry.path) };
            self.unread.push(Unread { path, layer: 0, reason });
        }
        for (analyzer, inner_path, fact) in facts {
            self.add(index, analyzer, inner_path, fact);
        }
    }

    fn add(&mut self, index: u32, analyzer: &str, inner_path: String, fact: Fact) {
        match self.files.last_mut() {
            Some(last)
                if last.entry == index && last.analyzer == analyzer && last.inner_path == inner_path =>
            {
                last.facts.push(fact);
            }
            _ => self.files.push(FileFacts {
                entry: index,
                inner_path,
                analyzer: analyzer.to_owned(),
                facts: vec![fact],
            }),
        }
    }
}

/// Parsers do not panic: each is tested with arbitrary bytes. Should one do so all the same, the file is unread and
/// the scan goes on.
fn guarded(name: &str, read: impl FnOnce() -> Findings) -> Findings {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        let reason = format!("the analyzer {name} failed on it (a bug)");
        Findings { facts: Vec::new(), unread: vec![(String::new(), reason)] }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::Analyzer;

    struct Panics;

    impl Analyzer for Panics {
        fn name(&self) -> &'static str {
            "panics"
        }
        fn edition(&self) -> u32 {
            1
        }
        fn wants(&self, _: &Entry, _: &[u8]) -> bool {
            true
        }
        fn read(&self, _: &File<'_>) -> Findings {
            panic!("on purpose")
        }
    }

    #[test]
    fn a_failing_analyzer_makes_an_unread_file() {
        let entry = analyzers::testing::entry("/x");
        let file = File { entry: &entry, content: b"", limits: &Limits::default() };
        let found = guarded(Panics.name(), || Panics.read(&file));
        assert_eq!(found.unread, [(String::new(), "the analyzer panics failed on it (a bug)".to_owned())]);
    }

    #[test]
    fn the_list_is_sorted_and_unique() {
        let names: Vec<&str> = analyzers::all().iter().map(|analyzer| analyzer.name()).collect();
        assert!(names.is_sorted_by(|one, other| one < other), "{names:?}");
    }

    #[test]
    fn facts_of_one_file_stay_together() {
        let mut reader = LayerReader::new(Limits::default(), Detectors::default());
        let mut feed = |index, path: &str, content: &[u8]| {
            let entry = analyzers::testing::entry(path);
            reader.wants(&entry, content) && {
                reader.read(index, &entry, content);
                true
            }
        };
        let record = b"P:a\nV:1\nF:bin\nR:a\n\nP:b\nV:2\n\n";
        assert!(feed(0, "/lib/apk/db/installed", record));
        assert!(!feed(1, "/etc/hosts", b"127.0.0.1 localhost\n"));
        assert!(feed(2, "/etc/alpine-release", b"3.20.3\n"));
        let counts: Vec<(u32, &str, usize)> =
            reader.files.iter().map(|file| (file.entry, &*file.analyzer, file.facts.len())).collect();
        assert_eq!(counts, [(0, "apk", 3), (2, "os-release", 1)]);
    }
}
