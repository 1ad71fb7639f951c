//! Versions of every scheme: a total order of those that are valid.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_assess::versions::Scheme;

fuzz_target!(|data: &[u8]| {
    let Some((scheme, text)) = data.split_first() else { return };
    let scheme = Scheme::ALL[usize::from(*scheme) % Scheme::ALL.len()];
    let text = String::from_utf8_lossy(text);
    let mut lines = text.splitn(3, '\n').chain(["", ""]);
    let [a, b, c] = [(); 3].map(|()| lines.next().unwrap_or_default());
    let order = scheme.compare(a, b);
    assert_eq!(order, scheme.compare(b, a).map(std::cmp::Ordering::reverse), "{scheme:?} {a:?} {b:?}");
    if let (Some(ab), Some(bc)) = (order, scheme.compare(b, c))
        && ab == bc
    {
        assert_eq!(scheme.compare(a, c), Some(ab), "{scheme:?} {a:?} {b:?} {c:?}");
    }
    let _ = scheme.is_valid(a);
});
