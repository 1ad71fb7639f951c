//! SQLite databases out of files: opened as copies in memory, where nothing they contain runs.

use rusqlite::config::DbConfig;
use rusqlite::{Connection, MAIN_DB};
use std::io::Read;

pub(super) const MAGIC: &[u8] = b"SQLite format 3\0";

/// Opens a copy in memory, where nothing it contains runs.
pub(super) fn open(content: &[u8]) -> rusqlite::Result<Connection> {
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

/// Fails unless these are plain tables: a view or a generated column would let the file decide what we compute.
pub(super) fn check_plain(db: &Connection, tables: &[&str]) -> Result<(), String> {
    for table in tables {
        let named = "SELECT count(*) FROM sqlite_schema WHERE name = ?1 AND type = 'table' AND rootpage > 0";
        if db.query_row(named, [table], |row| row.get::<_, i64>(0)).map_err(failed)? != 1 {
            return Err(format!("the sqlite database has no table {table}"));
        }
        let computed = "SELECT count(*) FROM pragma_table_xinfo(?1) WHERE hidden <> 0";
        if db.query_row(computed, [table], |row| row.get::<_, i64>(0)).map_err(failed)? != 0 {
            return Err(format!("the sqlite database computes its table {table}"));
        }
    }
    Ok(())
}

/// What to say of an error.
pub(super) fn failed(error: rusqlite::Error) -> String {
    format!("cannot read the sqlite database: {error}")
}

/// Rows of texts, at most so many; what is no text is empty.
pub(super) fn rows(
    content: &[u8],
    tables: &[&str],
    query: &str,
    most: usize,
) -> Result<Vec<Vec<String>>, String> {
    let db = open(content).map_err(failed)?;
    check_plain(&db, tables)?;
    let mut statement = db.prepare(query).map_err(failed)?;
    let columns = statement.column_count();
    let mut rows = statement.query([]).map_err(failed)?;
    let mut out = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        if out.len() == most {
            return Err(format!("the sqlite database has more than {most} rows"));
        }
        let text = |column| match row.get_ref(column) {
            Ok(rusqlite::types::ValueRef::Text(text)) => String::from_utf8_lossy(text).into_owned(),
            Ok(rusqlite::types::ValueRef::Integer(number)) => number.to_string(),
            _ => String::new(),
        };
        out.push((0..columns).map(text).collect());
    }
    Ok(out)
}

/// A database made by these statements.
#[cfg(test)]
pub(super) fn made(statements: &str) -> Vec<u8> {
    let db = Connection::open_in_memory().expect("a database");
    db.execute_batch(statements).expect("its statements");
    db.serialize(MAIN_DB).expect("its bytes").to_vec()
}
