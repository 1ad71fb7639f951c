//! Matching components one by one gives what matching whole images gives.

use super::*;
use crate::platform::views::joined;
use crate::{Assessment, Scanned, image_report};
use plimsoll_model::{ImageConfig, ImageManifest, RiskKind, Source};

/// `id version[ like…]`, a release.
fn os(id: &str, version: &str, like: &[&str], cpe: Option<&str>) -> OsRelease {
    OsRelease {
        id: id.into(),
        version_id: Some(version.into()),
        like: like.iter().map(|like| (*like).to_owned()).collect(),
        cpe_name: cpe.map(str::to_owned),
        ..OsRelease::default()
    }
}

/// A number that looks like chance, and is the same each time (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % sides as u64) as usize
    }
}

const SYSTEM: &[&str] = &[
    "openssl",
    "curl",
    "zlib",
    "glibc",
    "busybox",
    "musl",
    "expat",
    "libxml2",
    "python3",
    "bash",
    "tar",
    "gzip",
    "krb5",
    "systemd",
    "sqlite",
    "nginx",
    "git",
    "perl",
    "libssh2",
    "gnutls28",
    "openssh",
    "linux-libc-dev",
    "vim",
];
const LANGUAGE: &[(PurlType, &str, &str, &str)] = &[
    (PurlType::Npm, "", "lodash", "4.17.15"),
    (PurlType::Npm, "", "minimist", "1.2.0"),
    (PurlType::Npm, "@angular", "core", "10.0.0"),
    (PurlType::Pypi, "", "Jinja2", "2.10"),
    (PurlType::Pypi, "", "cryptography", "2.3"),
    (PurlType::Pypi, "", "urllib3", "1.24.1"),
    (PurlType::Golang, "", "stdlib", "go1.19.3"),
    (PurlType::Golang, "golang.org/x", "net", "v0.1.0"),
    (PurlType::Maven, "org.apache.logging.log4j", "log4j-core", "2.14.1"),
    (PurlType::Maven, "org.springframework", "spring-beans", "5.3.17"),
    (PurlType::Cargo, "", "openssl", "0.9.0"),
    (PurlType::Gem, "", "nokogiri", "1.10.0-x86_64-linux"),
    (PurlType::Composer, "symfony", "symfony", "4.0.0"),
    (PurlType::Nuget, "", "System.Text.Encodings.Web", "4.5.0"),
    (PurlType::Generic, "", "node", "16.0.0"),
    (PurlType::Bitnami, "", "nginx", "1.20.0-3"),
];
const VERSIONS: &[&str] =
    &["0.1", "1.0-1", "1.2.11-r0", "3.0.1-1", "7.61.1-1.el9", "2:8.2-1", "1.1.1f-1ubuntu2+esm1", "2.36-9"];

/// Contents of some image: packages of every kind, some of them brought by others, some buried.
fn contents(os: Option<OsRelease>, kind: PurlType, dice: &mut Dice) -> Contents {
    let mut components = Vec::new();
    for number in 0..40_u32 {
        let system = dice.roll(2) == 0;
        let component = if system {
            let name = SYSTEM[dice.roll(SYSTEM.len())];
            let mut component = Component::new(kind, "", name, VERSIONS[dice.roll(VERSIONS.len())]);
            component.arch = Some(["amd64", "x86_64", "noarch"][dice.roll(3)].into());
            component.vendor = [None, Some("Fedora Project"), Some("Red Hat, Inc."), Some("Example Corp")]
                [dice.roll(4)]
            .map(str::to_owned);
            component.source =
                (dice.roll(3) > 0).then(|| Source { name: name.into(), version: component.version.clone() });
            component
        } else {
            let (kind, namespace, name, version) = LANGUAGE[dice.roll(LANGUAGE.len())];
            let mut component = Component::new(kind, namespace, name, version);
            component.cpes = if name == "node" { vec!["nodejs:node.js".into()] } else { Vec::new() };
            component.licenses = vec!["MIT".into(); dice.roll(2)];
            component
        };
        components.push(Installed {
            component,
            found_by: "test".into(),
            paths: vec![format!("/a/{number}"), format!("/app.jar!/{number}")],
            layer: dice.roll(4) as u32,
            owned_by: None,
            present: dice.roll(8) > 0,
        });
    }
    let owners: Vec<u32> = (0_u32..)
        .zip(&components)
        .filter(|(_, one)| one.component.kind.is_os())
        .map(|(index, _)| index)
        .collect();
    for installed in &mut components {
        if !owners.is_empty() && dice.roll(3) == 0 {
            installed.owned_by = Some(owners[dice.roll(owners.len())]);
        }
    }
    let channels = [&[][..], &["esm-apps"], &["rhel-9-for-x86_64-baseos-eus-rpms"]][dice.roll(3)];
    Contents {
        os,
        components,
        channels: channels.iter().map(|channel| (*channel).to_owned()).collect(),
        ..Contents::default()
    }
}

#[test]
fn components_one_by_one_are_the_image() {
    let folder = tempfile::tempdir().expect("a folder");
    let starter = plimsoll_feeds::starter(folder.path()).expect("the starter database");
    let database = Database::open(&starter).expect("a database");
    let systems = [
        (Some(os("debian", "12", &[], None)), PurlType::Deb),
        (Some(os("ubuntu", "20.04", &["debian"], None)), PurlType::Deb),
        (Some(os("alpine", "3.18.4", &[], None)), PurlType::Apk),
        (Some(os("almalinux", "9.2", &["rhel", "centos", "fedora"], None)), PurlType::Rpm),
        (Some(os("rhel", "9.2", &["fedora"], Some("cpe:/o:redhat:rhel_eus:9.2"))), PurlType::Rpm),
        (Some(os("unheard-of", "1", &["debian"], None)), PurlType::Deb),
        (None, PurlType::Deb),
    ];
    let (mut found, mut dice) = (0, Dice(7));
    for round in 0..12 {
        for (os, kind) in &systems {
            let contents = contents(os.clone(), *kind, &mut dice);
            found += check(&database, contents, &format!("round {round} {os:?}"));
        }
    }
    assert!(found > 500, "only {found} findings were compared");
}

/// Both ways give the same findings with every detail; how many.
fn check(database: &Database, contents: Contents, what: &str) -> usize {
    let manifest = ImageManifest {
        name: "app".into(),
        digest: None,
        config_digest: None,
        platform: None,
        config: ImageConfig::default(),
        layers: Vec::new(),
        annotations: BTreeMap::new(),
    };
    let scanned = Scanned { manifest, layers: Vec::new(), contents, layers_read: 0 };
    let report = |kinds: &[RiskKind]| {
        let assessment = Assessment { database: Some(database), kinds, ..Assessment::default() };
        image_report(&scanned, &assessment).expect("a report")
    };
    let whole = report(&[RiskKind::Vulnerability]);
    // What is kept and read again.
    let kept = serde_json::to_string(&report(&[RiskKind::Secret])).expect("JSON");
    let kept: ImageReport = serde_json::from_str(&kept).expect("a report");
    let subjects = Subject::all(&contents_of(&kept));
    assert_eq!(subjects, Subject::all(&scanned.contents), "{what}");
    let stored = serde_json::to_string(&subjects).expect("JSON");
    let subjects: Vec<Subject> = serde_json::from_str(&stored).expect("subjects");
    let findings = findings_of(database, &subjects).expect("findings");
    let numbers: Vec<i64> = (0..subjects.len() as i64).collect();
    let known: HashMap<i64, Vec<Finding>> = numbers.iter().copied().zip(findings).collect();
    let mut joined = joined(kept, &numbers, &known).findings;
    let mut expected = whole.findings;
    let order = |finding: &Finding| (finding.id.clone(), finding.component.clone(), finding.evidence.clone());
    joined.sort_by_cached_key(order);
    expected.sort_by_cached_key(order);
    let shown = |findings: &[Finding]| -> Vec<String> {
        findings
            .iter()
            .map(|one| format!("{} {:?} {:?} {:?}", one.id, one.component, one.severity, one.fixed))
            .collect()
    };
    assert_eq!(shown(&joined), shown(&expected), "{what}");
    assert_eq!(joined, expected, "{what}");
    expected.len()
}
