//! The OpenAPI 3.1 document, from the table of routes and the types' own schemas.

use crate::problem::ProblemDocument;
use crate::route::{Access, Parameter, Route};
use crate::routes;
use axum::http::Method;
use plimsoll_model::Role;
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The document. Types that are read otherwise than they are written appear twice, with `Input` after the name.
pub fn openapi() -> Value {
    let mut reads = generator().for_deserialize().into_generator();
    let mut writes = generator().for_serialize().into_generator();
    let problem = writes.subschema_for::<ProblemDocument>().to_value();
    let mut paths: Map<String, Value> = Map::new();
    let mut bodies = Vec::new();
    for route in routes::all() {
        let path = format!("/api/v1{}", route.path);
        let method = route.method.as_str().to_lowercase();
        let mut operation = operation(&route, &mut writes, &problem);
        if let Some((media_type, schema)) = (route.takes)(&mut reads) {
            operation["requestBody"] = json!({"required": true, "content": {media_type: {}}});
            bodies.push((path.clone(), method.clone(), media_type, schema.to_value()));
        }
        let item = paths.entry(path).or_insert_with(|| json!({}));
        item[method] = operation;
    }
    let mut schemas = writes.take_definitions(true);
    let mut read = reads.take_definitions(true);
    let renamed = renamed(&schemas, &read);
    for (path, method, media_type, mut schema) in bodies {
        rename(&mut schema, &renamed);
        paths[&path][&method]["requestBody"]["content"][media_type]["schema"] = schema;
    }
    for (name, schema) in &mut read {
        rename(schema, &renamed);
        let name = if renamed.contains(name) { format!("{name}Input") } else { name.clone() };
        schemas.insert(name, schema.take());
    }
    schemas.sort_keys();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Plimsoll",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Are all images safe? Sign in with POST /api/v1/session and send X-CSRF-Token with every \
                call that changes something, or send `Authorization: Bearer TOKEN`.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "cookie": {"type": "apiKey", "in": "cookie", "name": crate::sign_in::COOKIE},
                "token": {"type": "http", "scheme": "bearer"},
            },
        },
    })
}

fn generator() -> SchemaSettings {
    SchemaSettings::draft2020_12().with(|settings| settings.definitions_path = "/components/schemas".into())
}

fn operation(route: &Route, writes: &mut SchemaGenerator, problem: &Value) -> Value {
    let mut success = json!({"description": route.status.canonical_reason().unwrap_or("OK")});
    if let Some((media_types, schema)) = (route.answers)(writes) {
        let content: Map<String, Value> = media_types
            .iter()
            .map(|media_type| ((*media_type).to_owned(), json!({"schema": schema.clone().to_value()})))
            .collect();
        success["content"] = Value::Object(content);
    }
    let failure =
        |why: &str| json!({"description": why, "content": {"application/problem+json": {"schema": problem}}});
    let mut responses = json!({"default": failure("It could not be done.")});
    responses[route.status.as_str()] = success;
    let mut parameters: Vec<Value> = in_path(route.path)
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
        .collect();
    parameters.extend(route.query.iter().map(in_query));
    let mut operation = json!({
        "operationId": operation_id(route),
        "summary": route.summary,
        "tags": [tag(route.path)],
        "responses": responses,
    });
    if !parameters.is_empty() {
        operation["parameters"] = json!(parameters);
    }
    if let Access::Signed(role) = route.access {
        responses_of_signed(&mut operation, &failure);
        operation["security"] = json!([{"cookie": []}, {"token": []}]);
        operation["x-role"] = json!(role.as_str());
        if role > Role::Viewer {
            operation["responses"]["403"] = failure("The asker's role does not allow it.");
        }
    } else {
        operation["security"] = json!([]);
    }
    operation
}

fn responses_of_signed(operation: &mut Value, failure: &impl Fn(&str) -> Value) {
    operation["responses"]["401"] = failure("Nobody signed in.");
}

fn in_query(parameter: &Parameter) -> Value {
    let kind = if parameter.name == "limit" || parameter.name == "offset" { "integer" } else { "string" };
    json!({
        "name": parameter.name,
        "in": "query",
        "description": parameter.about,
        "schema": {"type": kind},
    })
}

/// Names in braces.
pub fn in_path(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|rest| rest.split('}').next())
}

fn tag(path: &str) -> &str {
    path.split('/').nth(1).unwrap_or_default()
}

/// `get_images_id_findings`.
fn operation_id(route: &Route) -> String {
    let words: Vec<&str> =
        route.path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let method = if route.method == Method::GET { "get" } else { &route.method.as_str().to_lowercase() };
    format!("{method}_{}", words.join("_"))
}

/// Names of types that are read otherwise than they are written, themselves or what they hold.
fn renamed(written: &Map<String, Value>, read: &Map<String, Value>) -> BTreeSet<String> {
    let both = read.keys().filter(|name| written.contains_key(*name));
    let mut renamed: BTreeSet<String> =
        both.clone().filter(|name| written[*name] != read[*name]).cloned().collect();
    loop {
        let more: Vec<String> = both
            .clone()
            .filter(|name| !renamed.contains(*name) && refers(&read[*name], &renamed))
            .cloned()
            .collect();
        if more.is_empty() {
            return renamed;
        }
        renamed.extend(more);
    }
}

fn refers(schema: &Value, names: &BTreeSet<String>) -> bool {
    match schema {
        Value::Object(fields) => fields.iter().any(|(key, value)| match value.as_str() {
            Some(to) if key == "$ref" => names.contains(to.rsplit('/').next().unwrap_or_default()),
            _ => refers(value, names),
        }),
        Value::Array(values) => values.iter().any(|value| refers(value, names)),
        _ => false,
    }
}

fn rename(schema: &mut Value, names: &BTreeSet<String>) {
    match schema {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(to)
                        if key == "$ref" && names.contains(to.rsplit('/').next().unwrap_or_default()) =>
                    {
                        to.push_str("Input");
                    }
                    other => rename(other, names),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| rename(value, names)),
        _ => {}
    }
}
