//! Rpm's package database in its three forms, and the package lists of images without one.

mod bdb;
mod header;
mod manifest;
mod ndb;
mod sqlite;

use super::owned::{OwnedPaths, TRUNCATED};
use super::{Analyzer, File, Findings};
use header::Header;
use plimsoll_model::{Component, Entry, Fact, PurlType, Source};

/// The analyzer of rpm's databases.
pub(super) struct Rpm;

impl Analyzer for Rpm {
    fn name(&self) -> &'static str {
        "rpm"
    }

    fn edition(&self) -> u32 {
        2
    }

    fn wants(&self, entry: &Entry, head: &[u8]) -> bool {
        match place(&entry.path) {
            Some(Place::Usual | Place::Manifest) => true,
            Some(Place::Elsewhere) => Form::of(head).is_some(),
            None => false,
        }
    }

    fn read(&self, file: &File<'_>) -> Findings {
        match place(&file.entry.path) {
            Some(Place::Manifest) => manifest::parse(file.content),
            _ => parse(file.content),
        }
    }
}

enum Place {
    /// Where distributions keep their database: what is there and is none will be said.
    Usual,
    /// A file of the database's name in another folder `rpm`: read when it is a database.
    Elsewhere,
    /// A list of packages.
    Manifest,
}

fn place(path: &str) -> Option<Place> {
    let (folder, name) = path.rsplit_once('/')?;
    if folder.ends_with("/lib/rpmmanifest") {
        return (name == "container-manifest-2").then_some(Place::Manifest);
    }
    if !matches!(name, "Packages" | "Packages.db" | "rpmdb.sqlite") || !folder.ends_with("/rpm") {
        return None;
    }
    let usual = ["/usr/lib/sysimage/rpm", "/var/lib/rpm", "/usr/share/rpm"];
    Some(if usual.contains(&folder) { Place::Usual } else { Place::Elsewhere })
}

/// The forms of the database, told by their first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Bdb,
    Ndb,
    Sqlite,
}

impl Form {
    fn of(content: &[u8]) -> Option<Form> {
        if content.starts_with(sqlite::MAGIC) {
            Some(Form::Sqlite)
        } else if content.starts_with(ndb::MAGIC) {
            Some(Form::Ndb)
        } else if bdb::is_bdb(content) {
            Some(Form::Bdb)
        } else {
            None
        }
    }
}

/// Reads a database of any form. What is read before something is wrong is kept, and what is wrong is said.
pub(crate) fn parse(content: &[u8]) -> Findings {
    parse_form(Form::of(content), content)
}

fn parse_form(form: Option<Form>, content: &[u8]) -> Findings {
    let mut packages = Packages::default();
    let mut take = |blob: &[u8]| packages.add(blob);
    let complete = match form {
        Some(Form::Bdb) => bdb::headers(content, &mut take),
        Some(Form::Ndb) => ndb::headers(content, &mut take),
        Some(Form::Sqlite) => sqlite::headers(content, &mut take),
        None => Err("not an rpm database: neither sqlite, ndb nor Berkeley DB".to_owned()),
    };
    packages.finish(complete.err())
}

/// Each parser by itself, whatever the first bytes say.
#[doc(hidden)]
pub mod fuzz {
    use super::{Form, Packages, manifest, parse_form};

    pub fn bdb(content: &[u8]) {
        parse_form(Some(Form::Bdb), content);
    }

    pub fn header(content: &[u8]) {
        Packages::default().add(content);
    }

    pub fn list(content: &[u8]) {
        manifest::parse(content);
    }

    pub fn ndb(content: &[u8]) {
        parse_form(Some(Form::Ndb), content);
    }

    pub fn sqlite(content: &[u8]) {
        parse_form(Some(Form::Sqlite), content);
    }
}

/// The packages of one database.
struct Packages {
    found: Findings,
    owned: OwnedPaths,
    broken: usize,
    why_broken: &'static str,
}

impl Default for Packages {
    fn default() -> Packages {
        Packages { found: Findings::default(), owned: OwnedPaths::new(), broken: 0, why_broken: "" }
    }
}

impl Packages {
    fn add(&mut self, blob: &[u8]) {
        match Header::parse(blob) {
            Ok(header) => self.add_header(&header),
            Err(why) => {
                self.broken += 1;
                self.why_broken = why;
            }
        }
    }

    fn add_header(&mut self, header: &Header<'_>) {
        let Some(component) = component(header) else {
            self.broken += 1;
            self.why_broken = "it has no name, version and release";
            return;
        };
        // Keys that packages are signed with are kept as pseudo packages.
        if component.name == "gpg-pubkey" {
            return;
        }
        header.paths(&mut self.owned);
        let owned = self.owned.take(&component.name, component.arch.as_deref());
        self.found.facts.push((String::new(), Fact::Component(component)));
        self.found.facts.extend(owned.map(|owned| (String::new(), owned)));
    }

    fn finish(mut self, failed: Option<String>) -> Findings {
        let read = self.found.facts.iter().filter(|(_, fact)| matches!(fact, Fact::Component(_))).count();
        let mut say = |reason: String| self.found.unread.push((String::new(), reason));
        if let Some(reason) = failed {
            say(if read > 0 { format!("only {read} packages were read: {reason}") } else { reason });
        }
        if self.broken > 0 {
            say(format!(
                "{} package headers could not be read, the last because {}",
                self.broken, self.why_broken
            ));
        }
        if self.owned.truncated {
            say(TRUNCATED.to_owned());
        }
        self.found
    }
}

fn component(header: &Header<'_>) -> Option<Component> {
    let (name, version, release) =
        (header.text(header::NAME)?, header.text(header::VERSION)?, header.text(header::RELEASE)?);
    let epoch = header.number(header::EPOCH);
    let mut component = Component::new(PurlType::Rpm, "", &name, &full_version(epoch, &version, &release));
    component.epoch = epoch;
    component.release = Some(release);
    component.arch = header.text(header::ARCH);
    component.source = header.text(header::SOURCERPM).and_then(|file| source(&file));
    component.vendor = header.text(header::VENDOR);
    component.modularity = header.text(header::MODULARITYLABEL);
    component.licenses.extend(header.text(header::LICENSE));
    Some(component)
}

/// The package of an archive: a lead of 96 bytes, the signatures, padded to 8, and the header (rpm manual, "RPM V4
/// Package format"). `None` for a source package: it is not something that runs.
pub(crate) fn parse_archive(content: &[u8]) -> Result<Option<Component>, String> {
    const LEAD_BYTES: usize = 96;
    const HEADER_MAGIC: &[u8] = &[0x8E, 0xAD, 0xE8, 0x01, 0, 0, 0, 0];
    let header_at = |at: usize| {
        let header = content.get(at..).and_then(|rest| rest.strip_prefix(HEADER_MAGIC));
        header.ok_or("not an rpm archive: a header is missing")
    };
    let signatures = header_at(LEAD_BYTES)?;
    let number = |at: usize| {
        let bytes = signatures.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map(u32::from_be_bytes).ok_or("its signatures are cut off")
    };
    let length = u64::from(number(0)?) * 16 + u64::from(number(4)?) + 16;
    let length = usize::try_from(length.next_multiple_of(8)).map_err(|_| "its signatures are cut off")?;
    let at = LEAD_BYTES.checked_add(length).ok_or("its signatures are cut off")?;
    let header = Header::parse(header_at(at)?).map_err(|why| format!("its header cannot be read: {why}"))?;
    // Only a source package has no source package.
    if header.text(header::SOURCERPM).is_none() {
        return Ok(None);
    }
    component(&header).map(Some).ok_or_else(|| "it has no name, version and release".to_owned())
}

fn full_version(epoch: Option<u32>, version: &str, release: &str) -> String {
    match epoch {
        None | Some(0) => format!("{version}-{release}"),
        Some(epoch) => format!("{epoch}:{version}-{release}"),
    }
}

/// Name and version of a source package out of its file name, `bash-5.1.8-9.el9.src.rpm`.
fn source(file: &str) -> Option<Source> {
    let stem = file.strip_suffix(".src.rpm").or_else(|| file.strip_suffix(".nosrc.rpm"))?;
    let (rest, release) = stem.rsplit_once('-')?;
    let (name, version) = rest.rsplit_once('-').filter(|(name, _)| !name.is_empty())?;
    Some(Source { name: name.to_owned(), version: format!("{version}-{release}") })
}

#[cfg(test)]
mod tests;
