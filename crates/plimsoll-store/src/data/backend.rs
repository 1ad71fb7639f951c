//! Where SQLite and PostgreSQL differ; everything else is one text for both.

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Backend {
    Sqlite,
    Postgres,
}

impl Backend {
    /// The one an address names.
    pub fn of(address: &str) -> Option<Backend> {
        match address.split_once(':')?.0 {
            "sqlite" => Some(Backend::Sqlite),
            "postgres" | "postgresql" => Some(Backend::Postgres),
            _ => None,
        }
    }

    /// The address as sqlx reads it: SQLite's file is made when missing.
    pub fn address(self, address: &str) -> String {
        match self {
            Backend::Sqlite if !address.contains('?') => format!("{address}?mode=rwc"),
            Backend::Sqlite | Backend::Postgres => address.to_owned(),
        }
    }

    /// What every connection is told first.
    pub fn settings(self) -> &'static [&'static str] {
        match self {
            // FULL: what was answered survives a loss of power, not only a crash (sqlite.org/pragma.html#pragma_synchronous).
            Backend::Sqlite => &[
                "PRAGMA busy_timeout = 15000",
                "PRAGMA journal_mode = WAL",
                "PRAGMA synchronous = FULL",
                "PRAGMA foreign_keys = ON",
                "PRAGMA cache_size = -16000",
                "PRAGMA journal_size_limit = 67108864",
            ],
            // A client that hangs within a transaction must not hold its locks for ever.
            Backend::Postgres => &["SET idle_in_transaction_session_timeout = '60s'"],
        }
    }

    /// The text of a migration: columns of bytes are called otherwise, and texts are ordered by bytes as in SQLite.
    pub fn schema(self, sql: &str) -> String {
        match self {
            Backend::Sqlite => sql.to_owned(),
            Backend::Postgres => sql.replace(" BLOB", " BYTEA").replace(" TEXT", " TEXT COLLATE \"C\""),
        }
    }

    /// How a transaction that writes begins.
    pub fn begin(self) -> &'static str {
        match self {
            Backend::Sqlite => "BEGIN IMMEDIATE",
            Backend::Postgres => "BEGIN",
        }
    }

    /// How a transaction that reads one moment of all tables begins.
    pub fn begin_snapshot(self) -> &'static str {
        match self {
            Backend::Sqlite => "BEGIN",
            Backend::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }

    /// The clock: microseconds since 1970 UTC, whole milliseconds.
    pub fn now(self) -> &'static str {
        match self {
            Backend::Sqlite => "CAST(ROUND(unixepoch('subsec') * 1000) AS INTEGER) * 1000",
            Backend::Postgres => "CAST(FLOOR(EXTRACT(EPOCH FROM clock_timestamp()) * 1000) AS BIGINT) * 1000",
        }
    }

    /// Ends a query whose rows nobody else may change until the end of the transaction.
    pub fn for_update(self) -> &'static str {
        match self {
            Backend::Sqlite => "",
            Backend::Postgres => " FOR UPDATE",
        }
    }

    /// Ends a query that takes rows nobody else has taken.
    pub fn skip_locked(self) -> &'static str {
        match self {
            Backend::Sqlite => "",
            Backend::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// A list of texts for `IN`, given as one JSON parameter: one statement for lists of any length.
    pub fn texts(self, parameter: &str) -> String {
        match self {
            Backend::Sqlite => format!("(SELECT value FROM json_each({parameter}))"),
            Backend::Postgres => {
                format!("(SELECT jsonb_array_elements_text(CAST({parameter} AS JSONB)))")
            }
        }
    }

    /// A list of numbers for `IN`, given as one JSON parameter.
    pub fn numbers(self, parameter: &str) -> String {
        match self {
            Backend::Sqlite => format!("(SELECT value FROM json_each({parameter}))"),
            Backend::Postgres => {
                format!("(SELECT CAST(jsonb_array_elements_text(CAST({parameter} AS JSONB)) AS BIGINT))")
            }
        }
    }
}

/// Is the disk full? SQLite's `SQLITE_FULL` (sqlite.org/rescode.html#full), PostgreSQL's `disk_full` (appendix A of its
/// manual).
pub(super) fn is_full(error: &sqlx::Error) -> bool {
    code_of(error).is_some_and(|code| matches!(code.as_str(), "13" | "53100"))
}

/// Did the database give up a transaction that may well succeed when tried again? PostgreSQL's serialization failure
/// and deadlock; SQLite's lock, held by another process.
pub(super) fn is_contended(error: &sqlx::Error) -> bool {
    code_of(error).is_some_and(|code| matches!(code.as_str(), "40001" | "40P01" | "5" | "261" | "517"))
}

/// Was the connection lost, as by a restart of the server? Class 57 is operator intervention, 08 connection exception.
pub(super) fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => true,
        error => code_of(error).is_some_and(|code| code.starts_with("57P") || code.starts_with("08")),
    }
}

/// Was a unique index in the way?
pub(super) fn is_taken(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.is_unique_violation())
}

fn code_of(error: &sqlx::Error) -> Option<String> {
    error.as_database_error().and_then(|error| error.code()).map(|code| code.into_owned())
}
