//! The config of an image, read leniently: a field that is missing, null or of the wrong type is empty.

use crate::json::{self, get, text, text_map, texts};
use plimsoll_model::{Digest, History, ImageConfig, Platform};
use serde_json::{Map, Value};

/// A config and what the manifest needs of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ConfigFile {
    pub config: ImageConfig,
    pub platform: Option<Platform>,
    /// `None` where the config is silent.
    pub diff_ids: Option<Vec<Digest>>,
}

/// Reads an image config (OCI image spec 1.1, "OCI Image Configuration"; Docker image spec 1.2 before it). Only
/// what layers are verified with is taken strictly. `Err` says why it is no config.
pub(crate) fn parse(bytes: &[u8]) -> Result<ConfigFile, String> {
    let file = json::object(bytes)?;
    let container = object(&file, "config");
    let field = |name| container.and_then(|container| get(container, name));
    let config = ImageConfig {
        created: text(get(&file, "created")),
        author: text(get(&file, "author")),
        user: text(field("User")).unwrap_or_default(),
        env: texts(field("Env")),
        cmd: texts(field("Cmd")),
        entrypoint: texts(field("Entrypoint")),
        working_dir: text(field("WorkingDir")).unwrap_or_default(),
        exposed_ports: keys(field("ExposedPorts")),
        volumes: keys(field("Volumes")),
        labels: text_map(field("Labels")),
        stop_signal: text(field("StopSignal")),
        healthcheck: texts(
            field("Healthcheck").and_then(Value::as_object).and_then(|check| get(check, "Test")),
        ),
        on_build: texts(field("OnBuild")),
        history: get(&file, "history")
            .and_then(Value::as_array)
            .map_or(Vec::new(), |steps| steps.iter().map(history).collect()),
    };
    let diff_ids = match object(&file, "rootfs").and_then(|rootfs| get(rootfs, "diff_ids")) {
        None | Some(Value::Null) => None,
        Some(Value::Array(ids)) => Some(ids.iter().map(digest).collect::<Result<_, _>>()?),
        Some(_) => return Err("rootfs.diff_ids is no list".to_owned()),
    };
    Ok(ConfigFile { config, platform: platform(&file), diff_ids })
}

/// The `os`, `architecture` and `variant` of a config or a descriptor's `platform`.
pub(crate) fn platform(of: &Map<String, Value>) -> Option<Platform> {
    let part = |name| text(get(of, name)).unwrap_or_default();
    let (os, arch, variant) = (part("os"), part("architecture"), part("variant"));
    let slash = if variant.is_empty() { "" } else { "/" };
    Platform::parse(&format!("{os}/{arch}{slash}{variant}"))
}

fn object<'a>(of: &'a Map<String, Value>, name: &str) -> Option<&'a Map<String, Value>> {
    get(of, name).and_then(Value::as_object)
}

/// Sets are written as objects with empty values, sometimes as lists.
fn keys(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Object(set)) => set.keys().cloned().collect(),
        list => texts(list),
    }
}

fn digest(value: &Value) -> Result<Digest, String> {
    value.as_str().unwrap_or_default().parse().map_err(|error| format!("rootfs.diff_ids: {error}"))
}

fn history(step: &Value) -> History {
    let Some(step) = step.as_object() else { return History::default() };
    History {
        created: text(get(step, "created")),
        created_by: text(get(step, "created_by")).unwrap_or_default(),
        comment: text(get(step, "comment")).unwrap_or_default(),
        empty_layer: get(step, "empty_layer").and_then(Value::as_bool).unwrap_or(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_config_is_read() {
        let hex = "a".repeat(64);
        let file = parse(
            format!(
                r#"{{"os":"linux","architecture":"arm","variant":"v7","created":"2024-01-01T00:00:00Z",
                "config":{{"User":"app","Env":["A=1",null,2],"Cmd":"run","ExposedPorts":{{"80/tcp":{{}}}},"Labels":{{"a":"b","c":1}},
                "Healthcheck":{{"Test":["CMD","x"]}}}},
                "rootfs":{{"type":"layers","diff_ids":["sha256:{hex}"]}},
                "history":[{{"created_by":"ADD","empty_layer":"no"}},null,{{"created_by":"CMD","empty_layer":true}}]}}"#
            )
            .as_bytes(),
        )
        .expect("valid");
        assert_eq!(file.platform.map(|platform| platform.to_string()).as_deref(), Some("linux/arm/v7"));
        assert_eq!(file.diff_ids.map(|ids| ids.len()), Some(1));
        let config = file.config;
        assert_eq!(
            (config.user.as_str(), config.env, config.cmd),
            ("app", vec!["A=1".to_owned()], vec!["run".to_owned()])
        );
        assert_eq!((config.exposed_ports, config.labels.len()), (vec!["80/tcp".to_owned()], 1));
        assert_eq!((config.healthcheck.len(), config.history.len()), (2, 3));
        assert_eq!((&*config.history[0].created_by, config.history[0].empty_layer), ("ADD", false));
        assert!(config.history[2].empty_layer);
    }

    #[test]
    fn odd_fields_are_empty_but_diff_ids_are_strict() {
        for lenient in [
            "{}",
            r#"{"config":null,"history":null,"rootfs":null,"os":7}"#,
            r#"{"config":[],"history":{},"rootfs":{"diff_ids":null}}"#,
        ] {
            assert_eq!(parse(lenient.as_bytes()), Ok(ConfigFile::default()), "{lenient}");
        }
        assert_eq!(parse(br#"{"CONFIG":{"user":"root"}}"#).expect("valid").config.user, "root");
        for bad in [
            "",
            "null",
            "[]",
            "{",
            r#"{"rootfs":{"diff_ids":["md5:1"]}}"#,
            r#"{"rootfs":{"diff_ids":[null]}}"#,
            r#"{"rootfs":{"diff_ids":7}}"#,
        ] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(parse("[".repeat(100_000).as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn mutated_configs_never_panic(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut bytes = br#"{"os":"linux","architecture":"amd64","config":{"Env":["A"],"Labels":{}},"rootfs":{"diff_ids":[]},"history":[{}]}"#.to_vec();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let _ = parse(&bytes);
        }
    }
}
