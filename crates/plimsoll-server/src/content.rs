//! Bodies and answers: JSON in, JSON out, files both ways. Each knows its schema.

use crate::problem::Problem;
use crate::route::{Incoming, Outgoing, Taken};
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Most bytes of an ordinary body.
pub const BODY_BYTES: usize = 1 << 20;
/// Most bytes of a scan that is handed in.
pub const UPLOAD_BYTES: usize = 64 << 20;
/// Most bytes of an advisory database that is handed in.
pub const FILE_BYTES: u64 = 4 << 30;

const JSON: &str = "application/json";

impl Incoming for () {
    fn schema(_: &mut SchemaGenerator) -> Option<(&'static str, Schema)> {
        None
    }

    async fn read(_: Taken) -> Result<((), Value), Problem> {
        Ok(((), Value::Null))
    }
}

/// A JSON body of at most [`BODY_BYTES`]; the audit log is told it without secrets.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned + JsonSchema + Send + 'static> Incoming for Json<T> {
    fn schema(generator: &mut SchemaGenerator) -> Option<(&'static str, Schema)> {
        Some((JSON, generator.subschema_for::<T>()))
    }

    async fn read(taken: Taken) -> Result<(Json<T>, Value), Problem> {
        let media_type = wants_json(&taken);
        let bytes = whole(taken.body, BODY_BYTES).await?;
        // Nothing at all is a document without fields.
        let value: Value = if bytes.is_empty() {
            json!({})
        } else {
            media_type?;
            serde_json::from_slice(&bytes).map_err(|error| Problem::body(&error))?
        };
        if holds_nul(&value) {
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "a text holds a NUL character"));
        }
        let detail = crate::audit::without_secrets(&value);
        let body = T::deserialize(value).map_err(|error| Problem::body(&error))?;
        Ok((Json(body), detail))
    }
}

/// A JSON body of at most [`UPLOAD_BYTES`], read away from the threads that serve.
pub struct Upload<T>(pub T);

impl<T: DeserializeOwned + JsonSchema + Send + 'static> Incoming for Upload<T> {
    fn schema(generator: &mut SchemaGenerator) -> Option<(&'static str, Schema)> {
        Some((JSON, generator.subschema_for::<T>()))
    }

    async fn read(taken: Taken) -> Result<(Upload<T>, Value), Problem> {
        wants_json(&taken)?;
        let bytes = whole(taken.body, UPLOAD_BYTES).await?;
        let detail = json!({"bytes": bytes.len()});
        let body =
            crate::blocking(move || serde_json::from_slice(&bytes).map_err(|error| Problem::body(&error)));
        Ok((Upload(body.await??), detail))
    }
}

/// A body of any media type, at most [`BODY_BYTES`].
pub struct Raw(pub Bytes);

impl Incoming for Raw {
    fn schema(_: &mut SchemaGenerator) -> Option<(&'static str, Schema)> {
        Some((JSON, json_schema!({})))
    }

    async fn read(taken: Taken) -> Result<(Raw, Value), Problem> {
        Ok((Raw(whole(taken.body, BODY_BYTES).await?), Value::Null))
    }
}

/// A file that comes in parts; the handler bounds it.
pub struct Parts(pub Body);

impl Incoming for Parts {
    fn schema(_: &mut SchemaGenerator) -> Option<(&'static str, Schema)> {
        Some(("application/octet-stream", json_schema!({"type": "string", "format": "binary"})))
    }

    async fn read(taken: Taken) -> Result<(Parts, Value), Problem> {
        Ok((Parts(taken.body), Value::Null))
    }
}

/// PostgreSQL has no texts with NUL.
fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(holds_nul),
        Value::Object(fields) => fields.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)),
        _ => false,
    }
}

fn wants_json(taken: &Taken) -> Result<(), Problem> {
    let essence = taken.media_type.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(JSON) {
        return Ok(());
    }
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body must be application/json"))
}

async fn whole(body: Body, limit: usize) -> Result<Bytes, Problem> {
    axum::body::to_bytes(body, limit).await.map_err(|error| {
        let mut cause: Option<&dyn std::error::Error> = Some(&error);
        while let Some(error) = cause {
            if error.to_string().contains("length limit") {
                let why = format!("the body is larger than {limit} bytes");
                return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, why);
            }
            cause = error.source();
        }
        Problem::new(StatusCode::BAD_REQUEST, "the body ended early")
    })
}

/// 204.
pub struct Nothing;

impl Outgoing for Nothing {
    const STATUS: StatusCode = StatusCode::NO_CONTENT;

    fn schema(_: &mut SchemaGenerator) -> Option<(&'static [&'static str], Schema)> {
        None
    }

    fn answer(self) -> Result<(Response, Option<String>), Problem> {
        Ok((StatusCode::NO_CONTENT.into_response(), None))
    }
}

impl<T: Serialize + JsonSchema + Send + 'static> Outgoing for Json<T> {
    const STATUS: StatusCode = StatusCode::OK;

    fn schema(generator: &mut SchemaGenerator) -> Option<(&'static [&'static str], Schema)> {
        Some((&[JSON], generator.subschema_for::<T>()))
    }

    fn answer(self) -> Result<(Response, Option<String>), Problem> {
        Ok((json_response(StatusCode::OK, &self.0)?, None))
    }
}

/// 201, with the id of what was made.
pub struct Created<T>(pub T);

impl<T: Serialize + JsonSchema + Send + 'static> Outgoing for Created<T> {
    const STATUS: StatusCode = StatusCode::CREATED;

    fn schema(generator: &mut SchemaGenerator) -> Option<(&'static [&'static str], Schema)> {
        Some((&[JSON], generator.subschema_for::<T>()))
    }

    fn answer(self) -> Result<(Response, Option<String>), Problem> {
        made(StatusCode::CREATED, &self.0)
    }
}

/// 202: work that has been taken on.
pub struct Accepted<T>(pub T);

impl<T: Serialize + JsonSchema + Send + 'static> Outgoing for Accepted<T> {
    const STATUS: StatusCode = StatusCode::ACCEPTED;

    fn schema(generator: &mut SchemaGenerator) -> Option<(&'static [&'static str], Schema)> {
        Some((&[JSON], generator.subschema_for::<T>()))
    }

    fn answer(self) -> Result<(Response, Option<String>), Problem> {
        made(StatusCode::ACCEPTED, &self.0)
    }
}

/// A file to keep.
pub struct Download {
    /// What to call it.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// Its bytes, where known beforehand.
    pub size: Option<u64>,
    /// The bytes.
    pub body: Body,
}

impl Outgoing for Download {
    const STATUS: StatusCode = StatusCode::OK;

    fn schema(_: &mut SchemaGenerator) -> Option<(&'static [&'static str], Schema)> {
        Some((&["application/octet-stream"], json_schema!({"type": "string", "format": "binary"})))
    }

    fn answer(self) -> Result<(Response, Option<String>), Problem> {
        let mut response = Response::new(self.body);
        let headers = response.headers_mut();
        let media_type = HeaderValue::try_from(self.media_type);
        headers.insert(
            header::CONTENT_TYPE,
            media_type.unwrap_or(HeaderValue::from_static("application/octet-stream")),
        );
        headers.insert(header::CONTENT_DISPOSITION, disposition(&self.name));
        if let Some(size) = self.size {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
        }
        Ok((response, None))
    }
}

/// RFC 6266: a plain name for everybody, and the whole one in UTF-8.
fn disposition(name: &str) -> HeaderValue {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' })
        .take(200)
        .collect();
    let encoded = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
    let text = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}");
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("attachment"))
}

/// A JSON response.
pub fn json_response(status: StatusCode, value: &impl Serialize) -> Result<Response, Problem> {
    let bytes = serde_json::to_vec(value).map_err(|error| Problem::ours(&error))?;
    Ok((status, [(header::CONTENT_TYPE, JSON)], bytes).into_response())
}

fn made(status: StatusCode, value: &impl Serialize) -> Result<(Response, Option<String>), Problem> {
    let value = serde_json::to_value(value).map_err(|error| Problem::ours(&error))?;
    let id = value.get("id").and_then(Value::as_str).map(str::to_owned);
    Ok((json_response(status, &value)?, id))
}
