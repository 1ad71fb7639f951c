//! What is known of a vulnerability apart from packages. Every feed gives parts of records; [`join`] lays them together.

pub mod cve;
pub mod epss;
pub mod kev;
pub mod nvd;

use plimsoll_model::{Rating, Vulnerability};

/// Adds what `part` knows and `whole` does not: texts and dates where there are none yet, every rating and weakness.
pub(crate) fn join(whole: &mut Vulnerability, part: Vulnerability) {
    whole.title = whole.title.take().or(part.title);
    whole.description = whole.description.take().or(part.description);
    whole.published = whole.published.or(part.published);
    whole.modified = whole.modified.max(part.modified);
    whole.kev_added = whole.kev_added.take().or(part.kev_added);
    whole.epss = whole.epss.or(part.epss);
    extend(&mut whole.ratings, part.ratings, 64);
    extend(&mut whole.cwes, part.cwes, 32);
    extend(&mut whole.references, part.references, 24);
}

fn extend<T: PartialEq>(list: &mut Vec<T>, more: Vec<T>, most: usize) {
    for item in more {
        if list.len() < most && !list.contains(&item) {
            list.push(item);
        }
    }
}

/// A rating by a CVSS vector, if that is one.
fn vector(source: &str, text: Option<&str>) -> Option<Rating> {
    let value = text?.trim();
    // NVD once wrote version 2 in brackets.
    let value = value.strip_prefix('(').and_then(|value| value.strip_suffix(')')).unwrap_or(value);
    crate::osv::is_vector(value).then(|| Rating { source: source.to_owned(), value: value.to_owned() })
}

/// `CWE-79`, without the names NVD gives to no weakness.
fn cwe(text: &str) -> Option<String> {
    let number = text.strip_prefix("CWE-")?;
    (!number.is_empty() && number.len() <= 6 && number.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.to_owned())
}
