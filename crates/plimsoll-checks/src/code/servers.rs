//! Rules on servers' settings that look at two settings together.

use crate::baseline::Baseline;
use crate::formats::{Format, Found};
use crate::rule::Outcome;
use crate::tree::{Tree, evidence};
use plimsoll_model::Evidence;

fn at(found: &Found, value: String) -> Evidence {
    evidence(&found.path, found.layer, Some(found.line as u32), Some(value))
}

fn is(found: &Found, end: &str) -> bool {
    let key = found.key.to_ascii_lowercase();
    key.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with(['.', '@']))
}

/// `location /a { alias /b/; }`: a request of `/a../` is answered from the folder above `/b`.
pub(super) fn nginx_alias_traversal(tree: &Tree<'_>, baseline: &Baseline) -> Outcome {
    let settings = tree.settings(&baseline.files, Format::Nginx);
    let mut location: Option<&Found> = None;
    let mut wrong = Vec::new();
    for found in settings.iter() {
        if is(found, "location") {
            location = Some(found);
        } else if is(found, "location.alias")
            && let Some(place) = location
        {
            let prefix = place.value.strip_prefix("^~ ").unwrap_or(&place.value);
            // Only prefixes: `=` matches nothing longer and regular expressions say their own end.
            if prefix.starts_with('/') && !prefix.ends_with('/') && found.value.ends_with('/') {
                wrong.push(at(found, format!("location {prefix} alias {}", found.value)));
            }
        }
    }
    Outcome::of(wrong, "none")
}

/// The section `<Directory />` refuses everyone.
pub(super) fn apache_root_denied(tree: &Tree<'_>, baseline: &Baseline) -> Outcome {
    let settings = tree.settings(&baseline.files, Format::Apache);
    let mut inside = false;
    let mut denied = Vec::new();
    for found in settings.iter() {
        if is(found, "directory") {
            inside = found.value == "/";
        } else if inside {
            let value = found.value.to_ascii_lowercase();
            let says =
                (is(found, "require") && value == "all denied") || (is(found, "deny") && value == "from all");
            if says {
                denied.push(at(found, found.value.clone()));
            }
        }
    }
    if !denied.is_empty() {
        return Outcome::pass("denied", denied);
    }
    let path = tree.globs(&baseline.files).into_iter().next();
    match path {
        Some(path) => Outcome::of(vec![tree.whole(&path, Some("/ is not denied".into()))], ""),
        None => Outcome::not_applicable("Apache has no settings in the image"),
    }
}

/// Every AJP connector has a secret; those in comments are none.
pub(super) fn tomcat_ajp_secret(tree: &Tree<'_>, baseline: &Baseline) -> Outcome {
    let settings = tree.settings(&baseline.files, Format::Xml);
    let mut wrong = Vec::new();
    // The attributes of one element stand on one line of the list, together.
    let mut group: Vec<&Found> = Vec::new();
    let mut judge = |group: &[&Found]| {
        let has = |name: &str| group.iter().find(|one| is(one, name));
        let ajp = has("connector@protocol").filter(|one| one.value.to_ascii_lowercase().contains("ajp"));
        let secret = has("connector@secret").or(has("connector@requiredsecret"));
        if let Some(ajp) = ajp.filter(|_| secret.is_none_or(|one| one.value.is_empty())) {
            wrong.push(at(ajp, format!("{} without a secret", ajp.value)));
        }
    };
    for found in settings.iter() {
        if found.key.to_ascii_lowercase().contains("connector@") {
            group.push(found);
        } else {
            judge(&group);
            group.clear();
        }
    }
    judge(&group);
    Outcome::of(wrong, "none")
}

/// `listings` of the default servlet (web.xml) is not true.
pub(super) fn tomcat_no_listings(tree: &Tree<'_>, baseline: &Baseline) -> Outcome {
    let files: Vec<String> =
        baseline.files.iter().map(|path| path.replace("server.xml", "web.xml")).collect();
    let settings = tree.settings(&files, Format::Xml);
    let mut wrong = Vec::new();
    for pair in settings.windows(2) {
        let listings = is(&pair[0], "param-name") && pair[0].value == "listings";
        if listings && is(&pair[1], "param-value") && pair[1].value.eq_ignore_ascii_case("true") {
            wrong.push(at(&pair[1], "listings true".into()));
        }
    }
    Outcome::of(wrong, "false")
}

/// A section with `stats enable` has `stats auth` (haproxy.cfg; `stats uri` alone enables too).
pub(super) fn haproxy_stats_auth(tree: &Tree<'_>, baseline: &Baseline) -> Outcome {
    let settings = tree.settings(&baseline.files, Format::Haproxy);
    let mut wrong = Vec::new();
    let mut enabled: Option<&Found> = None;
    let mut asked = false;
    for found in settings.iter() {
        if !found.key.contains('.') {
            // Another section begins.
            wrong
                .extend(enabled.take().filter(|_| !asked).map(|one| at(one, format!("stats {}", one.value))));
            asked = false;
        } else if is(found, "stats") {
            match found.value.split_whitespace().next() {
                Some("enable" | "uri") => enabled = Some(found),
                Some("auth" | "http-request") => asked = true,
                _ => {}
            }
        }
    }
    wrong.extend(enabled.filter(|_| !asked).map(|one| at(one, format!("stats {}", one.value))));
    Outcome::of(wrong, "none without a password")
}
