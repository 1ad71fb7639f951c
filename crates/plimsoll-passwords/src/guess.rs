//! What people choose as passwords: guesses in the order they are worth their cost.

use std::collections::HashSet;

/// The built-in words, most frequent first.
fn words() -> impl Iterator<Item = &'static str> {
    include_str!("../data/words.txt").lines().filter(|line| !line.is_empty() && !line.starts_with("# "))
}

/// Why a guess was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// No password.
    Empty,
    /// Made of the account's name or the service's.
    Name,
    /// In the user's own list.
    List,
    /// In the built-in list.
    Common,
}

impl Origin {
    /// As documents write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Origin::Empty => "empty",
            Origin::Name => "made of the account's name",
            Origin::List => "in your list",
            Origin::Common => "common",
        }
    }
}

/// Guesses for an account, each once: none, its name and what is made of it, the user's list, the built-in words.
/// `extra` are further names it may be made of: service, host, image; `year` that of the image.
pub(crate) fn guesses<'a>(
    user: &str,
    extra: &[&str],
    list: &'a [String],
    year: Option<i32>,
) -> impl Iterator<Item = (String, Origin)> + use<'a> {
    let mut first = vec![(String::new(), Origin::Empty)];
    // The plain names come before everything made of them: for a costly hash only the first few dozen are tried.
    let names: Vec<String> = std::iter::once(user)
        .chain(extra.iter().copied())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    first.extend(names.iter().map(|name| (name.clone(), Origin::Name)));
    let made =
        names.into_iter().flat_map(move |name| made_of(&name, year)).map(|guess| (guess, Origin::Name));
    let list = list.iter().map(|word| (word.clone(), Origin::List));
    let (top, rest): (Vec<&str>, Vec<&str>) = {
        let all: Vec<&str> = words().collect();
        let (top, rest) = all.split_at(all.len().min(40));
        (top.to_vec(), rest.to_vec())
    };
    let common = |words: Vec<&'static str>| words.into_iter().map(|word| (word.to_owned(), Origin::Common));
    let mut seen = HashSet::new();
    first
        .into_iter()
        .chain(list)
        .chain(common(top))
        .chain(made)
        .chain(common(rest))
        .filter(move |(guess, _)| seen.insert(guess.clone()))
}

fn made_of(name: &str, year: Option<i32>) -> Vec<String> {
    let lower = name.to_lowercase();
    let mut capital = lower.clone();
    if let Some(first) = lower.chars().next() {
        capital = first.to_uppercase().chain(lower.chars().skip(1)).collect();
    }
    let mut out = vec![
        format!("{lower}123"),
        format!("{capital}123"),
        format!("{lower}@123"),
        format!("{capital}@123"),
    ];
    for tail in [
        "1", "12", "1234", "12345", "123456", "!", "@", "#123", "!@#", "_123", "666", "888", "00", "01",
        "1!", "123!", "@123456",
    ] {
        out.push(format!("{lower}{tail}"));
        out.push(format!("{capital}{tail}"));
    }
    for year in year.into_iter().flat_map(|year| (year - 3..=year + 1).rev()) {
        for form in ["{}", "@{}", "_{}", "{}!", "@{}!", "#{}"] {
            let tail = form.replace("{}", &year.to_string());
            out.push(format!("{lower}{tail}"));
            out.push(format!("{capital}{tail}"));
        }
    }
    out.push(capital);
    out.push(lower.to_uppercase());
    out.push(lower.chars().rev().collect());
    out.push(format!("{lower}{lower}"));
    out.push(format!("p@{lower}"));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_come_in_order_and_once() {
        let list = ["ours".to_owned(), "bob".to_owned()];
        let all: Vec<(String, Origin)> = guesses("bob", &["redis"], &list, Some(2026)).collect();
        let place =
            |word: &str| all.iter().position(|(guess, _)| guess == word).unwrap_or_else(|| panic!("{word}"));
        let order = ["", "bob", "redis", "ours", "123456", "bob123", "Bob@2026", "bob2024!", "bobbob"];
        let places: Vec<usize> = order.iter().map(|word| place(word)).collect();
        assert!(places.is_sorted(), "{places:?}");
        let unique: HashSet<&String> = all.iter().map(|(guess, _)| guess).collect();
        assert_eq!(unique.len(), all.len());
        assert!(all.len() > 500, "{}", all.len());
    }
}
