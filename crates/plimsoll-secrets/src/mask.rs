//! What may be shown of a secret.

/// Longest shown text in characters.
pub(crate) const LONGEST: usize = 128;

/// A secret's prefix that every secret of its kind has, `****`, and the last four characters of a long random one:
/// enough to find it again at its issuer. Of a password nothing is shown.
pub(crate) fn masked(secret: &[u8], prefix: usize, random: bool) -> String {
    let text = String::from_utf8_lossy(secret);
    let characters: Vec<char> = text.chars().collect();
    let prefix: String = characters.iter().take(prefix.min(characters.len() / 3)).collect();
    let tail: String = match characters.len() {
        length if random && length >= 24 => characters[length - 4..].iter().collect(),
        _ => String::new(),
    };
    printable(&format!("{prefix}****{tail}"))
}

/// The name the secret is assigned to, as it stands right before it on its line: `password = "`, `--token `, `user:`.
/// Nothing else of the line, for that may hold other secrets.
pub(crate) fn label(before: &[u8]) -> String {
    let window = &before[before.len().saturating_sub(96)..];
    let line = window.rsplit(|byte| matches!(byte, b'\n' | b'\r' | 0)).next().unwrap_or(&[]);
    let is_joint = |byte: &u8| matches!(byte, b' ' | b'\t' | b'=' | b':' | b'"' | b'\'' | b'>' | b',' | b'`');
    let joint = line.iter().rev().take(12).take_while(|byte| is_joint(byte)).count();
    let name = line[..line.len() - joint].iter().rev();
    let is_name =
        |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'<');
    let name = name.take_while(is_name).count();
    if joint == 0
        || name == 0
        || name > 40
        || may_be_secret(&line[line.len() - joint - name..line.len() - joint])
    {
        return String::new();
    }
    String::from_utf8_lossy(&line[line.len() - joint - name..])
        .trim_start_matches(['-', '.', '/', '<'])
        .to_owned()
}

/// Is it long and random, so that it may be a secret itself where a name is expected?
pub(crate) fn may_be_secret(name: &[u8]) -> bool {
    name.len() >= 20 && name.iter().any(u8::is_ascii_digit) && crate::placeholder::entropy(name) > 3.5
}

/// One line of printable characters, at most [`LONGEST`].
pub(crate) fn printable(text: &str) -> String {
    let shown = text.chars().map(|char| if char.is_control() || char == '\u{fffd}' { '?' } else { char });
    shown.take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked() {
        let check = |secret: &str, prefix: usize, random: bool, wanted: &str| {
            assert_eq!(masked(secret.as_bytes(), prefix, random), wanted);
        };
        check("hunter2", 0, false, "****");
        check("ghp_0123456789012345678901234567890123wxyz", 4, true, "ghp_****wxyz");
        check("sk_1", 3, true, "s****");
        check("", 9, true, "****");
    }

    #[test]
    fn labels_are_names_only() {
        let check = |before: &str, wanted: &str| assert_eq!(label(before.as_bytes()), wanted, "{before}");
        check("a b\nDB_PASSWORD=", "DB_PASSWORD=");
        check("  \"password\": \"", "password\": \"");
        check("curl -u admin:", "admin:");
        check("mysql -p", "");
        check("postgres://user:", "user:");
        check("x\n", "");
        check("secret1 secret2 --token ", "token ");
        check("<password>", "password>");
        check("https://9fK2mQ7xLp0Zr4Wt8Yb1:", "");
    }
}
