//! Here is an account: is its password weak?

use plimsoll_model::{Account, Contents, Entry, Finding, ImageConfig, Unread};

/// Raised whenever the same bytes would now give other accounts.
pub const EDITION: u32 = 1;

/// What to try.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The user's own common passwords, beside the built-in ones.
    pub words: Vec<String>,
}

/// Does this file keep accounts with passwords? `head` is its first bytes, at most 4096.
pub fn wants(_entry: &Entry, _head: &[u8]) -> bool {
    false
}

/// The accounts of one file, or why it could not be read.
pub fn accounts(_path: &str, _content: &[u8]) -> Result<Vec<Account>, String> {
    Ok(Vec::new())
}

/// The accounts of an image, those of its config included, whose password could be guessed; and those that could not be
/// tested to the end, with the reason.
pub fn findings(
    _contents: &Contents,
    _config: &ImageConfig,
    _options: &Options,
) -> (Vec<Finding>, Vec<Unread>) {
    (Vec::new(), Vec::new())
}
