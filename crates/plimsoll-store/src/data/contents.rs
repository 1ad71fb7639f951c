//! What scans found: one report, one ledger and one compact index for each image, and the history of its scans.
use super::{Data, DataError, Page};
use plimsoll_model::{HistoryEntry, ImageFacts, Occurrence, ScanRecord};
/// A scan that ended well.
#[derive(Clone, Debug)]
pub struct NewScan {
    /// The image's row as it is now, and what the fleet is told.
    pub facts: ImageFacts,
    /// The report without vulnerabilities, JSON; kept compressed.
    pub report: Vec<u8>,
    /// Numbers of the report's components, in its order.
    pub components: Vec<i64>,
    /// When each risk was met; replaces the ledger.
    pub ledger: Vec<Occurrence>,
    /// The line of the scan history.
    pub record: ScanRecord,
    /// What the scan found, for comparing scans later, JSON; kept compressed.
    pub found: Vec<u8>,
    /// Fixed and reopened risks.
    pub history: Vec<HistoryEntry>,
    /// The job and worker it was done for: nothing is written when the lease is no longer theirs.
    pub job: Option<(String, String)>,
}
/// A kept report.
#[derive(Clone, Debug)]
pub struct KeptReport {
    /// JSON.
    pub report: Vec<u8>,
    /// Numbers of its components, in its order.
    pub components: Vec<i64>,
}
impl Data {
    /// Keeps a scan in one transaction and ends its job; `false` when another worker holds or ended the job.
    pub async fn keep_scan(&self, scan: NewScan) -> Result<bool, DataError> {
        let _ = scan;
        todo!()
    }
    /// Adds a line to the scan history for a scan that did not end well, and sets the image's status and failure.
    pub async fn keep_failure(&self, record: ScanRecord) -> Result<(), DataError> {
        let _ = record;
        todo!()
    }
    /// The last report of an image.
    pub async fn report(&self, image: &str) -> Result<Option<KeptReport>, DataError> {
        let _ = image;
        todo!()
    }
    /// Its ledger.
    pub async fn ledger(&self, image: &str) -> Result<Vec<Occurrence>, DataError> {
        let _ = image;
        todo!()
    }
    /// Its scans, newest first.
    pub async fn scans(
        &self,
        image: &str,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<Page<ScanRecord>, DataError> {
        let _ = (image, limit, cursor);
        todo!()
    }
    /// What one of its scans found.
    pub async fn found(&self, scan: &str) -> Result<Option<Vec<u8>>, DataError> {
        let _ = scan;
        todo!()
    }
    /// What the fleet is told of these images; of all after `after` in order of id when `ids` is `None`.
    pub async fn image_facts(
        &self,
        ids: Option<&[String]>,
        after: &str,
        limit: u32,
    ) -> Result<Vec<ImageFacts>, DataError> {
        let _ = (ids, after, limit);
        todo!()
    }
}
