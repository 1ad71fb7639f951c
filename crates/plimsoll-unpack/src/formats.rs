//! The formats that are looked into, and how each is told by its bytes.

mod ar;
mod compressed;
mod cpio;
mod rpm;
mod sevenz;
mod tar;
mod zip;

use crate::sink::{Broken, Sink};

/// A format.
pub(crate) struct Format {
    /// As messages call it.
    pub name: &'static str,
    /// Does it pack one thing, not many?
    pub packs_one: bool,
    /// May these bytes be of it?
    pub is: fn(&[u8]) -> bool,
    /// Shows the members.
    pub open: fn(&[u8], &mut Sink<'_>) -> Result<(), Broken>,
}

/// All, surer signs first.
const ALL: &[Format] = &[
    Format { name: "gzip", packs_one: true, is: compressed::is_gzip, open: compressed::gzip },
    Format { name: "bzip2", packs_one: true, is: compressed::is_bzip2, open: compressed::bzip2 },
    Format { name: "xz", packs_one: true, is: compressed::is_xz, open: compressed::xz },
    Format { name: "zstd", packs_one: true, is: compressed::is_zstd, open: compressed::zstd },
    Format { name: "lz4", packs_one: true, is: compressed::is_lz4, open: compressed::lz4 },
    Format { name: "lzip", packs_one: true, is: compressed::is_lzip, open: compressed::lzip },
    Format { name: "7z", packs_one: false, is: sevenz::is, open: sevenz::open },
    Format { name: "rpm", packs_one: false, is: rpm::is, open: rpm::open },
    Format { name: "ar", packs_one: false, is: ar::is, open: ar::open },
    Format { name: "cpio", packs_one: false, is: cpio::is, open: cpio::open },
    Format { name: "zip", packs_one: false, is: zip::is, open: zip::open },
    Format { name: "tar", packs_one: false, is: tar::is, open: tar::open },
    Format { name: "lzma", packs_one: true, is: compressed::is_lzma, open: compressed::lzma },
];

/// The formats that these bytes may be of.
pub(crate) fn of(content: &[u8]) -> impl Iterator<Item = &'static Format> {
    ALL.iter().filter(move |format| (format.is)(content))
}
