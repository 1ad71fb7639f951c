//! `plimsoll scan --server`: hands what a scan found to a Plimsoll server.

use crate::arguments::Scan;
use crate::say;
use anyhow::Context;
use plimsoll::document::ImageReport;
use plimsoll::image::HandIn;
use plimsoll::model::ImageSource;
use plimsoll::platform::UploadedScan;

/// The server, and what it is told of the scan.
pub struct Server {
    url: String,
    door: HandIn,
    source: ImageSource,
    pipeline: Option<String>,
}

impl Server {
    /// The server at this address, with the key of `--token-file` or `PLIMSOLL_TOKEN`.
    pub fn new(url: &str, scan: &Scan) -> anyhow::Result<Server> {
        let key = match &scan.token_file {
            Some(path) => std::fs::read_to_string(path)
                .with_context(|| format!("cannot read the key in {}", path.display()))?,
            None => std::env::var("PLIMSOLL_TOKEN").context(
                "--server needs a key: --token-file FILE, or the environment variable PLIMSOLL_TOKEN",
            )?,
        };
        let options = plimsoll::image::Options {
            insecure: scan.reading.insecure,
            ca_files: scan.reading.ca_file.clone(),
            ..Default::default()
        };
        let source = if scan.pipeline.is_some() { ImageSource::Cicd } else { ImageSource::Local };
        let url = url.trim_end_matches('/').to_owned();
        Ok(Server { url, door: HandIn::new(key.trim(), &options)?, source, pipeline: scan.pipeline.clone() })
    }

    /// Hands in one image.
    pub fn take(&self, image: &ImageReport) -> anyhow::Result<()> {
        let scan =
            UploadedScan { source: self.source, pipeline: self.pipeline.clone(), image: image.clone() };
        let body = serde_json::to_vec(&scan)?;
        let url = format!("{}/api/v1/images/upload", self.url);
        self.door.post(&url, body).with_context(|| format!("{} was not handed in", image.name))?;
        say::note(&format!("{} is handed in to {}", image.name, self.url));
        Ok(())
    }
}
