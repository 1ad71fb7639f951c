//! MacPorts' registry: `var/macports/registry/registry.db`.

use super::{Analyzer, File, Findings, sqlite};
use plimsoll_model::{Component, Entry, PurlType};

/// The analyzer of the registry.
pub(super) struct Macports;

/// Ports that are read.
const MAX_PORTS: usize = 100_000;

impl Analyzer for Macports {
    fn name(&self) -> &'static str {
        "macports"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, head: &[u8]) -> bool {
        entry.path.ends_with("/var/macports/registry/registry.db") && head.starts_with(sqlite::MAGIC)
    }

    fn read(&self, file: &File<'_>) -> Findings {
        Findings::of(parse(file.content))
    }
}

/// Reads the ports that are in the image: active ones and others that are kept (`imaged`). A revision other than 0 is
/// a part of the version, as `port` prints it.
pub(crate) fn parse(content: &[u8]) -> Result<Vec<Component>, String> {
    let query = "SELECT name, version, revision FROM ports WHERE state IN ('installed', 'imaged')";
    let rows = sqlite::rows(content, &["ports"], query, MAX_PORTS)?;
    let component = |row: Vec<String>| {
        let [name, version, revision] = <[String; 3]>::try_from(row).ok()?;
        let version = if matches!(&*revision, "" | "0") { version } else { format!("{version}_{revision}") };
        (!name.is_empty()).then(|| Component::new(PurlType::Macports, "", &name, &version))
    };
    Ok(rows.into_iter().filter_map(component).collect())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, survives};
    use super::*;

    #[test]
    fn ports_are_read() {
        let db = sqlite::made(
            "CREATE TABLE ports (id INTEGER PRIMARY KEY, name TEXT, version TEXT, revision INTEGER, state TEXT);
             INSERT INTO ports (name, version, revision, state) VALUES ('zlib', '1.3.1', 0, 'installed'),
             ('openssl3', '3.2.1', 1, 'imaged'), ('gone', '1', 0, NULL);",
        );
        let path = "/opt/local/var/macports/registry/registry.db";
        check(&Macports, path, &db, &["zlib 1.3.1", "openssl3 3.2.1_1"]);
        survives(&Macports, path, &db);
        let view =
            sqlite::made("CREATE VIEW ports AS SELECT 'a' name, '1' version, 0 revision, 'installed' state;");
        assert!(parse(&view).is_err(), "a view would compute what we read");
    }
}
