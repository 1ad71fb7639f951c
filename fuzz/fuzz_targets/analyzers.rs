//! Every analyzer through its front door, at paths that it reads different things by.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_analyze::{File, all};
use plimsoll_model::{Entry, EntryKind, Limits};

const PATHS: &[&str] = &[
    "/etc/os-release",
    "/etc/lsb-release",
    "/etc/debian_version",
    "/etc/alpine-release",
    "/etc/redhat-release",
    "/lib/apk/db/installed",
    "/var/lib/dpkg/status",
    "/var/lib/dpkg/status.d/base",
    "/var/lib/dpkg/status.d/base.md5sums",
    "/var/lib/dpkg/info/base.list",
    "/var/lib/dpkg/info/base:amd64.md5sums",
    "/usr/share/doc/base/copyright",
    "/var/lib/rpm/Packages",
    "/var/lib/rpmmanifest/container-manifest-2",
    "/app/a.jar",
    "/app/WEB-INF/lib/a-1.0.jar",
    "/app/META-INF/maven/g/a/pom.properties",
    "/app/META-INF/MANIFEST.MF",
    "/app/pom.xml",
    "/app/gradle.lockfile",
    "/app/a.deps.json",
    "/app/packages.lock.json",
    "/app/packages.config",
    "/app/a.dll",
    "/app/a",
    "/app/go.mod",
    "/app/package.json",
    "/app/package-lock.json",
    "/app/yarn.lock",
    "/app/pnpm-lock.yaml",
    "/app/bun.lock",
    "/app/composer.lock",
    "/app/vendor/composer/installed.json",
    "/app/a-1.0.dist-info/METADATA",
    "/app/a-1.0.egg-info/PKG-INFO",
    "/app/a-1.0.egg",
    "/app/a-1.0.whl",
    "/app/requirements.txt",
    "/app/poetry.lock",
    "/app/uv.lock",
    "/app/Pipfile.lock",
    "/app/Gemfile.lock",
    "/app/specifications/a-1.0.gemspec",
    "/app/Cargo.lock",
    "/app/bom.json",
    "/app/a.spdx",
];

fuzz_target!(|data: &[u8]| {
    let [analyzer, path, content @ ..] = data else { return };
    let analyzer = all()[usize::from(*analyzer) % all().len()];
    let entry = Entry {
        path: PATHS[usize::from(*path) % PATHS.len()].to_owned(),
        kind: EntryKind::File,
        size: content.len() as u64,
        mode: 0o755,
        uid: 0,
        gid: 0,
        link: String::new(),
        mtime: 0,
        capability: None,
        sha256: None,
    };
    analyzer.wants(&entry, &content[..content.len().min(4096)]);
    analyzer.read(&File { entry: &entry, content, limits: &Limits::default() });
});
