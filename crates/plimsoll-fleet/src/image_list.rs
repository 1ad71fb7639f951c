//! The image list: which images, in which order, how many of what.

use crate::Sees;
use crate::bits::Bits;
use crate::cells::top;
use crate::filter::Ground;
use crate::query::{ImageFilter, ImageQuery, ImageSort, SOURCES, STATUSES, cursor, status_word};
use crate::risk_list::yes_or_no;
use crate::row::{Facets, ImagePage, ImageRow, RiskLevel, Standing};
use crate::state::State;
use crate::tally::{counts_for_level, level_of};
use plimsoll_model::{Counters, RiskKind, RiskState, Severity};
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::mem::discriminant;

/// The images a question holds, and the counts beside them.
pub(crate) struct Selected {
    images: Bits,
    facets: Facets,
}

impl State {
    pub fn image_page(&self, query: &ImageQuery, sees: Sees<'_>) -> ImagePage {
        let selected = self.memory.images.get(query.without_page(), sees, |query| {
            let images = self.select(query, sees, Ground::Decided);
            let facets = self.image_facets(query, sees, &images);
            Selected { images, facets }
        });
        let (images, facets) = (&selected.images, selected.facets.clone());
        let total = images.len();
        let end = query.offset + query.limit;
        let page = self.sort_images(query, images, Some(end));
        let risk = query.risk.as_deref().and_then(|risk| self.find_risk(risk));
        let rows = page.into_iter().skip(query.offset).map(|slot| self.image_row(slot, risk));
        ImagePage { items: rows.collect(), total, next: ((end as u64) < total).then(|| cursor(end)), facets }
    }

    pub fn all_image_ids(&self, query: &ImageQuery, sees: Sees<'_>) -> Vec<String> {
        let images = self.select(query, sees, Ground::Decided);
        let sorted = self.sort_images(query, &images, None);
        sorted.into_iter().map(|slot| self.images.rest[slot as usize].id.as_ref().to_owned()).collect()
    }

    pub fn one_image(&self, id: &str, sees: Sees<'_>) -> Option<ImageRow> {
        let slot = self.images.find(id).filter(|&slot| self.sees(slot, sees))?;
        Some(self.image_row(slot, None))
    }

    /// Images in the order asked for; the first `end` of them.
    fn sort_images(&self, query: &ImageQuery, images: &Bits, end: Option<usize>) -> Vec<u32> {
        let ranks = self.place_ranks.get_or_init(|| self.rank_places());
        let needs_tally = matches!(query.sort, ImageSort::Level | ImageSort::Risks);
        let tally = needs_tally.then(|| self.tally(Ground::Decided));
        let key = |slot: u32| {
            let rest = &self.images.rest[slot as usize];
            let time = |time: Option<plimsoll_model::Time>| time.map_or(i64::MIN, |time| time.0);
            match query.sort {
                ImageSort::Name => 0,
                ImageSort::Created => time(rest.created),
                ImageSort::Updated => rest.updated_at.0,
                ImageSort::Scanned => time(rest.scanned_at),
                ImageSort::Size => i64::try_from(rest.size).unwrap_or(i64::MAX),
                ImageSort::Level => tally.map_or(0, |tally| tally.level(slot) as i64),
                ImageSort::Risks => tally.map_or(0, |tally| tally.open(slot).into()),
                ImageSort::Status => self.images.status[slot as usize] as i64,
            }
        };
        let descends = query.descending;
        let mut order: Vec<(i64, u32, u32)> = images
            .iter()
            .map(|slot| {
                let key = if descends { !key(slot) } else { key(slot) };
                (key, ranks[self.images.place[slot as usize] as usize], slot)
            })
            .collect();
        let by_name = query.sort == ImageSort::Name && descends;
        let compare = |one: &(i64, u32, u32), two: &(i64, u32, u32)| {
            let named = || {
                let tags = [one.2, two.2].map(|slot| self.images.name_parts(slot, &self.names)[2]);
                let ids = [one.2, two.2].map(|slot| &*self.images.rest[slot as usize].id);
                one.1.cmp(&two.1).then_with(|| tags[0].cmp(tags[1])).then_with(|| ids[0].cmp(ids[1]))
            };
            one.0.cmp(&two.0).then_with(|| if by_name { named().reverse() } else { named() })
        };
        if let Some(end) = end.filter(|&end| end < order.len()) {
            order.select_nth_unstable_by(end, compare);
            order.truncate(end);
        }
        order.sort_unstable_by(compare);
        order.into_iter().map(|(_, _, slot)| slot).collect()
    }

    /// Places of `images.places` when sorted by registry and repository; the same for the same names.
    fn rank_places(&self) -> Vec<u32> {
        let places = &self.images.places;
        let name = |place: u32| {
            let place = places[place as usize];
            (self.names.text(place.registry_name), self.names.text(place.repository))
        };
        let mut order: Vec<u32> = (0..places.len() as u32).collect();
        order.sort_unstable_by(|&one, &two| name(one).cmp(&name(two)));
        let mut ranks = vec![0; order.len()];
        let mut rank = 0;
        for (index, &place) in order.iter().enumerate() {
            if index > 0 && name(order[index - 1]).cmp(&name(place)) != Ordering::Equal {
                rank = index as u32;
            }
            ranks[place as usize] = rank;
        }
        ranks
    }

    /// An image's line; in the list of one risk with how that stands.
    pub fn image_row(&self, slot: u32, risk: Option<u32>) -> ImageRow {
        let image = self.images.get(slot, &self.names);
        let mut counters = Counters::new();
        let mut worst: Option<Severity> = None;
        let mut from: Vec<RiskKind> = Vec::new();
        let mut standing = None;
        for (number, key) in self.pairs(slot) {
            let Some(known) = &self.risks[number as usize].risk else { continue };
            let (state, decision) = self.standing(number, key, slot);
            if risk == Some(number) {
                standing = Some((state, decision.map(|decision| decision.id.clone())));
            }
            if !matches!(state, RiskState::Open | RiskState::Reopened) {
                continue;
            }
            let severity = key.severity();
            let of_kind = counters.entry(known.kind.as_str().to_owned()).or_default();
            *of_kind.entry(severity.as_str().to_owned()).or_default() += 1;
            if counts_for_level(known.kind) {
                let level = worst.map(level_of);
                if level.is_none_or(|level| level_of(severity) > level) {
                    worst = Some(severity);
                    from.clear();
                }
                if worst.map(level_of) == Some(level_of(severity)) && !from.contains(&known.kind) {
                    from.push(known.kind);
                }
            }
        }
        from.sort_unstable();
        let risk_level = match (image.scanned_at, worst) {
            (None, _) => RiskLevel::Unknown,
            (Some(_), None) => RiskLevel::Safe,
            (Some(_), Some(severity)) => level_of(severity),
        };
        if risk_level == RiskLevel::Unknown {
            from.clear();
        }
        let (state, decision) = standing.map_or((None, None), |(state, decision)| (Some(state), decision));
        ImageRow {
            name: self.image_name(slot),
            organization: image.organization().to_owned(),
            image,
            risk_level,
            risk_level_from: from.into_iter().map(|kind| kind.as_str().to_owned()).collect(),
            counters,
            state,
            decision,
        }
    }

    /// How each risk of an image stands.
    pub fn all_standings(&self, image: &str) -> HashMap<String, Standing> {
        let Some(slot) = self.images.find(image) else { return HashMap::new() };
        let pairs = self.pairs(slot).into_iter();
        pairs
            .filter_map(|(number, key)| {
                let risk = self.risks[number as usize].risk.as_ref()?;
                let (state, decision) = self.standing(number, key, slot);
                let decision = decision.map(|decision| decision.id.clone());
                Some((risk.id.clone(), Standing { state, decision }))
            })
            .collect()
    }

    /// Counts beside the image list, each without its own filter.
    fn image_facets(&self, query: &ImageQuery, sees: Sees<'_>, images: &Bits) -> Facets {
        let samples = [
            ("status", ImageFilter::Status(Vec::new())),
            ("level", ImageFilter::Level(Vec::new())),
            ("severity", ImageFilter::Severity(Vec::new())),
            ("source", ImageFilter::Source(Vec::new())),
            ("registry", ImageFilter::Registry(Vec::new())),
            ("os", ImageFilter::Os(Vec::new())),
            ("base", ImageFilter::Base(Vec::new())),
            ("platform", ImageFilter::Platform(Vec::new())),
            ("latest", ImageFilter::Latest(true)),
            ("organization", ImageFilter::Organization(Vec::new())),
        ];
        let facets = samples.iter().map(|(name, sample)| {
            let is_own = |filter: &ImageFilter| discriminant(filter) == discriminant(sample);
            let counts = if query.filters.iter().any(is_own) {
                let mut wider = query.clone();
                wider.filters.retain(|filter| !is_own(filter));
                self.image_counts(sample, &self.select(&wider, sees, Ground::Decided))
            } else {
                self.image_counts(sample, images)
            };
            ((*name).to_owned(), counts)
        });
        facets.collect()
    }

    /// How many of these images have each value of what a filter asks for.
    fn image_counts(&self, filter: &ImageFilter, bits: &Bits) -> BTreeMap<String, u64> {
        let images = &self.images;
        let by_name = |number: &dyn Fn(u32) -> u32| {
            let mut counts = vec![0u64; self.names.len()];
            for slot in bits.iter() {
                if let Some(count) = counts.get_mut(number(slot) as usize) {
                    *count += 1;
                }
            }
            let named = counts.into_iter().enumerate().filter(|&(_, count)| count > 0);
            top(named.map(|(number, count)| (self.names.text(number as u32).to_owned(), count)))
        };
        fn by_word<T: Copy + PartialEq>(
            bits: &Bits,
            all: &[T],
            word: impl Fn(T) -> &'static str,
            value: impl Fn(usize) -> T,
        ) -> BTreeMap<String, u64> {
            let mut counts = vec![0u64; all.len()];
            for slot in bits.iter() {
                let value = value(slot as usize);
                if let Some(index) = all.iter().position(|&one| one == value) {
                    counts[index] += 1;
                }
            }
            top(all.iter().zip(counts).map(|(&one, count)| (word(one).to_owned(), count)))
        }
        let place = |slot: u32| images.places[images.place[slot as usize] as usize];
        match filter {
            ImageFilter::Status(_) => by_word(bits, STATUSES, status_word, |at| images.status[at]),
            ImageFilter::Source(_) => {
                by_word(bits, SOURCES, |source| source.as_str(), |at| images.source[at])
            }
            ImageFilter::Latest(_) => by_word(bits, &[true, false], yes_or_no, |at| images.latest[at]),
            ImageFilter::Level(_) => {
                let tally = self.tally(Ground::Decided);
                by_word(bits, &RiskLevel::ALL, RiskLevel::as_str, |at| tally.level(at as u32))
            }
            ImageFilter::Severity(_) => {
                let tally = self.tally(Ground::Decided);
                let counts = Severity::ALL.iter().map(|&severity| {
                    let mut of = tally.any(|_, one| one == severity);
                    of.and(bits);
                    (severity.as_str().to_owned(), of.len())
                });
                top(counts)
            }
            ImageFilter::Registry(_) => by_name(&|slot| place(slot).registry),
            ImageFilter::Organization(_) => by_name(&|slot| place(slot).organization),
            ImageFilter::Os(_) => by_name(&|slot| images.os[slot as usize]),
            ImageFilter::Base(_) => by_name(&|slot| images.base[slot as usize]),
            ImageFilter::Platform(_) => by_name(&|slot| images.platform[slot as usize]),
            _ => BTreeMap::new(),
        }
    }
}
