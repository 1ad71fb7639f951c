//! SQLite, rpm's form since 2020: `rpmdb.sqlite`, one row a package.

use crate::analyzers::sqlite::{self, failed};
use rusqlite::types::ValueRef;

pub(super) use crate::analyzers::sqlite::MAGIC;

/// Gives each package's header to `take`.
pub(super) fn headers(content: &[u8], take: &mut dyn FnMut(&[u8])) -> Result<(), String> {
    let db = sqlite::open(content).map_err(failed)?;
    sqlite::check_plain(&db, &["Packages"])?;
    let mut statement = db.prepare("SELECT blob FROM Packages").map_err(failed)?;
    let mut rows = statement.query([]).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        match row.get_ref(0).map_err(failed)? {
            ValueRef::Blob(blob) => take(blob),
            _ => take(&[]),
        }
    }
    if is_cut_off(content) { Err("the sqlite database is cut off".to_owned()) } else { Ok(()) }
}

/// Is the file shorter than its header says (SQLite file format, 1.3.2 and 1.3.7)? SQLite reads zeros beyond the end.
fn is_cut_off(content: &[u8]) -> bool {
    let number =
        |at: usize| content.get(at..at + 4).and_then(|b| Some(u32::from_be_bytes(b.try_into().ok()?)));
    let page_bytes = match content.get(16..18) {
        Some([0, 1]) => 65536,
        Some(&[high, low]) => u64::from(u16::from_be_bytes([high, low])),
        _ => return true,
    };
    // Only a size written together with the last change is a size.
    let pages = number(28).filter(|_| number(24) == number(92)).unwrap_or(0);
    let length = content.len() as u64;
    page_bytes == 0 || !length.is_multiple_of(page_bytes) || u64::from(pages) * page_bytes > length
}
