//! Files of lines: `key value`, `key = value`, `user:password`.

use super::{account, numbered};
use plimsoll_model::Account;

type Accounts = Result<Vec<Account>, String>;

/// How a hash of this look is to be read; what looks like none is the password itself.
fn form(stored: &str) -> &'static str {
    let hex = |length: usize| stored.len() == length && stored.bytes().all(|byte| byte.is_ascii_hexdigit());
    if stored.starts_with('{') && stored.contains('}') {
        "ldap"
    } else if stored.starts_with("$") && stored[1..].contains('$') {
        "crypt"
    } else if stored.starts_with("OBF:") {
        "obfuscated"
    } else if hex(32) {
        "md5-hex"
    } else if hex(40) {
        "sha1-hex"
    } else if hex(64) {
        "sha256-hex"
    } else if hex(128) {
        "sha512-hex"
    } else {
        "plain"
    }
}

/// Lines without comments and white space around, with their numbers.
fn settings<'a>(text: &'a str, comments: &'static [char]) -> impl Iterator<Item = (usize, &'a str)> {
    numbered(text)
        .map(|(line, row)| (line, row.trim()))
        .filter(move |(_, row)| !row.is_empty() && !row.starts_with(comments))
}

fn unquoted(value: &str) -> &str {
    let value = value.trim();
    let quoted = |quote| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    quoted('"').or_else(|| quoted('\'')).unwrap_or(value)
}

/// `requirepass`, `masterauth`, `user … >password #sha256 nopass` (redis.conf, ACL rules of Redis 6).
pub fn redis(content: &[u8]) -> Accounts {
    let text = String::from_utf8_lossy(content);
    let mut out = Vec::new();
    for (line, row) in settings(&text, &['#']) {
        let Some((key, value)) = row.split_once(char::is_whitespace) else { continue };
        match key.to_ascii_lowercase().as_str() {
            "requirepass" => out.push(account("redis", "default", "plain", unquoted(value), line)),
            "masterauth" => out.push(account("redis", "(master)", "plain", unquoted(value), line)),
            "user" => acl(value, line, &mut out),
            _ => {}
        }
    }
    // An empty `requirepass ""` is how no password is written.
    Ok(out)
}

/// A file of ACL rules alone.
pub fn redis_acl(content: &[u8]) -> Accounts {
    let text = String::from_utf8_lossy(content);
    let mut out = Vec::new();
    for (line, row) in settings(&text, &['#']) {
        if let Some(rule) = row.strip_prefix("user ") {
            acl(rule, line, &mut out);
        }
    }
    Ok(out)
}

fn acl(rule: &str, line: usize, out: &mut Vec<Account>) {
    let mut words = rule.split_whitespace();
    let Some(user) = words.next() else { return };
    let words: Vec<&str> = words.collect();
    let locked = !words.iter().any(|word| word.eq_ignore_ascii_case("on"));
    for word in words {
        let (form, stored) = match word.as_bytes() {
            [b'>', ..] => ("plain", &word[1..]),
            [b'#', ..] => ("sha256-hex", &word[1..]),
            _ if word.eq_ignore_ascii_case("nopass") => ("plain", ""),
            _ => continue,
        };
        out.push(Account { locked, ..account("redis", user, form, stored, line) });
    }
}

/// `user:hash` of Apache, nginx, squid. Without a known look thirteen letters are traditional crypt.
pub fn htpasswd(content: &[u8]) -> Accounts {
    let text = String::from_utf8_lossy(content);
    Ok(pairs(&text, ':')
        .map(|(line, user, stored)| {
            let stored = stored.split(':').next().unwrap_or(stored);
            let traditional = stored.len() == 13
                && stored.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'/');
            let form = if traditional { "crypt" } else { form(stored) };
            account("htpasswd", user, form, stored, line)
        })
        .collect())
}

fn pairs(text: &str, separator: char) -> impl Iterator<Item = (usize, &str, &str)> {
    settings(text, &['#', ';', '!']).filter_map(move |(line, row)| {
        let (user, stored) = row.split_once(separator)?;
        let (user, stored) = (user.trim(), stored.trim());
        (!user.is_empty()).then_some((line, user, stored))
    })
}

/// `user: password, role` of Jetty; `user = password` of ActiveMQ; `user = password,role` of Karaf.
pub fn realm(content: &[u8]) -> Accounts {
    let text = String::from_utf8_lossy(content);
    let rows = settings(&text, &['#', '!']);
    Ok(rows
        .filter_map(|(line, row)| {
            let at = row.find(['=', ':'])?;
            let (user, stored) = (row[..at].trim(), row[at + 1..].trim());
            let stored = stored.split(',').next().unwrap_or(stored).trim();
            if user.is_empty()
                || user.contains(char::is_whitespace)
                || user.starts_with("_g_")
                || stored.is_empty()
            {
                return None;
            }
            let (form, stored) = match stored.split_once(':') {
                Some(("MD5", hex)) => ("md5-hex", hex),
                Some(("OBF", _)) => ("obfuscated", stored),
                Some(("CRYPT", hash)) => ("crypt", hash),
                _ => (form(stored), stored),
            };
            Some(account("java-realm", user, form, stored, line))
        })
        .collect())
}

/// `user:$7$…` (mosquitto_passwd(1)); a file not yet hashed holds the passwords.
pub fn mosquitto(content: &[u8]) -> Accounts {
    let text = String::from_utf8_lossy(content);
    Ok(pairs(&text, ':')
        .map(|(line, user, stored)| {
            let form = if stored.starts_with('$') { "mosquitto" } else { "plain" };
            account("mosquitto", user, form, stored, line)
        })
        .collect())
}

/// `user:hash:uid:gid:…` of ProFTPD and Pure-FTPd.
pub fn ftp(content: &[u8]) -> Accounts {
    let text = String::from_utf8_lossy(content);
    Ok(pairs(&text, ':')
        .filter_map(|(line, user, rest)| {
            let hash = rest.split(':').next()?;
            let locked = hash.starts_with(['!', '*']);
            (!locked).then(|| account("ftp", user, "crypt", hash, line))
        })
        .collect())
}

/// vsftpd's list before it becomes a database: name and password on alternate lines.
pub fn vsftpd(content: &[u8]) -> Accounts {
    let text = String::from_utf8_lossy(content);
    let rows: Vec<(usize, &str)> = numbered(&text).filter(|(_, row)| !row.is_empty()).collect();
    Ok(rows
        .chunks_exact(2)
        .filter_map(|pair| match pair {
            [(line, user), (_, password)] => Some(account("vsftpd", user, "plain", password, *line)),
            _ => None,
        })
        .collect())
}

/// `user:{SCHEME}hash:…` of Dovecot.
pub fn dovecot(content: &[u8]) -> Accounts {
    let text = String::from_utf8_lossy(content);
    Ok(pairs(&text, ':')
        .filter_map(|(line, user, rest)| {
            let stored = rest.split(':').next()?;
            let crypt =
                ["{CRYPT}", "{SHA512-CRYPT}", "{SHA256-CRYPT}", "{MD5-CRYPT}", "{BLF-CRYPT}", "{DES-CRYPT}"];
            let hash = crypt.iter().find_map(|scheme| stored.strip_prefix(scheme));
            match hash {
                Some(hash) => Some(account("dovecot", user, "crypt", hash, line)),
                None if stored.is_empty() => None,
                None => Some(account("dovecot", user, form(stored), stored, line)),
            }
        })
        .collect())
}

/// `[users]` of svnserve.
pub fn svn(content: &[u8]) -> Accounts {
    let text = String::from_utf8_lossy(content);
    let mut inside = false;
    let mut out = Vec::new();
    for (line, row) in settings(&text, &['#', ';']) {
        if row.starts_with('[') {
            inside = row == "[users]";
        } else if let Some((user, password)) = row.split_once('=').filter(|_| inside) {
            out.push(account("svn", user.trim(), "plain", password.trim(), line));
        }
    }
    Ok(out)
}

/// `user:$2a$10$…` of Elasticsearch's file realm.
pub fn elasticsearch(content: &[u8]) -> Accounts {
    let text = String::from_utf8_lossy(content);
    Ok(pairs(&text, ':')
        .map(|(line, user, hash)| account("elasticsearch", user, form(hash), hash, line))
        .collect())
}

/// `rootpw` of slapd.conf(5), `olcRootPW` of its LDIF form (`::` means base64).
pub fn slapd(content: &[u8]) -> Accounts {
    use base64::Engine as _;
    let text = String::from_utf8_lossy(content);
    let mut out = Vec::new();
    for (line, row) in settings(&text, &['#']) {
        if let Some(value) = row.strip_prefix("olcRootPW::") {
            let plain = base64::engine::general_purpose::STANDARD.decode(value.trim()).ok();
            if let Some(stored) = plain.and_then(|bytes| String::from_utf8(bytes).ok()) {
                out.push(account("ldap", "(root)", form(&stored), &stored, line));
            }
        } else if let Some(value) = row
            .strip_prefix("olcRootPW:")
            .or_else(|| row.strip_prefix("rootpw").filter(|rest| rest.starts_with(char::is_whitespace)))
        {
            let stored = unquoted(value);
            out.push(account("ldap", "(root)", form(stored), stored, line));
        }
    }
    Ok(out)
}

/// The values of these keys in `key = value` lines, sections left aside.
fn values<'a>(text: &'a str, keys: &'a [&str]) -> impl Iterator<Item = (usize, &'a str, &'a str)> {
    settings(text, &['#', ';']).filter_map(move |(line, row)| {
        let (key, value) = row.split_once('=')?;
        let key = key.trim();
        keys.contains(&key).then(|| (line, key, unquoted(value)))
    })
}

/// `default_user`, `default_pass` of RabbitMQ.
pub fn rabbitmq_conf(content: &[u8]) -> Accounts {
    let text = String::from_utf8_lossy(content);
    let user = values(&text, &["default_user"]).last().map_or("guest", |(_, _, user)| user);
    Ok(values(&text, &["default_pass"])
        .map(|(line, _, password)| account("rabbitmq", user, "plain", password, line))
        .collect())
}

/// `admin_user`, `admin_password` of Grafana.
pub fn grafana(content: &[u8]) -> Accounts {
    let text = String::from_utf8_lossy(content);
    let user = values(&text, &["admin_user"]).last().map_or("admin", |(_, _, user)| user);
    Ok(values(&text, &["admin_password"])
        .filter(|(_, _, password)| !password.starts_with('$'))
        .map(|(line, _, password)| account("grafana", user, "plain", password, line))
        .collect())
}

/// `rocommunity`, `rwcommunity`, `com2sec` of snmpd.conf(5): a community is a password for all.
pub fn snmp(content: &[u8]) -> Accounts {
    let text = String::from_utf8_lossy(content);
    Ok(settings(&text, &['#'])
        .filter_map(|(line, row)| {
            let words: Vec<&str> = row.split_whitespace().collect();
            let (kind, community) = match words[..] {
                ["rocommunity" | "rocommunity6", community, ..] => ("(read)", community),
                ["rwcommunity" | "rwcommunity6", community, ..] => ("(write)", community),
                ["com2sec", name, _, community, ..] if !name.starts_with('-') => ("(com2sec)", community),
                _ => return None,
            };
            Some(account("snmp", kind, "plain", community, line))
        })
        .collect())
}

/// `host:port:database:user:password` (libpq, "The Password File").
pub fn pgpass(content: &[u8]) -> Accounts {
    let text = String::from_utf8_lossy(content);
    Ok(settings(&text, &['#'])
        .filter_map(|(line, row)| {
            let fields: Vec<&str> = row.splitn(5, ':').collect();
            let [_, _, _, user, password] = fields[..] else { return None };
            Some(account("postgresql", user, "plain", password, line))
        })
        .collect())
}

/// `user`, `password` of a client's option file.
pub fn my_cnf(content: &[u8]) -> Accounts {
    let text = String::from_utf8_lossy(content);
    let mut user = "root";
    let mut out = Vec::new();
    for (line, key, value) in values(&text, &["user", "password"]) {
        match key {
            "user" => user = value,
            _ if !value.is_empty() => out.push(account("mysql", user, "plain", value, line)),
            _ => {}
        }
    }
    Ok(out)
}

/// `client server secret addresses` (pppd(8)).
pub fn ppp(content: &[u8]) -> Accounts {
    let text = String::from_utf8_lossy(content);
    Ok(settings(&text, &['#'])
        .filter_map(|(line, row)| {
            let words: Vec<&str> = row.split_whitespace().map(unquoted).collect();
            let [user, _, secret, ..] = words[..] else { return None };
            (!secret.starts_with('@')).then(|| account("ppp", user, "plain", secret, line))
        })
        .collect())
}
