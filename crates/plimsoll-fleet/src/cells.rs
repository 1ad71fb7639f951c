//! Stretches of images that have the same source, registry, distribution and base image: how the counts beside the risk
//! list are found without asking every image.

use crate::bits::Bits;
use crate::key::Flavours;
use crate::names::NONE;
use crate::query::{STATES, States};
use crate::risks::threads;
use crate::state::State;
use plimsoll_model::ImageSource;
use std::collections::{BTreeMap, HashMap};

/// What is counted, in the order of a cell's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Source,
    Registry,
    Os,
    Base,
}

impl Field {
    pub const ALL: [Field; 4] = [Field::Source, Field::Registry, Field::Os, Field::Base];

    pub fn name(self) -> &'static str {
        match self {
            Field::Source => "source",
            Field::Registry => "registry",
            Field::Os => "os",
            Field::Base => "base",
        }
    }
}

/// All images, cut where a value changes.
#[derive(Default)]
pub(crate) struct Cells {
    /// Number of the stretch an image is in.
    of_image: Vec<u32>,
    /// End and cell of each stretch.
    stretches: Vec<(u32, u32)>,
    /// Values of each cell, by field.
    values: Vec<[u32; 4]>,
    /// What each value is called, by field.
    words: [Vec<String>; 4],
}

impl Cells {
    pub fn of(state: &State) -> Cells {
        let mut cells = Cells::default();
        let mut known_values: [HashMap<u32, u32>; 4] = Default::default();
        let mut known_cells: HashMap<[u32; 4], u32> = HashMap::new();
        let mut last = None;
        for slot in 0..state.images.bound() as u32 {
            let raw = if state.images.live[slot as usize] {
                let place = state.images.place_of(slot);
                let at = slot as usize;
                [state.images.source[at] as u32, place.registry, state.images.os[at], state.images.base[at]]
            } else {
                [NONE; 4]
            };
            if last != Some(raw) {
                let mut values = [NONE; 4];
                for (index, &one) in raw.iter().enumerate().filter(|&(_, &one)| one != NONE) {
                    let words = &mut cells.words[index];
                    values[index] = *known_values[index].entry(one).or_insert_with(|| {
                        words.push(if index == 0 {
                            source_word(one)
                        } else {
                            state.names.text(one).to_owned()
                        });
                        (words.len() - 1) as u32
                    });
                }
                let next = cells.values.len() as u32;
                let cell = *known_cells.entry(raw).or_insert(next);
                if cell == next {
                    cells.values.push(values);
                }
                cells.stretches.push((slot, cell));
                last = Some(raw);
            }
            if let Some(stretch) = cells.stretches.last_mut() {
                stretch.0 = slot + 1;
            }
            cells.of_image.push((cells.stretches.len() - 1) as u32);
        }
        cells
    }

    /// What each of these risks is found under, in these images: of such occurrences, in such states.
    pub fn values(&self, state: &State, risks: &[u32], images: &Bits, wanted: Wanted) -> Vec<Values> {
        let mut values = vec![Values::default(); risks.len()];
        let size = risks.len().div_ceil(threads()).max(2_048);
        std::thread::scope(|scope| {
            for (risks, values) in risks.chunks(size).zip(values.chunks_mut(size)) {
                scope.spawn(move || self.some_values(state, risks, values, images, wanted));
            }
        });
        values
    }

    fn some_values(
        &self,
        state: &State,
        risks: &[u32],
        values: &mut [Values],
        images: &Bits,
        wanted: Wanted,
    ) {
        let mut seen = vec![u32::MAX; self.values.len()];
        let mut seen_values = self.words.each_ref().map(|words| vec![u32::MAX; words.len()]);
        let (mut cells, mut found) = (Vec::new(), Vec::new());
        for (&risk, values) in risks.iter().zip(values) {
            cells.clear();
            found.clear();
            let parts = state.risks[risk as usize].parts.iter();
            for part in parts.filter(|part| part.key.flavours().meets(wanted.flavours)) {
                // Cells are seen up to here: a popular risk has many runs in one stretch.
                let mut seen_until = 0;
                state.pieces(part, wanted.states, |_, run| {
                    let mut start = run.start.max(seen_until);
                    if start >= run.end {
                        return;
                    }
                    let mut stretch = self.of_image[start as usize] as usize;
                    while start < run.end {
                        let (end, cell) = self.stretches[stretch];
                        let piece = start..end.min(run.end);
                        if seen[cell as usize] != risk && images.any(&piece) {
                            seen[cell as usize] = risk;
                            cells.push(cell);
                        }
                        if seen[cell as usize] == risk {
                            seen_until = end;
                        }
                        start = end;
                        stretch += 1;
                    }
                });
            }
            for &cell in &cells {
                for (field, &value) in self.values[cell as usize].iter().enumerate() {
                    if let Some(seen) = seen_values[field].get_mut(value as usize)
                        && *seen != risk
                    {
                        *seen = risk;
                        found.push((field as u32) << 30 | value);
                    }
                }
            }
            *values = found.as_slice().into();
        }
    }

    /// How many of these are found under each value.
    pub fn count<'a>(&self, values: impl Iterator<Item = &'a Values>) -> Counts {
        let mut counts = Counts(self.words.each_ref().map(|words| vec![0; words.len()]));
        for &value in values.flat_map(|values| values.iter()) {
            counts.0[(value >> 30) as usize][(value & (u32::MAX >> 2)) as usize] += 1;
        }
        counts
    }

    /// Counts with their words, of the field; at most the 50 greatest.
    pub fn facet(&self, counts: &Counts, field: Field) -> BTreeMap<String, u64> {
        let words = &self.words[field as usize];
        top(words.iter().cloned().zip(counts.0[field as usize].iter().copied()))
    }
}

/// What a risk is found under: a field in the upper two bits, the number of a value below.
pub(crate) type Values = Box<[u32]>;

/// Occurrences that are counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Wanted {
    pub flavours: Flavours,
    pub states: States,
}

/// For each field and value, how many risks.
pub(crate) struct Counts([Vec<u64>; 4]);

/// Values of a facet that are shown.
const SHOWN: usize = 50;

/// The greatest counts, by word where they are equal; none that is zero.
pub(crate) fn top(counts: impl Iterator<Item = (String, u64)>) -> BTreeMap<String, u64> {
    let mut counts: Vec<(String, u64)> = counts.filter(|(_, count)| *count > 0).collect();
    counts.sort_unstable_by(|one, two| two.1.cmp(&one.1).then_with(|| one.0.cmp(&two.0)));
    counts.truncate(SHOWN);
    counts.into_iter().collect()
}

fn source_word(number: u32) -> String {
    const SOURCES: [ImageSource; 3] = [ImageSource::Registry, ImageSource::Local, ImageSource::Cicd];
    SOURCES.iter().find(|&&source| source as u32 == number).map_or("", |source| source.as_str()).to_owned()
}

/// Words of the states.
pub(crate) fn state_words() -> impl Iterator<Item = (States, &'static str)> {
    STATES.iter().map(|&state| (States::of(state), state.as_str()))
}
