//! What have we learned already? Facts on disk, under the layer's digest and the analyzers' edition; and the platform's
//! truth in SQLite or PostgreSQL ([`Data`]), with blobs in a folder or in S3 ([`Blobs`]).
//!
//! Facts are true as long as the bytes are, so they are never updated, only added; deleting the folder loses nothing
//! but time. This crate decides nothing.

mod blobs;
pub mod data;
mod facts;
mod seal;

pub use blobs::Blobs;
pub use data::{Data, DataError, Page};
pub use facts::{FactStore, StoreError, new_key};
pub use seal::Sealer;
