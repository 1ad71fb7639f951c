//! What OVAL definitions mean to their publishers beyond their conditions.

use super::super::product::{self, Product};
use super::super::rows::cves;
use super::{Context, Definition};
use plimsoll_model::Lifecycle;

/// Who publishes, by the namespace of the definition's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Publisher {
    Azure,
    Oracle,
    Photon,
    RedHat,
    Suse,
}

impl Publisher {
    pub(super) fn of(definition: &Definition) -> Option<Publisher> {
        let namespace = definition.id.strip_prefix("oval:")?.split(':').next()?;
        Some(match namespace {
            "com.microsoft.cbl-mariner" | "com.microsoft.azurelinux" => Publisher::Azure,
            _ if namespace.starts_with("com.microsoft.") => Publisher::Azure,
            _ if namespace.starts_with("com.oracle.") => Publisher::Oracle,
            _ if namespace.starts_with("com.vmware.") || namespace.starts_with("com.broadcom.") => {
                Publisher::Photon
            }
            _ if namespace.starts_with("com.redhat.") => Publisher::RedHat,
            _ if namespace.starts_with("org.opensuse.") || namespace.starts_with("com.suse.") => {
                Publisher::Suse
            }
            _ => return None,
        })
    }

    /// The name its ratings carry.
    pub(super) fn source(self) -> &'static str {
        match self {
            Publisher::Azure => "azure",
            Publisher::Oracle => "oracle",
            Publisher::Photon => "photon",
            Publisher::RedHat => "redhat",
            Publisher::Suse => "suse",
        }
    }

    /// Are its packages source packages?
    pub(super) fn is_by_source(self) -> bool {
        self == Publisher::Azure
    }

    /// The record's id, and the flaws it answers.
    pub(super) fn names(self, definition: &Definition) -> (String, Vec<String>) {
        let mut flaws = definition.cves.clone();
        let references =
            definition.references.iter().filter(|(source, _)| source.to_ascii_uppercase().contains("CVE"));
        flaws.extend(references.flat_map(|(_, id)| cves(id)));
        let in_title = cves(&definition.title);
        let by_reference = |wanted: &[&str]| {
            let found = definition.references.iter().find(|(source, id)| {
                wanted.iter().any(|wanted| source.eq_ignore_ascii_case(wanted))
                    && !id.contains(char::is_whitespace)
            });
            found.map(|(_, id)| id.clone())
        };
        let id = match self {
            Publisher::RedHat => by_reference(&["RHSA", "RHBA", "RHEA"]),
            Publisher::Oracle => by_reference(&["elsa", "ovmsa", "olamsa", "olossa", "elba", "elea"]),
            Publisher::Photon => photon_id(definition),
            Publisher::Suse if definition.class == "patch" => {
                by_reference(&["SUSE-SU", "SUSE", "openSUSE-SU"])
            }
            Publisher::Suse | Publisher::Azure => None,
        };
        let id = match id {
            Some(id) => id,
            // A definition of a flaw is called so; other ones by their own id.
            None if definition.class != "patch" || self == Publisher::Azure => {
                let cve = in_title.first().or(flaws.first()).cloned();
                if let Some(cve) = &cve {
                    flaws = vec![cve.clone()];
                }
                cve.unwrap_or_else(|| definition.id.clone())
            }
            None => definition.id.clone(),
        };
        let mut seen = std::collections::HashSet::new();
        flaws.retain(|flaw| seen.insert(flaw.clone()));
        (id, flaws)
    }

    /// Azure Linux: is what a definition calls fixed not to be had?
    pub(super) fn has_no_patch(self, definition: &Definition) -> bool {
        self == Publisher::Azure && definition.patchable.eq_ignore_ascii_case("false")
    }

    /// What is done about a package that has no fix; `None`: the definition is not to be heard.
    pub(super) fn lifecycle(self, definition: &Definition, package: &str) -> Option<Lifecycle> {
        match self {
            Publisher::RedHat => {
                if definition.id.contains("unaffected") || definition.title.starts_with("Unaffected") {
                    return Some(Lifecycle::NotAffected);
                }
                let state = definition.resolutions.iter().find(|(_, components)| {
                    components.is_empty() || components.iter().any(|component| last(component) == package)
                });
                let state = state.or(definition.resolutions.first()).map_or("", |(state, _)| state.as_str());
                Some(match state.to_ascii_lowercase().as_str() {
                    "will not fix" => Lifecycle::WillNotFix,
                    "out of support scope" => Lifecycle::EndOfLife,
                    "under investigation" => Lifecycle::UnderInvestigation,
                    "not affected" => Lifecycle::NotAffected,
                    // A patch's condition without a version says which module or kernel is meant.
                    _ if definition.class == "patch" => return None,
                    _ => Lifecycle::Affected,
                })
            }
            Publisher::Azure if definition.patchable.eq_ignore_ascii_case("not applicable") => {
                Some(Lifecycle::NotAffected)
            }
            _ if definition.class == "patch" => None,
            _ => Some(Lifecycle::Affected),
        }
    }

    /// The products a statement holds for.
    pub(super) fn products(
        self,
        definition: &Definition,
        context: &Context,
        evr: &str,
        fallback: Option<&str>,
    ) -> Vec<Product> {
        let mut products = match self {
            Publisher::Azure => azure(definition, evr, fallback),
            // Red Hat's conditions do not tell the extended streams apart, the CPEs do.
            Publisher::RedHat => {
                let named = definition.cpes.iter().filter_map(|cpe| product::of_cpe(cpe));
                let named: Vec<Product> = named.map(|product| without_repository(&product)).collect();
                if named.is_empty() { context.products.clone() } else { named }
            }
            _ => context.products.clone(),
        };
        if products.is_empty() {
            products = definition.platforms.iter().filter_map(|name| product::of_name(name)).collect();
        }
        products.sort();
        products.dedup();
        products
    }
}

fn last(component: &str) -> &str {
    component.rsplit('/').next().unwrap_or(component)
}

/// `enterprise_linux:9` of `enterprise_linux:9::baseos`.
fn without_repository(product: &Product) -> Product {
    let parts: Vec<&str> = product.release.split(':').take(2).collect();
    Product::new(product.ecosystem, parts.join(":"))
}

/// `PHSA-2024-5.0-0184`, as Photon's web site calls it: the condition's reference is `PHSA:00001:5.0:184`.
fn photon_id(definition: &Definition) -> Option<String> {
    let reference =
        definition.references.iter().find(|(source, _)| source == "PHSA").map(|(_, id)| id.as_str())?;
    let parts: Vec<&str> = reference.split(':').collect();
    let [_, _, release, number] = parts.as_slice() else { return None };
    let year = definition.issued.as_deref().and_then(|day| day.get(..4))?;
    let number: u32 = number.parse().ok()?;
    Some(format!("PHSA-{year}-{release}-{number:04}"))
}

/// Azure Linux tells its release in the builds' names, the file's name, or nowhere.
fn azure(definition: &Definition, evr: &str, fallback: Option<&str>) -> Vec<Product> {
    let of_build = azure_release(evr);
    let release = of_build.as_deref().or(fallback);
    let is_mariner = definition.platforms.iter().any(|platform| platform.contains("Mariner"));
    release
        .map(|release| {
            let ecosystem =
                if is_mariner || matches!(release, "1" | "2") { "Mariner" } else { "Azure Linux" };
            Product::new(ecosystem, release)
        })
        .into_iter()
        .collect()
}

fn azure_release(evr: &str) -> Option<String> {
    product::of_mark("azl", evr).or_else(|| product::of_mark("cm", evr))
}

/// The release of a document: what its name says (`cbl-mariner-2.0-oval.xml`), else what its builds are marked with.
pub(super) fn release_of_document(at: &str, definitions: &[Definition]) -> Option<String> {
    let name = at.rsplit('/').next().unwrap_or(at);
    let of_name = ["cbl-mariner-", "azurelinux-"].iter().find_map(|start| {
        let (_, rest) = name.split_once(start)?;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        (digits > 0).then(|| rest[..digits].to_owned())
    });
    of_name.or_else(|| definitions.iter().find_map(|definition| azure_release(&definition.title)))
}
