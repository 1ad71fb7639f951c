//! The orders of versions against files of `A < B` lines, the laws of an order, and the native tools.

use plimsoll_assess::versions::Scheme;
use std::cmp::Ordering;
use std::fs;
use std::path::{Path, PathBuf};

mod laws;
mod native;

const OWN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/versions");
const SHARED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/truth/versions");

/// A line of a file: `1.0~rc1 < 1.0`.
struct Case {
    a: String,
    b: String,
    order: Ordering,
    place: String,
}

#[test]
fn own_lines_hold() {
    let mut schemes = 0;
    for scheme in Scheme::ALL {
        let cases = cases_of(&file_of(OWN, *scheme));
        assert!(!cases.is_empty(), "no examples of {}", scheme.as_str());
        check(*scheme, &cases, &[]);
        schemes += 1;
    }
    assert_eq!(schemes, Scheme::ALL.len());
}

#[test]
fn shared_lines_hold() {
    if !Path::new(SHARED).is_dir() {
        eprintln!("skipped: no shared data");
        return;
    }
    let contested = contested();
    for scheme in Scheme::ALL {
        let path = file_of(SHARED, *scheme);
        if path.is_file() {
            check(*scheme, &cases_of(&path), &contested);
        }
    }
}

/// Holds every line in both directions; a contested line must go as the native tool has it.
fn check(scheme: Scheme, cases: &[Case], contested: &[(String, Ordering)]) {
    let mut wrong = Vec::new();
    for case in cases {
        let line = format!("{} {} {} {}", scheme.as_str(), case.a, sign(Some(case.order)), case.b);
        let native = contested.iter().find(|(contested, _)| *contested == line).map(|(_, order)| *order);
        let want = native.unwrap_or(case.order);
        let got = (scheme.compare(&case.a, &case.b), scheme.compare(&case.b, &case.a));
        if got != (Some(want), Some(want.reverse())) {
            wrong.push(format!("{}: {line}, got {} and {}", case.place, sign(got.0), sign(got.1)));
        }
    }
    eprintln!("{}: {} of {} lines hold", scheme.as_str(), cases.len() - wrong.len(), cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Lines that the native tool contradicts, with its verdict, from `CHECKS.txt`: `maven  A < B  native: >`.
fn contested() -> Vec<(String, Ordering)> {
    let text =
        fs::read_to_string(Path::new(SHARED).join("CHECKS.txt")).expect("CHECKS.txt lies beside the lines");
    text.lines()
        .filter_map(|line| {
            let (case, native) = line.split_once("  native: ")?;
            let order = match native.trim() {
                "<" | "-1" => Ordering::Less,
                "=" | "0" => Ordering::Equal,
                ">" | "1" => Ordering::Greater,
                other => panic!("unknown verdict {other}"),
            };
            Some((case.split_whitespace().collect::<Vec<_>>().join(" "), order))
        })
        .collect()
}

fn cases_of(path: &Path) -> Vec<Case> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.is_empty() && !line.starts_with("# "))
        .map(|(index, line)| {
            let place = format!("{name}:{}", index + 1);
            let (at, order) = [(" < ", Ordering::Less), (" = ", Ordering::Equal), (" > ", Ordering::Greater)]
                .into_iter()
                .find_map(|(sign, order)| Some((line.find(sign)?, order)))
                .unwrap_or_else(|| panic!("{place}: no sign in {line}"));
            Case { a: line[..at].to_owned(), b: line[at + 3..].to_owned(), order, place }
        })
        .collect()
}

fn file_of(folder: &str, scheme: Scheme) -> PathBuf {
    Path::new(folder).join(format!("{}.txt", scheme.as_str()))
}

fn sign(order: Option<Ordering>) -> &'static str {
    match order {
        Some(Ordering::Less) => "<",
        Some(Ordering::Equal) => "=",
        Some(Ordering::Greater) => ">",
        None => "?",
    }
}

#[test]
fn names_of_schemes() {
    for scheme in Scheme::ALL {
        assert_eq!(Scheme::parse(scheme.as_str()), Some(*scheme));
    }
    assert_eq!(Scheme::parse("npm"), Some(Scheme::Semver));
    assert_eq!(Scheme::parse("cargo"), Some(Scheme::Semver));
    assert_eq!(Scheme::parse("deb"), None);
}

#[test]
fn what_is_no_version() {
    let check = |scheme: Scheme, text: &str| {
        assert!(!scheme.is_valid(text), "{text} as {}", scheme.as_str());
        assert_eq!(scheme.compare(text, "1.0"), None, "{text} as {}", scheme.as_str());
        assert_eq!(scheme.compare("1.0", text), None, "{text} as {}", scheme.as_str());
    };
    for scheme in Scheme::ALL {
        check(*scheme, "");
        check(*scheme, "  ");
    }
    check(Scheme::Apk, "...");
    check(Scheme::Cran, "1.x");
    check(Scheme::Dpkg, "a:1");
    check(Scheme::Dpkg, "1:");
    check(Scheme::Dpkg, "1.0-");
    check(Scheme::Dpkg, "1 0");
    check(Scheme::Generic, "unknown");
    check(Scheme::Golang, "(devel)");
    check(Scheme::Golang, "devel +abc123");
    check(Scheme::Hackage, "1-2");
    check(Scheme::Maven, "${project.version}");
    check(Scheme::Nuget, "latest");
    check(Scheme::Packagist, "@dev");
    check(Scheme::Portage, "1.0_foo");
    check(Scheme::Portage, "1.0-1");
    check(Scheme::RubyGems, "1.0_1");
    check(Scheme::Semver, "workspace:*");
}
