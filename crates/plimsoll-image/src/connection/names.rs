//! Names as they come from a registry: checked, each once, until whoever asked has enough.

use crate::ImageError;
use crate::reference::check_repository;
use std::collections::HashSet;

/// Repositories, or tags of one, that are listed.
pub const MOST_NAMES: usize = 1_000_000;

/// What became of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Took {
    /// It was not seen before.
    New,
    /// It was, or it is no name.
    Nothing,
    /// Enough.
    Stop,
}

/// Hands on the names of repositories.
pub struct Names<'a> {
    each: &'a mut dyn FnMut(&str) -> bool,
    /// Only repositories below this; empty for all.
    below: String,
    seen: HashSet<Box<str>>,
    stopped: bool,
}

impl Names<'_> {
    /// Hands them to `each` until it says false; only those below a path, which may be empty.
    pub fn new<'a>(below: &str, each: &'a mut dyn FnMut(&str) -> bool) -> Names<'a> {
        Names { each, below: below.to_owned(), seen: HashSet::new(), stopped: false }
    }

    /// Takes a repository's whole name.
    pub fn take(&mut self, name: &str) -> Took {
        if self.stopped || self.is_full() {
            return Took::Stop;
        }
        // What is no name of a repository can be pulled by nobody, and must not get into an address.
        if check_repository(name).is_err() || !self.seen.insert(name.into()) {
            return Took::Nothing;
        }
        if is_below(name, &self.below) && !(self.each)(name) {
            self.stopped = true;
            return Took::Stop;
        }
        Took::New
    }

    /// Takes the names of a page. Is more wanted?
    pub fn take_all<T: AsRef<str>>(&mut self, names: impl IntoIterator<Item = T>) -> bool {
        names.into_iter().all(|name| self.take(name.as_ref()) != Took::Stop)
    }

    /// Were there more than are listed?
    pub fn is_full(&self) -> bool {
        self.seen.len() >= MOST_NAMES
    }

    /// Has whoever asked had enough?
    pub fn is_done(&self) -> bool {
        self.stopped
    }

    /// Names seen so far.
    pub fn count(&self) -> usize {
        self.seen.len()
    }
}

fn is_below(name: &str, path: &str) -> bool {
    path.is_empty() || name.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// An error of a registry.
pub fn registry_error(registry: &str, why: String, hint: Option<&str>) -> ImageError {
    ImageError::Registry { registry: registry.to_owned(), why, hint: hint.map(str::to_owned) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_handed_on_once() {
        let mut got = Vec::new();
        let mut each = |name: &str| {
            got.push(name.to_owned());
            got.len() < 3
        };
        let mut names = Names::new("team", &mut each);
        let took: Vec<Took> = ["team/a", "team/a", "../x", "Team/b", "teams/b", "team", "team/c", "team/d"]
            .iter()
            .map(|name| names.take(name))
            .collect();
        use Took::{New, Nothing, Stop};
        assert_eq!(took, [New, Nothing, Nothing, Nothing, New, New, Stop, Stop]);
        assert_eq!(got, ["team/a", "team", "team/c"]);
    }
}
