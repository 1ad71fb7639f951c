//! Facts as files: one a layer and edition, compressed, checked when read, replaced whole.

use crate::Blobs;
use plimsoll_model::{LayerFacts, LayerRef};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// First bytes of a facts file; the digit is the version of its form.
const MAGIC: &[u8; 4] = b"PLF1";
/// Facts of one layer are never more than this; a larger file is not ours.
const MAX_UNPACKED_BYTES: usize = 2 << 30;

/// A folder of facts, safe to share between any number of processes.
#[derive(Clone, Debug)]
pub struct FactStore {
    /// The folder it was opened with.
    root: PathBuf,
    folder: PathBuf,
    shared: Option<Shared>,
}

/// Where several machines keep facts together; the folder is a copy of what this one met.
#[derive(Clone)]
struct Shared {
    blobs: Blobs,
    runtime: tokio::runtime::Handle,
    key: [u8; 32],
}

/// Never shows the key.
impl fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Shared({:?})", self.blobs)
    }
}

/// The folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Reading or writing failed.
    #[error("cannot {what} {path}: {source}")]
    Io {
        /// `write`, `create`.
        what: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(getrandom::Error),
    /// The facts could not be written down: a bug.
    #[error("cannot encode the facts of a layer: {0}")]
    Encode(#[from] postcard::Error),
}

impl FactStore {
    /// The store in this folder, made if missing.
    pub fn open(folder: &Path) -> Result<FactStore, StoreError> {
        let store = FactStore { root: folder.to_owned(), folder: folder.join("facts"), shared: None };
        fs::create_dir_all(&store.folder).map_err(|source| store.failed("create", &store.folder, source))?;
        Ok(store)
    }

    /// The same store, with these blobs behind it: facts another machine learned are read from there, and what this one
    /// learns is kept there, too. All must hash secrets with one `key`, or they would not know them again. Blobs are waited
    /// for on `runtime`, so [`FactStore::facts`] and [`FactStore::keep`] are then called from threads that may wait (the
    /// engine's, or `spawn_blocking`), never from a task.
    pub fn sharing(self, blobs: Blobs, runtime: tokio::runtime::Handle, key: [u8; 32]) -> FactStore {
        FactStore { shared: Some(Shared { blobs, runtime, key }), ..self }
    }

    /// The folder it was opened with, for what else may be thrown away at any time.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The key of the hashes by which this store's secrets are known again; made at the first asking, readable by its
    /// owner alone.
    pub fn key(&self) -> Result<[u8; 32], StoreError> {
        if let Some(shared) = &self.shared {
            return Ok(shared.key);
        }
        let path = self.root.join("secrets.key");
        if let Ok(bytes) = fs::read(&path)
            && let Ok(key) = bytes.try_into()
        {
            return Ok(key);
        }
        let key = new_key()?;
        let mut file = tempfile::NamedTempFile::new_in(&self.root)
            .map_err(|source| self.failed("create", &self.root, source))?;
        file.write_all(&key).map_err(|source| self.failed("write", &path, source))?;
        match file.persist_noclobber(&path) {
            Ok(_) => Ok(key),
            // Another process was faster, or the file is damaged.
            Err(_) => match fs::read(&path).ok().and_then(|bytes| bytes.try_into().ok()) {
                Some(key) => Ok(key),
                None => {
                    fs::write(&path, key).map_err(|source| self.failed("write", &path, source))?;
                    Ok(key)
                }
            },
        }
    }

    /// The facts of this layer under this edition. `None` when there are none, when the file is damaged, or when what
    /// they were learned from differs in any promise from `layer` (digest, diff id, size): such a layer is read anew.
    pub fn facts(&self, layer: &LayerRef, edition: &str) -> Option<LayerFacts> {
        let path = self.path(layer, edition)?;
        let own = fs::read(&path).ok().and_then(|bytes| decode(&bytes));
        let facts = own.or_else(|| self.shared_facts(&path))?;
        let same = layer.diff_id.as_ref().is_none_or(|promised| *promised == facts.diff_id)
            && layer.size.is_none_or(|promised| promised == facts.size)
            && layer.digest.as_ref().is_none_or(|promised| facts.digest.as_ref() == Some(promised));
        same.then_some(facts)
    }

    /// Keeps facts for ever. Does nothing for a layer that has neither digest nor diff id (a folder).
    pub fn keep(&self, layer: &LayerRef, edition: &str, facts: &LayerFacts) -> Result<(), StoreError> {
        let Some(path) = self.path(layer, edition) else { return Ok(()) };
        let bytes = encode(facts)?;
        self.write(&path, &bytes)?;
        if let (Some(shared), Some(name)) = (&self.shared, blob_name(&path))
            && let Err(error) = shared.runtime.block_on(shared.blobs.put(&name, bytes.into()))
        {
            // Other machines read the layer themselves.
            tracing::warn!(%error, "facts of a layer are not shared");
        }
        Ok(())
    }

    /// Facts another machine learned; kept here, too.
    fn shared_facts(&self, path: &Path) -> Option<LayerFacts> {
        let shared = self.shared.as_ref()?;
        let bytes = match shared.runtime.block_on(shared.blobs.get(&blob_name(path)?)) {
            Ok(bytes) => bytes?,
            Err(error) => {
                tracing::warn!(%error, "shared facts cannot be read");
                return None;
            }
        };
        let facts = decode(&bytes)?;
        if let Err(error) = self.write(path, &bytes) {
            tracing::warn!(%error, "facts of a layer are not kept");
        }
        Some(facts)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        let parent = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(parent).map_err(|source| self.failed("create", parent, source))?;
        let mut file = tempfile::NamedTempFile::new_in(parent)
            .map_err(|source| self.failed("create", parent, source))?;
        file.write_all(bytes).map_err(|source| self.failed("write", path, source))?;
        file.persist(path).map_err(|error| self.failed("write", path, error.error))?;
        Ok(())
    }

    /// `facts/ab/abcd…`: named by the layer and the edition, never by anything an image can choose.
    fn path(&self, layer: &LayerRef, edition: &str) -> Option<PathBuf> {
        let id = layer.digest.as_ref().or(layer.diff_id.as_ref())?;
        let name = hex::encode(Sha256::digest(format!("{id}\n{edition}")));
        Some(self.folder.join(&name[..2]).join(name))
    }

    fn failed(&self, what: &'static str, path: &Path, source: std::io::Error) -> StoreError {
        StoreError::Io { what, path: path.to_owned(), source }
    }
}

/// `facts/ab/abcd…` of a path in the folder.
fn blob_name(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    Some(format!("facts/{}/{name}", &name[..2]))
}

/// A new random key.
pub fn new_key() -> Result<[u8; 32], StoreError> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(StoreError::Random)?;
    Ok(key)
}

fn encode(facts: &LayerFacts) -> Result<Vec<u8>, StoreError> {
    let plain = postcard::to_stdvec(facts)?;
    let packed = zstd::bulk::compress(&plain, 1).unwrap_or_default();
    let mut out = Vec::with_capacity(packed.len() + 44);
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&Sha256::digest(&packed));
    out.extend_from_slice(&(plain.len() as u64).to_le_bytes());
    out.extend_from_slice(&packed);
    Ok(out)
}

fn decode(bytes: &[u8]) -> Option<LayerFacts> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (hash, rest) = rest.split_at_checked(32)?;
    let (size, packed) = rest.split_first_chunk::<8>()?;
    let size = usize::try_from(u64::from_le_bytes(*size)).ok().filter(|&size| size <= MAX_UNPACKED_BYTES)?;
    if Sha256::digest(packed).as_slice() != hash {
        return None;
    }
    postcard::from_bytes(&zstd::bulk::decompress(packed, size).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_model::{Digest, Entry, EntryKind, Fact, FileFacts, OsRelease};

    fn layer(number: u8) -> LayerRef {
        let digest = Digest::sha256(&[number; 32]);
        LayerRef {
            digest: Some(digest.clone()),
            diff_id: Some(digest),
            size: Some(7),
            media_type: String::new(),
        }
    }

    fn facts(number: u8) -> LayerFacts {
        LayerFacts {
            digest: layer(number).digest,
            diff_id: Digest::sha256(&[number; 32]),
            size: 7,
            unpacked_size: 9,
            entries: vec![Entry {
                path: "/etc/os-release".into(),
                kind: EntryKind::File,
                mode: 0o644,
                uid: 0,
                gid: 0,
                size: 3,
                link: String::new(),
                mtime: -1,
                capability: None,
                sha256: Some([3; 32]),
            }],
            files: vec![FileFacts {
                entry: 0,
                inner_path: String::new(),
                analyzer: "os-release".into(),
                facts: vec![Fact::Os(OsRelease { id: "debian".into(), ..OsRelease::default() })],
            }],
            unread: Vec::new(),
        }
    }

    #[test]
    fn facts_come_back_only_for_the_same_promises() -> Result<(), StoreError> {
        let folder = tempfile::tempdir().expect("a folder");
        let store = FactStore::open(folder.path())?;
        assert_eq!(store.facts(&layer(1), "e"), None);
        store.keep(&layer(1), "e", &facts(1))?;
        assert_eq!(store.facts(&layer(1), "e"), Some(facts(1)));
        assert_eq!(store.facts(&layer(1), "other edition"), None);
        assert_eq!(store.facts(&layer(2), "e"), None);
        let without_diff_id = LayerRef { diff_id: None, ..layer(1) };
        assert_eq!(store.facts(&without_diff_id, "e"), Some(facts(1)));
        let other_size = LayerRef { size: Some(8), ..layer(1) };
        assert_eq!(store.facts(&other_size, "e"), None);
        let other_diff_id = LayerRef { diff_id: layer(2).diff_id, ..layer(1) };
        assert_eq!(store.facts(&other_diff_id, "e"), None);
        Ok(())
    }

    #[test]
    fn what_one_machine_learned_another_knows() -> Result<(), StoreError> {
        let folder = tempfile::tempdir().expect("a folder");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let blobs = Blobs::open(&format!("file:{}/blobs", folder.path().display())).expect("opened");
        let machine = |name: &str| {
            let store = FactStore::open(&folder.path().join(name))?;
            Ok::<_, StoreError>(store.sharing(blobs.clone(), runtime.handle().clone(), [7; 32]))
        };
        let (one, other) = (machine("one")?, machine("other")?);
        assert_eq!(one.key()?, other.key()?);
        one.keep(&layer(1), "e", &facts(1))?;
        assert_eq!(other.facts(&layer(1), "e"), Some(facts(1)));
        assert_eq!(other.facts(&layer(2), "e"), None);
        fs::remove_dir_all(folder.path().join("blobs")).expect("removed");
        assert_eq!(other.facts(&layer(1), "e"), Some(facts(1)), "kept by itself, too");
        Ok(())
    }

    #[test]
    fn a_damaged_file_is_as_good_as_none() -> Result<(), StoreError> {
        let folder = tempfile::tempdir().expect("a folder");
        let store = FactStore::open(folder.path())?;
        store.keep(&layer(1), "e", &facts(1))?;
        let path = store.path(&layer(1), "e").expect("it has a digest");
        let whole = fs::read(&path).expect("just written");
        for at in [0, 3, 10, 40, whole.len() - 1] {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            fs::write(&path, damaged).expect("writable");
            assert_eq!(store.facts(&layer(1), "e"), None, "byte {at}");
        }
        fs::write(&path, &whole[..20]).expect("writable");
        assert_eq!(store.facts(&layer(1), "e"), None);
        Ok(())
    }
}
