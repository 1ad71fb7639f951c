//! Which risks does a question hold, by what they are?

use crate::filter::contains;
use crate::key::Flavours;
use crate::query::RiskQuery;
use crate::risks::Entry;
use crate::state::State;
use plimsoll_model::Risk;

/// Filters that have counts beside the list: a bit each.
pub(crate) const KIND: u8 = 1;
pub(crate) const SEVERITY: u8 = 2;
pub(crate) const URGENCY: u8 = 4;
pub(crate) const KEV: u8 = 8;

impl RiskQuery {
    /// Flavours of occurrences that hold.
    pub(crate) fn flavours(&self) -> Flavours {
        self.of_class().and(self.of_fixable()).and(self.of_inherited())
    }

    pub(crate) fn of_class(&self) -> Flavours {
        let classes = self.classes.iter().map(|&class| Flavours::of_class(class));
        classes.reduce(Flavours::or).unwrap_or(Flavours::ALL)
    }

    pub(crate) fn of_fixable(&self) -> Flavours {
        match self.fixable {
            None => Flavours::ALL,
            Some(true) => Flavours::FIXABLE,
            Some(false) => Flavours::NOT_FIXABLE,
        }
    }

    pub(crate) fn of_inherited(&self) -> Flavours {
        match self.inherited {
            None => Flavours::ALL,
            Some(true) => Flavours::INHERITED,
            Some(false) => Flavours::OWN,
        }
    }

    /// Which of the counted filters do not hold a risk; `None` when another does not.
    pub(crate) fn failures(&self, risk: &Risk) -> Option<u8> {
        fn is<T: PartialEq>(wanted: &[T], one: &T) -> bool {
            wanted.is_empty() || wanted.contains(one)
        }
        let holds = self.epss_min.is_none_or(|min| risk.epss.is_some_and(|epss| f64::from(epss) >= min))
            && self.cvss_min.is_none_or(|min| risk.cvss.is_some_and(|cvss| cvss >= min))
            && self.first_seen_since.is_none_or(|since| risk.first_seen >= since)
            && (self.categories.is_empty()
                || risk.category.as_ref().is_some_and(|category| self.categories.contains(category)))
            && (self.ids.is_empty() || self.ids.iter().any(|id| *id == risk.id || risk.aliases.contains(id)));
        let failures = [
            (KIND, is(&self.kinds, &risk.kind)),
            (SEVERITY, is(&self.severities, &risk.severity)),
            (URGENCY, is(&self.urgencies, &risk.urgency)),
            (KEV, self.kev.is_none_or(|kev| kev == risk.kev_added.is_some())),
        ];
        let failures = failures.iter().filter(|(_, holds)| !holds).fold(0, |sum, (bit, _)| sum | bit);
        holds.then_some(failures)
    }

    /// Do the filters hold that need more than the risk itself?
    fn holds_entry(&self, entry: &Entry, risk: &Risk, named: impl Fn(u32) -> Named, state: &State) -> bool {
        let name = |one: &crate::risks::Match| named(state.components[one.other as usize].name);
        self.published_since.is_none_or(|since| entry.published.is_some_and(|published| published >= since))
            && (self.components.is_empty() || entry.matches.iter().any(|one| name(one).wanted))
            && self.q.as_ref().is_none_or(|q| {
                contains(&risk.id, q)
                    || contains(&risk.title, q)
                    || risk.aliases.iter().any(|alias| contains(alias, q))
                    || entry.matches.iter().any(|one| name(one).like_q)
            })
    }

    fn named(&self, name: &str) -> Named {
        Named {
            wanted: self.components.iter().any(|component| component == name),
            like_q: self.q.as_ref().is_some_and(|q| contains(name, q)),
        }
    }
}

/// How a component's name answers a question.
#[derive(Clone, Copy)]
struct Named {
    wanted: bool,
    like_q: bool,
}

impl State {
    /// Does a question hold a risk, by what it is?
    pub fn holds_risk(&self, query: &RiskQuery, risk: u32) -> bool {
        let entry = &self.risks[risk as usize];
        let Some(risk) = &entry.risk else { return false };
        let named = |name| query.named(self.component_names.text(name));
        query.failures(risk) == Some(0) && query.holds_entry(entry, risk, named, self)
    }

    /// For each risk, which of the counted filters do not hold it; `None` when another does not.
    pub fn failures(&self, query: &RiskQuery) -> Vec<Option<u8>> {
        let asks_for_names = query.q.is_some() || !query.components.is_empty();
        let names = if asks_for_names { self.component_names.len() } else { 0 };
        let named: Vec<Named> =
            (0..names as u32).map(|name| query.named(self.component_names.text(name))).collect();
        let failures = self.risks.iter().map(|entry| {
            let risk = entry.risk.as_ref()?;
            let failures = query.failures(risk)?;
            query.holds_entry(entry, risk, |name| named[name as usize], self).then_some(failures)
        });
        failures.collect()
    }
}
