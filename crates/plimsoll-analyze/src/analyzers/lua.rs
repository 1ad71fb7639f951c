//! Packages of Lua's LuaRocks.

use super::documents::{Documents, component, licensed, small_text};
use super::tokens::{Syntax, Token, assigned, tokens};
use plimsoll_model::{Component, PurlType};

/// `NAME-VERSION.rockspec`, which LuaRocks keeps of what is installed (LuaRocks wiki, "Rockspec format").
pub(super) const ROCK: Documents = Documents {
    name: "luarocks",
    edition: 1,
    wants: |entry, _| entry.path.ends_with(".rockspec"),
    parse: |file| {
        parse(file.content, file.entry.file_name()).map(|component| component.into_iter().collect())
    },
};

const LUA: Syntax = Syntax {
    comments: &["--"],
    long_comments: &[("--[[", "]]")],
    raw: &[("[[", "]]"), ("[=[", "]=]")],
    quotes: &['"', '\''],
    word: &['.'],
};

/// The package. What is computed instead of written is taken from the file's name; `None` when that says neither.
pub fn parse(content: &[u8], file_name: &str) -> Result<Option<Component>, String> {
    let text = small_text(content)?;
    let tokens = tokens(&text, &LUA);
    let of_name = identity(file_name);
    let given = |name: &str| literal(&tokens, name);
    let name = given("package").or(of_name.map(|(name, _)| name.to_owned())).unwrap_or_default();
    let version = given("version").or(of_name.map(|(_, version)| version.to_owned())).unwrap_or_default();
    let is_version = version.contains(|c: char| c.is_ascii_digit());
    let found = is_version.then(|| component(PurlType::Luarocks, "", &name, &version)).flatten();
    // The licence stands in the table `description`.
    let start = tokens.iter().position(|token| token.is("license"));
    let license = start.and_then(|at| assigned(&tokens[at..], "license").into_iter().next());
    Ok(found.map(|found| licensed(found, license)))
}

/// The string a variable is given, when that is all it is given: not `"1.0" .. "-1"`.
fn literal(tokens: &[Token<'_>], name: &str) -> Option<String> {
    let found = assigned(tokens, name).into_iter().next()?;
    let is_concatenated = |window: &[Token<'_>]| match window {
        [variable, Token::Sign('='), Token::Text(_), Token::Word(next)] => {
            variable.is(name) && next.starts_with("..")
        }
        _ => false,
    };
    (!tokens.windows(4).any(is_concatenated)).then_some(found)
}

/// `NAME-VERSION-REVISION.rockspec`.
fn identity(file_name: &str) -> Option<(&str, &str)> {
    let stem = file_name.strip_suffix(".rockspec")?;
    let (rest, revision) = stem.rsplit_once('-')?;
    let (name, version) = rest.rsplit_once('-')?;
    Some((name, &stem[stem.len() - version.len() - 1 - revision.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::testing;

    #[test]
    fn rocks_are_read() {
        let check = |name: &str, content: &str, expected: &[&str]| {
            let path = format!("/usr/local/lib/luarocks/rocks-5.1/x/1/{name}");
            testing::check(&ROCK, &path, content, expected);
        };
        let content = "package = \"lua-cjson\" -- x\nversion = '2.1.0-1'\nsource = { url = \"http://x\", version = \"0\" }\ndescription = {\n  summary = [[ version = \"9\" ]],\n  license = \"MIT\"\n}\n";
        check("lua-cjson-2.1.0-1.rockspec", content, &["lua-cjson 2.1.0-1 [MIT]"]);
        let computed = "local v = \"1.0\"\npackage = 'a-b'\nversion = v .. \"-2\"\n";
        check("a-b-1.0-2.rockspec", computed, &["a-b 1.0-2"]);
        check("a-1.0-2.rockspec", "package = \"a\"\nversion = \"1.0\" .. \"-2\"\n", &["a 1.0-2"]);
        check("a-scm-1.rockspec", "package = \"a\"\nversion = \"scm-1\"\n", &["a scm-1"]);
        check("rockspec.rockspec", "", &[]);
        testing::survives(&ROCK, "/a-1.0-1.rockspec", content.as_bytes());
    }
}
