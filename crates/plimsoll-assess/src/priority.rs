//! When to act on a vulnerability: one table, the first row that fits decides.

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
    /// At least this likely to be exploited in 30 days (EPSS, 0 to 1).
    pub epss: f32,
    /// In words.
    pub why: &'static str,
}

const ANY: Priority = Priority {
    urgency: Urgency::None,
    severity: Severity::Unknown,
    exploited: false,
    fixable: false,
    epss: 0.0,
    why: "",
};

/// The table. EPSS 0.1 is about the most likely five in a hundred of all CVEs; 0.5 about one in a hundred.
pub const PRIORITIES: &[Priority] = &[
    Priority { urgency: Urgency::Immediate, exploited: true, why: "it is being exploited", ..ANY },
    Priority {
        urgency: Urgency::Immediate,
        epss: 0.5,
        severity: Severity::Medium,
        why: "it will likely be exploited",
        ..ANY
    },
    Priority {
        urgency: Urgency::Immediate,
        severity: Severity::High,
        fixable: true,
        epss: 0.1,
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
    Priority { urgency: Urgency::Delay, epss: 0.1, why: "it may well be exploited", ..ANY },
    Priority { why: "it is mild or cannot be fixed", ..ANY },
];

/// The row that fits.
pub(crate) fn priority(
    severity: Severity,
    exploited: bool,
    fixable: bool,
    epss: Option<f32>,
) -> &'static Priority {
    let severity = if severity == Severity::Unknown { Severity::Medium } else { severity };
    let fits = |row: &&Priority| {
        severity >= row.severity
            && (exploited || !row.exploited)
            && (fixable || !row.fixable)
            && epss.unwrap_or(0.0) >= row.epss
    };
    PRIORITIES.iter().find(fits).unwrap_or(&ANY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_row_that_fits_decides() {
        let check = |severity, exploited, fixable, epss: f32, expected| {
            let epss = (epss > 0.0).then_some(epss);
            assert_eq!(priority(severity, exploited, fixable, epss).urgency, expected);
        };
        check(Severity::Low, true, false, 0.0, Urgency::Immediate);
        check(Severity::Critical, false, true, 0.0, Urgency::Immediate);
        check(Severity::Critical, false, false, 0.0, Urgency::Delay);
        check(Severity::High, false, true, 0.2, Urgency::Immediate);
        check(Severity::High, false, true, 0.01, Urgency::Delay);
        check(Severity::Medium, false, false, 0.6, Urgency::Immediate);
        check(Severity::Medium, false, true, 0.0, Urgency::Delay);
        check(Severity::Medium, false, false, 0.0, Urgency::None);
        check(Severity::Unknown, false, true, 0.0, Urgency::Delay);
        check(Severity::Low, false, true, 0.0, Urgency::None);
        check(Severity::Low, false, true, 0.3, Urgency::Delay);
    }
}
