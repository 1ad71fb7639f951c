//! JFrog Artifactory, in the repository path method: the first part of a name is a repository of Artifactory's (JFrog
//! documentation, "List Docker Repositories", "Get Repositories").

use super::super::Inner;
use super::super::api::Api;
use super::super::names::Names;
use super::super::place::Place;
use crate::ImageError;
use serde_json::Value;

/// The images of the repository in the address, or of every local one that holds images; by `_catalog` where each
/// repository has a host of its own.
pub(super) fn list(inner: &Inner, names: &mut Names) -> Result<(), ImageError> {
    let key = below(&inner.place);
    let keys = match key.split('/').next() {
        Some(key) if !key.is_empty() => vec![key.to_owned()],
        _ => keys(inner)?,
    };
    if keys.is_empty() {
        return inner.whole_catalog(names);
    }
    let mut refusals = 0;
    for key in &keys {
        let refused = inner.catalog(&format!("/artifactory/api/docker/{key}"), key, names)?;
        refusals += usize::from(refused.is_some());
        match refused {
            // Not one that can be listed: that is no empty registry.
            Some(status) if refusals == keys.len() => return Err(inner.no_catalog(status)),
            _ => {}
        }
        if names.is_done() {
            break;
        }
    }
    Ok(())
}

/// `docker-local/team` of `https://example.jfrog.io/artifactory/docker-local/team`.
pub(super) fn below(place: &Place) -> String {
    let path = place.path.strip_prefix("artifactory").map_or(place.path.as_str(), |rest| {
        if rest.is_empty() || rest.starts_with('/') { rest.trim_start_matches('/') } else { &place.path }
    });
    path.to_owned()
}

/// Repositories that hold images themselves: virtual ones show those of others, remote ones those of the world.
fn keys(inner: &Inner) -> Result<Vec<String>, ImageError> {
    let mut url = inner.place.url("artifactory/api/repositories");
    url.set_query(Some("packageType=docker"));
    let answer = Api::with_password(inner).get(&url, "the list of repositories", &[400, 401, 403, 404])?;
    let text = |item: &Value, field: &str| item.get(field).and_then(Value::as_str).map(str::to_owned);
    let is_local = |item: &&Value| {
        text(item, "type")
            .is_some_and(|kind| matches!(kind.to_ascii_uppercase().as_str(), "LOCAL" | "FEDERATED"))
    };
    let items = answer.body.as_array().map_or(&[][..], Vec::as_slice);
    Ok(items.iter().filter(is_local).filter_map(|item| text(item, "key")).collect())
}
