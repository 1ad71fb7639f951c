//! Patterns of file names, as rules write them.

/// A file name or the end of a path, with `*` for any characters but `/` in it; case does not matter.
pub(crate) struct Glob {
    /// Parts of the path, last first.
    parts: Vec<String>,
}

impl Glob {
    /// `*.kdbx`, `.docker/config.json`: as many parts as it has are compared from the end of the path.
    pub fn new(text: &str) -> Glob {
        Glob { parts: text.trim_start_matches('/').rsplit('/').map(str::to_ascii_lowercase).collect() }
    }

    /// Does the path, in lower case, end so?
    pub fn is_end_of(&self, path: &str) -> bool {
        let mut names = path.rsplit('/');
        self.parts.iter().all(|part| names.next().is_some_and(|name| is_like(part, name)))
    }
}

/// Is the name like the pattern? Linear: each `*` takes the first place where what follows it fits.
fn is_like(pattern: &str, name: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or("");
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else { return rest.is_empty() };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_are_ends_of_paths() {
        let check = |glob: &str, path: &str, is: bool| {
            assert_eq!(Glob::new(glob).is_end_of(path), is, "{glob} {path}");
        };
        check("*.kdbx", "/root/a.kdbx", true);
        check("*.kdbx", "/root/a.kdbx.txt", false);
        check("*.kdbx", "/a.kdbx/b", false);
        check(".docker/config.json", "/root/.docker/config.json", true);
        check(".docker/config.json", "/root/x.docker/config.json", false);
        check("config.json", "/config.json", true);
        check("config.json", "config.json", true);
        check("ssh_host_*_key", "/etc/ssh/ssh_host_rsa_key", true);
        check("ssh_host_*_key", "/etc/ssh/ssh_host_rsa_key.pub", false);
        check(".env*", "/app/.env", true);
        check(".ENV.*", "/app/.env.production", true);
        check("application*.y*ml", "/app/application-prod.yml", true);
        check("a*b*c", "/abc", true);
        check("a*b*c", "/acb", false);
        check("run/secrets/*", "/run/secrets/db", true);
        check("run/secrets/*", "/secrets/db", false);
    }
}
