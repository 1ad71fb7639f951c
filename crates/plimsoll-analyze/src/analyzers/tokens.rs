//! Words, strings and signs of the small languages package descriptions are written in: Erlang terms, Elixir, Lua, Nim,
//! Prolog, Starlark, opam, HCL. Nothing is ever run: only what is written out is read.

/// A piece of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token<'text> {
    /// A name, a number.
    Word(&'text str),
    /// The value of a string literal.
    Text(String),
    /// Any other character.
    Sign(char),
}

/// How a language writes comments, strings and words.
pub(super) struct Syntax {
    /// What begins a comment that ends with the line.
    pub comments: &'static [&'static str],
    /// What begins and ends a comment of several lines.
    pub long_comments: &'static [(&'static str, &'static str)],
    /// What begins and ends a string without escapes.
    pub raw: &'static [(&'static str, &'static str)],
    /// What begins and ends a string in which a backslash escapes.
    pub quotes: &'static [char],
    /// Characters of words, beside letters, digits and the underscore.
    pub word: &'static [char],
}

/// The pieces of a text. A string or comment that is not ended goes to the end of the text.
pub(super) fn tokens<'text>(text: &'text str, syntax: &Syntax) -> Vec<Token<'text>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let between = |pairs: &[(&str, &'static str)]| {
            let found = pairs.iter().find(|(start, _)| rest.starts_with(start));
            found.map(|&(start, end)| (start.len(), end))
        };
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || syntax.word.contains(&c);
        if c.is_whitespace() {
            rest = rest.trim_start();
        } else if let Some((start, end)) = between(syntax.long_comments) {
            rest = split_behind(&rest[start..], end).1;
        } else if syntax.comments.iter().any(|start| rest.starts_with(start)) {
            rest = split_behind(rest, "\n").1;
        } else if let Some((start, end)) = between(syntax.raw) {
            let (value, behind) = split_behind(&rest[start..], end);
            tokens.push(Token::Text(value.to_owned()));
            rest = behind;
        } else if syntax.quotes.contains(&c) {
            let (value, behind) = quoted(&rest[c.len_utf8()..], c);
            tokens.push(Token::Text(value));
            rest = behind;
        } else if is_word(c) {
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            tokens.push(Token::Word(&rest[..end]));
            rest = &rest[end..];
        } else {
            tokens.push(Token::Sign(c));
            rest = &rest[c.len_utf8()..];
        }
    }
    tokens
}

/// What stands before the first `end`, and what behind it.
fn split_behind<'text>(text: &'text str, end: &str) -> (&'text str, &'text str) {
    text.split_once(end).unwrap_or((text, ""))
}

fn quoted(text: &str, quote: char) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => value.extend(chars.next().map(|(_, escaped)| match escaped {
                'n' => '\n',
                't' => '\t',
                _ => escaped,
            })),
            _ if c == quote => return (value, &text[at + c.len_utf8()..]),
            _ => value.push(c),
        }
    }
    (value, "")
}

impl<'text> Token<'text> {
    /// The value of a string, or the word.
    pub fn value(&self) -> Option<&str> {
        match self {
            Token::Word(word) => Some(word),
            Token::Text(text) => Some(text),
            Token::Sign(_) => None,
        }
    }

    /// The value of a string.
    pub fn text(&self) -> Option<&str> {
        if let Token::Text(text) = self { Some(text) } else { None }
    }

    /// Is it this word?
    pub fn is(&self, word: &str) -> bool {
        matches!(self, Token::Word(found) if *found == word)
    }

    /// How much deeper what follows stands: 1 behind an opening bracket, -1 behind a closing one.
    pub fn step(&self) -> i32 {
        match self {
            Token::Sign('(' | '[' | '{') => 1,
            Token::Sign(')' | ']' | '}') => -1,
            _ => 0,
        }
    }
}

/// The strings given to a name outside of brackets: `name = "a"`, `name: "a"`, `name: ["a" "b"]`. The first one that is
/// given counts.
pub(super) fn assigned(tokens: &[Token<'_>], name: &str) -> Vec<String> {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        depth += token.step();
        let is_given = matches!(tokens.get(at + 1), Some(Token::Sign('=' | ':')));
        if depth == 0 && is_given && token.is(name) {
            let found = strings(&tokens[at + 2..]);
            if !found.is_empty() {
                return found;
            }
        }
    }
    Vec::new()
}

/// The string that begins here, or those of the list that does.
pub(super) fn strings(tokens: &[Token<'_>]) -> Vec<String> {
    match tokens {
        [Token::Text(text), ..] => vec![text.clone()],
        [Token::Sign('[' | '('), rest @ ..] => {
            let list = rest.iter().take_while(|token| !matches!(token, Token::Sign(']' | ')')));
            list.filter_map(Token::text).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LUA: Syntax = Syntax {
        comments: &["--"],
        long_comments: &[("--[[", "]]")],
        raw: &[("[[", "]]")],
        quotes: &['"', '\''],
        word: &['.'],
    };

    #[test]
    fn texts_are_cut() {
        let found = tokens("a.b = 'x\\'y' -- c\n--[[ d\n e ]] f([[g]]) \"h", &LUA);
        let text = |text: &str| Token::Text(text.to_owned());
        let expected = [
            Token::Word("a.b"),
            Token::Sign('='),
            text("x'y"),
            Token::Word("f"),
            Token::Sign('('),
            text("g"),
            Token::Sign(')'),
            text("h"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn assignments_are_found() {
        let found = |text: &str| assigned(&tokens(text, &LUA), "a");
        assert_eq!(found("b = {a = 'x'} a = 'y'"), ["y"]);
        assert_eq!(found("a: ['y' 'z']"), ["y", "z"]);
        assert_eq!(found("a = b a = 'y'"), ["y"]);
        assert_eq!(found("a"), [""; 0]);
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "[\\PC\n\"'\\[\\](){}=:-]{0,80}") {
            let tokens = tokens(&text, &LUA);
            assigned(&tokens, "a");
        }
    }
}
