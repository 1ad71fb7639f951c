//! TEMPORARY, replaced when reference parsing is merged.

use crate::{ImageError, Reference};

impl Reference {
    /// Reads `host[:port]/repository[:tag][@digest]`.
    pub fn parse(text: &str) -> Result<Reference, ImageError> {
        Err(ImageError::Target { target: text.to_owned(), why: "references are not merged yet".to_owned() })
    }
}
