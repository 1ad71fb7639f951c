//! Ruby gems: installed ones and those that lock files pin.

mod gemfile_lock;
mod gemspec;

pub use {gemfile_lock::parse as parse_gemfile_lock, gemspec::parse as parse_gemspec};

use super::documents::Documents;
use super::{Analyzer, File, Findings};
use plimsoll_model::{Component, Entry, PurlType};

/// The specifications RubyGems writes when it installs.
pub(super) struct Gem;

impl Analyzer for Gem {
    fn name(&self) -> &'static str {
        "gem"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, _: &[u8]) -> bool {
        entry.path.ends_with(".gemspec") && entry.path.contains("/specifications/")
    }

    fn read(&self, file: &File<'_>) -> Findings {
        Findings::of(gemspec::parse(file.content, file.entry.file_name()).map(|component| vec![component]))
    }
}

/// Specifications in a source tree: of the project, and of the gems Bundler checks out of repositories. What they compute
/// is not known; those of installed gems are read where RubyGems wrote them.
pub(super) const SOURCE: Documents = Documents {
    name: "gem-source",
    edition: 1,
    wants: |entry, _| {
        let is_checkout = || entry.path.contains("/bundler/gems/");
        let is_part = ["/gems/", "/spec/", "/test/", "/specifications/"];
        let is_elsewhere = || !is_part.iter().any(|folder| entry.path.contains(folder));
        entry.path.ends_with(".gemspec") && (is_checkout() || is_elsewhere())
    },
    parse: |file| Ok(gemspec::parse(file.content, "").into_iter().collect()),
};

/// Lock files. Those shipped inside an installed gem are not read: they say what its authors work with.
pub(super) struct Lock;

impl Analyzer for Lock {
    fn name(&self) -> &'static str {
        "gem-lock"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, _: &[u8]) -> bool {
        matches!(entry.file_name(), "Gemfile.lock" | "Gemfile.next.lock" | "gems.locked")
            && !entry.path.contains("/gems/")
    }

    fn read(&self, file: &File<'_>) -> Findings {
        Findings::of(gemfile_lock::parse(file.content))
    }
}

/// A component of this name and version; `None` when they plainly are none (RubyGems, `Gem::Version::VERSION_PATTERN`).
fn component(name: &str, version: &str) -> Option<Component> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_version = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    let fits = !name.is_empty() && name.chars().all(is_name) && version.chars().all(is_version);
    (fits && version.starts_with(|c: char| c.is_ascii_digit()))
        .then(|| Component::new(PurlType::Gem, "", name, version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::testing;

    #[test]
    fn files_are_known_by_their_paths() {
        let check = |path: &str, installed: bool, locked: bool| {
            let found = (testing::wants(&Gem, path, b""), testing::wants(&Lock, path, b""));
            assert_eq!(found, (installed, locked), "{path}");
        };
        check("/usr/lib/ruby/gems/3.1.0/specifications/rake-13.0.6.gemspec", true, false);
        check("/usr/lib/ruby/gems/3.1.0/specifications/default/json-2.6.1.gemspec", true, false);
        check("/usr/lib/ruby/gems/3.1.0/gems/rake-13.0.6/rake.gemspec", false, false);
        check("/usr/lib/ruby/gems/3.1.0/gems/rake-13.0.6/Gemfile.lock", false, false);
        check("/app/Gemfile.lock", false, true);
        check("/app/gems.locked", false, true);
    }

    #[test]
    fn specifications_in_sources_are_read() {
        let content = "Gem::Specification.new do |s|\n  s.name = 'fork'\n  s.version = '1.0'\nend\n";
        testing::check(
            &SOURCE,
            "/usr/local/bundle/bundler/gems/fork-0123/fork.gemspec",
            content,
            &["fork 1.0"],
        );
        testing::check(&SOURCE, "/app/fork.gemspec", "s.name = 'fork'\ns.version = Fork::VERSION\n", &[]);
        assert!(!testing::wants(&SOURCE, "/usr/lib/ruby/gems/3.1.0/gems/rake-13.0.6/rake.gemspec", b""));
    }
}
