//! pom.properties and pom.xml: what Maven writes into archives, and what a build names as its dependencies.

use super::Coordinates;
use crate::analyzers::xml::{self, Element};
use crate::analyzers::{Analyzer, File, Findings};
use plimsoll_model::{Entry, Fact};
use std::collections::HashMap;

/// `${…}` inside the value of a `${…}`; real ones nest two or three deep.
const PLACEHOLDER_DEPTH: usize = 8;
/// A resolved name or version.
const VALUE_BYTES: usize = 512;

/// Reads pom.xml files outside archives: the project and its dependencies, as far as the file itself gives their
/// versions (a parent's, or an imported list's, are in other files).
pub(crate) struct PomXml;

impl Analyzer for PomXml {
    fn name(&self) -> &'static str {
        "pom-xml"
    }

    fn edition(&self) -> u32 {
        2
    }

    fn wants(&self, entry: &Entry, _head: &[u8]) -> bool {
        // Inside META-INF/maven lies the pom.xml an archive was built from, whose dependencies need not be here; as need
        // those of the `.pom` files of a local repository not.
        let is_pom = entry.file_name() == "pom.xml" && !entry.path.contains("/META-INF/maven/");
        is_pom || entry.path.ends_with(".pom") && !is_in_repository(&entry.path)
    }

    fn read(&self, file: &File<'_>) -> Findings {
        let mut findings = Findings::default();
        let pom = match parse(file.content) {
            Ok(pom) => pom,
            Err(reason) => {
                findings.unread.push((String::new(), reason));
                return findings;
            }
        };
        let own = pom.coordinates.map(|own| own.component(pom.licenses));
        let dependencies = pom.dependencies.into_iter().map(|dependency| dependency.component(Vec::new()));
        let components = own.into_iter().chain(dependencies);
        findings.facts = components.map(|component| (String::new(), Fact::Component(component))).collect();
        if pom.unresolved > 0 {
            let reason = format!("{} dependencies have no version in this file", pom.unresolved);
            findings.unread.push((String::new(), reason));
        }
        findings
    }
}

/// Repositories have `ARTIFACT/VERSION/ARTIFACT-VERSION.pom`, Debian's also with a version that is none.
fn is_in_repository(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let (name, _version, artifact) = (parts.next(), parts.next(), parts.next());
    let rest = name.zip(artifact).and_then(|(name, artifact)| name.strip_prefix(artifact));
    rest.is_some_and(|rest| rest.starts_with('-'))
}

/// The folder of a pom.properties or pom.xml that Maven put into an archive, `…META-INF/maven/group/artifact`.
pub(super) fn maven_folder(path: &str) -> Option<&str> {
    let (folder, file_name) = path.rsplit_once('/')?;
    if file_name != "pom.properties" && file_name != "pom.xml" {
        return None;
    }
    let at = folder.rfind("META-INF/maven/")?;
    let is_start = at == 0 || folder[..at].ends_with('/');
    (is_start && folder[at..].split('/').count() == 4).then_some(folder)
}

/// Reads a pom.properties (java.util.Properties.load): `None` unless it names group, artifact and version.
pub(super) fn properties(bytes: &[u8]) -> Option<Coordinates> {
    let text = String::from_utf8_lossy(bytes);
    let mut values: HashMap<&str, &str> = HashMap::new();
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with(['#', '!']) {
            continue;
        }
        if let Some((key, value)) = line.split_once(['=', ':']) {
            values.insert(key.trim(), value.trim());
        }
    }
    let value = |key: &str| values.get(key).copied().filter(|value| !value.is_empty());
    Coordinates::new(value("groupId")?, value("artifactId")?, value("version")?)
}

/// A project object model, as far as one file tells it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pom {
    /// The project itself; `None` when a part of it is in another file or never filled in.
    pub coordinates: Option<Coordinates>,
    /// Names of its licences.
    pub licenses: Vec<String>,
    /// Dependencies that are more than the tests'.
    pub dependencies: Vec<Coordinates>,
    /// Dependencies whose version is not in this file.
    pub unresolved: usize,
}

/// Reads a pom.xml (POM reference, Maven 4.0.0 model).
pub(super) fn parse(bytes: &[u8]) -> Result<Pom, String> {
    let project = xml::parse(bytes)?;
    if project.name != "project" {
        return Err(format!("not a pom: the root element is {:.40}", project.name));
    }
    let values = Values::of(&project);
    let coordinates = Coordinates::new(
        &values.get("project.groupId").unwrap_or_default(),
        &values.get("project.artifactId").unwrap_or_default(),
        &values.get("project.version").unwrap_or_default(),
    );
    let licenses = project.child("licenses").into_iter().flat_map(|licenses| licenses.all("license"));
    let licenses = licenses.filter_map(|license| license.text_of("name")).map(one_line);
    let mut pom = Pom { coordinates, licenses: licenses.collect(), ..Pom::default() };

    let managed = managed_versions(&project, &values);
    for dependency in dependencies(&project) {
        if dependency.text_of("scope") == Some("test") {
            continue;
        }
        let value = |name: &str| dependency.text_of(name).and_then(|text| values.resolve(text));
        let (Some(group), Some(artifact)) = (value("groupId"), value("artifactId")) else {
            pom.unresolved += 1;
            continue;
        };
        let version = value("version").or_else(|| managed.get(&(group.clone(), artifact.clone())).cloned());
        match version.as_deref().and_then(exact).and_then(|exact| Coordinates::new(&group, &artifact, exact))
        {
            Some(coordinates) => pom.dependencies.push(coordinates),
            None => pom.unresolved += 1,
        }
    }
    Ok(pom)
}

fn dependencies(parent: &Element) -> impl Iterator<Item = &Element> {
    parent.child("dependencies").into_iter().flat_map(|dependencies| dependencies.all("dependency"))
}

/// Versions that `dependencyManagement` fixes for dependencies that name none.
fn managed_versions(project: &Element, values: &Values<'_>) -> HashMap<(String, String), String> {
    let managed = project.child("dependencyManagement").into_iter().flat_map(dependencies);
    let entry = |dependency: &Element| {
        let value = |name: &str| dependency.text_of(name).and_then(|text| values.resolve(text));
        Some(((value("groupId")?, value("artifactId")?), value("version")?))
    };
    managed.filter(|dependency| dependency.text_of("scope") != Some("import")).filter_map(entry).collect()
}

/// The version a requirement allows only: `1.2`, `[1.2]`. A range says nothing of what was installed.
fn exact(version: &str) -> Option<&str> {
    let version = version.strip_prefix('[').and_then(|version| version.strip_suffix(']')).unwrap_or(version);
    (!version.contains(['[', ']', '(', ')', ','])).then(|| version.trim())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What `${…}` stands for in one file.
struct Values<'a> {
    named: HashMap<String, &'a str>,
}

impl<'a> Values<'a> {
    fn of(project: &'a Element) -> Values<'a> {
        let mut named = HashMap::new();
        for property in project.child("properties").into_iter().flat_map(|properties| &properties.children) {
            named.insert(property.name.clone(), property.text.as_str());
        }
        let parent = project.child("parent");
        for name in ["groupId", "artifactId", "version"] {
            let of_parent = parent.and_then(|parent| parent.text_of(name));
            if let Some(value) = of_parent {
                named.insert(format!("project.parent.{name}"), value);
                named.insert(format!("parent.{name}"), value);
            }
            // Group and version are inherited, the artifact is not.
            let value = project.text_of(name).or(if name == "artifactId" { None } else { of_parent });
            if let Some(value) = value {
                named.insert(format!("project.{name}"), value);
                named.insert(format!("pom.{name}"), value);
                named.entry(name.to_owned()).or_insert(value);
            }
        }
        Values { named }
    }

    fn get(&self, name: &str) -> Option<String> {
        self.named.get(name).and_then(|value| self.resolve(value))
    }

    /// The text with its placeholders filled in; `None` when one of them is not in this file.
    fn resolve(&self, text: &str) -> Option<String> {
        let mut text = text.trim().to_owned();
        // One placeholder a round, the first; what it stands for may hold more. The length is bounded too, because
        // a value may stand in another twice.
        for _ in 0..PLACEHOLDER_DEPTH * 4 {
            if text.len() > VALUE_BYTES {
                return None;
            }
            let Some(start) = text.find("${") else { return Some(text) };
            let end = start + text[start..].find('}')?;
            let value = self.named.get(&text[start + 2..end])?.trim();
            text = format!("{}{value}{}", &text[..start], &text[end + 1..]);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(coordinates: &[Coordinates]) -> Vec<String> {
        coordinates.iter().map(|c| format!("{}:{}:{}", c.group, c.artifact, c.version)).collect()
    }

    #[test]
    fn properties_are_read() {
        let check = |text: &str, expected: Option<&str>| {
            let found = properties(text.as_bytes()).map(|found| names(&[found]).remove(0));
            assert_eq!(found.as_deref(), expected, "{text:?}");
        };
        check(
            "#Generated by Maven\r\nversion=2.14.1\r\ngroupId=a.b\r\nartifactId=c\r\n",
            Some("a.b:c:2.14.1"),
        );
        check("groupId : a\nartifactId: c\nversion :1", Some("a:c:1"));
        check("groupId=a\nartifactId=c\nversion=${project.version}", None);
        check("groupId=a\nartifactId=c\nversion=", None);
        check("groupId=a\nartifactId=c", None);
        check("groupId=a b\nartifactId=c\nversion=1", None);
    }

    #[test]
    fn folders_of_maven_are_known() {
        let check = |path: &str, expected: Option<&str>| assert_eq!(maven_folder(path), expected, "{path}");
        check("META-INF/maven/g/a/pom.xml", Some("META-INF/maven/g/a"));
        check(
            "WEB-INF/classes/META-INF/maven/g/a/pom.properties",
            Some("WEB-INF/classes/META-INF/maven/g/a"),
        );
        check("META-INF/maven/g/pom.xml", None);
        check("XMETA-INF/maven/g/a/pom.xml", None);
        check("META-INF/maven/g/a/pom.txt", None);
        check("pom.xml", None);
    }

    #[test]
    fn poms_of_repositories_are_not_read() {
        let check = |path: &str, expected: bool| assert_eq!(is_in_repository(path), expected, "{path}");
        check("/root/.m2/repository/org/a/b/1.0/b-1.0.pom", true);
        check("/usr/share/maven-repo/org/a/b/debian/b-debian.pom", true);
        check("/app/lib/b-1.0.pom", false);
        check("/b.pom", false);
    }

    #[test]
    fn poms_are_read() {
        let pom = parse(
            b"<project xmlns='http://maven.apache.org/POM/4.0.0'>
              <parent><groupId>g</groupId><artifactId>p</artifactId><version>1.${minor}</version></parent>
              <artifactId>a</artifactId>
              <licenses><license><name>Apache
                License 2.0</name></license></licenses>
              <properties><minor>5</minor><x>${y}</x><y>2</y><loop>${loop}</loop></properties>
              <dependencyManagement><dependencies>
                <dependency><groupId>m</groupId><artifactId>m</artifactId><version>${x}.1</version></dependency>
              </dependencies></dependencyManagement>
              <dependencies>
                <dependency><groupId>m</groupId><artifactId>m</artifactId></dependency>
                <dependency><groupId>${project.groupId}</groupId><artifactId>b</artifactId><version>${project.version}</version></dependency>
                <dependency><groupId>t</groupId><artifactId>t</artifactId><version>1</version><scope>test</scope></dependency>
                <dependency><groupId>r</groupId><artifactId>r</artifactId><version>[1,2)</version></dependency>
                <dependency><groupId>e</groupId><artifactId>e</artifactId><version>[1.0]</version></dependency>
                <dependency><groupId>u</groupId><artifactId>u</artifactId><version>${loop}</version></dependency>
                <dependency><groupId>n</groupId><artifactId>n</artifactId></dependency>
              </dependencies></project>",
        )
        .unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(names(&Vec::from_iter(pom.coordinates)), ["g:a:1.5"]);
        assert_eq!(pom.licenses, ["Apache License 2.0"]);
        assert_eq!(names(&pom.dependencies), ["m:m:2.1", "g:b:1.5", "e:e:1.0"]);
        assert_eq!(pom.unresolved, 3);
    }

    #[test]
    fn values_that_grow_are_refused() {
        let doubled: String =
            (0..40).map(|n| format!("<p{n}>${{p{m}}}${{p{m}}}</p{n}>", m = n + 1)).collect();
        let text = format!(
            "<project><groupId>g</groupId><artifactId>a</artifactId><version>${{p0}}</version><properties>{doubled}</properties></project>"
        );
        assert_eq!(parse(text.as_bytes()).map(|pom| pom.coordinates), Ok(None));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = (parse(&bytes), properties(&bytes));
        }

        #[test]
        fn arbitrary_placeholders_never_panic(text in "[a$}{]{0,30}") {
            let text = format!("<project><groupId>{text}</groupId><properties><a>{text}</a></properties></project>");
            let _ = parse(text.as_bytes());
        }
    }
}
