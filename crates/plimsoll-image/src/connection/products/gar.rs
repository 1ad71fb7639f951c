//! Google Artifact Registry and Container Registry: below a project or repository by the `child` list that Google adds to
//! `tags/list`, else by `_catalog`.

use super::super::Inner;
use super::super::api::texts;
use super::super::names::{Names, registry_error};
use crate::ImageError;
use crate::reference::check_repository;
use crate::registry::{Ask, deadline, read_whole};
use serde_json::Value;
use std::collections::VecDeque;

/// Folders of one tree.
const MOST_FOLDERS: usize = 1_000_000;

/// Everything below the project (and repository) in the address; without one what `_catalog` says.
pub(super) fn list(inner: &Inner, names: &mut Names) -> Result<(), ImageError> {
    if inner.place.path.is_empty() {
        return inner.whole_catalog(names);
    }
    let mut left = VecDeque::from([inner.place.path.clone()]);
    let (mut seen, mut refused) = (1, None);
    while let Some(folder) = left.pop_front() {
        let (found, status) = tags(inner, &folder)?;
        if status >= 400 {
            refused = Some(status);
            continue;
        }
        let has = |field: &str| match found.get(field) {
            Some(Value::Array(list)) => !list.is_empty(),
            Some(Value::Object(list)) => !list.is_empty(),
            _ => false,
        };
        if (has("tags") || has("manifest")) && !names.take_all([&folder]) {
            return Ok(());
        }
        for child in texts(&found, "child", "") {
            let name = format!("{folder}/{child}");
            if seen < MOST_FOLDERS && !child.contains('/') && check_repository(&name).is_ok() {
                (seen, _) = (seen + 1, left.push_back(name));
            }
        }
    }
    match refused {
        Some(_) if names.count() == 0 => inner.whole_catalog(names),
        _ => Ok(()),
    }
}

fn tags(inner: &Inner, folder: &str) -> Result<(Value, u16), ImageError> {
    let endpoint = inner.endpoint(folder)?;
    let what = format!("what is below {folder}");
    let absent = &[401, 403, 404, 405];
    let ask =
        Ask { path: "tags/list", accept: "application/json", from: 0, head: false, what: &what, absent };
    let response = endpoint.find(&inner.http, &ask)?;
    let status = response.status().as_u16();
    if status >= 400 {
        return Ok((Value::Null, status));
    }
    let most = inner.limits.manifest_bytes;
    let refused = |why: &str| registry_error(&inner.site.name, format!("answers {what} with {why}"), None);
    let bytes = read_whole(response, most, deadline(inner.limits.seconds))
        .map_err(|_| refused("half of it"))?
        .ok_or_else(|| refused("too many bytes"))?;
    Ok((serde_json::from_slice(&bytes).map_err(|_| refused("what is no JSON"))?, status))
}
