//! plimsoll.toml: its keys become the defaults of the options they name, so the environment and the command line win.

use crate::arguments::Arguments;
use anyhow::{Context, bail};
use clap::{Command, CommandFactory, FromArgMatches};
use std::path::PathBuf;
use toml::{Table, Value};

/// The command line, laid over the environment, laid over the configuration file.
pub fn arguments() -> anyhow::Result<Arguments> {
    let mut command = Arguments::command();
    if let Some((path, table)) = read()? {
        command = with_defaults(command, &table).with_context(|| format!("in {}", path.display()))?;
    }
    let matches = command.get_matches();
    Ok(Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit()))
}

/// The file `PLIMSOLL_CONFIG` names, which must then exist, else `plimsoll.toml` in the current folder.
fn read() -> anyhow::Result<Option<(PathBuf, Table)>> {
    let named = std::env::var_os("PLIMSOLL_CONFIG").filter(|name| !name.is_empty()).map(PathBuf::from);
    let path = match named {
        Some(path) => path,
        None if PathBuf::from("plimsoll.toml").is_file() => PathBuf::from("plimsoll.toml"),
        None => return Ok(None),
    };
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let table = text.parse::<Table>().with_context(|| format!("{} is not TOML", path.display()))?;
    Ok(Some((path, table)))
}

/// Gives each option named in the table the value there as its default: `[scan] fail-on = "high"`.
fn with_defaults(mut command: Command, table: &Table) -> anyhow::Result<Command> {
    for (name, value) in table {
        if command.find_subcommand(name).is_some() {
            let Some(inner) = value.as_table() else { bail!("`{name}` must be a table of options") };
            let mut failed = None;
            command = command.mut_subcommand(name, |sub| {
                with_defaults(sub.clone(), inner).unwrap_or_else(|error| {
                    failed = Some(error);
                    sub
                })
            });
            match failed {
                Some(error) => return Err(error),
                None => continue,
            }
        }
        let id = name.replace('-', "_");
        let known = command
            .get_arguments()
            .any(|argument| argument.get_id() == id.as_str() && !argument.is_positional());
        if !known {
            bail!("`{name}` is not an option of `{}`", command.get_name());
        }
        let default = text_of(value).with_context(|| format!("`{name}` has no use for a table"))?;
        command = command.mut_arg(&id, |argument| argument.default_value(default).required(false));
    }
    Ok(command)
}

/// A value as it would be typed; lists joined by commas.
fn text_of(value: &Value) -> Option<String> {
    Some(match value {
        Value::String(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(flag) => flag.to_string(),
        Value::Datetime(time) => time.to_string(),
        Value::Array(values) => values.iter().map(text_of).collect::<Option<Vec<_>>>()?.join(","),
        Value::Table(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::{self, Scan};

    fn check(file: &str, line: &[&str]) -> Result<Scan, String> {
        let table = file.parse::<Table>().map_err(|error| error.to_string())?;
        let command = with_defaults(Arguments::command(), &table).map_err(|error| format!("{error:#}"))?;
        let matches = command.try_get_matches_from(line).map_err(|error| error.to_string())?;
        match Arguments::from_arg_matches(&matches).map_err(|error| error.to_string())?.command {
            arguments::Command::Scan(scan) => Ok(*scan),
            other => Err(format!("{other:?}")),
        }
    }

    #[test]
    fn the_file_gives_defaults_and_the_line_wins() {
        let file = "[scan]\nfail-on = 'high'\nignore-unfixed = true\njobs = 3\nexclude-path = ['/a', '/b']\n";
        let scan = check(file, &["plimsoll", "scan", "x"]).expect("it parses");
        assert_eq!(scan.fail_on, Some(plimsoll::model::Severity::High));
        assert!(scan.ignore_unfixed);
        assert_eq!(scan.reading.jobs, 3);
        assert_eq!(scan.exclude_path, ["/a", "/b"]);
        let scan =
            check(file, &["plimsoll", "scan", "x", "--fail-on", "low", "--jobs=1"]).expect("it parses");
        assert_eq!((scan.fail_on, scan.reading.jobs), (Some(plimsoll::model::Severity::Low), 1));
    }

    #[test]
    fn an_unknown_key_is_named() {
        assert_eq!(
            check("[scan]\nfail = 'x'", &[]).expect_err("no such key"),
            "`fail` is not an option of `scan`"
        );
        assert_eq!(check("scan = 1", &[]).expect_err("no table"), "`scan` must be a table of options");
    }
}
