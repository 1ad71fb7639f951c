//! The program as a user meets it: the binary is run, its output and exit code are read.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests say what they skip")]

mod bad_input;
mod kinds;
mod options;
mod registry;
mod scan;
mod support;
mod truth;
mod vex;
