//! Names in a tar become paths in an image, once, here.

/// A name made safe: absolute, without `.`, `..`, empty parts or a trailing slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Normal {
    /// `/etc/passwd`; the root is `/`.
    pub path: String,
    /// How many parts it has.
    pub depth: usize,
    /// Did a `..` climb above the root? It was stopped there.
    pub leaves_root: bool,
}

/// Text of bytes that should be UTF-8; else every byte is one Latin-1 character, so that no two names become one.
pub(crate) fn decode(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

/// Normalises a name lexically, as the programs that unpack layers do before they look at the disk.
pub(crate) fn normalise(name: &str) -> Normal {
    if is_normal(name) {
        let mut path = String::with_capacity(name.len() + 1);
        path.push('/');
        path.push_str(name);
        return Normal {
            path,
            depth: name.bytes().filter(|&byte| byte == b'/').count() + 1,
            leaves_root: false,
        };
    }
    let mut parts: Vec<&str> = Vec::new();
    let mut leaves_root = false;
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => leaves_root |= parts.pop().is_none(),
            _ => parts.push(part),
        }
    }
    Normal { path: format!("/{}", parts.join("/")), depth: parts.len(), leaves_root }
}

/// The common case, `usr/bin/env`, which needs only a slash in front.
fn is_normal(name: &str) -> bool {
    !name.is_empty() && name.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_become_absolute_paths() {
        for (name, path, leaves) in [
            ("etc/passwd", "/etc/passwd", false),
            ("./etc//passwd/", "/etc/passwd", false),
            ("/etc/./passwd", "/etc/passwd", false),
            ("", "/", false),
            ("./", "/", false),
            ("a/../b", "/b", false),
            ("../x", "/x", true),
            ("a/../../x", "/x", true),
            ("..", "/", true),
            ("...", "/...", false),
            ("C:\\x", "/C:\\x", false),
        ] {
            let normal = normalise(name);
            assert_eq!((normal.path.as_str(), normal.leaves_root), (path, leaves), "{name}");
        }
        assert_eq!(decode(b"caf\xe9"), "café");
        assert_eq!(decode("café".as_bytes()), "café");
    }

    proptest! {
        #[test]
        fn paths_are_normal_and_stay_so(name in "[a./]{0,24}") {
            let once = normalise(&name);
            prop_assert!(once.path.starts_with('/'));
            prop_assert!(once.path == "/" || once.path[1..].split('/').all(|p| !matches!(p, "" | "." | "..")));
            prop_assert_eq!(normalise(&once.path).path, once.path);
        }
    }
}
