//! Layers laid over each other: what an image contains.

mod components;
#[cfg(test)]
mod fixture;
mod os;
mod ownership;
mod sightings;
#[cfg(test)]
mod tests;
mod tree;

use plimsoll_model::{Contents, Fact, FileFacts, LayerFacts, Unread};
use std::collections::{BTreeSet, HashMap};
use tree::{Origin, Tree};

/// Lays the layers over each other, oldest first. Pure: the same layers give the same contents. The rules are those
/// of OCI image spec 1.1, "Applying Changesets", with links resolved inside the root.
pub fn overlay(layers: &[LayerFacts]) -> Contents {
    let mut tree = tree::build(layers);
    let facts = facts_by_file(layers);
    let os = os::distribution(&mut tree, &facts);
    let channels = channels(&tree, &facts);
    let (components, sightings) = components::components(layers, &mut tree, &facts, os.as_ref());
    let unread = unread(layers, &mut tree);
    let (files, wasted_bytes) = tree.files();
    Contents { os, channels, components, sightings, files, wasted_bytes, unread }
}

/// The facts of each file content.
type Facts<'a> = HashMap<Origin, Vec<&'a FileFacts>>;

fn facts_by_file(layers: &[LayerFacts]) -> Facts<'_> {
    let mut facts = Facts::new();
    for (layer, file) in layers
        .iter()
        .enumerate()
        .flat_map(|(index, layer)| layer.files.iter().map(move |file| (index as u32, file)))
    {
        facts.entry(Origin { layer, entry: file.entry }).or_default().push(file);
    }
    facts
}

/// What files of the final tree say of the streams of packages the image takes.
fn channels(tree: &Tree<'_>, facts: &Facts<'_>) -> Vec<String> {
    let present = tree.history.values().filter_map(|history| history.last()?.1);
    let said = present.filter_map(|content| facts.get(&content)).flatten().flat_map(|file| &file.facts);
    let channels = said.filter_map(|fact| match fact {
        Fact::Channels(channels) => Some(channels),
        _ => None,
    });
    channels.flatten().cloned().collect::<BTreeSet<_>>().into_iter().collect()
}

fn unread(layers: &[LayerFacts], tree: &mut Tree<'_>) -> Vec<Unread> {
    let mut unread = std::mem::take(&mut tree.unread);
    for (index, layer) in layers.iter().enumerate() {
        unread.extend(layer.unread.iter().map(|line| Unread { layer: index as u32, ..line.clone() }));
    }
    unread.sort_unstable();
    unread.dedup();
    unread
}
