//! JSON with the line of each value. What is not well formed ends the reading.

use super::{MAX_DEPTH, Out};

pub(super) fn parse(text: &str, out: &mut Out) {
    let mut reader = Reader { bytes: text.as_bytes(), at: 0, line: 1 };
    reader.value(&mut Vec::new(), out, 0);
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
}

impl Reader<'_> {
    /// The next byte that is no space, not yet taken.
    fn peek(&mut self) -> Option<u8> {
        while let Some(&byte) = self.bytes.get(self.at) {
            if !byte.is_ascii_whitespace() {
                return Some(byte);
            }
            self.line += usize::from(byte == b'\n');
            self.at += 1;
        }
        None
    }

    fn take(&mut self, wanted: u8) -> Option<()> {
        (self.peek()? == wanted).then(|| self.at += 1)
    }

    fn value(&mut self, path: &mut Vec<String>, out: &mut Out, depth: usize) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        match self.peek()? {
            b'{' => {
                self.at += 1;
                out.push(path, "", "{}", self.line);
                while self.peek()? != b'}' {
                    let key = self.text()?;
                    self.take(b':')?;
                    path.push(key);
                    self.value(path, out, depth + 1)?;
                    path.pop();
                    if self.take(b',').is_none() {
                        break;
                    }
                }
                self.take(b'}')
            }
            b'[' => {
                self.at += 1;
                while self.peek()? != b']' {
                    // The items of a list stand under the list's own key.
                    self.value(path, out, depth + 1)?;
                    if self.take(b',').is_none() {
                        break;
                    }
                }
                self.take(b']')
            }
            b'"' => {
                let line = self.line;
                let text = self.text()?;
                out.push(path, "", &text, line);
                Some(())
            }
            _ => {
                let from = self.at;
                while self.bytes.get(self.at).is_some_and(|byte| !b",]} \t\r\n".contains(byte)) {
                    self.at += 1;
                }
                let word = String::from_utf8_lossy(self.bytes.get(from..self.at)?).into_owned();
                out.push(path, "", &word, self.line);
                (self.at > from).then_some(())
            }
        }
    }

    fn text(&mut self) -> Option<String> {
        self.take(b'"')?;
        let mut text = Vec::new();
        loop {
            let byte = *self.bytes.get(self.at)?;
            self.at += 1;
            match byte {
                b'"' => return Some(String::from_utf8_lossy(&text).into_owned()),
                b'\\' => {
                    text.push(*self.bytes.get(self.at)?);
                    self.at += 1;
                }
                byte => {
                    self.line += usize::from(byte == b'\n');
                    text.push(byte);
                }
            }
        }
    }
}
