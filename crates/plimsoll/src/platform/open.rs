//! Starting: the data folder, the database, the fleet from the truth, knowledge.
use super::{Platform, PlatformError};
use crate::document::KnowledgeReport;
use plimsoll_fleet::Fleet;
use plimsoll_store::{Blobs, Data};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::RwLock;
/// What a platform is started with.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// Facts, keys, the advisory database, and by default the SQLite file and blobs.
    pub folder: PathBuf,
    /// `sqlite:FILE` or `postgres://…`; `None`: `plimsoll.db` in the folder.
    pub database: Option<String>,
    /// `file:FOLDER` or `s3://…`; `None`: `blobs` in the folder.
    pub blobs: Option<String>,
    /// The advisory database; `None`: `advisories.db` in the folder, else the starter that ships with the program.
    pub knowledge: Option<PathBuf>,
    /// 64 hex digits that seal credentials; `None`: `seal.key` in the folder.
    pub key: Option<String>,
    /// Layers read at once by one scan.
    pub jobs: usize,
    /// May registries be on loopback and private addresses without each saying so? For demos and tests.
    pub allow_private: bool,
}
pub(crate) struct Inner {
    pub data: Data,
    pub blobs: Blobs,
    pub fleet: RwLock<Fleet>,
}
/// Knowledge as the console shows it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Knowledge {
    /// The advisory database.
    #[serde(flatten)]
    pub report: KnowledgeReport,
    /// Hours since it was built.
    pub age_hours: u64,
    /// Older than 48 hours.
    pub stale: bool,
    /// Components matched with it, and in all.
    pub matched: u64,
    /// Components in all.
    pub components: u64,
}
impl Platform {
    /// Opens everything; the fleet is read from the truth.
    pub async fn open(configuration: Configuration) -> Result<Platform, PlatformError> {
        let _ = configuration;
        todo!()
    }
    /// Applies what changed in the truth since the last time; callers that wrote call it before they answer.
    pub async fn refresh(&self) -> Result<(), PlatformError> {
        todo!()
    }
    /// Follows the change log until stopped.
    pub async fn follow(&self, stop: tokio_util::sync::CancellationToken) {
        let _ = stop;
        todo!()
    }
    /// What the world is known to say.
    pub async fn knowledge(&self) -> Result<Knowledge, PlatformError> {
        todo!()
    }
}
