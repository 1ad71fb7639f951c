//! Fedora's and EPEL's updates as Bodhi answers (<https://bodhi.fedoraproject.org/updates/?type=security>).

use super::nevra;
use super::product::Product;
use super::rows::{Head, Row, Rows, cves, rating, record};
use crate::osv::{self, Left, Parsed};
use plimsoll_model::KeyKind;
use serde::Deserialize;

#[derive(Deserialize)]
struct Answer {
    updates: Vec<Update>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Update {
    #[serde(alias = "updateid")]
    alias: Option<String>,
    title: Option<String>,
    display_name: Option<String>,
    notes: Option<String>,
    r#type: Option<String>,
    severity: Option<String>,
    status: Option<String>,
    date_pushed: Option<String>,
    date_modified: Option<String>,
    release: Release,
    builds: Vec<Build>,
    bugs: Vec<Bug>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Release {
    id_prefix: String,
    version: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Build {
    nvr: String,
    epoch: Option<u32>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Bug {
    title: Option<String>,
}

/// Reads an answer.
pub fn parse(bytes: &[u8]) -> Vec<Result<Parsed, String>> {
    match serde_json::from_slice::<Answer>(bytes) {
        Ok(answer) => answer.updates.into_iter().map(of_update).collect(),
        Err(error) => vec![Err(error.to_string())],
    }
}

fn of_update(update: Update) -> Result<Parsed, String> {
    let id = update.alias.filter(|id| osv::is_id(id)).ok_or("an update has no alias")?;
    let texts =
        update.bugs.iter().map(|bug| &bug.title).chain([&update.title, &update.display_name, &update.notes]);
    let mut flaws: Vec<String> = Vec::new();
    for flaw in texts.flatten().flat_map(|text| cves(text)) {
        if !flaws.contains(&flaw) {
            flaws.push(flaw);
        }
    }
    let is_out = update.status.as_deref().is_none_or(|status| status == "stable");
    if update.r#type.as_deref() != Some("security") || !is_out {
        return Ok(Parsed::Left(Left::NotSecurity));
    }
    let ecosystem = match update.release.id_prefix.as_str() {
        "FEDORA" => "Fedora",
        "FEDORA-EPEL" | "FEDORA-EPEL-NEXT" => "EPEL",
        other => return Err(format!("{id} is of {other:?}, neither Fedora nor EPEL")),
    };
    let product = Product::new(ecosystem, update.release.version.split('.').next().unwrap_or_default());
    let mut rows = Rows::default();
    for build in &update.builds {
        let Some(found) = nevra::parse(&build.nvr) else { continue };
        // Builds are of sources.
        let evr = format!("{}:{}", build.epoch.unwrap_or(0), found.evr);
        rows.add(Row { key: KeyKind::Source, ..Row::fixed(&product, &found.name, &evr) })?;
    }
    let time = |text: &Option<String>| {
        text.as_deref().map(|text| text.replace(' ', "T")).and_then(|text| crate::date::seconds(&text))
    };
    let published = time(&update.date_pushed);
    record(
        Head {
            feed: "bodhi",
            whole: false,
            id,
            flaws,
            published,
            modified: time(&update.date_modified).or(published),
            ratings: update.severity.as_deref().and_then(|word| rating("fedora", word)).into_iter().collect(),
            summary: update.display_name.filter(|name| !name.is_empty()).or(update.title),
            details: update.notes,
        },
        rows,
    )
}
