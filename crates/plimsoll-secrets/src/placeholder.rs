//! Values that stand for a secret without being one.

/// Words that say so, in lower case; among them the logins that RFC 6749 and RFC 7617 show in base64.
const WORDS: &str = "\
    example placeholder changeme change_me change-me changeit change_this changethis your- your_ \
    yourpassword yoursecret yourtoken yourkey yourapikey dummy redacted insert- insert_ replace- replace_ \
    replaceme replacewith xxxx **** xxxxxxxx .... <your enter_ password_here username_here notasecret \
    czzcagrsa3f0mz qwxhzgrpbjpvcgvuihnlc2ftzq not-a-real notreal fake- fake_ fakekey mysecretkey someapikey \
    put-your my-secret- sample_ sample- deadbeefdeadbeef abcdefghij 0123456789abcdef 1234567890abcdef \
    goes-here goes_here goeshere put_your foobarbaz no-secret undefined";

/// Does the value stand for a secret instead of being one: a variable, a pattern, a mask, an example?
pub(crate) fn is_placeholder(value: &[u8]) -> bool {
    is_reference(value) || says_so(value) || is_monotonous(value)
}

/// A variable, a template, a format: `${X}`, `{{ x }}`, `<token>`, `$(cmd)`, `%s`, `%(x)s`, `$X`, `@X@`, `__X__`.
pub(crate) fn is_reference(value: &[u8]) -> bool {
    let has = |needle: &[u8]| memchr::memmem::find(value, needle).is_some();
    let is_name = |bytes: &[u8]| {
        !bytes.is_empty()
            && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte == b'-')
    };
    let between = |first: u8, last: u8| match value {
        [one, inner @ .., other] => *one == first && *other == last && !inner.is_empty(),
        _ => false,
    };
    if has(b"${") || has(b"{{") || has(b"}}") || has(b"$(") || has(b"<%") || has(b"%(") || has(b"#{") {
        return true;
    }
    if between(b'<', b'>') || between(b'[', b']') || between(b'{', b'}') || between(b'(', b')') {
        return true;
    }
    match value {
        [b'$', rest @ ..] if is_name(rest) => {
            rest[0].is_ascii_alphabetic() || rest[0] == b'_' || rest.len() == 1
        }
        [b'%', rest @ ..] if rest.len() <= 2 && rest.iter().all(u8::is_ascii_alphabetic) => true,
        [b'%', rest @ .., b'%'] | [b'@', rest @ .., b'@'] | [b'_', b'_', rest @ .., b'_', b'_'] => {
            is_name(rest)
        }
        _ => false,
    }
}

fn says_so(value: &[u8]) -> bool {
    let lower = value[..value.len().min(512)].to_ascii_lowercase();
    let fits = |word: &&str| word.len() > 5 || value.len() < 40;
    WORDS
        .split_ascii_whitespace()
        .filter(fits)
        .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
}

/// Few different characters, or mostly one run of neighbours (`abcdefgh`, `12345678`).
fn is_monotonous(value: &[u8]) -> bool {
    let mut seen = [false; 256];
    value.iter().for_each(|byte| seen[usize::from(*byte)] = true);
    let different = seen.iter().filter(|seen| **seen).count();
    let steps = value.windows(2).filter(|pair| {
        let step = i16::from(pair[1]) - i16::from(pair[0]);
        (0..=1).contains(&step)
    });
    match value.len() {
        0..4 => true,
        4..16 => different <= 2,
        length => different <= 5 || steps.count() * 3 > length * 2,
    }
}

/// Shannon entropy in bits a character.
pub(crate) fn entropy(value: &[u8]) -> f32 {
    let mut counts = [0u32; 256];
    value.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    let length = value.len() as f32;
    let part = |count: &u32| {
        let share = *count as f32 / length;
        -share * share.log2()
    };
    counts.iter().filter(|count| **count > 0).map(part).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders() {
        for text in [
            "",
            "xxx",
            "${DB_PASSWORD}",
            "$DB_PASSWORD",
            "$(cat x)",
            "<password>",
            "{{ .Values.password }}",
            "%s",
            "%d",
            "%(password)s",
            "changeme",
            "YOUR_API_KEY",
            "AKIAIOSFODNN7EXAMPLE",
            "aaaaaaaaaaaaaaaaaaaaaaaa",
            "********",
            "abcdefghijklmnopqrstuvwx",
            "@DB_PASSWORD@",
            "__TOKEN__",
            "%PASSWORD%",
            "[redacted]",
            "ghp_xxxxxxxxxxxxxx",
        ] {
            assert!(is_placeholder(text.as_bytes()), "{text}");
        }
        for text in
            ["hunter2", "S3cr3t!pw", "p$ssw0rd", "$ecret$99", "correct-horse", "9fJ2kLm0Qz81xWvB", "a%sb1cd"]
        {
            assert!(!is_placeholder(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn entropy_is_bits_a_character() {
        assert_eq!(entropy(b"aaaa"), 0.0);
        assert_eq!(entropy(b"abab"), 1.0);
        assert_eq!(entropy(b"abcd"), 2.0);
    }
}
