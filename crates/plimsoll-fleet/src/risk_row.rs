//! One line of the risk list.

use crate::Sees;
use crate::bits::Bits;
use crate::cells::Wanted;
use crate::contents::Role;
use crate::key::Flavours;
use crate::query::States;
use crate::row::{Fixable, RiskRow, StateCounts};
use crate::state::State;
use plimsoll_model::{RiskClass, RiskState};

/// Images whose names a line shows.
const NAMES: usize = 3;
/// Components whose names a line shows.
const COMPONENTS: usize = 5;
/// Images that are asked for the names of their components.
const ASKED: usize = 16;

impl State {
    /// One risk, if the asker may see an image that has or had it.
    pub fn one_risk(&self, id: &str, sees: Sees<'_>) -> Option<RiskRow> {
        let risk = self.find_risk(id)?;
        let seen = self.visible(None, sees).ranked();
        let parts = &self.risks[risk as usize].parts;
        parts.iter().any(|part| part.runs.iter().any(|run| seen.any(&run))).then_some(())?;
        let images = self.visible(Some(false), sees).ranked();
        self.risk_row(risk, &images, Wanted { flavours: Flavours::ALL, states: States::PRESENT })
    }

    /// How many images the asker may see have each of these components.
    pub fn images_with(&self, components: &[i64], sees: Sees<'_>) -> Vec<u64> {
        let seen = self.visible(Some(false), sees).ranked();
        let count = |number: i64| {
            let component = self.components.get(self.component_numbers.find(number)? as usize)?;
            // An image has a component in one of its lists alone.
            let lists = component.bundles.iter().map(|&list| self.bundles.get(list));
            let runs = lists.flat_map(|list| list.images.iter());
            Some(runs.map(|run| u64::from(seen.count(&run))).sum())
        };
        components.iter().map(|&number| count(number).unwrap_or(0)).collect()
    }

    /// A risk's line, among these images and such occurrences.
    pub fn risk_row(&self, risk: u32, images: &Bits, wanted: Wanted) -> Option<RiskRow> {
        let entry = &self.risks[risk as usize];
        let mut row = RiskRow {
            risk: entry.risk.as_deref()?.clone(),
            classes: Vec::new(),
            fixable: Fixable::No,
            images: 0,
            inherited: 0,
            states: StateCounts::default(),
            image_names: Vec::new(),
            components: Vec::new(),
        };
        let mut flavours = Flavours(0);
        let (mut first, mut asked) = (Vec::new(), Vec::new());
        for part in &entry.parts {
            let of = part.key.flavours().and(wanted.flavours);
            if of.0 == 0 {
                continue;
            }
            let mut count = 0;
            let mut some: Vec<u32> = Vec::new();
            self.pieces(part, States::ALL, |state, run| {
                let hit = u64::from(images.count(&run));
                row.states.add(state, hit);
                if wanted.states.has(state) && hit > 0 {
                    count += hit;
                    if some.len() < NAMES.max(ASKED / 4) {
                        some.extend(images.members(run).take(ASKED / 4 - some.len()));
                    }
                }
            });
            if count == 0 {
                continue;
            }
            flavours = flavours.or(of);
            row.images += count;
            if !of.meets(Flavours::OWN) {
                row.inherited += count;
            }
            first.extend(some.iter().take(NAMES).copied());
            asked.extend(some.iter().take(ASKED / 4).copied());
        }
        let of_class = |&class: &RiskClass| flavours.meets(Flavours::of_class(class));
        row.classes = [RiskClass::System, RiskClass::Application].into_iter().filter(of_class).collect();
        row.fixable = match (flavours.meets(Flavours::FIXABLE), flavours.meets(Flavours::NOT_FIXABLE)) {
            (true, false) => Fixable::Yes,
            (true, true) => Fixable::Partly,
            (false, _) => Fixable::No,
        };
        first.sort_unstable();
        first.truncate(NAMES);
        row.image_names = first.into_iter().map(|slot| self.image_name(slot)).collect();
        row.components = self.component_names_of(risk, wanted.flavours, &asked);
        Some(row)
    }

    /// Names of components these images have the risk through, sorted.
    fn component_names_of(&self, risk: u32, flavours: Flavours, images: &[u32]) -> Vec<String> {
        let mut names: Vec<u32> = Vec::new();
        for &slot in images.iter().take(ASKED) {
            if names.len() >= COMPONENTS {
                break;
            }
            for &number in &self.images.rest[slot as usize].bundles[..2] {
                let bundle = self.bundles.get(number);
                let inherited = bundle.role == Role::InheritedComponents;
                for one in &self.risks[risk as usize].matches {
                    let component = &self.components[one.other as usize];
                    let flavour = Flavours::one(component.class, one.fixable, inherited);
                    if flavour.meets(flavours)
                        && !names.contains(&component.name)
                        && bundle.members.binary_search(&one.other).is_ok()
                    {
                        names.push(component.name);
                    }
                }
            }
        }
        names.truncate(COMPONENTS);
        let mut names: Vec<String> =
            names.into_iter().map(|name| self.component_names.text(name).to_owned()).collect();
        names.sort_unstable();
        names
    }
}

impl StateCounts {
    pub(crate) fn add(&mut self, state: RiskState, count: u64) {
        match state {
            RiskState::Open => self.open += count,
            RiskState::Reopened => self.reopened += count,
            RiskState::Ignored => self.ignored += count,
            RiskState::Whitelisted => self.whitelisted += count,
            RiskState::Fixed => self.fixed += count,
        }
    }
}
