//! One pass: every file of a layer is offered to every analyzer.

use crate::analyzers::{self, File};
use plimsoll_model::{Entry, FileFacts, Limits, Unread};

/// Gathers the facts of one layer while it streams by.
pub struct LayerReader {
    limits: Limits,
    wanted: Vec<usize>,
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
        LayerReader { limits, wanted: Vec::new(), files: Vec::new(), unread: Vec::new() }
    }

    /// Does any analyzer want this file? Must be followed by [`LayerReader::read`] of the same file when so.
    pub fn wants(&mut self, entry: &Entry, head: &[u8]) -> bool {
        self.wanted.clear();
        let wanted = analyzers::all().iter().enumerate().filter(|(_, analyzer)| analyzer.wants(entry, head));
        self.wanted.extend(wanted.map(|(index, _)| index));
        !self.wanted.is_empty()
    }

    /// Shows the content of a file to those who want it.
    pub fn read(&mut self, index: u32, entry: &Entry, content: &[u8]) {
        let file = File { entry, content, limits: &self.limits };
        for analyzer in self.wanted.iter().map(|&wanted| analyzers::all()[wanted]) {
            let found = analyzer.read(&file);
            for (inner, reason) in found.unread {
                let path =
                    if inner.is_empty() { entry.path.clone() } else { format!("{}!/{inner}", entry.path) };
                self.unread.push(Unread { path, layer: 0, reason });
            }
            for (inner_path, fact) in found.facts {
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
