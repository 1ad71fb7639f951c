//! The commands, one a file, and what several of them share.

pub mod admin;
pub mod base;
pub mod completions;
pub mod db;
pub mod inspect;
pub mod man;
pub mod scan;
pub mod schema;
pub mod serve;
mod upload;

use crate::arguments::Reading;
use crate::{progress, say};
use anyhow::Context;
use plimsoll::image::{Credentials, Image, Options, Target};
use plimsoll::store::FactStore;
use plimsoll::{ScanError, Scanner};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The folder the user named, else the user's cache folder.
fn cache_folder(named: Option<&Path>) -> Result<PathBuf, ScanError> {
    named.map_or_else(plimsoll::cache_folder, |folder| Ok(folder.to_owned()))
}

/// A scanner as the options say.
fn scanner(reading: &Reading) -> anyhow::Result<Scanner> {
    let mut options = Options {
        platform: reading.platform.clone().unwrap_or_default(),
        offline: reading.offline,
        insecure: reading.insecure,
        ca_files: reading.ca_file.clone(),
        mirrors: reading.mirror.clone(),
        credentials: credentials(reading)?,
        progress: progress::listener(!reading.quiet && !reading.no_progress),
        ..Options::default()
    };
    for limit in &reading.limit {
        options.limits.set(limit)?;
    }
    let store = if reading.no_cache { None } else { open_store(reading) };
    options.configs = store.as_ref().map(|store| store.root().join("configs"));
    Ok(Scanner { options, store, jobs: reading.jobs, ..Scanner::default() })
}

/// Without a folder to keep facts in a scan only takes longer, so that is a warning.
fn open_store(reading: &Reading) -> Option<FactStore> {
    let opened = cache_folder(reading.cache.as_deref()).and_then(|folder| Ok(FactStore::open(&folder)?));
    opened.map_err(|error| say::warning(&format!("facts are not kept: {error}"))).ok()
}

fn credentials(reading: &Reading) -> anyhow::Result<Credentials> {
    match &reading.username {
        Some(username) => {
            let password = std::env::var("PLIMSOLL_PASSWORD").context(
                "--username needs the password in the environment variable PLIMSOLL_PASSWORD (never on the command line)",
            )?;
            Ok(Credentials::User { username: username.clone(), password })
        }
        None => Ok(Credentials::Home),
    }
}

/// The images a target names.
fn images(target: &str, options: &Options) -> Result<Vec<Image>, ScanError> {
    let parsed = Target::parse(target)?;
    Ok(plimsoll::image::open(&parsed, options)?)
}

/// Writes a whole result: to a file beside its final name and then renamed, or to standard output.
fn write_output(
    to: Option<&Path>,
    write: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let Some(path) = to else {
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        write(&mut out)?;
        return Ok(out.flush()?);
    };
    let mut text = Vec::new();
    write(&mut text)?;
    let unfinished = path.with_added_extension("part");
    std::fs::write(&unfinished, text)
        .and_then(|()| std::fs::rename(&unfinished, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Writes a value as JSON, one document and a line end.
fn write_json(out: &mut dyn Write, value: &impl serde::Serialize) -> anyhow::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    Ok(out.write_all(b"\n")?)
}
