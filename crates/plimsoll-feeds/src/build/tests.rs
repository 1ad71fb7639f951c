use super::*;
use crate::{Database, diff};
use plimsoll_model::{Advisory, Event, PackageKey};
use serde_json::{Value, json};
use std::io::Write as _;
use std::sync::Mutex;
use tempfile::TempDir;

/// The shared data, if it is there.
fn shared() -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"));
    if !path.is_dir() {
        eprintln_skipped();
        return None;
    }
    Some(path)
}

#[allow(clippy::print_stderr, reason = "a skipped test says so")]
fn eprintln_skipped() {
    eprintln!("skipped: no shared data");
}

/// 2026-11-24T00:00:00Z
const TODAY: i64 = 1_795_478_400;

fn record(id: &str, aliases: &[&str], ecosystem: &str, name: &str, fixed: &str) -> Value {
    json!({"schema_version": "1.6.7", "id": id, "aliases": aliases, "modified": "2026-08-22T00:00:00Z",
        "summary": format!("summary of {id}"), "details": format!("details of {id}"),
        "affected": [{"package": {"ecosystem": ecosystem, "name": name},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}]}]})
}

/// A folder with a file for each of these.
fn folder(files: &[(&str, Vec<u8>)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, bytes).expect("a file");
    }
    folder
}

fn zip(documents: &[(&str, Value)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, document) in documents {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).expect("an entry");
        writer.write_all(document.to_string().as_bytes()).expect("written");
    }
    writer.finish().expect("a zip").into_inner()
}

fn json_bytes(document: Value) -> Vec<u8> {
    document.to_string().into_bytes()
}

/// A small copy of the publishers' layout.
fn feeds() -> TempDir {
    let npm = zip(&[
        ("GHSA-aaaa.json", record("GHSA-aaaa", &["CVE-2024-1111"], "npm", "left-pad", "1.3.1")),
        ("GHSA-bbbb.json", record("GHSA-bbbb", &[], "npm", "left-pad", "2.0.0")),
        ("GHSA-gone.json", {
            let mut gone = record("GHSA-gone", &[], "npm", "left-pad", "2.0.0");
            gone["withdrawn"] = json!("2025-01-01T00:00:00Z");
            gone
        }),
        ("broken.json", json!({"id": "GHSA-cccc", "modified": "2024-01-01T00:00:00Z", "affected": 7})),
    ]);
    let debian = zip(&[("DEBIAN-CVE-2024-1111.json", {
        let mut record = record("DEBIAN-CVE-2024-1111", &[], "Debian:12", "node-left-pad", "1.3.0-1+deb12u1");
        record["upstream"] = json!(["CVE-2024-1111"]);
        record
    })]);
    // Names the flaw GHSA-bbbb by a CVE that GHSA-bbbb itself does not know.
    let other = zip(&[(
        "NSWG-1.json",
        record("NSWG-1", &["GHSA-bbbb", "CVE-2024-2222"], "npm", "right-pad", "1.0.0"),
    )]);
    let cve = zip(&[(
        "cves/2024/1xxx/CVE-2024-1111.json",
        json!({"cveMetadata": {"cveId": "CVE-2024-1111", "state": "PUBLISHED"}, "containers": {"cna": {
            "descriptions": [{"lang": "en", "value": "what the CNA says"}],
            "metrics": [{"cvssV3_1": {"vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}}]}}}),
    )]);
    let mut epss = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    epss.write_all(b"#model_version:v2025.03.14,score_date:2026-08-21T00:00:00+0000\ncve,epss,percentile\nCVE-2024-1111,0.5,0.9\n")
        .expect("written");
    folder(&[
        ("osv/npm/all.zip", npm),
        ("osv/Debian/all.zip", debian),
        ("osv/Other/all.zip", other),
        ("osv/ecosystems.txt", b"npm\nDebian\nDebian:12\nOther\n".to_vec()),
        ("cve/2024.zip", cve),
        ("epss/epss_scores-current.csv.gz", epss.finish().expect("gzip")),
        (
            "kev/known_exploited_vulnerabilities.json",
            json_bytes(json!({"vulnerabilities": [
            {"cveID": "CVE-2024-1111", "dateAdded": "2024-05-01", "vulnerabilityName": "Left Pad"},
            {"cveID": "CVE-1999-0001", "dateAdded": "2024-05-01"}]})),
        ),
        (
            "endoflife/api/debian.json",
            json_bytes(json!([{"cycle": "12", "eol": "2026-07-11", "extendedSupport": "2028-06-30"}])),
        ),
        ("endoflife/api/alpine-linux.json", json_bytes(json!([{"cycle": "3.20", "eol": "2026-04-01"}]))),
    ])
}

fn built(from: &Path) -> (TempDir, Database, Vec<BuildEvent>) {
    let events = Mutex::new(Vec::new());
    let to = tempfile::tempdir().expect("a folder");
    let path = to.path().join("plimsoll.db");
    build(from, &path, &BuildOptions::at(TODAY), &|event| events.lock().expect("events").push(event))
        .unwrap_or_else(|error| panic!("{error}"));
    let left_over: Vec<_> = std::fs::read_dir(to.path()).expect("a folder").collect();
    assert_eq!(left_over.len(), 1, "nothing is left beside it");
    (to, Database::open(&path).expect("a database"), events.into_inner().expect("events"))
}

fn key(ecosystem: &str, name: &str) -> PackageKey {
    PackageKey { ecosystem: ecosystem.into(), name: name.into() }
}

fn ids(advisories: &[Advisory]) -> Vec<&str> {
    advisories.iter().map(|advisory| &*advisory.id).collect()
}

#[test]
fn feeds_in_the_publishers_layout_become_a_database() {
    let feeds = feeds();
    let (_folder, database, events) = built(feeds.path());
    let advisories = database.advisories(&key("npm", "left-pad")).expect("advisories");
    assert_eq!(ids(&advisories), ["GHSA-aaaa", "GHSA-bbbb"]);
    assert_eq!(advisories[1].aliases, ["CVE-2024-2222"], "the CVE another record of the flaw names");
    assert_eq!(advisories[0].source, "osv/npm");
    assert!(database.advisories(&key("npm", "nothing")).expect("none").is_empty());
    assert!(database.advisories(&key("nothing", "left-pad")).expect("none").is_empty());

    let known = database.vulnerability("CVE-2024-1111").expect("readable").expect("known");
    assert_eq!(known.description.as_deref(), Some("what the CNA says"));
    assert_eq!(known.title.as_deref(), Some("Left Pad"));
    assert_eq!((known.kev_added.as_deref(), known.epss), (Some("2024-05-01"), Some((0.5, 0.9))));
    assert_eq!(known.ratings.len(), 1);
    let other = database.vulnerability("CVE-2024-2222").expect("readable").expect("known");
    assert_eq!(other.title.as_deref(), Some("summary of GHSA-bbbb"));
    assert_eq!(database.vulnerability("CVE-1999-0001").expect("readable"), None, "no advisory names it");

    let records = database.records_of("GHSA-aaaa").expect("records");
    let named: Vec<(&str, &str)> = records.iter().map(|(key, a)| (&*key.ecosystem, &*a.id)).collect();
    assert_eq!(named, [("Debian", "DEBIAN-CVE-2024-1111"), ("npm", "GHSA-aaaa")]);
    assert_eq!(database.records_of("CVE-2024-2222").expect("records").len(), 2);
    assert!(database.records_of("CVE-1-1").expect("records").is_empty());

    let end = |product, release| database.end_of_life(product, release).expect("readable");
    assert_eq!(end("debian", "12").as_deref(), Some("2028-06-30"));
    assert_eq!(end("alpine", "3.20.3").as_deref(), Some("2026-04-01"));
    assert_eq!(end("alpine", "edge"), None);

    let knowledge = database.knowledge().expect("knowledge");
    assert_eq!((&*knowledge.built_at, knowledge.starter), ("2026-11-24T00:00:00Z", false));
    let sources: Vec<(&str, u64, &str)> =
        knowledge.sources.iter().map(|s| (&*s.name, s.records, &*s.as_of)).collect();
    assert_eq!(
        sources,
        [
            ("cve", 1, ""),
            ("endoflife", 2, ""),
            ("epss", 1, "2026-08-21"),
            ("kev", 1, "2024-05-01"),
            ("osv/Debian", 1, "2026-08-22"),
            ("osv/npm", 3, "2026-08-22")
        ]
    );
    assert!(events.contains(&BuildEvent::Left { why: "withdrawn", records: 1 }));
    assert!(
        events
            .iter()
            .any(|event| matches!(event, BuildEvent::Refused { at, .. } if at.ends_with("broken.json")))
    );
}

#[test]
fn the_same_feeds_give_the_same_bytes() {
    let feeds = feeds();
    let bytes = || {
        let (_folder, database, _) = built(feeds.path());
        std::fs::read(database.path()).expect("a file")
    };
    assert_eq!(bytes(), bytes());
}

#[test]
fn any_folder_or_file_of_records_will_do() {
    let one = record("GHSA-aaaa", &["CVE-2024-1111"], "npm", "a", "1");
    let two = record("GHSA-bbbb", &[], "npm", "a", "2");
    let lines = format!("{one}\n\n{two}\n");
    let files = folder(&[
        ("deep/er/one.json", json_bytes(one.clone())),
        ("sbom.cdx.json", json_bytes(json!({"bomFormat": "CycloneDX"}))),
        ("two.zip", zip(&[("two.json", two.clone())])),
        ("alone/lines.jsonl", lines.clone().into_bytes()),
    ]);
    for from in ["", "alone/lines.jsonl"] {
        let (_folder, database, _) = built(&files.path().join(from));
        assert_eq!(
            ids(&database.advisories(&key("npm", "a")).expect("advisories")),
            ["GHSA-aaaa", "GHSA-bbbb"]
        );
    }
    let array = folder(&[("all.json", json_bytes(json!([one, two])))]);
    let (_folder, database, _) = built(&array.path().join("all.json"));
    assert_eq!(database.advisories(&key("npm", "a")).expect("advisories").len(), 2);
}

#[test]
fn copies_of_a_record_are_one_and_the_newest_holds() {
    let old = record("GHSA-aaaa", &[], "npm", "a", "1");
    let mut new = record("GHSA-aaaa", &[], "npm", "a", "2");
    new["modified"] = json!("2026-09-01T00:00:00Z");
    let mut elsewhere = record("GHSA-aaaa", &[], "npm", "b", "3");
    elsewhere["modified"] = json!("2026-01-01T00:00:00Z");
    let files = folder(&[
        ("1.json", json_bytes(old.clone())),
        ("2.json", json_bytes(new)),
        ("3.json", json_bytes(old)),
        ("4.json", json_bytes(elsewhere)),
    ]);
    let (_folder, database, _) = built(files.path());
    let advisories = database.advisories(&key("npm", "a")).expect("advisories");
    assert_eq!(advisories.len(), 1);
    let events = &advisories[0].affected[0].ranges[0].events;
    assert_eq!(events[1], Event::Fixed("2".into()));
    assert_eq!(database.advisories(&key("npm", "b")).expect("advisories").len(), 1);
}

#[test]
fn a_difference_names_what_must_be_matched_again() {
    let before = folder(&[
        ("1.json", json_bytes(record("GHSA-aaaa", &[], "npm", "a", "1"))),
        ("2.json", json_bytes(record("GHSA-bbbb", &[], "npm", "b", "1"))),
        ("3.json", json_bytes(record("GHSA-cccc", &[], "npm", "c", "1"))),
    ]);
    let after = folder(&[
        ("1.json", json_bytes(record("GHSA-aaaa", &[], "npm", "a", "1"))),
        ("2.json", json_bytes(record("GHSA-bbbb", &[], "npm", "b", "2"))),
        ("3.json", json_bytes(record("GHSA-dddd", &[], "PyPI", "D_d", "1"))),
    ]);
    let ((_one, a, _), (_two, b, _)) = (built(before.path()), built(after.path()));
    let difference = diff(&a, &b).expect("a difference");
    assert_eq!(difference.added, [key("PyPI", "d-d")]);
    assert_eq!(difference.removed, [key("npm", "c")]);
    assert_eq!(difference.changed, [key("npm", "b")]);
    assert_eq!(difference.vulnerabilities, ["GHSA-cccc", "GHSA-dddd"]);
    assert!(diff(&a, &a).expect("a difference").is_empty());
    assert_eq!(b.advisories(&key("PyPI", "D.D")).expect("folded").len(), 1);
}

#[test]
fn what_cannot_be_used_is_said() {
    let check = |from: &Path, says: &str| {
        let to = tempfile::tempdir().expect("a folder");
        let error =
            build(from, &to.path().join("x.db"), &BuildOptions::at(TODAY), &|_| {}).expect_err("refused");
        assert!(error.to_string().contains(says), "{error}");
        assert_eq!(std::fs::read_dir(to.path()).expect("a folder").count(), 0, "nothing is left");
    };
    check(Path::new("/nowhere/at/all"), "cannot read /nowhere/at/all");
    check(folder(&[]).path(), "no advisories");
    let mut cut = zip(&[("1.json", record("GHSA-aaaa", &[], "npm", "a", "1"))]);
    cut.truncate(cut.len() / 2);
    check(folder(&[("osv/npm/all.zip", cut)]).path(), "npm/all.zip cannot be used");
    let mut damaged = zip(&[("1.json", record("GHSA-aaaa", &[], "npm", "a", "1"))]);
    damaged[60] ^= 0xff;
    check(folder(&[("osv/npm/all.zip", damaged)]).path(), "npm/all.zip cannot be used");
}

/// A VEX document of Red Hat about the package a.
fn vex(cve: &str, modified: &str, fixed: &str) -> Vec<u8> {
    let id = format!("BaseOS:a-0:{fixed}.x86_64");
    json_bytes(json!({"document": {"csaf_version": "2.0", "publisher": {"name": "Red Hat Product Security"},
        "tracking": {"id": cve, "current_release_date": modified}},
        "product_tree": {"branches": [
            {"product": {"name": "RHEL", "product_id": "BaseOS",
                "product_identification_helper": {"cpe": "cpe:/o:redhat:enterprise_linux:9::baseos"}}},
            {"product": {"name": "a", "product_id": "a", "product_identification_helper":
                {"purl": format!("pkg:rpm/redhat/a@{fixed}?arch=x86_64")}}}],
            "relationships": [{"product_reference": "a", "relates_to_product_reference": "BaseOS",
                "full_product_name": {"name": "a of RHEL", "product_id": id}}]},
        "vulnerabilities": [{"cve": cve, "product_status": {"fixed": [id]}}]}))
}

fn packed_tar(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut tar = Vec::new();
    for (name, bytes) in files {
        let mut header = [0_u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..135].copy_from_slice(format!("{:011o}", bytes.len()).as_bytes());
        header[156] = b'0';
        header[148..156].fill(b' ');
        let sum: u64 = header.iter().map(|byte| u64::from(*byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        tar.extend(header);
        tar.extend(bytes);
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    zstd::encode_all(&*tar, 1).expect("zstd")
}

#[test]
fn archives_changes_and_deletions_of_a_publisher_are_one() {
    let early = "2024-01-01T00:00:00Z";
    let archive = packed_tar(&[
        ("2024/cve-2024-0001.json", vex("CVE-2024-0001", early, "1.0-1.el9")),
        ("2024/cve-2024-0002.json", vex("CVE-2024-0002", early, "1.0-2.el9")),
        ("2024/cve-2024-0003.json", vex("CVE-2024-0003", early, "1.0-3.el9")),
        ("2024/broken.json", b"{\"csaf_version\": ".to_vec()),
        ("index.txt", b"2024/cve-2024-0001.json".to_vec()),
    ]);
    let deletions = b"\"2024/cve-2024-0003.json\",\"2024-02-01T00:00:00Z\"\n".to_vec();
    let newer = vex("CVE-2024-0001", "2024-02-01T00:00:00Z", "1.0-9.el9");
    let feeds = folder(&[
        ("redhat/vex/csaf_vex_2024-01-01.tar.zst", archive.clone()),
        ("redhat/vex/2024/cve-2024-0001.json", newer),
        ("redhat/vex/deletions.csv", deletions),
        ("anywhere/cut.tar.zst", archive[..archive.len() / 2].to_vec()),
    ]);
    let (_folder, database, events) = built(feeds.path());
    let advisories = database.advisories(&key("Red Hat", "a")).expect("advisories");
    let fixes: Vec<(&str, &Event)> =
        advisories.iter().map(|one| (&*one.id, &one.affected[0].ranges[0].events[1])).collect();
    let (first, second) = (Event::Fixed("1.0-9.el9".into()), Event::Fixed("1.0-2.el9".into()));
    assert_eq!(fixes, [("CVE-2024-0001", &first), ("CVE-2024-0002", &second)]);
    assert_eq!(advisories[0].source, "vex/Red Hat");
    let refused = |part: &str| {
        events.iter().any(|event| matches!(event, BuildEvent::Refused { at, .. } if at.contains(part)))
    };
    assert!(refused("2024/broken.json") && refused("anywhere/cut.tar.zst"), "{events:?}");
}

#[test]
fn records_of_one_id_from_several_files_are_all_kept() {
    let update = |release: &str, version: &str, day: &str| {
        format!(
            "<updates><update type='security'><id>FEDORA-2024-1</id><updated date='{day}'/><references>\
             <reference type='cve' id='CVE-2024-0001'/></references><pkglist><collection>\
             <package name='a' version='{version}' release='1.{release}' arch='x86_64'/></collection>\
             </pkglist></update></updates>"
        )
        .into_bytes()
    };
    let mut osv = record("RHSA-2024:1", &[], "Red Hat:enterprise_linux:9::baseos", "b", "2");
    osv["upstream"] = json!(["CVE-2024-0001"]);
    let csaf = String::from_utf8(vex("CVE-2024-0001", "2024-01-01T00:00:00Z", "2-1.el9")).expect("text");
    let csaf = csaf
        .replace("\"id\":\"CVE-2024-0001\"", "\"id\":\"RHSA-2024:1\"")
        .replace("rpm/redhat/a@", "rpm/redhat/b@");
    let feeds = folder(&[
        ("fedora/39/updateinfo.xml", update("fc39", "1.0", "2024-01-01")),
        ("fedora/40/updateinfo.xml", update("fc40", "1.1", "2024-02-01")),
        ("osv/Red Hat/all.zip", zip(&[("RHSA-2024:1.json", osv)])),
        ("rhsa.json", csaf.into_bytes()),
    ]);
    let (_folder, database, events) = built(feeds.path());
    assert!(!events.iter().any(|event| matches!(event, BuildEvent::Refused { .. })), "{events:?}");
    let of = |ecosystem: &str, name: &str| database.advisories(&key(ecosystem, name)).expect("advisories");
    let releases: Vec<String> =
        of("Fedora", "a").into_iter().flat_map(|one| one.affected).map(|one| one.release).collect();
    assert_eq!(releases, ["40", "39"]);
    let sources: Vec<String> = of("Red Hat", "b").into_iter().map(|one| one.source).collect();
    assert_eq!(sources, ["csaf/Red Hat", "osv/Red Hat"]);
}

#[test]
fn only_databases_are_opened() {
    let check = |bytes: &[u8], says: &str| {
        let folder = folder(&[("a b?#%.db", bytes.to_vec())]);
        let error = Database::open(&folder.path().join("a b?#%.db")).err().expect("refused");
        assert!(error.to_string().contains(says), "{error}");
    };
    check(
        b"not a database at all, but long enough to be looked at by somebody",
        "is not an advisory database",
    );
    check(b"", "is not an advisory database");
    let feeds = feeds();
    let (_folder, database, _) = built(feeds.path());
    let whole = std::fs::read(database.path()).expect("a file");
    let mut other = whole.clone();
    other[63] = 9;
    check(&other, "is an advisory database of format 9");
    other[71] = 9;
    check(&other, "is not an advisory database");
    assert!(matches!(Database::open(Path::new("/nowhere.db")), Err(FeedError::File { .. })));

    // Damaged anywhere, it answers or fails, and does neither for ever.
    for at in (100..whole.len()).step_by(997) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x5a;
        let folder = folder_of(&damaged);
        let Ok(database) = Database::open(&folder.path().join("x.db")) else { continue };
        let _ = database.knowledge();
        let _ = database.advisories(&key("npm", "left-pad"));
        let _ = database.records_of("CVE-2024-1111");
        let _ = database.vulnerability("CVE-2024-1111");
        let _ = diff(&database, &database);
    }
}

fn folder_of(bytes: &[u8]) -> TempDir {
    folder(&[("x.db", bytes.to_vec())])
}

#[test]
fn a_database_is_shared_by_threads() {
    let feeds = feeds();
    let (_folder, database, _) = built(feeds.path());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..200 {
                    assert_eq!(database.advisories(&key("npm", "left-pad")).expect("advisories").len(), 2);
                }
            });
        }
    });
}

#[test]
fn real_advisories_of_distributions_are_read() {
    let Some(data) = shared() else { return };
    let (_folder, database, events) = built(&data.join("truth/os-match/debian-buster/advisories"));
    assert!(!events.iter().any(|event| matches!(event, BuildEvent::Refused { .. })), "{events:?}");
    let advisories = database.advisories(&key("Debian", "openssl")).expect("advisories");
    assert!(ids(&advisories).contains(&"CVE-2019-1551"), "{advisories:?}");
    let record = database.vulnerability("CVE-2019-1563").expect("readable").expect("known");
    assert!(record.title.is_some() && record.description.is_some());
}

#[test]
fn the_feeds_as_a_whole_are_read() {
    let Some(data) = shared() else { return };
    let (_folder, database, events) = built(&data.join("feeds"));
    // Among the samples of distributions some are broken on purpose.
    let refused: Vec<_> = events
        .iter()
        .filter(|event| matches!(event, BuildEvent::Refused { at, .. } if !at.contains("/samples/")))
        .collect();
    assert!(refused.is_empty(), "{refused:?}");
    let knowledge = database.knowledge().expect("knowledge");
    let records = |name: &str| {
        knowledge.sources.iter().find(|source| source.name == name).map_or(0, |source| source.records)
    };
    assert_eq!((records("osv/Debian"), records("osv/npm")), (23_549, 990));
    assert_eq!((records("vex/Red Hat"), records("updateinfo/Amazon Linux")), (10, 6));
    let size = std::fs::metadata(database.path()).expect("a file").len();
    assert!(size < 60 << 20, "{size}");
    let log4j =
        database.advisories(&key("Maven", "org.apache.logging.log4j:log4j-core")).expect("advisories");
    assert!(log4j.iter().any(|advisory| advisory.aliases.contains(&"CVE-2021-44228".to_owned())));
    let log4shell = database.vulnerability("CVE-2021-44228").expect("readable").expect("known");
    assert_eq!(log4shell.kev_added.as_deref(), Some("2021-12-10"));
    assert!(log4shell.title.is_some() && log4shell.description.is_some() && !log4shell.ratings.is_empty());
}

#[test]
fn configurations_of_the_nvd_are_advisories_of_products() {
    let list = json!({"vulnerabilities": [{"cve": {"id": "CVE-2021-23017", "lastModified": "2024-11-21T05:51:00.000",
        "published": "2021-06-01T13:15:00.000", "descriptions": [{"lang": "en", "value": "A flaw in the resolver"}],
        "configurations": [{"nodes": [{"operator": "OR", "negate": false, "cpeMatch": [
            {"vulnerable": true, "criteria": "cpe:2.3:a:f5:nginx:*:*:*:*:*:*:*:*",
                "versionStartIncluding": "0.6.18", "versionEndExcluding": "1.20.1"}]}]}]}}]});
    let from = folder(&[("nvd/2021.json", json_bytes(list))]);
    let to = from.path().join("advisories.db");
    build(from.path(), &to, &BuildOptions::at(TODAY), &|_| ()).expect("built");
    let database = Database::open(&to).expect("a database");
    let key = PackageKey { ecosystem: "NVD".into(), name: "f5:nginx".into() };
    let advisories = database.advisories(&key).expect("advisories");
    let [advisory] = advisories.as_slice() else { panic!("{advisories:?}") };
    assert_eq!((advisory.id.as_str(), advisory.source.as_str()), ("CVE-2021-23017", "nvd/NVD"));
    let events = &advisory.affected[0].ranges[0].events;
    assert_eq!(*events, [Event::Introduced("0.6.18".into()), Event::Fixed("1.20.1".into())]);
    let text = database.vulnerability("CVE-2021-23017").expect("read").expect("there");
    assert_eq!(text.description.as_deref(), Some("A flaw in the resolver"));
    let names: Vec<String> =
        database.knowledge().expect("knowledge").sources.into_iter().map(|feed| feed.name).collect();
    assert_eq!(names, ["nvd", "nvd/NVD"]);
}

#[test]
fn publishers_own_forms_are_read_however_they_are_packed() {
    let secdb = |name: &str| {
        json_bytes(
            json!({"distroversion": "v3.20", "reponame": "main", "urlprefix": "https://dl-cdn.alpinelinux.org/alpine",
            "packages": [{"pkg": {"name": name, "secfixes": {"1.0-r1": ["CVE-2024-1111"]}}}]}),
        )
    };
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&secdb("gzip")).expect("written");
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(&secdb("bzip2")).expect("written");
    let tar = packed_tar(&[("x/README.md", b"no".to_vec()), ("x/a.json", secdb("tar"))]);
    let folder = folder(&[
        (
            "osv/Alpine/all.zip",
            zip(&[("A.json", record("ALPINE-CVE-2024-1111", &[], "Alpine:v3.19", "gzip", "0.9-r0"))]),
        ),
        ("alpine/main.json.gz", gzip.finish().expect("gzip")),
        ("alpine/deep/er/main.json.bz2", bzip2.finish().expect("bzip2")),
        ("secdb.tar.zst", tar),
        ("plain.json", secdb("plain")),
        ("broken.json.gz", b"no gzip".to_vec()),
    ]);
    let (_to, database, events) = built(folder.path());
    for name in ["bzip2", "tar", "plain"] {
        let advisories = database.advisories(&key("Alpine", name)).expect("advisories");
        assert_eq!(ids(&advisories), ["ALPINE-CVE-2024-1111"], "{name}");
        assert_eq!(advisories[0].source, "secdb/Alpine", "{name}");
    }
    // The copy in OSV still counts for the releases the publisher's own form does not speak of.
    let both = database.advisories(&key("Alpine", "gzip")).expect("advisories");
    let said = |one: &Advisory| {
        let releases: Vec<String> = one.affected.iter().map(|affected| affected.release.clone()).collect();
        format!("{} {}", one.source, releases.join(" "))
    };
    assert_eq!(both.iter().map(said).collect::<Vec<_>>(), ["secdb/Alpine v3.20", "osv/Alpine v3.19"]);
    let origins = database.origins(&key("Alpine", "bzip2")).expect("origins");
    assert_eq!(origins[0].file, "alpine/deep/er/main.json.bz2");
    let refused: Vec<_> = events.iter().filter(|event| matches!(event, BuildEvent::Refused { .. })).collect();
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert_eq!(database.verify().expect("verified"), database.knowledge().expect("knowledge").digest);
}
