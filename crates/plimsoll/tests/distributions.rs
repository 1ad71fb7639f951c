//! Documents of distributions, as published, become a database, and packages of an image are laid against it.

use plimsoll::assess::{keys, matches};
use plimsoll::feeds::{BuildOptions, Database, build};
use plimsoll::model::{
    Advisory, Component, Contents, FixState, Installed, OsRelease, PackageKey, PurlType, Source,
};
use std::collections::HashMap;
use std::path::PathBuf;

/// The shared samples, if they are there.
#[allow(clippy::print_stderr, reason = "a skipped test says so")]
fn samples() -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/feeds"));
    if !path.is_dir() {
        eprintln!("skipped: no shared data");
        return None;
    }
    Some(path)
}

/// `name version [source=NAME VERSION] [module=…] [arch=…]` in an image of this distribution.
fn contents(os: &str, package: &str) -> Contents {
    let (id, version) = os.split_once(' ').expect("id and version");
    let mut words = package.split_whitespace();
    let (name, evr) = (words.next().expect("a name"), words.next().expect("a version"));
    let mut component = Component::new(PurlType::Rpm, "", name, evr);
    component.arch = Some("x86_64".into());
    for word in words {
        match word.split_once('=').expect("a field") {
            ("source", source) => {
                let version = evr.split_once(':').map_or(evr, |(_, version)| version);
                component.source = Some(Source { name: source.into(), version: version.into() });
            }
            ("module", module) => component.modularity = Some(module.into()),
            ("arch", arch) => component.arch = Some(arch.into()),
            other => panic!("{other:?}"),
        }
    }
    let installed = Installed {
        component,
        found_by: "test".into(),
        paths: vec!["/var/lib/rpm/rpmdb.sqlite".into()],
        layer: 0,
        owned_by: None,
        present: true,
    };
    let os = OsRelease { id: id.into(), version_id: Some(version.into()), ..OsRelease::default() };
    Contents { os: Some(os), components: vec![installed], ..Contents::default() }
}

fn answer(database: &Database, os: &str, package: &str, cve: &str) -> String {
    let contents = contents(os, package);
    let mut advisories: HashMap<PackageKey, Vec<Advisory>> = HashMap::new();
    for key in keys(&contents.components[0].component, contents.os.as_ref()) {
        let found = database.advisories(&key).expect("advisories");
        advisories.insert(key, found);
    }
    let found = matches(&contents, &advisories, true);
    if let Some(one) = found.matches.iter().find(|one| one.ids.iter().any(|id| id == cve)) {
        return match (&one.fixed, one.state) {
            (Some(fixed), _) => format!("fixed in {fixed}"),
            (None, FixState::WillNotFix) => "will not be fixed".into(),
            (None, FixState::EndOfLife) => "out of support".into(),
            (None, state) => format!("{state:?}"),
        };
    }
    let names =
        |advisory: &Advisory| advisory.id == cve || advisory.vulnerabilities.iter().any(|id| id == cve);
    let about: Vec<&Advisory> = advisories.values().flatten().filter(|advisory| names(advisory)).collect();
    let why = found.dismissed.iter().find(|(_, reason)| about.iter().any(|one| one.id == reason.advisory));
    why.map_or("nothing".into(), |(_, reason)| reason.why.clone())
}

#[test]
fn packages_are_judged_by_what_their_distribution_publishes() {
    let Some(feeds) = samples() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let database = |parts: &[&str]| {
        // Only these parts, so that a case shows one publisher's word.
        let from = tempfile::tempdir().expect("a folder");
        for (number, part) in parts.iter().enumerate() {
            let name = part.rsplit('/').next().expect("a name");
            let to = from.path().join(number.to_string());
            std::fs::create_dir(&to).expect("a folder");
            std::fs::copy(feeds.join(part), to.join(name)).expect("a copy");
        }
        let to = folder.path().join(format!("{}.db", parts[0].replace('/', "_")));
        build(from.path(), &to, &BuildOptions::at(1_795_478_400), &|_| {})
            .unwrap_or_else(|error| panic!("{error}"));
        Database::open(&to).expect("a database")
    };
    let check = |database: &Database, os: &str, package: &str, cve: &str, expected: &str| {
        let answer = answer(database, os, package, cve);
        assert!(answer.contains(expected), "{os}, {package}, {cve}: {answer}");
    };

    // Red Hat's VEX, version 1: binary packages where there is a fix, source packages where there is none.
    let v1 = database(&["redhat-csaf/samples/redhat_vex_v1/csaf_vex_2024-08-04.tar.zst"]);
    let old = "libtiff 4.4.0-10.el9 source=libtiff";
    check(&v1, "rhel 9.4", old, "CVE-2023-6228", "fixed in 4.4.0-12.el9");
    check(&v1, "rhel 9.4", "libtiff 4.4.0-12.el9 source=libtiff", "CVE-2023-6228", ">= 4.4.0-12.el9");
    check(&v1, "rhel 7.9", "libtiff 4.0.3-35.el7 source=libtiff", "CVE-2023-6228", "out of support");
    check(
        &v1,
        "rhel 8.10",
        "compat-libtiff3 3.9.4-13.el8 source=compat-libtiff3",
        "CVE-2023-6228",
        "will not be fixed",
    );
    check(
        &v1,
        "rhel 8.10",
        "kernel-core 4.18.0-553.el8_10 source=kernel",
        "CVE-2023-6238",
        "never was affected",
    );
    // AlmaLinux borrows Red Hat's word where its own is silent.
    check(&v1, "almalinux 9.4", old, "CVE-2023-6228", "fixed in 4.4.0-12.el9");

    // Version 2: source packages, and minor releases by product.
    let v2 = database(&[
        "redhat-csaf/samples/redhat_vex_v2_documents/vex/2023/CVE-2023-6228.json",
        "redhat-csaf/samples/redhat_vex_v2_documents/vex/2023/CVE-2023-6238.json",
    ]);
    let tools = "libtiff-tools 4.0.9-31.el8 source=libtiff";
    check(&v2, "rhel 8.10", tools, "CVE-2023-6228", "fixed in 4.0.9-32.el8_10");
    check(&v2, "rhel 9.4", "libtiff-devel 4.4.0-12.el9 source=libtiff", "CVE-2023-6228", ">= 4.4.0-12.el9");
    check(&v2, "rhel 7.9", "libtiff 4.0.3-35.el7 source=libtiff", "CVE-2023-6228", "out of support");
    check(
        &v2,
        "rhel 9.4",
        "kernel-core 5.14.0-427.el9_4 source=kernel",
        "CVE-2023-6238",
        "will not be fixed",
    );
    check(
        &v2,
        "rhel 8.10",
        "kernel-core 4.18.0-553.el8_10 source=kernel",
        "CVE-2023-6238",
        "never was affected",
    );

    let module = database(&["redhat-csaf/samples/redhat_vex_v1_documents/vex/2022/CVE-2022-24834.json"]);
    let redis = "redis 6.2.7-1.module+el8.7.0+1+a source=redis module=redis:6:8070:ab";
    check(&module, "rhel 8.10", redis, "CVE-2022-24834", "fixed in 6.2.17-1.module+el8.10.0");
    let five = "redis 5.0.3-5.module+el8.4.0+1+a source=redis module=redis:5:8040:ab";
    check(&module, "rhel 8.10", five, "CVE-2022-24834", "other module");

    let suse = database(&["suse/samples/suse_csaf_vex/csaf-vex.tar.bz2"]);
    check(&suse, "sles 12.5", "ctdb 4.15-1 source=samba", "CVE-2023-5568", "never was affected");
    check(
        &suse,
        "opensuse-tumbleweed 20240101",
        "ctdb 4.18-1 source=samba",
        "CVE-2023-5568",
        "fixed in 4.19.2+git",
    );

    let oracle = database(&["oracle/samples/oracle_linux/com.oracle.elsa-all.xml.bz2"]);
    check(&oracle, "ol 5.1", "bind 30:9.3.3-7.el5 source=bind", "CVE-2007-0493", "fixed in 30:9.3.3-8.el5");
    check(
        &oracle,
        "ol 5.1",
        "bind 30:9.3.3-7.el5 source=bind arch=ia64",
        "CVE-2007-0493",
        "other architecture",
    );

    let amazon = database(&[
        "amazon/samples/amazon/updateinfo_2.xml.gz",
        "amazon/samples/amazon/updateinfo_2_kernel-5.15.xml.gz",
    ]);
    let kernel = "kernel 5.15.40-1.amzn2 source=kernel";
    check(&amazon, "amzn 2", kernel, "CVE-2022-1015", "fixed in 5.15.43-20.123.amzn2");
    check(&amazon, "amzn 2", "kernel 5.10.10-1.amzn2 source=kernel", "CVE-2022-1015", "topic kernel-5.15");
    check(
        &amazon,
        "amzn 2",
        "kernel 4.9.70-1.amzn2 source=kernel",
        "CVE-2017-5715",
        "fixed in 4.9.76-38.79.amzn2",
    );

    let photon = database(&["photon/samples/photon_cve/happy/cve_data_photon4.0.json"]);
    check(
        &photon,
        "photon 4.0",
        "curl-libs 8.12.0-1.ph4 source=curl",
        "CVE-2025-9086",
        "fixed in 8.16.0-1.ph4",
    );
    check(&photon, "photon 5.0", "curl-libs 8.12.0-1.ph5 source=curl", "CVE-2025-9086", "other release");
}
