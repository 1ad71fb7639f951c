//! The JSON forms: one pass over the document, so that only one component is held as a tree at a time.

use super::{Document, cyclonedx, spdx};
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::fmt;

/// Reads CycloneDX or SPDX in JSON.
pub(super) fn parse(bytes: &[u8]) -> Result<Document, String> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let top = json
        .deserialize_map(TopVisitor::default())
        .map_err(|error| format!("not an SBOM in JSON: {error}"))?;
    if top.is_cyclonedx || top.is_spdx {
        return Ok(top.document);
    }
    if top.is_spdx_3 {
        return Err("an SPDX 3 document, which is not read".to_owned());
    }
    Err("neither CycloneDX nor SPDX 2".to_owned())
}

#[derive(Default)]
struct TopVisitor {
    document: Document,
    is_cyclonedx: bool,
    is_spdx: bool,
    is_spdx_3: bool,
}

impl<'de> Visitor<'de> for TopVisitor {
    type Value = TopVisitor;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<TopVisitor, A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "bomFormat" => self.is_cyclonedx = map.next_value::<Value>()? == "CycloneDX",
                "spdxVersion" => {
                    let version: Value = map.next_value()?;
                    let version = version.as_str().unwrap_or("");
                    if !version.starts_with("SPDX-2.") {
                        return Err(A::Error::custom(format!(
                            "the version `{version:.20}` of SPDX is not read"
                        )));
                    }
                    self.is_spdx = true;
                }
                "@context" => {
                    self.is_spdx_3 = map.next_value::<Value>()?.to_string().contains("spdx.org/rdf/3")
                }
                "metadata" => cyclonedx::metadata(&map.next_value()?, &mut self.document),
                "components" => map.next_value_seed(Each(&mut self.document, cyclonedx::component))?,
                "packages" => map.next_value_seed(Each(&mut self.document, spdx::package))?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(self)
    }
}

/// Shows every element of a list to a function; whatever is no list holds nothing.
struct Each<'a>(&'a mut Document, fn(&Value, &mut Document));

impl<'de> DeserializeSeed<'de> for Each<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Each<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(element) = list.next_element::<Value>()? {
            (self.1)(&element, self.0);
        }
        Ok(())
    }
}
