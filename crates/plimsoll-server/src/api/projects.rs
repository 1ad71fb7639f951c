//! Groups of repositories that some people may see.

use super::{Answer, all, name};
use crate::content::{Created, Json, Nothing};
use crate::problem::Problem;
use crate::route::Call;
use plimsoll::platform::ListPage;
use plimsoll_model::{Project, RepositoryPattern};
use schemars::JsonSchema;
use serde::Deserialize;

/// Repositories: `{"registry": ID, "repository": "team/*"}`, or `"team/*"` in any registry.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Repositories {
    /// In any registry, and of local and pipeline images.
    Anywhere(String),
    /// Of one registry, or of all.
    In(RepositoryPattern),
}

/// A project to be.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProject {
    /// What people call it.
    pub name: String,
    /// Its repositories, at most 200.
    pub repositories: Vec<Repositories>,
}

/// What to change of a project.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangedProject {
    /// What people call it.
    pub name: Option<String>,
    /// Its repositories, at most 200.
    pub repositories: Option<Vec<Repositories>>,
}

/// All projects.
pub async fn list(call: Call, (): ()) -> Answer<Json<ListPage<Project>>> {
    Ok(Json(all(call.app.platform.data().projects().await?)))
}

/// Adds a project.
pub async fn create(call: Call, Json(body): Json<NewProject>) -> Answer<Created<Project>> {
    name("name", &body.name)?;
    let data = call.app.platform.data();
    let project = Project {
        id: uuid::Uuid::now_v7().to_string(),
        name: body.name,
        repositories: patterns(&call, body.repositories).await?,
        created_at: data.now().await?,
    };
    data.put_project(&project).await?;
    Ok(Created(project))
}

/// One project.
pub async fn show(call: Call, (): ()) -> Answer<Json<Project>> {
    Ok(Json(one(&call).await?))
}

/// Changes a project.
pub async fn change(call: Call, Json(body): Json<ChangedProject>) -> Answer<Json<Project>> {
    let mut project = one(&call).await?;
    if let Some(new) = body.name {
        name("name", &new)?;
        project.name = new;
    }
    if let Some(repositories) = body.repositories {
        project.repositories = patterns(&call, repositories).await?;
    }
    call.app.platform.data().put_project(&project).await?;
    Ok(Json(project))
}

/// Removes a project: its members no longer see its repositories.
pub async fn delete(call: Call, (): ()) -> Answer<Nothing> {
    let project = one(&call).await?;
    call.app.platform.data().delete_project(&project.id).await?;
    Ok(Nothing)
}

async fn one(call: &Call) -> Answer<Project> {
    let projects = call.app.platform.data().projects().await?;
    let project = projects.into_iter().find(|project| project.id == call.id());
    project.ok_or_else(|| Problem::missing("project", call.id()))
}

async fn patterns(call: &Call, repositories: Vec<Repositories>) -> Answer<Vec<RepositoryPattern>> {
    if repositories.len() > 200 {
        return Err(Problem::field("repositories", "at most 200"));
    }
    let registries = call.app.platform.data().registries().await?;
    let patterns = repositories.into_iter().map(|given| match given {
        Repositories::Anywhere(repository) => RepositoryPattern { registry: None, repository },
        Repositories::In(pattern) => pattern,
    });
    patterns
        .map(|pattern| {
            let known = |id: &String| registries.iter().any(|registry| registry.id == *id);
            if !(1..=512).contains(&pattern.repository.len()) {
                return Err(Problem::field("repositories", "give patterns of 1 to 512 characters"));
            }
            match &pattern.registry {
                Some(id) if !known(id) => {
                    Err(Problem::field("repositories", format!("there is no registry {id}")))
                }
                _ => Ok(pattern),
            }
        })
        .collect()
}
