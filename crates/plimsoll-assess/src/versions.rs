//! Temporary stand-in: one crude order for all schemes.
#![allow(missing_docs)]
use std::cmp::Ordering;
pub mod range;
pub use range::{RangeVerdict, affects};
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    Apk,
    Cran,
    Dpkg,
    Golang,
    Hackage,
    Maven,
    Nuget,
    Packagist,
    Pacman,
    Portage,
    Pub,
    Pypi,
    Rpm,
    RubyGems,
    Semver,
    Generic,
}
impl Scheme {
    pub fn parse(text: &str) -> Option<Scheme> {
        use Scheme::*;
        [
            Apk, Cran, Dpkg, Golang, Hackage, Maven, Nuget, Packagist, Pacman, Portage, Pub, Pypi, Rpm,
            RubyGems, Semver, Generic,
        ]
        .into_iter()
        .find(|s| s.as_str() == text)
    }
    pub fn as_str(self) -> &'static str {
        use Scheme::*;
        match self {
            Apk => "apk",
            Cran => "cran",
            Dpkg => "dpkg",
            Golang => "golang",
            Hackage => "hackage",
            Maven => "maven",
            Nuget => "nuget",
            Packagist => "packagist",
            Pacman => "pacman",
            Portage => "portage",
            Pub => "pub",
            Pypi => "pypi",
            Rpm => "rpm",
            RubyGems => "rubygems",
            Semver => "semver",
            Generic => "generic",
        }
    }
    pub fn compare(self, a: &str, b: &str) -> Option<Ordering> {
        if !self.is_valid(a) || !self.is_valid(b) {
            return None;
        }
        let epoch = |v: &str| -> (u64, String) {
            match v.split_once(':') {
                Some((e, r)) if matches!(self, Scheme::Dpkg | Scheme::Rpm) => {
                    (e.parse().unwrap_or(0), r.into())
                }
                _ => (0, v.trim_start_matches('v').into()),
            }
        };
        let ((ea, a), (eb, b)) = (epoch(a), epoch(b));
        Some(ea.cmp(&eb).then_with(|| runs(self, &a).cmp(&runs(self, &b))))
    }
    pub fn is_valid(self, v: &str) -> bool {
        !v.is_empty() && v != "(devel)"
    }
}
#[derive(PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Run {
    Tilde,
    End,
    Word(String),
    Number(u128),
}
fn runs(scheme: Scheme, v: &str) -> Vec<Run> {
    let semver = matches!(scheme, Scheme::Semver | Scheme::Golang);
    let mut out = Vec::new();
    let mut cur = String::new();
    let flush = |cur: &mut String, out: &mut Vec<Run>| {
        if !cur.is_empty() {
            out.push(cur.parse().map_or_else(|_| Run::Word(cur.clone()), Run::Number));
            cur.clear();
        }
    };
    for c in v.chars() {
        if c == '~' || (semver && c == '-') {
            flush(&mut cur, &mut out);
            out.push(Run::Tilde);
        } else if !c.is_alphanumeric() {
            flush(&mut cur, &mut out);
        } else {
            if cur.chars().last().is_some_and(|l| l.is_ascii_digit() != c.is_ascii_digit()) {
                flush(&mut cur, &mut out);
            }
            cur.push(c);
        }
    }
    flush(&mut cur, &mut out);
    out.push(Run::End);
    out
}
