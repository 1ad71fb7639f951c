//! Builds a database and says how long everything takes: `cargo run --release --example build FEEDS FILE`; `… FILE` for
//! a database that is there, `… FEEDS FOLDER --starter BUILT_AT` for the starter database.
#![allow(clippy::print_stdout, reason = "it is what it is for")]

use plimsoll_feeds::{BuildEvent, BuildOptions, Database, FeedError, build, build_starter};
use plimsoll_model::PackageKey;
use std::path::Path;
use std::time::Instant;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), FeedError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [from, to, rest @ ..] = &arguments[..] else {
        if let [database] = &arguments[..] {
            return measure(Path::new(database));
        }
        println!(
            "build FEEDS FILE | build FILE | build FEEDS FOLDER --starter BUILT_AT (seconds since 1970)"
        );
        return Ok(());
    };
    let (from, to) = (Path::new(from), Path::new(to));
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |now| now.as_secs());
    let told = |event: BuildEvent| match event {
        BuildEvent::Reading { .. } | BuildEvent::Writing { .. } => {}
        event => println!("{event:?}"),
    };
    let start = Instant::now();
    if let [_, built_at] = rest {
        let knowledge = build_starter(from, to, built_at.parse().unwrap_or(0), &told)?;
        println!("built {} in {:?}", knowledge.digest, start.elapsed());
        return Ok(());
    }
    let knowledge = build(from, to, &BuildOptions::at(now as i64), &told)?;
    println!("built {} in {:?}", knowledge.digest, start.elapsed());
    measure(to)
}

fn measure(path: &Path) -> Result<(), FeedError> {
    let start = Instant::now();
    let database = Database::open(path)?;
    println!("opened in {:?}", start.elapsed());
    let start = Instant::now();
    database.knowledge()?;
    println!("knowledge in {:?}", start.elapsed());
    lookups(&database, "hits", HITS)?;
    lookups(&database, "misses", &["libnothing1", "libnothing2", "x", "golang-nothing-dev"])?;
    let start = Instant::now();
    let linux = PackageKey { ecosystem: "Debian".into(), name: "linux".into() };
    println!("{} advisories of Debian's linux in {:?}", database.advisories(&linux)?.len(), start.elapsed());
    let start = Instant::now();
    println!(
        "{} records of CVE-2021-44228 in {:?}",
        database.records_of("CVE-2021-44228")?.len(),
        start.elapsed()
    );
    Ok(())
}

/// Packages of a Debian image.
const HITS: &[&str] = &[
    "apt",
    "bash",
    "bzip2",
    "coreutils",
    "cyrus-sasl2",
    "dpkg",
    "e2fsprogs",
    "gzip",
    "libgcrypt20",
    "libtasn1-6",
    "ncurses",
    "p11-kit",
    "pam",
    "perl",
    "shadow",
    "tar",
    "util-linux",
    "xz-utils",
    "zlib",
    "nettle",
];

fn lookups(database: &Database, what: &str, names: &[&str]) -> Result<(), FeedError> {
    const ROUNDS: usize = 2000;
    let keys: Vec<PackageKey> =
        names.iter().map(|name| PackageKey { ecosystem: "Debian".into(), name: (*name).into() }).collect();
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let mut advisories = 0;
    for _ in 0..ROUNDS {
        for key in &keys {
            advisories += database.advisories(key)?.len();
        }
    }
    let lookups = (ROUNDS * keys.len()) as f64;
    println!(
        "{what}: {:.0} lookups/s, {:.0} a second of CPU, {:.1} advisories each",
        lookups / start.elapsed().as_secs_f64(),
        lookups / (cpu_seconds() - cpu),
        advisories as f64 / lookups
    );
    Ok(())
}

/// CPU time of this thread (Linux), so that a busy machine does not blur what is measured.
fn cpu_seconds() -> f64 {
    let schedstat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds: f64 = schedstat.split(' ').next().and_then(|text| text.parse().ok()).unwrap_or(f64::NAN);
    nanoseconds / 1e9
}
