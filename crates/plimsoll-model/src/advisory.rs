//! Knowledge: what the world says about packages and vulnerabilities.

use serde::{Deserialize, Serialize};

/// What advisories are looked up by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PackageKey {
    /// Base ecosystem in OSV's words, without a release: `Debian`, `npm`, `Red Hat`, `PyPI`, `Amazon Linux`.
    pub ecosystem: String,
    /// Package name, folded as the ecosystem compares names: PEP 503 for PyPI, lower case for NuGet, Packagist
    /// and GitHub Actions, a lower-case address without scheme and `.git` for SwiftURL, `group:artifact` for Maven, the
    /// module path for Go, else as written.
    pub name: String,
}

/// One publisher's statement about one package: an OSV record cut down to one [`PackageKey`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advisory {
    /// As published: `DSA-5532-1`, `GHSA-…`, `ALSA-2024:1234`, `DEBIAN-CVE-2023-1`.
    pub id: String,
    /// Other names of the same flaw.
    pub aliases: Vec<String>,
    /// The flaws this notice answers, CVE ids where there are any: OSV's `upstream`, and `related` of notices that
    /// name their CVEs there. Each is a vulnerability of its own.
    pub vulnerabilities: Vec<String>,
    /// The feed it came from: `osv/Debian`.
    pub source: String,
    /// Seconds since 1970 UTC.
    pub published: Option<i64>,
    /// Seconds since 1970 UTC.
    pub modified: Option<i64>,
    /// The publisher's severities of the whole record.
    pub ratings: Vec<Rating>,
    /// What is affected, by release.
    pub affected: Vec<Affected>,
}

/// One severity statement.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rating {
    /// Who says so: `debian`, `ubuntu`, `redhat`, `ghsa`, `nvd`, `cna`.
    pub source: String,
    /// A CVSS vector (`CVSS:3.1/AV:N/…`, `AV:N/AC:L/…` for v2), or the vendor's word (`important`, `medium`).
    pub value: String,
}

/// Which name of an OS package an advisory is keyed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum KeyKind {
    /// The record does not say: as the distribution's advisories usually are.
    Usual,
    /// The source package's.
    Source,
    /// The binary package's.
    Binary,
}

/// What the publisher says of a package beyond its ranges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Lifecycle {
    /// The ranges say it all.
    Ranges,
    /// Affected, no fix yet.
    Affected,
    /// Never was affected, though a range may say so.
    NotAffected,
    /// The vendor will not fix it.
    WillNotFix,
    /// The release is out of support.
    EndOfLife,
    /// Not known yet.
    UnderInvestigation,
}

/// One `affected` entry of one release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affected {
    /// What stands behind the ecosystem's colon: `12`, `v3.20`, `22.04:LTS`, `enterprise_linux:9::baseos`; empty for
    /// none.
    pub release: String,
    /// Which name it is keyed by.
    pub key: KeyKind,
    /// The publisher's word on it.
    pub lifecycle: Lifecycle,
    /// Architectures it holds for; empty for all.
    pub arches: Vec<String>,
    /// Rpm module it holds for, `name:stream`; `None` when the record does not say.
    pub module: Option<String>,
    /// Affected ranges; within one, events apply in version order (OSV schema 1.6, "Evaluation").
    pub ranges: Vec<Range>,
    /// Single affected versions, beside the ranges.
    pub versions: Vec<String>,
    /// Severities of this entry alone.
    pub ratings: Vec<Rating>,
}

/// Which order a range's versions have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RangeKind {
    /// Semantic versions.
    Semver,
    /// The ecosystem's own order.
    Ecosystem,
}

/// A range of affected versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// Order of its versions.
    pub kind: RangeKind,
    /// Events, in the record's order.
    pub events: Vec<Event>,
}

/// An event of a range (OSV schema 1.6, `affected[].ranges[].events`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// Affected from this version on; `0` is before every version.
    Introduced(String),
    /// Not affected from this version on.
    Fixed(String),
    /// Affected up to and with this version.
    LastAffected(String),
    /// Nothing is affected from this version on (a bound, no fix).
    Limit(String),
    /// Affected from the next version on, but not this one; OSV has no such event, the NVD has
    /// (`versionStartExcluding`).
    IntroducedAfter(String),
}

/// What is known of a vulnerability apart from packages: a CVE record with KEV and EPSS joined in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Vulnerability {
    /// `CVE-2021-44228`, or the publisher's id where there is no CVE.
    pub id: String,
    /// One line.
    pub title: Option<String>,
    /// Text.
    pub description: Option<String>,
    /// Severities.
    pub ratings: Vec<Rating>,
    /// Seconds since 1970 UTC.
    pub published: Option<i64>,
    /// Seconds since 1970 UTC.
    pub modified: Option<i64>,
    /// `CWE-502`, …
    pub cwes: Vec<String>,
    /// Addresses.
    pub references: Vec<String>,
    /// Day it was added to CISA's Known Exploited Vulnerabilities, `2021-12-10`.
    pub kev_added: Option<String>,
    /// EPSS: probability of exploitation in 30 days, 0 to 1, and its percentile, 0 to 1 (FIRST EPSS).
    pub epss: Option<(f32, f32)>,
}
