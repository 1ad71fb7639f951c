//! Registries and their sealed passwords.

use super::row::{json, missing, of_json, unless_missing, unless_taken};
use super::write::{Write, transaction};
use super::{ChangeKind, Data, DataError};
use plimsoll_model::Registry;
use sqlx::AssertSqlSafe;

impl Data {
    /// All, by name; `images` counted.
    pub async fn registries(&self) -> Result<Vec<Registry>, DataError> {
        let rows: Vec<Row> =
            sqlx::query_as(AssertSqlSafe(format!("{SELECT} ORDER BY r.name"))).fetch_all(self.pool()).await?;
        rows.into_iter().map(registry_of).collect()
    }

    /// One.
    pub async fn registry(&self, id: &str) -> Result<Registry, DataError> {
        let row: Option<Row> = sqlx::query_as(AssertSqlSafe(format!("{SELECT} WHERE r.id = $1")))
            .bind(id)
            .fetch_optional(self.pool())
            .await?;
        registry_of(row.ok_or_else(|| missing("registry", id))?)
    }

    /// Adds one; the name is unique.
    pub async fn add_registry(&self, registry: &Registry, password: Option<&str>) -> Result<(), DataError> {
        let password = password.filter(|password| !password.is_empty());
        let password =
            password.map(|password| self.sealer().seal(&password_row(&registry.id), password.as_bytes()));
        let secret = self.sealer().seal(&secret_row(&registry.id), new_secret()?.as_bytes());
        transaction!(self, write => {
            let outcome = sqlx::query(
                "INSERT INTO registries (id, name, kind, body, password, push_secret)
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(registry.id.as_str())
            .bind(registry.name.as_str())
            .bind(registry.kind.as_str())
            .bind(json("registry", registry)?)
            .bind(password.clone())
            .bind(secret.clone())
            .execute(&mut *write)
            .await;
            unless_taken(outcome, "registry", &registry.name)?;
            Ok(())
        })
    }

    /// Replaces one; `None` leaves the password, `Some("")` forgets it.
    pub async fn update_registry(
        &self,
        registry: &Registry,
        password: Option<&str>,
    ) -> Result<(), DataError> {
        let sealed = password.filter(|password| !password.is_empty());
        let sealed =
            sealed.map(|password| self.sealer().seal(&password_row(&registry.id), password.as_bytes()));
        transaction!(self, write => {
            let sql = format!("SELECT name, kind FROM registries WHERE id = $1{}", write.backend.for_update());
            let before: Option<(String, String)> =
                sqlx::query_as(AssertSqlSafe(sql)).bind(registry.id.as_str()).fetch_optional(&mut *write).await?;
            let (name, kind) = before.ok_or_else(|| missing("registry", &registry.id))?;
            let outcome = sqlx::query("UPDATE registries SET name = $2, kind = $3, body = $4 WHERE id = $1")
                .bind(registry.id.as_str())
                .bind(registry.name.as_str())
                .bind(registry.kind.as_str())
                .bind(json("registry", registry)?)
                .execute(&mut *write)
                .await;
            unless_taken(outcome, "registry", &registry.name)?;
            if password.is_some() {
                sqlx::query("UPDATE registries SET password = $2 WHERE id = $1")
                    .bind(registry.id.as_str())
                    .bind(sealed.clone())
                    .execute(&mut *write)
                    .await?;
            }
            if name != registry.name || kind != registry.kind.as_str() {
                for id in images_of(&mut write, &registry.id).await? {
                    write.changed(ChangeKind::Image, id);
                }
            }
            Ok(())
        })
    }

    /// Removes one with its images.
    pub async fn delete_registry(&self, id: &str) -> Result<(), DataError> {
        transaction!(self, write => {
            let images = images_of(&mut write, id).await?;
            super::images::forget(&mut write, &images).await?;
            super::queue::drop_jobs(&mut write, &[id.to_owned()]).await?;
            let done = sqlx::query("DELETE FROM registries WHERE id = $1").bind(id).execute(&mut *write).await?;
            unless_missing(done.rows_affected(), "registry", id)
        })
    }

    /// Its password, opened.
    pub async fn registry_password(&self, id: &str) -> Result<Option<String>, DataError> {
        let sealed: Option<(Option<Vec<u8>>,)> =
            sqlx::query_as("SELECT password FROM registries WHERE id = $1")
                .bind(id)
                .fetch_optional(self.pool())
                .await?;
        let (sealed,) = sealed.ok_or_else(|| missing("registry", id))?;
        sealed.map(|sealed| self.opened(&password_row(id), &sealed)).transpose()
    }

    /// The secret that pushes of this registry must send; made with it, changed by `renew`.
    pub async fn push_secret(&self, id: &str, renew: bool) -> Result<String, DataError> {
        if renew {
            let sealed = self.sealer().seal(&secret_row(id), new_secret()?.as_bytes());
            let renewed: Result<(), DataError> = transaction!(self, write => {
                let done = sqlx::query("UPDATE registries SET push_secret = $2 WHERE id = $1")
                    .bind(id)
                    .bind(sealed.clone())
                    .execute(&mut *write)
                    .await?;
                unless_missing(done.rows_affected(), "registry", id)
            });
            renewed?;
        }
        let sealed: Option<Vec<u8>> = sqlx::query_scalar("SELECT push_secret FROM registries WHERE id = $1")
            .bind(id)
            .fetch_optional(self.pool())
            .await?;
        self.opened(&secret_row(id), &sealed.ok_or_else(|| missing("registry", id))?)
    }

    fn opened(&self, name: &str, sealed: &[u8]) -> Result<String, DataError> {
        let plain = self.sealer().open(name, sealed)?;
        String::from_utf8(plain).map_err(|_| DataError::Seal("it is no text".to_owned()))
    }
}

type Row = (String, Option<Vec<u8>>, i64);

const SELECT: &str =
    "SELECT r.body, r.password, (SELECT COUNT(*) FROM images i WHERE i.registry = r.id AND i.gone = 0)
     FROM registries r";

fn registry_of((body, password, images): Row) -> Result<Registry, DataError> {
    let registry: Registry = of_json("registry", &body)?;
    Ok(Registry { has_password: password.is_some(), images: images.unsigned_abs(), ..registry })
}

async fn images_of(write: &mut Write<'_>, registry: &str) -> Result<Vec<String>, DataError> {
    let ids = sqlx::query_scalar("SELECT id FROM images WHERE registry = $1 ORDER BY id");
    Ok(ids.bind(registry).fetch_all(&mut **write).await?)
}

/// Under which name a registry's password is sealed.
pub(super) fn password_row(id: &str) -> String {
    format!("registries/{id}/password")
}

/// Under which name the secret of its pushes is sealed.
pub(super) fn secret_row(id: &str) -> String {
    format!("registries/{id}/push")
}

/// 256 random bits, hex.
fn new_secret() -> Result<String, DataError> {
    crate::new_key().map(hex::encode).map_err(|error| DataError::Seal(error.to_string()))
}
