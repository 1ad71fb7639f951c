//! PEAR's and PECL's registry: `.registry/NAME.reg`, values as PHP serializes them.

use super::{Analyzer, File, Findings};
use plimsoll_model::{Component, Entry, PurlType};

/// The analyzer of the registry.
pub(super) struct Pear;

impl Analyzer for Pear {
    fn name(&self) -> &'static str {
        "pear"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, head: &[u8]) -> bool {
        entry.path.contains("/.registry/") && entry.path.ends_with(".reg") && head.starts_with(b"a:")
    }

    fn read(&self, file: &File<'_>) -> Findings {
        Findings::of(parse(file.content).map(|component| component.into_iter().collect()))
    }
}

/// Reads one package; `None` for a placeholder without a version.
pub(crate) fn parse(content: &[u8]) -> Result<Option<Component>, String> {
    let mut reader = Reader { rest: content, values: MAX_VALUES };
    let Some(Value::Array(package)) = reader.value(0) else {
        return Err("not values as PHP serializes them".to_owned());
    };
    let text = |key: &str| get(&package, key).and_then(Value::text).filter(|text| !text.is_empty());
    let Some(name) = text("name").or(text("package")) else {
        return Err("not a package of PEAR: it has no name".to_owned());
    };
    // Of packages of format 2.0 an array of release and API; before, a text.
    let version = match get(&package, "version") {
        Some(Value::Array(version)) => get(version, "release").and_then(Value::text),
        Some(value) => value.text(),
        None => None,
    };
    let Some(version) = version.filter(|version| !version.is_empty()) else { return Ok(None) };
    let mut component =
        Component::new(PurlType::Pear, text("channel").unwrap_or("pear.php.net"), name, version);
    component.licenses.extend(match get(&package, "license") {
        Some(Value::Array(license)) => get(license, "_content").and_then(Value::text).map(str::to_owned),
        Some(value) => value.text().map(str::to_owned),
        None => None,
    });
    Ok(Some(component))
}

/// Values of one file; the file lists of the largest packages have some ten thousand.
const MAX_VALUES: usize = 500_000;
/// Arrays inside arrays.
const MAX_DEPTH: usize = 32;

enum Value<'a> {
    Text(&'a [u8]),
    Array(Vec<(Value<'a>, Value<'a>)>),
    /// Numbers, truth values and nothing.
    Other,
}

impl<'a> Value<'a> {
    fn text(&self) -> Option<&'a str> {
        match self {
            Value::Text(bytes) => std::str::from_utf8(bytes).ok().map(str::trim),
            _ => None,
        }
    }
}

fn get<'a, 'b>(array: &'b [(Value<'a>, Value<'a>)], key: &str) -> Option<&'b Value<'a>> {
    let found = array.iter().find(|(name, _)| matches!(name, Value::Text(text) if *text == key.as_bytes()));
    found.map(|(_, value)| value)
}

struct Reader<'a> {
    rest: &'a [u8],
    values: usize,
}

impl<'a> Reader<'a> {
    /// `s:4:"name";`, `a:2:{key value …}`, `i:1;`, `b:0;`, `d:1.5;`, `N;` (PHP manual, `serialize`). Objects are none
    /// of them.
    fn value(&mut self, depth: usize) -> Option<Value<'a>> {
        self.values = self.values.checked_sub(1)?;
        match self.until(b":;")? {
            (b"N", b';') => Some(Value::Other),
            (b"i" | b"b" | b"d", b':') => self.until(b";").map(|_| Value::Other),
            (b"s", b':') => {
                let length = self.number()?;
                let text = self.rest.strip_prefix(b"\"")?;
                let value = text.get(..length)?;
                self.rest = text.get(length..)?.strip_prefix(b"\";")?;
                Some(Value::Text(value))
            }
            (b"a", b':') if depth < MAX_DEPTH => {
                let count = self.number()?;
                self.rest = self.rest.strip_prefix(b"{")?;
                let mut pairs = Vec::new();
                for _ in 0..count {
                    pairs.push((self.value(depth + 1)?, self.value(depth + 1)?));
                }
                self.rest = self.rest.strip_prefix(b"}")?;
                Some(Value::Array(pairs))
            }
            _ => None,
        }
    }

    fn number(&mut self) -> Option<usize> {
        let (digits, _) = self.until(b":")?;
        std::str::from_utf8(digits).ok()?.parse().ok()
    }

    /// What comes before the first of these bytes, and which it is.
    fn until(&mut self, ends: &[u8]) -> Option<(&'a [u8], u8)> {
        let at = self.rest.iter().take(64).position(|byte| ends.contains(byte))?;
        let (before, rest) = self.rest.split_at(at);
        self.rest = &rest[1..];
        Some((before, rest[0]))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, read, survives};
    use super::*;

    #[test]
    fn packages_are_read() {
        let path = "/usr/local/lib/php/.registry/.channel.pecl.php.net/xdebug.reg";
        let xdebug = r#"a:6:{s:4:"name";s:6:"xdebug";s:7:"channel";s:12:"pecl.php.net";s:1:"x";i:7;s:1:"n";N;s:7:"version";a:2:{s:7:"release";s:5:"3.3.1";s:3:"api";s:5:"3.3.0";}s:7:"license";a:2:{s:7:"attribs";a:0:{}s:8:"_content";s:6:"Xdebug";}}"#;
        check(&Pear, path, xdebug, &["pecl.php.net/xdebug 3.3.1 [Xdebug]"]);
        let old =
            r#"a:3:{s:7:"package";s:11:"Archive_Tar";s:7:"version";s:5:"1.4.0";s:7:"license";s:3:"BSD";}"#;
        check(
            &Pear,
            "/usr/share/php/.registry/archive_tar.reg",
            old,
            &["pear.php.net/Archive_Tar 1.4.0 [BSD]"],
        );
        check(&Pear, path, r#"a:1:{s:4:"name";s:8:"__uri__x";}"#, &[]);
        for bad in ["a:9:{", "a:1:{s:9:\"x", "a:1:{i:0;O:1:\"A\":0:{}}", &"a:1:{i:0;".repeat(100)] {
            assert_eq!(read(&Pear, path, bad.as_bytes()).unread.len(), 1, "{bad}");
        }
        survives(&Pear, path, xdebug.as_bytes());
    }
}
