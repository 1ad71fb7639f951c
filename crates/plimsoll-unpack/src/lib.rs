//! Here are bytes: which files are packed in them?

use plimsoll_model::Limits;

/// Shows every file packed in these bytes, however deep, to `visit` with its path inside (nested ones joined by `!/`).
/// Gives what could not be unpacked: path inside (empty for the whole), and why. Content that is no archive shows
/// nothing and is no error.
pub fn each(
    _path: &str,
    _content: &[u8],
    _limits: &Limits,
    _visit: &mut dyn FnMut(&str, &[u8]),
) -> Vec<(String, String)> {
    Vec::new()
}
