//! Secrets in an image's config and history, which everyone who may pull the image can read.

use crate::{Key, search};
use plimsoll_model::{Evidence, ImageConfig, Secret};

/// A secret in the config or a step of the history.
pub(crate) struct Told {
    pub secret: Secret,
    /// [`Evidence::CONFIG`] or [`Evidence::HISTORY`].
    pub path: &'static str,
    /// `Env/NAME`, `Labels/NAME`, `Cmd`, or the number of the step.
    pub inner_path: String,
    /// Index of the layer that the step made or follows.
    pub layer: u32,
}

/// Everything told in config and history, in the order of the config.
pub(crate) fn secrets(config: &ImageConfig, key: &Key) -> Vec<Told> {
    let mut told = Vec::new();
    let layers = layers(config);
    let last = layers.last().copied().unwrap_or(0);
    let mut look = |text: &str, path: &'static str, inner_path: String, layer: u32| {
        // Settings files are what these texts are most like.
        let found = search("image/metadata.env", text.as_bytes(), key);
        told.extend(found.into_iter().map(|secret| Told {
            secret: Secret { line: None, ..secret },
            path,
            inner_path: inner_path.clone(),
            layer,
        }));
    };
    for variable in &config.env {
        let name = variable.split('=').next().unwrap_or("");
        let set = |step: &plimsoll_model::History| step.created_by.contains(&format!("{name}="));
        let layer =
            config.history.iter().rposition(set).and_then(|at| layers.get(at)).copied().unwrap_or(last);
        look(variable, Evidence::CONFIG, format!("Env/{name}"), layer);
    }
    for (name, value) in &config.labels {
        look(&format!("{name}={value}"), Evidence::CONFIG, format!("Labels/{name}"), last);
    }
    for (name, words) in [
        ("Cmd", &config.cmd),
        ("Entrypoint", &config.entrypoint),
        ("Healthcheck", &config.healthcheck),
        ("OnBuild", &config.on_build),
    ] {
        look(&words.join(" "), Evidence::CONFIG, name.to_owned(), last);
    }
    for (number, step) in config.history.iter().enumerate() {
        let layer = layers.get(number).copied().unwrap_or(last);
        look(&instruction(&step.created_by), Evidence::HISTORY, number.to_string(), layer);
        look(&step.comment, Evidence::HISTORY, number.to_string(), layer);
    }
    told
}

/// The layer of each step of the history: that which it made, else the one it stands on.
fn layers(config: &ImageConfig) -> Vec<u32> {
    let mut made = 0u32;
    let layer = |step: &plimsoll_model::History| {
        made += u32::from(!step.empty_layer);
        made.saturating_sub(1)
    };
    config.history.iter().map(layer).collect()
}

/// A build instruction, a line for each of its build arguments: `|2 USER=a TOKEN=b /bin/sh -c make` (as classic
/// builders and BuildKit write them), and without `#(nop)`.
fn instruction(created_by: &str) -> String {
    let text = created_by.replace("/bin/sh -c #(nop) ", "");
    let Some(rest) = text.trim_start().strip_prefix('|').or_else(|| text.trim_start().strip_prefix("RUN |"))
    else {
        return text;
    };
    let (count, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let Ok(count) = count.parse::<usize>() else { return text };
    let mut lines = String::new();
    let mut rest = rest;
    for _ in 0..count.min(256) {
        // A value may hold spaces: it ends where the next NAME= or the shell begins.
        let end = next_argument(rest);
        lines.push_str(rest[..end].trim());
        lines.push('\n');
        rest = rest[end..].trim_start();
    }
    lines.push_str(rest);
    lines
}

/// Where the argument that `text` begins with ends.
fn next_argument(text: &str) -> usize {
    let is_name = |word: &str| {
        word.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        })
    };
    let begins = |at: usize| {
        is_name(text[at + 1..].split(' ').next().unwrap_or("")) || text[at + 1..].starts_with('/')
    };
    text.match_indices(' ').map(|(at, _)| at).find(|at| begins(*at)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn build_arguments_get_lines() {
        let check = |from: &str, wanted: &str| assert_eq!(instruction(from), wanted);
        check("/bin/sh -c #(nop)  ENV A=b", " ENV A=b");
        check("|2 USER=a TOKEN=b /bin/sh -c make # x", "USER=a\nTOKEN=b\n/bin/sh -c make # x");
        check("RUN |1 A=b c /bin/sh -c make", "A=b c\n/bin/sh -c make");
        check("|1 A=b", "A=b\n");
        check("|x", "|x");
        check("RUN make", "RUN make");
    }
}
