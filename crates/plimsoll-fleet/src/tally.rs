//! What all images carry, at once: which have an open risk of a kind and severity, how many, how much.

use crate::bits::Bits;
use crate::filter::Ground;
use crate::query::States;
use crate::row::RiskLevel;
use crate::state::State;
use plimsoll_model::{RiskKind, Severity};

/// For each image: its level, how many open risks, of which kinds and severities.
pub(crate) struct Tally {
    has: Vec<Bits>,
    open: Vec<u32>,
    levels: Vec<RiskLevel>,
}

/// Kinds the level is computed from.
pub(crate) fn counts_for_level(kind: RiskKind) -> bool {
    matches!(
        kind,
        RiskKind::Vulnerability
            | RiskKind::MaliciousFile
            | RiskKind::Configuration
            | RiskKind::PasswordPolicy
            | RiskKind::WeakPassword
            | RiskKind::Secret
    )
}

/// The level a severity makes. A risk nobody graded is a risk: low.
pub(crate) fn level_of(severity: Severity) -> RiskLevel {
    match severity {
        Severity::Unknown | Severity::Low => RiskLevel::Low,
        Severity::Medium => RiskLevel::Medium,
        Severity::High => RiskLevel::High,
        Severity::Critical => RiskLevel::Critical,
    }
}

fn cell(kind: RiskKind, severity: Severity) -> usize {
    kind as usize * Severity::ALL.len() + severity as usize
}

impl Tally {
    /// Has the image an open risk of this kind and severity?
    pub fn has(&self, kind: RiskKind, severity: Severity, slot: u32) -> bool {
        self.has[cell(kind, severity)].contains(slot)
    }

    /// Images with an open risk of such a kind and severity.
    pub fn any(&self, wanted: impl Fn(RiskKind, Severity) -> bool) -> Bits {
        let mut any = Bits::none(self.levels.len());
        for &kind in RiskKind::ALL {
            for &severity in Severity::ALL {
                if wanted(kind, severity) {
                    any.or(&self.has[cell(kind, severity)]);
                }
            }
        }
        any
    }

    pub fn level(&self, slot: u32) -> RiskLevel {
        self.levels[slot as usize]
    }

    /// Open risks of an image.
    pub fn open(&self, slot: u32) -> u32 {
        self.open[slot as usize]
    }
}

impl State {
    /// How risks stand on this ground.
    pub fn tally<'a>(&'a self, ground: Ground<'a>) -> &'a Tally {
        match ground {
            Ground::Decided => self.tally.get_or_init(|| self.count(true)),
            Ground::Undecided(tally) => tally,
        }
    }

    /// Counts anew, with decisions or as if there were none.
    pub fn count(&self, decided: bool) -> Tally {
        let bound = self.images.bound();
        let mut has = vec![Bits::none(bound); RiskKind::ALL.len() * Severity::ALL.len()];
        let mut steps = vec![0i32; bound + 1];
        for entry in &self.risks {
            let Some(risk) = &entry.risk else { continue };
            for part in entry.parts.iter().filter(|part| !part.key.is_fixed()) {
                let bits = &mut has[cell(risk.kind, part.key.severity())];
                let mut add = |run: std::ops::Range<u32>| {
                    steps[run.start as usize] += 1;
                    steps[run.end as usize] -= 1;
                    bits.fill(run);
                };
                if decided {
                    self.pieces(part, States::UNHANDLED, |_, run| add(run));
                } else {
                    part.runs.iter().for_each(add);
                }
            }
        }
        let mut open = Vec::with_capacity(bound);
        let mut now = 0i32;
        for step in &steps[..bound] {
            now += step;
            open.push(now.unsigned_abs());
        }
        let mut levels: Vec<RiskLevel> = self
            .images
            .rest
            .iter()
            .map(|rest| if rest.scanned_at.is_some() { RiskLevel::Safe } else { RiskLevel::Unknown })
            .collect();
        for &severity in Severity::ALL.iter().rev() {
            for &kind in RiskKind::ALL.iter().filter(|&&kind| counts_for_level(kind)) {
                for slot in has[cell(kind, severity)].iter() {
                    let level = &mut levels[slot as usize];
                    if *level != RiskLevel::Unknown {
                        *level = (*level).max(level_of(severity));
                    }
                }
            }
        }
        Tally { has, open, levels }
    }
}
