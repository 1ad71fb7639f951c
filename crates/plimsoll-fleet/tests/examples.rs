//! The fleet by examples: an image in a few words.

use plimsoll_fleet::{Fixable, Fleet, ImageQuery, RiskLevel, RiskQuery};
use plimsoll_model::{
    Action, ComponentFacts, ComponentMatch, Decision, Expiry, ImageFacts, ImageScope, ImageSource,
    RepositoryPattern, Risk, RiskChoice, RiskClass, RiskKind, RiskState, ScanStatus, Severity, StoredImage,
    Time, Urgency,
};
use std::collections::BTreeMap;

fn risk(id: &str, kind: RiskKind, severity: Severity) -> Risk {
    Risk {
        id: Risk::id_of(kind, id),
        kind,
        name: id.to_owned(),
        title: format!("About {id}"),
        severity,
        urgency: Urgency::Delay,
        aliases: vec![format!("GHSA-{id}")],
        cvss: None,
        epss: None,
        epss_percentile: None,
        kev_added: None,
        published: None,
        category: None,
        first_seen: Time(0),
    }
}

/// `registry/repository:tag` with components (of the base image when marked `^`) and other risks.
fn image(name: &str, components: &[&str], risks: &[i64]) -> ImageFacts {
    let (repository, tag) = name.split_once(':').expect("repository:tag");
    let number = |text: &&str| text.trim_start_matches('^').parse::<i64>().expect("a number");
    ImageFacts {
        image: StoredImage {
            id: name.to_owned(),
            source: ImageSource::Registry,
            registry: Some("r1".to_owned()),
            registry_name: Some("harbor".to_owned()),
            registry_kind: None,
            repository: repository.to_owned(),
            tag: Some(tag.to_owned()),
            digest: format!("sha256:{name}"),
            index_digest: None,
            platform: "linux/amd64".to_owned(),
            size: 1,
            created: None,
            updated_at: Time(0),
            synced_at: Time(0),
            latest: true,
            gone: false,
            status: ScanStatus::Scanned,
            failure: None,
            scanned_at: Some(Time(1)),
            os: Some("debian 12".to_owned()),
            base: Some("debian:12".to_owned()),
            pipeline: None,
        },
        components: components.iter().map(number).collect(),
        inherited_components: components.iter().filter(|one| one.starts_with('^')).map(number).collect(),
        risks: risks.to_vec(),
        inherited_risks: Vec::new(),
        fixed: Vec::new(),
        reopened: Vec::new(),
    }
}

fn component(number: i64, name: &str, class: RiskClass, matches: &[(i64, bool)]) -> ComponentFacts {
    let matches = matches
        .iter()
        .map(|&(risk, fixable)| ComponentMatch { risk, severity: Severity::High, fixable })
        .collect();
    ComponentFacts { number, class, name: name.to_owned(), matches }
}

/// openssl of the base image and log4j of an application; three images.
fn fleet() -> Fleet {
    let mut fleet = Fleet::default();
    fleet.put_risk(1, risk("CVE-1", RiskKind::Vulnerability, Severity::High));
    fleet.put_risk(2, risk("CVE-2", RiskKind::Vulnerability, Severity::High));
    fleet.put_risk(3, risk("aws-key", RiskKind::Secret, Severity::Critical));
    fleet.put_component(component(1, "openssl", RiskClass::System, &[(1, true)]));
    fleet.put_component(component(2, "log4j", RiskClass::Application, &[(1, false), (2, false)]));
    fleet.put_image(image("team/app:1", &["^1", "2"], &[]));
    fleet.put_image(image("team/web:1", &["^1"], &[3]));
    fleet.put_image(image("other/db:1", &[], &[]));
    fleet
}

fn fields(text: &str) -> BTreeMap<String, String> {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn risks(fleet: &Fleet, question: &str) -> Vec<String> {
    let query = RiskQuery::parse(&fields(question)).expect("a question");
    fleet.risks(&query, None).items.into_iter().map(|row| row.risk.id).collect()
}

fn images(fleet: &Fleet, question: &str) -> Vec<String> {
    fleet.image_ids(&ImageQuery::parse(&fields(question)).expect("a question"), None)
}

fn decision(action: Action, id: &str, scope: ImageScope, expires: Expiry) -> Decision {
    Decision {
        id: "d1".to_owned(),
        action,
        risks: RiskChoice::Ids(vec![id.to_owned()]),
        scope,
        within: None,
        reason: String::new(),
        justification: None,
        expires,
        author: "ann".to_owned(),
        created_at: Time(0),
        updated_at: Time(0),
    }
}

#[test]
fn lists() {
    let fleet = fleet();
    for (question, want) in [
        ("", vec!["secret:aws-key", "CVE-1", "CVE-2"]),
        ("sort=-images", vec!["CVE-1", "CVE-2", "secret:aws-key"]),
        ("class=system", vec!["CVE-1"]),
        ("fixable=false&kind=vulnerability", vec!["CVE-1", "CVE-2"]),
        ("inherited=true", vec!["CVE-1"]),
        ("repository=team/web", vec!["secret:aws-key", "CVE-1"]),
        ("q=LOG4J", vec!["CVE-1", "CVE-2"]),
        ("id=GHSA-CVE-2", vec!["CVE-2"]),
        ("state=handled", vec![]),
    ] {
        assert_eq!(risks(&fleet, question), want, "{question}");
    }
    for (question, want) in [
        ("", vec!["team/web:1", "team/app:1", "other/db:1"]),
        ("sort=name", vec!["other/db:1", "team/app:1", "team/web:1"]),
        ("risk=CVE-1&sort=-name", vec!["team/web:1", "team/app:1"]),
        ("level=safe", vec!["other/db:1"]),
        ("kind=secret", vec!["team/web:1"]),
        ("q=harbor/team/a", vec!["team/app:1"]),
    ] {
        assert_eq!(images(&fleet, question), want, "{question}");
    }
}

#[test]
fn a_line_says_how_images_have_the_risk() {
    let fleet = fleet();
    let row = fleet.risk("GHSA-CVE-1", None).expect("found by its other name");
    assert_eq!((row.images, row.inherited), (2, 1));
    assert_eq!(row.fixable, Fixable::Partly);
    assert_eq!(row.classes, [RiskClass::System, RiskClass::Application]);
    assert_eq!(row.components, ["log4j", "openssl"]);
    assert_eq!(row.image_names, ["harbor/team/app:1", "harbor/team/web:1"]);
}

#[test]
fn who_sees_one_team_sees_no_other() {
    let fleet = fleet();
    let other = [RepositoryPattern { registry: None, repository: "other/*".to_owned() }];
    assert_eq!(fleet.risk("CVE-1", Some(&other)), None);
    assert_eq!(fleet.image("team/app:1", Some(&other)), None);
    assert_eq!(fleet.risks(&RiskQuery::default(), Some(&other)).total, 0);
    assert_eq!(fleet.overview(Some(&other)).images, 1);
}

#[test]
fn decisions_hide_and_end() {
    let mut fleet = fleet();
    let everywhere = ImageScope { all: true, ..ImageScope::default() };
    let until_fixable = Expiry { when_fixable: true, ..Expiry::default() };
    // In team/web CVE-1 can be fixed, so the decision does not hold there; nor in team/app, which has both.
    fleet.set_decisions(vec![decision(Action::Ignore, "CVE-1", everywhere.clone(), until_fixable)], Time(5));
    assert_eq!(fleet.standings("team/web:1")["CVE-1"].state, RiskState::Open);
    fleet.set_decisions(
        vec![decision(Action::Ignore, "CVE-1", everywhere.clone(), Expiry::default())],
        Time(5),
    );
    assert_eq!(risks(&fleet, ""), ["secret:aws-key", "CVE-2"]);
    assert_eq!(fleet.standings("team/web:1")["CVE-1"].decision.as_deref(), Some("d1"));
    // New images fall under it.
    fleet.put_image(image("team/new:1", &["1"], &[]));
    assert_eq!(fleet.standings("team/new:1")["CVE-1"].state, RiskState::Ignored);
    let row = fleet.image("team/new:1", None).expect("an image");
    assert_eq!(row.risk_level, RiskLevel::Safe);
    let ended = Expiry { at: Some(Time(5)), ..Expiry::default() };
    fleet.set_decisions(vec![decision(Action::Ignore, "CVE-1", everywhere, ended)], Time(5));
    assert_eq!(fleet.standings("team/web:1")["CVE-1"].state, RiskState::Open);
}

#[test]
fn questions_that_cannot_be_asked_are_refused() {
    for (question, name) in [
        ("sevrity=high", "sevrity"),
        ("severity=bad", "severity"),
        ("limit=501", "limit"),
        ("cursor=x", "cursor"),
        ("sort=-colour", "sort"),
        ("state=gone", "state"),
        ("kev=yes", "kev"),
        ("epss_min=NaN", "epss_min"),
        ("image.colour=red", "image.colour"),
        ("first_seen_since=soon", "first_seen_since"),
    ] {
        let refused = RiskQuery::parse(&fields(question)).expect_err(question);
        assert_eq!(refused.name, name, "{question}");
    }
}

#[test]
fn it_is_shared_between_threads() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Fleet>();
}
