use super::*;
use crate::analyzers::testing::entry;
use plimsoll_model::Limits;
use proptest::prelude::*;
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const STORED: CompressionMethod = CompressionMethod::Stored;
const DEFLATED: CompressionMethod = CompressionMethod::Deflated;

fn archive(members: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, content) in members {
        let options = SimpleFileOptions::default().compression_method(method);
        let written = zip.start_file(*path, options).and_then(|()| Ok(zip.write_all(content)?));
        written.unwrap_or_else(|error| panic!("{error}"));
    }
    zip.finish().unwrap_or_else(|error| panic!("{error}")).into_inner()
}

fn properties(group: &str, artifact: &str, version: &str) -> (String, Vec<u8>) {
    let text = format!("#Generated\nversion={version}\ngroupId={group}\nartifactId={artifact}\n");
    (format!("META-INF/maven/{group}/{artifact}/pom.properties"), text.into_bytes())
}

fn jar(group: &str, artifact: &str, version: &str) -> Vec<u8> {
    let (path, text) = properties(group, artifact, version);
    archive(&[(&path, &text), ("a/B.class", b"\xca\xfe\xba\xbe")], DEFLATED)
}

/// What is found, as `inner path: group:artifact:version`, and what is unread, as `inner path: reason`.
fn read(path: &str, content: &[u8], limits: &Limits) -> (Vec<String>, Vec<String>) {
    let findings = Jar.read(&File { entry: &entry(path), content, limits });
    let facts = findings.facts.iter().map(|(inner, fact)| match fact {
        Fact::Component(it) => format!("{inner}: {}:{}", it.full_name(), it.version),
        _ => panic!("another fact"),
    });
    let unread = findings.unread.iter().map(|(inner, reason)| format!("{inner}: {reason}"));
    (facts.collect(), unread.collect())
}

#[track_caller]
fn check(path: &str, content: &[u8], expected: &[&str]) {
    let (found, unread) = read(path, content, &Limits::default());
    assert_eq!((found, unread), (expected.iter().map(|it| it.to_string()).collect(), Vec::new()));
}

#[test]
fn archives_are_recognised() {
    let check = |path: &str, head: &[u8], expected: bool| {
        assert_eq!(Jar.wants(&entry(path), head), expected, "{path}");
    };
    check("/app.jar", b"", true);
    check("/APP.WAR", b"", true);
    check("/x/git.hpi", b"PK\x03\x04", true);
    check("/x/blog.par", b"hello", false);
    check("/jmods/java.base.jmod", b"JM\x01\x00", true);
    check("/app/META-INF/maven/g/a/pom.properties", b"", true);
    check("/app/pom.properties", b"", false);
    check("/jar", b"PK\x03\x04", false);
}

#[test]
fn archives_inside_archives_are_read() {
    for method in [STORED, DEFLATED] {
        let shaded = {
            let (own, embedded) = (properties("org.a", "a", "1.0"), properties("org.b", "b", "2"));
            archive(&[(&embedded.0, &embedded.1), (&own.0, &own.1)], method)
        };
        let war = archive(&[("WEB-INF/lib/a-1.0.jar", &shaded)], method);
        let ear = archive(
            &[
                ("META-INF/MANIFEST.MF", b"Implementation-Title: shop\r\nImplementation-Version: 3.1\r\n"),
                ("shop.war", &war),
                ("BOOT-INF/lib/guava-31.1-jre.jar", &archive(&[("x", b"")], method)),
                ("notes.zip", b"no zip"),
            ],
            method,
        );
        check(
            "/srv/shop.ear",
            &ear,
            &[
                ": shop:3.1",
                "shop.war!/WEB-INF/lib/a-1.0.jar: org.a:a:1.0",
                "shop.war!/WEB-INF/lib/a-1.0.jar!/META-INF/maven/org.b/b/pom.properties: org.b:b:2",
                "BOOT-INF/lib/guava-31.1-jre.jar: com.google.guava:guava:31.1-jre",
            ],
        );
    }
}

#[test]
fn unusual_beginnings_are_read() {
    let jar = jar("org.a", "a", "1.0");
    check("/a.jmod", &[b"JM\x01\x00".as_slice(), &jar].concat(), &[": org.a:a:1.0"]);
    check("/a.jar", &[b"#!/bin/sh\nexec java -jar $0\n".as_slice(), &jar].concat(), &[": org.a:a:1.0"]);
}

#[test]
fn pom_xml_stands_in_for_pom_properties() {
    let pom = b"<project><parent><groupId>g</groupId><version>7</version></parent><artifactId>a</artifactId>
        <licenses><license><name>MIT</name></license></licenses></project>";
    let content = archive(&[("META-INF/maven/g/a/pom.xml", pom)], DEFLATED);
    check("/a.jar", &content, &[": g:a:7"]);
}

#[test]
fn unpacked_archives_are_read() {
    let (path, text) = properties("org.a", "a", "1.0");
    check(&format!("/app/{path}"), &text, &[": org.a:a:1.0"]);
}

#[test]
fn what_cannot_be_read_is_said() {
    let check = |content: &[u8], limits: &Limits, inner: &str, reason: &str| {
        let (found, unread) = read("/app.jar", content, limits);
        assert_eq!((found.len(), unread.len()), (0, 1), "{unread:?}");
        let (found, why) = unread[0].split_once(": ").unwrap_or_default();
        assert!(found == inner && why.contains(reason), "{unread:?}");
    };
    let limits = Limits::default();
    check(b"", &limits, "", "not a zip archive");
    check(b"PK\x03\x04 and no more", &limits, "", "not a zip archive");
    let mut locked = jar("org.a", "a", "1.0");
    // The flag of encryption, in the local and in the central header (APPNOTE 4.4.4).
    for (signature, offset) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
        let at = memchr::memmem::find(&locked, signature).unwrap_or_default() + offset;
        locked[at] |= 1;
    }
    check(&locked, &limits, "META-INF/maven/org.a/a/pom.properties", "encrypted");

    let nested =
        (0..10).fold(archive(&[("x", b"")], DEFLATED), |inside, _| archive(&[("n.jar", &inside)], DEFLATED));
    check(&nested, &limits, &["n.jar"; 9].join("!/"), "nested-depth");
    let two = archive(&[("a.jar", &archive(&[("x", b""), ("y", b"")], DEFLATED))], DEFLATED);
    check(&two, &Limits { nested_entries: 2, ..limits }, "a.jar", "nested-entries");
    check(&two, &Limits { nested_bytes: 10, ..limits }, "a.jar", "nested-bytes");
    check(&two, &Limits { file_bytes: 10, ..limits }, "a.jar", "larger than");
    let zeros = archive(&[("a.jar", &vec![0; 80 << 20])], DEFLATED);
    check(&zeros, &limits, "a.jar", "ratio");
}

#[test]
fn members_that_share_bytes_are_refused() {
    // Two entries of the central directory for one local file.
    let jar = archive(&[("a.jar", b"abc"), ("b.jar", b"abc")], STORED);
    let second = memchr::memmem::rfind(&jar, b"PK\x01\x02").unwrap_or_default();
    let mut bomb = jar.clone();
    bomb[second + 42..second + 46].fill(0);
    let (found, unread) = read("/app.jar", &bomb, &Limits::default());
    assert!(found.is_empty() && unread.len() == 1, "{found:?} {unread:?}");
}

#[test]
fn stubs_are_no_components() {
    check("/stub.jar", &archive(&[("a/B.class", b"")], DEFLATED), &[]);
    let (path, text) = properties("org.a", "a", "${project.version}");
    check("/a.jar", &archive(&[(&path, &text)], DEFLATED), &[]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read("/a.jar", &bytes, &Limits::default());
    }

    #[test]
    fn mutated_archives_never_panic(changes in prop::collection::vec((any::<usize>(), any::<u8>()), 1..8)) {
        let mut bytes = archive(&[("WEB-INF/lib/a-1.jar", &jar("org.a", "a", "1.0")), ("b.jar", &jar("g", "b", "2"))], STORED);
        for (at, byte) in changes {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        let _ = read("/a.war", &bytes, &Limits::default());
    }
}
