//! Yarn's cache of packages: `.yarn/cache/*.zip`, which Plug'n'Play runs them out of.

use super::{Analyzer, File, Findings, npm};
use plimsoll_model::{Entry, Limits};
use std::io::{Cursor, Read};

/// The analyzer of the cache's archives.
pub(super) struct YarnCache;

/// Bytes of one `package.json`; real ones stay below one MiB.
const MAX_MANIFEST_BYTES: u64 = 8 << 20;

impl Analyzer for YarnCache {
    fn name(&self) -> &'static str {
        "yarn-cache"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, head: &[u8]) -> bool {
        let is_cached = ["/.yarn/cache/", "/.yarn/berry/cache/"].iter().any(|it| entry.path.contains(it));
        is_cached && entry.file_name().ends_with(".zip") && head.starts_with(b"PK")
    }

    fn read(&self, file: &File<'_>) -> Findings {
        let mut found = Findings::default();
        if let Err(reason) = parse(file.content, file.limits, &mut found) {
            found.unread.push((String::new(), reason));
        }
        found
    }
}

/// Reads the package at `node_modules/NAME/package.json`, and those bundled with it.
pub(crate) fn parse(content: &[u8], limits: &Limits, found: &mut Findings) -> Result<(), String> {
    // The central directory is read into memory at once, so its entries are counted before.
    let entries = memchr::memmem::find_iter(content, b"PK\x01\x02").count() as u64;
    let what = || "the number of files in the archive".to_owned();
    limits.check("nested-entries", entries, what).map_err(|error| error.to_string())?;
    let mut archive =
        zip::ZipArchive::new(Cursor::new(content)).map_err(|error| format!("not a zip archive: {error}"))?;
    let names: Vec<String> =
        archive.file_names().filter_map(Result::ok).map(|name| name.into_owned()).collect();
    let is_manifest = |name: &String| {
        name.starts_with("node_modules/")
            && name.ends_with("/package.json")
            && npm::is_package_root(&format!("/{name}"))
    };
    let mut left = limits.nested_bytes;
    for name in names.into_iter().filter(is_manifest) {
        let mut manifest = Vec::new();
        let most = MAX_MANIFEST_BYTES.min(left);
        let member = archive.by_name(&name).map_err(|error| error.to_string());
        let read = member.and_then(|member| {
            member.take(most).read_to_end(&mut manifest).map_err(|error| error.to_string())
        });
        left = left.saturating_sub(manifest.len() as u64);
        match read.and_then(|_| npm::parse_package_json(&manifest)) {
            Ok(component) => found.add(&name, component.into_iter().collect()),
            Err(reason) => found.unread.push((name, reason)),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, read, survives, wants};
    use super::*;
    use std::io::Write;

    #[test]
    fn cached_packages_are_read() {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in [
            (
                "node_modules/@babel/core/package.json",
                r#"{"name":"@babel/core","version":"7.24.0","license":"MIT"}"#,
            ),
            ("node_modules/@babel/core/lib/package.json", r#"{"name":"no","version":"1.0.0"}"#),
            (
                "node_modules/@babel/core/node_modules/semver/package.json",
                r#"{"name":"semver","version":"6.3.1"}"#,
            ),
            ("node_modules/@babel/core/index.js", ""),
        ] {
            writer.start_file(name, zip::write::SimpleFileOptions::default()).expect("a member");
            writer.write_all(content.as_bytes()).expect("its content");
        }
        let zip = writer.finish().expect("an archive").into_inner();
        let path = "/app/.yarn/cache/@babel-core-npm-7.24.0-cb8fcfe8c4-ef12d5d1ab.zip";
        check(&YarnCache, path, &zip, &["@babel/core 7.24.0 [MIT]", "semver 6.3.1"]);
        survives(&YarnCache, path, &zip);
        assert_eq!(read(&YarnCache, path, b"PK").unread.len(), 1);
        assert!(!wants(&YarnCache, "/app/x.zip", b"PK"));
    }
}
