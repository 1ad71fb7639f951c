//! Docker Hub: its API lists repositories, its registry does not (Docker documentation, "Docker Hub API").

use super::super::Inner;
use super::super::api::{Api, texts};
use super::super::names::Names;
use super::super::place::Place;
use crate::ImageError;
use serde_json::{Value, json};

/// Hosts that all mean Docker Hub; another one speaks for itself, API and registry alike.
const HOSTS: &[&str] =
    &["docker.io", "hub.docker.com", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"];

pub(super) fn registry(place: &Place) -> (String, String) {
    match HOSTS.contains(&place.host.as_str()) {
        true => ("docker.io".to_owned(), "registry-1.docker.io".to_owned()),
        false => (place.host.clone(), place.host.clone()),
    }
}

/// The repositories of the namespace in the address, else of the user and the organisations they are in.
pub(super) fn list(inner: &Inner, names: &mut Names) -> Result<(), ImageError> {
    let base = match HOSTS.contains(&inner.place.host.as_str()) {
        true => Place { scheme: "https", host: "hub.docker.com".to_owned(), path: String::new() },
        false => inner.place.clone(),
    };
    let api = Api::with_token(inner, &token(inner, &base)?)?;
    for namespace in namespaces(inner, &base, &api)? {
        let mut url = base.url(&format!("v2/namespaces/{namespace}/repositories"));
        url.set_query(Some("page_size=100"));
        let what = format!("the repositories of {namespace}");
        let mut next = Some(url);
        while let Some(url) = next.take() {
            let answer = api.get(&url, &what, &[])?;
            let before = names.count();
            let found = texts(&answer.body, "results", "name");
            if !names.take_all(found.iter().map(|name| format!("{namespace}/{name}"))) {
                return Ok(());
            }
            // The next page has to be on the same host, and to bring something.
            next = answer.body.get("next").and_then(Value::as_str).and_then(|next| url.join(next).ok());
            next = next.filter(|next| next.origin() == url.origin() && names.count() > before);
        }
    }
    Ok(())
}

/// What is signed in with: user name and password, or a personal access token for a password, buy it.
fn token(inner: &Inner, base: &Place) -> Result<String, ImageError> {
    let account = &inner.account;
    if account.username.is_empty() || account.password.is_empty() {
        return Ok(String::new());
    }
    let ways = [("v2/auth/token", "identifier", "secret"), ("v2/users/login", "username", "password")];
    for (path, user, secret) in ways {
        let body = json!({user: account.username, secret: account.password}).to_string();
        let answer = Api::new(inner).post(
            &base.url(path),
            ("application/json", &body),
            "the sign-in",
            &[400, 401, 403, 404, 405],
            Vec::new,
        )?;
        let token = ["access_token", "token"].iter().find_map(|field| answer.body.get(field)?.as_str());
        match token {
            Some(token) => return Ok(token.to_owned()),
            None if matches!(answer.status, 404 | 405) => {}
            None => {
                let why = format!("refused the sign-in of {} ({})", account.username, answer.status);
                let hint = "check user name and password or token";
                return Err(super::super::registry_error(&inner.site.name, why, Some(hint)));
            }
        }
    }
    Ok(String::new())
}

fn namespaces(inner: &Inner, base: &Place, api: &Api) -> Result<Vec<String>, ImageError> {
    let path = inner.place.path.as_str();
    let path =
        path.strip_prefix("u/").or(path.strip_prefix("orgs/")).or(path.strip_prefix("r/")).unwrap_or(path);
    if let Some(namespace) = path.split('/').next().filter(|part| !part.is_empty()) {
        return Ok(vec![namespace.to_owned()]);
    }
    let user = inner.account.username.to_ascii_lowercase();
    if user.is_empty() {
        let why = "does not list everything there is".to_owned();
        let hint = "put the namespace into the address, as https://docker.io/NAMESPACE, or sign in";
        return Err(super::super::registry_error(&inner.site.name, why, Some(hint)));
    }
    let mut found = vec![user];
    let url = base.url("v2/repositories/namespaces");
    let answer = api.get(&url, "the list of namespaces", &[400, 401, 403, 404])?;
    for namespace in texts(&answer.body, "namespaces", "") {
        let is_plain =
            namespace.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if is_plain && !found.iter().any(|known| known == namespace) {
            found.push(namespace.to_owned());
        }
    }
    Ok(found)
}
