//! The fleet answers as loops over everything would, whatever changed in between.

#[path = "twin/naive.rs"]
mod naive;
#[path = "twin/some.rs"]
mod some;

use naive::{Fields, Naive, day, wanted};
use plimsoll_fleet::generator::Random;
use plimsoll_fleet::{Fixable, Fleet, ImageQuery, RiskQuery, StateCounts};
use plimsoll_model::{Action, Counters, RepositoryPattern, RiskClass, RiskState};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

type Who<'a> = Option<&'a [RepositoryPattern]>;

/// One change, to both.
fn change(random: &mut Random, fleet: &mut Fleet, naive: &mut Naive) {
    match random.below(12) {
        0 => {
            let number = 1 + random.below(some::RISKS as usize) as i64;
            let risk = some::risk(random, number);
            fleet.put_risk(number, risk.clone());
            naive.risks.insert(number, risk);
        }
        1..=3 => {
            let number = 1 + random.below(some::COMPONENTS as usize) as i64;
            let component = some::component(random, number);
            fleet.put_component(component.clone());
            naive.components.insert(component.number, component);
        }
        4..=7 => {
            let number = random.below(some::IMAGES);
            let image = some::image(random, number);
            fleet.put_image(image.clone());
            naive.images.insert(image.image.id.clone(), image);
        }
        8 => {
            let id = format!("image-{}", random.below(some::IMAGES));
            fleet.remove_image(&id);
            naive.images.remove(&id);
        }
        _ => {
            let decisions: Vec<_> =
                (0..random.below(6)).map(|number| some::decision(random, number)).collect();
            fleet.set_decisions(decisions.clone(), day(10));
            naive.decisions = decisions;
            naive.decisions.retain(|decision| decision.expires.at.is_none_or(|at| at > day(10)));
        }
    }
}

fn fleets(random: &mut Random) -> (Fleet, Naive) {
    let (mut fleet, mut naive) = (Fleet::default(), Naive::default());
    for number in 1..=some::RISKS {
        let risk = some::risk(random, number);
        fleet.put_risk(number, risk.clone());
        naive.risks.insert(number, risk);
    }
    for _ in 0..30 {
        change(random, &mut fleet, &mut naive);
    }
    (fleet, naive)
}

fn check_risks(random: &mut Random, fleet: &Fleet, naive: &Naive) {
    let (mut fields, who) = (some::risk_fields(random), some::sees(random));
    let who: Who<'_> = who.as_deref();
    let query = RiskQuery::parse(&fields).expect("a question");
    let page = fleet.risks(&query, who);
    let found = naive.found(&fields, who);
    let context = format!("{fields:?} {who:?}");
    assert_eq!(page.total as usize, found.len(), "{context}");
    assert_eq!(page.items.len(), found.len(), "{context}");
    for row in &page.items {
        let (number, pairs) = found
            .iter()
            .find(|(number, _)| naive.risks[number].id == row.risk.id)
            .unwrap_or_else(|| panic!("{} is not held by {context}", row.risk.id));
        let held: Vec<_> = pairs.iter().filter(|pair| wanted(&fields, pair.state)).collect();
        let has = |holds: &dyn Fn(&naive::Occurrence) -> bool| {
            held.iter().flat_map(|pair| &pair.occurrences).any(holds)
        };
        assert_eq!(row.risk, naive.risks[number], "{context}");
        assert_eq!(row.images as usize, held.len(), "{} {context}", row.risk.id);
        let inherited = held.iter().filter(|pair| pair.occurrences.iter().all(|one| one.inherited)).count();
        assert_eq!(row.inherited as usize, inherited, "{} {context}", row.risk.id);
        let count = |state| pairs.iter().filter(|pair| pair.state == state).count() as u64;
        let states = StateCounts {
            open: count(RiskState::Open),
            reopened: count(RiskState::Reopened),
            ignored: count(RiskState::Ignored),
            whitelisted: count(RiskState::Whitelisted),
            fixed: count(RiskState::Fixed),
        };
        assert_eq!(row.states, states, "{} {context}", row.risk.id);
        let classes: Vec<RiskClass> = [RiskClass::System, RiskClass::Application]
            .into_iter()
            .filter(|&class| has(&|one| one.class == Some(class)))
            .collect();
        assert_eq!(row.classes, classes, "{context}");
        let fixable = match (has(&|one| one.fixable), has(&|one| !one.fixable)) {
            (true, false) => Fixable::Yes,
            (true, true) => Fixable::Partly,
            (false, _) => Fixable::No,
        };
        assert_eq!(row.fixable, fixable, "{context}");
        let names: BTreeSet<String> =
            held.iter().map(|pair| naive.images[&pair.image].image.name()).collect();
        assert!(row.image_names.iter().all(|name| names.contains(name)), "{context}");
        assert_eq!(row.image_names.len(), held.len().min(3), "{context}");
    }
    for name in [
        "kind",
        "class",
        "severity",
        "urgency",
        "state",
        "fixable",
        "kev",
        "inherited",
        "source",
        "registry",
        "os",
        "base",
    ] {
        assert_eq!(page.facets[name], naive.facet(&fields, name, who), "{name} of {context}");
    }
    // Pages in any order hold each risk once.
    let sorts =
        ["severity", "-images", "id", "-title", "epss", "-cvss", "first_seen", "urgency", "published"];
    fields.insert("sort".to_owned(), sorts[random.below(sorts.len())].to_owned());
    fields.insert("limit".to_owned(), "2".to_owned());
    let mut walked = Vec::new();
    loop {
        let page = fleet.risks(&RiskQuery::parse(&fields).expect("a question"), who);
        walked.extend(page.items);
        let Some(next) = page.next else { break };
        fields.insert("cursor".to_owned(), next);
    }
    let ids: BTreeSet<&str> = walked.iter().map(|row| row.risk.id.as_str()).collect();
    assert_eq!((walked.len(), ids.len()), (found.len(), found.len()), "{context}");
    let key = |row: &plimsoll_fleet::RiskRow| match fields["sort"].as_str() {
        "severity" => row.risk.severity as i64,
        "-images" => -(row.images as i64),
        "epss" => row.risk.epss.map_or(-1, |epss| (epss * 1000.0) as i64),
        "-cvss" => -row.risk.cvss.map_or(-1, |cvss| (cvss * 10.0) as i64),
        "first_seen" => row.risk.first_seen.0,
        "urgency" => row.risk.urgency as i64,
        _ => 0,
    };
    assert!(walked.windows(2).all(|two| key(&two[0]) <= key(&two[1])), "{fields:?}");
}

fn check_images(random: &mut Random, fleet: &Fleet, naive: &Naive) {
    let (fields, who) = (some::image_fields(random), some::sees(random));
    let who: Who<'_> = who.as_deref();
    let query = ImageQuery::parse(&fields).expect("a question");
    let want = naive.image_ids(&fields, who);
    let context = format!("{fields:?} {who:?}");
    let page = fleet.images(&query, who);
    assert_eq!(page.total as usize, want.len(), "{context}");
    let got: Vec<String> = page.items.iter().map(|row| row.image.id.clone()).collect();
    assert_eq!(fleet.image_ids(&query, who), got, "{context}");
    assert_eq!(got.iter().cloned().collect::<BTreeSet<_>>(), want, "{context}");
    for row in &page.items {
        let facts = &naive.images[&row.image.id];
        assert_eq!(row.image, facts.image);
        assert_eq!(row.name, facts.image.name());
        let mut counters = Counters::new();
        for (kind, severity) in naive.open(facts) {
            let of_kind = counters.entry(kind.as_str().to_owned()).or_default();
            *of_kind.entry(severity.as_str().to_owned()).or_default() += 1;
        }
        assert_eq!(row.counters, counters, "{}", row.image.id);
        assert_eq!(row.risk_level, naive.level(facts), "{}", row.image.id);
    }
    let levels: Vec<_> = page.items.iter().map(|row| row.risk_level).collect();
    assert!(levels.windows(2).all(|two| two[0] >= two[1]), "{levels:?}");
    for (name, alternatives) in [
        ("level", vec!["unknown", "safe", "low", "medium", "high", "critical"]),
        ("severity", vec!["unknown", "low", "medium", "high", "critical"]),
        ("source", vec!["registry", "local", "cicd"]),
        ("registry", vec!["one", "two"]),
        ("os", vec!["debian 12", "alpine 3.19"]),
        ("base", vec!["base-a", "base-b"]),
        ("platform", vec!["linux/amd64", "linux/arm64"]),
        ("latest", vec!["true", "false"]),
    ] {
        let counts: BTreeMap<String, u64> = alternatives
            .into_iter()
            .map(|value| {
                let mut fields = fields.clone();
                fields.insert(name.to_owned(), value.to_owned());
                (value.to_owned(), naive.image_ids(&fields, who).len() as u64)
            })
            .filter(|(_, count)| *count > 0)
            .collect();
        assert_eq!(page.facets[name], counts, "{name} of {context}");
    }
}

fn check_standings(fleet: &Fleet, naive: &Naive) {
    for (id, image) in &naive.images {
        let got: BTreeMap<String, (RiskState, Option<String>)> = fleet
            .standings(id)
            .into_iter()
            .map(|(risk, standing)| (risk, (standing.state, standing.decision)))
            .collect();
        let want = naive
            .risks
            .iter()
            .filter_map(|(&number, risk)| Some((risk.id.clone(), naive.standing(image, number)?)));
        assert_eq!(got, want.collect(), "{id}");
    }
}

fn check_preview(random: &mut Random, fleet: &Fleet, naive: &Naive) {
    let decision = some::decision(random, 100);
    let preview = fleet.preview(&decision, 500, 0);
    let mut pairs = BTreeSet::new();
    let mut changes = 0;
    for (&number, risk) in &naive.risks {
        for (id, image) in naive.images.iter().filter(|(_, image)| !image.image.gone) {
            if !naive.covers(&decision, image, number) {
                continue;
            }
            let (state, _) = naive.standing(image, number).expect("a pair");
            pairs.insert((risk.id.clone(), id.clone(), state));
            changes += u64::from(match decision.action {
                Action::Ignore => matches!(state, RiskState::Open | RiskState::Reopened),
                Action::Unignore => state == RiskState::Ignored,
                Action::Whitelist => state != RiskState::Whitelisted,
            });
        }
    }
    let got: BTreeSet<_> =
        preview.items.iter().map(|pair| (pair.risk.clone(), pair.image.clone(), pair.state)).collect();
    assert_eq!(got, pairs, "{decision:?}");
    assert_eq!((preview.pairs, preview.changes), (pairs.len() as u64, changes), "{decision:?}");
    let risks: BTreeSet<_> = pairs.iter().map(|pair| &pair.0).collect();
    let images: BTreeSet<_> = pairs.iter().map(|pair| &pair.1).collect();
    assert_eq!((preview.risks as usize, preview.images as usize), (risks.len(), images.len()));
    assert_eq!((preview.risk_ids.len(), preview.image_ids.len()), (risks.len(), images.len()));
    let second = fleet.preview(&decision, 2, 1);
    assert_eq!(second.items, preview.items.iter().skip(1).take(2).cloned().collect::<Vec<_>>());
}

fn check_overview(random: &mut Random, fleet: &Fleet, naive: &Naive) {
    let who = some::sees(random);
    let who: Who<'_> = who.as_deref();
    let overview = fleet.overview(who);
    let found = naive.found(&Fields::new(), who);
    assert_eq!(overview.images as usize, naive.image_ids(&Fields::new(), who).len());
    assert_eq!(overview.risks.values().flat_map(|of| of.values()).sum::<u32>() as usize, found.len());
    let open = |pair: &&naive::Pair| matches!(pair.state, RiskState::Open | RiskState::Reopened);
    let pairs: usize = found.values().map(|pairs| pairs.iter().filter(open).count()).sum();
    assert_eq!(overview.pairs as usize, pairs);
    let kev = found.keys().filter(|number| naive.risks[number].kev_added.is_some()).count();
    assert_eq!(overview.exploited as usize, kev);
    let fixable = found
        .values()
        .filter(|pairs| pairs.iter().filter(open).any(|pair| pair.occurrences.iter().any(|one| one.fixable)));
    assert_eq!(overview.fixable as usize, fixable.count());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn answers_as_loops_would(seed in any::<u64>()) {
        let random = &mut Random::new(seed);
        let (mut fleet, mut naive) = fleets(random);
        for _ in 0..6 {
            for _ in 0..3 {
                check_risks(random, &fleet, &naive);
            }
            check_images(random, &fleet, &naive);
            check_standings(&fleet, &naive);
            check_preview(random, &fleet, &naive);
            check_overview(random, &fleet, &naive);
            for _ in 0..random.below(4) {
                change(random, &mut fleet, &mut naive);
            }
        }
    }
}
