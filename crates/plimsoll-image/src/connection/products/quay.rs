//! Quay: its API lists the repositories of a namespace for an OAuth token (Quay API, `listRepos`); `_catalog` what a robot
//! may read.

use super::super::Inner;
use super::super::api::{Api, texts};
use super::super::names::Names;
use crate::ImageError;
use serde_json::Value;

/// User name that says the password is an OAuth token (Quay documentation, "Using OAuth access tokens").
const OAUTH: &str = "$oauthtoken";

pub(super) fn list(inner: &Inner, names: &mut Names) -> Result<(), ImageError> {
    let namespace = inner.place.path.split('/').next().unwrap_or_default();
    let user = inner.account.username.as_str();
    if namespace.is_empty() || !matches!(user, "" | OAUTH) {
        return inner.whole_catalog(names);
    }
    let api = Api::with_token(inner, if user == OAUTH { &inner.account.password } else { "" })?;
    let mut token = String::new();
    loop {
        let mut url = inner.place.url("api/v1/repository");
        url.query_pairs_mut().append_pair("namespace", namespace).append_pair("public", "true");
        if !token.is_empty() {
            url.query_pairs_mut().append_pair("next_page", &token);
        }
        let what = format!("the repositories of {namespace}");
        let absent: &[u16] = if token.is_empty() { &[401, 403, 404] } else { &[] };
        let answer = api.get(&url, &what, absent)?;
        if !answer.is_success() {
            return inner.whole_catalog(names);
        }
        let before = names.count();
        let found = texts(&answer.body, "repositories", "name");
        if !names.take_all(found.iter().map(|name| format!("{namespace}/{name}"))) {
            return Ok(());
        }
        match answer.body.get("next_page").and_then(Value::as_str) {
            Some(next) if next != token && names.count() > before => next.clone_into(&mut token),
            _ => return Ok(()),
        }
    }
}
