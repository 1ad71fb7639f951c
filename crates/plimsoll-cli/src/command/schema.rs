//! `plimsoll schema`: the JSON Schema of the scan document.

use crate::exit::Exit;

pub fn run() -> anyhow::Result<Exit> {
    let schema = schemars::schema_for!(plimsoll::document::Document);
    super::write_output(None, |out| super::write_json(out, &schema))?;
    Ok(Exit::Done)
}
