//! Risks and components: what is vulnerable to what, and in which images each risk is, and how.

use crate::contents::{Bundles, Role};
use crate::key::{Flavours, Key};
use crate::names::NONE;
use crate::runs::Runs;
use plimsoll_model::{Risk, RiskClass, Severity, Time};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// A component and what it is vulnerable to.
#[derive(Default)]
pub(crate) struct Component {
    pub class: Option<RiskClass>,
    /// Number of its name.
    pub name: u32,
    pub matches: Vec<Match>,
    /// Lists that hold it.
    pub bundles: Vec<u32>,
}

/// One vulnerability of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    /// Of a component: the risk. Of a risk: the component.
    pub other: u32,
    pub severity: Severity,
    pub fixable: bool,
}

/// A risk and its images.
#[derive(Default)]
pub(crate) struct Entry {
    /// `None` until the store told of it.
    pub risk: Option<Box<Risk>>,
    pub published: Option<Time>,
    /// Components that have it.
    pub matches: Vec<Match>,
    /// Lists of risks that hold it.
    pub bundles: Vec<u32>,
    /// Its images, parted by how they have it; none is in two.
    pub parts: Vec<Part>,
    /// Must `parts` be made anew?
    pub dirty: bool,
}

/// Images that have a risk in the same way.
pub(crate) struct Part {
    pub key: Key,
    /// Which decisions lie over it.
    pub overlay: u32,
    pub runs: Runs,
}

/// An overlay not chosen yet.
pub(crate) const UNDECIDED: u32 = NONE;

impl Entry {
    pub fn severity(&self) -> Severity {
        self.risk.as_ref().map_or(Severity::Unknown, |risk| risk.severity)
    }

    /// What an occurrence that is gone may have been: of the classes of all components known to have the risk.
    pub fn had(&self, components: &[Component]) -> Key {
        let matches = self.matches.iter().map(|one| {
            let class = components[one.other as usize].class;
            Key::occurrence(Flavours::one(class, one.fixable, false), self.severity())
        });
        let own = Key::occurrence(Flavours::one(None, false, false), self.severity());
        matches.reduce(Key::or).unwrap_or(own)
    }

    /// How a list of risks says an image has this one.
    pub fn direct(&self, role: Role) -> Key {
        let occurrence = |inherited| Key::occurrence(Flavours::one(None, false, inherited), self.severity());
        match role {
            Role::Risks => occurrence(false),
            Role::InheritedRisks => occurrence(true),
            Role::Fixed => Key::FIXED,
            Role::Reopened => Key::REOPENED,
            Role::Components | Role::InheritedComponents => Key::default(),
        }
    }

    /// The part of this key, made if need be. True when it is new.
    pub fn part(&mut self, key: Key) -> (&mut Runs, bool) {
        let at = self.parts.iter().position(|part| part.key == key);
        let index = at.unwrap_or_else(|| {
            self.parts.push(Part { key, overlay: UNDECIDED, runs: Runs::default() });
            self.parts.len() - 1
        });
        (&mut self.parts[index].runs, at.is_none())
    }

    /// Takes an image out of the part of this key.
    pub fn leave(&mut self, key: Key, slot: u32) {
        if let Some(at) = self.parts.iter().position(|part| part.key == key) {
            self.parts[at].runs.remove(slot);
            if self.parts[at].runs.is_empty() {
                self.parts.swap_remove(at);
            }
        }
    }

    /// Makes `parts` anew from what the components and lists say.
    fn gather(&mut self, components: &[Component], bundles: &Bundles, scratch: &mut Scratch) {
        for one in &self.matches {
            let component = &components[one.other as usize];
            for &number in &component.bundles {
                let bundle = bundles.get(number);
                let inherited = bundle.role == Role::InheritedComponents;
                let flavour = Flavours::one(component.class, one.fixable, inherited);
                scratch.add(Key::occurrence(flavour, one.severity), &bundle.images);
            }
        }
        for &number in &self.bundles {
            let bundle = bundles.get(number);
            scratch.add(self.direct(bundle.role), &bundle.images);
        }
        let had = self.had(components);
        self.parts.clear();
        scratch.drain(|key, run| {
            if let Some(key) = key.settled(|| had) {
                self.part(key).0.push(run);
            }
        });
        self.parts.shrink_to_fit();
        self.parts.iter_mut().for_each(|part| part.runs.shrink());
        self.dirty = false;
    }
}

/// One word for each image, to lay occurrences over each other.
struct Scratch {
    keys: Vec<Key>,
    touched: Vec<(u32, u32)>,
}

impl Scratch {
    fn add(&mut self, key: Key, images: &Runs) {
        for run in images.iter() {
            for one in &mut self.keys[run.start as usize..run.end as usize] {
                *one = one.or(key);
            }
            self.touched.push((run.start, run.end));
        }
    }

    /// Gives every run of images with the same key, in order, and forgets them.
    fn drain(&mut self, mut each: impl FnMut(Key, Range<u32>)) {
        self.touched.sort_unstable();
        let mut seen = 0;
        let mut current = (Key::default(), 0..0);
        for &(start, end) in &self.touched {
            for slot in start.max(seen)..end {
                let key = std::mem::take(&mut self.keys[slot as usize]);
                if key == current.0 && slot == current.1.end {
                    current.1.end += 1;
                    continue;
                }
                if !current.1.is_empty() {
                    each(current.0, current.1);
                }
                current = (key, slot..slot + 1);
            }
            seen = seen.max(end);
        }
        if !current.1.is_empty() {
            each(current.0, current.1);
        }
        self.touched.clear();
    }
}

/// Makes the parts of these risks anew, on several threads when there are many.
pub(crate) fn gather(mut risks: Vec<&mut Entry>, components: &[Component], bundles: &Bundles, bound: usize) {
    let threads = if risks.len() < 64 { 1 } else { threads() };
    let chunks = Mutex::new(risks.chunks_mut(64));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut scratch = Scratch { keys: vec![Key::default(); bound], touched: Vec::new() };
                loop {
                    let chunk = chunks.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some(chunk) = chunk else { return };
                    for risk in chunk {
                        risk.gather(components, bundles, &mut scratch);
                    }
                }
            });
        }
    });
}

/// How many threads a long computation is given.
pub(crate) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, |count| count.get().min(8))
}
