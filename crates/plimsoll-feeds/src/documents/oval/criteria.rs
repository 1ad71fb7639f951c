//! Conditions of OVAL, and the tests they are made of.

use super::super::nevra;
use super::super::product::{self, Product};
use super::super::xml::Element;
use std::collections::HashMap;

/// Conditions inside conditions.
const DEPTH: usize = 24;
/// Tests of one document.
const TESTS: usize = 20_000_000;

/// A condition.
#[derive(Debug)]
pub(super) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    /// A test, by its number in [`Tests`].
    Test(u32),
}

impl Default for Node {
    fn default() -> Node {
        Node::Any(Vec::new())
    }
}

/// Tests, objects and states; definitions name tests before these are told.
#[derive(Debug, Default)]
pub(super) struct Tests {
    numbers: HashMap<String, u32>,
    tests: Vec<Test>,
    objects: HashMap<String, String>,
    states: HashMap<String, State>,
}

#[derive(Debug, Default)]
struct Test {
    comment: String,
    object: Option<String>,
    states: Vec<String>,
}

/// What an rpm must be like.
#[derive(Debug, Default)]
struct State {
    /// Operation and version.
    evr: Option<(String, String)>,
    version: Option<(String, String)>,
    arch: Option<String>,
    signature: bool,
}

/// What holds where a package is spoken of.
#[derive(Clone, Debug, Default)]
pub(super) struct Context {
    pub products: Vec<Product>,
    pub arches: Vec<String>,
    pub module: Option<String>,
}

/// What a test says of a package.
#[derive(Debug)]
pub(super) enum Statement<'a> {
    Before { name: &'a str, evr: &'a str, arch: Option<&'a str> },
    UpTo { name: &'a str, evr: &'a str, arch: Option<&'a str> },
    Affected { name: &'a str },
    NotAffected { name: &'a str },
}

impl Statement<'_> {
    pub(super) fn name(&self) -> &str {
        match self {
            Statement::Before { name, .. }
            | Statement::UpTo { name, .. }
            | Statement::Affected { name }
            | Statement::NotAffected { name } => name,
        }
    }

    /// Its own architectures, `aarch64|x86_64`, else those around it.
    pub(super) fn arches<'b>(&'b self, context: &'b Context) -> Vec<&'b str> {
        match self {
            Statement::Before { arch: Some(arch), .. } | Statement::UpTo { arch: Some(arch), .. } => {
                arches(arch).collect()
            }
            _ => context.arches.iter().map(String::as_str).collect(),
        }
    }
}

/// The alternatives of a pattern: `(aarch64|x86_64)`.
fn arches(pattern: &str) -> impl Iterator<Item = &str> {
    pattern.split(['|', ',', '(', ')', '^', '$', ' ']).filter(|arch| !arch.is_empty())
}

/// A fact about where, not about a package.
enum Fact<'a> {
    Product(Product),
    Arch(Vec<&'a str>),
    Module(String),
    /// A signature, a running kernel, a release we do not know.
    Other,
}

enum Meaning<'a> {
    Fact(Fact<'a>),
    Package(Statement<'a>),
}

impl Tests {
    /// The tree of an element `criteria`.
    pub(super) fn node(&mut self, element: &Element) -> Result<Node, String> {
        self.node_at(element, 0)
    }

    fn node_at(&mut self, element: &Element, depth: usize) -> Result<Node, String> {
        if depth > DEPTH {
            return Err(format!("conditions nest deeper than {DEPTH}"));
        }
        let mut children = Vec::with_capacity(element.children.len());
        // "Not" stands at tests of signatures and running kernels only.
        let wanted = element.children.iter().filter(|child| child.attribute("negate") != Some("true"));
        for child in wanted {
            match child.name.as_str() {
                "criteria" => children.push(self.node_at(child, depth + 1)?),
                "criterion" => {
                    if let Some(id) = child.attribute("test_ref") {
                        let number = self.number(id)?;
                        if let Some(test) = self.tests.get_mut(number as usize)
                            && test.comment.is_empty()
                        {
                            child.attribute("comment").unwrap_or_default().clone_into(&mut test.comment);
                        }
                        children.push(Node::Test(number));
                    }
                }
                _ => {}
            }
        }
        Ok(match element.attribute("operator") {
            Some("OR") => Node::Any(children),
            _ => Node::All(children),
        })
    }

    fn number(&mut self, id: &str) -> Result<u32, String> {
        if let Some(number) = self.numbers.get(id) {
            return Ok(*number);
        }
        if self.tests.len() >= TESTS {
            return Err(format!("it holds more than {TESTS} tests"));
        }
        let number = u32::try_from(self.tests.len()).map_err(|error| error.to_string())?;
        self.numbers.insert(id.to_owned(), number);
        self.tests.push(Test::default());
        Ok(number)
    }

    pub(super) fn add_test(&mut self, element: &Element) {
        let Some(id) = element.attribute("id") else { return };
        // A test no definition names is of no use, but it may come before the definition.
        let Ok(number) = self.number(id) else { return };
        let reference = |name: &str, key: &str| {
            element.all(name).filter_map(|child| child.attribute(key)).map(str::to_owned).collect::<Vec<_>>()
        };
        let object = reference("object", "object_ref").into_iter().next();
        let states = reference("state", "state_ref");
        if let Some(test) = self.tests.get_mut(number as usize) {
            if test.comment.is_empty() {
                element.attribute("comment").unwrap_or_default().clone_into(&mut test.comment);
            }
            if element.name == "rpminfo_test" {
                test.object = object;
                test.states = states;
            }
        }
    }

    pub(super) fn add_object(&mut self, element: &Element) {
        if let (Some(id), Some(name)) = (element.attribute("id"), element.text_of("name")) {
            self.objects.insert(id.to_owned(), name.to_owned());
        }
    }

    pub(super) fn add_state(&mut self, element: &Element) {
        let Some(id) = element.attribute("id") else { return };
        let compared = |name: &str| {
            let child = element.child(name)?;
            Some((child.attribute("operation").unwrap_or("equals").to_owned(), child.text.clone()))
        };
        let state = State {
            evr: compared("evr"),
            version: compared("version"),
            arch: element.text_of("arch").map(str::to_owned),
            signature: element.child("signature_keyid").is_some(),
        };
        self.states.insert(id.to_owned(), state);
    }

    fn meaning(&self, number: u32) -> Option<Meaning<'_>> {
        let test = self.tests.get(number as usize)?;
        let comment = test.comment.trim();
        if let Some(fact) = fact(comment) {
            return Some(Meaning::Fact(fact));
        }
        let object = test.object.as_ref().and_then(|object| self.objects.get(object)).map(String::as_str);
        if object.is_some_and(|name| name.ends_with("-release")) {
            return Some(Meaning::Fact(Fact::Other));
        }
        let states: Vec<&State> = test.states.iter().filter_map(|state| self.states.get(state)).collect();
        let arch = states.iter().find_map(|state| state.arch.as_deref());
        if let Some(name) = object {
            for state in &states {
                if let Some((operation, evr)) = &state.evr {
                    return package(name, operation, evr, arch);
                }
                // SUSE: "not affected" is "its version is 0".
                if let Some((operation, version)) = &state.version
                    && operation == "equals"
                    && version == "0"
                {
                    return Some(Meaning::Package(Statement::NotAffected { name }));
                }
            }
            if states.iter().any(|state| state.signature) {
                return Some(Meaning::Fact(Fact::Other));
            }
        }
        said(comment).map(Meaning::Package)
    }
}

fn package<'a>(name: &'a str, operation: &str, evr: &'a str, arch: Option<&'a str>) -> Option<Meaning<'a>> {
    let is_nothing = matches!(evr, "0:0-0" | "0:0" | "0");
    Some(match operation {
        "less than" => Meaning::Package(Statement::Before { name, evr, arch }),
        "less than or equal" => Meaning::Package(Statement::UpTo { name, evr, arch }),
        "greater than" | "greater than or equal" if is_nothing => {
            Meaning::Package(Statement::Affected { name })
        }
        // A lower end of what is affected: the fix above it says enough.
        _ => Meaning::Fact(Fact::Other),
    })
}

/// A fact that a comment tells.
fn fact(comment: &str) -> Option<Fact<'_>> {
    if let Some(module) = comment.strip_prefix("Module ").and_then(|rest| rest.strip_suffix(" is enabled")) {
        return Some(if module.contains(':') { Fact::Module(module.trim().to_owned()) } else { Fact::Other });
    }
    if let Some((system, arch)) = comment.split_once(" arch is ") {
        return system.starts_with("Oracle").then(|| Fact::Arch(arches(arch).collect()));
    }
    if comment.contains(" is signed with ")
        || comment.contains("currently running")
        || comment.contains("boot up")
    {
        return Some(Fact::Other);
    }
    let installed =
        comment.strip_suffix(" is installed").or_else(|| comment.strip_suffix(" must be installed"))?;
    if let Some(product) = product::of_name(installed).or_else(|| old_suse(installed)) {
        return Some(Fact::Product(product));
    }
    let is_system = ["Red Hat ", "SUSE ", "Open Enterprise Server", "Azure Linux", "CBL-Mariner"];
    is_system.iter().any(|start| installed.starts_with(start)).then_some(Fact::Other)
}

/// `sles10-sp4`, `sles10-sp4-sdk` of SUSE's OVAL before version 11.
fn old_suse(text: &str) -> Option<Product> {
    let mut parts = text.strip_prefix("sles")?.split('-');
    let version = parts.next().filter(|version| version.parse::<u32>().is_ok())?;
    let pack =
        parts.next().and_then(|part| part.strip_prefix("sp")).filter(|pack| pack.parse::<u32>().is_ok());
    let pack = pack.map_or(String::new(), |pack| format!(" SP{pack}"));
    Some(Product::new("SUSE", format!("Linux Enterprise Server {version}{pack}")))
}

/// What a comment says of a package, where the test itself is missing.
fn said(comment: &str) -> Option<Statement<'_>> {
    for words in [" is earlier than ", " less than "] {
        if let Some((name, rest)) = comment.split_once(words) {
            let evr = rest.split([',', ' ']).next().unwrap_or(rest);
            return Some(Statement::Before { name, evr, arch: None });
        }
    }
    if let Some(name) = comment.strip_suffix(" is not affected") {
        return Some(Statement::NotAffected { name });
    }
    if let Some(name) = comment.strip_suffix(" is affected") {
        return Some(Statement::Affected { name });
    }
    let installed = comment.strip_suffix(" is installed")?;
    match nevra::parse(installed) {
        // SUSE: "tar-1.34-2.2 is installed" tests for an earlier one.
        Some(build) => {
            let name = installed.get(..build.name.len())?;
            let evr = installed.get(build.name.len() + 1..)?;
            Some(Statement::Before { name, evr, arch: None })
        }
        None => Some(Statement::Affected { name: installed }),
    }
}

/// Hands on every statement about a package with what holds around it.
pub(super) fn walk(
    node: &Node,
    tests: &Tests,
    context: &Context,
    depth: usize,
    take: &mut dyn FnMut(&Context, &Statement<'_>) -> Result<(), String>,
) -> Result<(), String> {
    if depth > DEPTH + 1 {
        return Ok(());
    }
    match node {
        Node::Test(number) => match tests.meaning(*number) {
            Some(Meaning::Package(statement)) => take(context, &statement),
            _ => Ok(()),
        },
        Node::Any(children) => {
            children.iter().try_for_each(|child| walk(child, tests, context, depth + 1, take))
        }
        Node::All(children) => {
            let mut inner = context.clone();
            for child in children {
                gather(child, tests, &mut inner);
            }
            children.iter().try_for_each(|child| walk(child, tests, &inner, depth + 1, take))
        }
    }
}

/// Adds the facts of a child that is nothing but facts: one, or a choice of some.
fn gather(node: &Node, tests: &Tests, context: &mut Context) {
    let numbers: Vec<u32> = match node {
        Node::Test(number) => vec![*number],
        Node::Any(children) | Node::All(children) => {
            let all = children.iter().map(|child| match child {
                Node::Test(number) => Some(*number),
                _ => None,
            });
            match all.collect::<Option<Vec<u32>>>() {
                Some(numbers) => numbers,
                None => return,
            }
        }
    };
    let meanings: Vec<Meaning<'_>> = numbers.iter().filter_map(|number| tests.meaning(*number)).collect();
    if meanings.iter().any(|meaning| matches!(meaning, Meaning::Package(_))) {
        return;
    }
    let mut products = Vec::new();
    for meaning in meanings {
        match meaning {
            Meaning::Fact(Fact::Product(product)) => products.push(product),
            Meaning::Fact(Fact::Arch(arches)) => {
                context.arches = arches.into_iter().map(str::to_owned).collect()
            }
            Meaning::Fact(Fact::Module(module)) => context.module = Some(module),
            Meaning::Fact(Fact::Other) | Meaning::Package(_) => {}
        }
    }
    if !products.is_empty() {
        context.products = products;
    }
}
