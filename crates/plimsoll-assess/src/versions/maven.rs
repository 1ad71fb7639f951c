//! Java artifacts: Maven 3.9's `ComparableVersion` (Maven POM reference, "Version Order Specification").
//!
//! A version is a list of numbers and qualifiers. A hyphen, and every change between digits and letters, opens a list
//! inside the list; nothing follows an inner list, so a version is kept as its lists from the outermost inwards.
//!
//! Maven's order has cycles among odd versions: `1.foo.1` > `1` > `1-alpha` > `1.foo.1`. They are kept as they are.

use super::digits;
use std::borrow::Cow;
use std::cmp::Ordering;

/// Longest version that is read, in bytes; Maven 4 has the same bound.
const MAX_BYTES: usize = 256;

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (readable(a)?, readable(b)?);
    if is_plain(a) && is_plain(b) {
        return Some(digits::compare_dotted(a, b));
    }
    let (a, b) = (lower_case(a), lower_case(b));
    let (a, b) = (parse(&a), parse(&b));
    Some(compare_lists(&a, &b))
}

/// `None` for nothing, for what is too long, and for a property nobody put a value in for (`${project.version}`).
fn readable(text: &str) -> Option<&[u8]> {
    let text = text.trim();
    (!text.is_empty() && text.len() <= MAX_BYTES && !text.contains("${")).then_some(text.as_bytes())
}

/// `1.2.3`, as most versions are.
fn is_plain(text: &[u8]) -> bool {
    digits::take_dotted(text).1.is_empty()
}

fn lower_case(text: &[u8]) -> Cow<'_, [u8]> {
    match text.iter().any(u8::is_ascii_uppercase) {
        true => Cow::Owned(text.to_ascii_lowercase()),
        false => Cow::Borrowed(text),
    }
}

/// Without upper case.
#[derive(Clone, Copy)]
enum Item<'a> {
    /// Digits.
    Number(&'a [u8]),
    Word(Qualifier<'a>),
}

/// Known qualifiers in their order, then unknown ones by text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Qualifier<'a> {
    Alpha,
    Beta,
    Milestone,
    Candidate,
    Snapshot,
    Release,
    ServicePack,
    Unknown(&'a [u8]),
}

impl Qualifier<'_> {
    fn of(word: &[u8]) -> Qualifier<'_> {
        match word {
            b"alpha" => Qualifier::Alpha,
            b"beta" => Qualifier::Beta,
            b"milestone" => Qualifier::Milestone,
            b"rc" | b"cr" => Qualifier::Candidate,
            b"snapshot" => Qualifier::Snapshot,
            b"ga" | b"final" | b"release" => Qualifier::Release,
            b"sp" => Qualifier::ServicePack,
            _ => Qualifier::Unknown(word),
        }
    }

    /// Single letters are abbreviations, but only right before a number.
    fn before_number(word: &[u8]) -> Qualifier<'_> {
        match word {
            b"a" => Qualifier::Alpha,
            b"b" => Qualifier::Beta,
            b"m" => Qualifier::Milestone,
            _ => Qualifier::of(word),
        }
    }
}

impl Item<'_> {
    fn compare_with_nothing(&self) -> Ordering {
        match self {
            Item::Number(number) => digits::compare(number, b"0"),
            Item::Word(word) => word.cmp(&Qualifier::Release),
        }
    }
}

/// Lists that lie in each other, outermost first.
type Lists<'a> = [Vec<Item<'a>>];

/// What stands at a place of a list.
#[derive(Clone, Copy)]
enum Element<'a> {
    Nothing,
    Item(Item<'a>),
    List(&'a Lists<'a>),
}

fn compare_lists<'a>(mut a: &'a Lists<'a>, mut b: &'a Lists<'a>) -> Ordering {
    loop {
        let mut index = 0;
        let inner = loop {
            let order = match (element(a, index), element(b, index)) {
                (Element::Nothing, Element::Nothing) => return Ordering::Equal,
                (Element::List(a), Element::List(b)) => break (a, b),
                (a, Element::Nothing) => compare_with_nothing(a),
                (Element::Nothing, b) => compare_with_nothing(b).reverse(),
                (Element::Item(Item::Number(a)), Element::Item(Item::Number(b))) => digits::compare(a, b),
                (Element::Item(Item::Word(a)), Element::Item(Item::Word(b))) => a.cmp(&b),
                (a, b) => rank(a).cmp(&rank(b)),
            };
            if order.is_ne() {
                return order;
            }
            index += 1;
        };
        (a, b) = inner;
    }
}

fn element<'a>(lists: &'a Lists<'a>, index: usize) -> Element<'a> {
    let Some((list, inner)) = lists.split_first() else { return Element::Nothing };
    match list.get(index) {
        Some(item) => Element::Item(*item),
        None if index == list.len() && !inner.is_empty() => Element::List(inner),
        None => Element::Nothing,
    }
}

/// Qualifiers before lists before numbers, whatever they say.
fn rank(element: Element) -> u8 {
    match element {
        Element::Nothing => 0,
        Element::Item(Item::Word(_)) => 1,
        Element::List(_) => 2,
        Element::Item(Item::Number(_)) => 3,
    }
}

/// A list is decided by the first of its items that says anything.
fn compare_with_nothing(element: Element) -> Ordering {
    match element {
        Element::Nothing => Ordering::Equal,
        Element::Item(item) => item.compare_with_nothing(),
        Element::List(lists) => {
            let mut orders = lists.iter().flatten().map(Item::compare_with_nothing);
            orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        }
    }
}

/// The lists of a version, without what says nothing at their ends.
fn parse(text: &[u8]) -> Vec<Vec<Item<'_>>> {
    let mut lists = vec![Vec::with_capacity(4)];
    let mut start = 0;
    let mut is_number = false;
    for (index, &byte) in text.iter().enumerate() {
        match byte {
            b'.' | b'-' => {
                push(
                    &mut lists,
                    if index == start { Item::Number(b"0") } else { item(&text[start..index], is_number) },
                );
                start = index + 1;
                if byte == b'-' {
                    lists.push(Vec::new());
                }
            }
            b'0'..=b'9' => {
                if !is_number && index > start {
                    open_unless_empty(&mut lists);
                    push(&mut lists, Item::Word(Qualifier::before_number(&text[start..index])));
                    lists.push(Vec::new());
                    start = index;
                }
                is_number = true;
            }
            _ => {
                if is_number && index > start {
                    push(&mut lists, item(&text[start..index], true));
                    lists.push(Vec::new());
                    start = index;
                }
                is_number = false;
            }
        }
    }
    if text.len() > start {
        if !is_number {
            open_unless_empty(&mut lists);
        }
        push(&mut lists, item(&text[start..], is_number));
    }
    for list in &mut lists {
        while list.last().is_some_and(|item| item.compare_with_nothing().is_eq()) {
            list.pop();
        }
    }
    while lists.last().is_some_and(Vec::is_empty) {
        lists.pop();
    }
    lists
}

fn item(text: &[u8], is_number: bool) -> Item<'_> {
    if is_number { Item::Number(text) } else { Item::Word(Qualifier::of(text)) }
}

fn push<'a>(lists: &mut [Vec<Item<'a>>], item: Item<'a>) {
    if let Some(list) = lists.last_mut() {
        list.push(item);
    }
}

/// Behind a dot a word before a number, and a word at the end, count as behind a hyphen: `1.0.RC1` is `1.0-RC1`.
fn open_unless_empty(lists: &mut Vec<Vec<Item>>) {
    if lists.last().is_some_and(|list| !list.is_empty()) {
        lists.push(Vec::new());
    }
}
