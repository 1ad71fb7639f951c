//! XML as a stream of small trees: one chosen element after the other, so that a document of gigabytes needs no more
//! memory than its largest element.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::borrow::Cow;
use std::io::{self, BufRead, Read};

/// Elements inside elements.
const DEPTH: usize = 64;
/// Elements of one tree: a kernel update of SUSE has some 100,000.
const ELEMENTS: usize = 4_000_000;
/// Bytes of one tag or one text.
const LARGEST_PIECE: u64 = 64 << 20;

/// An element with its children. Namespace prefixes are dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    /// Its own text, trimmed.
    pub text: String,
    pub children: Vec<Element>,
}

impl Element {
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str()).filter(|text| !text.is_empty())
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

/// Hands every element with one of these names, wherever it stands, to `take`; elements inside one that was taken stay
/// in it. A document that ends too early is an error, after what is whole has been taken.
pub(super) fn each(
    bytes: &mut dyn BufRead,
    names: &[&str],
    take: &mut dyn FnMut(Element) -> Result<(), String>,
) -> Result<(), String> {
    let mut reader = Reader::from_reader(Pieces { bytes, left: LARGEST_PIECE });
    let mut buffer = Vec::new();
    // The names of what is open above a tree, and the tree's own open elements.
    let mut above = 0_usize;
    let mut open: Vec<Element> = Vec::new();
    let mut elements = 0_usize;
    loop {
        buffer.clear();
        reader.get_mut().left = LARGEST_PIECE;
        let event =
            reader.read_event_into(&mut buffer).map_err(|error| format!("not well-formed xml: {error}"))?;
        match event {
            Event::Start(start) => {
                let wanted = !open.is_empty()
                    || names.iter().any(|name| name.as_bytes() == start.local_name().as_ref());
                if above + open.len() >= DEPTH {
                    return Err(format!("xml nests deeper than {DEPTH} elements"));
                }
                if wanted {
                    elements += 1;
                    open.push(begin(&start));
                } else {
                    above += 1;
                }
            }
            Event::Empty(start) => {
                elements += usize::from(!open.is_empty());
                if let Some(parent) = open.last_mut() {
                    parent.children.push(begin(&start));
                } else if names.iter().any(|name| name.as_bytes() == start.local_name().as_ref()) {
                    take(begin(&start))?;
                }
            }
            Event::End(_) => match open.pop() {
                None => above = above.saturating_sub(1),
                Some(mut element) => {
                    element.text = element.text.trim().to_owned();
                    match open.last_mut() {
                        Some(parent) => parent.children.push(element),
                        None => {
                            elements = 0;
                            take(element)?;
                        }
                    }
                }
            },
            Event::Text(piece) => append(&mut open, &String::from_utf8_lossy(&piece)),
            Event::CData(piece) => append(&mut open, &String::from_utf8_lossy(&piece)),
            Event::GeneralRef(piece) => match piece.resolve_char_ref() {
                Ok(Some(character)) => append(&mut open, character.encode_utf8(&mut [0; 4])),
                _ => append(&mut open, entity(&String::from_utf8_lossy(&piece))),
            },
            Event::Eof if above > 0 || !open.is_empty() => return Err("the xml ends too early".into()),
            Event::Eof => return Ok(()),
            Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Comment(_) => {}
        }
        if elements > ELEMENTS {
            return Err(format!("an xml element holds more than {ELEMENTS} others"));
        }
    }
}

fn begin(start: &BytesStart<'_>) -> Element {
    let attributes = start.attributes().flatten().map(|attribute| {
        let value = String::from_utf8_lossy(&attribute.value);
        let value = quick_xml::escape::unescape(&value).map_or_else(|_| value.to_string(), Cow::into_owned);
        (String::from_utf8_lossy(attribute.key.local_name().as_ref()).into_owned(), value)
    });
    Element {
        attributes: attributes.take(64).collect(),
        name: String::from_utf8_lossy(start.local_name().as_ref()).into_owned(),
        ..Element::default()
    }
}

fn append(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

/// The five entities of XML itself; a document's own ones are not expanded.
fn entity(name: &str) -> &'static str {
    match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => "",
    }
}

/// Bytes of which one piece (a tag, a text) may only be so long.
struct Pieces<'a> {
    bytes: &'a mut dyn BufRead,
    left: u64,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.bytes.read(buffer)
    }
}

impl BufRead for Pieces<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a piece of it is too large"));
        }
        self.bytes.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.left = self.left.saturating_sub(amount as u64);
        self.bytes.consume(amount);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(text: &str, names: &[&str]) -> Result<Vec<String>, String> {
        let mut found = Vec::new();
        each(&mut text.as_bytes(), names, &mut |element| {
            let parts: Vec<String> =
                element.children.iter().map(|child| format!("{}={}", child.name, child.text)).collect();
            found.push(format!("{}:{} {}", element.name, element.text, parts.join(",")));
            Ok(())
        })?;
        Ok(found)
    }

    #[test]
    fn chosen_elements_are_handed_on_one_by_one() {
        let text = "<?xml version='1.0'?><r xmlns:x='y'><skip><b>no</b></skip><x:a k='1'> t &lt;<b>1</b><c/></x:a><a/></r>";
        assert_eq!(names(text, &["a"]), Ok(vec!["a:t < b=1,c=".into(), "a: ".into()]));
        assert!(names("<r><a>", &["a"]).is_err());
        assert!(names("<r><a></r>", &["a"]).is_err());
        assert!(names(&"<a>".repeat(100), &["a"]).is_err());
        assert_eq!(names("", &["a"]), Ok(vec![]));
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_read(text in "(<[a-c/]{0,3}>?|[a-z&;!\\[\\]-]{0,3}){0,20}") {
            let _ = names(&text, &["a", "b"]);
        }
    }
}
