//! Formats of statements in braces: nginx, BIND, Dovecot.

use super::{MAX_DEPTH, Out};

/// What differs between them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `name arguments;`, `#` comments.
    Nginx,
    /// As nginx, with `//` and `/* */` comments; what stands in a block is also its value.
    Named,
    /// `name = value` until the end of the line.
    Dovecot,
}

#[derive(PartialEq, Eq, Debug)]
enum Token {
    Word(String),
    Open,
    Close,
    End,
}

pub(super) fn parse(text: &str, dialect: Dialect, out: &mut Out) {
    let mut path: Vec<String> = Vec::new();
    // What stands in each open block of named.conf, with the line it began on.
    let mut bodies: Vec<(usize, String)> = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let mut began = 1;
    let mut skipped = 0_usize;
    for (token, line) in Tokens::new(text, dialect) {
        match token {
            Token::Word(word) => {
                if words.is_empty() {
                    began = line;
                }
                words.push(word);
            }
            Token::Open if path.len() >= MAX_DEPTH => {
                skipped += 1;
                words.clear();
            }
            Token::Open => {
                let (name, rest) = statement(&words, dialect);
                path.push(name.replace('.', "-"));
                if dialect == Dialect::Named {
                    bodies.push((began, rest));
                } else {
                    out.push(&path, "", &rest, began);
                }
                words.clear();
            }
            Token::Close if skipped > 0 => {
                skipped -= 1;
                words.clear();
            }
            Token::Close => {
                if let Some((line, body)) = bodies.pop() {
                    out.push(&path, "", body.trim(), line);
                }
                path.pop();
                words.clear();
            }
            Token::End if words.is_empty() => {}
            Token::End => {
                let (name, rest) = statement(&words, dialect);
                if let Some((_, body)) = bodies.last_mut().filter(|(_, body)| body.len() < 4096) {
                    body.push_str(&format!(" {};", words.join(" ")));
                }
                out.push(&path, &name, &rest, began);
                words.clear();
            }
        }
    }
    if dialect == Dialect::Dovecot && !words.is_empty() {
        let (name, rest) = statement(&words, dialect);
        out.push(&path, &name, &rest, began);
    }
}

fn statement(words: &[String], dialect: Dialect) -> (String, String) {
    let name = words.first().cloned().unwrap_or_default();
    let rest = match words.get(1) {
        Some(equals) if dialect == Dialect::Dovecot && equals == "=" => &words[2..],
        _ => words.get(1..).unwrap_or(&[]),
    };
    (name, rest.join(" "))
}

struct Tokens<'a> {
    text: std::iter::Peekable<std::str::Chars<'a>>,
    line: usize,
    dialect: Dialect,
}

impl<'a> Tokens<'a> {
    fn new(text: &'a str, dialect: Dialect) -> Tokens<'a> {
        Tokens { text: text.chars().peekable(), line: 1, dialect }
    }

    fn next_char(&mut self) -> Option<char> {
        let c = self.text.next()?;
        self.line += usize::from(c == '\n');
        Some(c)
    }

    fn skip_line(&mut self) {
        while self.text.peek().is_some_and(|&c| c != '\n') {
            self.text.next();
        }
    }

    fn skip_comment(&mut self) {
        let mut before = ' ';
        while let Some(c) = self.next_char() {
            if before == '*' && c == '/' {
                return;
            }
            before = c;
        }
    }

    fn quoted(&mut self, quote: char, into: &mut String) {
        while let Some(c) = self.next_char() {
            match c {
                '\\' => into.extend(self.next_char()),
                c if c == quote => return,
                c => into.push(c),
            }
        }
    }
}

impl Iterator for Tokens<'_> {
    type Item = (Token, usize);

    fn next(&mut self) -> Option<(Token, usize)> {
        let lines_end = self.dialect == Dialect::Dovecot;
        loop {
            let line = self.line;
            match self.next_char()? {
                '\n' if lines_end => return Some((Token::End, line)),
                c if c.is_whitespace() => {}
                '#' => self.skip_line(),
                '/' if self.dialect == Dialect::Named && self.text.peek() == Some(&'/') => self.skip_line(),
                '/' if self.dialect == Dialect::Named && self.text.peek() == Some(&'*') => {
                    self.next_char();
                    self.skip_comment();
                }
                '{' => return Some((Token::Open, line)),
                '}' => return Some((Token::Close, line)),
                ';' if !lines_end => return Some((Token::End, line)),
                quote @ ('"' | '\'') => {
                    let mut word = String::new();
                    self.quoted(quote, &mut word);
                    return Some((Token::Word(word), line));
                }
                c => {
                    let mut word = String::from(c);
                    while let Some(&next) = self.text.peek() {
                        // `${name}` of nginx is one word.
                        if next == '{' && word.ends_with('$') {
                            while let Some(inner) = self.next_char() {
                                word.push(inner);
                                if inner == '}' {
                                    break;
                                }
                            }
                            continue;
                        }
                        if next.is_whitespace() || matches!(next, '{' | '}') || (next == ';' && !lines_end) {
                            break;
                        }
                        if next == '\\' {
                            self.next_char();
                            word.push('\\');
                        }
                        word.extend(self.next_char());
                    }
                    return Some((Token::Word(word), line));
                }
            }
        }
    }
}
