//! `vendor/modules.txt`: what `go mod vendor` copied (go.dev/ref/mod, "Vendoring").

use super::{component, is_folder};
use crate::analyzers::documents::{Documents, unique};
use crate::analyzers::text;
use plimsoll_model::Component;

/// Reads it.
pub(crate) const VENDOR: Documents = Documents {
    name: "go-vendor",
    edition: 1,
    wants: |entry, _| entry.path.ends_with("/vendor/modules.txt") && !entry.path.contains("/pkg/mod/"),
    parse: |file| parse(file.content),
};

/// The modules of which packages were copied, as replaced: `# PATH VERSION [=> PATH VERSION]`, then their packages.
pub fn parse(content: &[u8]) -> Result<Vec<Component>, String> {
    let text = text::text(content)?;
    let mut found = Vec::new();
    let mut module = None;
    for line in text.lines() {
        match line.strip_prefix("# ") {
            Some(line) => module = Some(line),
            // `## explicit`
            None if line.starts_with('#') => {}
            None => found.extend(module.take().and_then(copied)),
        }
    }
    Ok(unique(found))
}

fn copied(line: &str) -> Option<Component> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words[..] {
        [path, version] => component(path, version),
        [path, .., "=>", folder] if is_folder(folder) => component(path, ""),
        [.., "=>", path, version] => component(path, version),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::testing;

    #[test]
    fn copied_modules_are_read() {
        let content = "# golang.org/x/text v0.3.0\n## explicit; go 1.17\ngolang.org/x/text/unicode\ngolang.org/x/text/width\n# x/unused v1.0.0\n## explicit\n# x/old v1.0.0 => x/new v2.0.0\nx/old/a\n# x/local v1.0.0 => ./local\nx/local\n# x/old => x/new v2.0.0\n";
        let expected = ["golang.org/x/text v0.3.0", "x/local ?", "x/new v2.0.0"];
        testing::check(&VENDOR, "/src/vendor/modules.txt", content, &expected);
        testing::survives(&VENDOR, "/src/vendor/modules.txt", content.as_bytes());
    }
}
