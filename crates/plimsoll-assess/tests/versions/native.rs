//! Generated pairs against the native tool, where it is installed, and against libraries that follow the same rules.

use super::sign;
use plimsoll_assess::versions::Scheme;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::cmp::Ordering;
use std::process::Command;

/// How many pairs dpkg is asked about; one process each.
const PAIRS: usize = 300;

#[test]
fn dpkg_agrees() {
    if Command::new("dpkg").arg("--version").output().is_err() {
        eprintln!("skipped: no dpkg");
        return;
    }
    let mut runner = TestRunner::deterministic();
    let version = "([0-2]:)?[0-9]{1,2}([.+~a-cZ-][0-9]{0,2}){0,3}(-[0-9a~+.]{1,4})?";
    let pairs = (proptest::string::string_regex(version), proptest::string::string_regex(version));
    let (a, b) = (pairs.0.expect("a regex"), pairs.1.expect("a regex"));
    let mut compared = 0;
    for _ in 0..PAIRS {
        let (a, b) = (&a, &b).new_tree(&mut runner).expect("a pair").current();
        let Some(got) = Scheme::Dpkg.compare(&a, &b) else {
            assert!(!dpkg_reads(&a) || !dpkg_reads(&b), "dpkg reads both {a} and {b}");
            continue;
        };
        let operator = match got {
            Ordering::Less => "lt",
            Ordering::Equal => "eq",
            Ordering::Greater => "gt",
        };
        let agrees = dpkg(&[&a, operator, &b]);
        assert!(agrees, "dpkg does not agree to {a} {} {b}", sign(Some(got)));
        compared += 1;
    }
    eprintln!("{compared} pairs as dpkg has them");
    assert!(compared > PAIRS / 2);
}

fn dpkg_reads(version: &str) -> bool {
    dpkg(&[version, "eq", version])
}

fn dpkg(arguments: &[&str]) -> bool {
    Command::new("dpkg")
        .arg("--compare-versions")
        .args(arguments)
        .output()
        .is_ok_and(|it| it.status.success())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(5000) })]

    #[test]
    fn pep440_rs_agrees(a in PEP_440, b in PEP_440) {
        let parsed = (a.parse::<pep440_rs::Version>(), b.parse::<pep440_rs::Version>());
        if let (Ok(x), Ok(y)) = parsed {
            prop_assert_eq!(Scheme::Pypi.compare(&a, &b), Some(x.cmp(&y)), "{} {}", a, b);
        }
    }

    #[test]
    fn semver_agrees(a in SEMVER, b in SEMVER) {
        let parsed = (semver::Version::parse(&a), semver::Version::parse(&b));
        if let (Ok(x), Ok(y)) = parsed {
            prop_assert_eq!(Scheme::Semver.compare(&a, &b), Some(x.cmp_precedence(&y)), "{} {}", a, b);
        }
    }
}

const PEP_440: &str = "v?([01]!)?[0-2](\\.[0-2]){0,2}([-_.]?(a|alpha|b|beta|c|rc|pre|preview)[-_.]?[0-2]?)?\
    (-[0-2]|[-_.]?(post|rev|r)[-_.]?[0-2]?)?([-_.]?dev[-_.]?[0-2]?)?(\\+[a-c0-2]([-_.][a-cA0-2]{1,2}){0,2})?";

const SEMVER: &str = "[0-2](\\.[0-2]){2}(-[a-cA0-2-]{1,2}(\\.[a-cA0-2-]{1,3}){0,2})?(\\+[a-c0-2]{1,2})?";
