//! Homebrew's kegs: `Cellar/NAME/VERSION/` with the formula and the receipt of the installation, and its casks.

use super::{Analyzer, File, Findings};
use plimsoll_model::{Component, Entry, PurlType};

/// The analyzer of kegs and casks. Name and version are read from the path; the formula adds the licence, the
/// receipt the tap it came from.
pub(super) struct Homebrew;

impl Analyzer for Homebrew {
    fn name(&self) -> &'static str {
        "homebrew"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, _head: &[u8]) -> bool {
        place(&entry.path).is_some()
    }

    fn read(&self, file: &File<'_>) -> Findings {
        let Some((name, version)) = place(&file.entry.path) else { return Findings::default() };
        let mut component = Component::new(PurlType::Brew, "", name, version);
        if file.entry.path.ends_with(".rb") {
            component.licenses = licenses(file.content);
        } else {
            component.vendor = tap(file.content);
        }
        Findings::of(Ok(vec![component]))
    }
}

/// Name and version of `Cellar/NAME/VERSION/.brew/NAME.rb`, `Cellar/NAME/VERSION/INSTALL_RECEIPT.json` and
/// `Caskroom/NAME/.metadata/VERSION/TIME/Casks/NAME.{json,rb}`.
fn place(path: &str) -> Option<(&str, &str)> {
    if let Some((_, keg)) = path.split_once("/Cellar/") {
        let mut parts = keg.split('/');
        let (name, version) = (parts.next()?, parts.next()?);
        let is_formula = match (parts.next()?, parts.next(), parts.next()) {
            ("INSTALL_RECEIPT.json", None, None) => true,
            (".brew", Some(file), None) => file.strip_suffix(".rb") == Some(name),
            _ => false,
        };
        return (is_formula && !name.is_empty() && !version.is_empty()).then_some((name, version));
    }
    let (_, cask) = path.split_once("/Caskroom/")?;
    let parts: Vec<&str> = cask.splitn(7, '/').collect();
    match parts[..] {
        [name, ".metadata", version, _, "Casks", file] => {
            let is_cask = file.strip_suffix(".json").or(file.strip_suffix(".rb")) == Some(name);
            (is_cask && !version.is_empty()).then_some((name, version))
        }
        _ => None,
    }
}

/// The formula's `license "MIT"`, or what `license any_of: ["MIT", …]` lists (Formula Cookbook, "Fill in the license").
fn licenses(content: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(content);
    let stated = text.lines().map(str::trim).find_map(|line| line.strip_prefix("license "));
    let quoted = stated.into_iter().flat_map(|line| line.split('"').skip(1).step_by(2));
    quoted.filter(|license| !license.is_empty() && license.len() < 100).map(str::to_owned).collect()
}

/// The tap the keg's formula came from.
fn tap(content: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Receipt {
        source: Option<Source>,
    }
    #[derive(serde::Deserialize)]
    struct Source {
        tap: Option<String>,
    }
    super::text::json::<Receipt>(content).ok()?.source?.tap.filter(|tap| tap.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, survives, wants};
    use super::*;

    #[test]
    fn kegs_and_casks_are_read() {
        let formula = b"class Jq < Formula\n  desc \"x\"\n  license all_of: [\"MIT\", \"ICU\"]\nend\n";
        let keg = "/home/linuxbrew/.linuxbrew/Cellar/jq/1.7.1_1";
        check(&Homebrew, &format!("{keg}/.brew/jq.rb"), formula, &["jq 1.7.1_1 [MIT, ICU]"]);
        let receipt = |tap: &str| format!(r#"{{"homebrew_version":"4","source":{{"tap":"{tap}"}}}}"#);
        let at = format!("{keg}/INSTALL_RECEIPT.json");
        check(&Homebrew, &at, receipt("homebrew/core"), &["jq 1.7.1_1"]);
        assert_eq!(tap(receipt("acme/tools").as_bytes()).as_deref(), Some("acme/tools"));
        check(&Homebrew, &at, "not JSON", &["jq 1.7.1_1"]);
        check(&Homebrew, "/opt/homebrew/Caskroom/x/.metadata/1.2/2024.1/Casks/x.json", "{}", &["x 1.2"]);
        survives(&Homebrew, &at, receipt("a/b").as_bytes());
        survives(&Homebrew, &format!("{keg}/.brew/jq.rb"), formula);
        for path in
            ["/x/Cellar/jq/1.7/lib/INSTALL_RECEIPT.json", "/x/Cellar/jq/1.7/.brew/other.rb", "/x/Cellar/"]
        {
            assert!(!wants(&Homebrew, path, b""), "{path}");
        }
    }
}
