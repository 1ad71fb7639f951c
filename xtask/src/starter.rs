//! `cargo xtask starter FOLDER`: builds the advisory database that ships with the program.

use anyhow::{Context, bail};
use std::path::Path;

/// Builds the starter database from a folder of the publishers' files.
pub fn run(arguments: &[String]) -> anyhow::Result<()> {
    let [folder] = arguments else { bail!("name the folder of the publishers' files") };
    let to = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/plimsoll-feeds/starter/starter.db.zst");
    let size =
        plimsoll_feeds::build_starter(Path::new(folder), &to).context("building the starter database")?;
    println!("{} bytes: {}", size, to.display());
    Ok(())
}
