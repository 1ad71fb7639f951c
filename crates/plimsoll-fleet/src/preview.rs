//! What a decision would hit.

use crate::bits::Bits;
use crate::decisions::Rule;
use crate::query::States;
use crate::row::{Preview, PreviewPair};
use crate::state::State;
use plimsoll_model::{Action, Decision, RiskState};

/// Ids that are listed beside the counts.
const LISTED: usize = 1_000;

impl State {
    /// Pairs that are there and not gone, risks by severity and id.
    pub fn preview_of(&self, decision: &Decision, limit: usize, offset: usize) -> Preview {
        let rule = Rule::read(decision.clone());
        let undecided = rule.is_volatile().then(|| self.count(false));
        let covered = self.covered(&rule, undecided.as_ref());
        let shown = self.visible(Some(false), None).to_runs();
        let images = covered.intersection(&shown);
        let mut risks: Vec<u32> =
            (0..self.risks.len() as u32).filter(|&risk| self.chooses(&rule, risk)).collect();
        risks.sort_by_key(|&risk| {
            let known = self.risks[risk as usize].risk.as_deref();
            std::cmp::Reverse(known.map(|risk| (risk.severity, std::cmp::Reverse(risk.id.as_str()))))
        });
        let mut preview = Preview {
            pairs: 0,
            risks: 0,
            images: 0,
            changes: 0,
            items: Vec::new(),
            risk_ids: Vec::new(),
            image_ids: Vec::new(),
        };
        let mut hit = Bits::none(self.images.bound());
        for risk in risks {
            let entry = &self.risks[risk as usize];
            let Some(known) = &entry.risk else { continue };
            let before = preview.pairs;
            for part in entry.parts.iter().filter(|part| rule.covers(part.key)) {
                self.pieces(part, States::PRESENT, |state, run| {
                    for piece in images.within(run) {
                        hit.fill(piece.clone());
                        let count = u64::from(piece.end - piece.start);
                        let skipped = (offset as u64).saturating_sub(preview.pairs).min(count) as u32;
                        for slot in piece.skip(skipped as usize) {
                            if preview.items.len() >= limit {
                                break;
                            }
                            preview.items.push(PreviewPair {
                                risk: known.id.clone(),
                                title: known.title.clone(),
                                severity: part.key.severity(),
                                image: self.images.rest[slot as usize].id.as_ref().to_owned(),
                                image_name: self.image_name(slot),
                                state,
                            });
                        }
                        preview.pairs += count;
                        preview.changes += if changes(decision.action, state) { count } else { 0 };
                    }
                });
            }
            if preview.pairs > before {
                preview.risks += 1;
                if preview.risk_ids.len() < LISTED {
                    preview.risk_ids.push(known.id.clone());
                }
            }
        }
        preview.images = hit.len();
        let ids = hit.iter().take(LISTED).map(|slot| self.images.rest[slot as usize].id.as_ref().to_owned());
        preview.image_ids = ids.collect();
        preview
    }
}

/// Does a pair in this state get another when this is decided last?
fn changes(action: Action, state: RiskState) -> bool {
    match action {
        Action::Ignore => matches!(state, RiskState::Open | RiskState::Reopened),
        Action::Unignore => state == RiskState::Ignored,
        Action::Whitelist => state != RiskState::Whitelisted,
    }
}
