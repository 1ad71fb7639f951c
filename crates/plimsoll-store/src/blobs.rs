//! Blobs, in a folder or in S3-compatible storage.
use crate::DataError;
use bytes::Bytes;
use futures_util::stream::BoxStream;
/// A place for blobs by name (`facts/…`, `exports/…`, `knowledge/…`).
#[derive(Clone)]
pub struct Blobs {}
impl Blobs {
    /// `file:FOLDER` or `s3://BUCKET/PREFIX` (credentials and endpoint from the usual `AWS_…` variables).
    pub fn open(address: &str) -> Result<Blobs, DataError> {
        let _ = address;
        todo!()
    }
    /// Keeps one, whole or not at all.
    pub async fn put(&self, name: &str, bytes: Bytes) -> Result<(), DataError> {
        let _ = (name, bytes);
        todo!()
    }
    /// Keeps one that comes in parts; its bytes.
    pub async fn put_stream(
        &self,
        name: &str,
        parts: BoxStream<'static, Result<Bytes, std::io::Error>>,
    ) -> Result<u64, DataError> {
        let _ = (name, parts);
        todo!()
    }
    /// One, if it is there.
    pub async fn get(&self, name: &str) -> Result<Option<Bytes>, DataError> {
        let _ = name;
        todo!()
    }
    /// One in parts with its size.
    pub async fn get_stream(
        &self,
        name: &str,
    ) -> Result<Option<(u64, BoxStream<'static, Result<Bytes, std::io::Error>>)>, DataError> {
        let _ = name;
        todo!()
    }
    /// Forgets one.
    pub async fn delete(&self, name: &str) -> Result<(), DataError> {
        let _ = name;
        todo!()
    }
}
