//! `plimsoll base …`: the base images that scans recognise.

use super::{cache_folder, images, scanner, write_json, write_output};
use crate::arguments::{BaseCommand, Listing};
use crate::exit::Exit;
use crate::format::listing;
use plimsoll::assess::base::Base;
use plimsoll::bases;

pub fn run(command: &BaseCommand) -> anyhow::Result<Exit> {
    match command {
        BaseCommand::Add { target, name, reading } => {
            let cache = cache_folder(reading.cache.as_deref())?;
            let scanner = scanner(reading)?;
            let mut own = bases::own_bases(&cache)?;
            for image in images(target, &scanner.options)? {
                let scanned = scanner.read(&image)?;
                let manifest = &scanned.manifest;
                let base = Base {
                    diff_ids: scanned.layers.iter().map(|layer| layer.diff_id.to_string()).collect(),
                    digest: manifest.digest.as_ref().map(ToString::to_string),
                    created: manifest.config.created.clone(),
                    platform: manifest.platform.as_ref().map(ToString::to_string).unwrap_or_default(),
                    ..named(name.as_deref().unwrap_or(&manifest.name))
                };
                if base.diff_ids.is_empty() {
                    anyhow::bail!("{target} has no layers, so nothing can be built on it");
                }
                own.retain(|other| other != &base);
                crate::say::note(&format!("added {} ({} layers)", base.reference(), base.diff_ids.len()));
                own.push(base);
            }
            bases::keep_bases(&cache, &own)?;
        }
        BaseCommand::List { format, cache } => {
            let catalogue = bases::catalogue(&cache_folder(cache.as_deref())?)?;
            write_output(None, |out| match format {
                Listing::Json => write_json(out, &catalogue.bases()),
                Listing::Table => listing::bases(catalogue.bases(), out),
            })?;
        }
        BaseCommand::Remove { name, cache } => {
            let cache = cache_folder(cache.as_deref())?;
            let own = bases::own_bases(&cache)?;
            let (gone, left): (Vec<Base>, Vec<Base>) =
                own.into_iter().partition(|base| is_called(base, name));
            if gone.is_empty() {
                anyhow::bail!("no base image of yours is called `{name}`; `plimsoll base list` shows all");
            }
            bases::keep_bases(&cache, &left)?;
            crate::say::note(&format!("removed {}", gone.len()));
        }
    }
    Ok(Exit::Done)
}

/// Name and tag of a reference; a digest is no tag.
fn named(name: &str) -> Base {
    let name = name.split('@').next().unwrap_or(name);
    let (name, tags) = match name.rsplit_once(':') {
        Some((front, tag)) if !tag.contains('/') => (front, vec![tag.to_owned()]),
        _ => (name, Vec::new()),
    };
    Base {
        name: name.to_owned(),
        tags,
        platform: String::new(),
        diff_ids: Vec::new(),
        digest: None,
        created: None,
    }
}

fn is_called(base: &Base, name: &str) -> bool {
    let wanted = named(name);
    base.name == wanted.name && wanted.tags.iter().all(|tag| base.tags.contains(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_gives_name_and_tag() {
        let check = |text: &str, name: &str, tags: &[&str]| {
            let base = named(text);
            assert_eq!(
                (base.name.as_str(), base.tags),
                (name, tags.iter().map(|&tag| tag.to_owned()).collect())
            );
        };
        check("debian:12", "debian", &["12"]);
        check("localhost:5000/base/java", "localhost:5000/base/java", &[]);
        check("localhost:5000/base/java:21@sha256:ab", "localhost:5000/base/java", &["21"]);
    }
}
