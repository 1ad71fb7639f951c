//! Lists as files, exactly as filtered.

mod rows;
mod sheet;

use super::error::missing;
use super::settings::field;
use super::{Platform, PlatformError, blocking, new_id};
use futures_util::StreamExt;
use plimsoll_fleet::{ImageQuery, RiskQuery};
use plimsoll_model::{Job, NewTask, Principal, RepositoryPattern, Role, Task, TaskKind, TaskState, Time};
use plimsoll_store::data::TaskQuery;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sheet::{About, Sheet};
use std::collections::BTreeMap;
use std::io::Write;

/// Which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExportList {
    /// The risk list, one line a risk.
    Risks,
    /// One line for each risk in each image.
    Findings,
    /// The image list.
    Images,
    /// Components of the images: one line for each component in each image the image list's filters hold.
    Components,
    /// Handling history.
    History,
    /// Decisions that have not ended.
    Decisions,
    /// The audit log (administrators).
    Audit,
    /// One image's report: `filter` is `{"id": …}`, `format` html, json, cyclonedx, spdx, sarif.
    Image,
}

/// As what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum ExportFormat {
    Csv,
    Xlsx,
    Json,
    Html,
    Cyclonedx,
    Spdx,
    Sarif,
}

impl ExportFormat {
    /// The ending of its files, and their media type.
    fn kind(self) -> (&'static str, &'static str) {
        match self {
            ExportFormat::Csv => ("csv", "text/csv; charset=utf-8"),
            ExportFormat::Xlsx => {
                ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
            }
            ExportFormat::Json => ("json", "application/json"),
            ExportFormat::Html => ("html", "text/html; charset=utf-8"),
            ExportFormat::Cyclonedx => ("cdx.json", "application/vnd.cyclonedx+json"),
            ExportFormat::Spdx => ("spdx.json", "application/spdx+json"),
            ExportFormat::Sarif => ("sarif", "application/sarif+json"),
        }
    }

    fn is_table(self) -> bool {
        matches!(self, ExportFormat::Csv | ExportFormat::Xlsx | ExportFormat::Json)
    }
}

/// A list to be written as a file.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportRequest {
    /// Which list.
    pub list: ExportList,
    /// Its filters, by name, as in its address, `sort` too.
    #[serde(default)]
    pub filter: BTreeMap<String, String>,
    /// As what.
    pub format: ExportFormat,
}

/// Who asked, as the job needs to know.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Asker {
    user: String,
    name: String,
    role: Role,
    sees: Option<Vec<RepositoryPattern>>,
}

impl Asker {
    fn of(who: &Principal) -> Asker {
        Asker { user: who.user.clone(), name: who.name.clone(), role: who.role, sees: who.sees.clone() }
    }

    fn principal(self) -> Principal {
        Principal { user: self.user, name: self.name, role: self.role, sees: self.sees, from: String::new() }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct ExportPayload {
    request: ExportRequest,
    asker: Asker,
}

/// What came of an export; its task's result.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct ExportResult {
    file: String,
    media_type: String,
    rows: u64,
    bytes: u64,
}

/// Where the file of an export is kept. Task ids are ours: they hold no separators.
fn blob_name(task: &str) -> String {
    format!("exports/{task}")
}

impl Platform {
    /// Starts a task that writes the file; it is kept for a week and fetched any number of times.
    pub async fn start_export(&self, who: &Principal, request: ExportRequest) -> Result<Task, PlatformError> {
        self.check_export(who, &request)?;
        let now = self.data().now().await?;
        let name = format!("export of {}", super::images::word(&request.list));
        let parameters = serde_json::to_value(&request).map_err(super::error::encode)?;
        let payload = ExportPayload { request, asker: Asker::of(who) };
        let payload = serde_json::to_value(payload).map_err(super::error::encode)?;
        self.add_task(NewTask {
            kind: TaskKind::Export,
            name,
            trigger: "manual".to_owned(),
            created_by: who.name.clone(),
            parameters,
            priority: super::scan::MANUAL,
            jobs: vec![(new_id(), payload, now)],
        })
        .await
    }

    /// The name and media type of a finished export's file, and its blob's name; only for who asked for it, and administrators.
    pub async fn export_file(
        &self,
        who: &Principal,
        task: &str,
    ) -> Result<(String, String, String), PlatformError> {
        let found = self.data().task(task).await?;
        let theirs = found.created_by == who.name || (who.role == Role::Admin && who.sees.is_none());
        if found.kind != TaskKind::Export || !theirs {
            return Err(missing("export", task));
        }
        match found.state {
            TaskState::Done => {}
            TaskState::Failed => {
                let why = found.error.unwrap_or_else(|| "the export failed".to_owned());
                return Err(PlatformError::Conflict(why));
            }
            TaskState::Stopped => return Err(PlatformError::Conflict("the export was stopped".to_owned())),
            _ => return Err(PlatformError::Conflict("the export is not finished yet".to_owned())),
        }
        let result: ExportResult = serde_json::from_value(found.result)
            .map_err(|_| PlatformError::Conflict("the export's file is not kept any more".to_owned()))?;
        Ok((result.file, result.media_type, blob_name(task)))
    }

    fn check_export(&self, who: &Principal, request: &ExportRequest) -> Result<(), PlatformError> {
        let ExportRequest { list, filter, format } = request;
        let fits = match list {
            ExportList::Image => !matches!(format, ExportFormat::Csv | ExportFormat::Xlsx),
            _ => format.is_table(),
        };
        if !fits {
            let why = "a list is written as csv, xlsx or json; an image's report as html, json, cyclonedx, spdx or sarif";
            return Err(field("format", why.to_owned()));
        }
        match list {
            ExportList::Risks | ExportList::Findings => RiskQuery::parse(filter).map(|_| ())?,
            ExportList::Images | ExportList::Components => ImageQuery::parse(filter).map(|_| ())?,
            ExportList::History => rows::history_query(filter, None).map(|_| ())?,
            ExportList::Decisions => rows::check_decisions(filter)?,
            ExportList::Audit if who.role != Role::Admin => {
                return Err(PlatformError::Forbidden("the audit log is for administrators".to_owned()));
            }
            ExportList::Audit => rows::check_audit(filter)?,
            ExportList::Image => {
                let id = filter.get("id").filter(|_| filter.len() == 1);
                let id = id.ok_or_else(|| field("filter", "it is {\"id\": …}, the image".to_owned()))?;
                self.visible(who, id)?;
            }
        }
        Ok(())
    }

    /// Writes the file of an export's job.
    pub(super) async fn export_job(&self, job: &Job) -> Result<serde_json::Value, PlatformError> {
        let payload: ExportPayload = serde_json::from_value(job.payload.clone())
            .map_err(|error| field("payload", error.to_string()))?;
        let (request, who) = (payload.request, payload.asker.principal());
        self.refresh().await?;
        self.check_export(&who, &request)?;
        let now = self.data().now().await?;
        let (file, rows) = match request.list {
            ExportList::Image => (self.image_file(&who, &request).await?, 1),
            _ => self.table_file(&who, &request, now).await?,
        };
        let blob = blob_name(&job.task);
        let parts = tokio_util::io::ReaderStream::with_capacity(tokio::fs::File::from_std(file), 1 << 18);
        let bytes = self.blobs().put_stream(&blob, parts.boxed()).await?;
        let (ending, media_type) = request.format.kind();
        let list = super::images::word(&request.list);
        let day = now.to_rfc3339();
        let result = ExportResult {
            file: format!("plimsoll-{list}-{}.{ending}", day.get(..10).unwrap_or("")),
            media_type: media_type.to_owned(),
            rows,
            bytes,
        };
        serde_json::to_value(result).map_err(super::error::encode)
    }

    /// One image's report.
    async fn image_file(
        &self,
        who: &Principal,
        request: &ExportRequest,
    ) -> Result<std::fs::File, PlatformError> {
        let id = request.filter.get("id").map(String::as_str).unwrap_or_default();
        let document = self.image_document(who, id).await?;
        let format = request.format;
        blocking(move || {
            let file = tempfile::tempfile().map_err(failed)?;
            let mut out = std::io::BufWriter::new(file);
            write_document(format, &document, &mut out).map_err(failed)?;
            rewound(out.into_inner().map_err(|error| failed(error.into_error()))?)
        })
        .await
    }

    /// A list, page by page; its lines.
    async fn table_file(
        &self,
        who: &Principal,
        request: &ExportRequest,
        now: Time,
    ) -> Result<(std::fs::File, u64), PlatformError> {
        let knowledge = self.current_knowledge().report.clone();
        let filter: Vec<String> =
            request.filter.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let about = About {
            list: super::images::word(&request.list),
            filter: filter.join(" "),
            generated_at: now,
            knowledge: knowledge.built_at,
            digest: knowledge.digest,
            program: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let (sender, mut lines) = tokio::sync::mpsc::channel::<Vec<rows::Line>>(4);
        let (format, columns) = (request.format, rows::columns(request.list));
        // Written on a thread of its own while the next page is read.
        let writing = tokio::task::spawn_blocking(move || {
            let mut sheet = Sheet::new(format, columns, about)?;
            while let Some(page) = lines.blocking_recv() {
                for line in page {
                    sheet.line(line)?;
                }
            }
            sheet.finish()
        });
        let read = self.send_rows(who, request, &sender).await;
        drop(sender);
        let written = writing.await.map_err(|error| failed(std::io::Error::other(error)))??;
        read?;
        Ok(written)
    }

    /// Forgets the files of exports that ended before this moment.
    pub(super) async fn trim_exports(&self, before: Time) -> Result<(), PlatformError> {
        let query = |cursor: Option<String>| TaskQuery {
            kind: Some(TaskKind::Export),
            limit: 500,
            cursor,
            ..TaskQuery::default()
        };
        let mut cursor = None;
        loop {
            let page = self.data().tasks(&query(cursor)).await?;
            for task in page.items {
                if task.finished_at.is_some_and(|at| at < before) {
                    self.blobs().delete(&blob_name(&task.id)).await?;
                }
            }
            cursor = page.next;
            if cursor.is_none() {
                return Ok(());
            }
        }
    }
}

fn write_document(
    format: ExportFormat,
    document: &crate::document::Document,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    match format {
        ExportFormat::Html => crate::format::html::write(document, out),
        ExportFormat::Cyclonedx => crate::format::cyclonedx::write(document, out),
        ExportFormat::Spdx => crate::format::spdx::write(document, out),
        ExportFormat::Sarif => crate::format::sarif::write(document, out),
        ExportFormat::Json | ExportFormat::Csv | ExportFormat::Xlsx => {
            Ok(serde_json::to_writer_pretty(out, document)?)
        }
    }
}

fn failed(error: std::io::Error) -> PlatformError {
    PlatformError::Outside { what: "the export's file cannot be written".to_owned(), why: error.to_string() }
}

fn rewound(mut file: std::fs::File) -> Result<std::fs::File, PlatformError> {
    use std::io::Seek;
    file.flush().and_then(|()| file.rewind()).map_err(failed)?;
    Ok(file)
}
