//! Numbers as they stand in versions: runs of digits of any length, compared without being converted.

use std::cmp::Ordering;

/// Compares two runs of digits as numbers; an empty run is 0.
pub(super) fn compare(a: &[u8], b: &[u8]) -> Ordering {
    let (a, b) = (trim_zeros(a), trim_zeros(b));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// Is this run of digits 0?
pub(super) fn is_zero(run: &[u8]) -> bool {
    trim_zeros(run).is_empty()
}

/// Is it digits and nothing else?
pub(super) fn is_number(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

/// Splits off the leading bytes that satisfy the condition.
pub(super) fn take_while(text: &[u8], condition: impl Fn(&u8) -> bool) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !condition(byte)).unwrap_or(text.len());
    text.split_at(end)
}

/// Splits off the leading digits.
pub(super) fn take(text: &[u8]) -> (&[u8], &[u8]) {
    take_while(text, u8::is_ascii_digit)
}

/// Splits off the longest leading `1.2.3`.
pub(super) fn take_dotted(text: &[u8]) -> (&[u8], &[u8]) {
    let mut end = take(text).0.len();
    while end > 0 && text.get(end) == Some(&b'.') {
        let (run, _) = take(&text[end + 1..]);
        if run.is_empty() {
            break;
        }
        end += 1 + run.len();
    }
    text.split_at(end)
}

/// Compares `1.2.3` with `1.2`, number by number; missing ones are 0.
pub(super) fn compare_dotted(a: &[u8], b: &[u8]) -> Ordering {
    let (mut a, mut b) = (a.split(|&byte| byte == b'.'), b.split(|&byte| byte == b'.'));
    loop {
        let (x, y) = (a.next(), b.next());
        if x.is_none() && y.is_none() {
            return Ordering::Equal;
        }
        let order = compare(x.unwrap_or_default(), y.unwrap_or_default());
        if order.is_ne() {
            return order;
        }
    }
}

/// Compares lists of numbers; a list that is the other's beginning comes first. `None` when there is something else
/// than numbers.
pub(super) fn compare_lists<'a>(
    mut a: impl Iterator<Item = &'a [u8]>,
    mut b: impl Iterator<Item = &'a [u8]>,
) -> Option<Ordering> {
    let mut order = Ordering::Equal;
    loop {
        let (x, y) = (a.next(), b.next());
        if !x.is_none_or(is_number) || !y.is_none_or(is_number) {
            return None;
        }
        order = order.then_with(|| match (x, y) {
            (Some(x), Some(y)) => compare(x, y),
            (x, y) => x.is_some().cmp(&y.is_some()),
        });
        if x.is_none() && y.is_none() {
            return Some(order);
        }
    }
}

fn trim_zeros(run: &[u8]) -> &[u8] {
    take_while(run, |&byte| byte == b'0').1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_length() {
        let check = |a: &str, b: &str, want| assert_eq!(compare(a.as_bytes(), b.as_bytes()), want, "{a} {b}");
        check("9", "10", Ordering::Less);
        check("007", "7", Ordering::Equal);
        check("", "0", Ordering::Equal);
        check("99999999999999999999999999998", "99999999999999999999999999999", Ordering::Less);
    }

    #[test]
    fn dotted_prefix() {
        let check = |text: &str, want: (&str, &str)| {
            assert_eq!(take_dotted(text.as_bytes()), (want.0.as_bytes(), want.1.as_bytes()), "{text}");
        };
        check("1.2.3-rc1", ("1.2.3", "-rc1"));
        check("1.2.x", ("1.2", ".x"));
        check("1.", ("1", "."));
        check("", ("", ""));
        check(".1", ("", ".1"));
    }
}
