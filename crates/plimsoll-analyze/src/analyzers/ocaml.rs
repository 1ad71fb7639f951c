//! Packages of OCaml's opam.

use super::documents::{Documents, component, licensed, small_text};
use super::tokens::{Syntax, assigned, tokens};
use plimsoll_model::{Component, PurlType};

/// `opam` and `NAME.opam` files, which opam keeps of what is installed and projects bring (opam manual, "opam"). Those
/// of a repository of packages are not read: they describe all there is.
pub(super) const PACKAGE: Documents = Documents {
    name: "opam",
    edition: 1,
    wants: |entry, _| {
        (entry.file_name() == "opam" || entry.path.ends_with(".opam")) && !is_repository(&entry.path)
    },
    parse: |file| parse(file.content, &file.entry.path).map(|component| component.into_iter().collect()),
};

const OPAM: Syntax = Syntax {
    comments: &["#"],
    long_comments: &[("(*", "*)")],
    raw: &[("\"\"\"", "\"\"\"")],
    quotes: &['"'],
    word: &['-', '+'],
};

/// `packages/NAME/NAME.VERSION/opam`, or `packages/NAME.VERSION/opam` of an old one.
fn is_repository(path: &str) -> bool {
    let mut parts = path.rsplit('/').skip(1);
    let (package, name) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    package.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')) || path.contains("/.opam/repo/")
}

/// The package; what the text does not say is taken from the folder `NAME.VERSION` or the file's name. `None` without
/// a version.
pub fn parse(content: &[u8], path: &str) -> Result<Option<Component>, String> {
    let text = small_text(content)?;
    let tokens = tokens(&text, &OPAM);
    let first = |name: &str| assigned(&tokens, name).into_iter().next();
    let mut parts = path.rsplit('/');
    let (file_name, folder) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let of_folder = folder.split_once('.').filter(|_| file_name == "opam");
    let named = file_name.strip_suffix(".opam").or(of_folder.map(|(name, _)| name)).unwrap_or(folder);
    let name = first("name").unwrap_or_else(|| named.to_owned());
    let version = first("version").or(of_folder.map(|(_, version)| version.to_owned())).unwrap_or_default();
    let is_version = version.contains(|c: char| c.is_ascii_digit());
    let found = is_version.then(|| component(PurlType::Opam, "", &name, &version)).flatten();
    Ok(found.map(|found| licensed(found, assigned(&tokens, "license"))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::testing;

    #[test]
    fn packages_are_read() {
        let check = |path: &str, content: &str, expected: &[&str]| {
            testing::check(&PACKAGE, path, content, expected);
        };
        let content = "opam-version: \"2.0\"\nname: \"cohttp\"\nversion: \"5.3.0\" # x\nlicense: [\"ISC\" \"MIT\"]\ndescription: \"\"\"\nversion: \"0\" \"\"\"\ndepends: [\"ocaml\" {>= \"4.08\"}]\nurl { src: \"x\" }\n";
        check("/home/opam/.opam/4.14/lib/cohttp/opam", content, &["cohttp 5.3.0 [ISC, MIT]"]);
        let installed = "/root/.opam/4.14/.opam-switch/packages/dune.3.11.1/opam";
        check(installed, "opam-version: \"2.0\"\nlicense: \"MIT\"\n", &["dune 3.11.1 [MIT]"]);
        check("/src/app.opam", "opam-version: \"2.0\"\n", &[]);
        check("/src/app.opam", "version: \"1.0\"\n", &["app 1.0"]);
        check("/src/app.opam", "version: \"dev\"\n", &[]);
        testing::survives(&PACKAGE, installed, content.as_bytes());
        assert!(!testing::wants(&PACKAGE, "/opam-repository/packages/dune/dune.3.11.1/opam", b""));
    }
}
