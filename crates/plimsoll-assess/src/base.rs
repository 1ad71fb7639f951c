//! Which image an image was built on: its first layers tell, else what its builder wrote down.

use plimsoll_model::{Digest, History, ImageManifest};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::HashMap;

/// An image that others are built on.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Base {
    /// Repository: `debian`, `registry.example.com/base/java`.
    pub name: String,
    /// Tags it had: `12`, `bookworm`, `12.8`.
    #[serde(default)]
    pub tags: Vec<String>,
    /// `linux/amd64`.
    #[serde(default)]
    pub platform: String,
    /// Diff ids of its layers, oldest first. Unlike digests they are the same however the layers are packed.
    pub diff_ids: Vec<String>,
    /// Digest of its manifest, where known.
    #[serde(default)]
    pub digest: Option<String>,
    /// When it was made, RFC 3339.
    #[serde(default)]
    pub created: Option<String>,
}

impl Base {
    /// `debian:12`, with the most telling tag: the longest.
    pub fn reference(&self) -> String {
        match self.tags.iter().max_by_key(|tag| (tag.len(), std::cmp::Reverse(tag.as_str()))) {
            Some(tag) => format!("{}:{tag}", self.name),
            None => self.name.clone(),
        }
    }
}

/// Base images by the layers they begin with.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    bases: Vec<Base>,
    /// By the last diff id of a base: which bases end there.
    by_last: HashMap<String, Vec<usize>>,
}

/// How a base was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Its layers are the image's first ones.
    Layers,
    /// The image's annotations or labels name it (OCI image spec 1.1, "Annotations", `org.opencontainers.image.base`).
    Annotation,
    /// The build history names what the first layer was made of.
    History,
}

/// The base of one image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// `debian:12`.
    pub name: String,
    /// Digest of its manifest, where known.
    pub digest: Option<String>,
    /// How many of the image's layers are the base's. 0 when that is not known.
    pub layers: usize,
    /// How it was told.
    pub told: Told,
    /// When the base was made, where known.
    pub created: Option<String>,
    /// Newer images of the same name and tag, newest first.
    pub newer: Vec<String>,
    /// The base that the base itself was built on, outermost last.
    pub roots: Vec<String>,
}

/// The starter catalogue is damaged: a bug.
pub type CatalogueError = serde_json::Error;

impl Catalogue {
    /// The catalogue that ships with the program.
    pub fn starter() -> Catalogue {
        let bases = Catalogue::parse(include_str!("../data/bases.jsonl")).unwrap_or_default();
        Catalogue::new(bases)
    }

    /// Reads a catalogue: one [`Base`] in JSON a line. An error is that of the first bad line.
    pub fn parse(text: &str) -> Result<Vec<Base>, CatalogueError> {
        text.lines().filter(|line| !line.trim().is_empty()).map(serde_json::from_str).collect()
    }

    /// A catalogue of these.
    pub fn new(bases: Vec<Base>) -> Catalogue {
        let mut catalogue = Catalogue::default();
        for base in bases {
            catalogue.add(base);
        }
        catalogue
    }

    /// Adds a base; one without layers says nothing and is left out.
    pub fn add(&mut self, base: Base) {
        if let Some(last) = base.diff_ids.last()
            && !self.bases.contains(&base)
        {
            self.by_last.entry(last.clone()).or_default().push(self.bases.len());
            self.bases.push(base);
        }
    }

    /// Every base.
    pub fn bases(&self) -> &[Base] {
        &self.bases
    }

    /// The base of an image, the nearest one first. An image is not its own base: one whose layers are all a base's *is*
    /// that base, and all of it is inherited.
    pub fn find(&self, manifest: &ImageManifest, diff_ids: &[Digest]) -> Option<Found> {
        let ids: Vec<String> = diff_ids.iter().map(Digest::to_string).collect();
        let platform = manifest.platform.as_ref().map(ToString::to_string).unwrap_or_default();
        self.by_layers(&ids, &platform)
            .or_else(|| annotated(manifest))
            .or_else(|| by_history(&manifest.config.history))
    }

    fn by_layers(&self, ids: &[String], platform: &str) -> Option<Found> {
        let chains: Vec<&Base> =
            (1..=ids.len()).rev().filter_map(|length| self.at(ids, length, platform)).collect();
        let (nearest, roots) = chains.split_first()?;
        Some(Found {
            name: nearest.reference(),
            digest: nearest.digest.clone(),
            layers: nearest.diff_ids.len(),
            told: Told::Layers,
            created: nearest.created.clone(),
            newer: self.newer(nearest),
            roots: roots.iter().map(|base| base.reference()).collect(),
        })
    }

    /// The base that is exactly the first `length` layers; of several the one of this platform, then the newest.
    fn at(&self, ids: &[String], length: usize, platform: &str) -> Option<&Base> {
        let candidates = self.by_last.get(ids.get(length.checked_sub(1)?)?)?;
        let same = candidates
            .iter()
            .filter_map(|&at| self.bases.get(at))
            .filter(|base| base.diff_ids == ids[..length]);
        same.max_by_key(|base| {
            (base.platform == platform, base.created.clone(), std::cmp::Reverse(base.name.clone()))
        })
    }

    fn newer(&self, base: &Base) -> Vec<String> {
        let shares_tag = |other: &&Base| other.tags.iter().any(|tag| base.tags.contains(tag));
        let mut newer: Vec<&Base> = self
            .bases
            .iter()
            .filter(|other| other.name == base.name && other.platform == base.platform)
            .filter(shares_tag)
            .filter(|other| other.diff_ids != base.diff_ids && is_later(&other.created, &base.created))
            .collect();
        newer.sort_by(|one, other| other.created.cmp(&one.created));
        let mut names: Vec<String> = newer
            .iter()
            .map(|base| match &base.digest {
                Some(digest) => format!("{}@{digest}", base.reference()),
                None => base.reference(),
            })
            .collect();
        names.dedup();
        names
    }
}

fn is_later(one: &Option<String>, other: &Option<String>) -> bool {
    let time = |text: &Option<String>| chrono::DateTime::parse_from_rfc3339(text.as_deref()?).ok();
    match (time(one), time(other)) {
        (Some(one), Some(other)) => one.cmp(&other) == Ordering::Greater,
        _ => false,
    }
}

/// What the author wrote down. A child inherits its parent's labels, so annotations of the manifest count first.
fn annotated(manifest: &ImageManifest) -> Option<Found> {
    let find = |key: &str| {
        let annotation = manifest.annotations.get(key).or_else(|| manifest.config.labels.get(key));
        annotation.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    };
    let name = find("org.opencontainers.image.base.name")?;
    Some(Found {
        name: familiar(&name),
        digest: find("org.opencontainers.image.base.digest"),
        layers: 0,
        told: Told::Annotation,
        created: None,
        newer: Vec::new(),
        roots: Vec::new(),
    })
}

/// `docker.io/library/debian:12` is `debian:12`.
fn familiar(name: &str) -> String {
    let name =
        name.strip_prefix("index.docker.io/").or_else(|| name.strip_prefix("docker.io/")).unwrap_or(name);
    name.strip_prefix("library/").unwrap_or(name).to_owned()
}

/// What official builders write into the step of the first layer.
fn by_history(history: &[History]) -> Option<Found> {
    let first = history.iter().find(|step| !step.empty_layer)?;
    let line = first.created_by.as_str();
    let name = debian(line).or_else(|| alpine(line)).or_else(|| busybox(line))?;
    Some(Found {
        name,
        digest: None,
        layers: 1,
        told: Told::History,
        created: first.created.clone(),
        newer: Vec::new(),
        roots: Vec::new(),
    })
}

/// `# debian.sh --arch 'amd64' out/ 'bookworm' '@1733097600'`: the suite and the second it was taken at.
fn debian(line: &str) -> Option<String> {
    let quoted: Vec<&str> = line.strip_prefix("# debian.sh")?.split('\'').skip(1).step_by(2).collect();
    let suite = quoted.iter().rev().find(|word| !word.starts_with('@'))?;
    let plain = suite.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    (plain && !suite.is_empty()).then(|| format!("debian:{suite}"))
}

/// `ADD alpine-minirootfs-3.20.3-x86_64.tar.gz / # buildkit`.
fn alpine(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("alpine-minirootfs-")?;
    let version = rest.split('-').next()?;
    let plain = version.chars().all(|letter| letter.is_ascii_digit() || letter == '.');
    (plain && !version.is_empty()).then(|| format!("alpine:{version}"))
}

/// `BusyBox 1.38.0 (glibc), Debian 13`.
fn busybox(line: &str) -> Option<String> {
    let rest = line.strip_prefix("BusyBox ")?;
    let (version, rest) = rest.split_once(' ')?;
    let libc = rest.strip_prefix('(')?.split(')').next()?;
    let plain = |word: &str| {
        !word.is_empty() && word.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '.')
    };
    (plain(version) && plain(libc)).then(|| format!("busybox:{version}-{libc}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_model::ImageConfig;

    fn digest(number: u8) -> Digest {
        Digest::sha256(&[number; 32])
    }

    fn base(name: &str, tag: &str, layers: &[u8], created: &str) -> Base {
        Base {
            name: name.into(),
            tags: vec![tag.into()],
            platform: "linux/amd64".into(),
            diff_ids: layers.iter().map(|&layer| digest(layer).to_string()).collect(),
            digest: None,
            created: Some(format!("{created}T00:00:00Z")),
        }
    }

    fn manifest() -> ImageManifest {
        ImageManifest {
            name: "app".into(),
            digest: None,
            config_digest: None,
            platform: plimsoll_model::Platform::parse("linux/amd64"),
            config: ImageConfig::default(),
            layers: Vec::new(),
            annotations: Default::default(),
        }
    }

    #[test]
    fn the_longest_chain_of_layers_is_the_nearest_base() {
        let catalogue = Catalogue::new(vec![
            base("debian", "12", &[1], "2026-01-01"),
            base("debian", "12", &[9], "2026-02-01"),
            base("python", "3.12", &[1, 2, 3], "2026-01-02"),
            base("other", "1", &[2], "2026-01-02"),
        ]);
        let check = |layers: &[u8], expected: Option<(&str, usize, &[&str], &[&str])>| {
            let ids: Vec<Digest> = layers.iter().map(|&layer| digest(layer)).collect();
            let found = catalogue.find(&manifest(), &ids);
            let found = found.as_ref().map(|found| {
                let text = |list: &[String]| list.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
                (found.name.as_str(), found.layers, text(&found.roots), text(&found.newer))
            });
            let expected =
                expected.map(|(name, layers, roots, newer)| (name, layers, roots.join(" "), newer.join(" ")));
            assert_eq!(found, expected, "{layers:?}");
        };
        check(&[1, 2, 3, 4], Some(("python:3.12", 3, &["debian:12"], &[])));
        check(&[1, 2, 3], Some(("python:3.12", 3, &["debian:12"], &[])));
        check(&[1, 2, 4], Some(("debian:12", 1, &[], &["debian:12"])));
        check(&[9, 2], Some(("debian:12", 1, &[], &[])));
        check(&[4, 1], None);
        check(&[2, 1], Some(("other:1", 1, &[], &[])));
        check(&[], None);
    }

    #[test]
    fn history_and_annotations_name_a_base_where_layers_do_not() {
        let check = |line: &str, expected: Option<&str>| {
            let step = History { created_by: line.into(), ..History::default() };
            let config = ImageConfig { history: vec![step], ..ImageConfig::default() };
            let found = Catalogue::default().find(&ImageManifest { config, ..manifest() }, &[digest(7)]);
            assert_eq!(found.map(|found| found.name).as_deref(), expected, "{line}");
        };
        check("# debian.sh --arch 'amd64' out/ 'bookworm' '@1733097600'", Some("debian:bookworm"));
        check("/bin/sh -c #(nop) ADD file:abc in / ", None);
        check("ADD alpine-minirootfs-3.20.3-x86_64.tar.gz / # buildkit", Some("alpine:3.20.3"));
        check("BusyBox 1.38.0 (glibc), Debian 13", Some("busybox:1.38.0-glibc"));
        check("ADD rootfs in /", None);
        let mut named = manifest();
        named
            .config
            .labels
            .insert("org.opencontainers.image.base.name".into(), "docker.io/library/debian:12".into());
        let found = Catalogue::default().find(&named, &[]).expect("it is named");
        assert_eq!((found.name.as_str(), found.told), ("debian:12", Told::Annotation));
    }

    #[test]
    fn the_starter_catalogue_is_whole() {
        let text = include_str!("../data/bases.jsonl");
        let bases = Catalogue::parse(text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(Catalogue::starter().bases().len(), bases.len());
        assert!(bases.len() >= 20);
        for base in &bases {
            assert!(base.diff_ids.iter().all(|id| id.parse::<Digest>().is_ok()), "{}", base.reference());
        }
    }
}
