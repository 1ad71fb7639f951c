//! How long one comparison takes, scheme by scheme, over pairs as they occur in advisories.

use divan::{Bencher, black_box, counter::ItemsCount};
use plimsoll_assess::versions::Scheme;

fn main() {
    divan::main();
}

const APK: &[(&str, &str)] = &[
    ("1.2.3-r0", "1.2.3-r1"),
    ("3.1.4_rc2-r0", "3.1.4-r5"),
    ("1.8.7_p174-r0", "1.8.7_p299-r0"),
    ("1.36.1-r15", "1.36.1-r29"),
];
const CRAN: &[(&str, &str)] = &[("1.2-3", "1.2.10"), ("0.9.8.4", "0.9.9")];
const DPKG: &[(&str, &str)] = &[
    ("2.36-9+deb12u3", "2.36-9+deb12u4"),
    ("1:9.2p1-2+deb12u2", "1:9.2p1-2+deb12u3"),
    ("3.0.11-1~deb12u2", "3.0.11-1~deb12u3"),
    ("5.10.223-1", "6.1.0-1"),
];
const GENERIC: &[(&str, &str)] = &[("1.0.2k", "1.0.2u"), ("10.0-rc2", "10.0"), ("1.21.0", "1.21.6")];
const GOLANG: &[(&str, &str)] = &[
    ("v1.2.3", "v1.2.10"),
    ("v0.0.0-20220314234659-1baeb1ce4c0b", "v0.0.0-20220314234724-5d542ad81a58"),
    ("go1.22.4", "1.22.5"),
];
const MAVEN: &[(&str, &str)] = &[
    ("2.14.1", "2.15.0"),
    ("5.3.17.RELEASE", "5.3.18.RELEASE"),
    ("4.1.0.Beta1", "4.1.0.CR1"),
    ("9.4.40.v20210413", "9.4.41.v20210516"),
];
const NUGET: &[(&str, &str)] = &[("8.0.0-rc.1.23419.4", "8.0.0"), ("6.0.21", "6.0.22"), ("4.3.0.1", "4.3.1")];
const PACKAGIST: &[(&str, &str)] =
    &[("v6.4.1", "v6.4.12"), ("3.0.0-beta.31", "3.0.0-RC1"), ("1.x-dev", "1.4.0")];
const PUB: &[(&str, &str)] = &[("0.10.3+5", "0.10.3+8"), ("1.2.3-dev.9", "1.2.3")];
const PYPI: &[(&str, &str)] =
    &[("2.31.0", "2.32.0"), ("1.0rc1", "1.0.post1"), ("4.2.1", "4.2.16"), ("1.0+ubuntu.1", "1.0")];
const RPM: &[(&str, &str)] = &[
    ("1:3.0.7-16.el9_2", "1:3.0.7-27.el9"),
    ("2.34-100.el9_4.2", "2.34-100.el9_4.3"),
    ("7.76.1-29.el9_4.1", "7.76.1-30.el9"),
    ("3.10.0-1160.el7", "3.10.0-1160.2.1.el7"),
];
const RUBYGEMS: &[(&str, &str)] =
    &[("6.1.4.1", "6.1.4.2"), ("7.0.8.7", "7.1.0.rc1"), ("2.0.0.beta.2", "2.0.0.beta.10")];
const SEMVER: &[(&str, &str)] = &[
    ("4.17.20", "4.17.21"),
    ("1.0.0-rc.1", "1.0.0-rc.2"),
    ("2.0.0-beta.20231003", "2.0.0"),
    ("1.0.218", "1.0.219+x"),
];

const SCHEMES: &[(Scheme, &[(&str, &str)])] = &[
    (Scheme::Apk, APK),
    (Scheme::Cran, CRAN),
    (Scheme::Dpkg, DPKG),
    (Scheme::Generic, GENERIC),
    (Scheme::Golang, GOLANG),
    (Scheme::Hackage, CRAN),
    (Scheme::Maven, MAVEN),
    (Scheme::Nuget, NUGET),
    (Scheme::Packagist, PACKAGIST),
    (Scheme::Pacman, RPM),
    (Scheme::Portage, APK),
    (Scheme::Pub, PUB),
    (Scheme::Pypi, PYPI),
    (Scheme::Rpm, RPM),
    (Scheme::RubyGems, RUBYGEMS),
    (Scheme::Semver, SEMVER),
];

#[divan::bench(args = SCHEMES.iter().map(|(scheme, _)| scheme.as_str()))]
fn compare(bencher: Bencher, name: &str) {
    let (scheme, pairs) =
        SCHEMES.iter().find(|(scheme, _)| scheme.as_str() == name).expect("the names are those of the list");
    bencher.counter(ItemsCount::new(pairs.len())).bench(|| {
        for (a, b) in *pairs {
            black_box(scheme.compare(black_box(a), black_box(b)));
        }
    });
}
