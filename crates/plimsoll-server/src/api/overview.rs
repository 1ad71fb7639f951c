//! The numbers of the first page.

use super::Answer;
use crate::content::Json;
use crate::route::Call;
use plimsoll::platform::{FixAction, Knowledge};
use plimsoll_fleet::{ImageQuery, Overview, RiskQuery};
use plimsoll_model::{HistoryAction, Task, TaskState, Time};
use plimsoll_store::data::{HistoryQuery, TaskQuery};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Days of the trend.
const DAYS: u32 = 90;
/// Fixes named.
const FIXES: usize = 5;

/// The first page.
#[derive(Serialize, JsonSchema)]
pub struct OverviewPage {
    /// As of now.
    pub overview: Overview,
    /// The last days, oldest first; empty for who sees only some images.
    pub trend: Vec<Day>,
    /// What changed in the last 24 hours.
    pub since_yesterday: SinceYesterday,
    /// What clears most images.
    pub top_fixes: Vec<FixAction>,
    /// What the world is known to say.
    pub knowledge: Knowledge,
    /// Tasks that run or wait.
    pub running: Vec<Task>,
}

/// The numbers of a day.
#[derive(Serialize, JsonSchema)]
pub struct Day {
    /// `2026-11-24`.
    pub day: String,
    /// As of its last hour: an `Overview`.
    pub numbers: serde_json::Value,
}

/// What changed in the last 24 hours.
#[derive(Serialize, JsonSchema)]
pub struct SinceYesterday {
    /// Risks first seen.
    pub risks_appeared: u64,
    /// Pairs of risk and image that scans no longer found.
    pub risks_fixed: u64,
    /// Images that are new or have a new digest.
    pub images_new: u64,
}

/// The first page.
pub async fn show(call: Call, (): ()) -> Answer<Json<OverviewPage>> {
    let data = call.app.platform.data();
    let yesterday = data.now().await?.plus_days(-1);
    let numbers = numbers(&call, yesterday);
    let (overview, risks_appeared, images_new) = numbers.await?;
    let trend = match call.who.sees {
        Some(_) => Vec::new(),
        None => data.days(DAYS).await?.into_iter().map(|(day, numbers)| Day { day, numbers }).collect(),
    };
    let fixed = HistoryQuery {
        actions: vec![HistoryAction::Fixed],
        since: Some(yesterday),
        limit: 500,
        ..HistoryQuery::default()
    };
    let fixed = super::history::visible(&call, fixed).await?;
    let running = TaskQuery {
        states: vec![TaskState::Running, TaskState::Waiting],
        created_by: call.who.sees.is_some().then(|| call.who.name.clone()),
        limit: 10,
        ..TaskQuery::default()
    };
    Ok(Json(OverviewPage {
        overview,
        trend,
        since_yesterday: SinceYesterday {
            risks_appeared,
            risks_fixed: fixed.items.iter().map(|entry| entry.pairs).sum(),
            images_new,
        },
        top_fixes: call.app.platform.top_fixes(&call.who, FIXES).await?,
        knowledge: call.app.platform.knowledge().await?,
        running: data.tasks(&running).await?.items,
    }))
}

/// The overview, how many risks are new since then, and how many images.
async fn numbers(call: &Call, since: Time) -> Answer<(Overview, u64, u64)> {
    let fields = |name: &str| {
        BTreeMap::from([(name.to_owned(), since.to_rfc3339()), ("limit".to_owned(), "1".to_owned())])
    };
    let risks = RiskQuery::parse(&fields("first_seen_since"))?;
    let images = ImageQuery::parse(&fields("updated_since"))?;
    let (platform, sees) = (call.app.platform.clone(), call.who.sees.clone());
    crate::blocking(move || {
        let fleet = platform.fleet();
        let sees = sees.as_deref();
        (fleet.overview(sees), fleet.risks(&risks, sees).total, fleet.images(&images, sees).total)
    })
    .await
}
