//! Makes a delta of two databases.

use super::{Content, Delta, Package, Piece, epss, write};
use crate::stored::{decode_advisories, decode_vulnerability, encode};
use crate::{Database, FeedError};
use plimsoll_model::{PackageKey, Vulnerability};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// Writes the delta that makes a database which says what `old` says say what `new` says.
pub fn delta(old: &Database, new: &Database, to: &Path) -> Result<Delta, FeedError> {
    let mut content = Content {
        from: old.knowledge()?.digest,
        to: new.knowledge()?.digest,
        meta: new.meta()?,
        sources: new.knowledge()?.sources,
        cycles: new.cycles()?,
        files: new.files()?.into_iter().collect(),
        ..Content::default()
    };
    packages(old, new, &mut content)?;
    vulnerabilities(old, new, &mut content)?;
    let (bytes, sha256) = write(&content, to)?;
    let (packages, vulnerabilities) = (content.packages.len(), content.vulnerabilities.len());
    Ok(Delta { from: content.from, to: content.to, packages, vulnerabilities, bytes, sha256 })
}

fn hash(content: &[u8]) -> [u8; 32] {
    Sha256::digest(content).into()
}

fn packages(old: &Database, new: &Database, content: &mut Content) -> Result<(), FeedError> {
    let mut known: BTreeMap<PackageKey, [u8; 32]> = BTreeMap::new();
    old.each_package(|key, content| {
        known.insert(key, hash(content));
        Ok(())
    })?;
    let mut changed: Vec<(PackageKey, Vec<u8>)> = Vec::new();
    new.each_package(|key, content| {
        if known.remove(&key) != Some(hash(content)) {
            changed.push((key, content.to_vec()));
        }
        Ok(())
    })?;
    for (key, advisories) in changed {
        let package = Package {
            pieces: pieces(&old.advisories(&key)?, &decode_advisories(&advisories)?)?,
            origins: new.origin_numbers_of(&key)?.unwrap_or_default(),
        };
        content.packages.push((key.ecosystem, key.name, Some(package)));
    }
    content.packages.extend(known.into_keys().map(|key| (key.ecosystem, key.name, None)));
    Ok(())
}

/// The new list, as far as it can be taken from the old one.
fn pieces(
    old: &[plimsoll_model::Advisory],
    new: &[plimsoll_model::Advisory],
) -> Result<Vec<Piece>, FeedError> {
    let mut places: HashMap<Vec<u8>, u32> = HashMap::new();
    for (place, advisory) in (0..).zip(old) {
        places.entry(encode(advisory)?).or_insert(place);
    }
    let mut pieces = Vec::new();
    for advisory in new {
        let encoded = encode(advisory)?;
        match (places.get(&encoded), pieces.last_mut()) {
            (Some(&place), Some(Piece::Old(from, count))) if *from + *count == place => *count += 1,
            (Some(&place), _) => pieces.push(Piece::Old(place, 1)),
            (None, _) => pieces.push(Piece::New(encoded)),
        }
    }
    Ok(pieces)
}

fn vulnerabilities(old: &Database, new: &Database, content: &mut Content) -> Result<(), FeedError> {
    let mut known: BTreeMap<String, ([u8; 32], Option<epss::Bits>)> = BTreeMap::new();
    old.each_vulnerability(|id, content| {
        let (plain, bits) = without_epss(content)?;
        known.insert(id, (hash(&plain), bits));
        Ok(())
    })?;
    let mut epss = Vec::new();
    new.each_vulnerability(|id, bytes| {
        let (plain, bits) = without_epss(bytes)?;
        let before = known.remove(&id);
        epss.push((before.and_then(|(_, bits)| bits), bits));
        if before.is_none_or(|(before, _)| before != hash(&plain)) {
            content.vulnerabilities.push((id, Some(plain)));
        }
        Ok(())
    })?;
    content.vulnerabilities.extend(known.into_keys().map(|id| (id, None)));
    content.epss = epss::change(&epss)?;
    Ok(())
}

fn without_epss(content: &[u8]) -> Result<(Vec<u8>, Option<epss::Bits>), FeedError> {
    let mut vulnerability: Vulnerability = decode_vulnerability(content)?;
    let bits = epss::bits(vulnerability.epss.take());
    Ok((encode(&vulnerability)?, bits))
}
