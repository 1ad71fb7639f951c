//! What `plimsoll serve` and `plimsoll admin` take.

use clap::builder::BoolishValueParser;
use clap::{Args, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;

/// `plimsoll serve`.
#[derive(Args, Debug)]
pub struct Serve {
    /// Where the platform keeps its data
    #[command(flatten)]
    pub truth: Truth,

    /// Take calls at this address
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", env = "PLIMSOLL_LISTEN")]
    pub listen: SocketAddr,

    /// Where people reach it, when that is another address: https://plimsoll.example.com
    #[arg(long, value_name = "URL", value_parser = web_address, env = "PLIMSOLL_PUBLIC_URL")]
    pub public_url: Option<String>,

    /// A proxy in front names callers in X-Forwarded-For: believe it
    #[arg(long, value_parser = BoolishValueParser::new(), env = "PLIMSOLL_BEHIND_PROXY")]
    pub behind_proxy: bool,

    /// Keep files here instead: file:FOLDER or s3://BUCKET/PREFIX [default: blobs in the data folder]
    #[arg(long, value_name = "URL", env = "PLIMSOLL_BLOBS")]
    pub blobs: Option<String>,

    /// What this process does [default: all]
    #[arg(long, value_enum, value_delimiter = ',', value_name = "ROLE", env = "PLIMSOLL_ROLES")]
    pub roles: Vec<ServeRole>,

    /// Jobs worked on at the same time; 0 is one for each processor
    #[arg(long, value_name = "N", default_value_t = 0, env = "PLIMSOLL_WORKERS")]
    pub workers: usize,

    /// Layers read at the same time by one scan; 0 is one for each processor
    #[arg(long, value_name = "N", default_value_t = 0, env = "PLIMSOLL_JOBS")]
    pub jobs: usize,

    /// Use this advisory database [default: the one in the data folder, else the starter]
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_DB")]
    pub db: Option<PathBuf>,

    /// Let registries be on loopback and private addresses without each saying so
    #[arg(long, value_parser = BoolishValueParser::new(), env = "PLIMSOLL_ALLOW_PRIVATE_REGISTRIES")]
    pub allow_private_registries: bool,

    /// How the log is written, on standard error
    #[arg(long, value_enum, default_value_t, env = "PLIMSOLL_LOG_FORMAT")]
    pub log_format: LogFormat,

    /// What is logged: error, warn, info, debug, trace; or of a part, as plimsoll=debug,warn
    #[arg(long, value_name = "LEVEL", default_value = "info", env = "PLIMSOLL_LOG")]
    pub log: String,
}

/// Where the platform's truth is.
#[derive(Args, Debug)]
pub struct Truth {
    /// Keep everything in this folder
    #[arg(long, value_name = "FOLDER", required = true, env = "PLIMSOLL_DATA")]
    pub data: PathBuf,

    /// The database: sqlite:FILE or postgres://USER@HOST/NAME [default: plimsoll.db in the data folder]
    #[arg(long, value_name = "URL", env = "PLIMSOLL_DATABASE", hide_env_values = true)]
    pub database: Option<String>,
}

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ServeRole {
    /// Answers calls and serves the console
    Api,
    /// Scans, syncs, exports
    Worker,
    /// Starts what is due
    Scheduler,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    #[default]
    Text,
    /// For programs: one JSON document a line
    Json,
}

/// `plimsoll admin`.
#[derive(Subcommand, Debug)]
pub enum Admin {
    /// Write everything the platform knows to a file
    Backup {
        /// The file
        file: PathBuf,
        /// Where the platform keeps its data
        #[command(flatten)]
        truth: Truth,
    },
    /// Fill an empty database from such a file
    Restore {
        /// The file
        file: PathBuf,
        /// Where the platform keeps its data
        #[command(flatten)]
        truth: Truth,
    },
    /// Give a user a new password, which is printed
    ResetPassword {
        /// Whom
        user: String,
        /// Where the platform keeps its data
        #[command(flatten)]
        truth: Truth,
    },
    /// Seal every stored credential with a new key
    RotateKey {
        /// Where the platform keeps its data
        #[command(flatten)]
        truth: Truth,
    },
}

fn web_address(text: &str) -> Result<String, String> {
    if text.starts_with("https://") || text.starts_with("http://") {
        return Ok(text.to_owned());
    }
    Err("write https://HOST".to_owned())
}
