//! Packages of Swift and Objective-C: `Package.resolved` of the Swift package manager and `Podfile.lock` of CocoaPods.

use super::documents::{Documents, component, is_fetched, unique};
use super::text;
use plimsoll_model::{Component, PurlType};
use serde::Deserialize;
use std::collections::BTreeMap;

/// `Package.resolved`, versions 1 to 3; Xcode keeps it inside the project.
pub(super) const PACKAGES: Documents = Documents {
    name: "swift-lock",
    edition: 1,
    wants: |entry, _| {
        matches!(entry.file_name(), "Package.resolved" | ".package.resolved") && !is_fetched(&entry.path)
    },
    parse: |file| parse_packages(file.content),
};

/// `Podfile.lock`.
pub(super) const PODS: Documents = Documents {
    name: "cocoapods-lock",
    edition: 1,
    wants: |entry, _| entry.file_name() == "Podfile.lock" && !is_fetched(&entry.path),
    parse: |file| parse_pods(file.content),
};

/// What is resolved. A branch or a commit without a tag is an unknown version; folders are part of the project.
pub fn parse_packages(content: &[u8]) -> Result<Vec<Component>, String> {
    let resolved: Resolved = text::json(content)?;
    let pins = resolved.pins.into_iter().chain(resolved.object.into_iter().flat_map(|object| object.pins));
    let found = pins.filter_map(|pin| {
        let location = pin.location.or(pin.repository_url)?;
        let version = pin.state.and_then(|state| state.version).unwrap_or_default();
        // A package of a registry is named `scope.name`, and has no address.
        if pin.kind.as_deref() == Some("registry") {
            let (scope, name) = pin.identity.as_deref()?.split_once('.')?;
            return component(PurlType::Swift, scope, name, &version);
        }
        let (namespace, name) = repository(&location)?;
        component(PurlType::Swift, &namespace, &name, &version)
    });
    Ok(unique(found))
}

/// Host with folders, and name, of a repository's address: `github.com/apple` and `swift-nio` of
/// `https://github.com/apple/swift-nio.git` and `git@github.com:apple/swift-nio`.
pub(super) fn repository(address: &str) -> Option<(String, String)> {
    let address = address.trim().trim_end_matches('/');
    let path = match address.split_once("://") {
        Some((scheme, rest)) if scheme != "file" => {
            rest.rsplit_once('@').map_or(rest, |(_, rest)| rest).to_owned()
        }
        Some(_) => return None,
        None => {
            let (host, path) = address.split_once(':')?;
            format!("{}/{path}", host.rsplit('@').next()?)
        }
    };
    let path = path.strip_suffix(".git").unwrap_or(&path);
    let (namespace, name) = path.rsplit_once('/')?;
    let (host, folders) = namespace.split_once('/').unwrap_or((namespace, ""));
    // A port is not part of the name.
    let host = host.split(':').next()?.to_lowercase();
    let namespace = if folders.is_empty() { host } else { format!("{host}/{folders}") };
    (namespace.contains('.') && !name.is_empty()).then(|| (namespace, name.to_owned()))
}

/// What is installed by CocoaPods, each pod once for all its subspecs, without folders of the project.
pub fn parse_pods(content: &[u8]) -> Result<Vec<Component>, String> {
    let lock: PodfileLock = text::yaml(content)?;
    let local: Vec<&str> = lock
        .external
        .iter()
        .flatten()
        .filter(|(_, source)| source.keys().any(|key| key.trim_start_matches(':') == "path"))
        .map(|(name, _)| name.split('/').next().unwrap_or(name))
        .collect();
    let pods = lock.pods.into_iter().flatten().filter_map(|pod| match pod {
        Pod::Alone(pod) => Some(pod),
        Pod::WithDependencies(pods) => pods.into_keys().next(),
        Pod::Other(_) => None,
    });
    let found = pods.filter_map(|pod| {
        let (name, version) = pod.strip_suffix(')')?.split_once(" (")?;
        let name = name.split('/').next()?;
        if local.contains(&name) || version.is_empty() {
            None
        } else {
            component(PurlType::Cocoapods, "", name, version)
        }
    });
    Ok(unique(found))
}

#[derive(Deserialize)]
struct Resolved {
    #[serde(default)]
    pins: Vec<Pin>,
    /// Version 1.
    object: Option<Object>,
}

#[derive(Deserialize)]
struct Object {
    #[serde(default)]
    pins: Vec<Pin>,
}

#[derive(Deserialize)]
struct Pin {
    identity: Option<String>,
    kind: Option<String>,
    location: Option<String>,
    #[serde(rename = "repositoryURL")]
    repository_url: Option<String>,
    state: Option<State>,
}

#[derive(Deserialize)]
struct State {
    version: Option<String>,
}

#[derive(Deserialize)]
struct PodfileLock {
    #[serde(rename = "PODS")]
    pods: Option<Vec<Pod>>,
    #[serde(rename = "EXTERNAL SOURCES")]
    external: Option<BTreeMap<String, BTreeMap<String, serde::de::IgnoredAny>>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Pod {
    Alone(String),
    WithDependencies(BTreeMap<String, serde::de::IgnoredAny>),
    Other(serde::de::IgnoredAny),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::testing;

    #[test]
    fn resolved_packages_are_read() {
        let check = |content: &str, expected: &[&str]| {
            testing::check(&PACKAGES, "/app/Package.resolved", content, expected);
        };
        let first = r#"{"object":{"pins":[{"package":"swift-nio","repositoryURL":"https://github.com/apple/swift-nio.git",
            "state":{"branch":null,"revision":"abc","version":"2.41.0"}}]},"version":1}"#;
        check(first, &["github.com/apple/swift-nio 2.41.0"]);
        let third = r#"{"originHash":"x","pins":[
            {"identity":"grpc","kind":"remoteSourceControl","location":"git@github.com:grpc/grpc-swift","state":{"branch":"main","revision":"abc"}},
            {"identity":"local","kind":"localSourceControl","location":"/home/me/local","state":{"version":"1.0.0"}},
            {"identity":"mona.linked-list","kind":"registry","location":"","state":{"version":"1.1.0"}}],"version":3}"#;
        check(third, &["github.com/grpc/grpc-swift ?", "mona/linked-list 1.1.0"]);
        testing::survives(&PACKAGES, "/app/Package.resolved", third.as_bytes());
    }

    #[test]
    fn addresses_are_read() {
        let check = |address: &str, expected: Option<(&str, &str)>| {
            let expected = expected.map(|(namespace, name)| (namespace.to_owned(), name.to_owned()));
            assert_eq!(repository(address), expected, "{address}");
        };
        check("https://GitHub.com/apple/Swift.git/", Some(("github.com/apple", "Swift")));
        check("ssh://git@host.org:22/a/b/c.git", Some(("host.org/a/b", "c")));
        check("git@host.org:a/b.git", Some(("host.org/a", "b")));
        check("file:///x/y", None);
        check("/x/y", None);
        check("https://", None);
        check("", None);
    }

    #[test]
    fn pods_are_read() {
        let content = "PODS:\n  - AFNetworking (3.1.0):\n    - AFNetworking/NSURLSession (= 3.1.0)\n  - AFNetworking/NSURLSession (3.1.0)\n  - Local (1.0)\n  - \"GoogleUtilities/NSData+zlib (7.5.2)\"\n\nDEPENDENCIES:\n  - AFNetworking (~> 3.0)\n\nEXTERNAL SOURCES:\n  Local:\n    :path: \"../Local\"\n\nSPEC CHECKSUMS:\n  AFNetworking: abc\n\nCOCOAPODS: 1.5.3\n";
        testing::check(&PODS, "/app/Podfile.lock", content, &["AFNetworking 3.1.0", "GoogleUtilities 7.5.2"]);
        testing::survives(&PODS, "/app/Podfile.lock", content.as_bytes());
    }
}
