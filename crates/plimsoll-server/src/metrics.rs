//! Numbers for Prometheus: calls, queue, fleet, knowledge. They hold no names, so anybody may read them.

use crate::App;
use metrics::{counter, gauge, histogram, with_local_recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};
use std::time::Duration;

/// Seconds that histograms tell apart.
const SECONDS: &[f64] = &[0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

/// What was counted since the start.
pub struct Metrics(PrometheusRecorder);

impl Default for Metrics {
    fn default() -> Metrics {
        let builder = PrometheusBuilder::new();
        let builder = builder.set_buckets(SECONDS).unwrap_or_else(|_| PrometheusBuilder::new());
        Metrics(builder.build_recorder())
    }
}

impl Metrics {
    /// A call was answered.
    pub fn answered(&self, method: &str, route: &str, status: u16, took: Duration) {
        let (method, route) = (method_name(method), route.to_owned());
        with_local_recorder(&self.0, || {
            let status = status.to_string();
            counter!("plimsoll_http_requests_total", "method" => method, "route" => route.clone(), "status" => status)
                .increment(1);
            histogram!("plimsoll_http_request_seconds", "method" => method, "route" => route)
                .record(took.as_secs_f64());
        });
    }

    /// The text Prometheus reads. What the database cannot tell now is left out.
    pub async fn text(&self, app: &App) -> String {
        let queue = app.platform.data().queue_sizes().await;
        let knowledge = app.platform.knowledge().await;
        let [images, risks, components, pairs] = app.platform.fleet().sizes();
        with_local_recorder(&self.0, || {
            gauge!("plimsoll_images").set(images as f64);
            gauge!("plimsoll_risks").set(risks as f64);
            gauge!("plimsoll_components").set(components as f64);
            gauge!("plimsoll_risk_image_pairs").set(pairs as f64);
            gauge!("plimsoll_database_up").set(if queue.is_ok() { 1.0 } else { 0.0 });
            for (kind, state, jobs) in queue.unwrap_or_default() {
                let state = serde_json::to_value(state).ok();
                let state = state.as_ref().and_then(|state| state.as_str()).unwrap_or_default().to_owned();
                gauge!("plimsoll_jobs", "kind" => kind.as_str(), "state" => state).set(jobs as f64);
            }
            if let Ok(knowledge) = knowledge {
                gauge!("plimsoll_knowledge_age_hours").set(knowledge.age_hours as f64);
            }
        });
        let handle = self.0.handle();
        handle.run_upkeep();
        handle.render()
    }
}

/// Methods people invent share one name.
fn method_name(method: &str) -> &'static str {
    match method {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
