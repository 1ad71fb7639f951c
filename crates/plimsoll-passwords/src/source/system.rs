//! The system's own accounts.

use super::{account, numbered};
use plimsoll_model::Account;

/// `name:hash:changed:min:max:warn:inactive:expires:` (shadow(5)).
pub fn shadow(content: &[u8]) -> Result<Vec<Account>, String> {
    let text = String::from_utf8_lossy(content);
    Ok(numbered(&text)
        .filter_map(|(line, row)| {
            let mut fields = row.split(':');
            let (user, hash) = (fields.next()?, fields.next()?);
            let changed = fields.next().and_then(|days| days.parse().ok()).filter(|&days: &i64| days > 0);
            Some(Account { changed, ..system(user, hash, line)? })
        })
        .collect())
}

/// `name:hash:uid:gid:…` (passwd(5)): an `x` stands for the shadow file.
pub fn passwd(content: &[u8]) -> Result<Vec<Account>, String> {
    let text = String::from_utf8_lossy(content);
    Ok(numbered(&text)
        .filter_map(|(line, row)| {
            let mut fields = row.split(':');
            let (user, hash) = (fields.next()?, fields.next()?);
            // A line without a uid is none.
            fields.next()?.parse::<u32>().ok()?;
            if hash == "x" {
                return None;
            }
            let shell = fields.nth(3).unwrap_or_default();
            let account = system(user, hash, line)?;
            let locked = account.locked || shell.ends_with("/nologin") || shell.ends_with("/false");
            Some(Account { locked, ..account })
        })
        .collect())
}

/// `group:hash:admins:members` (gshadow(5)). No password there means none is asked of members, which is usual.
pub fn gshadow(content: &[u8]) -> Result<Vec<Account>, String> {
    let text = String::from_utf8_lossy(content);
    Ok(numbered(&text)
        .filter_map(|(line, row)| {
            let mut fields = row.split(':');
            let (group, hash) = (fields.next()?, fields.next()?);
            let account = system(group, hash, line).filter(|account| !account.stored.is_empty())?;
            Some(Account { service: "system-group".to_owned(), ..account })
        })
        .collect())
}

/// An account that has a password, or none at all. `!` or `*` in place of a hash means that there is no way in.
fn system(user: &str, hash: &str, line: usize) -> Option<Account> {
    let locked = hash.starts_with('!') || hash.starts_with('*');
    let bare = hash.trim_start_matches(['!', '*']);
    let no_way_in = locked && bare.len() < 13 || matches!(hash, "x" | "NP" | "LK" | "*LK*" | "UP");
    if user.is_empty() || user.starts_with(['#', '+', '-']) || no_way_in {
        return None;
    }
    Some(Account { locked, ..account("system", user, "crypt", bare, line) })
}

/// `name:uid:LM hash:NT hash:[flags]:LCT-…:` (smbpasswd(5)).
pub fn smbpasswd(content: &[u8]) -> Result<Vec<Account>, String> {
    let text = String::from_utf8_lossy(content);
    Ok(numbered(&text)
        .filter_map(|(line, row)| {
            let fields: Vec<&str> = row.split(':').collect();
            let [user, _, _, nt, flags, ..] = fields[..] else { return None };
            let hash = nt.len() == 32 && nt.bytes().all(|byte| byte.is_ascii_hexdigit());
            let disabled = flags.contains('D');
            if flags.contains('N') {
                return Some(Account { locked: disabled, ..account("samba", user, "nt", "", line) });
            }
            hash.then(|| Account { locked: disabled, ..account("samba", user, "nt", nt, line) })
        })
        .collect())
}
