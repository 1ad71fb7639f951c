//! What a user may type. Help, completions, the man page, environment variables and configuration keys all come from
//! these definitions.

mod serve;

pub use serve::{Admin, LogFormat, Serve, ServeRole, Truth};

use clap::builder::BoolishValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use plimsoll::image::PlatformChoice;
use plimsoll::model::{Limits, Platform, RiskKind, Severity};
use std::path::PathBuf;

const AFTER_HELP: &str = "\
Exit codes:
  0  done, nothing at or above the threshold
  1  done, threshold reached (--fail-on)
  2  could not be done: bad input, bad usage, unreachable, limit hit

Every option of a command is also an environment variable (--fail-on: PLIMSOLL_FAIL_ON) and a key of
plimsoll.toml in the current folder, or of the file PLIMSOLL_CONFIG names ([scan] fail-on = \"high\").
The command line wins over the environment, the environment over the file.";

/// Says what is in a container image and what is wrong with it.
#[derive(Parser, Debug)]
#[command(name = "plimsoll", version, about, after_help = AFTER_HELP, max_term_width = 110)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Scan images: what is in them and what is wrong with it
    Scan(Box<Scan>),
    /// Look inside an image, a version order or the advisories about a package
    #[command(subcommand)]
    Inspect(Box<Inspect>),
    /// The advisory database
    #[command(subcommand)]
    Db(Db),
    /// The base images that scans recognise
    #[command(subcommand)]
    Base(Box<BaseCommand>),
    /// Run the platform: the API, the console, scans of whole registries
    Serve(Box<Serve>),
    /// Look after the platform's data
    #[command(subcommand)]
    Admin(Box<Admin>),
    /// Print the JSON Schema of the scan document
    Schema,
    /// Print the completions of a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page (troff)
    Man,
}

/// `plimsoll scan`.
#[derive(Args, Debug)]
pub struct Scan {
    /// An image: registry/name:tag, docker-archive:FILE, oci-archive:FILE, oci:DIR[:TAG], dir:DIR, sbom:FILE,
    /// docker:NAME, podman:NAME, or a path
    #[arg(required = true, value_name = "TARGET")]
    pub targets: Vec<String>,

    /// How to write the result
    #[arg(long, value_enum, default_value_t, env = "PLIMSOLL_FORMAT")]
    pub format: Format,

    /// Write the result to this file instead of standard output
    #[arg(long, short, value_name = "FILE", env = "PLIMSOLL_OUTPUT")]
    pub output: Option<PathBuf>,

    /// Kinds of risks to look for [default: all]
    #[arg(long, value_delimiter = ',', value_name = "KIND", value_parser = risk_kind, env = "PLIMSOLL_RISKS")]
    pub risks: Vec<RiskKind>,

    /// Show only findings of these severities
    #[arg(long, value_delimiter = ',', value_name = "LIST", value_parser = severity, env = "PLIMSOLL_SEVERITY")]
    pub severity: Vec<Severity>,

    /// End with exit code 1 when a finding shown has this severity or a worse one
    #[arg(long, value_name = "SEVERITY", value_parser = severity, env = "PLIMSOLL_FAIL_ON")]
    pub fail_on: Option<Severity>,

    /// Leave out vulnerabilities that have no fix
    #[arg(long, value_parser = BoolishValueParser::new(), env = "PLIMSOLL_IGNORE_UNFIXED")]
    pub ignore_unfixed: bool,

    /// Leave out what this VEX document (OpenVEX, CSAF, CycloneDX) says is not affected or fixed; a folder is all
    /// documents in it, `oci` those attached to the image in its registry (their signatures are not checked); may be
    /// repeated
    #[arg(long, value_name = "FILE", value_delimiter = ',', env = "PLIMSOLL_VEX")]
    pub vex: Vec<PathBuf>,

    /// Leave out this path of the image and everything below it; may be repeated
    #[arg(long, value_name = "PATH", value_delimiter = ',', env = "PLIMSOLL_EXCLUDE_PATH")]
    pub exclude_path: Vec<String>,

    /// Look for malware with these signatures too: a file or folder of .yar, .yara, .hdb, .hsb, .mdb, .ndb, .ldb, .fp,
    /// .ign; may be repeated
    #[arg(long, value_name = "PATH", value_delimiter = ',', env = "PLIMSOLL_SIGNATURES")]
    pub signatures: Vec<PathBuf>,

    /// Ask this clamd about every file too: a socket's path, or HOST:PORT
    #[arg(long, value_name = "ADDRESS", env = "PLIMSOLL_CLAMD")]
    pub clamd: Option<String>,

    /// Try these passwords too: a file with one a line
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_WEAK_PASSWORDS")]
    pub weak_passwords: Option<PathBuf>,

    /// Compute the sha256 of every file: tells duplicates, and lets rules of a policy name files by digest
    #[arg(long, value_parser = BoolishValueParser::new(), env = "PLIMSOLL_DIGESTS")]
    pub digests: bool,

    /// Which software may be there: a file of rules (docs/policy.md) beside the built-in ones
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_POLICY")]
    pub policy: Option<PathBuf>,

    /// Say why each finding is one, and what was considered and put aside
    #[arg(long, value_parser = BoolishValueParser::new(), env = "PLIMSOLL_EXPLAIN")]
    pub explain: bool,

    /// Hand the result to this Plimsoll server too; its key comes from --token-file or PLIMSOLL_TOKEN
    #[arg(long, value_name = "URL", env = "PLIMSOLL_SERVER")]
    pub server: Option<String>,

    /// The file that holds the server's key
    #[arg(long, value_name = "FILE", requires = "server", env = "PLIMSOLL_TOKEN_FILE")]
    pub token_file: Option<PathBuf>,

    /// The pipeline that built the image; without it the server lists the image as a local one
    #[arg(long, value_name = "NAME", requires = "server", env = "PLIMSOLL_PIPELINE")]
    pub pipeline: Option<String>,

    /// Where knowledge comes from
    #[command(flatten)]
    pub knowledge: KnowledgeOptions,

    /// How the image is read
    #[command(flatten)]
    pub reading: Reading,
}

/// How images are read: shared by all commands that read one.
#[derive(Args, Debug)]
pub struct Reading {
    /// Which image of an index: os/arch[/variant], or all [default: linux on this machine's processor]
    #[arg(long, value_name = "PLATFORM", value_parser = platform, env = "PLIMSOLL_PLATFORM")]
    pub platform: Option<PlatformChoice>,

    /// Reach no network
    #[arg(long, value_parser = BoolishValueParser::new(), env = "PLIMSOLL_OFFLINE")]
    pub offline: bool,

    /// Allow plain http, and TLS without a valid certificate
    #[arg(long, value_parser = BoolishValueParser::new(), env = "PLIMSOLL_INSECURE")]
    pub insecure: bool,

    /// Trust the certificate authorities in this PEM file too; may be repeated
    #[arg(long, value_name = "FILE", value_delimiter = ',', env = "PLIMSOLL_CA_FILE")]
    pub ca_file: Vec<PathBuf>,

    /// Try this host before the registry: docker.io=mirror.example.com; may be repeated
    #[arg(long, value_name = "REGISTRY=HOST", value_delimiter = ',', value_parser = mirror, env = "PLIMSOLL_MIRROR")]
    pub mirror: Vec<plimsoll::image::Mirror>,

    /// Sign in to the registry as this user; the password comes from PLIMSOLL_PASSWORD
    #[arg(long, value_name = "NAME", env = "PLIMSOLL_USERNAME")]
    pub username: Option<String>,

    /// Raise or lower a bound, NAME=VALUE; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_delimiter = ',', long_help = limits_help(), env = "PLIMSOLL_LIMIT")]
    pub limit: Vec<String>,

    /// Layers read at the same time; 0 is one for each processor
    #[arg(long, value_name = "N", default_value_t = 0, env = "PLIMSOLL_JOBS")]
    pub jobs: usize,

    /// Neither use nor keep facts of layers
    #[arg(long, value_parser = BoolishValueParser::new(), env = "PLIMSOLL_NO_CACHE")]
    pub no_cache: bool,

    /// Where facts and the advisory database are kept [default: the user's cache folder]
    #[arg(long, value_name = "FOLDER", env = "PLIMSOLL_CACHE")]
    pub cache: Option<PathBuf>,

    /// Say nothing but results and errors
    #[arg(long, short, value_parser = BoolishValueParser::new(), env = "PLIMSOLL_QUIET")]
    pub quiet: bool,

    /// Show no progress
    #[arg(long, value_parser = BoolishValueParser::new(), env = "PLIMSOLL_NO_PROGRESS")]
    pub no_progress: bool,
}

/// Which advisory database is used.
#[derive(Args, Debug)]
pub struct KnowledgeOptions {
    /// Use this advisory database
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_DB")]
    pub db: Option<PathBuf>,
}

/// `plimsoll base`.
#[derive(Subcommand, Debug)]
pub enum BaseCommand {
    /// Add an image to the base images
    Add {
        /// The image
        target: String,
        /// What to call it, NAME:TAG [default: the name of the image]
        #[arg(long, value_name = "NAME:TAG")]
        name: Option<String>,
        /// How the image is read
        #[command(flatten)]
        reading: Box<Reading>,
    },
    /// List the base images
    List {
        /// How to write the result
        #[arg(long, value_enum, default_value_t)]
        format: Listing,
        /// Where your own base images are kept [default: the user's cache folder]
        #[arg(long, value_name = "FOLDER", env = "PLIMSOLL_CACHE")]
        cache: Option<PathBuf>,
    },
    /// Take your own base images of this name out again
    Remove {
        /// NAME or NAME:TAG
        name: String,
        /// Where your own base images are kept [default: the user's cache folder]
        #[arg(long, value_name = "FOLDER", env = "PLIMSOLL_CACHE")]
        cache: Option<PathBuf>,
    },
}

/// `plimsoll inspect`.
#[derive(Subcommand, Debug)]
pub enum Inspect {
    /// The layers of an image
    Layers(InspectImage),
    /// The files of an image: the tree after all layers, or the entries of one layer
    Files {
        /// The image
        #[command(flatten)]
        image: InspectImage,
        /// Only this layer's own entries and whiteouts, by index from 0
        #[arg(long, value_name = "N")]
        layer: Option<usize>,
        /// Compute the sha256 of every regular file
        #[arg(long)]
        sha256: bool,
    },
    /// The components of an image; needs no knowledge
    Components(InspectImage),
    /// Compare versions: reads lines A<TAB>B, writes <, =, > or ? (not a version of the scheme) a line
    Versions {
        /// dpkg apk rpm pypi maven semver rubygems nuget packagist pub cran hackage golang jvm generic …
        scheme: String,
    },
    /// Which advisories were considered for a package, each with its verdict and reason
    Advisories {
        /// The package URL, with a version
        purl: String,
        /// A name the program is known by at the NVD, vendor:product or cpe:2.3:…; may be repeated
        #[arg(long, value_name = "NAME", value_delimiter = ',')]
        cpe: Vec<String>,
        /// The distribution it is in: debian-12
        #[arg(long, value_name = "ID-VERSION")]
        distro: Option<String>,
        /// How to write the result
        #[arg(long, value_enum, default_value_t)]
        format: Listing,
        /// Where knowledge comes from
        #[command(flatten)]
        knowledge: KnowledgeOptions,
        /// Where the advisory database is kept [default: the user's cache folder]
        #[arg(long, value_name = "FOLDER", env = "PLIMSOLL_CACHE")]
        cache: Option<PathBuf>,
    },
}

/// An image to look into.
#[derive(Args, Debug)]
pub struct InspectImage {
    /// As for scan
    #[arg(value_name = "TARGET")]
    pub target: String,
    /// How to write the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Listing,
    /// How the image is read
    #[command(flatten)]
    pub reading: Reading,
}

/// `plimsoll db`.
#[derive(Subcommand, Debug)]
pub enum Db {
    /// Fetch what changed at the publishers and build the database anew
    Update {
        /// Fetch from this mirror of the publishers' files instead, laid out as `db build` takes them
        #[arg(long, value_name = "URL", env = "PLIMSOLL_FEEDS")]
        mirror: Option<String>,
        /// Fetch a database that somebody else built, or its deltas; URL.sha256 must hold its digest
        #[arg(long, value_name = "URL", conflicts_with = "mirror", env = "PLIMSOLL_DB_URL")]
        prebuilt: Option<String>,
        /// Only these ecosystems [default: all]
        #[arg(long, value_name = "NAME", value_delimiter = ',')]
        ecosystems: Vec<String>,
        /// Only these distributions' own advisories beside OSV, as redhat, suse-oval; none for none [default: all that
        /// say more than OSV]
        #[arg(long, value_name = "NAME", value_delimiter = ',')]
        distributions: Vec<String>,
        /// Where it is kept
        #[command(flatten)]
        place: Place,
    },
    /// Build a database from a folder of the publishers' files, or any folder or zip of OSV records
    Build {
        /// The folder or zip
        #[arg(long, value_name = "FOLDER")]
        from: PathBuf,
        /// The database to write
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        /// Leave out all texts
        #[arg(long)]
        facts_only: bool,
        /// Say nothing but results and errors
        #[arg(long, short)]
        quiet: bool,
    },
    /// Say which database is used, of when and from what
    Status(Place),
    /// List what differs between two databases
    Diff {
        /// The older one
        a: PathBuf,
        /// The newer one
        b: PathBuf,
        /// How to write the result
        #[arg(long, value_enum, default_value_t)]
        format: Listing,
    },
    /// Write what makes one database say what a newer one says
    Delta {
        /// The older one
        old: PathBuf,
        /// The newer one
        new: PathBuf,
        /// The delta to write
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        /// Enter it in this list, which `db update --prebuilt` looks for beside the database: NAME.deltas
        #[arg(long, value_name = "FILE")]
        index: Option<PathBuf>,
        /// Say nothing but results and errors
        #[arg(long, short)]
        quiet: bool,
    },
    /// Bring the database up to date with a delta
    Apply {
        /// The delta
        delta: PathBuf,
        /// Where it is kept
        #[command(flatten)]
        place: Place,
    },
    /// Compute the database's digest anew and compare it with the one it was built with
    Verify(Place),
    /// Show the advisories about a package
    Lookup {
        /// The package URL
        purl: String,
        /// Where it is kept
        #[command(flatten)]
        place: Place,
    },
    /// Show everything known of a vulnerability, and which packages it is about
    Explain {
        /// CVE-…, GHSA-… or any publisher's id
        id: String,
        /// Where it is kept
        #[command(flatten)]
        place: Place,
    },
}

/// Where the database is.
#[derive(Args, Debug)]
pub struct Place {
    /// Use this advisory database
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_DB")]
    pub db: Option<PathBuf>,
    /// Where the database is kept [default: the user's cache folder]
    #[arg(long, value_name = "FOLDER", env = "PLIMSOLL_CACHE")]
    pub cache: Option<PathBuf>,
    /// How to write the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Listing,
    /// Say nothing but results and errors
    #[arg(long, short)]
    pub quiet: bool,
}

/// How a scan is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people: grouped by what to do
    #[default]
    Table,
    /// The scan document
    Json,
    /// CycloneDX 1.6 with components and vulnerabilities
    Cyclonedx,
    /// SPDX 2.3
    Spdx,
    /// SARIF 2.1.0, for code hosts
    Sarif,
    /// A line a finding
    Csv,
    /// A page to hand on: one file, nothing fetched
    Html,
    /// JUnit, for CI systems
    Junit,
}

/// How a list is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Listing {
    /// For people
    #[default]
    Table,
    /// For programs
    Json,
}

fn risk_kind(text: &str) -> Result<RiskKind, String> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).map_err(|_| {
        "there are vulnerability, malicious-file, configuration, password-policy, weak-password, secret, compliance, \
         base-image"
            .to_owned()
    })
}

fn severity(text: &str) -> Result<Severity, String> {
    Severity::parse(text).ok_or_else(|| "there are critical, high, medium, low, unknown".to_owned())
}

fn platform(text: &str) -> Result<PlatformChoice, String> {
    if text == "all" {
        return Ok(PlatformChoice::All);
    }
    let platform = Platform::parse(text);
    platform
        .map(PlatformChoice::One)
        .ok_or_else(|| "write os/arch[/variant], as linux/arm64, or all".to_owned())
}

fn mirror(text: &str) -> Result<plimsoll::image::Mirror, String> {
    match text.split_once('=') {
        Some((registry, mirror)) if !registry.is_empty() && !mirror.is_empty() => {
            Ok(plimsoll::image::Mirror { registry: registry.to_owned(), mirror: mirror.to_owned() })
        }
        _ => Err("write REGISTRY=HOST, as docker.io=mirror.example.com".to_owned()),
    }
}

fn limits_help() -> String {
    format!(
        "Raise or lower a bound, NAME=VALUE; VALUE may end in K, M or G; may be repeated. Names: {}",
        Limits::NAMES.join(", ")
    )
}
