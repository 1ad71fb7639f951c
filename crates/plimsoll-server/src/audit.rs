//! The audit log: every call that changed something, and every sign-in.

use crate::App;
use plimsoll_model::{AuditEntry, Principal};
use serde_json::{Value, json};

/// Most bytes of a detail; larger ones are only measured.
const DETAIL_BYTES: usize = 8192;

/// Fields whose values are never kept.
const SECRETS: &[&str] =
    &["password", "current_password", "new_password", "passwords", "secret", "key", "token"];

/// Adds a line. A log that cannot be written is itself logged; what was done stays done.
pub async fn write(app: &App, who: &Principal, action: &str, target: &str, detail: Value) {
    let data = app.platform.data();
    let written = async {
        let entry = AuditEntry {
            id: uuid::Uuid::now_v7().to_string(),
            at: data.now().await?,
            actor: who.name.clone(),
            from: who.from.clone(),
            action: action.to_owned(),
            target: target.to_owned(),
            detail: bounded(detail),
            request: crate::edge::request_id(),
        };
        data.add_audit(&entry).await
    };
    if let Err(error) = written.await {
        tracing::error!(%error, action, target, actor = who.name, "the audit log cannot be written");
    }
}

/// The value with the values of secret fields replaced, at any depth.
pub fn without_secrets(value: &Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, value)| {
                    let secret = SECRETS.contains(&name.as_str()) && !value.is_null();
                    (name.clone(), if secret { json!("…") } else { without_secrets(value) })
                })
                .collect(),
        ),
        Value::Array(values) => Value::Array(values.iter().map(without_secrets).collect()),
        other => other.clone(),
    }
}

fn bounded(detail: Value) -> Value {
    let bytes = detail.to_string().len();
    if bytes > DETAIL_BYTES { json!({"bytes": bytes}) } else { detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_left_out() {
        let asked = json!({"name": "a", "password": "p", "in": [{"passwords": ["x"], "secret": null}]});
        let kept = json!({"name": "a", "password": "…", "in": [{"passwords": "…", "secret": null}]});
        assert_eq!(without_secrets(&asked), kept);
    }
}
