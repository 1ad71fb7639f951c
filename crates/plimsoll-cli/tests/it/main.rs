//! The program as a user meets it: the binary is run, its output and exit code are read.

#![allow(clippy::unwrap_used, reason = "these are tests")]

mod bad_input;
mod options;
mod registry;
mod scan;
mod support;
mod truth;
