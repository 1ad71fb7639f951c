//! The risk list: which risks, in which order, how many of what.

use crate::Sees;
use crate::bits::Bits;
use crate::cells::{Cells, Counts, Field, Wanted, state_words};
use crate::filter::Ground;
use crate::key::Flavours;
use crate::query::{
    ImageFilter, ImageQuery, ImageSort, RiskQuery, RiskSort, States, class_word, cursor, urgency_word,
};
use crate::risk_filter::{KEV, KIND, SEVERITY, URGENCY};
use crate::risks::{Part, threads};
use crate::row::{Facets, RiskPage};
use crate::state::State;
use plimsoll_model::{Risk, RiskClass};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// A set of images, and in which states each part of each risk is in them.
pub(crate) struct Hits {
    pub images: Bits,
    /// Of each part, risk after risk.
    states: Vec<States>,
    /// Where each risk's parts begin in `states`.
    starts: Vec<u32>,
}

/// The risks a question holds, and the counts beside them.
pub(crate) struct Found {
    hits: Arc<Hits>,
    risks: Vec<u32>,
    facets: Facets,
    /// Images of each of `risks`, when they were asked for.
    images: OnceLock<Vec<u32>>,
}

impl State {
    pub fn risk_page(&self, query: &RiskQuery, sees: Sees<'_>) -> RiskPage {
        let found = self.memory.found.get(query.without_page(), sees, |query| self.find(query, sees));
        let mut order = self.sort_keys(query, &found);
        let end = (query.offset + query.limit).min(order.len());
        let start = query.offset.min(end);
        if end < order.len() {
            order.select_nth_unstable(end);
            order.truncate(end);
        }
        if start > 0 && start < order.len() {
            order.select_nth_unstable(start);
        }
        let page = &mut order[start..];
        page.sort_unstable();
        let wanted = Wanted { flavours: query.flavours(), states: query.states };
        let rows = page.iter().filter_map(|&(_, _, risk)| self.risk_row(risk, &found.hits.images, wanted));
        RiskPage {
            items: rows.collect(),
            total: found.risks.len() as u64,
            next: (end < found.risks.len()).then(|| cursor(end)),
            facets: found.facets.clone(),
        }
    }

    /// What to sort risks by: a number, then the place of their id, then the risk.
    fn sort_keys(&self, query: &RiskQuery, found: &Found) -> Vec<(i64, u32, u32)> {
        let ranks = self.ranks.get_or_init(|| Ranks::of(self));
        let counts: &[u32] = if query.sort == RiskSort::Images {
            let wanted = Wanted { flavours: query.flavours(), states: query.states };
            found.images.get_or_init(|| self.count_images(&found.risks, &found.hits.images, wanted))
        } else {
            &[]
        };
        let keys = found.risks.iter().enumerate().filter_map(|(index, &risk)| {
            let entry = &self.risks[risk as usize];
            let known = entry.risk.as_ref()?;
            let key = match query.sort {
                RiskSort::Id => i64::from(ranks.ids[risk as usize]),
                RiskSort::Title => i64::from(ranks.titles[risk as usize]),
                RiskSort::Severity => known.severity as i64,
                RiskSort::Urgency => known.urgency as i64,
                RiskSort::Cvss => known.cvss.map_or(-1, |cvss| (cvss * 1e6) as i64),
                RiskSort::Epss => known.epss.map_or(-1, |epss| (f64::from(epss) * 1e12) as i64),
                RiskSort::Images => counts.get(index).copied().unwrap_or(0).into(),
                RiskSort::FirstSeen => known.first_seen.0,
                RiskSort::Published => entry.published.map_or(i64::MIN, |time| time.0),
            };
            let key = if query.descending { !key } else { key };
            Some((key, ranks.ids[risk as usize], risk))
        });
        keys.collect()
    }

    /// How many of these images have each risk so.
    fn count_images(&self, risks: &[u32], images: &Bits, wanted: Wanted) -> Vec<u32> {
        let mut counts = vec![0; risks.len()];
        let size = risks.len().div_ceil(threads()).max(2_048);
        std::thread::scope(|scope| {
            for (risks, counts) in risks.chunks(size).zip(counts.chunks_mut(size)) {
                scope.spawn(move || {
                    for (&risk, count) in risks.iter().zip(counts) {
                        let parts = self.risks[risk as usize].parts.iter();
                        for part in parts.filter(|part| part.key.flavours().meets(wanted.flavours)) {
                            self.pieces(part, wanted.states, |_, run| *count += images.count(&run));
                        }
                    }
                });
            }
        });
        counts
    }

    /// In which states a part's risk is in a set of images.
    fn states_in(&self, part: &Part, images: &Bits) -> States {
        if self.is_plain(part) {
            let is_there = part.runs.iter().any(|run| images.any(&run));
            return if is_there { States::of(part.key.state()) } else { States::NONE };
        }
        let mut states = States::NONE;
        self.pieces(part, States::PRESENT, |state, run| {
            if !states.has(state) && images.any(&run) {
                states = states.or(States::of(state));
            }
        });
        states
    }

    /// A set of images, and in which states each part of each risk is in them.
    pub fn hits(&self, query: &ImageQuery, sees: Sees<'_>) -> Arc<Hits> {
        self.memory.hits.get(query.without_page(), sees, |query| {
            let images = self.select(query, sees, Ground::Decided);
            let mut starts = Vec::with_capacity(self.risks.len() + 1);
            let mut parts = 0;
            for entry in &self.risks {
                starts.push(parts);
                parts += entry.parts.len() as u32;
            }
            let mut states = vec![States::NONE; parts as usize];
            let size = self.risks.len().div_ceil(threads()).max(2_048);
            std::thread::scope(|scope| {
                let mut rest = states.as_mut_slice();
                for risks in self.risks.chunks(size) {
                    let (some, others) = rest.split_at_mut(risks.iter().map(|risk| risk.parts.len()).sum());
                    rest = others;
                    let images = &images;
                    scope.spawn(move || {
                        for (part, states) in risks.iter().flat_map(|risk| &risk.parts).zip(some) {
                            *states = self.states_in(part, images);
                        }
                    });
                }
            });
            Hits { images, states, starts }
        })
    }

    /// The risks a question holds, and the counts beside them.
    fn find(&self, query: &RiskQuery, sees: Sees<'_>) -> Found {
        let hits = self.hits(&query.images, sees);
        let mut tables = Tables::default();
        let mut risks = Vec::new();
        let failing = self.failures(query);
        for (index, &failures) in failing.iter().enumerate() {
            let (Some(failures), Some(risk)) = (failures, &self.risks[index].risk) else { continue };
            if failures.count_ones() > 1 {
                continue;
            }
            let seen = self.risks[index].parts.iter().zip(hits.of(index));
            let seen = Seen(seen.map(|(part, &states)| (part.key.flavours(), states)));
            let is_there = seen.clone().has(query.flavours(), query.states);
            if is_there {
                tables.count_risk(risk, failures);
            }
            if failures == 0 {
                tables.count_occurrences(query, seen);
                if is_there {
                    risks.push(index as u32);
                }
            }
        }
        let mut facets = tables.facets();
        let wanted = Wanted { flavours: query.flavours(), states: query.states };
        let cells = self.cells.get_or_init(|| Cells::of(self));
        let (limited, free): (Vec<Field>, Vec<Field>) =
            Field::ALL.into_iter().partition(|&field| query.images.limits_field(field));
        let counts = self.count_values(&query.images, sees, &risks, wanted);
        for field in free {
            facets.insert(field.name().to_owned(), cells.facet(&counts, field));
        }
        for field in limited {
            let wider = query.images.without_field(field);
            let hits = self.hits(&wider, sees);
            let candidates: Vec<u32> = failing
                .iter()
                .enumerate()
                .filter(|&(index, &failures)| {
                    let states = hits.of(index).iter().fold(States::NONE, |sum, &one| sum.or(one));
                    failures == Some(0) && !states.and(query.states).is_empty()
                })
                .map(|(index, _)| index as u32)
                .collect();
            let counts = self.count_values(&wider, sees, &candidates, wanted);
            facets.insert(field.name().to_owned(), cells.facet(&counts, field));
        }
        Found { hits, risks, facets, images: OnceLock::new() }
    }
}

impl State {
    /// How many of these risks are found under each value, in the images of a question. When they are many, what every
    /// risk is found under is kept: the next question may ask for others of the same images.
    fn count_values(&self, query: &ImageQuery, sees: Sees<'_>, risks: &[u32], wanted: Wanted) -> Counts {
        let hits = self.hits(query, sees);
        let cells = self.cells.get_or_init(|| Cells::of(self));
        let question = (query.without_page(), wanted);
        if risks.len() < self.risks.len() / 8 && !self.memory.values.has(&question, sees) {
            return cells.count(cells.values(self, risks, &hits.images, wanted).iter());
        }
        let all = self.memory.values.get(question, sees, |_| {
            let all: Vec<u32> = (0..self.risks.len() as u32).collect();
            cells.values(self, &all, &hits.images, wanted)
        });
        cells.count(risks.iter().map(|&risk| &all[risk as usize]))
    }
}

impl Hits {
    /// Of each part of a risk.
    pub fn of(&self, risk: usize) -> &[States] {
        let start = self.starts.get(risk).map_or(self.states.len(), |&start| start as usize);
        let end = self.starts.get(risk + 1).map_or(self.states.len(), |&end| end as usize);
        &self.states[start..end]
    }
}

/// In which flavours and states a risk is in a set of images.
#[derive(Clone)]
struct Seen<I>(I);

impl<I: Iterator<Item = (Flavours, States)>> Seen<I> {
    fn has(mut self, flavours: Flavours, states: States) -> bool {
        self.0.any(|(of, in_states)| of.meets(flavours) && !in_states.and(states).is_empty())
    }
}

/// Counts being made.
#[derive(Default)]
struct Tables(BTreeMap<&'static str, BTreeMap<&'static str, u64>>);

impl Tables {
    fn add(&mut self, filter: &'static str, value: &'static str) {
        *self.0.entry(filter).or_default().entry(value).or_default() += 1;
    }

    /// Counts a risk under what it is, in each filter but those others do not hold.
    fn count_risk(&mut self, risk: &Risk, failures: u8) {
        for (bit, filter, value) in [
            (KIND, "kind", risk.kind.as_str()),
            (SEVERITY, "severity", risk.severity.as_str()),
            (URGENCY, "urgency", urgency_word(risk.urgency)),
            (KEV, "kev", yes_or_no(risk.kev_added.is_some())),
        ] {
            if failures & !bit == 0 {
                self.add(filter, value);
            }
        }
    }

    /// Counts a risk under how images have it, each filter without itself.
    fn count_occurrences(
        &mut self,
        query: &RiskQuery,
        seen: Seen<impl Iterator<Item = (Flavours, States)> + Clone>,
    ) {
        let (class, fixable, inherited) = (query.of_class(), query.of_fixable(), query.of_inherited());
        for one in [RiskClass::System, RiskClass::Application] {
            let flavours = Flavours::of_class(one).and(fixable).and(inherited);
            if seen.clone().has(flavours, query.states) {
                self.add("class", class_word(one));
            }
        }
        for (one, of) in [(true, Flavours::FIXABLE), (false, Flavours::NOT_FIXABLE)] {
            if seen.clone().has(of.and(class).and(inherited), query.states) {
                self.add("fixable", yes_or_no(one));
            }
        }
        for (one, of) in [(true, Flavours::INHERITED), (false, Flavours::OWN)] {
            if seen.clone().has(of.and(class).and(fixable), query.states) {
                self.add("inherited", yes_or_no(one));
            }
        }
        for (state, word) in state_words() {
            if seen.clone().has(query.flavours(), state) {
                self.add("state", word);
            }
        }
    }

    fn facets(self) -> Facets {
        let names = ["kind", "class", "severity", "urgency", "state", "fixable", "kev", "inherited"];
        let mut facets: Facets = names.iter().map(|&name| (name.to_owned(), BTreeMap::new())).collect();
        for (name, counts) in self.0 {
            let counts = counts.into_iter().map(|(value, count)| (value.to_owned(), count));
            facets.insert(name.to_owned(), counts.collect());
        }
        facets
    }
}

pub(crate) fn yes_or_no(yes: bool) -> &'static str {
    if yes { "true" } else { "false" }
}

/// Places of risks when sorted by their texts.
pub(crate) struct Ranks {
    pub ids: Vec<u32>,
    titles: Vec<u32>,
}

impl Ranks {
    fn of(state: &State) -> Ranks {
        fn ranks<'a>(state: &'a State, text: impl Fn(&'a Risk) -> &'a str) -> Vec<u32> {
            let text = |risk: u32| state.risks[risk as usize].risk.as_deref().map_or("", &text);
            let mut order: Vec<u32> = (0..state.risks.len() as u32).collect();
            order.sort_unstable_by_key(|&risk| text(risk));
            let mut ranks = vec![0; order.len()];
            let mut rank = 0;
            for (place, &risk) in order.iter().enumerate() {
                if place > 0 && text(risk) != text(order[place - 1]) {
                    rank = place as u32;
                }
                ranks[risk as usize] = rank;
            }
            ranks
        }
        Ranks { ids: ranks(state, |risk| &risk.id), titles: ranks(state, |risk| &risk.title) }
    }
}

impl RiskQuery {
    /// The same with its order and page left out.
    fn without_page(&self) -> RiskQuery {
        let images = self.images.without_page();
        RiskQuery { sort: RiskSort::Severity, descending: true, limit: 0, offset: 0, images, ..self.clone() }
    }
}

impl ImageQuery {
    /// The same with its order and page left out.
    pub(crate) fn without_page(&self) -> ImageQuery {
        ImageQuery { sort: ImageSort::Level, descending: true, limit: 0, offset: 0, ..self.clone() }
    }

    fn limits_field(&self, field: Field) -> bool {
        self.filters.iter().any(|filter| filter.field() == Some(field))
    }

    fn without_field(&self, field: Field) -> ImageQuery {
        let mut query = self.clone();
        query.filters.retain(|filter| filter.field() != Some(field));
        query
    }
}

impl ImageFilter {
    fn field(&self) -> Option<Field> {
        match self {
            ImageFilter::Source(_) => Some(Field::Source),
            ImageFilter::Registry(_) => Some(Field::Registry),
            ImageFilter::Os(_) => Some(Field::Os),
            ImageFilter::Base(_) => Some(Field::Base),
            _ => None,
        }
    }
}
