//! A new advisory database: the dictionary's components are matched again; no registry is asked, no image is read.
use super::{Platform, PlatformError};
use plimsoll_model::{Principal, Task};
use std::path::Path;
impl Platform {
    /// Takes a new advisory database (built or fetched by `plimsoll db`), shares it through the blobs, and starts a task
    /// that matches the dictionary with it.
    pub async fn take_knowledge(&self, who: &Principal, file: &Path) -> Result<Task, PlatformError> {
        let _ = (who, file);
        todo!()
    }
}
