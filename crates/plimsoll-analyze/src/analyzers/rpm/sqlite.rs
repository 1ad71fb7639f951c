//! SQLite, rpm's form since 2020: `rpmdb.sqlite`, one row a package.

use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, MAIN_DB};
use std::io::Read;

pub(super) const MAGIC: &[u8] = b"SQLite format 3\0";

/// Gives each package's header to `take`.
pub(super) fn headers(content: &[u8], take: &mut dyn FnMut(&[u8])) -> Result<(), String> {
    let failed = |error: rusqlite::Error| format!("cannot read the sqlite database: {error}");
    let db = open(content).map_err(failed)?;
    // A view or a generated column would let the file decide what we compute.
    let tables =
        "SELECT count(*) FROM sqlite_schema WHERE name = 'Packages' AND type = 'table' AND rootpage > 0";
    if db.query_row(tables, [], |row| row.get::<_, i64>(0)).map_err(failed)? != 1 {
        return Err("the sqlite database has no table Packages".to_owned());
    }
    let computed = "SELECT count(*) FROM pragma_table_xinfo('Packages') WHERE hidden <> 0";
    if db.query_row(computed, [], |row| row.get::<_, i64>(0)).map_err(failed)? != 0 {
        return Err("the sqlite database computes its table Packages".to_owned());
    }
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

/// Opens a copy in memory, where nothing it contains runs.
fn open(content: &[u8]) -> rusqlite::Result<Connection> {
    let mut db = Connection::open_in_memory()?;
    // Bytes 18 and 19 of the header ask for a write-ahead log (SQLite file format, 1.3.3), which a database in memory
    // cannot have; what is not yet in the log is in the file.
    let (before, after) = (content.get(..18).unwrap_or(content), content.get(20..).unwrap_or(&[]));
    let patched = before.chain(&[1u8, 1][..]).chain(after);
    let length = before.len() + 2 + after.len();
    db.deserialize_read_exact(MAIN_DB, patched, length, true)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    Ok(db)
}
