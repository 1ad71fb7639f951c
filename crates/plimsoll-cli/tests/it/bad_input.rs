//! Bad input: a clear line, exit code 2, bounded memory, nothing written outside.

use crate::support::{DEBIAN_12, Layer, Place, Stored, dpkg, gzip, layout};
use std::fs;

/// Scans an image that must be refused: exit code 2, the words on standard error, no result.
fn refused(place: &Place, target: &str, options: &[&str], words: &[&str]) {
    let output = place.plimsoll(&[&["scan", "-q", "--format", "table", target], options].concat());
    assert_eq!(output.code, 2, "{target}: {}{}", output.out, output.err);
    assert_eq!(output.out, "", "{target}");
    for word in words {
        assert!(output.err.contains(word), "{target}: `{word}` is not in: {}", output.err);
    }
    assert!(!output.err.contains("panicked"), "{}", output.err);
}

fn one_layer(lie: impl FnOnce(&mut Stored)) -> Place {
    let place = Place::new();
    let layer = Layer::new().file("etc/os-release", DEBIAN_12).file("var/lib/dpkg/status", dpkg("bash", "5"));
    let mut stored = Stored::from(&layer);
    lie(&mut stored);
    layout(&place.path("image"), &[stored]);
    place
}

#[test]
fn a_layer_that_is_not_what_the_manifest_says() {
    let other = format!("sha256:{}", "1".repeat(64));
    let check = |lie: &dyn Fn(&mut Stored), words: &[&str]| {
        let place = one_layer(|stored| lie(stored));
        refused(&place, "image", &[], words);
    };
    check(&|stored| stored.bytes.truncate(stored.bytes.len() / 2), &["error:", "hint:"]);
    check(&|stored| stored.diff_id.clone_from(&other), &["digest", &other]);
    check(&|stored| stored.size += 1, &["bytes"]);
    check(&|stored| stored.digest.clone_from(&other), &["digest", &other]);
    check(
        &|stored| {
            let middle = stored.bytes.len() / 2;
            stored.bytes[middle] ^= 0xff;
        },
        &["error:"],
    );
}

#[test]
fn a_bomb_is_stopped_at_a_bound() {
    let place = one_layer(|stored| {
        let zeros = vec![0_u8; 80 << 20];
        *stored = Stored::from(&Layer::new().file("zeros", zeros));
    });
    refused(&place, "image", &["--limit", "ratio=50"], &["ratio", "--limit ratio="]);
    refused(&place, "image", &["--limit", "unpacked-bytes=1M"], &["unpacked-bytes"]);
    refused(&place, "image", &["--limit", "layer-bytes=1K"], &["layer-bytes"]);
}

#[test]
fn too_many_entries_are_stopped_at_a_bound() {
    let layer = (0..1000).fold(Layer::new(), |layer, number| layer.file(&format!("f{number}"), ""));
    let place = Place::new();
    let image = place.layout(&[layer]);
    refused(&place, image.to_str().unwrap(), &["--limit", "entries=999"], &["entries"]);
    assert_eq!(place.plimsoll(&["scan", "-q", "--limit", "entries=1000", image.to_str().unwrap()]).code, 0);
}

#[test]
fn a_header_that_promises_a_gibibyte_is_not_believed() {
    let place = Place::new();
    let image = place.layout(&[Layer::new().promise("pax", b'x', 1 << 30)]);
    refused(&place, image.to_str().unwrap(), &[], &["pax-bytes"]);
    let image = place.layout(&[Layer::new().promise("long", b'L', 1 << 30)]);
    refused(&place, image.to_str().unwrap(), &[], &["error:"]);
}

#[test]
fn names_that_climb_out_stay_inside() {
    let place = Place::new();
    let layer = Layer::new()
        .file("../../outside.txt", "x")
        .file("/absolute.txt", "x")
        .link("loop", "loop")
        .link("out", "../../../../../../etc/passwd")
        .file("out/x", "x")
        .file("etc/os-release", DEBIAN_12)
        .file("var/lib/dpkg/status", dpkg("bash", "5"));
    let image = place.layout(&[layer]);
    let output = place.plimsoll(&["inspect", "files", "--format", "json", image.to_str().unwrap()]);
    assert_eq!(output.code, 0, "{}", output.err);
    let files: serde_json::Value = serde_json::from_str(&output.out).unwrap();
    let paths: Vec<&str> =
        files.as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert!(paths.contains(&"/absolute.txt") && paths.contains(&"/var/lib/dpkg/status"), "{paths:?}");
    assert!(paths.iter().all(|path| path.starts_with('/') && !path.contains("..")), "{paths:?}");
    assert!(!place.path("outside.txt").exists() && !std::path::Path::new("/absolute.txt").exists());
    let document = place.scan(image.to_str().unwrap());
    assert!(
        document["images"][0]["unread"].to_string().contains("outside.txt"),
        "{}",
        document["images"][0]["unread"]
    );
}

#[test]
fn files_that_are_no_images_are_refused() {
    let place = Place::new();
    let check = |name: &str, bytes: &[u8], words: &[&str]| {
        fs::write(place.path(name), bytes).unwrap();
        refused(&place, place.path(name).to_str().unwrap(), &[], words);
    };
    check("empty.tar", b"", &["empty.tar"]);
    check("noise.tar", &[0xab; 4096], &["noise.tar"]);
    check("zeros.tar", &[0; 10240], &["zeros.tar"]);
    check("null.tar", &Layer::new().file("manifest.json", "null").tar(), &["null.tar", "no image"]);
    check("list.tar", &Layer::new().file("manifest.json", "[]").tar(), &["image"]);
    check(
        "missing.tar",
        &Layer::new().file("manifest.json", r#"[{"Config":"c.json","Layers":["a.tar"]}]"#).tar(),
        &["c.json"],
    );
    check("noise.gz", &gzip(b"nothing to see"), &["noise.gz"]);
    check("note.json", br#"{"hello": "world"}"#, &["note.json"]);
    for target in [
        "docker-archive:",
        "oci:/no/such/folder",
        "dir:/no/such/folder",
        "sbom:/no/such.json",
        "a/b/C:latest",
    ] {
        refused(&place, target, &[], &["error:"]);
    }
}

#[test]
fn a_damaged_database_in_an_image_is_reported_and_fails_nothing() {
    let place = Place::new();
    let mut rpmdb = vec![0_u8; 8192];
    rpmdb[12..16].copy_from_slice(&0x0006_1561_u32.to_le_bytes());
    let layer = Layer::new()
        .file("etc/os-release", "ID=centos\nVERSION_ID=7\n")
        .file("var/lib/rpm/Packages", rpmdb)
        .file("usr/lib/sysimage/rpm/rpmdb.sqlite", b"SQLite format 3\0 and then nothing".as_slice())
        .file("app/lib.jar", b"PK\x03\x04 not really")
        .file("app/package-lock.json", "{\"lockfileVersion\": 3, ")
        .file("app/node_modules/lodash/package.json", r#"{"name": "lodash", "version": "4.17.20"}"#);
    let document = place.scan(place.layout(&[layer]).to_str().unwrap());
    let image = &document["images"][0];
    let unread = image["unread"].to_string();
    for path in [
        "/var/lib/rpm/Packages",
        "/usr/lib/sysimage/rpm/rpmdb.sqlite",
        "/app/lib.jar",
        "/app/package-lock.json",
    ] {
        assert!(unread.contains(path), "{path} is not in {unread}");
    }
    assert_eq!(image["components"].as_array().unwrap().len(), 1);
}

#[test]
fn the_advisory_database_is_checked_too() {
    let place = one_layer(|_| {});
    fs::write(place.path("bad.db"), "SQLite format 3\0 but no more than that").unwrap();
    refused(&place, "image", &["--db", "bad.db"], &["bad.db"]);
    refused(&place, "image", &["--db", "missing.db"], &["missing.db"]);
}
