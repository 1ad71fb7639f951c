//! Bitnami's list of what it put into an image: `opt/bitnami/.bitnami_components.json`. (Its `.spdx-NAME.spdx` beside
//! each component is read as any SBOM.)

use super::{Analyzer, File, Findings, text};
use plimsoll_model::{Component, Entry, PurlType};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The analyzer of the list.
pub(super) struct Bitnami;

impl Analyzer for Bitnami {
    fn name(&self) -> &'static str {
        "bitnami"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, _head: &[u8]) -> bool {
        entry.path.ends_with("/bitnami/.bitnami_components.json")
    }

    fn read(&self, file: &File<'_>) -> Findings {
        Findings::of(parse(file.content))
    }
}

/// Reads components by name.
pub(crate) fn parse(content: &[u8]) -> Result<Vec<Component>, String> {
    #[derive(Deserialize)]
    struct Stated {
        #[serde(default)]
        version: String,
    }
    let stated: BTreeMap<String, Stated> = text::json(content)?;
    let component =
        |(name, stated): (String, Stated)| Component::new(PurlType::Bitnami, "", &name, &stated.version);
    Ok(stated.into_iter().filter(|(name, _)| !name.is_empty()).map(component).collect())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, survives};
    use super::*;

    #[test]
    fn components_are_read() {
        let path = "/opt/bitnami/.bitnami_components.json";
        let list = r#"{"nginx":{"arch":"amd64","digest":"ab","distro":"debian-12","type":"NAMI","version":"1.25.3-1"},
            "render-template":{"arch":"amd64","version":"1.0.6-5"}}"#;
        check(&Bitnami, path, list, &["nginx 1.25.3-1", "render-template 1.0.6-5"]);
        survives(&Bitnami, path, list.as_bytes());
    }
}
