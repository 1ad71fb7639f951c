//! Manifests, indexes and configs: bytes in, what they say out. Nothing is fetched here.

use crate::{ImageError, PlatformChoice};
use plimsoll_model::{Digest, History, ImageConfig, Platform};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};

/// Media types of what a registry is asked for, best first.
pub(crate) const ACCEPTED: &[&str] = &[
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

/// Platforms that an error lists.
const MOST_SHOWN: usize = 40;

/// A manifest, or an index of manifests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Document {
    /// Of several platforms.
    Index(Index),
    /// Of one image.
    Manifest(Manifest),
}

/// An OCI image index or a Docker manifest list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    /// Its manifests, which may be indexes again.
    pub manifests: Vec<Descriptor>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
}

/// An OCI image manifest or a Docker manifest, schema 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Its config.
    pub config: Descriptor,
    /// Its layers, oldest first.
    pub layers: Vec<Descriptor>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
}

/// What names other content (OCI image spec 1.1, "OCI Content Descriptors").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// Media type; empty when it has none.
    pub media_type: String,
    /// Digest.
    pub digest: Digest,
    /// Bytes.
    pub size: u64,
    /// In an index: the platform of the image.
    pub platform: Option<Platform>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
    /// What an artifact that is no image calls itself; empty for images.
    pub artifact_type: String,
}

/// What a config says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// What is read of it.
    pub config: ImageConfig,
    /// Digests of the layers' tars, oldest first; empty where it does not say.
    pub diff_ids: Vec<Digest>,
    /// Platform; `None` when it does not say.
    pub platform: Option<Platform>,
}

/// Reads a manifest or an index. What it is, it says itself by its fields; `media_type` (of the HTTP answer or the
/// descriptor, may be empty) must not contradict that. `Err` says why.
pub fn parse_manifest(bytes: &[u8], media_type: &str) -> Result<Document, String> {
    let object = Object::parse(bytes)?;
    let inner: String = object.lenient("mediaType");
    let is_schema1 = |text: &str| text.contains("distribution.manifest.v1");
    let version: Option<u64> = object.lenient("schemaVersion");
    if version == Some(1) || is_schema1(&inner) || is_schema1(media_type) {
        return Err("it is of Docker's schema 1, which registries gave up; push the image again".to_owned());
    }
    let (has_manifests, has_layers) =
        (object.has("manifests"), object.has("layers") || object.has("config") || object.has("fsLayers"));
    // One document that reads as both would be scanned as one and run as the other (CVE-2021-41190).
    if has_manifests && has_layers {
        return Err("it is both an index and a manifest".to_owned());
    }
    let says_manifest =
        |text: &str| text.contains("image.manifest") || text.contains("distribution.manifest.v2");
    for said in [inner.as_str(), media_type] {
        if (has_manifests && says_manifest(said)) || (has_layers && is_index(said)) {
            return Err(format!("it is not the `{said}` it says it is"));
        }
    }
    let annotations = object.string_map("annotations");
    if has_manifests {
        return Ok(Document::Index(Index { manifests: object.descriptors("manifests")?, annotations }));
    }
    if !object.has("config") || !object.has("layers") {
        return Err("it has neither manifests nor config and layers".to_owned());
    }
    Ok(Document::Manifest(Manifest {
        config: object.descriptor("config")?,
        layers: object.descriptors("layers")?,
        annotations,
    }))
}

/// Is this the media type of an index?
pub fn is_index(media_type: &str) -> bool {
    media_type.contains("image.index") || media_type.contains("manifest.list")
}

/// Reads a config. Only what layers are checked by is strict: a missing, null or wrong-typed field is empty, but a
/// diff id that is no digest is an error. `Err` says why.
pub fn parse_config(bytes: &[u8]) -> Result<Config, String> {
    let object = Object::parse(bytes)?;
    let inner: Object = object.lenient_object("config");
    let history: Vec<&RawValue> = object.list("history");
    let root: Object = object.lenient_object("rootfs");
    let diff_ids = root
        .lenient::<Vec<String>>("diff_ids")
        .iter()
        .map(|text| text.parse::<Digest>().map_err(|error| format!("diff id {error}")))
        .collect::<Result<_, _>>()?;
    Ok(Config {
        config: ImageConfig {
            created: object.lenient("created"),
            author: object.lenient("author"),
            user: inner.lenient("User"),
            env: inner.strings("Env"),
            cmd: inner.strings("Cmd"),
            entrypoint: inner.strings("Entrypoint"),
            working_dir: inner.lenient("WorkingDir"),
            exposed_ports: inner.keys("ExposedPorts"),
            volumes: inner.keys("Volumes"),
            labels: inner.string_map("Labels"),
            stop_signal: inner.lenient("StopSignal"),
            healthcheck: inner.lenient_object("Healthcheck").strings("Test"),
            on_build: inner.strings("OnBuild"),
            history: history.into_iter().map(|step| history_step(&Object::of(step))).collect(),
        },
        diff_ids,
        platform: object.platform(),
    })
}

fn history_step(step: &Object) -> History {
    History {
        created: step.lenient("created"),
        created_by: step.lenient("created_by"),
        comment: step.lenient("comment"),
        empty_layer: step.lenient("empty_layer"),
    }
}

/// The images of an index that are wanted, each digest once. Attestations and artifacts are no images. Where no entry
/// says it is for the platform asked for, those that say nothing are returned: their config must tell.
pub fn choose(name: &str, index: &Index, choice: &PlatformChoice) -> Result<Vec<Descriptor>, ImageError> {
    let mut seen = BTreeSet::new();
    let images: Vec<&Descriptor> =
        index.manifests.iter().filter(|entry| is_image(entry) && seen.insert(&entry.digest)).collect();
    let missing = |wanted: String| ImageError::Platform {
        name: name.to_owned(),
        wanted,
        available: match images.as_slice() {
            [] => "no image at all".to_owned(),
            images => {
                let shown = images.iter().take(MOST_SHOWN).map(|entry| platform_text(entry));
                shown.collect::<Vec<_>>().join(", ")
            }
        },
    };
    match choice {
        PlatformChoice::All if images.is_empty() => Err(missing("any platform".to_owned())),
        PlatformChoice::All => Ok(images.into_iter().cloned().collect()),
        PlatformChoice::Host => {
            let host = host_platform();
            let found = best(&images, &host).or(images.first().copied());
            found.map(|entry| vec![entry.clone()]).ok_or_else(|| missing(host.to_string()))
        }
        PlatformChoice::One(wanted) => match best(&images, wanted) {
            Some(entry) => Ok(vec![entry.clone()]),
            None => {
                let silent: Vec<Descriptor> = images
                    .iter()
                    .filter(|entry| entry.platform.is_none())
                    .map(|&entry| entry.clone())
                    .collect();
                if silent.is_empty() { Err(missing(wanted.to_string())) } else { Ok(silent) }
            }
        },
    }
}

/// Does an image of the platform `has` answer a request for `wanted`? A variant left out of the request is any.
pub fn fits(wanted: &Platform, has: &Platform) -> bool {
    let (wanted, has) = (normal(wanted), normal(has));
    wanted.os == has.os
        && wanted.arch == has.arch
        && (wanted.variant.is_empty() || wanted.variant == has.variant)
}

/// `linux` on this machine's architecture.
pub fn host_platform() -> Platform {
    normal(&Platform {
        os: "linux".to_owned(),
        arch: std::env::consts::ARCH.to_owned(),
        variant: String::new(),
    })
}

/// The entry that fits best: the architecture's usual variant before newer or older ones, else the first.
fn best<'a>(images: &[&'a Descriptor], wanted: &Platform) -> Option<&'a Descriptor> {
    let fitting = |entry: &&&Descriptor| entry.platform.as_ref().is_some_and(|has| fits(wanted, has));
    let usual = if normal(wanted).arch == "arm" { "v7" } else { "" };
    let is_usual =
        |entry: &&&Descriptor| entry.platform.as_ref().is_some_and(|has| normal(has).variant == usual);
    let mut candidates = images.iter().filter(fitting);
    candidates.clone().find(is_usual).or_else(|| candidates.next()).copied()
}

/// Words for the same thing folded, as containerd's platforms package does: `x86_64`, `aarch64`; `v8` is what every
/// arm64 is, `v1` what every amd64 is, and an arm without variant is `v7`.
fn normal(platform: &Platform) -> Platform {
    let (os, arch, variant) = (
        platform.os.to_ascii_lowercase(),
        platform.arch.to_ascii_lowercase(),
        platform.variant.to_ascii_lowercase(),
    );
    let arch = match arch.as_str() {
        "x86_64" | "x86-64" => "amd64",
        "aarch64" => "arm64",
        "armhf" | "armv7l" => "arm",
        "i386" | "i686" | "x86" => "386",
        "powerpc64" => "ppc64le",
        "riscv64gc" => "riscv64",
        "loongarch64" => "loong64",
        other => other,
    }
    .to_owned();
    let os = if os == "macos" { "darwin".to_owned() } else { os };
    let variant = match (arch.as_str(), variant.as_str()) {
        ("arm64", "v8" | "8") | ("amd64", "v1") => String::new(),
        ("arm", digit @ ("5" | "6" | "7" | "8")) => format!("v{digit}"),
        _ => variant,
    };
    Platform { os, arch, variant }
}

fn is_image(entry: &Descriptor) -> bool {
    let attestation = entry.annotations.contains_key("vnd.docker.reference.type");
    let unknown = entry.platform.as_ref().is_some_and(|has| has.os == "unknown" || has.arch == "unknown");
    !attestation && !unknown && entry.artifact_type.is_empty()
}

fn platform_text(entry: &Descriptor) -> String {
    entry.platform.as_ref().map_or_else(|| "one of unknown platform".to_owned(), Platform::to_string)
}

/// A JSON object whose values are not read yet, so that one bad field spoils no other and nothing unknown is built
/// in memory.
#[derive(Default)]
struct Object<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> Object<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Object<'a>, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        serde_json::from_str(text).map(Object).map_err(|error| format!("it is not a JSON object: {error}"))
    }

    fn of(value: &'a RawValue) -> Object<'a> {
        Object(serde_json::from_str(value.get()).unwrap_or_default())
    }

    fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| value.get() != "null")
    }

    /// The field, or the default where it is missing or of another type.
    fn lenient<T: DeserializeOwned + Default>(&self, name: &str) -> T {
        self.0.get(name).and_then(|value| serde_json::from_str(value.get()).ok()).unwrap_or_default()
    }

    fn lenient_object(&self, name: &str) -> Object<'a> {
        self.0.get(name).map(|&value| Object::of(value)).unwrap_or_default()
    }

    fn list(&self, name: &str) -> Vec<&'a RawValue> {
        self.0.get(name).and_then(|value| serde_json::from_str(value.get()).ok()).unwrap_or_default()
    }

    /// A list of strings, or one string as a list of itself; members of other types are left out.
    fn strings(&self, name: &str) -> Vec<String> {
        match self.lenient::<Option<String>>(name) {
            Some(one) => vec![one],
            None => {
                self.list(name).iter().filter_map(|value| serde_json::from_str(value.get()).ok()).collect()
            }
        }
    }

    /// The keys of an object used as a set.
    fn keys(&self, name: &str) -> Vec<String> {
        self.lenient_object(name).0.into_keys().collect()
    }

    fn string_map(&self, name: &str) -> BTreeMap<String, String> {
        let members = self.lenient_object(name).0.into_iter();
        members.filter_map(|(key, value)| Some((key, serde_json::from_str(value.get()).ok()?))).collect()
    }

    fn platform(&self) -> Option<Platform> {
        let part = |name| self.lenient::<String>(name).to_ascii_lowercase();
        let platform = Platform { os: part("os"), arch: part("architecture"), variant: part("variant") };
        (!platform.os.is_empty() && !platform.arch.is_empty()).then_some(platform)
    }

    fn descriptor(&self, name: &str) -> Result<Descriptor, String> {
        let value = self.0.get(name).ok_or_else(|| format!("it has no {name}"))?;
        descriptor(value).map_err(|why| format!("{name}: {why}"))
    }

    fn descriptors(&self, name: &str) -> Result<Vec<Descriptor>, String> {
        let value = self.0.get(name).ok_or_else(|| format!("it has no {name}"))?;
        let values: Vec<&RawValue> =
            serde_json::from_str(value.get()).map_err(|_| format!("{name} is not a list"))?;
        let at = |(at, value): (usize, &&RawValue)| {
            descriptor(value).map_err(|why| format!("{name}[{at}]: {why}"))
        };
        values.iter().enumerate().map(at).collect()
    }
}

fn descriptor(value: &RawValue) -> Result<Descriptor, String> {
    #[derive(Deserialize)]
    struct Strict {
        digest: String,
        size: u64,
    }
    let strict: Strict = serde_json::from_str(value.get()).map_err(|error| error.to_string())?;
    let object = Object::of(value);
    Ok(Descriptor {
        media_type: object.lenient("mediaType"),
        digest: strict.digest.parse().map_err(|error: plimsoll_model::DigestError| error.to_string())?,
        size: strict.size,
        platform: object.lenient_object("platform").platform(),
        annotations: object.string_map("annotations"),
        artifact_type: object.lenient("artifactType"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const A: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    fn manifest_text() -> String {
        format!(
            r#"{{"schemaVersion":2,"config":{{"digest":"{A}","size":7,"mediaType":"application/vnd.oci.image.config.v1+json"}},
            "layers":[{{"digest":"{B}","size":9,"mediaType":"m","x":[1]}}],"annotations":{{"a":"b","c":1}}}}"#
        )
    }

    #[test]
    fn manifests_and_indexes_are_read() {
        let Ok(Document::Manifest(manifest)) = parse_manifest(manifest_text().as_bytes(), "") else {
            panic!("not a manifest")
        };
        assert_eq!((manifest.config.digest.as_str(), manifest.config.size), (A, 7));
        assert_eq!((manifest.layers[0].digest.as_str(), &*manifest.layers[0].media_type), (B, "m"));
        assert_eq!(manifest.annotations, BTreeMap::from([("a".to_owned(), "b".to_owned())]));

        let text = format!(
            r#"{{"manifests":[{{"digest":"{A}","size":1,"platform":{{"os":"Linux","architecture":"arm64","variant":"v8"}}}},
            {{"digest":"{B}","size":2,"platform":null}}],"layers":null}}"#
        );
        let Ok(Document::Index(index)) =
            parse_manifest(text.as_bytes(), "application/vnd.oci.image.index.v1+json")
        else {
            panic!("not an index")
        };
        assert_eq!(index.manifests[0].platform, Platform::parse("linux/arm64/v8"));
        assert_eq!(index.manifests[1].platform, None);
    }

    #[test]
    fn what_is_no_manifest_is_said() {
        let check = |text: &str, media_type: &str, why: &str| {
            let error = parse_manifest(text.as_bytes(), media_type).expect_err(text);
            assert!(error.contains(why), "{error} should say {why}");
        };
        check("", "", "not a JSON object");
        check("null", "", "not a JSON object");
        check("[]", "", "not a JSON object");
        check("{}", "", "neither");
        check(r#"{"manifests":null}"#, "", "neither");
        check(r#"{"manifests":{}}"#, "", "not a list");
        check(r#"{"manifests":[1]}"#, "", "manifests[0]");
        check(r#"{"manifests":[{"digest":"sha256:1","size":1}]}"#, "", "not a sha256");
        check(&format!(r#"{{"manifests":[{{"digest":"{A}","size":-1}}]}}"#), "", "manifests[0]");
        check(&format!(r#"{{"manifests":[{{"digest":"{A}"}}]}}"#), "", "size");
        check(r#"{"manifests":[],"layers":[]}"#, "", "both");
        check(r#"{"schemaVersion":1,"fsLayers":[]}"#, "", "schema 1");
        check("{}", "application/vnd.docker.distribution.manifest.v1+prettyjws", "schema 1");
        check(&manifest_text(), "application/vnd.oci.image.index.v1+json", "it says it is");
        check(r#"{"manifests":[]}"#, "application/vnd.docker.distribution.manifest.v2+json", "it says it is");
    }

    #[test]
    fn configs_are_read_leniently() {
        let text = format!(
            r#"{{"created":"2024-01-01T00:00:00Z","author":null,"os":"linux","architecture":"arm","variant":"v7",
            "config":{{"User":"app","Env":["A=b",null,3],"Cmd":"sh","Entrypoint":null,"WorkingDir":7,"ExposedPorts":{{"80/tcp":{{}}}},
            "Volumes":null,"Labels":{{"a":"b","c":4}},"StopSignal":"TERM","Healthcheck":{{"Test":["CMD","x"]}},"OnBuild":[]}},
            "history":[{{"created_by":"RUN x","empty_layer":"no"}},null,{{"empty_layer":true,"comment":"c"}}],
            "rootfs":{{"type":"layers","diff_ids":["{A}"]}}}}"#
        );
        let read = parse_config(text.as_bytes()).unwrap_or_else(|why| panic!("{why}"));
        assert_eq!(read.diff_ids, [A.parse().expect("a digest")]);
        assert_eq!(read.platform, Platform::parse("linux/arm/v7"));
        let config = read.config;
        assert_eq!((&*config.user, &*config.working_dir), ("app", ""));
        assert_eq!((config.env, config.cmd), (vec!["A=b".to_owned()], vec!["sh".to_owned()]));
        assert_eq!((config.exposed_ports, config.labels.len()), (vec!["80/tcp".to_owned()], 1));
        assert_eq!(config.healthcheck, ["CMD", "x"]);
        assert_eq!(config.history.len(), 3);
        assert_eq!((&*config.history[0].created_by, config.history[0].empty_layer), ("RUN x", false));
        assert!(config.history[2].empty_layer);

        assert_eq!(parse_config(b"{}"), Ok(Config::default()));
        assert_eq!(parse_config(br#"{"config":null,"history":null,"rootfs":null}"#), Ok(Config::default()));
        assert!(parse_config(b"null").is_err());
        assert!(parse_config(br#"{"rootfs":{"diff_ids":["sha1:00"]}}"#).is_err());
    }

    #[test]
    fn the_platform_asked_for_is_chosen() {
        let digest = |at: usize| format!("sha256:{at:064x}").parse::<Digest>().expect("a digest");
        let index = |platforms: &[&str]| Index {
            manifests: platforms
                .iter()
                .enumerate()
                .map(|(at, platform)| Descriptor {
                    media_type: String::new(),
                    digest: digest(at),
                    size: 1,
                    platform: Platform::parse(platform),
                    annotations: match *platform {
                        "attestation" => BTreeMap::from([(
                            "vnd.docker.reference.type".into(),
                            "attestation-manifest".into(),
                        )]),
                        _ => BTreeMap::new(),
                    },
                    artifact_type: String::new(),
                })
                .collect(),
            annotations: BTreeMap::new(),
        };
        let check = |platforms: &[&str], choice: &PlatformChoice, expected: Result<&[usize], &str>| match (
            choose("x", &index(platforms), choice),
            expected,
        ) {
            (Ok(chosen), Ok(expected)) => {
                let chosen: Vec<Digest> = chosen.into_iter().map(|entry| entry.digest).collect();
                let expected: Vec<Digest> = expected.iter().map(|&at| digest(at)).collect();
                assert_eq!(chosen, expected, "{platforms:?} {choice:?}");
            }
            (Err(ImageError::Platform { available, .. }), Err(expected)) => assert_eq!(available, expected),
            (chosen, expected) => panic!("{platforms:?} {choice:?}: {chosen:?}, not {expected:?}"),
        };
        let one = |text: &str| PlatformChoice::One(Platform::parse(text).expect("a platform"));
        let host = host_platform().to_string();
        check(&["linux/s390x", &host, "unknown/unknown"], &PlatformChoice::Host, Ok(&[1]));
        check(&["unknown/unknown", "linux/s390x"], &PlatformChoice::Host, Ok(&[1]));
        check(&["attestation", "linux/s390x"], &PlatformChoice::Host, Ok(&[1]));
        check(&["unknown/unknown"], &PlatformChoice::Host, Err("no image at all"));
        check(&[], &PlatformChoice::All, Err("no image at all"));
        check(&["linux/amd64", "unknown/unknown", "linux/arm64"], &PlatformChoice::All, Ok(&[0, 2]));
        check(&["linux/amd64/v3", "linux/amd64"], &one("linux/amd64"), Ok(&[1]));
        check(&["linux/amd64/v3", "linux/amd64/v2"], &one("linux/amd64"), Ok(&[0]));
        check(&["linux/amd64"], &one("linux/x86_64/v1"), Ok(&[0]));
        check(&["linux/arm64/v8"], &one("linux/arm64"), Ok(&[0]));
        check(&["linux/arm64"], &one("linux/aarch64/v8"), Ok(&[0]));
        check(&["linux/arm/v6", "linux/arm/v7"], &one("linux/arm"), Ok(&[1]));
        check(&["linux/arm/v6", "linux/arm/v7"], &one("linux/arm/v6"), Ok(&[0]));
        check(&["linux/arm/v6"], &one("linux/arm/v5"), Err("linux/arm/v6"));
        check(&["linux/amd64", "linux/arm64"], &one("windows/amd64"), Err("linux/amd64, linux/arm64"));
        check(&["silent", "linux/arm64"], &one("linux/amd64"), Ok(&[0]));
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes: Vec<u8>, at in 0_usize..400, byte: u8) {
            let _ = (parse_manifest(&bytes, ""), parse_config(&bytes));
            let mut text = manifest_text().into_bytes();
            let at = at % text.len();
            text[at] = byte;
            let _ = (parse_manifest(&text, ""), parse_config(&text));
        }
    }
}
