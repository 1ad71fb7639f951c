//! XML as a small tree: enough for pom.xml, packages.config and CycloneDX, bounded against hostile documents.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::borrow::Cow;

/// Elements inside elements; a CycloneDX tree nests components, two levels each.
const MAX_DEPTH: usize = 128;
/// Elements of one document, about 150 bytes each in memory.
const MAX_ELEMENTS: usize = 1_000_000;

/// An element with its children. Namespace prefixes are dropped: `<cdx:bom>` is `bom`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    /// Local name.
    pub name: String,
    /// Attributes by local name.
    pub attributes: Vec<(String, String)>,
    /// Text of the element itself, trimmed; entities other than the five of XML and characters stay as written.
    pub text: String,
    /// Child elements in order.
    pub children: Vec<Element>,
}

impl Element {
    /// The first child of this name.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The children of this name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// Text of the first child of this name, if it has any.
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str()).filter(|text| !text.is_empty())
    }

    /// Value of an attribute, if it is there and not empty.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

/// Reads a document's root element. Entities are never expanded, so a small document cannot become a large tree.
pub(crate) fn parse(bytes: &[u8]) -> Result<Element, String> {
    let text = decode(bytes);
    let mut reader = Reader::from_str(&text);
    // The innermost element is last; the root's parent catches the root.
    let mut open = vec![Element::default()];
    let mut elements = 0_usize;
    loop {
        match reader.read_event().map_err(|error| format!("not well-formed xml: {error}"))? {
            Event::Start(start) => {
                elements += 1;
                if open.len() > MAX_DEPTH {
                    return Err(format!("xml nests deeper than {MAX_DEPTH} elements"));
                }
                if elements > MAX_ELEMENTS {
                    return Err(format!("xml holds more than {MAX_ELEMENTS} elements"));
                }
                open.push(begin(&start));
            }
            Event::Empty(start) => {
                elements += 1;
                if elements > MAX_ELEMENTS {
                    return Err(format!("xml holds more than {MAX_ELEMENTS} elements"));
                }
                if let Some(parent) = open.last_mut() {
                    parent.children.push(begin(&start));
                }
            }
            Event::End(_) => close(&mut open),
            Event::Text(piece) => append(&mut open, &String::from_utf8_lossy(&piece)),
            Event::CData(piece) => append(&mut open, &String::from_utf8_lossy(&piece)),
            Event::GeneralRef(piece) => match piece.resolve_char_ref() {
                Ok(Some(character)) => append(&mut open, character.encode_utf8(&mut [0; 4])),
                _ => append(&mut open, &entity(&String::from_utf8_lossy(&piece))),
            },
            Event::Eof => break,
            Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Comment(_) => {}
        }
    }
    // quick-xml accepts a document that ends early; what was read is still true.
    while open.len() > 1 {
        close(&mut open);
    }
    open.pop().and_then(|mut document| document.children.pop()).ok_or_else(|| "no xml element".to_owned())
}

fn begin(start: &BytesStart<'_>) -> Element {
    let attributes = start.attributes().flatten().map(|attribute| {
        let value = String::from_utf8_lossy(&attribute.value);
        let value = quick_xml::escape::unescape(&value).map_or_else(|_| value.to_string(), Cow::into_owned);
        (String::from_utf8_lossy(attribute.key.local_name().as_ref()).into_owned(), value)
    });
    Element {
        attributes: attributes.collect(),
        name: String::from_utf8_lossy(start.local_name().as_ref()).into_owned(),
        ..Element::default()
    }
}

fn close(open: &mut Vec<Element>) {
    // The document itself, at the bottom, is never closed.
    if open.len() < 2 {
        return;
    }
    if let (Some(mut element), Some(parent)) = (open.pop(), open.last_mut()) {
        element.text = element.text.trim().to_owned();
        parent.children.push(element);
    }
}

fn append(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

/// The five entities XML itself has; a document's own ones are not expanded.
fn entity(name: &str) -> Cow<'static, str> {
    match name {
        "amp" => "&".into(),
        "lt" => "<".into(),
        "gt" => ">".into(),
        "quot" => "\"".into(),
        "apos" => "'".into(),
        _ => format!("&{name};").into(),
    }
}

/// UTF-8, UTF-16 with a mark, else Latin-1: old pom.xml files are often ISO-8859-1.
fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let wide = |from: fn([u8; 2]) -> u16| {
        let units = bytes[2..].chunks_exact(2).map(|pair| from([pair[0], pair[1]]));
        let text: String = char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{fffd}')).collect();
        Cow::Owned(text)
    };
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn trees_are_read() {
        let root = parse(
            b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x 'boom'>]>\n<n:a k='1&amp;2'> <b>x &lt; y &#65;&x;</b><c/><b><![CDATA[<2>]]></b> </n:a>",
        )
        .unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((root.name.as_str(), root.attribute("k")), ("a", Some("1&2")));
        let texts: Vec<&str> = root.all("b").map(|b| b.text.as_str()).collect();
        assert_eq!(texts, ["x < y A&x;", "<2>"]);
        assert_eq!(root.text_of("c"), None);
    }

    #[test]
    fn old_encodings_are_read() {
        let text = |bytes: &[u8]| parse(bytes).map(|root| root.text);
        assert_eq!(text(b"<a>M\xfcller</a>"), Ok("Müller".into()));
        assert_eq!(text(b"\xff\xfe<\0a\0>\0b\0<\0/\0a\0>\0"), Ok("b".into()));
    }

    #[test]
    fn bad_documents_are_refused() {
        assert!(parse(b"").is_err());
        assert!(parse(b"<a></b>").is_err());
        assert!(parse("<a>".repeat(200).as_bytes()).is_err_and(|error| error.contains("deeper")));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn arbitrary_tags_never_panic(text in "(<[/!?]?[a-c&;#x0-9 ='\"\\[\\]-]{0,6}>?){0,40}") {
            let _ = parse(text.as_bytes());
        }
    }
}
