//! What is attached to an image: manifests that name it as their subject (OCI distribution spec 1.1, "Listing
//! Referrers", and the tags for registries without that), and cosign's attestations.

use super::{ACCEPTED, Session, check_digest, check_size, digest_of};
use crate::ImageError;
use crate::manifest::{self, Descriptor, Document, Manifest};
use crate::source::Attachment;
use plimsoll_model::Digest;
use std::collections::HashSet;

/// Manifests and documents looked at for one image: what others attach is theirs to choose.
const MOST: usize = 256;
/// Statuses of registries that have nothing there, or no such path.
const ABSENT: &[u16] = &[400, 404, 405, 406];
/// Where makers of attestations say what is inside.
const PREDICATES: &[&str] =
    &["predicateType", "in-toto.io/predicate-type", "dev.sigstore.bundle.predicateType"];

impl Session {
    /// The documents of wanted kinds attached to these manifests, each once.
    pub(super) fn attached(
        &self,
        subjects: &[&Digest],
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<Attachment>, ImageError> {
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        for subject in subjects {
            for descriptor in self.referrers(subject)?.into_iter().take(MOST) {
                if !seen.insert(descriptor.digest.clone()) || !may_hold(&descriptor, wanted) {
                    continue;
                }
                let what = format!("the attachment {}", descriptor.digest);
                let document =
                    self.manifest(descriptor.digest.as_str(), Some(&descriptor.digest), &what)?.document;
                if let Document::Manifest(manifest) = document {
                    self.documents(&manifest, wanted, &mut seen, &mut found)?;
                }
            }
            // Cosign keeps attestations under a tag made of the digest.
            let tag = format!("{}.att", tag_of(subject));
            if let Some(Document::Manifest(manifest)) = self.find_manifest(&tag)? {
                self.documents(&manifest, wanted, &mut seen, &mut found)?;
            }
        }
        Ok(found)
    }

    /// What names this manifest as its subject.
    fn referrers(&self, subject: &Digest) -> Result<Vec<Descriptor>, ImageError> {
        let what = format!("the attachments of {subject}");
        let answer = self.ask_in_turn(|endpoint| {
            self.find_document(endpoint, &format!("referrers/{subject}"), ACCEPTED[0], &what, ABSENT)
        })?;
        let listed = answer.and_then(|(_, bytes)| match manifest::parse(&bytes, "") {
            Ok(Document::Index(listed)) => Some(listed),
            // Some servers answer any path with a page.
            _ => None,
        });
        match listed {
            Some(listed) => Ok(listed),
            None => Ok(match self.find_manifest(&tag_of(subject))? {
                Some(Document::Index(listed)) => listed,
                _ => Vec::new(),
            }),
        }
    }

    /// The manifest or index under this tag, if there is one.
    fn find_manifest(&self, tag: &str) -> Result<Option<Document>, ImageError> {
        let what = format!("the manifest {tag}");
        let path = format!("manifests/{tag}");
        let answer = self.ask_in_turn(|endpoint| {
            self.find_document(endpoint, &path, &ACCEPTED.join(", "), &what, ABSENT)
        })?;
        let Some((_, bytes)) = answer else { return Ok(None) };
        manifest::parse(&bytes, "").map(Some).map_err(|why| ImageError::Malformed { what, why })
    }

    /// The wanted documents of a manifest, which are its layers.
    fn documents(
        &self,
        manifest: &Manifest,
        wanted: &dyn Fn(&str) -> bool,
        seen: &mut HashSet<Digest>,
        found: &mut Vec<Attachment>,
    ) -> Result<(), ImageError> {
        for layer in &manifest.layers {
            let is_wanted = match predicate(layer) {
                Some(predicate) => wanted(predicate),
                None => wanted(&layer.media_type) || wanted(&manifest.artifact_type),
            };
            if !is_wanted || found.len() == MOST || !seen.insert(layer.digest.clone()) {
                continue;
            }
            let what = format!("the attachment {}", layer.digest);
            self.limits.check("manifest-bytes", layer.size, || what.clone())?;
            let bytes = self.ask_in_turn(|endpoint| {
                let (_, bytes) = self.document(endpoint, &format!("blobs/{}", layer.digest), "*/*", &what)?;
                check_size(Some(layer.size), Some(bytes.len() as u64), &what)?;
                check_digest(&layer.digest, &digest_of(layer.digest.algorithm(), &bytes), &what)?;
                Ok(bytes)
            })?;
            found.push(Attachment { digest: layer.digest.clone(), bytes });
        }
        Ok(())
    }
}

/// May its manifest hold a wanted document? What does not say of which kind it is may.
fn may_hold(descriptor: &Descriptor, wanted: &dyn Fn(&str) -> bool) -> bool {
    match (predicate(descriptor), descriptor.artifact_type.as_str()) {
        (Some(predicate), _) => wanted(predicate),
        (None, "") => true,
        (None, kind) => wanted(kind),
    }
}

fn predicate(descriptor: &Descriptor) -> Option<&str> {
    PREDICATES.iter().find_map(|name| descriptor.annotations.get(*name)).map(String::as_str)
}

/// `sha256-abc…`: the tag that stands for what refers to a digest.
fn tag_of(digest: &Digest) -> String {
    digest.as_str().replacen(':', "-", 1)
}
