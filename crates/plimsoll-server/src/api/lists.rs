//! Lists that scans go by: weak passwords, paths left out, base images.

use super::{Answer, sees_everything};
use crate::content::Json;
use crate::problem::Problem;
use crate::route::Call;
use plimsoll_fleet::ImageQuery;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// Most weak passwords of one's own (HSS: 300).
const PASSWORDS: usize = 300;
/// Most paths left out (HSS: 20).
const PATHS: usize = 20;
/// Most base images of one's own.
const BASES: usize = 1000;

/// Passwords tried beside the built-in ones.
#[derive(Serialize, JsonSchema)]
pub struct WeakPasswords {
    /// They.
    pub passwords: Vec<String>,
    /// How many there may be.
    pub limit: usize,
}

/// What to try from now on.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWeakPasswords {
    /// At most 300, each of 1 to 128 characters.
    pub passwords: Vec<String>,
}

/// Paths that scans leave out.
#[derive(Serialize, JsonSchema)]
pub struct ExcludePaths {
    /// Those always left out.
    pub default_paths: Vec<String>,
    /// Those of one's own.
    pub paths: Vec<String>,
    /// How many of one's own there may be.
    pub limit: usize,
}

/// What to leave out from now on.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewExcludePaths {
    /// At most 20 absolute paths.
    pub paths: Vec<String>,
}

/// Base images.
#[derive(Serialize, JsonSchema)]
pub struct BaseImages {
    /// They.
    pub items: Vec<BaseImage>,
    /// How many.
    pub total: u64,
    /// There is one page.
    pub next: Option<String>,
}

/// A base image of one's own, or one that scans met.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaseImage {
    /// Repository: `registry.example.com/base/java`.
    pub name: String,
    /// Tags it had.
    #[serde(default)]
    pub tags: Vec<String>,
    /// `linux/amd64`.
    #[serde(default)]
    pub platform: String,
    /// Diff ids of its layers, oldest first.
    #[serde(default)]
    pub diff_ids: Vec<String>,
    /// Digest of its manifest, where known.
    #[serde(default)]
    pub digest: Option<String>,
    /// When it was made, RFC 3339.
    #[serde(default)]
    pub created: Option<String>,
    /// Images built on it; of `seen=true`.
    #[serde(default, skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub images: Option<u64>,
}

/// One's own base images.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBaseImages {
    /// At most 1,000.
    #[serde(default)]
    pub items: Vec<BaseImage>,
    /// Scanned images by id that are base images, too: their layers are known.
    #[serde(default)]
    pub images: Vec<String>,
}

/// The weak passwords of one's own.
pub async fn weak_passwords(call: Call, (): ()) -> Answer<Json<WeakPasswords>> {
    let kept = call.app.platform.data().sealed_setting("weak_passwords").await?;
    let passwords = match kept {
        Some(bytes) => serde_json::from_slice(&bytes).map_err(|error| Problem::ours(&error))?,
        None => Vec::new(),
    };
    Ok(Json(WeakPasswords { passwords, limit: PASSWORDS }))
}

/// Replaces them.
pub async fn put_weak_passwords(
    call: Call,
    Json(body): Json<NewWeakPasswords>,
) -> Answer<Json<WeakPasswords>> {
    sees_everything(&call)?;
    let passwords = once(body.passwords);
    if passwords.len() > PASSWORDS {
        return Err(Problem::field("passwords", format!("at most {PASSWORDS}")));
    }
    let fine = |password: &String| {
        (1..=128).contains(&password.chars().count()) && !password.chars().any(char::is_control)
    };
    if let Some(at) = passwords.iter().position(|password| !fine(password)) {
        return Err(Problem::field("passwords", format!("number {}: give 1 to 128 characters", at + 1)));
    }
    let bytes = serde_json::to_vec(&passwords).map_err(|error| Problem::ours(&error))?;
    call.app.platform.data().set_sealed_setting("weak_passwords", &bytes).await?;
    Ok(Json(WeakPasswords { passwords, limit: PASSWORDS }))
}

/// The paths left out.
pub async fn exclude_paths(call: Call, (): ()) -> Answer<Json<ExcludePaths>> {
    let kept = call.app.platform.data().setting("exclude_paths").await?;
    let paths = kept.map_or(Ok(Vec::new()), serde_json::from_value).map_err(|error| Problem::ours(&error))?;
    Ok(Json(ExcludePaths { default_paths: default_paths(), paths, limit: PATHS }))
}

/// Replaces those of one's own.
pub async fn put_exclude_paths(call: Call, Json(body): Json<NewExcludePaths>) -> Answer<Json<ExcludePaths>> {
    sees_everything(&call)?;
    let paths = once(body.paths);
    if paths.len() > PATHS {
        return Err(Problem::field("paths", format!("at most {PATHS}")));
    }
    if let Some(path) = paths.iter().find(|path| !is_path(path)) {
        let shown: String = path.chars().filter(|c| !c.is_control()).take(100).collect();
        return Err(Problem::field(
            "paths",
            format!("`{shown}` is no absolute path of 2 to 1,024 characters"),
        ));
    }
    call.app.platform.data().set_setting("exclude_paths", &json!(paths)).await?;
    Ok(Json(ExcludePaths { default_paths: default_paths(), paths, limit: PATHS }))
}

/// Base images: one's own, or those that scans met.
pub async fn base_images(call: Call, (): ()) -> Answer<Json<BaseImages>> {
    let items = if call.flag("seen")? { seen(&call).await? } else { own(&call).await? };
    Ok(Json(BaseImages { total: items.len() as u64, items, next: None }))
}

/// Replaces one's own.
pub async fn put_base_images(call: Call, Json(mut body): Json<NewBaseImages>) -> Answer<Json<BaseImages>> {
    if body.images.len() > BASES {
        return Err(Problem::field("images", format!("at most {BASES}")));
    }
    for id in &body.images {
        body.items.push(scanned_base(&call, id).await?);
    }
    if body.items.len() > BASES {
        return Err(Problem::field("items", format!("at most {BASES}")));
    }
    for item in &body.items {
        super::name("name", &item.name)?;
        if item.diff_ids.is_empty()
            || item.diff_ids.iter().any(|id| id.parse::<plimsoll_model::Digest>().is_err())
        {
            return Err(Problem::field("diff_ids", format!("give the layers of {} as sha256:…", item.name)));
        }
    }
    call.app.platform.data().set_setting("base_images", &json!(body.items)).await?;
    Ok(Json(BaseImages { total: body.items.len() as u64, items: body.items, next: None }))
}

/// A scanned image as a base.
async fn scanned_base(call: &Call, id: &str) -> Answer<BaseImage> {
    let image = call.app.platform.image(&call.who, id).await?.row.image;
    let layers = call.app.platform.image_layers(&call.who, id).await?;
    let registry = image.registry_name.as_ref().map(|registry| format!("{registry}/")).unwrap_or_default();
    Ok(BaseImage {
        name: registry + &image.repository,
        tags: image.tag.into_iter().collect(),
        platform: image.platform,
        diff_ids: layers.into_iter().map(|row| row.layer.diff_id).collect(),
        digest: Some(image.digest),
        created: image.created.map(plimsoll_model::Time::to_rfc3339),
        images: None,
    })
}

async fn own(call: &Call) -> Answer<Vec<BaseImage>> {
    let kept = call.app.platform.data().setting("base_images").await?;
    kept.map_or(Ok(Vec::new()), serde_json::from_value).map_err(|error| Problem::ours(&error))
}

/// Bases that scans met, with how many images are built on each: the image list's facet.
async fn seen(call: &Call) -> Answer<Vec<BaseImage>> {
    let query = ImageQuery::parse(&BTreeMap::from([("limit".to_owned(), "1".to_owned())]))?;
    let (platform, sees) = (call.app.platform.clone(), call.who.sees.clone());
    let page = crate::blocking(move || platform.fleet().images(&query, sees.as_deref())).await?;
    let counts = page.facets.get("base").cloned().unwrap_or_default();
    let mut items: Vec<BaseImage> = counts
        .into_iter()
        .filter(|(name, _)| !name.is_empty())
        .map(|(name, images)| BaseImage {
            name,
            tags: Vec::new(),
            platform: String::new(),
            diff_ids: Vec::new(),
            digest: None,
            created: None,
            images: Some(images),
        })
        .collect();
    items.sort_by(|a, b| b.images.cmp(&a.images).then_with(|| a.name.cmp(&b.name)));
    Ok(items)
}

fn default_paths() -> Vec<String> {
    Vec::new()
}

/// Each once, in order.
fn once(list: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    list.into_iter().filter(|item| seen.insert(item.clone())).collect()
}

fn is_path(path: &str) -> bool {
    (2..=1024).contains(&path.len())
        && path.starts_with('/')
        && !path.chars().any(char::is_control)
        && !path.split('/').any(|part| part == "..")
}
