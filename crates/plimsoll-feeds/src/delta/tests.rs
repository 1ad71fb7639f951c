use super::*;
use crate::Database;
use crate::build::{BuildOptions, build};
use plimsoll_model::PackageKey;
use proptest::prelude::*;
use serde_json::json;
use std::path::PathBuf;
use tempfile::TempDir;

/// 2026-11-24T00:00:00Z
const TODAY: i64 = 1_795_478_400;

/// A database of these records (id, alias, ecosystem, package, fix) and EPSS (CVE, score, percentile).
fn database(folder: &TempDir, name: &str, records: &[[&str; 5]], epss: &[(&str, &str, &str)]) -> PathBuf {
    let feeds = folder.path().join(format!("{name}.feeds"));
    for part in ["osv", "epss"] {
        std::fs::create_dir_all(feeds.join(part)).expect("a folder");
    }
    let documents = records.iter().map(|[id, alias, ecosystem, package, fix]| {
        json!({"id": id, "aliases": [alias], "modified": "2026-08-22T00:00:00Z", "summary": format!("{id} {fix}"),
            "affected": [{"package": {"ecosystem": ecosystem, "name": package},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fix}]}]}]})
    });
    std::fs::write(feeds.join("osv/all.json"), json!(documents.collect::<Vec<_>>()).to_string())
        .expect("written");
    let scores: String =
        epss.iter().map(|(id, score, percentile)| format!("{id},{score},{percentile}\n")).collect();
    let head = "#model_version:v2025.03.14,score_date:2026-08-21T00:00:00+0000\ncve,epss,percentile\n";
    std::fs::write(feeds.join("epss/epss.csv"), format!("{head}{scores}")).expect("written");
    let path = folder.path().join(format!("{name}.db"));
    build(&feeds, &path, &BuildOptions::at(TODAY), &|_| {}).expect("built");
    path
}

const ONE: [&str; 5] = ["GHSA-1", "CVE-2024-1111", "npm", "left-pad", "1.0.0"];
const TWO: [&str; 5] = ["GHSA-2", "CVE-2024-2222", "npm", "left-pad", "2.0.0"];
const THREE: [&str; 5] = ["GHSA-3", "CVE-2024-3333", "PyPI", "flask", "3.0.0"];
const FOUR: [&str; 5] = ["GHSA-4", "CVE-2024-4444", "Go", "a.org/b", "4.0.0"];

#[test]
fn an_old_database_and_a_delta_say_what_the_new_one_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let old = database(
        &folder,
        "old",
        &[ONE, TWO, THREE],
        &[("CVE-2024-1111", "0.1", "0.5"), ("CVE-2024-2222", "0.2", "0.6")],
    );
    let mut changed = ONE;
    changed[4] = "1.0.1";
    let new = database(
        &folder,
        "new",
        &[changed, TWO, FOUR],
        &[("CVE-2024-1111", "0.1", "0.55"), ("CVE-2024-4444", "0.9", "0.99")],
    );
    let (to, result) = (folder.path().join("a.delta"), folder.path().join("result.db"));
    let made = delta(&Database::open(&old).expect("old"), &Database::open(&new).expect("new"), &to)
        .expect("a delta");
    assert_eq!((made.packages, made.vulnerabilities), (3, 3), "{made:?}");
    apply(&to, &old, &result).expect("applied");
    let (new, result) = (Database::open(&new).expect("new"), Database::open(&result).expect("result"));
    assert_eq!(result.knowledge().expect("knowledge"), new.knowledge().expect("knowledge"));
    assert_eq!(result.verify().expect("verified"), new.knowledge().expect("knowledge").digest);
    for (ecosystem, name) in [("npm", "left-pad"), ("PyPI", "flask"), ("Go", "a.org/b")] {
        let key = PackageKey { ecosystem: ecosystem.into(), name: name.into() };
        assert_eq!(result.advisories(&key).expect("read"), new.advisories(&key).expect("read"));
        assert_eq!(result.origins(&key).expect("read"), new.origins(&key).expect("read"));
    }
    for id in
        ["CVE-2024-1111", "CVE-2024-2222", "CVE-2024-3333", "CVE-2024-4444", "GHSA-1", "GHSA-3", "GHSA-4"]
    {
        assert_eq!(result.vulnerability(id).expect("read"), new.vulnerability(id).expect("read"), "{id}");
        let keys = |database: &Database| {
            let mut all = database.records_of(id).expect("read");
            all.sort_by(|a, b| (&a.0, &a.1.id).cmp(&(&b.0, &b.1.id)));
            all
        };
        assert_eq!(keys(&result), keys(&new), "{id}");
    }
}

#[test]
fn a_delta_is_for_one_database_and_must_keep_its_promise() {
    let folder = tempfile::tempdir().expect("a folder");
    let old = database(&folder, "old", &[ONE], &[]);
    let new = database(&folder, "new", &[ONE, TWO], &[]);
    let to = folder.path().join("a.delta");
    delta(&Database::open(&old).expect("old"), &Database::open(&new).expect("new"), &to).expect("a delta");
    let before = std::fs::read(&old).expect("read");
    assert!(matches!(apply(&to, &new, &new), Err(FeedError::Digest { .. })));
    // One that promises another digest leaves the old database as it was.
    let mut lie = read(&to).expect("a delta");
    lie.to = format!("sha256:{}", "0".repeat(64));
    write(&lie, &to).expect("written");
    assert!(matches!(apply(&to, &old, &old), Err(FeedError::Digest { .. })));
    assert_eq!(std::fs::read(&old).expect("read"), before);
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 5, "nothing is left beside it");
}

#[test]
fn deltas_are_taken_one_after_the_other() {
    let step = |from: &str, to: &str| IndexedDelta {
        from: from.into(),
        to: to.into(),
        file: format!("{from}-{to}"),
        sha256: String::new(),
        bytes: 1,
    };
    let index = DeltaIndex {
        digest: "c".into(),
        deltas: vec![step("a", "b"), step("b", "c"), step("b", "a"), step("x", "y")],
    };
    let check = |from: &str, expected: Option<&[&str]>| {
        let chain = index.chain(from);
        let files: Option<Vec<&str>> = chain.map(|chain| chain.iter().map(|delta| &*delta.file).collect());
        assert_eq!(files.as_deref(), expected, "{from}");
    };
    check("a", Some(&["a-b", "b-c"]));
    check("c", Some(&[]));
    check("x", None);
    check("z", None);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        parse(&bytes);
        parse(&[MAGIC, &bytes].concat());
    }
}
