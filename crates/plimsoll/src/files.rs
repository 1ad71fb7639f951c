//! The files of an image in numbers.

use crate::document::{FilesReport, TopFile, TypeSum};
use plimsoll_model::{Contents, Entry, EntryKind};
use std::collections::HashMap;

/// How many of the largest files are named.
const TOP: usize = 50;
/// How many types are summed up on their own; the rest is `other`.
const TYPES: usize = 30;

/// Counts, sums and the largest files of the final tree.
pub fn report(contents: &Contents) -> FilesReport {
    let mut files: Vec<&plimsoll_model::File> =
        contents.files.iter().filter(|file| file.entry.kind == EntryKind::File).collect();
    let mut sums: HashMap<&str, (u64, u64)> = HashMap::new();
    for file in &files {
        let sum = sums.entry(kind(&file.entry)).or_default();
        sum.0 += 1;
        sum.1 = sum.1.saturating_add(file.entry.size);
    }
    let bytes = files.iter().fold(0_u64, |sum, file| sum.saturating_add(file.entry.size));
    files.sort_by(|a, b| b.entry.size.cmp(&a.entry.size).then_with(|| a.entry.path.cmp(&b.entry.path)));
    FilesReport {
        count: contents.files.len() as u64,
        bytes,
        wasted_bytes: contents.wasted_bytes,
        top: files
            .iter()
            .take(TOP)
            .map(|file| TopFile {
                path: file.entry.path.clone(),
                size: file.entry.size,
                layer: file.layer,
                kind: kind(&file.entry).to_owned(),
            })
            .collect(),
        by_type: by_type(sums),
    }
}

fn by_type(sums: HashMap<&str, (u64, u64)>) -> Vec<TypeSum> {
    let mut types: Vec<TypeSum> = sums
        .into_iter()
        .map(|(kind, (count, bytes))| TypeSum { kind: kind.to_owned(), count, bytes })
        .collect();
    types.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.kind.cmp(&b.kind)));
    let small: Vec<TypeSum> = types.split_off(types.len().min(TYPES));
    if !small.is_empty() {
        let count = small.iter().map(|sum| sum.count).sum::<u64>();
        let bytes = small.iter().fold(0_u64, |all, sum| all.saturating_add(sum.bytes));
        match types.iter_mut().find(|sum| sum.kind == "other") {
            Some(other) => {
                other.count += count;
                other.bytes = other.bytes.saturating_add(bytes);
            }
            None => types.push(TypeSum { kind: "other".to_owned(), count, bytes }),
        }
    }
    types
}

/// The ending of a file's name where it is a short plain word; `so` for versioned shared libraries; else `executable`
/// by its permissions; else `other`.
fn kind(entry: &Entry) -> &str {
    let name = entry.file_name();
    if name.contains(".so.") {
        return "so";
    }
    let ending = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, ending)| ending);
    match ending {
        Some(ending)
            if (1..=8).contains(&ending.len())
                && ending.bytes().all(|byte| byte.is_ascii_alphanumeric())
                && ending.bytes().any(|byte| byte.is_ascii_alphabetic()) =>
        {
            ending
        }
        _ if entry.mode & 0o111 != 0 => "executable",
        _ => "other",
    }
}
