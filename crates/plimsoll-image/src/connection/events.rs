//! What registries say about pushes. Such notifications are hints: they may be lost, repeated, late or forged by whoever
//! knows the secret, so that all they may do is to make us look.

use super::{PushEvent, is_attachment_tag};
use crate::ImageError;
use crate::reference::{check_repository, check_tag};
use plimsoll_model::{Digest, EventKind};
use serde_json::Value;

/// Bytes of a notification.
const MOST_BYTES: usize = 4 << 20;
/// Events of a notification.
const MOST_EVENTS: usize = 10_000;
/// Tags of an event.
const MOST_TAGS: usize = 1000;

/// Reads a notification of a push; what is no event about an image is left out.
pub fn push_events(kind: EventKind, body: &[u8]) -> Result<Vec<PushEvent>, ImageError> {
    let malformed = |why: String| ImageError::Malformed { what: "the notification".to_owned(), why };
    if body.len() > MOST_BYTES {
        return Err(malformed(format!("it has more than {MOST_BYTES} bytes")));
    }
    let body: Value = serde_json::from_slice(body).map_err(|error| malformed(error.to_string()))?;
    if !body.is_object() && !body.is_array() {
        return Err(malformed("it is no JSON object".to_owned()));
    }
    let read = match kind {
        EventKind::Distribution => distribution,
        EventKind::Harbor => harbor,
        EventKind::Quay => quay,
        EventKind::Ecr => ecr,
        EventKind::Acr => acr,
    };
    let mut events: Vec<PushEvent> = Vec::new();
    for event in read(&body).into_iter().take(MOST_EVENTS).filter_map(Draft::check) {
        if !events.contains(&event) {
            events.push(event);
        }
    }
    Ok(events)
}

/// An event as it was sent.
struct Draft<'a> {
    repository: &'a str,
    tags: Vec<&'a str>,
    digest: &'a str,
    deleted: bool,
}

impl Draft<'_> {
    /// `None` when it names no repository, or only what belongs to an image.
    fn check(self) -> Option<PushEvent> {
        check_repository(self.repository).ok()?;
        let digest = self.digest.parse::<Digest>().ok().map(|digest| digest.to_string());
        let named = self.tags.len();
        let tags: Vec<String> = self
            .tags
            .into_iter()
            .filter(|tag| check_tag(tag).is_ok() && !is_attachment_tag(tag))
            .take(MOST_TAGS)
            .map(str::to_owned)
            .collect();
        let is_about_image = !tags.is_empty() || (named == 0 && digest.is_some());
        let (repository, deleted) = (self.repository.to_owned(), self.deleted);
        is_about_image.then_some(PushEvent { repository, tags, digest, deleted })
    }
}

/// The envelope of distribution (distribution documentation, "Notifications").
fn distribution(body: &Value) -> Vec<Draft<'_>> {
    list(body, "events").iter().filter_map(|event| distribution_event(event, false)).collect()
}

/// One event of distribution, or of what is made like it.
fn distribution_event(event: &Value, one_manifest: bool) -> Option<Draft<'_>> {
    let target = event.get("target")?;
    let deleted = match text(event, "action") {
        "push" => false,
        "delete" => true,
        _ => return None,
    };
    // Blobs are pushed too. What is deleted is named by its digest alone.
    let is_manifest = match text(target, "mediaType") {
        "" => deleted || one_manifest,
        kind => kind.contains("manifest") || kind.contains("image.index"),
    };
    let tags = Some(text(target, "tag")).filter(|tag| !tag.is_empty()).into_iter().collect();
    let (repository, digest) = (text(target, "repository"), text(target, "digest"));
    is_manifest.then_some(Draft { repository, tags, digest, deleted })
}

/// Harbor's own form, and CloudEvents (Harbor documentation, "Configure Webhook Notifications").
fn harbor(body: &Value) -> Vec<Draft<'_>> {
    let (deleted, data) = match text(body, "type") {
        "PUSH_ARTIFACT" => (false, body.get("event_data")),
        "DELETE_ARTIFACT" => (true, body.get("event_data")),
        "harbor.artifact.pushed" => (false, body.get("data")),
        "harbor.artifact.deleted" => (true, body.get("data")),
        _ => return Vec::new(),
    };
    let Some(data) = data else { return Vec::new() };
    let repository = data.get("repository").map(|repository| text(repository, "repo_full_name"));
    let repository = repository.unwrap_or_default();
    let draft = |resource| {
        // Where nothing is tagged, `tag` holds the digest.
        let tag = Some(text(resource, "tag")).filter(|tag| !tag.is_empty() && !tag.contains(':'));
        Draft { repository, tags: tag.into_iter().collect(), digest: text(resource, "digest"), deleted }
    };
    list(data, "resources").iter().map(draft).collect()
}

/// Quay's `repo_push` (Quay documentation, "Repository events"). It names no digest.
fn quay(body: &Value) -> Vec<Draft<'_>> {
    let tags = match body.get("updated_tags") {
        Some(Value::Array(tags)) => tags.iter().filter_map(Value::as_str).collect(),
        // As it was before: tags with the images they point to.
        Some(Value::Object(tags)) => tags.keys().map(String::as_str).collect(),
        _ => Vec::new(),
    };
    vec![Draft { repository: text(body, "repository"), tags, digest: "", deleted: false }]
}

/// EventBridge's "ECR Image Action", and what replication brings (Amazon ECR User Guide, "Amazon ECR events and
/// EventBridge").
fn ecr(body: &Value) -> Vec<Draft<'_>> {
    let Some(detail) = body.get("detail") else { return Vec::new() };
    let kind = text(body, "detail-type");
    let deleted = match (kind, text(detail, "action-type")) {
        ("ECR Image Action", "PUSH") | ("ECR Replication Action", "REPLICATE") => false,
        ("ECR Image Action", "DELETE") => true,
        _ => return Vec::new(),
    };
    if text(detail, "result") != "SUCCESS" {
        return Vec::new();
    }
    let tags = Some(text(detail, "image-tag")).filter(|tag| !tag.is_empty()).into_iter().collect();
    let (repository, digest) = (text(detail, "repository-name"), text(detail, "image-digest"));
    vec![Draft { repository, tags, digest, deleted }]
}

/// A webhook's event, or Event Grid's: a list, or one CloudEvent (Azure documentation, "Azure Container Registry webhook
/// reference", "Azure Container Registry as an Event Grid source"). Event Grid's question whether we want them is none.
fn acr(body: &Value) -> Vec<Draft<'_>> {
    let events = body.as_array().map_or(std::slice::from_ref(body), Vec::as_slice);
    let read = |event| {
        let kind = [text(event, "eventType"), text(event, "type")].concat();
        match kind.as_str() {
            "" => distribution_event(event, false),
            "Microsoft.ContainerRegistry.ImagePushed" | "Microsoft.ContainerRegistry.ImageDeleted" => {
                distribution_event(event.get("data")?, true)
            }
            _ => None,
        }
    };
    events.iter().filter_map(read).collect()
}

fn text<'a>(of: &'a Value, field: &str) -> &'a str {
    of.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(of: &'a Value, field: &str) -> &'a [Value] {
    of.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DIGEST: &str = "sha256:213bbc182920ab41e18edc2001e06abcca6735d87782d9cef68abd83941cf0e5";

    /// Reads it, and writes each event as `[-]REPOSITORY:TAG,TAG@DIGEST`.
    fn check(kind: EventKind, body: &str, expected: &[&str]) {
        let events =
            push_events(kind, body.replace("DIGEST", DIGEST).as_bytes()).unwrap_or_else(|e| panic!("{e}"));
        let write = |event: &PushEvent| {
            let digest = event.digest.as_ref().map_or("", |_| "@DIGEST");
            assert!(event.digest.as_deref().is_none_or(|digest| digest == DIGEST));
            let sign = if event.deleted { "-" } else { "" };
            format!("{sign}{}:{}{digest}", event.repository, event.tags.join(","))
        };
        assert_eq!(events.iter().map(write).collect::<Vec<_>>(), expected, "{body}");
    }

    #[test]
    fn distribution_says_what_was_pushed() {
        let kind = EventKind::Distribution;
        let manifest = "application/vnd.oci.image.manifest.v1+json";
        let index = "application/vnd.docker.distribution.manifest.list.v2+json";
        let event = |action: &str, media: &str, rest: &str| {
            format!(
                r#"{{"id":"1","action":"{action}","target":{{"mediaType":"{media}","digest":"DIGEST","repository":"team/app"{rest}}},"actor":{{}}}}"#
            )
        };
        let of = |events: &[String]| format!(r#"{{"events":[{}]}}"#, events.join(","));
        let tag = r#","tag":"v1""#;
        check(
            kind,
            &of(&[event("push", manifest, tag), event("push", "application/octet-stream", "")]),
            &["team/app:v1@DIGEST"],
        );
        check(kind, &of(&[event("push", index, ""), event("push", index, "")]), &["team/app:@DIGEST"]);
        check(kind, &of(&[event("pull", manifest, tag), event("mount", "", "")]), &[]);
        check(
            kind,
            &of(&[event("delete", "", ""), event("delete", "", tag)]),
            &["-team/app:@DIGEST", "-team/app:v1@DIGEST"],
        );
        let signature = format!(r#","tag":"{}.sig""#, DIGEST.replace(':', "-"));
        check(kind, &of(&[event("push", manifest, &signature)]), &[]);
        check(
            kind,
            r#"{"events":[{"action":"push","target":{"mediaType":"x.manifest","repository":"../etc","tag":"v1"}},1,{}]}"#,
            &[],
        );
        check(kind, r#"{"events":{}}"#, &[]);
        check(kind, "[]", &[]);
    }

    #[test]
    fn harbor_says_it_in_two_ways() {
        let data = r#"{"resources":[{"digest":"DIGEST","tag":"v1","resource_url":"h/p/a:v1"},{"digest":"DIGEST","tag":"DIGEST"}],
            "repository":{"name":"a","namespace":"p","repo_full_name":"p/a","repo_type":"private"}}"#;
        let own =
            |kind: &str| format!(r#"{{"type":"{kind}","occur_at":1,"operator":"x","event_data":{data}}}"#);
        let cloud =
            |kind: &str| format!(r#"{{"specversion":"1.0","type":"{kind}","operator":"x","data":{data}}}"#);
        let both = &["p/a:v1@DIGEST", "p/a:@DIGEST"];
        check(EventKind::Harbor, &own("PUSH_ARTIFACT"), both);
        check(EventKind::Harbor, &cloud("harbor.artifact.pushed"), both);
        check(EventKind::Harbor, &own("DELETE_ARTIFACT"), &["-p/a:v1@DIGEST", "-p/a:@DIGEST"]);
        check(EventKind::Harbor, &cloud("harbor.artifact.deleted"), &["-p/a:v1@DIGEST", "-p/a:@DIGEST"]);
        for other in ["PULL_ARTIFACT", "SCANNING_COMPLETED", "QUOTA_EXCEED", "REPLICATION", ""] {
            check(EventKind::Harbor, &own(other), &[]);
        }
        check(EventKind::Harbor, r#"{"type":"PUSH_ARTIFACT"}"#, &[]);
    }

    #[test]
    fn quay_names_tags() {
        check(
            EventKind::Quay,
            r#"{"repository":"org/app","namespace":"org","name":"app","docker_url":"quay.io/org/app","updated_tags":["latest","v2"]}"#,
            &["org/app:latest,v2"],
        );
        check(
            EventKind::Quay,
            r#"{"repository":"org/app","updated_tags":{"latest":"abc"}}"#,
            &["org/app:latest"],
        );
        check(EventKind::Quay, r#"{"repository":"org/app","vulnerability":{}}"#, &[]);
    }

    #[test]
    fn ecr_speaks_through_eventbridge() {
        let event = |kind: &str, action: &str, result: &str, tag: &str| {
            format!(
                r#"{{"version":"0","detail-type":"{kind}","source":"aws.ecr","detail":{{"result":"{result}","repository-name":"team/app","image-digest":"DIGEST","action-type":"{action}"{tag}}}}}"#
            )
        };
        let (kind, tag) = ("ECR Image Action", r#","image-tag":"v1""#);
        check(EventKind::Ecr, &event(kind, "PUSH", "SUCCESS", tag), &["team/app:v1@DIGEST"]);
        check(EventKind::Ecr, &event(kind, "PUSH", "SUCCESS", ""), &["team/app:@DIGEST"]);
        check(EventKind::Ecr, &event(kind, "DELETE", "SUCCESS", tag), &["-team/app:v1@DIGEST"]);
        check(EventKind::Ecr, &event(kind, "PUSH", "FAILURE", tag), &[]);
        check(EventKind::Ecr, &event("ECR Image Scan", "PUSH", "SUCCESS", tag), &[]);
        let copied = event("ECR Replication Action", "REPLICATE", "SUCCESS", tag);
        check(EventKind::Ecr, &copied, &["team/app:v1@DIGEST"]);
        check(EventKind::Ecr, "{}", &[]);
    }

    #[test]
    fn acr_speaks_plainly_and_through_event_grid() {
        let event = |action: &str| {
            format!(
                r#"{{"id":"1","timestamp":"2018-04-25T21:39:47Z","action":"{action}","target":{{"mediaType":"application/vnd.docker.distribution.manifest.v2+json","size":1,"digest":"DIGEST","repository":"hello","tag":"v1"}},"request":{{"host":"demo.azurecr.io"}}}}"#
            )
        };
        check(EventKind::Acr, &event("push"), &["hello:v1@DIGEST"]);
        check(EventKind::Acr, &event("delete"), &["-hello:v1@DIGEST"]);
        check(EventKind::Acr, &event("chart_push"), &[]);
        check(EventKind::Acr, r#"{"id":"1","action":"ping"}"#, &[]);
        let grid = |field: &str, kind: &str, data: &str| format!(r#"{{"{field}":"{kind}","data":{data}}}"#);
        let pushed = "Microsoft.ContainerRegistry.ImagePushed";
        let deleted = "Microsoft.ContainerRegistry.ImageDeleted";
        check(
            EventKind::Acr,
            &format!("[{}]", grid("eventType", pushed, &event("push"))),
            &["hello:v1@DIGEST"],
        );
        check(EventKind::Acr, &grid("type", deleted, &event("delete")), &["-hello:v1@DIGEST"]);
        let chart = grid("type", "Microsoft.ContainerRegistry.ChartPushed", &event("push"));
        check(EventKind::Acr, &chart, &[]);
        let question = r#"[{"eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","data":{"validationCode":"x"}}]"#;
        check(EventKind::Acr, question, &[]);
    }

    #[test]
    fn what_is_no_notification_is_said() {
        for body in ["", "1", "null", "<html>", "{", "\"x\""] {
            assert!(push_events(EventKind::Quay, body.as_bytes()).is_err(), "{body}");
        }
        let deep = "[".repeat(100_000);
        assert!(push_events(EventKind::Acr, deep.as_bytes()).is_err());
        assert!(push_events(EventKind::Acr, &vec![b' '; MOST_BYTES + 1]).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes: Vec<u8>, at in any::<prop::sample::Index>(), byte: u8) {
            let good = format!(r#"{{"type":"PUSH_ARTIFACT","event_data":{{"resources":[{{"digest":"{DIGEST}","tag":"v1"}}],"repository":{{"repo_full_name":"p/a"}}}}}}"#);
            let mut changed = good.into_bytes();
            let at = at.index(changed.len());
            changed[at] = byte;
            for kind in [EventKind::Distribution, EventKind::Harbor, EventKind::Quay, EventKind::Ecr, EventKind::Acr] {
                for body in [&bytes, &changed] {
                    for event in push_events(kind, body).unwrap_or_default() {
                        prop_assert!(check_repository(&event.repository).is_ok());
                        prop_assert!(!event.tags.is_empty() || event.digest.is_some());
                    }
                }
            }
        }
    }
}
