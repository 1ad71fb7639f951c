//! Packs of SWI-Prolog.

use super::documents::{Documents, component, is_exact, small_text};
use super::tokens::{Syntax, Token, tokens};
use plimsoll_model::{Component, PurlType};

/// `pack.pl`, which every installed pack has (SWI-Prolog manual, "Creating packs").
pub(super) const PACK: Documents = Documents {
    name: "swiplpack",
    edition: 1,
    wants: |entry, _| entry.file_name() == "pack.pl",
    parse: |file| parse(file.content).map(|component| component.into_iter().collect()),
};

const PROLOG: Syntax =
    Syntax { comments: &["%"], long_comments: &[("/*", "*/")], raw: &[], quotes: &['\'', '"'], word: &[] };

/// The pack of `name(hsts). version('1.0.0').`; `None` without either.
pub fn parse(content: &[u8]) -> Result<Option<Component>, String> {
    let text = small_text(content)?;
    let tokens = tokens(&text, &PROLOG);
    let fact = |name: &str| {
        tokens.windows(4).find_map(|window| match window {
            [functor, Token::Sign('('), value, Token::Sign(')')] if functor.is(name) => value.value(),
            _ => None,
        })
    };
    let (Some(name), Some(version)) = (fact("name"), fact("version")) else { return Ok(None) };
    Ok(is_exact(version, 0).then(|| component(PurlType::Swiplpack, "", name, version)).flatten())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::testing;

    #[test]
    fn packs_are_read() {
        let path = "/root/.local/share/swi-prolog/pack/hsts/pack.pl";
        let content =
            "% name(no).\nname(hsts).\ntitle('A (title)').\nversion('1.0.0').\nauthor('X', 'x@y').\n";
        testing::check(&PACK, path, content, &["hsts 1.0.0"]);
        testing::check(&PACK, path, "name(x).\n", &[]);
        testing::survives(&PACK, path, content.as_bytes());
    }
}
