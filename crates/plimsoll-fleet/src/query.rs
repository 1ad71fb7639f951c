//! Questions, as the lists' addresses state them: name → value. Unknown names are refused, so that a typing error never
//! shows everything.

mod image;
mod read;
mod risk;

pub use image::ImageQuery;
pub(crate) use image::{ImageFilter, ImageSort, SOURCES, STATUSES, status_word};
pub(crate) use read::{STATES, States, cursor};
pub use risk::RiskQuery;
pub(crate) use risk::{RiskSort, class_word, urgency_word};

/// Why a question cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// Which name.
    pub name: String,
    /// Why, and what is allowed.
    pub why: String,
}

impl std::fmt::Display for QueryError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: {}", self.name, self.why)
    }
}

impl std::error::Error for QueryError {}
