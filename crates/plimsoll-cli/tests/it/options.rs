//! Options, exit codes and formats.

use crate::support::{DEBIAN_12, Layer, Place, dpkg};

fn vulnerable(place: &Place) -> String {
    let layer = Layer::new()
        .file("etc/os-release", DEBIAN_12)
        .file("var/lib/dpkg/status", dpkg("openssl", "3.0.1-1"))
        .file("app/node_modules/lodash/package.json", r#"{"name": "lodash", "version": "4.17.20"}"#);
    place.layout(&[layer]).to_str().unwrap().to_owned()
}

#[test]
fn exit_codes_say_what_happened() {
    let place = Place::new();
    let image = vulnerable(&place);
    let check = |arguments: &[&str], code: i32| {
        let output = place.plimsoll(&[&["scan", "-q"], arguments].concat());
        assert_eq!(output.code, code, "{arguments:?}: {}{}", output.out, output.err);
    };
    check(&[&image], 0);
    check(&[&image, "--fail-on", "critical"], 1);
    check(&[&image, "--fail-on", "critical", "--severity", "unknown"], 0);
    check(&[&image, "--fail-on", "critical", "--exclude-path", "/var/"], 0);
    check(&[&image, "--risks", "secret", "--fail-on", "low"], 0);
    check(&[&image, "--fail-on", "dreadful"], 2);
    check(&[&image, "--no-cache", "--limit", "entries=0"], 2);
    check(&["/no/such/file.tar"], 2);
    check(&["Not An Image"], 2);
    check(&[&image, "/no/such/file.tar"], 2);
    check(&[], 2);
}

#[test]
fn every_format_is_written() {
    let place = Place::new();
    let image = vulnerable(&place);
    for (format, expected) in [
        ("table", "apt-get"),
        ("json", "\"schema\": \"plimsoll.scan/1\""),
        ("cyclonedx", "\"bomFormat\": \"CycloneDX\""),
        ("spdx", "\"spdxVersion\": \"SPDX-2.3\""),
        ("sarif", "\"version\": \"2.1.0\""),
        ("csv", "CVE-2025-1111"),
        ("junit", "<testsuites"),
    ] {
        let output = place.plimsoll(&["scan", "-q", "--format", format, &image]);
        assert_eq!(output.code, 0, "{format}: {}", output.err);
        assert!(output.out.contains(expected), "{format}: {}", output.out);
        assert!(output.out.contains("CVE-2021-23337") || format == "spdx", "{format}: {}", output.out);
        assert!(!output.out.contains('\u{1b}'), "{format}: no colours where nobody sees them");
    }
}

#[test]
fn a_result_goes_to_a_file_whole() {
    let place = Place::new();
    let image = vulnerable(&place);
    let output = place.plimsoll(&["scan", "-q", "--format", "json", "--output", "result.json", &image]);
    assert_eq!((output.code, output.out.as_str()), (0, ""));
    let text = std::fs::read_to_string(place.path("result.json")).unwrap();
    assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    let output = place.plimsoll(&["scan", "-q", "--output", "no/such/folder/result", &image]);
    assert_eq!(output.code, 2);
    assert!(output.err.contains("no/such/folder/result"), "{}", output.err);
}

#[test]
fn the_configuration_file_gives_defaults() {
    let place = Place::new();
    let image = vulnerable(&place);
    std::fs::write(place.path("plimsoll.toml"), "[scan]\nfail-on = 'high'\nquiet = true\n").unwrap();
    assert_eq!(place.plimsoll(&["scan", &image]).code, 1);
    std::fs::write(place.path("plimsoll.toml"), "[scan]\nfail = 'high'\n").unwrap();
    let output = place.plimsoll(&["scan", &image]);
    assert_eq!(output.code, 2);
    assert!(output.err.contains("`fail` is not an option of `scan`"), "{}", output.err);
}

#[test]
fn options_are_environment_variables_too() {
    let place = Place::new();
    let image = vulnerable(&place);
    let check = |environment: &[(&str, &str)], arguments: &[&str], code: i32| {
        let output = place.plimsoll_with(environment, &[&["scan", "-q", &image], arguments].concat());
        assert_eq!(output.code, code, "{environment:?} {arguments:?}: {}", output.err);
    };
    check(&[("PLIMSOLL_FAIL_ON", "high")], &[], 1);
    check(&[("PLIMSOLL_FAIL_ON", "high"), ("PLIMSOLL_EXCLUDE_PATH", "/var,/app")], &[], 0);
    check(&[("PLIMSOLL_FAIL_ON", "high"), ("PLIMSOLL_IGNORE_UNFIXED", "1")], &[], 1);
    check(&[("PLIMSOLL_OFFLINE", "true"), ("PLIMSOLL_EXPLAIN", "no"), ("PLIMSOLL_NO_CACHE", "0")], &[], 0);
    check(&[("PLIMSOLL_FAIL_ON", "high")], &["--fail-on", "critical", "--severity", "unknown"], 0);
    check(&[("PLIMSOLL_OFFLINE", "perhaps")], &[], 2);
}

#[test]
fn versions_are_compared_line_by_line() {
    let check = |scheme: &str, lines: &str, expected: &str| {
        let output = assert_cmd::Command::cargo_bin("plimsoll")
            .unwrap()
            .args(["inspect", "versions", scheme])
            .write_stdin(lines)
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{scheme}");
    };
    check("dpkg", "1.0~rc1\t1.0\n1:0\t2\n1.0\t1.0-0\nnot a version\t1\n", "<\n>\n=\n?\n");
    check("rpm", "1.0^git\t1.0\n0:1-1\t1-1\n", ">\n=\n");
    check("apk", "1.0_rc1\t1.0\n1.0-r1\t1.0-r0\n", "<\n>\n");
    check("pypi", "1.0.dev1\t1.0\n1.0\t1.0.0\n\t1\n", "<\n=\n?\n");
    check("maven", "1.0-alpha\t1.0\n1\t1.0.0\n", "<\n=\n");
    check("golang", "v1.2.3\t1.2.4\n", "<\n");
}

#[test]
fn why_a_record_applies_is_said() {
    let place = Place::new();
    let check = |purl: &str, expected: &str| {
        let output = place.plimsoll(&["inspect", "advisories", purl, "--distro", "debian-12"]);
        assert_eq!(output.code, 0, "{}", output.err);
        assert!(output.out.contains(expected), "{purl}: {}", output.out);
    };
    check("pkg:deb/debian/openssl@3.0.1-1", "3.0.1-1 < 3.0.17-1");
    check("pkg:deb/debian/openssl@3.0.17-1", "not affected");
    check("pkg:deb/debian/nosuch@1", "no record was considered");
}

#[test]
fn the_schema_describes_the_document() {
    let place = Place::new();
    let image = vulnerable(&place);
    let schema = place.plimsoll(&["schema"]).out;
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let output = place.plimsoll(&["scan", "-q", "--explain", "--format", "json", &image]).out;
    let document: serde_json::Value = serde_json::from_str(&output).unwrap();
    let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn completions_and_the_manual_page_are_printed() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(place.plimsoll(&["completions", shell]).out.contains("plimsoll"), "{shell}");
    }
    let man = place.plimsoll(&["man"]).out;
    assert!(man.contains("fail\\-on") && man.contains(".SH \"PLIMSOLL DB UPDATE\""), "{man}");
}
