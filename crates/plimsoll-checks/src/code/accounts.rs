//! Rules on accounts: passwd(5), group(5), shadow(5), gshadow(5), and trust between hosts.

mod read;

use crate::rule::Outcome;
use crate::tree::Tree;
use plimsoll_model::{Confidence, Entry, EntryKind, Evidence, Fact};
pub(crate) use read::{Database, Names, Row};
use std::collections::{BTreeSet, HashMap};

/// Groups whose members can become root: through sudo, raw disks, memory, shadow, or a daemon of containers.
const PRIVILEGED: [&str; 15] = [
    "root",
    "sudo",
    "wheel",
    "admin",
    "disk",
    "shadow",
    "kmem",
    "mem",
    "docker",
    "lxd",
    "libvirt",
    "adm",
    "staff",
    "incus-admin",
    "podman",
];

fn passwd<'a>(tree: &Tree<'a>) -> Result<Database<'a>, Outcome> {
    read(tree, "/etc/passwd")
}

fn read<'a>(tree: &Tree<'a>, path: &str) -> Result<Database<'a>, Outcome> {
    Database::read(tree, path).ok_or_else(|| Outcome::not_applicable(format!("not in the image: {path}")))
}

/// Runs a rule that may stop early.
macro_rules! judge {
    ($body:expr) => {
        (|| -> Result<Outcome, Outcome> { $body })().unwrap_or_else(|outcome| outcome)
    };
}

/// Rows whose field has been seen before.
fn repeated(database: &Database<'_>, field: usize, what: &str) -> Vec<Evidence> {
    let mut first: HashMap<&str, &str> = HashMap::new();
    let mut out = Vec::new();
    for row in &database.rows {
        let value = row.field(field);
        if value.is_empty() || row.name().starts_with(['+', '-']) {
            continue;
        }
        if let Some(other) = first.get(value) {
            out.push(database.at(row, format!("{} has {what} {value} of {other}", row.name())));
        } else {
            first.insert(value, row.name());
        }
    }
    out
}

pub(super) fn unique_users(tree: &Tree<'_>) -> Outcome {
    judge!(Ok(Outcome::of(repeated(&passwd(tree)?, 0, "the name"), "each name is there once")))
}

pub(super) fn unique_uids(tree: &Tree<'_>) -> Outcome {
    judge!(Ok(Outcome::of(repeated(&passwd(tree)?, 2, "the uid"), "each uid is there once")))
}

pub(super) fn unique_users_and_uids(tree: &Tree<'_>) -> Outcome {
    judge!({
        let passwd = passwd(tree)?;
        let mut wrong = repeated(&passwd, 0, "the name");
        wrong.extend(repeated(&passwd, 2, "the uid"));
        Ok(Outcome::of(wrong, "each name and uid is there once"))
    })
}

pub(super) fn unique_groups(tree: &Tree<'_>) -> Outcome {
    judge!({
        let group = read(tree, "/etc/group")?;
        let mut wrong = repeated(&group, 0, "the name");
        wrong.extend(repeated(&group, 2, "the gid"));
        Ok(Outcome::of(wrong, "each name and gid is there once"))
    })
}

pub(super) fn unique_group_names(tree: &Tree<'_>) -> Outcome {
    judge!(Ok(Outcome::of(repeated(&read(tree, "/etc/group")?, 0, "the name"), "each name is there once")))
}

pub(super) fn unique_gids(tree: &Tree<'_>) -> Outcome {
    judge!(Ok(Outcome::of(repeated(&read(tree, "/etc/group")?, 2, "the gid"), "each gid is there once")))
}

pub(super) fn only_root_is_uid_0(tree: &Tree<'_>) -> Outcome {
    judge!({
        let passwd = passwd(tree)?;
        let wrong = passwd.rows.iter().filter(|row| row.number(2) == Some(0) && row.name() != "root");
        let wrong = wrong.map(|row| passwd.at(row, format!("{} has uid 0", row.name())));
        Ok(Outcome::of(wrong.collect(), "only root has uid 0"))
    })
}

pub(super) fn root_gid_0(tree: &Tree<'_>) -> Outcome {
    judge!({
        let passwd = passwd(tree)?;
        let root = passwd.rows.iter().filter(|row| row.name() == "root" && row.number(3) != Some(0));
        let wrong = root.map(|row| passwd.at(row, format!("root has gid {}", row.field(3))));
        Ok(Outcome::of(wrong.collect(), "gid 0"))
    })
}

/// Accounts that a distribution ships with gid 0 and that only run a command.
const GID_0: [&str; 5] = ["root", "sync", "shutdown", "halt", "operator"];

pub(super) fn only_root_has_gid_0(tree: &Tree<'_>) -> Outcome {
    judge!({
        let passwd = passwd(tree)?;
        let wrong = passwd.rows.iter().filter(|row| row.number(3) == Some(0) && !GID_0.contains(&row.name()));
        let wrong = wrong.map(|row| passwd.at(row, format!("{} has gid 0", row.name())));
        Ok(Outcome::of(wrong.collect(), "only root has gid 0"))
    })
}

pub(super) fn only_group_root_is_gid_0(tree: &Tree<'_>) -> Outcome {
    judge!({
        let group = read(tree, "/etc/group")?;
        let wrong = group.rows.iter().filter(|row| row.number(2) == Some(0) && row.name() != "root");
        let wrong = wrong.map(|row| group.at(row, format!("{} has gid 0", row.name())));
        Ok(Outcome::of(wrong.collect(), "only root has gid 0"))
    })
}

pub(super) fn shadowed(tree: &Tree<'_>) -> Outcome {
    judge!({
        let passwd = passwd(tree)?;
        let wrong = passwd.rows.iter().filter(|row| {
            // A `*` or `!` in passwd itself is a locked account.
            !matches!(row.field(1), "x" | "*" | "!" | "!!" | "") && row.fields.len() > 2
        });
        let wrong =
            wrong.map(|row| passwd.at(row, format!("{} has its password in /etc/passwd", row.name())));
        Ok(Outcome::of(wrong.collect(), "none"))
    })
}

pub(super) fn no_empty_password(tree: &Tree<'_>) -> Outcome {
    judge!({
        let passwd = passwd(tree)?;
        let empty = |database: &Database<'_>| -> Vec<Evidence> {
            let rows = database.rows.iter().filter(|row| row.fields.len() > 1 && row.field(1).is_empty());
            let rows = rows.filter(|row| !row.name().starts_with(['+', '-']));
            rows.map(|row| database.at(row, format!("{} has an empty password", row.name()))).collect()
        };
        let mut wrong = empty(&passwd);
        if let Some(shadow) = Database::read(tree, "/etc/shadow") {
            wrong.extend(empty(&shadow));
        }
        Ok(Outcome::of(wrong, "none"))
    })
}

/// Is this stored password one that can be used to log in?
pub(crate) fn is_usable(stored: &str) -> bool {
    stored.len() >= 13 && !stored.starts_with(['!', '*'])
}

pub(super) fn no_shared_hash(tree: &Tree<'_>) -> Outcome {
    judge!({
        let shadow = read(tree, "/etc/shadow")?;
        let mut first: HashMap<&str, &str> = HashMap::new();
        let mut wrong = Vec::new();
        for row in &shadow.rows {
            let stored = row.field(1).trim_start_matches('!');
            if !is_usable(stored) {
                continue;
            }
            match first.get(stored) {
                Some(other) => {
                    wrong.push(shadow.at(row, format!("{} has the password hash of {other}", row.name())));
                }
                None => {
                    first.insert(stored, row.name());
                }
            }
        }
        Ok(Outcome::of(wrong, "none"))
    })
}

/// The hash of a stored password when it is weak (crypt(5)).
fn weak_hash(stored: &str) -> Option<&'static str> {
    if !is_usable(stored) {
        return None;
    }
    match stored.split('$').nth(1) {
        Some("1") => Some("MD5"),
        Some("3") => Some("NT"),
        Some("sha1") => Some("SHA-1"),
        Some(md5) if md5.starts_with("md5") => Some("Sun MD5"),
        Some(_) => None,
        None if stored.starts_with('_') => Some("BSDi DES"),
        None => Some("DES"),
    }
}

pub(super) fn no_weak_hash(tree: &Tree<'_>) -> Outcome {
    judge!({
        let passwd = passwd(tree)?;
        let mut wrong = Vec::new();
        for database in [Some(passwd), Database::read(tree, "/etc/shadow")].into_iter().flatten() {
            for row in &database.rows {
                if let Some(hash) = weak_hash(row.field(1)) {
                    wrong.push(database.at(row, format!("{} has a password hashed with {hash}", row.name())));
                }
            }
        }
        Ok(Outcome::of(wrong, "none"))
    })
}

/// Can someone log in to this account, as far as its shell says?
pub(crate) fn has_shell(row: &Row<'_>) -> bool {
    let shell = row.field(6).rsplit('/').next().unwrap_or("");
    !matches!(shell, "nologin" | "false" | "sync" | "shutdown" | "halt" | "null" | "true")
}

pub(super) fn no_unprivileged_in_privileged_group(tree: &Tree<'_>) -> Outcome {
    judge!({
        let (passwd, group) = (passwd(tree)?, read(tree, "/etc/group")?);
        let ordinary: BTreeSet<&str> = passwd
            .rows
            .iter()
            .filter(|row| row.name() != "root" && row.number(2) != Some(0) && has_shell(row))
            .map(Row::name)
            .collect();
        let privileged: Vec<&Row<'_>> =
            group.rows.iter().filter(|row| PRIVILEGED.contains(&row.name())).collect();
        let mut wrong = Vec::new();
        for row in &privileged {
            for member in row.field(3).split(',').filter(|member| ordinary.contains(member.trim())) {
                wrong.push(group.at(row, format!("{member} is in {}", row.name())));
            }
        }
        let names: HashMap<&str, &str> = privileged.iter().map(|row| (row.field(2), row.name())).collect();
        for user in passwd.rows.iter().filter(|user| ordinary.contains(user.name())) {
            if let Some(name) = names.get(user.field(3)) {
                wrong.push(passwd.at(user, format!("{} is in {name}", user.name())));
            }
        }
        Ok(Outcome::of(wrong, "none"))
    })
}

fn plus(tree: &Tree<'_>, path: &str) -> Outcome {
    judge!({
        let database = read(tree, path)?;
        let wrong = database.rows.iter().filter(|row| row.name().starts_with('+'));
        Ok(Outcome::of(
            wrong.map(|row| database.at(row, "a line that begins with +".into())).collect(),
            "none",
        ))
    })
}

pub(super) fn no_plus_in_passwd(tree: &Tree<'_>) -> Outcome {
    plus(tree, "/etc/passwd")
}

pub(super) fn no_plus_in_shadow(tree: &Tree<'_>) -> Outcome {
    plus(tree, "/etc/shadow")
}

pub(super) fn no_plus_in_group(tree: &Tree<'_>) -> Outcome {
    plus(tree, "/etc/group")
}

pub(super) fn groups_exist(tree: &Tree<'_>) -> Outcome {
    judge!({
        let (passwd, group) = (passwd(tree)?, read(tree, "/etc/group")?);
        let known: BTreeSet<u32> = group.rows.iter().filter_map(|row| row.number(2)).collect();
        let wrong = passwd.rows.iter().filter(|row| row.number(3).is_some_and(|gid| !known.contains(&gid)));
        let wrong = wrong
            .map(|row| passwd.at(row, format!("{} has gid {}, which is no group", row.name(), row.field(3))));
        Ok(Outcome::of(wrong.collect(), "each group exists"))
    })
}

pub(super) fn shadow_group_empty(tree: &Tree<'_>) -> Outcome {
    judge!({
        let (passwd, group) = (passwd(tree)?, read(tree, "/etc/group")?);
        let Some(shadow) = group.rows.iter().find(|row| row.name() == "shadow") else {
            return Err(Outcome::not_applicable("there is no group shadow"));
        };
        let members = shadow.field(3).split(',').filter(|member| !member.is_empty());
        let mut wrong: Vec<Evidence> =
            members.map(|member| group.at(shadow, format!("{member} is in shadow"))).collect();
        let own = passwd.rows.iter().filter(|row| row.fields.len() > 3 && row.field(3) == shadow.field(2));
        wrong.extend(own.map(|row| passwd.at(row, format!("{} has the group shadow", row.name()))));
        Ok(Outcome::of(wrong, "empty"))
    })
}

/// Rows of shadow with a password that can be used, or why there is nothing to judge.
fn with_password<'a>(tree: &Tree<'a>) -> Result<(Database<'a>, Vec<usize>), Outcome> {
    let shadow = read(tree, "/etc/shadow")?;
    let rows: Vec<usize> = (0..shadow.rows.len()).filter(|&at| is_usable(shadow.rows[at].field(1))).collect();
    if rows.is_empty() {
        return Err(Outcome::not_applicable("no account has a password"));
    }
    Ok((shadow, rows))
}

/// A field of shadow(5) that holds days, for each account with a password.
fn days(tree: &Tree<'_>, field: usize, what: &str, fine: impl Fn(Option<i64>) -> bool) -> Outcome {
    judge!({
        let (shadow, rows) = with_password(tree)?;
        let wrong =
            rows.iter().map(|&at| &shadow.rows[at]).filter(|row| !fine(row.field(field).parse().ok()));
        let wrong = wrong.map(|row| {
            let value = if row.field(field).is_empty() { "not set" } else { row.field(field) };
            shadow.at(row, format!("{}: {what} {value}", row.name()))
        });
        Ok(Outcome::of(wrong.collect(), "each account's is"))
    })
}

pub(super) fn expiry_configured(tree: &Tree<'_>) -> Outcome {
    days(tree, 4, "maximum days", |days| days.is_some_and(|days| (1..=365).contains(&days)))
}

pub(super) fn minimum_days(tree: &Tree<'_>) -> Outcome {
    days(tree, 3, "minimum days", |days| days.is_some_and(|days| days >= 1))
}

pub(super) fn warn_days(tree: &Tree<'_>) -> Outcome {
    days(tree, 5, "warning days", |days| days.is_some_and(|days| days >= 7))
}

pub(super) fn inactive_days(tree: &Tree<'_>) -> Outcome {
    days(tree, 6, "inactive days", |days| days.is_some_and(|days| (0..=45).contains(&days)))
}

/// Last changes against the day the image was made: later ones never come due.
pub(super) fn last_changes_past(tree: &Tree<'_>) -> Outcome {
    judge!({
        let (shadow, rows) = with_password(tree)?;
        let made = tree.config.created.as_deref().and_then(read::day);
        let Some(made) = made.or(tree.file("/etc/shadow").map(|file| file.entry.mtime / 86_400)) else {
            return Err(Outcome::not_decidable("the image does not say when it was made"));
        };
        let changed = |row: &Row<'_>| row.field(2).parse::<i64>().ok();
        let wrong = rows
            .iter()
            .map(|&at| &shadow.rows[at])
            .filter(|row| changed(row).is_some_and(|day| day > made + 1));
        let wrong = wrong.map(|row| {
            shadow.at(
                row,
                format!("{} was changed on day {}, the image is of day {made}", row.name(), row.field(2)),
            )
        });
        Ok(Outcome::of(wrong.collect(), "each lies in the past"))
    })
}

/// Accounts below the first ordinary uid.
fn is_system(row: &Row<'_>) -> bool {
    row.number(2).is_some_and(|uid| (1..1000).contains(&uid) || uid == 65534)
}

pub(super) fn system_accounts_nologin(tree: &Tree<'_>) -> Outcome {
    judge!({
        let passwd = passwd(tree)?;
        let wrong = passwd.rows.iter().filter(|row| is_system(row) && has_shell(row) && row.fields.len() > 6);
        let wrong = wrong.map(|row| {
            let shell = if row.field(6).is_empty() { "/bin/sh (not set)" } else { row.field(6) };
            passwd.at(row, format!("{} has the shell {shell}", row.name()))
        });
        Ok(Outcome::of(wrong.collect(), "none has a shell"))
    })
}

pub(super) fn accounts_without_shell_locked(tree: &Tree<'_>) -> Outcome {
    judge!({
        let (passwd, shadow) = (passwd(tree)?, read(tree, "/etc/shadow")?);
        let closed: BTreeSet<&str> =
            passwd.rows.iter().filter(|row| !has_shell(row)).map(Row::name).collect();
        let wrong = shadow.rows.iter().filter(|row| closed.contains(row.name()) && is_usable(row.field(1)));
        let wrong = wrong.map(|row| shadow.at(row, format!("{} has no shell but a password", row.name())));
        Ok(Outcome::of(wrong.collect(), "all are locked"))
    })
}

pub(super) fn root_has_no_password(tree: &Tree<'_>) -> Outcome {
    judge!({
        let shadow = read(tree, "/etc/shadow")?;
        let root = shadow.rows.iter().filter(|row| row.name() == "root" && is_usable(row.field(1)));
        Ok(Outcome::of(root.map(|row| shadow.at(row, "root has a password".into())).collect(), "locked"))
    })
}

pub(super) fn nologin_not_in_shells(tree: &Tree<'_>) -> Outcome {
    let Some(shells) = tree.text("/etc/shells") else {
        return Outcome::not_applicable("not in the image: /etc/shells");
    };
    let wrong = shells.lines().filter(|(_, line)| line.ends_with("/nologin"));
    Outcome::of(wrong.map(|(number, line)| shells.line(number, line)).collect(), "not listed")
}

pub(super) fn old_entries(tree: &Tree<'_>) -> Outcome {
    let paths = ["/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow"];
    let mut wrong = Vec::new();
    for database in paths.iter().filter_map(|path| Database::read(tree, path)) {
        let least = if database.path.ends_with("passwd") { 7 } else { 3 };
        let odd = database.rows.iter().filter(|row| {
            !row.name().starts_with(['+', '-']) && (row.name().is_empty() || row.fields.len() < least)
        });
        wrong.extend(odd.map(|row| database.at(row, "a line that is no account".into())));
    }
    Outcome::of(wrong, "none")
}

/// The home of an account that someone logs in to.
struct Home<'a> {
    name: String,
    uid: u32,
    path: String,
    /// Its folder, where it is there.
    entry: Option<&'a Entry>,
}

fn homes<'a>(tree: &Tree<'a>) -> Result<Vec<Home<'a>>, Outcome> {
    let passwd = passwd(tree)?;
    let people = passwd.rows.iter().filter(|row| {
        let ordinary = row.number(2).is_some_and(|uid| uid >= 1000 && uid != 65534);
        (ordinary || row.name() == "root") && has_shell(row) && row.field(5).len() > 1
    });
    let homes: Vec<Home<'a>> = people
        .map(|row| Home {
            name: row.name().to_owned(),
            uid: row.number(2).unwrap_or(0),
            path: row.field(5).to_owned(),
            entry: tree.file(row.field(5)).map(|file| &file.entry),
        })
        .collect();
    if homes.is_empty() { Err(Outcome::not_applicable("no account is one to log in to")) } else { Ok(homes) }
}

pub(super) fn home_folders(tree: &Tree<'_>) -> Outcome {
    judge!({
        let mut wrong = Vec::new();
        for Home { name, uid, path, entry } in homes(tree)? {
            let Some(entry) = entry else { continue };
            if entry.uid != uid {
                wrong.push(tree.whole(&path, Some(format!("{path} of {name} is of uid {}", entry.uid))));
            } else if entry.mode & 0o022 != 0 {
                wrong.push(tree.whole(&path, Some(format!("{path} is {:04o}", entry.mode))));
            }
        }
        Ok(Outcome::of(wrong, "each is its account's, and only it may write"))
    })
}

pub(super) fn homes_exist(tree: &Tree<'_>) -> Outcome {
    judge!({
        let missing = homes(tree)?.into_iter().filter(|home| home.entry.is_none());
        let wrong = missing.map(|home| {
            tree.whole("/etc/passwd", Some(format!("{} of {} is missing", home.path, home.name)))
        });
        Ok(Outcome::of(wrong.collect(), "each is there"))
    })
}

pub(super) fn dot_files(tree: &Tree<'_>) -> Outcome {
    judge!({
        let mut wrong = Vec::new();
        for Home { uid, path: home, .. } in homes(tree)? {
            for path in tree.glob(&format!("{}/.*", home.trim_end_matches('/'))) {
                let Some(file) = tree.contents.file(&path) else { continue };
                let entry = &file.entry;
                if entry.kind != EntryKind::File {
                    continue;
                }
                let most = match entry.file_name() {
                    ".netrc" | ".bash_history" | ".pgpass" | ".my.cnf" => 0o600,
                    _ => 0o755,
                };
                if entry.mode & 0o7777 & !most != 0 || (entry.uid != uid && entry.uid != 0) {
                    wrong.push(
                        tree.whole(&path, Some(format!("{path} is {:04o} of uid {}", entry.mode, entry.uid))),
                    );
                }
            }
        }
        Ok(Outcome::of(wrong, "none is open to others"))
    })
}

pub(super) fn no_rhosts(tree: &Tree<'_>) -> Outcome {
    let globs: Vec<String> = [
        "/etc/hosts.equiv",
        "/etc/shosts.equiv",
        "/etc/ssh/shosts.equiv",
        "/root/.rhosts",
        "/root/.shosts",
        "/home/*/.rhosts",
        "/home/*/.shosts",
    ]
    .map(str::to_owned)
    .to_vec();
    let mut wrong = Vec::new();
    for path in tree.globs(&globs) {
        match tree.text(&path).and_then(|text| text.lines().next().map(|(line, what)| text.line(line, what)))
        {
            Some(line) => wrong.push(line),
            // A personal one is a risk even when empty; Debian ships no hosts.equiv but some tools an empty one.
            None if !path.ends_with(".equiv") => wrong.push(tree.whole(&path, Some(path.clone()))),
            None => {}
        }
    }
    Outcome::of(wrong, "none")
}

pub(super) fn no_root_keys(tree: &Tree<'_>) -> Outcome {
    keys(tree, &["/root/.ssh/authorized_keys", "/root/.ssh/authorized_keys2"])
}

pub(super) fn no_user_keys(tree: &Tree<'_>) -> Outcome {
    keys(tree, &["/home/*/.ssh/authorized_keys", "/home/*/.ssh/authorized_keys2"])
}

fn keys(tree: &Tree<'_>, globs: &[&str]) -> Outcome {
    let mut wrong = Vec::new();
    for text in globs.iter().flat_map(|glob| tree.glob(glob)).filter_map(|path| tree.text(&path)) {
        for (number, line) in text.lines() {
            // What a key is called is its last word; the key itself is of no use to a reader.
            let kind = line.split_whitespace().find(|word| {
                word.starts_with("ssh-") || word.starts_with("ecdsa-") || word.starts_with("sk-")
            });
            let comment = line.split_whitespace().next_back().unwrap_or("");
            wrong.push(text.line(number, format!("{} {}", kind.unwrap_or("key"), crate::cut(comment, 40))));
        }
    }
    Outcome::of(wrong, "none")
}

/// A password that the secret rules saw in a file that is not as its package brought it. Where they saw none, nothing is said: they may not have been asked.
pub(super) fn no_seen_secret(tree: &Tree<'_>) -> Outcome {
    let seen =
        tree.contents.sightings.iter().filter(|seen| seen.present && !seen.unchanged).filter_map(|seen| {
            match &seen.fact {
                Fact::Secret(secret) if secret.confidence >= Confidence::Medium => Some(Evidence {
                    path: seen.path.clone(),
                    inner_path: (!seen.inner_path.is_empty()).then(|| seen.inner_path.clone()),
                    line: secret.line,
                    layer: seen.layer,
                    value: Some(format!("{}: {}", secret.rule, secret.masked)),
                }),
                _ => None,
            }
        });
    let seen: Vec<Evidence> = seen.collect();
    if seen.is_empty() {
        return Outcome::not_decidable("no secret was seen; see findings of kind secret");
    }
    Outcome::of(seen, "none")
}
