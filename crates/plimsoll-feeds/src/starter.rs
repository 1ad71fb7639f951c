//! The starter database: what the program knows before it is first updated. Facts only, no texts.

use crate::build::{BuildEvent, BuildOptions, beside, build};
use crate::{Database, FeedError, Knowledge};
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// The database, compressed, and the sha256 of the database.
const PACKED: &[u8] = include_bytes!("../starter/starter.db.zst");
const DIGEST: &str = include_str!("../starter/starter.db.sha256");

/// Bytes of the unpacked database.
const LARGEST: u64 = 1 << 30;

/// Ecosystems whose data we may not hand on: Canonical states no licence for the data of the Ubuntu CVE tracker.
const WITHOUT: &[&str] = &["Ubuntu"];

/// The starter database as a file in this folder, unpacked on first use.
pub fn starter(cache: &Path) -> Result<PathBuf, FeedError> {
    let digest = DIGEST.trim();
    let path = cache.join(format!("starter-{}.db", digest.get(..16).unwrap_or(digest)));
    if PACKED.is_empty() {
        return Err(FeedError::NoStarter);
    }
    if path.is_file() {
        return Ok(path);
    }
    std::fs::create_dir_all(cache).map_err(|error| FeedError::file("create", cache, error))?;
    let part = beside(&path);
    let unpacked = unpack(PACKED, &part, digest)
        .and_then(|()| std::fs::rename(&part, &path).map_err(|error| FeedError::file("write", &path, error)));
    if unpacked.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    unpacked.map(|()| path)
}

/// Unpacks to a file, which must have this sha256.
pub(crate) fn unpack(packed: impl Read, to: &Path, digest: &str) -> Result<(), FeedError> {
    let unwritable = |error| FeedError::file("write", to, error);
    let mut reader = zstd::stream::read::Decoder::new(packed).map_err(unwritable)?.take(LARGEST);
    let mut file = File::create(to).map_err(unwritable)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        let read = reader.read(&mut buffer).map_err(unwritable)?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        hash.update(bytes);
        file.write_all(bytes).map_err(unwritable)?;
    }
    file.sync_all().map_err(unwritable)?;
    let found = hex::encode(hash.finalize());
    if found != digest {
        let (what, expected) = (to.display().to_string(), digest.to_owned());
        return Err(FeedError::Digest { what, found, expected });
    }
    Ok(())
}

/// Builds the starter database from a folder of feeds, and writes `starter.db.zst` and `starter.db.sha256` into a
/// folder.
pub fn build_starter(
    from: &Path,
    folder: &Path,
    built_at: i64,
    progress: &(dyn Fn(BuildEvent) + Sync),
) -> Result<Knowledge, FeedError> {
    let without = WITHOUT.iter().map(|ecosystem| (*ecosystem).to_owned()).collect();
    let options = BuildOptions { built_at, texts: false, starter: true, without };
    let plain = beside(&folder.join("starter.db"));
    let built = build(from, &plain, &options, progress).and_then(|knowledge| {
        Database::open(&plain)?;
        pack(&plain, folder)?;
        Ok(knowledge)
    });
    let _ = std::fs::remove_file(&plain);
    built
}

fn pack(plain: &Path, folder: &Path) -> Result<(), FeedError> {
    let bytes = std::fs::read(plain).map_err(|error| FeedError::file("read", plain, error))?;
    let packed = folder.join("starter.db.zst");
    let write = || -> std::io::Result<()> {
        let mut encoder = zstd::stream::write::Encoder::new(File::create(&packed)?, 19)?;
        encoder.window_log(27)?;
        encoder.long_distance_matching(true)?;
        encoder.include_contentsize(true)?;
        encoder.set_pledged_src_size(Some(bytes.len() as u64))?;
        encoder.write_all(&bytes)?;
        encoder.finish()?.sync_all()
    };
    write().map_err(|error| FeedError::file("write", &packed, error))?;
    let digest = folder.join("starter.db.sha256");
    std::fs::write(&digest, format!("{}\n", hex::encode(Sha256::digest(&bytes))))
        .map_err(|error| FeedError::file("write", &digest, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_model::PackageKey;

    #[test]
    fn the_starter_database_unpacks_once_and_answers() {
        let cache = tempfile::tempdir().expect("a folder");
        let path = starter(cache.path()).expect("a starter database");
        assert_eq!(starter(cache.path()).expect("again"), path);
        assert_eq!(std::fs::read_dir(cache.path()).expect("a folder").count(), 1);
        let database = Database::open(&path).expect("a database");
        let knowledge = database.knowledge().expect("knowledge");
        assert!(knowledge.starter);
        assert!(!knowledge.sources.iter().any(|source| source.name == "osv/Ubuntu"));
        let key =
            PackageKey { ecosystem: "Maven".into(), name: "org.apache.logging.log4j:log4j-core".into() };
        let advisories = database.advisories(&key).expect("advisories");
        assert!(advisories.iter().any(|a| a.aliases.contains(&"CVE-2021-44228".to_owned())));
        let log4shell = database.vulnerability("CVE-2021-44228").expect("readable").expect("known");
        assert_eq!((log4shell.title, log4shell.kev_added.as_deref()), (None, Some("2021-12-10")));
    }

    #[test]
    fn bytes_with_another_digest_are_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let packed = zstd::encode_all(&b"not a database"[..], 1).expect("packed");
        let unpacked = unpack(&packed[..], &folder.path().join("x"), DIGEST.trim());
        assert!(matches!(unpacked, Err(FeedError::Digest { .. })), "{unpacked:?}");
    }
}
