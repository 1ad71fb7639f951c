//! Here are bytes: which files are packed in them?
//!
//! A format is told by its bytes, never by a name, and its members are shown one at a time; nothing is written to disk
//! and no path is followed. [`formats`] lists what is read; [`sink`] is where every bound is kept.

mod bytes;
mod formats;
mod sink;

use plimsoll_model::Limits;

/// Shows every file packed in these bytes, however deep, to `visit` with its path inside (nested ones joined by `!/`).
/// Gives what could not be unpacked: path inside (empty for the whole), and why. Content that is no archive shows
/// nothing and is no error.
///
/// Kept to `nested_depth`, `nested_bytes`, `nested_entries` and, for each member, `file_bytes`; beyond 64 MiB also to
/// `ratio`. What a bound leaves out is said.
pub fn each(
    path: &str,
    content: &[u8],
    limits: &Limits,
    visit: &mut dyn FnMut(&str, &[u8]),
) -> Vec<(String, String)> {
    let mut sink = sink::Sink::new(path, content.len() as u64, limits, visit);
    sink.open(content);
    sink.said()
}

/// Parsers of untrusted bytes, for the fuzzer.
#[doc(hidden)]
pub mod fuzz {
    use plimsoll_model::Limits;

    /// Everything packed in these bytes, within bounds that keep a fuzzer quick.
    pub fn each(content: &[u8]) {
        let limits =
            Limits { nested_bytes: 16 << 20, nested_entries: 1000, file_bytes: 8 << 20, ..Limits::default() };
        crate::each("/fuzz.bin", content, &limits, &mut |_, _| {});
    }
}

#[cfg(test)]
mod tests;
