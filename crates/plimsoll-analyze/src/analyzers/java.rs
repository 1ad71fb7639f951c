//! Java archives, and the files Java builds name their dependencies in.

mod archive;
mod gradle;
mod groups;
mod identity;
mod locks;
mod manifest;
mod pom;

pub(crate) use gradle::GradleLock;
pub(crate) use locks::MAVEN_LOCK;
pub(crate) use pom::PomXml;

use crate::analyzers::{Analyzer, File, Findings};
use archive::{Archive, Budget, Unpack};
use identity::StatedPom;
use manifest::Manifest;
use plimsoll_model::{Component, Entry, Fact, PurlType};

/// Archives that are Java's whatever their first bytes are.
const JAVA_ARCHIVES: &[&str] = &["jar", "war", "ear", "jmod"];
/// Archives that are Java's when they are zip archives: their extensions are also those of other formats.
const JAVA_ARCHIVES_IF_ZIP: &[&str] = &["par", "sar", "nar", "jpi", "hpi", "kar", "lpkg", "zap"];
/// What is opened inside an archive beside those.
const INNER_ARCHIVES_IF_ZIP: &[&str] = &["aar", "rar", "zip"];

/// A pom.properties, pom.xml or manifest is text written by a build tool; the largest seen are signed manifests of a
/// few MiB.
const TEXT_BYTES: u64 = 16 << 20;
/// Paths inside one file, all together: a short archive could repeat one long path for each of its members.
const PATHS_BYTES: usize = 64 << 20;
/// Lines of what could not be examined in one file.
const UNREAD_LINES: usize = 1000;

/// Reads Java archives, nested at any depth, and tells which Maven artifacts they are. Offline and in this order:
/// pom.properties, pom.xml, the manifest, the file name; the group, where none of them says, from a table of
/// artifacts that exist in one group only. A group is never guessed from the name, because a wrong one
/// matches other advisories.
pub(crate) struct Jar;

impl Analyzer for Jar {
    fn name(&self) -> &'static str {
        "jar"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, head: &[u8]) -> bool {
        is_java_archive(entry.file_name(), head) || is_unpacked_pom_properties(&entry.path)
    }

    fn read(&self, file: &File<'_>) -> Findings {
        if is_unpacked_pom_properties(&file.entry.path) {
            let coordinates = pom::properties(file.content);
            let component = coordinates.map(|coordinates| coordinates.component(Vec::new()));
            let facts = component.into_iter().map(|component| (String::new(), Fact::Component(component)));
            return Findings { facts: facts.collect(), unread: Vec::new() };
        }
        let mut walk = Walk {
            budget: Budget::new(file.limits, file.content.len() as u64),
            findings: Findings::default(),
            paths_bytes: 0,
            unread_more: 0,
        };
        // Why the walk ended early is in the findings already.
        let _ = walk.read(
            &Place { file_name: file.entry.file_name(), inner: "", depth: 0, held_bytes: 0 },
            file.content,
        );
        if walk.unread_more > 0 {
            let reason = format!("{} more files inside could not be examined", walk.unread_more);
            walk.findings.unread.push((String::new(), reason));
        }
        walk.findings
    }
}

fn extension(file_name: &str) -> String {
    file_name.rsplit_once('.').map_or(String::new(), |(_, extension)| extension.to_ascii_lowercase())
}

fn is_java_archive(file_name: &str, head: &[u8]) -> bool {
    // Asked for every file: most names end here.
    let Some((_, extension)) = file_name.rsplit_once('.') else { return false };
    let among = |list: &[&str]| list.iter().any(|known| known.eq_ignore_ascii_case(extension));
    among(JAVA_ARCHIVES) || (among(JAVA_ARCHIVES_IF_ZIP) && is_zip(head))
}

/// The parsers of what lies in archives and beside them.
#[doc(hidden)]
pub mod fuzz {
    use super::{gradle, locks, manifest::Manifest, pom};

    pub fn gradle_lock(bytes: &[u8]) {
        gradle::parse(bytes);
    }

    pub fn locks(bytes: &[u8]) {
        let _ = (locks::sbt(bytes), locks::verification(bytes), locks::catalog(bytes));
    }

    pub fn manifest(bytes: &[u8]) {
        let manifest = Manifest::parse(bytes);
        let _ = (manifest.value("Implementation-Version"), manifest.bare("Bundle-SymbolicName"));
    }

    pub fn pom(bytes: &[u8]) {
        let _ = pom::parse(bytes);
    }

    pub fn pom_properties(bytes: &[u8]) {
        pom::properties(bytes);
    }
}

/// Frameworks and image builders lay archives out as folders.
fn is_unpacked_pom_properties(path: &str) -> bool {
    path.ends_with("/pom.properties") && path.contains("/META-INF/maven/")
}

/// Does it begin like a zip archive, a jmod, or a script before an archive (an executable jar)?
fn is_zip(head: &[u8]) -> bool {
    [b"PK\x03\x04".as_slice(), b"PK\x05\x06", b"JM\x01", b"#!"].iter().any(|magic| head.starts_with(magic))
}

/// Where in the file we are.
struct Place<'a> {
    /// Name of this archive without its folders.
    file_name: &'a str,
    /// Path of this archive inside the file; empty for the file itself.
    inner: &'a str,
    /// Archives around this one.
    depth: u64,
    /// Bytes of unpacked archives held in memory around this one.
    held_bytes: u64,
}

impl Place<'_> {
    fn join(&self, member: &str) -> String {
        if self.inner.is_empty() { member.to_owned() } else { format!("{}!/{member}", self.inner) }
    }
}

/// The budget is spent: nothing more of this file is read.
struct Spent;

struct Walk<'a> {
    budget: Budget<'a>,
    findings: Findings,
    paths_bytes: usize,
    unread_more: usize,
}

impl Walk<'_> {
    fn read(&mut self, place: &Place<'_>, bytes: &[u8]) -> Result<(), Spent> {
        if let Err(reason) = self.budget.check_depth(place.depth) {
            return self.unread(place.inner.to_owned(), reason);
        }
        // A jmod is a zip behind four bytes (jdk.internal.jmod.JmodFile).
        let bytes = bytes.strip_prefix(b"JM\x01\x00").unwrap_or(bytes);
        let mut archive = match Archive::open(bytes, &mut self.budget) {
            Ok(archive) => archive,
            Err(Unpack::Bad(reason)) => return self.unread(place.inner.to_owned(), reason),
            Err(Unpack::Spent(reason)) => return self.stop(place.inner.to_owned(), reason),
        };
        self.components(place, &mut archive)?;
        self.inner_archives(place, &mut archive)
    }

    /// What this archive is, and what was copied into it.
    fn components(&mut self, place: &Place<'_>, archive: &mut Archive<'_>) -> Result<(), Spent> {
        let mut manifest = Manifest::default();
        let mut poms: Vec<StatedPom> = Vec::new();
        for index in 0..archive.members.len() {
            let path = archive.members[index].path.as_str();
            let is_manifest = place.is_manifest(path);
            let folder = pom::maven_folder(path);
            if !is_manifest && folder.is_none() {
                continue;
            }
            let (path, folder) = (path.to_owned(), folder.map(str::to_owned));
            let Some(content) = self.content(place, archive, index, TEXT_BYTES)? else { continue };
            match folder {
                None => manifest = Manifest::parse(&content),
                Some(folder) if path.ends_with(".properties") => {
                    StatedPom::add(&mut poms, folder, path, pom::properties(&content), Vec::new());
                }
                Some(folder) => match pom::parse(&content) {
                    Ok(pom) => StatedPom::add(&mut poms, folder, path, pom.coordinates, pom.licenses),
                    Err(reason) => self.unread(place.join(&path), reason)?,
                },
            }
        }
        let identity = identity::identify(place.file_name, &manifest, poms);
        if let Some(own) = identity.own {
            self.component(place.inner.to_owned(), own)?;
        }
        for (path, embedded) in identity.embedded {
            self.component(place.join(&path), embedded)?;
        }
        Ok(())
    }

    fn inner_archives(&mut self, place: &Place<'_>, archive: &mut Archive<'_>) -> Result<(), Spent> {
        for index in 0..archive.members.len() {
            let path = archive.members[index].path.as_str();
            let file_name = path.rsplit('/').next().unwrap_or(path);
            let extension = extension(file_name);
            let certain = JAVA_ARCHIVES.contains(&extension.as_str());
            let possible = JAVA_ARCHIVES_IF_ZIP.contains(&extension.as_str())
                || INNER_ARCHIVES_IF_ZIP.contains(&extension.as_str());
            if !certain && !possible {
                continue;
            }
            let (inner, file_name) = (place.join(path), file_name.to_owned());
            let most = self.budget.file_bytes().saturating_sub(place.held_bytes);
            let Some(content) = self.content(place, archive, index, most)? else { continue };
            if !certain && !is_zip(&content) {
                continue;
            }
            let held_bytes = place.held_bytes.saturating_add(content.len() as u64);
            let inside = Place { file_name: &file_name, inner: &inner, depth: place.depth + 1, held_bytes };
            self.read(&inside, &content)?;
        }
        Ok(())
    }

    /// Unpacks a member; `None` when it cannot be, which is noted.
    fn content(
        &mut self,
        place: &Place<'_>,
        archive: &mut Archive<'_>,
        index: usize,
        most_bytes: u64,
    ) -> Result<Option<Vec<u8>>, Spent> {
        let reason = match archive.content(index, most_bytes, &mut self.budget) {
            Ok(content) => return Ok(Some(content)),
            Err(reason) => reason,
        };
        let path = place.join(&archive.members[index].path);
        match reason {
            Unpack::Bad(reason) => self.unread(path, reason).map(|()| None),
            Unpack::Spent(reason) => self.stop(path, reason).map(|()| None),
        }
    }

    fn component(&mut self, path: String, component: Component) -> Result<(), Spent> {
        self.count_path(&path)?;
        self.findings.facts.push((path, Fact::Component(component)));
        Ok(())
    }

    fn unread(&mut self, path: String, reason: String) -> Result<(), Spent> {
        if self.findings.unread.len() >= UNREAD_LINES {
            self.unread_more += 1;
            return Ok(());
        }
        self.count_path(&path)?;
        self.findings.unread.push((path, reason));
        Ok(())
    }

    fn stop(&mut self, path: String, reason: String) -> Result<(), Spent> {
        self.unread(path, format!("{reason}; the rest of the file was not read"))?;
        Err(Spent)
    }

    fn count_path(&mut self, path: &str) -> Result<(), Spent> {
        self.paths_bytes = self.paths_bytes.saturating_add(path.len());
        if self.paths_bytes <= PATHS_BYTES {
            return Ok(());
        }
        let reason =
            format!("the paths inside are longer than {PATHS_BYTES} bytes together; the rest was not read");
        self.findings.unread.push((String::new(), reason));
        Err(Spent)
    }
}

impl Place<'_> {
    /// Only the archive's own manifest tells of it.
    fn is_manifest(&self, path: &str) -> bool {
        path.eq_ignore_ascii_case("META-INF/MANIFEST.MF") || path == "classes/META-INF/MANIFEST.MF"
    }
}

/// Group, artifact and version: what names a file in a Maven repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Coordinates {
    group: String,
    artifact: String,
    version: String,
}

impl Coordinates {
    /// The coordinates, unless one of them is missing, a placeholder the build never filled in, or no name at all.
    fn new(group: &str, artifact: &str, version: &str) -> Option<Coordinates> {
        let is_name = |text: &str| {
            (1..=256).contains(&text.len())
                && text.bytes().all(|byte| matches!(byte, b'!'..=b'~') && !b"$@{}/\\:".contains(&byte))
        };
        ((group.is_empty() || is_name(group)) && is_name(artifact) && is_name(version)).then(|| Coordinates {
            group: group.to_owned(),
            artifact: artifact.to_owned(),
            version: version.to_owned(),
        })
    }

    fn component(self, licenses: Vec<String>) -> Component {
        Component { licenses, ..Component::new(PurlType::Maven, &self.group, &self.artifact, &self.version) }
    }
}

#[cfg(test)]
mod tests;
