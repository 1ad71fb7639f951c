//! How does a terminal ask? The binary `plimsoll`.
//!
//! [`arguments`] is what a user may type; each command is a file in `command/`, each output format one in `format/`.
//! Exit codes are decided here and nowhere else.

mod arguments;
mod command;
mod configuration;
mod exit;
mod format;
mod progress;
mod say;

use exit::Exit;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    plimsoll::image::install_tls();
    let result = configuration::arguments().and_then(|arguments| match arguments.command {
        arguments::Command::Scan(scan) => command::scan::run(&scan),
        arguments::Command::Inspect(inspect) => command::inspect::run(&inspect),
        arguments::Command::Base(base) => command::base::run(&base),
        arguments::Command::Db(db) => command::db::run(&db),
        arguments::Command::Serve(serve) => command::serve::run(*serve),
        arguments::Command::Admin(admin) => command::admin::run(*admin),
        arguments::Command::Schema => command::schema::run(),
        arguments::Command::Completions { shell } => command::completions::run(shell),
        arguments::Command::Man => command::man::run(),
    });
    match result {
        Ok(exit) => exit.into(),
        Err(error) if exit::is_broken_pipe(&error) => Exit::Done.into(),
        Err(error) => {
            say::error(&error);
            Exit::Failed.into()
        }
    }
}
