//! The files that keep accounts with passwords, told by their paths.

mod databases;
mod lines;
mod structured;
mod system;
#[cfg(test)]
mod tests;

use plimsoll_model::Account;

/// Accounts of one file, at most.
const ACCOUNTS_MAX: usize = 10_000;
/// Bytes of one stored password, at most; longer ones are none.
const STORED_BYTES_MAX: usize = 1_024;

/// Reads one kind of file.
type Read = fn(&[u8]) -> Result<Vec<Account>, String>;

/// Who reads the file at this path, if it is one of ours.
pub(crate) fn reader(path: &str) -> Option<Read> {
    let (folder, name) = path.rsplit_once('/')?;
    let below = |part: &str| folder.contains(part);
    let lower = name.to_ascii_lowercase();
    Some(match name {
        "shadow" | "shadow-" if folder.ends_with("/etc") => system::shadow,
        "passwd" | "passwd-" if folder.ends_with("/etc") => system::passwd,
        "gshadow" | "gshadow-" if folder.ends_with("/etc") => system::gshadow,
        "smbpasswd" => system::smbpasswd,
        "tomcat-users.xml" => structured::tomcat,
        "redis.conf" | "sentinel.conf" | "valkey.conf" | "keydb.conf" => lines::redis,
        "users.acl" => lines::redis_acl,
        "realm.properties" | "jetty-realm.properties" | "jmx.password" => lines::realm,
        "users.properties" if below("karaf") || below("activemq") || below("etc") || below("conf") => {
            lines::realm
        }
        "global_priv.MAD" if below("mysql") => databases::mariadb,
        "user.MYD" if below("mysql") => databases::mysql,
        "mysql.ibd" => databases::mysql,
        "1260" if folder.ends_with("/global") => databases::postgresql,
        "ftpd.passwd" | "proftpd.passwd" | "pureftpd.passwd" => lines::ftp,
        "users" | "passwd" if below("/dovecot") => lines::dovecot,
        "passwd" if below("/svn") || folder.ends_with("/conf") => lines::svn,
        "users" if below("/elasticsearch") || below("/opensearch") => lines::elasticsearch,
        "slapd.conf" => lines::slapd,
        "olcDatabase={1}mdb.ldif" | "olcDatabase={0}config.ldif" => lines::slapd,
        "rabbitmq.conf" => lines::rabbitmq_conf,
        "definitions.json" if below("rabbitmq") => structured::rabbitmq,
        "grafana.ini" | "custom.ini" | "defaults.ini" if below("grafana") => lines::grafana,
        "config.xml" if below("/users/") => structured::jenkins,
        "snmpd.conf" => lines::snmp,
        ".pgpass" | "pgpass.conf" => lines::pgpass,
        ".my.cnf" | "my.cnf" | ".mylogin.cnf" if !below("/alternatives") => lines::my_cnf,
        "chap-secrets" | "pap-secrets" => lines::ppp,
        "virtual_users.txt" | "vusers.txt" | "vsftpd_login.txt" | "virtusers" | "vuser.txt" => lines::vsftpd,
        _ if lower.contains("htpasswd") => lines::htpasswd,
        _ if below("/mosquitto") && (lower.contains("passw") || lower == "pwfile") => lines::mosquitto,
        _ if below("/squid") && lower.contains("passw") => lines::htpasswd,
        "virtual_users.db" | "vsftpd_login.db" | "vusers.db" | "login.db"
            if below("vsftpd") || below("/etc") =>
        {
            databases::vsftpd
        }
        _ => return None,
    })
}

/// An account of a service.
pub(super) fn account(service: &str, user: &str, form: &str, stored: &str, line: usize) -> Account {
    Account {
        service: service.to_owned(),
        user: user.to_owned(),
        form: form.to_owned(),
        stored: stored.to_owned(),
        line: u32::try_from(line).ok().filter(|&line| line > 0),
        changed: None,
        locked: false,
    }
}

/// Bounds what a reader gave: the number of accounts, the size of each.
pub(crate) fn bounded(mut accounts: Vec<Account>) -> Vec<Account> {
    accounts
        .retain(|account| account.stored.len() <= STORED_BYTES_MAX && account.user.len() <= STORED_BYTES_MAX);
    accounts.truncate(ACCOUNTS_MAX);
    accounts
}

/// The lines of a text with their numbers from 1.
pub(super) fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(at, line)| (at + 1, line.trim_end_matches('\r')))
}
