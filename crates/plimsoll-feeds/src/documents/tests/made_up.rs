//! Small documents in the forms no sample shows.

use super::Found;

pub(super) const ALL: &[&str] =
    &[RED_HAT_OVAL, AZURE_OVAL, ERRATA, APOLLO, APOLLO_2, BODHI, UPDATEINFO, CSAF_MODULE, CVRF];

fn check(at: &str, document: &str, expected: &[&str]) {
    let found = Found::of(at, document.as_bytes());
    assert_eq!(
        (found.lines(), found.refused),
        (expected.iter().map(|line| (*line).to_owned()).collect(), vec![])
    );
}

const RED_HAT_OVAL: &str = r#"<oval_definitions xmlns:red-def="x"><definitions>
  <definition class="patch" id="oval:com.redhat.rhsa:def:20241234">
   <metadata><title>RHSA-2024:1234: nodejs:18 security update (Important)</title>
    <affected family="unix"><platform>Red Hat Enterprise Linux 8</platform></affected>
    <reference ref_id="RHSA-2024:1234" source="RHSA"/><reference ref_id="CVE-2024-0001" source="CVE"/>
    <advisory><severity>Important</severity><issued date="2024-01-02"/><updated date="2024-01-03"/>
     <cve cvss3="7.5/CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H">CVE-2024-0001</cve>
     <affected_cpe_list><cpe>cpe:/a:redhat:enterprise_linux:8</cpe><cpe>cpe:/a:redhat:enterprise_linux:8::appstream</cpe></affected_cpe_list>
    </advisory></metadata>
   <criteria operator="OR"><criterion comment="Red Hat Enterprise Linux must be installed" test_ref="t:1"/>
    <criteria operator="AND"><criterion comment="Module nodejs:18 is enabled" test_ref="t:2"/>
     <criteria operator="OR"><criterion comment="Red Hat Enterprise Linux 8 is installed" test_ref="t:3"/><criterion comment="Red Hat CoreOS 4 is installed" test_ref="t:8"/></criteria>
     <criteria operator="OR"><criteria operator="AND">
       <criterion comment="nodejs is earlier than 1:18.19-1.module+el8.9.0+1+a" test_ref="t:4"/>
       <criterion comment="nodejs is signed with Red Hat redhatrelease2 key" test_ref="t:5"/></criteria></criteria>
    </criteria></criteria></definition>
  <definition class="vulnerability" id="oval:com.redhat.cve:def:20240002">
   <metadata><title>CVE-2024-0002 jasper: overflow (low)</title><reference ref_id="CVE-2024-0002" source="CVE"/>
    <advisory><severity>Low</severity><cve>CVE-2024-0002</cve>
     <affected><resolution state="Will not fix"><component>jasper</component></resolution>
      <resolution state="Out of support scope"><component>jasper-libs</component></resolution></affected>
     <affected_cpe_list><cpe>cpe:/o:redhat:enterprise_linux:8</cpe></affected_cpe_list></advisory></metadata>
   <criteria operator="AND"><criterion comment="Red Hat Enterprise Linux 8 is installed" test_ref="t:3"/>
    <criteria operator="OR"><criterion comment="jasper is installed" test_ref="t:6"/>
     <criterion comment="jasper-libs is installed" test_ref="t:7"/></criteria></criteria></definition>
  <definition class="vulnerability" id="oval:com.redhat.unaffected:def:20240003">
   <metadata><title>Unaffected components for: CVE-2024-0003 (low)</title>
    <reference ref_id="CVE-2024-0003" source="CVE"/>
    <advisory><cve>CVE-2024-0003</cve><affected_cpe_list><cpe>cpe:/o:redhat:rhel_eus:8.6</cpe></affected_cpe_list></advisory></metadata>
   <criteria operator="AND"><criterion comment="Red Hat Enterprise Linux 8 is installed" test_ref="t:3"/>
    <criterion comment="jasper is installed" test_ref="t:6"/></criteria></definition>
 </definitions>
 <tests><red-def:rpminfo_test id="t:4" comment="c"><red-def:object object_ref="o:1"/><red-def:state state_ref="s:1"/></red-def:rpminfo_test></tests>
 <objects><red-def:rpminfo_object id="o:1"><red-def:name>nodejs</red-def:name></red-def:rpminfo_object></objects>
 <states><red-def:rpminfo_state id="s:1"><red-def:arch operation="pattern match">aarch64|x86_64</red-def:arch>
  <red-def:evr datatype="evr_string" operation="less than">1:18.19-1.module+el8.9.0+1+a</red-def:evr></red-def:rpminfo_state></states>
</oval_definitions>"#;

#[test]
fn oval_of_red_hat() {
    check(
        "rhel-8-including-unpatched.oval.xml",
        RED_HAT_OVAL,
        &[
            "RHSA-2024:1234 Red Hat nodejs: enterprise_linux:8 Binary < 1:18.19-1.module+el8.9.0+1+a aarch64,x86_64 [nodejs:18]",
            "CVE-2024-0002 Red Hat jasper: enterprise_linux:8 Binary WillNotFix *",
            "CVE-2024-0002 Red Hat jasper-libs: enterprise_linux:8 Binary EndOfLife *",
            "CVE-2024-0003 Red Hat jasper: rhel_eus:8.6 Binary NotAffected *",
        ],
    );
}

const AZURE_OVAL: &str = r#"<oval_definitions><definitions>
 <definition class="vulnerability" id="oval:com.microsoft.azurelinux:def:1"><metadata>
   <title>CVE-2024-0001 affecting package vim for versions less than 9.1-1</title>
   <affected family="unix"><platform>Azure Linux</platform></affected>
   <reference ref_id="CVE-2024-0001" source="CVE"/><patchable>true</patchable><severity>High</severity>
   <advisory_date>2024-05-01T00:00:00Z</advisory_date></metadata>
  <criteria operator="AND"><criterion comment="Package vim is earlier than 9.1-1, affected by CVE-2024-0001" test_ref="t:1"/></criteria></definition>
 <definition class="vulnerability" id="oval:com.microsoft.azurelinux:def:2"><metadata>
   <title>CVE-2024-0002 affecting package gcc</title><affected family="unix"><platform>Azure Linux</platform></affected>
   <reference ref_id="CVE-2024-0002" source="CVE"/><patchable>false</patchable></metadata>
  <criteria operator="AND"><criterion comment="Package gcc is installed with version 13 or earlier" test_ref="t:2"/></criteria></definition>
 </definitions>
 <tests><linux:rpminfo_test id="t:1"><linux:object object_ref="o:1"/><linux:state state_ref="s:1"/></linux:rpminfo_test>
  <linux:rpminfo_test id="t:2"><linux:object object_ref="o:2"/><linux:state state_ref="s:2"/></linux:rpminfo_test></tests>
 <objects><linux:rpminfo_object id="o:1"><linux:name>vim</linux:name></linux:rpminfo_object>
  <linux:rpminfo_object id="o:2"><linux:name>gcc</linux:name></linux:rpminfo_object></objects>
 <states><linux:rpminfo_state id="s:1"><linux:evr datatype="evr_string" operation="less than">0:9.1-1.azl3</linux:evr></linux:rpminfo_state>
  <linux:rpminfo_state id="s:2"><linux:evr datatype="evr_string" operation="less than or equal">0:13-1.azl3</linux:evr></linux:rpminfo_state></states>
</oval_definitions>"#;

#[test]
fn oval_of_azure_linux() {
    check(
        "azurelinux-3.0-oval.xml",
        AZURE_OVAL,
        &[
            "CVE-2024-0001 Azure Linux vim: 3 Source < 9.1-1.azl3",
            "CVE-2024-0002 Azure Linux gcc: 3 Source Affected <= 13-1.azl3",
        ],
    );
}

const ERRATA: &str = r#"{"data": [
 {"id": "ALSA-2024:1", "type": "security", "severity": "Important", "title": "Important: nodejs:18 security update",
  "issued_date": 1704067200, "updated_date": 1704153600, "references": [{"id": "CVE-2024-0001", "type": "cve"}, {"id": "RHSA-2024:1", "type": "rhsa"}],
  "modules": [{"name": "nodejs", "stream": "18"}],
  "packages": [{"name": "nodejs", "epoch": "1", "version": "18.19", "release": "1.module_el8.9.0+1+a", "arch": "x86_64"},
   {"name": "nodejs", "epoch": "1", "version": "18.19", "release": "1.module_el8.9.0+1+a", "arch": "src"}]},
 {"id": "ALBA-2024:2", "type": "bugfix", "references": []}]}"#;

const APOLLO: &str = r#"{"advisories": [{"name": "RLSA-2024:1", "kind": "SECURITY", "severity": "IMPORTANT",
 "published_at": "2024-01-02T00:00:00Z", "synopsis": "Important: bash security update",
 "cves": [{"cve": "CVE-2024-0001", "cvss3_scoring_vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}],
 "packages": [{"nevra": "bash-0:5.1.8-9.el9.x86_64", "module_name": null}, {"nevra": "bash-0:5.1.8-9.el9.src"}]}]}"#;

const APOLLO_2: &str = r#"{"advisories": [{"type": "TYPE_SECURITY", "name": "RLSA-2022:1", "severity": "SEVERITY_LOW",
 "cves": [{"name": "CVE-2022-0001"}], "publishedAt": "2022-01-02T00:00:00Z",
 "rpms": {"Rocky Linux 8": {"nvras": ["tar-2:1.30-5.el8.noarch.rpm"]}}}]}"#;

const BODHI: &str = r#"{"updates": [{"alias": "FEDORA-2024-1", "type": "security", "status": "stable", "severity": "high",
 "date_pushed": "2024-01-02 03:04:05", "release": {"id_prefix": "FEDORA", "version": "39"},
 "builds": [{"nvr": "vim-9.1-1.fc39", "epoch": 2}], "bugs": [{"title": "CVE-2024-0001 vim: overflow"}]},
 {"alias": "FEDORA-EPEL-2024-1", "type": "security", "status": "stable", "release": {"id_prefix": "FEDORA-EPEL", "version": "9"},
 "builds": [{"nvr": "nginx-1.20-2.el9"}], "notes": "Fixes CVE-2024-0002"},
 {"alias": "FEDORA-2024-2", "type": "security", "status": "testing", "release": {"id_prefix": "FEDORA", "version": "39"}}]}"#;

#[test]
fn json_of_rebuilders_and_fedora() {
    check(
        "errata.almalinux.org/8/errata.full.json",
        ERRATA,
        &["ALSA-2024:1 AlmaLinux nodejs: 8 Binary < 1:18.19-1.module_el8.9.0+1+a x86_64 [nodejs:18]"],
    );
    check("apollo.json", APOLLO, &["RLSA-2024:1 Rocky Linux bash: 9 Binary < 5.1.8-9.el9 x86_64"]);
    check("apollo.json", APOLLO_2, &["RLSA-2022:1 Rocky Linux tar: 8 Binary < 2:1.30-5.el8 noarch"]);
    check(
        "bodhi.json",
        BODHI,
        &[
            "FEDORA-2024-1 Fedora vim: 39 Source < 2:9.1-1.fc39",
            "FEDORA-EPEL-2024-1 EPEL nginx: 9 Source < 1.20-2.el9",
        ],
    );
}

const UPDATEINFO: &str = r#"<?xml version="1.0"?><updates>
 <update from="x" status="stable" type="security"><id>RLSA-2024:1</id><title>Important: php:8.1 security update</title>
  <severity>Important</severity><issued date="2024-01-02 03:04:05"/>
  <references><reference type="cve" id="CVE-2024-0001" title="CVE-2024-0001"/></references>
  <pkglist><collection short="x"><name>x</name><module stream="8.1" name="php" version="8080" context="ab" arch="x86_64"/>
   <package name="php-cli" arch="x86_64" version="8.1.27" release="1.module+el8.9.0+1+a" epoch="0"/>
   <package name="php" arch="src" version="8.1.27" release="1.module+el8.9.0+1+a" epoch="0"/></collection></pkglist></update>
 <update type="bugfix"><id>RLBA-2024:2</id></update>
 <update type="security"><id>XYZ-1</id><pkglist><collection><package name="a" arch="x86_64" version="1" release="1.el9"/></collection></pkglist></update>
</updates>"#;

#[test]
fn updateinfo_with_modules_and_of_nobody_we_know() {
    let found = Found::of("x/updateinfo.xml", UPDATEINFO.as_bytes());
    assert_eq!(
        found.lines(),
        ["RLSA-2024:1 Rocky Linux php-cli: 8 Binary < 8.1.27-1.module+el8.9.0+1+a x86_64 [php:8.1]"]
    );
    assert_eq!(
        found.refused,
        ["XYZ-1 names no release of a known distribution, nor does the path x/updateinfo.xml"]
    );
    assert_eq!(found.left, [super::Left::NotSecurity]);
}

/// Modules as products between the package and the release, and a flaw that only one of the packages has.
const CSAF_MODULE: &str = r#"{"document": {"category": "csaf_security_advisory", "csaf_version": "2.0", "publisher": {"name": "Red Hat Product Security"},
 "aggregate_severity": {"text": "Important"}, "tracking": {"id": "RHSA-2024:2", "current_release_date": "2024-01-02T00:00:00Z"}},
 "product_tree": {"branches": [{"branches": [
   {"product": {"name": "RHEL", "product_id": "AppStream-8.9", "product_identification_helper": {"cpe": "cpe:/a:redhat:enterprise_linux:8::appstream"}}},
   {"product": {"name": "ct:rhel8", "product_id": "ct:rhel8:8090020240101:ab", "product_identification_helper": {"purl": "pkg:rpmmod/redhat/ct@rhel8:8090020240101"}}},
   {"product": {"name": "podman", "product_id": "podman-4:4.6-1.el8.x86_64", "product_identification_helper": {"purl": "pkg:rpm/redhat/podman@4.6-1.module%2Bel8.9.0%2B1?arch=x86_64&epoch=4"}}},
   {"product": {"name": "runc", "product_id": "runc-1:1.1-1.el8.x86_64", "product_identification_helper": {"purl": "pkg:rpm/redhat/runc@1.1-1.module%2Bel8.9.0%2B1?arch=x86_64&epoch=1"}}}]}],
  "relationships": [
   {"product_reference": "ct:rhel8:8090020240101:ab", "relates_to_product_reference": "AppStream-8.9", "full_product_name": {"name": "m", "product_id": "AppStream-8.9:ct:rhel8:8090020240101:ab"}},
   {"product_reference": "podman-4:4.6-1.el8.x86_64", "relates_to_product_reference": "AppStream-8.9:ct:rhel8:8090020240101:ab", "full_product_name": {"name": "p", "product_id": "P"}},
   {"product_reference": "runc-1:1.1-1.el8.x86_64", "relates_to_product_reference": "AppStream-8.9:ct:rhel8:8090020240101:ab", "full_product_name": {"name": "r", "product_id": "R"}}]},
 "vulnerabilities": [{"cve": "CVE-2024-0001", "product_status": {"fixed": ["P", "R"]}},
  {"cve": "CVE-2024-0002", "product_status": {"fixed": ["P"], "known_not_affected": ["R"]}},
  {"cve": "CVE-2024-0003", "product_status": {"fixed": ["P", "R"]}}]}"#;

#[test]
fn flaws_of_an_advisory_that_other_packages_fix_are_records_apart() {
    let fixed = "RHSA-2024:2 Red Hat podman: enterprise_linux:8::appstream Binary < 4:4.6-1.module+el8.9.0+1 x86_64 [ct:rhel8]";
    let runc = "RHSA-2024:2 Red Hat runc: enterprise_linux:8::appstream Binary";
    let (also, never) = (
        format!("{runc} < 1:1.1-1.module+el8.9.0+1 x86_64 [ct:rhel8]"),
        format!("{runc} NotAffected = 1:1.1-1.module+el8.9.0+1 x86_64 [ct:rhel8]"),
    );
    check("rhsa-2024_2.json", CSAF_MODULE, &[fixed, &also, fixed, &never]);
    let found = Found::of("rhsa-2024_2.json", CSAF_MODULE.as_bytes());
    let flaws: Vec<_> = found.records.iter().map(|record| record.vulnerabilities.join(" ")).collect();
    assert_eq!(flaws, ["CVE-2024-0001 CVE-2024-0003", "CVE-2024-0002"]);
}

const CVRF: &str = r#"<cvrfdoc xmlns="x"><DocumentTitle>t</DocumentTitle>
 <DocumentPublisher><IssuingAuthority>SUSE Security Team</IssuingAuthority></DocumentPublisher>
 <DocumentTracking><Identification><ID>SUSE-SU-2024:1-1</ID></Identification><CurrentReleaseDate>2024-01-02T00:00:00Z</CurrentReleaseDate></DocumentTracking>
 <ProductTree><Branch Type="Product Name"><FullProductName ProductID="L">openSUSE Leap 15.6</FullProductName></Branch>
  <Branch Type="Product Version"><FullProductName ProductID="a-1-2.1">a-1-2.1</FullProductName></Branch>
  <Relationship ProductReference="a-1-2.1" RelatesToProductReference="L"><FullProductName ProductID="L:a">x</FullProductName></Relationship></ProductTree>
 <Vulnerability><CVE>CVE-2024-0001</CVE><ProductStatuses><Status Type="Fixed"><ProductID>L:a</ProductID></Status></ProductStatuses>
  <Threats><Threat Type="Impact"><Description>low</Description></Threat></Threats></Vulnerability>
 <Vulnerability><CVE>CVE-2024-0002</CVE><ProductStatuses><Status Type="Fixed"><ProductID>L:a</ProductID></Status></ProductStatuses>
  <Threats><Threat Type="Impact"><Description>important</Description></Threat></Threats></Vulnerability></cvrfdoc>"#;

#[test]
fn cvrf_of_suse() {
    check("cvrf-suse.xml", CVRF, &["SUSE-SU-2024:1-1 openSUSE a: Leap 15.6 Binary < 1-2.1"]);
    let found = Found::of("cvrf-suse.xml", CVRF.as_bytes());
    assert_eq!(found.records[0].vulnerabilities, ["CVE-2024-0001", "CVE-2024-0002"]);
    assert_eq!(found.records[0].ratings[0].value, "important");
}
