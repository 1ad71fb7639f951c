//! Decisions over risks: which images each covers, and what all of them come to for a pair of risk and image.

use crate::bits::Bits;
use crate::filter::Ground;
use crate::images::Place;
use crate::key::{Flavours, Key};
use crate::query::{ImageQuery, RiskQuery, States};
use crate::risks::{Part, UNDECIDED};
use crate::runs::Runs;
use crate::state::State;
use crate::tally::Tally;
use plimsoll_model::{Action, Decision, ImageScope, RiskChoice, RiskState, Time, glob};
use std::collections::HashMap;
use std::ops::Range;

/// A decision, read.
pub(crate) struct Rule {
    pub decision: Decision,
    /// Which risks, when it says so by filters; `None` for none when it cannot be read.
    filter: Option<RiskQuery>,
    /// Which images, when it says so by filters.
    scope: Option<ImageQuery>,
    /// Occurrences it covers.
    pub flavours: Flavours,
    /// Images it covers.
    pub images: Runs,
}

/// What several decisions come to, for the images they cover.
struct Overlay {
    rules: Vec<u32>,
    /// Sorted, apart: ignored or whitelisted.
    segments: Vec<(u32, u32, RiskState)>,
}

/// All decisions, in the order they were made.
#[derive(Default)]
pub(crate) struct Decisions {
    pub rules: Vec<Rule>,
    by_id: HashMap<String, Vec<u32>>,
    /// Rules that choose risks by filters.
    by_filter: Vec<u32>,
    /// Overlay 0 is that of no decision.
    overlays: Vec<Overlay>,
    by_rules: HashMap<Vec<u32>, u32>,
    /// Must every rule's images be looked up?
    stale: bool,
}

impl Rule {
    pub fn read(decision: Decision) -> Rule {
        let mut filter = match &decision.risks {
            RiskChoice::Ids(_) => None,
            RiskChoice::Filter { filter } => RiskQuery::parse(filter).ok(),
        };
        let mut scope = decision.scope.filter.as_ref().and_then(|filter| ImageQuery::parse(filter).ok());
        // An image that is gone for a while keeps what was decided about it.
        for images in filter.iter_mut().map(|filter| &mut filter.images).chain(&mut scope) {
            images.gone = images.gone.filter(|&gone| gone);
        }
        let flavours = filter.as_ref().map_or(Flavours::ALL, RiskQuery::flavours);
        Rule { decision, filter, scope, flavours, images: Runs::default() }
    }

    /// Does it cover an image that has the risk so?
    pub fn covers(&self, key: Key) -> bool {
        let waits_no_more = self.decision.expires.when_fixable && key.flavours().meets(Flavours::FIXABLE);
        !key.is_fixed() && key.flavours().meets(self.flavours) && !waits_no_more
    }

    /// Does it depend on how risks stand?
    pub fn is_volatile(&self) -> bool {
        let asks = |query: &ImageQuery| query.asks_for_risks();
        self.scope.as_ref().is_some_and(asks)
            || self.filter.as_ref().is_some_and(|filter| asks(&filter.images))
    }
}

impl Decisions {
    pub fn set(&mut self, mut decisions: Vec<Decision>, now: Time) {
        decisions.retain(|decision| decision.expires.at.is_none_or(|at| at > now));
        decisions.sort_by(|one, two| (one.created_at, &one.id).cmp(&(two.created_at, &two.id)));
        self.rules = decisions.into_iter().map(Rule::read).collect();
        self.by_id.clear();
        self.by_filter.clear();
        for (number, rule) in self.rules.iter().enumerate() {
            match &rule.decision.risks {
                RiskChoice::Ids(ids) => {
                    for id in ids {
                        self.by_id.entry(id.clone()).or_default().push(number as u32);
                    }
                }
                RiskChoice::Filter { .. } => self.by_filter.push(number as u32),
            }
        }
        self.forget();
    }

    /// Every rule's images must be looked up.
    pub fn forget(&mut self) {
        self.stale = true;
    }
}

impl State {
    /// Looks up what decisions cover, for these risks and images, or for all.
    pub fn decide(&mut self, mut risks: Vec<u32>, changed: Vec<u32>) {
        let mut decisions = std::mem::take(&mut self.decisions);
        let volatile = decisions.rules.iter().any(Rule::is_volatile);
        if decisions.stale || volatile || changed.len() > 1_000 {
            let undecided = volatile.then(|| self.count(false));
            for number in 0..decisions.rules.len() {
                let rule = &decisions.rules[number];
                let same = decisions.rules[..number].iter().find(|other| other.covers_same_images(rule));
                let images =
                    same.map_or_else(|| self.covered(rule, undecided.as_ref()), |same| same.images.clone());
                decisions.rules[number].images = images;
            }
            decisions.overlays = vec![Overlay { rules: Vec::new(), segments: Vec::new() }];
            decisions.by_rules = HashMap::from([(Vec::new(), 0)]);
            decisions.stale = false;
            risks = (0..self.risks.len() as u32).collect();
        } else if !changed.is_empty() {
            self.follow(&mut decisions, &changed);
        }
        for risk in risks {
            let rules = self.rules_of(&decisions, risk);
            for part in &mut self.risks[risk as usize].parts {
                part.overlay = decisions.overlay(&rules, part.key);
            }
        }
        self.decisions = decisions;
    }

    /// Images changed: the rules that cover images by what they are follow.
    fn follow(&self, decisions: &mut Decisions, changed: &[u32]) {
        let mut touched = vec![false; decisions.rules.len()];
        for (rule, touched) in decisions.rules.iter_mut().zip(&mut touched) {
            if rule.images == Runs::everything() {
                continue;
            }
            for &slot in changed {
                let covered = self.images.live[slot as usize] && self.is_covered(rule, slot);
                if rule.images.contains(slot) != covered {
                    *touched = true;
                    if covered {
                        rule.images.insert(slot);
                    } else {
                        rule.images.remove(slot);
                    }
                }
            }
        }
        for overlay in &mut decisions.overlays {
            if overlay.rules.iter().any(|&rule| touched[rule as usize]) {
                overlay.segments = segments(&decisions.rules, &overlay.rules);
            }
        }
    }

    /// The images a rule covers. `undecided` is there when the rule asks how risks stand.
    pub fn covered(&self, rule: &Rule, undecided: Option<&Tally>) -> Runs {
        let ground = undecided.map_or(Ground::Decided, Ground::Undecided);
        let scope = &rule.decision.scope;
        let mut covered = if scope.all {
            Runs::everything()
        } else if is_of_ids_only(scope) {
            let mut slots: Vec<u32> = scope.images.iter().filter_map(|id| self.images.find(id)).collect();
            slots.sort_unstable();
            slots.dedup();
            slots.into_iter().collect()
        } else {
            let mut bits = rule
                .scope
                .as_ref()
                .map_or_else(|| Bits::none(self.images.bound()), |query| self.select(query, None, ground));
            let places: Vec<bool> =
                self.images.places.iter().map(|place| self.is_place_in(scope, place)).collect();
            for slot in self.visible(None, None).iter() {
                if places[self.images.place[slot as usize] as usize] || self.is_slot_in(scope, slot) {
                    bits.fill(slot..slot + 1);
                }
            }
            for slot in scope.images.iter().filter_map(|id| self.images.find(id)) {
                bits.fill(slot..slot + 1);
            }
            bits.to_runs()
        };
        if let Some(within) = &rule.decision.within {
            covered = covered.intersection(&self.visible(None, Some(within)).to_runs());
        }
        if let Some(filter) = &rule.filter
            && filter.images.limits()
        {
            covered = covered.intersection(&self.select(&filter.images, None, ground).to_runs());
        }
        covered
    }

    /// The same of one image, of a rule that does not ask how risks stand.
    fn is_covered(&self, rule: &Rule, slot: u32) -> bool {
        let scope = &rule.decision.scope;
        let holds = |query: &ImageQuery| self.holds_all(query, slot, Ground::Decided);
        (scope.all || self.is_in_parts(scope, slot) || rule.scope.as_ref().is_some_and(holds))
            && self.sees(slot, rule.decision.within.as_deref())
            && rule.filter.as_ref().is_none_or(|filter| !filter.images.limits() || holds(&filter.images))
    }

    /// Is an image in a scope by anything but its filter?
    fn is_in_parts(&self, scope: &ImageScope, slot: u32) -> bool {
        self.is_place_in(scope, &self.images.place_of(slot))
            || self.is_slot_in(scope, slot)
            || scope.images.iter().any(|one| **one == *self.images.rest[slot as usize].id)
    }

    /// Are all images of a place in a scope?
    fn is_place_in(&self, scope: &ImageScope, place: &Place) -> bool {
        let registry = self.names.get(place.registry);
        let repository = self.names.text(place.repository);
        place.registry_kind.is_some_and(|kind| scope.registry_kinds.contains(&kind))
            || registry.is_some_and(|registry| scope.registries.iter().any(|one| one == registry))
            || scope.repositories.iter().any(|pattern| !pattern.contains(':') && glob(pattern, repository))
    }

    /// Is an image in a scope by its source or tag?
    fn is_slot_in(&self, scope: &ImageScope, slot: u32) -> bool {
        let at = slot as usize;
        let is_named = |(repository, tag): (&str, &str)| {
            glob(tag, self.names.text(self.images.tag[at]))
                && glob(repository, self.names.text(self.images.place_of(slot).repository))
        };
        scope.sources.contains(&self.images.source[at])
            || scope.repositories.iter().filter_map(|pattern| pattern.split_once(':')).any(is_named)
    }

    /// The rules that choose a risk, in order.
    fn rules_of(&self, decisions: &Decisions, risk: u32) -> Vec<u32> {
        let Some(known) = &self.risks[risk as usize].risk else { return Vec::new() };
        let named = std::iter::once(&known.id).chain(&known.aliases);
        let by_id = named.filter_map(|id| decisions.by_id.get(id)).flatten().copied();
        let by_filter = decisions.by_filter.iter().copied().filter(|&number| {
            let filter = decisions.rules[number as usize].filter.as_ref();
            filter.is_some_and(|filter| self.holds_risk(filter, risk))
        });
        let mut rules: Vec<u32> = by_id.chain(by_filter).collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    }

    /// Does a rule choose a risk?
    pub fn chooses(&self, rule: &Rule, risk: u32) -> bool {
        let Some(known) = &self.risks[risk as usize].risk else { return false };
        match &rule.decision.risks {
            RiskChoice::Ids(ids) => ids.iter().any(|id| *id == known.id || known.aliases.contains(id)),
            RiskChoice::Filter { .. } => {
                rule.filter.as_ref().is_some_and(|filter| self.holds_risk(filter, risk))
            }
        }
    }

    /// What decisions say about images of a part.
    fn segments_over(&self, part: &Part) -> &[(u32, u32, RiskState)] {
        let overlay = self.decisions.overlays.get(part.overlay as usize);
        overlay.map_or(&[], |overlay| &overlay.segments)
    }

    /// Has nobody decided anything about a part?
    pub fn is_plain(&self, part: &Part) -> bool {
        self.segments_over(part).is_empty()
    }

    /// The images of a part in these states, as runs of one state.
    pub fn pieces(&self, part: &Part, states: States, mut each: impl FnMut(RiskState, Range<u32>)) {
        let plain = part.key.state();
        let segments = self.segments_over(part);
        if segments.is_empty() {
            if states.has(plain) {
                part.runs.iter().for_each(|run| each(plain, run));
            }
            return;
        }
        let mut give = |state: RiskState, run: Range<u32>| {
            if states.has(state) && !run.is_empty() {
                each(state, run);
            }
        };
        for run in part.runs.iter() {
            let mut start = run.start;
            let first = segments.partition_point(|segment| segment.1 <= run.start);
            for &(from, to, state) in segments[first..].iter().take_while(|segment| segment.0 < run.end) {
                give(plain, start..from.max(start));
                start = to.min(run.end);
                give(state, from.max(run.start)..start);
            }
            give(plain, start..run.end);
        }
    }

    /// How a risk stands in an image that has it so, and the decision behind it.
    pub fn standing(&self, risk: u32, key: Key, slot: u32) -> (RiskState, Option<&Decision>) {
        let mut standing: (RiskState, Option<&Decision>) = (key.state(), None);
        if self.decisions.rules.is_empty() {
            return standing;
        }
        for number in self.rules_of(&self.decisions, risk) {
            let rule = &self.decisions.rules[number as usize];
            if !rule.covers(key) || !rule.images.contains(slot) {
                continue;
            }
            match (rule.decision.action, standing.0) {
                (Action::Whitelist, _) => standing = (RiskState::Whitelisted, Some(&rule.decision)),
                (_, RiskState::Whitelisted) => {}
                (Action::Ignore, _) => standing = (RiskState::Ignored, Some(&rule.decision)),
                (Action::Unignore, _) => standing = (key.state(), None),
            }
        }
        standing
    }
}

impl Rule {
    fn covers_same_images(&self, other: &Rule) -> bool {
        let filters = [self, other].map(|rule| rule.filter.as_ref().map(|filter| &filter.images));
        self.decision.scope == other.decision.scope
            && self.decision.within == other.decision.within
            && filters[0] == filters[1]
    }
}

impl Decisions {
    /// The overlay of those of these rules that cover such occurrences.
    fn overlay(&mut self, rules: &[u32], key: Key) -> u32 {
        let covering: Vec<u32> =
            rules.iter().copied().filter(|&rule| self.rules[rule as usize].covers(key)).collect();
        if let Some(&known) = self.by_rules.get(&covering) {
            return known;
        }
        let number = self.overlays.len() as u32;
        debug_assert_ne!(number, UNDECIDED);
        let segments = segments(&self.rules, &covering);
        self.overlays.push(Overlay { rules: covering.clone(), segments });
        self.by_rules.insert(covering, number);
        number
    }
}

/// What rules come to: later ones win, and a whitelist over an ignore.
fn segments(rules: &[Rule], numbers: &[u32]) -> Vec<(u32, u32, RiskState)> {
    let (mut ignored, mut whitelisted) = (Runs::default(), Runs::default());
    for &number in numbers {
        let rule = &rules[number as usize];
        match rule.decision.action {
            Action::Ignore => ignored = ignored.union(&rule.images),
            Action::Unignore => ignored = ignored.difference(&rule.images),
            Action::Whitelist => whitelisted = whitelisted.union(&rule.images),
        }
    }
    ignored = ignored.difference(&whitelisted);
    let mut segments: Vec<(u32, u32, RiskState)> = ignored
        .iter()
        .map(|run| (run.start, run.end, RiskState::Ignored))
        .chain(whitelisted.iter().map(|run| (run.start, run.end, RiskState::Whitelisted)))
        .collect();
    segments.sort_unstable_by_key(|segment| segment.0);
    segments
}

fn is_of_ids_only(scope: &ImageScope) -> bool {
    scope.sources.is_empty()
        && scope.registry_kinds.is_empty()
        && scope.registries.is_empty()
        && scope.repositories.is_empty()
        && scope.filter.is_none()
}

impl ImageQuery {
    /// Does it hold fewer images than all?
    fn limits(&self) -> bool {
        !self.filters.is_empty() || self.risk.is_some() || self.gone.is_some()
    }
}

impl Key {
    /// How it stands when nobody decided anything.
    pub fn state(self) -> RiskState {
        match (self.is_fixed(), self.is_reopened()) {
            (true, _) => RiskState::Fixed,
            (false, true) => RiskState::Reopened,
            (false, false) => RiskState::Open,
        }
    }
}
