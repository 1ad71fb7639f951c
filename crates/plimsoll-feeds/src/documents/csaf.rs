//! CSAF 2.0, advisories and VEX (<https://docs.oasis-open.org/csaf/csaf/v2.0/>): Red Hat, SUSE, openEuler and whoever
//! else names rpm packages as components of a distribution.

use super::notice::{Flaw, Item, Notice, Status, lifecycle, publisher, records};
use super::rows::rating;
use crate::date;
use crate::osv::Parsed;
use plimsoll_model::Rating;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

/// Branches inside branches.
const DEPTH: usize = 32;

/// Reads a document.
pub fn parse(bytes: &[u8]) -> Vec<Result<Parsed, String>> {
    match serde_json::from_slice::<Document>(bytes) {
        Ok(document) => records(&notice(&document)),
        Err(error) => vec![Err(error.to_string())],
    }
}

fn notice<'a>(document: &'a Document<'a>) -> Notice<'a> {
    let head = &document.document;
    let publisher = publisher(&head.publisher.name);
    let mut notice = Notice {
        id: head.tracking.id.trim(),
        publisher,
        published: head.tracking.initial_release_date.as_deref().and_then(date::seconds),
        modified: head.tracking.current_release_date.as_deref().and_then(date::seconds),
        severity: head.aggregate_severity.as_ref().and_then(|severity| severity.text.as_deref()),
        title: head.title.as_deref(),
        ..Notice::default()
    };
    let tree = &document.product_tree;
    walk(&tree.branches, 0, &mut notice.items);
    for product in &tree.full_product_names {
        insert(product, &mut notice.items);
    }
    for relation in &tree.relationships {
        let parts = (&*relation.product_reference, &*relation.relates_to_product_reference);
        notice.relations.entry(&relation.full_product_name.product_id).or_insert(parts);
    }
    notice.flaws = document.vulnerabilities.iter().map(|flaw| read_flaw(flaw, publisher)).collect();
    notice
}

fn walk<'a>(branches: &'a [Branch<'a>], depth: usize, items: &mut HashMap<&'a str, Item<'a>>) {
    if depth > DEPTH {
        return;
    }
    for branch in branches {
        if let Some(product) = &branch.product {
            insert(product, items);
        }
        walk(&branch.branches, depth + 1, items);
    }
}

fn insert<'a>(product: &'a Product<'a>, items: &mut HashMap<&'a str, Item<'a>>) {
    let helper = product.product_identification_helper.as_ref();
    items.entry(&product.product_id).or_insert(Item {
        name: &product.name,
        cpe: helper.and_then(|helper| helper.cpe.as_deref()),
        purl: helper.and_then(|helper| helper.purl.as_deref()),
    });
}

fn read_flaw<'a>(flaw: &'a Vulnerability<'a>, publisher: &str) -> Flaw<'a> {
    let mut ratings: Vec<Rating> = Vec::new();
    let mut add = |found: Option<Rating>| {
        if let Some(found) = found.filter(|found| ratings.len() < 8 && !ratings.contains(found)) {
            ratings.push(found);
        }
    };
    for threat in flaw.threats.iter().filter(|threat| &*threat.category == "impact") {
        add(threat.details.as_deref().and_then(|word| rating(publisher, word)));
    }
    for score in &flaw.scores {
        for vector in [&score.cvss_v4, &score.cvss_v3, &score.cvss_v2].into_iter().flatten() {
            add(vector.vector.as_deref().and_then(|vector| rating(publisher, vector)));
        }
    }
    let ids = |ids: &'a [Text<'a>]| ids.iter().map(|id| &**id).collect();
    let statuses =
        flaw.product_status.iter().filter_map(|(status, list)| Some((Status::parse(status)?, ids(list))));
    let remedies = flaw.remediations.iter().filter_map(|remedy| {
        let lifecycle = lifecycle(&remedy.category, remedy.details.as_deref().unwrap_or_default())?;
        Some((lifecycle, ids(&remedy.product_ids)))
    });
    let note = |category: &str| {
        flaw.notes.iter().find(|note| &*note.category == category).and_then(|note| note.text.as_deref())
    };
    Flaw {
        cve: flaw.cve.as_deref(),
        title: note("summary").filter(|_| note("description").is_some()).or(flaw.title.as_deref()),
        description: note("description"),
        statuses: statuses.collect(),
        remedies: remedies.collect(),
        ratings,
    }
}

/// A text that is not copied out of the document unless it must be.
#[derive(Default)]
struct Text<'a>(Cow<'a, str>);

impl std::ops::Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Text<'de>;

            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("a text")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(text.into()))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(text.to_owned().into()))
            }

            fn visit_string<E: Error>(self, text: String) -> Result<Text<'de>, E> {
                Ok(Text(text.into()))
            }
        }
        from.deserialize_str(Reader)
    }
}

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    document: Head<'a>,
    #[serde(borrow, default)]
    product_tree: Tree<'a>,
    #[serde(borrow, default)]
    vulnerabilities: Vec<Vulnerability<'a>>,
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    tracking: Tracking<'a>,
    #[serde(borrow)]
    publisher: Publisher<'a>,
    #[serde(borrow, default)]
    title: Option<Text<'a>>,
    #[serde(borrow, default)]
    aggregate_severity: Option<Severity<'a>>,
}

#[derive(Deserialize)]
struct Tracking<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow, default)]
    initial_release_date: Option<Text<'a>>,
    #[serde(borrow, default)]
    current_release_date: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Publisher<'a> {
    #[serde(borrow)]
    name: Text<'a>,
}

#[derive(Deserialize)]
struct Severity<'a> {
    #[serde(borrow, default)]
    text: Option<Text<'a>>,
}

#[derive(Default, Deserialize)]
struct Tree<'a> {
    #[serde(borrow, default)]
    branches: Vec<Branch<'a>>,
    #[serde(borrow, default)]
    full_product_names: Vec<Product<'a>>,
    #[serde(borrow, default)]
    relationships: Vec<Relation<'a>>,
}

#[derive(Deserialize)]
struct Branch<'a> {
    #[serde(borrow, default)]
    branches: Vec<Branch<'a>>,
    #[serde(borrow, default)]
    product: Option<Product<'a>>,
}

#[derive(Deserialize)]
struct Product<'a> {
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow)]
    product_id: Text<'a>,
    #[serde(borrow, default)]
    product_identification_helper: Option<Helper<'a>>,
}

#[derive(Deserialize)]
struct Helper<'a> {
    #[serde(borrow, default)]
    cpe: Option<Text<'a>>,
    #[serde(borrow, default)]
    purl: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Relation<'a> {
    #[serde(borrow)]
    full_product_name: Product<'a>,
    #[serde(borrow)]
    product_reference: Text<'a>,
    #[serde(borrow)]
    relates_to_product_reference: Text<'a>,
}

#[derive(Deserialize)]
struct Vulnerability<'a> {
    #[serde(borrow, default)]
    cve: Option<Text<'a>>,
    #[serde(borrow, default)]
    title: Option<Text<'a>>,
    #[serde(borrow, default)]
    notes: Vec<Note<'a>>,
    /// In an order of its own, so that equal lists are equal.
    #[serde(borrow, default)]
    product_status: std::collections::BTreeMap<Cow<'a, str>, Vec<Text<'a>>>,
    #[serde(borrow, default)]
    remediations: Vec<Remedy<'a>>,
    #[serde(borrow, default)]
    threats: Vec<Threat<'a>>,
    #[serde(borrow, default)]
    scores: Vec<Score<'a>>,
}

#[derive(Deserialize)]
struct Note<'a> {
    #[serde(borrow, default)]
    category: Text<'a>,
    #[serde(borrow, default)]
    text: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Remedy<'a> {
    #[serde(borrow, default)]
    category: Text<'a>,
    #[serde(borrow, default)]
    details: Option<Text<'a>>,
    #[serde(borrow, default)]
    product_ids: Vec<Text<'a>>,
}

#[derive(Deserialize)]
struct Threat<'a> {
    #[serde(borrow, default)]
    category: Text<'a>,
    #[serde(borrow, default)]
    details: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Score<'a> {
    #[serde(borrow, default)]
    cvss_v4: Option<Vector<'a>>,
    #[serde(borrow, default)]
    cvss_v3: Option<Vector<'a>>,
    #[serde(borrow, default)]
    cvss_v2: Option<Vector<'a>>,
}

#[derive(Deserialize)]
struct Vector<'a> {
    #[serde(borrow, default, rename = "vectorString")]
    vector: Option<Text<'a>>,
}
