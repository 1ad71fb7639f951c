//! The file tree of an image, from the facts of its layers.

use super::pages::{Window, holds, known_names, sort};
use super::settings::field;
use super::{ListPage, Platform, PlatformError, blocking};
use crate::document::LayerReport;
use plimsoll_analyze::overlay;
use plimsoll_model::{Digest, File, LayerFacts, LayerRef, Principal};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// A question to an image's files: `path` (part), `type` (file, dir, symlink, …), `layer`; `sort`: path, size; `limit`,
/// `cursor`.
#[derive(Clone, Debug, Default)]
pub struct FileQuery {
    /// Name → value.
    pub fields: BTreeMap<String, String>,
}

/// Trees kept for the next page.
const TREES: usize = 4;

/// A tree, and the diff ids of its layers.
type Tree = (Vec<String>, Arc<Vec<File>>);

/// Trees laid together lately, newest last.
#[derive(Default)]
pub(crate) struct Trees(Mutex<VecDeque<Tree>>);

impl Trees {
    fn get(&self, layers: &[String]) -> Option<Arc<Vec<File>>> {
        let trees = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        trees.iter().find(|(of, _)| of == layers).map(|(_, files)| Arc::clone(files))
    }

    fn put(&self, layers: Vec<String>, files: Arc<Vec<File>>) {
        let mut trees = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if trees.len() >= TREES {
            trees.pop_front();
        }
        trees.push_back((layers, files));
    }
}

impl Platform {
    /// Its whole file tree, from the stored facts.
    pub async fn image_files(
        &self,
        who: &Principal,
        id: &str,
        query: FileQuery,
    ) -> Result<ListPage<serde_json::Value>, PlatformError> {
        let row = self.visible(who, id)?;
        let fields = query.fields;
        known_names(&fields, &["path", "type", "layer"])?;
        let window = Window::of(&fields)?;
        let (column, descends) = sort(&fields, &["path", "size"])?;
        let by_size = column == "size";
        let layer = fields.get("layer").map(|text| text.parse::<u32>()).transpose();
        let layer = layer.map_err(|_| field("layer", "it is the place of a layer, from 0".to_owned()))?;
        let whole = self.scanned(&row).await?;
        if whole.edition.is_empty() {
            let why = "the image was scanned elsewhere: its file tree is not known here";
            return Err(PlatformError::Conflict(why.to_owned()));
        }
        let platform = self.clone();
        blocking(move || {
            let files = platform.tree(&whole.report.layers, &whole.edition)?;
            let part = fields.get("path").map(|part| part.to_lowercase());
            let mut found: Vec<&File> = files
                .iter()
                .filter(|file| layer.is_none_or(|layer| file.layer == layer))
                .filter(|file| holds(&fields, "type", &super::images::word(&file.entry.kind)))
                .filter(|file| part.as_ref().is_none_or(|part| file.entry.path.to_lowercase().contains(part)))
                .collect();
            if by_size {
                found.sort_by_key(|file| file.entry.size);
            }
            if descends {
                found.reverse();
            }
            let page = window.page(found);
            Ok(ListPage {
                items: page.items.into_iter().map(row_of).collect(),
                total: page.total,
                next: page.next,
                facets: BTreeMap::new(),
            })
        })
        .await
    }

    /// The tree after all layers. Blocks.
    fn tree(&self, layers: &[LayerReport], edition: &str) -> Result<Arc<Vec<File>>, PlatformError> {
        let names: Vec<String> = layers.iter().map(|layer| layer.diff_id.clone()).collect();
        if let Some(files) = self.inner.trees.get(&names) {
            return Ok(files);
        }
        let mut facts: Vec<LayerFacts> = Vec::with_capacity(layers.len());
        for layer in layers {
            let known = reference(layer).and_then(|layer| self.inner.facts.facts(&layer, edition));
            let lost = || {
                PlatformError::Conflict(
                    "what is known of the image's files is not stored any more; scan it again".to_owned(),
                )
            };
            facts.push(known.ok_or_else(lost)?);
        }
        let files = Arc::new(overlay(&facts).files);
        self.inner.trees.put(names, Arc::clone(&files));
        Ok(files)
    }
}

fn reference(layer: &LayerReport) -> Option<LayerRef> {
    let digest = layer.digest.as_deref().map(str::parse::<Digest>).transpose().ok()?;
    Some(LayerRef {
        digest,
        diff_id: Some(layer.diff_id.parse().ok()?),
        size: Some(layer.size),
        media_type: String::new(),
    })
}

fn row_of(file: &File) -> serde_json::Value {
    let entry = &file.entry;
    let mut row = serde_json::json!({
        "path": entry.path,
        "type": entry.kind,
        "mode": format!("{:04o}", entry.mode),
        "uid": entry.uid,
        "gid": entry.gid,
        "size": entry.size,
        "link": entry.link,
        "layer": file.layer,
    });
    if let (Some(sha256), Some(fields)) = (entry.sha256, row.as_object_mut()) {
        fields.insert("sha256".to_owned(), Digest::sha256(&sha256).to_string().into());
    }
    row
}
