//! Facts that others established about real images, databases and versions. Skipped, and said so, where the shared data
//! is not there.

use crate::support::{Place, shared};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The cases of a folder: (path of the case without its ending, what is expected).
fn cases(folder: &Path) -> Vec<(PathBuf, Value)> {
    let mut cases: Vec<(PathBuf, Value)> = fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| {
            let path = entry.unwrap().path();
            let case = path.to_str()?.strip_suffix(".expected.json")?.to_owned();
            Some((PathBuf::from(case), serde_json::from_slice(&fs::read(&path).unwrap()).unwrap()))
        })
        .collect();
    cases.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(!cases.is_empty(), "{} holds no case", folder.display());
    cases
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

fn json(place: &Place, arguments: &[&str]) -> Value {
    let output = place.plimsoll(arguments);
    assert_eq!(output.code, 0, "{arguments:?}: {}", output.err);
    serde_json::from_str(&output.out).unwrap_or_else(|error| panic!("{arguments:?}: {error}"))
}

/// `type name epoch:version-release arch source` of a component, in the words of the expected lists.
fn component(value: &Value) -> String {
    let kind = text(&value["type"]);
    let source = match kind {
        "rpm" => value["source"]["name"]
            .as_str()
            .map_or(String::new(), |name| format!("{name}-{}.src.rpm", text(&value["source"]["version"]))),
        "apk" => text(&value["source"]["name"]).to_owned(),
        _ => String::new(),
    };
    format!("{kind} {} {} {} {source}", text(&value["name"]), text(&value["version"]), text(&value["arch"]))
}

fn expected_package(kind: &str, value: &Value) -> String {
    let version = match (value["epoch"].as_u64().filter(|&epoch| epoch > 0), value["release"].as_str()) {
        (Some(epoch), Some(release)) => format!("{epoch}:{}-{release}", text(&value["version"])),
        (None, Some(release)) => format!("{}-{release}", text(&value["version"])),
        _ => text(&value["version"]).to_owned(),
    };
    let source = match kind {
        "rpm" => text(&value["sourcerpm"]).to_owned(),
        "apk" => text(&value["origin"]).to_owned(),
        _ => String::new(),
    };
    format!("{kind} {} {version} {} {source}", text(&value["name"]), text(&value["arch"]))
}

fn difference(case: &Path, found: &BTreeSet<String>, expected: &BTreeSet<String>) {
    let missing: Vec<&String> = expected.difference(found).collect();
    let extra: Vec<&String> = found.difference(expected).collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "{}\nmissing: {missing:#?}\nextra: {extra:#?}",
        case.display()
    );
}

#[test]
fn real_base_images_hold_what_others_found() {
    let Some(folder) = shared("truth/images") else { return };
    for (case, expected) in cases(&folder) {
        let file = folder.join(text(&expected["file"]));
        let place = Place::new();
        let document = place.scan(file.to_str().unwrap());
        let image = &document["images"][0];
        assert_eq!(text(&image["os"]["id"]), text(&expected["os"]["id"]), "{}", case.display());
        assert_eq!(image["digest"], expected["manifest_digest"], "{}", case.display());
        let layers: Vec<&Value> =
            image["layers"].as_array().unwrap().iter().map(|layer| &layer["diff_id"]).collect();
        let wanted: Vec<&Value> =
            expected["layers"].as_array().unwrap().iter().map(|layer| &layer["diff_id"]).collect();
        assert_eq!(layers, wanted, "{}", case.display());
        let packages = expected["packages"].as_array().unwrap();
        let kind = match &packages[0] {
            package if package["type"] == "binary" => "generic",
            package if package["origin"].is_string() => "apk",
            _ => "rpm",
        };
        let wanted = packages.iter().map(|package| expected_package(kind, package)).collect();
        let found = image["components"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|c| c["owned_by"].is_null())
            .map(component)
            .collect();
        difference(&case, &found, &wanted);
    }
}

#[test]
fn real_rpm_databases_hold_what_rpm_lists() {
    let Some(folder) = shared("truth/rpmdb") else { return };
    for (case, expected) in cases(&folder) {
        let archive = fs::read(format!("{}.tar.zst", case.display())).unwrap();
        let place = Place::new();
        fs::write(place.path("root.tar"), zstd::decode_all(archive.as_slice()).unwrap()).unwrap();
        let listing = json(
            &place,
            &["inspect", "components", "--format", "json", place.path("root.tar").to_str().unwrap()],
        );
        let found: &Vec<Value> = listing[0]["components"].as_array().unwrap();
        let packages = expected["packages"].as_array().unwrap();
        // The source package is compared below: some databases were made without one.
        let nevra = |line: String| line.rsplit_once(' ').map_or(String::new(), |(nevra, _)| nevra.to_owned());
        let line = |package: &Value| nevra(expected_package("rpm", package));
        let found_line = |found: &Value| nevra(component(found));
        difference(&case, &found.iter().map(found_line).collect(), &packages.iter().map(line).collect());
        for package in packages {
            let same = found.iter().find(|found| found_line(found) == line(package)).unwrap();
            let source = component(same).rsplit(' ').next().unwrap().to_owned();
            assert!(
                package["sourcerpm"].is_null() || text(&package["sourcerpm"]) == source,
                "{}: {same}",
                case.display()
            );
            // A null says that the tag is absent, which readers write in several ways.
            let same_value =
                |theirs: &str, ours: &Value| package[theirs].is_null() || package[theirs] == *ours;
            assert!(same_value("license", &same["licenses"][0]), "{}: {same}", case.display());
            assert!(same_value("vendor", &same["vendor"]), "{}: {same}", case.display());
            assert!(same_value("modularity", &same["modularity"]), "{}: {same}", case.display());
        }
    }
}

#[test]
fn archives_of_every_form_unfold_to_the_same_tree() {
    let Some(folder) = shared("truth/image-formats") else { return };
    for (case, expected) in cases(&folder) {
        let file = folder.join(text(&expected["file"]));
        let target = file.to_str().unwrap();
        let place = Place::new();
        match text(&expected["outcome"]) {
            "image" => {
                let output = place.plimsoll(&["inspect", "files", "--sha256", "--format", "json", target]);
                assert_eq!(output.code, 0, "{}: {}", case.display(), output.err);
                let trees = serde_json::Deserializer::from_str(&output.out).into_iter::<Value>();
                for (tree, image) in trees.zip(expected["images"].as_array().unwrap()) {
                    let tree = tree.unwrap();
                    difference(&case, &found_tree(&tree), &expected_tree(&image["files"]));
                }
                let layers = json(&place, &["inspect", "layers", "--format", "json", target]);
                for (index, image) in expected["images"].as_array().unwrap().iter().enumerate() {
                    let ids = |layers: &Value| -> Vec<String> {
                        layers
                            .as_array()
                            .unwrap()
                            .iter()
                            .map(|layer| text(&layer["diff_id"]).to_owned())
                            .collect()
                    };
                    assert_eq!(ids(&layers[index]["layers"]), ids(&image["layers"]), "{}", case.display());
                }
            }
            "layer" => {
                let entries = json(&place, &["inspect", "files", "--layer", "0", "--format", "json", target]);
                let of = |wanted: &str| -> BTreeSet<String> {
                    let rows = entries.as_array().unwrap().iter();
                    rows.filter(|row| row["type"] == wanted)
                        .map(|row| text(&row["path"]).trim_start_matches('/').to_owned())
                        .collect()
                };
                let whiteouts = expected["whiteouts"].as_array().unwrap().iter();
                difference(
                    &case,
                    &of("whiteout"),
                    &whiteouts.map(|row| text(&row["path"]).to_owned()).collect(),
                );
            }
            "refuse" => {
                let output = place.plimsoll(&["scan", "-q", target]);
                assert_eq!((output.code, output.out.as_str()), (2, ""), "{}", case.display());
                assert!(output.err.contains("error:"), "{}: {}", case.display(), output.err);
            }
            "contain" => {
                let output = place.plimsoll(&["inspect", "files", target]);
                assert!(output.code == 0 || output.code == 2, "{}: {}", case.display(), output.err);
                assert!(!Path::new("/tmp/poc.txt").exists());
            }
            other => panic!("{}: no outcome is called {other}", case.display()),
        }
    }
}

/// `path type link-or-sha256`; hard links are checked by content only.
fn found_tree(tree: &Value) -> BTreeSet<String> {
    tree.as_array()
        .unwrap()
        .iter()
        .filter(|file| file["path"] != "/")
        .map(|file| {
            let path = text(&file["path"]).trim_start_matches('/');
            match text(&file["type"]) {
                "file" | "hardlink" => format!("{path} file {}", text(&file["sha256"])),
                "symlink" => format!("{path} symlink {}", text(&file["link"])),
                other => format!("{path} {other}"),
            }
        })
        .collect()
}

fn expected_tree(files: &Value) -> BTreeSet<String> {
    files
        .as_array()
        .unwrap()
        .iter()
        .filter(|file| !matches!(text(&file["path"]), "" | "."))
        .map(|file| {
            let path = text(&file["path"]);
            match text(&file["type"]) {
                "file" | "hardlink" => format!("{path} file {}", text(&file["sha256"])),
                "symlink" => format!("{path} symlink {}", text(&file["link"])),
                other => format!("{path} {other}"),
            }
        })
        .collect()
}

#[test]
fn distributions_are_matched_as_expected() {
    let Some(folder) = shared("truth/os-match") else { return };
    for entry in fs::read_dir(folder).unwrap() {
        let case = entry.unwrap().path();
        if !case.is_dir() {
            continue;
        }
        let place = Place::new();
        let database = place.path("case.db");
        let build = place.plimsoll(&[
            "db",
            "build",
            "-q",
            "--from",
            case.join("advisories").to_str().unwrap(),
            "--to",
            database.to_str().unwrap(),
        ]);
        assert_eq!(build.code, 0, "{}", build.err);
        let target = format!("sbom:{}", case.join("sbom.cdx.json").display());
        let document = json(
            &place,
            &[
                "scan",
                "-q",
                "--risks",
                "vulnerability",
                "--format",
                "json",
                "--db",
                database.to_str().unwrap(),
                &target,
            ],
        );
        let names: std::collections::HashMap<&str, &str> = document["images"][0]["components"]
            .as_array()
            .unwrap()
            .iter()
            .map(|component| (text(&component["purl"]), text(&component["name"])))
            .collect();
        let fixed = |value: &Value| text(value).trim_start_matches("0:").to_owned();
        let found: BTreeSet<String> = document["images"][0]["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| {
                format!(
                    "{} {} {} {} {}",
                    text(&f["id"]),
                    names[text(&f["component"])],
                    text(&f["installed"]),
                    fixed(&f["fixed"]),
                    text(&f["state"]).replace('-', "_")
                )
            })
            .collect();
        let expected: Value = serde_json::from_slice(&fs::read(case.join("expected.json")).unwrap()).unwrap();
        let wanted: BTreeSet<String> = expected
            .as_array()
            .unwrap()
            .iter()
            .map(|f| {
                format!(
                    "{} {} {} {} {}",
                    text(&f["id"]),
                    text(&f["package"]),
                    text(&f["installed"]),
                    fixed(&f["fixed"]),
                    text(&f["status"])
                )
            })
            .collect();
        difference(&case, &found, &wanted);
    }
}

#[test]
fn versions_are_ordered_as_their_publishers_order_them() {
    let Some(folder) = shared("truth/versions") else { return };
    let contested = fs::read_to_string(folder.join("CHECKS.txt")).unwrap();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let scheme = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if path.extension().is_none_or(|ending| ending != "txt") || scheme == "CHECKS" {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<(&str, &str, &str)> = text
            .lines()
            .filter(|line| !contested.contains(&format!("  {line}  native")))
            .map(|line| {
                let operator =
                    [" < ", " = ", " > "].into_iter().find(|operator| line.contains(operator)).unwrap();
                let (a, b) = line.split_once(operator).unwrap();
                (a, operator.trim(), b)
            })
            .collect();
        let mirrored = |operator: &str| match operator {
            "<" => ">",
            ">" => "<",
            _ => "=",
        };
        let input: String = lines.iter().map(|(a, _, b)| format!("{a}\t{b}\n{b}\t{a}\n")).collect();
        let mut child = Command::new(assert_cmd::cargo::cargo_bin("plimsoll"))
            .args(["inspect", "versions", &scheme])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap().unwrap();
        let answers: Vec<&str> = std::str::from_utf8(&output.stdout).unwrap().lines().collect();
        let wrong: Vec<String> = lines
            .iter()
            .enumerate()
            .filter(|(n, (_, operator, _))| {
                answers.get(2 * n) != Some(operator) || answers.get(2 * n + 1) != Some(&mirrored(operator))
            })
            .map(|(n, (a, operator, b))| format!("{a} {operator} {b}, not {:?}", answers.get(2 * n)))
            .collect();
        assert!(
            wrong.is_empty(),
            "{scheme}: {} of {} lines are wrong: {:#?}",
            wrong.len(),
            lines.len(),
            &wrong[..wrong.len().min(20)]
        );
    }
}
