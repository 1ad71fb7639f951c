//! A finished database is brought up to date by deltas, where its publisher offers them.

use super::fetch::{Fetched, Fetcher};
use super::{Updated, file_digest};
use crate::delta::{DeltaIndex, IndexedDelta, apply};
use crate::{Database, FeedError, Knowledge};
use std::path::Path;

/// Makes the database at `to` say what the finished one at `url` says; `None` when that takes the finished one itself:
/// there is no database yet, no list of deltas, no way from the one to the other, or a delta does not do.
pub(super) fn update(fetcher: &Fetcher<'_>, url: &str, cache: &Path, to: &Path) -> Option<Updated> {
    let known = Database::open(to).and_then(|database| database.knowledge()).ok()?;
    let list = format!("{url}.deltas");
    let index = match fetcher.small_text(&list) {
        Ok(text) => text.as_deref().and_then(DeltaIndex::parse),
        Err(error) => {
            fetcher.missing(&list, &error.to_string());
            None
        }
    };
    let index = index?;
    let chain = index.chain(&known.digest)?;
    let mut updated = Updated { knowledge: known, fetched: 0, unchanged: 0, missing: Vec::new() };
    if chain.is_empty() {
        updated.unchanged = 1;
        return Some(updated);
    }
    for delta in chain {
        match take(fetcher, url, delta, cache, to) {
            Ok(knowledge) => updated.knowledge = knowledge,
            Err(error) => {
                fetcher.missing(&list, &error.to_string());
                return None;
            }
        }
        updated.fetched += 1;
    }
    Some(updated)
}

/// Fetches one delta, which must have its sha256, and applies it.
fn take(
    fetcher: &Fetcher<'_>,
    url: &str,
    delta: &IndexedDelta,
    cache: &Path,
    to: &Path,
) -> Result<Knowledge, FeedError> {
    let bad = |why: &str| FeedError::Fetch { url: url.to_owned(), why: why.to_owned() };
    if !super::plan::is_name(&delta.file) {
        return Err(bad("its list of deltas names a file elsewhere"));
    }
    let (folder, _) = url.rsplit_once('/').ok_or_else(|| bad("it lies in no folder"))?;
    let url = format!("{folder}/{}", delta.file.replace(' ', "%20"));
    let file = cache.join("delta");
    let fetched = fetcher.fetch(&url, &file);
    let applied = fetched.and_then(|fetched| {
        if let Fetched::NotThere(why) = fetched {
            return Err(FeedError::Fetch { url: url.clone(), why });
        }
        let found = file_digest(&file)?;
        if !found.eq_ignore_ascii_case(&delta.sha256) {
            return Err(FeedError::Digest { what: url.clone(), found, expected: delta.sha256.clone() });
        }
        apply(&file, to, to)
    });
    // It is of no use any more, applied or not.
    fetcher.forget(&file);
    applied
}
