//! Every route below `/api/v1`: the router, `openapi.json`, the checks of roles and the tests are made from this table.

use crate::api::*;
use crate::parameters::{self as p};
use crate::route::{Access, Call, Incoming, Outgoing, Parameter, Route};
use axum::http::Method;
use plimsoll_model::Role;
use std::future::Future;

const PUBLIC: Access = Access::Public;
const V: Access = Access::Signed(Role::Viewer);
const O: Access = Access::Signed(Role::Operator);
const A: Access = Access::Signed(Role::Admin);

/// The table.
pub fn all() -> Vec<Route> {
    let mut routes = people();
    routes.extend(inventory());
    routes.extend(one_image());
    routes.extend(handling());
    routes.extend(management());
    routes
}

fn people() -> Vec<Route> {
    vec![
        // What came of signing in is audited by the handler, which knows the name that was tried.
        post("/session", PUBLIC, "Signs in.", session::begin),
        get("/session", V, "Who is signed in.", session::show),
        delete("/session", V, "Signs out.", session::end).audited("session.end"),
        patch(
            "/session",
            V,
            "Changes one's own password; every session of one's own ends.",
            session::change_password,
        )
        .audited("session.password"),
        get("/users", A, "Users.", users::list),
        post("/users", A, "Adds a user.", users::create).audited("user.create"),
        get("/users/{id}", A, "A user.", users::show),
        patch("/users/{id}", A, "Changes a user.", users::change).audited("user.change"),
        delete("/users/{id}", A, "Removes a user with their sessions and tokens.", users::delete)
            .audited("user.delete"),
        get("/tokens", V, "One's own tokens; an administrator's: all.", tokens::list),
        post("/tokens", V, "Makes a token of one's own; its key is shown once.", tokens::create)
            .audited("token.create"),
        patch("/tokens/{id}", V, "Changes a token.", tokens::change).audited("token.change"),
        delete("/tokens/{id}", V, "Ends a token.", tokens::delete).audited("token.delete"),
        get("/projects", A, "Projects: groups of repositories that some people may see.", projects::list),
        post("/projects", A, "Adds a project.", projects::create).audited("project.create"),
        get("/projects/{id}", A, "A project.", projects::show),
        patch("/projects/{id}", A, "Changes a project.", projects::change).audited("project.change"),
        delete(
            "/projects/{id}",
            A,
            "Removes a project: its members no longer see its repositories.",
            projects::delete,
        )
        .audited("project.delete"),
    ]
}

fn inventory() -> Vec<Route> {
    vec![
        get("/registries", V, "Registries.", registries::list),
        post("/registries", A, "Connects a registry.", registries::create).audited("registry.create"),
        get("/registries/{id}", V, "A registry.", registries::show),
        patch("/registries/{id}", A, "Changes a registry.", registries::change).audited("registry.change"),
        delete("/registries/{id}", A, "Forgets a registry and its images.", registries::delete)
            .audited("registry.delete"),
        post("/registries/{id}/test", O, "Tries a registry as it is stored.", registries::test)
            .audited("registry.test"),
        post("/registries/{id}/sync", O, "Lists a registry's images.", registries::sync)
            .audited("registry.sync"),
        get("/registries/{id}/push", A, "How the registry says that something was pushed.", registries::push),
        post("/registries/{id}/push", A, "Renews the secret of its notifications.", registries::renew_push)
            .audited("registry.push"),
        post("/sync", O, "Lists the images of registries.", registries::sync_all).audited("registry.sync"),
        post(
            "/events/{registry}/{kind}",
            PUBLIC,
            "Takes a notification of a push; the secret is sent as `Authorization: Bearer SECRET` or `X-Plimsoll-Secret`.",
            events::receive,
        ),
        get("/images", V, "Images.", images::list).query(p::IMAGES).query(p::SORT).query(p::PAGE),
        post("/images/upload", O, "Takes a scan that ran elsewhere.", images::upload).audited("image.upload"),
        post("/scans", O, "Scans images.", scans::create).audited("scan.start"),
        get("/tasks", V, "Tasks, newest first.", tasks::list).query(p::TASKS).query(p::PAGE),
        get("/tasks/{id}", V, "A task.", tasks::show),
        get("/tasks/{id}/jobs", V, "A task's images or registries.", tasks::jobs)
            .query(p::JOBS)
            .query(p::PAGE),
        post("/tasks/{id}/stop", O, "Ends what waits of a task.", tasks::stop).audited("task.stop"),
        post("/tasks/{id}/retry", O, "Tries again what failed of a task.", tasks::retry)
            .audited("task.retry"),
    ]
}

fn one_image() -> Vec<Route> {
    vec![
        get("/images/{id}", V, "An image.", images::show),
        delete("/images/{id}", O, "Forgets an image that no registry would bring back.", images::delete)
            .audited("image.delete"),
        get("/images/{id}/findings", V, "Its findings.", images::findings)
            .query(p::FINDINGS)
            .query(p::SORT)
            .query(p::PAGE),
        get("/images/{id}/components", V, "Its components.", images::components)
            .query(p::COMPONENTS)
            .query(p::SORT)
            .query(p::PAGE),
        get("/images/{id}/files", V, "Its file tree.", images::files)
            .query(p::FILES)
            .query(p::SORT)
            .query(p::PAGE),
        get("/images/{id}/layers", V, "Its layers, oldest first.", images::layers),
        get("/images/{id}/history", V, "Its scans, newest first.", images::history).query(p::PAGE),
        get("/images/{id}/handling", V, "What people decided about its risks.", history::of_image)
            .query(&p::HISTORY[3..])
            .query(p::PAGE),
        get(
            "/images/{id}/compare/{other}",
            V,
            "Compared with another image; or two of its scans.",
            images::compare,
        ),
        get("/images/{id}/fixes", V, "What fixes it, most risks first.", images::fixes),
        get("/images/{id}/report", V, "It as a report to keep.", images::report).query(p::REPORT),
    ]
}

fn handling() -> Vec<Route> {
    vec![
        get("/risks", V, "Risks.", risks::list).query(p::RISKS).query(p::SORT).query(p::PAGE),
        get("/risks/{id}", V, "A risk.", risks::show),
        get("/risks/{id}/images", V, "Images that have it.", risks::images)
            .query(&without(p::IMAGES, "risk"))
            .query(p::SORT)
            .query(p::PAGE),
        get("/risks/{id}/history", V, "What people decided about it.", risks::history)
            .query(&p::HISTORY[3..])
            .query(p::PAGE),
        get("/risks/{id}/evidence", V, "Why we say so, image by image.", risks::evidence)
            .query(p::EVIDENCE)
            .query(p::PAGE),
        get("/decisions", V, "Decisions, newest first.", decisions::list).query(p::DECISIONS).query(p::PAGE),
        post("/decisions", O, "Makes a decision.", decisions::create).audited("decision.create"),
        post("/decisions/preview", O, "What a decision would hit.", decisions::preview).query(p::PREVIEW),
        get("/decisions/{id}", V, "A decision.", decisions::show),
        patch("/decisions/{id}", O, "Changes a decision; never its risks or action.", decisions::change)
            .audited("decision.change"),
        delete("/decisions/{id}", O, "Undoes a decision.", decisions::undo).audited("decision.undo"),
        get("/history", V, "Who did what to which risk on which images when.", history::list)
            .query(p::HISTORY)
            .query(p::PAGE),
        get("/exports", V, "One's own exports, newest first.", exports::list).query(p::PAGE),
        post("/exports", V, "Writes a list as a file.", exports::create).audited("export.start"),
        get("/exports/{id}/file", V, "The file, once its task is done.", exports::file),
    ]
}

fn management() -> Vec<Route> {
    vec![
        get("/overview", V, "The numbers of the first page.", overview::show),
        get("/policies", V, "Scan policies.", policies::list),
        post("/policies", O, "Adds a scan policy.", policies::create).audited("policy.create"),
        get("/policies/{id}", V, "A scan policy.", policies::show),
        patch("/policies/{id}", O, "Changes a scan policy.", policies::change).audited("policy.change"),
        delete("/policies/{id}", O, "Removes a scan policy.", policies::delete).audited("policy.delete"),
        get("/weak-passwords", O, "Weak passwords of one's own.", lists::weak_passwords),
        put("/weak-passwords", O, "Replaces them.", lists::put_weak_passwords)
            .audited("weak-passwords.change"),
        post("/weak-passwords", O, "Replaces them.", lists::put_weak_passwords)
            .audited("weak-passwords.change"),
        get("/exclude-paths", V, "Paths that scans leave out.", lists::exclude_paths),
        put("/exclude-paths", O, "Replaces those of one's own.", lists::put_exclude_paths)
            .audited("exclude-paths.change"),
        post("/exclude-paths", O, "Replaces those of one's own.", lists::put_exclude_paths)
            .audited("exclude-paths.change"),
        get("/base-images", V, "Base images.", lists::base_images).query(p::BASES),
        put("/base-images", A, "Replaces one's own.", lists::put_base_images).audited("base-images.change"),
        post("/base-images", A, "Replaces one's own.", lists::put_base_images).audited("base-images.change"),
        get("/settings", A, "Settings of the whole platform.", settings::show),
        patch("/settings", A, "Changes settings.", settings::change).audited("settings.change"),
        get("/audit", A, "The audit log, newest first.", audit::list).query(p::AUDIT).query(p::PAGE),
        get("/knowledge", V, "The advisory database in use.", knowledge::show),
        post("/knowledge/update", A, "Fetches a new advisory database.", knowledge::update)
            .audited("knowledge.update"),
        put("/knowledge", A, "Takes a new advisory database.", knowledge::put).audited("knowledge.put"),
    ]
}

fn without(parameters: &[Parameter], name: &str) -> Vec<Parameter> {
    parameters.iter().filter(|parameter| parameter.name != name).copied().collect()
}

macro_rules! methods {
    ($($name:ident $method:ident)*) => {$(
        fn $name<I: Incoming, O: Outgoing, F>(
            path: &'static str,
            access: Access,
            summary: &'static str,
            handler: impl Fn(Call, I) -> F + Copy + Send + Sync + 'static,
        ) -> Route
        where
            F: Future<Output = Answer<O>> + Send + 'static,
        {
            Route::new(Method::$method, path, access, summary, handler)
        }
    )*};
}

methods! { get GET post POST put PUT patch PATCH delete DELETE }
