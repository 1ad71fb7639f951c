//! META-INF/MANIFEST.MF (JAR File Specification, "JAR Manifest"), its main section.

use std::collections::HashMap;

/// Names and values that matter are short; imports and exports of OSGi bundles are long but not asked for.
const VALUE_BYTES: usize = 4096;
/// Attributes of a main section; large bundles have about fifty.
const ATTRIBUTES: usize = 10_000;

/// The main section. Sections of single entries (signatures, packages) say nothing of the archive as a whole.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Manifest {
    values: HashMap<String, String>,
}

impl Manifest {
    pub fn parse(bytes: &[u8]) -> Manifest {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        // Lines end in LF, CR LF, or CR alone.
        let newline = if bytes.contains(&b'\n') { b'\n' } else { b'\r' };
        let lines = bytes.split(|&byte| byte == newline).map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let mut attributes: Vec<Vec<u8>> = Vec::new();
        for line in lines.skip_while(|line| line.is_empty()).take_while(|line| !line.is_empty()) {
            // A line holds at most 72 bytes and goes on in the next one, which begins with a space; the cut may lie
            // inside a UTF-8 character.
            if let (Some(more), Some(last)) = (line.strip_prefix(b" "), attributes.last_mut()) {
                let room = VALUE_BYTES.saturating_sub(last.len());
                last.extend(more.iter().take(room));
            } else if attributes.len() < ATTRIBUTES {
                attributes.push(line.iter().copied().take(VALUE_BYTES).collect());
            } else {
                break;
            }
        }
        let mut values = HashMap::new();
        for attribute in &attributes {
            let attribute = String::from_utf8_lossy(attribute);
            if let Some((name, value)) = attribute.split_once(':') {
                values.entry(name.trim().to_ascii_lowercase()).or_insert_with(|| value.trim().to_owned());
            }
        }
        Manifest { values }
    }

    /// The value of an attribute, if there is one; names compare without case.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values.get(&name.to_ascii_lowercase()).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The value without OSGi directives: `org.x` of `org.x;singleton:=true`.
    pub fn bare(&self, name: &str) -> Option<&str> {
        let value = self.value(name)?.split(';').next()?.trim();
        (!value.is_empty()).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn main_sections_are_read() {
        let check = |text: &str| {
            let manifest = Manifest::parse(text.as_bytes());
            assert_eq!(manifest.value("implementation-TITLE"), Some("log4j-core"), "{text:?}");
            assert_eq!(manifest.bare("Bundle-SymbolicName"), Some("org.apache.x"), "{text:?}");
            assert_eq!(manifest.value("Implementation-Version"), None, "{text:?}");
        };
        let text = "Manifest-Version: 1.0\nImplementation-Title: log4j\n -core\nBundle-SymbolicName: org.apache.x;a:=b\n\n\
                    Name: a/\nImplementation-Version: 2\n";
        check(text);
        check(&text.replace('\n', "\r\n"));
        check(&text.replace('\n', "\r"));
        check(&format!("\u{feff}\n{text}"));
    }

    #[test]
    fn a_line_may_be_cut_inside_a_character() {
        let manifest = Manifest::parse(b"A: caf\xc3\n \xa9\n");
        assert_eq!(manifest.value("A"), Some("café"));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = Manifest::parse(&bytes);
        }
    }
}
