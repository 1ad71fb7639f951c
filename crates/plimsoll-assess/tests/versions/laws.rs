//! The laws of a total order, over generated versions and over the ones in the files of lines.

use super::{OWN, SHARED, cases_of, file_of, sign};
use plimsoll_assess::versions::Scheme;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;
use std::cmp::Ordering;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4000) })]

    #[test]
    fn generated_versions_are_ordered((scheme, versions) in generated()) {
        check(scheme, &versions)?;
    }

    #[test]
    fn arbitrary_text_never_panics(a in ".{0,40}", b in ".{0,40}") {
        for scheme in Scheme::ALL {
            let order = scheme.compare(&a, &b);
            prop_assert_eq!(order.map(Ordering::reverse), scheme.compare(&b, &a));
            prop_assert_eq!(order.is_some(), scheme.is_valid(&a) && scheme.is_valid(&b));
        }
    }
}

#[test]
fn known_versions_are_ordered() {
    for scheme in Scheme::ALL {
        let versions = known(*scheme);
        let triple = (select(versions.clone()), select(versions.clone()), select(versions));
        let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(5000) };
        let mut runner = proptest::test_runner::TestRunner::new(config);
        let result = runner.run(&triple, |(a, b, c)| check(*scheme, &[a, b, c]));
        result.unwrap_or_else(|error| panic!("{error}"));
    }
}

/// Reflexive, antisymmetric, transitive.
fn check(scheme: Scheme, versions: &[String]) -> Result<(), TestCaseError> {
    let valid: Vec<&String> = versions.iter().filter(|version| is_lawful(scheme, version)).collect();
    let order = |a: &str, b: &str| scheme.compare(a, b).expect("both are valid");
    for a in &valid {
        prop_assert_eq!(order(a, a), Ordering::Equal);
        for b in &valid {
            prop_assert_eq!(order(a, b), order(b, a).reverse(), "{} {} {}", scheme.as_str(), a, b);
            for c in &valid {
                if order(a, b).is_le() && order(b, c).is_le() {
                    let strict = order(a, b).is_lt() || order(b, c).is_lt();
                    let want = if strict { Ordering::Less } else { Ordering::Equal };
                    prop_assert_eq!(
                        order(a, c),
                        want,
                        "{}: {} {} {} {} {}",
                        scheme.as_str(),
                        a,
                        sign(Some(order(a, b))),
                        b,
                        sign(Some(order(b, c))),
                        c
                    );
                }
            }
        }
    }
    Ok(())
}

/// Not so: what its native order itself takes for equal to several versions that differ.
fn is_lawful(scheme: Scheme, version: &str) -> bool {
    let is_wild = match scheme {
        // A word between dots, or between a dot and a hyphen, takes part in cycles: `1.b-1` < `1` < `1-x` < `1.b-1`.
        Scheme::Maven => version.split('.').skip(1).enumerate().any(|(index, part)| {
            let word = part.trim_start_matches(|c: char| !matches!(c, '0'..='9' | '-'));
            part.starts_with(|c: char| !matches!(c, '0'..='9' | '-'))
                && (word.starts_with('-') || word.is_empty() && index + 2 < version.split('.').count())
        }),
        // `version_compare` takes `#` for any number.
        Scheme::Packagist => version.contains('#'),
        // vercmp(8) takes a missing pkgrel for any, and separators at the end count or not.
        Scheme::Pacman => {
            let pkgver = version.rsplit_once('-').map(|(pkgver, _)| pkgver);
            !pkgver.is_some_and(|it| it.ends_with(|c: char| c.is_ascii_alphanumeric()))
        }
        _ => false,
    };
    !is_wild && scheme.is_valid(version)
}

/// The versions of the scheme's files.
fn known(scheme: Scheme) -> Vec<String> {
    [OWN, SHARED]
        .iter()
        .map(|folder| file_of(folder, scheme))
        .filter(|path| path.is_file())
        .flat_map(|path| cases_of(&path))
        .flat_map(|case| [case.a, case.b])
        .collect()
}

/// A scheme and three versions made of the same few pieces, so that many are close to each other.
fn generated() -> impl Strategy<Value = (Scheme, Vec<String>)> {
    select(Scheme::ALL).prop_flat_map(|scheme| {
        let piece = prop_oneof![
            4 => select(vec!["0", "1", "2", "00", "01", "10", "123456789012345678901"]).prop_map(str::to_owned),
            3 => select(vec![".", "-", "_", "~", "+", "^", ":", "!", "-r", "_p", "_rc"]).prop_map(str::to_owned),
            2 => select(vec![
                "a", "b", "rc", "RC", "alpha", "beta", "final", "dev", "post", "p", "x", "sp", "ga", "pre", "m",
                "snapshot", "foo", "-dev",
            ])
            .prop_map(str::to_owned),
        ];
        let loose = prop::collection::vec(piece, 1..8).prop_map(|pieces| pieces.concat());
        let version = Union::new_weighted(vec![
            (2, loose.prop_map(|tail| format!("1{tail}")).boxed()),
            (2, "[0-2](\\.[0-2]){0,3}([-._+~^]?(rc|a|beta|final|p|dev|x)[.-]?[0-2]?){0,2}(-r?[01])?".boxed()),
            (1, "[0-9]{1,2}\\.[0-9](\\.0){0,2}".boxed()),
        ]);
        (Just(scheme), prop::collection::vec(version, 3..6))
    })
}
