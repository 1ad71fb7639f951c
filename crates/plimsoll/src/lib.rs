//! Is this image safe? The one place where image, analysis, knowledge and judgement meet.
//!
//! A [`Scanner`] reads an image's layers into contents, filling the gaps in the stored facts, and assesses contents
//! against an advisory database. The result is a [`document::Document`].

mod assessment;
pub mod bases;
pub mod document;
mod error;
mod files;
pub mod fix;
pub mod format;
mod knowledge;
pub mod platform;
mod report;
mod scan;
pub mod vex;

pub use assessment::Assessment;
pub use error::ScanError;
pub use knowledge::{Age, cache_folder, open_knowledge, today, updated_database};
pub use platform::{Platform, PlatformError};
pub use report::{component_reports, image_report, knowledge_report};
pub use scan::{Scanned, Scanner};

pub use plimsoll_analyze as analyze;
pub use plimsoll_assess as assess;
pub use plimsoll_feeds as feeds;
pub use plimsoll_fleet as fleet;
pub use plimsoll_image as image;
pub use plimsoll_malware as malware;
pub use plimsoll_model as model;
pub use plimsoll_passwords as passwords;
pub use plimsoll_secrets as secrets;
pub use plimsoll_store as store;
