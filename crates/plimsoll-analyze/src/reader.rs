//! One pass: every file of a layer is offered to every analyzer.

use crate::analyzers::{self, Analyzer, File, Findings};
use plimsoll_model::{Component, Entry, EntryKind, Fact, FileFacts, Limits, Unread};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Gathers the facts of one layer while it streams by.
pub struct LayerReader {
    limits: Limits,
    wanted: Vec<usize>,
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
    pub fn new(limits: Limits) -> LayerReader {
        LayerReader {
            limits,
            wanted: Vec::new(),
            told: HashSet::new(),
            files: Vec::new(),
            unread: Vec::new(),
        }
    }

    /// Does any analyzer want this file? Must be followed by [`LayerReader::read`] of the same file when so.
    pub fn wants(&mut self, entry: &Entry, head: &[u8]) -> bool {
        self.wanted.clear();
        if entry.kind != EntryKind::File {
            return false;
        }
        let wanted = analyzers::all().iter().enumerate().filter(|(_, analyzer)| analyzer.wants(entry, head));
        self.wanted.extend(wanted.map(|(index, _)| index));
        !self.wanted.is_empty()
    }

    /// Shows the content of a file to those who want it.
    pub fn read(&mut self, index: u32, entry: &Entry, content: &[u8]) {
        let file = File { entry, content, limits: &self.limits };
        for analyzer in self.wanted.iter().map(|&wanted| analyzers::all()[wanted]) {
            let found = read_guarded(analyzer, &file);
            for (inner, reason) in found.unread {
                let path =
                    if inner.is_empty() { entry.path.clone() } else { format!("{}!/{inner}", entry.path) };
                self.unread.push(Unread { path, layer: 0, reason });
            }
            for (inner_path, fact) in found.facts {
                if let (true, Fact::Component(component)) = (analyzer.tells_once(), &fact)
                    && !self.told.insert((analyzer.name(), component.clone()))
                {
                    continue;
                }
                match self.files.last_mut() {
                    Some(last)
                        if last.entry == index
                            && last.analyzer == analyzer.name()
                            && last.inner_path == inner_path =>
                    {
                        last.facts.push(fact);
                    }
                    _ => self.files.push(FileFacts {
                        entry: index,
                        inner_path,
                        analyzer: analyzer.name().to_owned(),
                        facts: vec![fact],
                    }),
                }
            }
        }
    }
}

/// Parsers do not panic: each is tested with arbitrary bytes. Should one do so all the same, the file is unread and
/// the scan goes on.
fn read_guarded(analyzer: &dyn Analyzer, file: &File<'_>) -> Findings {
    catch_unwind(AssertUnwindSafe(|| analyzer.read(file))).unwrap_or_else(|_| {
        let reason = format!("the analyzer {} failed on it (a bug)", analyzer.name());
        Findings { facts: Vec::new(), unread: vec![(String::new(), reason)] }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let found = read_guarded(&Panics, &file);
        assert_eq!(found.unread, [(String::new(), "the analyzer panics failed on it (a bug)".to_owned())]);
    }

    #[test]
    fn the_list_is_sorted_and_unique() {
        let names: Vec<&str> = analyzers::all().iter().map(|analyzer| analyzer.name()).collect();
        assert!(names.is_sorted_by(|one, other| one < other), "{names:?}");
    }

    #[test]
    fn facts_of_one_file_stay_together() {
        let mut reader = LayerReader::new(Limits::default());
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
