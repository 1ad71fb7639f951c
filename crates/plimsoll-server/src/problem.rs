//! What went wrong, as `application/problem+json` (RFC 9457).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use plimsoll::PlatformError;
use plimsoll_store::DataError;
use schemars::JsonSchema;
use serde::Serialize;

/// Why a call did not succeed. `detail` never says more than the caller may know.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Status.
    pub status: StatusCode,
    /// What is wrong, in words.
    pub detail: String,
    /// Which field of the question or body.
    pub field: Option<String>,
    /// Seconds to wait before trying again.
    pub retry_after: Option<u64>,
}

/// A problem as it is sent.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub struct ProblemDocument {
    /// `about:blank`: the status says it all.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    pub title: String,
    /// The status.
    pub status: u16,
    /// What is wrong.
    pub detail: String,
    /// Which field of the question or body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Id of the request, as in the header `X-Request-Id`.
    pub request: String,
}

impl Problem {
    /// A problem.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Problem {
        Problem { status, detail: detail.into(), field: None, retry_after: None }
    }

    /// A field that cannot be so.
    pub fn field(name: impl Into<String>, why: impl Into<String>) -> Problem {
        Problem { field: Some(name.into()), ..Problem::new(StatusCode::BAD_REQUEST, why) }
    }

    /// There is none, or the asker may not see it: both sound the same.
    pub fn missing(what: &str, id: &str) -> Problem {
        Problem::new(StatusCode::NOT_FOUND, format!("there is no {what} {id}"))
    }

    /// Nobody signed in.
    pub fn unauthorized(detail: &str) -> Problem {
        Problem::new(StatusCode::UNAUTHORIZED, detail)
    }

    /// The asker may not.
    pub fn forbidden(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::FORBIDDEN, detail)
    }

    /// Not now.
    pub fn conflict(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::CONFLICT, detail)
    }

    /// A fault of this program or of what it stands on: logged here, and the caller is told no details.
    pub fn ours(error: &dyn std::fmt::Display) -> Problem {
        tracing::error!(%error, request = crate::edge::request_id(), "a call failed");
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "something went wrong here; the log has the reason under the id of this request",
        )
    }

    /// A body that is no JSON, or not of the form wanted. Texts the caller sent are not repeated.
    pub fn body(error: &serde_json::Error) -> Problem {
        let said = error.to_string();
        let field = said
            .strip_prefix("unknown field `")
            .or_else(|| said.strip_prefix("missing field `"))
            .and_then(|rest| rest.split('`').next())
            .map(str::to_owned);
        Problem { field, ..Problem::new(StatusCode::UNPROCESSABLE_ENTITY, without_texts(&said)) }
    }
}

/// `invalid type: string "x", expected u32` without `"x"`: the sent text may be a secret in the wrong place.
fn without_texts(said: &str) -> String {
    match (said.find(": string \""), said.rfind("\", expected")) {
        (Some(from), Some(to)) if from < to => format!("{}: a text{}", &said[..from], &said[to + 1..]),
        _ => said.to_owned(),
    }
}

impl From<DataError> for Problem {
    fn from(error: DataError) -> Problem {
        match error {
            DataError::Missing { what, id } => Problem::missing(what, &id),
            DataError::Taken { .. } | DataError::LastAdministrator(_) => Problem::conflict(error.to_string()),
            DataError::Cursor(_) => Problem::field("cursor", "it is none of this list"),
            other => Problem::ours(&other),
        }
    }
}

impl From<PlatformError> for Problem {
    fn from(error: PlatformError) -> Problem {
        match error {
            PlatformError::Data(error) => error.into(),
            PlatformError::Field { name, why } => Problem::field(name, why),
            PlatformError::Missing { what, id } => Problem::missing(what, &id),
            PlatformError::Forbidden(why) => Problem::forbidden(why),
            PlatformError::Conflict(why) => Problem::conflict(why),
            PlatformError::Outside { .. } => Problem::new(StatusCode::BAD_GATEWAY, error.to_string()),
            PlatformError::Scan(error) => Problem::ours(&error),
        }
    }
}

impl From<plimsoll_fleet::QueryError> for Problem {
    fn from(error: plimsoll_fleet::QueryError) -> Problem {
        Problem::field(error.name, error.why)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let document = ProblemDocument {
            kind: "about:blank".to_owned(),
            title: self.status.canonical_reason().unwrap_or("Error").to_owned(),
            status: self.status.as_u16(),
            detail: self.detail,
            field: self.field,
            request: crate::edge::request_id(),
        };
        // A struct of texts and a number always is JSON.
        let bytes = serde_json::to_vec(&document).unwrap_or_default();
        let mut response =
            (self.status, [(header::CONTENT_TYPE, "application/problem+json")], bytes).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_not_repeated() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Body {
            #[expect(dead_code, reason = "only read")]
            count: u32,
        }
        for (text, field, detail) in [
            (r#"{"count": "hunter2"}"#, None, "invalid type: a text, expected u32 at line 1 column 19"),
            (r#"{"cuont": 1}"#, Some("cuont"), "unknown field `cuont`, expected `count` at line 1 column 8"),
            ("{}", Some("count"), "missing field `count` at line 1 column 2"),
        ] {
            let error = serde_json::from_str::<Body>(text).expect_err("not the form");
            let problem = Problem::body(&error);
            assert_eq!(problem.field.as_deref(), field, "{text}");
            assert_eq!(problem.detail, detail, "{text}");
        }
    }
}
