//! Lists the console's files, when the console is built, so that the program holds them; else a page that says how.

use std::fmt::Write;
use std::path::{Path, PathBuf};

fn main() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let console = root.join("../../console/dist");
    // Of a path that is not there cargo thinks it changed each time: watch what it would appear in.
    let watched = if console.is_dir() { console.clone() } else { root.join("../../console") };
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=assets");
    if watched.is_dir() {
        println!("cargo::rerun-if-changed={}", watched.display());
    }
    let mut files = Vec::new();
    if console.join("index.html").is_file() {
        collect(&console, "", &mut files);
    } else {
        files.push(("index.html".to_owned(), root.join("assets/placeholder.html")));
    }
    files.sort();
    let mut code = String::from("pub const FILES: &[(&str, &[u8])] = &[\n");
    for (name, path) in files {
        writeln!(code, "    ({name:?}, include_bytes!({:?})),", path.display().to_string())
            .expect("it is memory");
    }
    code += "];\n";
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it")).join("console.rs");
    std::fs::write(out, code).expect("cargo's folder can be written");
}

fn collect(folder: &Path, below: &str, files: &mut Vec<(String, PathBuf)>) {
    let entries = std::fs::read_dir(folder).expect("the console's folder can be read");
    for entry in entries.flatten() {
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files);
        } else {
            files.push((name, entry.path()));
        }
    }
}
