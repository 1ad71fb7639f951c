//! The fleet without any cleverness: loops over everything, once for each question.

use plimsoll_fleet::RiskLevel;
use plimsoll_model::{
    Action, ComponentFacts, Decision, ImageFacts, RepositoryPattern, Risk, RiskChoice, RiskClass, RiskKind,
    RiskState, Severity, Time,
};
use std::collections::{BTreeMap, BTreeSet};

pub type Fields = BTreeMap<String, String>;

#[derive(Clone, Default)]
pub struct Naive {
    pub risks: BTreeMap<i64, Risk>,
    pub components: BTreeMap<i64, ComponentFacts>,
    pub images: BTreeMap<String, ImageFacts>,
    pub decisions: Vec<Decision>,
}

/// One way an image has a risk.
#[derive(Clone, Copy, Debug)]
pub struct Occurrence {
    pub class: Option<RiskClass>,
    pub severity: Severity,
    pub fixable: bool,
    pub inherited: bool,
}

fn is(fields: &Fields, name: &str, value: &str) -> bool {
    fields.get(name).is_none_or(|wanted| wanted.split(',').any(|one| one == value))
}

fn text(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).expect("a value").as_str().expect("a word").to_owned()
}

pub fn glob(pattern: &str, value: &str) -> bool {
    RepositoryPattern { registry: None, repository: pattern.to_owned() }.holds(None, value)
}

impl Naive {
    pub fn occurrences(&self, image: &ImageFacts, risk: i64) -> Vec<Occurrence> {
        let severity = self.risks.get(&risk).map_or(Severity::Unknown, |risk| risk.severity);
        let mut occurrences = Vec::new();
        for number in &image.components {
            let Some(component) = self.components.get(number) else { continue };
            for one in component.matches.iter().filter(|one| one.risk == risk) {
                occurrences.push(Occurrence {
                    class: Some(component.class),
                    severity: one.severity,
                    fixable: one.fixable,
                    inherited: image.inherited_components.contains(number),
                });
            }
        }
        if image.risks.contains(&risk) {
            let inherited = image.inherited_risks.contains(&risk);
            occurrences.push(Occurrence { class: None, severity, fixable: false, inherited });
        }
        occurrences
    }

    /// What a risk that is gone may have been.
    fn had(&self, risk: i64) -> Vec<Occurrence> {
        let mut had: Vec<Occurrence> = Vec::new();
        for component in self.components.values() {
            for one in component.matches.iter().filter(|one| one.risk == risk) {
                let class = Some(component.class);
                had.push(Occurrence {
                    class,
                    severity: one.severity,
                    fixable: one.fixable,
                    inherited: false,
                });
            }
        }
        if had.is_empty() {
            had.push(Occurrence {
                class: None,
                severity: Severity::Unknown,
                fixable: false,
                inherited: false,
            });
        }
        had
    }

    /// How a risk stands in an image, and the decision behind it; `None` where it neither is nor was.
    pub fn standing(&self, image: &ImageFacts, risk: i64) -> Option<(RiskState, Option<String>)> {
        let occurrences = self.occurrences(image, risk);
        if occurrences.is_empty() {
            return image.fixed.contains(&risk).then_some((RiskState::Fixed, None));
        }
        let plain = if image.reopened.contains(&risk) { RiskState::Reopened } else { RiskState::Open };
        let mut ignored = None;
        let mut whitelisted = None;
        let mut decisions: Vec<&Decision> = self.decisions.iter().collect();
        decisions.sort_by_key(|decision| decision.created_at);
        for decision in decisions.into_iter().filter(|decision| self.covers(decision, image, risk)) {
            match decision.action {
                Action::Ignore => ignored = Some(decision.id.clone()),
                Action::Unignore => ignored = None,
                Action::Whitelist => whitelisted = Some(decision.id.clone()),
            }
        }
        Some(match (whitelisted, ignored) {
            (Some(id), _) => (RiskState::Whitelisted, Some(id)),
            (None, Some(id)) => (RiskState::Ignored, Some(id)),
            (None, None) => (plain, None),
        })
    }

    pub fn covers(&self, decision: &Decision, image: &ImageFacts, number: i64) -> bool {
        let (row, scope, risk) = (&image.image, &decision.scope, &self.risks[&number]);
        let registry = row.registry.as_deref();
        let in_scope = scope.all
            || scope.sources.contains(&row.source)
            || scope.registries.iter().any(|one| Some(one.as_str()) == registry)
            || scope.images.contains(&row.id)
            || scope.repositories.iter().any(|pattern| match pattern.split_once(':') {
                Some((repository, tag)) => {
                    glob(repository, &row.repository) && glob(tag, row.tag.as_deref().unwrap_or(""))
                }
                None => glob(pattern, &row.repository),
            })
            || scope.filter.as_ref().is_some_and(|fields| self.holds_image(fields, image, false));
        let within = decision.within.as_ref().is_none_or(|patterns| sees(Some(patterns), image));
        let occurrences = self.occurrences(image, number);
        let chosen = match &decision.risks {
            RiskChoice::Ids(ids) => ids.iter().any(|id| *id == risk.id || risk.aliases.contains(id)),
            RiskChoice::Filter { filter } => {
                self.holds_risk(filter, risk, number)
                    && self.holds_image(filter, image, false)
                    && occurrences.iter().any(|one| holds_occurrence(filter, one))
            }
        };
        let waits = !decision.expires.when_fixable || !occurrences.iter().any(|one| one.fixable);
        in_scope && within && chosen && waits && !occurrences.is_empty()
    }

    fn holds_risk(&self, fields: &Fields, risk: &Risk, number: i64) -> bool {
        let names: BTreeSet<&str> = self
            .components
            .values()
            .filter(|component| component.matches.iter().any(|one| one.risk == number))
            .map(|component| component.name.as_str())
            .collect();
        let q = fields.get("q").is_none_or(|q| {
            let like = |text: &str| text.to_lowercase().contains(&q.to_lowercase());
            like(&risk.id)
                || like(&risk.title)
                || risk.aliases.iter().any(|one| like(one))
                || names.iter().any(|one| like(one))
        });
        let cvss =
            fields.get("cvss_min").is_none_or(|min| risk.cvss >= min.parse().ok() && risk.cvss.is_some());
        let component = fields.get("component").is_none_or(|name| names.contains(name.as_str()));
        let id = fields.get("id").is_none_or(|id| *id == risk.id || risk.aliases.contains(id));
        is(fields, "kind", risk.kind.as_str())
            && is(fields, "severity", risk.severity.as_str())
            && is(fields, "urgency", &text(risk.urgency))
            && is(fields, "kev", if risk.kev_added.is_some() { "true" } else { "false" })
            && q
            && cvss
            && component
            && id
    }

    /// Filters about images, by the names the risk list gives them.
    fn holds_image(&self, fields: &Fields, image: &ImageFacts, hides_gone: bool) -> bool {
        let row = &image.image;
        let holds = |name: &str, value: Option<&str>| {
            fields.get(name).is_none_or(|_| value.is_some_and(|value| is(fields, name, value)))
        };
        let globs = |name: &str, value: Option<&str>| {
            fields.get(name).is_none_or(|pattern| value.is_some_and(|value| glob(pattern, value)))
        };
        (!hides_gone || !row.gone)
            && holds("source", Some(row.source.as_str()))
            && holds("registry", row.registry.as_deref())
            && holds("os", row.os.as_deref())
            && holds("base", row.base.as_deref())
            && holds("latest", Some(if row.latest { "true" } else { "false" }))
            && holds("platform", Some(&row.platform))
            && globs("repository", Some(&row.repository))
            && globs("tag", row.tag.as_deref())
            && fields.get("image.q").is_none_or(|q| row.name().to_lowercase().contains(&q.to_lowercase()))
    }

    /// Pairs a risk question holds, by risk: image → state, all states, with the occurrences that hold.
    pub fn pairs(&self, fields: &Fields, who: Option<&[RepositoryPattern]>) -> BTreeMap<i64, Vec<Pair>> {
        let mut pairs: BTreeMap<i64, Vec<Pair>> = BTreeMap::new();
        for (&number, risk) in &self.risks {
            if !self.holds_risk(fields, risk, number) {
                continue;
            }
            for (id, image) in &self.images {
                let Some((state, _)) = self.standing(image, number) else { continue };
                let all = match state {
                    RiskState::Fixed => self.had(number),
                    _ => self.occurrences(image, number),
                };
                let occurrences: Vec<Occurrence> =
                    all.into_iter().filter(|one| holds_occurrence(fields, one)).collect();
                if sees(who, image) && self.holds_image(fields, image, true) && !occurrences.is_empty() {
                    pairs.entry(number).or_default().push(Pair { image: id.clone(), state, occurrences });
                }
            }
        }
        pairs
    }

    /// Risks that have a pair in the states asked for.
    pub fn found(&self, fields: &Fields, who: Option<&[RepositoryPattern]>) -> BTreeMap<i64, Vec<Pair>> {
        let mut pairs = self.pairs(fields, who);
        pairs.retain(|_, pairs| pairs.iter().any(|pair| wanted(fields, pair.state)));
        pairs
    }

    /// Counts of a filter of the risk list: for each value, how many risks were held if it was the filter's value.
    pub fn facet(
        &self,
        fields: &Fields,
        name: &str,
        who: Option<&[RepositoryPattern]>,
    ) -> BTreeMap<String, u64> {
        let rows = || self.images.values().map(|image| &image.image);
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<BTreeSet<String>>();
        let values: BTreeSet<String> = match name {
            "kind" => RiskKind::ALL.iter().map(|kind| kind.as_str().to_owned()).collect(),
            "severity" => Severity::ALL.iter().map(|severity| severity.as_str().to_owned()).collect(),
            "urgency" => words(&["none", "delay", "immediate"]),
            "state" => words(&["open", "reopened", "ignored", "whitelisted", "fixed"]),
            "class" => words(&["system", "application"]),
            "source" => words(&["registry", "local", "cicd"]),
            "registry" => rows().filter_map(|row| row.registry.clone()).collect(),
            "os" => rows().filter_map(|row| row.os.clone()).collect(),
            "base" => rows().filter_map(|row| row.base.clone()).collect(),
            _ => words(&["true", "false"]),
        };
        let count = |value: String| {
            let mut fields = fields.clone();
            fields.insert(name.to_owned(), value.clone());
            (value, self.found(&fields, who).len() as u64)
        };
        values.into_iter().map(count).filter(|(_, count)| *count > 0).collect()
    }

    /// Open risks of an image: kind, severity there.
    pub fn open(&self, image: &ImageFacts) -> Vec<(RiskKind, Severity)> {
        let numbers = self.risks.keys().copied();
        let open = numbers.filter(|&number| {
            matches!(self.standing(image, number), Some((RiskState::Open | RiskState::Reopened, _)))
        });
        open.map(|number| {
            let severities = self.occurrences(image, number).into_iter().map(|one| one.severity);
            (self.risks[&number].kind, severities.max().expect("an occurrence"))
        })
        .collect()
    }

    pub fn level(&self, image: &ImageFacts) -> RiskLevel {
        if image.image.scanned_at.is_none() {
            return RiskLevel::Unknown;
        }
        let levels = self
            .open(image)
            .into_iter()
            .filter(|(kind, _)| !matches!(kind, RiskKind::Compliance | RiskKind::BaseImage));
        let levels = levels.map(|(_, severity)| match severity {
            Severity::Unknown | Severity::Low => RiskLevel::Low,
            Severity::Medium => RiskLevel::Medium,
            Severity::High => RiskLevel::High,
            Severity::Critical => RiskLevel::Critical,
        });
        levels.max().unwrap_or(RiskLevel::Safe)
    }

    /// Images an image question holds.
    pub fn image_ids(&self, fields: &Fields, who: Option<&[RepositoryPattern]>) -> BTreeSet<String> {
        let held = self.images.iter().filter(|(_, image)| {
            let open = self.open(image);
            let risk = fields.get("risk").is_none_or(|id| {
                let number = self.risks.iter().find(|(_, risk)| risk.id == *id).map(|(&number, _)| number);
                let standing = number.and_then(|number| self.standing(image, number));
                standing.is_some_and(|(state, _)| wanted(fields, state))
            });
            sees(who, image)
                && self.holds_image(fields, image, true)
                && fields.get("level").is_none_or(|_| is(fields, "level", self.level(image).as_str()))
                && fields
                    .get("kind")
                    .is_none_or(|_| open.iter().any(|(kind, _)| is(fields, "kind", kind.as_str())))
                && fields.get("severity").is_none_or(|_| {
                    open.iter().any(|(_, severity)| is(fields, "severity", severity.as_str()))
                })
                && risk
        });
        held.map(|(id, _)| id.clone()).collect()
    }
}

/// One image that has or had a risk.
#[derive(Debug)]
pub struct Pair {
    pub image: String,
    pub state: RiskState,
    pub occurrences: Vec<Occurrence>,
}

pub fn sees(who: Option<&[RepositoryPattern]>, image: &ImageFacts) -> bool {
    let row = &image.image;
    who.is_none_or(|patterns| {
        patterns.iter().any(|pattern| pattern.holds(row.registry.as_deref(), &row.repository))
    })
}

pub fn wanted(fields: &Fields, state: RiskState) -> bool {
    let states = fields.get("state").map_or("unhandled", String::as_str);
    states.split(',').any(|one| match one {
        "all" => true,
        "handled" => matches!(state, RiskState::Ignored | RiskState::Whitelisted),
        "unhandled" => matches!(state, RiskState::Open | RiskState::Reopened),
        word => state.as_str() == word,
    })
}

fn holds_occurrence(fields: &Fields, one: &Occurrence) -> bool {
    let yes = |name: &str, value: bool| is(fields, name, if value { "true" } else { "false" });
    let class = match one.class {
        Some(RiskClass::System) => "system",
        Some(RiskClass::Application) => "application",
        None => "none",
    };
    is(fields, "class", class) && yes("fixable", one.fixable) && yes("inherited", one.inherited)
}

/// A moment so many days after the first.
pub fn day(days: i64) -> Time {
    Time(0).plus_days(days)
}
