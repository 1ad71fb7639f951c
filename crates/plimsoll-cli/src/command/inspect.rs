//! `plimsoll inspect …`: what is inside, without judging it.

use super::{images, scanner, write_json, write_output};
use crate::arguments::{Inspect, InspectImage, Listing};
use crate::exit::Exit;
use crate::format::listing;
use anyhow::{Context, bail};
use plimsoll::assess::versions::Scheme;
use plimsoll::document::LayerReport;
use plimsoll::model::{Component, Entry, OsRelease, Purl, PurlType, Source};
use plimsoll::{Scanned, assess};
use serde::Serialize;
use std::cmp::Ordering;
use std::io::{BufRead, Write};
use std::path::Path;

pub fn run(inspect: &Inspect) -> anyhow::Result<Exit> {
    match inspect {
        Inspect::Layers(image) => layers(image),
        Inspect::Files { image, layer, sha256 } => files(image, *layer, *sha256),
        Inspect::Components(image) => components(image),
        Inspect::Versions { scheme } => versions(scheme),
        Inspect::Advisories { purl, distro, format, knowledge, cache } => {
            advisories(purl, distro.as_deref(), *format, knowledge.db.as_deref(), cache.as_deref())
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
        .map(|scanned| Ok(named(scanned, Layers { layers: plimsoll::image_report(scanned, None, false)?.layers })))
        .collect::<Result<_, plimsoll::ScanError>>()?;
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
                let layer = layer.with_context(|| format!("there is no layer {index}: the image has {count}"))?;
                layer.entries.iter().map(|entry| FileRow::new(entry, index as u32)).collect()
            }
        });
    }
    write_output(None, |out| match image.format {
        Listing::Json => images.iter().try_for_each(|rows| write_json(out, rows)),
        Listing::Table => images.iter().flatten().try_for_each(|row| listing::file(row.kind, row.mode, row.uid, row.gid, row.size, row.path, row.link, out)),
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
            let report = plimsoll::image_report(scanned, None, false)?;
            let content = Components { os: report.os, components: report.components, unread: report.unread };
            Ok(named(scanned, content))
        })
        .collect::<Result<_, plimsoll::ScanError>>()?;
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
        let Some((a, b)) = line.split_once('\t') else { bail!("line {} has no tab: write A<TAB>B", index + 1) };
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
    distro: Option<&str>,
    format: Listing,
    db: Option<&Path>,
    cache: Option<&Path>,
) -> anyhow::Result<()> {
    let purl = Purl::parse(purl)?;
    let distro = distro.or_else(|| purl.qualifier("distro"));
    let os = distro.map(os_of);
    let component = component_of(&purl)?;
    let database = plimsoll::open_knowledge(db, &super::cache_folder(cache)?)?;
    let mut reasons = Vec::new();
    for key in assess::keys(&component, os.as_ref()) {
        reasons.extend(assess::explain(&component, os.as_ref(), &key, &database.advisories(&key)?));
    }
    write_output(None, |out| match format {
        Listing::Json => write_json(out, &reasons),
        Listing::Table => listing::reasons(&reasons, out),
    })
}

/// `debian-12` → the distribution; a rolling one has no version.
fn os_of(distro: &str) -> OsRelease {
    let (id, version) = match distro.split_once('-') {
        // `opensuse-leap-15.5`, `opensuse-tumbleweed`: the ID itself has a dash.
        Some(("opensuse", rest)) => match rest.split_once('-') {
            Some((flavour, version)) => (format!("opensuse-{flavour}"), Some(version.to_owned())),
            None => (distro.to_owned(), None),
        },
        Some((id, version)) => (id.to_owned(), Some(version.to_owned())),
        None => (distro.to_owned(), None),
    };
    OsRelease { id, version_id: version, ..OsRelease::default() }
}

/// The component a purl names, with the source package its `upstream` names.
fn component_of(purl: &Purl) -> anyhow::Result<Component> {
    let Some(kind) = PurlType::parse(&purl.kind) else { bail!("no package type is called `{}`", purl.kind) };
    let namespace = if kind.is_os() { "" } else { purl.namespace.as_str() };
    let mut component = Component::new(kind, namespace, &purl.name, &purl.version);
    component.arch = purl.qualifier("arch").map(ToOwned::to_owned);
    if kind == PurlType::Rpm {
        component.epoch = purl.qualifier("epoch").and_then(|epoch| epoch.parse().ok());
        component.release = purl.version.rsplit_once('-').map(|(_, release)| release.to_owned());
        if let Some(epoch) = component.epoch.filter(|&epoch| epoch > 0) {
            component.version = format!("{epoch}:{}", purl.version);
        }
        component.modularity = purl.qualifier("modularity").or_else(|| purl.qualifier("rpmmod")).map(ToOwned::to_owned);
    }
    component.source = purl.qualifier("upstream").map(|upstream| source_of(upstream, kind, &purl.version));
    Ok(component)
}

/// `name`, `name@version`, or an rpm's `name-version-release.src.rpm`.
fn source_of(upstream: &str, kind: PurlType, version: &str) -> Source {
    let rpm = upstream.strip_suffix(".src.rpm").filter(|_| kind == PurlType::Rpm);
    let parts = rpm.and_then(|name| {
        let (rest, release) = name.rsplit_once('-')?;
        let (name, version) = rest.rsplit_once('-')?;
        Some((name, format!("{version}-{release}")))
    });
    let (name, version) = parts
        .or_else(|| upstream.split_once('@').map(|(name, version)| (name, version.to_owned())))
        .unwrap_or((upstream, version.to_owned()));
    Source { name: name.to_owned(), version }
}
