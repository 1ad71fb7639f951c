//! The way into every route: who asks, may they, is the question one the route knows; and what the audit log keeps.

use crate::App;
use crate::audit;
use crate::problem::Problem;
use crate::route::{Access, Call, Handled, Route, Taken};
use crate::sign_in::{self, Proof};
use axum::extract::{ConnectInfo, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use plimsoll_model::{Principal, Role};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Answers one call of one route.
pub async fn call(route: Arc<Route>, app: App, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let from = address(&app, &parts);
    let mut who = sign_in::nobody(&from);
    let mut path = BTreeMap::new();
    let checked = check(&route, &app, &mut parts, &mut who, &mut path).await;
    let handled = match checked {
        Ok((proof, query)) => {
            let media_type = text(&parts, &header::CONTENT_TYPE).unwrap_or_default();
            let secret = parts
                .headers
                .get("x-plimsoll-secret")
                .and_then(|value| value.to_str().ok())
                .or_else(|| sign_in::bearer(parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?))
                .map(str::to_owned);
            let call = Call { app: app.clone(), who: who.clone(), proof, path: path.clone(), query, secret };
            (route.handle)(call, Taken { media_type, body }).await
        }
        Err(problem) => Handled { outcome: Err(problem), detail: serde_json::Value::Null },
    };
    let (response, made) = match handled.outcome {
        Ok((response, made)) => (Ok(response), made),
        Err(problem) => (Err(problem), None),
    };
    if let Some(action) = route.audit {
        let refused = match &response {
            Ok(_) => Some(""),
            Err(problem) if problem.status == StatusCode::FORBIDDEN => Some(".refused"),
            Err(_) => None,
        };
        if let Some(ending) = refused {
            let target = path.into_values().next().or(made).unwrap_or_default();
            audit::write(&app, &who, &format!("{action}{ending}"), &target, handled.detail).await;
        }
    }
    response.unwrap_or_else(IntoResponse::into_response)
}

async fn check(
    route: &Route,
    app: &App,
    parts: &mut Parts,
    who: &mut Principal,
    path: &mut BTreeMap<String, String>,
) -> Result<(Proof, BTreeMap<String, String>), Problem> {
    let mut proof = Proof::Nobody;
    if let Access::Signed(role) = route.access {
        let from = who.from.clone();
        (*who, proof) = sign_in::principal(app, &parts.headers, &from).await?;
        forged(parts, &proof)?;
        may(who.role, role)?;
    }
    let Path(read) = Path::<BTreeMap<String, String>>::from_request_parts(parts, app)
        .await
        .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "the address is not UTF-8"))?;
    if read.values().any(|part| part.contains('\0')) {
        return Err(Problem::new(StatusCode::NOT_FOUND, "there is no such thing"));
    }
    *path = read;
    let query = question(route, parts.uri.query().unwrap_or_default())?;
    Ok((proof, query))
}

fn may(has: Role, needs: Role) -> Result<(), Problem> {
    if has >= needs {
        return Ok(());
    }
    let (has, needs) = (has.as_str(), needs.as_str());
    Err(Problem::forbidden(format!("this needs the role {needs}, and yours is {has}")))
}

/// A call that changes something and comes with a cookie must say the session's CSRF token: other sites can make the
/// browser send the cookie, but cannot read the token.
fn forged(parts: &Parts, proof: &Proof) -> Result<(), Problem> {
    let Proof::Session(session) = proof else { return Ok(()) };
    if matches!(parts.method, Method::GET | Method::HEAD) {
        return Ok(());
    }
    let sent = parts.headers.get(sign_in::CSRF).and_then(|value| value.to_str().ok());
    if sent.is_some_and(|sent| sign_in::same(sent, &session.csrf)) {
        return Ok(());
    }
    Err(Problem::forbidden("send the header X-CSRF-Token with the token that GET /api/v1/session gives"))
}

/// The question's parameters: each known to the route, each given once.
fn question(route: &Route, text: &str) -> Result<BTreeMap<String, String>, Problem> {
    let mut query = BTreeMap::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (Some(name), Some(value)) = (decoded(name), decoded(value)) else {
            return Err(Problem::new(StatusCode::BAD_REQUEST, "the question is not UTF-8"));
        };
        if value.contains('\0') {
            return Err(Problem::field(name, "it holds a NUL character"));
        }
        if !route.query.iter().any(|parameter| parameter.name == name) {
            let known: Vec<&str> = route.query.iter().map(|parameter| parameter.name).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(Problem::field(name, format!("there is no such parameter; there are: {known}")));
        }
        if query.insert(name.clone(), value).is_some() {
            return Err(Problem::field(name, "it is given twice; several values are parted by commas"));
        }
    }
    Ok(query)
}

fn decoded(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced).decode_utf8().ok().map(Into::into)
}

fn text(parts: &Parts, name: &header::HeaderName) -> Option<String> {
    parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// The address the call came from: the connection's, or behind a proxy the last one the proxy names, which is the only
/// one it saw itself. Empty in calls that came over no connection.
fn address(app: &App, parts: &Parts) -> String {
    let connection =
        parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
    let named = || {
        let mut values = parts.headers.get_all("x-forwarded-for").iter();
        let last = values.next_back()?.to_str().ok()?.rsplit(',').next()?;
        last.trim().parse::<IpAddr>().ok()
    };
    let address = if app.behind_proxy { named().or(connection) } else { connection };
    address.map(|address| address.to_canonical().to_string()).unwrap_or_default()
}
