//! What images hold, as lists that many images share: images of one base, and builds of one source, hold the same.

use crate::runs::Runs;
use std::collections::HashMap;
use std::sync::Arc;

/// What a list says about the image that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Components that are not all from the base image.
    Components,
    InheritedComponents,
    /// Risks that do not come through components, not all from the base image.
    Risks,
    InheritedRisks,
    Fixed,
    Reopened,
}

impl Role {
    /// Are its members components, and not risks?
    pub fn is_of_components(self) -> bool {
        matches!(self, Role::Components | Role::InheritedComponents)
    }
}

/// One list.
pub(crate) struct Bundle {
    pub role: Role,
    /// Sorted, each once.
    pub members: Arc<[u32]>,
    /// Images that have it; empty until images are arranged.
    pub images: Runs,
    /// How many images have it.
    users: u32,
}

/// All lists.
#[derive(Default)]
pub(crate) struct Bundles {
    all: Vec<Bundle>,
    numbers: [HashMap<Arc<[u32]>, u32, foldhash::fast::RandomState>; 6],
    free: Vec<u32>,
}

/// What came or went with the first or last user of a list.
pub(crate) struct Change {
    pub number: u32,
    /// The list, when it is new or was forgotten.
    pub members: Option<Arc<[u32]>>,
}

impl Bundles {
    pub fn get(&self, number: u32) -> &Bundle {
        &self.all[number as usize]
    }

    /// An image has it from now on, or no longer. Nobody asks who has an empty list.
    pub fn mark(&mut self, number: u32, slot: u32, present: bool) {
        let bundle = &mut self.all[number as usize];
        match present {
            _ if bundle.members.is_empty() => {}
            true => bundle.images.insert(slot),
            false => bundle.images.remove(slot),
        }
    }

    /// The list of these members, for one more image.
    pub fn acquire(&mut self, role: Role, members: Vec<u32>) -> Change {
        if let Some(&number) = self.numbers[role as usize].get(members.as_slice()) {
            self.all[number as usize].users += 1;
            return Change { number, members: None };
        }
        let members: Arc<[u32]> = members.into();
        let bundle = Bundle { role, members: Arc::clone(&members), images: Runs::default(), users: 1 };
        let number = match self.free.pop() {
            Some(number) => {
                self.all[number as usize] = bundle;
                number
            }
            None => {
                self.all.push(bundle);
                (self.all.len() - 1) as u32
            }
        };
        self.numbers[role as usize].insert(Arc::clone(&members), number);
        Change { number, members: Some(members) }
    }

    /// One image less.
    pub fn release(&mut self, number: u32) -> Change {
        let bundle = &mut self.all[number as usize];
        bundle.users -= 1;
        if bundle.users > 0 {
            return Change { number, members: None };
        }
        let members = std::mem::take(&mut bundle.members);
        bundle.images = Runs::default();
        self.numbers[bundle.role as usize].remove(&members);
        self.free.push(number);
        Change { number, members: Some(members) }
    }

    /// Fills each list's images from theirs, in order.
    pub fn arrange<'a>(&mut self, images: impl Iterator<Item = &'a [u32; 6]>) {
        for bundle in &mut self.all {
            bundle.images = Runs::default();
        }
        for (slot, bundles) in images.enumerate() {
            let slot = slot as u32;
            for &number in bundles {
                let bundle = &mut self.all[number as usize];
                if !bundle.members.is_empty() {
                    bundle.images.push(slot..slot + 1);
                }
            }
        }
        for bundle in &mut self.all {
            bundle.images.shrink();
        }
    }
}
