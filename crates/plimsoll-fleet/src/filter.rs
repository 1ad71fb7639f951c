//! Which images does a question hold?

use crate::Sees;
use crate::bits::Bits;
use crate::images::Place;
use crate::query::{ImageFilter, ImageQuery};
use crate::state::State;
use crate::tally::Tally;
use plimsoll_model::{RepositoryPattern, RiskKind, Severity, glob};

/// How risks stand, where a filter asks for it.
#[derive(Clone, Copy)]
pub(crate) enum Ground<'a> {
    /// With decisions.
    Decided,
    /// As if nobody had decided anything: what the filters of decisions ask, lest they go in circles.
    Undecided(&'a Tally),
}

/// Is `part`, in lower case, in `text`, in any ASCII case?
pub(crate) fn contains(text: &str, part: &str) -> bool {
    let (text, part) = (text.as_bytes(), part.as_bytes());
    let Some(first) = part.first() else { return true };
    text.len() >= part.len()
        && (0..=text.len() - part.len()).any(|start| {
            text[start].eq_ignore_ascii_case(first)
                && text[start..start + part.len()].eq_ignore_ascii_case(part)
        })
}

impl State {
    /// The images a question holds that the asker may see, with counts.
    pub fn select(&self, query: &ImageQuery, sees: Sees<'_>, ground: Ground<'_>) -> Bits {
        let mut bits = self.visible(query.gone, sees);
        for filter in &query.filters {
            self.narrow(&mut bits, filter, ground);
        }
        if let Some(risk) = &query.risk {
            bits.and(&self.images_of(risk, query, ground));
        }
        bits.ranked()
    }

    /// The images the asker may see.
    pub fn visible(&self, gone: Option<bool>, sees: Sees<'_>) -> Bits {
        let images = &self.images;
        let mut bits = Bits::of(images.bound(), |slot| {
            images.live[slot as usize] && gone.is_none_or(|gone| images.gone[slot as usize] == gone)
        });
        if let Some(patterns) = sees {
            self.narrow_places(&mut bits, |place| self.is_seen(place, patterns));
        }
        bits
    }

    fn is_seen(&self, place: &Place, patterns: &[RepositoryPattern]) -> bool {
        let (registry, repository) = (self.names.get(place.registry), self.names.text(place.repository));
        patterns.iter().any(|pattern| pattern.holds(registry, repository))
    }

    /// May someone who sees these repositories see this image?
    pub fn sees(&self, slot: u32, sees: Sees<'_>) -> bool {
        sees.is_none_or(|patterns| self.is_seen(&self.images.place_of(slot), patterns))
    }

    /// The images that have a risk, in the states asked for.
    fn images_of(&self, risk: &str, query: &ImageQuery, ground: Ground<'_>) -> Bits {
        let mut bits = Bits::none(self.images.bound());
        let Some(number) = self.find_risk(risk) else { return bits };
        for part in &self.risks[number as usize].parts {
            match ground {
                Ground::Decided => self.pieces(part, query.states, |_, run| bits.fill(run)),
                Ground::Undecided(_) if part.key.is_fixed() => {}
                Ground::Undecided(_) => part.runs.iter().for_each(|run| bits.fill(run)),
            }
        }
        bits
    }

    /// Keeps the images a filter holds.
    pub fn narrow(&self, bits: &mut Bits, filter: &ImageFilter, ground: Ground<'_>) {
        let images = &self.images;
        match filter {
            ImageFilter::Registry(_)
            | ImageFilter::RegistryKind(_)
            | ImageFilter::Repository(_)
            | ImageFilter::Organization(_) => {
                self.narrow_places(bits, |place| self.holds_place(filter, place));
            }
            ImageFilter::Tag(_) => self.narrow_texts(bits, &images.tag, filter),
            ImageFilter::Os(_) => self.narrow_texts(bits, &images.os, filter),
            ImageFilter::Base(_) => self.narrow_texts(bits, &images.base, filter),
            ImageFilter::Platform(_) => self.narrow_texts(bits, &images.platform, filter),
            ImageFilter::Pipeline(_) => self.narrow_texts(bits, &images.pipeline, filter),
            ImageFilter::Kind(kinds) => {
                let tally = self.tally(ground);
                let any = tally.any(|kind, _| kinds.contains(&kind));
                bits.and(&any);
            }
            ImageFilter::Severity(severities) => {
                let tally = self.tally(ground);
                let any = tally.any(|_, severity| severities.contains(&severity));
                bits.and(&any);
            }
            ImageFilter::Level(levels) => {
                let tally = self.tally(ground);
                bits.retain(|slot| levels.contains(&tally.level(slot)));
            }
            ImageFilter::Id(ids) => {
                let slots: Vec<u32> = ids.iter().filter_map(|id| images.find(id)).collect();
                bits.retain(|slot| slots.contains(&slot));
            }
            ImageFilter::Q(q) => {
                let mut places = vec![None; images.places.len()];
                let mut tags = vec![None; self.names.len() + 1];
                let is_of_one_part = !q.contains(['/', ':', '@']);
                bits.retain(|slot| {
                    if !is_of_one_part {
                        return self.holds_q(q, slot);
                    }
                    let place = images.place[slot as usize] as usize;
                    let in_place =
                        *places[place].get_or_insert_with(|| self.holds_q_place(q, &images.places[place]));
                    let tag = images.tag[slot as usize];
                    let tag_index = (tag as usize).min(self.names.len());
                    let in_tag = *tags[tag_index].get_or_insert_with(|| contains(self.names.text(tag), q));
                    in_place || in_tag || self.holds_q_digest(q, slot)
                });
            }
            _ => bits.retain(|slot| self.holds(filter, slot, ground)),
        }
    }

    fn narrow_places(&self, bits: &mut Bits, holds: impl Fn(&Place) -> bool) {
        let table: Vec<bool> = self.images.places.iter().map(holds).collect();
        bits.retain(|slot| table[self.images.place[slot as usize] as usize]);
    }

    fn narrow_texts(&self, bits: &mut Bits, column: &[u32], filter: &ImageFilter) {
        let mut known = vec![None; self.names.len()];
        bits.retain(|slot| {
            let number = column[slot as usize] as usize;
            match known.get_mut(number) {
                Some(known) => {
                    *known.get_or_insert_with(|| State::holds_text(filter, self.names.text(number as u32)))
                }
                None => false,
            }
        });
    }

    fn holds_place(&self, filter: &ImageFilter, place: &Place) -> bool {
        let is = |number: u32, texts: &[String]| {
            self.names.get(number).is_some_and(|text| texts.iter().any(|one| one == text))
        };
        match filter {
            ImageFilter::Registry(ids) => is(place.registry, ids),
            ImageFilter::Organization(names) => is(place.organization, names),
            ImageFilter::RegistryKind(kinds) => place.registry_kind.is_some_and(|kind| kinds.contains(&kind)),
            ImageFilter::Repository(patterns) => {
                let repository = self.names.text(place.repository);
                patterns.iter().any(|pattern| glob(pattern, repository))
            }
            _ => false,
        }
    }

    fn holds_text(filter: &ImageFilter, text: &str) -> bool {
        match filter {
            ImageFilter::Tag(patterns) => patterns.iter().any(|pattern| glob(pattern, text)),
            ImageFilter::Os(texts)
            | ImageFilter::Base(texts)
            | ImageFilter::Platform(texts)
            | ImageFilter::Pipeline(texts) => texts.iter().any(|one| one == text),
            _ => false,
        }
    }

    fn holds_q_place(&self, q: &str, place: &Place) -> bool {
        contains(self.names.text(place.registry_name), q) || contains(self.names.text(place.repository), q)
    }

    fn holds_q_digest(&self, q: &str, slot: u32) -> bool {
        let could_be = q.bytes().all(|byte| byte.is_ascii_hexdigit() || b"sha:512".contains(&byte));
        could_be && contains(&self.images.rest[slot as usize].digest, q)
    }

    fn holds_q(&self, q: &str, slot: u32) -> bool {
        let place = self.images.place_of(slot);
        self.holds_q_place(q, &place)
            || contains(self.names.text(self.images.tag[slot as usize]), q)
            || self.holds_q_digest(q, slot)
            || contains(&self.image_name(slot), q)
    }

    /// Does a filter hold an image?
    pub fn holds(&self, filter: &ImageFilter, slot: u32, ground: Ground<'_>) -> bool {
        let (images, at) = (&self.images, slot as usize);
        let text =
            |column: &[u32]| self.names.get(column[at]).is_some_and(|text| State::holds_text(filter, text));
        match filter {
            ImageFilter::Source(sources) => sources.contains(&images.source[at]),
            ImageFilter::Registry(_)
            | ImageFilter::RegistryKind(_)
            | ImageFilter::Repository(_)
            | ImageFilter::Organization(_) => self.holds_place(filter, &images.place_of(slot)),
            ImageFilter::Tag(_) => text(&images.tag),
            ImageFilter::Os(_) => text(&images.os),
            ImageFilter::Base(_) => text(&images.base),
            ImageFilter::Platform(_) => text(&images.platform),
            ImageFilter::Pipeline(_) => text(&images.pipeline),
            ImageFilter::Digest(digests) => {
                let rest = &images.rest[at];
                digests.iter().any(|digest| **digest == *rest.digest)
            }
            ImageFilter::Status(statuses) => statuses.contains(&images.status[at]),
            ImageFilter::Latest(latest) => images.latest[at] == *latest,
            ImageFilter::UpdatedSince(time) => images.rest[at].updated_at >= *time,
            ImageFilter::ScannedSince(time) => {
                images.rest[at].scanned_at.is_some_and(|scanned| scanned >= *time)
            }
            ImageFilter::SizeMin(size) => images.rest[at].size >= *size,
            ImageFilter::SizeMax(size) => images.rest[at].size <= *size,
            ImageFilter::Q(q) => self.holds_q(q, slot),
            ImageFilter::Id(ids) => ids.iter().any(|id| **id == *images.rest[at].id),
            ImageFilter::Level(levels) => levels.contains(&self.tally(ground).level(slot)),
            ImageFilter::Kind(kinds) => {
                let tally = self.tally(ground);
                kinds
                    .iter()
                    .any(|&kind| Severity::ALL.iter().any(|&severity| tally.has(kind, severity, slot)))
            }
            ImageFilter::Severity(severities) => {
                let tally = self.tally(ground);
                severities
                    .iter()
                    .any(|&severity| RiskKind::ALL.iter().any(|&kind| tally.has(kind, severity, slot)))
            }
        }
    }

    /// Does a question, but for how risks stand, hold an image?
    pub fn holds_all(&self, query: &ImageQuery, slot: u32, ground: Ground<'_>) -> bool {
        query.gone.is_none_or(|gone| self.images.gone[slot as usize] == gone)
            && query.filters.iter().all(|filter| self.holds(filter, slot, ground))
    }
}
