//! A folder of this machine, read as one layer. No link is followed: every folder and file is opened relative to the
//! folder it was seen in, so that nobody who changes the tree meanwhile can lead the reader out of it.

use crate::ImageError;
use crate::hash::Hasher;
use crate::options::Options;
use crate::source::{LayerRead, Visitor};
use crate::tar::path::decode;
use crate::walk::{Deadline, HEAD_BYTES, Walked, too_large};
use plimsoll_model::{Entry, EntryKind, Unread};
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat, fstat, openat, readlinkat, statat};
use rustix::io::Errno;
use sha2::{Digest as _, Sha256};
use std::ffi::CString;
use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

/// Walks a folder in the order of its names, parents first.
pub(crate) fn read(
    root: &Path,
    options: &Options,
    visitor: &mut dyn Visitor,
) -> Result<LayerRead, ImageError> {
    let failed = |error: Errno| ImageError::File { path: root.to_owned(), source: error.into() };
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let top = openat(CWD, root, flags, Mode::empty()).map_err(failed)?;
    let stat = fstat(&top).map_err(failed)?;
    let mut walk = Walk {
        options,
        visitor,
        deadline: Deadline::of(&options.limits),
        walked: Walked::default(),
        listing: Hasher::like(None),
        bytes: 0,
        scratch: Vec::new(),
    };
    walk.add(entry_of("/".to_owned(), EntryKind::Dir, &stat), &stat)?;
    // One open folder a level; `path-depth` bounds them.
    let mut open = vec![Level {
        names: names(&top).map_err(failed)?,
        device: stat.st_dev,
        folder: top,
        path: String::new(),
    }];
    while let Some(level) = open.last_mut() {
        let Some(name) = level.names.pop() else {
            open.pop();
            continue;
        };
        walk.deadline.check()?;
        let path = format!("{}/{}", level.path, decode(name.as_bytes()));
        if let Some(folder) = walk.member(level, &name, path)? {
            let depth = open.len() as u64 + 1;
            options.limits.check("path-depth", depth, || format!("the folder {}", folder.path))?;
            open.push(folder);
        }
    }
    let Walk { walked, listing, bytes, .. } = walk;
    let diff_id = listing.finish();
    let (entries, unread) = (walked.entries, walked.unread);
    Ok(LayerRead { digest: None, diff_id, size: bytes, unpacked_size: bytes, entries, unread })
}

struct Level {
    folder: OwnedFd,
    path: String,
    /// In falling order; the next one is the last.
    names: Vec<CString>,
    device: u64,
}

fn names(folder: impl AsFd) -> Result<Vec<CString>, Errno> {
    let mut names = Vec::new();
    for entry in Dir::read_from(folder)? {
        let name = entry?.file_name().to_owned();
        if !matches!(name.as_bytes(), b"." | b"..") {
            names.push(name);
        }
    }
    names.sort_unstable_by(|a, b| b.cmp(a));
    Ok(names)
}

struct Walk<'a> {
    options: &'a Options,
    visitor: &'a mut dyn Visitor,
    deadline: Deadline,
    walked: Walked,
    listing: Hasher,
    /// Bytes of all regular files.
    bytes: u64,
    scratch: Vec<u8>,
}

impl Walk<'_> {
    /// Reads one name of a folder; gives the level to go down into when it is a folder itself.
    fn member(&mut self, level: &Level, name: &CString, path: String) -> Result<Option<Level>, ImageError> {
        let stat = match statat(&level.folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(error) => return self.unread(path, error.into()),
        };
        self.options.limits.check("path-bytes", path.len() as u64, || format!("the path {path}"))?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => self.folder(level, name, path, &stat),
            FileType::RegularFile => self.file(level, name, path).map(|()| None),
            FileType::Symlink => {
                let mut entry = entry_of(path, EntryKind::Symlink, &stat);
                match readlinkat(&level.folder, name, Vec::new()) {
                    Ok(target) => entry.link = decode(target.as_bytes()),
                    Err(error) => return self.unread(entry.path, error.into()),
                }
                self.add(entry, &stat).map(|()| None)
            }
            FileType::CharacterDevice => {
                self.add(entry_of(path, EntryKind::Char, &stat), &stat).map(|()| None)
            }
            FileType::BlockDevice => self.add(entry_of(path, EntryKind::Block, &stat), &stat).map(|()| None),
            FileType::Fifo => self.add(entry_of(path, EntryKind::Fifo, &stat), &stat).map(|()| None),
            // A socket has no form in a layer, and no content.
            _ => Ok(None),
        }
    }

    fn folder(
        &mut self,
        level: &Level,
        name: &CString,
        path: String,
        stat: &Stat,
    ) -> Result<Option<Level>, ImageError> {
        self.add(entry_of(path.clone(), EntryKind::Dir, stat), stat)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let opened = openat(&level.folder, name, flags, Mode::empty());
        let read = opened.and_then(|folder| Ok((fstat(&folder)?, names(&folder)?, folder)));
        match read {
            Ok((stat, _, folder)) if stat.st_dev != level.device && is_pseudo(&folder) => {
                self.unread(path, std::io::Error::other("a file system of the kernel, not of the image"))
            }
            Ok((stat, names, folder)) => Ok(Some(Level { folder, path, names, device: stat.st_dev })),
            Err(error) => self.unread(path, error.into()),
        }
    }

    fn file(&mut self, level: &Level, name: &CString, path: String) -> Result<(), ImageError> {
        // Not blocking, should it have become a pipe since it was looked at.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = openat(&level.folder, name, flags, Mode::empty());
        let (file, stat) = match opened.and_then(|file| fstat(&file).map(|stat| (file, stat))) {
            Ok((file, stat)) if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile => {
                (file, stat)
            }
            Ok(_) => {
                return self.unread(path, std::io::Error::other("changed while it was read")).map(|_| ());
            }
            Err(error) => {
                // It is there, even if it may not be read.
                if let Ok(stat) = statat(&level.folder, name, AtFlags::SYMLINK_NOFOLLOW) {
                    self.add(entry_of(path.clone(), EntryKind::File, &stat), &stat)?;
                }
                return self.unread(path, error.into()).map(|_| ());
            }
        };
        let mut entry = entry_of(path, EntryKind::File, &stat);
        entry.capability = capability(&file);
        self.bytes = self.bytes.saturating_add(entry.size);
        self.options.limits.check("unpacked-bytes", self.bytes, || "the folder".to_owned())?;
        let index = self.walked.entries.len() as u32;
        let mut scratch = std::mem::take(&mut self.scratch);
        let wanted = self.content(&mut entry, File::from(file), &mut scratch);
        match wanted {
            Ok(true) => self.visitor.file(index, &entry, &scratch),
            Ok(false) => {}
            Err(error) => drop(self.unread(entry.path.clone(), error)?),
        }
        scratch.clear();
        if scratch.capacity() <= 4 << 20 {
            self.scratch = scratch;
        }
        self.add(entry, &stat)
    }

    /// Reads as much of a file as is wanted into `out`; is it to be shown?
    fn content(&mut self, entry: &mut Entry, file: File, out: &mut Vec<u8>) -> std::io::Result<bool> {
        let mut file = file.take(entry.size);
        let head = file.by_ref().take(HEAD_BYTES as u64).read_to_end(out)?;
        let mut wanted = self.visitor.wants(entry, out);
        let limits = self.options.limits;
        if wanted && entry.size > limits.file_bytes {
            drop(self.unread(entry.path.clone(), std::io::Error::other(too_large(&limits))));
            wanted = false;
        }
        let mut hash = self.options.hash_files.then(|| Sha256::new_with_prefix(&out));
        let mut read = head as u64;
        if wanted {
            out.try_reserve_exact(usize::try_from(entry.size - read).map_err(std::io::Error::other)?)?;
            read += file.read_to_end(out)? as u64;
            if let Some(hash) = &mut hash {
                hash.update(&out[head..]);
            }
        } else if let Some(hash) = &mut hash {
            let mut piece = vec![0; 128 << 10];
            loop {
                match file.read(&mut piece)? {
                    0 => break,
                    count => {
                        hash.update(&piece[..count]);
                        read += count as u64;
                    }
                }
            }
        }
        if read != entry.size && (wanted || hash.is_some()) {
            return Err(std::io::Error::other("changed while it was read"));
        }
        entry.sha256 = hash.map(|hash| hash.finalize().into());
        Ok(wanted)
    }

    /// Adds an entry, and to the listing whatever changes when the file does.
    fn add(&mut self, entry: Entry, stat: &Stat) -> Result<(), ImageError> {
        let count = self.walked.entries.len() as u64 + 1;
        self.options.limits.check("entries", count, || "the number of files in the folder".to_owned())?;
        let line = format!(
            "{}\0{:?}\0{:o}\0{}\0{}\0{}\0{}\0{}.{}\0{}.{}\0{}\n",
            entry.path,
            entry.kind,
            entry.mode,
            entry.uid,
            entry.gid,
            entry.size,
            entry.link,
            stat.st_mtime,
            stat.st_mtime_nsec,
            stat.st_ctime,
            stat.st_ctime_nsec,
            stat.st_ino
        );
        self.listing.update(line.as_bytes());
        self.walked.entries.push(entry);
        Ok(())
    }

    fn unread(&mut self, path: String, error: std::io::Error) -> Result<Option<Level>, ImageError> {
        self.walked.unread.push(Unread { path, layer: 0, reason: error.to_string().to_lowercase() });
        Ok(None)
    }
}

fn entry_of(path: String, kind: EntryKind, stat: &Stat) -> Entry {
    Entry {
        path,
        kind,
        mode: stat.st_mode & 0o7777,
        uid: stat.st_uid,
        gid: stat.st_gid,
        size: if kind == EntryKind::File { u64::try_from(stat.st_size).unwrap_or(0) } else { 0 },
        link: String::new(),
        mtime: stat.st_mtime,
        capability: None,
        sha256: None,
    }
}

#[cfg(target_os = "linux")]
fn capability(file: &OwnedFd) -> Option<Vec<u8>> {
    let mut value = [0; 64];
    let length = rustix::fs::fgetxattr(file, "security.capability", &mut value[..]).ok()?;
    value.get(..length).filter(|value| !value.is_empty()).map(<[u8]>::to_vec)
}

#[cfg(not(target_os = "linux"))]
fn capability(_: &OwnedFd) -> Option<Vec<u8>> {
    None
}

/// Is this one of the kernel's own file systems, whose files are made up while they are read (statfs(2))?
#[cfg(target_os = "linux")]
fn is_pseudo(folder: &OwnedFd) -> bool {
    const PROC: u64 = 0x9fa0;
    const SYS: u64 = 0x6265_6572;
    const CGROUP: u64 = 0x27_e0eb;
    const CGROUP2: u64 = 0x6367_7270;
    const DEVPTS: u64 = 0x1cd1;
    const DEBUG: u64 = 0x6462_6720;
    const TRACE: u64 = 0x7472_6163;
    const SECURITY: u64 = 0x7363_6673;
    const BPF: u64 = 0xcafe_4a11;
    let kinds = [PROC, SYS, CGROUP, CGROUP2, DEVPTS, DEBUG, TRACE, SECURITY, BPF];
    rustix::fs::fstatfs(folder).is_ok_and(|stat| kinds.contains(&(stat.f_type as u64)))
}

#[cfg(not(target_os = "linux"))]
fn is_pseudo(_: &OwnedFd) -> bool {
    false
}
