//! Small fleets, questions and decisions, drawn from few values so that they meet.

use crate::naive::{Fields, day};
use plimsoll_fleet::generator::Random;
use plimsoll_model::{
    Action, ComponentFacts, ComponentMatch, Decision, Expiry, ImageFacts, ImageScope, ImageSource,
    RepositoryPattern, Risk, RiskChoice, RiskClass, RiskKind, ScanStatus, Severity, StoredImage, Urgency,
};

pub const RISKS: i64 = 9;
pub const COMPONENTS: i64 = 10;
pub const IMAGES: usize = 14;

fn one<T: Clone>(random: &mut Random, values: &[T]) -> T {
    values[random.below(values.len())].clone()
}

pub fn risk(random: &mut Random, number: i64) -> Risk {
    let kinds = [RiskKind::Vulnerability, RiskKind::Vulnerability, RiskKind::Secret, RiskKind::Compliance];
    let kind = kinds[number as usize % kinds.len()];
    let name = format!("R-{number}");
    Risk {
        id: Risk::id_of(kind, &name),
        kind,
        title: one(random, &["A flaw", "Another flaw", "Something"]).to_owned(),
        severity: one(random, Severity::ALL),
        urgency: one(random, &[Urgency::None, Urgency::Delay, Urgency::Immediate]),
        aliases: vec![format!("ALIAS-{number}")],
        cvss: one(random, &[None, Some(5.0), Some(9.8)]),
        epss: one(random, &[None, Some(0.5)]),
        epss_percentile: None,
        kev_added: one(random, &[None, Some("2026-01-01".to_owned())]),
        published: None,
        category: None,
        first_seen: day(random.below(5) as i64),
        name,
    }
}

pub fn component(random: &mut Random, number: i64) -> ComponentFacts {
    let matches = (0..random.below(4)).map(|_| ComponentMatch {
        risk: 1 + random.below(RISKS as usize) as i64,
        severity: one(random, Severity::ALL),
        fixable: random.one_in(2),
    });
    let matches = matches.collect();
    ComponentFacts {
        number,
        class: one(random, &[RiskClass::System, RiskClass::Application]),
        name: format!("lib{}", number % 4),
        matches,
    }
}

fn some(random: &mut Random, bound: i64, times: usize) -> Vec<i64> {
    let mut some: Vec<i64> = (1..=bound).filter(|_| random.one_in(times)).collect();
    some.dedup();
    some
}

pub fn image(random: &mut Random, number: usize) -> ImageFacts {
    let components = some(random, COMPONENTS, 2);
    let risks = some(random, RISKS, 4);
    let registry = one(random, &[None, Some("one"), Some("two")]).map(str::to_owned);
    let inherited_components = components.iter().copied().filter(|_| random.one_in(2)).collect();
    let inherited_risks = risks.iter().copied().filter(|_| random.one_in(2)).collect();
    ImageFacts {
        image: StoredImage {
            id: format!("image-{number}"),
            source: one(random, &[ImageSource::Registry, ImageSource::Local]),
            registry_name: registry.as_ref().map(|name| format!("{name}.example.com")),
            registry,
            registry_kind: None,
            repository: one(random, &["team/app", "team/web", "other/app", "solo"]).to_owned(),
            tag: one(random, &[None, Some("1.0"), Some("1.1"), Some("2.0")]).map(str::to_owned),
            digest: format!("sha256:{number:064x}"),
            index_digest: None,
            platform: one(random, &["linux/amd64", "linux/arm64"]).to_owned(),
            size: random.below(5) as u64,
            created: None,
            updated_at: day(random.below(4) as i64),
            synced_at: day(9),
            latest: random.one_in(2),
            gone: random.one_in(6),
            status: one(random, &[ScanStatus::Scanned, ScanStatus::Failed]),
            failure: None,
            scanned_at: one(random, &[None, Some(day(3)), Some(day(4))]),
            os: one(random, &[None, Some("debian 12"), Some("alpine 3.19")]).map(str::to_owned),
            base: one(random, &[None, Some("base-a"), Some("base-b")]).map(str::to_owned),
            pipeline: None,
        },
        components,
        inherited_components,
        risks,
        inherited_risks,
        fixed: some(random, RISKS, 4),
        reopened: some(random, RISKS, 4),
    }
}

pub fn sees(random: &mut Random) -> Option<Vec<RepositoryPattern>> {
    let pattern = |registry: Option<&str>, repository: &str| RepositoryPattern {
        registry: registry.map(str::to_owned),
        repository: repository.to_owned(),
    };
    one(
        random,
        &[
            None,
            None,
            Some(vec![pattern(None, "team/*")]),
            Some(vec![pattern(Some("one"), "*"), pattern(None, "solo")]),
            Some(Vec::new()),
        ],
    )
}

fn some_of(random: &mut Random, choices: &[(&str, &[&str])], most: usize) -> Fields {
    let mut fields = Fields::new();
    for _ in 0..random.below(most + 1) {
        let (name, values) = choices[random.below(choices.len())];
        fields.insert(name.to_owned(), one(random, values).to_owned());
    }
    fields
}

const ABOUT_IMAGES: &[(&str, &[&str])] = &[
    ("source", &["registry", "local", "registry,local"]),
    ("registry", &["one", "two", "one,two", "three"]),
    ("os", &["debian 12", "alpine 3.19"]),
    ("base", &["base-a", "base-a,base-b"]),
    ("latest", &["true", "false"]),
    ("platform", &["linux/amd64"]),
    ("repository", &["team/*", "*app", "solo"]),
    ("tag", &["1.*", "2.0"]),
];

const ABOUT_RISKS: &[(&str, &[&str])] = &[
    ("kind", &["vulnerability", "secret,compliance"]),
    ("severity", &["high", "critical,low", "unknown"]),
    ("urgency", &["delay", "none,immediate"]),
    ("kev", &["true", "false"]),
    ("class", &["system", "application", "system,application"]),
    ("fixable", &["true", "false"]),
    ("inherited", &["true", "false"]),
    ("cvss_min", &["5", "7"]),
    ("q", &["another", "LIB1", "alias-3", "r-2"]),
    ("component", &["lib1"]),
    ("id", &["R-1", "ALIAS-2"]),
];

const STATES: &[(&str, &[&str])] =
    &[("state", &["all", "open", "handled", "fixed", "ignored,fixed", "whitelisted", "reopened"])];

pub fn risk_fields(random: &mut Random) -> Fields {
    let mut fields = some_of(random, ABOUT_IMAGES, 2);
    fields.extend(some_of(random, ABOUT_RISKS, 3));
    fields.extend(some_of(random, STATES, 1));
    if random.one_in(8) {
        fields.insert("image.q".to_owned(), one(random, &["team/app:1", "EXAMPLE", "web"]).to_owned());
    }
    fields
}

pub fn image_fields(random: &mut Random) -> Fields {
    let mut fields = some_of(random, ABOUT_IMAGES, 2);
    let about_risks: &[(&str, &[&str])] = &[
        ("level", &["critical", "safe,low", "unknown"]),
        ("kind", &["secret"]),
        ("severity", &["high", "low,medium"]),
        ("risk", &["R-1", "secret:R-2", "R-4"]),
    ];
    fields.extend(some_of(random, about_risks, 2));
    if fields.contains_key("risk") {
        fields.extend(some_of(random, STATES, 1));
    }
    fields
}

pub fn decision(random: &mut Random, number: usize) -> Decision {
    let mut filter = some_of(random, ABOUT_RISKS, 2);
    filter.extend(some_of(random, ABOUT_IMAGES, 1));
    let risks = if random.one_in(2) {
        RiskChoice::Filter { filter }
    } else {
        RiskChoice::Ids(vec![
            one(random, &["R-1", "R-4", "R-5"]).to_owned(),
            one(random, &["secret:R-2", "ALIAS-8", "nobody"]).to_owned(),
        ])
    };
    let nothing = ImageScope::default();
    let scopes = [
        ImageScope { all: true, ..nothing.clone() },
        ImageScope { all: true, ..nothing.clone() },
        ImageScope {
            sources: vec![ImageSource::Local],
            images: vec!["image-1".to_owned()],
            ..nothing.clone()
        },
        ImageScope { registries: vec!["one".to_owned()], ..nothing.clone() },
        ImageScope { repositories: vec!["team/*:1.*".to_owned(), "solo".to_owned()], ..nothing.clone() },
        ImageScope { images: (0..5).map(|image| format!("image-{image}")).collect(), ..nothing.clone() },
        ImageScope { filter: Some(some_of(random, ABOUT_IMAGES, 2)), ..nothing },
    ];
    Decision {
        id: format!("decision-{number}"),
        action: one(random, &[Action::Ignore, Action::Ignore, Action::Unignore, Action::Whitelist]),
        risks,
        scope: one(random, &scopes),
        within: sees(random),
        reason: String::new(),
        justification: None,
        expires: Expiry {
            at: one(random, &[None, None, Some(day(1)), Some(day(50))]),
            days: None,
            when_fixable: random.one_in(4),
        },
        author: "someone".to_owned(),
        created_at: day(number as i64),
        updated_at: day(number as i64),
    }
}
