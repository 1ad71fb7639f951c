//! Which statements are about the same vulnerability: the graph of ids and aliases, within one package.

use super::decide::Statement;
use std::collections::HashMap;

/// The statements about one vulnerability, and its names.
#[derive(Default)]
pub(super) struct Group {
    /// The one to show first, then the others, sorted.
    pub(super) ids: Vec<String>,
    /// Indices of the statements, ascending.
    pub(super) statements: Vec<usize>,
}

/// Groups statements by vulnerability, sorted by the ids shown; without `silent` only groups in which a statement says
/// "affected". A notice that answers several stands in several groups; its own id is a name of none of them.
pub(super) fn groups(statements: &[Statement], silent: bool) -> Vec<Group> {
    let mut names = Names::default();
    // Pairs of a node and a statement that is about it.
    let mut about: Vec<(usize, usize)> = Vec::with_capacity(statements.len());
    for (index, statement) in statements.iter().enumerate() {
        for same in vulnerabilities(statement) {
            let mut nodes = same.into_iter().map(|id| names.node(id)).collect::<Vec<_>>().into_iter();
            let Some(first) = nodes.next() else { continue };
            nodes.for_each(|other| names.unite(first, other));
            about.push((first, index));
        }
    }
    let mut groups: HashMap<usize, Group> = HashMap::new();
    for &(node, index) in &about {
        if silent || statements[index].affects {
            groups.entry(names.root(node)).or_default();
        }
    }
    for (node, index) in about {
        if let Some(group) = groups.get_mut(&names.root(node))
            && group.statements.last() != Some(&index)
        {
            group.statements.push(index);
        }
    }
    for node in 0..names.ids.len() {
        if let Some(group) = groups.get_mut(&names.root(node)) {
            group.ids.push(names.ids[node].to_owned());
        }
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    for group in &mut groups {
        group.ids.sort_by(|a, b| (rank(a), number(a), a).cmp(&(rank(b), number(b), b)));
    }
    groups.sort_by(|a, b| a.ids.cmp(&b.ids));
    groups
}

/// The vulnerabilities a record is about, each with all the names the record gives it.
fn vulnerabilities<'a>(statement: &Statement<'a>) -> Vec<Vec<&'a str>> {
    let advisory = statement.advisory;
    let named = advisory.vulnerabilities.iter().map(String::as_str);
    let is_cve = |id: &&str| id.starts_with("CVE-");
    let cves: Vec<&str> = named.clone().filter(is_cve).collect();
    let aliases = advisory.aliases.iter().map(String::as_str);
    let own = std::iter::once(advisory.id.as_str());
    if cves.len() > 1 {
        // Other ids beside several CVEs are names of some of them; which, the record does not say.
        return cves.into_iter().map(|cve| vec![cve]).collect();
    }
    if cves.is_empty() && advisory.vulnerabilities.len() > 1 {
        return named.map(|id| vec![id]).collect();
    }
    // A record that names what it answers is not the flaw itself: its id is told of only when it decided.
    let own = own.filter(|_| advisory.vulnerabilities.is_empty());
    vec![own.chain(embedded(&advisory.id)).chain(aliases).chain(named).collect()]
}

/// `CVE-2023-1` of `DEBIAN-CVE-2023-1`.
fn embedded(id: &str) -> Option<&str> {
    let at = id.rfind("CVE-")?;
    let number = &id[at..];
    let mut parts = number[4..].split('-');
    let digits = |part: Option<&str>| {
        part.is_some_and(|part| part.len() >= 4 && part.bytes().all(|b| b.is_ascii_digit()))
    };
    (at > 0 && digits(parts.next()) && digits(parts.next()) && parts.next().is_none()).then_some(number)
}

/// CVE ids are shown first, then the well-known databases, then the rest.
fn rank(id: &str) -> u8 {
    match id {
        id if id.starts_with("CVE-") => 0,
        id if id.starts_with("GHSA-") => 1,
        _ => 2,
    }
}

/// Year and number of a CVE id, so that 9999 comes before 10000.
fn number(id: &str) -> (u32, u64) {
    let mut parts = id.strip_prefix("CVE-").unwrap_or("").split('-');
    let year = parts.next().and_then(|year| year.parse().ok());
    let serial = parts.next().and_then(|serial| serial.parse().ok());
    (year.unwrap_or(0), serial.unwrap_or(0))
}

/// A union-find over ids.
#[derive(Default)]
struct Names<'a> {
    ids: Vec<&'a str>,
    parents: Vec<usize>,
    nodes: HashMap<&'a str, usize>,
}

impl<'a> Names<'a> {
    fn node(&mut self, id: &'a str) -> usize {
        if let Some(&node) = self.nodes.get(id) {
            return node;
        }
        let node = self.ids.len();
        self.ids.push(id);
        self.parents.push(node);
        self.nodes.insert(id, node);
        node
    }

    fn root(&mut self, node: usize) -> usize {
        let mut at = node;
        while self.parents[at] != at {
            self.parents[at] = self.parents[self.parents[at]];
            at = self.parents[at];
        }
        at
    }

    fn unite(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.parents[b.max(a)] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cve_ids_are_found_in_other_ids() {
        let check = |id: &str, expected: Option<&str>| assert_eq!(embedded(id), expected, "{id}");
        check("DEBIAN-CVE-2023-1234", Some("CVE-2023-1234"));
        check("ROOT-OS-ALPINE-318-CVE-2024-24806", Some("CVE-2024-24806"));
        check("CVE-2023-1234", None);
        check("BIT-spark-2022-31777", None);
        check("X-CVE-2023-1234-1", None);
    }

    #[test]
    fn ids_are_ordered_by_year_and_number() {
        let mut ids = vec!["GO-1", "CVE-2024-10000", "GHSA-x", "CVE-2024-9999", "CVE-2021-20000"];
        ids.sort_by_cached_key(|id| (rank(id), number(id), *id));
        assert_eq!(ids, ["CVE-2021-20000", "CVE-2024-9999", "CVE-2024-10000", "GHSA-x", "GO-1"]);
    }
}
