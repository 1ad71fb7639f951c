use super::*;
use crate::analyzers::testing::entry;
use plimsoll_model::Limits;
use proptest::prelude::*;

fn read(path: &str, content: &[u8]) -> (Option<OsRelease>, Vec<Component>, Vec<String>) {
    let findings = Sbom.read(&File { entry: &entry(path), content, limits: &Limits::default() });
    let mut os = None;
    let mut components = Vec::new();
    for (inner, fact) in findings.facts {
        assert_eq!(inner, "");
        match fact {
            Fact::Os(found) => os = Some(found),
            Fact::Component(component) => components.push(component),
            _ => panic!("another fact"),
        }
    }
    (os, components, findings.unread.into_iter().map(|(_, reason)| reason).collect())
}

/// The document's distribution, its packages as `full name@version<source name@source version`, and what is unread.
#[track_caller]
fn check(content: &str, os: &str, packages: &[&str], unread: &[&str]) {
    let (found_os, components, found_unread) = read("/sbom.cdx.json", content.as_bytes());
    let found_os = found_os.map(|os| format!("{} {}", os.id, os.version_id.unwrap_or_default()));
    assert_eq!(found_os.unwrap_or_default(), os);
    let text = |it: &Component| {
        let source = it.source.as_ref().map(|source| format!("<{}@{}", source.name, source.version));
        format!("{}@{}{}", it.full_name(), it.version, source.unwrap_or_default())
    };
    assert_eq!(components.iter().map(text).collect::<Vec<_>>(), packages);
    assert_eq!(found_unread, unread);
}

#[test]
fn names_are_recognised() {
    let check = |path: &str, head: &str, expected: bool| {
        assert_eq!(Sbom.wants(&entry(path), head.as_bytes()), expected, "{path}");
    };
    check("/sbom.cdx.json", "", true);
    check("/opt/bitnami/redis/.spdx-redis.spdx", "", true);
    check("/a/B.CDX.XML", "", true);
    check("/x.spdx.json", "", true);
    check("/bom.json", "{\"bomFormat\":\"CycloneDX\"", true);
    check("/bom.xml", "<bom xmlns=\"http://cyclonedx.org/schema/bom/1.4\">", true);
    check("/bom.json", "{}", false);
    check("/é.json", "{}", false);
}

#[test]
fn cyclonedx_of_our_own_and_of_syft_is_read() {
    check(
        r#"{"bomFormat":"CycloneDX","specVersion":"1.6","metadata":{"component":{"type":"container","name":"x","purl":"pkg:oci/x@1"}},
        "components":[
          {"type":"library","name":"bash","version":"5.0-4","purl":"pkg:deb/debian/bash@5.0-4?arch=amd64&distro=debian-10"},
          {"type":"operating-system","name":"debian","version":"10"},
          {"type":"library","name":"github.com/a/b/v2/c","purl":"pkg:golang/github.com/a/b@v2.1.0#v2/c"},
          {"type":"application","name":"app","purl":null,"components":[
            {"type":"library","name":"y","purl":"pkg:npm/%40x/y@1","licenses":[{"license":{"id":"MIT"}},{"expression":"A OR B"},{"license":{"name":"C"}}]}]},
          {"type":"file","name":"/etc/passwd"},
          {"type":"library","name":"z","purl":"pkg:zap/z@1"},
          {"type":"library","name":"z","purl":"z"},
          17]}"#,
        "debian 10",
        &["bash@5.0-4", "github.com/a/b/v2/c@v2.1.0", "@x/y@1"],
        &[
            "1 components are of a purl type that is not known: zap",
            "1 components have a purl that cannot be read",
            "1 components have no purl",
        ],
    );
    let (_, components, _) = read(
        "/a.cdx.json",
        br#"{"bomFormat":"CycloneDX","components":[{"type":"library","name":"x","publisher":"Jane","purl":"pkg:deb/debian/x@1?arch=all",
        "licenses":[{"license":{"id":"MIT"}},{"expression":"A OR B"},{"license":{"name":"C"}}]}]}"#,
    );
    assert_eq!(components[0].licenses, ["MIT", "A OR B", "C"]);
    assert_eq!((components[0].vendor.as_deref(), components[0].arch.as_deref()), (Some("Jane"), Some("all")));
}

#[test]
fn os_packages_of_a_document_inside_an_image_keep_their_distribution() {
    let document = br#"{"bomFormat":"CycloneDX","components":[
        {"type":"library","name":"a","purl":"pkg:rpm/almalinux/a@1-2?distro=almalinux-8.10"},
        {"type":"library","name":"b","purl":"pkg:rpm/redhat/b@1-2"},
        {"type":"library","name":"c","purl":"pkg:npm/c@1"}]}"#;
    let namespaces = |path: &str| -> Vec<String> {
        read(path, document).1.into_iter().map(|component| component.namespace).collect()
    };
    assert_eq!(namespaces("/usr/lib/x-1.dist-info/sboms/x.cdx.json"), ["almalinux", "rhel", ""]);
    assert_eq!(namespaces("/sbom.cdx.json"), ["", "", ""]);
}

#[test]
fn properties_of_tools_are_honoured() {
    let of = |components: &str| format!(r#"{{"bomFormat":"CycloneDX","components":[{components}]}}"#);
    let property = |name: &str, value: &str| format!(r#"{{"name":"{name}","value":"{value}"}}"#);
    let trivy = [("SrcName", "bind"), ("SrcVersion", "9.11"), ("SrcRelease", "2.el8"), ("SrcEpoch", "32")];
    let trivy = trivy.map(|(name, value)| property(&format!("aquasecurity:trivy:{name}"), value)).join(",");
    check(
        &of(&format!(
            r#"{{"type":"library","name":"b","purl":"pkg:rpm/redhat/b@9.11-2.el8?distro=redhat-8.4&epoch=32","properties":[{trivy}]}},
               {{"type":"library","name":"c","purl":"pkg:deb/debian/c@1","properties":[{trivy}]}},
               {{"type":"application","name":"package-lock.json","properties":[{}]}}"#,
            property("aquasecurity:trivy:Class", "lang-pkgs"),
        )),
        "rhel 8.4",
        &["b@32:9.11-2.el8<bind@9.11-2.el8", "c@1<bind@32:9.11-2.el8"],
        &[],
    );
    check(
        &of(&format!(
            r#"{{"type":"library","name":"b","purl":"pkg:rpm/x/b@9-2","properties":[{},{}]}},
               {{"type":"library","name":"c","purl":"pkg:deb/x/c@1","properties":[{}]}},
               {{"type":"operating-system","name":"Wolfi","properties":[{},{}]}}"#,
            property("syft:metadata:epoch", "3"),
            property("syft:metadata:sourceRpm", "bb-8-1.src.rpm"),
            property("syft:metadata:source", "cc"),
            property("syft:distro:id", "wolfi"),
            property("syft:distro:versionID", "2023"),
        )),
        "wolfi 2023",
        &["b@3:9-2<bb@8-1", "c@1<cc@1"],
        &[],
    );
}

#[test]
fn cyclonedx_in_xml_is_read() {
    check(
        r#"<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/1.4" version="1">
        <metadata><component type="application"><name>app</name><purl>pkg:maven/org.x/app@1</purl></component></metadata>
        <components><component type="library"><publisher>P</publisher><name>a</name><version>2</version>
          <licenses><license><id>MIT</id></license><expression>X</expression></licenses>
          <purl>pkg:apk/alpine/a@2?arch=x86_64&amp;distro=3.20.1</purl>
          <properties><property name="syft:metadata:originPackage">o</property></properties>
          <components><component type="library"><name>n</name><purl>pkg:npm/n@3</purl></component></components>
        </component><component type="operating-system"><name>alpine</name><version>3.20.3</version></component></components></bom>"#,
        "alpine 3.20.3",
        &["org.x:app@1", "a@2<o@2", "n@3"],
        &[],
    );
}

#[test]
fn spdx_in_json_is_read() {
    check(
        r#"{"spdxVersion":"SPDX-2.3","packages":[
        {"name":"image","primaryPackagePurpose":"CONTAINER","externalRefs":[{"referenceType":"purl","referenceLocator":"pkg:oci/x"}]},
        {"name":"x","versionInfo":"1","licenseConcluded":"NOASSERTION","licenseDeclared":"MIT","supplier":"Organization: O",
         "sourceInfo":"built package from: y 1:2-3","externalRefs":[{"referenceCategory":"SECURITY","referenceType":"cpe23Type","referenceLocator":"cpe"},
          {"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:rpm/rocky/x@1-2?distro=rocky-9.3"}]},
        {"name":"lock","primaryPackagePurpose":"APPLICATION"}, {"name":"none","versionInfo":"1"}]}"#,
        "rocky 9.3",
        &["x@1-2<y@2-3"],
        &["1 components have no purl"],
    );
}

#[test]
fn spdx_in_tags_is_read() {
    check(
        "SPDXVersion: SPDX-2.3\nDocumentComment: <text>PackageName: no\nPackageName: no</text>\n\n##### Package\n\
         PackageName: debian\nPackageVersion: 12.1\nPrimaryPackagePurpose: OPERATING-SYSTEM\n\
         PackageName: x\r\nPackageVersion: 1\r\nPackageLicenseConcluded: MIT\r\nExternalRef: PACKAGE-MANAGER purl pkg:deb/debian/x@1?upstream=y\r\n\
         FileName: ./z\nPackageVersion: 3\nPackageName: w\nPackageSourceInfo: <text>a\n",
        "debian 12.1",
        &["x@1<y@1"],
        &["1 components have no purl"],
    );
}

#[test]
fn what_is_no_sbom_is_said() {
    let check = |content: &str, reason: &str| {
        let (os, components, unread) = read("/a.spdx", content.as_bytes());
        assert_eq!((os, components.len(), unread.len()), (None, 0, 1), "{content}");
        assert!(unread[0].contains(reason), "{unread:?}");
    };
    check("", "empty");
    check("{}", "neither");
    check("{\"bomFormat\":\"CycloneDX\",\"components\":[", "EOF");
    check("{\"spdxVersion\":\"SPDX-1.0\"}", "is not read");
    check("{\"@context\":\"https://spdx.org/rdf/3.0.1/spdx-context.jsonld\",\"@graph\":[]}", "SPDX 3");
    check("<a/>", "not a CycloneDX");
    check("hello", "neither");
}

#[test]
fn only_documents_in_the_root_name_the_distribution() {
    let text = br#"{"bomFormat":"CycloneDX","components":[{"type":"operating-system","name":"debian","version":"12"}]}"#;
    assert!(read("/sbom.cdx.json", text).0.is_some());
    assert!(read("/opt/x/sbom.cdx.json", text).0.is_none());
}

#[test]
#[allow(clippy::print_stderr, reason = "says when it was skipped, and what it read")]
fn documents_of_real_images_are_read_back() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/truth/os-match");
    let Ok(cases) = std::fs::read_dir(folder) else {
        eprintln!("skipped: no shared data");
        return;
    };
    for case in cases.flatten() {
        let Ok(content) = std::fs::read(case.path().join("sbom.cdx.json")) else { continue };
        let (os, components, unread) = read("/sbom.cdx.json", &content);
        let json: serde_json::Value = serde_json::from_slice(&content).unwrap_or_default();
        let stated = json["components"].as_array().into_iter().flatten();
        // A colon may be written either way.
        let purls: Vec<_> =
            stated.filter_map(|it| it["purl"].as_str()).map(|it| it.replace("%3A", ":")).collect();
        let found: Vec<_> = components.iter().map(|it| it.purl(os.as_ref())).collect();
        assert_eq!(found, purls, "{:?}", case.path());
        assert_eq!(unread, Vec::<String>::new());
        eprintln!("{}: {} packages of {os:?}", case.path().display(), purls.len());
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn mutated_documents_never_panic(at in 0..400_usize, byte in any::<u8>(), which in 0..3_usize) {
        let documents = [
            r#"{"bomFormat":"CycloneDX","metadata":{"component":{"type":"operating-system","name":"d"}},"components":[{"type":"library","name":"x","purl":"pkg:rpm/a/x@1:2-3?upstream=y-1-2.src.rpm&distro=a-1","components":[{"licenses":[{"license":{"id":"x"}}]}]}]}"#,
            "<bom xmlns='http://cyclonedx.org/schema/bom/1.4'><components><component type='library'><purl>pkg:npm/n@3</purl></component></components></bom>",
            "SPDXVersion: SPDX-2.3\nPackageName: x\nPackageSourceInfo: <text>a\nb</text>\nExternalRef: P purl pkg:deb/debian/x@1?upstream=y\n",
        ];
        let mut bytes = documents[which].as_bytes().to_vec();
        if let Some(found) = bytes.get_mut(at) {
            *found = byte;
        }
        let _ = parse(&bytes);
    }

    #[test]
    fn words_are_cut_at_characters(text in "[aé€]{0,1100}") {
        prop_assert!(word(&text).len() <= WORD_BYTES);
    }
}

#[test]
fn names_of_the_nvd_are_kept() {
    let check = |content: &str, expected: &[&str]| {
        let (_, components, _) = read("/sbom.cdx.json", content.as_bytes());
        let cpes: Vec<&str> = components.iter().flat_map(|it| &it.cpes).map(String::as_str).collect();
        assert_eq!(cpes, expected);
    };
    let cpe = "cpe:2.3:a:f5:nginx:1.20.1:*:*:*:*:*:*:*";
    check(
        &format!(
            r#"{{"bomFormat":"CycloneDX","components":[{{"type":"application","name":"nginx",
               "purl":"pkg:generic/nginx@1.20.1","cpe":"{cpe}"}}]}}"#
        ),
        &[cpe],
    );
    check(
        &format!(
            r#"{{"spdxVersion":"SPDX-2.3","packages":[{{"name":"nginx","externalRefs":[
               {{"referenceType":"cpe23Type","referenceLocator":"{cpe}"}},
               {{"referenceType":"cpe23Type","referenceLocator":"cpe:2.3:a:nginx:nginx:1.20.1"}},
               {{"referenceType":"purl","referenceLocator":"pkg:generic/nginx@1.20.1"}}]}}]}}"#
        ),
        &[cpe],
    );
    check(
        &format!(
            "SPDXVersion: SPDX-2.3\nPackageName: nginx\nExternalRef: SECURITY cpe23Type {cpe}\n\
             ExternalRef: PACKAGE-MANAGER purl pkg:generic/nginx@1.20.1\n"
        ),
        &[cpe],
    );
}
