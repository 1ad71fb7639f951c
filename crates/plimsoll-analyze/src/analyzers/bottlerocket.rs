//! Bottlerocket's list of its packages: `usr/share/bottlerocket/application-inventory.json`.

use super::{Analyzer, File, Findings, text};
use plimsoll_model::{Component, Entry, PurlType};
use serde::Deserialize;

/// The analyzer of the inventory.
pub(super) struct Bottlerocket;

impl Analyzer for Bottlerocket {
    fn name(&self) -> &'static str {
        "bottlerocket"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, _head: &[u8]) -> bool {
        entry.path.ends_with("/usr/share/bottlerocket/application-inventory.json")
    }

    fn read(&self, file: &File<'_>) -> Findings {
        Findings::of(parse(file.content))
    }
}

/// Reads the inventory. Its packages are rpms whose database is left out of the image.
pub(crate) fn parse(content: &[u8]) -> Result<Vec<Component>, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Inventory {
        content: Vec<Package>,
    }
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "PascalCase", default)]
    struct Package {
        name: String,
        version: String,
        release: String,
        epoch: String,
        architecture: Option<String>,
        publisher: Option<String>,
    }
    let inventory: Inventory = text::json(content)?;
    let component = |package: Package| {
        let whole = match package.release.as_str() {
            "" => package.version,
            release => format!("{}-{release}", package.version),
        };
        let mut component = Component::new(PurlType::Rpm, "", &package.name, "");
        component.set_rpm_version(&whole, package.epoch.parse().ok());
        component.arch = package.architecture;
        component.vendor = package.publisher;
        component
    };
    let named = |package: &Package| !package.name.is_empty() && !package.version.is_empty();
    Ok(inventory.content.into_iter().filter(named).map(component).collect())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{os_lines, read_wanted, survives};
    use super::*;

    #[test]
    fn packages_are_read() {
        let path =
            "/x86_64-bottlerocket-linux-gnu/sys-root/usr/share/bottlerocket/application-inventory.json";
        let inventory = r#"{"Content":[{"Name":"glibc","Publisher":"Bottlerocket","Version":"2.40","Release":"1.br1",
            "Epoch":"1","InstalledTime":"2024","ApplicationType":"Unspecified","Architecture":"x86_64","Url":"x","Summary":"y"},
            {"Name":"","Version":"1"},{"Name":"x","Version":"2"}]}"#;
        let found = read_wanted(&Bottlerocket, path, inventory.as_bytes());
        assert_eq!(os_lines(&found), ["glibc 1:2.40-1.br1 x86_64", "x 2 -"]);
        survives(&Bottlerocket, path, inventory.as_bytes());
    }
}
