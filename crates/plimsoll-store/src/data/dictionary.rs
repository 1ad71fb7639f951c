//! The dictionaries: risks and components by number. A component is matched against advisories once, not per image.

use super::pack::{packed, packed_matches, unpacked, unpacked_matches};
use super::row::{bulk, chunks, json, list, of_json, of_word, placeholders, plain, word};
use super::write::{Write, transaction};
use super::{ChangeKind, Data, DataError};
use plimsoll_model::{ComponentFacts, ComponentMatch, Risk, RiskClass};
use sqlx::AssertSqlSafe;
use std::collections::{BTreeMap, BTreeSet, HashMap};

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
        // Nearly all are known: reading holds nobody up.
        let keys: BTreeSet<&str> = components.iter().map(|component| component.key.as_str()).collect();
        let keys: Vec<&str> = keys.into_iter().collect();
        let mut known = self.known_components(&keys).await?;
        let mut new: Vec<&NewComponent> =
            components.iter().filter(|component| !known.contains_key(&component.key)).collect();
        new.sort_by(|a, b| a.key.cmp(&b.key));
        new.dedup_by(|a, b| a.key == b.key);
        if !new.is_empty() {
            self.add_components(&new).await?;
            let keys: Vec<&str> = new.iter().map(|component| component.key.as_str()).collect();
            known.extend(self.known_components(&keys).await?);
        }
        let number = |component: &NewComponent| {
            let (number, matched_with) = known
                .get(&component.key)
                .ok_or_else(|| DataError::Missing { what: "component", id: component.key.clone() })?;
            Ok((*number, matched_with.as_deref() == Some(knowledge)))
        };
        components.iter().map(number).collect()
    }

    /// Numbers of these risks, adding those that are new; columns of known ones become these (the worst severity and the
    /// earliest first-seen stay).
    pub async fn number_risks(&self, risks: &[Risk]) -> Result<Vec<i64>, DataError> {
        let mut wanted: BTreeMap<String, Risk> = BTreeMap::new();
        for risk in risks {
            let id = plain(&risk.id);
            let risk = match wanted.get(&id) {
                Some(other) => joined(other, risk),
                None => risk.clone(),
            };
            wanted.insert(id, risk);
        }
        let ids: Vec<&str> = wanted.keys().map(String::as_str).collect();
        let known = self.known_risks(&ids).await?;
        let stale = wanted.iter().any(|(id, risk)| match known.get(id) {
            Some((_, stored)) => joined(stored, risk) != *stored,
            None => true,
        });
        let numbers: HashMap<String, i64> = match stale {
            true => self.put_risks(&wanted).await?,
            false => known.into_iter().map(|(id, (number, _))| (id, number)).collect(),
        };
        let number = |risk: &Risk| {
            let id = plain(&risk.id);
            numbers.get(&id).copied().ok_or(DataError::Missing { what: "risk", id })
        };
        risks.iter().map(number).collect()
    }

    /// Keeps matches, with change lines for components whose matches differ.
    pub async fn put_matches(&self, knowledge: &str, matches: &[NewMatches]) -> Result<(), DataError> {
        let mut rows = BTreeMap::new();
        for one in matches {
            rows.insert(one.number, (one, packed_matches(&one.matches)?, packed(&one.findings)));
        }
        let numbers: Vec<i64> = rows.keys().copied().collect();
        transaction!(self, write => {
            let sql = format!(
                "SELECT number, matches FROM components WHERE number IN {} ORDER BY number{}",
                write.backend.numbers("$1"),
                write.backend.for_update()
            );
            let before: Vec<(i64, Vec<u8>)> =
                sqlx::query_as(AssertSqlSafe(sql)).bind(list(&numbers)).fetch_all(&mut *write).await?;
            let mut gone = Vec::new();
            let mut new = Vec::new();
            for (number, old) in &before {
                let Some((one, matches, findings)) = rows.get(number) else { continue };
                sqlx::query(
                    "UPDATE components SET matched_with = $2, matches = $3, findings = $4 WHERE number = $1",
                )
                .bind(*number)
                .bind(knowledge)
                .bind(matches.as_slice())
                .bind(findings.as_slice())
                .execute(&mut *write)
                .await?;
                if old != matches {
                    let old: BTreeSet<i64> = unpacked_matches(old)?.iter().map(|one| one.risk).collect();
                    let now: BTreeSet<i64> = one.matches.iter().map(|one| one.risk).collect();
                    gone.extend(old.difference(&now).map(|risk| (*risk, *number)));
                    new.extend(now.difference(&old).map(|risk| (*risk, *number)));
                    write.changed(ChangeKind::Component, number.to_string());
                }
            }
            for (risk, component) in gone {
                sqlx::query("DELETE FROM matches WHERE risk = $1 AND component = $2")
                    .bind(risk)
                    .bind(component)
                    .execute(&mut *write)
                    .await?;
            }
            for part in chunks(&new) {
                let sql = format!(
                    "INSERT INTO matches (risk, component) VALUES {} ON CONFLICT DO NOTHING",
                    placeholders(part.len(), 2)
                );
                let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
                for (risk, component) in part {
                    query = query.bind(*risk).bind(*component);
                }
                query.execute(&mut *write).await?;
            }
            Ok(())
        })
    }

    /// Components by number.
    pub async fn components(&self, numbers: &[i64]) -> Result<Vec<StoredComponent>, DataError> {
        let sql = format!("{COMPONENT} WHERE number IN {} ORDER BY number", self.backend().numbers("$1"));
        let rows: Vec<ComponentRow> =
            sqlx::query_as(AssertSqlSafe(sql)).bind(list(numbers)).fetch_all(self.pool()).await?;
        rows.into_iter().map(component_of).collect()
    }

    /// Components after this number that were not matched with this advisory database, in order.
    pub async fn unmatched(
        &self,
        knowledge: &str,
        after: i64,
        limit: u32,
    ) -> Result<Vec<StoredComponent>, DataError> {
        let sql = format!(
            "{COMPONENT} WHERE number > $1 AND (matched_with IS NULL OR matched_with <> $2) ORDER BY number LIMIT $3"
        );
        let rows: Vec<ComponentRow> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(after)
            .bind(knowledge)
            .bind(bulk(limit))
            .fetch_all(self.pool())
            .await?;
        rows.into_iter().map(component_of).collect()
    }

    /// How many components there are, and how many of them were matched with this advisory database.
    pub async fn count_components(&self, knowledge: &str) -> Result<(u64, u64), DataError> {
        let (all, matched): (i64, i64) =
            sqlx::query_as("SELECT COUNT(*), COUNT(CASE WHEN matched_with = $1 THEN 1 END) FROM components")
                .bind(knowledge)
                .fetch_one(self.pool())
                .await?;
        Ok((all.unsigned_abs(), matched.unsigned_abs()))
    }

    /// What the fleet is told of components: these, or all after `after`.
    pub async fn component_facts(
        &self,
        numbers: Option<&[i64]>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<ComponentFacts>, DataError> {
        let which = which(self, numbers.is_some());
        let sql = format!(
            "SELECT number, class, name, matches FROM components WHERE {which} ORDER BY number LIMIT $2"
        );
        let query = sqlx::query_as(AssertSqlSafe(sql));
        let query = match numbers {
            Some(numbers) => query.bind(list(numbers)),
            None => query.bind(after),
        };
        let rows: Vec<(i64, String, String, Vec<u8>)> =
            query.bind(bulk(limit)).fetch_all(self.pool()).await?;
        rows.into_iter()
            .map(|(number, class, name, matches)| {
                let class = of_word("component", &class)?;
                Ok(ComponentFacts { number, class, name, matches: unpacked_matches(&matches)? })
            })
            .collect()
    }

    /// Risks: these, or all after `after`, with their numbers.
    pub async fn risks(
        &self,
        numbers: Option<&[i64]>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, Risk)>, DataError> {
        let which = which(self, numbers.is_some());
        let sql = format!("SELECT number, body FROM risks WHERE {which} ORDER BY number LIMIT $2");
        let query = sqlx::query_as(AssertSqlSafe(sql));
        let query = match numbers {
            Some(numbers) => query.bind(list(numbers)),
            None => query.bind(after),
        };
        let rows: Vec<(i64, String)> = query.bind(bulk(limit)).fetch_all(self.pool()).await?;
        rows.into_iter().map(|(number, body)| Ok((number, of_json("risk", &body)?))).collect()
    }

    /// Numbers of the components that have this risk.
    pub async fn components_with(&self, risk: &str, limit: u32) -> Result<Vec<i64>, DataError> {
        let numbers = sqlx::query_scalar(
            "SELECT m.component FROM matches m JOIN risks r ON r.number = m.risk
             WHERE r.id = $1 ORDER BY m.component LIMIT $2",
        );
        Ok(numbers.bind(plain(risk)).bind(bulk(limit)).fetch_all(self.pool()).await?)
    }

    async fn known_components(
        &self,
        keys: &[&str],
    ) -> Result<HashMap<String, (i64, Option<String>)>, DataError> {
        let sql = format!(
            "SELECT key, number, matched_with FROM components WHERE key IN {}",
            self.backend().texts("$1")
        );
        let rows: Vec<(String, i64, Option<String>)> =
            sqlx::query_as(AssertSqlSafe(sql)).bind(list(keys)).fetch_all(self.pool()).await?;
        Ok(rows.into_iter().map(|(key, number, matched)| (key, (number, matched))).collect())
    }

    async fn add_components(&self, new: &[&NewComponent]) -> Result<(), DataError> {
        transaction!(self, write => {
            // The numbers' row is locked first, so that two who add the same do it one after the other.
            let first = write.numbers("components", 0).await? - 1;
            let mut next = first + 1;
            for part in chunks(new) {
                let keys: Vec<&str> = part.iter().map(|component| component.key.as_str()).collect();
                let sql = format!("SELECT key FROM components WHERE key IN {}", write.backend.texts("$1"));
                let there: Vec<String> =
                    sqlx::query_scalar(AssertSqlSafe(sql)).bind(list(&keys)).fetch_all(&mut *write).await?;
                let there: BTreeSet<&str> = there.iter().map(String::as_str).collect();
                let part: Vec<&&NewComponent> =
                    part.iter().filter(|component| !there.contains(component.key.as_str())).collect();
                if part.is_empty() {
                    continue;
                }
                let sql = format!(
                    "INSERT INTO components (number, key, class, name, purl, matches, body, findings) VALUES {}",
                    placeholders(part.len(), 8)
                );
                let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
                for component in part {
                    query = query
                        .bind(next)
                        .bind(component.key.as_str())
                        .bind(word("component", component.class)?)
                        .bind(plain(&component.name))
                        .bind(plain(&component.purl))
                        .bind(Vec::<u8>::new())
                        .bind(packed(&component.body))
                        .bind(Vec::<u8>::new());
                    next += 1;
                }
                query.execute(&mut *write).await?;
            }
            write.numbers("components", next - first - 1).await?;
            for number in first + 1..next {
                write.changed(ChangeKind::Component, number.to_string());
            }
            Ok(())
        })
    }

    async fn known_risks(&self, ids: &[&str]) -> Result<HashMap<String, (i64, Risk)>, DataError> {
        let sql = format!("SELECT id, number, body FROM risks WHERE id IN {}", self.backend().texts("$1"));
        let rows: Vec<(String, i64, String)> =
            sqlx::query_as(AssertSqlSafe(sql)).bind(list(ids)).fetch_all(self.pool()).await?;
        rows.into_iter().map(|(id, number, body)| Ok((id, (number, of_json("risk", &body)?)))).collect()
    }

    async fn put_risks(&self, wanted: &BTreeMap<String, Risk>) -> Result<HashMap<String, i64>, DataError> {
        transaction!(self, write => {
            let mut last = write.numbers("risks", 0).await? - 1;
            let first = last;
            let stored = stored_risks(&mut write, wanted).await?;
            let mut numbers = HashMap::with_capacity(wanted.len());
            let mut new = Vec::new();
            for (id, risk) in wanted {
                match stored.get(id) {
                    Some((number, stored)) => {
                        numbers.insert(id.clone(), *number);
                        let risk = joined(stored, risk);
                        if risk != *stored {
                            sqlx::query("UPDATE risks SET body = $2, first_seen = $3 WHERE number = $1")
                                .bind(*number)
                                .bind(json("risk", &risk)?)
                                .bind(risk.first_seen.0)
                                .execute(&mut *write)
                                .await?;
                            write.changed(ChangeKind::Risk, number.to_string());
                        }
                    }
                    None => {
                        last += 1;
                        numbers.insert(id.clone(), last);
                        new.push((last, id, risk));
                    }
                }
            }
            for part in chunks(&new) {
                let sql = format!(
                    "INSERT INTO risks (number, id, first_seen, body) VALUES {}",
                    placeholders(part.len(), 4)
                );
                let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
                for (number, id, risk) in part {
                    query = query.bind(*number).bind(id.as_str()).bind(risk.first_seen.0).bind(json("risk", risk)?);
                }
                query.execute(&mut *write).await?;
            }
            write.numbers("risks", last - first).await?;
            for (number, _, _) in new {
                write.changed(ChangeKind::Risk, number.to_string());
            }
            Ok(numbers)
        })
    }
}

type ComponentRow = (i64, String, Option<String>, Vec<u8>, Vec<u8>);

const COMPONENT: &str = "SELECT number, purl, matched_with, body, findings FROM components";

fn component_of(
    (number, purl, matched_with, body, findings): ComponentRow,
) -> Result<StoredComponent, DataError> {
    let body = unpacked("component", &body)?;
    let findings = unpacked("component", &findings)?;
    Ok(StoredComponent { number, purl, body, findings, matched_with })
}

/// Rows of a list, or all after a number.
fn which(data: &Data, listed: bool) -> String {
    match listed {
        true => format!("number IN {}", data.backend().numbers("$1")),
        false => "number > $1".to_owned(),
    }
}

async fn stored_risks(
    write: &mut Write<'_>,
    wanted: &BTreeMap<String, Risk>,
) -> Result<HashMap<String, (i64, Risk)>, DataError> {
    let ids: Vec<&str> = wanted.keys().map(String::as_str).collect();
    let sql = format!("SELECT id, number, body FROM risks WHERE id IN {}", write.backend.texts("$1"));
    let rows: Vec<(String, i64, String)> =
        sqlx::query_as(AssertSqlSafe(sql)).bind(list(&ids)).fetch_all(&mut **write).await?;
    rows.into_iter().map(|(id, number, body)| Ok((id, (number, of_json("risk", &body)?)))).collect()
}

/// What is known of a risk, now that it was met like this: the later word counts, but for the worst severity, the most
/// urgent urgency and the earliest day.
fn joined(known: &Risk, met: &Risk) -> Risk {
    Risk {
        severity: known.severity.max(met.severity),
        urgency: known.urgency.max(met.urgency),
        first_seen: known.first_seen.min(met.first_seen),
        ..met.clone()
    }
}
