//! People, what they may do, and which repositories they may see.

use crate::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a person or token may do. Each may do what the ones before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Look.
    Viewer,
    /// Scan, decide, export.
    Operator,
    /// Everything.
    Admin,
}

impl Role {
    /// As documents write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Operator => "operator",
            Role::Admin => "admin",
        }
    }
}

/// A person. The password is write-only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct User {
    /// UUID.
    pub id: String,
    /// What they sign in with.
    pub username: String,
    /// What they may do.
    pub role: Role,
    /// Projects by id whose repositories they may see; `null` for everything.
    pub projects: Option<Vec<String>>,
    /// May they sign in?
    pub enabled: bool,
    /// When they were added.
    pub created_at: Time,
    /// When they last signed in.
    pub signed_in_at: Option<Time>,
}

/// A key for programs. The key itself is shown once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Token {
    /// UUID.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// Id of the user it acts for.
    pub user: String,
    /// What it may do; never more than its user.
    pub role: Role,
    /// Projects by id; `null` for its user's.
    pub projects: Option<Vec<String>>,
    /// When it ends.
    pub expires_at: Option<Time>,
    /// When it was made.
    pub created_at: Time,
    /// When it was last used, to the hour.
    pub used_at: Option<Time>,
}

/// Repositories of one or all registries.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct RepositoryPattern {
    /// Id of the registry; `null` for any, and for local and pipeline images.
    #[serde(default)]
    pub registry: Option<String>,
    /// `team/*`: `*` stands for any characters.
    pub repository: String,
}

impl RepositoryPattern {
    /// Does it hold this repository?
    pub fn holds(&self, registry: Option<&str>, repository: &str) -> bool {
        self.registry.as_deref().is_none_or(|wanted| registry == Some(wanted))
            && glob(&self.repository, repository)
    }
}

/// `*` stands for any run of characters, everything else for itself. Linear in `text` times the number of stars.
pub fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// A group of repositories that some people may see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Project {
    /// UUID.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its repositories.
    pub repositories: Vec<RepositoryPattern>,
    /// When it was made.
    pub created_at: Time,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq)]
pub struct Principal {
    /// Id of the user; `system` for the program itself.
    pub user: String,
    /// What the history calls them.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Which repositories they may see; `None` for everything.
    pub sees: Option<Vec<RepositoryPattern>>,
    /// Address they came from.
    pub from: String,
}

impl Principal {
    /// The program itself: schedules, pushes, scans.
    pub fn system() -> Principal {
        Principal {
            user: "system".to_owned(),
            name: "system".to_owned(),
            role: Role::Admin,
            sees: None,
            from: String::new(),
        }
    }

    /// May they see this repository?
    pub fn may_see(&self, registry: Option<&str>, repository: &str) -> bool {
        self.sees
            .as_ref()
            .is_none_or(|patterns| patterns.iter().any(|pattern| pattern.holds(registry, repository)))
    }
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, text, holds) in [
            ("team/app", "team/app", true),
            ("team/app", "team/app2", false),
            ("team/*", "team/a/b", true),
            ("team/*", "teams/a", false),
            ("*", "", true),
            ("*/app", "a/b/app", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("a*a", "a", false),
        ] {
            assert_eq!(glob(pattern, text), holds, "{pattern} {text}");
        }
    }
}
