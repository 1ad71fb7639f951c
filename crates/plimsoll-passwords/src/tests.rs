use super::*;
use plimsoll_model::Sighting;

fn contents(path: &str, text: &str) -> Contents {
    let sightings = accounts(path, text.as_bytes())
        .expect("accounts")
        .into_iter()
        .map(|account| Sighting {
            fact: Fact::Account(account),
            found_by: "accounts".into(),
            path: path.into(),
            inner_path: String::new(),
            layer: 1,
            entry: 0,
            mode: 0o640,
            uid: 0,
            gid: 42,
            present: true,
            owned_by: None,
            unchanged: false,
        })
        .collect();
    Contents { sightings, ..Contents::default() }
}

#[track_caller]
fn check(path: &str, text: &str, env: &[&str], expected: &[&str]) {
    let config = ImageConfig {
        env: env.iter().map(|&variable| variable.to_owned()).collect(),
        created: Some("2026-05-01T00:00:00Z".into()),
        ..ImageConfig::default()
    };
    let options = Options { words: vec!["Corp-Winter".into()] };
    let (found, _) = findings(&contents(path, text), &config, &options);
    let shown: Vec<String> = found
        .iter()
        .map(|it| {
            let details = it.details.password.as_ref().expect("details");
            format!("{} {} {} {}", it.severity.as_str(), it.title, details.scheme, details.masked)
        })
        .collect();
    assert_eq!(shown, expected, "{text}");
    assert!(found.iter().all(|it| !it.evidence.is_empty() && !format!("{it:?}").contains("Passw0rd")));
}

#[test]
fn weak_accounts_are_told_with_masked_passwords() {
    check(
        "/etc/shadow",
        "root:$1$saltsalt$fwjUw9R2aXH8DabahEwyW.:20000::::::",
        &[],
        &["critical weak password: system account of root, common md5crypt P*******"],
    );
    check(
        "/etc/shadow",
        "bob::20000::::::",
        &[],
        &["critical no password: system account of bob none (empty)"],
    );
    check("/etc/shadow", "daemon:*:1::::::\nbin:!:1::::::", &[], &[]);
    check(
        "/etc/redis.conf",
        "requirepass Corp-Winter",
        &[],
        &["high weak password: redis account of default, in your list plain C*******"],
    );
    check("/etc/redis.conf", "requirepass 0bU7-vexing-Marmot-92", &[], &[]);
    check(
        "/x",
        "",
        &["MYSQL_ROOT_PASSWORD=root", "PATH=/bin", "DB_PASSWORD=$SECRET"],
        &["high weak password: mysql account of root, made of the account's name plain r***"],
    );
    check(
        "/x",
        "",
        &["POSTGRES_HOST_AUTH_METHOD=trust"],
        &["high no password: postgresql account of postgres none (empty)"],
    );
    check(
        "/x",
        "",
        &["SHOP_DB_USER=shop", "SHOP_DB_PASSWORD=Shop@2026"],
        &["high weak password: environment account of shop, made of the account's name plain S*******"],
    );
    check("/etc/tomcat-users.xml", "", &[], &[]);
}

#[test]
fn an_old_password_tells_its_age() {
    // 20,000 days after 1970 is 2024-10-04; the image was made on 2026-05-01.
    let config = ImageConfig { created: Some("2026-05-01T00:00:00Z".into()), ..ImageConfig::default() };
    let text = "root:$1$saltsalt$fwjUw9R2aXH8DabahEwyW.:20000::::::";
    let (found, _) = findings(&contents("/etc/shadow", text), &config, &Options::default());
    let details = found[0].details.password.as_ref().expect("details");
    assert_eq!(details.days_in_use, Some(574));
}

#[test]
fn hostile_costs_are_refused_and_said() {
    let text = "a:$6$rounds=999999999$saltsalt$x:1::::::\nb:$2b$31$abcdefghijklmnopqrstuu:1::::::\nc:$y$jzT$a$b:1::::::";
    let start = std::time::Instant::now();
    let (found, unread) =
        findings(&contents("/etc/shadow", text), &ImageConfig::default(), &Options::default());
    assert!(found.is_empty());
    assert_eq!(unread.len(), 3, "{unread:?}");
    assert!(start.elapsed().as_secs() < 5);
}

#[test]
fn many_slow_accounts_stay_within_the_budget() {
    let text: String = (0..200)
        .map(|at| {
            format!(
                "u{at}:$2b$04$abcdefghijklmnopqrst{:02}lhhVV4Kshc23o37z5HTbqh2k1HbPVGC:1::::::\n",
                at % 100
            )
        })
        .collect();
    let (_, unread) = findings(&contents("/etc/shadow", &text), &ImageConfig::default(), &Options::default());
    assert!(unread.iter().any(|line| line.reason.contains("used up")), "{unread:?}");
}
