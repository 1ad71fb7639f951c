//! All tables as one file, for backups and for moving between SQLite and PostgreSQL: JSON lines, compressed with zstd.
//!
//! First `{"plimsoll": "dump", "schema": 1}`, then `["table", [value, …]]` for each row, at the end `{"rows": 123}`, so that
//! a torn file is known. Bytes are hex. What is sealed stays sealed: the key is kept apart.

use super::row::placeholders;
use super::write::{Write, transaction};
use super::{Data, DataError, MIGRATIONS};
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};
use std::io::{BufRead, BufReader, Read};
use std::sync::Mutex;

/// A row of a dump is never longer; the largest is a report.
const MAX_LINE_BYTES: u64 = 1 << 30;
/// Rows and bytes that are restored by one statement.
const ROWS_AT_ONCE: usize = 100;
const BYTES_AT_ONCE: usize = 8 << 20;

/// Tables in an order in which rows find what they refer to, and their columns: `#` numbers, `@` bytes, else text.
pub const TABLES: &[(&str, &str)] = &[
    ("numbers", "name #value"),
    ("registries", "id name kind body @password @push_secret"),
    (
        "images",
        "id source registry registry_name registry_kind repository tag digest index_digest platform #size #created \
         #updated_at #synced_at #latest #gone status failure #scanned_at os base pipeline",
    ),
    ("contents", "image @facts @components @ledger @report"),
    ("scans", "id image #finished_at record @found"),
    ("risks", "#number id #first_seen body"),
    ("components", "#number key class name purl matched_with @matches @body @findings"),
    ("matches", "#risk #component"),
    ("decisions", "id #created_at #expires_at #ended_at body"),
    ("history", "id #at actor action decision #more_risks #more_images body"),
    ("history_risks", "risk entry"),
    ("history_images", "image entry"),
    (
        "tasks",
        "id kind name origin state #total #done #failed #stopped created_by #created_at #started_at #finished_at \
         parameters result error",
    ),
    (
        "jobs",
        "id task kind subject registry payload payload_key state #fresh #priority #attempts #run_at worker #lease_until \
         error #finished_at",
    ),
    ("task_jobs", "task job ended"),
    ("users", "id username password role #enabled projects #created_at #signed_in_at"),
    ("sessions", "key person csrf #expires_at"),
    ("tokens", "id key person name role projects #expires_at #created_at #used_at"),
    ("projects", "id name repositories #created_at"),
    ("settings", "name value @sealed"),
    ("schedules", "id name #enabled #next_at #last_at body"),
    ("turns", "name #at"),
    ("days", "day numbers"),
    ("audit", "id #at actor action body"),
    ("changes", "#number kind key #at"),
];

impl Data {
    /// Writes all tables as of one moment, while others go on; how many rows. The writer is written to from this task's
    /// thread: give it a file or a pipe, not something that waits for long.
    pub async fn dump<W: std::io::Write + Send>(&self, writer: W) -> Result<u64, DataError> {
        let mut out = zstd::Encoder::new(writer, 3).map_err(written)?;
        line(&mut out, &json!({"plimsoll": "dump", "schema": schema()}))?;
        let mut rows = 0;
        let mut moment = self.pool().begin_with(self.backend().begin_snapshot()).await?;
        for (table, columns) in TABLES {
            let columns: Vec<&str> = columns.split_whitespace().collect();
            let names: Vec<&str> = columns.iter().map(|column| column.trim_start_matches(['#', '@'])).collect();
            let sql = format!("SELECT {} FROM {table}", names.join(", "));
            let mut all = sqlx::query(AssertSqlSafe(sql)).fetch(&mut *moment);
            while let Some(row) = all.try_next().await? {
                line(&mut out, &json!([table, values(&row, &columns)?]))?;
                rows += 1;
            }
        }
        moment.rollback().await?;
        line(&mut out, &json!({"rows": rows}))?;
        out.finish().map_err(written)?;
        Ok(rows)
    }

    /// Reads a dump into an empty database, whole or not at all; how many rows.
    pub async fn restore<R: Read + Send>(&self, reader: R) -> Result<u64, DataError> {
        let input = BufReader::new(zstd::Decoder::new(reader).map_err(unread)?);
        // Read once only: a transaction that fails is not tried again with what is left of the file.
        let input = Mutex::new(Some(input));
        transaction!(self, write => {
            let taken = input.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
            let mut input = taken.ok_or_else(|| dump_error("the database gave up in the middle: try again"))?;
            empty(&mut write).await?;
            let head = next_line(&mut input)?.ok_or_else(|| dump_error("it is empty"))?;
            if head["plimsoll"] != "dump" || head["schema"] != schema() {
                return Err(dump_error("it is no dump, or one of another version of the program"));
            }
            let mut batch = Batch::default();
            let mut rows = 0;
            while let Some(mut value) = next_line(&mut input)? {
                if let Some(promised) = value.get("rows") {
                    batch.write(&mut write).await?;
                    return match promised.as_u64() == Some(rows) {
                        true => Ok(rows),
                        false => Err(dump_error("rows are missing from it")),
                    };
                }
                let table = TABLES.iter().find(|(table, _)| value[0] == *table);
                let (table, columns) = *table.ok_or_else(|| dump_error("it names an unknown table"))?;
                let Value::Array(row) = value[1].take() else { return Err(dump_error("a row is no list")) };
                if batch.table != table || batch.rows.len() >= ROWS_AT_ONCE || batch.bytes >= BYTES_AT_ONCE {
                    batch.write(&mut write).await?;
                    batch = Batch { table, columns: columns.split_whitespace().collect(), ..Batch::default() };
                }
                if row.len() != batch.columns.len() {
                    return Err(dump_error("a row has too many or too few values"));
                }
                batch.bytes += row.iter().filter_map(Value::as_str).map(str::len).sum::<usize>();
                batch.rows.push(row);
                rows += 1;
            }
            Err(dump_error("its end is missing"))
        })
    }
}

/// The version of the schema: that of its last migration.
fn schema() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default()
}

fn values(row: &AnyRow, columns: &[&str]) -> Result<Vec<Value>, DataError> {
    let value = |(index, column): (usize, &&str)| {
        Ok(match column.as_bytes().first() {
            Some(b'#') => json!(row.try_get::<Option<i64>, _>(index)?),
            Some(b'@') => json!(row.try_get::<Option<Vec<u8>>, _>(index)?.map(hex::encode)),
            _ => json!(row.try_get::<Option<String>, _>(index)?),
        })
    };
    columns.iter().enumerate().map(value).collect()
}

fn line(out: &mut impl std::io::Write, value: &Value) -> Result<(), DataError> {
    serde_json::to_writer(&mut *out, value).map_err(|error| written(error.into()))?;
    out.write_all(b"\n").map_err(written)
}

fn next_line(input: &mut impl BufRead) -> Result<Option<Value>, DataError> {
    let mut bytes = Vec::new();
    input.take(MAX_LINE_BYTES).read_until(b'\n', &mut bytes).map_err(unread)?;
    if bytes.is_empty() {
        return Ok(None);
    }
    serde_json::from_slice(&bytes).map(Some).map_err(|error| dump_error(&error.to_string()))
}

/// Makes sure that there is nothing, and forgets where counters begin.
async fn empty(write: &mut Write<'_>) -> Result<(), DataError> {
    for (table, _) in TABLES.iter().filter(|(table, _)| *table != "numbers") {
        let sql = format!("SELECT 1 AS one FROM {table} LIMIT 1");
        if sqlx::query(AssertSqlSafe(sql)).fetch_optional(&mut **write).await?.is_some() {
            return Err(DataError::NotEmpty(table));
        }
    }
    sqlx::query("DELETE FROM numbers").execute(&mut **write).await?;
    Ok(())
}

/// Rows of one table that are written together.
#[derive(Default)]
struct Batch {
    table: &'static str,
    columns: Vec<&'static str>,
    rows: Vec<Vec<Value>>,
    bytes: usize,
}

impl Batch {
    async fn write(&self, write: &mut Write<'_>) -> Result<(), DataError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = self.columns.iter().map(|column| column.trim_start_matches(['#', '@'])).collect();
        let values = placeholders(self.rows.len(), self.columns.len());
        let sql = format!("INSERT INTO {} ({}) VALUES {values}", self.table, names.join(", "));
        let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
        for row in &self.rows {
            for (value, column) in row.iter().zip(&self.columns) {
                query = match column.as_bytes().first() {
                    Some(b'#') => query.bind(number(value)?),
                    Some(b'@') => query.bind(text(value)?.map(hex::decode).transpose().map_err(not_hex)?),
                    _ => query.bind(text(value)?.map(str::to_owned)),
                };
            }
        }
        query.execute(&mut **write).await?;
        Ok(())
    }
}

fn number(value: &Value) -> Result<Option<i64>, DataError> {
    match value {
        Value::Null => Ok(None),
        value => value.as_i64().map(Some).ok_or_else(|| dump_error("a number is none")),
    }
}

fn text(value: &Value) -> Result<Option<&str>, DataError> {
    match value {
        Value::Null => Ok(None),
        value => value.as_str().map(Some).ok_or_else(|| dump_error("a text is none")),
    }
}

fn not_hex(error: hex::FromHexError) -> DataError {
    dump_error(&error.to_string())
}

fn dump_error(why: &str) -> DataError {
    DataError::Dump { what: "read", why: why.to_owned() }
}

fn unread(error: std::io::Error) -> DataError {
    dump_error(&error.to_string())
}

fn written(error: std::io::Error) -> DataError {
    DataError::Dump { what: "written", why: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sealer;
    use std::collections::BTreeSet;

    /// A column left out would be lost in a move.
    #[tokio::test]
    async fn every_column_is_dumped() {
        let folder = tempfile::tempdir().expect("a folder");
        let address = format!("sqlite:{}", folder.path().join("a.db").display());
        let keys = Sealer::of_text("8d1f5a3c0b9e7264f1a2c3d4e5968778a9bacbdcedfe0f1021324354657687f9").expect("a key");
        let data = Data::open(&address, keys).await.expect("opened");
        let stored: Vec<(String, String, String)> = sqlx::query_as(
            "SELECT m.name, c.name, c.type FROM sqlite_master m JOIN pragma_table_info(m.name) c
             WHERE m.type = 'table' AND m.name <> '_sqlx_migrations'",
        )
        .fetch_all(data.pool())
        .await
        .expect("asked");
        let stored: BTreeSet<(String, String)> = stored
            .into_iter()
            .map(|(table, column, kind)| match kind.as_str() {
                "BIGINT" => (table, format!("#{column}")),
                "BLOB" => (table, format!("@{column}")),
                _ => (table, column),
            })
            .collect();
        let listed = TABLES.iter().flat_map(|(table, columns)| {
            columns.split_whitespace().map(|column| ((*table).to_owned(), column.to_owned()))
        });
        assert_eq!(listed.collect::<BTreeSet<_>>(), stored);
    }
}
