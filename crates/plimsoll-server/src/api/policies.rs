//! Scan policies: which images are scanned by themselves, and when.

use super::{Answer, all, given, name, sees_everything};
use crate::content::{Created, Json, Nothing};
use crate::problem::Problem;
use crate::route::Call;
use plimsoll::Platform;
use plimsoll::platform::ListPage;
use plimsoll_model::{Cycle, RiskKind, Schedule};
use schemars::JsonSchema;
use serde::Deserialize;

/// A policy to be.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSchedule {
    /// What people call it.
    pub name: String,
    /// Does it run? It does when left out.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// How often.
    pub cycle: Cycle,
    /// Registries by id; all when empty.
    #[serde(default)]
    pub registries: Vec<String>,
    /// Only images updated in so many days.
    #[serde(default)]
    pub look_back_days: Option<u32>,
    /// Images in an hour; 0 for no bound.
    #[serde(default)]
    pub images_per_hour: u32,
    /// Which kinds of risks; all when empty.
    #[serde(default)]
    pub risks: Vec<RiskKind>,
}

fn yes() -> bool {
    true
}

/// What to change of a policy.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "as of NewSchedule")]
pub struct ChangedSchedule {
    pub name: Option<String>,
    pub enabled: Option<bool>,
    pub cycle: Option<Cycle>,
    pub registries: Option<Vec<String>>,
    #[serde(default, deserialize_with = "given")]
    pub look_back_days: Option<Option<u32>>,
    pub images_per_hour: Option<u32>,
    pub risks: Option<Vec<RiskKind>>,
}

/// All policies.
pub async fn list(call: Call, (): ()) -> Answer<Json<ListPage<Schedule>>> {
    Ok(Json(all(call.app.platform.data().schedules().await?)))
}

/// Adds a policy.
pub async fn create(call: Call, Json(body): Json<NewSchedule>) -> Answer<Created<Schedule>> {
    sees_everything(&call)?;
    let schedule = Schedule {
        id: uuid::Uuid::now_v7().to_string(),
        name: body.name,
        enabled: body.enabled,
        cycle: body.cycle,
        registries: body.registries,
        look_back_days: body.look_back_days,
        images_per_hour: body.images_per_hour,
        risks: body.risks,
        next_at: None,
        last_at: None,
    };
    Ok(Created(kept(&call, schedule).await?))
}

/// One policy.
pub async fn show(call: Call, (): ()) -> Answer<Json<Schedule>> {
    Ok(Json(one(&call).await?))
}

/// Changes a policy.
pub async fn change(call: Call, Json(body): Json<ChangedSchedule>) -> Answer<Json<Schedule>> {
    sees_everything(&call)?;
    let mut schedule = one(&call).await?;
    schedule.name = body.name.unwrap_or(schedule.name);
    schedule.enabled = body.enabled.unwrap_or(schedule.enabled);
    if let Some(cycle) = body.cycle.filter(|cycle| *cycle != schedule.cycle) {
        (schedule.cycle, schedule.next_at) = (cycle, None);
    }
    schedule.registries = body.registries.unwrap_or(schedule.registries);
    schedule.look_back_days = body.look_back_days.unwrap_or(schedule.look_back_days);
    schedule.images_per_hour = body.images_per_hour.unwrap_or(schedule.images_per_hour);
    schedule.risks = body.risks.unwrap_or(schedule.risks);
    Ok(Json(kept(&call, schedule).await?))
}

/// Removes a policy.
pub async fn delete(call: Call, (): ()) -> Answer<Nothing> {
    sees_everything(&call)?;
    let schedule = one(&call).await?;
    call.app.platform.data().delete_schedule(&schedule.id).await?;
    Ok(Nothing)
}

async fn one(call: &Call) -> Answer<Schedule> {
    let schedules = call.app.platform.data().schedules().await?;
    let schedule = schedules.into_iter().find(|schedule| schedule.id == call.id());
    schedule.ok_or_else(|| Problem::missing("policy", call.id()))
}

async fn kept(call: &Call, mut schedule: Schedule) -> Answer<Schedule> {
    let data = call.app.platform.data();
    name("name", &schedule.name)?;
    if let Some(days) = schedule.look_back_days
        && !(1..=3650).contains(&days)
    {
        return Err(Problem::field("look_back_days", "give 1 to 3,650 days, or null"));
    }
    let known = data.registries().await?;
    if let Some(id) = schedule.registries.iter().find(|id| !known.iter().any(|registry| registry.id == **id))
    {
        return Err(Problem::field("registries", format!("there is no registry {id}")));
    }
    if matches!(schedule.cycle, Cycle::Days(days) if !(1..=365).contains(&days)) {
        return Err(Problem::field("cycle", "give 1 to 365 days"));
    }
    if schedule.next_at.is_none() {
        schedule.next_at = Some(Platform::next_due(&schedule, data.now().await?)?);
    }
    data.put_schedule(&schedule).await?;
    Ok(schedule)
}
