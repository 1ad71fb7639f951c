//! gradle.lockfile (Gradle user manual, "Locking dependency versions").

use super::Coordinates;
use crate::analyzers::{Analyzer, File, Findings};
use plimsoll_model::{Entry, Fact};

/// Reads Gradle's lock files: lines `group:artifact:version=configuration,configuration`.
pub(crate) struct GradleLock;

impl Analyzer for GradleLock {
    fn name(&self) -> &'static str {
        "gradle-lock"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, _head: &[u8]) -> bool {
        // Also gradle/dependency-locks/NAME.lockfile of older versions, and buildscript-gradle.lockfile.
        entry.file_name().ends_with("gradle.lockfile") || entry.path.contains("/gradle/dependency-locks/")
    }

    fn read(&self, file: &File<'_>) -> Findings {
        let components = parse(file.content).into_iter().map(|locked| locked.component(Vec::new()));
        let facts = components.map(|component| (String::new(), Fact::Component(component)));
        Findings { facts: facts.collect(), unread: Vec::new() }
    }
}

/// The locked artifacts, without those that only test configurations use.
pub(super) fn parse(bytes: &[u8]) -> Vec<Coordinates> {
    let text = String::from_utf8_lossy(bytes);
    text.lines().filter_map(|line| locked(line.trim())).collect()
}

fn locked(line: &str) -> Option<Coordinates> {
    let (coordinates, configurations) = line.split_once('=').unwrap_or((line, ""));
    let is_test = |configuration: &str| configuration.starts_with("test");
    if line.starts_with('#') || (!configurations.is_empty() && configurations.split(',').all(is_test)) {
        return None;
    }
    let mut parts = coordinates.split(':');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(group), Some(artifact), Some(version), None) => Coordinates::new(group, artifact, version),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lock_files_are_read() {
        let text = b"# This is a Gradle generated file\norg.a:b:1.0=compileClasspath,testRuntimeClasspath\r\n\
                     junit:junit:4.13=testCompileClasspath,testRuntimeClasspath\norg.c:d:2\nempty=annotationProcessor\n";
        let found: Vec<String> =
            parse(text).iter().map(|c| format!("{}:{}:{}", c.group, c.artifact, c.version)).collect();
        assert_eq!(found, ["org.a:b:1.0", "org.c:d:2"]);
    }
}
