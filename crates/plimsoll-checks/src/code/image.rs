//! Rules on an image's config (OCI image spec 1.1, "OCI Image Configuration").

use crate::rule::Outcome;
use crate::tree::Tree;
use plimsoll_model::Evidence;

/// Evidence in the config: `User`, `Env/NAME`.
pub(super) fn in_config(field: &str, value: impl Into<String>) -> Evidence {
    Evidence {
        path: Evidence::CONFIG.into(),
        inner_path: Some(field.to_owned()),
        value: Some(crate::cut(&crate::mask(&value.into()), 200)),
        ..Evidence::default()
    }
}

/// Is there no config, as of a folder or an SBOM?
pub(super) fn missing(tree: &Tree<'_>) -> Option<Outcome> {
    (*tree.config == plimsoll_model::ImageConfig::default())
        .then(|| Outcome::not_applicable("there is no image config"))
}

/// The user is `user`, `uid`, `user:group` or `uid:gid`; a name counts as what the image's passwd says.
pub(super) fn user_not_root(tree: &Tree<'_>) -> Outcome {
    if let Some(outcome) = missing(tree) {
        return outcome;
    }
    let written = tree.config.user.trim();
    let user = written.split(':').next().unwrap_or("").trim();
    let uid = match user {
        "" | "root" => Some(0),
        user => user.parse().ok().or_else(|| tree.names().uid(user)),
    };
    let shown = if written.is_empty() { "not set: root" } else { written };
    if uid == Some(0) {
        return Outcome::fail(shown, vec![in_config("User", shown)]);
    }
    Outcome::pass(shown, vec![in_config("User", shown)])
}

pub(super) fn healthcheck(tree: &Tree<'_>) -> Outcome {
    if let Some(outcome) = missing(tree) {
        return outcome;
    }
    let test = &tree.config.healthcheck;
    match test.first().map(String::as_str) {
        None => Outcome::fail("not set", vec![in_config("Healthcheck", "not set")]),
        Some("NONE") => Outcome::fail("NONE", vec![in_config("Healthcheck", "NONE")]),
        Some(_) => Outcome::pass(test.join(" "), vec![in_config("Healthcheck", test.join(" "))]),
    }
}

/// Volumes over what belongs to the kernel or the host.
pub(super) fn sensitive_volumes(tree: &Tree<'_>) -> Outcome {
    const PLACES: [&str; 8] =
        ["/", "/dev", "/proc", "/sys", "/boot", "/lib/modules", "/var/run/docker.sock", "/run/docker.sock"];
    if let Some(outcome) = missing(tree) {
        return outcome;
    }
    let wrong = tree.config.volumes.iter().filter(|volume| {
        let volume = volume.trim_end_matches('/');
        PLACES.contains(&if volume.is_empty() { "/" } else { volume })
    });
    Outcome::of(wrong.map(|volume| in_config("Volumes", volume)).collect(), "none")
}

/// Ports of remote shells, file sharing, the Docker daemon: not what one container does.
pub(super) fn remote_access_ports(tree: &Tree<'_>) -> Outcome {
    const PORTS: [u32; 15] = [21, 22, 23, 69, 111, 139, 445, 512, 513, 514, 873, 2049, 2375, 2376, 3389];
    if let Some(outcome) = missing(tree) {
        return outcome;
    }
    let wrong = tree.config.exposed_ports.iter().filter(|exposed| {
        let ports = exposed.split('/').next().unwrap_or("");
        let (from, to) = ports.split_once('-').unwrap_or((ports, ports));
        match (from.parse::<u32>(), to.parse::<u32>()) {
            (Ok(from), Ok(to)) => PORTS.iter().any(|port| (from..=to).contains(port)),
            _ => false,
        }
    });
    Outcome::of(wrong.map(|port| in_config("ExposedPorts", port)).collect(), "none")
}

pub(super) fn absolute_working_dir(tree: &Tree<'_>) -> Outcome {
    let folder = tree.config.working_dir.as_str();
    // Windows images have drive letters.
    let fine = folder.is_empty() || folder.starts_with('/') || folder.as_bytes().get(1) == Some(&b':');
    let wrong = (!fine).then(|| in_config("WorkingDir", folder));
    Outcome::of(wrong.into_iter().collect(), if folder.is_empty() { "not set: /" } else { folder })
}

pub(super) fn no_on_build(tree: &Tree<'_>) -> Outcome {
    Outcome::of(tree.config.on_build.iter().map(|step| in_config("OnBuild", step)).collect(), "none")
}

/// Does the container start through sudo or su?
pub(super) fn command_with_sudo(tree: &Tree<'_>) -> Outcome {
    let words = |list: &[String], field| {
        let found = list
            .iter()
            .flat_map(|part| part.split_whitespace())
            .find(|word| matches!(word.rsplit('/').next(), Some("sudo" | "su")));
        found.map(|_| in_config(field, list.join(" ")))
    };
    let found = words(&tree.config.entrypoint, "Entrypoint").into_iter();
    Outcome::of(found.chain(words(&tree.config.cmd, "Cmd")).collect(), "no")
}
