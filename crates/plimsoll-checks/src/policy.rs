//! The password policy of an image.

use crate::tree::Tree;
use plimsoll_model::Finding;

/// A finding where it is not what it should be.
pub(crate) fn finding(_tree: &Tree<'_>) -> Option<Finding> {
    None
}
