//! TEMPORARY, replaced when the daemon source is merged.

use crate::{Image, ImageError, Options, Target};

pub(crate) fn open(target: &Target, _: &Options) -> Result<Vec<Image>, ImageError> {
    Err(ImageError::Target { target: format!("{target:?}"), why: "daemons are not merged yet".to_owned() })
}
