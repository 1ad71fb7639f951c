//! Who did what to which risk on which images when.

use super::{Answer, page};
use crate::content::Json;
use crate::problem::Problem;
use crate::route::Call;
use plimsoll::platform::ListPage;
use plimsoll_model::HistoryEntry;
use plimsoll_store::data::HistoryQuery;

/// Lines looked through for who sees only some images.
const LOOKED_THROUGH: usize = 20_000;

/// The handling history.
pub async fn list(call: Call, (): ()) -> Answer<Json<ListPage<HistoryEntry>>> {
    let query = read(&call)?;
    visible(&call, query).await.map(Json)
}

/// One image's.
pub async fn of_image(call: Call, (): ()) -> Answer<Json<ListPage<HistoryEntry>>> {
    let image = super::images::row(&call, call.id())?.image.id;
    let query = HistoryQuery { image: Some(image), ..read(&call)? };
    visible(&call, query).await.map(Json)
}

/// The question.
pub fn read(call: &Call) -> Answer<HistoryQuery> {
    let text = |name: &str| call.asked(name).map(str::to_owned);
    Ok(HistoryQuery {
        risk: text("risk"),
        image: text("image"),
        decision: text("decision"),
        actor: text("actor"),
        actions: call.words("action")?,
        since: call.moment("since")?,
        until: call.moment("until")?,
        limit: call.limit()?,
        cursor: text("cursor"),
    })
}

/// Lines as the asker may see them: those about an image they see, without the others' names.
pub async fn visible(call: &Call, query: HistoryQuery) -> Answer<ListPage<HistoryEntry>> {
    let data = call.app.platform.data();
    if call.who.sees.is_none() {
        return Ok(page(data.history(&query).await?));
    }
    let limit = query.limit as usize;
    let passed_over: usize = match &query.cursor {
        Some(cursor) => cursor.parse().map_err(|_| Problem::field("cursor", "it is none of this list"))?,
        None => 0,
    };
    let mut kept = Vec::new();
    let mut cursor = None;
    let mut looked = 0;
    loop {
        let read = data.history(&HistoryQuery { limit: 500, cursor, ..query.clone() }).await?;
        looked += read.items.len();
        let fleet = call.app.platform.fleet();
        kept.extend(read.items.into_iter().filter_map(|entry| {
            reduced(entry, |image| fleet.image(image, call.who.sees.as_deref()).is_some())
        }));
        drop(fleet);
        cursor = read.next;
        if cursor.is_none() || looked >= LOOKED_THROUGH {
            break;
        }
    }
    let total = kept.len();
    let items: Vec<_> = kept.into_iter().skip(passed_over).take(limit).collect();
    let end = passed_over + items.len();
    let next = (end < total && !items.is_empty()).then(|| end.to_string());
    Ok(ListPage { items, total: total as u64, next, facets: Default::default() })
}

/// The line with only the images the asker sees; `None` when there are none.
fn reduced(mut entry: HistoryEntry, sees: impl Fn(&str) -> bool) -> Option<HistoryEntry> {
    let named = entry.images.into_iter().zip(entry.image_names);
    (entry.images, entry.image_names) = named.filter(|(image, _)| sees(image)).unzip();
    if entry.images.is_empty() {
        return None;
    }
    let hidden = entry.image_count > entry.images.len() as u64;
    entry.image_count = entry.images.len() as u64;
    if hidden {
        entry.pairs = entry.pairs.min(entry.risk_count.saturating_mul(entry.image_count));
        entry.change = None;
    }
    Some(entry)
}
