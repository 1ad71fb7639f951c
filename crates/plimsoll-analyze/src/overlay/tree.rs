//! The path tree: layers applied one after another, links resolved inside the root.

use foldhash::fast::RandomState;
use plimsoll_model::{Entry, EntryKind, File, LayerFacts, Unread};
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::str::Split;

/// Index of a node.
pub(super) type NodeId = u32;

const ROOT: NodeId = 0;
const NONE: u32 = u32::MAX;

/// Links followed within one path (as Linux does: path_resolution(7), 40).
const LINKS_MAX: usize = 40;
/// Path components walked inside link targets, over the whole image; a bound on hostile chains of links.
const LINK_STEPS_MAX: u64 = 20_000_000;
/// Paths in the tree at one time; a bound on hostile deep paths.
const NODES_MAX: usize = 8_000_000;
/// Room made for paths beforehand, at most.
const NODES_EXPECTED: usize = 1 << 18;
/// A path that links made longer than this is not followed (Linux's PATH_MAX).
const PATH_BYTES_MAX: u32 = 4096;

/// An entry: layer, and index in its entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Origin {
    pub layer: u32,
    /// `u32::MAX` for a folder that only appears as a parent.
    pub entry: u32,
}

/// What was at one path over time: the layer that changed it, and the content it had from then on if that content
/// has facts. Layers ascend.
pub(super) type History = Vec<(u32, Option<Origin>)>;

/// Everything the layers leave behind.
pub(super) struct Tree<'a> {
    layers: &'a [LayerFacts],
    nodes: Vec<Node<'a>>,
    free: Vec<NodeId>,
    children: HashMap<(NodeId, &'a str), NodeId, RandomState>,
    /// By layer and entry: has this content facts?
    has_facts: Vec<Vec<bool>>,
    link_steps: u64,
    /// The folder of the last entry, as written: tars list a folder's files one after the other.
    recent: Option<(&'a str, NodeId)>,
    /// By path, of every content with facts.
    pub history: HashMap<String, History>,
    /// Contents with facts that have no place in the tree, with the path as written.
    pub unplaced: Vec<(&'a str, Origin)>,
    /// Entries that could not be placed.
    pub unread: Vec<Unread>,
}

struct Node<'a> {
    name: &'a str,
    parent: NodeId,
    first_child: NodeId,
    next: NodeId,
    previous: NodeId,
    path_bytes: u32,
    kind: EntryKind,
    /// The entry that last wrote it.
    origin: Origin,
    /// The file whose bytes it shows.
    content: Option<Origin>,
    /// Target of a symbolic link.
    target: &'a str,
}

/// Why an entry has no place in the tree.
type Lost = &'static str;

const TOO_MANY_LINKS: Lost = "its path leads through too many links";
const TOO_LONG: Lost = "its path is too long once its links are followed";
const TOO_MANY_PATHS: Lost = "the image has too many paths";

/// Applies the layers, oldest first.
pub(super) fn build<'a>(layers: &'a [LayerFacts]) -> Tree<'a> {
    let entries: usize = layers.iter().map(|layer| layer.entries.len()).sum();
    let root = Node {
        name: "",
        parent: ROOT,
        first_child: NONE,
        next: NONE,
        previous: NONE,
        path_bytes: 0,
        kind: EntryKind::Dir,
        origin: Origin { layer: 0, entry: NONE },
        content: None,
        target: "",
    };
    let mut tree = Tree {
        layers,
        nodes: vec![root],
        free: Vec::new(),
        children: HashMap::with_capacity_and_hasher(entries.min(NODES_EXPECTED), RandomState::default()),
        has_facts: layers.iter().map(entries_with_facts).collect(),
        link_steps: LINK_STEPS_MAX,
        recent: None,
        history: HashMap::new(),
        unplaced: Vec::new(),
        unread: Vec::new(),
    };
    for layer in 0..layers.len() {
        tree.hide(layer as u32);
        tree.lay(layer as u32);
    }
    tree
}

fn entries_with_facts(layer: &LayerFacts) -> Vec<bool> {
    let mut flags = vec![false; layer.entries.len()];
    for file in &layer.files {
        if let Some(flag) = flags.get_mut(file.entry as usize) {
            *flag = true;
        }
    }
    flags
}

impl<'a> Tree<'a> {
    /// The node of this path. Links in its folders are followed, and the last one too if `follow`.
    pub fn find(&mut self, path: &str, follow: bool) -> Option<NodeId> {
        if follow {
            return self.walk(path, &HashSet::new());
        }
        let (folder, name) = path.rsplit_once('/')?;
        let folder = self.walk(folder, &HashSet::new())?;
        self.children.get(&(folder, name)).copied()
    }

    /// The file whose bytes this node shows.
    pub fn content(&self, node: NodeId) -> Option<Origin> {
        self.nodes[node as usize].content
    }

    /// Every path but the root, sorted by path; and the bytes of all files that are no longer seen.
    pub fn files(&self) -> (Vec<File>, u64) {
        let mut files = Vec::with_capacity(self.children.len());
        let mut seen: Vec<Vec<bool>> =
            self.layers.iter().map(|layer| vec![false; layer.entries.len()]).collect();
        let mut visible_bytes = 0u64;
        for (path, node) in self.paths() {
            let file = self.file(path, node);
            if let Some(content) = self.nodes[node as usize].content {
                let seen = &mut seen[content.layer as usize][content.entry as usize];
                if !std::mem::replace(seen, true) {
                    visible_bytes = visible_bytes.saturating_add(file.entry.size);
                }
            }
            files.push(file);
        }
        let entries = self.layers.iter().flat_map(|layer| &layer.entries);
        let stored = entries.filter(|entry| entry.kind == EntryKind::File);
        let stored_bytes = stored.fold(0u64, |sum, entry| sum.saturating_add(entry.size));
        (files, stored_bytes.saturating_sub(visible_bytes))
    }

    /// Every path with its node, in the order of the paths' bytes. A folder's own path and the paths below it sort
    /// apart (`/a`, `/a-b`, `/a/c`), so a folder stands in its parent's order twice: as `a` and as `a/`.
    fn paths(&self) -> Vec<(String, NodeId)> {
        let mut out = Vec::with_capacity(self.children.len());
        let mut path = String::new();
        let mut stack = vec![(0, self.sorted_children(ROOT).into_iter())];
        while let Some((length, items)) = stack.last_mut() {
            let Some((node, below)) = items.next() else {
                stack.pop();
                continue;
            };
            path.truncate(*length);
            path.push('/');
            path.push_str(self.nodes[node as usize].name);
            if below {
                stack.push((path.len(), self.sorted_children(node).into_iter()));
            } else {
                out.push((path.clone(), node));
            }
        }
        out
    }

    /// The children of a folder, each with `false`, and those with children once more with `true`.
    fn sorted_children(&self, folder: NodeId) -> Vec<(NodeId, bool)> {
        let mut items = Vec::new();
        let mut child = self.nodes[folder as usize].first_child;
        while child != NONE {
            let node = &self.nodes[child as usize];
            items.push((child, false));
            if node.first_child != NONE {
                items.push((child, true));
            }
            child = node.next;
        }
        let name = |node: NodeId| self.nodes[node as usize].name.as_bytes();
        items.sort_unstable_by(|one, other| by_path((name(one.0), one.1), (name(other.0), other.1)));
        items
    }

    fn file(&self, path: String, node: NodeId) -> File {
        let node = &self.nodes[node as usize];
        let Some(written) = self.entry(node.origin) else {
            let entry = Entry {
                path,
                kind: EntryKind::Dir,
                mode: 0o755,
                uid: 0,
                gid: 0,
                size: 0,
                link: String::new(),
                mtime: 0,
                capability: None,
                sha256: None,
            };
            return File { entry, layer: node.origin.layer };
        };
        let mut entry = Entry {
            path,
            kind: written.kind,
            mode: written.mode,
            uid: written.uid,
            gid: written.gid,
            size: written.size,
            link: written.link.clone(),
            mtime: written.mtime,
            capability: written.capability.clone(),
            sha256: written.sha256,
        };
        match node.kind {
            EntryKind::Hardlink => {
                if let Some(content) = node.content.and_then(|content| self.entry(content)) {
                    entry.size = content.size;
                    entry.sha256 = content.sha256;
                }
            }
            EntryKind::Symlink => {
                entry.kind = EntryKind::Symlink;
                entry.link = node.target.to_owned();
            }
            _ => {}
        }
        File { entry, layer: node.origin.layer }
    }

    fn entry(&self, origin: Origin) -> Option<&'a Entry> {
        self.layers[origin.layer as usize].entries.get(origin.entry as usize)
    }

    /// Applies a layer's whiteouts. They speak of the layers below only, so all of them come before its entries.
    fn hide(&mut self, layer: u32) {
        let entries = &self.layers[layer as usize].entries;
        if !entries.iter().any(|entry| matches!(entry.kind, EntryKind::Whiteout | EntryKind::Opaque)) {
            return;
        }
        // A folder of this layer replaces a link below it: what is hidden "in" it is not what the link leads to.
        let folders: HashSet<&str> = entries
            .iter()
            .filter(|entry| entry.kind == EntryKind::Dir)
            .map(|entry| entry.path.as_str())
            .collect();
        // All are found before any is applied: one may hide the link that another leads through.
        let (mut opaque, mut white) = (Vec::new(), Vec::new());
        for entry in entries {
            match entry.kind {
                EntryKind::Opaque => opaque.extend(self.walk(&entry.path, &folders)),
                EntryKind::Whiteout => {
                    let (folder, name) = entry.path.rsplit_once('/').unwrap_or(("", &entry.path));
                    let folder = self.walk(folder, &folders);
                    white.extend(folder.and_then(|folder| self.children.get(&(folder, name)).copied()));
                }
                _ => {}
            }
        }
        // Nothing is added meanwhile, so a node that another whiteout has removed is not yet someone else.
        for folder in opaque {
            self.remove_below(folder, layer);
        }
        for node in white {
            let Node { parent, name, .. } = self.nodes[node as usize];
            if self.children.get(&(parent, name)) == Some(&node) {
                self.remove(node, layer);
            }
        }
    }

    /// Lays a layer's entries over the tree.
    fn lay(&mut self, layer: u32) {
        self.recent = None;
        for (index, entry) in self.layers[layer as usize].entries.iter().enumerate() {
            if matches!(entry.kind, EntryKind::Whiteout | EntryKind::Opaque) {
                continue;
            }
            let origin = Origin { layer, entry: index as u32 };
            if let Err(reason) = self.place(entry, origin) {
                self.unread.push(Unread { path: entry.path.clone(), layer, reason: reason.to_owned() });
                if self.is_interesting(origin) {
                    self.unplaced.push((&entry.path, origin));
                }
            }
        }
    }

    fn place(&mut self, entry: &'a Entry, origin: Origin) -> Result<(), Lost> {
        let (folder, name) = entry.path.rsplit_once('/').unwrap_or(("", &entry.path));
        if name.is_empty() {
            self.nodes[ROOT as usize].origin = origin;
            return Ok(());
        }
        let (mut kind, mut content, mut target) = (entry.kind, None, "");
        match entry.kind {
            EntryKind::File => content = Some(origin),
            EntryKind::Symlink => target = &entry.link,
            EntryKind::Hardlink => match self.find(&entry.link, false).map(|node| &self.nodes[node as usize])
            {
                Some(linked) if linked.kind == EntryKind::Symlink => {
                    (kind, target) = (EntryKind::Symlink, linked.target);
                }
                Some(linked) if linked.kind != EntryKind::Dir => content = linked.content,
                _ => self.unread.push(Unread {
                    path: entry.path.clone(),
                    layer: origin.layer,
                    reason: format!("a hard link to {}, which is no file of the image", entry.link),
                }),
            },
            _ => {}
        }
        let folder = self.folder(folder, origin.layer)?;
        let node = match self.children.get(&(folder, name)) {
            Some(&node) => {
                let old = &self.nodes[node as usize];
                if old.kind == EntryKind::Dir && kind == EntryKind::Dir {
                    self.nodes[node as usize].origin = origin;
                    return Ok(());
                }
                self.clear(node, origin.layer);
                node
            }
            None => self.add(folder, name)?,
        };
        let slot = &mut self.nodes[node as usize];
        (slot.kind, slot.origin, slot.content, slot.target) = (kind, origin, content, target);
        self.remember(node, origin.layer, content);
        Ok(())
    }

    /// The node of a folder as written, made where it is missing.
    fn folder(&mut self, path: &'a str, layer: u32) -> Result<NodeId, Lost> {
        if let Some((recent, node)) = self.recent
            && recent == path
        {
            return Ok(node);
        }
        let mut at = ROOT;
        let mut links = Links::new(path);
        while let Some(name) = links.next(&mut self.link_steps)? {
            if name == ".." {
                at = self.nodes[at as usize].parent;
                continue;
            }
            at = match self.children.get(&(at, name)) {
                Some(&child) if self.nodes[child as usize].kind == EntryKind::Symlink => {
                    links.follow(self.nodes[child as usize].target, at)?
                }
                Some(&child) => {
                    if self.nodes[child as usize].kind != EntryKind::Dir {
                        self.clear(child, layer);
                        self.make_folder(child, layer);
                    }
                    child
                }
                None => {
                    let child = self.add(at, name)?;
                    if links.inside() && self.nodes[child as usize].path_bytes > PATH_BYTES_MAX {
                        self.detach(child);
                        return Err(TOO_LONG);
                    }
                    self.make_folder(child, layer);
                    child
                }
            };
        }
        // Only what links made longer is refused: the length of a path as written is the reader's business.
        if links.followed > 0 && self.nodes[at as usize].path_bytes > PATH_BYTES_MAX {
            return Err(TOO_LONG);
        }
        self.recent = Some((path, at));
        Ok(at)
    }

    /// The node a path leads to, links followed; `None` when it does not exist, or one of `folders` (as written)
    /// stands where the tree has a link.
    fn walk(&mut self, path: &str, folders: &HashSet<&str>) -> Option<NodeId> {
        let mut at = ROOT;
        let mut links = Links::new(path);
        while let Some(name) = links.next(&mut self.link_steps).ok()? {
            if name == ".." {
                at = self.nodes[at as usize].parent;
                continue;
            }
            let child = *self.children.get(&(at, name))?;
            let node = &self.nodes[child as usize];
            at = match node.kind {
                EntryKind::Symlink if !folders.is_empty() && folders.contains(links.written()) => {
                    return None;
                }
                EntryKind::Symlink => links.follow(node.target, at).ok()?,
                _ => child,
            };
        }
        Some(at)
    }

    fn make_folder(&mut self, node: NodeId, layer: u32) {
        let slot = &mut self.nodes[node as usize];
        slot.kind = EntryKind::Dir;
        slot.origin = Origin { layer, entry: NONE };
    }

    /// A new child; the caller says what it is.
    fn add(&mut self, parent: NodeId, name: &'a str) -> Result<NodeId, Lost> {
        if self.children.len() >= NODES_MAX {
            return Err(TOO_MANY_PATHS);
        }
        let above = &self.nodes[parent as usize];
        let length = u32::try_from(name.len()).unwrap_or(u32::MAX);
        let node = Node {
            name,
            parent,
            first_child: NONE,
            next: above.first_child,
            previous: NONE,
            path_bytes: above.path_bytes.saturating_add(1).saturating_add(length),
            kind: EntryKind::Dir,
            origin: Origin { layer: 0, entry: NONE },
            content: None,
            target: "",
        };
        let next = node.next;
        let id = match self.free.pop() {
            Some(id) => {
                self.nodes[id as usize] = node;
                id
            }
            None => {
                self.nodes.push(node);
                (self.nodes.len() - 1) as NodeId
            }
        };
        if next != NONE {
            self.nodes[next as usize].previous = id;
        }
        self.nodes[parent as usize].first_child = id;
        self.children.insert((parent, name), id);
        Ok(id)
    }

    /// Makes a node nothing: its children are removed, its content is forgotten.
    fn clear(&mut self, node: NodeId, layer: u32) {
        self.remove_below(node, layer);
        self.recent = None;
        self.remember(node, layer, None);
        let slot = &mut self.nodes[node as usize];
        (slot.content, slot.target) = (None, "");
    }

    fn remove(&mut self, node: NodeId, layer: u32) {
        self.clear(node, layer);
        self.detach(node);
    }

    fn remove_below(&mut self, top: NodeId, layer: u32) {
        // Always the first child of the first child …: each step goes down, or takes a leaf away.
        let mut at = top;
        self.recent = None;
        loop {
            let child = self.nodes[at as usize].first_child;
            if child != NONE {
                at = child;
            } else if at == top {
                return;
            } else {
                let parent = self.nodes[at as usize].parent;
                self.remember(at, layer, None);
                self.detach(at);
                at = parent;
            }
        }
    }

    /// Takes a node without children out of its folder.
    fn detach(&mut self, id: NodeId) {
        let node = &self.nodes[id as usize];
        let (parent, name, next, previous) = (node.parent, node.name, node.next, node.previous);
        if next != NONE {
            self.nodes[next as usize].previous = previous;
        }
        if previous != NONE {
            self.nodes[previous as usize].next = next;
        } else {
            self.nodes[parent as usize].first_child = next;
        }
        self.children.remove(&(parent, name));
        self.nodes[id as usize].content = None;
        self.free.push(id);
    }

    /// Notes that this node shows this content from this layer on.
    fn remember(&mut self, node: NodeId, layer: u32, content: Option<Origin>) {
        let before = self.nodes[node as usize].content;
        let is_known = |content: Option<Origin>| content.is_some_and(|content| self.is_interesting(content));
        if !is_known(content) && !is_known(before) {
            return;
        }
        let content = content.filter(|&content| self.is_interesting(content));
        let history = self.history.entry(self.path(node)).or_default();
        match history.last() {
            // Hidden and written again by the same layer: it was never gone.
            Some((last, None)) if *last == layer && content.is_some() => {
                history.pop();
            }
            _ => {}
        }
        history.push((layer, content));
    }

    fn is_interesting(&self, content: Origin) -> bool {
        self.has_facts[content.layer as usize].get(content.entry as usize).is_some_and(|&flag| flag)
    }

    fn path(&self, node: NodeId) -> String {
        let mut names = Vec::new();
        let mut at = node;
        while at != ROOT {
            names.push(self.nodes[at as usize].name);
            at = self.nodes[at as usize].parent;
        }
        let mut path = String::with_capacity(self.nodes[node as usize].path_bytes as usize);
        for name in names.iter().rev() {
            path.push('/');
            path.push_str(name);
        }
        path
    }
}

/// The order of two names of one folder, each with or without a slash behind it.
fn by_path(one: (&[u8], bool), other: (&[u8], bool)) -> Ordering {
    let shared = one.0.len().min(other.0.len());
    let next = |(name, below): (&[u8], bool)| name.get(shared).copied().or(below.then_some(b'/'));
    one.0[..shared].cmp(&other.0[..shared]).then_with(|| next(one).cmp(&next(other)))
}

/// The names a path is made of, with links put in as they are met.
struct Links<'p> {
    path: &'p str,
    stack: Vec<Split<'p, char>>,
    /// Bytes of `path` walked so far.
    walked: usize,
    followed: usize,
}

impl<'p> Links<'p> {
    fn new(path: &'p str) -> Links<'p> {
        Links { path, stack: vec![path.split('/')], walked: 0, followed: 0 }
    }

    /// The next name that is neither empty nor `.`.
    fn next(&mut self, link_steps: &mut u64) -> Result<Option<&'p str>, Lost> {
        while let Some(names) = self.stack.last_mut() {
            let Some(name) = names.next() else {
                self.stack.pop();
                continue;
            };
            if self.stack.len() == 1 {
                self.walked += name.len() + 1;
            } else {
                *link_steps = link_steps.checked_sub(1).ok_or(TOO_MANY_LINKS)?;
            }
            if !name.is_empty() && name != "." {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    /// Goes on with a link's target; returns where from.
    fn follow(&mut self, target: &'p str, folder: NodeId) -> Result<NodeId, Lost> {
        self.followed += 1;
        if self.followed > LINKS_MAX {
            return Err(TOO_MANY_LINKS);
        }
        self.stack.push(target.split('/'));
        Ok(if target.starts_with('/') { ROOT } else { folder })
    }

    fn inside(&self) -> bool {
        self.followed > 0
    }

    /// The path as written, up to the name returned last; nothing inside a link.
    fn written(&self) -> &'p str {
        match self.stack.len() {
            1 if self.followed == 0 => self.path.get(..self.walked - 1).unwrap_or(""),
            _ => "",
        }
    }
}
