//! Extensions of PHP: libraries in its extension folders, by the version each registers itself with.

use super::{Analyzer, File, Findings, executable};
use plimsoll_model::{Component, Entry, PurlType};
use regex::bytes::Regex;
use std::sync::LazyLock;

/// The analyzer of extensions. Those that PECL installed are in its registry as well.
pub(super) struct PhpExtension;

impl Analyzer for PhpExtension {
    fn name(&self) -> &'static str {
        "php-extension"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, head: &[u8]) -> bool {
        entry.file_name().ends_with(".so") && is_place(&entry.path) && executable::is_executable(head)
    }

    fn read(&self, file: &File<'_>) -> Findings {
        let stem = file.entry.file_name().strip_suffix(".so").unwrap_or("");
        Findings::of(Ok(parse(file.content, stem).into_iter().collect()))
    }
}

/// `…/php/extensions/no-debug-non-zts-20220829/` as PHP builds it, `…/php/20220829/` of Debian, `…/php/modules/` of Red
/// Hat, `…/php83/modules/` of Alpine.
fn is_place(path: &str) -> bool {
    let mut folders = path.rsplit('/').skip(1);
    let (Some(folder), Some(parent)) = (folders.next(), folders.next()) else { return false };
    let is_php = |name: &str| {
        name.strip_prefix("php").is_some_and(|rest| rest.bytes().all(|byte| !byte.is_ascii_alphabetic()))
    };
    let is_date = folder.len() == 8 && folder.bytes().all(|byte| byte.is_ascii_digit());
    (parent == "extensions" && path.contains("/php")) || (is_php(parent) && (is_date || folder == "modules"))
}

/// Version-like texts that are looked at.
const MAX_CANDIDATES: usize = 256;

/// The extension: it carries the build of PHP it was made for (`API20220829,NTS`), and its version as a text of its own.
/// With several such texts none is believed.
pub(crate) fn parse(content: &[u8], stem: &str) -> Option<Component> {
    static BUILD: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?-u)\x00API\d{8},(?:NTS|TS)").ok());
    static VERSION: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?-u)\x00(\d{1,3}\.\d{1,3}\.\d{1,4}(?:(?:-?(?:alpha|beta|RC|dev|rc))\d{0,3})?)\x00").ok()
    });
    if stem.is_empty() || !BUILD.as_ref()?.is_match(content) {
        return None;
    }
    let pattern = VERSION.as_ref()?;
    let (mut at, mut found) = (0, None);
    for _ in 0..MAX_CANDIDATES {
        let Some(version) = pattern.captures_at(content, at).and_then(|captures| captures.get(1)) else {
            break;
        };
        // The zero behind one may be the one before the next.
        at = version.end();
        if found.is_some_and(|known| known != version.as_bytes()) {
            return None;
        }
        found = Some(version.as_bytes());
    }
    let version = std::str::from_utf8(found?).ok()?;
    Some(Component::new(PurlType::Generic, "php-extension", stem, version))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, elf, survives, wants};
    use super::*;

    #[test]
    fn extensions_are_read() {
        let library = |text: &[u8]| elf(".rodata", text, 0);
        let redis = library(b"\x00redis\x006.0.2\x00API20220829,NTS\x00");
        let at = |folder: &str| format!("{folder}/redis.so");
        for folder in [
            "/usr/local/lib/php/extensions/no-debug-non-zts-20220829",
            "/usr/lib/php/20220829",
            "/usr/lib64/php/modules",
            "/usr/lib/php83/modules",
        ] {
            check(&PhpExtension, &at(folder), &redis, &["php-extension/redis 6.0.2"]);
        }
        let path = at("/usr/lib/php/20220829");
        check(
            &PhpExtension,
            &path,
            library(b"\x00gd\x008.2.12\x008.2.12\x00API20220829,TS\x00"),
            &["php-extension/redis 8.2.12"],
        );
        check(&PhpExtension, &path, library(b"\x00x\x008.2.12\x001.2.11\x00API20220829,TS\x00"), &[]);
        check(&PhpExtension, &path, library(b"\x00x\x008.2.12\x00"), &[]);
        for folder in ["/usr/lib/phpmyadmin/modules", "/usr/lib/apache2/modules", "/x/extensions/y"] {
            assert!(!wants(&PhpExtension, &at(folder), &redis), "{folder}");
        }
        survives(&PhpExtension, &path, &redis);
    }
}
