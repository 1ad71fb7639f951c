//! `Gemfile.lock` and `gems.locked` (Bundler, `Bundler::LockfileParser`). They do not say what only developers need.

use super::component;
use crate::analyzers::text;
use plimsoll_model::Component;
use std::collections::BTreeMap;

/// What the sections `GEM` and `GIT` pin, each once for all platforms; `PATH` holds folders of the project.
pub fn parse(content: &[u8]) -> Result<Vec<Component>, String> {
    let text = text::text(content)?;
    let mut found = BTreeMap::new();
    let mut section = "";
    for line in text.lines() {
        let indent = line.len() - line.trim_start_matches(' ').len();
        match (indent, section) {
            (0, _) => section = line.trim_end(),
            // Specs stand at four spaces, what they depend on at six.
            (4, "GEM" | "GIT" | "PLUGIN SOURCE") => {
                found.extend(spec(line.trim()).map(|it| ((it.name.clone(), it.version.clone()), it)));
            }
            _ => {}
        }
    }
    Ok(found.into_values().collect())
}

/// `nokogiri (1.15.4-x86_64-linux)`: what follows the dash is the platform, versions have none.
fn spec(line: &str) -> Option<Component> {
    let (name, version) = line.strip_suffix(')')?.split_once(" (")?;
    component(name, version.split('-').next().unwrap_or(version))
}

#[cfg(test)]
mod tests {
    use crate::analyzers::{ruby::Lock, testing};

    const LOCK: &str = "GIT
  remote: https://host/fork.git
  revision: 0123456
  specs:
    fork (3.0.0)
      rack

PATH
  remote: .
  specs:
    local (0.1.0)

GEM
  remote: https://rubygems.org/
  specs:
    nokogiri (1.15.4)
    nokogiri (1.15.4-x86_64-linux)
      racc (~> 1.4)
    racc (1.7.1-java)
    rack (3.0.0.rc1)

PLATFORMS
  ruby

DEPENDENCIES
  nokogiri (= 1.15.4)

BUNDLED WITH
   2.4.10
";

    #[test]
    fn a_lock_file_is_read() {
        let expected = ["fork 3.0.0", "nokogiri 1.15.4", "racc 1.7.1", "rack 3.0.0.rc1"];
        testing::check(&Lock, "/app/Gemfile.lock", LOCK, &expected);
        testing::check(&Lock, "/app/gems.locked", LOCK.replace('\n', "\r\n"), &expected);
        testing::survives(&Lock, "/app/Gemfile.lock", LOCK.as_bytes());
    }
}
