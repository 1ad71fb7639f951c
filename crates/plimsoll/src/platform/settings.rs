//! Settings as the platform reads them: what they are called in the truth, and their forms. Changes take effect at the
//! next scan.

use super::{Platform, PlatformError};
use plimsoll_assess::base::{Base, Catalogue};
use plimsoll_assess::compliance::Policy;
use plimsoll_model::RiskKind;
use plimsoll_store::{Data, DataError};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Which advisory database all nodes use.
pub(super) const KNOWLEDGE: &str = "knowledge";
/// [`Settings`].
const SETTINGS: &str = "settings";
/// Sealed: the people's own weak passwords, JSON.
const WEAK_PASSWORDS: &str = "weak_passwords";
/// Paths left out of scans.
const EXCLUDE_PATHS: &str = "exclude_paths";
/// The people's own base images.
const BASE_IMAGES: &str = "base_images";

/// Settings of the whole platform.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Settings {
    /// Kinds of risks that scans look for when none are named; all when empty.
    pub scan_kinds: Vec<RiskKind>,
    /// Images scanned in an hour; 0 for no bound.
    pub images_per_hour: u32,
    /// Images of one registry pulled at once; 0 for no bound.
    pub concurrency: u32,
    /// Days that ended tasks and scan histories are kept.
    pub retention_days: u32,
    /// Minutes one scan may take.
    pub scan_minutes: u32,
    /// Which software may be there: TOML, as `plimsoll scan --policy` takes it.
    pub compliance_policy: String,
    /// Compute the sha256 of every file: tells duplicates.
    pub digests: bool,
    /// Where new advisory databases are fetched from: the address of a built one.
    pub knowledge_url: Option<String>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            scan_kinds: Vec::new(),
            images_per_hour: 0,
            concurrency: 0,
            retention_days: 90,
            scan_minutes: 60,
            compliance_policy: String::new(),
            digests: false,
            knowledge_url: None,
        }
    }
}

impl Settings {
    pub(super) fn policy(&self) -> Result<Policy, PlatformError> {
        if self.compliance_policy.trim().is_empty() {
            return Ok(Policy::default());
        }
        Policy::parse(&self.compliance_policy).map_err(|error| field("compliance_policy", error.to_string()))
    }
}

pub(super) fn field(name: &str, why: String) -> PlatformError {
    PlatformError::Field { name: name.to_owned(), why }
}

fn damaged(error: serde_json::Error) -> DataError {
    DataError::Damaged { what: "setting", why: error.to_string() }
}

/// A setting of this form; `None` when it was never set.
pub(super) async fn read<T: DeserializeOwned>(data: &Data, name: &str) -> Result<Option<T>, PlatformError> {
    Ok(data.setting(name).await?.map(serde_json::from_value).transpose().map_err(damaged)?)
}

pub(super) async fn write<T: Serialize>(data: &Data, name: &str, value: &T) -> Result<(), PlatformError> {
    let value = serde_json::to_value(value).map_err(super::error::encode)?;
    Ok(data.set_setting(name, &value).await?)
}

impl Platform {
    /// The settings as kept, or as they are where nobody changed them.
    pub async fn settings(&self) -> Result<Settings, PlatformError> {
        Ok(read(self.data(), SETTINGS).await?.unwrap_or_default())
    }

    /// Keeps the settings; scans from now on go by them.
    pub async fn keep_settings(&self, settings: &Settings) -> Result<(), PlatformError> {
        write(self.data(), SETTINGS, settings).await
    }

    /// The people's own weak passwords.
    pub(super) async fn weak_passwords(&self) -> Result<Vec<String>, PlatformError> {
        let bytes = self.data().sealed_setting(WEAK_PASSWORDS).await?;
        let words = bytes.map(|bytes| serde_json::from_slice(&bytes)).transpose().map_err(damaged)?;
        Ok(words.unwrap_or_default())
    }

    /// Paths left out of scans.
    pub(super) async fn exclude_paths(&self) -> Result<Vec<String>, PlatformError> {
        Ok(read(self.data(), EXCLUDE_PATHS).await?.unwrap_or_default())
    }

    /// The base images that ship with the program, and the people's own.
    pub(super) async fn catalogue(&self) -> Result<Catalogue, PlatformError> {
        let own: Vec<Base> = read(self.data(), BASE_IMAGES).await?.unwrap_or_default();
        let mut catalogue = Catalogue::starter();
        own.into_iter().for_each(|base| catalogue.add(base));
        Ok(catalogue)
    }
}
