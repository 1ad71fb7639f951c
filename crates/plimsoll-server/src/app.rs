//! What handlers share, and the router.

use crate::metrics::Metrics;
use crate::passwords::Gate;
use crate::problem::Problem;
use crate::{assets, edge, guard, health, passwords, routes};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::{MethodFilter, MethodRouter, get, on};
use plimsoll::Platform;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};

/// What handlers share. Clones are the same.
#[derive(Clone)]
pub struct App {
    /// The platform.
    pub platform: Platform,
    /// How often one may try to sign in.
    pub(crate) gate: Arc<Gate>,
    /// What was counted.
    pub(crate) metrics: Arc<Metrics>,
    /// Where people reach this, without a slash at the end.
    pub public_url: String,
    /// Is that https?
    pub https: bool,
    /// Is there a proxy in front that names callers in `X-Forwarded-For`?
    pub behind_proxy: bool,
    /// Where files may lie for a moment.
    pub folder: PathBuf,
}

impl App {
    /// Of a platform that people reach at this address.
    pub fn new(platform: Platform, public_url: &str, folder: PathBuf) -> App {
        // Else the first unknown name that is tried would take longer than a known one.
        std::thread::spawn(|| LazyLock::force(&passwords::NOBODY));
        App {
            platform,
            gate: Arc::default(),
            metrics: Arc::default(),
            public_url: public_url.trim_end_matches('/').to_owned(),
            behind_proxy: false,
            https: public_url.starts_with("https://"),
            folder,
        }
    }
}

/// What every process answers, whatever it does.
pub(crate) fn health_router(app: App) -> Router {
    health_routes().layer(middleware::from_fn_with_state(app.clone(), edge::edge)).with_state(app)
}

fn health_routes() -> Router<App> {
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
}

/// The whole server as a service.
pub fn router(app: App) -> Router {
    let mut router = health_routes().route("/openapi.json", get(health::openapi));
    for route in routes::all() {
        let path = format!("/api/v1{}", route.path);
        router = router.route(&path, method_router(route));
    }
    let small = DefaultPredicate::new().and(NotForContentType::const_new("application/octet-stream"));
    router
        .method_not_allowed_fallback(|| async {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this address does not take this method")
        })
        .fallback(assets::serve)
        .layer(CompressionLayer::new().compress_when(small))
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(app.clone(), edge::edge))
        .with_state(app)
}

fn method_router(route: crate::route::Route) -> MethodRouter<App> {
    // Routes are written with the five methods of `routes.rs`, which all are ones of axum's.
    let filter = MethodFilter::try_from(route.method.clone()).unwrap_or(MethodFilter::GET);
    let route = Arc::new(route);
    on(filter, move |State(app): State<App>, request: Request| guard::call(route.clone(), app, request))
}
