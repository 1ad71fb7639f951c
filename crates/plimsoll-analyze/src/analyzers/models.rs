//! Models of machine learning: what the header of a `.gguf` or `.safetensors` file says of itself.

use super::{Analyzer, File, Findings};
use plimsoll_model::{Component, Entry, PurlType};
use std::collections::HashMap;

/// The analyzer of both forms.
pub(super) struct Models;

impl Analyzer for Models {
    fn name(&self) -> &'static str {
        "ai-model"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, head: &[u8]) -> bool {
        let name = entry.file_name();
        (name.ends_with(".gguf") && head.starts_with(b"GGUF"))
            || (name.ends_with(".safetensors") && head.get(8) == Some(&b'{'))
    }

    fn read(&self, file: &File<'_>) -> Findings {
        let metadata = match file.content.strip_prefix(b"GGUF") {
            Some(rest) => parse_gguf(rest),
            None => parse_safetensors(file.content),
        };
        Findings::of(metadata.map(|metadata| vec![component(&file.entry.path, &metadata)]))
    }
}

/// Texts of a header by name.
type Metadata = HashMap<String, String>;

/// A repository's copy is named by its path, another by what it says of itself, or by its file.
fn component(path: &str, metadata: &Metadata) -> Component {
    let text = |names: &[&str]| {
        let found = names.iter().find_map(|name| metadata.get(*name)).map(|text| text.trim());
        found.filter(|text| !text.is_empty() && text.len() <= 200)
    };
    let license = text(&["general.license", "modelspec.license", "license"]).map(str::to_owned);
    let file = path.rsplit('/').next().unwrap_or(path);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let mut component = match cached(path) {
        Some((owner, name, revision)) => Component::new(PurlType::Huggingface, owner, name, revision),
        None => {
            let name = text(&["general.name", "general.basename", "modelspec.title"]).unwrap_or(stem);
            let version = text(&["general.version", "modelspec.version"]).unwrap_or("");
            Component::new(PurlType::Generic, "model", name, version)
        }
    };
    component.vendor =
        text(&["general.organization", "general.author", "modelspec.author"]).map(str::to_owned);
    component.licenses.extend(license);
    component
}

/// Owner, name and revision of `models--OWNER--NAME/snapshots/REVISION/FILE` (huggingface_hub, "Understand caching").
fn cached(path: &str) -> Option<(&str, &str, &str)> {
    let (_, rest) = path.split_once("/models--")?;
    let (model, rest) = rest.split_once("/snapshots/")?;
    let (owner, name) = model.split_once("--").unwrap_or(("", model));
    Some((owner, name, rest.split('/').next()?))
}

/// Key-value pairs of one header; real ones have some dozens.
const MAX_PAIRS: u64 = 10_000;

/// Reads the pairs of a GGUF file (ggml, "GGUF", File Structure) that are texts, behind its magic.
pub(crate) fn parse_gguf(content: &[u8]) -> Result<Metadata, String> {
    let mut reader = Gguf { rest: content };
    reader.pairs().ok_or_else(|| "its GGUF header cannot be read".to_owned())
}

struct Gguf<'a> {
    rest: &'a [u8],
}

impl<'a> Gguf<'a> {
    fn pairs(&mut self) -> Option<Metadata> {
        let version = self.word()?;
        let _tensors = self.count(version)?;
        let count = self.count(version)?;
        let mut out = Metadata::new();
        for _ in 0..count.min(MAX_PAIRS) {
            let key = self.text(version)?;
            let kind = self.word()?;
            if kind == STRING {
                let value = self.text(version)?;
                out.insert(key.into_owned(), value.into_owned());
                continue;
            }
            // The vocabulary is an array of texts; what comes behind it is of no concern.
            if kind == ARRAY {
                let (kind, length) = (self.word()?, self.count(version)?);
                match size(kind) {
                    Some(size) => self.skip(length.checked_mul(size)?)?,
                    None => return Some(out),
                }
                continue;
            }
            self.skip(size(kind)?)?;
        }
        Some(out)
    }

    fn skip(&mut self, length: u64) -> Option<()> {
        self.rest = self.rest.get(usize::try_from(length).ok()?..)?;
        Some(())
    }

    fn word(&mut self) -> Option<u32> {
        let (word, rest) = self.rest.split_first_chunk::<4>()?;
        self.rest = rest;
        Some(u32::from_le_bytes(*word))
    }

    /// Counts had 32 bits in the first version.
    fn count(&mut self, version: u32) -> Option<u64> {
        if version == 1 {
            return self.word().map(u64::from);
        }
        let (long, rest) = self.rest.split_first_chunk::<8>()?;
        self.rest = rest;
        Some(u64::from_le_bytes(*long))
    }

    fn text(&mut self, version: u32) -> Option<std::borrow::Cow<'a, str>> {
        let length = usize::try_from(self.count(version)?).ok()?;
        let text = self.rest.get(..length)?;
        self.rest = &self.rest[length..];
        Some(String::from_utf8_lossy(text))
    }
}

const STRING: u32 = 8;
const ARRAY: u32 = 9;

/// Bytes of a value of this type, where it has a fixed size.
fn size(kind: u32) -> Option<u64> {
    match kind {
        0 | 1 | 7 => Some(1),
        2 | 3 => Some(2),
        4..=6 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}

/// Bytes of a header; safetensors itself allows 100 MB.
const MAX_HEADER_BYTES: u64 = 100_000_000;

/// Reads `__metadata__` of the header: its length in 8 bytes, then JSON (safetensors, "Format").
pub(crate) fn parse_safetensors(content: &[u8]) -> Result<Metadata, String> {
    #[derive(serde::Deserialize)]
    struct Header {
        #[serde(default, rename = "__metadata__")]
        metadata: Metadata,
    }
    let (length, rest) = content.split_first_chunk::<8>().ok_or("it has no header")?;
    let length = u64::from_le_bytes(*length);
    let header =
        usize::try_from(length).ok().filter(|_| length <= MAX_HEADER_BYTES).and_then(|it| rest.get(..it));
    let header = header.ok_or("its header is longer than the file")?;
    let header: Header = serde_json::from_slice(header)
        .map_err(|error| format!("its header is not the expected JSON: {error}"))?;
    Ok(header.metadata)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, read, survives};
    use super::*;

    fn gguf() -> Vec<u8> {
        let text = |text: &str| [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat();
        let word = |word: u32| word.to_le_bytes().to_vec();
        let long = |long: u64| long.to_le_bytes().to_vec();
        [
            b"GGUF".to_vec(),
            word(3),
            long(0),
            long(6),
            text("general.architecture"),
            word(STRING),
            text("llama"),
            text("llama.block_count"),
            word(4),
            word(32),
            text("x"),
            word(ARRAY),
            word(5),
            long(2),
            word(1),
            word(2),
            text("general.name"),
            word(STRING),
            text("Tiny Llama"),
            text("general.license"),
            word(STRING),
            text("apache-2.0"),
            text("tokens"),
            word(ARRAY),
            word(STRING),
            long(1),
            text("a"),
        ]
        .concat()
    }

    #[test]
    fn models_are_read() {
        check(&Models, "/models/tiny.gguf", gguf(), &["model/Tiny Llama ? [apache-2.0]"]);
        let header = br#"{"__metadata__":{"format":"pt","modelspec.title":"SDXL"},"w":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}"#;
        let tensors = [&(header.len() as u64).to_le_bytes()[..], header, b"xx"].concat();
        check(&Models, "/models/a.safetensors", &tensors, &["model/SDXL ?"]);
        let path = "/root/.cache/huggingface/hub/models--google-bert--bert-base/snapshots/86b5e0934/model.safetensors";
        check(&Models, path, &tensors, &["google-bert/bert-base 86b5e0934"]);
        assert_eq!(read(&Models, "/a.gguf", &gguf()[..40]).unread.len(), 1);
        assert_eq!(read(&Models, "/a.safetensors", b"\xFF\xFF\0\0\0\0\0\0{").unread.len(), 1);
        survives(&Models, "/a.gguf", &gguf());
        survives(&Models, "/a.safetensors", &tensors);
    }
}
