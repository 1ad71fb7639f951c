//! Shell scripts cut into commands and words: enough to see which tools ran, not a shell.

/// The commands of a script: what stands between `&&`, `||`, `;`, `|`, `&`, line ends and brackets, as words.
pub(super) fn commands(script: &str) -> Vec<Vec<String>> {
    let mut out = vec![Vec::new()];
    for token in tokens(script) {
        match token {
            Token::Word(word) => {
                if let Some(command) = out.last_mut() {
                    command.push(word);
                }
            }
            Token::End(_) => out.push(Vec::new()),
        }
    }
    out.retain(|command| !command.is_empty());
    out
}

/// The words of one command, quotes taken away.
pub(super) fn words(command: &str) -> Vec<String> {
    commands(command).into_iter().flatten().collect()
}

/// The statements of a script, with their pipes.
pub(super) fn statements(script: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    for token in tokens(script) {
        match token {
            Token::End('|') => out.last_mut().into_iter().for_each(|last| last.push('|')),
            Token::End(_) => out.push(String::new()),
            Token::Word(word) => {
                if let Some(last) = out.last_mut() {
                    last.push(' ');
                    // A bar inside a word is no pipe.
                    last.push_str(&word.replace('|', " "));
                }
            }
        }
    }
    out
}

enum Token {
    Word(String),
    /// What ended a command: `|`, or `;` for anything else.
    End(char),
}

fn tokens(script: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    let mut chars = script.chars().peekable();
    let flush = |word: &mut String, quoted: &mut bool, out: &mut Vec<Token>| {
        if !word.is_empty() || *quoted {
            out.push(Token::Word(std::mem::take(word)));
        }
        *quoted = false;
    };
    while let Some(c) = chars.next() {
        match c {
            '\'' => {
                quoted = true;
                word.extend(chars.by_ref().take_while(|&c| c != '\''));
            }
            '"' => {
                quoted = true;
                while let Some(c) = chars.next() {
                    match c {
                        '"' => break,
                        '\\' => word.extend(chars.next()),
                        c => word.push(c),
                    }
                }
            }
            '\\' => {
                // At the end of a line it joins the next; the builder leaves tabs behind.
                match chars.next() {
                    Some('\n') | None => {}
                    Some(c) => word.push(c),
                }
            }
            '#' if word.is_empty() && !quoted => {
                flush(&mut word, &mut quoted, &mut out);
                while chars.peek().is_some_and(|&c| c != '\n') {
                    chars.next();
                }
            }
            '$' if chars.peek() == Some(&'{') => {
                word.push('$');
                for c in chars.by_ref() {
                    word.push(c);
                    if c == '}' {
                        break;
                    }
                }
            }
            // `2>&1` and `&>file` are no ends of commands.
            '&' if word.ends_with('>') || chars.peek() == Some(&'>') => word.push(c),
            ';' | '&' | '\n' | '(' | ')' | '`' | '|' => {
                flush(&mut word, &mut quoted, &mut out);
                let double = matches!(c, '|' | '&') && chars.peek() == Some(&c);
                if double {
                    chars.next();
                }
                out.push(Token::End(if c == '|' && !double { '|' } else { ';' }));
            }
            c if c.is_whitespace() => flush(&mut word, &mut quoted, &mut out),
            c => word.push(c),
        }
    }
    flush(&mut word, &mut quoted, &mut out);
    out
}
