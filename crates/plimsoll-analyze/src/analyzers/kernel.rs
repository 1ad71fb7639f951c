//! Linux: kernel images and their modules.

use super::{Analyzer, File, Findings, unpack};
use object::{Object, ObjectSection};
use plimsoll_model::{Component, Entry, PurlType};
use regex::bytes::Regex;
use std::sync::LazyLock;

/// Kernel images, by the name distributions give them.
pub(super) struct Kernel;

impl Analyzer for Kernel {
    fn name(&self) -> &'static str {
        "linux-kernel"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, _head: &[u8]) -> bool {
        let name = entry.file_name();
        ["vmlinuz", "vmlinux", "bzImage", "kernel-"].iter().any(|head| name.starts_with(head))
            && entry.size >= MIN_KERNEL_BYTES
    }

    fn read(&self, file: &File<'_>) -> Findings {
        Findings::of(Ok(parse_kernel(file.content).into_iter().collect()))
    }
}

/// Bytes a kernel has at least; signatures and configurations that are called like one are smaller.
const MIN_KERNEL_BYTES: u64 = 256 << 10;
/// Bytes a packed kernel or module unpacks to, at most.
const MAX_UNPACKED_BYTES: u64 = 512 << 20;

/// The kernel in an image: a bzImage by its header, another by its banner (also in what gzip packed as a whole).
pub(crate) fn parse_kernel(content: &[u8]) -> Option<Component> {
    let version = boot_version(content).or_else(|| banner(content).map(str::to_owned)).or_else(|| {
        let unpacked = unpack::unpack(content, MAX_UNPACKED_BYTES).ok()?;
        banner(&unpacked).map(str::to_owned)
    })?;
    let mut component = Component::new(PurlType::Generic, "", "linux-kernel", &version);
    component.cpes.push("linux:linux_kernel".to_owned());
    Some(component)
}

/// The version in a bzImage's setup header: `HdrS` at 0x202, the offset of the text less 0x200 at 0x20E (Linux
/// documentation, "The Linux/x86 Boot Protocol").
fn boot_version(content: &[u8]) -> Option<String> {
    if content.get(0x202..0x206)? != b"HdrS" {
        return None;
    }
    let at = usize::from(u16::from_le_bytes(content.get(0x20E..0x210)?.try_into().ok()?));
    let text = content.get(at + 0x200..)?;
    let text = text.get(..text.len().min(256))?.split(|&byte| byte == 0).next()?;
    let version = std::str::from_utf8(text).ok()?.split_whitespace().next()?;
    version.starts_with(|c: char| c.is_ascii_digit()).then(|| version.to_owned())
}

/// The version in `linux_banner`.
fn banner(content: &[u8]) -> Option<&str> {
    static BANNER: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?-u)Linux version (\d{1,3}\.\d{1,5}\.\d{1,5}[0-9A-Za-z.+_~-]{0,80}) \(").ok()
    });
    std::str::from_utf8(BANNER.as_ref()?.captures(content)?.get(1)?.as_bytes()).ok()
}

/// Modules of the kernel.
pub(super) struct KernelModule;

impl Analyzer for KernelModule {
    fn name(&self) -> &'static str {
        "linux-kernel-module"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, _head: &[u8]) -> bool {
        let name = entry.file_name();
        [".ko", ".ko.gz", ".ko.xz", ".ko.zst"].iter().any(|end| name.ends_with(end))
            && entry.path.contains("/lib/modules/")
    }

    fn read(&self, file: &File<'_>) -> Findings {
        let unpacked = unpack::unpack(file.content, MAX_UNPACKED_BYTES.min(file.limits.nested_bytes));
        let stem = file.entry.file_name().split('.').next().unwrap_or("");
        Findings::of(unpacked.and_then(|content| parse_module(&content, stem)).map(|it| vec![it]))
    }
}

/// Bytes of a module's `.modinfo`; those with thousands of aliases have some hundred KiB.
const MAX_MODINFO_BYTES: usize = 8 << 20;

/// Reads `.modinfo`: texts `KEY=value`, each ended by a zero. A module without a version of its own has the kernel's.
pub(crate) fn parse_module(content: &[u8], stem: &str) -> Result<Component, String> {
    let file = object::File::parse(content).map_err(|error| format!("not a kernel module: {error}"))?;
    let section = file.section_by_name_bytes(b".modinfo").ok_or("not a kernel module: it has no .modinfo")?;
    let info = section.data().map_err(|error| format!("its .modinfo cannot be read: {error}"))?;
    let info = &info[..info.len().min(MAX_MODINFO_BYTES)];
    let (mut name, mut version, mut kernel, mut license, mut author) = (None, None, None, None, None);
    for text in info.split(|&byte| byte == 0) {
        let text = String::from_utf8_lossy(text);
        let Some((key, value)) = text.split_once('=') else { continue };
        let slot = match key {
            "name" => &mut name,
            "version" => &mut version,
            // `6.1.0-18-amd64 SMP preempt mod_unload`
            "vermagic" => &mut kernel,
            "license" => &mut license,
            "author" => &mut author,
            _ => continue,
        };
        if slot.is_none() && !value.trim().is_empty() {
            *slot = Some(value.trim().to_owned());
        }
    }
    let kernel = kernel.and_then(|magic| magic.split_whitespace().next().map(str::to_owned));
    let name = name.unwrap_or_else(|| stem.to_owned());
    let version = version.or(kernel).unwrap_or_default();
    let mut component = Component::new(PurlType::Generic, "linux-kernel-module", &name, &version);
    component.licenses.extend(license);
    component.vendor = author;
    Ok(component)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, check, survives, wants};
    use super::*;

    fn bz_image(version: &str) -> Vec<u8> {
        let mut image = vec![0; 0x300];
        image[0x202..0x206].copy_from_slice(b"HdrS");
        image[0x20E..0x210].copy_from_slice(&0x90u16.to_le_bytes());
        image[0x290..0x290 + version.len()].copy_from_slice(version.as_bytes());
        image
    }

    #[test]
    fn kernels_are_read() {
        let check = |content: &[u8], expected: Option<&str>| {
            assert_eq!(parse_kernel(content).map(|it| it.version).as_deref(), expected);
        };
        check(&bz_image("6.1.0-18-amd64 (debian-kernel@lists.debian.org) #1 SMP"), Some("6.1.0-18-amd64"));
        check(&bz_image("nonsense"), None);
        let banner = b"\0Linux version 6.8.0-31-generic (buildd@x) (gcc) #31\n\0";
        check(banner, Some("6.8.0-31-generic"));
        check(&unpack::gzip(banner), Some("6.8.0-31-generic"));
        check(b"Linux version %s (", None);
        let mut image = bz_image("6.1.0 x");
        image.resize(300 << 10, 0);
        testing::check(&Kernel, "/boot/vmlinuz-6.1.0", &image, &["linux-kernel 6.1.0"]);
        assert!(!wants(&Kernel, "/boot/vmlinuz-6.1.0.sig", b"x"));
        survives(&Kernel, "/boot/vmlinuz", &bz_image("6.1.0 x"));
    }

    #[test]
    fn modules_are_read() {
        let own = testing::elf(
            ".modinfo",
            b"version=1.0.2\0license=GPL\0author=Jane\0alias=pci:*\0vermagic=6.1.0 SMP \0name=x\0",
            0,
        );
        let kernels =
            testing::elf(".modinfo", b"license=GPL v2\0vermagic=6.1.0-18-amd64 SMP mod_unload\0", 0);
        let at = |name: &str| format!("/usr/lib/modules/6.1.0/kernel/fs/{name}");
        check(&KernelModule, &at("y.ko"), &own, &["linux-kernel-module/x 1.0.2 [GPL]"]);
        let expected = ["linux-kernel-module/y 6.1.0-18-amd64 [GPL v2]"];
        for (name, content) in [
            ("y.ko", kernels.clone()),
            ("y.ko.gz", unpack::gzip(&kernels)),
            ("y.ko.xz", unpack::xz(&kernels)),
            ("y.ko.zst", unpack::zstd(&kernels)),
        ] {
            check(&KernelModule, &at(name), &content, &expected);
        }
        assert!(parse_module(&testing::elf(".text", b"", 0), "x").is_err());
        assert!(!wants(&KernelModule, "/home/a/x.ko", b""));
        survives(&KernelModule, &at("y.ko"), &own);
    }
}
