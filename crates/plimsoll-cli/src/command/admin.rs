//! `plimsoll admin`: what is done to the platform's data without its server.

use super::serve::{configuration, runtime};
use crate::arguments::Admin;
use crate::exit::Exit;
use crate::say;
use anyhow::Context;
use plimsoll_server::admin;
use std::io::Write;

pub fn run(command: Admin) -> anyhow::Result<Exit> {
    runtime()?.block_on(async {
        match command {
            Admin::Backup { file, truth } => {
                let data = admin::open(&configuration(truth)).await?;
                let rows = admin::backup(&data, &file).await?;
                say::note(&format!("wrote {rows} rows to {}; credentials in it stay sealed", file.display()));
            }
            Admin::Restore { file, truth } => {
                let data = admin::open(&configuration(truth)).await?;
                let rows = admin::restore(&data, &file).await?;
                say::note(&format!("restored {rows} rows from {}", file.display()));
            }
            Admin::ResetPassword { user, truth } => {
                let data = admin::open(&configuration(truth)).await?;
                let password = admin::reset_password(&data, &user).await?;
                writeln!(std::io::stdout(), "{password}").context("cannot print the password")?;
            }
            Admin::RotateKey { truth } => {
                let sealed = admin::rotate_key(&configuration(truth)).await?;
                say::note(&format!("sealed {sealed} credentials with the new key; start servers anew"));
            }
        }
        Ok(Exit::Done)
    })
}
