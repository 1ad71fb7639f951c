//! Java runtimes: `1.8.0_402`, `8u402` and the NVD's `1.8.0` with update `update402` are one version (JEP 223 renamed
//! `1.9` to `9`). Builds (`-b06`, `+7`, `-LTS`) are of one release; `-ea` and its like come before it.

use super::digits;
use std::cmp::Ordering;

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (read(a)?, read(b)?);
    let longest = a.numbers.len().max(b.numbers.len());
    let number = |numbers: &[String], at: usize| numbers.get(at).cloned().unwrap_or_default();
    (0..longest)
        .map(|at| digits::compare(number(&a.numbers, at).as_bytes(), number(&b.numbers, at).as_bytes()))
        .find(|order| order.is_ne())
        .or_else(|| {
            Some(match (&a.before, &b.before) {
                (None, None) => Ordering::Equal,
                (None, Some(_)) => Ordering::Greater,
                (Some(_), None) => Ordering::Less,
                (Some(a), Some(b)) => a.cmp(b),
            })
        })
}

struct Version {
    /// Feature release, interim, update, and what follows.
    numbers: Vec<String>,
    /// What announces a release.
    before: Option<String>,
}

fn read(text: &str) -> Option<Version> {
    let text = text.trim().to_ascii_lowercase();
    let mut rest = text.as_str();
    for word in ["openjdk", "java", "jdk", "jre", "-", "v"] {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    if !rest.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let (dotted, rest) = digits::take_dotted(rest.as_bytes());
    let dotted = String::from_utf8_lossy(dotted);
    let mut numbers: Vec<String> = dotted.split('.').map(str::to_owned).collect();
    // `1.8` is 8; only 1.0 to 1.8 were called so.
    if numbers.len() > 1 && digits::compare(numbers[0].as_bytes(), b"1").is_eq() {
        numbers.remove(0);
    }
    let rest = String::from_utf8_lossy(rest);
    let (update, rest) = update(&rest);
    if let Some(update) = update {
        numbers.resize(2, "0".to_owned());
        numbers.push(update.to_owned());
    }
    let words = rest.split(|c: char| !c.is_ascii_alphanumeric());
    let before = words.into_iter().find(|word| {
        let name = word.trim_end_matches(|c: char| c.is_ascii_digit());
        matches!(name, "ea" | "beta" | "alpha" | "rc" | "internal" | "snapshot")
    });
    Some(Version { numbers, before: before.map(str::to_owned) })
}

/// The number behind `u`, `_`, `-update`, `:update_`, and what follows it.
fn update(text: &str) -> (Option<&str>, &str) {
    let bare = text.trim_start_matches(['_', '-', ':']);
    let named = ["update", "u"].iter().find_map(|word| bare.strip_prefix(word));
    let number = match named {
        Some(rest) => rest.trim_start_matches(['_', '-']),
        None if text.starts_with('_') => bare,
        None => return (None, text),
    };
    let end = number.bytes().take_while(u8::is_ascii_digit).count();
    if end == 0 { (None, text) } else { (Some(&number[..end]), &number[end..]) }
}
