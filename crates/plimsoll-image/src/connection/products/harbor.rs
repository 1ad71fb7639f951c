//! Harbor: its projects and their repositories (Harbor API v2.0, `listProjects`, `listRepositories`).

use super::super::Inner;
use super::super::api::{Api, texts};
use super::super::names::Names;
use crate::ImageError;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// Items of a page, the most that Harbor gives.
const PAGE: usize = 100;

/// The repositories of every project the account sees, or of the one in the address. A robot of one project may not list
/// projects: it sees its own by `_catalog`.
pub(super) fn list(inner: &Inner, names: &mut Names) -> Result<(), ImageError> {
    let api = Api::with_password(inner);
    let page = |path: String| {
        move |page: usize| {
            let mut url = inner.place.url(&path);
            url.set_query(Some(&format!("page={page}&page_size={PAGE}")));
            url
        }
    };
    let mut projects: Vec<String> = Vec::new();
    match inner.place.path.split('/').next() {
        Some(project) if !project.is_empty() => projects.push(project.to_owned()),
        _ => {
            let url = page("api/v2.0/projects".to_owned());
            let status = api.numbered(url, "the list of projects", &[401, 403, 404, 412], &mut |body| {
                projects.extend(texts(body, "", "name").into_iter().map(str::to_owned));
                true
            })?;
            if status >= 400 {
                return inner.whole_catalog(names);
            }
        }
    }
    let mut is_refused = false;
    for project in projects {
        let what = format!("the repositories of {project}");
        let path =
            format!("api/v2.0/projects/{}/repositories", utf8_percent_encode(&project, NON_ALPHANUMERIC));
        // A project may be deleted between the lists, or be visible while its repositories are not.
        let mut take = |body: &Value| names.take_all(texts(body, "", "name"));
        is_refused |= api.numbered(page(path), &what, &[403, 404], &mut take)? >= 400;
        if names.is_done() {
            break;
        }
    }
    // Of a robot the API may be closed where the registry is not.
    if names.count() == 0 && is_refused { inner.whole_catalog(names) } else { Ok(()) }
}
