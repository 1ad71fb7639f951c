//! `cargo xtask starter FOLDER`: builds the advisory database that ships with the program.

use anyhow::{Context, bail};
use std::path::Path;

/// Builds the starter database from a folder of the publishers' files.
pub fn run(arguments: &[String]) -> anyhow::Result<()> {
    let [folder] = arguments else { bail!("name the folder of the publishers' files") };
    let to = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/plimsoll-feeds/starter");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs();
    let knowledge = plimsoll_feeds::build_starter(Path::new(folder), &to, i64::try_from(now)?, &|_| {})
        .context("building the starter database")?;
    for feed in knowledge.sources {
        println!("{:24} {:>7} records, newest {}", feed.name, feed.records, feed.as_of);
    }
    Ok(())
}
