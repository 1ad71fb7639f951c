//! Documents attached to images.

use super::*;

const VEX: &str = "application/vnd.openvex+json";

/// A manifest with one document.
fn artifact(
    content: &mut Content,
    artifact_type: &str,
    layer_type: &str,
    annotation: &str,
    bytes: &[u8],
) -> String {
    content.add_blob(b"{}");
    content.add_blob(bytes);
    let annotations = match annotation {
        "" => String::new(),
        predicate => format!(r#","annotations":{{"predicateType":"{predicate}"}}"#),
    };
    format!(
        r#"{{"schemaVersion":2,"mediaType":"{}","artifactType":"{artifact_type}","config":{{"digest":"{}","size":2,"mediaType":"application/vnd.oci.empty.v1+json"}},"layers":[{{"digest":"{}","size":{},"mediaType":"{layer_type}"{annotations}}}]}}"#,
        fake::MANIFEST,
        digest(b"{}"),
        digest(bytes),
        bytes.len()
    )
}

fn index(entries: &[(&str, &str)]) -> String {
    let entry = |(digest, kind): &(&str, &str)| {
        format!(
            r#"{{"digest":"{digest}","size":1,"mediaType":"{}","artifactType":"{kind}"}}"#,
            fake::MANIFEST
        )
    };
    let entries = entries.iter().map(entry).collect::<Vec<_>>().join(",");
    format!(r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[{entries}]}}"#)
}

/// The texts attached to the image under `v1`.
fn attached(server: &Server) -> Result<Vec<String>, ImageError> {
    let options = Options::default();
    let images = open_with(&reference(server, "app:v1"), &options, setup())?;
    let wanted = |kind: &str| kind.contains("openvex") || kind.contains("dsse");
    let found = images[0].source.attached(&images[0].manifest, &wanted)?;
    Ok(found.into_iter().map(|found| String::from_utf8(found.bytes).expect("text")).collect())
}

fn image() -> (Content, String) {
    let mut content = Content::default();
    let image = content.add_image("v1", "amd64", &layer_bytes());
    (content, image)
}

#[test]
fn referrers_are_listed_by_the_registry() {
    let (mut content, image) = image();
    let vex = artifact(&mut content, VEX, VEX, "", b"vex");
    let vex = content.add_manifest("x", fake::MANIFEST, vex.as_bytes());
    let sbom = artifact(&mut content, "application/spdx+json", "application/spdx+json", "", b"sbom");
    let sbom = content.add_manifest("y", fake::MANIFEST, sbom.as_bytes());
    let list = index(&[(&vex, VEX), (&sbom, "application/spdx+json"), (&vex, VEX)]);
    let server = disturbed(content, move |request| {
        let is_list = request.path.ends_with(&format!("/referrers/{image}"));
        is_list.then(|| Reply::new(200).header("Content-Type", INDEX).body(list.as_str()))
    });
    assert_eq!(attached(&server).expect("attachments"), ["vex"]);
    assert_eq!(server.count(&sbom), 0, "what is not wanted is not fetched");
}

#[test]
fn older_registries_list_them_under_a_tag() {
    let (mut content, image) = image();
    let vex = artifact(&mut content, VEX, VEX, "", b"vex");
    let vex = content.add_manifest("x", fake::MANIFEST, vex.as_bytes());
    content.add_manifest(&image.replace(':', "-"), INDEX, index(&[(&vex, "")]).as_bytes());
    let server = Server::start(move |request| content.answer(request));
    assert_eq!(attached(&server).expect("attachments"), ["vex"]);
}

#[test]
fn attestations_of_cosign_are_under_another() {
    const DSSE: &str = "application/vnd.dsse.envelope.v1+json";
    let check = |predicate: &str, expected: &[&str]| {
        let (mut content, image) = image();
        let manifest = artifact(&mut content, "", DSSE, predicate, b"signed");
        let tag = format!("{}.att", image.replace(':', "-"));
        content.add_manifest(&tag, fake::MANIFEST, manifest.as_bytes());
        let server = Server::start(move |request| content.answer(request));
        assert_eq!(attached(&server).expect("attachments"), expected, "{predicate}");
    };
    check("https://openvex.dev/ns", &["signed"]);
    check("https://spdx.dev/Document", &[]);
    check("", &["signed"]);
}

#[test]
fn nothing_attached_is_nothing_and_damage_is_an_error() {
    let (content, _) = image();
    let server = Server::start(move |request| content.answer(request));
    assert_eq!(attached(&server).expect("none"), [""; 0]);

    let (mut content, image) = image();
    let vex = artifact(&mut content, VEX, VEX, "", b"vex");
    let vex = content.add_manifest("x", fake::MANIFEST, vex.as_bytes());
    content.add_manifest(&image.replace(':', "-"), INDEX, index(&[(&vex, VEX)]).as_bytes());
    let blob = digest(b"vex");
    let server = disturbed(content, move |request| {
        request.path.ends_with(&blob).then(|| Reply::new(200).body(b"xev".as_slice()))
    });
    assert!(matches!(attached(&server), Err(ImageError::WrongDigest { .. })));
}
