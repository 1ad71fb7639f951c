//! What a VEX document may come wrapped in: a DSSE envelope (<https://github.com/secure-systems-lab/dsse>) around an
//! in-toto statement (<https://github.com/in-toto/attestation>) around the document, and Sigstore's bundle around that.

use super::{Name, Product, Statement, VexError, bare, objects, text};
use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

/// Wrappers inside wrappers: an envelope, a statement, cosign's `Data`.
const MAX_DEPTH: usize = 4;

pub(super) fn open(document: Map<String, Value>, depth: usize) -> Result<Vec<Statement>, VexError> {
    if depth > MAX_DEPTH {
        return Err(VexError::Invalid("it is wrapped too often".into()));
    }
    if let (Some(payload), Some(_)) = (text(&document, "payload"), text(&document, "payloadType")) {
        let bytes = decoded(payload).ok_or_else(|| VexError::Invalid("its payload is not base64".into()))?;
        return match serde_json::from_slice(&bytes) {
            Ok(Value::Object(inner)) => open(inner, depth + 1),
            Ok(_) => Err(VexError::NotVex),
            Err(error) => Err(VexError::Invalid(format!("its payload is not JSON: {error}"))),
        };
    }
    if let Some(Value::Object(signed)) = document.get("dsseEnvelope") {
        return open(signed.clone(), depth + 1);
    }
    let Some(predicate) = document.get("predicate").filter(|_| document.contains_key("predicateType")) else {
        return bare(&document);
    };
    let inner = match predicate {
        Value::Object(predicate) => match predicate.get("Data") {
            // Cosign's custom predicates are text inside an object.
            Some(Value::String(data)) => serde_json::from_str(data).ok().and_then(object),
            Some(Value::Object(data)) => Some(data.clone()),
            _ => Some(predicate.clone()),
        },
        _ => None,
    };
    let mut statements = open(inner.ok_or(VexError::NotVex)?, depth + 1)?;
    // A statement that names no product is about what the attestation is about.
    let subjects: Vec<Name> = objects(document.get("subject"))
        .filter_map(|subject| subject.get("digest")?.as_object())
        .flatten()
        .filter_map(|(kind, value)| Name::digest(kind, value.as_str()?))
        .collect();
    for statement in statements.iter_mut().filter(|statement| statement.products.is_empty()) {
        statement.products.push(Product { names: subjects.clone(), ..Product::default() });
    }
    Ok(statements)
}

fn object(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

/// Base64 of either alphabet, padded or not.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [&STANDARD, &URL_SAFE]
        .iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, lenient).decode(text).ok())
}
