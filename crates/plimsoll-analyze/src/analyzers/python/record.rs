//! What an installed wheel brought: `RECORD`, one file a line with its digest.

use crate::analyzers::owned::{OwnedPaths, TRUNCATED};
use crate::analyzers::{Analyzer, File, Findings};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use plimsoll_model::{Entry, RecordedDigest};

/// The analyzer of wheels' lists of files. They own nothing on behalf of a distribution: they tell which files are as
/// their package brought them.
pub(in crate::analyzers) struct Record;

impl Analyzer for Record {
    fn name(&self) -> &'static str {
        "python-record"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, _head: &[u8]) -> bool {
        entry.path.ends_with(".dist-info/RECORD")
    }

    fn read(&self, file: &File<'_>) -> Findings {
        let mut folders = file.entry.path.rsplitn(3, '/').skip(1);
        let package = folders.next().unwrap_or("").trim_end_matches(".dist-info");
        parse(file.content, package, folders.next().unwrap_or(""))
    }
}

/// Reads `path,sha256=DIGEST,size` lines, paths relative to the folder packages are installed in
/// (packaging.python.org, "Recording installed projects").
pub fn parse(content: &[u8], package: &str, folder: &str) -> Findings {
    let mut paths = OwnedPaths::new();
    let text = String::from_utf8_lossy(content);
    for line in text.lines() {
        let mut fields = line.rsplitn(3, ',').skip(1);
        let (Some(digest), Some(path)) = (fields.next(), fields.next()) else { continue };
        let digest = digest.strip_prefix("sha256=").and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        let digest = digest.and_then(|bytes| Some(RecordedDigest::Sha256(bytes.try_into().ok()?)));
        let path = path.trim_matches('"');
        // Paths that leave the folder are scripts made when the package was installed.
        if digest.is_some() && !path.starts_with('/') && !path.split('/').any(|part| part == "..") {
            paths.add_recorded(folder, path, digest);
        }
    }
    let mut found = Findings::default();
    found.facts.extend(paths.take(package, None).map(|fact| (String::new(), fact)));
    if paths.truncated {
        found.unread.push((String::new(), TRUNCATED.to_owned()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::testing::{os_lines, read_wanted};

    #[test]
    fn files_with_digests_are_read() {
        let text = "a/b.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n\"c,d.py\",sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n\
            ../../bin/x,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\na.dist-info/RECORD,,\nnonsense\n";
        let found = read_wanted(&Record, "/usr/lib/python3/a-1.0.dist-info/RECORD", text.as_bytes());
        assert_eq!(os_lines(&found), ["a-1.0 owns /usr/lib/python3/a/b.py /usr/lib/python3/c,d.py"]);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            parse(&bytes, "a", "/x");
        }
    }
}
