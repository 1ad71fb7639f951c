//! `var/lib/rpmmanifest/container-manifest-2`: the output of `rpm -qa`, which Azure Linux's distroless images keep in
//! place of the database. Ten fields, parted by tabs: name, version-release, installed, built, vendor, epoch or
//! `(none)`, size, architecture, epoch as a number, source package's file.

use super::{Findings, full_version, source};
use plimsoll_model::{Component, Fact, PurlType};

/// Reads the list.
pub(crate) fn parse(content: &[u8]) -> Findings {
    let mut found = Findings::default();
    let mut bad = 0;
    for line in content.split(|&byte| byte == b'\n') {
        let line = String::from_utf8_lossy(line);
        if line.trim().is_empty() {
            continue;
        }
        match component(line.trim_end_matches('\r')) {
            Some(component) if component.name == "gpg-pubkey" => {}
            Some(component) => found.facts.push((String::new(), Fact::Component(component))),
            None => bad += 1,
        }
    }
    if bad > 0 {
        found.unread.push((String::new(), format!("{bad} lines are not packages as rpm lists them")));
    }
    found
}

fn component(line: &str) -> Option<Component> {
    let fields: Vec<&str> = line.split('\t').map(str::trim).collect();
    let &[name, version_release, _, _, vendor, epoch, _, arch, epoch_number, source_rpm, ..] = &fields[..]
    else {
        return None;
    };
    let (version, release) = version_release.rsplit_once('-')?;
    if name.is_empty() || version.is_empty() || release.is_empty() {
        return None;
    }
    let epoch = epoch.parse().or_else(|_| epoch_number.parse()).ok();
    let text = |field: &str| (!field.is_empty() && field != "(none)").then(|| field.to_owned());
    let mut component = Component::new(PurlType::Rpm, "", name, &full_version(epoch, version, release));
    component.epoch = epoch;
    component.release = Some(release.to_owned());
    component.arch = text(arch);
    component.vendor = text(vendor);
    component.source = source(source_rpm);
    Some(component)
}
