//! Accounts inside the files of databases. Their pages are not walked: the values stand in them as plain text, with
//! anchors of their own.

use super::account;
use plimsoll_model::Account;

/// Bytes looked at around an anchor.
const WINDOW: usize = 1_024;

/// MariaDB's `global_priv` (Aria): host and user, then the account's JSON with `plugin` and `authentication_string`.
pub fn mariadb(content: &[u8]) -> Result<Vec<Account>, String> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(found) = find(content, b"{\"access\"", at) {
        let json = &content[found..content.len().min(found + WINDOW)];
        let mut values = serde_json::Deserializer::from_slice(json).into_iter::<serde_json::Value>();
        let value = match values.next() {
            Some(Ok(value)) => value,
            _ => {
                at = found + 1;
                continue;
            }
        };
        at = found + 1;
        let text =
            |key: &str| value.get(key).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        let locked = value.get("account_locked").and_then(serde_json::Value::as_bool).unwrap_or(false);
        let user = name_before(&content[..found]);
        let (plugin, stored) = (text("plugin"), text("authentication_string"));
        let form = match plugin.as_str() {
            "mysql_native_password" | "" => "mysql-native",
            "mysql_old_password" => "mysql-old",
            // Sockets and the like ask for no password.
            _ => continue,
        };
        if stored == "invalid" || user == "PUBLIC" {
            continue;
        }
        let known = out.iter().any(|other: &Account| other.user == user && other.stored == stored);
        if !known {
            out.push(Account { locked, ..account("mysql", &user, form, &stored, 0) });
        }
    }
    Ok(out)
}

/// MySQL's `user` table, as MyISAM or InnoDB: the user's name, then privileges, then the plugin's name and the hash.
pub fn mysql(content: &[u8]) -> Result<Vec<Account>, String> {
    let mut out: Vec<Account> = Vec::new();
    let mut add = |user: String, form: &str, stored: &str| {
        if !out.iter().any(|other| other.user == user && other.stored == stored) {
            out.push(account("mysql", &user, form, stored, 0));
        }
    };
    let native = b"mysql_native_password";
    let mut at = 0;
    while let Some(found) = find(content, native, at) {
        at = found + native.len();
        let after = &content[at..content.len().min(at + 48)];
        let star = after.iter().position(|&byte| byte == b'*');
        let hash = star
            .and_then(|star| after.get(star..star + 41))
            .filter(|hash| hash[1..].iter().all(u8::is_ascii_hexdigit));
        if let Some(hash) = hash.and_then(|hash| std::str::from_utf8(hash).ok()) {
            add(user_before(content, found), "mysql-native", hash);
        }
    }
    let sha2 = b"caching_sha2_password";
    let mut at = 0;
    while let Some(found) = find(content, sha2, at) {
        at = found + sha2.len();
        let after = &content[at..content.len().min(at + 80)];
        let hash = find(after, b"$A$", 0).and_then(|start| after.get(start..start + 70));
        // Salts are bytes of any value; those that are no text cannot be carried as text.
        if let Some(hash) = hash.and_then(|hash| std::str::from_utf8(hash).ok())
            && !hash.contains("THISISACOMBINATION")
        {
            add(user_before(content, found), "caching-sha2", hash);
        }
    }
    Ok(out)
}

/// The readable run that ends right before a JSON value and its length: the user of MariaDB.
fn name_before(before: &[u8]) -> String {
    let window = &before[before.len().saturating_sub(400)..];
    let end = window.iter().rposition(|byte| is_name(*byte)).map_or(0, |at| at + 1);
    let start = window[..end].iter().rposition(|byte| !is_name(*byte)).map_or(0, |at| at + 1);
    String::from_utf8_lossy(&window[start..end]).into_owned()
}

/// The user of a row of MySQL's table: the last name before the run of `Y` and `N` of its privileges.
fn user_before(content: &[u8], at: usize) -> String {
    let window = &content[at.saturating_sub(600)..at];
    let names = window.split(|byte| !is_name(*byte)).filter(|name| !name.is_empty());
    let is_flags = |name: &[u8]| name.len() > 8 && name.iter().all(|byte| matches!(byte, b'Y' | b'N'));
    let candidates: Vec<&[u8]> = names.take_while(|name| !is_flags(name)).collect();
    let user = candidates.last().copied().unwrap_or_default();
    let host = b"localhost";
    let user = user.strip_prefix(host.as_slice()).unwrap_or(user);
    String::from_utf8_lossy(user).into_owned()
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'@' | b'$')
}

/// PostgreSQL's `pg_authid`, one heap page after the other: each row holds the role's name in 64 bytes, then flags and
/// the password (PostgreSQL manual, "Database Page Layout"; `pg_authid`).
pub fn postgresql(content: &[u8]) -> Result<Vec<Account>, String> {
    const PAGE: usize = 8_192;
    let mut out = Vec::new();
    for page in content.chunks_exact(PAGE) {
        let number =
            |at: usize| page.get(at..at + 2).map(|two| usize::from(u16::from_le_bytes([two[0], two[1]])));
        let lower = number(12).unwrap_or(0).min(PAGE);
        for slot in (24..lower).step_by(4) {
            let Some(bytes) = page.get(slot..slot + 4) else { continue };
            let item = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
            let (offset, flags, length) = ((item & 0x7fff) as usize, (item >> 15) & 3, (item >> 17) as usize);
            // 1 is a row in use; one with a deleting transaction was replaced by another.
            let Some(row) = page.get(offset..offset.saturating_add(length)).filter(|_| flags == 1) else {
                continue;
            };
            let deleted = row.get(4..8).is_some_and(|xmax| xmax != [0; 4]);
            let header = row.get(22).map_or(24, |&header| usize::from(header));
            let Some(data) = row.get(header..).filter(|_| !deleted) else { continue };
            // Since PostgreSQL 12 the oid is the first column.
            let Some(name) = data.get(4..68) else { continue };
            let end = name.iter().position(|&byte| byte == 0).unwrap_or(64);
            let name = String::from_utf8_lossy(&name[..end]).into_owned();
            let rest = &data[68..];
            let stored = find(rest, b"SCRAM-SHA-256$", 0)
                .map(|start| ("scram-sha-256", start, 200))
                .or_else(|| find(rest, b"md5", 0).map(|start| ("pg-md5", start, 35)));
            if let Some((form, start, longest)) = stored {
                let text: Vec<u8> = rest[start..]
                    .iter()
                    .copied()
                    .take_while(|byte| byte.is_ascii_graphic())
                    .take(longest)
                    .collect();
                out.push(account("postgresql", &name, form, &String::from_utf8_lossy(&text), 0));
            }
        }
    }
    Ok(out)
}

/// vsftpd's Berkeley DB (hash): values and keys lie in pages as plain text, the password before the name.
pub fn vsftpd(content: &[u8]) -> Result<Vec<Account>, String> {
    const PAGE: usize = 4_096;
    let mut out = Vec::new();
    for page in content.chunks(PAGE).skip(1) {
        let entries = page.get(20..22).map_or(0, |two| usize::from(u16::from_le_bytes([two[0], two[1]])));
        // Page type 2 (or 13 when sorted) of the hash access method.
        if !matches!(page.get(25), Some(2 | 13)) || entries == 0 || entries % 2 != 0 {
            continue;
        }
        let offset = |index: usize| {
            let at = 26 + index * 2;
            page.get(at..at + 2).map(|two| usize::from(u16::from_le_bytes([two[0], two[1]])))
        };
        let item = |index: usize| {
            let start = offset(index)?;
            let end = if index == 0 { page.len() } else { offset(index - 1)? };
            // The first byte says how the item is kept; 1 is in place.
            let bytes = page.get(start..end)?;
            (bytes.first() == Some(&1)).then(|| String::from_utf8_lossy(&bytes[1..]).into_owned())
        };
        for pair in 0..(entries / 2).min(PAGE) {
            if let (Some(user), Some(password)) = (item(pair * 2), item(pair * 2 + 1)) {
                out.push(account(
                    "vsftpd",
                    user.trim_end_matches('\0'),
                    "plain",
                    password.trim_end_matches('\0'),
                    0,
                ));
            }
        }
    }
    Ok(out)
}

fn find(content: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    memchr::memmem::find(content.get(from..)?, needle).map(|at| at + from)
}
