//! The licences a Debian copyright file names.

use std::collections::BTreeSet;

/// Licences kept of one file; more than any real one names.
const LICENSES_MAX: usize = 100;

/// The short names of a machine-readable copyright file (DEP-5, "License specification"), as SPDX ids where Debian's
/// name is not one; of a free-form one, the texts in `/usr/share/common-licenses` it refers to. Sorted.
pub(super) fn licenses(content: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(content);
    let mut names = BTreeSet::new();
    let machine_readable = text.lines().take(20).any(|line| {
        let line = line.to_ascii_lowercase();
        (line.starts_with("format:") || line.starts_with("format-specification:"))
            && (line.contains("copyright-format") || line.contains("dep5") || line.contains("dep-5"))
    });
    if machine_readable {
        for line in text.lines() {
            let Some((field, value)) = line.split_once(':') else { continue };
            if field.eq_ignore_ascii_case("license") && names.len() < LICENSES_MAX {
                names.extend(short_names(value));
            }
        }
    } else {
        for (at, marker) in text.match_indices("/usr/share/common-licenses/") {
            let rest = &text[at + marker.len()..];
            let end = rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '.')))
                .unwrap_or(rest.len());
            let name = rest[..end].trim_end_matches(['.', '-']);
            if !name.is_empty() && names.len() < LICENSES_MAX {
                names.insert(spdx(name));
            }
        }
    }
    names.into_iter().collect()
}

/// The single licences of `GPL-2+ or Artistic, and BSD-3-clause`.
fn short_names(expression: &str) -> impl Iterator<Item = String> {
    let spaced = expression.replace(',', " , ");
    let mut names = vec![String::new()];
    for word in spaced.split_whitespace() {
        match word {
            "and" | "or" | "and/or" | "," => names.push(String::new()),
            word => {
                let name = names.last_mut().filter(|name| !name.is_empty());
                match name {
                    Some(name) => {
                        name.push(' ');
                        name.push_str(word);
                    }
                    None => {
                        names.pop();
                        names.push(word.to_owned());
                    }
                }
            }
        }
    }
    names.into_iter().filter(|name| !name.is_empty() && name.len() < 100).map(|name| spdx(&name))
}

/// The SPDX id of a Debian short name (DEP-5, "Short name"; SPDX licence list), else the name.
fn spdx(name: &str) -> String {
    let known = match name.to_ascii_lowercase().as_str() {
        "expat" => "MIT",
        "apache-2" => "Apache-2.0",
        "bsd-2-clause" => "BSD-2-Clause",
        "bsd-3-clause" => "BSD-3-Clause",
        "bsd-4-clause" => "BSD-4-Clause",
        "artistic" => "Artistic-1.0-Perl",
        "zlib" => "Zlib",
        "isc" => "ISC",
        "cc0" | "cc0-1.0" => "CC0-1.0",
        "mpl-1.1" => "MPL-1.1",
        "mpl-2.0" => "MPL-2.0",
        _ => return gnu(name).unwrap_or_else(|| name.to_owned()),
    };
    known.to_owned()
}

/// `GPL-2+` → `GPL-2.0-or-later`, `LGPL-2.1` → `LGPL-2.1-only`.
fn gnu(name: &str) -> Option<String> {
    let (family, version) = name.split_once('-')?;
    if !matches!(family, "GPL" | "LGPL" | "AGPL" | "GFDL") {
        return None;
    }
    let (version, suffix) = match version.strip_suffix('+') {
        Some(version) => (version, "or-later"),
        None => (version, "only"),
    };
    let version = match (family, version) {
        ("GFDL", "1.1" | "1.2" | "1.3") => version.to_owned(),
        ("GPL" | "LGPL" | "AGPL", "1" | "2" | "3") => format!("{version}.0"),
        (_, "1.0" | "2.0" | "2.1" | "3.0") => version.to_owned(),
        _ => return None,
    };
    Some(format!("{family}-{version}-{suffix}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_are_named() {
        let format = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n";
        let check = |text: &str, expected: &[&str]| assert_eq!(licenses(text.as_bytes()), expected, "{text}");
        check(
            &format!("{format}\nFiles: *\nLicense: Expat\n\nFiles: x\nLicense: GPL-2+ or Artistic\n text\n"),
            &["Artistic-1.0-Perl", "GPL-2.0-or-later", "MIT"],
        );
        check(
            &format!("{format}License: GPL-2+ with OpenSSL exception, and LGPL-2.1\nLicense:\n"),
            &["GPL-2+ with OpenSSL exception", "LGPL-2.1-only"],
        );
        check(
            "It is on Debian systems in /usr/share/common-licenses/GPL-2.\nor `/usr/share/common-licenses/BSD'",
            &["BSD", "GPL-2.0-only"],
        );
        check("License: I say so", &[]);
        check("", &[]);
    }
}
