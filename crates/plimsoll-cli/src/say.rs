//! What the program says beside its results: on standard error, one line a message.

use anstream::eprintln;
use anstyle::{AnsiColor, Style};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();
const WARNING: Style = AnsiColor::Yellow.on_default();

/// A failure, with the cause chain on the same line and the hint, if it has one, on the next.
#[allow(clippy::print_stderr, reason = "this is the one place that speaks")]
pub fn error(error: &anyhow::Error) {
    let scan = error.downcast_ref::<plimsoll::ScanError>();
    match scan {
        Some(scan) => eprintln!("{ERROR}error:{ERROR:#} {scan}"),
        None => eprintln!("{ERROR}error:{ERROR:#} {error:#}"),
    }
    if let Some(hint) = scan.and_then(plimsoll::ScanError::hint) {
        eprintln!("{HINT}hint:{HINT:#} {hint}");
    }
}

/// Something the user should know though the work goes on.
#[allow(clippy::print_stderr, reason = "this is the one place that speaks")]
pub fn warning(text: &str) {
    eprintln!("{WARNING}warning:{WARNING:#} {text}");
}

/// Something to do.
#[allow(clippy::print_stderr, reason = "this is the one place that speaks")]
pub fn hint(text: &str) {
    eprintln!("{HINT}hint:{HINT:#} {text}");
}

/// Something that was done.
#[allow(clippy::print_stderr, reason = "this is the one place that speaks")]
pub fn note(text: &str) {
    eprintln!("{text}");
}
