//! Settings of the whole platform.

use super::{Answer, given};
use crate::content::Json;
use crate::problem::Problem;
use crate::route::Call;
use plimsoll::platform::Settings;
use plimsoll_model::RiskKind;
use schemars::JsonSchema;
use serde::Deserialize;

/// What to change.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "as of Settings")]
pub struct ChangedSettings {
    pub scan_kinds: Option<Vec<RiskKind>>,
    pub images_per_hour: Option<u32>,
    pub concurrency: Option<u32>,
    pub retention_days: Option<u32>,
    pub scan_minutes: Option<u32>,
    pub compliance_policy: Option<String>,
    pub digests: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    pub knowledge_url: Option<Option<String>>,
}

/// The settings.
pub async fn show(call: Call, (): ()) -> Answer<Json<Settings>> {
    Ok(Json(settings(&call).await?))
}

/// Changes them; scans from now on go by them.
pub async fn change(call: Call, Json(body): Json<ChangedSettings>) -> Answer<Json<Settings>> {
    let mut settings = settings(&call).await?;
    settings.scan_kinds = body.scan_kinds.unwrap_or(settings.scan_kinds);
    settings.images_per_hour = body.images_per_hour.unwrap_or(settings.images_per_hour);
    settings.concurrency = body.concurrency.unwrap_or(settings.concurrency);
    settings.retention_days = body.retention_days.unwrap_or(settings.retention_days);
    settings.scan_minutes = body.scan_minutes.unwrap_or(settings.scan_minutes);
    settings.compliance_policy = body.compliance_policy.unwrap_or(settings.compliance_policy);
    settings.digests = body.digests.unwrap_or(settings.digests);
    settings.knowledge_url = body.knowledge_url.unwrap_or(settings.knowledge_url);
    check(&settings)?;
    call.app.platform.keep_settings(&settings).await?;
    Ok(Json(settings))
}

/// The settings as kept.
pub async fn settings(call: &Call) -> Answer<Settings> {
    Ok(call.app.platform.settings().await?)
}

fn check(settings: &Settings) -> Answer<()> {
    if !(1..=3650).contains(&settings.retention_days) {
        return Err(Problem::field("retention_days", "give 1 to 3,650 days"));
    }
    if !(1..=1440).contains(&settings.scan_minutes) {
        return Err(Problem::field("scan_minutes", "give 1 to 1,440 minutes"));
    }
    if !settings.compliance_policy.trim().is_empty() {
        plimsoll::assess::compliance::Policy::parse(&settings.compliance_policy)
            .map_err(|error| Problem::field("compliance_policy", error.to_string()))?;
    }
    if let Some(url) = &settings.knowledge_url
        && !(url.starts_with("https://") || url.starts_with("http://"))
    {
        return Err(Problem::field("knowledge_url", "give an https:// address"));
    }
    Ok(())
}
