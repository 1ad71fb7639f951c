//! `requirements.txt` (pip, "Requirements File Format"): only what it pins to one version.

use super::component;
use crate::analyzers::text;
use plimsoll_model::Component;
use std::collections::BTreeMap;

/// What `==` and `===` pin, each once. Options, other files, addresses and ranges pin nothing.
pub fn parse(content: &[u8]) -> Result<Vec<Component>, String> {
    let text = text::text(content)?;
    let mut found = BTreeMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let mut requirement = line;
        // Continued lines carry hashes; a requirement itself is never split in practice.
        let mut last = line;
        while last.trim_end().ends_with('\\') && !last.trim_start().starts_with('#') {
            let Some(next) = lines.next() else { break };
            if requirement.trim().trim_end_matches('\\').is_empty() {
                requirement = next;
            }
            last = next;
        }
        found.extend(pinned(requirement).map(|it| ((it.name.clone(), it.version.clone()), it)));
    }
    Ok(found.into_values().collect())
}

/// `name[extra] == 1.0 ; marker # comment` (PEP 508), `--hash` behind it.
fn pinned(line: &str) -> Option<Component> {
    let line = line.trim();
    if line.starts_with(['#', '-']) {
        return None;
    }
    let end = line.find(" #").into_iter().chain(line.find("\t#")).min().unwrap_or(line.len());
    let line = line[..end].split(';').next().unwrap_or("");
    let line = line.split(" --").next().unwrap_or("").trim_end_matches(['\\', ' ', '\t']);
    let (name, version) = line.split_once("==")?;
    let version = version.strip_prefix('=').unwrap_or(version).trim();
    let name = name.split('[').next().unwrap_or("").trim_end_matches([' ', '(']);
    let version = version.trim_end_matches(')');
    if version.contains(['*', ',', '{', '$']) {
        return None;
    }
    component(name, version)
}

#[cfg(test)]
mod tests {
    use crate::analyzers::{python::Lock, testing};

    #[test]
    fn pins_are_read() {
        let check = |content: &str, expected: &[&str]| {
            testing::check(&Lock, "/app/requirements.txt", content, expected)
        };
        check("flask==2.0\nDjango == 4.2.1  # the web\n", &["Django 4.2.1", "flask 2.0"]);
        check("a===1.0-weird\nb[x,y]==2.0; python_version < '3.9'\n", &["a 1.0-weird", "b 2.0"]);
        check("a==1.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\nb==2.0\n", &["a 1.0", "b 2.0"]);
        check("a==1.0 --hash=sha256:aa\n# b==1 \\\nc==3\n", &["a 1.0", "c 3"]);
        check("a>=1\nb~=2.0\nc==1.*\nd==1,!=2\ne\nf @ https://host/f==1.whl\n", &[]);
        check("-r other.txt\n--index-url https://x/?a==b\n-e git+https://x#egg=a==1\n./local==1\n", &[]);
        check("a==1!2.0+local\r\na==1!2.0+local\r\n", &["a 1!2.0+local"]);
        check("a (==1.0)\n", &["a 1.0"]);
        check("a=={{ version }}\nb==$B\n", &[]);
        testing::check(&Lock, "/app/requirements.txt", b"\xFF\xFEa\0=\0=\x001\0\n\0", &["a 1"]);
    }

    #[test]
    fn hostile_files_are_survived() {
        testing::survives(&Lock, "/requirements.txt", b"a==1.0 \\\n --hash=sha256:aa\nb[x]==2;c\n");
        testing::read(&Lock, "/requirements.txt", "\\\n".repeat(100_000).as_bytes());
    }
}
