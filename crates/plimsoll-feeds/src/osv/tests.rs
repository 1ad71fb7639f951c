use super::*;
use plimsoll_model::{Event, KeyKind, Lifecycle};
use proptest::prelude::*;
use serde_json::{Value, json};

fn taken(document: Value) -> Record {
    match parse(document.to_string().as_bytes()) {
        Ok(Parsed::Taken(record)) => *record,
        other => panic!("{document}: {other:?}"),
    }
}

fn entry(ecosystem: &str, name: &str) -> Value {
    json!({"package": {"ecosystem": ecosystem, "name": name},
           "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.2"}]}]})
}

#[test]
fn a_record_is_named_by_what_it_is_and_what_it_answers() {
    // id; its aliases, upstream, related; then what is left: aliases and vulnerabilities.
    let check = |id: &str, given: [&[&str]; 3], aliases: &[&str], vulnerabilities: &[&str]| {
        let [given_aliases, upstream, related] = given;
        let record =
            taken(json!({"id": id, "aliases": given_aliases, "upstream": upstream, "related": related,
                                  "affected": [entry("X", "x")]}));
        assert_eq!(
            (&record.aliases[..], &record.vulnerabilities[..]),
            (&owned(aliases)[..], &owned(vulnerabilities)[..]),
            "{id}"
        );
    };
    fn owned(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }
    let (cve, other) = ("CVE-2024-1234", "CVE-2024-5678");
    check("GHSA-a", [&[cve], &[], &[other]], &[cve], &[]);
    check("CVE-2024-1234", [&["GHSA-a", cve], &[], &["DSA-1-1"]], &["GHSA-a"], &[]);
    check("DEBIAN-CVE-2024-1234", [&[], &[cve], &[]], &[], &[cve]);
    check("ALPINE-CVE-2024-1234", [&[], &[], &[]], &[], &[cve]);
    check("ROOT-OS-ALPINE-318-CVE-2024-1234", [&[cve], &[cve], &[]], &[], &[cve]);
    check("ALSA-2024:1", [&[], &[], &[cve, other, "BZ-1"]], &[], &[cve, other]);
    check("RHSA-2024:1", [&[], &[cve], &[other]], &[], &[cve]);
    check("RLSA-2024:1", [&[cve, other], &[], &[]], &[], &[cve, other]);
    check("USN-1-1", [&[], &[cve, "UBUNTU-CVE-2024-1234"], &[]], &[], &[cve]);
    check("PYSEC-2024-1", [&[cve, "GHSA-a"], &[], &[]], &[cve, "GHSA-a"], &[]);
}

#[test]
fn what_is_no_flaw_is_left_out_with_its_reason() {
    let check = |document: Value, why: Left| {
        assert_eq!(parse(document.to_string().as_bytes()), Ok(Parsed::Left(why)), "{document}");
    };
    let affected = || json!([entry("X", "x")]);
    check(json!({"id": "A-1", "withdrawn": "2024-01-01T00:00:00Z", "affected": affected()}), Left::Withdrawn);
    check(json!({"id": "ALBA-2024:1", "affected": affected()}), Left::NotSecurity);
    check(json!({"id": "A-1", "affected": []}), Left::NoPackage);
    check(json!({"id": "A-1", "modified": "2024-01-01T00:00:00Z"}), Left::NoPackage);
    let commits = json!([{"package": {"ecosystem": "Go", "name": "x"}, "ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]}]);
    check(json!({"id": "A-1", "affected": commits}), Left::NoPackage);
    check(json!({"bomFormat": "CycloneDX"}), Left::NotARecord);
    check(json!([1, 2]), Left::NotARecord);
    check(json!({"id": 7, "affected": []}), Left::NotARecord);
    assert!(parse(b"{\"id\": \"A-1\", \"affected\": [").is_err());
    assert!(
        parse(br#"{"id": "A-1", "modified": "x", "affected": "all"}"#).is_err(),
        "a broken record is told"
    );
    let named = taken(json!({"id": "ALBA-2024:1", "related": ["CVE-2024-1234"], "affected": affected()}));
    assert_eq!(named.vulnerabilities, ["CVE-2024-1234"]);
}

#[test]
fn what_a_distribution_says_beyond_ranges_is_kept() {
    let check = |entry: Value, check: &dyn Fn(&Affected)| {
        let mut record = taken(json!({"id": "DEBIAN-CVE-2024-1234", "affected": [entry]}));
        let (key, affected) = record.packages.pop_first().expect("a package");
        assert_eq!(key.name, "x");
        check(&affected[0]);
    };
    let with = |ecosystem: &str, more: Value| {
        let mut entry = entry(ecosystem, "x");
        entry.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        entry
    };
    check(entry("Red Hat:enterprise_linux:9::baseos", "x"), &|affected| {
        assert_eq!(affected.release, "enterprise_linux:9::baseos");
        assert_eq!((affected.key, affected.lifecycle), (KeyKind::Usual, Lifecycle::Ranges));
    });
    check(
        with(
            "Debian:12",
            json!({"package": {"ecosystem": "Debian:12", "name": "x", "purl": "pkg:deb/debian/x?arch=source"}}),
        ),
        &|affected| {
            assert_eq!((affected.key, affected.arches.is_empty()), (KeyKind::Source, true));
        },
    );
    check(
        with(
            "Wolfi",
            json!({"package": {"ecosystem": "Wolfi", "name": "x", "purl": "pkg:apk/wolfi/x?arch=aarch64"}}),
        ),
        &|affected| {
            assert_eq!((affected.key, &affected.arches[..]), (KeyKind::Usual, &["aarch64".to_owned()][..]));
        },
    );
    check(
        with(
            "A:1",
            json!({"ecosystem_specific": {"package_kind": "binary", "status": "will_not_fix", "arches": ["x86_64", "i686"]}}),
        ),
        &|affected| {
            assert_eq!((affected.key, affected.lifecycle), (KeyKind::Binary, Lifecycle::WillNotFix));
            assert_eq!(affected.arches, ["i686", "x86_64"]);
        },
    );
    check(
        with("AlmaLinux:8", json!({"ecosystem_specific": {"rpm_modularity": "httpd:2.4:8050020"}})),
        &|affected| {
            assert_eq!(affected.module.as_deref(), Some("httpd:2.4"));
        },
    );
    check(with("Debian:12", json!({"ecosystem_specific": {"urgency": "unimportant"}})), &|affected| {
        assert_eq!(affected.ratings, [Rating { source: "debian".into(), value: "unimportant".into() }]);
    });
    check(with("Debian:12", json!({"ecosystem_specific": {"urgency": "end-of-life"}})), &|affected| {
        assert_eq!((affected.lifecycle, affected.ratings.len()), (Lifecycle::EndOfLife, 0));
    });
    // Free fields hold anything.
    check(
        with("Debian:12", json!({"ecosystem_specific": ["x"], "database_specific": 7, "versions": null})),
        &|affected| {
            assert_eq!(affected.lifecycle, Lifecycle::Ranges);
        },
    );
}

#[test]
fn a_range_without_a_fix_ends_where_github_says() {
    let check = |events: Value, last_known: &str, expected: &[Event]| {
        let record = taken(json!({"id": "GHSA-a", "affected": [{
            "package": {"ecosystem": "npm", "name": "x"}, "ranges": [{"type": "SEMVER", "events": events}],
            "database_specific": {"last_known_affected_version_range": last_known}}]}));
        let affected = record.packages.values().next().expect("a package");
        assert_eq!(affected[0].ranges[0].events, expected, "{last_known}");
    };
    let introduced = || Event::Introduced("0".into());
    check(json!([{"introduced": "0"}]), "<= 1.2", &[introduced(), Event::LastAffected("1.2".into())]);
    check(json!([{"introduced": "0"}]), "< 1.2", &[introduced(), Event::Limit("1.2".into())]);
    check(json!([{"introduced": "0"}]), "something", &[introduced()]);
    check(json!([{"introduced": "0"}, {"fixed": "1"}]), "<= 1.2", &[introduced(), Event::Fixed("1".into())]);
    check(json!([{"fixed": "1"}]), "", &[introduced(), Event::Fixed("1".into())]);
    check(json!([{"introduced": "0", "fixed": "1"}]), "", &[introduced(), Event::Fixed("1".into())]);
    check(json!([{"introduced": "0"}, {"limit": "*"}]), "", &[introduced()]);
}

#[test]
fn ratings_name_who_says_so() {
    let check = |document: Value, expected: &[(&str, &str)]| {
        let record = taken(document);
        let of_package = record.packages.values().flatten().flat_map(|affected| &affected.ratings);
        let ratings: Vec<(&str, &str)> =
            record.ratings.iter().chain(of_package).map(|r| (&*r.source, &*r.value)).collect();
        assert_eq!(ratings, expected, "{}", record.id);
    };
    let affected = || json!([entry("X", "x")]);
    let v3 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
    let cvss = || json!([{"type": "CVSS_V3", "score": v3}]);
    check(
        json!({"id": "GHSA-a", "severity": cvss(), "database_specific": {"severity": "HIGH"}, "affected": affected()}),
        &[("ghsa", v3), ("ghsa", "high")],
    );
    check(
        json!({"id": "UBUNTU-CVE-2024-1234", "severity": [{"type": "CVSS_V3", "score": v3}, {"type": "Ubuntu", "score": "medium"}], "affected": affected()}),
        &[("nvd", v3), ("ubuntu", "medium")],
    );
    check(
        json!({"id": "ALSA-2024:1", "summary": "Important: kernel security update", "affected": affected()}),
        &[("almalinux", "important")],
    );
    check(json!({"id": "ALSA-2024:1", "summary": "kernel: security update", "affected": affected()}), &[]);
    check(
        json!({"id": "GHSA-a", "database_specific": {"cvss_v3_score": 6.1, "cvss_v2_score": "5", "severity": "MODERATE"}, "affected": affected()}),
        &[("ghsa", "moderate"), ("ghsa", "6.1"), ("ghsa", "5.0")],
    );
    check(
        json!({"id": "CVE-2024-1234", "severity": cvss(), "database_specific": {"vendor_severity": {"nvd": "CRITICAL", "oracle-oval": "LOW", "redhat": 3}}, "affected": affected()}),
        &[("osv", v3), ("nvd", "critical"), ("oracle", "low")],
    );
    let mut bitnami = entry("Bitnami", "apache");
    bitnami["severity"] = cvss();
    check(json!({"id": "BIT-apache-2024-1", "affected": [bitnami]}), &[("bitnami", v3)]);
    check(
        json!({"id": "A-1", "severity": null, "database_specific": {"severity": "Unknown"}, "affected": affected()}),
        &[],
    );
}

#[test]
fn several_records_stand_in_one_document() {
    let record = json!({"id": "A-1", "affected": [entry("X", "x")]});
    for (document, expected) in [
        (json!([record, record]), 2),
        (json!({"vulns": [record]}), 1),
        (record.clone(), 1),
        (json!({"results": []}), 0),
    ] {
        let parsed = parse_all(document.to_string().as_bytes());
        let taken = parsed.iter().filter(|parsed| matches!(parsed, Ok(Parsed::Taken(_)))).count();
        assert_eq!(taken, expected, "{document}");
    }
}

#[test]
fn texts_are_cut_between_characters() {
    assert_eq!(cut(Some("  héllo "), 2).as_deref(), Some("h…"));
    assert_eq!(cut(Some(" "), 2), None);
    assert_eq!(title(Some("a\n b")).as_deref(), Some("a b"));
}

proptest! {
    #[test]
    fn any_bytes_are_refused_or_read(bytes: Vec<u8>) {
        let _ = parse(&bytes);
        let _ = parse_all(&bytes);
        let _ = crate::enrich::cve::parse(&bytes);
        let _ = crate::enrich::nvd::parse(&bytes);
        let _ = crate::enrich::kev::parse(&bytes);
        let _ = crate::enrich::epss::parse(&bytes);
        let _ = crate::end_of_life::parse("debian", &bytes);
    }

    #[test]
    fn a_damaged_record_is_refused_or_read(at in 0usize..800, byte: u8) {
        let document = json!({"id": "DEBIAN-CVE-2024-1234", "modified": "2024-01-01T00:00:00Z", "aliases": ["GHSA-a"],
            "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N"}], "summary": "Important: é",
            "affected": [{"package": {"ecosystem": "PyPI", "name": "A_b", "purl": "pkg:pypi/a-b?arch=x86_64"},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.0"}]}],
                "versions": ["0.9", "1.1"], "ecosystem_specific": {"status": "fixed", "rpm_modularity": "a:b"},
                "database_specific": {"last_known_affected_version_range": "<= 1"}}]});
        let mut bytes = document.to_string().into_bytes();
        let length = bytes.len();
        bytes[at % length] = byte;
        let _ = parse(&bytes);
    }
}
