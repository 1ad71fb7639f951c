//! Where members go: each is counted, bounded, shown, and looked into itself.

use crate::formats;
use plimsoll_model::{LimitError, Limits};
use std::io::{self, Read};

/// Unpacked bytes below which [`Limits::ratio`] is not asked: small files of zeros pack well.
const RATIO_FROM: u64 = 64 << 20;

/// Takes the members of an archive and of the archives in it, within the bounds of one file.
pub(crate) struct Sink<'a> {
    limits: &'a Limits,
    visit: &'a mut dyn FnMut(&str, &[u8]),
    said: Vec<(String, String)>,
    /// The file's own path, for the names of members that have none.
    file: &'a str,
    /// Path inside the file of what is open now; empty for the file itself.
    inside: String,
    /// Archives in archives; what packs one thing (`.gz`) counts apart, since it comes with each (`.tar.gz`).
    depth: u64,
    packed_depth: u64,
    stored: u64,
    unpacked: u64,
    entries: u64,
    stopped: bool,
}

/// Nothing more is to be shown: a bound was hit and said.
#[derive(Debug)]
pub(crate) struct Stop;

/// Why the rest of an archive cannot be read.
#[derive(Debug)]
pub(crate) enum Broken {
    /// A bound was hit and said.
    Stop,
    /// Its bytes are not as its format has them; said when it is surely of that format.
    Damaged(String),
    /// It is surely of its format, and this of it cannot be read; said always.
    Unreadable(String),
}

impl From<Stop> for Broken {
    fn from(_: Stop) -> Broken {
        Broken::Stop
    }
}

impl From<&str> for Broken {
    fn from(why: &str) -> Broken {
        Broken::Damaged(why.to_owned())
    }
}

impl From<String> for Broken {
    fn from(why: String) -> Broken {
        Broken::Damaged(why)
    }
}

impl<'a> Sink<'a> {
    pub fn new(
        file: &'a str,
        stored: u64,
        limits: &'a Limits,
        visit: &'a mut dyn FnMut(&str, &[u8]),
    ) -> Sink<'a> {
        Sink {
            limits,
            visit,
            said: Vec::new(),
            file,
            inside: String::new(),
            depth: 0,
            packed_depth: 0,
            stored,
            unpacked: 0,
            entries: 0,
            stopped: false,
        }
    }

    /// What could not be unpacked.
    pub fn said(self) -> Vec<(String, String)> {
        self.said
    }

    /// Looks into content: shows its members when it is of a known format.
    pub fn open(&mut self, content: &[u8]) {
        for format in formats::of(content) {
            let depth = if format.packs_one { &mut self.packed_depth } else { &mut self.depth };
            if *depth >= self.limits.nested_depth {
                let what = || format!("the depth of the {} archive in it", format.name);
                if let Err(error) = self.limits.check("nested-depth", *depth + 1, what) {
                    self.say(&[], error.to_string());
                }
                return;
            }
            *depth += 1;
            let (before, said) = (self.entries, self.said.len());
            let opened = (format.open)(content, self);
            *(if format.packs_one { &mut self.packed_depth } else { &mut self.depth }) -= 1;
            match opened {
                Ok(()) => return,
                Err(Broken::Stop) => return,
                Err(Broken::Unreadable(why)) => return self.say(&[], format!("{}: {why}", format.name)),
                // Bytes that only look like an archive are no error.
                Err(Broken::Damaged(_)) if self.entries == before && self.said.len() == said => {}
                Err(Broken::Damaged(why)) => {
                    return self.say(&[], format!("the {} archive is damaged: {why}", format.name));
                }
            }
        }
    }

    /// A member whose bytes are at hand as they are.
    pub fn member(&mut self, name: &[u8], content: &[u8]) -> Result<(), Stop> {
        self.count(name)?;
        // Bytes shown as they lie cost no memory, but the work of looking at them again and again.
        self.spend(name, content.len() as u64)?;
        self.show(name, content);
        self.go_on()
    }

    /// A member to be unpacked. `Ok` also when it is damaged or too large, which is said.
    pub fn read(&mut self, name: &[u8], reader: &mut dyn Read) -> Result<(), Stop> {
        self.count(name)?;
        self.unpack(name, reader)
    }

    /// The content of a format that packs one thing: no entry until a byte of it was unpacked.
    pub fn stream(&mut self, name: &[u8], reader: &mut dyn Read) -> Result<(), Broken> {
        let mut first = [0];
        match read_some(reader, &mut first) {
            Ok(0) => return Ok(()),
            Err(error) => return Err(error.to_string().into()),
            Ok(_) => {}
        }
        self.count(name)?;
        Ok(self.unpack(name, &mut (&first[..]).chain(reader))?)
    }

    /// Says why a member is not shown.
    pub fn refuse(&mut self, name: &[u8], why: impl Into<String>) -> Result<(), Stop> {
        self.count(name)?;
        self.say(name, why.into());
        Ok(())
    }

    /// The name of what is packed here when the packing does not say: its own without this ending.
    pub fn stem(&self) -> String {
        let path = if self.inside.is_empty() { self.file } else { &self.inside };
        let name = path.rsplit('/').next().unwrap_or(path);
        match name.rsplit_once('.') {
            Some((stem, "tgz" | "tbz" | "tbz2" | "txz" | "tzst" | "tlz")) => format!("{stem}.tar"),
            Some((stem, _)) if !stem.is_empty() => stem.to_owned(),
            _ => "content".to_owned(),
        }
    }

    /// Most bytes a decoder may keep for itself, in KiB.
    pub fn memory_kib(&self) -> u32 {
        u32::try_from(self.limits.file_bytes >> 10).unwrap_or(u32::MAX - 1)
    }

    /// Bytes that may still be unpacked.
    pub fn left(&self) -> u64 {
        self.limits.nested_bytes.saturating_sub(self.unpacked).min(self.limits.file_bytes)
    }

    fn unpack(&mut self, name: &[u8], reader: &mut dyn Read) -> Result<(), Stop> {
        let mut content = Vec::new();
        let mut buffer = vec![0; 64 << 10];
        loop {
            let count = match read_some(reader, &mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) => {
                    self.say(
                        name,
                        format!("only the first {} bytes can be unpacked: {error}", content.len()),
                    );
                    break;
                }
            };
            self.spend(name, count as u64)?;
            let size = (content.len() + count) as u64;
            if let Err(error) = self.limits.check("file-bytes", size, || "a packed file".to_owned()) {
                self.say(name, error.to_string());
                return Ok(());
            }
            content.extend_from_slice(&buffer[..count]);
        }
        drop(buffer);
        self.show(name, &content);
        self.go_on()
    }

    fn show(&mut self, name: &[u8], content: &[u8]) {
        if content.is_empty() {
            return;
        }
        let outer = self.inside.clone();
        self.inside = self.path(name);
        (self.visit)(&self.inside, content);
        self.open(content);
        self.inside = outer;
    }

    fn go_on(&self) -> Result<(), Stop> {
        if self.stopped { Err(Stop) } else { Ok(()) }
    }

    fn count(&mut self, name: &[u8]) -> Result<(), Stop> {
        self.go_on()?;
        self.entries += 1;
        let over =
            self.limits.check("nested-entries", self.entries, || "the number of packed files".to_owned());
        self.stop_if(name, over)
    }

    fn spend(&mut self, name: &[u8], bytes: u64) -> Result<(), Stop> {
        self.unpacked = self.unpacked.saturating_add(bytes);
        let over =
            self.limits.check("nested-bytes", self.unpacked, || "what is packed in this file".to_owned());
        self.stop_if(name, over)?;
        if self.unpacked > RATIO_FROM {
            let ratio = self.unpacked / self.stored.max(1);
            let over = self.limits.check("ratio", ratio, || "unpacked bytes for a stored byte".to_owned());
            self.stop_if(name, over)?;
        }
        Ok(())
    }

    fn stop_if(&mut self, name: &[u8], over: Result<(), LimitError>) -> Result<(), Stop> {
        over.map_err(|error| {
            self.stopped = true;
            self.say(name, error.to_string());
            Stop
        })
    }

    /// Says it of a member, or of what is open now when the name is empty. What is said is bounded as well.
    fn say(&mut self, name: &[u8], why: String) {
        const MOST: usize = 1000;
        if self.said.len() < MOST {
            let path = if name.is_empty() { self.inside.clone() } else { self.path(name) };
            self.said.push((path, why));
        } else if self.said.len() == MOST {
            self.said.push((String::new(), format!("more than {MOST} packed files cannot be unpacked")));
        }
    }

    /// Path inside the file of a member of what is open now: never absolute, no `.` or `..`, bounded in length.
    fn path(&self, name: &[u8]) -> String {
        let name = String::from_utf8_lossy(name);
        let parts = name.split(['/', '\\']).filter(|part| !matches!(*part, "" | "." | ".."));
        let mut name = parts.collect::<Vec<_>>().join("/");
        name.retain(|c| !c.is_control());
        if name.is_empty() {
            name.push_str("content");
        }
        let most = usize::try_from(self.limits.path_bytes).unwrap_or(usize::MAX);
        let mut path = if self.inside.is_empty() { name } else { format!("{}!/{name}", self.inside) };
        while path.len() > most {
            path.pop();
        }
        path
    }
}

/// Reads; interruptions are not passed on.
fn read_some(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}
