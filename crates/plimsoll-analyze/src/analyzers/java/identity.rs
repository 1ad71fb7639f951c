//! Which Maven artifact an archive is, from what lies in it and from its file name.

use super::Coordinates;
use super::groups::group;
use super::manifest::Manifest;
use plimsoll_model::Component;

/// What Maven builds append to a file name behind the version (POM reference, "classifier"), for the artifacts people
/// run.
const CLASSIFIERS: &[&str] = &[
    "all",
    "agent",
    "assembly",
    "boot",
    "bundle",
    "client",
    "dist",
    "exec",
    "executable",
    "fat",
    "hadoop2",
    "hadoop3",
    "jar-with-dependencies",
    "javadoc",
    "linux",
    "native",
    "no_aop",
    "noaop",
    "nohive",
    "osx",
    "plain",
    "runner",
    "server",
    "shaded",
    "shadow",
    "sources",
    "standalone",
    "tests",
    "test-sources",
    "uber",
    "uberjar",
    "windows",
];

/// One `META-INF/maven/group/artifact` folder of an archive.
#[derive(Debug)]
pub(super) struct StatedPom {
    folder: String,
    path: String,
    coordinates: Option<Coordinates>,
    licenses: Vec<String>,
}

/// What an archive is, and what was copied into it.
#[derive(Debug, Default)]
pub(super) struct Identity {
    pub own: Option<Component>,
    /// Artifacts merged into it (shaded), each with the path of the file that names it.
    pub embedded: Vec<(String, Component)>,
}

impl StatedPom {
    /// Adds what a file of a folder says: pom.properties goes before pom.xml, only pom.xml names licences.
    pub fn add(
        poms: &mut Vec<StatedPom>,
        folder: String,
        path: String,
        coordinates: Option<Coordinates>,
        licenses: Vec<String>,
    ) {
        let is_properties = path.ends_with(".properties");
        // The two files of a folder lie beside each other in nearly every archive.
        let Some(pom) = poms.iter_mut().rev().take(8).find(|pom| pom.folder == folder) else {
            poms.push(StatedPom { folder, path, coordinates, licenses });
            return;
        };
        if coordinates.is_some() && (is_properties || pom.coordinates.is_none()) {
            (pom.path, pom.coordinates) = (path, coordinates);
        }
        pom.licenses.extend(licenses);
    }
}

/// Says what an archive is.
pub(super) fn identify(file_name: &str, manifest: &Manifest, poms: Vec<StatedPom>) -> Identity {
    let stem = file_name.rsplit_once('.').map_or(file_name, |(stem, _)| stem);
    let mut identity = Identity::default();
    let stated: Vec<&Coordinates> = poms.iter().filter_map(|pom| pom.coordinates.as_ref()).collect();
    let own = own_pom(stem, manifest, &stated).cloned();
    for pom in poms {
        let Some(coordinates) = pom.coordinates else { continue };
        if own.as_ref() == Some(&coordinates) && identity.own.is_none() {
            let licenses = if pom.licenses.is_empty() { licenses(manifest) } else { pom.licenses };
            identity.own = Some(coordinates.component(licenses));
        } else {
            identity.embedded.push((pom.path, coordinates.component(pom.licenses)));
        }
    }
    if identity.own.is_none() {
        let own = plugin(manifest).or_else(|| by_manifest_or_name(stem, manifest));
        identity.own = own.map(|own| own.component(licenses(manifest)));
    }
    identity
}

/// Of the poms in an archive, the one of the archive itself: a shaded one holds those of its dependencies too.
fn own_pom<'a>(stem: &str, manifest: &Manifest, poms: &[&'a Coordinates]) -> Option<&'a Coordinates> {
    let by_name = poms.iter().filter(|pom| is_named(stem, pom)).max_by_key(|pom| pom.artifact.len());
    if let Some(pom) = by_name {
        return Some(pom);
    }
    let title = [manifest.value("Implementation-Title"), manifest.bare("Bundle-SymbolicName")];
    let by_title = poms.iter().find(|pom| title.iter().flatten().any(|title| is_titled(title, pom)));
    if let Some(pom) = by_title {
        return Some(pom);
    }
    // A single pom is the archive's own when the archive was renamed (`app.jar`) or has its version in its name.
    match poms {
        [pom] if stem.contains(&pom.version) || split(stem, &[]).is_none() => Some(pom),
        _ => None,
    }
}

/// Is this the file name a build gives the artifact: `artifact`, `artifact-version`, `artifact-version-classifier`,
/// `artifact-classifier`?
fn is_named(stem: &str, pom: &Coordinates) -> bool {
    let Some(rest) = stem.strip_prefix(pom.artifact.as_str()) else { return false };
    let Some(rest) = rest.strip_prefix(['-', '_', '.']) else { return rest.is_empty() };
    rest.starts_with(|c: char| c.is_ascii_digit()) || rest.starts_with(&pom.version) || is_classifier(rest)
}

fn is_titled(title: &str, pom: &Coordinates) -> bool {
    let whole = title.strip_prefix(pom.group.as_str()).and_then(|rest| rest.strip_prefix(['.', ':']));
    title == pom.artifact || whole == Some(pom.artifact.as_str())
}

/// A Jenkins plugin (Jenkins developer guide, "Plugin manifest"): the manifest is generated and complete.
fn plugin(manifest: &Manifest) -> Option<Coordinates> {
    let version = manifest.value("Plugin-Version")?.split_whitespace().next()?;
    let name = manifest.value("Short-Name").or(manifest.value("Extension-Name"))?;
    Coordinates::new(manifest.value("Group-Id").unwrap_or("org.jenkins-ci.plugins"), name, version)
}

fn by_manifest_or_name(stem: &str, manifest: &Manifest) -> Option<Coordinates> {
    let implementation = manifest.value("Implementation-Version").and_then(clean_version);
    let stated =
        ["Bundle-Version", "Specification-Version"].map(|name| manifest.value(name).and_then(clean_version));
    let stated = implementation.or(stated[0]).or(stated[1]);

    let of_file = split(stem, &[implementation, stated]);
    let title = manifest.value("Implementation-Title").filter(|title| is_artifact(title));
    let symbolic = manifest.bare("Bundle-SymbolicName").and_then(known_suffix);

    let known_title = title.filter(|title| group(title, stated.unwrap_or("")).is_some());
    // What the manifest says goes before the file name when it is an artifact that exists.
    let (artifact, version) = match (symbolic.or(known_title), of_file) {
        (Some(artifact), Some((name, version))) if artifact == name => {
            (artifact, implementation.unwrap_or(version))
        }
        (Some(artifact), of_file) if of_file.is_none_or(|(name, version)| group(name, version).is_none()) => {
            (artifact, stated.or(of_file.map(|(_, version)| version))?)
        }
        (_, Some((name, version))) => {
            (name, if title == Some(name) { implementation.unwrap_or(version) } else { version })
        }
        (_, None) => (title.or(Some(stem).filter(|stem| is_artifact(stem)))?, stated?),
    };
    let group = group(artifact, version).or_else(|| stated_group(artifact, manifest)).unwrap_or("");
    Coordinates::new(group, artifact, version)
}

/// The group where the manifest gives it away. Only what was made from it counts: a manifest that merely looks as if
/// (`com.mysql` for `mysql:mysql-connector-java`) is what peers go wrong by.
fn stated_group<'a>(artifact: &str, manifest: &'a Manifest) -> Option<&'a str> {
    let symbolic = manifest.bare("Bundle-SymbolicName");
    if let Some(group) = symbolic.and_then(|symbolic| bundle_group(artifact, symbolic)) {
        return Some(group);
    }
    // Maven's archiver wrote the group as the vendor's id (Maven Archiver, `addDefaultImplementationEntries`).
    let vendor = manifest.value("Implementation-Vendor-Id").filter(|vendor| is_group(vendor))?;
    let others = [symbolic, manifest.value("Automatic-Module-Name")];
    others.into_iter().flatten().all(|name| name.starts_with(vendor)).then_some(vendor)
}

/// Takes apart a symbolic name made of group and artifact (Apache Felix maven-bundle-plugin, "Default Behavior"):
/// the two joined by a dot, with the group's last part left out where the artifact begins with it.
fn bundle_group<'a>(artifact: &str, symbolic: &'a str) -> Option<&'a str> {
    let is_fit = |group: &&str| is_group(group);
    if let Some(group) = symbolic.strip_suffix(artifact).and_then(|group| group.strip_suffix('.')) {
        return Some(group).filter(is_fit);
    }
    let (first, rest) = artifact.split_once(['-', '.'])?;
    let group = symbolic.strip_suffix(rest).and_then(|group| group.strip_suffix('.'))?;
    (group.rsplit('.').next() == Some(first)).then_some(group).filter(is_fit)
}

/// The known artifact a symbolic name ends in, when the name begins with that artifact's group:
/// `tomcat-catalina` of `org.apache.tomcat-catalina`.
fn known_suffix(symbolic: &str) -> Option<&str> {
    let ends = symbolic.match_indices('.').map(|(at, _)| &symbolic[at + 1..]);
    ends.take(16).find(|artifact| {
        group(artifact, "").is_some_and(|group| symbolic.starts_with(group) && is_artifact(artifact))
    })
}

/// Takes a file name apart: `name-version[-classifier]`. Of several ways, the one with a known artifact, then the one
/// with a version the manifest states, then the first.
fn split<'a>(stem: &'a str, stated: &[Option<&str>]) -> Option<(&'a str, &'a str)> {
    let is_version_start = |rest: &str| {
        let rest = rest.strip_prefix('v').unwrap_or(rest);
        rest.starts_with(|c: char| c.is_ascii_digit())
    };
    // OSGi writes `name_1.2.3`; Scala's `kafka_2.13-3.0.0` has its version behind the dash.
    let dashes = stem.match_indices('-');
    let splits: Vec<(&str, &str)> = dashes
        .map(|(at, _)| (&stem[..at], &stem[at + 1..]))
        .filter(|(name, rest)| is_artifact(name) && is_version_start(rest))
        .take(16)
        .collect();
    let is_known = |(name, version): &&(&str, &str)| group(name, version).is_some();
    let is_stated = |(_, rest): &&(&str, &str)| {
        stated.iter().flatten().any(|stated| {
            rest.strip_prefix(stated).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        })
    };
    let best = splits.iter().rev().find(is_known);
    let best = best.or_else(|| splits.iter().find(is_stated)).or_else(|| splits.first()).copied();
    let bundle = || stem.split_once('_').filter(|(name, rest)| is_artifact(name) && is_version_start(rest));
    let (name, rest) = best.or_else(bundle)?;
    Some((name, without_classifier(rest)))
}

/// `4.1.77.Final` of `4.1.77.Final-linux-x86_64`.
fn without_classifier(version: &str) -> &str {
    let found = version.match_indices('-').find(|(at, _)| is_classifier(&version[at + 1..]));
    found.map_or(version, |(at, _)| &version[..at])
}

fn is_classifier(text: &str) -> bool {
    CLASSIFIERS.iter().any(|classifier| {
        let rest = text.strip_prefix(classifier);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    })
}

/// The version itself of what a manifest calls one: `8.0.28` of `8.0.28 (Revision: 7ff2161da)`.
fn clean_version(text: &str) -> Option<&str> {
    let first = text.split([' ', '\t', ',', ';', '(']).next()?.trim_matches('"');
    let bare = first.strip_prefix('v').unwrap_or(first);
    (bare.starts_with(|c: char| c.is_ascii_digit()) && !first.contains("${")).then_some(first)
}

/// Is this a word that could be an artifact, and not a title for people?
fn is_artifact(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    text.len() <= 128 && text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.bytes().all(is_plain)
}

/// Does it look like the reversed domain that groups are?
fn is_group(text: &str) -> bool {
    is_artifact(text) && text.contains('.') && !text.ends_with('.')
}

/// What a bundle's manifest says of its licence (OSGi core 8, 3.2.1.11): names or addresses, with comma between.
fn licenses(manifest: &Manifest) -> Vec<String> {
    let value = manifest.value("Bundle-License").unwrap_or("");
    let names =
        value.split(',').map(|license| license.split(';').next().unwrap_or("").trim().trim_matches('"'));
    names.filter(|name| !name.is_empty() && *name != "<<EXTERNAL>>").map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(component: &Component) -> String {
        format!("{}:{}:{}", component.namespace, component.name, component.version)
    }

    fn poms(list: &[&str]) -> Vec<StatedPom> {
        let mut poms = Vec::new();
        for item in list {
            let parts: Vec<&str> = item.split(':').collect();
            let folder = format!("META-INF/maven/{}/{}", parts[0], parts[1]);
            let path = format!("{folder}/pom.properties");
            StatedPom::add(
                &mut poms,
                folder,
                path,
                Coordinates::new(parts[0], parts[1], parts[2]),
                Vec::new(),
            );
        }
        poms
    }

    #[test]
    fn the_archives_own_pom_is_found_among_shaded_ones() {
        let check = |file_name: &str, manifest: &str, stated: &[&str], own: &str, embedded: usize| {
            let found = identify(file_name, &Manifest::parse(manifest.as_bytes()), poms(stated));
            assert_eq!(found.own.as_ref().map(text).unwrap_or_default(), own, "{file_name}");
            assert_eq!(found.embedded.len(), embedded, "{file_name}");
        };
        check("b-1.0.jar", "", &["a:b:1.0"], "a:b:1.0", 0);
        check("b.jar", "", &["a:b:1.0", "c:d:2"], "a:b:1.0", 1);
        check("b-core-1.0.jar", "", &["a:b:1.0", "a:b-core:1.0"], "a:b-core:1.0", 1);
        check("app.jar", "", &["a:b:1.0"], "a:b:1.0", 0);
        check("app.jar", "", &["a:b:1.0", "c:d:2"], "", 2);
        check("app.jar", "Implementation-Title: d", &["a:b:1.0", "c:d:2"], "c:d:2", 1);
        check("b-1.0-shaded.jar", "", &["c:d:2", "a:b:1.0"], "a:b:1.0", 1);
        check("shop-1.0.jar", "", &["com.shop:shop-web:1.0"], "com.shop:shop-web:1.0", 0);
        check("shop-3.jar", "", &["com.google.guava:guava:30-jre"], ":shop:3", 1);
    }

    #[test]
    fn archives_without_a_pom_are_identified() {
        let check = |file_name: &str, manifest: &str, own: &str| {
            let found = identify(file_name, &Manifest::parse(manifest.as_bytes()), Vec::new());
            assert_eq!(found.own.as_ref().map(text).unwrap_or_default(), own, "{file_name} {manifest}");
        };
        check(
            "mysql-connector-java-8.0.28.jar",
            "Bundle-SymbolicName: com.mysql.cj\nImplementation-Title: MySQL Connector/J\nImplementation-Version: 8.0.28\nImplementation-Vendor-Id: com.mysql",
            "mysql:mysql-connector-java:8.0.28",
        );
        check(
            "spring-core-5.3.13.jar",
            "Implementation-Title: spring-core\nImplementation-Version: 5.3.13\nAutomatic-Module-Name: spring.core",
            "org.springframework:spring-core:5.3.13",
        );
        check(
            "catalina.jar",
            "Bundle-SymbolicName: org.apache.tomcat-catalina\nBundle-Version: 9.0.50\nImplementation-Title: Apache Tomcat\nImplementation-Version: 9.0.50",
            "org.apache.tomcat:tomcat-catalina:9.0.50",
        );
        check("log4j-1.2-api-2.14.1.jar", "", "org.apache.logging.log4j:log4j-1.2-api:2.14.1");
        check("kafka_2.13-2.8.0.jar", "", "org.apache.kafka:kafka_2.13:2.8.0");
        check(
            "netty-transport-native-epoll-4.1.77.Final-linux-x86_64.jar",
            "",
            "io.netty:netty-transport-native-epoll:4.1.77.Final",
        );
        check("guava-31.1-jre.jar", "", "com.google.guava:guava:31.1-jre");
        check("postgresql-9.4-1201-jdbc41.jar", "", "org.postgresql:postgresql:9.4-1201-jdbc41");
        check("x-3d-tools-1.5.jar", "Implementation-Version: 1.5", ":x-3d-tools:1.5");
        check("org.example.y_1.2.3.v2020.jar", "", ":org.example.y:1.2.3.v2020");
        check(
            "maven-zzz-1.0.jar",
            "Bundle-SymbolicName: org.apache.maven.zzz;singleton:=true\nBundle-License: Apache-2.0;link=x",
            "org.apache.maven:maven-zzz:1.0",
        );
        check("zzz-1.0.jar", "Bundle-SymbolicName: org.example.zzz", "org.example:zzz:1.0");
        check("zzz-1.0.jar", "Implementation-Vendor-Id: org.example", "org.example:zzz:1.0");
        check(
            "zzz-1.0.jar",
            "Implementation-Vendor-Id: org.example\nBundle-SymbolicName: com.other.z",
            ":zzz:1.0",
        );
        check(
            "app.jar",
            "Implementation-Title: my-service\nImplementation-Version: 1.2-SNAPSHOT",
            ":my-service:1.2-SNAPSHOT",
        );
        check(
            "git.hpi",
            "Short-Name: git\nPlugin-Version: 4.11.3 (private)\nGroup-Id: org.jenkins-ci.plugins",
            "org.jenkins-ci.plugins:git:4.11.3",
        );
        // Stubs without a version, and placeholders, are nothing.
        check("stub.jar", "Implementation-Title: stub", "");
        check("stub.jar", "Implementation-Version: ${project.version}", "");
        check("app.jar", "", "");
    }

    #[test]
    fn licences_of_bundles_are_read() {
        let manifest = Manifest::parse(b"Bundle-License: \"Apache-2.0\";link=\"x\",https://example.org/l");
        assert_eq!(licenses(&manifest), ["Apache-2.0", "https://example.org/l"]);
    }

    proptest! {
        #[test]
        fn arbitrary_names_never_panic(stem in ".{0,40}", manifest in "(Implementation-Title|Bundle-SymbolicName|Implementation-Version): .{0,30}") {
            let _ = identify(&stem, &Manifest::parse(manifest.as_bytes()), poms(&["a:b:1"]));
        }

        #[test]
        fn plausible_names_never_panic(stem in "[a-c._0-2-]{0,30}", symbolic in "[a-c.-]{0,20}") {
            let manifest = format!("Bundle-SymbolicName: {symbolic}");
            let _ = identify(&stem, &Manifest::parse(manifest.as_bytes()), poms(&["a:b:1"]));
        }
    }
}
