//! The output formats, one a file. Each writes a whole [`Document`]. Those that the console hands out, too, are
//! `plimsoll::format`'s.

mod csv;
mod junit;
pub mod listing;
mod table;

use crate::arguments::Format;
use plimsoll::document::Document;
use std::io::Write;

/// Writes the document in this format.
pub fn write(format: Format, document: &Document, out: &mut dyn Write) -> anyhow::Result<()> {
    match format {
        Format::Table => table::write(document, out),
        Format::Json => Ok(serde_json::to_writer_pretty(&mut *out, document)
            .map_err(anyhow::Error::from)
            .and_then(|()| out.write_all(b"\n").map_err(anyhow::Error::from))?),
        Format::Cyclonedx => Ok(plimsoll::format::cyclonedx::write(document, out)?),
        Format::Spdx => Ok(plimsoll::format::spdx::write(document, out)?),
        Format::Sarif => Ok(plimsoll::format::sarif::write(document, out)?),
        Format::Csv => csv::write(document, out),
        Format::Html => Ok(plimsoll::format::html::write(document, out)?),
        Format::Junit => junit::write(document, out),
    }
}
