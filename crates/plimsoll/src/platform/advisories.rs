//! The advisory database all nodes use: a file by its digest, shared through the blobs, named by a setting.

use super::{Configuration, Platform, PlatformError, blocking, settings};
use crate::ScanError;
use crate::document::KnowledgeReport;
use bytes::Bytes;
use futures_util::StreamExt;
use plimsoll_feeds::Database;
use plimsoll_model::Time;
use plimsoll_store::{Blobs, Data};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::AsyncWriteExt;

/// An open advisory database.
pub(crate) struct Advisories {
    pub database: Database,
    pub report: KnowledgeReport,
    /// Digest of its content.
    pub digest: String,
}

/// What the setting says: which database all nodes use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Chosen {
    pub digest: String,
    pub built_at: String,
    /// Name of its blob.
    pub blob: String,
}

impl Advisories {
    /// Opens a file. Blocks.
    pub fn open(path: &Path) -> Result<Advisories, ScanError> {
        let database = Database::open(path)?;
        let report = crate::knowledge_report(&database)?;
        Ok(Advisories { digest: report.digest.clone(), database, report })
    }
}

/// The database to start with: the one all nodes use, or a newer one that lies here, which then becomes that one. The
/// second value says so.
pub(super) async fn at_start(
    configuration: &Configuration,
    data: &Data,
    blobs: &Blobs,
) -> Result<(Arc<Advisories>, bool), PlatformError> {
    let (named, folder) = (configuration.knowledge.clone(), configuration.folder.clone());
    let here = blocking(move || {
        let opened = crate::open_knowledge(named.as_deref(), &folder)?;
        Ok(Advisories::open(opened.path())?)
    })
    .await?;
    let chosen = settings::read::<Chosen>(data, settings::KNOWLEDGE).await?;
    match chosen {
        Some(chosen) if chosen.digest == here.digest => Ok((Arc::new(here), false)),
        Some(chosen) if chosen.built_at >= here.report.built_at => {
            Ok((Arc::new(fetch(configuration, blobs, &chosen).await?), false))
        }
        _ => {
            let here = keep(configuration, blobs, here.database.path()).await?;
            choose(data, &here).await?;
            Ok((Arc::new(here), true))
        }
    }
}

/// Copies a database under its digest, here and into the blobs.
pub(super) async fn keep(
    configuration: &Configuration,
    blobs: &Blobs,
    file: &Path,
) -> Result<Advisories, PlatformError> {
    let (from, folder) = (file.to_owned(), knowledge_folder(configuration));
    let kept = blocking(move || {
        let opened = Advisories::open(&from)?;
        let to = folder.join(file_name(&opened.digest));
        if to != from {
            copy(&from, &to, opened.report.starter)?;
        }
        Ok(Advisories::open(&to)?)
    })
    .await?;
    let path = kept.database.path().to_owned();
    let file = tokio::fs::File::open(&path).await.map_err(|error| outside(&path, &error))?;
    let parts = tokio_util::io::ReaderStream::with_capacity(file, 1 << 20);
    blobs.put_stream(&blob_name(&kept.digest), parts.boxed()).await?;
    Ok(kept)
}

/// Tells all nodes to use this one.
pub(super) async fn choose(data: &Data, advisories: &Advisories) -> Result<(), PlatformError> {
    let chosen = Chosen {
        digest: advisories.digest.clone(),
        built_at: advisories.report.built_at.clone(),
        blob: blob_name(&advisories.digest),
    };
    settings::write(data, settings::KNOWLEDGE, &chosen).await
}

/// Opens the chosen one; fetched from the blobs when it is not here.
pub(super) async fn fetch(
    configuration: &Configuration,
    blobs: &Blobs,
    chosen: &Chosen,
) -> Result<Advisories, PlatformError> {
    let folder = knowledge_folder(configuration);
    let path = folder.join(file_name(&chosen.digest));
    if !tokio::fs::try_exists(&path).await.unwrap_or(false) {
        let Some((_, mut parts)) = blobs.get_stream(&chosen.blob).await? else {
            let why = "the blob store does not have it; give it again with PUT /knowledge".to_owned();
            return Err(PlatformError::Outside {
                what: format!("the advisory database {}", chosen.digest),
                why,
            });
        };
        tokio::fs::create_dir_all(&folder).await.map_err(|error| outside(&folder, &error))?;
        let unfinished = path.with_added_extension(format!("{}.part", std::process::id()));
        let mut file =
            tokio::fs::File::create(&unfinished).await.map_err(|error| outside(&unfinished, &error))?;
        while let Some(part) = parts.next().await {
            let part: Bytes = part.map_err(|error| outside(&unfinished, &error))?;
            file.write_all(&part).await.map_err(|error| outside(&unfinished, &error))?;
        }
        file.sync_all().await.map_err(|error| outside(&unfinished, &error))?;
        tokio::fs::rename(&unfinished, &path).await.map_err(|error| outside(&path, &error))?;
    }
    let opened = blocking(move || Ok(Advisories::open(&path)?)).await?;
    if opened.digest != chosen.digest {
        let why = format!("it says it is {}", opened.digest);
        return Err(PlatformError::Outside { what: format!("the advisory database {}", chosen.digest), why });
    }
    Ok(opened)
}

fn copy(from: &Path, to: &Path, starter: bool) -> Result<(), PlatformError> {
    if to.exists() {
        return Ok(());
    }
    let unfinished = to.with_added_extension(format!("{}.part", std::process::id()));
    let parent = to.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent)
        .and_then(|()| match starter {
            // Nobody writes into that file: a second name is as good as a copy.
            true => std::fs::hard_link(from, to).or_else(|_| copy_bytes(from, &unfinished, to)),
            false => copy_bytes(from, &unfinished, to),
        })
        .map_err(|error| outside(to, &error))
}

fn copy_bytes(from: &Path, unfinished: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::copy(from, unfinished)?;
    std::fs::rename(unfinished, to)
}

fn outside(path: &Path, error: &std::io::Error) -> PlatformError {
    PlatformError::Outside { what: path.display().to_string(), why: error.to_string() }
}

pub(super) fn knowledge_folder(configuration: &Configuration) -> PathBuf {
    configuration.folder.join("knowledge")
}

/// Digests come from files others made: only letters and digits of them become a name.
fn file_name(digest: &str) -> String {
    let safe: String = digest.chars().filter(char::is_ascii_alphanumeric).take(80).collect();
    format!("{safe}.db")
}

fn blob_name(digest: &str) -> String {
    format!("knowledge/{}", file_name(digest))
}

impl Platform {
    /// The advisory database of the moment.
    pub(crate) fn current_knowledge(&self) -> Arc<Advisories> {
        Arc::clone(&self.inner.advisories.read().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// Uses the database the setting names, if it is another one than before.
    pub(super) async fn follow_knowledge(&self) -> Result<(), PlatformError> {
        let Some(chosen) = settings::read::<Chosen>(self.data(), settings::KNOWLEDGE).await? else {
            return Ok(());
        };
        if chosen.digest == self.current_knowledge().digest {
            return Ok(());
        }
        let fetched = fetch(&self.inner.configuration, self.blobs(), &chosen).await?;
        self.use_knowledge(Arc::new(fetched));
        Ok(())
    }

    /// Forgets databases that others took the place of before this moment.
    pub(super) async fn trim_knowledge(&self, before: Time) -> Result<(), PlatformError> {
        let current = file_name(&self.current_knowledge().digest);
        let folder = knowledge_folder(&self.inner.configuration);
        let mut entries = match tokio::fs::read_dir(&folder).await {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(outside(&folder, &error)),
        };
        while let Some(entry) = entries.next_entry().await.map_err(|error| outside(&folder, &error))? {
            let written = entry.metadata().await.and_then(|metadata| metadata.modified());
            let written = written.map_err(|error| outside(&entry.path(), &error))?;
            let age = written.duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_micros();
            let is_old = i64::try_from(age).is_ok_and(|micros| micros < before.0);
            let name = entry.file_name().to_string_lossy().into_owned();
            if is_old && name != current {
                tokio::fs::remove_file(entry.path()).await.map_err(|error| outside(&entry.path(), &error))?;
                // Whoever still uses it has it open.
                self.blobs().delete(&format!("knowledge/{name}")).await?;
            }
        }
        Ok(())
    }

    pub(super) fn use_knowledge(&self, advisories: Arc<Advisories>) {
        *self.inner.advisories.write().unwrap_or_else(std::sync::PoisonError::into_inner) = advisories;
    }
}
