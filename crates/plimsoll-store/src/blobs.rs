//! Blobs, in a folder or in S3-compatible storage.

use crate::DataError;
use bytes::{Bytes, BytesMut};
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Name;
use object_store::prefix::PrefixStore;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt as _, PutPayload};
use std::path::Path;
use std::sync::Arc;

/// Bytes of one part of an upload; S3 wants at least 5 MiB, and at most 10,000 parts.
const PART_BYTES: usize = 8 << 20;
/// Longest name.
const MAX_NAME_BYTES: usize = 512;

/// A place for blobs by name (`facts/…`, `exports/…`, `knowledge/…`). Clones are the same place.
#[derive(Clone, Debug)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
}

/// A blob that comes in parts.
type Parts = BoxStream<'static, Result<Bytes, std::io::Error>>;

impl Blobs {
    /// `file:FOLDER` or `s3://BUCKET/PREFIX` (credentials and endpoint from the usual `AWS_…` variables).
    pub fn open(address: &str) -> Result<Blobs, DataError> {
        let store: Arc<dyn ObjectStore> = if let Some(folder) = address.strip_prefix("file:") {
            Arc::new(folder_store(Path::new(folder.strip_prefix("//").unwrap_or(folder)))?)
        } else if let Some(place) = address.strip_prefix("s3://") {
            let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
            let store = AmazonS3Builder::from_env().with_bucket_name(bucket).build().map_err(failed)?;
            match prefix.trim_matches('/') {
                "" => Arc::new(store),
                prefix => Arc::new(PrefixStore::new(store, name_of(prefix)?)),
            }
        } else {
            return Err(DataError::Blob(format!(
                "`{address}` is no place: give file:FOLDER or s3://BUCKET/PREFIX"
            )));
        };
        Ok(Blobs { store })
    }

    /// Keeps one, whole or not at all.
    pub async fn put(&self, name: &str, bytes: Bytes) -> Result<(), DataError> {
        self.store.put(&name_of(name)?, PutPayload::from_bytes(bytes)).await.map_err(failed)?;
        Ok(())
    }

    /// Keeps one that comes in parts, whole or not at all; its bytes.
    pub async fn put_stream(&self, name: &str, mut parts: Parts) -> Result<u64, DataError> {
        let name = name_of(name)?;
        let mut upload: Option<Box<dyn MultipartUpload>> = None;
        let mut buffer = BytesMut::new();
        let mut size = 0_u64;
        loop {
            let part = match parts.try_next().await {
                Ok(part) => part,
                Err(error) => return Err(give_up(upload, DataError::Blob(error.to_string())).await),
            };
            let last = part.is_none();
            if let Some(part) = part {
                size += part.len() as u64;
                buffer.extend_from_slice(&part);
            }
            if last && upload.is_none() {
                self.store.put(&name, PutPayload::from_bytes(buffer.freeze())).await.map_err(failed)?;
                return Ok(size);
            }
            while buffer.len() >= PART_BYTES || (last && !buffer.is_empty()) {
                let piece = buffer.split_to(buffer.len().min(PART_BYTES)).freeze();
                let mut open = match upload.take() {
                    Some(open) => open,
                    None => self.store.put_multipart(&name).await.map_err(failed)?,
                };
                let outcome = open.put_part(PutPayload::from_bytes(piece)).await;
                upload = Some(open);
                if let Err(error) = outcome {
                    return Err(give_up(upload, failed(error)).await);
                }
            }
            if last {
                if let Some(open) = &mut upload
                    && let Err(error) = open.complete().await
                {
                    return Err(give_up(upload, failed(error)).await);
                }
                return Ok(size);
            }
        }
    }

    /// One, if it is there.
    pub async fn get(&self, name: &str) -> Result<Option<Bytes>, DataError> {
        match self.store.get(&name_of(name)?).await {
            Ok(found) => Ok(Some(found.bytes().await.map_err(failed)?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// One in parts with its size.
    pub async fn get_stream(&self, name: &str) -> Result<Option<(u64, Parts)>, DataError> {
        match self.store.get(&name_of(name)?).await {
            Ok(found) => {
                let size = found.meta.size;
                Ok(Some((size, found.into_stream().map_err(std::io::Error::other).boxed())))
            }
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// Forgets one; one that is not there is forgotten.
    pub async fn delete(&self, name: &str) -> Result<(), DataError> {
        match self.store.delete(&name_of(name)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }

    /// Names that begin with `folder/`, at most `limit`, in no order.
    pub async fn names(&self, folder: &str, limit: usize) -> Result<Vec<String>, DataError> {
        let names = self.store.list(Some(&name_of(folder)?)).take(limit);
        names.map_ok(|found| found.location.to_string()).try_collect().await.map_err(failed)
    }
}

fn folder_store(folder: &Path) -> Result<LocalFileSystem, DataError> {
    std::fs::create_dir_all(folder)
        .map_err(|error| DataError::Blob(format!("cannot create {}: {error}", folder.display())))?;
    let store = LocalFileSystem::new_with_prefix(folder).map_err(failed)?;
    Ok(store.with_automatic_cleanup(true).with_fsync(true))
}

/// A name as object stores take it: parts of letters, digits, `.`, `_`, `-`, `:`, between slashes. Never out of the folder.
fn name_of(name: &str) -> Result<Name, DataError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:/".contains(&byte);
    let parts = name.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    if name.len() > MAX_NAME_BYTES || !parts || !name.bytes().all(plain) {
        return Err(DataError::Blob(format!("`{}` is no name of a blob", name.escape_default())));
    }
    Name::parse(name).map_err(|error| DataError::Blob(error.to_string()))
}

/// Ends an upload that will not be completed; the error that ended it.
async fn give_up(upload: Option<Box<dyn MultipartUpload>>, error: DataError) -> DataError {
    if let Some(mut upload) = upload
        && let Err(error) = upload.abort().await
    {
        tracing::warn!(%error, "an upload that failed left parts behind");
    }
    error
}

fn failed(error: object_store::Error) -> DataError {
    DataError::Blob(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

    fn blobs() -> (tempfile::TempDir, Blobs) {
        let folder = tempfile::tempdir().expect("a folder");
        let blobs = Blobs::open(&format!("file:{}/blobs", folder.path().display())).expect("opened");
        (folder, blobs)
    }

    fn parts(parts: Vec<Result<Bytes, std::io::Error>>) -> Parts {
        stream::iter(parts).boxed()
    }

    #[tokio::test]
    async fn what_is_put_is_got_until_deleted() -> Result<(), DataError> {
        let (_folder, blobs) = blobs();
        assert_eq!(blobs.get("facts/ab/abc").await?, None);
        blobs.put("facts/ab/abc", Bytes::from_static(b"one")).await?;
        blobs.put("facts/ab/abc", Bytes::from_static(b"two")).await?;
        assert_eq!(blobs.get("facts/ab/abc").await?.as_deref(), Some(b"two".as_slice()));
        assert_eq!(blobs.names("facts", 9).await?, ["facts/ab/abc"]);
        blobs.delete("facts/ab/abc").await?;
        blobs.delete("facts/ab/abc").await?;
        assert_eq!(blobs.get("facts/ab/abc").await?, None);
        Ok(())
    }

    #[tokio::test]
    async fn streams_are_kept_whole_or_not_at_all() -> Result<(), DataError> {
        let (_folder, blobs) = blobs();
        for sizes in [vec![], vec![3], vec![PART_BYTES], vec![PART_BYTES + 1, 1], vec![PART_BYTES * 2, 5, 5]]
        {
            let total: usize = sizes.iter().sum();
            let given = sizes.iter().map(|&size| Ok(Bytes::from(vec![7; size]))).collect();
            assert_eq!(blobs.put_stream("exports/x", parts(given)).await?, total as u64);
            let (size, got) = blobs.get_stream("exports/x").await?.expect("it is there");
            let got: Vec<Bytes> = got.try_collect().await.expect("readable");
            assert_eq!((size, got.concat().len()), (total as u64, total));
        }
        for first in [1, PART_BYTES + 1] {
            let broken = vec![Ok(Bytes::from(vec![1; first])), Err(std::io::Error::other("torn"))];
            assert!(blobs.put_stream("exports/y", parts(broken)).await.is_err());
            assert_eq!(blobs.get("exports/y").await?, None);
        }
        Ok(())
    }

    #[tokio::test]
    async fn names_never_lead_out() {
        let (_folder, blobs) = blobs();
        for name in ["", "/a", "a/", "../a", "a/../b", "a//b", "a b", "a\0", "ä", &"a".repeat(600)] {
            assert!(blobs.get(name).await.is_err(), "{name}");
        }
        assert!(Blobs::open("ftp://x").is_err());
    }
}
