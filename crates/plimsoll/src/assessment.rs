//! What a scan is judged by, and every kind of finding but vulnerabilities.

use crate::{ScanError, Scanned, bases};
use plimsoll_assess::base::{Catalogue, Found};
use plimsoll_assess::compliance::{self, Policy};
use plimsoll_feeds::Database;
use plimsoll_model::{Check, CheckResult, Contents, Finding, PurlType, RiskKind, Unread};
use std::collections::BTreeMap;

/// What contents are laid against.
#[derive(Default)]
pub struct Assessment<'a> {
    /// Advisories; without them there are no vulnerabilities.
    pub database: Option<&'a Database>,
    /// Say why.
    pub explain: bool,
    /// Only these kinds of risks; all when empty.
    pub kinds: &'a [RiskKind],
    /// The key secrets were looked for with.
    pub key: plimsoll_secrets::Key,
    /// What passwords are guessed with.
    pub passwords: plimsoll_passwords::Options,
    /// Which software may be there.
    pub policy: Policy,
    /// Known base images.
    pub bases: Catalogue,
    /// Today, `2026-11-24`; exceptions of the policy expire, support ends.
    pub today: String,
}

impl Assessment<'_> {
    /// Are risks of this kind asked for?
    pub fn wants(&self, kind: RiskKind) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }
}

/// What is wrong beside vulnerabilities.
pub(crate) struct Others {
    pub findings: Vec<Finding>,
    pub checks: Vec<Check>,
    pub unread: Vec<Unread>,
}

/// Every finding of the kinds asked for that needs no advisories.
pub(crate) fn others(
    scanned: &Scanned,
    base: Option<&Found>,
    assessment: &Assessment<'_>,
) -> Result<Others, ScanError> {
    let contents = &scanned.contents;
    let config = &scanned.manifest.config;
    let mut others = Others { findings: Vec::new(), checks: Vec::new(), unread: Vec::new() };
    if assessment.wants(RiskKind::MaliciousFile) {
        let instructions = config.instructions(scanned.layers.len());
        others.findings.extend(plimsoll_malware::findings(contents, config, &instructions));
    }
    if assessment.wants(RiskKind::Secret) {
        others.findings.extend(plimsoll_secrets::findings(contents, config, &assessment.key));
    }
    if assessment.wants(RiskKind::Configuration) || assessment.wants(RiskKind::PasswordPolicy) {
        others.checks = plimsoll_checks::audit(contents, config);
        if scanned.manifest.config_digest.is_none() {
            leave_out_config(&mut others.checks);
        }
        others.findings.extend(plimsoll_checks::findings(contents, config, &others.checks));
    }
    if assessment.wants(RiskKind::WeakPassword) {
        let (found, unread) = plimsoll_passwords::findings(contents, config, &assessment.passwords);
        others.findings.extend(found);
        others.unread.extend(unread);
    }
    if assessment.wants(RiskKind::Compliance) || assessment.wants(RiskKind::BaseImage) {
        let image = compliance::Image {
            name: scanned.manifest.name.clone(),
            labels: config.labels.clone(),
            today: assessment.today.clone(),
            end_of_life: support_ends(contents, assessment.database)?,
            os_end_of_life: os_support_ends(contents, assessment.database)?,
        };
        others.findings.extend(bases::findings(base, &image, &assessment.policy));
        others.findings.extend(compliance::findings(contents, &image, &assessment.policy));
    }
    others.findings.retain(|finding| assessment.wants(finding.kind));
    Ok(others)
}

/// A folder and a component list have no image config: what it would say cannot be wrong.
fn leave_out_config(checks: &mut [Check]) {
    for check in checks.iter_mut().filter(|check| check.baseline == "image") {
        check.result = CheckResult::NotApplicable;
        check.reason = Some("what was scanned is no image, so it has no config".to_owned());
        check.current = None;
        check.evidence.clear();
    }
}

fn os_support_ends(contents: &Contents, database: Option<&Database>) -> Result<Option<String>, ScanError> {
    let release = contents.os.as_ref().and_then(|os| Some((os.id.as_str(), os.version_id.as_deref()?)));
    match (database, release) {
        (Some(database), Some((id, version))) => Ok(database.end_of_life(id, version)?),
        _ => Ok(None),
    }
}

/// Programs and runtimes whose makers name the day their support ends. What a distribution packages has the
/// distribution's support, so only those outside package managers count, and the large frameworks.
fn support_ends(
    contents: &Contents,
    database: Option<&Database>,
) -> Result<BTreeMap<u32, String>, ScanError> {
    let mut ends = BTreeMap::new();
    let Some(database) = database else { return Ok(ends) };
    for (index, installed) in (0_u32..).zip(&contents.components) {
        let component = &installed.component;
        let name = component.full_name();
        let product = match component.kind {
            PurlType::Generic | PurlType::Bitnami if installed.owned_by.is_none() => generic_product(&name),
            kind => FRAMEWORKS
                .iter()
                .find(|(of, package, _)| *of == kind && *package == name)
                .map(|found| found.2),
        };
        if let Some(product) = product
            && let Some(day) = database.end_of_life(product, &component.version)?
        {
            ends.insert(index, day);
        }
    }
    Ok(ends)
}

/// endoflife.date's name of a program; most are called the same.
fn generic_product(name: &str) -> Option<&str> {
    Some(match name {
        "node" => "nodejs",
        "httpd" => "apache-http-server",
        "postgres" => "postgresql",
        "jdk" | "jre" | "java" | "openjdk" => "oracle-jdk",
        "busybox" | "bash" | "curl" => return None,
        other => other,
    })
}

/// Packages that endoflife.date knows as products.
const FRAMEWORKS: &[(PurlType, &str, &str)] = &[
    (PurlType::Npm, "@angular/core", "angular"),
    (PurlType::Npm, "angular", "angularjs"),
    (PurlType::Npm, "react", "react"),
    (PurlType::Npm, "vue", "vue"),
    (PurlType::Npm, "next", "nextjs"),
    (PurlType::Npm, "express", "express"),
    (PurlType::Npm, "electron", "electron"),
    (PurlType::Npm, "jquery", "jquery"),
    (PurlType::Pypi, "django", "django"),
    (PurlType::Pypi, "Django", "django"),
    (PurlType::Gem, "rails", "rails"),
    (PurlType::Composer, "laravel/framework", "laravel"),
    (PurlType::Composer, "symfony/symfony", "symfony"),
    (PurlType::Composer, "drupal/core", "drupal"),
    (PurlType::Maven, "org.springframework.boot:spring-boot", "spring-boot"),
    (PurlType::Maven, "org.springframework:spring-core", "spring-framework"),
    (PurlType::Maven, "org.apache.tomcat.embed:tomcat-embed-core", "tomcat"),
    (PurlType::Maven, "org.apache.tomcat:tomcat-catalina", "tomcat"),
    (PurlType::Maven, "org.eclipse.jetty:jetty-server", "eclipse-jetty"),
    (PurlType::Maven, "org.apache.logging.log4j:log4j-core", "log4j"),
    (PurlType::Maven, "log4j:log4j", "log4j"),
    (PurlType::Maven, "org.apache.struts:struts2-core", "apache-struts"),
    (PurlType::Maven, "org.hibernate:hibernate-core", "hibernate-orm"),
    (PurlType::Golang, "stdlib", "go"),
];
