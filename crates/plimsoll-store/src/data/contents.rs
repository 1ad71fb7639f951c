//! What scans found: one report, one ledger and one compact index for each image, and the history of its scans.

use super::images::{COLUMNS, TABLES, image_of, order_tags, status_word, upsert};
use super::pack::{decoded, encoded, packed, packed_ledger, packed_numbers};
use super::pack::{unpacked, unpacked_ledger, unpacked_numbers};
use super::row::{bulk, cursor, json, limit, list, of_cursor, of_json, plain};
use super::write::{Write, transaction};
use super::{ChangeKind, Data, DataError, Page};
use plimsoll_model::{HistoryEntry, ImageFacts, Occurrence, ScanRecord, StoredImage, Time};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};

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
    /// Keeps a scan in one transaction and ends its job; `false` when another worker holds or ended the job, or the image
    /// was deleted meanwhile. Of a scan for a job, the image's row takes what scans learn; when a sync has seen another
    /// digest meanwhile, the row goes on to wait for the scan of that one. Without a job, the row is added or replaced.
    pub async fn keep_scan(&self, scan: NewScan) -> Result<bool, DataError> {
        let image = &scan.facts.image;
        let packed = Packed {
            facts: packed_facts(&scan.facts)?,
            components: encoded("contents", &packed_numbers(&scan.components))?,
            ledger: packed_ledger(&scan.ledger)?,
            report: packed(&scan.report),
            found: packed(&scan.found),
        };
        transaction!(self, write => {
            if let Some((job, worker)) = &scan.job
                && !super::queue::holds(&mut write, job, worker).await?
            {
                return Ok(false);
            }
            let known = match &scan.job {
                Some(_) => update(&mut write, image).await?,
                None => replace(&mut write, image).await.map(|()| true)?,
            };
            if known {
                put_contents(&mut write, &image.id, &packed).await?;
                put_record(&mut write, &scan.record, Some(&packed.found)).await?;
                for entry in &scan.history {
                    super::history::add(&mut write, entry).await?;
                }
                write.changed(ChangeKind::Image, image.id.as_str());
            }
            if let Some((job, _)) = &scan.job {
                super::queue::end(&mut write, job, known, &serde_json::Value::Null).await?;
            }
            order_tags(&mut write, std::slice::from_ref(image)).await?;
            Ok(known)
        })
    }

    /// Adds a line to the scan history for a scan that did not end well, and sets the image's status and failure. A later
    /// attempt of the same job replaces the line.
    pub async fn keep_failure(&self, record: ScanRecord) -> Result<(), DataError> {
        transaction!(self, write => {
            put_record(&mut write, &record, None).await?;
            let ids = [record.image.clone()];
            super::images::set_status(&mut write, &ids, record.status, record.failure.as_ref(), &[]).await
        })
    }

    /// The last report of an image.
    pub async fn report(&self, image: &str) -> Result<Option<KeptReport>, DataError> {
        let row: Option<(Vec<u8>, Vec<u8>)> =
            sqlx::query_as("SELECT report, components FROM contents WHERE image = $1")
                .bind(plain(image))
                .fetch_optional(self.pool())
                .await?;
        let Some((report, components)) = row else { return Ok(None) };
        Ok(Some(KeptReport {
            report: unpacked("report", &report)?,
            components: unpacked_numbers(&decoded::<Vec<i64>>("contents", &components)?),
        }))
    }

    /// Its ledger.
    pub async fn ledger(&self, image: &str) -> Result<Vec<Occurrence>, DataError> {
        let ledger: Option<Vec<u8>> = sqlx::query_scalar("SELECT ledger FROM contents WHERE image = $1")
            .bind(plain(image))
            .fetch_optional(self.pool())
            .await?;
        ledger.map_or(Ok(Vec::new()), |ledger| unpacked_ledger(&ledger))
    }

    /// Its scans, newest first.
    pub async fn scans(
        &self,
        image: &str,
        count: u32,
        after: Option<&str>,
    ) -> Result<Page<ScanRecord>, DataError> {
        let image = plain(image);
        let (at, id) = of_cursor(after)?;
        let total: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM scans WHERE image = $1")
            .bind(image.as_str())
            .fetch_one(self.pool())
            .await?;
        let rows: Vec<(String, i64, String)> = sqlx::query_as(
            "SELECT id, finished_at, record FROM scans
             WHERE image = $1 AND (finished_at < $2 OR (finished_at = $2 AND id < $3))
             ORDER BY finished_at DESC, id DESC LIMIT $4",
        )
        .bind(image)
        .bind(at)
        .bind(id)
        .bind(limit(count))
        .fetch_all(self.pool())
        .await?;
        let next = rows.last().filter(|_| rows.len() as i64 == limit(count));
        Ok(Page {
            total: total.unsigned_abs(),
            next: next.map(|(id, at, _)| cursor(Time(*at), id)),
            items: rows.iter().map(|(_, _, record)| of_json("scan", record)).collect::<Result<_, _>>()?,
        })
    }

    /// What one of its scans found.
    pub async fn found(&self, scan: &str) -> Result<Option<Vec<u8>>, DataError> {
        let found: Option<(Option<Vec<u8>>,)> = sqlx::query_as("SELECT found FROM scans WHERE id = $1")
            .bind(plain(scan))
            .fetch_optional(self.pool())
            .await?;
        found.and_then(|(found,)| found).map(|found| unpacked("scan", &found)).transpose()
    }

    /// What the fleet is told of these images; of all after `after` in order of id when `ids` is `None`. At most 10,000.
    pub async fn image_facts(
        &self,
        ids: Option<&[String]>,
        after: &str,
        count: u32,
    ) -> Result<Vec<ImageFacts>, DataError> {
        let which = match ids {
            Some(_) => format!("i.id IN {}", self.backend().texts("$1")),
            None => "i.id > $1".to_owned(),
        };
        let sql = format!(
            "SELECT {COLUMNS}, c.facts FROM {TABLES} LEFT JOIN contents c ON c.image = i.id
             WHERE {which} ORDER BY i.id LIMIT $2"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(ids.map_or(after.to_owned(), list))
            .bind(bulk(count))
            .fetch_all(self.pool())
            .await?;
        rows.iter().map(facts_of).collect()
    }
}

/// A scan's documents as they are kept.
struct Packed {
    facts: Vec<u8>,
    components: Vec<u8>,
    ledger: Vec<u8>,
    report: Vec<u8>,
    found: Vec<u8>,
}

/// Components, inherited ones, risks, inherited ones, fixed, reopened: each as differences.
type Lists = [Vec<i64>; 6];

fn packed_facts(facts: &ImageFacts) -> Result<Vec<u8>, DataError> {
    let lists: Lists = [
        packed_numbers(&facts.components),
        packed_numbers(&facts.inherited_components),
        packed_numbers(&facts.risks),
        packed_numbers(&facts.inherited_risks),
        packed_numbers(&facts.fixed),
        packed_numbers(&facts.reopened),
    ];
    encoded("contents", &lists)
}

fn facts_of(row: &AnyRow) -> Result<ImageFacts, DataError> {
    let bytes: Option<Vec<u8>> = row.try_get("facts")?;
    let lists: Lists = bytes.map_or(Ok(Lists::default()), |bytes| decoded("contents", &bytes))?;
    let [components, inherited_components, risks, inherited_risks, fixed, reopened] =
        lists.map(|differences| unpacked_numbers(&differences));
    let image = image_of(row)?;
    Ok(ImageFacts { image, components, inherited_components, risks, inherited_risks, fixed, reopened })
}

/// Gives a known row what a scan learned; `false` when it is gone.
async fn update(write: &mut Write<'_>, image: &StoredImage) -> Result<bool, DataError> {
    let status = status_word(image.status);
    let done = sqlx::query(
        "UPDATE images SET
             scanned_at = $2, os = $3, base = $4,
             status = CASE WHEN digest = $5 THEN $6 WHEN status = 'scanning' THEN 'unscanned' ELSE status END,
             failure = CASE WHEN digest = $5 THEN NULL ELSE failure END,
             platform = CASE WHEN digest = $5 AND $7 <> '' THEN $7 ELSE platform END,
             size = CASE WHEN digest = $5 AND $8 > 0 THEN $8 ELSE size END,
             created = CASE WHEN digest = $5 THEN COALESCE($9, created) ELSE created END
         WHERE id = $1",
    )
    .bind(image.id.as_str())
    .bind(image.scanned_at.map(|time| time.0))
    .bind(image.os.as_deref().map(plain))
    .bind(image.base.as_deref().map(plain))
    .bind(image.digest.as_str())
    .bind(status)
    .bind(plain(&image.platform))
    .bind(i64::try_from(image.size).unwrap_or(i64::MAX))
    .bind(image.created.map(|time| time.0))
    .execute(&mut **write)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Adds or replaces a row as it is given.
async fn replace(write: &mut Write<'_>, image: &StoredImage) -> Result<(), DataError> {
    upsert(write, std::slice::from_ref(image)).await?;
    update(write, image).await.map(|_| ())
}

async fn put_contents(write: &mut Write<'_>, image: &str, packed: &Packed) -> Result<(), DataError> {
    sqlx::query(
        "INSERT INTO contents (image, facts, components, ledger, report) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (image) DO UPDATE SET facts = excluded.facts, components = excluded.components,
             ledger = excluded.ledger, report = excluded.report",
    )
    .bind(image)
    .bind(packed.facts.as_slice())
    .bind(packed.components.as_slice())
    .bind(packed.ledger.as_slice())
    .bind(packed.report.as_slice())
    .execute(&mut **write)
    .await?;
    Ok(())
}

async fn put_record(
    write: &mut Write<'_>,
    record: &ScanRecord,
    found: Option<&[u8]>,
) -> Result<(), DataError> {
    // The image may have been deleted meanwhile; its scans went with it.
    sqlx::query(
        "INSERT INTO scans (id, image, finished_at, record, found)
         SELECT $1, id, $3, $4, $5 FROM images WHERE id = $2
         ON CONFLICT (id) DO UPDATE SET finished_at = excluded.finished_at, record = excluded.record,
             found = excluded.found",
    )
    .bind(record.id.as_str())
    .bind(record.image.as_str())
    .bind(record.finished_at.0)
    .bind(json("scan", record)?)
    .bind(found.map(<[u8]>::to_vec))
    .execute(&mut **write)
    .await?;
    Ok(())
}
