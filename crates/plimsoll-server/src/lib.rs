//! Who asks, and when? The HTTP API, sign-in, roles; serves the console.
//!
//! [`routes`] is the table everything is made from: the router, `openapi.json`, the checks and the tests. A handler
//! (`api/`) takes a checked [`route::Call`] and a typed body and answers a type; it knows no headers, no SQL, no rules.

pub mod admin;
pub mod api;
mod app;
mod assets;
mod audit;
pub mod content;
mod edge;
mod guard;
mod health;
mod metrics;
mod openapi;
mod parameters;
mod passwords;
mod problem;
mod report;
pub mod route;
pub mod routes;
mod serve;
mod sign_in;

pub use app::{App, router};
pub use openapi::openapi;
pub use problem::Problem;
pub use serve::{Roles, ServeOptions, serve};

/// Runs what blocks or computes for long away from the threads that serve.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Problem::ours(&error))
}
