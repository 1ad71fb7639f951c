//! Licence expressions: does what a component states fall under a list of licences?

/// Is the component's licence one of these, whatever its user chooses? Of `A OR B` both have to be, of `A AND B` one
/// (SPDX specification 2.3, annex D, "SPDX license expressions"). Several statements hold together.
pub(super) fn falls_under(statements: &[String], listed: &dyn Fn(&str) -> bool) -> bool {
    statements.iter().any(|statement| expression(statement, listed))
}

/// Nested deeper than this an expression is hostile.
const DEPTH_MAX: usize = 32;

fn expression(text: &str, listed: &dyn Fn(&str) -> bool) -> bool {
    // Free text ("BSD License") has no operators; comparing it whole is right.
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    if !words.iter().any(|word| is_operator(word)) {
        return listed(text.trim().trim_matches(['(', ')']).trim());
    }
    let mut parser = Parser { words: &words, at: 0, listed };
    parser.any(0).unwrap_or(false)
}

fn is_operator(word: &str) -> bool {
    ["AND", "OR", "WITH"].iter().any(|operator| word.eq_ignore_ascii_case(operator))
}

struct Parser<'a> {
    words: &'a [&'a str],
    at: usize,
    listed: &'a dyn Fn(&str) -> bool,
}

impl Parser<'_> {
    fn next_is(&mut self, word: &str) -> bool {
        let is = self.words.get(self.at).is_some_and(|next| next.eq_ignore_ascii_case(word));
        self.at += usize::from(is);
        is
    }

    /// `A OR B`: the user may choose, so all must be listed.
    fn any(&mut self, depth: usize) -> Option<bool> {
        let mut all = self.all(depth)?;
        while self.next_is("OR") {
            let next = self.all(depth)?;
            all = all && next;
        }
        Some(all)
    }

    /// `A AND B`: both hold, so one listed is enough.
    fn all(&mut self, depth: usize) -> Option<bool> {
        let mut any = self.one(depth)?;
        while self.next_is("AND") {
            let next = self.one(depth)?;
            any = any || next;
        }
        Some(any)
    }

    fn one(&mut self, depth: usize) -> Option<bool> {
        if depth > DEPTH_MAX {
            return None;
        }
        if self.next_is("(") {
            let inner = self.any(depth + 1)?;
            return self.next_is(")").then_some(inner);
        }
        let start = self.at;
        while self.words.get(self.at).is_some_and(|word| !is_operator(word) && *word != "(" && *word != ")") {
            self.at += 1;
        }
        let name = self.words.get(start..self.at).filter(|words| !words.is_empty())?.join(" ");
        if self.next_is("WITH") {
            let exception = self.words.get(self.at)?;
            self.at += 1;
            // The exception is what makes the licence harmless: only a list that names it means it.
            return Some((self.listed)(&format!("{name} WITH {exception}")));
        }
        Some((self.listed)(&name))
    }
}
