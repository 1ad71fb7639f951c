//! The files of an image in numbers.

use crate::document::{Duplicate, FilesReport, PrivilegedFile, TopFile, TypeSum};
use plimsoll_model::{Contents, Digest, Entry, EntryKind};
use std::collections::HashMap;

/// How many of the largest files are named.
const TOP: usize = 50;
/// Paths of one duplicate that are named.
const NAMED: usize = 20;
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
        privileged: privileged(contents),
        duplicates: duplicates(contents),
    }
}

fn privileged(contents: &Contents) -> Vec<PrivilegedFile> {
    let is_program = |entry: &Entry| entry.kind == EntryKind::File || entry.kind == EntryKind::Hardlink;
    let raised = |entry: &Entry| entry.mode & 0o6000 != 0 || entry.capability.is_some();
    let files = contents.files.iter().filter(|file| is_program(&file.entry) && raised(&file.entry));
    files
        .map(|file| PrivilegedFile {
            path: file.entry.path.clone(),
            mode: format!("{:04o}", file.entry.mode),
            owner: format!("{}:{}", file.entry.uid, file.entry.gid),
            capabilities: file.entry.capability.is_some(),
            layer: file.layer,
        })
        .collect()
}

/// Contents that stand at several paths and are no hard links to each other.
fn duplicates(contents: &Contents) -> Vec<Duplicate> {
    let mut paths: HashMap<[u8; 32], (u64, Vec<&str>)> = HashMap::new();
    for entry in contents.files.iter().map(|file| &file.entry) {
        if let Some(sha256) = entry.sha256.filter(|_| entry.kind == EntryKind::File && entry.size > 0) {
            paths.entry(sha256).or_insert_with(|| (entry.size, Vec::new())).1.push(&entry.path);
        }
    }
    let mut found: Vec<Duplicate> = paths
        .into_iter()
        .filter(|(_, (_, paths))| paths.len() > 1)
        .map(|(sha256, (size, paths))| Duplicate {
            sha256: Digest::sha256(&sha256).to_string(),
            size,
            count: paths.len() as u64,
            paths: paths.into_iter().take(NAMED).map(str::to_owned).collect(),
        })
        .collect();
    let wasted = |one: &Duplicate| one.size.saturating_mul(one.count - 1);
    found.sort_by(|a, b| wasted(b).cmp(&wasted(a)).then_with(|| a.sha256.cmp(&b.sha256)));
    found.truncate(TOP);
    found
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
