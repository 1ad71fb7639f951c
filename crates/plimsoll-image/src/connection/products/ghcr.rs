//! GitHub's registry: GitHub's API lists packages, its registry does not (GitHub REST API, "Packages").

use super::super::Inner;
use super::super::api::{Api, texts};
use super::super::names::{Names, registry_error};
use super::super::place::Place;
use crate::ImageError;
use serde_json::Value;

/// The packages of the owner in the address (`https://ghcr.io/OWNER`), else of whom the token belongs to.
pub(super) fn list(inner: &Inner, names: &mut Names) -> Result<(), ImageError> {
    let (base, prefix) = base(&inner.place);
    let api = Api::with_token(inner, &inner.account.password)?;
    let owner = inner.place.path.split('/').next().unwrap_or_default();
    let ways = match owner {
        "" => vec!["user/packages".to_owned()],
        owner => vec![format!("orgs/{owner}/packages"), format!("users/{owner}/packages")],
    };
    let mut status = 404;
    for way in ways {
        let mut url = base.url(&format!("{prefix}{way}"));
        url.set_query(Some("package_type=container&per_page=100"));
        status = api.pages(url, "the list of packages", &[404], &mut |body| take(body, owner, names))?;
        if status < 400 {
            return Ok(());
        }
    }
    let why = format!("knows no owner {owner} ({status})");
    let hint =
        "the address is https://ghcr.io/OWNER, the password a token that may read packages (read:packages)";
    Err(registry_error(&inner.site.name, why, Some(hint)))
}

/// Takes the packages of a page; each says whose it is.
fn take(body: &Value, owner: &str, names: &mut Names) -> bool {
    let items = body.as_array().map_or(&[][..], Vec::as_slice);
    items.iter().all(|item| {
        let said = item.pointer("/owner/login").and_then(Value::as_str).unwrap_or(owner);
        texts(&Value::Array(vec![item.clone()]), "", "name")
            .iter()
            .all(|name| names.take_all([format!("{said}/{name}").to_ascii_lowercase()]))
    })
}

/// Where the API is: of an Enterprise Server beside `containers.HOST`, below `/api/v3/`.
fn base(place: &Place) -> (Place, &'static str) {
    let host = match place.host.as_str() {
        "ghcr.io" => {
            return (Place { scheme: "https", host: "api.github.com".to_owned(), path: String::new() }, "");
        }
        host => host.strip_prefix("containers.").unwrap_or(host).to_owned(),
    };
    (Place { host, ..place.clone() }, "api/v3/")
}
