use super::*;
use plimsoll_model::History;

const KEY: Key = [9; 32];

fn secret(rule: &str, confidence: Confidence, properties: &[(&str, &str)]) -> Secret {
    Secret {
        rule: rule.to_owned(),
        line: Some(3),
        masked: "token=****".to_owned(),
        identity: [1; 16],
        confidence,
        properties: properties
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    }
}

fn seen(path: &str, secret: Secret) -> Sighting {
    Sighting {
        fact: Fact::Secret(secret),
        found_by: "secrets".to_owned(),
        path: path.to_owned(),
        inner_path: String::new(),
        layer: 0,
        entry: 0,
        mode: 0o644,
        uid: 0,
        gid: 0,
        present: true,
        owned_by: None,
        unchanged: false,
    }
}

fn judged(sightings: Vec<Sighting>, config: &ImageConfig) -> Vec<Finding> {
    findings(&Contents { sightings, ..Contents::default() }, config, &KEY)
}

#[test]
fn severity_is_by_place_and_by_what_is_known() {
    let check = |change: &dyn Fn(&mut Sighting), user: &str, wanted: Severity| {
        let mut one = seen("/app/a", secret("github-token", Confidence::High, &[]));
        change(&mut one);
        let config = ImageConfig {
            user: user.to_owned(),
            created: Some("2024-06-01T00:00:00Z".to_owned()),
            ..ImageConfig::default()
        };
        let found = judged(vec![one], &config);
        assert_eq!(found.iter().map(|finding| finding.severity).collect::<Vec<_>>(), [wanted]);
        assert_eq!(found[0].urgency, Urgency::of(wanted));
    };
    let with = |properties: &'static [(&'static str, &'static str)]| {
        move |one: &mut Sighting| {
            one.fact = Fact::Secret(secret("github-token", Confidence::High, properties))
        }
    };
    check(&|_| {}, "", Severity::Critical);
    check(&|one| one.mode = 0o600, "", Severity::Critical);
    check(&|one| one.mode = 0o600, "1000", Severity::High);
    check(&|one| (one.mode, one.uid) = (0o600, 1000), "1000:1000", Severity::Critical);
    check(&|one| one.mode = 0o600, "nobody", Severity::High);
    check(&|one| one.present = false, "", Severity::High);
    check(&with(&[("encrypted", "yes")]), "", Severity::Low);
    check(&with(&[("encrypted", "no")]), "", Severity::Critical);
    check(&with(&[("example", "of a book")]), "", Severity::Low);
    check(&with(&[("expires", "2024-05-01T00:00:00Z")]), "", Severity::Low);
    check(&with(&[("expires", "2024-07-01T00:00:00Z")]), "", Severity::Critical);
    let unsure = |confidence| {
        move |one: &mut Sighting| one.fact = Fact::Secret(secret("github-token", confidence, &[]))
    };
    check(&unsure(Confidence::Medium), "", Severity::High);
    check(&unsure(Confidence::Low), "", Severity::Low);
    let test_key = |one: &mut Sighting| {
        one.path = "/app/node_modules/x/test/a.pem".to_owned();
        one.fact = Fact::Secret(secret("private-key", Confidence::High, &[]));
    };
    check(&test_key, "", Severity::Low);
}

#[test]
fn the_user_is_looked_up_in_the_image() {
    let list = Sighting {
        fact: Fact::Text(b"root:x:0:0::/:/bin/sh\napp:x:33:33::/:/bin/sh\n".to_vec()),
        ..seen("/etc/passwd", secret("github-token", Confidence::High, &[]))
    };
    let mut one = seen("/x", secret("github-token", Confidence::High, &[]));
    (one.mode, one.uid) = (0o600, 33);
    let config = ImageConfig { user: "app".to_owned(), ..ImageConfig::default() };
    assert_eq!(judged(vec![list, one], &config)[0].severity, Severity::Critical);
}

#[test]
fn what_a_package_brought_is_not_told_except_keys_in_etc() {
    let check = |path: &str, rule: &str, owned: bool, unchanged: bool, count: usize| {
        let mut one = seen(path, secret(rule, Confidence::High, &[]));
        one.owned_by = owned.then_some(0);
        one.unchanged = unchanged;
        assert_eq!(judged(vec![one], &ImageConfig::default()).len(), count, "{path} {rule}");
    };
    check("/usr/lib/libgnutls.so", "private-key", true, true, 0);
    check("/usr/lib/libgnutls.so", "private-key", true, false, 1);
    check("/usr/lib/libgnutls.so", "private-key", false, false, 1);
    check("/etc/ssl/private/a.key", "private-key", true, true, 1);
    check("/etc/app.conf", "assigned-password", true, true, 0);
    check("/etc/app.conf", "assigned-password", true, false, 1);
}

#[test]
fn one_secret_is_one_finding_with_all_its_places() {
    let one = seen("/b", secret("github-token", Confidence::High, &[]));
    let mut buried = seen("/a", secret("github-token", Confidence::High, &[]));
    (buried.present, buried.layer, buried.inner_path) = (false, 2, "x/y".to_owned());
    let found = judged(vec![one, buried.clone()], &ImageConfig::default());
    assert_eq!(found.len(), 1);
    assert!(found[0].present);
    let places: Vec<_> = found[0]
        .evidence
        .iter()
        .map(|one| (one.path.as_str(), one.inner_path.as_deref(), one.layer))
        .collect();
    assert_eq!(places, [("/b", None, 0), ("/a", Some("x/y"), 2)]);
    let found = judged(vec![buried], &ImageConfig::default());
    assert!(!found[0].present && found[0].title.ends_with("hidden by a later layer"));
}

#[test]
fn config_and_history_are_looked_through() {
    let step = |created_by: &str, empty_layer: bool| History {
        created_by: created_by.to_owned(),
        empty_layer,
        ..History::default()
    };
    let config = ImageConfig {
        env: vec!["PATH=/bin".to_owned(), "DB_PASSWORD=kT3x_99qLwz".to_owned()],
        labels: [("maintainer.apikey".to_owned(), "Zk39sLq81xVn20PwT7yB".to_owned())].into(),
        cmd: vec!["redis-server".to_owned(), "--requirepass".to_owned(), "Vq81xK_zz3".to_owned()],
        history: vec![
            step("/bin/sh -c #(nop) ADD file:1 in / ", false),
            step("|1 BUILD_TOKEN=Pq7ZkW20sLx91vBnT4yR /bin/sh -c make", false),
            step("ENV DB_PASSWORD=kT3x_99qLwz", true),
        ],
        ..ImageConfig::default()
    };
    let found = judged(Vec::new(), &config);
    let mut told: Vec<_> = found
        .iter()
        .flat_map(|finding| finding.evidence.iter().map(|one| (finding.id.as_str(), one)))
        .map(|(id, one)| (id, one.path.as_str(), one.inner_path.as_deref().unwrap_or(""), one.layer))
        .collect();
    told.sort();
    assert_eq!(
        told,
        [
            ("assigned-password", "image:config", "Env/DB_PASSWORD", 1),
            ("assigned-password", "image:history", "2", 1),
            ("assigned-token", "image:config", "Labels/maintainer.apikey", 1),
            ("assigned-token", "image:history", "1", 1),
            ("redis-cli-password", "image:config", "Cmd", 1),
        ]
    );
    let whole = format!("{found:?}");
    for plain in ["kT3x_99qLwz", "Zk39sLq81xVn20PwT7yB", "Vq81xK_zz3", "Pq7ZkW20sLx91vBnT4yR"] {
        assert!(!whole.contains(plain), "{plain} is shown");
    }
    assert!(found.iter().all(|finding| finding.present));
}
