//! What is done to the truth without the API: the first administrator, forgotten passwords, backups.

use crate::passwords;
use anyhow::Context;
use plimsoll::platform::Configuration;
use plimsoll_model::{Role, User};
use plimsoll_store::data::StoredUser;
use plimsoll_store::{Data, DataError, Sealer};
use std::path::Path;

/// The name of the first administrator.
const FIRST: &str = "admin";

/// Opens the truth that a server of this configuration has, without its fleet.
pub async fn open(configuration: &Configuration) -> anyhow::Result<Data> {
    std::fs::create_dir_all(&configuration.folder)
        .with_context(|| format!("cannot make {}", configuration.folder.display()))?;
    let keys = match &configuration.key {
        Some(text) => Sealer::of_text(text)?,
        None => Sealer::of_file(&configuration.folder.join("seal.key"))?,
    };
    let file = || format!("sqlite:{}", configuration.folder.join("plimsoll.db").display());
    let address = configuration.database.clone().unwrap_or_else(file);
    Ok(Data::open(&address, keys).await?)
}

/// Adds the first administrator, unless there are users; their password, when it was made up here.
pub async fn first_user(data: &Data, password: Option<String>) -> anyhow::Result<Option<String>> {
    if !data.users().await?.is_empty() {
        return Ok(None);
    }
    let made_up = match &password {
        Some(_) => None,
        None => Some(random_password()?),
    };
    let Some(password) = password.or_else(|| made_up.clone()) else { return Ok(None) };
    passwords::acceptable("PLIMSOLL_ADMIN_PASSWORD", &password)
        .map_err(|problem| anyhow::anyhow!("PLIMSOLL_ADMIN_PASSWORD: {}", problem.detail))?;
    let user = User {
        id: uuid::Uuid::now_v7().to_string(),
        username: FIRST.to_owned(),
        role: Role::Admin,
        projects: None,
        enabled: true,
        created_at: data.now().await?,
        signed_in_at: None,
    };
    match data.add_user(&StoredUser { user, password: hashed(&password).await? }).await {
        Ok(()) => Ok(made_up),
        // Another process that starts at the same time was first.
        Err(DataError::Taken { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Gives a user a new random password and lets them sign in again; the password.
pub async fn reset_password(data: &Data, username: &str) -> anyhow::Result<String> {
    let stored = data.user_named(username).await?;
    let mut stored = stored.with_context(|| format!("there is no user {username}"))?;
    let password = random_password()?;
    stored.password = hashed(&password).await?;
    stored.user.enabled = true;
    data.update_user(&stored).await?;
    Ok(password)
}

/// The Argon2id text of a password, as users are stored with; computed here and now.
pub fn hash_password(password: &str) -> anyhow::Result<String> {
    passwords::hashed(password).map_err(|error| anyhow::anyhow!("the password cannot be hashed: {error}"))
}

/// Writes everything the truth holds to a file, whole or not at all.
pub async fn backup(data: &Data, file: &Path) -> anyhow::Result<()> {
    let _ = (data, file);
    anyhow::bail!("not yet")
}

/// Fills an empty truth from such a file.
pub async fn restore(data: &Data, file: &Path) -> anyhow::Result<()> {
    let _ = (data, file);
    anyhow::bail!("not yet")
}

/// Seals every stored credential with a new key; how many.
pub async fn rotate_key(configuration: &Configuration) -> anyhow::Result<u64> {
    let _ = configuration;
    anyhow::bail!("not yet")
}

async fn hashed(password: &str) -> anyhow::Result<String> {
    let password = password.to_owned();
    tokio::task::spawn_blocking(move || hash_password(&password)).await?
}

/// 20 letters and digits of 31 that are not mistaken for each other: 99 bits.
fn random_password() -> anyhow::Result<String> {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let mut password = String::new();
    while password.len() < 20 {
        let mut bytes = [0u8; 32];
        getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
        // Bytes from the largest multiple of 31 on would make the first letters likelier.
        let even =
            bytes.iter().filter(|byte| **byte < 248).map(|byte| LETTERS[usize::from(*byte) % LETTERS.len()]);
        password.extend(even.map(char::from).take(20 - password.len()));
    }
    Ok(password)
}

#[cfg(test)]
mod tests {
    #[test]
    fn passwords_made_up_differ() {
        let (one, other) =
            (super::random_password().expect("random"), super::random_password().expect("random"));
        assert_eq!(one.len(), 20);
        assert_ne!(one, other);
    }
}
