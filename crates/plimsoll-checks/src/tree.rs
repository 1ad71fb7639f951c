//! The final tree of an image as the checks look at it: links followed inside the root, texts, globs, packages.

use crate::code::accounts::Names;
use crate::formats::{Format, Found, load};
use crate::glob;
use crate::pam;
use plimsoll_model::{Contents, EntryKind, Evidence, File, ImageConfig};
use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

/// Links followed for one path, as Linux bounds them (path_resolution(7)).
const MAX_LINKS: usize = 40;
/// Files one glob gives at most.
const MAX_MATCHES: usize = 4096;

/// What is looked at: an image's contents and config.
pub(crate) struct Tree<'a> {
    pub contents: &'a Contents,
    pub config: &'a ImageConfig,
    packages: HashSet<&'a str>,
    settings: RefCell<HashMap<Source, Rc<Vec<Found>>>>,
    names: OnceCell<Names>,
    stacks: RefCell<HashMap<String, Rc<Vec<pam::Line>>>>,
}

/// Files and how they are written.
type Source = (Vec<String>, Format);

/// A text file of the final tree.
#[derive(Clone, Debug)]
pub(crate) struct Text<'a> {
    /// Where it is, links followed.
    pub path: Arc<str>,
    pub layer: u32,
    pub text: Cow<'a, str>,
}

impl Text<'_> {
    /// Evidence: this line of the file.
    pub fn line(&self, line: usize, value: impl Into<String>) -> Evidence {
        evidence(&self.path, self.layer, Some(line as u32), Some(value.into()))
    }

    /// Its lines from 1, without what follows a `#` at the start of a line or behind a space; empty ones left out.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(index, line)| (index + 1, uncommented(line)));
        lines.filter(|(_, line)| !line.is_empty())
    }
}

/// The line without its comment, trimmed.
pub(crate) fn uncommented(line: &str) -> &str {
    let line = line.trim();
    if line.starts_with('#') {
        return "";
    }
    match line.find(" #").or_else(|| line.find("\t#")) {
        Some(at) => line[..at].trim_end(),
        None => line,
    }
}

/// Where something was seen; a value is cut to 200 characters.
pub(crate) fn evidence(path: &str, layer: u32, line: Option<u32>, value: Option<String>) -> Evidence {
    let value = value.map(|value| crate::cut(&value, 200));
    Evidence { path: path.to_owned(), inner_path: None, line, layer, value }
}

impl<'a> Tree<'a> {
    pub fn new(contents: &'a Contents, config: &'a ImageConfig) -> Tree<'a> {
        let present = contents.components.iter().filter(|one| one.present && one.component.kind.is_os());
        let packages = present.map(|one| one.component.name.as_str()).collect();
        Tree {
            contents,
            config,
            packages,
            settings: RefCell::default(),
            names: OnceCell::new(),
            stacks: RefCell::default(),
        }
    }

    /// Is an OS package of this name installed? `name*` means every name that begins so.
    pub fn has_package(&self, name: &str) -> bool {
        match name.strip_suffix('*') {
            Some(start) => self.packages.iter().any(|package| package.starts_with(start)),
            None => self.packages.contains(name),
        }
    }

    /// Is the image's distribution this one, or like it? Without an os-release, none is.
    pub fn is_os(&self, id: &str) -> bool {
        self.contents.os.as_ref().is_some_and(|os| os.id == id || os.like.iter().any(|like| like == id))
    }

    /// The file behind a path, links of every part followed inside the image's root.
    pub fn file(&self, path: &str) -> Option<&'a File> {
        let real = self.resolve(path)?;
        self.contents.file(&real)
    }

    /// The path with every link followed, whether or not something is there; `None` for a loop of links.
    pub fn resolve(&self, path: &str) -> Option<String> {
        let mut rest: Vec<String> = parts(path).rev().map(str::to_owned).collect();
        let mut done: Vec<String> = Vec::new();
        let mut links = 0;
        while let Some(part) = rest.pop() {
            if part == ".." {
                done.pop();
                continue;
            }
            done.push(part);
            if done.len() + rest.len() > 1024 {
                return None;
            }
            let here = format!("/{}", done.join("/"));
            let Some(file) = self.contents.file(&here) else { continue };
            if file.entry.kind != EntryKind::Symlink {
                continue;
            }
            links += 1;
            if links > MAX_LINKS {
                return None;
            }
            if file.entry.link.starts_with('/') {
                done.clear();
            } else {
                done.pop();
            }
            rest.extend(parts(&file.entry.link).rev().map(str::to_owned));
        }
        Some(format!("/{}", done.join("/")))
    }

    /// The text of a settings file, links followed. A file that is there but empty is an empty text.
    pub fn text(&self, path: &str) -> Option<Text<'a>> {
        let file = self.file(path)?;
        let path = file.entry.path.as_str();
        let found = match self.contents.text(path) {
            Some((bytes, layer)) => (String::from_utf8_lossy(bytes), layer),
            None if file.entry.kind == EntryKind::Hardlink => {
                let (bytes, layer) = self.contents.text(&file.entry.link)?;
                (String::from_utf8_lossy(bytes), layer)
            }
            None if file.entry.kind == EntryKind::File && file.entry.size == 0 => ("".into(), file.layer),
            None => return None,
        };
        Some(Text { path: path.into(), layer: found.1, text: found.0 })
    }

    /// The paths a glob names, sorted as a shell would, links of folders followed; one without wildcards names itself
    /// when it is there.
    pub fn glob(&self, pattern: &str) -> Vec<String> {
        let fixed = glob::fixed_folder(pattern);
        if fixed.len() == pattern.len() {
            return self.file(pattern).map(|_| pattern.to_owned()).into_iter().collect();
        }
        let rest: Vec<&str> = pattern[fixed.len()..].split('/').filter(|part| !part.is_empty()).collect();
        let mut out = Vec::new();
        self.expand(fixed.to_owned(), &rest, &mut out);
        out
    }

    /// Adds the paths below a folder that the rest of a glob names.
    fn expand(&self, folder: String, rest: &[&str], out: &mut Vec<String>) {
        if out.len() >= MAX_MATCHES {
            return;
        }
        let Some((&part, after)) = rest.split_first() else {
            if self.file(&folder).is_some() {
                out.push(folder);
            }
            return;
        };
        if !part.contains(['*', '?', '[']) {
            return self.expand(format!("{folder}/{part}"), after, out);
        }
        let Some(folder) = self.resolve(&folder) else { return };
        let start = if folder == "/" { folder } else { format!("{folder}/") };
        if part == "**" {
            let pattern = format!("{start}{}", rest.join("/"));
            let below = self.below(&start).map(|file| file.entry.path.as_str());
            out.extend(
                below.filter(|path| glob::matches(&pattern, path)).take(MAX_MATCHES).map(str::to_owned),
            );
            return;
        }
        for name in self.names_in(&start) {
            if glob::matches(part, name) {
                self.expand(format!("{start}{name}"), after, out);
            }
        }
    }

    fn below(&self, start: &str) -> impl Iterator<Item = &'a File> {
        let from = self.contents.files.partition_point(|file| file.entry.path.as_str() < start);
        self.contents.files[from..].iter().take_while(move |file| file.entry.path.starts_with(start))
    }

    /// The names in a folder, `start` ending in a slash; what lies deeper is jumped over.
    fn names_in(&self, start: &str) -> BTreeSet<&'a str> {
        let mut names = BTreeSet::new();
        let files = &self.contents.files;
        let mut at = files.partition_point(|file| file.entry.path.as_str() < start);
        while let Some(rest) = files.get(at).and_then(|file| file.entry.path.strip_prefix(start)) {
            match rest.split_once('/') {
                // `0` is the character behind the slash.
                Some((name, _)) => {
                    names.insert(name);
                    let end = format!("{start}{name}0");
                    at += files[at..].partition_point(|file| file.entry.path.as_str() < end.as_str()).max(1);
                }
                None => {
                    names.insert(rest);
                    at += 1;
                }
            }
        }
        names.remove("");
        names
    }

    /// The paths any of these globs name, in the order of the globs.
    pub fn globs(&self, patterns: &[String]) -> Vec<String> {
        patterns.iter().flat_map(|pattern| self.glob(pattern)).collect()
    }

    /// The settings of these files with what they include; read once.
    pub fn settings(&self, files: &[String], format: Format) -> Rc<Vec<Found>> {
        let key = (files.to_vec(), format);
        if let Some(known) = self.settings.borrow().get(&key) {
            return known.clone();
        }
        let read = Rc::new(load(self, files, format));
        self.settings.borrow_mut().insert(key, read.clone());
        read
    }

    /// The names of its users and groups.
    pub fn names(&self) -> &Names {
        self.names.get_or_init(|| Names::read(self))
    }

    /// The lines of a type of its PAM stacks.
    pub fn stacks(&self, kind: &str) -> Rc<Vec<pam::Line>> {
        if let Some(known) = self.stacks.borrow().get(kind) {
            return known.clone();
        }
        let read = Rc::new(pam::stacks(self, kind));
        self.stacks.borrow_mut().insert(kind.to_owned(), read.clone());
        read
    }

    /// Evidence: this file as a whole.
    pub fn whole(&self, path: &str, value: Option<String>) -> Evidence {
        evidence(path, self.file(path).map_or(0, |file| file.layer), None, value)
    }
}

fn parts(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty() && *part != ".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    #[test]
    fn links_are_followed_inside_the_root() {
        let (contents, config) = example::image(&[
            ("/etc/real", "here"),
            ("/etc/a -> real", ""),
            ("/etc/b -> /etc/a", ""),
            ("/bin -> usr/bin", ""),
            ("/usr/bin/tool", "x"),
            ("/up -> ../../../etc/real", ""),
            ("/loop -> loop", ""),
            ("/etc/none", ""),
            ("/conf -> etc", ""),
        ]);
        let tree = Tree::new(&contents, &config);
        let text = |path: &str| tree.text(path).map(|text| text.text.into_owned());
        for path in ["/etc/real", "/etc/a", "/etc/b", "/up", "/conf/b"] {
            assert_eq!(text(path).as_deref(), Some("here"), "{path}");
        }
        assert_eq!(text("/bin/tool").as_deref(), Some("x"));
        assert_eq!(text("/etc/none").as_deref(), Some(""));
        assert_eq!((text("/loop"), text("/etc/missing")), (None, None));
        assert_eq!(tree.glob("/conf/r*"), ["/etc/real"]);
        assert_eq!(tree.glob("/*/bin/t*"), ["/usr/bin/tool"]);
        assert_eq!(tree.glob("/u*/**"), ["/usr/bin/tool"]);
        assert_eq!(tree.glob("/e[st]c/[!b-z]*"), ["/etc/a"]);
        assert!(tree.glob("/*/missing").is_empty());
    }
}
