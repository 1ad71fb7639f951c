//! Packages of Nim's nimble.

use super::documents::{Documents, component, is_exact, licensed, small_text};
use super::tokens::{Syntax, assigned, tokens};
use plimsoll_model::{Component, PurlType};

/// `NAME.nimble`, which nimble keeps of what is installed (nimble user guide, "Nimble reference").
pub(super) const PACKAGE: Documents = Documents {
    name: "nim",
    edition: 1,
    wants: |entry, _| entry.path.ends_with(".nimble"),
    parse: |file| parse(file.content, &file.entry.path).map(|component| component.into_iter().collect()),
};

const NIM: Syntax = Syntax {
    comments: &["#", ";"],
    long_comments: &[("#[", "]#")],
    raw: &[("\"\"\"", "\"\"\"")],
    quotes: &['"'],
    word: &[],
};

/// The package: as NimScript or in the older ini form; the version, where it is computed, from the folder
/// `NAME-VERSION-CHECKSUM`. `None` without one.
pub fn parse(content: &[u8], path: &str) -> Result<Option<Component>, String> {
    let text = small_text(content)?;
    let tokens = tokens(&text, &NIM);
    let first = |name: &str| assigned(&tokens, name).into_iter().next();
    let mut parts = path.rsplit('/');
    let stem = parts.next().and_then(|name| name.strip_suffix(".nimble")).unwrap_or("");
    let folder = parts.next().unwrap_or("");
    let of_folder = folder.strip_prefix(stem).and_then(|rest| rest.strip_prefix('-'));
    let of_folder = of_folder.and_then(|rest| rest.split('-').next());
    let name = first("packageName").or_else(|| first("name")).unwrap_or_else(|| stem.to_owned());
    let version = first("version").or(of_folder.map(str::to_owned)).unwrap_or_default();
    let found = is_exact(&version, 0).then(|| component(PurlType::Nim, "", &name, &version)).flatten();
    Ok(found.map(|found| licensed(found, first("license"))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::testing;

    #[test]
    fn packages_are_read() {
        let path = "/root/.nimble/pkgs2/jester-0.6.0-abc/jester.nimble";
        let check = |content: &str, expected: &[&str]| testing::check(&PACKAGE, path, content, expected);
        let content = "# Package\nversion       = \"0.5.0\"\nauthor        = \"x\"\nlicense       = \"MIT\"\nskipDirs = @[\"tests\"]\nrequires \"nim >= 1.0.0\"\n";
        check(content, &["jester 0.5.0 [MIT]"]);
        check("[Package]\nname: \"jester\"\nversion: \"0.4\"\n", &["jester 0.4"]);
        check("version = readVersion()\n", &["jester 0.6.0"]);
        testing::check(&PACKAGE, "/src/a.nimble", "", &[]);
        testing::survives(&PACKAGE, path, content.as_bytes());
    }
}
