//! Notifications of pushes, which registries send.

use super::Answer;
use crate::content::{Accepted, Raw};
use crate::problem::Problem;
use crate::route::Call;
use crate::sign_in::same;
use plimsoll_model::EventKind;
use schemars::JsonSchema;
use serde::Serialize;

/// What a notification brought.
#[derive(Serialize, JsonSchema)]
pub struct Received {
    /// How many images it named.
    pub images: u64,
}

/// Takes a notification. A wrong secret and an unknown registry sound the same.
pub async fn receive(call: Call, Raw(body): Raw) -> Answer<Accepted<Received>> {
    let registry = call.part("registry");
    let refused = || Problem::unauthorized("the secret is not this registry's");
    let sent = call.secret.as_deref().ok_or_else(refused)?;
    call.app.gate.admit_push(&call.who.from)?;
    let known = match call.app.platform.data().registry(registry).await {
        Ok(known) => known,
        Err(plimsoll_store::DataError::Missing { .. }) => return Err(refused()),
        Err(other) => return Err(other.into()),
    };
    let secret = call.app.platform.data().push_secret(&known.id, false).await?;
    if secret.is_empty() || !same(sent, &secret) {
        return Err(refused());
    }
    let kind = serde_json::Value::String(call.part("kind").to_owned());
    let kind: EventKind = serde_json::from_value(kind)
        .map_err(|_| Problem::missing("kind of notification", call.part("kind")))?;
    let images = call.app.platform.receive_push(&known.id, kind, &body).await?;
    Ok(Accepted(Received { images }))
}
