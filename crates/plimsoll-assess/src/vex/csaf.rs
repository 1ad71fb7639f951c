//! CSAF advisories and VEX documents (<https://docs.oasis-open.org/csaf/csaf/v2.0/csaf-v2.0.html>; 2.1 as far as it
//! differs: `purls`).

use super::{Name, Product, Statement, Status, VexError, objects, one_line, text, texts, time};
use serde_json::{Map, Value};
use std::collections::HashMap;

pub(super) fn is_one(document: &Map<String, Value>) -> bool {
    document.get("document").and_then(Value::as_object).is_some_and(|head| head.contains_key("csaf_version"))
}

pub(super) fn read(document: &Map<String, Value>) -> Result<Vec<Statement>, VexError> {
    let tree = document.get("product_tree").and_then(Value::as_object);
    let products = tree.map(products).unwrap_or_default();
    let tracking = document.get("document").and_then(|head| head.get("tracking")).and_then(Value::as_object);
    let document_time = tracking.and_then(|of| time(of, &["current_release_date", "initial_release_date"]));
    let groups = groups(tree);
    let statements = objects(document.get("vulnerabilities"));
    Ok(statements.flat_map(|of| of_vulnerability(of, &products, &groups, document_time)).collect())
}

/// Every product by its id.
fn products(tree: &Map<String, Value>) -> HashMap<&str, Product> {
    let mut named: Vec<&Map<String, Value>> = objects(tree.get("full_product_names")).collect();
    let mut open: Vec<&Value> = tree.get("branches").into_iter().collect();
    while let Some(list) = open.pop() {
        for branch in objects(Some(list)) {
            open.extend(branch.get("branches"));
            named.extend(branch.get("product").and_then(Value::as_object));
        }
    }
    let product = |of: &Map<String, Value>| Product { names: names(of), ..Product::default() };
    let mut found: HashMap<&str, Product> =
        named.into_iter().filter_map(|of| Some((text(of, "product_id")?, product(of)))).collect();
    // A relationship may build on another one, which stands before it.
    for of in objects(tree.get("relationships")) {
        let full = of.get("full_product_name").and_then(Value::as_object);
        let Some(id) = full.and_then(|full| text(full, "product_id")) else { continue };
        let part =
            text(of, "product_reference").and_then(|part| found.get(part)).cloned().unwrap_or_default();
        let whole = text(of, "relates_to_product_reference").and_then(|whole| found.get(whole));
        let whole =
            whole.map(|whole| [whole.names.clone(), whole.within.clone()].concat()).unwrap_or_default();
        let own = full.filter(|full| full.contains_key("product_identification_helper"));
        let own = own.map(names).unwrap_or_default();
        let names = if own.is_empty() { part.names } else { own };
        found.insert(id, Product { names, subcomponents: Vec::new(), within: [whole, part.within].concat() });
    }
    found
}

/// The identifiers of a product; what has none goes by its name.
fn names(of: &Map<String, Value>) -> Vec<Name> {
    let Some(helper) = of.get("product_identification_helper").and_then(Value::as_object) else {
        return text(of, "name").map(|name| Name::Text(name.to_owned())).into_iter().collect();
    };
    let ids = ["purl", "cpe"].iter().filter_map(|name| text(helper, name)).chain(texts(helper.get("purls")));
    let hashes = objects(helper.get("hashes")).flat_map(|hash| objects(hash.get("file_hashes")));
    let hashes = hashes.filter_map(|hash| Name::digest(text(hash, "algorithm")?, text(hash, "value")?));
    ids.map(Name::parse).chain(hashes).collect()
}

/// The product ids of each group.
fn groups(tree: Option<&Map<String, Value>>) -> HashMap<&str, Vec<&str>> {
    let groups = objects(tree.and_then(|tree| tree.get("product_groups")));
    groups.filter_map(|of| Some((text(of, "group_id")?, texts(of.get("product_ids")).collect()))).collect()
}

/// One statement for each status and each thing that is told of it.
fn of_vulnerability(
    of: &Map<String, Value>,
    products: &HashMap<&str, Product>,
    groups: &HashMap<&str, Vec<&str>>,
    document_time: Option<i64>,
) -> Vec<Statement> {
    const LISTS: [(&str, Status); 7] = [
        ("known_not_affected", Status::NotAffected),
        ("fixed", Status::Fixed),
        ("first_fixed", Status::Fixed),
        ("known_affected", Status::Affected),
        ("first_affected", Status::Affected),
        ("last_affected", Status::Affected),
        ("under_investigation", Status::UnderInvestigation),
    ];
    let ids = objects(of.get("ids")).filter_map(|id| text(id, "text"));
    let vulnerabilities: Vec<String> = text(of, "cve").into_iter().chain(ids).map(str::to_owned).collect();
    let status = of.get("product_status").and_then(Value::as_object);
    let told = told(of, groups);
    let mut statements: Vec<Statement> = Vec::new();
    for (list, status_of_list) in LISTS {
        // Products of whom the same is told stand together.
        let mut by_words: HashMap<&str, usize> = HashMap::new();
        for id in texts(status.and_then(|status| status.get(list))) {
            let why = told.get(&(status_of_list, id)).map_or("", String::as_str);
            let at = *by_words.entry(why).or_insert_with(|| {
                statements.push(Statement {
                    vulnerabilities: vulnerabilities.clone(),
                    products: Vec::new(),
                    status: status_of_list,
                    why: why.to_owned(),
                    time: document_time,
                });
                statements.len() - 1
            });
            statements[at].products.extend(products.get(id).cloned());
        }
    }
    statements.retain(|statement| !statement.products.is_empty() && !statement.vulnerabilities.is_empty());
    statements
}

/// What is told of a product that has a status: the flag and impact of one that is not affected, the remedy of one that
/// is.
fn told<'a>(
    of: &'a Map<String, Value>,
    groups: &HashMap<&'a str, Vec<&'a str>>,
) -> HashMap<(Status, &'a str), String> {
    let mut told: HashMap<(Status, &str), String> = HashMap::new();
    let mut add = |of: &'a Map<String, Value>, status: Status, words: String| {
        let grouped = texts(of.get("group_ids")).filter_map(|group| groups.get(group)).flatten().copied();
        for id in texts(of.get("product_ids")).chain(grouped) {
            let known = told.entry((status, id)).or_default();
            let joined = one_line([Some(known.as_str()), Some(words.as_str())]);
            *known = joined;
        }
    };
    for flag in objects(of.get("flags")) {
        add(flag, Status::NotAffected, one_line([text(flag, "label")]));
    }
    for threat in objects(of.get("threats")).filter(|threat| text(threat, "category") == Some("impact")) {
        add(threat, Status::NotAffected, one_line([text(threat, "details")]));
    }
    for remedy in objects(of.get("remediations")) {
        let words = one_line([text(remedy, "category"), text(remedy, "details")]);
        let status = match text(remedy, "category") {
            Some("vendor_fix") => Status::Fixed,
            _ => Status::Affected,
        };
        add(remedy, status, words);
    }
    told
}
