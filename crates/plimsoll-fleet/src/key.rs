//! How an image has a risk, in one word: through whose packages, fixable or not, inherited or not, how badly.

use plimsoll_model::{RiskClass, Severity};

/// How an image has a risk: which flavours of occurrences there are, the worst severity, and marks. Images of a risk
/// that have it in the same way share a part of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key(pub u32);

const SEVERITIES: u32 = 0b11111 << 12;
const REOPENED: u32 = 1 << 17;
const FIXED: u32 = 1 << 18;

/// A set of flavours: class (system, application, none) × fixable × inherited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Flavours(pub u32);

impl Flavours {
    pub const ALL: Flavours = Flavours(0xfff);
    pub const FIXABLE: Flavours = Flavours(0b1100_1100_1100);
    pub const NOT_FIXABLE: Flavours = Flavours(!Flavours::FIXABLE.0 & 0xfff);
    pub const INHERITED: Flavours = Flavours(0b1010_1010_1010);
    pub const OWN: Flavours = Flavours(!Flavours::INHERITED.0 & 0xfff);

    /// The one flavour of an occurrence; risks that do not come through a component have no class.
    pub fn one(class: Option<RiskClass>, fixable: bool, inherited: bool) -> Flavours {
        let class = match class {
            Some(RiskClass::System) => 0,
            Some(RiskClass::Application) => 1,
            None => 2,
        };
        Flavours(1 << (class * 4 + u32::from(fixable) * 2 + u32::from(inherited)))
    }

    /// All flavours of a class.
    pub fn of_class(class: RiskClass) -> Flavours {
        match class {
            RiskClass::System => Flavours(0x00f),
            RiskClass::Application => Flavours(0x0f0),
        }
    }

    pub fn and(self, other: Flavours) -> Flavours {
        Flavours(self.0 & other.0)
    }

    pub fn or(self, other: Flavours) -> Flavours {
        Flavours(self.0 | other.0)
    }

    pub fn meets(self, other: Flavours) -> bool {
        self.0 & other.0 != 0
    }
}

impl Key {
    /// One occurrence.
    pub fn occurrence(flavour: Flavours, severity: Severity) -> Key {
        Key(flavour.0 | 1 << (12 + severity as u32))
    }

    /// The mark that it is there again.
    pub const REOPENED: Key = Key(REOPENED);

    /// The mark that it is not there any more.
    pub const FIXED: Key = Key(FIXED);

    /// Both together.
    pub fn or(self, other: Key) -> Key {
        Key(self.0 | other.0)
    }

    /// What all occurrences and marks of one image come to: the worst severity; fixed only where there is no
    /// occurrence, in the flavours it may have had. `None` where it neither is nor was.
    pub fn settled(self, had: impl FnOnce() -> Key) -> Option<Key> {
        if self.flavours().0 == 0 {
            return (self.0 & FIXED != 0).then_some(Key(FIXED | had().0));
        }
        let worst = 31 - (self.0 & SEVERITIES).leading_zeros();
        Some(Key(self.flavours().0 | self.0 & REOPENED | 1 << worst))
    }

    pub fn flavours(self) -> Flavours {
        Flavours(self.0 & Flavours::ALL.0)
    }

    pub fn severity(self) -> Severity {
        let one = (self.0 & SEVERITIES) >> 12;
        *Severity::ALL.iter().find(|&&severity| one >> severity as u32 != 0).unwrap_or(&Severity::Unknown)
    }

    pub fn is_reopened(self) -> bool {
        self.0 & REOPENED != 0
    }

    pub fn is_fixed(self) -> bool {
        self.0 & FIXED != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn occurrences_come_together() {
        let own = Key::occurrence(Flavours::one(Some(RiskClass::System), true, false), Severity::Low);
        let inherited = Key::occurrence(Flavours::one(None, false, true), Severity::High);
        let both = own.or(inherited).or(Key::REOPENED).or(Key::FIXED).settled(|| own).expect("present");
        assert_eq!(both.severity(), Severity::High);
        assert!(both.is_reopened() && !both.is_fixed());
        assert!(both.flavours().meets(Flavours::OWN) && both.flavours().meets(Flavours::NOT_FIXABLE));
        assert!(!own.flavours().meets(Flavours::INHERITED) && own.flavours().meets(Flavours::FIXABLE));
        assert_eq!(Key::FIXED.settled(|| own), Some(Key(FIXED | own.0)));
        assert_eq!(Key::REOPENED.settled(|| own), None);
    }
}
