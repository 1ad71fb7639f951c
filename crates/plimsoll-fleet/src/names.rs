//! Texts and numbers of the store, made dense.

use std::collections::HashMap;
use std::sync::Arc;

/// No text.
pub(crate) const NONE: u32 = u32::MAX;

/// Texts, each kept once.
#[derive(Default)]
pub(crate) struct Names {
    texts: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32, foldhash::fast::RandomState>,
}

impl Names {
    /// The number of a text, given now if need be.
    pub fn intern(&mut self, text: &str) -> u32 {
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        let number = u32::try_from(self.texts.len()).expect("fewer than 2^32 different texts fit in memory");
        let text: Arc<str> = text.into();
        self.texts.push(Arc::clone(&text));
        self.numbers.insert(text, number);
        number
    }

    /// The same of no text.
    pub fn intern_some(&mut self, text: Option<&str>) -> u32 {
        text.map_or(NONE, |text| self.intern(text))
    }

    /// The text.
    pub fn get(&self, number: u32) -> Option<&str> {
        self.texts.get(number as usize).map(|text| &**text)
    }

    /// The text; empty for none.
    pub fn text(&self, number: u32) -> &str {
        self.get(number).unwrap_or("")
    }

    pub fn len(&self) -> usize {
        self.texts.len()
    }
}

/// Numbers of the store's dictionary → dense indices. The store counts from 1, so nearly all are found by place.
#[derive(Default)]
pub(crate) struct Numbers {
    near: Vec<u32>,
    far: HashMap<i64, u32, foldhash::fast::RandomState>,
    count: u32,
}

/// Numbers up to here are found by place: 64 MiB at most.
const NEAR: i64 = 1 << 24;

impl Numbers {
    /// The index of a number, if it has one.
    pub fn find(&self, number: i64) -> Option<u32> {
        if (0..NEAR).contains(&number) {
            return self.near.get(number as usize).copied().filter(|&index| index != NONE);
        }
        self.far.get(&number).copied()
    }

    /// The index of a number, the next free one if it is new.
    pub fn index(&mut self, number: i64) -> u32 {
        let next = self.count;
        let index = if (0..NEAR).contains(&number) {
            let place = number as usize;
            if place >= self.near.len() {
                self.near.resize(place + 1, NONE);
            }
            let index = &mut self.near[place];
            if *index == NONE {
                *index = next;
            }
            *index
        } else {
            *self.far.entry(number).or_insert(next)
        };
        self.count += u32::from(index == next);
        index
    }
}
