//! People: added, changed and removed by administrators.

use super::{Answer, all, given, name, projects_exist};
use crate::content::{Created, Json, Nothing};
use crate::passwords;
use crate::problem::Problem;
use crate::route::Call;
use plimsoll::platform::ListPage;
use plimsoll_model::{Role, User};
use plimsoll_store::data::StoredUser;
use schemars::JsonSchema;
use serde::Deserialize;

/// A user to be.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// What they sign in with.
    pub username: String,
    /// At least 8 characters.
    pub password: String,
    /// What they may do.
    pub role: Role,
    /// Projects by id whose repositories they may see; `null` for everything.
    #[serde(default)]
    pub projects: Option<Vec<String>>,
}

/// What to change of a user.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangedUser {
    /// What they may do.
    pub role: Option<Role>,
    /// Projects by id; `null` for everything.
    #[serde(default, deserialize_with = "given")]
    pub projects: Option<Option<Vec<String>>>,
    /// May they sign in?
    pub enabled: Option<bool>,
    /// A new password.
    pub password: Option<String>,
}

/// All users.
pub async fn list(call: Call, (): ()) -> Answer<Json<ListPage<User>>> {
    Ok(Json(all(call.app.platform.data().users().await?)))
}

/// Adds a user.
pub async fn create(call: Call, Json(body): Json<NewUser>) -> Answer<Created<User>> {
    name("username", &body.username)?;
    if body.username == "system" {
        return Err(Problem::field("username", "`system` is the program itself"));
    }
    passwords::acceptable("password", &body.password)?;
    projects_exist(&call, body.role, body.projects.as_deref()).await?;
    let data = call.app.platform.data();
    let user = User {
        id: uuid::Uuid::now_v7().to_string(),
        username: body.username,
        role: body.role,
        projects: body.projects,
        enabled: true,
        created_at: data.now().await?,
        signed_in_at: None,
    };
    let password = passwords::hash(&call.app.gate, body.password).await?;
    data.add_user(&StoredUser { user: user.clone(), password }).await?;
    Ok(Created(user))
}

/// One user.
pub async fn show(call: Call, (): ()) -> Answer<Json<User>> {
    Ok(Json(call.app.platform.data().user(call.id()).await?.user))
}

/// Changes a user.
pub async fn change(call: Call, Json(body): Json<ChangedUser>) -> Answer<Json<User>> {
    let data = call.app.platform.data();
    let StoredUser { mut user, mut password } = data.user(call.id()).await?;
    user.role = body.role.unwrap_or(user.role);
    user.projects = body.projects.unwrap_or(user.projects);
    projects_exist(&call, user.role, user.projects.as_deref()).await?;
    user.enabled = body.enabled.unwrap_or(user.enabled);
    if let Some(new) = body.password {
        passwords::acceptable("password", &new)?;
        password = passwords::hash(&call.app.gate, new).await?;
    }
    data.update_user(&StoredUser { user: user.clone(), password }).await?;
    Ok(Json(user))
}

/// Removes a user with their sessions and tokens.
pub async fn delete(call: Call, (): ()) -> Answer<Nothing> {
    call.app.platform.data().delete_user(call.id()).await?;
    Ok(Nothing)
}
