//! `plimsoll man`: one manual page that holds every command.

use crate::arguments::Arguments;
use crate::exit::Exit;
use clap::{Command, CommandFactory};
use std::io::Write;

pub fn run() -> anyhow::Result<Exit> {
    let mut command = Arguments::command();
    command.build();
    super::write_output(None, |out| {
        let page = clap_mangen::Man::new(command.clone());
        page.render(out)?;
        Ok(subcommands(&command, "plimsoll", out)?)
    })?;
    Ok(Exit::Done)
}

/// The options of each command below, under a heading with its whole name.
fn subcommands(command: &Command, name: &str, mut out: &mut dyn Write) -> std::io::Result<()> {
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        let name = format!("{name} {}", sub.get_name());
        writeln!(out, ".SH \"{}\"", name.to_uppercase())?;
        let page = clap_mangen::Man::new(sub.clone());
        page.render_description_section(&mut out)?;
        if sub.get_arguments().next().is_some() {
            page.render_options_section(&mut out)?;
        }
        subcommands(sub, &name, out)?;
    }
    Ok(())
}
