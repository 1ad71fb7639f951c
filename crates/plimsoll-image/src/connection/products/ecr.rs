//! Amazon ECR: its API lists repositories and gives the registry's password for twelve hours (Amazon ECR API Reference,
//! `DescribeRepositories`, `GetAuthorizationToken`). User name and password of the account are an access key's id and
//! secret; with the user name `AWS` they are what `aws ecr get-login-password` gives, and `_catalog` is listed.

use super::super::api::{Api, texts};
use super::super::names::{Names, registry_error};
use super::super::place::Place;
use super::super::signature::{Key, Signed};
use super::super::{Inner, Ticket};
use crate::{Credentials, ImageError};
use base64::Engine as _;
use chrono::Utc;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Name of the service in targets (Amazon ECR API Reference, "Making API requests").
const TARGET: &str = "AmazonEC2ContainerRegistry_V20150921";
/// How long a password is used; it is good for twelve hours.
const LIFE: Duration = Duration::from_secs(11 * 3600);
/// Repositories of a page, the most there are.
const PAGE: u32 = 1000;

pub(super) fn list(inner: &Inner, names: &mut Names) -> Result<(), ImageError> {
    if !has_key(inner) {
        return inner.whole_catalog(names);
    }
    let (registry, _, _) = place(&inner.place);
    let mut token: Option<String> = None;
    loop {
        let mut request = json!({"maxResults": PAGE});
        if let Some(account) = &registry {
            request["registryId"] = json!(account);
        }
        if let Some(token) = &token {
            request["nextToken"] = json!(token);
        }
        let answer = ask(inner, "DescribeRepositories", &request, "the list of its repositories")?;
        let before = names.count();
        if !names.take_all(texts(&answer, "repositories", "repositoryName")) {
            return Ok(());
        }
        match answer.get("nextToken").and_then(Value::as_str) {
            Some(next) if token.as_deref() != Some(next) && names.count() > before => {
                token = Some(next.to_owned())
            }
            _ => return Ok(()),
        }
    }
}

/// The registry's password for an access key.
pub(super) fn exchange(inner: &Inner) -> Result<Ticket, ImageError> {
    let now = Instant::now();
    if !has_key(inner) {
        return Ok(Ticket { credentials: inner.own_credentials(), until: now + LIFE });
    }
    let answer = ask(inner, "GetAuthorizationToken", &json!({}), "the registry's password")?;
    let token = answer.pointer("/authorizationData/0/authorizationToken").and_then(Value::as_str);
    let decoded = token.and_then(|token| base64::engine::general_purpose::STANDARD.decode(token).ok());
    let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    let Some((username, password)) = text.as_deref().and_then(|text| text.split_once(':')) else {
        return Err(registry_error(
            &inner.site.name,
            "gives no password for the access key".to_owned(),
            None,
        ));
    };
    // Seconds with a fraction since 1970.
    let expires = answer.pointer("/authorizationData/0/expiresAt").and_then(Value::as_f64);
    let life = expires.map(|expires| expires - Utc::now().timestamp() as f64 - 600.0);
    let life =
        life.filter(|life| *life > 60.0).map_or(LIFE, |life| Duration::from_secs_f64(life.min(43_200.0)));
    let credentials = Credentials::User { username: username.to_owned(), password: password.to_owned() };
    Ok(Ticket { credentials, until: now + life })
}

fn has_key(inner: &Inner) -> bool {
    !inner.account.username.is_empty() && inner.account.username != "AWS"
}

/// Account, region and host of the API of `ACCOUNT.dkr.ecr.REGION.amazonaws.com`; of another host, itself.
fn place(place: &Place) -> (Option<String>, String, Place) {
    let host = place.host_name();
    let parts: Vec<&str> = host.split('.').collect();
    match parts.as_slice() {
        [account, "dkr", service @ ("ecr" | "ecr-fips"), region, rest @ ..]
            if rest.first() == Some(&"amazonaws") =>
        {
            let service = if *service == "ecr" { "api.ecr" } else { "ecr-fips" };
            let host = format!("{service}.{region}.{}", rest.join("."));
            let api = Place { scheme: "https", host, path: String::new() };
            (Some((*account).to_owned()), (*region).to_owned(), api)
        }
        _ => (None, "us-east-1".to_owned(), Place { path: String::new(), ..place.clone() }),
    }
}

fn ask(inner: &Inner, action: &str, request: &Value, what: &str) -> Result<Value, ImageError> {
    let (_, region, api) = place(&inner.place);
    let (url, body) = (api.url(""), request.to_string());
    let key = Key { id: &inner.account.username, secret: &inner.account.password };
    let (kind, target) = ("application/x-amz-json-1.1", format!("{TARGET}.{action}"));
    let headers = || {
        Signed { region: &region, service: "ecr", url: &url, kind, target: &target, body: &body }
            .headers(&key, Utc::now())
    };
    let answer = Api::new(inner).post(&url, (kind, &body), what, &[400, 403], headers)?;
    if answer.is_success() {
        return Ok(answer.body);
    }
    let why = format!("refused the access key {} {action} ({})", inner.account.username, answer.status);
    let hint = "check both parts of the access key, and that it may ecr:GetAuthorizationToken, ecr:DescribeRepositories, \
                ecr:ListImages, ecr:BatchGetImage and ecr:GetDownloadUrlForLayer";
    Err(registry_error(&inner.site.name, why, Some(hint)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Guard;

    #[test]
    fn the_api_is_found_by_the_registrys_name() {
        let check = |url: &str, account: Option<&str>, region: &str, host: &str| {
            let (found, in_region, api) = place(&Place::parse(url, &Guard::default()).expect("an address"));
            assert_eq!((found.as_deref(), in_region.as_str(), api.host.as_str()), (account, region, host));
        };
        let aws = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
        check(
            &format!("https://{aws}"),
            Some("123456789012"),
            "eu-west-1",
            "api.ecr.eu-west-1.amazonaws.com",
        );
        let china = "https://1.dkr.ecr.cn-north-1.amazonaws.com.cn";
        check(china, Some("1"), "cn-north-1", "api.ecr.cn-north-1.amazonaws.com.cn");
        let fips = "https://1.dkr.ecr-fips.us-gov-west-1.amazonaws.com";
        check(fips, Some("1"), "us-gov-west-1", "ecr-fips.us-gov-west-1.amazonaws.com");
        check("https://ecr.example.com:4510", None, "us-east-1", "ecr.example.com:4510");
        check("https://1.dkr.ecr.evil.example.com", None, "us-east-1", "1.dkr.ecr.evil.example.com");
    }
}
