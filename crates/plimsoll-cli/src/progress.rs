//! Progress bars on a terminal: one line a layer, gone when it is read.

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use plimsoll::image::Progress;
use std::collections::HashMap;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex};

/// A listener that draws, or none when nobody would see it.
pub fn listener(wanted: bool) -> Option<Arc<dyn Fn(Progress) + Send + Sync>> {
    if !wanted || !std::io::stderr().is_terminal() {
        return None;
    }
    let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10));
    let bars: Mutex<HashMap<String, ProgressBar>> = Mutex::default();
    Some(Arc::new(move |progress| {
        let mut bars = bars.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match progress {
            Progress::Start { layer, size } => {
                let bar = all.add(size.map_or_else(ProgressBar::no_length, ProgressBar::new));
                bar.set_style(style(size.is_some()));
                bar.set_message(short(&layer));
                bars.insert(layer, bar);
            }
            Progress::Read { layer, bytes } => {
                if let Some(bar) = bars.get(&layer) {
                    bar.inc(bytes);
                }
            }
            Progress::Done { layer } => {
                if let Some(bar) = bars.remove(&layer) {
                    bar.finish_and_clear();
                }
            }
        }
    }))
}

fn style(sized: bool) -> ProgressStyle {
    let template = if sized {
        "layer {msg} {bar:30} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec}"
    } else {
        "layer {msg} {spinner} {binary_bytes} {binary_bytes_per_sec}"
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// Twelve hex digits say which layer it is.
fn short(digest: &str) -> String {
    digest.rsplit(':').next().unwrap_or(digest).chars().take(12).collect()
}

/// One bar for a piece of work counted in parts; hidden when nobody would see it.
pub fn bar(wanted: bool) -> ProgressBar {
    if !wanted || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
    bar.set_style(
        ProgressStyle::with_template("{msg} {bar:30} {pos}/{len}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    bar
}
