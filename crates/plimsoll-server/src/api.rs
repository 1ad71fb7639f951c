//! The handlers, one file a resource, and what several of them share.

pub mod audit;
pub mod decisions;
pub mod events;
pub mod exports;
pub mod history;
pub mod images;
pub mod knowledge;
pub mod lists;
pub mod overview;
pub mod policies;
pub mod projects;
pub mod registries;
pub mod risks;
pub mod scans;
pub mod session;
pub mod settings;
pub mod tasks;
pub mod tokens;
pub mod users;

use crate::problem::Problem;
use crate::route::Call;
use plimsoll::platform::ListPage;
use plimsoll_model::{RepositoryPattern, Role};
use plimsoll_store::Page;
use serde::{Deserialize, Deserializer};

/// The result of every handler.
pub type Answer<T> = Result<T, Problem>;

/// A whole list, as a page.
fn all<T>(items: Vec<T>) -> ListPage<T> {
    ListPage { total: items.len() as u64, items, next: None, facets: Default::default() }
}

/// A page of the store, as a page of the API.
fn page<T>(page: Page<T>) -> ListPage<T> {
    ListPage { items: page.items, total: page.total, next: page.next, facets: Default::default() }
}

/// Of a change: a field that is there, be it `null`.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A name of people's choice: 1 to 128 characters, none of them a control character, no space around it.
fn name(field: &str, text: &str) -> Answer<()> {
    let length = text.chars().count();
    if !(1..=128).contains(&length) || text.trim() != text || text.chars().any(char::is_control) {
        return Err(Problem::field(field, "give 1 to 128 characters, with no space around them"));
    }
    Ok(())
}

/// Projects a user or token is to have: they must exist, and an administrator sees everything.
async fn projects_exist(call: &Call, role: Role, projects: Option<&[String]>) -> Answer<()> {
    let Some(ids) = projects else { return Ok(()) };
    if role == Role::Admin {
        return Err(Problem::field(
            "projects",
            "an administrator sees everything: give null, or a lower role",
        ));
    }
    let known = call.app.platform.data().projects().await?;
    match ids.iter().find(|id| !known.iter().any(|project| project.id == **id)) {
        Some(id) => Err(Problem::field("projects", format!("there is no project {id}"))),
        None => Ok(()),
    }
}

/// What concerns all images may only be changed by who sees all images.
fn sees_everything(call: &Call) -> Answer<()> {
    match call.who.sees {
        None => Ok(()),
        Some(_) => {
            Err(Problem::forbidden("this concerns all images, and you see only those of your projects"))
        }
    }
}

/// May the asker see a repository of this registry?
fn sees_registry(sees: Option<&[RepositoryPattern]>, registry: &str) -> bool {
    sees.is_none_or(|patterns| {
        patterns.iter().any(|pattern| pattern.registry.as_deref().is_none_or(|wanted| wanted == registry))
    })
}
