//! Why an image could not be scanned, in the words of the API, and whether trying again may help.

use super::PlatformError;
use crate::ScanError;
use plimsoll_image::ImageError;
use plimsoll_model::{LimitError, ScanFailure};
use plimsoll_store::DataError;

/// How a job goes on after an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It may work later.
    Again(ScanFailure),
    /// It will not.
    Failed(ScanFailure),
    /// What it is cannot be scanned; that is a state, no failure.
    Unsupported(ScanFailure),
}

/// What an error means for the job that met it.
pub(super) fn fate(error: &PlatformError) -> Fate {
    let code = code(error);
    let failure = ScanFailure {
        code: code.to_owned(),
        why: error.to_string(),
        remedy: hint(error).unwrap_or_else(|| remedy(code).to_owned()),
    };
    match code {
        "schema_1_not_supported" | "not_an_image" => Fate::Unsupported(failure),
        "unreachable" | "download_failed" | "storage_failed" | "timed_out" => Fate::Again(failure),
        _ => Fate::Failed(failure),
    }
}

fn hint(error: &PlatformError) -> Option<String> {
    match error {
        PlatformError::Scan(ScanError::Image(error)) => error.hint(),
        _ => None,
    }
}

fn code(error: &PlatformError) -> &'static str {
    match error {
        PlatformError::Scan(ScanError::Image(error)) => image_code(error),
        PlatformError::Scan(ScanError::TimedOut { .. }) => "timed_out",
        PlatformError::Scan(ScanError::Store(_) | ScanError::Feed(_)) | PlatformError::Data(_) => {
            storage_code(error)
        }
        PlatformError::Missing { .. } => "not_found",
        _ => "unknown",
    }
}

fn storage_code(error: &PlatformError) -> &'static str {
    match error {
        PlatformError::Data(DataError::Missing { .. }) => "not_found",
        _ => "storage_failed",
    }
}

/// The code of what an image or registry answered.
pub(super) fn image_code(error: &ImageError) -> &'static str {
    match error {
        ImageError::Registry { why, .. } => registry_code(why),
        ImageError::Limit(LimitError::Over { name: "layers", .. }) => "too_many_layers",
        ImageError::Limit(LimitError::Over { name: "seconds", .. }) => "timed_out",
        ImageError::Limit(_) => "image_too_large",
        ImageError::Malformed { why, .. } if why.contains("schema 1") => "schema_1_not_supported",
        ImageError::Malformed { .. } | ImageError::Platform { .. } => "not_an_image",
        ImageError::WrongDigest { .. } | ImageError::WrongSize { .. } | ImageError::Broken { .. } => {
            "download_failed"
        }
        ImageError::Target { .. } => "not_an_image",
        ImageError::File { .. } => "storage_failed",
    }
}

/// The words of `plimsoll_image::registry`: what a registry said stands in brackets, its status first.
fn registry_code(why: &str) -> &'static str {
    let any = |words: &[&str]| words.iter().any(|word| why.contains(word));
    if any(&["refused the sign-in", "refuses (401)", "401", "403"]) {
        "authentication_failed"
    } else if any(&["does not have", "404"]) {
        "not_found"
    } else if any(&["does not send all", "digest"]) {
        "download_failed"
    } else {
        "unreachable"
    }
}

fn remedy(code: &str) -> &'static str {
    match code {
        "authentication_failed" => "check the registry's user and password, and that it may pull",
        "unreachable" => "check the registry's address and that it answers; it is tried again by itself",
        "not_found" => "it is gone from the registry; sync the registry",
        "download_failed" => "it is tried again by itself; if it stays so, push the image again",
        "image_too_large" | "too_many_layers" => {
            "make the image smaller, or scan it with the command line and other limits"
        }
        "schema_1_not_supported" => "push the image again with a client of today",
        "not_an_image" => "nothing: it holds no file system to scan",
        "timed_out" => "raise the minutes a scan may take in the settings",
        "storage_failed" => "look at the server's disk and database; it is tried again by itself",
        _ => "look at the server's log",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_codes_and_remedies() {
        let check = |error: ImageError, expected: &str, again: bool| {
            let fate = fate(&error.into());
            let (Fate::Again(failure) | Fate::Failed(failure) | Fate::Unsupported(failure)) = &fate;
            assert_eq!((failure.code.as_str(), matches!(fate, Fate::Again(_))), (expected, again));
            assert!(!failure.remedy.is_empty());
        };
        let registry = |why: &str| ImageError::Registry { registry: "r".into(), why: why.into(), hint: None };
        check(registry("refused the sign-in of user (401)"), "authentication_failed", false);
        check(registry("does not answer: connection refused"), "unreachable", true);
        check(registry("does not have team/app:1"), "not_found", false);
        check(registry("does not send all of layer sha256:1: eof"), "download_failed", true);
        let over = |name| ImageError::Limit(LimitError::Over { what: "x".into(), name, limit: 1 });
        check(over("layers"), "too_many_layers", false);
        check(over("unpacked-bytes"), "image_too_large", false);
        let malformed = |why: &str| ImageError::Malformed { what: "m".into(), why: why.into() };
        check(malformed("it is a schema 1 manifest"), "schema_1_not_supported", false);
        check(malformed("it has no layers"), "not_an_image", false);
    }
}
