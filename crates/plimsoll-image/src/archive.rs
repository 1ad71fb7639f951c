//! Placeholder until the archives of the sister branch are merged.

use crate::{Image, ImageError, Options};
use std::fs::File;

pub(crate) fn open_file(_file: File, name: &str, _options: &Options) -> Result<Vec<Image>, ImageError> {
    Err(ImageError::Malformed {
        what: name.to_owned(),
        why: "archives are read by another branch".to_owned(),
    })
}
