//! The numbers of the overview page.

use crate::Sees;
use crate::bits::Bits;
use crate::filter::Ground;
use crate::key::Flavours;
use crate::query::{ImageQuery, States, status_word};
use crate::row::Overview;
use crate::state::State;
use std::collections::HashMap;

/// Base images that are shown.
const BASES: usize = 10;

impl State {
    pub fn overview_of(&self, sees: Sees<'_>) -> Overview {
        let hits = self.hits(&ImageQuery::default(), sees);
        let images = &hits.images;
        let tally = self.tally(Ground::Decided);
        let mut overview = Overview { images: images.len(), ..Overview::default() };
        for slot in images.iter() {
            let at = slot as usize;
            for (counts, word) in [
                (&mut overview.images_by_status, status_word(self.images.status[at])),
                (&mut overview.images_by_level, tally.level(slot).as_str()),
                (&mut overview.images_by_source, self.images.source[at].as_str()),
            ] {
                match counts.get_mut(word) {
                    Some(count) => *count += 1,
                    None => {
                        counts.insert(word.to_owned(), 1);
                    }
                }
            }
        }
        let mut inheriting = Bits::none(self.images.bound());
        for (index, entry) in self.risks.iter().enumerate() {
            let Some(risk) = &entry.risk else { continue };
            let (mut pairs, mut fixable) = (0, false);
            for (part, states) in entry.parts.iter().zip(hits.of(index)) {
                if states.and(States::UNHANDLED).is_empty() {
                    continue;
                }
                let inherits = part.key.flavours().meets(Flavours::INHERITED);
                self.pieces(part, States::UNHANDLED, |_, run| {
                    let count = images.count(&run);
                    pairs += u64::from(count);
                    fixable |= count > 0 && part.key.flavours().meets(Flavours::FIXABLE);
                    if inherits {
                        inheriting.fill(run);
                    }
                });
            }
            if pairs == 0 {
                continue;
            }
            overview.pairs += pairs;
            overview.fixable += u64::from(fixable);
            overview.exploited += u64::from(risk.kev_added.is_some());
            let of_kind = overview.risks.entry(risk.kind.as_str().to_owned()).or_default();
            *of_kind.entry(risk.severity.as_str().to_owned()).or_default() += 1;
        }
        inheriting.and(images);
        let mut bases: HashMap<u32, u64> = HashMap::new();
        for slot in inheriting.iter() {
            *bases.entry(self.images.base[slot as usize]).or_default() += 1;
        }
        let named =
            bases.into_iter().filter_map(|(base, count)| Some((self.names.get(base)?.to_owned(), count)));
        overview.top_bases = named.collect();
        overview.top_bases.sort_unstable_by(|one, two| two.1.cmp(&one.1).then_with(|| one.0.cmp(&two.0)));
        overview.top_bases.truncate(BASES);
        overview
    }
}
