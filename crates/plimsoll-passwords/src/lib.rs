//! Here is an account: is its password weak?
//!
//! [`accounts`] reads the files that keep accounts; [`findings`] holds guesses against what they store, within a bound
//! on the work of one image that no stored cost can break. Passwords are never shown but masked.

mod guess;
mod scheme;
mod source;
#[cfg(test)]
mod tests;

use guess::{Origin, guesses};
use plimsoll_model::{
    Account, Contents, Details, Entry, Evidence, Fact, Finding, ImageConfig, PasswordDetails, RiskKind,
    Severity, Unread, Urgency,
};
use scheme::Stored;
use std::collections::{BTreeMap, HashMap};

/// Raised whenever the same bytes would now give other accounts.
pub const EDITION: u32 = 2;

/// Microseconds of guessing for one account, and for all of an image.
const ACCOUNT_BUDGET: u64 = 2_000_000;
const IMAGE_BUDGET: u64 = 10_000_000;

/// Files of accounts are small; a larger one of such a name is something else, but a system database.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// What to try.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The user's own common passwords, beside the built-in ones.
    pub words: Vec<String>,
}

/// Does this file keep accounts with passwords? `head` is its first bytes, at most 4096.
pub fn wants(entry: &Entry, _head: &[u8]) -> bool {
    entry.size <= FILE_BYTES_MAX && source::reader(&entry.path).is_some()
}

/// The accounts of one file, or why it could not be read.
pub fn accounts(path: &str, content: &[u8]) -> Result<Vec<Account>, String> {
    source::reader(path).map_or(Ok(Vec::new()), |read| read(content).map(source::bounded))
}

/// An account with every place it stands in.
struct Place {
    account: Account,
    /// Where, and whether that is in the final image.
    seen: Vec<(Evidence, bool)>,
}

/// The accounts of an image, those of its config included, whose password could be guessed; and those that could not be
/// tested to the end, with the reason.
pub fn findings(contents: &Contents, config: &ImageConfig, options: &Options) -> (Vec<Finding>, Vec<Unread>) {
    let mut out = Vec::new();
    let mut unread = Vec::new();
    let mut left = IMAGE_BUDGET;
    let created = config.created.as_deref().and_then(|text| chrono::DateTime::parse_from_rfc3339(text).ok());
    // An image without a date is held against this program's year.
    let year = created.map_or(2026, |time| chrono::Datelike::year(&time));
    // Equal hashes cost once.
    let mut known: HashMap<(String, String, String), Outcome> = HashMap::new();
    let mut places = places(contents, config);
    // What is in the final image is tested before what is buried, cheap before costly.
    places.sort_by_cached_key(|place| {
        let cost = Stored::of(&place.account).map_or(u64::MAX, |stored| stored.cost);
        (!place.seen.iter().any(|(_, present)| *present), place.account.locked, cost)
    });
    for place in &places {
        let account = &place.account;
        let key = (account.form.clone(), account.user.clone(), account.stored.clone());
        let outcome = known.entry(key).or_insert_with(|| test(account, options, year, &mut left)).clone();
        let at = place
            .seen
            .first()
            .map(|(evidence, _)| (evidence.path.clone(), evidence.layer))
            .unwrap_or_default();
        match outcome {
            Outcome::Guessed { guess, origin, tried, scheme } => {
                let days = account
                    .changed
                    .zip(created)
                    .map(|(changed, created)| created.timestamp() / 86_400 - changed);
                let secret = Details {
                    password: Some(PasswordDetails {
                        service: account.service.clone(),
                        user: account.user.clone(),
                        scheme: scheme.to_owned(),
                        masked: masked(&guess),
                        weakness: origin.as_str().to_owned(),
                        days_in_use: days.filter(|&days| days >= 0),
                        tried,
                    }),
                    advice: Some(advice(account).to_owned()),
                    ..Details::default()
                };
                out.push(finding(place, origin, &guess, secret));
            }
            Outcome::Strong => {}
            Outcome::Untested(why) => {
                let reason = format!("the password of {} was not tested: {why}", shown(account));
                unread.push(Unread { path: at.0, layer: at.1, reason });
            }
            Outcome::Partly { tried, total, scheme } => {
                let reason = format!(
                    "the password of {} was held against {tried} of {total} guesses: {scheme} is made to be slow",
                    shown(account)
                );
                unread.push(Unread { path: at.0, layer: at.1, reason });
            }
        }
    }
    out.sort_by(|one, other| {
        (other.severity, &one.id, &one.evidence).cmp(&(one.severity, &other.id, &other.evidence))
    });
    unread.sort();
    unread.dedup();
    (out, unread)
}

/// What testing one account came to.
#[derive(Clone)]
enum Outcome {
    Guessed {
        guess: String,
        origin: Origin,
        tried: u64,
        scheme: &'static str,
    },
    /// No guess of the whole list is right.
    Strong,
    Untested(String),
    /// No guess of those that the budget allowed is right.
    Partly {
        tried: u64,
        total: u64,
        scheme: &'static str,
    },
}

fn test(account: &Account, options: &Options, year: i32, left: &mut u64) -> Outcome {
    let stored = match Stored::of(account) {
        Ok(stored) => stored,
        Err(why) => return Outcome::Untested(why),
    };
    let budget = ACCOUNT_BUDGET.min(*left);
    let mut spent = 0_u64;
    let mut all = guesses(&account.user, &extra_names(account), &options.words, Some(year));
    for (tried, (guess, origin)) in (0_u64..).zip(all.by_ref()) {
        if spent.saturating_add(stored.cost) > budget {
            let total = tried + 1 + all.count() as u64;
            *left -= spent;
            return match tried {
                0 => Outcome::Untested("the time for passwords of this image is used up".to_owned()),
                _ => Outcome::Partly { tried, total, scheme: stored.name },
            };
        }
        spent += stored.cost;
        if stored.is(&guess) {
            *left -= spent;
            return Outcome::Guessed { guess, origin, tried: tried + 1, scheme: stored.name };
        }
    }
    *left -= spent;
    Outcome::Strong
}

/// Names a password may be made of beside the account's.
fn extra_names(account: &Account) -> Vec<&str> {
    match account.service.as_str() {
        "system" => Vec::new(),
        service => vec![service],
    }
}

fn shown(account: &Account) -> String {
    let user = if account.user.is_empty() { "the service" } else { &account.user };
    format!("{user} ({})", account.service)
}

/// Every account once, with all the places it stands in.
fn places(contents: &Contents, config: &ImageConfig) -> Vec<Place> {
    let mut places: BTreeMap<(String, String, String, String), Place> = BTreeMap::new();
    let mut add = |account: &Account, evidence: Evidence, present: bool| {
        let key =
            (account.service.clone(), account.user.clone(), account.form.clone(), account.stored.clone());
        let place = places.entry(key).or_insert_with(|| Place { account: account.clone(), seen: Vec::new() });
        place.account.locked &= account.locked;
        place.seen.push((evidence, present));
    };
    for sighting in &contents.sightings {
        if let Fact::Account(account) = &sighting.fact {
            let inner = Some(sighting.inner_path.clone()).filter(|inner| !inner.is_empty());
            let evidence = Evidence {
                path: sighting.path.clone(),
                inner_path: inner,
                line: account.line,
                layer: sighting.layer,
                value: None,
            };
            add(account, evidence, sighting.present);
        }
    }
    for (account, name) in environment(&config.env) {
        let evidence = Evidence {
            path: Evidence::CONFIG.to_owned(),
            inner_path: Some(format!("Env/{name}")),
            ..Evidence::default()
        };
        add(&account, evidence, true);
    }
    let mut places: Vec<Place> = places.into_values().collect();
    for place in &mut places {
        // The final image first.
        place.seen.sort_by(|one, other| (!one.1, &one.0).cmp(&(!other.1, &other.0)));
    }
    places
}

/// Passwords that images take from their environment: variable, service, user.
const VARIABLES: &[(&str, &str, &str)] = &[
    ("MYSQL_ROOT_PASSWORD", "mysql", "root"),
    ("MYSQL_PASSWORD", "mysql", "MYSQL_USER"),
    ("MARIADB_ROOT_PASSWORD", "mysql", "root"),
    ("MARIADB_PASSWORD", "mysql", "MARIADB_USER"),
    ("POSTGRES_PASSWORD", "postgresql", "POSTGRES_USER"),
    ("PGPASSWORD", "postgresql", "PGUSER"),
    ("POSTGRESQL_PASSWORD", "postgresql", "POSTGRESQL_USERNAME"),
    ("REDIS_PASSWORD", "redis", "default"),
    ("REDIS_PASS", "redis", "default"),
    ("RABBITMQ_DEFAULT_PASS", "rabbitmq", "RABBITMQ_DEFAULT_USER"),
    ("MONGO_INITDB_ROOT_PASSWORD", "mongodb", "MONGO_INITDB_ROOT_USERNAME"),
    ("MONGODB_ROOT_PASSWORD", "mongodb", "root"),
    ("ELASTIC_PASSWORD", "elasticsearch", "elastic"),
    ("GF_SECURITY_ADMIN_PASSWORD", "grafana", "GF_SECURITY_ADMIN_USER"),
    ("MINIO_ROOT_PASSWORD", "minio", "MINIO_ROOT_USER"),
    ("MINIO_SECRET_KEY", "minio", "MINIO_ACCESS_KEY"),
    ("KEYCLOAK_ADMIN_PASSWORD", "keycloak", "KEYCLOAK_ADMIN"),
    ("SA_PASSWORD", "sqlserver", "sa"),
    ("MSSQL_SA_PASSWORD", "sqlserver", "sa"),
    ("ORACLE_PASSWORD", "oracle", "system"),
    ("LDAP_ADMIN_PASSWORD", "ldap", "admin"),
    ("INFLUXDB_ADMIN_PASSWORD", "influxdb", "INFLUXDB_ADMIN_USER"),
    ("DOCKER_INFLUXDB_INIT_PASSWORD", "influxdb", "DOCKER_INFLUXDB_INIT_USERNAME"),
    ("VNC_PASSWORD", "vnc", ""),
    ("VNC_PW", "vnc", ""),
    ("ROOT_PASSWORD", "system", "root"),
    ("SSH_PASSWORD", "system", "SSH_USER"),
];

/// Variables that switch a service's password off, with the value that does so; `*` for any that is not empty.
const SWITCHES: &[(&str, &str, &str, &str)] = &[
    ("MYSQL_ALLOW_EMPTY_PASSWORD", "*", "mysql", "root"),
    ("MARIADB_ALLOW_EMPTY_ROOT_PASSWORD", "*", "mysql", "root"),
    ("ALLOW_EMPTY_PASSWORD", "yes", "service", ""),
    ("POSTGRES_HOST_AUTH_METHOD", "trust", "postgresql", "postgres"),
];

fn environment(variables: &[String]) -> Vec<(Account, String)> {
    let pairs: Vec<(&str, &str)> = variables.iter().filter_map(|variable| variable.split_once('=')).collect();
    let value = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    let mut out = Vec::new();
    for (name, stored) in &pairs {
        if let Some((_, _, service, user)) = SWITCHES
            .iter()
            .find(|(key, on, ..)| key == name && (*on == *stored || *on == "*" && !stored.is_empty()))
        {
            out.push((source::account(service, user, "plain", "", 0), (*name).to_owned()));
            continue;
        }
        // `${…}` and files are filled in elsewhere; an empty variable is one to be set when the container starts.
        if stored.is_empty() || stored.starts_with('$') || stored.starts_with('/') {
            continue;
        }
        if let Some((_, service, user)) = VARIABLES.iter().find(|(key, ..)| key == name).copied() {
            let user = if user.chars().any(char::is_uppercase) { value(user).unwrap_or("") } else { user };
            out.push((source::account(service, user, "plain", stored, 0), (*name).to_owned()));
        } else if ["_PASSWORD", "_PASSWD", "_PASS"].iter().any(|end| name.ends_with(end)) && name.len() > 6 {
            let front = name.rsplit_once('_').map_or(*name, |(front, _)| front);
            let user =
                value(&format!("{front}_USER")).or_else(|| value(&format!("{front}_USERNAME"))).unwrap_or("");
            out.push((source::account("environment", user, "plain", stored, 0), (*name).to_owned()));
        }
    }
    out
}

fn finding(place: &Place, origin: Origin, guess: &str, details: Details) -> Finding {
    let account = &place.account;
    let present = place.seen.iter().any(|(_, present)| *present);
    let severity = severity(account, origin, present);
    let who = if account.user.is_empty() { String::new() } else { format!(" of {}", account.user) };
    let title = match origin {
        Origin::Empty => format!("no password: {} account{who}", account.service),
        _ => format!("weak password: {} account{who}, {}", account.service, origin.as_str()),
    };
    let locked = if account.locked { " (locked)" } else { "" };
    Finding {
        kind: RiskKind::WeakPassword,
        id: format!(
            "weak-password-{}-{}",
            account.service,
            if account.user.is_empty() { "any" } else { &account.user }
        ),
        aliases: Vec::new(),
        title: format!("{title}{locked}"),
        severity,
        urgency: if present { Urgency::of(severity) } else { Urgency::None },
        component: None,
        installed: None,
        fixed: None,
        state: None,
        evidence: place
            .seen
            .iter()
            .take(50)
            .map(|(evidence, _)| Evidence { value: Some(masked(guess)), ..evidence.clone() })
            .collect(),
        present,
        inherited: None,
        decision: None,
        references: Vec::new(),
        details,
    }
}

/// A way in without a password is the worst; what is locked or buried opens nothing today.
fn severity(account: &Account, origin: Origin, present: bool) -> Severity {
    if account.locked || account.service == "system-group" {
        return Severity::Low;
    }
    if !present {
        return Severity::Medium;
    }
    match (origin, account.service.as_str(), account.user.as_str()) {
        (Origin::Empty, "system", _) | (_, "system", "root") => Severity::Critical,
        (Origin::Empty, ..) => Severity::High,
        (_, "snmp", _) => Severity::Medium,
        _ => Severity::High,
    }
}

/// At most the first character of a password of four or more, and its length up to eight.
fn masked(password: &str) -> String {
    let letters = password.chars().count();
    match (letters, password.chars().next()) {
        (0, _) => "(empty)".to_owned(),
        (4.., Some(first)) => format!("{first}{}", "*".repeat(letters.min(8) - 1)),
        _ => "****".to_owned(),
    }
}

fn advice(account: &Account) -> &'static str {
    match account.service.as_str() {
        "system" => {
            "Lock the account (passwd -l), or set a long random password; containers rarely need any."
        }
        "snmp" => "Choose another community string, or use SNMPv3 with users.",
        "environment" => {
            "Do not set passwords in the image: give them when the container starts, from a secret store."
        }
        _ => "Set a long random password when the container starts, from a secret store.",
    }
}
