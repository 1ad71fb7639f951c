//! Where tests keep their truth: SQLite in a folder that goes away, PostgreSQL started once for all tests.

use plimsoll_store::{Data, Sealer};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// Set where PostgreSQL cannot be installed: its tests say that they are skipped.
const WITHOUT: &str = "PLIMSOLL_WITHOUT_POSTGRES";
pub const KEY: &str = "8d1f5a3c0b9e7264f1a2c3d4e5968778a9bacbdcedfe0f1021324354657687f9";

/// An empty database, and what it goes away with.
pub struct Place {
    pub data: Data,
    pub address: String,
    pub folder: TempDir,
}

impl Place {
    pub async fn sqlite() -> Place {
        let folder = tempfile::tempdir().expect("a folder");
        let address = format!("sqlite:{}", folder.path().join("plimsoll.db").display());
        Place::at(address, folder).await
    }

    /// `None`: there is no PostgreSQL, and that is allowed.
    pub async fn postgres() -> Option<Place> {
        static SERVER: LazyLock<Option<Server>> = LazyLock::new(Server::start);
        let address = SERVER.as_ref()?.new_database().await;
        Some(Place::at(address, tempfile::tempdir().expect("a folder")).await)
    }

    async fn at(address: String, folder: TempDir) -> Place {
        let data = open(&address).await;
        Place { data, address, folder }
    }

    /// Another machine on the same database.
    pub async fn again(&self) -> Data {
        open(&self.address).await
    }

    pub fn is_sqlite(&self) -> bool {
        self.address.starts_with("sqlite:")
    }
}

async fn open(address: &str) -> Data {
    let keys = Sealer::of_text(KEY).expect("a key");
    Data::open(address, keys).await.unwrap_or_else(|error| panic!("{address}: {error}"))
}

/// A PostgreSQL of its own, on loopback, stopped and removed when this process ends, however it ends.
pub struct Server {
    bin: PathBuf,
    folder: PathBuf,
    port: u16,
    databases: AtomicU32,
}

impl Server {
    pub fn start() -> Option<Server> {
        let Some(bin) = programs() else {
            assert!(
                std::env::var_os(WITHOUT).is_some(),
                "PostgreSQL is not installed: apt-get install postgresql, or set {WITHOUT}=1 to leave its tests out"
            );
            eprintln!("skipped: no PostgreSQL");
            return None;
        };
        // Only a folder: the watcher below removes it, when the server no longer needs it.
        let folder = tempfile::Builder::new().prefix("plimsoll-postgres-").tempdir().expect("a folder").keep();
        if is_root() {
            let done = Command::new("chown").arg("postgres").arg(&folder).status().expect("chown is there");
            assert!(done.success(), "root may give folders away");
        }
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let server = Server { bin, folder, port, databases: AtomicU32::new(0) };
        server.watch();
        Some(server)
    }

    /// Runs the server until this process's end closes the pipe to the watcher.
    fn watch(&self) {
        let script = format!(
            "set -e; cd {folder}
             {bin}/initdb -D db -U plimsoll -A trust -E UTF8 --locale=C.UTF-8 --no-sync >init.log 2>&1 || {{ cat init.log; exit 1; }}
             {bin}/pg_ctl -D db -w -l log -o '-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=300' start >start.log 2>&1 || {{ cat start.log log; exit 1; }}
             echo ready
             cat >/dev/null || true
             {bin}/pg_ctl -D db -m immediate stop >/dev/null 2>&1 || true
             cd /; rm -rf {folder}",
            folder = self.folder.display(),
            bin = self.bin.display(),
            port = self.port,
        );
        let mut watcher = as_postgres("sh");
        watcher.arg("-c").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut watcher = watcher.spawn().expect("sh is there");
        let output = BufReader::new(watcher.stdout.take().expect("it is piped"));
        let mut said = Vec::new();
        for line in output.lines() {
            let line = line.expect("text");
            if line == "ready" {
                // The pipe stays open as long as this process lives.
                std::mem::forget(watcher.stdin.take());
                return;
            }
            said.push(line);
        }
        panic!("PostgreSQL does not start:\n{}", said.join("\n"));
    }

    pub async fn new_database(&self) -> String {
        use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let address = |name: &str| format!("postgres://plimsoll@127.0.0.1:{}/{name}", self.port);
        let mut connection =
            sqlx::postgres::PgConnection::connect(&address("postgres")).await.expect("it was started");
        connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.expect("a new name");
        address(&name)
    }

    /// Stops the server, in the middle of whatever it does, and starts it again.
    pub fn restart(&self) {
        let done = as_postgres(self.bin.join("pg_ctl"))
            .current_dir(&self.folder)
            .args(["-D", "db", "-w", "-m", "fast", "-l", "log", "restart"])
            .stdout(Stdio::null())
            .status()
            .expect("pg_ctl is there");
        assert!(done.success(), "it starts again: {}", fs::read_to_string(self.folder.join("log")).unwrap_or_default());
    }
}

/// A command as the user `postgres`, when root: the server refuses to run as root.
fn as_postgres(program: impl AsRef<std::ffi::OsStr>) -> Command {
    match is_root() {
        false => Command::new(program),
        true => {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        }
    }
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().expect("id is there");
    output.stdout.trim_ascii() == b"0"
}

/// The newest PostgreSQL, where Debian puts it; else where it says itself to be.
fn programs() -> Option<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = debian
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, bin)| bin.join("initdb").exists())
        .collect();
    found.sort();
    found.pop().map(|(_, bin)| bin).or_else(|| {
        let output = Command::new("pg_config").arg("--bindir").output().ok()?;
        let bin = Path::new(std::str::from_utf8(&output.stdout).ok()?.trim()).to_owned();
        bin.join("initdb").exists().then_some(bin)
    })
}
