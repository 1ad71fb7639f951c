//! When to act on a vulnerability: one table, the first row that fits decides.
//!
//! EPSS counts by its percentile: what a probability means changes with every version of its model. A vulnerability
//! without EPSS is judged by the rows that ask for none: no score is not a low one.

use plimsoll_model::{Severity, Urgency};

/// A row: it fits when every condition it sets is met.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Priority {
    /// What it means.
    pub urgency: Urgency,
    /// At least this severe; an unknown severity counts as medium.
    pub severity: Severity,
    /// Known to be exploited (CISA KEV).
    pub exploited: bool,
    /// Can be fixed.
    pub fixable: bool,
    /// At least as likely to be exploited in 30 days as this share of all vulnerabilities (EPSS percentile, 0 to 1).
    pub epss_percentile: f32,
    /// In words.
    pub why: &'static str,
}

const ANY: Priority = Priority {
    urgency: Urgency::None,
    severity: Severity::Unknown,
    exploited: false,
    fixable: false,
    epss_percentile: 0.0,
    why: "",
};

/// The table.
pub const PRIORITIES: &[Priority] = &[
    Priority { urgency: Urgency::Immediate, exploited: true, why: "it is being exploited", ..ANY },
    Priority {
        urgency: Urgency::Immediate,
        epss_percentile: 0.97,
        severity: Severity::Medium,
        why: "few are more likely to be exploited",
        ..ANY
    },
    Priority {
        urgency: Urgency::Immediate,
        severity: Severity::High,
        fixable: true,
        epss_percentile: 0.95,
        why: "it is severe, may well be exploited, and there is a fix",
        ..ANY
    },
    Priority {
        urgency: Urgency::Immediate,
        severity: Severity::Critical,
        fixable: true,
        why: "it is critical and there is a fix",
        ..ANY
    },
    Priority { urgency: Urgency::Delay, severity: Severity::High, why: "it is severe", ..ANY },
    Priority {
        urgency: Urgency::Delay,
        severity: Severity::Medium,
        fixable: true,
        why: "there is a fix",
        ..ANY
    },
    Priority { urgency: Urgency::Delay, epss_percentile: 0.95, why: "it may well be exploited", ..ANY },
    Priority { why: "it is mild or cannot be fixed", ..ANY },
];

/// The row that fits.
pub(crate) fn priority(
    severity: Severity,
    exploited: bool,
    fixable: bool,
    epss_percentile: Option<f32>,
) -> &'static Priority {
    let severity = if severity == Severity::Unknown { Severity::Medium } else { severity };
    let fits = |row: &&Priority| {
        severity >= row.severity
            && (exploited || !row.exploited)
            && (fixable || !row.fixable)
            && epss_percentile.unwrap_or(0.0) >= row.epss_percentile
    };
    PRIORITIES.iter().find(fits).unwrap_or(&ANY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_row_that_fits_decides() {
        let check = |severity, exploited, fixable, percentile: f32, expected| {
            let percentile = (percentile > 0.0).then_some(percentile);
            assert_eq!(priority(severity, exploited, fixable, percentile).urgency, expected);
        };
        check(Severity::Low, true, false, 0.0, Urgency::Immediate);
        check(Severity::Critical, false, true, 0.0, Urgency::Immediate);
        check(Severity::Critical, false, false, 0.0, Urgency::Delay);
        check(Severity::High, false, true, 0.96, Urgency::Immediate);
        check(Severity::High, false, true, 0.5, Urgency::Delay);
        check(Severity::High, false, false, 0.96, Urgency::Delay);
        check(Severity::Medium, false, false, 0.98, Urgency::Immediate);
        check(Severity::Medium, false, true, 0.0, Urgency::Delay);
        check(Severity::Medium, false, false, 0.0, Urgency::None);
        check(Severity::Unknown, false, true, 0.0, Urgency::Delay);
        check(Severity::Low, false, true, 0.0, Urgency::None);
        check(Severity::Low, false, true, 0.96, Urgency::Delay);
        // Without EPSS a critical one is as urgent as with a low one.
        check(Severity::Critical, false, true, 0.01, Urgency::Immediate);
    }
}
