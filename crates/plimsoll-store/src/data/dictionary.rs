//! The dictionaries: risks and components by number. A component is matched against advisories once, not per image.
use super::{Data, DataError};
use plimsoll_model::{ComponentFacts, ComponentMatch, Risk, RiskClass};
/// A component to be numbered.
#[derive(Clone, Debug)]
pub struct NewComponent {
    /// SHA-256, hex, of what matching depends on.
    pub key: String,
    /// Whose package it is.
    pub class: RiskClass,
    /// Name.
    pub name: String,
    /// Package URL.
    pub purl: String,
    /// What matching needs, JSON; kept compressed.
    pub body: Vec<u8>,
}
/// What a component is vulnerable to.
#[derive(Clone, Debug)]
pub struct NewMatches {
    /// The component's number.
    pub number: i64,
    /// For the fleet.
    pub matches: Vec<ComponentMatch>,
    /// The findings without evidence, JSON; kept compressed.
    pub findings: Vec<u8>,
}
/// A component of the dictionary.
#[derive(Clone, Debug)]
pub struct StoredComponent {
    /// Its number.
    pub number: i64,
    /// Package URL.
    pub purl: String,
    /// What matching needs, JSON.
    pub body: Vec<u8>,
    /// The findings without evidence, JSON; empty before it was matched.
    pub findings: Vec<u8>,
    /// Digest of the advisory database it was matched with.
    pub matched_with: Option<String>,
}
impl Data {
    /// Numbers of these components, adding those that are new; `true`: already matched with this advisory database.
    pub async fn number_components(
        &self,
        components: &[NewComponent],
        knowledge: &str,
    ) -> Result<Vec<(i64, bool)>, DataError> {
        let _ = (components, knowledge);
        todo!()
    }
    /// Numbers of these risks, adding those that are new; columns of known ones become these (the worst severity and the
    /// earliest first-seen stay).
    pub async fn number_risks(&self, risks: &[Risk]) -> Result<Vec<i64>, DataError> {
        let _ = risks;
        todo!()
    }
    /// Keeps matches, with change lines for components whose matches differ.
    pub async fn put_matches(&self, knowledge: &str, matches: &[NewMatches]) -> Result<(), DataError> {
        let _ = (knowledge, matches);
        todo!()
    }
    /// Components by number.
    pub async fn components(&self, numbers: &[i64]) -> Result<Vec<StoredComponent>, DataError> {
        let _ = numbers;
        todo!()
    }
    /// Components after this number that were not matched with this advisory database, in order.
    pub async fn unmatched(
        &self,
        knowledge: &str,
        after: i64,
        limit: u32,
    ) -> Result<Vec<StoredComponent>, DataError> {
        let _ = (knowledge, after, limit);
        todo!()
    }
    /// What the fleet is told of components: these, or all after `after`.
    pub async fn component_facts(
        &self,
        numbers: Option<&[i64]>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<ComponentFacts>, DataError> {
        let _ = (numbers, after, limit);
        todo!()
    }
    /// Risks: these, or all after `after`, with their numbers.
    pub async fn risks(
        &self,
        numbers: Option<&[i64]>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, Risk)>, DataError> {
        let _ = (numbers, after, limit);
        todo!()
    }
    /// Numbers of the components that have this risk.
    pub async fn components_with(&self, risk: &str, limit: u32) -> Result<Vec<i64>, DataError> {
        let _ = (risk, limit);
        todo!()
    }
}
