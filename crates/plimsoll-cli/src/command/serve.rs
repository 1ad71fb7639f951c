//! `plimsoll serve`.

use crate::arguments::{LogFormat, Serve, ServeRole, Truth};
use crate::exit::Exit;
use crate::say;
use anyhow::Context;
use plimsoll::platform::Configuration;
use plimsoll_server::{Roles, ServeOptions};
use tracing_subscriber::EnvFilter;

pub fn run(serve: Serve) -> anyhow::Result<Exit> {
    log(&serve)?;
    let processors = std::thread::available_parallelism().map_or(2, usize::from);
    let workers = if serve.workers == 0 { processors } else { serve.workers };
    let configuration = Configuration {
        blobs: serve.blobs,
        knowledge: serve.db,
        jobs: serve.jobs,
        allow_private: serve.allow_private_registries,
        ..configuration(serve.truth)
    };
    let options = ServeOptions {
        configuration,
        listen: serve.listen,
        roles: roles(&serve.roles),
        workers,
        public_url: serve.public_url,
        behind_proxy: serve.behind_proxy,
        admin_password: secret("PLIMSOLL_ADMIN_PASSWORD"),
    };
    runtime()?.block_on(plimsoll_server::serve(options, |password| {
        say::note(&format!("sign in as admin with the password {password} (it is not shown again)"));
    }))?;
    Ok(Exit::Done)
}

/// The one place where a runtime is made.
pub fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no threads can be started")
}

/// What `--data` and `--database` say; the key that seals credentials comes from `PLIMSOLL_KEY`, never a command line.
pub fn configuration(truth: Truth) -> Configuration {
    Configuration {
        folder: truth.data,
        database: truth.database,
        blobs: None,
        knowledge: None,
        key: secret("PLIMSOLL_KEY"),
        jobs: 0,
        allow_private: false,
    }
}

fn secret(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn roles(asked: &[ServeRole]) -> Roles {
    if asked.is_empty() {
        return Roles::default();
    }
    Roles {
        api: asked.contains(&ServeRole::Api),
        worker: asked.contains(&ServeRole::Worker),
        scheduler: asked.contains(&ServeRole::Scheduler),
    }
}

fn log(serve: &Serve) -> anyhow::Result<()> {
    let filter =
        EnvFilter::try_new(&serve.log).with_context(|| format!("--log: `{}` is no level", serve.log))?;
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let set = match serve.log_format {
        LogFormat::Text => subscriber.with_ansi(false).try_init(),
        LogFormat::Json => subscriber.json().flatten_event(true).try_init(),
    };
    set.map_err(|error| anyhow::anyhow!("the log cannot be set up: {error}"))
}
