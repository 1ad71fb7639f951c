//! From the bytes of a layer's tar to its entries, each shown to a visitor.

use crate::Visitor;
use crate::tar::path::{Normal, decode, normalise};
use crate::tar::sparse::SparseMap;
use crate::tar::{Input, Member, Problem, next_member};
use plimsoll_model::{Entry, EntryKind, LimitError, Limits, Unread};
use sha2::{Digest as _, Sha256};
use std::time::Instant;

/// First bytes of a file that [`Visitor::wants`] sees.
pub(crate) const HEAD_BYTES: usize = 4096;

/// Room that is kept for the next file once one was held; a larger one is given back.
const KEPT_BYTES: usize = 4 << 20;

/// Zeros a layer's sparse files may be filled with before `ratio` counts, as for packed layers.
const FREE_ZEROS: u64 = 64 << 20;

/// How long a layer may take.
#[derive(Clone, Copy)]
pub(crate) struct Deadline {
    at: Option<Instant>,
    seconds: u64,
}

impl Deadline {
    pub fn of(limits: &Limits) -> Deadline {
        let seconds = limits.seconds;
        Deadline { at: Instant::now().checked_add(std::time::Duration::from_secs(seconds)), seconds }
    }

    pub fn instant(&self) -> Option<Instant> {
        self.at
    }

    pub fn passed(&self) -> LimitError {
        LimitError::Over { what: "the time to read a layer".to_owned(), name: "seconds", limit: self.seconds }
    }

    pub fn check(&self) -> Result<(), LimitError> {
        match self.at {
            Some(at) if Instant::now() > at => Err(self.passed()),
            _ => Ok(()),
        }
    }
}

/// What a walk told.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    pub entries: Vec<Entry>,
    pub unread: Vec<Unread>,
}

/// Walks a tar to its end marker, showing every regular file to the visitor.
pub(crate) fn walk<I: Input>(
    input: &mut I,
    limits: &Limits,
    deadline: Deadline,
    hash_files: bool,
    visitor: &mut dyn Visitor,
) -> Result<Walked, Problem> {
    let mut walk = Walk {
        limits,
        hash_files,
        visitor,
        walked: Walked::default(),
        scratch: Vec::new(),
        zeros: 0,
        stored: 0,
    };
    let mut count = 0;
    while let Some(member) = next_member(input, limits)? {
        deadline.check()?;
        count += 1;
        limits.check("entries", count, || "the number of entries of a layer".to_owned())?;
        match walk.entry(&member)? {
            Some(entry) if entry.kind == EntryKind::File => walk.file(input, &member, entry)?,
            other => {
                input.skip(member.stored)?;
                walk.walked.entries.extend(other);
            }
        }
        member.skip_padding(input)?;
    }
    Ok(walk.walked)
}

struct Walk<'a> {
    limits: &'a Limits,
    hash_files: bool,
    visitor: &'a mut dyn Visitor,
    walked: Walked,
    /// Content that does not lie in one piece.
    scratch: Vec<u8>,
    /// Zeros that sparse files were filled with.
    zeros: u64,
    /// Bytes of files that were really there.
    stored: u64,
}

impl Walk<'_> {
    /// The entry a member is; `None` when it is none, which is said unless it is only aufs' bookkeeping.
    fn entry(&mut self, member: &Member) -> Result<Option<Entry>, Problem> {
        let name = self.name(&member.name)?;
        if name.leaves_root {
            self.unread(&name.path, "path leaves the root; it is read as if the root were its own parent");
        }
        let kind = match member.flag {
            b'0' => EntryKind::File,
            b'1' => EntryKind::Hardlink,
            b'2' => EntryKind::Symlink,
            b'3' => EntryKind::Char,
            b'4' => EntryKind::Block,
            b'5' => EntryKind::Dir,
            b'6' => EntryKind::Fifo,
            flag => {
                self.unread(&name.path, &format!("an entry of the unknown type {:?}", char::from(flag)));
                return Ok(None);
            }
        };
        if name.path == "/" && kind != EntryKind::Dir {
            self.unread("/", "an entry without a name that is not a folder");
            return Ok(None);
        }
        let (path, kind) = match whiteout(&name.path) {
            Marker::None => (name.path, kind),
            Marker::Hides(path) => (path, EntryKind::Whiteout),
            Marker::Opaque(path) => (path, EntryKind::Opaque),
            Marker::Bookkeeping if member.stored == 0 => return Ok(None),
            Marker::Bookkeeping => {
                self.unread(&name.path, "content kept under a name that aufs reserves");
                return Ok(None);
            }
            Marker::Nameless => {
                self.unread(&name.path, "a whiteout that names nothing");
                return Ok(None);
            }
        };
        let link = match kind {
            EntryKind::Symlink => {
                self.check_path(&member.link)?;
                decode(&member.link)
            }
            EntryKind::Hardlink => self.name(&member.link)?.path,
            _ => String::new(),
        };
        Ok(Some(Entry {
            path,
            kind,
            mode: member.mode,
            uid: member.uid,
            gid: member.gid,
            size: if kind == EntryKind::File { member.size() } else { 0 },
            link,
            mtime: member.mtime,
            capability: member.capability.clone(),
            sha256: None,
        }))
    }

    fn name(&self, bytes: &[u8]) -> Result<Normal, Problem> {
        self.check_path(bytes)?;
        let name = normalise(&decode(bytes));
        self.limits.check("path-depth", name.depth as u64, || shown_path(bytes))?;
        Ok(name)
    }

    fn check_path(&self, bytes: &[u8]) -> Result<(), LimitError> {
        self.limits.check("path-bytes", bytes.len() as u64, || shown_path(bytes))
    }

    /// Shows a regular file to the visitor. Content that lies in one piece is shown where it lies.
    fn file<I: Input>(&mut self, input: &mut I, member: &Member, mut entry: Entry) -> Result<(), Problem> {
        self.stored = self.stored.saturating_add(member.stored);
        if let Some(map) = &member.sparse {
            return self.sparse_file(input, map, entry);
        }
        let index = self.walked.entries.len() as u32;
        let at_hand = if entry.size == 0 { &[][..] } else { input.fill()? };
        if let Some(content) = usize::try_from(entry.size).ok().and_then(|size| at_hand.get(..size)) {
            let wanted = self.visitor.wants(&entry, &content[..content.len().min(HEAD_BYTES)]);
            if self.hash_files {
                entry.sha256 = Some(Sha256::digest(content).into());
            }
            if wanted {
                self.visitor.file(index, &entry, content);
            }
            let taken = content.len();
            input.consume(taken);
        } else {
            self.scattered_file(input, index, &mut entry)?;
        }
        self.walked.entries.push(entry);
        Ok(())
    }

    /// A file whose content comes in several pieces: gathered only if it is wanted.
    fn scattered_file<I: Input>(
        &mut self,
        input: &mut I,
        index: u32,
        entry: &mut Entry,
    ) -> Result<(), Problem> {
        let mut scratch = std::mem::take(&mut self.scratch);
        let mut hash = self.hash_files.then(Sha256::new);
        let head = entry.size.min(HEAD_BYTES as u64);
        take(input, head, |bytes| scratch.extend_from_slice(bytes))?;
        let wanted = self.visitor.wants(entry, &scratch) && self.fits(entry, &mut scratch);
        if let Some(hash) = &mut hash {
            hash.update(&scratch);
        }
        match (&mut hash, wanted) {
            (None, false) => input.skip(entry.size - head)?,
            (hash, _) => take(input, entry.size - head, |bytes| {
                if let Some(hash) = hash {
                    hash.update(bytes);
                }
                if wanted {
                    scratch.extend_from_slice(bytes);
                }
            })?,
        }
        entry.sha256 = hash.map(|hash| hash.finalize().into());
        if wanted {
            self.visitor.file(index, entry, &scratch);
        }
        self.keep(scratch);
        Ok(())
    }

    /// A sparse file: its holes are filled with zeros as far as its content is wanted.
    fn sparse_file<I: Input>(
        &mut self,
        input: &mut I,
        map: &SparseMap,
        mut entry: Entry,
    ) -> Result<(), Problem> {
        let index = self.walked.entries.len() as u32;
        let mut scratch = std::mem::take(&mut self.scratch);
        let mut filler = Filler { map, next: 0, used: 0 };
        let head = map.real_size.min(HEAD_BYTES as u64);
        filler.fill_to(input, head, &mut scratch)?;
        let wanted = self.visitor.wants(&entry, &scratch) && self.fits(&entry, &mut scratch);
        if wanted || (self.hash_files && map.real_size <= self.limits.file_bytes) {
            self.zeros = self.zeros.saturating_add(map.real_size);
            let allowed = self.stored.saturating_mul(self.limits.ratio).saturating_add(FREE_ZEROS);
            if self.zeros > allowed {
                let what = format!("the sparse file {}", entry.path);
                return Err(LimitError::Over { what, name: "ratio", limit: self.limits.ratio }.into());
            }
            filler.fill_to(input, map.real_size, &mut scratch)?;
            if self.hash_files {
                entry.sha256 = Some(Sha256::digest(&scratch).into());
            }
        }
        filler.skip_rest(input)?;
        if wanted {
            self.visitor.file(index, &entry, &scratch);
        }
        self.keep(scratch);
        self.walked.entries.push(entry);
        Ok(())
    }

    /// May a file of this size be held in memory, and is there room? If not, that is said.
    fn fits(&mut self, entry: &Entry, scratch: &mut Vec<u8>) -> bool {
        if entry.size > self.limits.file_bytes {
            self.unread(&entry.path, &too_large(self.limits));
            return false;
        }
        let room = usize::try_from(entry.size).is_ok_and(|size| {
            // Exact, so that a large file does not take twice its size while it grows.
            scratch.try_reserve_exact(size.saturating_sub(scratch.len())).is_ok()
        });
        if !room {
            self.unread(&entry.path, "not enough memory to hold it");
        }
        room
    }

    fn keep(&mut self, mut scratch: Vec<u8>) {
        scratch.clear();
        if scratch.capacity() <= KEPT_BYTES {
            self.scratch = scratch;
        }
    }

    fn unread(&mut self, path: &str, reason: &str) {
        self.walked.unread.push(Unread { path: path.to_owned(), layer: 0, reason: reason.to_owned() });
    }
}

/// Why a wanted file was not held.
pub(crate) fn too_large(limits: &Limits) -> String {
    format!("larger than the limit file-bytes ({})", limits.file_bytes)
}

/// Hands so many bytes on, piece by piece.
fn take<I: Input>(input: &mut I, mut count: u64, mut hand: impl FnMut(&[u8])) -> Result<(), Problem> {
    while count > 0 {
        let at_hand = input.fill()?;
        if at_hand.is_empty() {
            return Err(Problem::Truncated);
        }
        let taken = usize::try_from(count).map_or(at_hand.len(), |count| count.min(at_hand.len()));
        hand(&at_hand[..taken]);
        input.consume(taken);
        count -= taken as u64;
    }
    Ok(())
}

/// Lays the stored bytes of a sparse file where they belong.
struct Filler<'a> {
    map: &'a SparseMap,
    /// The stretch that is next, and how much of it was taken.
    next: usize,
    used: u64,
}

impl Filler<'_> {
    /// Appends to `out`, which holds the file's beginning, up to `end` of the file.
    fn fill_to<I: Input>(&mut self, input: &mut I, end: u64, out: &mut Vec<u8>) -> Result<(), Problem> {
        while (out.len() as u64) < end {
            let at = out.len() as u64;
            let Some(stretch) = self.map.stretches.get(self.next) else {
                out.resize(end as usize, 0);
                break;
            };
            let start = stretch.offset + self.used;
            if at < start {
                out.resize(start.min(end) as usize, 0);
                continue;
            }
            let count = (stretch.length - self.used).min(end - at);
            take(input, count, |bytes| out.extend_from_slice(bytes))?;
            self.used += count;
            if self.used == stretch.length {
                (self.next, self.used) = (self.next + 1, 0);
            }
        }
        Ok(())
    }

    fn skip_rest<I: Input>(&mut self, input: &mut I) -> Result<(), Problem> {
        let rest: u64 = self.map.stretches.iter().skip(self.next).map(|stretch| stretch.length).sum();
        input.skip(rest - self.used)
    }
}

/// What a name marks (OCI image spec 1.1, layer "Whiteouts"; aufs' own names begin with `.wh..wh.`).
#[derive(Debug, PartialEq, Eq)]
enum Marker {
    None,
    Hides(String),
    Opaque(String),
    Bookkeeping,
    Nameless,
}

fn whiteout(path: &str) -> Marker {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let root = |folder: &str| if folder.is_empty() { "/".to_owned() } else { folder.to_owned() };
    match name.strip_prefix(".wh.") {
        // Docker and containerd keep aufs' folders, which stand in the root, out of the tree with all they hold.
        _ if folder.starts_with("/.wh..wh.") => Marker::Bookkeeping,
        None => Marker::None,
        Some(".wh..opq") => Marker::Opaque(root(folder)),
        Some(name) if name.starts_with(".wh.") => Marker::Bookkeeping,
        Some("" | "." | "..") => Marker::Nameless,
        Some(name) => Marker::Hides(format!("{folder}/{name}")),
    }
}

/// A path that is too long or too deep, cut to be shown.
fn shown_path(bytes: &[u8]) -> String {
    let text = decode(&bytes[..bytes.len().min(60)]);
    format!("the path {}{}", text, if bytes.len() > 60 { "…" } else { "" })
}

/// Walks bytes that may be anything, wanting every file.
pub(crate) fn fuzz(bytes: &[u8]) {
    struct All;
    impl Visitor for All {
        fn wants(&mut self, _: &Entry, _: &[u8]) -> bool {
            true
        }

        fn file(&mut self, _: u32, _: &Entry, _: &[u8]) {}
    }
    let limits = Limits { file_bytes: 1 << 20, ..Limits::default() };
    let mut input = crate::tar::SliceInput { bytes, piece: 1000 };
    let _ = walk(&mut input, &limits, Deadline::of(&limits), true, &mut All);
}

#[cfg(test)]
pub(crate) mod collect {
    use super::*;

    /// Wants what its function wants, and keeps it.
    pub struct Collect<F> {
        pub wants: F,
        pub heads: Vec<(String, usize)>,
        pub files: Vec<(u32, String, Vec<u8>)>,
    }

    impl<F: FnMut(&Entry) -> bool> Collect<F> {
        pub fn new(wants: F) -> Collect<F> {
            Collect { wants, heads: Vec::new(), files: Vec::new() }
        }
    }

    impl<F: FnMut(&Entry) -> bool> Visitor for Collect<F> {
        fn wants(&mut self, entry: &Entry, head: &[u8]) -> bool {
            self.heads.push((entry.path.clone(), head.len()));
            (self.wants)(entry)
        }

        fn file(&mut self, index: u32, entry: &Entry, content: &[u8]) {
            self.files.push((index, entry.path.clone(), content.to_vec()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::collect::Collect;
    use super::*;
    use crate::tar::SliceInput;
    use crate::tar::build::{dir, extension, file, link, padded, pax, raw};
    use EntryKind::{Char, Dir, File, Hardlink, Opaque, Symlink, Whiteout};

    /// Index, path and content of each file that was shown.
    type Shown = Vec<(u32, String, Vec<u8>)>;

    fn walk_all(
        parts: &[Vec<u8>],
        limits: &Limits,
        piece: usize,
        hash: bool,
    ) -> Result<(Walked, Shown), String> {
        let bytes = parts.concat();
        let mut visitor = Collect::new(|_| true);
        let mut input = SliceInput { bytes: &bytes, piece };
        let walked = walk(&mut input, limits, Deadline::of(limits), hash, &mut visitor);
        walked.map(|walked| (walked, visitor.files)).map_err(|problem| problem.of("layer").to_string())
    }

    /// The kinds and paths of the entries, and the paths that were not read.
    fn check(parts: &[Vec<u8>], entries: &[(EntryKind, &str, &str)], unread: &[&str]) {
        let (walked, _) = walk_all(parts, &Limits::default(), 1000, false).expect("readable");
        let seen: Vec<_> =
            walked.entries.iter().map(|e| (e.kind, e.path.as_str(), e.link.as_str())).collect();
        assert_eq!(seen, entries);
        let not: Vec<_> = walked.unread.iter().map(|unread| unread.path.as_str()).collect();
        assert_eq!(not, unread);
    }

    #[test]
    fn members_become_entries() {
        check(
            &[
                dir("./"),
                dir("etc/"),
                file("./etc/passwd", b"root"),
                link(b'2', "etc/mtab", "../proc/self/mounts"),
                link(b'1', "etc/copy", "./etc/passwd"),
                raw(b'3', "dev/null", 0, |_| ()),
                raw(b'7', "contiguous", 0, |_| ()),
            ],
            &[
                (Dir, "/", ""),
                (Dir, "/etc", ""),
                (File, "/etc/passwd", ""),
                (Symlink, "/etc/mtab", "../proc/self/mounts"),
                (Hardlink, "/etc/copy", "/etc/passwd"),
                (Char, "/dev/null", ""),
                (File, "/contiguous", ""),
            ],
            &[],
        );
    }

    #[test]
    fn what_leaves_the_root_is_contained_and_said() {
        check(
            &[
                file("../../etc/shadow", b"x"),
                file("/abs/./path//", b""),
                file("a/../../../b", b"y"),
                link(b'1', "h", "../../../etc/shadow"),
                link(b'2', "loop", "loop"),
                link(b'2', "out", "/../../etc/shadow"),
                file("..", b"z"),
            ],
            &[
                (File, "/etc/shadow", ""),
                (File, "/abs/path", ""),
                (File, "/b", ""),
                (Hardlink, "/h", "/etc/shadow"),
                (Symlink, "/loop", "loop"),
                (Symlink, "/out", "/../../etc/shadow"),
            ],
            &["/etc/shadow", "/b", "/", "/"],
        );
    }

    #[test]
    fn whiteouts_name_what_they_hide() {
        check(
            &[
                file("a/.wh.b", b""),
                file(".wh.c", b""),
                file("a/.wh..wh..opq", b""),
                file(".wh..wh..opq", b""),
                file(".wh..wh.aufs", b""),
                dir(".wh..wh.plnk/"),
                file(".wh..wh.plnk/12.34", b"content"),
                file("a/.wh.", b""),
                file("a/.wh...", b""),
                file("a/.wh..hidden", b""),
            ],
            &[
                (Whiteout, "/a/b", ""),
                (Whiteout, "/c", ""),
                (Opaque, "/a", ""),
                (Opaque, "/", ""),
                (Whiteout, "/a/.hidden", ""),
            ],
            &["/.wh..wh.plnk/12.34", "/a/.wh.", "/a/.wh..."],
        );
    }

    #[test]
    fn oddities_are_said_not_hidden() {
        check(
            &[raw(b'V', "label", 0, |_| ()), raw(b'?', "odd", 3, |_| ()), padded(b"abc"), file("z", b"")],
            &[(File, "/z", "")],
            &["/label", "/odd"],
        );
        check(&[extension(b'L', b"caf\xe9"), file("x", b"")], &[(File, "/café", "")], &[]);
    }

    #[test]
    fn content_is_the_same_in_any_pieces() {
        let large: Vec<u8> = (0..20_000u32).map(|n| n as u8).collect();
        let capability = pax(&[("SCHILY.xattr.security.capability", b"\x01\0\0\x02")]);
        let parts = [file("small", b"abc"), capability, file("large", &large), file("empty", b"")];
        let whole = walk_all(&parts, &Limits::default(), usize::MAX, true).expect("readable");
        assert_eq!(whole.1[1], (1, "/large".to_owned(), large.clone()));
        assert_eq!(whole.0.entries[1].sha256, Some(Sha256::digest(&large).into()));
        assert_eq!(whole.0.entries[1].capability, Some(vec![1, 0, 0, 2]));
        for piece in [1, 511, 4096, 5000] {
            let pieces = walk_all(&parts, &Limits::default(), piece, true).expect("readable");
            assert_eq!((pieces.0.entries, pieces.1), (whole.0.entries.clone(), whole.1.clone()), "{piece}");
        }
        for (wanted, hashed) in [(true, true), (true, false), (false, true), (false, false)] {
            for piece in [100, usize::MAX] {
                let bytes = parts.concat();
                let mut visitor = Collect::new(|_| wanted);
                let limits = Limits::default();
                let mut input = SliceInput { bytes: &bytes, piece };
                let walked =
                    walk(&mut input, &limits, Deadline::of(&limits), hashed, &mut visitor).expect("readable");
                assert_eq!(visitor.heads[1], ("/large".to_owned(), 4096));
                assert_eq!(visitor.files.len(), if wanted { 3 } else { 0 });
                assert_eq!(walked.entries[1].sha256.is_some(), hashed);
            }
        }
    }

    fn sparse(stored: &[u8], map: &str, size: u64) -> Vec<Vec<u8>> {
        let size = size.to_string();
        vec![
            pax(&[("GNU.sparse.map", map.as_bytes()), ("GNU.sparse.size", size.as_bytes())]),
            file("sparse", stored),
        ]
    }

    #[test]
    fn holes_are_zeros() {
        let mut real = vec![0; 20_000];
        real[3..8].copy_from_slice(b"hello");
        real[9_000..9_005].copy_from_slice(b"world");
        let parts = sparse(b"helloworld", "3,5,9000,5,20000,0", 20_000);
        for piece in [1, usize::MAX] {
            let (walked, files) = walk_all(&parts, &Limits::default(), piece, true).expect("readable");
            assert_eq!(files[0].2, real);
            assert_eq!(walked.entries[0].size, 20_000);
            assert_eq!(walked.entries[0].sha256, Some(Sha256::digest(&real).into()));
        }
    }

    #[test]
    fn huge_sparse_files_cost_nothing() {
        let parts = sparse(b"x", "0,1", 1 << 60);
        let (walked, files) = walk_all(&parts, &Limits::default(), 512, true).expect("readable");
        assert_eq!((walked.entries[0].size, files.len()), (1 << 60, 0));
        assert!(walked.unread[0].reason.contains("file-bytes"));
        let many = vec![sparse(b"x", "0,1", 60 << 20).concat(); 3];
        let error = walk_all(&many, &Limits::default(), 512, false).expect_err("too many zeros");
        assert!(error.contains("limit ratio"), "{error}");
    }

    #[test]
    fn every_bound_is_kept() {
        let limits = |text: &str| {
            let mut limits = Limits::default();
            limits.set(text).expect("a limit");
            limits
        };
        let deep = "d/".repeat(300);
        let long = vec![b'n'; 1 << 20];
        for (limit, parts) in [
            ("entries=2", [file("a", b""), file("b", b""), file("c", b"")].concat()),
            ("path-bytes=4096", [extension(b'L', &long[..5000]), file("a", b"")].concat()),
            ("path-bytes=4K", [extension(b'L', &long), file("a", b"")].concat()),
            ("path-bytes=4096", [extension(b'K', &long[..5000]), link(b'2', "a", "b")].concat()),
            ("path-bytes=4096", [extension(b'K', &long[..5000]), link(b'1', "a", "b")].concat()),
            ("path-depth=256", [extension(b'L', deep.as_bytes()), file("a", b"")].concat()),
            ("pax-bytes=64K", [extension(b'x', &long), file("a", b"")].concat()),
        ] {
            let error = walk_all(&[parts], &limits(limit), 512, false).expect_err(limit);
            let name = limit.split('=').next().expect("NAME=VALUE");
            assert!(error.contains(&format!("limit {name}")), "{error}");
        }
        let (walked, files) =
            walk_all(&[file("a", &[1; 6000]), file("b", b"")], &limits("file-bytes=5000"), 512, false)
                .expect("read on");
        assert_eq!((walked.entries.len(), files.len()), (2, 1));
        assert_eq!(walked.unread[0].reason, "larger than the limit file-bytes (5000)");
        let cut = file("a", &[1; 6000])[..3000].to_vec();
        assert!(
            walk_all(&[cut], &Limits::default(), 512, false).expect_err("cut").contains("ends in the middle")
        );
    }
}
