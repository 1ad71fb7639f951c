//! What a user may name: references, archives, layouts, folders, SBOMs, daemons.

use crate::{ImageError, sniff};
use plimsoll_model::Digest;
use std::fmt;
use std::path::{Path, PathBuf};

/// Something that holds images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// In a registry.
    Registry(Reference),
    /// `docker save` output, also inside gzip or zstd.
    DockerArchive(PathBuf),
    /// An OCI layout in a tar, also inside gzip or zstd.
    OciArchive(PathBuf),
    /// An OCI layout folder, and the tag wanted; `None` for all.
    OciLayout(PathBuf, Option<String>),
    /// The tar of one layer or root file system, also inside gzip or zstd; only ever told by its content.
    LayerTar(PathBuf),
    /// A root file system.
    Dir(PathBuf),
    /// A CycloneDX or SPDX document.
    Sbom(PathBuf),
    /// In the Docker daemon.
    Docker(String),
    /// In podman.
    Podman(String),
}

/// A registry reference `host[:port]/repository[:tag][@digest]`
/// (<https://github.com/distribution/reference>, grammar; `docker.io/library/` where Docker would put it).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Host with port: `docker.io`, `127.0.0.1:5000`.
    pub registry: String,
    /// `library/alpine`.
    pub repository: String,
    /// `latest` when neither tag nor digest is given.
    pub tag: Option<String>,
    /// Pins the manifest.
    pub digest: Option<Digest>,
}

impl Target {
    /// Reads `docker-archive:FILE`, `oci-archive:FILE`, `oci:DIR[:TAG]`, `dir:DIR`, `sbom:FILE`, `docker:NAME`,
    /// `podman:NAME`, a path that exists (told by its content), or a reference.
    pub fn parse(text: &str) -> Result<Target, ImageError> {
        let refused = |why: &str| ImageError::Target { target: text.to_owned(), why: why.to_owned() };
        if let Some((kind, rest)) = text.split_once(':') {
            let path = PathBuf::from(rest);
            let target = match kind {
                "docker-archive" => Some(Target::DockerArchive(path)),
                "oci-archive" => Some(Target::OciArchive(path)),
                "oci" => Some(layout(rest)),
                "dir" => Some(Target::Dir(path)),
                "sbom" => Some(Target::Sbom(path)),
                "docker" => Some(Target::Docker(rest.to_owned())),
                "podman" => Some(Target::Podman(rest.to_owned())),
                _ => None,
            };
            // `oci:latest` is also how a reference to a repository called `oci` looks; the scheme wins.
            if let Some(target) = target {
                return if rest.is_empty() { Err(refused("nothing follows the colon")) } else { Ok(target) };
            }
        }
        if text.is_empty() {
            return Err(refused("it is empty"));
        }
        if Path::new(text).exists() {
            return sniff::target_of(Path::new(text));
        }
        // Nothing in the grammar of references begins like this.
        if text.starts_with(['/', '.', '~']) {
            return Err(refused("there is no such file or folder"));
        }
        Reference::parse(text).map(Target::Registry).map_err(|error| match error {
            ImageError::Target { target, why } => {
                ImageError::Target { target, why: format!("there is no such file, and {why}") }
            }
            error => error,
        })
    }
}

/// `DIR` or `DIR:TAG`; a folder whose name holds a colon is found as it is.
fn layout(text: &str) -> Target {
    match text.rsplit_once(':') {
        Some((folder, tag))
            if !folder.is_empty() && !tag.is_empty() && !tag.contains('/') && !Path::new(text).exists() =>
        {
            Target::OciLayout(PathBuf::from(folder), Some(tag.to_owned()))
        }
        _ => Target::OciLayout(PathBuf::from(text), None),
    }
}

/// As a user would name it, without what tells its kind: the name of an image that has no other.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Registry(Reference { registry, repository, tag, digest }) => {
                write!(f, "{registry}/{repository}")?;
                tag.iter().try_for_each(|tag| write!(f, ":{tag}"))?;
                digest.iter().try_for_each(|digest| write!(f, "@{digest}"))
            }
            Target::OciLayout(path, Some(tag)) => write!(f, "{}:{tag}", path.display()),
            Target::DockerArchive(path)
            | Target::OciArchive(path)
            | Target::OciLayout(path, None)
            | Target::LayerTar(path)
            | Target::Dir(path)
            | Target::Sbom(path) => write!(f, "{}", path.display()),
            Target::Docker(name) | Target::Podman(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_no_image_is_said() {
        let check = |text: &str, why: &str| {
            let error = Target::parse(text).expect_err(text).to_string();
            assert_eq!(error, format!("`{text}` is not an image: {why}"));
        };
        check("", "it is empty");
        check("oci:", "nothing follows the colon");
        check("./nothing-here", "there is no such file or folder");
        check("MyApp.tar", "there is no such file, and repository names are lower case, like `myapp.tar`");
        check("alpine:", "there is no such file, and `` is not a tag");
    }
}
