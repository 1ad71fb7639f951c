//! Parameters of questions, as documented: the lists' filters, sorts and pages.

use crate::problem::Problem;
use crate::route::{Call, Parameter};

const fn p(name: &'static str, about: &'static str) -> Parameter {
    Parameter { name, about }
}

/// Pages.
pub const PAGE: &[Parameter] = &[
    p("limit", "Most items of the page: 1 to 500, 50 when left out."),
    p("cursor", "The page after the one that gave this as `next`."),
];

/// The order.
pub const SORT: &[Parameter] = &[p("sort", "Name of a column; `-` before it descends.")];

/// Filters of the image list.
pub const IMAGES: &[Parameter] = &[
    p("source", "registry, local, cicd; several with commas."),
    p("registry", "Id of a registry."),
    p("registry_kind", "Product of the registry: harbor, quay, …"),
    p("repository", "`team/*`: `*` stands for any characters."),
    p("organization", "Everything of the repository before its last part."),
    p("tag", "Tag; `*` stands for any characters."),
    p("digest", "Digest of the manifest."),
    p("os", "Distribution: `debian 12`."),
    p("base", "Base image."),
    p("platform", "linux/amd64, …"),
    p("status", "unscanned, waiting, scanning, scanned, failed, stopped, unsupported."),
    p("level", "Risk level: unknown, safe, low, medium, high, critical."),
    p("latest", "true: only the newest of each repository."),
    p("gone", "true, false (default), all: gone from the registry."),
    p("kind", "Has an open risk of this kind."),
    p("severity", "Has an open risk of this severity."),
    p("risk", "Has this risk."),
    p("state", "With `risk`: how it stands, as in the risk list."),
    p("pipeline", "The pipeline that built it."),
    p("updated_since", "Digest seen since then: RFC 3339 or a day."),
    p("scanned_since", "Scanned since then: RFC 3339 or a day."),
    p("size_min", "Bytes."),
    p("size_max", "Bytes."),
    p("q", "In the name or digest."),
    p("id", "Ids, with commas."),
];

/// Filters of the risk list.
pub const RISKS: &[Parameter] = &[
    p(
        "kind",
        "vulnerability, malicious-file, configuration, password-policy, weak-password, secret, compliance, base-image.",
    ),
    p("class", "Of vulnerabilities: system, application."),
    p("severity", "critical, high, medium, low, unknown; several with commas."),
    p("urgency", "immediate, delay, none; several with commas."),
    p(
        "state",
        "open, reopened, ignored, whitelisted, fixed, with commas (default open,reopened); all; handled; unhandled.",
    ),
    p("fixable", "true, false: a newer version fixes it."),
    p("kev", "true, false: known to be exploited."),
    p("inherited", "true, false: from the base image."),
    p("epss_min", "EPSS probability, 0 to 1."),
    p("cvss_min", "CVSS base score, 0 to 10."),
    p("first_seen_since", "RFC 3339 or a day."),
    p("published_since", "RFC 3339 or a day."),
    p("q", "In id, aliases, title, components."),
    p("id", "Exact id, or an alias."),
    p("component", "Name of a component."),
    p("category", "The secret's category, the malware's, the baseline of a check."),
    p("source", "Of the images: registry, local, cicd."),
    p("registry", "Of the images: id of the registry."),
    p("registry_kind", "Of the images: product of the registry."),
    p("repository", "Of the images: `team/*`."),
    p("organization", "Of the images."),
    p("tag", "Of the images; `*` stands for any characters."),
    p("digest", "Of the images."),
    p("os", "Of the images: distribution."),
    p("base", "Of the images: base image."),
    p("image", "Of the images: ids."),
    p("image.kind", "Of the images: has an open risk of this kind."),
    p("image.severity", "Of the images: has an open risk of this severity."),
    p("image.q", "Of the images: in the name or digest."),
    p("image.updated_since", "Of the images: digest seen since then."),
    p("image.scanned_since", "Of the images: scanned since then."),
    p("latest", "true: only in the newest image of each repository."),
    p("platform", "Of the images."),
    p("pipeline", "Of the images."),
    p("status", "Of the images: how scanning stands."),
    p("level", "Of the images: risk level."),
    p("gone", "Of the images: true, false (default), all."),
];

/// Filters of an image's findings.
pub const FINDINGS: &[Parameter] = &[
    p("kind", "Kind of risk; several with commas."),
    p("class", "Of vulnerabilities: system, application."),
    p("severity", "Several with commas."),
    p("urgency", "Several with commas."),
    p("state", "As in the risk list."),
    p("fixable", "true, false."),
    p("inherited", "true, false: from the base image."),
    p("present", "true, false: in the final tree, or buried by a later layer."),
    p("component", "Name of a component."),
    p("layer", "Index of a layer."),
    p("path", "Part of a path."),
    p("q", "In id, title, component."),
    p("id", "Id of the finding."),
];

/// Filters of an image's components.
pub const COMPONENTS: &[Parameter] = &[
    p("type", "Purl type."),
    p("name", "Part of the name."),
    p("licence", "Licence."),
    p("vulnerable", "true, false."),
    p("present", "true, false."),
    p("layer", "Index of a layer."),
    p("q", "In name, version, purl."),
];

/// Filters of an image's files.
pub const FILES: &[Parameter] =
    &[p("path", "Part of the path."), p("type", "Type of file."), p("layer", "Index of a layer.")];

/// Filters of tasks.
pub const TASKS: &[Parameter] = &[
    p("kind", "scan, sync, export, reassess."),
    p("state", "waiting, running, done, failed, stopped; several with commas."),
    p("q", "In the name."),
    p("mine", "true: only what the asker asked for."),
];

/// Filters of a task's jobs.
pub const JOBS: &[Parameter] = &[p("state", "waiting, running, done, failed, stopped.")];

/// Filters of the handling history.
pub const HISTORY: &[Parameter] = &[
    p("risk", "Id of a risk."),
    p("image", "Id of an image."),
    p("decision", "Id of a decision."),
    p("actor", "Who."),
    p("action", "ignore, unignore, whitelist, edit, delete, expire, fixed, reopened; several with commas."),
    p("since", "From this moment: RFC 3339 or a day."),
    p("until", "Before this moment: RFC 3339 or a day."),
];

/// Filters of decisions.
pub const DECISIONS: &[Parameter] = &[
    p("action", "ignore, unignore, whitelist; several with commas."),
    p("state", "active (default), expiring, lapsed, never-matched, all."),
    p("risk", "Names this risk, or hits it."),
    p("image", "Names this image, or hits it."),
    p("author", "Who made it."),
    p("q", "In risks, reason, author."),
];

/// Filters of the audit log.
pub const AUDIT: &[Parameter] =
    &[p("actor", "Who."), p("action", "What: the beginning of it, as `registry.`.")];

/// A page of a preview.
pub const PREVIEW: &[Parameter] =
    &[p("limit", "Most pairs: 0 to 500, 50 when left out."), p("offset", "Pairs to pass over.")];

/// Filters of the evidence of a risk.
pub const EVIDENCE: &[Parameter] = &[p("image", "One image, by id.")];

/// The format of a report.
pub const REPORT: &[Parameter] = &[p("format", "html, json (default), cyclonedx, spdx, sarif.")];

/// Which base images.
pub const BASES: &[Parameter] =
    &[p("seen", "true: bases that scans met, with how many images are built on each.")];

impl Call {
    /// `limit`: 1 to 500.
    pub fn limit(&self) -> Result<u32, Problem> {
        let Some(text) = self.asked("limit") else { return Ok(50) };
        let limit = text.parse().ok().filter(|limit| (1..=500).contains(limit));
        limit.ok_or_else(|| Problem::field("limit", "give a number from 1 to 500"))
    }

    /// `cursor`.
    pub fn cursor(&self) -> Option<&str> {
        self.asked("cursor")
    }

    /// A parameter that is true or false.
    pub fn flag(&self, name: &str) -> Result<bool, Problem> {
        match self.asked(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Problem::field(name, "give true or false")),
        }
    }

    /// A parameter that is one of the words a type is written with.
    pub fn word<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Problem> {
        self.asked(name).map(|text| word(name, text)).transpose()
    }

    /// A parameter of several such words, with commas.
    pub fn words<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<Vec<T>, Problem> {
        self.asked(name).map_or(Ok(Vec::new()), |text| text.split(',').map(|text| word(name, text)).collect())
    }

    /// A parameter that is a moment or a day.
    pub fn moment(&self, name: &str) -> Result<Option<plimsoll_model::Time>, Problem> {
        let Some(text) = self.asked(name) else { return Ok(None) };
        let time = plimsoll_model::Time::parse(text);
        let time = time.or_else(|| plimsoll_model::Time::parse(&format!("{text}T00:00:00Z")));
        time.map(Some).ok_or_else(|| Problem::field(name, "give an RFC 3339 time or a day, as 2026-11-24"))
    }
}

fn word<T: serde::de::DeserializeOwned>(name: &str, text: &str) -> Result<T, Problem> {
    let value = serde_json::Value::String(text.trim().to_owned());
    serde_json::from_value(value).map_err(|error| {
        let said = error.to_string();
        let allowed = said.split_once(", expected").map_or("not one of its words", |(_, allowed)| allowed);
        Problem::field(name, format!("there is no such value; expected{allowed}"))
    })
}
