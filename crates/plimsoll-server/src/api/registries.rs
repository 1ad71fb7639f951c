//! Registries: connected, tested, synced.

use super::{Answer, all, given, sees_registry};
use crate::content::{Accepted, Created, Json, Nothing};
use crate::problem::Problem;
use crate::route::Call;
use plimsoll::platform::{ListPage, RegistryTest, SyncRequest};
use plimsoll_model::{EventKind, Registry, RegistryKind, RegistryState, SyncMode, Task};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A registry to be connected.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRegistry {
    /// What people call it, 1 to 128 characters.
    pub name: String,
    /// Which product; generic when left out.
    #[serde(default = "generic")]
    pub kind: RegistryKind,
    /// `https://registry.example.com`; for a registry below a path, with it.
    pub url: String,
    /// Who signs in; empty for nobody.
    #[serde(default)]
    pub username: String,
    /// Their password; write-only.
    #[serde(default)]
    pub password: Option<String>,
    /// Certificate authorities to trust beside the system's, PEM.
    #[serde(default)]
    pub ca: String,
    /// Accept any certificate.
    #[serde(default)]
    pub insecure: bool,
    /// May its address be a private or loopback one?
    #[serde(default)]
    pub allow_private: bool,
    /// Repositories wanted: patterns with `*`; all when empty.
    #[serde(default)]
    pub include: Vec<String>,
    /// Repositories not wanted.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Requests in a second; 0 for no bound.
    #[serde(default)]
    pub requests_per_second: u32,
    /// Images pulled at once; 0 for no bound.
    #[serde(default)]
    pub concurrency: u32,
    /// When its list is fetched; daily when left out.
    #[serde(default = "daily")]
    pub sync: SyncMode,
    /// Scan what a push or sync brings?
    #[serde(default)]
    pub scan_new: bool,
}

fn generic() -> RegistryKind {
    RegistryKind::Generic
}

fn daily() -> SyncMode {
    SyncMode::Daily
}

/// What to change of a registry.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "as of NewRegistry")]
pub struct ChangedRegistry {
    pub name: Option<String>,
    pub kind: Option<RegistryKind>,
    pub url: Option<String>,
    pub username: Option<String>,
    /// A new password; `null` or an empty one forgets it.
    #[serde(default, deserialize_with = "given")]
    pub password: Option<Option<String>>,
    pub ca: Option<String>,
    pub insecure: Option<bool>,
    pub allow_private: Option<bool>,
    pub include: Option<Vec<String>>,
    pub exclude: Option<Vec<String>>,
    pub requests_per_second: Option<u32>,
    pub concurrency: Option<u32>,
    pub sync: Option<SyncMode>,
    pub scan_new: Option<bool>,
}

/// How a registry says that something was pushed.
#[derive(Serialize, JsonSchema)]
pub struct PushDetails {
    /// Where it sends to; `KIND` stands for one of `kinds`.
    pub url: String,
    /// The header it sends the secret in.
    pub header: String,
    /// The secret.
    pub secret: String,
    /// Products whose notifications are understood.
    pub kinds: Vec<EventKind>,
}

/// Registries the asker may see.
pub async fn list(call: Call, (): ()) -> Answer<Json<ListPage<Registry>>> {
    let mut registries = call.app.platform.data().registries().await?;
    registries.retain(|registry| sees_registry(call.who.sees.as_deref(), &registry.id));
    let hidden = call.who.sees.is_some();
    Ok(Json(all(registries.into_iter().map(|registry| shown(registry, hidden)).collect())))
}

/// Connects a registry.
pub async fn create(call: Call, Json(body): Json<NewRegistry>) -> Answer<Created<Registry>> {
    let data = call.app.platform.data();
    let registry = Registry {
        id: uuid::Uuid::now_v7().to_string(),
        name: body.name,
        kind: body.kind,
        url: body.url,
        username: body.username,
        has_password: body.password.as_ref().is_some_and(|password| !password.is_empty()),
        ca: body.ca,
        insecure: body.insecure,
        allow_private: body.allow_private,
        include: body.include,
        exclude: body.exclude,
        requests_per_second: body.requests_per_second,
        concurrency: body.concurrency,
        sync: body.sync,
        scan_new: body.scan_new,
        state: RegistryState::New,
        reason: None,
        images: 0,
        synced_at: None,
        created_at: data.now().await?,
    };
    call.app.platform.check_registry(&registry)?;
    data.add_registry(&registry, body.password.as_deref().filter(|password| !password.is_empty())).await?;
    Ok(Created(registry))
}

/// One registry.
pub async fn show(call: Call, (): ()) -> Answer<Json<Registry>> {
    let hidden = call.who.sees.is_some();
    Ok(Json(shown(one(&call).await?, hidden)))
}

/// Changes a registry.
pub async fn change(call: Call, Json(body): Json<ChangedRegistry>) -> Answer<Json<Registry>> {
    let mut registry = one(&call).await?;
    let moved = body.url.as_ref().is_some_and(|url| *url != registry.url);
    if moved && registry.has_password && body.password.is_none() {
        // Else whoever can change the address could have the stored password sent to their own.
        return Err(Problem::field("password", "the address changes: give the password again, or null"));
    }
    registry.name = body.name.unwrap_or(registry.name);
    registry.kind = body.kind.unwrap_or(registry.kind);
    registry.url = body.url.unwrap_or(registry.url);
    registry.username = body.username.unwrap_or(registry.username);
    registry.ca = body.ca.unwrap_or(registry.ca);
    registry.insecure = body.insecure.unwrap_or(registry.insecure);
    registry.allow_private = body.allow_private.unwrap_or(registry.allow_private);
    registry.include = body.include.unwrap_or(registry.include);
    registry.exclude = body.exclude.unwrap_or(registry.exclude);
    registry.requests_per_second = body.requests_per_second.unwrap_or(registry.requests_per_second);
    registry.concurrency = body.concurrency.unwrap_or(registry.concurrency);
    registry.sync = body.sync.unwrap_or(registry.sync);
    registry.scan_new = body.scan_new.unwrap_or(registry.scan_new);
    let password = body.password.map(Option::unwrap_or_default);
    if let Some(password) = &password {
        registry.has_password = !password.is_empty();
    }
    call.app.platform.check_registry(&registry)?;
    call.app.platform.data().update_registry(&registry, password.as_deref()).await?;
    call.app.platform.refresh().await?;
    Ok(Json(one(&call).await?))
}

/// Forgets a registry and its images.
pub async fn delete(call: Call, (): ()) -> Answer<Nothing> {
    call.app.platform.data().delete_registry(call.id()).await?;
    call.app.platform.refresh().await?;
    Ok(Nothing)
}

/// Tries a registry as it is stored.
pub async fn test(call: Call, (): ()) -> Answer<Json<RegistryTest>> {
    let registry = one(&call).await?;
    Ok(Json(call.app.platform.test_registry(&registry.id).await?))
}

/// Lists a registry.
pub async fn sync(call: Call, (): ()) -> Answer<Accepted<Task>> {
    let registry = one(&call).await?;
    let request = SyncRequest { registries: vec![registry.id] };
    Ok(Accepted(call.app.platform.start_sync(&call.who, request).await?))
}

/// Lists several registries, or all the asker may see.
pub async fn sync_all(call: Call, Json(mut body): Json<SyncRequest>) -> Answer<Accepted<Task>> {
    let mut known = call.app.platform.data().registries().await?;
    known.retain(|registry| sees_registry(call.who.sees.as_deref(), &registry.id));
    if let Some(id) = body.registries.iter().find(|id| !known.iter().any(|registry| registry.id == **id)) {
        return Err(Problem::missing("registry", id));
    }
    if body.registries.is_empty() && call.who.sees.is_some() {
        body.registries = known.into_iter().map(|registry| registry.id).collect();
        if body.registries.is_empty() {
            return Err(Problem::conflict("there is no registry you may see"));
        }
    }
    Ok(Accepted(call.app.platform.start_sync(&call.who, body).await?))
}

/// How the registry says that something was pushed.
pub async fn push(call: Call, (): ()) -> Answer<Json<PushDetails>> {
    push_details(call, false).await
}

/// A new secret; the old one ends.
pub async fn renew_push(call: Call, (): ()) -> Answer<Json<PushDetails>> {
    push_details(call, true).await
}

async fn push_details(call: Call, renew: bool) -> Answer<Json<PushDetails>> {
    let registry = one(&call).await?;
    let secret = call.app.platform.data().push_secret(&registry.id, renew).await?;
    let url = format!("{}/api/v1/events/{}/KIND", call.app.public_url, registry.id);
    let kinds =
        vec![EventKind::Distribution, EventKind::Harbor, EventKind::Quay, EventKind::Ecr, EventKind::Acr];
    Ok(Json(PushDetails { url, header: "Authorization: Bearer SECRET".to_owned(), secret, kinds }))
}

/// The registry of the path, if the asker may see it.
async fn one(call: &Call) -> Answer<Registry> {
    let registry = call.app.platform.data().registry(call.id()).await?;
    if !sees_registry(call.who.sees.as_deref(), &registry.id) {
        return Err(Problem::missing("registry", call.id()));
    }
    Ok(registry)
}

/// Without what tells of repositories the asker may not see.
fn shown(mut registry: Registry, hidden: bool) -> Registry {
    if hidden {
        registry.username.clear();
        registry.include.clear();
        registry.exclude.clear();
        registry.images = 0;
    }
    registry
}
