//! `plimsoll completions SHELL`.

use crate::arguments::Arguments;
use crate::exit::Exit;
use clap::CommandFactory;
use clap_complete::Shell;

pub fn run(shell: Shell) -> anyhow::Result<Exit> {
    super::write_output(None, |mut out| {
        clap_complete::generate(shell, &mut Arguments::command(), "plimsoll", &mut out);
        Ok(())
    })?;
    Ok(Exit::Done)
}
