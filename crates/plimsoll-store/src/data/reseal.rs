//! Sealing anew: after a new key was put before the old ones.

use super::registries::{password_row, secret_row};
use super::settings::setting_row;
use super::write::transaction;
use super::{Data, DataError};
use sqlx::AssertSqlSafe;

/// Table, name of its rows, what is sealed there, and under which name.
type Place = (&'static str, &'static str, &'static str, fn(&str) -> String);

/// Everywhere something is sealed.
const PLACES: &[Place] = &[
    ("registries", "id", "password", password_row),
    ("registries", "id", "push_secret", secret_row),
    ("settings", "name", "sealed", setting_row),
];

impl Data {
    /// Seals with the first key everything that was sealed with another; how many. All or nothing: what no key opens
    /// is an error, for it would be lost with the old key.
    pub async fn reseal(&self) -> Result<u64, DataError> {
        transaction!(self, write => {
            let mut count = 0;
            for (table, name, column, row_of) in PLACES {
                let select = format!("SELECT {name}, {column} FROM {table} WHERE {column} IS NOT NULL");
                let rows: Vec<(String, Vec<u8>)> =
                    sqlx::query_as(AssertSqlSafe(select)).fetch_all(&mut *write).await?;
                for (key, sealed) in rows.into_iter().filter(|(_, sealed)| !self.sealer().is_current(sealed)) {
                    let plain = self.sealer().open(&row_of(&key), &sealed)?;
                    let update = format!("UPDATE {table} SET {column} = $2 WHERE {name} = $1");
                    sqlx::query(AssertSqlSafe(update))
                        .bind(key.as_str())
                        .bind(self.sealer().seal(&row_of(&key), &plain))
                        .execute(&mut *write)
                        .await?;
                    count += 1;
                }
            }
            Ok(count)
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::{Data, Sealer};

    #[tokio::test]
    async fn a_new_key_seals_what_the_old_one_did() {
        let folder = tempfile::tempdir().expect("a folder");
        let address = format!("sqlite:{}", folder.path().join("a.db").display());
        let (old, new) = (
            "0b".repeat(15) + "c0ffee01d2e3f4a5b6c7d8e9f0a1b2c3d4",
            "1d".repeat(15) + "0badcafe92e3f4a5b6c7d8e9f0a1b2c3d5",
        );
        let (old, new) = (&old[..64], &new[..64]);
        let open = async |keys: &str| {
            Data::open(&address, Sealer::of_text(keys).expect("keys")).await.expect("a database")
        };
        let data = open(old).await;
        data.set_sealed_setting("words", b"secret").await.expect("it is kept");
        data.close().await;
        let data = open(&format!("{new},{old}")).await;
        assert_eq!(data.reseal().await.expect("it is sealed"), 1);
        assert_eq!(data.reseal().await.expect("it was sealed"), 0);
        data.close().await;
        let data = open(new).await;
        assert_eq!(data.sealed_setting("words").await.expect("it opens").as_deref(), Some(&b"secret"[..]));
    }
}
