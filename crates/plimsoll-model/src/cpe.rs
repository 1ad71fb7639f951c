//! CPE names: how the NVD calls products.

/// Attributes of a CPE 2.3 name behind its part: vendor, product, version, update, edition, language, software edition,
/// target software, target hardware, other.
const ATTRIBUTES: usize = 10;
/// Bytes of one name; the longest of the NVD's dictionary have some 300.
const LONGEST: usize = 2048;

/// A CPE 2.3 name (NISTIR 7695), its attributes in lower case and without escapes. `*` is any value, `-` is none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cpe {
    /// `a` application, `o` operating system, `h` hardware, or `*`.
    pub part: char,
    attributes: [String; ATTRIBUTES],
}

impl Cpe {
    /// Reads a formatted string (`cpe:2.3:a:vendor:product:version:…`), a URI of version 2.2 (`cpe:/a:vendor:product`),
    /// or a bare `vendor:product` of an application. Attributes that are missing are any. `None` when it is none of these.
    pub fn parse(text: &str) -> Option<Cpe> {
        let text = text.trim();
        if text.len() > LONGEST {
            return None;
        }
        let lower = text.to_ascii_lowercase();
        let (part, values) = match (lower.strip_prefix("cpe:2.3:"), lower.strip_prefix("cpe:/")) {
            (Some(rest), _) => part_and_rest(rest, formatted(rest))?,
            (None, Some(rest)) => part_and_rest(rest, rest.split(':').map(crate::percent_decoded).collect())?,
            (None, None) => {
                let values = formatted(&lower);
                if values.len() != 2 || lower.contains('/') || lower.contains(char::is_whitespace) {
                    return None;
                }
                ('a', values)
            }
        };
        let mut attributes: [String; ATTRIBUTES] = std::array::from_fn(|_| "*".to_owned());
        if values.len() > ATTRIBUTES {
            return None;
        }
        for (place, value) in attributes.iter_mut().zip(values) {
            if !value.is_empty() {
                *place = value;
            }
        }
        let cpe = Cpe { part, attributes };
        (!matches!(cpe.product(), "*" | "-")).then_some(cpe)
    }

    /// Who makes it.
    pub fn vendor(&self) -> &str {
        &self.attributes[0]
    }

    /// The product; never any or none.
    pub fn product(&self) -> &str {
        &self.attributes[1]
    }

    /// The version.
    pub fn version(&self) -> &str {
        &self.attributes[2]
    }

    /// The update of the version: `update402`, `beta1`, `p1`.
    pub fn update(&self) -> &str {
        &self.attributes[3]
    }

    /// The software it is made for: `node.js`, `wordpress`, `windows`.
    pub fn target_software(&self) -> &str {
        &self.attributes[7]
    }

    /// The hardware it is made for: `x64`, `arm64`.
    pub fn target_hardware(&self) -> &str {
        &self.attributes[8]
    }

    /// `vendor:product`, what records of the NVD are looked up by.
    pub fn key(&self) -> String {
        format!("{}:{}", self.vendor(), self.product())
    }

    /// The version with its update, as software tells its version: `9.9-p1`; `None` for any or no version.
    pub fn full_version(&self) -> Option<String> {
        match (self.version(), self.update()) {
            ("*" | "-", _) => None,
            (version, "*" | "-") => Some(version.to_owned()),
            (version, update) => Some(format!("{version}-{update}")),
        }
    }

    /// Sets vendor and product.
    pub fn set_key(&mut self, vendor: &str, product: &str) {
        self.attributes[0] = vendor.to_ascii_lowercase();
        self.attributes[1] = product.to_ascii_lowercase();
    }

    /// The attributes behind the update as text; empty when all of them are any.
    pub fn tail(&self) -> String {
        let tail = &self.attributes[4..];
        if tail.iter().all(|value| value == "*") {
            return String::new();
        }
        let escaped = tail.iter().map(|value| value.replace('\\', r"\\").replace(':', r"\:"));
        escaped.collect::<Vec<_>>().join(":")
    }

    /// The name with what [`Cpe::tail`] gave of another one as attributes behind the update.
    pub fn with_tail(&self, tail: &str) -> Cpe {
        let mut cpe = self.clone();
        let values = if tail.is_empty() { Vec::new() } else { formatted(tail) };
        for (at, place) in cpe.attributes.iter_mut().enumerate().skip(4) {
            *place =
                values.get(at - 4).filter(|value| !value.is_empty()).cloned().unwrap_or_else(|| "*".into());
        }
        cpe
    }

    /// Edition, language, software edition, target software, target hardware, other: each with its value.
    pub fn refinements(&self) -> impl Iterator<Item = (&'static str, &str)> {
        const NAMES: [&str; ATTRIBUTES - 4] =
            ["edition", "language", "software edition", "target software", "target hardware", "other"];
        NAMES.into_iter().zip(self.attributes[4..].iter().map(String::as_str))
    }
}

/// The part, and the attributes behind it.
fn part_and_rest(text: &str, mut values: Vec<String>) -> Option<(char, Vec<String>)> {
    if text.is_empty() || values.is_empty() {
        return None;
    }
    let part = values.remove(0);
    let mut letters = part.chars();
    let letter = letters.next().filter(|letter| matches!(letter, 'a' | 'o' | 'h' | '*'))?;
    (letters.next().is_none() && values.len() >= 2).then_some((letter, values))
}

/// Splits at colons that are not escaped, and takes the escapes away.
fn formatted(text: &str) -> Vec<String> {
    let mut values = vec![String::new()];
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        let last = values.len() - 1;
        match letter {
            ':' => values.push(String::new()),
            '\\' => values[last].extend(letters.next()),
            letter => values[last].push(letter),
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_read_in_every_form() {
        let check = |text: &str, key: &str, version: Option<&str>, tail: &str| {
            let cpe = Cpe::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((cpe.key().as_str(), cpe.tail().as_str()), (key, tail), "{text}");
            assert_eq!(cpe.full_version().as_deref(), version, "{text}");
        };
        check("cpe:2.3:a:openssl:openssl:1.0.1f:*:*:*:*:*:*:*", "openssl:openssl", Some("1.0.1f"), "");
        check("cpe:2.3:a:oracle:jdk:1.8.0:update402:*:*:*:*:*:*", "oracle:jdk", Some("1.8.0-update402"), "");
        check("cpe:2.3:a:x:y:3.2.0:-:*:*:*:*:*:*", "x:y", Some("3.2.0"), "");
        check("cpe:2.3:a:x:y:-:*:*:*:*:*:*:*", "x:y", None, "");
        check(r"cpe:2.3:a:x:a\:b\\c:*:*:*:*:*:node.js:*:*", r"x:a:b\c", None, "*:*:*:node.js:*:*");
        check(r"cpe:2.3:a:x:y:*:*:*:*:*:a\:b:*:*", "x:y", None, r"*:*:*:a\:b:*:*");
        check("cpe:/a:Apache:http_server:2.4.1", "apache:http_server", Some("2.4.1"), "");
        check("cpe:/a:x:y%2b%2b", "x:y++", None, "");
        check("f5:nginx", "f5:nginx", None, "");
    }

    #[test]
    fn other_texts_are_none() {
        let long = format!("cpe:2.3:a:x:{}", "y".repeat(LONGEST));
        for text in
            ["", "x", "a:b:c", "cpe:2.3:", "cpe:2.3:a", "cpe:2.3:z:x:y", "cpe:/", "cpe:2.3:a:x:*", &long]
        {
            assert_eq!(Cpe::parse(text), None, "{text}");
        }
        assert_eq!(Cpe::parse("cpe:2.3:a:1:2:3:4:5:6:7:8:9:10:11"), None);
        assert_eq!(Cpe::parse("https://x"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(cpe:2\\.3:|cpe:/)?[aoh*]?(:?([a-z\\\\%2b*-]|\\PC){0,6}){0,14}") {
            if let Some(cpe) = Cpe::parse(&text) {
                let _ = (cpe.key(), cpe.full_version());
                prop_assert_eq!(cpe.with_tail("").with_tail(&cpe.tail()), cpe);
            }
        }
    }
}
