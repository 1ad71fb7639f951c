//! Shell patterns over absolute paths: `*` and `?` stay in a folder, `**` is any number of folders.

/// Does the path match?
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    // One row of a table: which prefixes of `path`'s parts the parts of `pattern` so far match.
    let parts: Vec<&str> = path.split('/').collect();
    let mut row = vec![false; parts.len() + 1];
    row[0] = true;
    for piece in pattern.split('/') {
        if piece == "**" {
            let first = row.iter().position(|&reached| reached).unwrap_or(row.len());
            row.iter_mut().skip(first).for_each(|reached| *reached = true);
        } else {
            for at in (0..parts.len()).rev() {
                row[at + 1] = row[at] && name(piece, parts[at]);
            }
            row[0] = false;
        }
    }
    row[parts.len()]
}

/// The folder before the first part with a wildcard; the whole pattern when it has none.
pub(crate) fn fixed_folder(pattern: &str) -> &str {
    match pattern.find(['*', '?', '[']) {
        Some(at) => &pattern[..pattern[..at].rfind('/').unwrap_or(0)],
        None => pattern,
    }
}

/// One part against `*`, `?` and `[abc]`; a leading dot must be written out, as in glob(7).
fn name(pattern: &str, text: &str) -> bool {
    if text.starts_with('.') && !pattern.starts_with('.') && pattern.starts_with(['*', '?']) {
        return false;
    }
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut read) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while read < text.len() {
        let taken = match pattern.get(at) {
            Some('*') => {
                retry = Some((at + 1, read));
                at += 1;
                continue;
            }
            Some('?') => Some(1),
            Some('[') => class(&pattern[at..], text[read]),
            Some(&wanted) if wanted == text[read] => Some(1),
            _ => None,
        };
        match (taken, retry) {
            (Some(length), _) => {
                at += length;
                read += 1;
            }
            (None, Some((after, from))) => {
                at = after;
                read = from + 1;
                retry = Some((after, from + 1));
            }
            (None, None) => return false,
        }
    }
    pattern[at..].iter().all(|&left| left == '*')
}

/// The length of the class `[…]` if the character is in it.
fn class(pattern: &[char], wanted: char) -> Option<usize> {
    let end = pattern.iter().skip(2).position(|&c| c == ']')? + 2;
    let (negated, members) = match &pattern[1..end] {
        ['!' | '^', members @ ..] => (true, members),
        members => (false, members),
    };
    let mut at = 0;
    let mut found = false;
    while at < members.len() {
        if at + 2 < members.len() && members[at + 1] == '-' {
            found |= (members[at]..=members[at + 2]).contains(&wanted);
            at += 3;
        } else {
            found |= members[at] == wanted;
            at += 1;
        }
    }
    (found != negated).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn patterns() {
        for (pattern, path, expected) in [
            ("/etc/passwd", "/etc/passwd", true),
            ("/etc/*.conf", "/etc/a.conf", true),
            ("/etc/*.conf", "/etc/b/a.conf", false),
            ("/etc/*.conf", "/etc/.a.conf", false),
            ("/etc/.*", "/etc/.a", true),
            ("/etc/**/a", "/etc/a", true),
            ("/etc/**/a", "/etc/b/c/a", true),
            ("/**/web.xml", "/opt/x/WEB-INF/web.xml", true),
            ("/etc/[a-c]?", "/etc/bx", true),
            ("/etc/[!a-c]?", "/etc/bx", false),
            ("/a*b*c", "/axxbyyc", true),
            ("/a*b*c", "/axxbyy", false),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
        assert_eq!(fixed_folder("/etc/x.d/*.conf"), "/etc/x.d");
        assert_eq!(fixed_folder("/etc/x"), "/etc/x");
    }

    proptest! {
        #[test]
        fn never_panics_and_a_literal_matches_itself(pattern in "[a-c*?/\\[\\]!-]{0,20}", path in "(/[a-c.]{1,4}){1,5}") {
            matches(&pattern, &path);
            prop_assert!(matches(&path, &path));
        }
    }
}
