//! Does a record of the NVD speak of this build of a product: its edition, and what it runs on?
//!
//! The release of such a record is the tail of its CPE name, and behind ` on ` the operating systems that its
//! configuration demands beside it: `*:*:*:node.js:*:*`, `*:*:*:*:*:* on windows,macos`.

use crate::keys::Lookup;
use plimsoll_model::{Affected, Component, PurlType};

/// Fails when it is made for something else.
pub(super) fn check(component: &Component, lookup: &Lookup, affected: &Affected) -> Result<(), String> {
    let Some(own) = &lookup.cpe else { return Ok(()) };
    let (tail, systems) = affected.release.split_once(" on ").unwrap_or((&affected.release, ""));
    let wanted = own.with_tail(tail);
    let differs =
        |(own, wanted): &((_, &str), (_, &str))| own.1 != "*" && wanted.1 != "*" && own.1 != wanted.1;
    if let Some(((name, own), (_, wanted))) = own.refinements().zip(wanted.refinements()).find(differs) {
        return Err(format!("other {name}: {wanted}, not {own}"));
    }
    let host = wanted.target_software();
    if own.target_software() == "*" && !may_hold(component.kind, host) {
        return Err(format!("it is for {host}"));
    }
    let mut systems = systems.split(',').filter(|system| !system.is_empty()).peekable();
    let shown = affected.release.rsplit_once(" on ").map_or("", |(_, systems)| systems);
    if systems.peek().is_some() && systems.all(is_other_system) {
        return Err(format!("it is for other operating systems: {shown}"));
    }
    Ok(())
}

/// May a package of this kind be what the NVD says is made for `host`? A program is no plug-in and no module of a
/// language; a distribution packs modules too.
fn may_hold(kind: PurlType, host: &str) -> bool {
    match kind {
        kind if kind.is_os() => !is_other_system(host),
        _ => matches!(
            host,
            "*" | "-" | "linux" | "linux_kernel" | "unix" | "docker" | "kubernetes" | "debian" | "ubuntu"
        ),
    }
}

/// Systems that no Linux image is.
fn is_other_system(name: &str) -> bool {
    const OTHERS: &[&str] = &[
        "aix",
        "android",
        "chrome_os",
        "freebsd",
        "hp-ux",
        "i5os",
        "ibm_i",
        "ios",
        "ipad_os",
        "ipados",
        "iphone_os",
        "mac_os",
        "mac_os_x",
        "macos",
        "netbsd",
        "openbsd",
        "solaris",
        "sunos",
        "tvos",
        "vios",
        "visionos",
        "watchos",
        "z/os",
        "zos",
    ];
    name.starts_with("windows") || OTHERS.contains(&name)
}
