use super::Scheme;
use plimsoll_model::{Affected, Event};
use std::cmp::Ordering::*;
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RangeVerdict {
    pub affected: bool,
    pub fixed: Option<String>,
    pub range: String,
    pub why: String,
}
pub fn affects(scheme: Scheme, affected: &Affected, version: &str) -> RangeVerdict {
    let mut out = RangeVerdict::default();
    if affected.versions.iter().any(|v| v == version) {
        out.affected = true;
        out.why = "listed".into();
    }
    for range in &affected.ranges {
        let mut inside = false;
        let mut fixed = None;
        let mut text = String::new();
        for event in &range.events {
            match event {
                Event::Introduced(v) => {
                    text += &format!(">= {v} ");
                    if v == "0" || matches!(scheme.compare(version, v), Some(Greater | Equal)) {
                        inside = true;
                        fixed = None;
                    }
                }
                Event::Fixed(v) | Event::Limit(v) => {
                    text += &format!("< {v} ");
                    if v == "0" || matches!(scheme.compare(version, v), Some(Greater | Equal)) {
                        inside = false;
                    } else if inside && fixed.is_none() {
                        fixed = Some(v.clone());
                    }
                }
                Event::LastAffected(v) => {
                    text += &format!("<= {v} ");
                    if matches!(scheme.compare(version, v), Some(Greater)) {
                        inside = false;
                    }
                }
            }
        }
        if !scheme.is_valid(version) {
            inside = false;
        }
        out.range = text.clone();
        if inside {
            return RangeVerdict { affected: true, fixed, range: text, why: "inside".into() };
        }
    }
    out
}
