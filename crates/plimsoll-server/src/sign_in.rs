//! Who asks? Cookies of sessions and keys of tokens become a [`Principal`].

use crate::App;
use crate::problem::Problem;
use axum::http::{HeaderMap, header};
use plimsoll_model::{Principal, Project, RepositoryPattern, Role, Token, User};
use plimsoll_store::data::Session;
use sha2::{Digest, Sha256};

/// The cookie of a session.
pub const COOKIE: &str = "plimsoll_session";
/// The header that calls which change something send beside the cookie.
pub const CSRF: &str = "x-csrf-token";
/// What keys of tokens begin with, so that leaks are found.
pub const TOKEN_PREFIX: &str = "plimsoll_";

/// How somebody showed who they are.
#[derive(Clone, Debug)]
pub enum Proof {
    /// Not at all.
    Nobody,
    /// With a cookie.
    Session(Session),
    /// With a key.
    Token(Token),
}

/// Who asks, and how they showed it.
pub async fn principal(app: &App, headers: &HeaderMap, from: &str) -> Result<(Principal, Proof), Problem> {
    let data = app.platform.data();
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let key = value.to_str().ok().and_then(bearer);
        let key = key.ok_or_else(|| Problem::unauthorized("send `Authorization: Bearer TOKEN`"))?;
        let token = data.token_of(&fingerprint(key)).await?;
        let token = token.ok_or_else(|| Problem::unauthorized("this token is not known or has ended"))?;
        let user = enabled(data.user(&token.user).await.map(|stored| stored.user))?;
        let projects = both(user.projects.as_deref(), token.projects.as_deref());
        let sees = patterns(app, projects).await?;
        let role = user.role.min(token.role);
        return Ok((principal_of(user, role, sees, from), Proof::Token(token)));
    }
    let key = cookie(headers).ok_or_else(|| Problem::unauthorized("sign in first"))?;
    let session = data.session(&fingerprint(key)).await?;
    let session = session.ok_or_else(|| Problem::unauthorized("this session has ended: sign in again"))?;
    let user = enabled(data.user(&session.user).await.map(|stored| stored.user))?;
    let sees = patterns(app, user.projects.clone()).await?;
    let role = user.role;
    Ok((principal_of(user, role, sees, from), Proof::Session(session)))
}

/// Nobody, who sees nothing.
pub fn nobody(from: &str) -> Principal {
    Principal {
        user: String::new(),
        name: String::new(),
        role: Role::Viewer,
        sees: Some(Vec::new()),
        from: from.to_owned(),
    }
}

/// SHA-256 of a key, hex: what is stored instead of it, so that looking it up tells nothing by its time.
pub fn fingerprint(key: &str) -> String {
    hex::encode(Sha256::digest(key.as_bytes()))
}

/// Are they the same? By fingerprint, so that the time tells nothing.
pub fn same(one: &str, other: &str) -> bool {
    fingerprint(one) == fingerprint(other)
}

/// A new key of 256 bits, hex.
pub fn new_key() -> Result<String, Problem> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| Problem::ours(&error))?;
    Ok(hex::encode(bytes))
}

/// The key of `Bearer KEY`.
pub fn bearer(value: &str) -> Option<&str> {
    let (scheme, key) = value.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty() && key.len() <= 256).then_some(key)
}

/// The session's cookie.
pub fn cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut found = cookies.flat_map(|line| line.split(';')).filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        (name.trim() == COOKIE).then(|| value.trim())
    });
    found.next().filter(|value| !value.is_empty() && value.len() <= 256)
}

fn principal_of(user: User, role: Role, sees: Option<Vec<RepositoryPattern>>, from: &str) -> Principal {
    Principal { user: user.id, name: user.username, role, sees, from: from.to_owned() }
}

fn enabled(user: Result<User, plimsoll_store::DataError>) -> Result<User, Problem> {
    match user {
        Ok(user) if user.enabled => Ok(user),
        Ok(_) | Err(plimsoll_store::DataError::Missing { .. }) => {
            Err(Problem::unauthorized("this account may not sign in"))
        }
        Err(other) => Err(other.into()),
    }
}

/// Projects that both lists allow; `None` allows everything.
fn both(user: Option<&[String]>, token: Option<&[String]>) -> Option<Vec<String>> {
    match (user, token) {
        (None, None) => None,
        (Some(list), None) | (None, Some(list)) => Some(list.to_vec()),
        (Some(user), Some(token)) => Some(token.iter().filter(|id| user.contains(id)).cloned().collect()),
    }
}

async fn patterns(
    app: &App,
    projects: Option<Vec<String>>,
) -> Result<Option<Vec<RepositoryPattern>>, Problem> {
    let Some(ids) = projects else { return Ok(None) };
    let all = app.platform.data().projects().await?;
    Ok(Some(patterns_of(&all, &ids)))
}

fn patterns_of(projects: &[Project], ids: &[String]) -> Vec<RepositoryPattern> {
    let wanted = projects.iter().filter(|project| ids.contains(&project.id));
    let mut patterns: Vec<_> = wanted.flat_map(|project| project.repositories.iter().cloned()).collect();
    // The same person's patterns are equal between calls: the fleet keeps what it computed for a set of patterns.
    patterns.sort_by(|a, b| (&a.registry, &a.repository).cmp(&(&b.registry, &b.repository)));
    patterns.dedup();
    patterns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_see_no_more_than_their_user() {
        let list = |ids: &[&str]| -> Vec<String> { ids.iter().map(|id| (*id).to_owned()).collect() };
        let (ab, bc) = (list(&["a", "b"]), list(&["b", "c"]));
        assert_eq!(both(None, None), None);
        assert_eq!(both(Some(&ab), None), Some(ab.clone()));
        assert_eq!(both(None, Some(&bc)), Some(bc.clone()));
        assert_eq!(both(Some(&ab), Some(&bc)), Some(list(&["b"])));
    }

    #[test]
    fn cookies_and_keys_are_read() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, "a=b; plimsoll_session=k; c=d".parse().expect("a value"));
        assert_eq!(cookie(&headers), Some("k"));
        for (value, key) in
            [("Bearer x", Some("x")), ("bearer  y", Some("y")), ("Basic x", None), ("Bearer ", None)]
        {
            assert_eq!(bearer(value), key, "{value}");
        }
    }
}
