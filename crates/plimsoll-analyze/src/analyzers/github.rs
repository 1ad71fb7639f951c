//! Actions that GitHub's workflows use.

use super::documents::{Documents, component, is_exact, is_fetched, small_text, unique};
use plimsoll_model::{Component, PurlType};

/// Workflows, and actions made of others (GitHub documentation, "Workflow syntax", "Metadata syntax").
pub(super) const ACTIONS: Documents = Documents {
    name: "github-actions",
    edition: 1,
    wants: |entry, _| {
        let name = entry.file_name();
        let is_yaml = || name.ends_with(".yml") || name.ends_with(".yaml");
        (entry.path.contains("/.github/workflows/") && is_yaml()
            || matches!(name, "action.yml" | "action.yaml"))
            && !is_fetched(&entry.path)
    },
    parse: |file| parse(file.content),
};

/// The actions and workflows used. A moving tag (`v4`, `main`) and a commit are an unknown version; of a commit the
/// comment behind it says the tag, as Dependabot and Renovate write it: `@11bd719 # v4.2.2`.
///
/// The text is read line by line, because the comments of YAML are no part of the document.
pub fn parse(content: &[u8]) -> Result<Vec<Component>, String> {
    let text = small_text(content)?;
    Ok(unique(text.lines().filter_map(used)))
}

fn used(line: &str) -> Option<Component> {
    let line = line.trim();
    let line = line.strip_prefix('-').unwrap_or(line).trim_start();
    let value = line.strip_prefix("uses:").or_else(|| line.strip_prefix("\"uses\":"))?;
    let (value, comment) = value.split_once(" #").unwrap_or((value, ""));
    let value = value.trim().trim_matches(['\'', '"']);
    let (action, reference) = value.split_once('@')?;
    // `./local` and `docker://image` have no owner.
    let mut parts = action.split('/');
    let (owner, repository) = (parts.next()?, parts.next()?);
    let is_name = |name: &str| {
        name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
            && !name.starts_with('.')
    };
    let is_commit = reference.len() == 40 && reference.bytes().all(|byte| byte.is_ascii_hexdigit());
    let tag = if is_commit {
        comment.trim().trim_start_matches("tag=").split_whitespace().next().unwrap_or("")
    } else {
        reference
    };
    // A tag may belong to one of several actions of a repository: `name@v1.2.3`, `name/v1.2.3`.
    let tag = tag.rsplit(['@', '/']).next().unwrap_or(tag);
    let version = if is_exact(tag.strip_prefix('v').unwrap_or(tag), 2) { tag } else { "" };
    let fits = is_name(owner) && is_name(repository) && !owner.is_empty() && !reference.is_empty();
    fits.then(|| component(PurlType::Github, owner, repository, version)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::testing;

    #[test]
    fn workflows_are_read() {
        let content = "on: push\njobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4.1.1\n      - name: x\n        uses: 'github/codeql-action/init@v3' # moving\n      - uses: tj-actions/changed-files@0123456789012345678901234567890123456789 # v45.0.3\n      - uses: a/b@0123456789012345678901234567890123456789\n      - uses: ./local\n      - uses: docker://alpine:3.8\n      - run: |\n          echo uses: x/y@v1.0.0\n  b:\n    uses: org/repo/.github/workflows/x.yml@main\n";
        let expected = [
            "a/b ?",
            "actions/checkout v4.1.1",
            "github/codeql-action ?",
            "org/repo ?",
            "tj-actions/changed-files v45.0.3",
        ];
        testing::check(&ACTIONS, "/src/.github/workflows/ci.yml", content, &expected);
        testing::check(
            &ACTIONS,
            "/src/action.yaml",
            "runs:\n  steps:\n  - uses: a/b@1.2.3\n",
            &["a/b 1.2.3"],
        );
        assert!(!testing::wants(&ACTIONS, "/app/node_modules/x/.github/workflows/ci.yml", b""));
        testing::survives(&ACTIONS, "/src/.github/workflows/ci.yml", content.as_bytes());
    }
}
