//! Things to keep.

use plimsoll_model::*;
use plimsoll_store::data::{NewComponent, NewMatches, NewScan};
use plimsoll_store::Data;
use serde_json::json;

/// A moment, in whole seconds.
pub fn at(seconds: i64) -> Time {
    Time(1_700_000_000_000_000 + seconds * 1_000_000)
}

pub fn registry(id: &str, name: &str) -> Registry {
    Registry {
        id: id.into(),
        name: name.into(),
        kind: RegistryKind::Harbor,
        url: "https://registry.example.com".into(),
        username: "robot".into(),
        has_password: false,
        ca: String::new(),
        insecure: false,
        allow_private: false,
        include: vec!["team/*".into()],
        exclude: Vec::new(),
        requests_per_second: 5,
        concurrency: 2,
        sync: SyncMode::Daily,
        scan_new: true,
        state: RegistryState::New,
        reason: None,
        images: 0,
        synced_at: Some(at(5)),
        created_at: at(1),
    }
}

pub fn image(id: &str, repository: &str, tag: Option<&str>) -> StoredImage {
    StoredImage {
        id: id.into(),
        source: ImageSource::Local,
        registry: None,
        registry_name: None,
        registry_kind: None,
        repository: repository.into(),
        tag: tag.map(Into::into),
        digest: format!("sha256:{id}"),
        index_digest: None,
        platform: "linux/amd64".into(),
        size: 10,
        created: Some(at(10)),
        updated_at: at(20),
        synced_at: at(30),
        latest: tag.is_some(),
        gone: false,
        status: ScanStatus::Unscanned,
        failure: None,
        scanned_at: None,
        os: None,
        base: None,
        pipeline: None,
    }
}

pub fn failure(why: &str) -> ScanFailure {
    ScanFailure { code: "unreachable".into(), why: why.into(), remedy: "try again".into() }
}

pub fn record(id: &str, image: &str, seconds: i64) -> ScanRecord {
    ScanRecord {
        id: id.into(),
        image: image.into(),
        task: None,
        digest: format!("sha256:{image}"),
        started_at: at(seconds - 1),
        finished_at: at(seconds),
        status: ScanStatus::Scanned,
        failure: None,
        counters: Counters::default(),
        appeared: 1,
        vanished: 0,
        knowledge: Some("db1".into()),
        program: "0.1.0".into(),
    }
}

pub fn facts(image: StoredImage) -> ImageFacts {
    ImageFacts {
        image: StoredImage {
            status: ScanStatus::Scanned,
            scanned_at: Some(at(100)),
            os: Some("debian 12".into()),
            base: Some("debian:12".into()),
            ..image
        },
        components: vec![1, 5, 900],
        inherited_components: vec![1],
        risks: vec![3],
        inherited_risks: vec![],
        fixed: vec![7, 8],
        reopened: vec![9],
    }
}

pub fn scan(image: StoredImage, job: Option<(String, String)>) -> NewScan {
    let id = job.as_ref().map_or_else(|| format!("scan of {}", image.id), |(job, _)| job.clone());
    NewScan {
        record: record(&id, &image.id, 100),
        report: br#"{"layers": []}"#.to_vec(),
        components: vec![900, 1, 5],
        ledger: vec![Occurrence {
            risk: "CVE-2024-1".into(),
            first_seen: at(1),
            fixed_at: None,
            reopened_at: Some(at(2)),
        }],
        found: b"[]".to_vec(),
        history: vec![history(&format!("fixed {id}"), HistoryAction::Fixed, 100)],
        facts: facts(image),
        job,
    }
}

pub fn history(id: &str, action: HistoryAction, seconds: i64) -> HistoryEntry {
    HistoryEntry {
        id: id.into(),
        at: at(seconds),
        actor: "ann".into(),
        action,
        decision: None,
        risks: vec!["CVE-2024-1".into()],
        risk_count: 1,
        images: vec!["i1".into()],
        image_names: vec!["team/app:1".into()],
        image_count: 1,
        pairs: 1,
        reason: "because".into(),
        change: None,
    }
}

pub fn decision(id: &str, expires: Option<Time>) -> Decision {
    Decision {
        id: id.into(),
        action: Action::Ignore,
        risks: RiskChoice::Ids(vec!["CVE-2024-1".into()]),
        scope: ImageScope { all: true, ..ImageScope::default() },
        within: None,
        reason: "because".into(),
        justification: None,
        expires: Expiry { at: expires, ..Expiry::default() },
        author: "ann".into(),
        created_at: at(1),
        updated_at: at(1),
    }
}

pub fn risk(id: &str, severity: Severity, seconds: i64) -> Risk {
    Risk {
        id: id.into(),
        kind: RiskKind::Vulnerability,
        name: id.into(),
        title: "a flaw".into(),
        severity,
        urgency: Urgency::Delay,
        aliases: vec![],
        cvss: Some(9.8),
        epss: Some(0.123),
        epss_percentile: None,
        kev_added: None,
        published: None,
        category: None,
        first_seen: at(seconds),
    }
}

pub fn component(key: &str) -> NewComponent {
    NewComponent {
        key: key.into(),
        class: RiskClass::System,
        name: key.into(),
        purl: format!("pkg:deb/debian/{key}@1"),
        body: format!("{{\"name\": \"{key}\"}}").into_bytes(),
    }
}

pub fn matches(number: i64, risks: &[i64]) -> NewMatches {
    let one = |&risk: &i64| ComponentMatch { risk, severity: Severity::High, fixable: risk % 2 == 0 };
    NewMatches { number, matches: risks.iter().map(one).collect(), findings: b"[1]".to_vec() }
}

pub fn task(kind: TaskKind, priority: i64, subjects: &[&str]) -> NewTask {
    NewTask {
        kind,
        name: "All Images".into(),
        trigger: "manual".into(),
        created_by: "ann".into(),
        parameters: json!({"all": true}),
        priority,
        jobs: subjects.iter().map(|subject| ((*subject).to_owned(), json!({}), Time(0))).collect(),
    }
}

/// So many images, unscanned.
pub async fn put_images(data: &Data, ids: &[&str]) {
    let images: Vec<StoredImage> = ids.iter().map(|id| image(id, &format!("team/{id}"), Some("1"))).collect();
    data.put_images(&images).await.expect("kept");
}
