//! `plimsoll inspect …`: what is inside, without judging it.

use super::{images, scanner, write_json, write_output};
use crate::arguments::{Inspect, InspectImage, Listing};
use crate::exit::Exit;
use crate::format::listing;
use anyhow::{Context, bail};
use plimsoll::assess::versions::Scheme;
use plimsoll::document::LayerReport;
use plimsoll::model::{Component, Cpe, Entry, OsRelease, Purl, RiskKind};
use plimsoll::{Assessment, ScanError, Scanned, assess};
use serde::Serialize;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::path::Path;

pub fn run(inspect: &Inspect) -> anyhow::Result<Exit> {
    match inspect {
        Inspect::Layers(image) => layers(image),
        Inspect::Files { image, layer, sha256 } => files(image, *layer, *sha256),
        Inspect::Components(image) => components(image),
        Inspect::Versions { scheme } => versions(scheme),
        Inspect::Advisories { purl, cpe, distro, format, knowledge, cache } => {
            advisories(purl, cpe, distro.as_deref(), *format, knowledge.db.as_deref(), cache.as_deref())
        }
    }?;
    Ok(Exit::Done)
}

/// One image of a listing: its name and what was asked for.
#[derive(Serialize)]
struct Named<T> {
    name: String,
    digest: Option<String>,
    platform: Option<String>,
    #[serde(flatten)]
    content: T,
}

fn read(image: &InspectImage, sha256: bool) -> anyhow::Result<Vec<Scanned>> {
    let mut scanner = scanner(&image.reading)?;
    scanner.options.hash_files = sha256;
    let images = images(&image.target, &scanner.options)?;
    Ok(images.iter().map(|image| scanner.read(image)).collect::<Result<_, _>>()?)
}

fn named<T>(scanned: &Scanned, content: T) -> Named<T> {
    let manifest = &scanned.manifest;
    let digest = manifest.digest.as_ref().or(manifest.config_digest.as_ref());
    Named {
        name: manifest.name.clone(),
        digest: digest.map(ToString::to_string),
        platform: manifest.platform.as_ref().map(ToString::to_string),
        content,
    }
}

fn layers(image: &InspectImage) -> anyhow::Result<()> {
    #[derive(Serialize)]
    struct Layers {
        layers: Vec<LayerReport>,
    }
    let images: Vec<Named<Layers>> = read(image, false)?
        .iter()
        .map(|scanned| {
            Ok(named(
                scanned,
                Layers {
                    layers: plimsoll::image_report(
                        scanned,
                        &Assessment { kinds: &[RiskKind::Vulnerability], ..Assessment::default() },
                    )?
                    .layers,
                },
            ))
        })
        .collect::<Result<_, ScanError>>()?;
    write_output(None, |out| match image.format {
        Listing::Json => write_json(out, &images),
        Listing::Table => images.iter().try_for_each(|image| {
            writeln!(out, "{}", image.name)?;
            listing::layers(&image.content.layers, out)
        }),
    })
}

/// One path, as `inspect files --format json` shows it.
#[derive(Serialize)]
struct FileRow<'a> {
    path: &'a str,
    #[serde(rename = "type")]
    kind: plimsoll::model::EntryKind,
    mode: u32,
    uid: u32,
    gid: u32,
    size: u64,
    link: &'a str,
    sha256: Option<String>,
    layer: u32,
}

impl<'a> FileRow<'a> {
    fn new(entry: &'a Entry, layer: u32) -> FileRow<'a> {
        FileRow {
            path: &entry.path,
            kind: entry.kind,
            mode: entry.mode,
            uid: entry.uid,
            gid: entry.gid,
            size: entry.size,
            link: &entry.link,
            sha256: entry.sha256.map(|hash| hash.iter().map(|byte| format!("{byte:02x}")).collect()),
            layer,
        }
    }
}

fn files(image: &InspectImage, layer: Option<usize>, sha256: bool) -> anyhow::Result<()> {
    let scanned = read(image, sha256)?;
    let mut images: Vec<Vec<FileRow<'_>>> = Vec::new();
    for scanned in &scanned {
        images.push(match layer {
            None => scanned.contents.files.iter().map(|file| FileRow::new(&file.entry, file.layer)).collect(),
            Some(index) => {
                let count = scanned.layers.len();
                let layer = scanned.layers.get(index);
                let layer =
                    layer.with_context(|| format!("there is no layer {index}: the image has {count}"))?;
                layer.entries.iter().map(|entry| FileRow::new(entry, index as u32)).collect()
            }
        });
    }
    write_output(None, |out| match image.format {
        Listing::Json => images.iter().try_for_each(|rows| write_json(out, rows)),
        Listing::Table => images.iter().flatten().try_for_each(|row| {
            listing::file(row.kind, row.mode, row.uid, row.gid, row.size, row.path, row.link, out)
        }),
    })
}

fn components(image: &InspectImage) -> anyhow::Result<()> {
    #[derive(Serialize)]
    struct Components {
        os: Option<plimsoll::document::OsReport>,
        components: Vec<plimsoll::document::ComponentReport>,
        unread: Vec<plimsoll::model::Unread>,
    }
    let images: Vec<Named<Components>> = read(image, false)?
        .iter()
        .map(|scanned| {
            let report = plimsoll::image_report(
                scanned,
                &Assessment { kinds: &[RiskKind::Vulnerability], ..Assessment::default() },
            )?;
            let content = Components { os: report.os, components: report.components, unread: report.unread };
            Ok(named(scanned, content))
        })
        .collect::<Result<_, ScanError>>()?;
    write_output(None, |out| match image.format {
        Listing::Json => write_json(out, &images),
        Listing::Table => images.iter().try_for_each(|image| {
            writeln!(out, "{}", image.name)?;
            listing::components(&image.content.components, out)
        }),
    })
}

fn versions(scheme: &str) -> anyhow::Result<()> {
    let Some(scheme) = Scheme::parse(scheme) else {
        let known: Vec<&str> = Scheme::ALL.iter().map(|scheme| scheme.as_str()).collect();
        bail!("no version scheme is called `{scheme}`; there are {}", known.join(" "));
    };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for (index, line) in std::io::stdin().lock().lines().enumerate() {
        let line = line.with_context(|| format!("line {}", index + 1))?;
        let Some((a, b)) = line.split_once('\t') else {
            bail!("line {} has no tab: write A<TAB>B", index + 1)
        };
        writeln!(
            out,
            "{}",
            match scheme.compare(a, b) {
                Some(Ordering::Less) => "<",
                Some(Ordering::Equal) => "=",
                Some(Ordering::Greater) => ">",
                None => "?",
            }
        )?;
    }
    Ok(out.flush()?)
}

fn advisories(
    purl: &str,
    cpes: &[String],
    distro: Option<&str>,
    format: Listing,
    db: Option<&Path>,
    cache: Option<&Path>,
) -> anyhow::Result<()> {
    let purl = Purl::parse(purl)?;
    let os = distro.map(os_of).or_else(|| purl.os());
    let Some(mut component) = Component::from_purl(&purl) else {
        bail!("no package type is called `{}`", purl.kind)
    };
    if let Some(wrong) = cpes.iter().find(|cpe| Cpe::parse(cpe).is_none()) {
        bail!("`{wrong}` is not vendor:product and no CPE name");
    }
    component.cpes = cpes.to_vec();
    let database = plimsoll::open_knowledge(db, &super::cache_folder(cache)?)?;
    let mut advisories = HashMap::new();
    for key in assess::keys(&component, os.as_ref()) {
        let records = database.advisories(&key).map_err(ScanError::from)?;
        advisories.insert(key, records);
    }
    let reasons = assess::explain(&component, os.as_ref(), &advisories);
    write_output(None, |out| match format {
        Listing::Json => write_json(out, &reasons),
        Listing::Table => listing::reasons(&reasons, out),
    })
}

/// `debian-12` → the distribution: the version begins at the first number behind a dash; a rolling one has none.
fn os_of(distro: &str) -> OsRelease {
    let version_at = distro
        .match_indices('-')
        .map(|(at, _)| at)
        .find(|&at| distro[at + 1..].starts_with(|first: char| first.is_ascii_digit()));
    let (id, version) = match version_at {
        Some(at) => (OsRelease::id_of(&distro[..at]), Some(distro[at + 1..].to_owned())),
        None => (OsRelease::id_of(distro), None),
    };
    OsRelease { id, version_id: version, ..OsRelease::default() }
}
