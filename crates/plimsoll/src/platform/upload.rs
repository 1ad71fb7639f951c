//! Scans that ran elsewhere: in a pipeline, or beside a daemon.

use super::keep::Scan;
use super::settings::field;
use super::{Platform, PlatformError, image_id, new_id};
use crate::document::ImageReport;
use plimsoll_fleet::ImageRow;
use plimsoll_image::Reference;
use plimsoll_model::{ImageSource, Principal, PurlType, ScanStatus, StoredImage, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Bounds of what others hand in.
const MAX_COMPONENTS: usize = 200_000;
const MAX_FINDINGS: usize = 100_000;
const MAX_NAME: usize = 512;
const MAX_TITLE: usize = 4_096;

/// A scan that ran elsewhere: in a pipeline or beside a daemon (`plimsoll scan --server`).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct UploadedScan {
    /// `local` or `cicd`.
    pub source: ImageSource,
    /// The pipeline, of `cicd`.
    #[serde(default)]
    pub pipeline: Option<String>,
    /// The image, as `plimsoll scan --format json` gives it.
    pub image: ImageReport,
}

impl Platform {
    /// Keeps a scan that ran elsewhere; its vulnerabilities are matched anew here.
    pub async fn receive_scan(&self, who: &Principal, scan: UploadedScan) -> Result<ImageRow, PlatformError> {
        let UploadedScan { source, pipeline, image: mut report } = scan;
        check(source, pipeline.as_deref(), &report)?;
        let (repository, tag) = name_of(&report.name);
        if !who.may_see(None, &repository) {
            let why = format!("{repository} is outside the repositories you may see");
            return Err(PlatformError::Forbidden(why));
        }
        report.details = None;
        report.findings.iter_mut().for_each(|finding| finding.decision = None);
        let now = self.data().now().await?;
        let platform = report.platform.clone().unwrap_or_default();
        let id = image_id(source, None, &repository, tag.as_deref(), &platform);
        let digest = report.digest.clone().unwrap_or_default();
        let earlier = self.data().find_image(source, None, &repository, tag.as_deref(), &platform).await?;
        let updated_at =
            earlier.as_ref().filter(|image| image.digest == digest).map(|image| image.updated_at);
        let image = StoredImage {
            id: earlier.as_ref().map_or(id, |image| image.id.clone()),
            source,
            registry: None,
            registry_name: None,
            registry_kind: None,
            repository,
            tag,
            digest,
            index_digest: None,
            platform,
            size: report.size,
            created: report.created.as_deref().and_then(Time::parse),
            updated_at: updated_at.unwrap_or(now),
            synced_at: now,
            latest: false,
            gone: false,
            status: ScanStatus::Unscanned,
            failure: None,
            scanned_at: earlier.and_then(|image| image.scanned_at),
            os: None,
            base: None,
            pipeline: pipeline.filter(|_| source == ImageSource::Cicd),
        };
        self.data().put_images(std::slice::from_ref(&image)).await?;
        let id = image.id.clone();
        self.keep(Scan {
            id: new_id(),
            image,
            report,
            edition: String::new(),
            kinds: Vec::new(),
            started_at: now,
            task: None,
            job: None,
        })
        .await?;
        self.refresh().await?;
        self.visible(who, &id)
    }
}

fn check(source: ImageSource, pipeline: Option<&str>, report: &ImageReport) -> Result<(), PlatformError> {
    if source == ImageSource::Registry {
        return Err(field("source", "it is local or cicd".to_owned()));
    }
    let plain = |text: &str| !text.is_empty() && text.len() <= MAX_NAME && !text.contains(char::is_control);
    if pipeline.is_some_and(|name| !plain(name)) {
        return Err(field("pipeline", format!("it has 1 to {MAX_NAME} plain characters")));
    }
    if !plain(&report.name) {
        return Err(field("image.name", format!("it has 1 to {MAX_NAME} plain characters")));
    }
    if report.components.len() > MAX_COMPONENTS {
        return Err(field("image.components", format!("there are more than {MAX_COMPONENTS}")));
    }
    if report.findings.len() > MAX_FINDINGS {
        return Err(field("image.findings", format!("there are more than {MAX_FINDINGS}")));
    }
    let long = report.findings.iter().find(|one| {
        one.id.len() > MAX_NAME || one.title.len() > MAX_TITLE || one.id.contains(char::is_control)
    });
    if long.is_some() {
        let why = format!("an id has at most {MAX_NAME} plain characters, a title {MAX_TITLE}");
        return Err(field("image.findings", why));
    }
    let unknown = report.components.iter().find(|one| PurlType::parse(&one.kind).is_none());
    if let Some(one) = unknown {
        return Err(field("image.components", format!("`{}` is no type of package", one.kind)));
    }
    Ok(())
}

/// Repository and tag of the name an image was scanned by: a reference with its host, or a path without a tag.
fn name_of(name: &str) -> (String, Option<String>) {
    match Reference::parse(name) {
        Ok(reference) if !name.starts_with(['/', '.']) && !name.contains(".tar") => {
            let host = Some(reference.registry).filter(|host| host != "docker.io");
            let host = host.map(|host| format!("{host}/")).unwrap_or_default();
            (format!("{host}{}", reference.repository), reference.tag)
        }
        _ => (name.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_repositories() {
        let check = |name: &str, repository: &str, tag: Option<&str>| {
            assert_eq!(name_of(name), (repository.to_owned(), tag.map(str::to_owned)), "{name}");
        };
        check("registry.example.com/team/app:1.4", "registry.example.com/team/app", Some("1.4"));
        check("app", "library/app", Some("latest"));
        check("./build/app.tar", "./build/app.tar", None);
        check("app.tar", "app.tar", None);
    }
}
