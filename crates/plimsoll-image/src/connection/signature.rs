//! Signed requests of AWS (AWS General Reference, "Signature Version 4 signing process").

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use sha2::{Digest, Sha256};

/// An access key.
pub struct Key<'a> {
    pub id: &'a str,
    pub secret: &'a str,
}

/// A POST request to be signed.
pub struct Signed<'a> {
    pub region: &'a str,
    pub service: &'a str,
    pub url: &'a Url,
    /// Its content type.
    pub kind: &'a str,
    /// Its action; empty for none.
    pub target: &'a str,
    pub body: &'a str,
}

impl Signed<'_> {
    /// The headers that sign it at this moment.
    pub fn headers(&self, key: &Key, now: DateTime<Utc>) -> Vec<(HeaderName, HeaderValue)> {
        let date = now.format("%Y%m%dT%H%M%SZ").to_string();
        let authorization = self.authorization(key, &date);
        let mut headers = vec![(HeaderName::from_static("x-amz-date"), date)];
        if !self.target.is_empty() {
            headers.push((HeaderName::from_static("x-amz-target"), self.target.to_owned()));
        }
        headers.push((AUTHORIZATION, authorization));
        let fit = headers.into_iter().filter_map(|(name, text)| {
            // A key's id people typed may be unfit for a header; then the request goes unsigned and is refused.
            let mut value = HeaderValue::from_str(&text).ok()?;
            value.set_sensitive(name == AUTHORIZATION);
            Some((name, value))
        });
        fit.collect()
    }

    fn authorization(&self, key: &Key, date: &str) -> String {
        let host = self.url.host_str().unwrap_or_default();
        let host = self.url.port().map_or(host.to_owned(), |port| format!("{host}:{port}"));
        // In the order of their names.
        let mut signed = vec![("content-type", self.kind), ("host", host.as_str()), ("x-amz-date", date)];
        if !self.target.is_empty() {
            signed.push(("x-amz-target", self.target));
        }
        let names = signed.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let lines: String = signed.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
        let path = self.url.path();
        let body = hex::encode(Sha256::digest(self.body));
        let canonical = format!("POST\n{path}\n\n{lines}\n{names}\n{body}");
        let day = &date[..8];
        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex::encode(Sha256::digest(canonical)));
        let mut derived = format!("AWS4{}", key.secret).into_bytes();
        for part in [day, self.region, self.service, "aws4_request"] {
            derived = keyed(&derived, part.as_bytes());
        }
        let signature = hex::encode(keyed(&derived, text.as_bytes()));
        format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
            key.id
        )
    }
}

fn keyed(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of AWS's test suite for Signature Version 4, `post-x-www-form-urlencoded`.
    #[test]
    fn requests_are_signed_as_amazon_does() {
        let url = Url::parse("https://example.amazonaws.com/").expect("a url");
        let signed = Signed {
            region: "us-east-1",
            service: "service",
            url: &url,
            kind: "application/x-www-form-urlencoded",
            target: "",
            body: "Param1=value1",
        };
        let key = Key { id: "AKIDEXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
        let now = DateTime::parse_from_rfc3339("2015-08-30T12:36:00Z").expect("a date").with_timezone(&Utc);
        let headers = signed.headers(&key, now);
        assert_eq!(headers[0].1.to_str().ok(), Some("20150830T123600Z"));
        assert_eq!(
            headers[1].1.to_str().ok(),
            Some(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
                 SignedHeaders=content-type;host;x-amz-date, \
                 Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"
            )
        );
    }
}
