//! Lists that registries give in pages (OCI distribution spec 1.1, "Listing Tags"; distribution API, "Catalog"): by the
//! `Link` of each page, by the last name where that is missing, and never in circles.

use super::names::Took;
use super::names::registry_error;
use crate::ImageError;
use crate::registry::{Ask, Endpoint, Http, deadline, read_whole};
use plimsoll_model::Limits;
use reqwest::blocking::Response;
use reqwest::header::{HeaderMap, LINK};
use serde_json::Value;
use std::time::{Duration, Instant};

/// Names asked for at once (distribution refuses more than 1000 unless set up otherwise).
const PAGE: usize = 1000;
/// Pages of one list.
const MOST_PAGES: usize = 50_000;
/// How long a registry may take for one list; what is done with its names does not count.
pub const LONGEST: Duration = Duration::from_secs(6 * 3600);

/// Which list.
pub struct List<'a> {
    /// `_catalog`, `tags/list`.
    pub path: &'a str,
    /// `repositories`, `tags`.
    pub field: &'a str,
    /// `the list of its repositories`.
    pub what: &'a str,
    /// Statuses that mean that there is none.
    pub absent: &'a [u16],
}

/// Reads a list page by page. `Some` is a status of `absent`: there is no list.
pub fn read(
    endpoint: &Endpoint,
    http: &Http,
    limits: &Limits,
    list: &List,
    take: &mut dyn FnMut(&str) -> Took,
) -> Result<Option<u16>, ImageError> {
    let mut spent = Duration::ZERO;
    let mut query = Some(format!("n={PAGE}"));
    let mut is_linked = false;
    let refusals = [list.absent, &[400]].concat();
    for page in 0..MOST_PAGES {
        let path = match &query {
            Some(query) => format!("{}?{query}", list.path),
            None => list.path.to_owned(),
        };
        // A page that a link promised has to be there, or what is missing would be taken for deleted.
        let absent = if is_linked { &[][..] } else { &refusals };
        let ask =
            Ask { path: &path, accept: "application/json", from: 0, head: false, what: list.what, absent };
        let asked = Instant::now();
        let response = endpoint.find(http, &ask)?;
        let status = response.status().as_u16();
        match status {
            // A page that large is more than some give; what they say without being asked will do.
            400 if page == 0 && query.take().is_some() => continue,
            // Nobody promised that there is another page.
            400.. if page > 0 => return Ok(None),
            400.. => return Ok(Some(status)),
            _ => {}
        }
        let next = next_query(response.headers());
        let names = names(endpoint, response, limits, list)?;
        spent += asked.elapsed();
        let mut new = 0;
        for name in &names {
            match take(name) {
                Took::New => new += 1,
                Took::Nothing => {}
                Took::Stop => return Ok(None),
            }
        }
        is_linked |= next.is_some();
        let last = names.last().filter(|_| !is_linked && may_be_cut(names.len()));
        query = match (next, last) {
            // A page without a new name is a circle, whatever its link says.
            _ if new == 0 => return Ok(None),
            (Some(next), _) => Some(next),
            (None, Some(last)) => {
                let last = percent_encoding::utf8_percent_encode(last, percent_encoding::NON_ALPHANUMERIC);
                Some(format!("n={PAGE}&last={last}"))
            }
            (None, None) => return Ok(None),
        };
        if spent > LONGEST {
            break;
        }
    }
    Err(registry_error(&endpoint.name, format!("does not come to the end of {}", list.what), None))
}

fn names(
    endpoint: &Endpoint,
    response: Response,
    limits: &Limits,
    list: &List,
) -> Result<Vec<String>, ImageError> {
    let refused = |why: String| registry_error(&endpoint.name, why, None);
    let most = limits.manifest_bytes;
    let bytes = read_whole(response, most, deadline(limits.seconds))
        .map_err(|error| refused(format!("breaks off {}: {error}", list.what)))?
        .ok_or_else(|| refused(format!("gives a page of {} that is over {most} bytes", list.what)))?;
    parse(&bytes, list.field).map_err(|why| ImageError::Registry {
        registry: endpoint.name.clone(),
        why: format!("answers {} with what {why}", list.what),
        hint: Some("check that it is the address of a registry, and not of its web pages".to_owned()),
    })
}

/// The names in a page. `Err` says what it is instead.
pub fn parse(bytes: &[u8], field: &str) -> Result<Vec<String>, String> {
    let page: Value = serde_json::from_slice(bytes).map_err(|_| "is no JSON".to_owned())?;
    match page.get(field) {
        Some(Value::Array(names)) => {
            Ok(names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect())
        }
        // A repository whose tags were all deleted.
        Some(Value::Null) => Ok(Vec::new()),
        _ => Err(format!("has no {field}")),
    }
}

/// May a page of so many names be one of several, though it does not say so? Bounds are round.
fn may_be_cut(count: usize) -> bool {
    count > 0 && count.is_multiple_of(10)
}

/// The query of the next page: only it is taken from the link, so that it leads nowhere else.
pub fn next_query(headers: &HeaderMap) -> Option<String> {
    let links = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    let target = links.flat_map(links_of).find(|(_, is_next)| *is_next)?.0;
    let (_, query) = target.split_once('?')?;
    let query = query.split('#').next().unwrap_or_default();
    let is_fit = query.len() <= 4096 && query.bytes().all(|byte| byte.is_ascii_graphic());
    (is_fit && !query.is_empty()).then(|| query.to_owned())
}

/// Targets of a `Link` header, and whether they are the next page (RFC 8288, 3).
pub fn links_of(header: &str) -> Vec<(&str, bool)> {
    let mut links = Vec::new();
    let mut rest = header;
    while let Some((_, after)) = rest.split_once('<') {
        let Some((target, after)) = after.split_once('>') else { break };
        // Parameters end where the next target begins.
        let parameters =
            after.split(",<").next().and_then(|text| text.split(", <").next()).unwrap_or_default();
        let is_next = parameters.split(';').any(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let value = value.trim().trim_end_matches(',').trim_matches('"');
            name.trim().eq_ignore_ascii_case("rel")
                && value.split_whitespace().any(|word| word.eq_ignore_ascii_case("next"))
        });
        links.push((target.trim(), is_next));
        rest = &after[parameters.len().min(after.len())..];
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use reqwest::header::HeaderValue;

    #[test]
    fn links_lead_to_the_next_page() {
        let check = |header: &str, expected: Option<&str>| {
            let headers = [(LINK, HeaderValue::from_str(header).expect("a header"))].into_iter().collect();
            assert_eq!(next_query(&headers).as_deref(), expected, "{header}");
        };
        check(r#"</v2/_catalog?last=a%2Fb&n=2>; rel="next""#, Some("last=a%2Fb&n=2"));
        check(r#"<https://evil.example/v2/_catalog?n=1&last=a>; rel=next"#, Some("n=1&last=a"));
        check(r#"</a?page=1>; rel="prev", </a?page=3>; title="x, y"; rel="next last""#, Some("page=3"));
        check(r#"</a?page=1>; rel="prev",</a?page=3>;REL=NEXT"#, Some("page=3"));
        check(r#"</acr/v1/_catalog?last=x&n=2&orderby=>; rel="next""#, Some("last=x&n=2&orderby="));
        check(r#"</a>; rel="next""#, None);
        check(r#"</a?b>; rel="last""#, None);
        check(r#"</a?b"#, None);
        check("", None);
    }

    #[test]
    fn pages_are_read() {
        let check = |text: &str, expected: Result<&[&str], &str>| {
            let found = parse(text.as_bytes(), "tags");
            let expected = expected.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
            assert_eq!(found, expected.map_err(str::to_owned), "{text}");
        };
        check(r#"{"name":"x","tags":["a","b"]}"#, Ok(&["a", "b"]));
        check(r#"{"tags":["a",1,null]}"#, Ok(&["a"]));
        check(r#"{"tags":null}"#, Ok(&[]));
        check(r#"{"tags":{}}"#, Err("has no tags"));
        check(r#"{}"#, Err("has no tags"));
        check("<html>", Err("is no JSON"));
    }

    proptest! {
        #[test]
        fn any_header_is_answered(header in r#"([a-z?=/]{1,4}|[<>;," ]){0,40}"#, bytes: Vec<u8>) {
            links_of(&header);
            let _ = parse(&bytes, "tags");
        }
    }
}
