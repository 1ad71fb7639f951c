//! From an image to its contents: fill the gaps in the stored facts, lay the layers over each other.

use crate::ScanError;
use plimsoll_analyze::{Detectors, LayerReader, edition, overlay};
use plimsoll_image::{Image, Options, Visitor};
use plimsoll_model::{Contents, Entry, ImageManifest, LayerFacts, Unread};
use plimsoll_store::FactStore;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Reads images, each layer at most once.
#[derive(Clone, Default)]
pub struct Scanner {
    /// How images are opened and how much of them is believed.
    pub options: Options,
    /// Where facts are kept; `None` to read everything and keep nothing.
    pub store: Option<FactStore>,
    /// Layers read at the same time; 0 means one for each processor.
    pub jobs: usize,
    /// What looks into every file; by default nothing does.
    pub detectors: Detectors,
    /// Paths left out: a file, or with everything below it a folder.
    pub exclude_paths: Vec<String>,
    /// Says between layers that the scan is no longer wanted.
    pub stop: Option<Arc<AtomicBool>>,
}

/// An image that was read.
#[derive(Clone, Debug)]
pub struct Scanned {
    /// Its manifest and config.
    pub manifest: ImageManifest,
    /// Facts of each layer, oldest first.
    pub layers: Vec<LayerFacts>,
    /// The layers laid over each other.
    pub contents: Contents,
    /// How many layers had to be read; the facts of the others were known.
    pub layers_read: usize,
}

impl Scanner {
    /// Reads an image. Layers whose facts are stored are not opened.
    pub fn read(&self, image: &Image) -> Result<Scanned, ScanError> {
        let edition = self.edition();
        let mut known: Vec<Option<LayerFacts>> = image
            .manifest
            .layers
            .iter()
            .map(|layer| self.store.as_ref().and_then(|store| store.facts(layer, &edition)))
            .collect();
        let missing: Vec<usize> = (0..known.len()).filter(|&index| known[index].is_none()).collect();
        for (index, facts) in self.read_layers(image, &missing, &edition)? {
            known[index] = Some(facts);
        }
        let mut layers: Vec<LayerFacts> = known.into_iter().flatten().collect();
        for layer in &mut layers {
            self.leave_out_excluded(layer);
        }
        let contents = overlay(&layers);
        Ok(Scanned { manifest: image.manifest.clone(), layers, contents, layers_read: missing.len() })
    }

    /// Names the analyzers and detectors, and so the facts. Digests of files are facts too: a scan that wants them does
    /// not use facts that lack them.
    pub fn edition(&self) -> String {
        let edition = edition() + &self.detectors.edition();
        if self.options.hash_files { format!("{edition},sha256") } else { edition }
    }

    /// Reads these layers, several at a time; the first error ends it.
    fn read_layers(
        &self,
        image: &Image,
        missing: &[usize],
        edition: &str,
    ) -> Result<Vec<(usize, LayerFacts)>, ScanError> {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let jobs = if self.jobs == 0 { processors } else { self.jobs }.clamp(1, missing.len().max(1));
        let next = AtomicUsize::new(0);
        let done = Mutex::new(Vec::with_capacity(missing.len()));
        let failed: Mutex<Option<ScanError>> = Mutex::new(None);
        std::thread::scope(|scope| {
            for _ in 0..jobs {
                scope.spawn(|| {
                    while let Some(&index) = missing.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let result = match self.is_stopped() {
                            true => Err(ScanError::Stopped),
                            false => self.read_layer(image, index, edition),
                        };
                        match result {
                            Ok(facts) => lock(&done).push((index, facts)),
                            Err(error) => {
                                lock(&failed).get_or_insert(error);
                                next.store(missing.len(), Ordering::Relaxed);
                            }
                        }
                    }
                });
            }
        });
        match failed.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
            Some(error) => Err(error),
            None => Ok(done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)),
        }
    }

    fn is_stopped(&self) -> bool {
        self.stop.as_ref().is_some_and(|stop| stop.load(Ordering::Relaxed))
    }

    fn read_layer(&self, image: &Image, index: usize, edition: &str) -> Result<LayerFacts, ScanError> {
        let mut reader = Reader(LayerReader::new(self.options.limits, self.detectors.clone()));
        let read = image.read_layer(index, &self.options, &mut reader)?;
        let mut unread = read.unread;
        unread.extend(reader.0.unread);
        let facts = LayerFacts {
            digest: read.digest,
            diff_id: read.diff_id,
            size: read.size,
            unpacked_size: read.unpacked_size,
            entries: read.entries,
            files: reader.0.files,
            unread,
        };
        if let (Some(store), Some(layer)) = (&self.store, image.manifest.layers.get(index)) {
            store.keep(layer, edition, &facts)?;
        }
        Ok(facts)
    }

    fn leave_out_excluded(&self, layer: &mut LayerFacts) {
        if self.exclude_paths.is_empty() {
            return;
        }
        let LayerFacts { entries, files, unread, .. } = layer;
        files.retain(|file| {
            entries
                .get(file.entry as usize)
                .is_none_or(|entry: &Entry| !is_below(&entry.path, &self.exclude_paths))
        });
        unread.retain(|Unread { path, .. }| !is_below(path, &self.exclude_paths));
    }
}

/// Is the path one of these, or below one of these? `/usr/` and `/usr` both leave out all of `/usr`.
fn is_below(path: &str, folders: &[String]) -> bool {
    folders.iter().any(|folder| {
        let folder = folder.trim_end_matches('/');
        path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Shows every file of a layer to the analyzers.
struct Reader(LayerReader);

impl Visitor for Reader {
    fn wants(&mut self, entry: &Entry, head: &[u8]) -> bool {
        self.0.wants(entry, head)
    }

    fn file(&mut self, index: u32, entry: &Entry, content: &[u8]) {
        self.0.read(index, entry, content);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excluded_path_is_itself_and_what_is_below() {
        let check = |path: &str, folder: &str| is_below(path, &[folder.to_owned()]);
        assert!(check("/usr/lib/x", "/usr/"));
        assert!(check("/usr/lib/x", "/usr"));
        assert!(check("/lib/test.txt", "/lib/test.txt"));
        assert!(!check("/usrx", "/usr/"));
        assert!(!check("/lib/test.txt.bak", "/lib/test.txt"));
    }
}
