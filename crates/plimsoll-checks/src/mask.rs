//! What may be shown: bounded, passwords masked.

use regex::Regex;
use std::sync::LazyLock;

static SECRET: LazyLock<Regex> = LazyLock::new(|| {
    let names = r"requirepass|masterauth|(?:[\w.-]*[_.@-])?(?:password|passwd|passphrase|secret|token)|rootpw|olcRootPW|bindpw|auth_pass|default_pass|dbpass|rocommunity6?|rwcommunity6?";
    Regex::new(&format!(r#"(?i)(^|[\s<"'])({names})(\s*[=:]\s*|\s+)(["']?)([^\s"']+)"#))
        .expect("a constant pattern")
});

/// Words that stand behind such a name and are no secret.
const PLAIN: [&str; 16] = [
    "yes",
    "no",
    "on",
    "off",
    "true",
    "false",
    "required",
    "requisite",
    "sufficient",
    "optional",
    "include",
    "substack",
    "none",
    "is",
    "scram-sha-256",
    "md5",
];

/// The line with what looks like a password masked.
pub(crate) fn mask(line: &str) -> String {
    let replaced = SECRET.replace_all(line, |found: &regex::Captures<'_>| {
        let value = &found[5];
        let plain =
            PLAIN.iter().any(|word| value.eq_ignore_ascii_case(word)) || value.starts_with(['[', '/', '$']);
        if plain {
            found[0].to_owned()
        } else {
            format!("{}{}{}{}***", &found[1], &found[2], &found[3], &found[4])
        }
    });
    replaced.into_owned()
}

/// At most `length` characters of the text, on one line.
pub(crate) fn cut(text: &str, length: usize) -> String {
    let mut out: String = text.chars().take(length).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if out.len() < text.len() && text.chars().nth(length).is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_masked_and_settings_are_not() {
        for (line, shown) in [
            ("requirepass foobared", "requirepass ***"),
            ("password = \"hunter2\"", "password = \"***\""),
            ("DB_PASSWORD=x", "DB_PASSWORD=***"),
            ("password required pam_unix.so", "password required pam_unix.so"),
            ("PasswordAuthentication yes", "PasswordAuthentication yes"),
            ("rocommunity public default", "rocommunity *** default"),
            ("password [success=1] pam_unix.so", "password [success=1] pam_unix.so"),
        ] {
            assert_eq!(mask(line), shown);
        }
        assert_eq!(cut("a\nb", 10), "a b");
        assert_eq!(cut("abcd", 2), "ab…");
    }
}
