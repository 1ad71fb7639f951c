//! Handing in what a scan found: one POST to a Plimsoll server. It is here because this crate is the one that meets the
//! network for images.

use crate::{ImageError, Options};
use reqwest::blocking::Client;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Certificate, Url};
use std::io::Read;
use std::time::Duration;

/// Bytes of a refusal that are read.
const REFUSAL_BYTES: u64 = 16 * 1024;

/// A key, and how a server is reached with it.
pub struct HandIn {
    client: Client,
    authorization: HeaderValue,
    insecure: bool,
}

impl HandIn {
    /// With this key; of the options, certificate authorities and `insecure` count.
    pub fn new(key: &str, options: &Options) -> Result<HandIn, ImageError> {
        let failed = |why: String| ImageError::Malformed { what: "the server's key".to_owned(), why };
        let mut authorization = HeaderValue::try_from(format!("Bearer {key}"))
            .map_err(|_| failed("it holds characters that no key has".to_owned()))?;
        authorization.set_sensitive(true);
        crate::install_tls();
        let mut builder = Client::builder()
            .user_agent(concat!("plimsoll/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(20))
            .timeout(Duration::from_secs(300))
            .tls_danger_accept_invalid_certs(options.insecure);
        for path in &options.ca_files {
            let pem =
                std::fs::read(path).map_err(|source| ImageError::File { path: path.clone(), source })?;
            let roots = Certificate::from_pem_bundle(&pem).map_err(|_| ImageError::Malformed {
                what: path.display().to_string(),
                why: "it holds no PEM certificate".to_owned(),
            })?;
            builder = builder.tls_certs_merge(roots);
        }
        let client = builder.build().map_err(|_| failed("no TLS can be set up".to_owned()))?;
        Ok(HandIn { client, authorization, insecure: options.insecure })
    }

    /// Posts a JSON document; any answer but a success is an error that says what the server said.
    pub fn post(&self, url: &str, body: Vec<u8>) -> Result<(), ImageError> {
        let failed = |why: String| ImageError::Registry { registry: url.to_owned(), why, hint: None };
        let parsed = Url::parse(url).map_err(|_| failed("is no address".to_owned()))?;
        let host = parsed.host_str().unwrap_or_default();
        let own = host == "localhost"
            || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        if parsed.scheme() != "https" && !own && !self.insecure {
            return Err(failed("is not encrypted, and the key would be read on the way".to_owned()));
        }
        let request = self.client.post(parsed).header(AUTHORIZATION, self.authorization.clone());
        let sent = request.header(CONTENT_TYPE, "application/json").body(body).send();
        let response = sent.map_err(|error| failed(format!("cannot be reached: {}", innermost(&error))))?;
        if response.status().is_success() {
            return Ok(());
        }
        let status = response.status();
        let mut text = Vec::new();
        // A refusal that cannot be read is still a refusal.
        let _ = response.take(REFUSAL_BYTES).read_to_end(&mut text);
        let said = serde_json::from_slice::<serde_json::Value>(&text).ok();
        let said = said.as_ref().and_then(|problem| problem.get("detail")).and_then(|detail| detail.as_str());
        let said: String = said.unwrap_or_default().chars().filter(|c| !c.is_control()).take(500).collect();
        Err(failed(format!("refuses it ({status}): {said}")))
    }
}

/// The innermost cause: the outer ones repeat the address.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
