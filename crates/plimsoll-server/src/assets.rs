//! The console's files, which lie in the program.

use crate::problem::Problem;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::LazyLock;

include!(concat!(env!("OUT_DIR"), "/console.rs"));

struct Asset {
    bytes: &'static [u8],
    etag: HeaderValue,
    media_type: &'static str,
    /// Is its digest in its name, so that it never changes?
    hashed: bool,
}

static ASSETS: LazyLock<HashMap<&'static str, Asset>> = LazyLock::new(|| {
    let asset = |(name, bytes): &(&'static str, &'static [u8])| {
        let etag = format!("\"{}\"", &hex::encode(Sha256::digest(bytes))[..32]);
        let etag = HeaderValue::try_from(etag).unwrap_or(HeaderValue::from_static("\"\""));
        let hashed = name.starts_with("assets/");
        (*name, Asset { bytes, etag, media_type: media_type(name), hashed })
    };
    FILES.iter().map(asset).collect()
});

/// Everything that is no route: a file of the console, else its first page, which knows its own addresses.
pub async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path.starts_with("api/") || path == "api" {
        return Problem::missing("call", uri.path()).into_response();
    }
    if !matches!(method, Method::GET | Method::HEAD) {
        return Problem::new(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD").into_response();
    }
    let is_page = !path.rsplit('/').next().unwrap_or_default().contains('.');
    let name = if is_page { "index.html" } else { path };
    match ASSETS.get(name) {
        Some(asset) => answer(asset, &headers),
        None => Problem::missing("file", uri.path()).into_response(),
    }
}

fn answer(asset: &Asset, headers: &HeaderMap) -> Response {
    let known = headers.get_all(header::IF_NONE_MATCH).iter().any(|value| {
        value.to_str().is_ok_and(|text| {
            text.split(',')
                .any(|etag| etag.trim().trim_start_matches("W/") == asset.etag.to_str().unwrap_or("-"))
        })
    });
    let cache = if asset.hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
    let body = if known { Body::empty() } else { Body::from(Bytes::from_static(asset.bytes)) };
    let mut response = Response::new(body);
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    out.insert(header::ETAG, asset.etag.clone());
    response
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
