//! One image in which every kind of risk is to be found.

use crate::support::{Layer, Place};
use serde_json::Value;
use std::collections::BTreeMap;

const WEB_SHELL: &str = "<?php @eval(base64_decode($_POST['cmd'])); system($_GET['c']); ?>\n";
/// MD5-crypt of `Passw0rd`.
const SHADOW: &str =
    "root:$1$saltsalt$fwjUw9R2aXH8DabahEwyW.:20000:0:99999:7:::\ndaemon:*:20000:0:99999:7:::\n";

fn image(place: &Place) -> String {
    let os = "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n";
    let status = "Package: openssl\nStatus: install ok installed\nArchitecture: amd64\nVersion: 3.0.16-1~deb12u1\n\n\
        Package: libpam-runtime\nStatus: install ok installed\nArchitecture: all\nVersion: 1.5.2-6\n\n\
        Package: nmap\nStatus: install ok installed\nArchitecture: amd64\nVersion: 7.93\n";
    let key =
        ["-----BEGIN RSA PRIVATE", " KEY-----\nnot a key\n-----END RSA PRIVATE", " KEY-----\n"].concat();
    let token =
        ["requirepass s3cret\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/", "bPxRfiCYzQv8LmT2pA\n"]
            .concat();
    let layout = place.layout(&[
        Layer::new()
            .file("etc/os-release", os)
            .file("var/lib/dpkg/status", status)
            .file("etc/passwd", "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/:/usr/sbin/nologin\n")
            .file("etc/shadow", SHADOW)
            .file("bin/bash", "a shell")
            .file(
                "etc/pam.d/common-password",
                "password [success=1 default=ignore] pam_unix.so obscure yescrypt\n\
                password requisite pam_deny.so\npassword required pam_permit.so\n",
            )
            .file("etc/pam.d/passwd", "@include common-password\n"),
        Layer::new().file("var/www/html/x.php", WEB_SHELL).file("app/.env", &token).file("app/key.pem", &key),
    ]);
    layout.to_str().unwrap().to_owned()
}

fn kinds(document: &Value) -> BTreeMap<String, Vec<String>> {
    let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for finding in document["images"][0]["findings"].as_array().unwrap() {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        kinds.entry(text(&finding["kind"])).or_default().push(text(&finding["id"]));
        assert!(!finding["evidence"].as_array().unwrap().is_empty(), "{finding}");
    }
    kinds
}

#[test]
fn every_kind_is_found_in_one_pass_and_secrets_stay_hidden() {
    let place = Place::new();
    let image = image(&place);
    let output = place.plimsoll(&["base", "add", &image, "--name", "corp/base:1"]);
    assert_eq!(output.code, 0, "{}", output.err);
    let output = place.plimsoll(&["scan", "-q", "--format", "json", "--policy", "policy.toml", &image]);
    assert_eq!(output.code, 2, "a policy that is not there: {}", output.err);
    std::fs::write(place.path("policy.toml"), "approved-bases = [\"other:*\"]\n").unwrap();
    let output = place.plimsoll(&["scan", "-q", "--format", "json", "--policy", "policy.toml", &image]);
    assert_eq!(output.code, 0, "{}", output.err);
    let document: Value = serde_json::from_str(&output.out).unwrap();
    let found = kinds(&document);
    let names: Vec<&str> = found.keys().map(String::as_str).collect();
    let all = [
        "base-image",
        "compliance",
        "configuration",
        "malicious-file",
        "password-policy",
        "secret",
        "vulnerability",
        "weak-password",
    ];
    assert_eq!(names, all, "{found:#?}");
    assert_eq!(found["compliance"], ["scanner"]);
    assert_eq!(found["weak-password"], ["weak-password-system-root"]);
    assert_eq!(document["images"][0]["base"]["name"], "corp/base:1");
    for shown in [&output.out, &output.err] {
        assert!(!shown.contains("Passw0rd") && !shown.contains("bPxRfiCYzQv8LmT2pA"), "a secret is shown");
    }
    let page = place.plimsoll(&["scan", "-q", "--format", "html", &image]);
    assert!(page.out.starts_with("<!doctype html>") && page.out.contains("Malicious files"), "{}", page.out);
    for kind in all {
        let only = place.plimsoll(&[
            "scan",
            "-q",
            "--format",
            "json",
            "--risks",
            kind,
            "--policy",
            "policy.toml",
            &image,
        ]);
        let only = kinds(&serde_json::from_str(&only.out).unwrap());
        assert_eq!(only.keys().collect::<Vec<_>>(), [kind]);
        assert_eq!(only[kind], found[kind]);
    }
}

#[test]
fn files_with_more_rights_and_duplicates_are_told() {
    let place = Place::new();
    let image = place.layout(&[Layer::new().file("a", "same").file("b", "same").file("c", "other")]);
    let output = place.plimsoll(&["scan", "-q", "--format", "json", "--digests", image.to_str().unwrap()]);
    let document: Value = serde_json::from_str(&output.out).unwrap();
    let files = &document["images"][0]["files"];
    assert_eq!(files["duplicates"][0]["paths"], serde_json::json!(["/a", "/b"]));
    assert_eq!(files["duplicates"].as_array().unwrap().len(), 1);
    assert_eq!(files["privileged"], serde_json::json!([]));
}

#[test]
fn a_folder_has_no_config_to_be_wrong() {
    let place = Place::new();
    std::fs::create_dir_all(place.path("root/etc")).unwrap();
    std::fs::write(place.path("root/etc/hosts"), "127.0.0.1 localhost\n").unwrap();
    let target = format!("dir:{}", place.path("root").display());
    let output = place.plimsoll(&["scan", "-q", "--format", "json", &target]);
    assert_eq!(output.code, 0, "{}", output.err);
    assert_eq!(kinds(&serde_json::from_str(&output.out).unwrap()), BTreeMap::new());
}
