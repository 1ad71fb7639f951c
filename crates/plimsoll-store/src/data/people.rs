//! Users, sessions, tokens and projects. Passwords come as Argon2id texts, keys as their SHA-256.
use super::{Data, DataError};
use plimsoll_model::{Project, Time, Token, User};
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
        todo!()
    }
    /// One.
    pub async fn user(&self, id: &str) -> Result<StoredUser, DataError> {
        let _ = id;
        todo!()
    }
    /// One by the name they sign in with.
    pub async fn user_named(&self, username: &str) -> Result<Option<StoredUser>, DataError> {
        let _ = username;
        todo!()
    }
    /// Adds one.
    pub async fn add_user(&self, user: &StoredUser) -> Result<(), DataError> {
        let _ = user;
        todo!()
    }
    /// Replaces one; a new password, role or `enabled: false` ends their sessions. The last enabled administrator stays one.
    pub async fn update_user(&self, user: &StoredUser) -> Result<(), DataError> {
        let _ = user;
        todo!()
    }
    /// Removes one with their sessions and tokens.
    pub async fn delete_user(&self, id: &str) -> Result<(), DataError> {
        let _ = id;
        todo!()
    }
    /// Adds a session, notes the sign-in, and forgets ended ones.
    pub async fn add_session(&self, session: &Session) -> Result<(), DataError> {
        let _ = session;
        todo!()
    }
    /// One that has not ended.
    pub async fn session(&self, key: &str) -> Result<Option<Session>, DataError> {
        let _ = key;
        todo!()
    }
    /// Ends one.
    pub async fn delete_session(&self, key: &str) -> Result<(), DataError> {
        let _ = key;
        todo!()
    }
    /// Tokens of a user, or all.
    pub async fn tokens(&self, user: Option<&str>) -> Result<Vec<Token>, DataError> {
        let _ = user;
        todo!()
    }
    /// Adds one, under the SHA-256 of its key.
    pub async fn add_token(&self, token: &Token, key: &str) -> Result<(), DataError> {
        let _ = (token, key);
        todo!()
    }
    /// The token of this key, if it has not ended; notes the use.
    pub async fn token_of(&self, key: &str) -> Result<Option<Token>, DataError> {
        let _ = key;
        todo!()
    }
    /// Replaces name, role, projects, end.
    pub async fn update_token(&self, token: &Token) -> Result<(), DataError> {
        let _ = token;
        todo!()
    }
    /// Removes one.
    pub async fn delete_token(&self, id: &str) -> Result<(), DataError> {
        let _ = id;
        todo!()
    }
    /// All, by name.
    pub async fn projects(&self) -> Result<Vec<Project>, DataError> {
        todo!()
    }
    /// Adds or replaces one; the name is unique.
    pub async fn put_project(&self, project: &Project) -> Result<(), DataError> {
        let _ = project;
        todo!()
    }
    /// Removes one: its members no longer see its repositories.
    pub async fn delete_project(&self, id: &str) -> Result<(), DataError> {
        let _ = id;
        todo!()
    }
}
