//! `plimsoll db delta`, `db apply` and `db verify`: small updates, and whether a database says what it should.

use super::{open, summary};
use crate::arguments::{Listing, Place};
use crate::command::{cache_folder, write_json, write_output};
use crate::format::listing;
use crate::say;
use anyhow::{Context, bail};
use plimsoll::ScanError;
use plimsoll::feeds::{self, Database, DeltaIndex};
use serde::Serialize;
use std::path::Path;

/// Writes a delta, and enters it in the list of deltas.
pub fn make(old: &Path, new: &Path, to: &Path, index: Option<&Path>, quiet: bool) -> anyhow::Result<()> {
    let made =
        (|| feeds::delta(&Database::open(old)?, &Database::open(new)?, to))().map_err(ScanError::from)?;
    if let Some(path) = index {
        let Some(file) = to.file_name().and_then(|name| name.to_str()) else {
            bail!("{} has no name a list could hold", to.display())
        };
        let mut index = match std::fs::read_to_string(path) {
            Ok(text) => match DeltaIndex::parse(&text) {
                Some(index) => index,
                None => bail!("{} is no list of deltas", path.display()),
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => DeltaIndex::default(),
            Err(error) => return Err(error).context(format!("cannot read {}", path.display())),
        };
        index.add(&made, file);
        let text = serde_json::to_string_pretty(&index)?;
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    if !quiet {
        say::note(&format!(
            "{}: {} packages and {} vulnerabilities change, {}",
            to.display(),
            made.packages,
            made.vulnerabilities,
            listing::size(made.bytes)
        ));
    }
    Ok(())
}

/// Applies a delta to the database in use.
pub fn apply(delta: &Path, place: &Place) -> anyhow::Result<()> {
    let database = open(place)?;
    let from = database.path().to_owned();
    // The starter database stays as it came: what is made of it is an updated one.
    let to = match &place.db {
        Some(path) => path.clone(),
        None => plimsoll::updated_database(&cache_folder(place.cache.as_deref())?),
    };
    drop(database);
    let knowledge = feeds::apply(delta, &from, &to).map_err(ScanError::from)?;
    if !place.quiet {
        say::note(&summary(&knowledge, &to));
    }
    Ok(())
}

/// Compares the database's digest with its content.
pub fn verify(place: &Place) -> anyhow::Result<()> {
    #[derive(Serialize)]
    struct Verified {
        path: String,
        digest: String,
        computed: String,
        same: bool,
    }
    let database = open(place)?;
    let digest = database.knowledge().map_err(ScanError::from)?.digest;
    let computed = database.verify().map_err(ScanError::from)?;
    let path = database.path().display().to_string();
    let verified = Verified { same: digest == computed, path, digest, computed };
    write_output(None, |out| match place.format {
        Listing::Json => write_json(out, &verified),
        Listing::Table if verified.same => {
            Ok(writeln!(out, "{} says what its digest says: {}", verified.path, verified.digest)?)
        }
        Listing::Table => Ok(()),
    })?;
    if !verified.same {
        bail!("{} was built as {}, and now is {}", verified.path, verified.digest, verified.computed);
    }
    Ok(())
}
