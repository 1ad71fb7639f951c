//! What detectors saw, after the layers are laid over each other: present or buried, owned, unchanged.

use super::Facts;
use super::ownership::Owners;
use super::tree::{History, Origin};
use plimsoll_model::{Fact, FileFacts, LayerFacts, Sighting};
use std::collections::HashSet;

/// Is this a fact a detector saw?
pub(super) fn is_sighting(fact: &Fact) -> bool {
    matches!(fact, Fact::Secret(_) | Fact::Malware(_) | Fact::Account(_) | Fact::Text(_))
}

/// Has a detector seen anything in this content?
pub(super) fn is_seen(files: &[&FileFacts]) -> bool {
    files.iter().any(|file| file.facts.iter().any(is_sighting))
}

/// One row for each content and fact. A content seen under several names (hard links) is listed under the first by
/// which it is present, else the first it had.
pub(super) fn sightings(
    layers: &[LayerFacts],
    paths: &[(&String, History)],
    unplaced: &[(&str, Origin)],
    facts: &Facts<'_>,
    owners: &Owners,
) -> Vec<Sighting> {
    let present = paths.iter().filter_map(|(path, history)| Some((path.as_str(), history.last()?.1?, true)));
    let earlier = paths.iter().flat_map(|(path, history)| {
        history.iter().filter_map(|(_, content)| Some((path.as_str(), (*content)?, false)))
    });
    let nowhere = unplaced.iter().map(|&(path, content)| (path, content, false));
    let mut done = HashSet::new();
    let mut out = Vec::new();
    for (path, content, present) in present.chain(earlier).chain(nowhere) {
        let Some(files) = facts.get(&content).filter(|files| is_seen(files)) else { continue };
        if !done.insert(content) {
            continue;
        }
        let entry =
            layers.get(content.layer as usize).and_then(|layer| layer.entries.get(content.entry as usize));
        let Some(entry) = entry else { continue };
        let owner = owners.of.get(&content).filter(|_| present);
        let by_language = owners.recorded.get(&content).copied().filter(|_| present);
        let digests = files.iter().flat_map(|file| &file.facts).find_map(|fact| match fact {
            Fact::Digests(digests) => Some(digests),
            _ => None,
        });
        let unchanged = match (owner.and_then(|owner| owner.recorded).or(by_language), digests) {
            (Some(recorded), Some(digests)) => digests.is(recorded),
            _ => false,
        };
        for file in files {
            out.extend(file.facts.iter().filter(|fact| is_sighting(fact)).map(|fact| Sighting {
                fact: fact.clone(),
                found_by: file.analyzer.clone(),
                path: path.to_owned(),
                inner_path: file.inner_path.clone(),
                layer: content.layer,
                entry: content.entry,
                mode: entry.mode,
                uid: entry.uid,
                gid: entry.gid,
                present,
                owned_by: owner.map(|owner| owner.package as u32),
                unchanged,
            }));
        }
    }
    out.sort_by(|one, other| {
        (&one.path, one.layer, one.entry, &one.inner_path).cmp(&(
            &other.path,
            other.layer,
            other.entry,
            &other.inner_path,
        ))
    });
    out
}
