//! Users, sessions, tokens and projects. Passwords come as Argon2id texts, keys as their SHA-256.

use super::row::{json, missing, of_json, of_word, plain, unless_missing, unless_taken};
use super::write::{Write, transaction};
use super::{Data, DataError};
use plimsoll_model::{Project, Role, Time, Token, User};
use sqlx::AssertSqlSafe;

/// A token's last use is noted this often, so that busy programs do not make every read a write.
const USE_NOTED_SECONDS: i64 = 3_600;

/// A user with what they sign in with.
#[derive(Clone, Debug)]
pub struct StoredUser {
    /// The user.
    pub user: User,
    /// Argon2id, PHC text.
    pub password: String,
}

/// A sign-in.
#[derive(Clone, Debug)]
pub struct Session {
    /// SHA-256 of the cookie, hex.
    pub key: String,
    /// Id of the user.
    pub user: String,
    /// What requests that change something must send.
    pub csrf: String,
    /// When it ends.
    pub expires_at: Time,
}

impl Data {
    /// All, by name.
    pub async fn users(&self) -> Result<Vec<User>, DataError> {
        let sql = format!("SELECT {USER} FROM users ORDER BY username");
        let rows: Vec<UserRow> = sqlx::query_as(AssertSqlSafe(sql)).fetch_all(self.pool()).await?;
        rows.into_iter().map(|row| user_of(row).map(|stored| stored.user)).collect()
    }

    /// One.
    pub async fn user(&self, id: &str) -> Result<StoredUser, DataError> {
        let sql = format!("SELECT {USER} FROM users WHERE id = $1");
        let row: Option<UserRow> =
            sqlx::query_as(AssertSqlSafe(sql)).bind(plain(id)).fetch_optional(self.pool()).await?;
        user_of(row.ok_or_else(|| missing("user", id))?)
    }

    /// One by the name they sign in with.
    pub async fn user_named(&self, username: &str) -> Result<Option<StoredUser>, DataError> {
        let sql = format!("SELECT {USER} FROM users WHERE username = $1");
        let row: Option<UserRow> =
            sqlx::query_as(AssertSqlSafe(sql)).bind(plain(username)).fetch_optional(self.pool()).await?;
        row.map(user_of).transpose()
    }

    /// Adds one.
    pub async fn add_user(&self, user: &StoredUser) -> Result<(), DataError> {
        let StoredUser { user, password } = user;
        transaction!(self, write => {
            let outcome = sqlx::query(
                "INSERT INTO users (id, username, password, role, enabled, projects, created_at, signed_in_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(user.id.as_str())
            .bind(plain(&user.username))
            .bind(password.as_str())
            .bind(user.role.as_str())
            .bind(i64::from(user.enabled))
            .bind(projects_json(&user.projects)?)
            .bind(user.created_at.0)
            .bind(user.signed_in_at.map(|time| time.0))
            .execute(&mut *write)
            .await;
            unless_taken(outcome, "user", &user.username)?;
            Ok(())
        })
    }

    /// Replaces one; a new password, role or `enabled: false` ends their sessions. The last enabled administrator stays one.
    pub async fn update_user(&self, user: &StoredUser) -> Result<(), DataError> {
        let StoredUser { user, password } = user;
        transaction!(self, write => {
            let before = locked_user(&mut write, &user.id).await?;
            if !(user.enabled && user.role == Role::Admin) {
                others_administer(&mut write, &before.user).await?;
            }
            let outcome = sqlx::query(
                "UPDATE users SET username = $2, password = $3, role = $4, enabled = $5, projects = $6 WHERE id = $1",
            )
            .bind(user.id.as_str())
            .bind(plain(&user.username))
            .bind(password.as_str())
            .bind(user.role.as_str())
            .bind(i64::from(user.enabled))
            .bind(projects_json(&user.projects)?)
            .execute(&mut *write)
            .await;
            unless_taken(outcome, "user", &user.username)?;
            if before.password != *password || before.user.role != user.role || !user.enabled {
                sqlx::query("DELETE FROM sessions WHERE person = $1")
                    .bind(user.id.as_str())
                    .execute(&mut *write)
                    .await?;
            }
            Ok(())
        })
    }

    /// Removes one with their sessions and tokens; never the last enabled administrator.
    pub async fn delete_user(&self, id: &str) -> Result<(), DataError> {
        transaction!(self, write => {
            let before = locked_user(&mut write, id).await?;
            others_administer(&mut write, &before.user).await?;
            sqlx::query("DELETE FROM users WHERE id = $1").bind(id).execute(&mut *write).await?;
            Ok(())
        })
    }

    /// Adds a session, notes the sign-in, and forgets ended ones.
    pub async fn add_session(&self, session: &Session) -> Result<(), DataError> {
        transaction!(self, write => {
            sqlx::query("DELETE FROM sessions WHERE expires_at <= $1").bind(write.now.0).execute(&mut *write).await?;
            let done = sqlx::query("UPDATE users SET signed_in_at = $2 WHERE id = $1")
                .bind(session.user.as_str())
                .bind(write.now.0)
                .execute(&mut *write)
                .await?;
            unless_missing(done.rows_affected(), "user", &session.user)?;
            sqlx::query("INSERT INTO sessions (key, person, csrf, expires_at) VALUES ($1, $2, $3, $4)")
                .bind(session.key.as_str())
                .bind(session.user.as_str())
                .bind(session.csrf.as_str())
                .bind(session.expires_at.0)
                .execute(&mut *write)
                .await?;
            Ok(())
        })
    }

    /// One that has not ended.
    pub async fn session(&self, key: &str) -> Result<Option<Session>, DataError> {
        let sql = format!(
            "SELECT key, person, csrf, expires_at FROM sessions WHERE key = $1 AND expires_at > {}",
            self.backend().now()
        );
        let row: Option<(String, String, String, i64)> =
            sqlx::query_as(AssertSqlSafe(sql)).bind(plain(key)).fetch_optional(self.pool()).await?;
        Ok(row.map(|(key, user, csrf, expires_at)| Session { key, user, csrf, expires_at: Time(expires_at) }))
    }

    /// Ends one; one that is not there has ended.
    pub async fn delete_session(&self, key: &str) -> Result<(), DataError> {
        transaction!(self, write => {
            sqlx::query("DELETE FROM sessions WHERE key = $1").bind(plain(key)).execute(&mut *write).await?;
            Ok(())
        })
    }

    /// Tokens of a user, or all.
    pub async fn tokens(&self, user: Option<&str>) -> Result<Vec<Token>, DataError> {
        let sql =
            format!("SELECT {TOKEN} FROM tokens WHERE $1 IS NULL OR person = $1 ORDER BY created_at, id");
        let rows: Vec<TokenRow> =
            sqlx::query_as(AssertSqlSafe(sql)).bind(user.map(plain)).fetch_all(self.pool()).await?;
        rows.into_iter().map(token_of).collect()
    }

    /// Adds one, under the SHA-256 of its key.
    pub async fn add_token(&self, token: &Token, key: &str) -> Result<(), DataError> {
        transaction!(self, write => {
            sqlx::query(
                "INSERT INTO tokens (id, key, person, name, role, projects, expires_at, created_at, used_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            )
            .bind(token.id.as_str())
            .bind(key)
            .bind(token.user.as_str())
            .bind(plain(&token.name))
            .bind(token.role.as_str())
            .bind(projects_json(&token.projects)?)
            .bind(token.expires_at.map(|time| time.0))
            .bind(token.created_at.0)
            .bind(token.used_at.map(|time| time.0))
            .execute(&mut *write)
            .await?;
            Ok(())
        })
    }

    /// The token of this key, if it has not ended; notes the use, to the hour.
    pub async fn token_of(&self, key: &str) -> Result<Option<Token>, DataError> {
        let now = self.now().await?;
        let sql =
            format!("SELECT {TOKEN} FROM tokens WHERE key = $1 AND (expires_at IS NULL OR expires_at > $2)");
        let row: Option<TokenRow> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(plain(key))
            .bind(now.0)
            .fetch_optional(self.pool())
            .await?;
        let Some(token) = row.map(token_of).transpose()? else { return Ok(None) };
        let noted = token.used_at.is_some_and(|used| used > now.plus_seconds(-USE_NOTED_SECONDS));
        if !noted {
            let outcome: Result<(), DataError> = transaction!(self, write => {
                sqlx::query("UPDATE tokens SET used_at = $2 WHERE id = $1")
                    .bind(token.id.as_str())
                    .bind(now.0)
                    .execute(&mut *write)
                    .await?;
                Ok(())
            });
            outcome?;
        }
        Ok(Some(Token { used_at: if noted { token.used_at } else { Some(now) }, ..token }))
    }

    /// Replaces name, role, projects, end.
    pub async fn update_token(&self, token: &Token) -> Result<(), DataError> {
        transaction!(self, write => {
            let done = sqlx::query(
                "UPDATE tokens SET name = $2, role = $3, projects = $4, expires_at = $5 WHERE id = $1",
            )
            .bind(token.id.as_str())
            .bind(plain(&token.name))
            .bind(token.role.as_str())
            .bind(projects_json(&token.projects)?)
            .bind(token.expires_at.map(|time| time.0))
            .execute(&mut *write)
            .await?;
            unless_missing(done.rows_affected(), "token", &token.id)
        })
    }

    /// Removes one.
    pub async fn delete_token(&self, id: &str) -> Result<(), DataError> {
        transaction!(self, write => {
            let done =
                sqlx::query("DELETE FROM tokens WHERE id = $1").bind(plain(id)).execute(&mut *write).await?;
            unless_missing(done.rows_affected(), "token", id)
        })
    }

    /// All, by name.
    pub async fn projects(&self) -> Result<Vec<Project>, DataError> {
        let rows: Vec<(String, String, String, i64)> =
            sqlx::query_as("SELECT id, name, repositories, created_at FROM projects ORDER BY name")
                .fetch_all(self.pool())
                .await?;
        rows.into_iter()
            .map(|(id, name, repositories, created_at)| {
                let repositories = of_json("project", &repositories)?;
                Ok(Project { id, name, repositories, created_at: Time(created_at) })
            })
            .collect()
    }

    /// Adds or replaces one; the name is unique.
    pub async fn put_project(&self, project: &Project) -> Result<(), DataError> {
        transaction!(self, write => {
            let outcome = sqlx::query(
                "INSERT INTO projects (id, name, repositories, created_at) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (id) DO UPDATE SET name = excluded.name, repositories = excluded.repositories",
            )
            .bind(project.id.as_str())
            .bind(plain(&project.name))
            .bind(json("project", &project.repositories)?)
            .bind(project.created_at.0)
            .execute(&mut *write)
            .await;
            unless_taken(outcome, "project", &project.name)?;
            Ok(())
        })
    }

    /// Removes one: its members no longer see its repositories.
    pub async fn delete_project(&self, id: &str) -> Result<(), DataError> {
        transaction!(self, write => {
            let done =
                sqlx::query("DELETE FROM projects WHERE id = $1").bind(plain(id)).execute(&mut *write).await?;
            unless_missing(done.rows_affected(), "project", id)?;
            for (select, update) in [
                ("SELECT id, projects FROM users WHERE projects IS NOT NULL", "UPDATE users SET projects = $2 WHERE id = $1"),
                ("SELECT id, projects FROM tokens WHERE projects IS NOT NULL", "UPDATE tokens SET projects = $2 WHERE id = $1"),
            ] {
                let rows: Vec<(String, String)> = sqlx::query_as(select).fetch_all(&mut *write).await?;
                for (member, projects) in rows {
                    let projects: Vec<String> = of_json("list of projects", &projects)?;
                    // A list without it still is a list: whoever was in this project alone now sees nothing.
                    let rest: Vec<&String> = projects.iter().filter(|project| *project != id).collect();
                    if rest.len() < projects.len() {
                        let rest = json("list of projects", &rest)?;
                        sqlx::query(update).bind(member).bind(rest).execute(&mut *write).await?;
                    }
                }
            }
            Ok(())
        })
    }
}

type UserRow = (String, String, String, String, i64, Option<String>, i64, Option<i64>);
const USER: &str = "id, username, password, role, enabled, projects, created_at, signed_in_at";

fn user_of(row: UserRow) -> Result<StoredUser, DataError> {
    let (id, username, password, role, enabled, projects, created_at, signed_in_at) = row;
    let user = User {
        id,
        username,
        role: of_word("user", &role)?,
        projects: of_projects(projects)?,
        enabled: enabled != 0,
        created_at: Time(created_at),
        signed_in_at: signed_in_at.map(Time),
    };
    Ok(StoredUser { user, password })
}

type TokenRow = (String, String, String, String, Option<String>, Option<i64>, i64, Option<i64>);
const TOKEN: &str = "id, name, person, role, projects, expires_at, created_at, used_at";

fn token_of(row: TokenRow) -> Result<Token, DataError> {
    let (id, name, user, role, projects, expires_at, created_at, used_at) = row;
    Ok(Token {
        id,
        name,
        user,
        role: of_word("token", &role)?,
        projects: of_projects(projects)?,
        expires_at: expires_at.map(Time),
        created_at: Time(created_at),
        used_at: used_at.map(Time),
    })
}

/// `NULL` is everything, a list is what it names.
fn projects_json(projects: &Option<Vec<String>>) -> Result<Option<String>, DataError> {
    projects.as_ref().map(|projects| json("list of projects", projects)).transpose()
}

fn of_projects(projects: Option<String>) -> Result<Option<Vec<String>>, DataError> {
    projects.map(|projects| of_json("list of projects", &projects)).transpose()
}

async fn locked_user(write: &mut Write<'_>, id: &str) -> Result<StoredUser, DataError> {
    let sql = format!("SELECT {USER} FROM users WHERE id = $1{}", write.backend.for_update());
    let row: Option<UserRow> =
        sqlx::query_as(AssertSqlSafe(sql)).bind(plain(id)).fetch_optional(&mut **write).await?;
    user_of(row.ok_or_else(|| missing("user", id))?)
}

/// Refuses when nobody else could administer. All administrators are locked, so that two cannot leave at once.
async fn others_administer(write: &mut Write<'_>, user: &User) -> Result<(), DataError> {
    if !(user.enabled && user.role == Role::Admin) {
        return Ok(());
    }
    let sql = format!(
        "SELECT id FROM users WHERE role = 'admin' AND enabled = 1 ORDER BY id{}",
        write.backend.for_update()
    );
    let administrators: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut **write).await?;
    match administrators.iter().any(|id| *id != user.id) {
        true => Ok(()),
        false => Err(DataError::LastAdministrator(user.username.clone())),
    }
}
