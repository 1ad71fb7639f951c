//! What have we learned already? Facts on disk, under the layer's digest and the analyzers' edition.
//!
//! Facts are true as long as the bytes are, so they are never updated, only added; deleting the folder loses nothing
//! but time. This crate decides nothing.

mod facts;

pub use facts::{FactStore, StoreError, new_key};
