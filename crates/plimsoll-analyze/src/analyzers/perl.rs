//! Distributions of CPAN: what its clients note of what they installed, and what Carton pins.

use super::documents::{Documents, Word, Words, component, is_fetched, licensed, small_text, unique};
use super::text;
use plimsoll_model::{Component, PurlType};
use serde::Deserialize;

/// `MYMETA.json` and `install.json` in cpanminus' `.meta`, and `META.json`, `META.yml` where CPAN's clients built a distribution
/// (CPAN::Meta::Spec).
pub(super) const INSTALLED: Documents = Documents {
    name: "cpan",
    edition: 1,
    wants: |entry, _| match entry.file_name() {
        "MYMETA.json" | "install.json" => entry.path.contains("/.meta/"),
        "META.json" | "META.yml" => {
            ["/.cpan/build/", "/.cpanm/"].iter().any(|folder| entry.path.contains(folder))
        }
        _ => false,
    },
    parse: |file| {
        match file.entry.file_name().ends_with(".yml") {
            true => parse_meta_yml(file.content),
            false => parse_meta_json(file.content),
        }
        .map(|component| component.into_iter().collect())
    },
};

/// Carton's `cpanfile.snapshot`.
pub(super) const LOCK: Documents = Documents {
    name: "cpan-lock",
    edition: 1,
    wants: |entry, _| entry.file_name() == "cpanfile.snapshot" && !is_fetched(&entry.path),
    parse: |file| parse_snapshot(file.content),
};

/// The distribution a `META.json` describes; an `install.json` names a module of it and, apart, `NAME-VERSION`.
pub fn parse_meta_json(content: &[u8]) -> Result<Option<Component>, String> {
    let meta: MetaJson = text::json(content)?;
    let stated = meta.dist.0.strip_suffix(meta.version.0.as_str()).and_then(|dist| dist.strip_suffix('-'));
    let found = distribution(stated.unwrap_or(&meta.name.0), &meta.version.0);
    Ok(found.map(|found| licensed(found, known(meta.license.into_vec()))))
}

/// The distribution a `META.yml` describes.
pub fn parse_meta_yml(content: &[u8]) -> Result<Option<Component>, String> {
    let meta: MetaYml = text::yaml(content)?;
    let found = distribution(&meta.name.unwrap_or_default(), &meta.version.unwrap_or_default());
    Ok(found.map(|found| licensed(found, known(meta.license.into_iter().collect()))))
}

/// What stands below `DISTRIBUTIONS`, at two spaces: `Mojolicious-8.25`.
pub fn parse_snapshot(content: &[u8]) -> Result<Vec<Component>, String> {
    let text = small_text(content)?;
    let distributions =
        text.lines().filter_map(|line| line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')));
    Ok(unique(distributions.filter_map(|distribution_| {
        let (name, version) = distribution_.trim_end().rsplit_once('-')?;
        distribution(name, version)
    })))
}

fn distribution(name: &str, version: &str) -> Option<Component> {
    // Modules' names have colons, distributions' dashes; some clients write the former.
    let name = name.replace("::", "-");
    let is_version = version.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit());
    is_version.then(|| component(PurlType::Cpan, "", &name, version)).flatten()
}

/// Without the words that stand for not knowing.
fn known(licenses: Vec<String>) -> Vec<String> {
    licenses.into_iter().filter(|license| license != "unknown").collect()
}

#[derive(Deserialize)]
struct MetaJson {
    #[serde(default)]
    name: Word,
    #[serde(default)]
    dist: Word,
    #[serde(default)]
    version: Word,
    #[serde(default)]
    license: Words,
}

#[derive(Deserialize)]
struct MetaYml {
    name: Option<String>,
    version: Option<String>,
    license: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::testing;

    #[test]
    fn installed_distributions_are_read() {
        let path = "/usr/local/lib/perl5/site_perl/5.36.0/x86_64-linux-gnu/.meta/JSON-PP-4.16/MYMETA.json";
        let content = r#"{"abstract":"x","license":["perl_5"],"name":"JSON-PP","version":"4.16","meta-spec":{"version":2}}"#;
        testing::check(&INSTALLED, path, content, &["JSON-PP 4.16 [perl_5]"]);
        testing::check(
            &INSTALLED,
            path,
            r#"{"name":"a::b","version":"v1.2.3","license":"unknown"}"#,
            &["a-b v1.2.3"],
        );
        testing::check(&INSTALLED, path, "{}", &[]);
        let install = r#"{"dist":"libwww-perl-6.67","name":"LWP","version":"6.67","pathname":"O/x"}"#;
        testing::check(
            &INSTALLED,
            "/perl5/.meta/libwww-perl-6.67/install.json",
            install,
            &["libwww-perl 6.67"],
        );
        let yml = "---\nname: Try-Tiny\nversion: 0.30\nlicense: mit\nmeta-spec:\n  version: 1.4\n";
        testing::check(
            &INSTALLED,
            "/root/.cpan/build/Try-Tiny-0.30-0/META.yml",
            yml,
            &["Try-Tiny 0.30 [mit]"],
        );
        assert!(!testing::wants(&INSTALLED, "/src/META.json", b"{}"));
        testing::survives(&INSTALLED, path, content.as_bytes());
        testing::survives(&INSTALLED, "/.cpan/build/x/META.yml", yml.as_bytes());
    }

    #[test]
    fn snapshots_are_read() {
        let content = "# carton snapshot format: version 1.0\nDISTRIBUTIONS\n  Mojolicious-8.25\n    pathname: S/SR/SRI/Mojolicious-8.25.tar.gz\n    provides:\n      Mojo undef\n    requirements:\n      perl 5.010001\n  libwww-perl-6.67\n    pathname: x\n";
        let expected = ["Mojolicious 8.25", "libwww-perl 6.67"];
        testing::check(&LOCK, "/app/cpanfile.snapshot", content, &expected);
        testing::survives(&LOCK, "/app/cpanfile.snapshot", content.as_bytes());
    }
}
