//! Documents of publishers, real and made up.

use super::*;
use crate::osv::Record;
use crate::unpack::{Stream, Tar, is_tar, unpacked};
use plimsoll_model::{Affected, Event, Lifecycle};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

mod forms;
mod made_up;

/// What documents held.
#[derive(Default)]
struct Found {
    records: Vec<Record>,
    left: Vec<Left>,
    refused: Vec<String>,
}

impl Found {
    fn of(at: &str, bytes: &[u8]) -> Found {
        let mut found = Found::default();
        found.add(at, bytes);
        found
    }

    fn add(&mut self, at: &str, bytes: &[u8]) {
        let head = bytes.get(..512).unwrap_or(bytes);
        read(&mut &*bytes, head, at, &mut |parsed| match parsed {
            Ok(Parsed::Taken(record)) => self.records.push(*record),
            Ok(Parsed::Left(why)) => self.left.push(why),
            Err(why) => self.refused.push(why),
        });
    }

    fn add_file(&mut self, path: &Path) -> std::io::Result<()> {
        let packed: Stream = Box::new(std::io::Cursor::new(std::fs::read(path)?));
        let (mut stream, head) = unpacked(packed)?;
        let mut bytes = Vec::new();
        if !is_tar(&head) {
            stream.read_to_end(&mut bytes)?;
            self.add(&path.display().to_string(), &bytes);
            return Ok(());
        }
        let mut tar = Tar::new(stream);
        while let Some(entry) = tar.next()? {
            bytes.clear();
            tar.read(&mut bytes)?;
            self.add(&entry.name, &bytes);
        }
        Ok(())
    }

    /// One line a statement: `id [CVEs] ecosystem name: release key lifecycle versions | arches | module`.
    fn lines(&self) -> Vec<String> {
        self.records.iter().flat_map(lines).collect()
    }
}

fn lines(record: &Record) -> Vec<String> {
    let rows =
        record.packages.iter().flat_map(|(key, list)| list.iter().map(move |affected| (key, affected)));
    rows.map(|(key, affected)| {
        let name = format!("{} {} {}", record.id, key.ecosystem, key.name);
        format!("{name}: {} {:?} {}", affected.release, affected.key, said(affected))
    })
    .collect()
}

fn said(affected: &Affected) -> String {
    let end = affected.ranges.first().and_then(|range| range.events.last());
    let versions = match end {
        Some(Event::Fixed(version)) => format!("< {version}"),
        Some(Event::LastAffected(version)) => format!("<= {version}"),
        Some(other) => format!("{other:?}"),
        None if affected.versions.is_empty() => "*".to_owned(),
        None => format!("= {}", affected.versions.join(" ")),
    };
    let lifecycle = match affected.lifecycle {
        Lifecycle::Ranges => String::new(),
        lifecycle => format!("{lifecycle:?} "),
    };
    let arches =
        if affected.arches.is_empty() { String::new() } else { format!(" {}", affected.arches.join(",")) };
    let module = affected.module.as_ref().map_or(String::new(), |module| format!(" [{module}]"));
    format!("{lifecycle}{versions}{arches}{module}")
}

/// The shared feeds, if they are there.
#[allow(clippy::print_stderr, reason = "a skipped test says so")]
fn shared() -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/feeds"));
    if !path.is_dir() {
        eprintln!("skipped: no shared data");
        return None;
    }
    Some(path)
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut entries: Vec<PathBuf> = entries.collect();
    entries.sort();
    for path in entries {
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

#[test]
fn every_sample_of_the_publishers_is_read_or_refused() {
    let Some(feeds) = shared() else { return };
    // Folder: files, records, packages of records, refused documents.
    let expected = "\
        amazon 20 7 29 1
        openeuler 12 5 19 1
        oracle 50 5 20 1
        photon 7 7 11 0
        redhat-csaf 25 24 333 0
        suse 79 33 370 1";
    let mut lines = Vec::new();
    for feed in ["amazon", "openeuler", "oracle", "photon", "redhat-csaf", "suse"] {
        let mut paths = Vec::new();
        files(&feeds.join(feed).join("samples"), &mut paths);
        let mut found = Found::default();
        for path in &paths {
            if let Err(error) = found.add_file(path) {
                found.refused.push(error.to_string());
            }
        }
        let packages: usize = found.records.iter().map(|record| record.packages.len()).sum();
        let (records, refused) = (found.records.len(), found.refused.len());
        lines.push(format!("{feed} {} {records} {packages} {refused}", paths.len()));
    }
    let expected: Vec<&str> = expected.lines().map(str::trim).collect();
    assert_eq!(lines, expected);
}

#[test]
fn samples_say_what_their_documents_say() {
    let Some(feeds) = shared() else { return };
    // Read by eye in the documents: every line must be among what the file says.
    let cases = "\
        amazon/samples/amazon/updateinfo_2.xml.gz
          ALAS2-2018-939 Amazon Linux kernel: 2 Binary < 4.9.76-38.79.amzn2 x86_64
        amazon/samples/amazon/updateinfo_2_kernel-5.15.xml.gz
          ALAS2KERNEL-5.15-2022-001 Amazon Linux bpftool: 2:kernel-5.15 Binary < 5.15.43-20.123.amzn2 aarch64,x86_64
        amazon/samples/amazon/updateinfo_2023_kernel-livepatch.xml.gz
          ALAS2023LIVEPATCH-2023-001 Amazon Linux kernel-livepatch-6.1.12-19.43: 2023:livepatch Binary < 1.0-1.amzn2023 x86_64
        openeuler/samples/openeuler_csaf/happy/cve/2023/csaf-openeuler-cve-2023-52920.json
          CVE-2023-52920 openEuler kernel: 22.03-LTS-SP3 Binary < 5.10.0-237.0.0.139.oe2203sp3 aarch64,x86_64
        openeuler/samples/openeuler_cvrf/happy/cvrf/2025/cvrf-openEuler-SA-2025-1379.xml
          openEuler-SA-2025-1379 openEuler firefox: 22.03-LTS-SP3 Binary < 128.8.0-1.oe2203sp3 aarch64,x86_64
        openeuler/samples/openeuler_osv/happy/OESA-2021-1001.json
          OESA-2021-1001 openEuler dnsmasq: 20.03-LTS Source < 2.82-5.oe1
        oracle/samples/oracle_linux/com.oracle.elsa-all.xml.bz2
          ELSA-2007-0057 Oracle Linux bind: 5 Binary < 30:9.3.3-8.el5 i386,x86_64
          ELSA-2023-12342 Oracle Linux hivex: 8 Binary < 1.3.18-21.module+el8.7.0+21037+8ee66348 aarch64 [virt:kvm_utils]
        oracle/samples/oracle_vm/happy/com.oracle.ovmsa-20250001.xml
          OVMSA-2025-0001 Oracle Linux kernel-uek: 6 Binary < 4.1.12-124.93.1.el6uek x86_64
        photon/samples/photon_cve/happy/cve_data_photon4.0.json
          CVE-2025-9086 Photon OS curl-libs: 4.0 Usual < 8.16.0-1.ph4
        photon/samples/photon_cve/happy/cve_data_photon5.0.json
          BDSA-2025-13833 Photon OS consul: 5.0 Usual NotAffected *
        photon/samples/photon_oval/happy/com.vmware.phsa-photon5.xml.gz
          PHSA-2024-5.0-0184 Photon OS ansible-devel: 5.0 Binary < 2.14.12-1.ph5
        redhat-csaf/samples/redhat_csaf/2023/rhsa-2023_7435.json
          RHSA-2023:7435 Red Hat fence-agents-all: rhel_e4s:8.2::appstream Binary < 4.2.1-41.el8_2.12 ppc64le,x86_64
        redhat-csaf/samples/redhat_vex_v1_documents/vex/2022/CVE-2022-24834.json
          CVE-2022-24834 Red Hat redis: enterprise_linux:8::appstream Binary < 6.2.17-1.module+el8.10.0+22680+748527fd aarch64,ppc64le,s390x,x86_64 [redis:6]
          CVE-2022-24834 Red Hat redis: enterprise_linux:9::appstream Binary < 6.2.17-1.el9_5 aarch64,ppc64le,s390x,x86_64
        redhat-csaf/samples/redhat_vex_v1_documents/vex/2023/CVE-2023-28484.json
          CVE-2023-28484 Red Hat libxml2: enterprise_linux:7 Source EndOfLife *
          CVE-2023-28484 Red Hat libxml2: rhel_eus:8.6::baseos Binary < 2.9.7-13.el8_6.4 aarch64,i686,ppc64le,s390x,x86_64
        redhat-csaf/samples/redhat_vex_v2_documents/vex/2023/CVE-2023-6228.json
          CVE-2023-6228 Red Hat libtiff: enterprise_linux:9::appstream Source < 4.4.0-12.el9
          CVE-2023-6228 Red Hat libtiff: rhel_els:6 Source EndOfLife *
          CVE-2023-6228 Red Hat compat-libtiff3: enterprise_linux:8 Source WillNotFix *
          CVE-2023-6228 Red Hat libtiff: enterprise_linux:8.9 Source WillNotFix *
          CVE-2023-6228 Red Hat libtiff: enterprise_linux:8.10 Source Affected *
        redhat-csaf/samples/redhat_vex_v2_documents/vex/2023/CVE-2023-6238.json
          CVE-2023-6238 Red Hat kernel: enterprise_linux:9.4 Source WillNotFix *
          CVE-2023-6238 Red Hat kernel: enterprise_linux:8.10 Source NotAffected *
          CVE-2023-6238 Red Hat kernel: rhel_eus:8.8 Source NotAffected *
          CVE-2023-6238 Red Hat kpatch: enterprise_linux:9.7 Source NotAffected *
        redhat-csaf/samples/redhat_vex_v2_documents/vex/2007/CVE-2007-6015.json
          CVE-2007-6015 Red Hat samba: rhel_eus:4.5::as Source < 3.0.10-2.el4_5.2
        suse/samples/suse_csaf/csaf.tar.bz2
          SUSE-SU-2015:0011-2 SUSE bind: Linux Enterprise Server 11 SP2-LTSS Binary < 9.9.4P2-0.6.1 i586,ia64,ppc64,s390x,x86_64
        suse/samples/suse_csaf_vex/csaf-vex.tar.bz2
          CVE-2023-5568 SUSE ctdb: Linux Enterprise High Availability Extension 12 SP5 Binary NotAffected *
          CVE-2023-5568 openSUSE ctdb: Tumbleweed Binary < 4.19.2+git.322.7e9201cef5-1.1
        suse/samples/suse_cvrf_cve/happy/cvrf-cve.tar.bz2
          CVE-2022-38150 openSUSE varnish: Leap 15.4 Binary < 7.1.1-bp154.2.6.1
          CVE-2022-38150 SUSE varnish: Package Hub 15 SP4 Binary < 7.1.1-bp154.2.6.1
        suse/samples/suse_osv_documents/SUSE/SU/others/SUSE-SU-403.json
          SUSE-SU-403 SUSE libqt4: Linux Enterprise Desktop 12 SP1 Source < 4.8.6-7.1
        suse/samples/suse_oval/happy/suse.linux.enterprise.15-affected.xml.gz
          CVE-1999-0195 SUSE rpcbind: Linux Enterprise Server 15 SP3 Binary NotAffected *
          CVE-1999-0077 SUSE kernel-default: Linux Enterprise Server 15-LTSS Binary NotAffected *
        suse/samples/suse_oval/happy/suse.linux.enterprise.server.10.xml.gz
          CVE-2002-2443 SUSE krb5: Linux Enterprise Server 10 SP4 Binary < 1.4.3-19.49.53.1
        suse/samples/suse_oval/happy/opensuse.tumbleweed.xml.gz
          CVE-2001-1267 openSUSE tar-rmt: Tumbleweed Binary < 1.34-2.2";
    let mut said = Vec::new();
    for line in cases.lines() {
        match line.strip_prefix("          ") {
            None => {
                let mut found = Found::default();
                found.add_file(&feeds.join(line.trim())).unwrap_or_else(|error| panic!("{line}: {error}"));
                assert!(found.refused.is_empty(), "{line}: {:?}", found.refused);
                said = found.lines();
            }
            Some(line) => {
                assert!(said.iter().any(|said| said == line), "{line} is not in\n{}", said.join("\n"))
            }
        }
    }
}

#[test]
fn broken_samples_are_refused_with_a_reason() {
    let Some(feeds) = shared() else { return };
    let check = |path: &str, says: &str| {
        let mut found = Found::default();
        if let Err(error) = found.add_file(&feeds.join(path)) {
            found.refused.push(error.to_string());
        }
        assert!(found.refused.iter().any(|why| why.contains(says)), "{path}: {:?}", found.refused);
    };
    check("amazon/samples/amazon/updateinfo_invalid_xml.xml.gz", "it is empty, not XML");
    check("oracle/samples/oracle_linux/invalid.xml.bz2", "it is no XML");
    check("openeuler/samples/openeuler_csaf/happy/cve/2024/csaf-openeuler-cve-2024-50187.json", "line 61");
    check("suse/samples/suse_cvrf_cve/unexpected-eof/cvrf-cve.tar.bz2", "not well-formed xml");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_and_broken_documents_never_panic(
        which in 0..made_up::ALL.len(),
        cut in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        noise in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        Found::of("x.xml", &noise);
        let mut bytes = made_up::ALL[which].as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        Found::of("a/cve_data_photon4.0.json", &bytes);
        bytes.truncate(cut.index(bytes.len()));
        Found::of("a/x.xml", &bytes);
        for parse in [parse_csaf, parse_cvrf, parse_apollo, parse_bodhi] {
            parse(&bytes);
        }
        parse_errata("9/errata.full.json", &bytes);
        parse_photon("x", &bytes);
    }
}
