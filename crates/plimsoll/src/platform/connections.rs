//! Connections to registries, kept while their accounts stay the same: tokens, pools and rates are shared.

use super::{Platform, PlatformError, blocking};
use plimsoll_image::{Account, Connection};
use plimsoll_model::{Limits, Registry};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Open connections by id of the registry.
#[derive(Default)]
pub(crate) struct Connections {
    open: Mutex<HashMap<String, Open>>,
}

struct Open {
    /// SHA-256 of everything the account is made of.
    fingerprint: [u8; 32],
    connection: Connection,
}

/// A lock is only poisoned by a panic between two assignments of ours.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Platform {
    /// A connection to a registry as it is stored.
    pub(super) async fn connection(&self, registry: &Registry) -> Result<Connection, PlatformError> {
        let password = self.data().registry_password(&registry.id).await?.unwrap_or_default();
        let account = self.account(registry, password);
        let fingerprint = fingerprint(&account);
        if let Some(open) = lock(&self.inner.connections.open).get(&registry.id)
            && open.fingerprint == fingerprint
        {
            return Ok(open.connection.clone());
        }
        let connection = blocking(move || Ok(Connection::new(account, Limits::default())?)).await?;
        let open = Open { fingerprint, connection: connection.clone() };
        lock(&self.inner.connections.open).insert(registry.id.clone(), open);
        Ok(connection)
    }

    pub(super) fn account(&self, registry: &Registry, password: String) -> Account {
        Account {
            kind: registry.kind,
            url: registry.url.clone(),
            username: registry.username.clone(),
            password,
            ca: registry.ca.clone(),
            insecure: registry.insecure,
            allow_private: registry.allow_private || self.inner.configuration.allow_private,
            requests_per_second: registry.requests_per_second,
        }
    }
}

fn fingerprint(account: &Account) -> [u8; 32] {
    let mut hash = Sha256::new();
    let flags = [account.insecure, account.allow_private].map(|flag| if flag { "1" } else { "0" });
    let rate = account.requests_per_second.to_string();
    let texts = [
        account.kind.as_str(),
        &account.url,
        &account.username,
        &account.password,
        &account.ca,
        flags[0],
        flags[1],
        &rate,
    ];
    for text in texts {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize().into()
}
