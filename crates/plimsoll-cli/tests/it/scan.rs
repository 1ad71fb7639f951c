//! What a scan says of images whose truth fits on a page.

use crate::support::{DEBIAN_12, Layer, Place, dpkg};
use serde_json::{Value, json};

fn debian(packages: &[(&str, &str)]) -> Layer {
    let status: String = packages.iter().map(|(name, version)| dpkg(name, version)).collect();
    Layer::new().file("etc/os-release", DEBIAN_12).file("var/lib/dpkg/status", status)
}

/// `type name version layer present` of each component.
fn components(document: &Value) -> Vec<String> {
    let mut lines: Vec<String> = document["images"][0]["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| {
            let present = if c["present"] == json!(true) { "" } else { " buried" };
            let owned = if c["owned_by"].is_null() { "" } else { " owned" };
            format!(
                "{} {} {} in {}{owned}{present}",
                text(&c["type"]),
                text(&c["name"]),
                text(&c["version"]),
                c["layer"]
            )
        })
        .collect();
    lines.sort();
    lines
}

/// `id component-name fixed` of each finding.
fn findings(document: &Value) -> Vec<String> {
    let findings = document["images"][0]["findings"].as_array().unwrap().iter();
    findings.map(|f| format!("{} {} {}", text(&f["id"]), text(&f["installed"]), text(&f["fixed"]))).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("-")
}

#[test]
fn a_debian_image_with_one_vulnerable_package() {
    let place = Place::new();
    let image = place.layout(&[debian(&[("openssl", "3.0.16-1~deb12u1"), ("bash", "5.2.15-2+b7")])]);
    let document = place.scan(image.to_str().unwrap());
    assert_eq!(document["schema"], "plimsoll.scan/1");
    assert_eq!(components(&document), ["deb bash 5.2.15-2+b7 in 0", "deb openssl 3.0.16-1~deb12u1 in 0"]);
    assert_eq!(findings(&document), ["CVE-2025-1111 3.0.16-1~deb12u1 3.0.17-1"]);
    let finding = &document["images"][0]["findings"][0];
    assert_eq!(finding["severity"], "critical");
    assert_eq!(finding["state"], "fixed");
    assert_eq!(finding["aliases"], json!(["DEBIAN-CVE-2025-1111", "DSA-9999-1"]));
    assert_eq!(finding["evidence"][0], json!({"path": "/var/lib/dpkg/status", "layer": 0}));
    assert_eq!(document["images"][0]["os"]["id"], "debian");
    assert_eq!(document["images"][0]["layers"][0]["instruction"], "RUN step 0");
}

#[test]
fn an_upgrade_in_a_later_layer_is_what_counts() {
    let place = Place::new();
    let upgraded = dpkg("openssl", "3.0.17-1") + &dpkg("bash", "5.2.15-2+b7");
    let image = place.layout(&[
        debian(&[("openssl", "3.0.16-1~deb12u1"), ("bash", "5.2.15-2+b7")]),
        Layer::new().file("var/lib/dpkg/status", upgraded),
    ]);
    let document = place.scan(image.to_str().unwrap());
    assert_eq!(
        components(&document),
        [
            "deb bash 5.2.15-2+b7 in 0",
            "deb openssl 3.0.16-1~deb12u1 in 0 buried",
            "deb openssl 3.0.17-1 in 1"
        ]
    );
    let present: Vec<&Value> = document["images"][0]["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["present"] == json!(true))
        .collect();
    assert!(present.is_empty(), "{present:?}");
}

#[test]
fn a_wheel_that_a_package_owns_is_judged_by_the_distribution() {
    let metadata = "Metadata-Version: 2.1\nName: Jinja2\nVersion: 2.10\n\n";
    let path = "usr/lib/python3/dist-packages/Jinja2-2.10.egg-info";
    let wheel = "usr/local/lib/python3.11/site-packages/Jinja2-2.10.dist-info/METADATA";
    let check = |layer: Layer, expected: &[&str], ids: &[&str]| {
        let place = Place::new();
        let document =
            place.scan(place.layout(&[debian(&[("python3-jinja2", "2.10-1")]), layer]).to_str().unwrap());
        assert_eq!(components(&document), expected);
        assert_eq!(findings(&document), ids);
    };
    // The file list lies in another layer than the package's record.
    check(
        Layer::new()
            .file(path, metadata)
            .file("var/lib/dpkg/info/python3-jinja2.list", format!("/.\n/usr\n/{path}\n")),
        &["deb python3-jinja2 2.10-1 in 0", "pypi Jinja2 2.10 in 1 owned"],
        &[],
    );
    check(
        Layer::new().file(wheel, metadata),
        &["deb python3-jinja2 2.10-1 in 0", "pypi Jinja2 2.10 in 1"],
        &["CVE-2019-10906 2.10 2.10.1"],
    );
}

#[test]
fn a_whiteout_buries_what_lies_below() {
    let place = Place::new();
    let package = r#"{"name": "lodash", "version": "4.17.20"}"#;
    let image = place.layout(&[
        Layer::new().file("app/node_modules/lodash/package.json", package),
        Layer::new().file("app/.wh.node_modules", ""),
    ]);
    let document = place.scan(image.to_str().unwrap());
    assert_eq!(components(&document), ["npm lodash 4.17.20 in 0 buried"]);
    assert_eq!(document["images"][0]["files"]["count"], 1);
    let output = place.plimsoll(&[
        "scan",
        "-q",
        "--risks",
        "vulnerability",
        "--fail-on",
        "low",
        image.to_str().unwrap(),
    ]);
    assert_eq!(output.code, 0, "what is buried does not run: {}", output.out);
}

#[test]
fn a_second_scan_reads_no_layer() {
    let place = Place::new();
    let image = place.layout(&[debian(&[("openssl", "3.0.16-1~deb12u1")])]);
    let first = place.scan(image.to_str().unwrap());
    // Whoever reads the layers now finds rubbish; only what was learned of them before is right.
    for layer in first["images"][0]["layers"].as_array().unwrap() {
        let blob = image.join("blobs").join(text(&layer["digest"]).replace(':', "/"));
        std::fs::write(blob, vec![0; layer["size"].as_u64().unwrap() as usize]).unwrap();
    }
    assert_eq!(place.scan(image.to_str().unwrap()), first);
    let output = place.plimsoll(&["scan", "-q", "--no-cache", image.to_str().unwrap()]);
    assert_eq!(output.code, 2, "without facts the layer is read: {}", output.out);
}

#[test]
fn a_folder_and_an_sbom_are_scanned_too() {
    let place = Place::new();
    let root = place.path("root");
    std::fs::create_dir_all(root.join("etc")).unwrap();
    std::fs::create_dir_all(root.join("var/lib/dpkg")).unwrap();
    std::fs::write(root.join("etc/os-release"), DEBIAN_12).unwrap();
    std::fs::write(root.join("var/lib/dpkg/status"), dpkg("openssl", "3.0.1-1")).unwrap();
    let document = place.scan(&format!("dir:{}", root.display()));
    assert_eq!(findings(&document), ["CVE-2025-1111 3.0.1-1 3.0.17-1"]);

    let output = place.plimsoll(&["scan", "-q", "--format", "cyclonedx", root.to_str().unwrap()]);
    assert_eq!(output.code, 0, "{}", output.err);
    std::fs::write(place.path("bom.json"), output.out).unwrap();
    let document = place.scan(&format!("sbom:{}", place.path("bom.json").display()));
    assert_eq!(findings(&document), ["CVE-2025-1111 3.0.1-1 3.0.17-1"], "our own SBOM says the same");

    let output = place.plimsoll(&["scan", "-q", "--format", "spdx", root.to_str().unwrap()]);
    std::fs::write(place.path("spdx.json"), output.out).unwrap();
    let document = place.scan(place.path("spdx.json").to_str().unwrap());
    assert_eq!(findings(&document), ["CVE-2025-1111 3.0.1-1 3.0.17-1"], "also by its content alone");
}
