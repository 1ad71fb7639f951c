//! Versions of every scheme: any two texts compare, and the same whichever way round they stand. That the order is
//! one is not asked: those of Maven, Pacman and PHP go in circles over odd texts, and we follow them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_assess::versions::Scheme;
use std::cmp::Ordering;

fuzz_target!(|data: &[u8]| {
    let Some((scheme, text)) = data.split_first() else { return };
    let scheme = Scheme::ALL[usize::from(*scheme) % Scheme::ALL.len()];
    let text = String::from_utf8_lossy(text);
    let (a, b) = text.split_once('\n').unwrap_or((&text, ""));
    assert_eq!(scheme.compare(a, b), scheme.compare(b, a).map(Ordering::reverse), "{scheme:?} {a:?} {b:?}");
    assert!(!scheme.is_valid(a) || scheme.compare(a, a) == Some(Ordering::Equal), "{scheme:?} {a:?}");
});
