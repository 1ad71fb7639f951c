//! The grammar of registry references.

use crate::{ImageError, Reference};
use plimsoll_model::Digest;
use std::fmt;

/// Docker Hub, where a reference without a host points.
const HUB: &str = "docker.io";
/// Longest repository name (distribution/reference, `RepositoryNameTotalLengthMax`).
const LONGEST_REPOSITORY: usize = 255;
/// Longest tag (distribution/reference, grammar of `tag`).
const LONGEST_TAG: usize = 128;

impl Reference {
    /// Reads `[host[:port]/]repository[:tag][@digest]` and writes out what Docker would add: `docker.io`, `library/`,
    /// `latest` (<https://github.com/distribution/reference>, grammar and `ParseDockerRef`). With both tag and digest
    /// the digest is what is fetched.
    pub fn parse(text: &str) -> Result<Reference, ImageError> {
        parse(text).map_err(|why| ImageError::Target { target: text.chars().take(300).collect(), why })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        match &self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}

fn parse(text: &str) -> Result<Reference, String> {
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    if text.contains("://") {
        return Err("a reference has no scheme; leave out what stands before the host".to_owned());
    }
    let (name, digest) = match text.split_once('@') {
        Some((name, digest)) => (name, Some(digest.parse::<Digest>().map_err(|error| error.to_string())?)),
        None => (text, None),
    };
    // A colon behind the last slash begins a tag; one before it belongs to a port.
    let (name, tag) = match name.rsplit_once(':') {
        Some((before, tag)) if !tag.contains('/') && !tag.ends_with(']') => (before, Some(check_tag(tag)?)),
        _ => (name, None),
    };
    let (host, path) = match name.split_once('/') {
        Some((first, rest)) if is_host(first) => (first.to_ascii_lowercase(), rest.to_owned()),
        _ => (HUB.to_owned(), name.to_owned()),
    };
    check_host(&host)?;
    let registry = if host == "index.docker.io" { HUB.to_owned() } else { host };
    let repository = match path {
        path if registry == HUB && !path.contains('/') => format!("library/{path}"),
        path => path,
    };
    check_repository(&repository)?;
    let tag = match (tag, &digest) {
        (None, None) => Some("latest".to_owned()),
        (tag, _) => tag,
    };
    Ok(Reference { registry, repository, tag, digest })
}

/// Is the part before the first slash a host, and not the first part of a repository on Docker Hub?
fn is_host(text: &str) -> bool {
    text.contains(['.', ':']) || text.eq_ignore_ascii_case("localhost")
}

fn check_host(host: &str) -> Result<(), String> {
    let bad = || format!("`{host}` is not a host");
    let port_is_valid = |port: &str| {
        !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok()
    };
    if let Some(rest) = host.strip_prefix('[') {
        let (address, rest) = rest.split_once(']').ok_or_else(bad)?;
        address.parse::<std::net::Ipv6Addr>().map_err(|_| bad())?;
        return match rest.strip_prefix(':') {
            None if rest.is_empty() => Ok(()),
            Some(port) if port_is_valid(port) => Ok(()),
            _ => Err(bad()),
        };
    }
    let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    let name_is_valid = name.len() <= 253
        && name.split('.').all(|part| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !part.starts_with('-')
                && !part.ends_with('-')
        });
    if name_is_valid && port.is_none_or(port_is_valid) { Ok(()) } else { Err(bad()) }
}

/// `path-component ["/" path-component]*`, a component being lower-case letters and digits with `.`, `_`, `__` or
/// dashes between them.
pub(crate) fn check_repository(repository: &str) -> Result<(), String> {
    let shown: String = repository.chars().take(100).collect();
    if repository.bytes().any(|byte| byte.is_ascii_uppercase()) {
        let lower = shown.strip_prefix("library/").unwrap_or(&shown).to_ascii_lowercase();
        return Err(format!("repository names are lower case, like `{lower}`"));
    }
    if repository.len() > LONGEST_REPOSITORY {
        return Err(format!("`{shown}…` is longer than {LONGEST_REPOSITORY} characters"));
    }
    let component_is_valid = |component: &str| {
        let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        component.starts_with(is_word)
            && component.ends_with(is_word)
            && component
                .split(is_word)
                .all(|gap| matches!(gap, "" | "." | "_" | "__") || gap.bytes().all(|byte| byte == b'-'))
    };
    if !repository.split('/').all(component_is_valid) {
        return Err(format!("`{shown}` is not a repository name"));
    }
    // `docker run 3f5e…` means an image id, never a repository (distribution/reference, `ParseNormalizedNamed`).
    let name = repository.strip_prefix("library/").unwrap_or(repository);
    if name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err("it is an image id, which only a daemon knows".to_owned());
    }
    Ok(())
}

pub(crate) fn check_tag(tag: &str) -> Result<String, String> {
    let shown: String = tag.chars().take(140).collect();
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let valid = tag.bytes().next().is_some_and(is_word)
        && tag.bytes().all(|byte| is_word(byte) || matches!(byte, b'.' | b'-'))
        && tag.len() <= LONGEST_TAG;
    if valid { Ok(tag.to_owned()) } else { Err(format!("`{shown}` is not a tag")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn references_are_written_out_as_docker_would() {
        let check = |text: &str, expected: &str| {
            let reference = Reference::parse(text).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(reference.to_string(), expected, "{text}");
        };
        check("alpine", "docker.io/library/alpine:latest");
        check("alpine:3.20", "docker.io/library/alpine:3.20");
        check("grafana/grafana", "docker.io/grafana/grafana:latest");
        check("docker.io/alpine", "docker.io/library/alpine:latest");
        check("index.docker.io/library/alpine:1", "docker.io/library/alpine:1");
        check("localhost/x", "localhost/x:latest");
        check("localhost:5000/x", "localhost:5000/x:latest");
        check("LOCALHOST:5000/x", "localhost:5000/x:latest");
        check("localhost:5000", "docker.io/library/localhost:5000");
        check("127.0.0.1:5000/a/b/c:v1", "127.0.0.1:5000/a/b/c:v1");
        check("[::1]:5000/x", "[::1]:5000/x:latest");
        check("[2001:db8::1]/x:1", "[2001:db8::1]/x:1");
        check("Quay.IO/a/b", "quay.io/a/b:latest");
        check("ghcr.io/a/b__c.d---e:V_1.2-x", "ghcr.io/a/b__c.d---e:V_1.2-x");
        check(&format!("a@sha256:{HEX}"), &format!("docker.io/library/a@sha256:{HEX}"));
        check(&format!("h.io/a:1@sha256:{HEX}"), &format!("h.io/a:1@sha256:{HEX}"));
        check(&format!("a:{}", "t".repeat(128)), &format!("docker.io/library/a:{}", "t".repeat(128)));
    }

    #[test]
    fn what_is_no_reference_is_said() {
        let check = |text: &str, why: &str| match Reference::parse(text) {
            Ok(reference) => panic!("{text} became {reference}"),
            Err(error) => assert!(error.to_string().contains(why), "{error} should say {why}"),
        };
        check("", "empty");
        check("Alpine", "`Alpine` is not an image: repository names are lower case, like `alpine`");
        check("MyOrg/app", "like `myorg/app`");
        check("quay.io/MyOrg/app:V1", "like `myorg/app`");
        check("https://quay.io/a", "no scheme");
        check("a:", "not a tag");
        check("a:-x", "not a tag");
        check(&format!("a:{}", "t".repeat(129)), "not a tag");
        check("a@sha256:12", "not a sha256");
        check("a@md5:0123456789abcdef0123456789abcdef", "not a sha256");
        check("h.io/", "not a repository");
        check("h.io//a", "not a repository");
        check("h.io/a/../b", "not a repository");
        check("h.io/a___b", "not a repository");
        check("h.io/a._b", "not a repository");
        check("a b", "not a repository");
        check("a/b?c", "not a repository");
        check("-a.io/b", "not a host");
        check("h.io:99999/b", "not a host");
        check("h.io:/b", "not a host");
        check("u:p@h.io/b", "not a sha256");
        check("[::1/b", "not a host");
        check("[::g]:1/b", "not a host");
        check(HEX, "image id");
        check(&format!("h.io/{}", "a".repeat(256)), "longer than 255");
    }

    proptest! {
        #[test]
        fn what_is_written_reads_the_same(
            text in r"([a-z0-9.-]{1,8}(:[0-9]{1,5})?/)?[a-z0-9_.-]{1,6}(/[a-z0-9_.-]{1,6}){0,2}(:[A-Za-z0-9_.-]{1,6})?",
            pinned: bool,
        ) {
            let text = if pinned { format!("{text}@sha256:{HEX}") } else { text };
            if let Ok(reference) = Reference::parse(&text) {
                prop_assert_eq!(Reference::parse(&reference.to_string()).ok(), Some(reference));
            }
        }

        #[test]
        fn any_text_is_answered(text in any::<String>()) {
            if let Ok(reference) = Reference::parse(&text) {
                prop_assert_eq!(Reference::parse(&reference.to_string()).ok(), Some(reference));
            }
        }
    }
}
