//! Which distribution the final tree is.

use super::Facts;
use super::tree::Tree;
use plimsoll_model::{Fact, OsRelease};

/// Files that name the distribution, best first. A derivative keeps its parent's files (Ubuntu has a
/// `debian_version`, Rocky Linux a `redhat-release`), so the particular ones come before the general ones.
const FILES: &[&str] = &[
    "/etc/os-release",
    "/usr/lib/os-release",
    "/etc/openEuler-release",
    "/etc/euleros-release",
    "/etc/kylin-release",
    "/etc/anolis-release",
    "/etc/opencloudos-release",
    "/etc/tlinux-release",
    "/etc/alinux-release",
    "/etc/UnionTech-release",
    "/etc/uos-release",
    "/etc/rocky-release",
    "/etc/almalinux-release",
    "/etc/oracle-release",
    "/etc/centos-release",
    "/etc/fedora-release",
    "/usr/lib/fedora-release",
    "/etc/photon-release",
    "/etc/mariner-release",
    "/etc/azurelinux-release",
    "/etc/alpine-release",
    "/etc/arch-release",
    "/etc/gentoo-release",
    "/etc/SuSE-release",
    "/etc/redhat-release",
    "/etc/system-release",
    "/usr/lib/system-release",
    "/etc/system-release-cpe",
    "/etc/lsb-release",
    DEBIAN_VERSION,
    // An SBOM that is all there is of an image.
    "/sbom.cdx.json",
    "/sbom.cdx.xml",
    "/sbom.spdx.json",
    "/sbom.spdx",
];

const DEBIAN_VERSION: &str = "/etc/debian_version";

/// The distribution, if a file of the final tree says. That file may lie in any layer, and behind links.
pub(super) fn distribution(tree: &mut Tree<'_>, facts: &Facts<'_>) -> Option<OsRelease> {
    let mut os = FILES.iter().find_map(|path| stated_by(tree, facts, path))?;
    // Debian's testing and unstable name no version; the point release file still names the codename.
    if os.id == "debian" && os.codename.is_none() {
        os.codename = stated_by(tree, facts, DEBIAN_VERSION).and_then(|version| version.codename);
    }
    Some(os)
}

fn stated_by(tree: &mut Tree<'_>, facts: &Facts<'_>, path: &str) -> Option<OsRelease> {
    let node = tree.find(path, true)?;
    let files = facts.get(&tree.content(node)?)?;
    files.iter().flat_map(|file| &file.facts).find_map(|fact| match fact {
        Fact::Os(os) => Some(os.clone()),
        _ => None,
    })
}
