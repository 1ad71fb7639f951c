//! Which files distributions publish themselves, found out where their names change from day to day. The addresses are
//! the text file beside.

use super::fetch::Fetcher;
use super::plan::Item;
use crate::date;
use std::path::Path;

/// Documents changed since an archive was packed that are fetched one by one; the newest count.
const CHANGED: usize = 5_000;

/// A line of `publishers.txt`.
struct Source {
    name: &'static str,
    default: bool,
    how: How,
    path: &'static str,
    address: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    File,
    Archive,
    Repository,
    Mirrors,
}

fn sources() -> impl Iterator<Item = Source> {
    include_str!("publishers.txt").lines().filter(|line| !line.starts_with('#')).filter_map(read)
}

fn read(line: &'static str) -> Option<Source> {
    let columns: Vec<&str> = line.split('|').map(str::trim).collect();
    let [name, default, how, path, address] = columns.as_slice() else { return None };
    let how = match *how {
        "file" => How::File,
        "archive" => How::Archive,
        "repository" => How::Repository,
        "mirrors" => How::Mirrors,
        _ => return None,
    };
    Some(Source { name, default: *default == "yes", how, path, address })
}

/// The distributions that are fetched unless told otherwise.
pub(super) fn default_names() -> Vec<String> {
    let mut names: Vec<String> =
        sources().filter(|source| source.default).map(|source| source.name.to_owned()).collect();
    names.dedup();
    names
}

/// The files of these distributions: the publishers', or a mirror's.
pub(super) fn items(
    wanted: &[String],
    mirror: Option<&str>,
    fetcher: &Fetcher<'_>,
    folder: &Path,
) -> Vec<Item> {
    let wanted = sources().filter(|source| wanted.iter().any(|name| name == source.name));
    wanted.flat_map(|source| of_source(&source, mirror, fetcher, folder)).collect()
}

fn of_source(source: &Source, mirror: Option<&str>, fetcher: &Fetcher<'_>, folder: &Path) -> Vec<Item> {
    // What a mirror does not hold is not missed: it holds what somebody chose.
    let item = |url: String, path: String| Item { url, path, needed: false, missed: mirror.is_none() };
    let path = source.path;
    let base = mirror.map_or(source.address.to_owned(), |mirror| format!("{mirror}/{path}"));
    match source.how {
        How::File => vec![item(base, path.to_owned())],
        How::Archive => {
            let Some(name) = text(fetcher, &format!("{base}/archive_latest.txt")) else {
                if mirror.is_some() {
                    // A copy of a folder of feeds.
                    return ["archive.tar.zst", "deletions.csv"]
                        .map(|name| item(format!("{base}/{name}"), format!("{path}/{name}")))
                        .into();
                }
                return vec![item(
                    format!("{base}/archive_latest.txt"),
                    format!("{path}/archive_latest.txt"),
                )];
            };
            let name = name.trim();
            if !is_name(name) {
                return Vec::new();
            }
            // Under one name, so that the archive of yesterday makes room.
            let mut items = vec![item(format!("{base}/{name}"), format!("{path}/archive.tar.zst"))];
            let day =
                name.get(name.len().saturating_sub(18)..name.len().saturating_sub(8)).and_then(date::seconds);
            items.push(item(format!("{base}/deletions.csv"), format!("{path}/deletions.csv")));
            if let Some(day) = day {
                let changes = folder.join(path).join("changes.csv");
                let _ = fetcher.fetch(&format!("{base}/changes.csv"), &changes);
                let list = std::fs::read_to_string(&changes).unwrap_or_default();
                let changed = changed_since(&list, day);
                items.extend(changed.map(|name| item(format!("{base}/{name}"), format!("{path}/{name}"))));
            }
            items
        }
        How::Repository | How::Mirrors => {
            let base = match (source.how, mirror) {
                (How::Mirrors, None) => {
                    text(fetcher, &base).and_then(|list| list.lines().next().map(str::to_owned))
                }
                _ => Some(base.clone()),
            };
            let base = base.map(|base| base.trim().trim_end_matches('/').to_owned());
            let found = base.as_ref().and_then(|base| repository(base, fetcher));
            match (found, base, mirror) {
                (Some((url, name)), _, _) => vec![item(url, format!("{path}/{name}"))],
                (None, Some(base), Some(_)) => {
                    ["updateinfo.xml.gz", "updateinfo.xml.zst", "updateinfo.xml.xz"]
                        .map(|name| item(format!("{base}/{name}"), format!("{path}/{name}")))
                        .into()
                }
                _ => vec![item(source.address.to_owned(), format!("{path}/missing.txt"))],
            }
        }
    }
}

fn text(fetcher: &Fetcher<'_>, url: &str) -> Option<String> {
    fetcher.small_text(url).ok().flatten().filter(|text| !text.trim().is_empty())
}

/// Address and name of a repository's updateinfo.
fn repository(base: &str, fetcher: &Fetcher<'_>) -> Option<(String, String)> {
    let list = text(fetcher, &format!("{base}/repodata/repomd.xml"))?;
    let path = updateinfo(&list)?;
    let packing = path.rsplit_once(".xml").map_or("", |(_, packing)| packing);
    Some((format!("{base}/{path}"), format!("updateinfo.xml{packing}")))
}

/// The place of the updateinfo a repomd.xml names.
fn updateinfo(repomd: &str) -> Option<String> {
    let data =
        ["type=\"updateinfo\"", "type='updateinfo'"].iter().find_map(|kind| repomd.split_once(kind))?.1;
    let data = data.split("</data>").next()?;
    let (_, rest) = data.split_once("<location")?;
    let (_, rest) = rest.split_once("href=")?;
    let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let path = rest[1..].split(quote).next()?;
    let parts: Vec<&str> = path.split('/').collect();
    (parts.len() <= 4 && parts.iter().all(|part| is_name(part))).then(|| path.to_owned())
}

/// The documents of a changes.csv that are newer than this.
fn changed_since(list: &str, day: i64) -> impl Iterator<Item = &str> {
    let fields = move |line| {
        let line: &str = line;
        let (path, time) = line.split_once(',')?;
        let path = path.trim().trim_matches('"');
        let new = date::seconds(time.trim().trim_matches('"')).is_some_and(|time| time >= day);
        let is_document =
            path.ends_with(".json") && path.split('/').count() <= 3 && path.split('/').all(is_name);
        (new && is_document).then_some(path)
    };
    list.lines().filter_map(fields).take(CHANGED)
}

/// May this be the name of a file or folder of ours?
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 128
        && !name.starts_with('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_data_is_understood() {
        let lines = include_str!("publishers.txt").lines().filter(|line| !line.starts_with('#'));
        assert_eq!(lines.count(), sources().count());
        let mut paths: Vec<&str> = sources().map(|source| source.path).collect();
        paths.sort_unstable();
        assert!(paths.windows(2).all(|pair| pair[0] != pair[1]), "a path stands twice");
        assert!(
            sources()
                .all(|source| source.address.starts_with("https://") && source.path.split('/').all(is_name))
        );
        assert!(
            default_names().contains(&"redhat".to_owned())
                && !default_names().contains(&"suse-oval".to_owned())
        );
    }

    #[test]
    fn a_repository_names_its_updateinfo() {
        let repomd = |href: &str| {
            format!(
                "<repomd><data type=\"primary\"><location href=\"p.xml\"/></data>\n<data type=\"updateinfo\"><checksum/><location href=\"{href}\"/></data></repomd>"
            )
        };
        let check =
            |href: &str, expected: Option<&str>| assert_eq!(updateinfo(&repomd(href)).as_deref(), expected);
        check("repodata/a1-updateinfo.xml.gz", Some("repodata/a1-updateinfo.xml.gz"));
        check("../../etc/passwd", None);
        assert_eq!(updateinfo("<repomd></repomd>"), None);
    }

    #[test]
    fn documents_changed_since_the_archive_are_named() {
        let list = "\"2023/a.json\",\"2024-08-15T11:45:05+00:00\"\n\"../b.json\",\"2024-08-15T11:45:05+00:00\"\n\"2011/c.json\",\"2024-04-21T02:19:38+00:00\"\n";
        let day = date::seconds("2024-08-11").expect("a day");
        assert_eq!(changed_since(list, day).collect::<Vec<_>>(), ["2023/a.json"]);
    }
}
