//! XML and JSON files.

use super::{account, numbered};
use plimsoll_model::Account;
use quick_xml::Reader;
use quick_xml::events::Event;

/// `<user username="…" password="…" roles="…"/>` of Tomcat; what is commented out is no account.
pub fn tomcat(content: &[u8]) -> Result<Vec<Account>, String> {
    let text = String::from_utf8_lossy(content);
    let mut reader = Reader::from_str(&text);
    let mut out = Vec::new();
    loop {
        let event = reader.read_event().map_err(|error| format!("not well-formed xml: {error}"))?;
        match event {
            Event::Start(tag) | Event::Empty(tag) if tag.local_name().as_ref() == b"user" => {
                let value = |names: [&[u8]; 2]| {
                    let found = tag
                        .attributes()
                        .flatten()
                        .find(|one| names.contains(&one.key.local_name().as_ref()))?;
                    let raw = String::from_utf8_lossy(&found.value).into_owned();
                    quick_xml::escape::unescape(&raw).ok().map(|value| value.into_owned())
                };
                let user = value([b"username", b"name"]);
                if let (Some(user), Some(password)) = (user, value([b"password", b"password"])) {
                    let before = usize::try_from(reader.buffer_position()).unwrap_or(0).min(text.len());
                    let line = text.as_bytes()[..before].iter().filter(|&&byte| byte == b'\n').count() + 1;
                    out.push(account("tomcat", &user, digest_form(&password), &password, line));
                }
                if out.len() > super::ACCOUNTS_MAX {
                    return Ok(out);
                }
            }
            Event::Eof => return Ok(out),
            _ => {}
        }
    }
}

/// Tomcat's digested passwords are bare hexadecimal.
fn digest_form(stored: &str) -> &'static str {
    if !stored.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return "plain";
    }
    match stored.len() {
        32 => "md5-hex",
        40 => "sha1-hex",
        64 => "sha256-hex",
        128 => "sha512-hex",
        _ => "plain",
    }
}

/// `users[].{name, password_hash, hashing_algorithm}` of RabbitMQ's exported definitions.
pub fn rabbitmq(content: &[u8]) -> Result<Vec<Account>, String> {
    let value: serde_json::Value =
        serde_json::from_slice(content).map_err(|error| format!("not json: {error}"))?;
    let users = value.get("users").and_then(serde_json::Value::as_array);
    Ok(users
        .into_iter()
        .flatten()
        .filter_map(|user| {
            let text = |key: &str| user.get(key).and_then(serde_json::Value::as_str);
            let name = text("name")?;
            match (text("password"), text("password_hash")) {
                (Some(plain), _) => Some(account("rabbitmq", name, "plain", plain, 0)),
                (None, Some(hash)) => Some(account("rabbitmq", name, "rabbitmq", hash, 0)),
                (None, None) => None,
            }
        })
        .collect())
}

/// `<passwordHash>#jbcrypt:$2a$…</passwordHash>` of a Jenkins user.
pub fn jenkins(content: &[u8]) -> Result<Vec<Account>, String> {
    let text = String::from_utf8_lossy(content);
    let inside = |row: &str, tag: &str| {
        let (_, rest) = row.split_once(&format!("<{tag}>"))?;
        Some(rest.split('<').next().unwrap_or(rest).to_owned())
    };
    let user = numbered(&text).find_map(|(_, row)| inside(row, "id")).unwrap_or_default();
    Ok(numbered(&text)
        .filter_map(|(line, row)| {
            let hash = inside(row, "passwordHash")?;
            let hash = hash.strip_prefix("#jbcrypt:")?;
            Some(account("jenkins", &user, "crypt", hash, line))
        })
        .collect())
}
