//! Images that were damaged or made to harm: a clear error, bounded memory and time, nothing read outside.

use super::build::*;
use plimsoll_image::{Image, ImageError, LayerStream, Options, Source, Target, open};
use plimsoll_model::{ImageConfig, ImageManifest, LayerRef, Limits};
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};

/// A layout of one layer, its stored bytes changed after the manifest was written.
fn tampered(unpacked: &[u8], stored: &[u8], change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut layout = Layout::default();
    let manifest = layout.image("linux/amd64", &[(stored, unpacked)]);
    layout.manifests.push(manifest);
    let name = format!("blobs/{}", digest(stored).replace(':', "/"));
    let blob = layout.blobs.iter_mut().find(|(path, _)| *path == name).expect("the layer");
    change(&mut blob.1);
    layout.tar()
}

fn first_error(archive: &[u8], limits: Limits) -> ImageError {
    let (_folder, path) = file("image.tar", archive);
    let options = Options { limits, hash_files: true, ..Options::default() };
    let read = || {
        for image in open(&Target::parse(path.to_str().expect("text"))?, &options)? {
            for index in 0..image.manifest.layers.len() {
                image.read_layer(index, &options, &mut Keep::default())?;
            }
        }
        Ok(())
    };
    let result: Result<(), ImageError> = read();
    result.expect_err("it must be refused")
}

#[test]
fn damage_is_named() {
    let layer = tar(&[("a", &[7; 5000]), ("b", b"x")]);
    let packed = gzip(&layer);
    let error = |stored: &[u8], change: fn(&mut Vec<u8>)| {
        first_error(&tampered(&layer, stored, change), Limits::default())
    };
    // Cut, longer, changed where gzip sees it, changed where only the digest sees it.
    assert!(matches!(error(&packed, |bytes| bytes.truncate(60)), ImageError::WrongSize { .. }));
    assert!(matches!(error(&packed, |bytes| bytes.push(0)), ImageError::WrongSize { .. }));
    assert!(matches!(error(&packed, |bytes| bytes[30] ^= 0xff), ImageError::WrongDigest { .. }));
    assert!(matches!(error(&packed, |bytes| bytes[4] ^= 1), ImageError::WrongDigest { .. }));
    assert!(matches!(error(&layer, |bytes| bytes[600] ^= 1), ImageError::WrongDigest { .. }));
    assert!(
        matches!(error(&layer, |bytes| bytes[5] ^= 1), ImageError::WrongDigest { .. }),
        "a header no tar has"
    );
    assert!(matches!(error(&zst(&layer), |bytes| bytes[20] ^= 1), ImageError::WrongDigest { .. }));
    // Right digests, but the bytes make no sense.
    let cut = &packed[..packed.len() - 9];
    let error = first_error(&tampered(&layer, cut, |_| ()), Limits::default());
    assert!(
        matches!(&error, ImageError::Broken { why, .. } if why.contains("gzip stream ends in the middle")),
        "{error}"
    );
    let other = gzip(&tar(&[("other", b"")]));
    let error = first_error(&tampered(&layer, &other, |_| ()), Limits::default());
    assert!(
        matches!(&error, ImageError::WrongDigest { what, .. } if what.starts_with("the unpacked layer")),
        "{error}"
    );
    let half = layer[..1000].to_vec();
    let error = first_error(&tampered(&half, &half, |_| ()), Limits::default());
    assert!(
        matches!(&error, ImageError::Broken { why, .. } if why.contains("ends in the middle")),
        "{error}"
    );
}

#[test]
fn bombs_are_stopped() {
    let zeros = tar(&[("zeros", &vec![0; 80 << 20])]);
    for packed in [gzip(&zeros), zst(&zeros)] {
        let error = first_error(&tampered(&zeros, &packed, |_| ()), Limits::default());
        assert!(error.to_string().contains("limit ratio"), "{error}");
        // The same around a whole archive.
        let error = first_error(&packed, Limits::default());
        assert!(error.to_string().contains("limit ratio"), "{error}");
    }
    let small = tar(&[("a", &[1; 5000]), ("b", b""), ("c", b"")]);
    let archive = tampered(&small, &gzip(&small), |_| ());
    for (limit, value) in
        [("unpacked-bytes", 4000), ("layer-bytes", 20), ("entries", 2), ("manifest-bytes", 10), ("layers", 0)]
    {
        let mut limits = Limits::default();
        limits.set(&format!("{limit}={value}")).expect("a limit");
        // The archive itself has members too.
        let error = first_error(&archive, limits);
        assert!(error.to_string().contains(&format!("limit {limit} ({value})")), "{error}");
    }
}

#[test]
fn an_extension_header_of_a_gibibyte_costs_nothing() {
    for flag in *b"xgLK" {
        let layer = [header("pax", flag, 1 << 30, ""), vec![0; 4096]].concat();
        let error = first_error(&tampered(&layer, &layer, |_| ()), Limits::default());
        assert!(error.to_string().contains("limit pax-bytes"), "{error}");
        let error = first_error(&layer, Limits::default());
        assert!(error.to_string().contains("limit pax-bytes"), "{error}");
    }
}

#[test]
fn nothing_outside_is_read() {
    let secret = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(secret.path(), b"secret").expect("a file");
    let outside = secret.path().to_str().expect("text");
    let up = format!("../../../../../../../..{outside}");
    let layer = [
        header("link", b'2', 0, outside),
        header("hard", b'1', 0, &up),
        header("loop", b'2', 0, "loop"),
        tar(&[("../../escape", b"1"), ("/abs", b"2"), ("link", b"3"), ("link/below", b"4")]),
    ]
    .concat();
    let mut layout = Layout::default();
    let manifest = layout.image("linux/amd64", &[(&layer, &layer)]);
    layout.manifests.push(manifest);
    let (_folder, path) = file("image.tar", &layout.tar());
    let image = open_all(path.to_str().expect("text")).expect("valid").remove(0);
    let (read, keep) = read(&image, 0).expect("contained");
    assert!(keep.files.iter().all(|(_, content)| content != b"secret"));
    assert_eq!(read.unread[0].path, "/escape");
    assert_eq!(read.entries[1].link, outside, "stopped at the root");
    assert!(!Path::new("/escape").exists());
    // Layers and configs of an archive that lie outside it are not there.
    for list in [
        format!(r#"[{{"Config":"c.json","Layers":["{up}"]}}]"#),
        format!(r#"[{{"Config":"{up}","Layers":[]}}]"#),
        r#"[{"Config":"c.json","Layers":["out"]}]"#.to_owned(),
        r#"[{"Config":"c.json","Layers":["circle"]}]"#.to_owned(),
    ] {
        let archive = [
            header("out", b'2', 0, outside),
            header("circle", b'2', 0, "./circle"),
            tar(&[("c.json", b"{}"), ("manifest.json", list.as_bytes())]),
        ]
        .concat();
        let error = first_error(&archive, Limits::default());
        assert!(error.to_string().contains("is missing"), "{error}");
    }
}

#[test]
fn lists_that_make_no_sense_are_refused() {
    let config = config("linux/amd64", &[]);
    let docker = |list: &str| {
        tar(&[("c.json", config.as_bytes()), ("l.tar", &tar(&[])), ("manifest.json", list.as_bytes())])
    };
    for (archive, why) in [
        (docker("null"), "holds no image"),
        (docker("[]"), "holds no image"),
        (docker("[null]"), "no object"),
        (docker("{"), "EOF"),
        (docker(r#"[{"Config":"c.json","Layers":["l.tar"]}]"#), "it has 1 layers, but its config names 0"),
        (docker(r#"[{"Config":"d.json","Layers":[]}]"#), "d.json of"),
        (tar(&[("repositories", b"{}")]), "holds no image"),
        (tar(&[("repositories", br#"{"a":{"b":"c"}}"#)]), "c/json of"),
        (
            tar(&[
                ("repositories", br#"{"a":{"b":"c"}}"#),
                ("c/json", br#"{"parent":"c"}"#),
                ("c/layer.tar", b""),
            ]),
            "its own ancestor",
        ),
        (tar(&[("index.json", b"null")]), "no JSON object"),
        (tar(&[("index.json", br#"{"manifests":null}"#)]), "holds no image"),
        (tar(&[("index.json", b"{}")]), "neither manifests nor a config"),
    ] {
        let error = first_error(&archive, Limits::default()).to_string();
        assert!(error.contains(why), "{why}: {error}");
    }
    let name = format!("{}.json", "0".repeat(64));
    let list = format!(r#"[{{"Config":"{name}","Layers":[]}}]"#);
    let error = first_error(&tar(&[(&name, b"{}"), ("manifest.json", list.as_bytes())]), Limits::default());
    assert!(matches!(error, ImageError::WrongDigest { .. }), "{error}");
}

#[test]
fn layouts_that_make_no_sense_are_refused() {
    let layer = tar(&[("a", b"")]);
    let check = |make: &dyn Fn(&mut Layout) -> serde_json::Value, why: &str| {
        let mut layout = Layout::default();
        let manifest = make(&mut layout);
        layout.manifests.push(manifest);
        let error = first_error(&layout.tar(), Limits::default()).to_string();
        assert!(error.contains(why), "{why}: {error}");
    };
    check(&|layout| with(layout.image("linux/amd64", &[]), "size", 7.into()), "but the manifest says 7");
    // A manifest under the name of another: an index cannot hold itself without that.
    check(
        &|layout| {
            let name = digest(b"");
            let index = serde_json::json!({"manifests": [{"digest": name, "size": 107}]}).to_string();
            layout.blobs.push((format!("blobs/{}", name.replace(':', "/")), index.clone().into_bytes()));
            serde_json::json!({"digest": name, "size": index.len()})
        },
        "has the digest",
    );
    check(
        &|layout| {
            let mut deep = layout.image("linux/amd64", &[(&layer, &layer)]);
            for _ in 0..6 {
                deep = layout.index(&[deep]);
            }
            deep
        },
        "nested deeper",
    );
    check(&|layout| layout.blob("", br#"{"schemaVersion":1,"fsLayers":[],"history":[]}"#), "schema 1");
    check(
        &|layout| layout.image_of(r#"{"rootfs":{"diff_ids":[]}}"#, &[(&layer, &layer)]),
        "its config names 0",
    );
    check(&|layout| layout.image_of("[]", &[]), "no JSON object");
    check(
        &|layout| {
            let config = layout.blob("application/vnd.oci.image.config.v1+json", b"{}");
            let foreign = serde_json::json!({"mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
                "digest": digest(b"?"), "size": 1, "urls": ["https://mcr.microsoft.com/x"]});
            let manifest = serde_json::json!({"config": config, "layers": [foreign]}).to_string();
            layout.blob("", manifest.as_bytes())
        },
        "kept outside the image (https://mcr.microsoft.com/x)",
    );
    check(
        &|layout| {
            let config = layout.blob("application/vnd.cncf.helm.config.v1+json", b"{}");
            let chart = layout.blob("application/vnd.cncf.helm.chart.content", b"chart");
            let manifest = serde_json::json!({"config": config, "layers": [chart]}).to_string();
            layout.blob("", manifest.as_bytes())
        },
        "it is no image but of the type application/vnd.cncf.helm.config.v1+json",
    );
}

/// An image whose layer is whatever this function opens.
struct Made<F>(F);

impl<F: Fn() -> Box<dyn Read + Send> + Send + Sync> Source for Made<F> {
    fn layer(&self, _: usize, _: &LayerRef) -> Result<LayerStream, ImageError> {
        Ok(LayerStream::Stored((self.0)()))
    }
}

fn made(open: impl Fn() -> Box<dyn Read + Send> + Send + Sync + 'static) -> Image {
    let manifest = ImageManifest {
        name: "made".to_owned(),
        digest: None,
        config_digest: None,
        platform: None,
        config: ImageConfig::default(),
        layers: vec![LayerRef { digest: None, diff_id: None, size: None, media_type: String::new() }],
        annotations: Default::default(),
    };
    Image { manifest, source: Arc::new(Made(open)) }
}

/// Waits for bytes that never come.
struct Silent(mpsc::Receiver<()>);

impl Read for Silent {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        let _ = self.0.recv();
        Ok(0)
    }
}

#[test]
fn a_silent_or_slow_source_is_given_up() {
    let limits = Limits { seconds: 0, ..Limits::default() };
    let options = Options { limits, ..Options::default() };
    let (end, silent) = mpsc::channel();
    let silent = Mutex::new(Some(silent));
    let image = made(move || Box::new(Silent(silent.lock().expect("alone").take().expect("once"))));
    let error = image.read_layer(0, &options, &mut Keep::default()).expect_err("silent").to_string();
    drop(end);
    assert!(error.contains("limit seconds"), "{error}");
    let slow = made(|| Box::new(io::Cursor::new(tar(&[("a", b"1")]))));
    let error = slow.read_layer(0, &options, &mut Keep::default()).expect_err("too late").to_string();
    assert!(error.contains("limit seconds"), "{error}");
    assert!(slow.read_layer(0, &Options::default(), &mut Keep::default()).is_ok());
    let error = slow.read_layer(1, &options, &mut Keep::default()).expect_err("no such layer").to_string();
    assert!(error.contains("has 1 layers"), "{error}");
}

/// Fails after some bytes with an error of the crate, as a registry does in the middle of a layer.
struct Failing(bool);

impl Read for Failing {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if std::mem::replace(&mut self.0, true) {
            let (registry, why) = ("example.org".to_owned(), "hung up".to_owned());
            return Err(io::Error::other(ImageError::Registry { registry, why, hint: None }));
        }
        out[..512].copy_from_slice(&header("a", b'0', 5000, ""));
        Ok(512)
    }
}

#[test]
fn what_the_source_says_is_passed_on() {
    let image = made(|| Box::new(Failing(false)));
    let error = image.read_layer(0, &Options::default(), &mut Keep::default()).expect_err("it hangs up");
    assert_eq!(error.to_string(), "example.org hung up");
}
