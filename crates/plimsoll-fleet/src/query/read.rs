//! Values of questions.

use super::QueryError;
use plimsoll_model::{RiskState, Time};

/// One name and its value, being read.
pub(super) struct Field<'a> {
    pub name: &'a str,
    pub value: &'a str,
}

/// Values in a list: more would only be a way to keep the server busy.
const VALUES: usize = 1_000;

impl Field<'_> {
    pub fn refuse(&self, why: impl Into<String>) -> QueryError {
        QueryError { name: self.name.to_owned(), why: why.into() }
    }

    /// The value itself.
    pub fn text(&self) -> Result<String, QueryError> {
        match self.value.trim() {
            "" => Err(self.refuse("no value is given")),
            value => Ok(value.to_owned()),
        }
    }

    /// Values parted by commas.
    pub fn texts(&self) -> Result<Vec<String>, QueryError> {
        let values: Vec<String> = self
            .value
            .split(',')
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
            .collect();
        match values.len() {
            0 => Err(self.refuse("no value is given")),
            1..=VALUES => Ok(values),
            count => Err(self.refuse(format!("{count} values are too many: at most {VALUES}"))),
        }
    }

    /// Words of a closed list, parted by commas.
    pub fn words<T: Copy>(&self, all: &[T], word: impl Fn(T) -> &'static str) -> Result<Vec<T>, QueryError> {
        self.texts()?
            .iter()
            .map(|value| {
                all.iter().copied().find(|&one| word(one) == value).ok_or_else(|| {
                    let known: Vec<&str> = all.iter().map(|&one| word(one)).collect();
                    self.refuse(format!("`{value}` is none of {}", known.join(", ")))
                })
            })
            .collect()
    }

    pub fn yes(&self) -> Result<bool, QueryError> {
        match self.value {
            "true" => Ok(true),
            "false" => Ok(false),
            value => Err(self.refuse(format!("`{value}` is neither true nor false"))),
        }
    }

    pub fn number(&self) -> Result<f64, QueryError> {
        let number = self.value.parse::<f64>().ok().filter(|number| number.is_finite());
        number.ok_or_else(|| self.refuse(format!("`{}` is no number", self.value)))
    }

    pub fn whole(&self) -> Result<u64, QueryError> {
        self.value.parse().map_err(|_| self.refuse(format!("`{}` is no whole number", self.value)))
    }

    /// A moment, or the beginning of a day in UTC.
    pub fn time(&self) -> Result<Time, QueryError> {
        let time = Time::parse(self.value).or_else(|| Time::parse(&format!("{}T00:00:00Z", self.value)));
        time.ok_or_else(|| {
            self.refuse(format!(
                "`{}` is neither a day (2026-01-31) nor a time (2026-01-31T12:00:00Z)",
                self.value
            ))
        })
    }

    /// Lines of a page: 1 to 500.
    pub fn limit(&self) -> Result<usize, QueryError> {
        match self.whole()? {
            limit @ 1..=500 => Ok(limit as usize),
            limit => Err(self.refuse(format!("{limit} is not between 1 and 500"))),
        }
    }

    /// Where a page begins.
    pub fn cursor(&self) -> Result<usize, QueryError> {
        let offset = self.value.strip_prefix('p').and_then(|offset| offset.parse::<u32>().ok());
        offset.map(|offset| offset as usize).ok_or_else(|| self.refuse("it is none this server gave out"))
    }

    /// A sort and whether it descends.
    pub fn sort<T: Copy>(&self, all: &[(&'static str, T)]) -> Result<(T, bool), QueryError> {
        let (name, descending) =
            self.value.strip_prefix('-').map_or((self.value, false), |name| (name, true));
        let sort = all.iter().find(|(known, _)| *known == name).map(|&(_, sort)| (sort, descending));
        sort.ok_or_else(|| {
            let known: Vec<&str> = all.iter().map(|&(known, _)| known).collect();
            self.refuse(format!("`{name}` is none of {}", known.join(", ")))
        })
    }

    /// States, also by their groups.
    pub fn states(&self) -> Result<States, QueryError> {
        let mut states = States::NONE;
        for value in self.texts()? {
            states = states.or(match value.as_str() {
                "all" => States::ALL,
                "handled" => States::HANDLED,
                "unhandled" => States::UNHANDLED,
                word => match STATES.iter().find(|state| state.as_str() == word) {
                    Some(&state) => States::of(state),
                    None => {
                        return Err(self.refuse(format!(
                            "`{word}` is none of open, reopened, ignored, whitelisted, fixed, all, handled, unhandled"
                        )));
                    }
                },
            });
        }
        Ok(states)
    }
}

/// What to send for the page that begins there.
pub(crate) fn cursor(offset: usize) -> String {
    format!("p{offset}")
}

/// Every state.
pub(crate) const STATES: [RiskState; 5] =
    [RiskState::Open, RiskState::Reopened, RiskState::Ignored, RiskState::Whitelisted, RiskState::Fixed];

/// A set of states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct States(pub u8);

impl States {
    pub const NONE: States = States(0);
    pub const ALL: States = States(0b11111);
    pub const UNHANDLED: States = States(0b00011);
    pub const HANDLED: States = States(0b01100);
    /// Every state but fixed.
    pub const PRESENT: States = States(0b01111);

    pub const fn of(state: RiskState) -> States {
        States(1 << state as u8)
    }

    pub const fn or(self, other: States) -> States {
        States(self.0 | other.0)
    }

    pub const fn and(self, other: States) -> States {
        States(self.0 & other.0)
    }

    pub const fn has(self, state: RiskState) -> bool {
        self.0 & States::of(state).0 != 0
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}
