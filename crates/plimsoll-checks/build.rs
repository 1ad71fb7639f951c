//! Baselines are written in TOML for people; the program reads them as one JSON text without examples, many times faster.

use serde_json::Value;
use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=data");
    let mut files: Vec<_> = fs::read_dir("data")
        .expect("the folder of baselines is there")
        .map(|entry| entry.expect("the folder of baselines can be read").path())
        .collect();
    files.sort();
    let read = |path: &std::path::PathBuf| -> Value {
        let text = fs::read_to_string(path).expect("a baseline is text");
        toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let all: Vec<Value> = files.iter().map(read).collect();
    let folder = env::var("OUT_DIR").expect("cargo says where");
    let write = |name: &str, baselines: &[Value]| {
        let text = serde_json::to_string(baselines).expect("values are JSON");
        fs::write(Path::new(&folder).join(name), text).expect("cargo's folder can be written");
    };
    write("with-examples.json", &all);
    write("baselines.json", &all.into_iter().map(without_examples).collect::<Vec<_>>());
}

fn without_examples(mut baseline: Value) -> Value {
    if let Some(items) = baseline.get_mut("item").and_then(Value::as_array_mut) {
        for item in items.iter_mut().filter_map(Value::as_object_mut) {
            item.remove("pass");
            item.remove("fail");
        }
    }
    if let Some(baseline) = baseline.as_object_mut() {
        baseline.remove("given");
    }
    baseline
}
