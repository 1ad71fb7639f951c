//! Sonatype Nexus: `_catalog` of a connector, or of a repository by its path; else its components (Nexus REST API,
//! `/service/rest/v1/components`).

use super::super::Inner;
use super::super::api::{Api, MOST_PAGES, texts};
use super::super::names::{Names, registry_error};
use crate::ImageError;
use serde_json::Value;

/// With a repository in the address (`https://nexus.example.com/repository/docker-hosted` or without `repository/`) the
/// images in it, whose names begin with it, as path-based routing has them; else the connector's.
pub(super) fn list(inner: &Inner, names: &mut Names) -> Result<(), ImageError> {
    let path = inner.place.path.as_str();
    let repository = path.strip_prefix("repository/").unwrap_or(path).split('/').next().unwrap_or_default();
    if repository.is_empty() {
        return inner.whole_catalog(names);
    }
    let Some(status) = inner.catalog(&format!("/repository/{repository}"), repository, names)? else {
        return Ok(());
    };
    let api = Api::with_password(inner);
    let mut token = String::new();
    for _ in 0..MOST_PAGES {
        let mut url = inner.place.url("service/rest/v1/components");
        url.query_pairs_mut().append_pair("repository", repository);
        if !token.is_empty() {
            url.query_pairs_mut().append_pair("continuationToken", &token);
        }
        let answer = api.get(&url, "the list of components", &[401, 403, 404])?;
        if !answer.is_success() {
            return Err(inner.no_catalog(status));
        }
        let found = texts(&answer.body, "items", "name");
        if !names.take_all(found.iter().map(|name| format!("{repository}/{name}"))) {
            return Ok(());
        }
        // Pages of versions bring no new name; a token that stays the same is a circle.
        match answer.body.get("continuationToken").and_then(Value::as_str) {
            Some(next) if next != token && !found.is_empty() => next.clone_into(&mut token),
            _ => return Ok(()),
        }
    }
    Err(registry_error(&inner.site.name, "does not come to the end of its components".to_owned(), None))
}
