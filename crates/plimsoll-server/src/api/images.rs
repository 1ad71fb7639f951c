//! Images: the list, and everything about one.

use super::{Answer, all, page};
use crate::content::{Created, Download, Json, Nothing, Upload};
use crate::problem::Problem;
use crate::route::Call;
use axum::body::Body;
use plimsoll::document::ComponentReport;
use plimsoll::platform::{
    Comparison, ComponentQuery, FileQuery, FindingQuery, FindingRow, FixAction, ImageSummary, LayerRow,
    ListPage, UploadedScan,
};
use plimsoll_fleet::{ImagePage, ImageQuery, ImageRow};
use plimsoll_model::{ImageSource, ScanRecord};
use schemars::JsonSchema;
use serde::Serialize;

/// A file of an image.
#[derive(Serialize, serde::Deserialize, JsonSchema)]
pub struct FileRow {
    /// Where.
    pub path: String,
    /// file, folder, link, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Permissions, octal.
    pub mode: String,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Bytes.
    pub size: u64,
    /// Where a link leads.
    pub link: Option<String>,
    /// SHA-256 of the content, of scans that hash files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Index of the layer that wrote it.
    pub layer: u32,
}

/// The image list.
pub async fn list(call: Call, (): ()) -> Answer<Json<ImagePage>> {
    let query = ImageQuery::parse(&call.query)?;
    let (platform, sees) = (call.app.platform, call.who.sees);
    let page = crate::blocking(move || platform.fleet().images(&query, sees.as_deref())).await?;
    Ok(Json(page))
}

/// An image's page.
pub async fn show(call: Call, (): ()) -> Answer<Json<ImageSummary>> {
    Ok(Json(call.app.platform.image(&call.who, call.id()).await?))
}

/// Forgets an image that no registry would bring back.
pub async fn delete(call: Call, (): ()) -> Answer<Nothing> {
    let row = row(&call, call.id())?;
    if row.image.source == ImageSource::Registry && !row.image.gone {
        return Err(Problem::conflict(
            "its registry still has it and the next sync would bring it back: exclude its repository there",
        ));
    }
    call.app.platform.data().delete_images(&[row.image.id]).await?;
    call.app.platform.refresh().await?;
    Ok(Nothing)
}

/// Its findings.
pub async fn findings(call: Call, (): ()) -> Answer<Json<ListPage<FindingRow>>> {
    let query = FindingQuery { fields: call.query.clone() };
    Ok(Json(call.app.platform.image_findings(&call.who, call.id(), query).await?))
}

/// Its components.
pub async fn components(call: Call, (): ()) -> Answer<Json<ListPage<ComponentReport>>> {
    let query = ComponentQuery { fields: call.query.clone() };
    Ok(Json(call.app.platform.image_components(&call.who, call.id(), query).await?))
}

/// Its files.
pub async fn files(call: Call, (): ()) -> Answer<Json<ListPage<FileRow>>> {
    let query = FileQuery { fields: call.query.clone() };
    let page = call.app.platform.image_files(&call.who, call.id(), query).await?;
    let items = page.items.into_iter().map(serde_json::from_value::<FileRow>);
    let items = items.collect::<Result<Vec<_>, _>>().map_err(|error| Problem::ours(&error))?;
    Ok(Json(ListPage { items, total: page.total, next: page.next, facets: page.facets }))
}

/// Its layers.
pub async fn layers(call: Call, (): ()) -> Answer<Json<ListPage<LayerRow>>> {
    Ok(Json(all(call.app.platform.image_layers(&call.who, call.id()).await?)))
}

/// Its scans.
pub async fn history(call: Call, (): ()) -> Answer<Json<ListPage<ScanRecord>>> {
    let row = row(&call, call.id())?;
    let scans = call.app.platform.data().scans(&row.image.id, call.limit()?, call.cursor()).await?;
    Ok(Json(page(scans)))
}

/// Compared with another image; or two of its scans.
pub async fn compare(call: Call, (): ()) -> Answer<Json<Comparison>> {
    Ok(Json(call.app.platform.compare(&call.who, call.id(), call.part("other")).await?))
}

/// What fixes it.
pub async fn fixes(call: Call, (): ()) -> Answer<Json<ListPage<FixAction>>> {
    Ok(Json(all(call.app.platform.image_fixes(&call.who, call.id()).await?)))
}

/// It as a report.
pub async fn report(call: Call, (): ()) -> Answer<Download> {
    let format = call.asked("format").unwrap_or("json").to_owned();
    let document = call.app.platform.image_document(&call.who, call.id()).await?;
    let (bytes, ending, media_type) =
        crate::blocking(move || crate::report::written(&document, &format)).await??;
    let row = row(&call, call.id())?;
    let name = row.name.rsplit('/').next().unwrap_or("image").replace([':', '@'], "-");
    let size = Some(bytes.len() as u64);
    let media_type = media_type.to_owned();
    Ok(Download { name: format!("{name}.{ending}"), media_type, size, body: Body::from(bytes) })
}

/// Takes a scan that ran elsewhere.
pub async fn upload(call: Call, Upload(scan): Upload<UploadedScan>) -> Answer<Created<ImageRow>> {
    if scan.source == ImageSource::Registry {
        return Err(Problem::field("source", "give local or cicd; registries are scanned from here"));
    }
    Ok(Created(call.app.platform.receive_scan(&call.who, scan).await?))
}

/// The row of an image the asker may see.
pub fn row(call: &Call, id: &str) -> Answer<ImageRow> {
    let row = call.app.platform.fleet().image(id, call.who.sees.as_deref());
    row.ok_or_else(|| Problem::missing("image", id))
}
