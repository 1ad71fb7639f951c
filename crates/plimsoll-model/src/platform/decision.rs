//! What people decide about risks: which risks, in which images, until when, and why.

use crate::{ImageSource, RegistryKind, RepositoryPattern, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// What a decision does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Not now: later scans show the risk, marked.
    Ignore,
    /// Takes back what earlier decisions ignore, for these risks and images.
    Unignore,
    /// Does not matter here: the risk stays quiet, and listable.
    Whitelist,
}

/// Which risks: these, or all that a filter of the risk list holds, now and later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RiskChoice {
    /// By id.
    Ids(Vec<String>),
    /// By the risk list's filters, by name, as in its address: `{"kind": "secret", "severity": "low"}`.
    Filter {
        /// Name → value.
        filter: BTreeMap<String, String>,
    },
}

/// Which images: all, or the union of what the lists name. `"all"` is short for `{"all": true}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(default)]
pub struct ImageScope {
    /// Every image.
    pub all: bool,
    /// Images met there.
    pub sources: Vec<ImageSource>,
    /// Images of registries of these products.
    pub registry_kinds: Vec<RegistryKind>,
    /// Images of these registries, by id.
    pub registries: Vec<String>,
    /// `team/*` or `team/app:1.*`: repositories, and tags after a colon; `*` stands for any characters.
    pub repositories: Vec<String>,
    /// These images, by id.
    pub images: Vec<String>,
    /// Images that the image list's filters hold, by name, as in its address.
    pub filter: Option<BTreeMap<String, String>>,
}

impl<'de> Deserialize<'de> for ImageScope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ImageScope, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case")]
        enum Word {
            All,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Parts {
            #[serde(default)]
            all: bool,
            #[serde(default)]
            sources: Vec<ImageSource>,
            #[serde(default)]
            registry_kinds: Vec<RegistryKind>,
            #[serde(default)]
            registries: Vec<String>,
            #[serde(default)]
            repositories: Vec<String>,
            #[serde(default)]
            images: Vec<String>,
            #[serde(default)]
            filter: Option<BTreeMap<String, String>>,
        }
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Word(Word),
            Parts(Parts),
        }
        Ok(match Form::deserialize(deserializer)? {
            Form::Word(Word::All) => ImageScope { all: true, ..ImageScope::default() },
            Form::Parts(parts) => ImageScope {
                all: parts.all,
                sources: parts.sources,
                registry_kinds: parts.registry_kinds,
                registries: parts.registries,
                repositories: parts.repositories,
                images: parts.images,
                filter: parts.filter,
            },
        })
    }
}

/// When a decision ends. Read from `null` (never), a time or a day (`"2027-01-31"`), `{"days": 30}`, or `"fixable"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(default)]
pub struct Expiry {
    /// At this moment.
    pub at: Option<Time>,
    /// So many days after it was made; becomes `at` when the decision is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// For each risk, when a fix for it can be had.
    pub when_fixable: bool,
}

impl<'de> Deserialize<'de> for Expiry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Expiry, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Parts {
            #[serde(default)]
            at: Option<Time>,
            #[serde(default)]
            days: Option<u32>,
            #[serde(default)]
            when_fixable: bool,
        }
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Text(String),
            Parts(Parts),
        }
        let Some(form) = Option::<Form>::deserialize(deserializer)? else { return Ok(Expiry::default()) };
        match form {
            Form::Parts(Parts { at, days, when_fixable }) => Ok(Expiry { at, days, when_fixable }),
            Form::Text(text) if text == "never" => Ok(Expiry::default()),
            Form::Text(text) if text == "fixable" => Ok(Expiry { when_fixable: true, ..Expiry::default() }),
            Form::Text(text) => {
                let at = Time::parse(&text).or_else(|| Time::parse(&format!("{text}T23:59:59Z")));
                let at = at.ok_or_else(|| {
                    serde::de::Error::custom(format!(
                        "`{text}` is no end: give a time, a day, {{\"days\": 30}}, \"fixable\" or null"
                    ))
                })?;
                Ok(Expiry { at: Some(at), ..Expiry::default() })
            }
        }
    }
}

/// A decision to be, as a person states it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDecision {
    /// What it does.
    pub action: Action,
    /// Which risks.
    pub risks: RiskChoice,
    /// In which images.
    pub scope: ImageScope,
    /// Why, at most 1,024 characters.
    #[serde(default)]
    pub reason: String,
    /// Why not affected, as VEX says it (`vulnerable_code_not_present`, …); of a whitelist.
    #[serde(default)]
    pub justification: Option<String>,
    /// When it ends.
    #[serde(default)]
    pub expires: Expiry,
}

/// What a person decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Decision {
    /// UUID.
    pub id: String,
    /// What it does.
    pub action: Action,
    /// Which risks.
    pub risks: RiskChoice,
    /// In which images.
    pub scope: ImageScope,
    /// Only in these repositories, whatever the scope says: what its author may see; `null` for everything.
    pub within: Option<Vec<RepositoryPattern>>,
    /// Why.
    pub reason: String,
    /// Why not affected, as VEX says it.
    pub justification: Option<String>,
    /// When it ends.
    pub expires: Expiry,
    /// Who made it.
    pub author: String,
    /// When it was made; later decisions win over earlier ones.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_are_read() {
        let decision: NewDecision = serde_json::from_str(
            r#"{"action": "ignore", "risks": ["CVE-2024-1"], "scope": "all", "expires": {"days": 3}}"#,
        )
        .expect("a decision");
        assert!(decision.scope.all);
        assert_eq!(decision.risks, RiskChoice::Ids(vec!["CVE-2024-1".to_owned()]));
        assert_eq!(decision.expires.days, Some(3));
        for (text, want) in [
            ("null", Some(Expiry::default())),
            ("\"fixable\"", Some(Expiry { when_fixable: true, ..Expiry::default() })),
            ("\"2027-01-31\"", Some(Expiry { at: Time::parse("2027-01-31T23:59:59Z"), ..Expiry::default() })),
            ("\"soon\"", None),
        ] {
            assert_eq!(serde_json::from_str::<Expiry>(text).ok(), want, "{text}");
        }
    }
}
