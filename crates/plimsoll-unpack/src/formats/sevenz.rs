//! 7z archives.

use crate::sink::{Broken, Sink, Stop};
use sevenz_rust2::{ArchiveReader, Error, Password};
use std::io::Cursor;

pub(crate) fn is(content: &[u8]) -> bool {
    content.starts_with(&[b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c])
}

pub(crate) fn open(content: &[u8], sink: &mut Sink<'_>) -> Result<(), Broken> {
    let kib = usize::try_from(sink.memory_kib()).unwrap_or(usize::MAX);
    let opened = ArchiveReader::new_with_memory_limit(Cursor::new(content), Password::empty(), kib);
    let mut reader = match opened {
        Ok(reader) => reader,
        Err(error) => return Err(broken(&error)),
    };
    reader.set_thread_count(1);
    let mut stopped = false;
    let read = reader.for_each_entries(|entry, reader| {
        if entry.is_directory() || !entry.has_stream() {
            return Ok(true);
        }
        let shown = sink.read(entry.name().as_bytes(), reader);
        stopped = matches!(shown, Err(Stop));
        Ok(!stopped)
    });
    match read {
        _ if stopped => Err(Broken::Stop),
        Ok(()) => Ok(()),
        Err(error) => Err(broken(&error)),
    }
}

/// What only a 7z can be refused for, apart from bytes that are none.
fn broken(error: &Error) -> Broken {
    match error {
        Error::PasswordRequired => Broken::Unreadable("it is encrypted".to_owned()),
        Error::UnsupportedCompressionMethod(method) if method.contains("AES") => {
            Broken::Unreadable("it is encrypted".to_owned())
        }
        Error::UnsupportedCompressionMethod(_) | Error::Unsupported(_) | Error::MaxMemLimited { .. } => {
            Broken::Unreadable(error.to_string())
        }
        _ => Broken::Damaged(error.to_string()),
    }
}
