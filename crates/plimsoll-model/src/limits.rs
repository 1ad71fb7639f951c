//! Bounds on hostile input: each is checked before a size, count or depth is believed.

/// Bounds on what one scan may read. The names are those of `--limit NAME=VALUE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// `manifest-bytes`: bytes of a manifest, index, config or SBOM.
    pub manifest_bytes: u64,
    /// `layer-bytes`: bytes of one layer as stored.
    pub layer_bytes: u64,
    /// `unpacked-bytes`: bytes of one layer's tar.
    pub unpacked_bytes: u64,
    /// `ratio`: unpacked bytes for a stored byte, once 64 MiB are unpacked.
    pub ratio: u64,
    /// `entries`: entries of one layer.
    pub entries: u64,
    /// `layers`: layers of one image.
    pub layers: u64,
    /// `images`: images of one archive or index.
    pub images: u64,
    /// `path-bytes`: bytes of one path or link target.
    pub path_bytes: u64,
    /// `path-depth`: parts of one path.
    pub path_depth: u64,
    /// `pax-bytes`: bytes of one PAX or GNU extension header.
    pub pax_bytes: u64,
    /// `file-bytes`: bytes of one file held in memory for the analyzers; a larger one is reported as unread.
    pub file_bytes: u64,
    /// `nested-depth`: archives inside archives.
    pub nested_depth: u64,
    /// `nested-bytes`: bytes unpacked out of one archive file, all nested ones together.
    pub nested_bytes: u64,
    /// `nested-entries`: members of one archive file, all nested ones together.
    pub nested_entries: u64,
    /// `seconds`: one layer's reading time.
    pub seconds: u64,
}

/// A limit was hit, or set to nonsense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// No limit has this name.
    #[error("no limit is called `{0}`; there are {known}", known = Limits::NAMES.join(", "))]
    Unknown(String),
    /// The value is not a number.
    #[error("`{0}` is not NAME=VALUE with a whole number, which may end in K, M or G")]
    Value(String),
    /// Something is over a limit.
    #[error(
        "{what} is over the limit {name} ({limit}); raise it with --limit {name}=VALUE if you trust the image"
    )]
    Over {
        /// What is too large: `the layer sha256:…`, `the path /a/b…`.
        what: String,
        /// The limit's name.
        name: &'static str,
        /// The limit.
        limit: u64,
    },
}

impl Default for Limits {
    fn default() -> Limits {
        const MIB: u64 = 1 << 20;
        const GIB: u64 = 1 << 30;
        Limits {
            manifest_bytes: 16 * MIB,
            layer_bytes: 32 * GIB,
            unpacked_bytes: 64 * GIB,
            ratio: 200,
            entries: 2_000_000,
            layers: 512,
            images: 256,
            path_bytes: 4096,
            path_depth: 256,
            pax_bytes: MIB,
            file_bytes: 256 * MIB,
            nested_depth: 8,
            nested_bytes: 2 * GIB,
            nested_entries: 200_000,
            seconds: 3600,
        }
    }
}

impl Limits {
    /// The names, in the order of the fields.
    pub const NAMES: &[&str] = &[
        "manifest-bytes",
        "layer-bytes",
        "unpacked-bytes",
        "ratio",
        "entries",
        "layers",
        "images",
        "path-bytes",
        "path-depth",
        "pax-bytes",
        "file-bytes",
        "nested-depth",
        "nested-bytes",
        "nested-entries",
        "seconds",
    ];

    /// Sets a limit from `NAME=VALUE`; a value may end in K, M or G (powers of 1024).
    pub fn set(&mut self, assignment: &str) -> Result<(), LimitError> {
        let (name, value) =
            assignment.split_once('=').ok_or_else(|| LimitError::Value(assignment.to_owned()))?;
        let (digits, factor) = match value.as_bytes().last() {
            Some(b'K' | b'k') => (&value[..value.len() - 1], 1 << 10),
            Some(b'M' | b'm') => (&value[..value.len() - 1], 1 << 20),
            Some(b'G' | b'g') => (&value[..value.len() - 1], 1 << 30),
            _ => (value, 1),
        };
        let number = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
        let number = number.ok_or_else(|| LimitError::Value(assignment.to_owned()))?;
        *self.field(name).ok_or_else(|| LimitError::Unknown(name.to_owned()))? = number;
        Ok(())
    }

    /// `Err` when `value` is over the limit of this name.
    pub fn check(
        &self,
        name: &'static str,
        value: u64,
        what: impl FnOnce() -> String,
    ) -> Result<(), LimitError> {
        let limit = *{ *self }.field(name).unwrap_or_else(|| panic!("no limit is called {name}"));
        if value > limit { Err(LimitError::Over { what: what(), name, limit }) } else { Ok(()) }
    }

    fn field(&mut self, name: &str) -> Option<&mut u64> {
        Some(match name {
            "manifest-bytes" => &mut self.manifest_bytes,
            "layer-bytes" => &mut self.layer_bytes,
            "unpacked-bytes" => &mut self.unpacked_bytes,
            "ratio" => &mut self.ratio,
            "entries" => &mut self.entries,
            "layers" => &mut self.layers,
            "images" => &mut self.images,
            "path-bytes" => &mut self.path_bytes,
            "path-depth" => &mut self.path_depth,
            "pax-bytes" => &mut self.pax_bytes,
            "file-bytes" => &mut self.file_bytes,
            "nested-depth" => &mut self.nested_depth,
            "nested-bytes" => &mut self.nested_bytes,
            "nested-entries" => &mut self.nested_entries,
            "seconds" => &mut self.seconds,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_sets_its_own_field() {
        let mut limits = Limits::default();
        for (index, name) in Limits::NAMES.iter().enumerate() {
            limits.set(&format!("{name}={}", 1000 + index)).unwrap_or_else(|error| panic!("{error}"));
        }
        for (index, name) in Limits::NAMES.iter().enumerate() {
            assert!(limits.check(name, 1000 + index as u64, String::new).is_ok());
            assert!(limits.check(name, 1001 + index as u64, String::new).is_err(), "{name}");
        }
        assert!(limits.set("ratio=2K").is_ok());
        assert_eq!(limits.ratio, 2048);
        assert_eq!(limits.set("rat=1"), Err(LimitError::Unknown("rat".into())));
        assert_eq!(limits.set("ratio=-1"), Err(LimitError::Value("ratio=-1".into())));
    }
}
