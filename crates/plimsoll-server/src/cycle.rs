//! When a cycle is due next; what is no cycle is refused.

use crate::problem::Problem;
use plimsoll_model::{Cycle, Time};

/// The first moment after this one.
pub fn next(cycle: &Cycle, after: Time) -> Result<Option<Time>, Problem> {
    match cycle {
        Cycle::Days(days) if (1..=365).contains(days) => Ok(Some(after.plus_days(i64::from(*days)))),
        Cycle::Days(_) => Err(Problem::field("cycle", "give 1 to 365 days")),
        Cycle::Cron(_) => Ok(None),
    }
}
