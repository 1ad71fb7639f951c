//! Every form an image can have on this machine is read, told by its content.

use super::build::*;
use plimsoll_image::{Image, Options, PlatformChoice, Progress, Target, open};
use plimsoll_model::Platform;
use std::path::Path;
use std::sync::{Arc, Mutex};

const LAYER: &[(&str, &[u8])] = &[("etc/", b""), ("etc/motd", b"hello")];

fn shown(path: &Path) -> &str {
    path.to_str().expect("text")
}

/// `docker save` of one layer, packed or not.
fn docker_archive(stored: &[u8], unpacked: &[u8]) -> Vec<u8> {
    let config = config("linux/amd64", &[unpacked]);
    let name = format!("{}.json", digest(config.as_bytes()).trim_start_matches("sha256:"));
    let list = format!(r#"[{{"Config":"{name}","RepoTags":["a:1"],"Layers":["x/layer.tar"]}}]"#);
    tar(&[
        ("x/", b""),
        ("x/layer.tar", stored),
        (&name, config.as_bytes()),
        ("manifest.json", list.as_bytes()),
    ])
}

#[test]
fn archives_of_both_forms_packed_or_not_hold_the_same() {
    let layer = tar(LAYER);
    for stored in [layer.clone(), gzip(&layer), zst(&layer)] {
        let mut layout = Layout::default();
        let manifest = layout.image("linux/amd64", &[(&stored, &layer)]);
        layout.manifests.push(manifest);
        for archive in [docker_archive(&stored, &layer), layout.tar()] {
            for packed in [archive.clone(), gzip(&archive), zst(&archive)] {
                let (_folder, path) = file("image.tar", &packed);
                for scheme in ["", "docker-archive:", "oci-archive:"] {
                    let images = open_all(&format!("{scheme}{}", shown(&path))).expect(scheme);
                    assert_eq!(images.len(), 1);
                    assert_eq!(images[0].manifest.name, shown(&path));
                    assert_eq!(images[0].manifest.config.user, "app");
                    let (read, keep) = read(&images[0], 0).expect("readable");
                    assert_eq!(
                        (read.digest.map(|d| d.to_string()), read.diff_id.to_string()),
                        (Some(digest(&stored)), digest(&layer))
                    );
                    assert_eq!((read.size, read.unpacked_size), (stored.len() as u64, layer.len() as u64));
                    assert_eq!(keep.files, [("/etc/motd".to_owned(), b"hello".to_vec())]);
                    let hash = read.entries[1].sha256.map(hex::encode);
                    assert_eq!(hash.map(|hex| format!("sha256:{hex}")), Some(digest(b"hello")));
                }
            }
        }
    }
}

#[test]
fn paths_are_told_by_their_content() {
    let layer = tar(LAYER);
    let mut layout = Layout::default();
    let manifest = layout.image("linux/amd64", &[(&layer, &layer)]);
    layout.manifests.push(manifest);
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("a file");
        path
    };
    layout.write_to(&folder.path().join("layout"));
    std::fs::create_dir(folder.path().join("root")).expect("a folder");
    let parse = |path: &Path| Target::parse(shown(path)).map_err(|error| error.to_string());
    let path = at("a", &docker_archive(&layer, &layer));
    assert_eq!(parse(&path), Ok(Target::DockerArchive(path)));
    let path = at("b", &layout.tar());
    assert_eq!(parse(&path), Ok(Target::OciArchive(path)));
    let path = at("c", &layer);
    assert_eq!(parse(&path), Ok(Target::LayerTar(path)));
    let path = at("d", &gzip(&layer));
    assert_eq!(parse(&path), Ok(Target::LayerTar(path)));
    let path = at("e", &gzip(&tar(&[("odd-name", b""), ("manifest.json", b"[]")])));
    assert_eq!(parse(&path), Ok(Target::DockerArchive(path)));
    let path = at("f", br#"{"bomFormat":"CycloneDX","specVersion":"1.5"}"#);
    assert_eq!(parse(&path), Ok(Target::Sbom(path)));
    let path = folder.path().join("layout");
    assert_eq!(parse(&path), Ok(Target::OciLayout(path, None)));
    let path = folder.path().join("root");
    assert_eq!(parse(&path), Ok(Target::Dir(path)));
    for (name, bytes, why) in [
        ("g", &b""[..], "it is empty"),
        ("h", &[0; 10240], "it is empty"),
        ("i", b"just a text file, not an image of any kind", "in the middle"),
        ("j", &[b'x'; 4096], "no tar header"),
        ("k", b"{\"a\":1}", "neither CycloneDX nor SPDX"),
        ("l", b"\xfd7zXZ\0\0\0\0\0", "xz, which is not supported"),
    ] {
        let error = parse(&at(name, bytes)).expect_err(name);
        assert!(error.contains(why), "{name}: {error}");
    }
}

#[test]
fn schemes_are_told_by_their_text() {
    let parse = |text: &str| Target::parse(text).map_err(|error| error.to_string());
    assert_eq!(parse("docker-archive:a.tar"), Ok(Target::DockerArchive("a.tar".into())));
    assert_eq!(parse("oci-archive:a.tar"), Ok(Target::OciArchive("a.tar".into())));
    assert_eq!(parse("oci:some/dir"), Ok(Target::OciLayout("some/dir".into(), None)));
    assert_eq!(parse("oci:some/dir:v1"), Ok(Target::OciLayout("some/dir".into(), Some("v1".into()))));
    assert_eq!(parse("oci:/a:b/dir"), Ok(Target::OciLayout("/a:b/dir".into(), None)));
    assert_eq!(parse("dir:/"), Ok(Target::Dir("/".into())));
    assert_eq!(parse("sbom:x"), Ok(Target::Sbom("x".into())));
    assert_eq!(parse("docker:alpine:3"), Ok(Target::Docker("alpine:3".into())));
    assert_eq!(parse("podman:alpine"), Ok(Target::Podman("alpine".into())));
    for bad in ["", "dir:", "docker:", "./no-such-file", "/no/such/file"] {
        assert!(parse(bad).is_err(), "{bad}");
    }
    for missing in ["docker-archive:/no/such", "oci:/no/such", "dir:/no/such", "sbom:/no/such"] {
        let error = open_all(missing).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("cannot read /no/such"), "{missing}: {error}");
    }
}

fn names(images: &[Image]) -> Vec<String> {
    let shown = |image: &Image| {
        let platform = image.manifest.platform.as_ref().map_or(String::new(), Platform::to_string);
        format!("{} {platform}", image.manifest.name)
    };
    images.iter().map(shown).collect()
}

#[test]
fn a_layout_holds_images_by_name_and_platform() {
    let layer = tar(LAYER);
    let mut layout = Layout::default();
    let amd = of_platform(layout.image("linux/amd64", &[(&layer, &layer)]), "linux", "amd64");
    let arm = of_platform(layout.image("linux/arm64", &[(&layer, &layer)]), "linux", "arm64");
    let note = of_platform(layout.image_of("{}", &[]), "unknown", "unknown");
    let index = layout.index(&[note, arm, amd.clone()]);
    let again = layout.index(&[index]);
    layout.manifests.push(named(again, "many:1"));
    layout.manifests.push(named(amd, "one:2"));
    let folder = tempfile::tempdir().expect("a folder");
    layout.write_to(folder.path());
    let dir = shown(folder.path());
    let all = open_all(&format!("oci:{dir}")).expect("valid");
    assert_eq!(names(&all), ["many:1 linux/arm64", "many:1 linux/amd64", "one:2 linux/amd64"]);
    let tagged = open_all(&format!("oci:{dir}:2")).expect("valid");
    assert_eq!(names(&tagged), [format!("{dir}:2 linux/amd64")]);
    let error = open_all(&format!("oci:{dir}:9")).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.contains("no tag 9; it has many:1, one:2"), "{error}");
    let target = Target::parse(&format!("oci:{dir}:many:1"));
    assert!(matches!(target, Ok(Target::OciLayout(_, Some(tag))) if tag == "1"));
    let one = |platform: &str| {
        let platform = PlatformChoice::One(Platform::parse(platform).expect("a platform"));
        let target = Target::OciLayout(dir.into(), Some("many:1".to_owned()));
        open(&target, &Options { platform, ..Options::default() }).map_err(|error| error.to_string())
    };
    assert_eq!(
        one("linux/arm64").map(|images| names(&images)),
        Ok(vec![format!("{dir}:many:1 linux/arm64")])
    );
    assert!(one("linux/s390x").err().unwrap_or_default().contains("it has linux/arm64, linux/amd64"));
    let host = open(&Target::OciLayout(dir.into(), None), &Options::default()).expect("valid");
    assert_eq!(host.len(), 2);
}

#[test]
fn an_index_may_name_platforms_that_are_not_here() {
    let layer = tar(LAYER);
    let mut layout = Layout::default();
    let amd = of_platform(layout.image("linux/amd64", &[(&layer, &layer)]), "linux", "amd64");
    let mut elsewhere = Layout::default();
    let absent = of_platform(elsewhere.image("linux/s390x", &[(&layer, &layer)]), "linux", "s390x");
    layout.manifests = vec![absent.clone(), amd];
    let (_folder, path) = file("image.tar", &layout.tar());
    assert_eq!(open_all(shown(&path)).map(|images| images.len()).ok(), Some(1));
    layout.manifests = vec![absent];
    let (_folder, path) = file("image.tar", &layout.tar());
    assert!(
        open_all(shown(&path))
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
            .contains("is missing")
    );
}

#[test]
fn docker_archives_share_layers_through_links() {
    let layer = tar(LAYER);
    let config = config("linux/amd64", &[&layer, &layer]);
    let list = r#"[{"Config":"c.json","RepoTags":["a:1"],"Layers":["x/layer.tar","y/layer.tar"]},
        {"Config":"c.json","RepoTags":null,"Layers":["y/layer.tar","/../../x/layer.tar"]}]"#;
    let archive = [
        header("y/layer.tar", b'2', 0, "../x/layer.tar"),
        header("z", b'2', 0, "z"),
        tar(&[("x/layer.tar", &layer), ("c.json", config.as_bytes()), ("manifest.json", list.as_bytes())]),
    ]
    .concat();
    let (_folder, path) = file("image.tar", &archive);
    let images = open_all(shown(&path)).expect("valid");
    assert_eq!(names(&images), ["a:1 linux/amd64".to_owned(), format!("{} linux/amd64", shown(&path))]);
    for image in &images {
        for index in 0..2 {
            assert_eq!(read(image, index).expect("readable").0.entries.len(), 2);
        }
    }
}

#[test]
fn archives_from_before_docker_1_10_are_read() {
    let (base, top) = (tar(LAYER), tar(&[("top", b"1")]));
    let base_json =
        br#"{"id":"aa","created":"2015-01-01T00:00:00Z","container_config":{"Cmd":["/bin/sh","-c","base"]}}"#;
    let top_json = br#"{"id":"bb","parent":"aa","os":"linux","architecture":"amd64","config":{"User":"u"},"container_config":{"Cmd":["top"]}}"#;
    let archive = tar(&[
        ("bb/json", top_json),
        ("bb/layer.tar", &top),
        ("aa/json", base_json),
        ("aa/layer.tar", &base),
        ("repositories", br#"{"old":{"latest":"bb","also":"bb"}}"#),
    ]);
    let (_folder, path) = file("old.tar", &archive);
    let images = open_all(shown(&path)).expect("valid");
    assert_eq!(images.len(), 1);
    let manifest = &images[0].manifest;
    assert_eq!((manifest.layers.len(), manifest.config.user.as_str()), (2, "u"));
    assert_eq!(manifest.config.instructions(2), ["/bin/sh -c base", "top"]);
    assert_eq!(read(&images[0], 0).expect("readable").0.entries.len(), 2);
    assert_eq!(read(&images[0], 1).expect("readable").0.entries[0].path, "/top");
}

#[test]
fn a_bare_layer_is_an_image_of_its_own() {
    let layer = tar(&[("etc/.wh.motd", b""), ("a", b"1")]);
    for (name, bytes) in
        [("layer.tar", layer.clone()), ("layer.tar.gz", gzip(&layer)), ("layer.tar.zst", zst(&layer))]
    {
        let (_folder, path) = file(name, &bytes);
        let images = open_all(shown(&path)).expect("valid");
        assert_eq!(images[0].manifest.name, shown(&path));
        let (read, _) = read(&images[0], 0).expect("readable");
        assert_eq!(read.diff_id.to_string(), digest(&layer));
        assert_eq!(read.digest.map(|d| d.to_string()), Some(digest(&bytes)));
        assert_eq!(
            read.entries.iter().map(|entry| entry.path.as_str()).collect::<Vec<_>>(),
            ["/etc/motd", "/a"]
        );
    }
}

#[test]
fn an_sbom_is_one_file() {
    let document = br#"{"bomFormat":"CycloneDX","specVersion":"1.5"}"#;
    let (_folder, path) = file("bom", document);
    let images = open_all(&format!("sbom:{}", shown(&path))).expect("valid");
    let (layer, keep) = read(&images[0], 0).expect("readable");
    assert_eq!(keep.files, [("/sbom.cdx.json".to_owned(), document.to_vec())]);
    assert_eq!((layer.digest, layer.diff_id.to_string()), (None, digest(document)));
}

#[test]
fn layers_of_several_members_and_with_more_after_the_end_are_whole() {
    let layer = [tar(LAYER), b"something after the end".to_vec(), vec![0; 300_000]].concat();
    let (first, second) = layer.split_at(700);
    let stored = [gzip(first), gzip(second)].concat();
    let mut layout = Layout::default();
    let manifest = layout.image("linux/amd64", &[(&stored, &layer)]);
    layout.manifests.push(manifest);
    let (_folder, path) = file("image.tar", &layout.tar());
    let (read, _) = read(&open_all(shown(&path)).expect("valid")[0], 0).expect("readable");
    assert_eq!((read.entries.len(), read.unpacked_size), (2, layer.len() as u64));
}

#[test]
fn progress_is_told() {
    let layer = tar(&[("big", &[7; 600_000])]);
    let mut layout = Layout::default();
    let manifest = layout.image("linux/amd64", &[(&layer, &layer)]);
    layout.manifests.push(manifest);
    let (_folder, path) = file("image.tar", &layout.tar());
    let image = open_all(shown(&path)).expect("valid").remove(0);
    let told = Arc::new(Mutex::new(Vec::new()));
    let to = told.clone();
    let tell: Arc<dyn Fn(Progress) + Send + Sync> =
        Arc::new(move |progress| to.lock().expect("alone").push(progress));
    let options = Options { progress: Some(tell), ..Options::default() };
    image.read_layer(0, &options, &mut Keep::default()).expect("readable");
    let told = told.lock().expect("alone");
    assert!(matches!(&told[0], Progress::Start { size: Some(size), .. } if *size == layer.len() as u64));
    assert!(matches!(told.last(), Some(Progress::Done { layer }) if layer.starts_with("sha256:")));
    let bytes: u64 =
        told.iter().map(|told| if let Progress::Read { bytes, .. } = told { *bytes } else { 0 }).sum();
    assert_eq!(bytes, layer.len() as u64);
}
