//! XML: each element's path with its text, each attribute's with its value.

use super::{MAX_DEPTH, Out};
use quick_xml::Reader;
use quick_xml::events::Event;

pub(super) fn parse(text: &str, out: &mut Out) {
    let mut reader = Reader::from_str(text);
    let mut path: Vec<String> = Vec::new();
    // The text of each open element and the line it began on.
    let mut texts: Vec<(String, usize)> = Vec::new();
    let mut lines = Lines { text, at: 0, line: 1 };
    loop {
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(_) => return,
        };
        let line = lines.at(usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX));
        match event {
            Event::Start(start) => {
                if path.len() >= MAX_DEPTH {
                    return;
                }
                path.push(name(start.local_name().as_ref()));
                attributes(&start, &path, line, out);
                texts.push((String::new(), line));
            }
            Event::Empty(start) => {
                path.push(name(start.local_name().as_ref()));
                attributes(&start, &path, line, out);
                out.push(&path, "", "", line);
                path.pop();
            }
            Event::Text(piece) => {
                if let Some((text, _)) = texts.last_mut() {
                    text.push_str(&piece.decode().unwrap_or_default());
                }
            }
            Event::End(_) => {
                if let Some((text, line)) = texts.pop() {
                    out.push(&path, "", text.trim(), line);
                }
                path.pop();
            }
            Event::Eof => return,
            _ => {}
        }
    }
}

fn name(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace('.', "-")
}

fn attributes(start: &quick_xml::events::BytesStart<'_>, path: &[String], line: usize, out: &mut Out) {
    for attribute in start.attributes().with_checks(false).flatten() {
        let key = format!("@{}", String::from_utf8_lossy(attribute.key.local_name().as_ref()));
        out.push(path, &key, &String::from_utf8_lossy(&attribute.value), line);
    }
}

/// The line of ever greater offsets.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl Lines<'_> {
    fn at(&mut self, offset: usize) -> usize {
        let end = offset.min(self.text.len());
        if let Some(passed) = self.text.as_bytes().get(self.at..end) {
            self.line += passed.iter().filter(|&&byte| byte == b'\n').count();
            self.at = end;
        }
        self.line
    }
}
