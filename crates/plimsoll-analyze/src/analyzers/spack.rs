//! Spack's installed packages: `.spack/spec.json` in the folder each is installed to.

use super::{Analyzer, File, Findings, text};
use plimsoll_model::{Component, Entry, PurlType};
use serde::Deserialize;

/// The analyzer of a package's concrete specification.
pub(super) struct Spack;

impl Analyzer for Spack {
    fn name(&self) -> &'static str {
        "spack"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, _head: &[u8]) -> bool {
        entry.path.ends_with("/.spack/spec.json")
    }

    fn read(&self, file: &File<'_>) -> Findings {
        Findings::of(parse(file.content).map(|component| vec![component]))
    }
}

/// Reads the first node: the others are what it depends on, each with a folder of its own or from outside.
pub(crate) fn parse(content: &[u8]) -> Result<Component, String> {
    #[derive(Deserialize)]
    struct Document {
        spec: Spec,
    }
    #[derive(Deserialize)]
    struct Spec {
        nodes: Vec<Node>,
    }
    #[derive(Deserialize)]
    struct Node {
        name: String,
        version: String,
        arch: Option<Arch>,
    }
    #[derive(Deserialize)]
    struct Arch {
        target: Option<serde_json::Value>,
    }
    let document: Document = text::json(content)?;
    let node = document.spec.nodes.into_iter().next().ok_or("the specification names no package")?;
    let mut component = Component::new(PurlType::Spack, "", &node.name, &node.version);
    // A target is a name, or a description of it.
    let target = node.arch.and_then(|arch| arch.target).unwrap_or_default();
    component.arch = target.as_str().or(target["name"].as_str()).map(str::to_owned);
    Ok(component)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, survives};
    use super::*;

    #[test]
    fn packages_are_read() {
        let path = "/opt/spack/linux-ubuntu22.04-x86_64/gcc-11/zlib-1.3.1-abc/.spack/spec.json";
        let spec = r#"{"spec":{"_meta":{"version":4},"nodes":[
            {"name":"zlib-ng","version":"2.1.6","arch":{"platform":"linux","target":{"name":"zen3"}},"namespace":"builtin"},
            {"name":"gcc-runtime","version":"11.4.0","arch":{"target":"x86_64"}}]}}"#;
        check(&Spack, path, spec, &["zlib-ng 2.1.6"]);
        assert_eq!(parse(spec.as_bytes()).ok().and_then(|it| it.arch).as_deref(), Some("zen3"));
        assert!(parse(br#"{"spec":{"nodes":[]}}"#).is_err());
        survives(&Spack, path, spec.as_bytes());
    }
}
