//! `plimsoll serve`: opens the platform, takes connections, works and schedules, until told to stop.

use crate::{App, admin, router};
use anyhow::Context;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use plimsoll::Platform;
use plimsoll::platform::Configuration;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// Seconds a client has for sending the headers of a call.
const HEADER_SECONDS: u64 = 15;
/// Bytes of the headers of a call.
const HEADER_BYTES: usize = 64 * 1024;
/// Connections at once; more wait to be taken.
const CONNECTIONS: usize = 4096;
/// Seconds that calls being answered are given when it is time to stop.
const STOP_SECONDS: u64 = 30;

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles {
    /// Answers calls, and serves the console.
    pub api: bool,
    /// Scans, syncs, exports.
    pub worker: bool,
    /// Starts what is due.
    pub scheduler: bool,
}

impl Default for Roles {
    fn default() -> Roles {
        Roles { api: true, worker: true, scheduler: true }
    }
}

/// How to serve.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// What the platform is started with.
    pub configuration: Configuration,
    /// Where calls are taken.
    pub listen: SocketAddr,
    /// What this process does. Whatever it is, it answers `/healthz`, `/readyz` and `/metrics`.
    pub roles: Roles,
    /// Jobs worked on at once.
    pub workers: usize,
    /// Where people reach it, where that is not `http://LISTEN`: with https, cookies are sent over nothing else.
    pub public_url: Option<String>,
    /// Is there a proxy in front that names callers in `X-Forwarded-For`? Else anybody could name any.
    pub behind_proxy: bool,
    /// Password of the first administrator; `None`: a random one.
    pub admin_password: Option<String>,
}

/// Serves until the process is told to stop. `first_password` is told the first administrator's password when it was
/// made up; nobody can ask for it again.
pub async fn serve(options: ServeOptions, first_password: impl FnOnce(&str)) -> anyhow::Result<()> {
    let stop = CancellationToken::new();
    let listener = TcpListener::bind(options.listen)
        .await
        .with_context(|| format!("cannot listen on {}", options.listen))?;
    let listen = listener.local_addr()?;
    let folder = options.configuration.folder.clone();
    let platform = Platform::open(options.configuration).await?;
    if let Some(password) = admin::first_user(platform.data(), options.admin_password).await? {
        first_password(&password);
    }
    let public_url = options.public_url.unwrap_or_else(|| format!("http://{listen}"));
    let app = App { behind_proxy: options.behind_proxy, ..App::new(platform.clone(), &public_url, folder) };
    let service = if options.roles.api { router(app) } else { crate::app::health_router(app) };
    tracing::info!(%listen, public_url, roles = ?options.roles, "serving");

    let mut running = tokio::task::JoinSet::new();
    running.spawn({
        let (platform, stop) = (platform.clone(), stop.clone());
        async move { platform.follow(stop).await }
    });
    if options.roles.worker {
        let (platform, stop, workers) = (platform.clone(), stop.clone(), options.workers.max(1));
        let name = format!("{}-{}", std::process::id(), uuid::Uuid::now_v7());
        running.spawn(async move { platform.work(&name, workers, stop).await });
    }
    if options.roles.scheduler {
        let (platform, stop) = (platform.clone(), stop.clone());
        running.spawn(async move { platform.schedule(stop).await });
    }
    let told = stop.clone();
    tokio::spawn(async move {
        told_to_stop().await;
        tracing::info!("stopping");
        told.cancel();
    });
    take_connections(listener, service, stop.clone()).await;
    stop.cancel();
    while let Some(ended) = running.join_next().await {
        if let Err(error) = ended {
            tracing::error!(%error, "a part of the server ended badly");
        }
    }
    Ok(())
}

/// Takes connections until stopped, then lets calls being answered come to their end.
pub async fn take_connections(listener: TcpListener, service: Router, stop: CancellationToken) {
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    let mut builder = Builder::new(TokioExecutor::new());
    let http1 = &mut builder.http1();
    http1.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(HEADER_SECONDS));
    http1.max_buf_size(HEADER_BYTES);
    let http2 = &mut builder.http2();
    http2.timer(TokioTimer::new()).keep_alive_interval(Duration::from_secs(HEADER_SECONDS));
    http2.max_header_list_size(HEADER_BYTES as u32).max_concurrent_streams(100);
    loop {
        let slot = tokio::select! {
            slot = slots.clone().acquire_owned() => slot,
            () = stop.cancelled() => break,
        };
        let Ok(slot) = slot else { break };
        let taken = tokio::select! {
            taken = listener.accept() => taken,
            () = stop.cancelled() => break,
        };
        let (stream, from) = match taken {
            Ok(taken) => taken,
            Err(error) => {
                // Out of file descriptors, or a client that went: neither ends the server.
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let service = service.clone().map_request(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(from));
            request.map(Body::new)
        });
        let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        let watched = graceful.watcher().watch(connection.into_owned());
        tokio::spawn(async move {
            if let Err(error) = watched.await {
                tracing::debug!(%error, %from, "a connection ended badly");
            }
            drop(slot);
        });
    }
    drop(listener);
    if tokio::time::timeout(Duration::from_secs(STOP_SECONDS), graceful.shutdown()).await.is_err() {
        tracing::warn!("some calls did not end in time");
    }
}

/// Until the process is told to stop: interrupt, or terminate.
async fn told_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = interrupt => {}
                    _ = terminate.recv() => {}
                }
            }
            Err(error) => {
                tracing::warn!(%error, "the terminate signal cannot be waited for");
                let _ = interrupt.await;
            }
        }
    }
    #[cfg(not(unix))]
    let _ = interrupt.await;
}
