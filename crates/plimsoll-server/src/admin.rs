//! What is done to the truth without the API: the first administrator, forgotten passwords, backups.

use crate::passwords;
use anyhow::Context;
use plimsoll::platform::Configuration;
use plimsoll_model::{Role, User};
use plimsoll_store::data::StoredUser;
use plimsoll_store::{Data, DataError, Sealer};
use std::io::Write;
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

/// Writes everything the truth holds to a file, whole or not at all; how many rows.
pub async fn backup(data: &Data, file: &Path) -> anyhow::Result<u64> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = || format!("cannot write {}", file.display());
    // Made readable by its owner alone, as every file of this kind.
    let mut unfinished = tempfile::NamedTempFile::new_in(folder).with_context(failed)?;
    let rows = data.dump(std::io::BufWriter::new(unfinished.as_file_mut())).await?;
    unfinished.as_file().sync_all().with_context(failed)?;
    unfinished.persist(file).with_context(failed)?;
    Ok(rows)
}

/// Fills an empty truth from such a file; how many rows.
pub async fn restore(data: &Data, file: &Path) -> anyhow::Result<u64> {
    let opened = std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(data.restore(opened).await?)
}

/// Seals every stored credential with a new key; how many. With `PLIMSOLL_KEY` the new key is its first; else one is
/// made in `seal.key`, and what was there is left in `seal.key.old`, which older backups need.
pub async fn rotate_key(configuration: &Configuration) -> anyhow::Result<u64> {
    if configuration.key.is_some() {
        return Ok(open(configuration).await?.reseal().await?);
    }
    let path = configuration.folder.join("seal.key");
    let old = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let new = hex::encode(plimsoll_store::new_key()?);
    // Both open until everything is sealed anew, so that stopping in the middle loses nothing.
    write_key(&path, &format!("{new},{}", old.trim()))?;
    let sealed = open(configuration).await?.reseal().await?;
    write_key(&path.with_extension("key.old"), old.trim())?;
    write_key(&path, &new)?;
    Ok(sealed)
}

fn write_key(path: &Path, text: &str) -> anyhow::Result<()> {
    let failed = || format!("cannot write {}", path.display());
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).with_context(failed)?;
    writeln!(file, "{text}").with_context(failed)?;
    file.as_file().sync_all().with_context(failed)?;
    file.persist(path).with_context(failed)?;
    Ok(())
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
