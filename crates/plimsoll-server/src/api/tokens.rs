//! Keys for programs. Everybody has their own; administrators see and end all.

use super::{Answer, all, given, name, projects_exist};
use crate::content::{Created, Json, Nothing};
use crate::problem::Problem;
use crate::route::Call;
use crate::sign_in::{Proof, TOKEN_PREFIX, fingerprint, new_key};
use plimsoll::platform::ListPage;
use plimsoll_model::{Role, Time, Token};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A token to be.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// What it may do; the asker's role when left out, and never more.
    #[serde(default)]
    pub role: Option<Role>,
    /// Projects by id; `null` for its user's.
    #[serde(default)]
    pub projects: Option<Vec<String>>,
    /// When it ends; `null` for never.
    #[serde(default)]
    pub expires: Option<TokenEnd>,
}

/// When a token ends.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum TokenEnd {
    /// At this moment.
    At(Time),
    /// After so many days.
    In(Days),
}

/// So many days from now.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Days {
    /// 1 to 3,650.
    pub days: u32,
}

/// What to change of a token.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangedToken {
    /// What it is for.
    pub name: Option<String>,
    /// What it may do.
    pub role: Option<Role>,
    /// Projects by id; `null` for its user's.
    #[serde(default, deserialize_with = "given")]
    pub projects: Option<Option<Vec<String>>>,
    /// When it ends; `null` for never.
    #[serde(default, deserialize_with = "given")]
    pub expires: Option<Option<TokenEnd>>,
}

/// A token and, this once, its key.
#[derive(Serialize, JsonSchema)]
pub struct TokenWithKey {
    /// The token.
    #[serde(flatten)]
    pub token: Token,
    /// What programs send as `Authorization: Bearer KEY`. It is not kept, and never shown again.
    pub key: String,
}

/// One's own tokens; an administrator's: all.
pub async fn list(call: Call, (): ()) -> Answer<Json<ListPage<Token>>> {
    let user = (call.who.role < Role::Admin).then_some(call.who.user.as_str());
    Ok(Json(all(call.app.platform.data().tokens(user).await?)))
}

/// Makes a token of one's own.
pub async fn create(call: Call, Json(body): Json<NewToken>) -> Answer<Created<TokenWithKey>> {
    name("name", &body.name)?;
    let now = call.app.platform.data().now().await?;
    let mut token = Token {
        id: uuid::Uuid::now_v7().to_string(),
        name: body.name,
        user: call.who.user.clone(),
        role: body.role.unwrap_or(call.who.role),
        projects: body.projects,
        expires_at: end(body.expires, now)?,
        created_at: now,
        used_at: None,
    };
    within_proof(&call, &mut token)?;
    check(&call, &token).await?;
    let key = format!("{TOKEN_PREFIX}{}", new_key()?);
    call.app.platform.data().add_token(&token, &fingerprint(&key)).await?;
    Ok(Created(TokenWithKey { token, key }))
}

/// Changes a token.
pub async fn change(call: Call, Json(body): Json<ChangedToken>) -> Answer<Json<Token>> {
    let mut token = own(&call).await?;
    let now = call.app.platform.data().now().await?;
    if let Some(new) = body.name {
        name("name", &new)?;
        token.name = new;
    }
    token.role = body.role.unwrap_or(token.role);
    token.projects = body.projects.unwrap_or(token.projects);
    if let Some(expires) = body.expires {
        token.expires_at = end(expires, now)?;
    }
    within_proof(&call, &mut token)?;
    check(&call, &token).await?;
    call.app.platform.data().update_token(&token).await?;
    Ok(Json(token))
}

/// Ends a token.
pub async fn delete(call: Call, (): ()) -> Answer<Nothing> {
    let token = own(&call).await?;
    call.app.platform.data().delete_token(&token.id).await?;
    Ok(Nothing)
}

/// The token of the path, if it is the asker's or the asker is an administrator.
async fn own(call: &Call) -> Answer<Token> {
    let user = (call.who.role < Role::Admin).then_some(call.who.user.as_str());
    let tokens = call.app.platform.data().tokens(user).await?;
    let token = tokens.into_iter().find(|token| token.id == call.id());
    token.ok_or_else(|| Problem::missing("token", call.id()))
}

/// A token makes no token that may or sees more, or that outlives it.
fn within_proof(call: &Call, token: &mut Token) -> Answer<()> {
    let Proof::Token(proof) = &call.proof else { return Ok(()) };
    if let Some(allowed) = &proof.projects {
        let wanted = token.projects.get_or_insert_with(|| allowed.clone());
        if wanted.iter().any(|id| !allowed.contains(id)) {
            return Err(Problem::forbidden("a token cannot give what it does not have"));
        }
    }
    if let Some(latest) = proof.expires_at
        && token.expires_at.is_none_or(|end| end > latest)
    {
        token.expires_at = Some(latest);
    }
    Ok(())
}

async fn check(call: &Call, token: &Token) -> Answer<()> {
    let user = call.app.platform.data().user(&token.user).await?.user;
    let most = if token.user == call.who.user { call.who.role.min(user.role) } else { user.role };
    if token.role > most {
        return Err(Problem::field("role", format!("at most {}", most.as_str())));
    }
    if let (Some(wanted), Some(has)) = (&token.projects, &user.projects)
        && let Some(id) = wanted.iter().find(|id| !has.contains(id))
    {
        return Err(Problem::field("projects", format!("there is no project {id}")));
    }
    projects_exist(call, token.role, token.projects.as_deref()).await
}

fn end(expires: Option<TokenEnd>, now: Time) -> Answer<Option<Time>> {
    let end = match expires {
        None => return Ok(None),
        Some(TokenEnd::At(at)) => at,
        Some(TokenEnd::In(Days { days })) if (1..=3650).contains(&days) => now.plus_days(i64::from(days)),
        Some(TokenEnd::In(_)) => return Err(Problem::field("expires", "give 1 to 3,650 days")),
    };
    if end <= now {
        return Err(Problem::field("expires", "that has passed"));
    }
    Ok(Some(end))
}
