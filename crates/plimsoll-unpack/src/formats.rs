//! The formats that are looked into, and how each is told by its bytes.

mod ar;
mod cab;
mod compressed;
mod cpio;
mod mail;
mod office;
mod pdf;
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
    Format { name: "OLE", packs_one: false, is: office::is_ole, open: office::ole },
    Format { name: "cabinet", packs_one: false, is: cab::is, open: cab::open },
    Format { name: "SZDD", packs_one: true, is: cab::is_szdd, open: cab::szdd },
    Format { name: "TNEF", packs_one: false, is: office::is_tnef, open: office::tnef },
    Format { name: "PDF", packs_one: false, is: pdf::is, open: pdf::open },
    Format { name: "RTF", packs_one: false, is: office::is_rtf, open: office::rtf },
    Format { name: "BinHex", packs_one: true, is: mail::is_binhex, open: mail::binhex },
    Format { name: "mail", packs_one: false, is: mail::is_mail, open: mail::mail },
    Format { name: "HTML", packs_one: false, is: mail::is_html, open: mail::html },
];

/// The formats that these bytes may be of.
pub(crate) fn of(content: &[u8]) -> impl Iterator<Item = &'static Format> {
    ALL.iter().filter(move |format| (format.is)(content))
}
