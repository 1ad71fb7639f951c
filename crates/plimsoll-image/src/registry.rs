//! TEMPORARY, replaced when the registry client is merged.

use crate::{Image, ImageError, Options, Reference};

pub(crate) fn open(reference: &Reference, _: &Options) -> Result<Vec<Image>, ImageError> {
    let why = "cannot be reached: the registry client is not merged yet".to_owned();
    Err(ImageError::Registry { registry: reference.registry.clone(), why, hint: None })
}
