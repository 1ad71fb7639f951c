//! AlmaLinux' errata, `errata.full.json` (<https://errata.almalinux.org/9/errata.full.json>) and the older `errata.json`.

use super::product::{self, Product};
use super::rows::{Head, Row, Rows, cves, rating, record};
use crate::date;
use crate::osv::{self, Left, Parsed};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Full {
    data: Vec<Erratum>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Erratum {
    #[serde(alias = "id")]
    updateinfo_id: Option<String>,
    r#type: Option<String>,
    severity: Option<String>,
    title: Option<String>,
    description: Option<String>,
    issued_date: Value,
    updated_date: Value,
    references: Vec<Reference>,
    packages: Vec<Package>,
    modules: Vec<Module>,
    pkglist: Option<List>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Reference {
    id: Option<String>,
    r#type: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct List {
    packages: Vec<Package>,
    module: Option<Module>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Module {
    name: Option<String>,
    stream: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Package {
    name: String,
    version: String,
    release: String,
    epoch: Value,
    arch: String,
    module: Option<String>,
}

/// Reads a document; its path tells the release where the builds do not.
pub fn parse(at: &str, bytes: &[u8]) -> Vec<Result<Parsed, String>> {
    let list = match bytes.trim_ascii_start().first() {
        Some(b'[') => serde_json::from_slice::<Vec<Erratum>>(bytes),
        _ => serde_json::from_slice::<Full>(bytes).map(|full| full.data),
    };
    match list {
        Ok(list) => list.into_iter().map(|erratum| of_erratum(erratum, at)).collect(),
        Err(error) => vec![Err(error.to_string())],
    }
}

fn of_erratum(erratum: Erratum, at: &str) -> Result<Parsed, String> {
    let id = erratum.updateinfo_id.filter(|id| osv::is_id(id)).ok_or("an erratum has no id")?;
    let named = erratum.references.iter().filter_map(|reference| {
        let is_cve = reference.r#type.as_deref().is_none_or(|kind| kind.eq_ignore_ascii_case("cve"));
        reference.id.as_deref().filter(|_| is_cve)
    });
    let mut flaws: Vec<String> = named.flat_map(cves).collect();
    flaws.dedup();
    if erratum.r#type.as_deref() != Some("security") && flaws.is_empty() {
        return Ok(Parsed::Left(Left::NotSecurity));
    }
    let list = erratum.pkglist.unwrap_or_default();
    let of_module = |module: &Module| Some(format!("{}:{}", module.name.as_ref()?, module.stream.as_ref()?));
    // Several modules of one erratum are copies for several architectures, or depend on each other.
    let modules: std::collections::BTreeSet<String> =
        erratum.modules.iter().chain(&list.module).filter_map(of_module).collect();
    let only = if modules.len() == 1 { modules.into_iter().next() } else { None };
    let titled = erratum.title.as_deref().and_then(osv::module_of_summary);
    let mut rows = Rows::default();
    for package in erratum.packages.iter().chain(&list.packages) {
        if matches!(package.arch.as_str(), "src" | "nosrc") {
            continue;
        }
        let release = product::of_mark("el", &package.release).or_else(|| of_path(at));
        let release = release.ok_or_else(|| format!("{id} names no release, nor does the path"))?;
        let epoch = package.epoch.as_u64().or_else(|| package.epoch.as_str()?.parse().ok()).unwrap_or(0);
        let is_modular = package.release.contains(".module");
        let own = package.module.clone().filter(|module| module.contains(':'));
        let evr = format!("{epoch}:{}-{}", package.version, package.release);
        rows.add(Row {
            arch: Some(package.arch.clone()),
            module: own.or_else(|| only.clone()).or_else(|| titled.clone()).filter(|_| is_modular),
            ..Row::fixed(&Product::new("AlmaLinux", release), &package.name, &evr)
        })?;
    }
    record(
        Head {
            feed: "errata",
            whole: false,
            id,
            flaws,
            published: time(&erratum.issued_date),
            modified: time(&erratum.updated_date).or_else(|| time(&erratum.issued_date)),
            ratings: erratum
                .severity
                .as_deref()
                .and_then(|word| rating("almalinux", word))
                .into_iter()
                .collect(),
            summary: erratum.title,
            details: erratum.description,
        },
        rows,
    )
}

/// Seconds, milliseconds in MongoDB's form, or a text.
fn time(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|seconds| seconds as i64)),
        Value::String(text) => date::seconds(text),
        Value::Object(map) => match map.get("$date")? {
            Value::Number(milliseconds) => milliseconds.as_i64().map(|milliseconds| milliseconds / 1000),
            Value::String(text) => date::seconds(text),
            _ => None,
        },
        _ => None,
    }
}

/// `9` of `errata.almalinux.org/9/errata.full.json`.
fn of_path(at: &str) -> Option<String> {
    let folder = at.rsplit('/').nth(1)?;
    folder.parse::<u32>().ok().map(|_| folder.to_owned())
}
