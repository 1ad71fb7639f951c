//! What a path of this machine holds, told by its content.

use crate::archive::{Archive, Unpacked, open_file, packing};
use crate::sbom;
use crate::tar::path::{decode, normalise};
use crate::tar::{Input, Problem, next_member};
use crate::unpack::Packing;
use crate::{ImageError, Target};
use plimsoll_model::Limits;
use std::io::Read;
use std::path::Path;

/// First bytes of a file by which SBOMs other than JSON are told.
const HEAD_BYTES: u64 = 4096;

/// The target that an existing path is.
pub(crate) fn target_of(path: &Path) -> Result<Target, ImageError> {
    let failed = |source| ImageError::File { path: path.to_owned(), source };
    if std::fs::metadata(path).map_err(failed)?.is_dir() {
        let is_layout = path.join("oci-layout").is_file()
            || (path.join("index.json").is_file() && path.join("blobs").is_dir());
        return Ok(if is_layout {
            Target::OciLayout(path.to_owned(), None)
        } else {
            Target::Dir(path.to_owned())
        });
    }
    let file = open_file(path)?;
    if !file.metadata().map_err(failed)?.is_file() {
        let why =
            "it is neither a file nor a folder; say what it holds, as in docker-archive:FILE".to_owned();
        return Err(ImageError::Target { target: path.display().to_string(), why });
    }
    let mut head = Vec::new();
    (&file).take(HEAD_BYTES).read_to_end(&mut head).map_err(failed)?;
    let limits = Limits::default();
    if sbom::might_be(&head) {
        return match sbom::read(path, &limits) {
            Ok(_) => Ok(Target::Sbom(path.to_owned())),
            Err(error) => Err(nothing_known(path, &error.to_string())),
        };
    }
    let held = match packing(&file, path)? {
        Packing::Plain => held(path, &limits),
        _ => held_packed(path, &limits),
    };
    match held {
        Ok(Some(Held::Image)) => Ok(Target::DockerArchive(path.to_owned())),
        Ok(Some(Held::Layout)) => Ok(Target::OciArchive(path.to_owned())),
        Ok(Some(Held::Files)) => Ok(Target::LayerTar(path.to_owned())),
        Ok(None) => Err(nothing_known(path, "it is empty")),
        Err(ImageError::Broken { why, .. }) => Err(nothing_known(path, &why)),
        Err(error) => Err(error),
    }
}

fn nothing_known(path: &Path, why: &str) -> ImageError {
    let target = path.display().to_string();
    ImageError::Target {
        target,
        why: format!("neither an archive of images, a layer, an OCI layout nor an SBOM: {why}"),
    }
}

/// What a tar holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    /// `docker save`; perhaps a layout too.
    Image,
    /// Only an OCI layout.
    Layout,
    /// Neither: files.
    Files,
}

fn held(path: &Path, limits: &Limits) -> Result<Option<Held>, ImageError> {
    let archive = Archive::open(path, limits)?;
    let has = |name| archive.member(name).is_some();
    Ok(match () {
        () if archive.is_empty() => None,
        () if has("manifest.json") => Some(Held::Image),
        () if has("index.json") => Some(Held::Layout),
        () if has("repositories") => Some(Held::Image),
        () => Some(Held::Files),
    })
}

/// A packed tar is told by its first name where that is one that only image archives have, since looking at all
/// names means unpacking it twice. Which form it is can wait: each is read as the other when it is that.
fn held_packed(path: &Path, limits: &Limits) -> Result<Option<Held>, ImageError> {
    let what = format!("the archive {}", path.display());
    let held = || -> Result<Option<Held>, Problem> {
        let mut input = Unpacked::new(std::fs::File::open(path)?, *limits)?;
        let mut held = None;
        while let Some(member) = next_member(&mut input, limits)? {
            let name = normalise(&decode(&member.name)).path;
            if is_document(&name) || (held.is_none() && is_blob(&name)) {
                return Ok(Some(Held::Image));
            }
            held = Some(Held::Files);
            input.skip(member.stored)?;
            member.skip_padding(&mut input)?;
        }
        Ok(held)
    };
    held().map_err(|problem| problem.of(&what))
}

fn is_document(path: &str) -> bool {
    matches!(path, "/manifest.json" | "/index.json" | "/oci-layout" | "/repositories")
}

/// Names under which image archives keep configs and layers: `blobs/…`, `HEX/…`, `HEX.json`, `sha256:HEX`.
fn is_blob(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or("");
    let stem = first.split('.').next().unwrap_or("").trim_start_matches("sha256:");
    path == "/blobs"
        || path.starts_with("/blobs/sha")
        || (stem.len() == 64 && stem.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
