//! Automation: everything a person or CI does beyond cargo. `cargo xtask` lists the tasks.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this program talks to developers")]

mod demo;
mod floor;
mod oci;
mod starter;

use anyhow::bail;

const HELP: &str = "\
cargo xtask oci --to FOLDER --tag TAG (--layer FILE.tar INSTRUCTION)...   make an OCI layout out of tars
cargo xtask demo-images FOLDER                                            make the images of the demo
cargo xtask floor FOLDER                                                  read an OCI layout as a scan must at least
cargo xtask starter FOLDER                                                build the starter database from feeds";

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("oci") => oci::run(&arguments[1..]),
        Some("demo-images") => demo::run(&arguments[1..]),
        Some("floor") => floor::run(&arguments[1..]),
        Some("starter") => starter::run(&arguments[1..]),
        Some("--help" | "help") => {
            println!("{HELP}");
            Ok(())
        }
        _ => bail!("no such task\n{HELP}"),
    }
}
