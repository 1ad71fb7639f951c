//! Package archives that lie in an image: `.deb`, `.rpm`, `.apk`. They are there, though not installed.

use super::rpm::parse_archive as parse_rpm;
use super::{Analyzer, File, Findings, apk, dpkg, unpack};
use plimsoll_model::{Component, Entry, Fact, Limits};

/// Bytes of a control archive, unpacked; real ones stay below one MiB.
const MAX_CONTROL_BYTES: u64 = 32 << 20;
const TAR_BLOCK: usize = 512;

/// Archives of dpkg.
pub(super) struct Deb;

impl Analyzer for Deb {
    fn name(&self) -> &'static str {
        "deb-archive"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, head: &[u8]) -> bool {
        let name = entry.file_name();
        (name.ends_with(".deb") || name.ends_with(".udeb")) && head.starts_with(b"!<arch>\n")
    }

    fn read(&self, file: &File<'_>) -> Findings {
        match control_of_deb(file.content) {
            Ok(control) => of_some_distribution(dpkg::parse_status(&control)),
            Err(reason) => Findings::of(Err(reason)),
        }
    }
}

/// An archive does not say which distribution it is for.
fn of_some_distribution(mut found: Findings) -> Findings {
    for (_, fact) in &mut found.facts {
        if let Fact::Component(component) = fact {
            component.namespace = Component::UNKNOWN_DISTRIBUTION.to_owned();
        }
    }
    found
}

/// The file `control` in the member `control.tar[.gz|.xz|.zst]` of an ar archive (deb(5)).
pub(crate) fn control_of_deb(content: &[u8]) -> Result<Vec<u8>, String> {
    let mut rest = content.strip_prefix(b"!<arch>\n".as_slice()).ok_or("not an ar archive")?;
    // Three members; a few more may be between them.
    for _ in 0..16 {
        let header = rest.get(..60).ok_or("its control data is cut off")?;
        let name = String::from_utf8_lossy(&header[..16]);
        let size = String::from_utf8_lossy(&header[48..58]);
        let size: usize = size.trim().parse().map_err(|_| "not an ar archive: a member has no size")?;
        let end = size.checked_add(60).ok_or("its control data is cut off")?;
        let member = rest.get(60..end).ok_or("its control data is cut off")?;
        if name.trim_end().trim_end_matches('/').starts_with("control.tar") {
            let tar = unpack::unpack(member, MAX_CONTROL_BYTES)?;
            return tar_member(&tar, "control")
                .ok_or_else(|| "its control archive has no file control".to_owned());
        }
        rest = rest.get(end + end % 2..).ok_or("it has no control data")?;
    }
    Err("it has no control data".to_owned())
}

/// Archives of rpm.
pub(super) struct RpmArchive;

impl Analyzer for RpmArchive {
    fn name(&self) -> &'static str {
        "rpm-archive"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, head: &[u8]) -> bool {
        entry.file_name().ends_with(".rpm") && head.starts_with(b"\xED\xAB\xEE\xDB")
    }

    fn read(&self, file: &File<'_>) -> Findings {
        of_some_distribution(Findings::of(
            parse_rpm(file.content).map(|component| component.into_iter().collect()),
        ))
    }
}

/// Archives of apk.
pub(super) struct ApkArchive;

impl Analyzer for ApkArchive {
    fn name(&self) -> &'static str {
        "apk-archive"
    }

    fn edition(&self) -> u32 {
        1
    }

    // Android's packages have the same ending, and are zip archives.
    fn wants(&self, entry: &Entry, head: &[u8]) -> bool {
        entry.file_name().ends_with(".apk") && head.starts_with(b"\x1F\x8B")
    }

    fn read(&self, file: &File<'_>) -> Findings {
        of_some_distribution(Findings::of(
            parse_apk(file.content, file.limits).map(|component| vec![component]),
        ))
    }
}

/// The package that `.PKGINFO` describes. It stands in the second of three tars, each packed by itself: a signature,
/// the control data, the files (apk-tools, "apk v2 package format"). Only what comes before the files is unpacked.
pub(crate) fn parse_apk(content: &[u8], limits: &Limits) -> Result<Component, String> {
    let most = MAX_CONTROL_BYTES.min(limits.nested_bytes);
    let mut rest = content;
    for _ in 0..3 {
        let (tar, behind) = gzip_member(rest, most)?;
        if let Some(info) = tar_member(&tar, ".PKGINFO") {
            return apk::parse_info(&info).ok_or_else(|| "its .PKGINFO has no name and version".to_owned());
        }
        rest = behind;
    }
    Err("it has no .PKGINFO".to_owned())
}

/// One gzip member, and what comes behind it.
fn gzip_member(content: &[u8], most: u64) -> Result<(Vec<u8>, &[u8]), String> {
    use std::io::Read;
    let mut decoder = flate2::bufread::GzDecoder::new(content);
    let mut out = Vec::new();
    let mut limited = (&mut decoder).take(most.saturating_add(1));
    limited.read_to_end(&mut out).map_err(|error| format!("cannot be unpacked: {error}"))?;
    if out.len() as u64 > most {
        return Err(format!("its control data unpacks to more than {} MiB", most >> 20));
    }
    Ok((out, decoder.into_inner()))
}

/// The content of one regular file of a tar in memory (POSIX.1-2017, pax, "ustar Interchange Format"); its name may
/// begin with `./`.
fn tar_member(tar: &[u8], wanted: &str) -> Option<Vec<u8>> {
    let mut rest = tar;
    while let Some(header) = rest.get(..TAR_BLOCK) {
        let name = header[..100].split(|&byte| byte == 0).next().unwrap_or(&[]);
        if name.is_empty() {
            return None;
        }
        let size = String::from_utf8_lossy(&header[124..136]);
        let size = usize::from_str_radix(size.trim_matches(['\0', ' ']), 8).ok()?;
        let end = TAR_BLOCK.checked_add(size)?;
        let content = rest.get(TAR_BLOCK..end)?;
        if name.strip_prefix(b"./").unwrap_or(name) == wanted.as_bytes() && matches!(header[156], 0 | b'0') {
            return Some(content.to_vec());
        }
        rest = rest.get(end.checked_next_multiple_of(TAR_BLOCK)?..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::testing::{os_lines, read, read_wanted, survives, wants};
    use super::*;

    fn tar(files: &[(&str, &str)]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, content) in files {
            let mut header = tar::Header::new_ustar();
            header.set_size(content.len() as u64);
            header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            builder.append(&header, content.as_bytes()).expect("in memory");
        }
        builder.into_inner().expect("in memory")
    }

    fn deb(member: &str, control: &[u8]) -> Vec<u8> {
        let mut out = b"!<arch>\n".to_vec();
        for (name, content) in [("debian-binary", b"2.0\n".as_slice()), (member, control), ("data.tar", b"x")]
        {
            out.extend(
                format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 100_644, content.len()).bytes(),
            );
            out.extend(content);
            out.resize(out.len().next_multiple_of(2), b'\n');
        }
        out
    }

    const CONTROL: &str = "Package: bash\nSource: bash (5.2.15-2)\nVersion: 5.2.15-2+b2\nArchitecture: amd64\n\
        Maintainer: Jane\nDescription: x\n";

    #[test]
    fn debs_are_read() {
        let control = tar(&[("./md5sums", "x"), ("./control", CONTROL)]);
        for (member, control) in [
            ("control.tar", control.clone()),
            ("control.tar.gz", unpack::gzip(&control)),
            ("control.tar.xz/", unpack::xz(&control)),
            ("control.tar.zst", unpack::zstd(&control)),
        ] {
            let path = "/var/cache/apt/archives/bash_5.2.deb";
            let found = read_wanted(&Deb, path, &deb(member, &control));
            assert_eq!(os_lines(&found), ["bash 5.2.15-2+b2 amd64 bash=5.2.15-2"], "{member}");
        }
        survives(&Deb, "/x.deb", &deb("control.tar", &control));
        assert_eq!(read(&Deb, "/x.deb", &deb("other.tar", b"")).unread.len(), 1);
        assert_eq!(read(&Deb, "/x.deb", &deb("control.tar", &tar(&[("other", "")]))).unread.len(), 1);
    }

    #[test]
    fn apks_are_read() {
        let info = "# Generated\npkgname = busybox\npkgver = 1.36.1-r29\npkgdesc = a = b\narch = x86_64\norigin = busybox\n\
            license = GPL-2.0-only\nmaintainer = Jane\n";
        let parts = [(".SIGN.RSA.x", "s"), (".PKGINFO", info), ("bin/busybox", "x")];
        let apk: Vec<u8> = parts.iter().flat_map(|&part| unpack::gzip(&tar(&[part]))).collect();
        let found = read_wanted(&ApkArchive, "/x/busybox.apk", &apk);
        assert_eq!(os_lines(&found), ["busybox 1.36.1-r29 x86_64 busybox=1.36.1-r29"]);
        assert!(!wants(&ApkArchive, "/x/android.apk", b"PK\x03\x04"));
        survives(&ApkArchive, "/x/busybox.apk", &apk);
        let nothing = unpack::gzip(&tar(&[("x", "y")]));
        assert_eq!(read(&ApkArchive, "/x.apk", &nothing).unread.len(), 1);
    }
}
