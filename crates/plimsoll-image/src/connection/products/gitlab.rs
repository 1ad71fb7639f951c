//! GitLab: its API lists the registries of projects (GitLab REST API, "Container registry"). It is found by the token
//! service the registry names, which is GitLab itself.

use super::super::Inner;
use super::super::api::{Api, texts};
use super::super::names::{Names, registry_error};
use crate::ImageError;
use crate::registry::{host_name, is_same_site, realm_of};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;
use serde_json::Value;
use std::cell::Cell;

/// The repositories of the group or project in the address, else of every project the token's owner is a member of.
pub(super) fn list(inner: &Inner, names: &mut Names) -> Result<(), ImageError> {
    let base = base(inner)?;
    let api = Api::with_token(inner, &inner.account.password)?;
    let url = |path: &str, query: &str| {
        let mut url = base.clone();
        url.set_path(path);
        url.set_query(Some(query));
        url
    };
    let is_done = Cell::new(false);
    let mut take = |body: &Value| {
        let go_on = names.take_all(texts(body, "", "path"));
        is_done.set(!go_on);
        go_on
    };
    let path = &inner.place.path;
    if !path.is_empty() {
        let id = utf8_percent_encode(path, NON_ALPHANUMERIC).to_string();
        for kind in ["groups", "projects"] {
            let what = format!("the repositories of {path}");
            let first = url(&format!("/api/v4/{kind}/{id}/registry/repositories"), "per_page=100");
            if api.pages(first, &what, &[404], &mut take)? < 400 {
                return Ok(());
            }
        }
        let hint =
            "the address is https://REGISTRY/GROUP or …/GROUP/PROJECT, the password a token with read_api";
        return Err(registry_error(
            &inner.site.name,
            format!("knows no group or project {path} (404)"),
            Some(hint),
        ));
    }
    let mut projects: Vec<u64> = Vec::new();
    let query = "membership=true&simple=true&per_page=100&pagination=keyset&order_by=id&sort=asc";
    api.pages(url("/api/v4/projects", query), "the list of projects", &[], &mut |body| {
        let items = body.as_array().map_or(&[][..], Vec::as_slice);
        projects.extend(items.iter().filter_map(|item| item.get("id")?.as_u64()));
        true
    })?;
    for id in projects {
        if is_done.get() {
            break;
        }
        let first = url(&format!("/api/v4/projects/{id}/registry/repositories"), "per_page=100");
        // A project whose registry is switched off says 403 or 404.
        api.pages(first, &format!("the repositories of project {id}"), &[403, 404], &mut take)?;
    }
    Ok(())
}

/// Where GitLab is: of the registry's own site, or its host.
fn base(inner: &Inner) -> Result<Url, ImageError> {
    let own = inner.place.url("");
    let Some(realm) = realm_of(&inner.http, &inner.site.name, &inner.place.url("v2/"))? else {
        return Ok(own);
    };
    let host = realm.host_str().unwrap_or_default();
    let is_own = is_same_site(inner.place.host_name(), host_name(host));
    match is_own && (realm.scheme() == own.scheme() || realm.scheme() == "https") {
        true => Ok(realm),
        false => {
            let why = format!("sends sign-ins to {host}, another site, to which its token is not sent");
            Err(registry_error(&inner.site.name, why, None))
        }
    }
}
