//! Here are the settings files of an image: are they safe?

use plimsoll_model::{Check, Contents, Entry, Finding, ImageConfig};

/// Raised whenever other files are kept.
pub const EDITION: u32 = 1;

/// Is this a settings file whose text the checks read? `head` is its first bytes, at most 4096.
pub fn keeps(_entry: &Entry, _head: &[u8]) -> bool {
    false
}

/// Every item of every baseline with its result.
pub fn audit(_contents: &Contents, _config: &ImageConfig) -> Vec<Check> {
    Vec::new()
}

/// The failed items, and the password policy where it is not what it should be.
pub fn findings(_contents: &Contents, _config: &ImageConfig, _checks: &[Check]) -> Vec<Finding> {
    Vec::new()
}
