//! The API as others meet it.

mod document;
