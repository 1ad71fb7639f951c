//! Everything the fleet knows, and how it follows changes.
//!
//! Until the first question, images are only put in the table. Then they are numbered so that those alike stand side by
//! side, and each risk's images are gathered. After that a change touches what it must; what is cheaper done in one go
//! is marked, and done before the next question.

use crate::cells::Cells;
use crate::contents::{Bundles, Role};
use crate::decisions::Decisions;
use crate::images::Images;
use crate::key::{Flavours, Key};
use crate::memory::Memory;
use crate::names::{Names, Numbers};
use crate::risk_list::Ranks;
use crate::risks::{Component, Entry, Match, gather};
use crate::tally::Tally;
use plimsoll_model::{ComponentFacts, ImageFacts, Risk, Time};
use std::collections::HashMap;
use std::sync::OnceLock;

/// Risks of one image, and how it has each.
pub(crate) type Pairs = HashMap<u32, Key, foldhash::fast::RandomState>;

#[derive(Default)]
pub(crate) struct State {
    pub names: Names,
    pub images: Images,
    pub bundles: Bundles,
    pub components: Vec<Component>,
    /// Names of components, each once.
    pub component_names: Names,
    pub component_numbers: Numbers,
    pub risks: Vec<Entry>,
    risk_numbers: Numbers,
    risk_ids: HashMap<String, u32>,
    aliases: HashMap<String, Vec<u32>>,
    pub decisions: Decisions,
    /// Are images numbered in order, and risks gathered?
    arranged: bool,
    /// Images put since they were numbered.
    strays: usize,
    /// Risks whose parts must be made anew; their `dirty` says so too.
    dirty: Vec<u32>,
    /// Risks with parts no decision was looked up for.
    undecided: Vec<u32>,
    /// Images that came or changed since decisions were looked up.
    changed: Vec<u32>,
    /// Has anything changed since the last question?
    unsettled: bool,
    pub tally: OnceLock<Tally>,
    pub cells: OnceLock<Cells>,
    pub ranks: OnceLock<Ranks>,
    /// Places of `images.places` when sorted by name; made anew when there are more.
    pub place_ranks: OnceLock<Vec<u32>>,
    pub memory: Memory,
}

impl State {
    pub fn put_risk(&mut self, number: i64, risk: Risk) {
        self.unsettled = true;
        let index = self.risk_index(number);
        let entry = &mut self.risks[index as usize];
        if let Some(old) = &entry.risk {
            self.risk_ids.remove(&old.id);
            for alias in &old.aliases {
                if let Some(risks) = self.aliases.get_mut(alias) {
                    risks.retain(|&one| one != index);
                }
            }
        }
        self.risk_ids.insert(risk.id.clone(), index);
        for alias in &risk.aliases {
            let risks = self.aliases.entry(alias.clone()).or_default();
            if !risks.contains(&index) {
                risks.push(index);
            }
        }
        let severity = entry.severity();
        let same = entry.risk.as_ref().is_some_and(|old| old.id == risk.id && old.title == risk.title);
        if !same {
            self.ranks = OnceLock::new();
        }
        entry.published = risk
            .published
            .as_deref()
            .and_then(|text| Time::parse(text).or_else(|| Time::parse(&format!("{text}T00:00:00Z"))));
        entry.risk = Some(Box::new(risk));
        if entry.severity() != severity {
            self.soil(index);
        } else {
            self.undecided.push(index);
        }
    }

    pub fn put_component(&mut self, facts: ComponentFacts) {
        self.unsettled = true;
        let index = self.component_index(facts.number);
        let mut matches: Vec<Match> = facts
            .matches
            .iter()
            .map(|one| Match {
                other: self.risk_index(one.risk),
                severity: one.severity,
                fixable: one.fixable,
            })
            .collect();
        matches.sort_unstable_by_key(|one| (one.other, one.severity, one.fixable));
        matches.dedup();
        let component = &mut self.components[index as usize];
        let same_class = component.class == Some(facts.class);
        component.class = Some(facts.class);
        component.name = self.component_names.intern(&facts.name);
        let old = std::mem::replace(&mut component.matches, matches.clone());
        let mut changed: Vec<u32> = [(&old, &matches), (&matches, &old)]
            .into_iter()
            .flat_map(|(some, others)| {
                some.iter().filter(|one| {
                    !same_class || others.binary_search_by_key(&one.place(), Match::place).is_err()
                })
            })
            .map(|one| one.other)
            .collect();
        changed.sort_unstable();
        changed.dedup();
        for risk in changed {
            let entry = &mut self.risks[risk as usize];
            entry.matches.retain(|of| of.other != index);
            let now = matches.iter().filter(|one| one.other == risk);
            entry.matches.extend(now.map(|one| Match { other: index, ..*one }));
            self.soil(risk);
        }
        self.components[index as usize].matches.shrink_to_fit();
    }

    pub fn put_image(&mut self, facts: &ImageFacts) {
        self.unsettled = true;
        let (before, old) = match self.images.find(&facts.image.id) {
            Some(slot) => (self.pairs_if_arranged(slot), Some(self.images.rest[slot as usize].bundles)),
            None => (Pairs::default(), None),
        };
        let slot = self.images.put(&facts.image, &mut self.names);
        let bundles = self.lists(facts).map(|(role, members)| self.acquire(role, members));
        self.images.rest[slot as usize].bundles = bundles;
        if self.arranged {
            old.into_iter().flatten().for_each(|number| self.bundles.mark(number, slot, false));
            bundles.iter().for_each(|&number| self.bundles.mark(number, slot, true));
        }
        old.into_iter().flatten().for_each(|number| self.release(number));
        self.replace(slot, before);
        self.changed.push(slot);
        self.strays += usize::from(old.is_none());
    }

    pub fn remove_image(&mut self, id: &str) {
        let Some(slot) = self.images.find(id) else { return };
        self.unsettled = true;
        let before = self.pairs_if_arranged(slot);
        let bundles = self.images.rest[slot as usize].bundles;
        if self.arranged {
            bundles.iter().for_each(|&number| self.bundles.mark(number, slot, false));
            for (risk, key) in before {
                self.risks[risk as usize].leave(key, slot);
            }
        }
        bundles.into_iter().for_each(|number| self.release(number));
        self.images.remove(slot);
    }

    /// An image's pairs were `before`: makes them what its lists say now.
    fn replace(&mut self, slot: u32, mut before: Pairs) {
        if !self.arranged {
            return;
        }
        for (risk, key) in self.pairs(slot) {
            let old = before.remove(&risk);
            let entry = &mut self.risks[risk as usize];
            if old == Some(key) || entry.dirty {
                continue;
            }
            if let Some(old) = old {
                entry.leave(old, slot);
            }
            let (runs, is_new) = entry.part(key);
            runs.insert(slot);
            if is_new {
                self.undecided.push(risk);
            }
        }
        for (risk, key) in before {
            self.risks[risk as usize].leave(key, slot);
        }
    }

    fn pairs_if_arranged(&self, slot: u32) -> Pairs {
        if self.arranged { self.pairs(slot) } else { Pairs::default() }
    }

    /// An image's risks and how it has each, from its lists.
    pub fn pairs(&self, slot: u32) -> Pairs {
        let mut pairs = Pairs::default();
        let mut add = |risk: u32, key: Key| {
            let known = pairs.entry(risk).or_default();
            *known = known.or(key);
        };
        for number in self.images.rest[slot as usize].bundles {
            let bundle = self.bundles.get(number);
            for &member in &*bundle.members {
                if !bundle.role.is_of_components() {
                    add(member, self.risks[member as usize].direct(bundle.role));
                    continue;
                }
                let component = &self.components[member as usize];
                for one in &component.matches {
                    let inherited = bundle.role == Role::InheritedComponents;
                    let flavour = Flavours::one(component.class, one.fixable, inherited);
                    add(one.other, Key::occurrence(flavour, one.severity));
                }
            }
        }
        let settled = pairs.into_iter().filter_map(|(risk, key)| {
            let had = || self.risks[risk as usize].had(&self.components);
            Some((risk, key.settled(had)?))
        });
        settled.collect()
    }

    /// An image's lists, in dense numbers.
    fn lists(&mut self, facts: &ImageFacts) -> [(Role, Vec<u32>); 6] {
        fn dense(numbers: &[i64], mut index: impl FnMut(i64) -> u32) -> Vec<u32> {
            let mut dense: Vec<u32> = numbers.iter().map(|&number| index(number)).collect();
            dense.sort_unstable();
            dense.dedup();
            dense
        }
        fn without(mut all: Vec<u32>, some: &[u32]) -> Vec<u32> {
            all.retain(|one| some.binary_search(one).is_err());
            all
        }
        let inherited = dense(&facts.inherited_components, |number| self.component_index(number));
        let components = dense(&facts.components, |number| self.component_index(number));
        let inherited_risks = dense(&facts.inherited_risks, |number| self.risk_index(number));
        let risks = dense(&facts.risks, |number| self.risk_index(number));
        [
            (Role::Components, without(components, &inherited)),
            (Role::InheritedComponents, inherited),
            (Role::Risks, without(risks, &inherited_risks)),
            (Role::InheritedRisks, inherited_risks),
            (Role::Fixed, dense(&facts.fixed, |number| self.risk_index(number))),
            (Role::Reopened, dense(&facts.reopened, |number| self.risk_index(number))),
        ]
    }

    fn acquire(&mut self, role: Role, members: Vec<u32>) -> u32 {
        let change = self.bundles.acquire(role, members);
        for &member in change.members.iter().flat_map(|members| members.iter()) {
            self.holders(role, member).push(change.number);
        }
        change.number
    }

    fn release(&mut self, number: u32) {
        let role = self.bundles.get(number).role;
        let change = self.bundles.release(number);
        for &member in change.members.iter().flat_map(|members| members.iter()) {
            self.holders(role, member).retain(|&one| one != number);
        }
    }

    /// The lists that hold a component or risk.
    fn holders(&mut self, role: Role, member: u32) -> &mut Vec<u32> {
        if role.is_of_components() {
            &mut self.components[member as usize].bundles
        } else {
            &mut self.risks[member as usize].bundles
        }
    }

    fn risk_index(&mut self, number: i64) -> u32 {
        let index = self.risk_numbers.index(number);
        if index as usize == self.risks.len() {
            self.risks.push(Entry::default());
        }
        index
    }

    fn component_index(&mut self, number: i64) -> u32 {
        let index = self.component_numbers.index(number);
        if index as usize == self.components.len() {
            self.components.push(Component::default());
        }
        index
    }

    /// A risk's parts must be made anew.
    fn soil(&mut self, risk: u32) {
        let entry = &mut self.risks[risk as usize];
        if self.arranged && !entry.dirty {
            entry.dirty = true;
            self.dirty.push(risk);
        }
    }

    /// The risk of this id, else one that has it among its other names.
    pub fn find_risk(&self, id: &str) -> Option<u32> {
        let by_alias = || self.aliases.get(id).and_then(|risks| risks.first());
        self.risk_ids.get(id).or_else(by_alias).copied()
    }

    /// Is everything done that changes left to do?
    pub fn is_settled(&self) -> bool {
        !self.unsettled && self.arranged
    }

    /// Does what changes left to do.
    pub fn settle(&mut self) {
        // Numbering anew costs seconds for a million images; a third more images pay for it.
        if !self.arranged || self.strays > 1_000 + self.images.len() / 4 {
            self.images.arrange();
            self.bundles.arrange(self.images.rest.iter().map(|rest| &rest.bundles));
            self.risks.iter_mut().for_each(|risk| risk.dirty = true);
            self.dirty = (0..self.risks.len() as u32).collect();
            self.arranged = true;
            self.strays = 0;
            self.changed.clear();
            self.decisions.forget();
        }
        if !self.dirty.is_empty() {
            let dirty = self.risks.iter_mut().filter(|risk| risk.dirty).collect();
            gather(dirty, &self.components, &self.bundles, self.images.bound());
            self.undecided.append(&mut self.dirty);
        }
        self.tally = OnceLock::new();
        self.cells = OnceLock::new();
        if self.place_ranks.get().is_some_and(|ranks| ranks.len() != self.images.places.len()) {
            self.place_ranks = OnceLock::new();
        }
        self.memory = Memory::default();
        let (mut undecided, changed) =
            (std::mem::take(&mut self.undecided), std::mem::take(&mut self.changed));
        undecided.sort_unstable();
        undecided.dedup();
        self.decide(undecided, changed);
        self.unsettled = false;
    }

    /// Decisions changed.
    pub fn unsettle(&mut self) {
        self.unsettled = true;
    }

    /// Images, risks, components, and pairs of risk and image that are there.
    pub fn sizes(&self) -> [u64; 4] {
        let risks = self.risks.iter().filter(|entry| entry.risk.is_some());
        let parts = risks.clone().flat_map(|entry| &entry.parts).filter(|part| !part.key.is_fixed());
        let pairs = parts.map(|part| part.runs.len()).sum();
        [self.images.len() as u64, risks.count() as u64, self.components.len() as u64, pairs]
    }

    /// `registry/team/app:1.4`, as people read it.
    pub fn image_name(&self, slot: u32) -> String {
        let [registry, repository, tag] = self.images.name_parts(slot, &self.names);
        let mut name = String::with_capacity(registry.len() + repository.len() + tag.len() + 2);
        if !registry.is_empty() {
            name += registry;
            name.push('/');
        }
        name += repository;
        name.push(if self.names.get(self.images.tag[slot as usize]).is_some() { ':' } else { '@' });
        name += tag;
        name
    }
}

impl Match {
    fn place(&self) -> (u32, plimsoll_model::Severity, bool) {
        (self.other, self.severity, self.fixable)
    }
}
