//! Signing in and out.

use super::Answer;
use crate::audit;
use crate::content::{Json, Nothing, json_response};
use crate::passwords;
use crate::problem::Problem;
use crate::route::{Call, Outgoing};
use crate::sign_in::{COOKIE, Proof, fingerprint, new_key};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use plimsoll_model::{Time, User};
use plimsoll_store::data::{Session, StoredUser};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Seconds after which a session ends.
const SECONDS: i64 = 12 * 3600;

/// What one signs in with.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// Name.
    pub username: String,
    /// Password.
    pub password: String,
}

/// A new password.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The one until now.
    pub current_password: String,
    /// At least 8 characters.
    pub new_password: String,
}

/// Who is signed in.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Session")]
pub struct SessionAnswer {
    /// Who.
    pub user: User,
    /// What calls that change something send as `X-CSRF-Token`; empty for tokens, which need none.
    pub csrf: String,
    /// When it ends; `null` for a token without an end.
    pub expires_at: Option<Time>,
}

/// A session that began, and its cookie.
pub struct Began {
    answer: SessionAnswer,
    cookie: String,
}

impl Outgoing for Began {
    const STATUS: StatusCode = StatusCode::OK;

    fn schema(generator: &mut SchemaGenerator) -> Option<(&'static [&'static str], Schema)> {
        <Json<SessionAnswer> as Outgoing>::schema(generator)
    }

    fn answer(self) -> Result<(Response, Option<String>), Problem> {
        let mut response = json_response(StatusCode::OK, &self.answer)?;
        let cookie = HeaderValue::try_from(self.cookie).map_err(|error| Problem::ours(&error))?;
        response.headers_mut().insert(header::SET_COOKIE, cookie);
        Ok((response, None))
    }
}

/// A session that ended: its cookie is taken back.
pub struct Ended {
    cookie: String,
}

impl Outgoing for Ended {
    const STATUS: StatusCode = StatusCode::NO_CONTENT;

    fn schema(_: &mut SchemaGenerator) -> Option<(&'static [&'static str], Schema)> {
        None
    }

    fn answer(self) -> Result<(Response, Option<String>), Problem> {
        let (mut response, made) = Nothing.answer()?;
        let cookie = HeaderValue::try_from(self.cookie).map_err(|error| Problem::ours(&error))?;
        response.headers_mut().insert(header::SET_COOKIE, cookie);
        Ok((response, made))
    }
}

/// Signs in. Unknown names, wrong passwords and disabled accounts sound and take the same.
pub async fn begin(call: Call, Json(body): Json<SignIn>) -> Answer<Began> {
    let mut who = call.who.clone();
    who.name = body.username.chars().filter(|c| !c.is_control()).take(128).collect();
    if let Err(problem) = call.app.gate.admit(&who.name, &who.from) {
        audit::write(&call.app, &who, "session.limited", &who.name, Value::Null).await;
        return Err(problem);
    }
    let data = call.app.platform.data();
    let stored = data.user_named(&body.username).await?;
    let hash = stored.as_ref().map(|stored| stored.password.clone());
    let right = passwords::verify(&call.app.gate, body.password, hash).await?;
    let Some(stored) = stored.filter(|stored| right && stored.user.enabled) else {
        audit::write(&call.app, &who, "session.refused", &who.name, Value::Null).await;
        return Err(Problem::unauthorized("the name or the password is wrong"));
    };
    let (key, csrf) = (new_key()?, new_key()?);
    let expires_at = data.now().await?.plus_seconds(SECONDS);
    let session = Session { key: fingerprint(&key), user: stored.user.id.clone(), csrf, expires_at };
    data.add_session(&session).await?;
    audit::write(&call.app, &who, "session.begin", &who.name, Value::Null).await;
    let user = data.user(&stored.user.id).await?.user;
    let answer = SessionAnswer { user, csrf: session.csrf, expires_at: Some(expires_at) };
    Ok(Began { answer, cookie: cookie(&call, &key, SECONDS) })
}

/// Who is signed in.
pub async fn show(call: Call, (): ()) -> Answer<Json<SessionAnswer>> {
    let user = call.app.platform.data().user(&call.who.user).await?.user;
    let (csrf, expires_at) = match call.proof {
        Proof::Session(session) => (session.csrf, Some(session.expires_at)),
        Proof::Token(token) => (String::new(), token.expires_at),
        Proof::Nobody => (String::new(), None),
    };
    Ok(Json(SessionAnswer { user, csrf, expires_at }))
}

/// Signs out.
pub async fn end(call: Call, (): ()) -> Answer<Ended> {
    if let Proof::Session(session) = &call.proof {
        call.app.platform.data().delete_session(&session.key).await?;
    }
    Ok(Ended { cookie: cookie(&call, "", 0) })
}

/// Changes one's own password; every session ends.
pub async fn change_password(call: Call, Json(body): Json<NewPassword>) -> Answer<Nothing> {
    if matches!(call.proof, Proof::Token(_)) {
        return Err(Problem::forbidden("a token cannot change its user's password: sign in"));
    }
    call.app.gate.admit(&call.who.name, &call.who.from)?;
    let data = call.app.platform.data();
    let StoredUser { user, password } = data.user(&call.who.user).await?;
    if !passwords::verify(&call.app.gate, body.current_password, Some(password)).await? {
        return Err(Problem::field("current_password", "it is not the password until now"));
    }
    passwords::acceptable("new_password", &body.new_password)?;
    let password = passwords::hash(&call.app.gate, body.new_password).await?;
    data.update_user(&StoredUser { user, password }).await?;
    Ok(Nothing)
}

fn cookie(call: &Call, key: &str, seconds: i64) -> String {
    let secure = if call.app.https { "; Secure" } else { "" };
    format!("{COOKIE}={key}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}")
}
