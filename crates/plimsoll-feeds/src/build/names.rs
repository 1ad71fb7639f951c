//! Other names of the same flaw, over all records.

use crate::osv::{self, Record};
use std::collections::{BTreeSet, HashMap};

/// Gives a record of a flaw that has a CVE only by way of other records (a GHSA naming a RUSTSEC id whose record names
/// the CVE) that CVE as alias, and replaces what a notice answers by the CVE where it calls it otherwise.
///
/// Only aliases connect, and only where the flaw so joined has one CVE: records that lump several flaws together must
/// not make them one.
pub(super) fn complete(records: &mut [Record]) {
    let flaws = Flaws::of(records);
    for record in records {
        let has_cve = [&record.id].into_iter().chain(&record.aliases).any(|name| osv::is_cve(name));
        if !record.notice
            && !has_cve
            && record.vulnerabilities.is_empty()
            && let Some(cve) = flaws.cve(&record.id)
        {
            record.aliases.push(cve.to_owned());
        }
        if record.vulnerabilities.iter().any(|name| !osv::is_cve(name)) {
            record.vulnerabilities = answered(&record.vulnerabilities, &flaws);
        }
    }
}

/// The flaws of a notice, by their CVE where there is one. A name nothing is known of goes where CVEs are named
/// beside it: it is one of theirs (`CVE-2026-24398`, `GHSA-r354-f388-2fhh`).
fn answered(names: &[String], flaws: &Flaws) -> Vec<String> {
    let some_cve = names.iter().any(|name| osv::is_cve(name));
    let mut out: Vec<String> = Vec::new();
    let mut seen = BTreeSet::new();
    for name in names {
        let name = match flaws.cve(name) {
            _ if osv::is_cve(name) => name.as_str(),
            Some(cve) => cve,
            None if some_cve && !flaws.known(name) => continue,
            None => name,
        };
        if seen.insert(name.to_owned()) {
            out.push(name.to_owned());
        }
    }
    out
}

/// Names joined by aliases: a forest with the root of each tree standing for its flaw.
struct Flaws {
    numbers: HashMap<String, usize>,
    parents: Vec<usize>,
    /// By root: the CVE, if it is one.
    cves: HashMap<usize, Option<String>>,
}

impl Flaws {
    fn of(records: &[Record]) -> Flaws {
        let mut flaws = Flaws { numbers: HashMap::new(), parents: Vec::new(), cves: HashMap::new() };
        for record in records.iter().filter(|record| !record.notice && record.vulnerabilities.is_empty()) {
            let own = flaws.number(&record.id);
            for alias in &record.aliases {
                let other = flaws.number(alias);
                flaws.join(own, other);
            }
        }
        let mut cves: Vec<(String, usize)> = flaws
            .numbers
            .iter()
            .filter(|(name, _)| osv::is_cve(name))
            .map(|(name, no)| (name.clone(), *no))
            .collect();
        cves.sort_unstable();
        for (cve, number) in cves {
            let root = flaws.root(number);
            flaws.cves.entry(root).and_modify(|several| *several = None).or_insert(Some(cve));
        }
        flaws
    }

    fn known(&self, name: &str) -> bool {
        self.numbers.contains_key(name)
    }

    /// The one CVE of the flaw with this name.
    fn cve(&self, name: &str) -> Option<&str> {
        let mut number = *self.numbers.get(name)?;
        while let Some(&parent) = self.parents.get(number).filter(|&&parent| parent != number) {
            number = parent;
        }
        self.cves.get(&number)?.as_deref()
    }

    fn number(&mut self, name: &str) -> usize {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.parents.len();
        self.parents.push(number);
        self.numbers.insert(name.to_owned(), number);
        number
    }

    /// The root, halving the path to it on the way.
    fn root(&mut self, mut number: usize) -> usize {
        while self.parents[number] != number {
            self.parents[number] = self.parents[self.parents[number]];
            number = self.parents[number];
        }
        number
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.parents[b] = a;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::osv::{Parsed, parse};
    use serde_json::json;

    fn strings(names: &[String]) -> Vec<&str> {
        names.iter().map(String::as_str).collect()
    }

    #[test]
    fn aliases_lead_to_a_cve_if_there_is_one() {
        // Records as id, aliases, upstream; then id, aliases, vulnerabilities.
        let check = |given: &[(&str, &[&str], &[&str])], expected: &[(&str, &[&str], &[&str])]| {
            let record = |(id, aliases, upstream): &(&str, &[&str], &[&str])| {
                let affected = json!([{"package": {"ecosystem": "X", "name": "x"}, "versions": ["1"]}]);
                let text = json!({"id": id, "aliases": aliases, "upstream": upstream, "affected": affected})
                    .to_string();
                match parse(text.as_bytes()) {
                    Ok(Parsed::Taken(record)) => *record,
                    other => panic!("{other:?}"),
                }
            };
            let mut records: Vec<Record> = given.iter().map(record).collect();
            complete(&mut records);
            let names: Vec<(&str, Vec<&str>, Vec<&str>)> =
                records.iter().map(|r| (&*r.id, strings(&r.aliases), strings(&r.vulnerabilities))).collect();
            let expected: Vec<(&str, Vec<&str>, Vec<&str>)> =
                expected.iter().map(|(id, a, v)| (*id, a.to_vec(), v.to_vec())).collect();
            assert_eq!(names, expected);
        };
        let (one, two) = ("CVE-2024-1111", "CVE-2024-2222");
        check(
            &[("GHSA-a", &["RUSTSEC-1"], &[]), ("RUSTSEC-1", &[one], &[])],
            &[("GHSA-a", &["RUSTSEC-1", one], &[]), ("RUSTSEC-1", &[one], &[])],
        );
        // A record that lumps two flaws together does not name the CVE of a third.
        check(
            &[("GHSA-a", &[], &[]), ("RUSTSEC-1", &[one, two, "GHSA-a"], &[])],
            &[("GHSA-a", &[], &[]), ("RUSTSEC-1", &[one, two, "GHSA-a"], &[])],
        );
        // A notice answers a GHSA by its CVE; what nothing is known of is one of the CVEs beside it.
        check(
            &[("CGA-1", &[], &["GHSA-a"]), ("CGA-2", &[], &[two, "GHSA-b"]), ("GHSA-a", &[one], &[])],
            &[("CGA-1", &[], &[one]), ("CGA-2", &[], &[two]), ("GHSA-a", &[one], &[])],
        );
        check(&[("CGA-1", &[], &["GHSA-b"])], &[("CGA-1", &[], &["GHSA-b"])]);
    }
}
