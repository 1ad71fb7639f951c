//! The API as others meet it.

mod authorization;
mod bodies;
mod document;
mod edge;
mod questions;
mod secrets;
mod session;
mod support;
