//! A route: who may call it, what it takes, what it answers. The router, the document and the tests are made from it.

use crate::App;
use crate::problem::Problem;
use crate::sign_in::Proof;
use axum::body::Body;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use futures_util::future::BoxFuture;
use plimsoll_model::{Principal, Role};
use schemars::{Schema, SchemaGenerator};
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

/// Who may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody: signing in, and notifications that carry a secret of their own.
    Public,
    /// Whoever signed in and has at least this role.
    Signed(Role),
}

/// A parameter of a question.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it means, and which values it takes.
    pub about: &'static str,
}

/// One call, signed in and checked, without its body.
pub struct Call {
    /// Everything.
    pub app: App,
    /// Who asks. Of public routes: nobody, who sees nothing.
    pub who: Principal,
    /// How they showed it.
    pub proof: Proof,
    /// Parameters of the path by name, decoded.
    pub path: BTreeMap<String, String>,
    /// Parameters of the question by name, decoded; only those the route declares.
    pub query: BTreeMap<String, String>,
    /// The secret that came with a notification.
    pub secret: Option<String>,
}

impl Call {
    /// The parameter `id` of the path.
    pub fn id(&self) -> &str {
        self.part("id")
    }

    /// A parameter of the path.
    pub fn part(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// A parameter of the question that is there and not empty.
    pub fn asked(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// What a handler takes from the body.
pub trait Incoming: Sized + Send + 'static {
    /// Its media type and schema; `None` for no body.
    fn schema(generator: &mut SchemaGenerator) -> Option<(&'static str, Schema)>;
    /// Reads it, and what the audit log may say of it.
    fn read(parts: Taken) -> impl Future<Output = Result<(Self, serde_json::Value), Problem>> + Send;
}

/// A body not yet read.
pub struct Taken {
    /// Media type, as sent.
    pub media_type: String,
    /// The bytes to come.
    pub body: Body,
}

/// What a handler answers.
pub trait Outgoing: Sized + Send + 'static {
    /// Status of success.
    const STATUS: StatusCode;
    /// Its media types and schema; `None` for no body.
    fn schema(generator: &mut SchemaGenerator) -> Option<(&'static [&'static str], Schema)>;
    /// The response, and the id of what was made.
    fn answer(self) -> Result<(Response, Option<String>), Problem>;
}

type Handle = dyn Fn(Call, Taken) -> BoxFuture<'static, Handled> + Send + Sync;
type SchemaOf<T> = fn(&mut SchemaGenerator) -> Option<(T, Schema)>;

/// What came of a call.
pub struct Handled {
    /// The response and the id of what was made, or why not.
    pub outcome: Result<(Response, Option<String>), Problem>,
    /// What the audit log may say of the body.
    pub detail: serde_json::Value,
}

/// One line of the table.
#[derive(Clone)]
pub struct Route {
    /// Method.
    pub method: Method,
    /// Path below `/api/v1`, parameters in braces.
    pub path: &'static str,
    /// Who may call.
    pub access: Access,
    /// One line about it.
    pub summary: &'static str,
    /// What the audit log calls it; `None` for what changes nothing.
    pub audit: Option<&'static str>,
    /// Parameters of the question.
    pub query: Vec<Parameter>,
    /// Schema of the body.
    pub takes: SchemaOf<&'static str>,
    /// Schema of the answer.
    pub answers: SchemaOf<&'static [&'static str]>,
    /// Status of success.
    pub status: StatusCode,
    pub(crate) handle: Arc<Handle>,
}

impl Route {
    /// A route whose types are those of its handler.
    pub fn new<I, O, F>(
        method: Method,
        path: &'static str,
        access: Access,
        summary: &'static str,
        handler: impl Fn(Call, I) -> F + Copy + Send + Sync + 'static,
    ) -> Route
    where
        I: Incoming,
        O: Outgoing,
        F: Future<Output = Result<O, Problem>> + Send + 'static,
    {
        let handle = move |call: Call, taken: Taken| -> BoxFuture<'static, Handled> {
            Box::pin(async move {
                let (body, detail) = match I::read(taken).await {
                    Ok(read) => read,
                    Err(problem) => {
                        return Handled { outcome: Err(problem), detail: serde_json::Value::Null };
                    }
                };
                let outcome = handler(call, body).await.and_then(O::answer);
                Handled { outcome, detail }
            })
        };
        Route {
            method,
            path,
            access,
            summary,
            audit: None,
            query: Vec::new(),
            takes: I::schema,
            answers: O::schema,
            status: O::STATUS,
            handle: Arc::new(handle),
        }
    }

    /// Declares parameters of the question.
    pub fn query(mut self, parameters: &[Parameter]) -> Route {
        self.query.extend_from_slice(parameters);
        self
    }

    /// It changes something, which the audit log calls this.
    pub fn audited(mut self, action: &'static str) -> Route {
        self.audit = Some(action);
        self
    }
}
