//! Does an `affected` entry speak of this package at all: its release, key, architecture, module and flavour?

use super::platform;
use super::subject::Subject;
use crate::distro::Stream;
use crate::keys::{Lookup, Publisher};
use plimsoll_model::{Affected, Component, Event, KeyKind, PurlType};

/// An entry that speaks of the package: by which name, and for which stream of the release.
pub(super) struct Applies {
    pub(super) key: KeyKind,
    pub(super) stream: Stream,
}

/// Why an entry does not speak of the package.
pub(super) enum Silence<'a> {
    /// It is about another release, named here as published.
    OtherRelease(&'a str),
    /// Anything else, in words.
    Other(String),
}

/// Asks everything but the version.
pub(super) fn applies<'a>(
    subject: &Subject,
    lookup: &Lookup,
    affected: &'a Affected,
) -> Result<Applies, Silence<'a>> {
    let stream = stream(subject, lookup, affected).ok_or(Silence::OtherRelease(&affected.release))?;
    let key = if affected.key == KeyKind::Usual { lookup.usual } else { affected.key };
    keyed(subject.component, lookup, key)
        .and_then(|()| architecture(subject.component, affected))
        .and_then(|()| module(subject.component, lookup, affected))
        .and_then(|()| flavour(subject, lookup, affected))
        .and_then(|()| topic(subject, lookup, affected))
        .and_then(|()| platform::check(subject.component, lookup, affected))
        .map_err(Silence::Other)?;
    Ok(Applies { key, stream })
}

fn stream(subject: &Subject, lookup: &Lookup, affected: &Affected) -> Option<Stream> {
    match (lookup.publisher, subject.distribution) {
        (Publisher::Upstream, _) => Some(Stream::General),
        // A rebuilder writes the distribution before the release (`Alpine:3.18`); language packages have none.
        (Publisher::Rebuild, Some(distribution)) => {
            let release = affected.release.split_once(':').map_or("", |(_, release)| release);
            distribution.stream(distribution.ecosystem, release)
        }
        (_, Some(distribution)) => distribution.stream(&lookup.key.ecosystem, &affected.release),
        (_, None) => Some(Stream::General),
    }
}

/// A record keyed by a source name says nothing of another package's binary of that name, and the other way round.
fn keyed(component: &Component, lookup: &Lookup, key: KeyKind) -> Result<(), String> {
    match (lookup.name, key) {
        (KeyKind::Source, KeyKind::Binary) => Err(format!(
            "it speaks of the binary package {}, of which {} is a sibling",
            lookup.key.name, component.name
        )),
        (KeyKind::Binary, KeyKind::Source) => {
            Err(format!("it speaks of a source package {}, which this was not built from", lookup.key.name))
        }
        _ => Ok(()),
    }
}

fn architecture(component: &Component, affected: &Affected) -> Result<(), String> {
    let any = |arch: &str| matches!(arch, "noarch" | "all" | "any" | "source" | "src");
    let Some(own) = component.arch.as_deref().filter(|arch| !any(arch)) else { return Ok(()) };
    let same = |arch: &String| any(arch) || common_name(arch) == common_name(own);
    if affected.arches.is_empty() || affected.arches.iter().any(same) {
        return Ok(());
    }
    Err(format!("other architecture: {}, not {own}", affected.arches.join(", ")))
}

/// One name for what dpkg, rpm and apk name differently.
fn common_name(arch: &str) -> &str {
    match arch {
        "amd64" | "x64" => "x86_64",
        "arm64" => "aarch64",
        "i386" | "i486" | "i586" | "i686" | "x86" => "i386",
        "armhf" | "armv7hl" | "armv7l" => "armv7",
        "ppc64el" => "ppc64le",
        other => other,
    }
}

/// Builds of modules are numbered apart from plain ones, and each stream of a module apart from the others.
fn module(component: &Component, lookup: &Lookup, affected: &Affected) -> Result<(), String> {
    if component.kind != PurlType::Rpm {
        return Ok(());
    }
    let own = component.modularity.as_deref().map(name_and_stream);
    let is_modular = own.is_some() || is_module_build(&component.version);
    let fix = bounds(affected).last();
    if let Some(wanted) = &affected.module {
        return match own {
            Some(own) if own == name_and_stream(wanted) => Ok(()),
            Some(own) => Err(format!("other module: {wanted}, not {own}")),
            // Some builders leave the label away; the release still tells a module build.
            None if is_modular => Ok(()),
            None => Err(format!("it is for module {wanted}, and this is no build of a module")),
        }
        .and_then(|()| borrowed_module(lookup, affected));
    }
    let Some(fix) = fix else { return Ok(()) };
    match (is_modular, is_module_build(fix)) {
        (false, true) => Err("it is for a build of a module, and this is none".into()),
        (true, false) => Err("it is for a plain build, and this is one of a module".into()),
        (true, true) => other_stream(component, own, fix).and_then(|()| borrowed_module(lookup, affected)),
        (false, false) => Ok(()),
    }
}

/// A record that names no module may still be of another stream: `nodejs` 18 of `nodejs:18` is not fixed by 20.
/// That can be told where the package's version begins with the stream.
fn other_stream(component: &Component, own: Option<&str>, fix: &str) -> Result<(), String> {
    let Some((_, stream)) = own.and_then(|own| own.split_once(':')) else { return Ok(()) };
    let begins = |version: &str| {
        let version = super::subject::without_epoch(version);
        version.strip_prefix(stream).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    match begins(&component.version) && !begins(fix) {
        true => Err(format!("other stream of the module: fixed in {fix}, which is not {stream}")),
        false => Ok(()),
    }
}

/// Rebuilds of a distribution number their module builds lower than it does, for the same fix.
fn borrowed_module(lookup: &Lookup, affected: &Affected) -> Result<(), String> {
    match lookup.publisher == Publisher::Borrowed && bounds(affected).next().is_some() {
        true => Err("another distribution's module builds are numbered differently".into()),
        false => Ok(()),
    }
}

/// Oracle builds one package in up to three flavours, each with an order of its own; the version tells which.
fn flavour(subject: &Subject, lookup: &Lookup, affected: &Affected) -> Result<(), String> {
    if lookup.key.ecosystem != "Oracle Linux" {
        return Ok(());
    }
    let flavour = |version: &str| match version {
        version if version.contains(".ksplice") => "ksplice",
        version if version.contains("_fips") || version.contains(".fips") => "fips",
        _ => "plain",
    };
    let own = flavour(&subject.component.version);
    match bounds(affected).last().map(flavour) {
        Some(wanted) if wanted != own => {
            Err(format!("it is for the {wanted} flavour, and this is the {own} one"))
        }
        _ => Ok(()),
    }
}

/// Amazon's extras hold other versions of packages that the core holds too, each topic with advisories of its own. A
/// build does not tell its topic, but a topic that is called after a version (`kernel-5.15`, `php8.1`) and whose fix is
/// of that version speaks of builds of that version alone.
fn topic(subject: &Subject, lookup: &Lookup, affected: &Affected) -> Result<(), String> {
    let topic = affected.release.split_once(':').map(|(_, topic)| topic);
    let Some(topic) = topic.filter(|_| lookup.key.ecosystem == "Amazon Linux") else { return Ok(()) };
    let line = topic.trim_start_matches(|c: char| !c.is_ascii_digit());
    let is_of = |version: &str| {
        let version = super::subject::without_epoch(version);
        version.strip_prefix(line).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    let tells = !line.is_empty() && bounds(affected).last().is_some_and(is_of);
    match tells && !is_of(&subject.component.version) {
        true => Err(format!("it is for the topic {topic}, and this is another version")),
        false => Ok(()),
    }
}

/// `name:stream` of a MODULARITYLABEL.
fn name_and_stream(label: &str) -> &str {
    label.match_indices(':').nth(1).map_or(label, |(at, _)| &label[..at])
}

fn is_module_build(version: &str) -> bool {
    version.contains(".module+el") || version.contains(".module_el") || version.contains(".module_f")
}

/// The versions a record's ranges end with.
pub(super) fn bounds(affected: &Affected) -> impl Iterator<Item = &str> {
    affected.ranges.iter().flat_map(|range| &range.events).filter_map(|event| match event {
        Event::Fixed(version) if version != "0" => Some(version.as_str()),
        _ => None,
    })
}
