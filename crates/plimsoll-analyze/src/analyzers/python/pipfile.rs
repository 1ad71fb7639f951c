//! `Pipfile.lock` (pipenv).

use super::component;
use crate::analyzers::text;
use plimsoll_model::Component;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What is pinned, without the category `develop`.
pub fn parse(content: &[u8]) -> Result<Vec<Component>, String> {
    let lock: BTreeMap<String, serde_json::Value> = text::json(content)?;
    // Beside `default` and `develop` there may be categories of any name (pipenv, "Package categories").
    let categories = lock.into_iter().filter(|(name, _)| name != "_meta" && name != "develop");
    let mut found = BTreeMap::new();
    for (category, packages) in categories {
        let packages: BTreeMap<String, Package> = serde_json::from_value(packages)
            .map_err(|error| format!("not the expected JSON: `{category}`: {error}"))?;
        for (name, package) in packages {
            let version = package.version.unwrap_or_default();
            let component = component(&name, version.trim_start_matches('='));
            found.extend(component.map(|it| ((it.name.clone(), it.version.clone()), it)));
        }
    }
    Ok(found.into_values().collect())
}

#[derive(Deserialize)]
struct Package {
    /// Absent for git and local packages.
    version: Option<String>,
}

#[cfg(test)]
mod tests {
    use crate::analyzers::{python::Lock, testing};

    #[test]
    fn a_lock_file_is_read() {
        let content = r#"{"_meta":{"pipfile-spec":6},
            "default":{"flask":{"version":"==2.0"},"git":{"git":"https://x","ref":"1"},"b":{"version":"===1.0"}},
            "docs":{"sphinx":{"version":"==7.0"}},
            "develop":{"pytest":{"version":"==8.0"}}}"#;
        testing::check(&Lock, "/app/Pipfile.lock", content, &["b 1.0", "flask 2.0", "sphinx 7.0"]);
        testing::survives(&Lock, "/app/Pipfile.lock", content.as_bytes());
        assert_eq!(testing::read(&Lock, "/app/Pipfile.lock", br#"{"default":1}"#).unread.len(), 1);
    }
}
