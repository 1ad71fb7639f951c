//! Images as rows.

use super::row::{chunks, json, list, missing, of_json, of_word, placeholders, plain};
use super::write::{Write, transaction};
use super::{ChangeKind, Data, DataError};
use plimsoll_model::{ImageSource, ScanFailure, ScanStatus, StoredImage, Time};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};
use std::collections::{BTreeMap, BTreeSet};

/// Columns of a row; the registry's name is what it is called now.
pub(super) const COLUMNS: &str = "i.id, i.source, i.registry, COALESCE(r.name, i.registry_name) AS registry_name,
     COALESCE(r.kind, i.registry_kind) AS registry_kind, i.repository, i.tag, i.digest, i.index_digest, i.platform,
     i.size, i.created, i.updated_at, i.synced_at, i.latest, i.gone, i.status, i.failure, i.scanned_at, i.os, i.base,
     i.pipeline";
/// Where they come from.
pub(super) const TABLES: &str = "images i LEFT JOIN registries r ON r.id = i.registry";

/// A digest seen again says nothing about the scan of it: what scans learned stays.
const ON_CONFLICT: &str = "ON CONFLICT (id) DO UPDATE SET
     source = excluded.source, registry = excluded.registry, registry_name = excluded.registry_name,
     registry_kind = excluded.registry_kind, repository = excluded.repository, tag = excluded.tag,
     digest = excluded.digest, index_digest = excluded.index_digest,
     updated_at = excluded.updated_at, synced_at = excluded.synced_at, gone = excluded.gone,
     pipeline = excluded.pipeline,
     platform = CASE WHEN images.digest = excluded.digest AND excluded.platform = '' THEN images.platform
         ELSE excluded.platform END,
     size = CASE WHEN images.digest = excluded.digest AND excluded.size = 0 THEN images.size ELSE excluded.size END,
     created = CASE WHEN images.digest = excluded.digest THEN COALESCE(excluded.created, images.created)
         ELSE excluded.created END,
     status = CASE WHEN images.digest = excluded.digest THEN images.status ELSE excluded.status END,
     failure = CASE WHEN images.digest = excluded.digest THEN images.failure ELSE excluded.failure END,
     scanned_at = CASE WHEN images.digest = excluded.digest THEN images.scanned_at ELSE excluded.scanned_at END,
     os = CASE WHEN images.digest = excluded.digest THEN images.os ELSE excluded.os END,
     base = CASE WHEN images.digest = excluded.digest THEN images.base ELSE excluded.base END";

impl Data {
    /// One.
    pub async fn stored_image(&self, id: &str) -> Result<StoredImage, DataError> {
        let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE i.id = $1");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(plain(id)).fetch_optional(self.pool()).await?;
        image_of(&row.ok_or_else(|| missing("image", id))?)
    }

    /// All of a registry, gone ones too.
    pub async fn images_of(&self, registry: &str) -> Result<Vec<StoredImage>, DataError> {
        let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE i.registry = $1 ORDER BY i.id");
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(registry).fetch_all(self.pool()).await?;
        rows.iter().map(image_of).collect()
    }

    /// The row of this name, if it is known; of several, the one seen last. `registry` `None`: in no registry.
    pub async fn find_image(
        &self,
        source: ImageSource,
        registry: Option<&str>,
        repository: &str,
        tag: Option<&str>,
        platform: &str,
    ) -> Result<Option<StoredImage>, DataError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM {TABLES}
             WHERE i.source = $1 AND i.repository = $2 AND i.platform = $3
                 AND COALESCE(i.registry, '') = $4
                 AND (i.tag = $5 OR (i.tag IS NULL AND $5 IS NULL))
             ORDER BY i.synced_at DESC, i.id DESC LIMIT 1"
        );
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(source.as_str())
            .bind(plain(repository))
            .bind(plain(platform))
            .bind(registry.unwrap_or_default())
            .bind(tag.map(plain))
            .fetch_optional(self.pool())
            .await?;
        row.as_ref().map(image_of).transpose()
    }

    /// Adds or replaces rows by id, with one change line each. `latest` of every repository named is computed anew: the
    /// newest tag by `created`, else by `updated_at`. Of a row whose digest is the stored one, what scans learned (status,
    /// failure, when, os, base, and size, platform and build time where the new row does not say) stays: they are kept by
    /// [`Data::keep_scan`], [`Data::keep_failure`] and [`Data::set_status`].
    pub async fn put_images(&self, images: &[StoredImage]) -> Result<(), DataError> {
        transaction!(self, write => {
            upsert(&mut write, images).await?;
            order_tags(&mut write, images).await
        })
    }

    /// Sets how scanning stands.
    pub async fn set_status(
        &self,
        ids: &[String],
        status: ScanStatus,
        failure: Option<&ScanFailure>,
    ) -> Result<(), DataError> {
        transaction!(self, write => set_status(&mut write, ids, status, failure, &[]).await)
    }

    /// Forgets images with all that is known of them; the handling history keeps its lines.
    pub async fn delete_images(&self, ids: &[String]) -> Result<(), DataError> {
        transaction!(self, write => {
            let removed = forget(&mut write, ids).await?;
            order_tags(&mut write, &removed).await
        })
    }
}

/// Reads a row.
pub(super) fn image_of(row: &AnyRow) -> Result<StoredImage, DataError> {
    let failure: Option<String> = row.try_get("failure")?;
    let kind: Option<String> = row.try_get("registry_kind")?;
    let time = |column: &str| row.try_get::<Option<i64>, _>(column).map(|time| time.map(Time));
    Ok(StoredImage {
        id: row.try_get("id")?,
        source: of_word("image", row.try_get("source")?)?,
        registry: row.try_get("registry")?,
        registry_name: row.try_get("registry_name")?,
        registry_kind: kind.map(|kind| of_word("image", &kind)).transpose()?,
        repository: row.try_get("repository")?,
        tag: row.try_get("tag")?,
        digest: row.try_get("digest")?,
        index_digest: row.try_get("index_digest")?,
        platform: row.try_get("platform")?,
        size: row.try_get::<i64, _>("size")?.unsigned_abs(),
        created: time("created")?,
        updated_at: Time(row.try_get("updated_at")?),
        synced_at: Time(row.try_get("synced_at")?),
        latest: row.try_get::<i64, _>("latest")? != 0,
        gone: row.try_get::<i64, _>("gone")? != 0,
        status: of_word("image", row.try_get("status")?)?,
        failure: failure.map(|failure| of_json("image's failure", &failure)).transpose()?,
        scanned_at: time("scanned_at")?,
        os: row.try_get("os")?,
        base: row.try_get("base")?,
        pipeline: row.try_get("pipeline")?,
    })
}

/// Adds or replaces rows; of one id the last.
pub(super) async fn upsert(write: &mut Write<'_>, images: &[StoredImage]) -> Result<(), DataError> {
    let rows: BTreeMap<&str, &StoredImage> = images.iter().map(|image| (image.id.as_str(), image)).collect();
    let rows: Vec<&StoredImage> = rows.into_values().collect();
    for part in chunks(&rows) {
        let sql = format!(
            "INSERT INTO images (id, source, registry, registry_name, registry_kind, repository, tag, digest,
                 index_digest, platform, size, created, updated_at, synced_at, latest, gone, status, failure, scanned_at,
                 os, base, pipeline)
             VALUES {} {ON_CONFLICT}",
            placeholders(part.len(), 22)
        );
        let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(part.len() == 1);
        for image in part {
            let failure =
                image.failure.as_ref().map(|failure| json("image's failure", failure)).transpose()?;
            query = query
                .bind(image.id.as_str())
                .bind(image.source.as_str())
                .bind(image.registry.clone())
                .bind(image.registry_name.as_deref().map(plain))
                .bind(image.registry_kind.map(|kind| kind.as_str()))
                .bind(plain(&image.repository))
                .bind(image.tag.as_deref().map(plain))
                .bind(plain(&image.digest))
                .bind(image.index_digest.as_deref().map(plain))
                .bind(plain(&image.platform))
                .bind(i64::try_from(image.size).unwrap_or(i64::MAX))
                .bind(image.created.map(|time| time.0))
                .bind(image.updated_at.0)
                .bind(image.synced_at.0)
                .bind(0_i64)
                .bind(i64::from(image.gone))
                .bind(status_word(image.status))
                .bind(failure)
                .bind(image.scanned_at.map(|time| time.0))
                .bind(image.os.as_deref().map(plain))
                .bind(image.base.as_deref().map(plain))
                .bind(image.pipeline.as_deref().map(plain));
        }
        query.execute(&mut **write).await?;
    }
    for image in rows {
        write.changed(ChangeKind::Image, image.id.as_str());
    }
    Ok(())
}

/// A repository: its registry, and its name there.
type Repository = (String, String, String);
/// What says which tag is the newest: id, tag, build time, time of the push, newest so far, gone.
type TagRow = (String, Option<String>, Option<i64>, i64, i64, i64);

/// Computes `latest` anew for the repositories of these images.
pub(super) async fn order_tags(write: &mut Write<'_>, images: &[StoredImage]) -> Result<(), DataError> {
    let repository = |image: &StoredImage| -> Repository {
        let registry = image.registry.clone().unwrap_or_default();
        (image.source.as_str().to_owned(), registry, plain(&image.repository))
    };
    let repositories: BTreeSet<Repository> = images.iter().map(repository).collect();
    for (source, registry, repository) in repositories {
        let rows: Vec<TagRow> = sqlx::query_as(
            "SELECT id, tag, created, updated_at, latest, gone FROM images
             WHERE repository = $1 AND source = $2 AND COALESCE(registry, '') = $3",
        )
        .bind(repository.as_str())
        .bind(source.as_str())
        .bind(registry.as_str())
        .fetch_all(&mut **write)
        .await?;
        for (id, latest) in moved(&rows) {
            sqlx::query("UPDATE images SET latest = $2 WHERE id = $1")
                .bind(id)
                .bind(i64::from(latest))
                .execute(&mut **write)
                .await?;
            write.changed(ChangeKind::Image, id);
        }
    }
    Ok(())
}

/// Rows whose `latest` is not what it should be, with what it should be.
fn moved(rows: &[TagRow]) -> Vec<(&str, bool)> {
    let tagged = rows.iter().filter(|row| row.1.is_some() && row.5 == 0);
    let newest = tagged.max_by_key(|row| (row.2.unwrap_or(row.3), row.3, row.1.as_deref()));
    let newest = newest.and_then(|row| row.1.as_deref());
    let wanted = |row: &TagRow| newest.is_some() && row.1.as_deref() == newest && row.5 == 0;
    rows.iter().filter(|row| wanted(row) != (row.4 != 0)).map(|row| (row.0.as_str(), wanted(row))).collect()
}

/// Sets how scanning stands, where it stands as one of `from`, or anyhow when `from` is empty.
pub(super) async fn set_status(
    write: &mut Write<'_>,
    ids: &[String],
    status: ScanStatus,
    failure: Option<&ScanFailure>,
    from: &[ScanStatus],
) -> Result<(), DataError> {
    if ids.is_empty() {
        return Ok(());
    }
    let from: Vec<&str> = from.iter().copied().map(status_word).collect();
    let mut sql =
        format!("UPDATE images SET status = $1, failure = $2 WHERE id IN {}", write.backend.texts("$3"));
    if !from.is_empty() {
        sql += &format!(" AND status IN {}", write.backend.texts("$4"));
    }
    sql += " RETURNING id";
    let mut query = sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(status_word(status))
        .bind(failure.map(|failure| json("image's failure", failure)).transpose()?)
        .bind(list(ids));
    if !from.is_empty() {
        query = query.bind(list(&from));
    }
    let changed: Vec<String> = query.fetch_all(&mut **write).await?;
    for id in changed {
        write.changed(ChangeKind::Image, id);
    }
    Ok(())
}

/// Removes images with contents, scans and waiting jobs; what was removed.
pub(super) async fn forget(write: &mut Write<'_>, ids: &[String]) -> Result<Vec<StoredImage>, DataError> {
    let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE i.id IN {}", write.backend.texts("$1"));
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(list(ids)).fetch_all(&mut **write).await?;
    let removed = rows.iter().map(image_of).collect::<Result<Vec<_>, _>>()?;
    super::queue::drop_jobs(write, ids).await?;
    let sql = format!("DELETE FROM images WHERE id IN {}", write.backend.texts("$1"));
    sqlx::query(AssertSqlSafe(sql)).bind(list(ids)).execute(&mut **write).await?;
    for image in &removed {
        write.changed(ChangeKind::ImageDeleted, image.id.as_str());
    }
    Ok(removed)
}

/// As the API writes it.
pub(super) fn status_word(status: ScanStatus) -> &'static str {
    match status {
        ScanStatus::Unscanned => "unscanned",
        ScanStatus::Waiting => "waiting",
        ScanStatus::Scanning => "scanning",
        ScanStatus::Scanned => "scanned",
        ScanStatus::Failed => "failed",
        ScanStatus::Stopped => "stopped",
        ScanStatus::Unsupported => "unsupported",
    }
}
