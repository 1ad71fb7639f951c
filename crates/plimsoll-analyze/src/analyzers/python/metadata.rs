//! Core metadata: `METADATA` and `PKG-INFO` (packaging.python.org, "Core metadata specifications").

use super::component;
use crate::analyzers::text;
use plimsoll_model::Component;

/// Characters of a licence name; what is longer is the licence's text.
const MAX_LICENSE_CHARS: usize = 120;

/// The package. `folder` is the name of its `.dist-info` or `.egg-info`, which says the name and the version where the
/// headers do not.
pub fn parse(content: &[u8], folder: &str) -> Result<Component, String> {
    let text = text::text(content)?;
    let headers = Headers::of(&text);
    let (name_there, version_there) = folder_identity(folder);
    let name = headers.name.unwrap_or(name_there);
    let version = headers.version.unwrap_or(version_there);
    let mut found = component(name, version)
        .ok_or("not Python metadata: there is no name and version, neither as headers nor in the path")?;
    found.licenses = headers.licenses();
    Ok(found)
}

/// `NAME-VERSION[-pyX.Y].dist-info`; setuptools' develop mode has no version.
fn folder_identity(folder: &str) -> (&str, &str) {
    let stem = folder.rsplit_once('.').map_or("", |(stem, _)| stem);
    let mut parts = stem.split('-');
    (parts.next().unwrap_or(""), parts.next().unwrap_or(""))
}

#[derive(Default)]
struct Headers<'text> {
    name: Option<&'text str>,
    version: Option<&'text str>,
    expression: Option<&'text str>,
    license: Option<&'text str>,
    license_goes_on: bool,
    classifiers: Vec<&'text str>,
}

impl<'text> Headers<'text> {
    /// Headers end at the first empty line; a line that begins with white space goes on with the one before.
    fn of(text: &'text str) -> Headers<'text> {
        let mut headers = Headers::default();
        let mut key = "";
        for line in text.lines() {
            if line.trim().is_empty() {
                break;
            }
            if line.starts_with([' ', '\t']) {
                headers.license_goes_on |= key.eq_ignore_ascii_case("license");
                continue;
            }
            let Some((name, value)) = line.split_once(':') else { continue };
            key = name;
            headers.set(key, value.trim());
        }
        headers
    }

    fn set(&mut self, key: &str, value: &'text str) {
        let known = !value.is_empty() && !value.eq_ignore_ascii_case("unknown");
        let slot = match () {
            () if key.eq_ignore_ascii_case("name") => &mut self.name,
            () if key.eq_ignore_ascii_case("version") => &mut self.version,
            () if key.eq_ignore_ascii_case("license-expression") => &mut self.expression,
            () if key.eq_ignore_ascii_case("license") => &mut self.license,
            () if key.eq_ignore_ascii_case("classifier") => {
                self.classifiers.push(value);
                return;
            }
            () => return,
        };
        if known && slot.is_none() {
            *slot = Some(value);
        }
    }

    /// The expression, else the licence's name, else the classifiers' last parts. `License` may hold a whole text.
    fn licenses(&self) -> Vec<String> {
        let short = |license: &&str| !self.license_goes_on && license.chars().count() <= MAX_LICENSE_CHARS;
        if let Some(license) = self.expression.or(self.license.filter(short)) {
            return vec![license.to_owned()];
        }
        let classified =
            self.classifiers.iter().filter_map(|classifier| classifier.strip_prefix("License :: "));
        let names = classified.filter_map(|classifier| classifier.rsplit(" :: ").next());
        names.filter(|&name| name != "OSI Approved").map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::analyzers::{python::Installed, testing};

    #[test]
    fn metadata_is_read() {
        let check = |content: &str, expected: &str| {
            testing::check(&Installed, "/lib/Fallback-9.0-py3.11.egg-info", content, &[expected]);
        };
        check("Metadata-Version: 2.1\nName: Flask_Login\nVersion: 0.6.3\n", "Flask_Login 0.6.3");
        check("Name: a\r\nVersion: 1!2.0+x\r\nLicense: MIT\r\n\r\nVersion: 3\r\n", "a 1!2.0+x [MIT]");
        check(
            "name: a\nVERSION: 1\nLicense-Expression: MIT OR Apache-2.0\nLicense: other\n",
            "a 1 [MIT OR Apache-2.0]",
        );
        check(
            "Name: a\nVersion: 1\nLicense: The text\n        of a licence\nClassifier: License :: OSI Approved :: BSD License\n",
            "a 1 [BSD License]",
        );
        check(
            "Name: a\nVersion: 1\nLicense: UNKNOWN\nClassifier: License :: OSI Approved\nClassifier: License :: Public Domain\nClassifier: License :: OSI Approved :: MIT License\nClassifier: Topic :: X\n",
            "a 1 [Public Domain, MIT License]",
        );
        check("Name: a\nSummary: x\n  Version: 2\nVersion: 1\n", "a 1");
        check("Metadata-Version: 1.0\n", "Fallback 9.0");
        check("\u{FEFF}Name: a\nVersion: 1\nAuthor: M\u{FC}ller\n", "a 1");
    }

    #[test]
    fn bad_files_are_said() {
        assert_eq!(testing::read(&Installed, "/lib/x.egg-info", b"").unread.len(), 1);
        assert_eq!(
            testing::read(&Installed, "/lib/x.dist-info/METADATA", b"Name: a b\nVersion: 1").unread.len(),
            1
        );
        testing::survives(
            &Installed,
            "/x-1.dist-info/METADATA",
            b"Name: a\nVersion: 1\nLicense: MIT\n x\n\nbody",
        );
    }
}
