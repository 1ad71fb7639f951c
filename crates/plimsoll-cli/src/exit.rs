//! Exit codes: what pipelines read.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done; nothing at or above the threshold.
    Done,
    /// Done; the threshold was reached.
    Threshold,
    /// It could not be done: bad input, bad usage, unreachable, limit hit.
    Failed,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Done => 0,
            Exit::Threshold => 1,
            Exit::Failed => 2,
        })
    }
}

/// Did whoever reads our output stop reading (`plimsoll … | head`)? That is no failure of ours.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    })
}
