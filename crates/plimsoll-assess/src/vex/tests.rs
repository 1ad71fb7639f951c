use super::*;
use plimsoll_model::{Details, Finding, FixState, OsRelease, Purl, RiskKind, Severity, Urgency};
use proptest::prelude::*;
use serde_json::json;

const MANIFEST: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const LODASH: &str = "pkg:npm/lodash@4.17.0";
const LIBSSL: &str = "pkg:deb/debian/libssl3@3.0.9-1?arch=amd64&distro=debian-12.5&upstream=openssl";
const GLIBC: &str =
    "pkg:rpm/rhel/glibc-common@2.34-1.el9?arch=x86_64&distro=rhel-9.4&upstream=glibc-2.34-1.el9.src.rpm";

fn finding(id: &str, aliases: &[&str], purl: &str) -> Finding {
    Finding {
        kind: RiskKind::Vulnerability,
        id: id.into(),
        aliases: aliases.iter().map(|alias| (*alias).into()).collect(),
        title: String::new(),
        severity: Severity::High,
        urgency: Urgency::Delay,
        component: Some(purl.into()),
        installed: None,
        fixed: None,
        state: Some(FixState::Affected),
        evidence: Vec::new(),
        present: true,
        inherited: None,
        decision: None,
        references: Vec::new(),
        details: Details::default(),
    }
}

fn image(os: &str) -> ImageIdentity {
    let (id, version) = os.split_once(' ').unwrap_or((os, ""));
    ImageIdentity {
        name: "ghcr.io/acme/app:1.0".into(),
        digests: vec![MANIFEST.into()],
        os: (!id.is_empty()).then(|| OsRelease {
            id: id.into(),
            version_id: Some(version.into()),
            ..OsRelease::default()
        }),
    }
}

/// What becomes of CVE-2024-0001 (alias GHSA-a) in this component: the words, `gone: ` before them when it went.
fn outcome(documents: &[Value], purl: &str, os: &str) -> String {
    let documents: Vec<Document> = documents
        .iter()
        .enumerate()
        .map(|(at, text)| Document {
            name: format!("{at}.json"),
            statements: parse(text.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}")),
        })
        .collect();
    let mut findings = vec![finding("CVE-2024-0001", &["GHSA-a"], purl)];
    let components: Vec<Purl> =
        [purl, "pkg:npm/app@1.0.0"].iter().map(|purl| Purl::parse(purl).expect("a purl")).collect();
    let documents: Vec<&Document> = documents.iter().collect();
    let applied = apply(&mut findings, &image(os), &components, &documents);
    match (findings.first(), applied.dismissed.first()) {
        (Some(finding), None) => finding.details.vex.clone().unwrap_or_default(),
        (None, Some(dismissal)) => format!("gone: {}", dismissal.reason.why),
        other => panic!("{other:?}"),
    }
}

fn openvex(statements: Value) -> Value {
    json!({"@context": "https://openvex.dev/ns/v0.2.0", "timestamp": "2024-01-01T00:00:00Z", "statements": statements})
}

fn not_affected(products: Value) -> Value {
    openvex(
        json!([{"vulnerability": {"name": "CVE-2024-0001"}, "products": products, "status": "not_affected",
        "justification": "vulnerable_code_not_present", "impact_statement": "never\n called"}]),
    )
}

#[test]
fn products_are_matched() {
    const GONE: &str = "gone: VEX: 0.json says not_affected: vulnerable_code_not_present: never called";
    let check = |products: Value, purl: &str, gone: bool| {
        let found = outcome(&[not_affected(products.clone())], purl, "rhel 9.4");
        assert_eq!(found, if gone { GONE } else { "" }, "{products} against {purl}");
    };
    let id = |purl: &str| json!([{"@id": purl}]);
    check(id(LODASH), LODASH, true);
    check(id("pkg:npm/lodash"), LODASH, true);
    check(id("pkg:npm/lodash@4.17.1"), LODASH, false);
    check(id("pkg:npm/%40types/lodash"), LODASH, false);
    check(id("pkg:pypi/lodash"), LODASH, false);
    check(json!([LODASH]), LODASH, true);
    check(json!([{"identifiers": {"purl": LODASH}}]), LODASH, true);
    check(json!([]), LODASH, false);
    check(id("pkg:pypi/Oslo_Utils"), "pkg:pypi/oslo-utils@1", true);
    check(id("pkg:golang/github.com/a/b@1.2.3"), "pkg:golang/github.com/a/b@v1.2.3", true);
    // Qualifiers that are left out are any; those that are said must be so.
    check(id("pkg:deb/debian/libssl3@3.0.9-1"), LIBSSL, true);
    check(id("pkg:deb/debian/libssl3?distro=debian-12"), LIBSSL, true);
    check(id("pkg:deb/debian/libssl3?distro=debian-1"), LIBSSL, false);
    check(id("pkg:deb/debian/libssl3?distro=debian-11"), LIBSSL, false);
    check(id("pkg:deb/debian/libssl3?arch=arm64"), LIBSSL, false);
    check(id("pkg:deb/ubuntu/libssl3"), LIBSSL, false);
    check(id("pkg:deb/debian/openssl"), LIBSSL, false);
    check(id("pkg:deb/debian/openssl?arch=source"), LIBSSL, true);
    check(id("pkg:rpm/redhat/glibc@2.34-1.el9?arch=src"), GLIBC, true);
    check(id("pkg:rpm/redhat/glibc-common@2.34-1.el9?epoch=0"), GLIBC, true);
    check(id("pkg:rpm/redhat/glibc-common@2.34-1.el9?epoch=1"), GLIBC, false);
    // The image, with all that is in it or a part.
    let oci = |rest: &str| format!("pkg:oci/app{rest}");
    check(id(&oci("")), LODASH, true);
    check(id(&oci(&format!("@{}", MANIFEST.replace(':', "%3A")))), LODASH, true);
    check(id(&oci("@sha256:bb")), LODASH, false);
    check(id(&oci("?repository_url=ghcr.io/acme/app&tag=1.0")), LODASH, true);
    check(id(&oci("?repository_url=ghcr.io/acme")), LODASH, true);
    check(id(&oci("?repository_url=ghcr.io/other/app")), LODASH, false);
    check(id(&oci("?tag=2.0")), LODASH, false);
    check(id("pkg:docker/acme/app@1.0"), LODASH, true);
    check(id("ghcr.io/acme/app:1.0"), LODASH, true);
    check(id("ghcr.io/acme/app:2.0"), LODASH, false);
    check(id(&format!("x@{MANIFEST}")), LODASH, true);
    check(json!([{"hashes": {"sha-256": &MANIFEST[7..]}}]), LODASH, true);
    let part = |of: &str, part: &str| json!([{"@id": of, "subcomponents": [{"@id": part}]}]);
    check(part("pkg:oci/app", "pkg:npm/lodash"), LODASH, true);
    check(part("pkg:oci/app", "pkg:npm/other"), LODASH, false);
    check(part("pkg:oci/else", "pkg:npm/lodash"), LODASH, false);
    check(part("pkg:npm/app@1.0.0", "pkg:npm/lodash"), LODASH, true);
    check(part("pkg:npm/lodash", "pkg:npm/other"), LODASH, false);
}

#[test]
fn images_of_docker_hub_have_many_names() {
    let hub = ImageIdentity { name: "docker.io/library/alpine:3.20".into(), ..ImageIdentity::default() };
    let check = |product: &str, gone: bool| {
        let text = not_affected(json!([{"@id": product}])).to_string();
        let document = Document { name: "x".into(), statements: parse(text.as_bytes()).expect("VEX") };
        let mut findings = vec![finding("CVE-2024-0001", &[], LODASH)];
        apply(&mut findings, &hub, &[], &[&document]);
        assert_eq!(findings.is_empty(), gone, "{product}");
    };
    check("pkg:oci/alpine?repository_url=docker.io/library/alpine", true);
    check("pkg:oci/alpine?repository_url=index.docker.io/library/alpine", true);
    check("pkg:oci/alpine?repository_url=https://docker.io/library/", true);
    check("pkg:oci/alpine?repository_url=docker.io", true);
    check("pkg:oci/alpine?repository_url=docker.io/other/alpine", false);
    check("pkg:docker/alpine@3.20", true);
    check("pkg:docker/library/alpine", true);
    check("pkg:docker/alpine@3.19", false);
    check("alpine:3.20", true);
    check("index.docker.io/library/alpine:3.20", true);
    check("alpine", false);
    check("ghcr.io/library/alpine:3.20", false);
}

#[test]
fn the_newest_statement_decides() {
    let said = |status: &str, time: &str, id: &str| {
        let mut statement = json!({"vulnerability": id, "products": [LODASH], "status": status});
        if !time.is_empty() {
            statement["timestamp"] = json!(format!("{time}T00:00:00Z"));
        }
        openvex(json!([statement]))
    };
    let check = |documents: &[Value], expected: &str| assert_eq!(outcome(documents, LODASH, ""), expected);
    let cve = "CVE-2024-0001";
    let (old, new) = ("2024-02-01", "2024-03-01");
    check(&[said("fixed", new, cve), said("affected", old, cve)], "gone: VEX: 0.json says fixed");
    check(&[said("fixed", old, cve), said("affected", new, "ghsa-A")], "VEX: 1.json says affected");
    check(&[said("affected", old, cve), said("fixed", old, "GHSA-a")], "gone: VEX: 1.json says fixed");
    check(&[said("affected", "", cve), said("fixed", old, cve)], "gone: VEX: 1.json says fixed");
    check(&[said("fixed", new, "CVE-2024-0002")], "");
    check(&[said("under_investigation", new, cve)], "VEX: 0.json says under_investigation");
    let one = openvex(json!([
        {"vulnerability": cve, "products": [LODASH], "status": "affected"},
        {"vulnerability": "GHSA-a", "products": [LODASH], "status": "fixed"},
    ]));
    check(&[one], "gone: VEX: 0.json says fixed");
}

#[test]
fn a_finding_is_marked() {
    let statements = |status: &str| {
        let text =
            openvex(json!([{"vulnerability": "CVE-2024-0001", "products": [LODASH], "status": status}]));
        Document { name: "x".into(), statements: parse(text.to_string().as_bytes()).expect("VEX") }
    };
    let check = |status: &str, before: FixState, after: FixState| {
        let mut findings = vec![finding("CVE-2024-0001", &[], LODASH)];
        findings[0].state = Some(before);
        let applied = apply(&mut findings, &image(""), &[], &[&statements(status)]);
        assert_eq!((findings[0].state, applied.spoken_of.as_slice()), (Some(after), [1].as_slice()));
    };
    check("under_investigation", FixState::Affected, FixState::UnderInvestigation);
    check("under_investigation", FixState::Fixed, FixState::Fixed);
    check("affected", FixState::UnderInvestigation, FixState::Affected);
    check("affected", FixState::WillNotFix, FixState::WillNotFix);
}

#[test]
fn cyclonedx_is_read() {
    let bom = |state: &str, reference: &str, versions: Value| {
        json!({"bomFormat": "CycloneDX", "specVersion": "1.5", "metadata": {"timestamp": "2024-01-01T00:00:00Z"},
            "components": [{"bom-ref": "outer", "name": "outer", "components": [
                {"bom-ref": "inner", "name": "lodash", "purl": LODASH}]}],
            "vulnerabilities": [{"id": "GHSA-x", "references": [{"id": "CVE-2024-0001"}],
                "analysis": {"state": state, "justification": "code_not_reachable", "response": ["will_not_fix"]},
                "affects": [{"ref": reference, "versions": versions}]}]})
    };
    let check = |state: &str, reference: &str, versions: Value, expected: &str| {
        assert_eq!(outcome(&[bom(state, reference, versions)], LODASH, ""), expected, "{state} {reference}");
    };
    let gone = "gone: VEX: 0.json says not_affected: code_not_reachable: will_not_fix";
    check("not_affected", "inner", json!([]), gone);
    check("false_positive", LODASH, json!([]), gone);
    check("not_affected", "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#inner", json!([]), gone);
    check(
        "not_affected",
        "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#pkg%3Anpm%2Flodash",
        json!([]),
        gone,
    );
    check(
        "not_affected",
        "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#pkg:npm/lodash@4.17.0",
        json!([]),
        gone,
    );
    check("not_affected", "outer", json!([]), "");
    check("not_affected", "pkg:npm/lodash", json!([{"version": "4.17.0"}]), gone);
    check("not_affected", "pkg:npm/lodash", json!([{"version": "4.17.1"}]), "");
    check("not_affected", "pkg:npm/lodash", json!([{"range": "vers:npm/<5"}]), "");
    check("resolved", "inner", json!([]), "gone: VEX: 0.json says fixed: code_not_reachable: will_not_fix");
    check(
        "in_triage",
        "inner",
        json!([]),
        "VEX: 0.json says under_investigation: code_not_reachable: will_not_fix",
    );
    check("exploitable", "inner", json!([]), "VEX: 0.json says affected: code_not_reachable: will_not_fix");
}

fn csaf(status: &str, platform: Value, component: Value) -> Value {
    json!({"document": {"category": "csaf_vex", "csaf_version": "2.0",
            "tracking": {"current_release_date": "2024-01-01T00:00:00+00:00"}},
        "product_tree": {
            "branches": [{"category": "vendor", "name": "V", "branches": [
                {"category": "product_name", "name": "P", "product": {"name": "P", "product_id": "P",
                    "product_identification_helper": platform}},
                {"category": "product_version", "name": "C", "product": {"name": "C", "product_id": "C",
                    "product_identification_helper": component}}]}],
            "relationships": [{"category": "default_component_of", "product_reference": "C",
                "relates_to_product_reference": "P",
                "full_product_name": {"name": "C of P", "product_id": "P:C"}}],
            "product_groups": [{"group_id": "G", "product_ids": ["P:C"]}]},
        "vulnerabilities": [{"cve": "CVE-2024-0001", "product_status": {status: ["P:C"]},
            "flags": [{"label": "component_not_present", "product_ids": ["P:C"]}],
            "threats": [{"category": "impact", "details": "No way", "group_ids": ["G"]}],
            "remediations": [{"category": "no_fix_planned", "details": "Out of support", "product_ids": ["P:C"]}]}]})
}

#[test]
fn csaf_is_read() {
    let check = |status: &str, platform: Value, component: Value, os: &str, expected: &str| {
        let document = csaf(status, platform.clone(), component);
        assert_eq!(outcome(&[document], GLIBC, os), expected, "{status} {platform} {os}");
    };
    let gone = "gone: VEX: 0.json says not_affected: component_not_present: No way";
    let rhel9 = json!({"cpe": "cpe:/o:redhat:enterprise_linux:9"});
    let glibc = json!({"purl": "pkg:rpm/redhat/glibc-common"});
    check("known_not_affected", rhel9.clone(), glibc.clone(), "rhel 9.4", gone);
    check("known_not_affected", rhel9.clone(), glibc.clone(), "rhel 8.10", "");
    check("known_not_affected", rhel9.clone(), glibc.clone(), "", "");
    check(
        "known_not_affected",
        rhel9.clone(),
        json!({"purl": "pkg:rpm/redhat/glibc?arch=src"}),
        "rhel 9.4",
        gone,
    );
    check("known_not_affected", json!({"cpe": "cpe:/a:redhat:openshift:4"}), glibc.clone(), "rhel 9.4", "");
    // A name alone says nothing to a program: whoever hands the document in means this image.
    check("known_not_affected", json!({}), json!({"purls": ["pkg:rpm/redhat/glibc-common"]}), "", gone);
    check("known_not_affected", json!({"purl": "pkg:oci/app"}), glibc.clone(), "", gone);
    check("known_not_affected", json!({"purl": "pkg:oci/else"}), glibc.clone(), "", "");
    check(
        "known_affected",
        rhel9.clone(),
        glibc.clone(),
        "rhel 9.4",
        "VEX: 0.json says affected: no_fix_planned: Out of support",
    );
    let sles = |cpe: &str| json!({"cpe": format!("cpe:/o:suse:{cpe}")});
    let any = json!({"purl": "pkg:rpm/glibc-common"});
    check("known_not_affected", sles("sles:15:sp5"), any.clone(), "sles 15.5", gone);
    check("known_not_affected", sles("sles:15:sp4"), any.clone(), "sles 15.5", "");
    check("known_not_affected", sles("sles:15"), any.clone(), "sles 15.5", "");
    check("known_not_affected", sles("sle-module-basesystem:15:sp5"), any.clone(), "sles 15.5", gone);
    check("known_not_affected", json!({"cpe": "cpe:/o:opensuse:leap:15.5"}), any, "opensuse-leap 15.5", gone);
    // SUSE publishes documents about vulnerabilities that touch none of its products.
    assert_eq!(parse(br#"{"document":{"csaf_version":"2.0"}}"#), Ok(Vec::new()));
    check("fixed", rhel9.clone(), json!({"purl": "pkg:rpm/redhat/glibc-common@2.34-2.el9"}), "rhel 9.4", "");
    check("under_investigation", rhel9, glibc, "rhel 9.4", "VEX: 0.json says under_investigation");
}

#[test]
fn attestations_are_opened() {
    use base64::Engine;
    let inner = openvex(json!([{"vulnerability": "CVE-2024-0001", "status": "fixed"}]));
    let statement = |predicate: Value| {
        json!({"_type": "https://in-toto.io/Statement/v0.1", "predicateType": "https://openvex.dev/ns/v0.2.0",
            "subject": [{"name": "ghcr.io/acme/app", "digest": {"sha256": &MANIFEST[7..]}}], "predicate": predicate})
    };
    let envelope = |text: String| {
        let payload = base64::engine::general_purpose::STANDARD.encode(text);
        json!({"payloadType": "application/vnd.in-toto+json", "payload": payload, "signatures": []})
    };
    let gone = "gone: VEX: 0.json says fixed";
    assert_eq!(outcome(&[statement(inner.clone())], LODASH, ""), gone);
    assert_eq!(outcome(&[envelope(statement(inner.clone()).to_string())], LODASH, ""), gone);
    assert_eq!(outcome(&[statement(json!({"Data": inner.to_string()}))], LODASH, ""), gone);
    let bundle = json!({"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "dsseEnvelope": envelope(statement(inner.clone()).to_string())});
    assert_eq!(outcome(&[bundle], LODASH, ""), gone);
    let mut wrapped = inner;
    for _ in 0..9 {
        wrapped = envelope(wrapped.to_string());
    }
    assert!(matches!(parse(wrapped.to_string().as_bytes()), Err(VexError::Invalid(_))));
}

#[test]
fn other_documents_are_refused() {
    let check = |text: &str, expected: &str| {
        let error = parse(text.as_bytes()).expect_err(text).to_string();
        assert!(error.contains(expected), "{text}: {error}");
    };
    check("", "not JSON");
    check("hello", "not JSON");
    check("[]", "neither OpenVEX");
    check("{}", "neither OpenVEX");
    check(r#"{"bomFormat":"CycloneDX","vulnerabilities":[]}"#, "neither OpenVEX");
    check(r#"{"bomFormat":"CycloneDX","components":[]}"#, "neither OpenVEX");
    check(r#"{"@context":"https://openvex.dev/ns"}"#, "without statements");
    check(
        r#"{"@context":"https://openvex.dev/ns","statements":[{"status":"maybe"}]}"#,
        "statements[0]: there is no status `maybe`",
    );
    check(
        r#"{"@context":"https://openvex.dev/ns","statements":[{"status":"fixed"}]}"#,
        "names no vulnerability",
    );
    check(r#"{"payload":"%","payloadType":"x"}"#, "not base64");
    check(r#"{"payload":"e30=","payloadType":"x"}"#, "neither OpenVEX");
}

proptest! {
    #[test]
    fn any_bytes_are_refused_or_read(bytes: Vec<u8>) {
        let _ = parse(&bytes);
    }

    #[test]
    fn damaged_documents_are_refused_or_read(kind in 0..3_usize, at in 0.0..1.0_f64, byte: u8) {
        let document = match kind {
            0 => not_affected(json!([{"@id": LODASH, "subcomponents": [GLIBC]}])),
            1 => csaf("fixed", json!({"cpe": "cpe:/o:redhat:enterprise_linux:9"}), json!({"purl": GLIBC})),
            _ => json!({"bomFormat": "CycloneDX", "vulnerabilities": [
                {"id": "x", "analysis": {"state": "resolved"}, "affects": [{"ref": "urn:cdx:x/1#pkg%3A"}]}]}),
        };
        let mut bytes = document.to_string().into_bytes();
        let at = ((bytes.len() - 1) as f64 * at) as usize;
        bytes[at] = byte;
        if let Ok(statements) = parse(&bytes) {
            let mut findings = vec![finding("CVE-2024-0001", &[], LODASH), finding("x", &[], GLIBC)];
            let _ = apply(&mut findings, &image("rhel 9"), &[], &[&Document { name: String::new(), statements }]);
        }
    }
}
