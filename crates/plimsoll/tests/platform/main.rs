//! The platform's stories on SQLite and a real registry.

mod decisions;
mod exports;
mod knowledge;
mod rights;
mod scans;
mod support;
mod syncs;
mod uploads;
