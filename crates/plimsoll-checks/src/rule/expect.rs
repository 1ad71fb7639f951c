//! What a value should be.

use crate::pattern::Pattern;
use serde::Deserialize;

/// Conditions on a value, all of which must hold. Case does not matter.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Expect {
    /// One of these; `yes`, `on`, `true`, `1`, `enabled` are one, and so are their opposites.
    #[serde(default)]
    pub is: Vec<String>,
    /// None of these.
    #[serde(default)]
    pub not: Vec<String>,
    /// A number, size or time no greater.
    pub at_most: Option<f64>,
    /// No smaller.
    pub at_least: Option<f64>,
    /// It matches.
    pub matches: Option<Pattern>,
    /// It does not match.
    pub lacks: Option<Pattern>,
    /// It is there at all, and not empty.
    #[serde(default)]
    pub set: bool,
}

impl Expect {
    pub fn holds(&self, value: &str) -> bool {
        let value = value.trim();
        let among = |list: &[String]| list.iter().any(|one| same(one, value));
        let number = || number(value);
        (self.is.is_empty() || among(&self.is))
            && !among(&self.not)
            && self.at_most.is_none_or(|most| number().is_some_and(|number| number <= most))
            && self.at_least.is_none_or(|least| number().is_some_and(|number| number >= least))
            && self.matches.as_ref().is_none_or(|pattern| pattern.is_match(value))
            && self.lacks.as_ref().is_none_or(|pattern| !pattern.is_match(value))
            && (!self.set || !value.is_empty())
    }

    /// In words: `no`, `at most 4`.
    pub fn words(&self) -> String {
        let mut out = Vec::new();
        if !self.is.is_empty() {
            out.push(self.is.join(" or "));
        }
        if !self.not.is_empty() {
            out.push(format!("not {}", self.not.join(", ")));
        }
        out.extend(self.at_least.map(|least| format!("at least {least}")));
        out.extend(self.at_most.map(|most| format!("at most {most}")));
        out.extend(self.matches.as_ref().map(|pattern| format!("matching {}", pattern.as_str())));
        out.extend(self.lacks.as_ref().map(|pattern| format!("without {}", pattern.as_str())));
        if out.is_empty() && self.set {
            out.push("set".into());
        }
        out.join(", ")
    }
}

fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other) || matches!((truth(one), truth(other)), (Some(a), Some(b)) if a == b)
}

fn truth(word: &str) -> Option<bool> {
    let word = word.to_ascii_lowercase();
    match word.as_str() {
        "yes" | "on" | "true" | "1" | "enabled" | "enable" => Some(true),
        "no" | "off" | "false" | "0" | "disabled" | "disable" => Some(false),
        _ => None,
    }
}

/// A number with a unit of time (in seconds) or size (in bytes): `15m`, `1h`, `10M`, `30`. Hours and minutes are small
/// letters, as in sshd_config(5) and nginx, where `m` behind a size is written like that too: sizes are only compared
/// with sizes.
pub(crate) fn number(value: &str) -> Option<f64> {
    let value = value.trim().trim_matches(['"', '\'']);
    let end = value.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '-').unwrap_or(value.len());
    let number: f64 = value[..end].parse().ok()?;
    let factor = match value[end..].trim() {
        "" | "s" | "sec" | "seconds" | "b" | "B" => 1.0,
        "ms" => 0.001,
        "m" | "min" | "minutes" => 60.0,
        "h" | "H" | "hours" => 3600.0,
        "d" | "D" | "days" => 86_400.0,
        "w" | "W" => 604_800.0,
        "k" | "K" | "kB" | "KB" => 1024.0,
        "M" | "MB" => 1_048_576.0,
        "g" | "G" | "GB" => 1_073_741_824.0,
        _ => return None,
    };
    Some(number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_compared_as_people_write_them() {
        for (value, expected) in [
            ("15m", Some(900.0)),
            ("60", Some(60.0)),
            ("1h", Some(3600.0)),
            ("x", None),
            ("10M", Some(10_485_760.0)),
            ("-1", Some(-1.0)),
        ] {
            assert_eq!(number(value), expected, "{value}");
        }
        let expect = Expect { is: vec!["off".into()], ..Expect::default() };
        for (value, holds) in [("off", true), ("Off", true), ("0", true), ("on", false), ("", false)] {
            assert_eq!(expect.holds(value), holds, "{value}");
        }
        let expect = Expect { at_least: Some(1.0), at_most: Some(60.0), ..Expect::default() };
        for (value, holds) in [("60", true), ("1m", true), ("0", false), ("2m", false), ("never", false)] {
            assert_eq!(expect.holds(value), holds, "{value}");
        }
    }
}
