//! Starting: the data folder, the database, the fleet from the truth, knowledge.

use super::advisories::{self, Advisories};
use super::connections::Connections;
use super::files::Trees;
use super::fixes::Top;
use super::{Platform, PlatformError, blocking, views::Shelf};
use crate::document::KnowledgeReport;
use plimsoll_fleet::Fleet;
use plimsoll_malware::Engine;
use plimsoll_model::{Principal, Time};
use plimsoll_store::{Blobs, Data, DataError, FactStore, Sealer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::sync::{Arc, OnceLock, RwLock};

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
    pub configuration: Configuration,
    pub advisories: RwLock<Arc<Advisories>>,
    pub facts: FactStore,
    /// The key equal secrets are known again by; one for all nodes.
    pub key: plimsoll_secrets::Key,
    /// Signatures of malware, made when first needed.
    pub engine: OnceLock<Arc<Engine>>,
    pub connections: Connections,
    /// The last line of the change log that the fleet knows, and when that was.
    pub seen: tokio::sync::Mutex<(i64, Time)>,
    /// The same line, for those who need not wait.
    pub change: AtomicI64,
    /// Is there a new advisory database that could not be fetched yet?
    pub behind: AtomicBool,
    /// Wakes idle workers of this process.
    pub wake: tokio::sync::Notify,
    /// What clears most, found a moment ago.
    pub top: Top,
    /// File trees laid together lately.
    pub trees: Trees,
    /// Reports put together lately.
    pub shelf: Shelf,
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

/// Hours after which knowledge is called stale.
const STALE_HOURS: u64 = 48;
/// The sealed setting that holds the key of secrets' identities.
const SECRETS_KEY: &str = "secrets_key";

/// Makes the data folder, for this user alone: password hashes and facts of private images lie in it.
fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

impl Platform {
    /// Opens everything; the fleet is read from the truth.
    pub async fn open(configuration: Configuration) -> Result<Platform, PlatformError> {
        let folder = configuration.folder.clone();
        let (key, given) = (folder.join("seal.key"), configuration.key.clone());
        let (sealer, facts) = blocking(move || {
            make_private(&folder).map_err(|error| PlatformError::Outside {
                what: format!("cannot create {}", folder.display()),
                why: error.to_string(),
            })?;
            let sealer = match given {
                Some(text) => Sealer::of_text(&text)?,
                None => Sealer::of_file(&key)?,
            };
            Ok((sealer, FactStore::open(&folder)?))
        })
        .await?;
        let inside = |name: &str| configuration.folder.join(name).display().to_string();
        let address = configuration.database.clone();
        let address = address.unwrap_or_else(|| format!("sqlite:{}", inside("plimsoll.db")));
        let blobs = configuration.blobs.clone().unwrap_or_else(|| format!("file:{}", inside("blobs")));
        let data = Data::open(&address, sealer).await?;
        let blobs = Blobs::open(&blobs)?;
        let key = secrets_key(&data).await?;
        let facts = match configuration.blobs {
            // Blobs in the node's own folder are nobody else's: one copy of the facts will do.
            None => facts,
            Some(_) => facts.sharing(blobs.clone(), tokio::runtime::Handle::current(), key),
        };
        let (advisories, new) = advisories::at_start(&configuration, &data, &blobs).await?;
        let platform = Platform {
            inner: Arc::new(Inner {
                data,
                blobs,
                fleet: RwLock::default(),
                configuration,
                advisories: RwLock::new(advisories),
                facts,
                key,
                engine: OnceLock::new(),
                connections: Connections::default(),
                seen: tokio::sync::Mutex::default(),
                wake: tokio::sync::Notify::new(),
                top: Top::default(),
                trees: Trees::default(),
                change: AtomicI64::new(0),
                behind: AtomicBool::new(false),
                shelf: Shelf::default(),
            }),
        };
        platform.load().await?;
        if new {
            platform.start_reassess(&Principal::system()).await?;
        }
        Ok(platform)
    }

    /// What the world is known to say.
    pub async fn knowledge(&self) -> Result<Knowledge, PlatformError> {
        let report = self.current_knowledge().report.clone();
        let built = Time::parse(&report.built_at).unwrap_or_default();
        let now = self.data().now().await?;
        let age_hours = u64::try_from(now.0.saturating_sub(built.0) / 3_600_000_000).unwrap_or(0);
        let [_, _, components, _] = self.fleet().sizes();
        let unmatched = self.count_unmatched(&report.digest).await?;
        Ok(Knowledge {
            age_hours,
            stale: age_hours > STALE_HOURS,
            matched: components.saturating_sub(unmatched),
            components,
            report,
        })
    }

    /// How many components were not matched with this advisory database, at most 100,000.
    async fn count_unmatched(&self, digest: &str) -> Result<u64, PlatformError> {
        const PAGE: u32 = 1_000;
        let (mut after, mut count) = (i64::MIN, 0_u64);
        while count < 100_000 {
            let page = self.data().unmatched(digest, after, PAGE).await?;
            count += page.len() as u64;
            match page.last() {
                Some(last) if page.len() == PAGE as usize => after = last.number,
                _ => break,
            }
        }
        Ok(count)
    }
}

/// One key for all nodes, so that equal secrets have equal identities wherever they were met.
async fn secrets_key(data: &Data) -> Result<plimsoll_secrets::Key, PlatformError> {
    let kept = data.sealed_setting_or(SECRETS_KEY, &plimsoll_store::new_key()?).await?;
    let why = "it does not have 32 bytes".to_owned();
    kept.try_into().map_err(|_| DataError::Damaged { what: "key of secrets", why }.into())
}
