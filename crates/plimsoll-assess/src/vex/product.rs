//! What a statement is about: images, components, and parts of them.

use plimsoll_model::{Cpe, OsRelease, Purl};
use std::collections::HashMap;

/// A product of a statement.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Product {
    /// Its names: any of them is enough.
    pub names: Vec<Name>,
    /// The parts of it that are meant; empty for the product itself.
    pub subcomponents: Vec<Name>,
    /// What it is a part of; empty for anything.
    pub within: Vec<Name>,
}

/// A name of a product.
#[derive(Clone, Debug, PartialEq)]
pub enum Name {
    /// A package, or an image (`pkg:oci/…`, `pkg:docker/…`).
    Purl(Purl),
    /// `sha256:…` of an image.
    Digest(String),
    /// A product as the NVD calls it.
    Cpe(Cpe),
    /// Any other text: a reference of an image, or a name that says nothing to a program.
    Text(String),
}

impl Name {
    /// The name this text is.
    pub fn parse(text: &str) -> Name {
        let text = text.trim();
        if let Ok(purl) = Purl::parse(text) {
            return Name::Purl(purl);
        }
        let is_cpe = text.starts_with("cpe:");
        match Cpe::parse(text).filter(|_| is_cpe) {
            Some(cpe) => Name::Cpe(cpe),
            None => Name::Text(text.to_owned()),
        }
    }

    /// A digest by its algorithm (`sha-256`, `SHA256`) and hex digits; `None` for those that no image has.
    pub fn digest(algorithm: &str, hex: &str) -> Option<Name> {
        let algorithm = algorithm.to_ascii_lowercase().replace('-', "");
        let digits = match algorithm.as_str() {
            "sha256" => 64,
            "sha512" => 128,
            _ => return None,
        };
        let is_hex = hex.len() == digits && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hex.then(|| Name::Digest(format!("{algorithm}:{}", hex.to_ascii_lowercase())))
    }

    /// The name with this version, where names of its kind have one.
    pub(super) fn with_version(&self, version: &str) -> Option<Name> {
        match self {
            Name::Purl(purl) => Some(Name::Purl(Purl { version: version.to_owned(), ..purl.clone() })),
            _ => None,
        }
    }
}

/// What an image is known as.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageIdentity {
    /// `registry/repository:tag`, or whatever the user called it.
    pub name: String,
    /// `sha256:…` of its manifest, its index, its config.
    pub digests: Vec<String>,
    /// Its distribution, for products that are one.
    pub os: Option<OsRelease>,
}

/// An image and its components, to ask whether a product is among them.
pub(super) struct Whole<'a> {
    image: &'a ImageIdentity,
    components: HashMap<String, Vec<&'a Purl>>,
}

impl<'a> Whole<'a> {
    pub(super) fn new(image: &'a ImageIdentity, components: &'a [Purl]) -> Whole<'a> {
        let mut by_name: HashMap<String, Vec<&Purl>> = HashMap::new();
        for purl in components {
            by_name.entry(purl.name.to_lowercase()).or_default().push(purl);
        }
        Whole { image, components: by_name }
    }

    /// Is the statement's product, or the part of it that is meant, this component?
    pub(super) fn is_meant(&self, product: &Product, component: &Purl) -> bool {
        if !product.within.is_empty() && !self.holds_all(&product.within) {
            return false;
        }
        let is_component = |name: &Name| matches!(name, Name::Purl(purl) if matches(purl, component));
        let named_image = product.names.iter().any(|name| self.is_image(name));
        if product.subcomponents.is_empty() {
            return named_image || product.names.iter().any(is_component);
        }
        let holds = named_image || product.names.iter().any(|name| self.holds(name));
        holds && product.subcomponents.iter().any(is_component)
    }

    /// Names of surroundings: one that can be told must hold; what says nothing to a program is taken as given.
    fn holds_all(&self, names: &[Name]) -> bool {
        let told: Vec<&Name> = names.iter().filter(|name| !matches!(name, Name::Text(_))).collect();
        told.is_empty()
            || told.into_iter().any(|name| self.is_image(name) || self.holds(name) || self.is_os(name))
    }

    fn holds(&self, name: &Name) -> bool {
        let Name::Purl(purl) = name else { return false };
        let alike = self.components.get(&purl.name.to_lowercase());
        alike.is_some_and(|alike| alike.iter().any(|component| matches(purl, component)))
    }

    /// Is it the image's distribution, `cpe:/o:redhat:enterprise_linux:9`? Streams that are paid for are not told by it.
    fn is_os(&self, name: &Name) -> bool {
        let (Name::Cpe(cpe), Some(os)) = (name, &self.image.os) else { return false };
        const PRODUCTS: &[(&str, &str)] = &[
            ("redhat:enterprise_linux", "rhel"),
            ("redhat:hummingbird", "hummingbird"),
            ("almalinux:almalinux", "almalinux"),
            ("amazon:linux", "amzn"),
            ("amazon:linux_2", "amzn"),
            ("canonical:ubuntu_linux", "ubuntu"),
            ("debian:debian_linux", "debian"),
            ("fedoraproject:fedora", "fedora"),
            ("opensuse:leap", "opensuse-leap"),
            ("oracle:linux", "ol"),
            ("rocky:rocky", "rocky"),
            ("rocky:rocky_linux", "rocky"),
        ];
        let id = OsRelease::id_of(&os.id);
        let version = os.version_id.as_deref().unwrap_or("");
        // `sles:15:sp5`, and the modules of one service pack, are release 15.5; without a service pack it is the first.
        let of_suse = ["sles", "sle-module-", "sle_hpc", "suse_linux_enterprise_server"];
        if cpe.vendor() == "suse" && of_suse.iter().any(|product| cpe.product().starts_with(product)) {
            let release = match cpe.update().strip_prefix("sp") {
                Some(pack) => format!("{}.{pack}", cpe.version()),
                None => cpe.version().to_owned(),
            };
            return id == "sles" && version.trim_end_matches(".0") == release;
        }
        let is_product = PRODUCTS.iter().any(|(product, of)| *product == cpe.key() && *of == id);
        is_product && (cpe.version() == "*" || begins(version, cpe.version()))
    }

    fn is_image(&self, name: &Name) -> bool {
        let known = |digest: &str| self.image.digests.iter().any(|known| known == digest);
        match name {
            Name::Digest(digest) => known(digest),
            Name::Cpe(_) => false,
            Name::Text(text) => {
                let at_digest = text.rsplit_once('@').is_some_and(|(_, digest)| known(digest));
                at_digest || known(text) || Reference::of(text) == Reference::of(&self.image.name)
            }
            Name::Purl(purl) => self.is_image_purl(purl),
        }
    }

    /// `pkg:oci/NAME@DIGEST?repository_url=REGISTRY/PATH&tag=TAG`, `pkg:docker/PATH@TAG`: what is left out is any.
    fn is_image_purl(&self, purl: &Purl) -> bool {
        if !matches!(purl.kind.as_str(), "oci" | "docker") {
            return false;
        }
        let own = Reference::of(&self.image.name);
        let version = purl.version.as_str();
        if version.contains(':') {
            return self.image.digests.iter().any(|known| known == version);
        }
        let tag = Some(version).filter(|version| !version.is_empty()).or(purl.qualifier("tag"));
        if tag.is_some_and(|tag| tag != own.tag) {
            return false;
        }
        let path = if purl.namespace.is_empty() { purl.name.clone() } else { purl.full_name() };
        match purl.qualifier("repository_url") {
            Some(url) => {
                let url = url.trim_start_matches("https://").trim_start_matches("http://");
                let url = url.trim_end_matches('/');
                // Some write the registry alone, some all but the name.
                [url, &format!("{url}/{path}")]
                    .iter()
                    .any(|text| Reference::of(text).repository == own.repository)
            }
            None => own.repository == path || own.repository.ends_with(&format!("/{path}")),
        }
    }
}

/// A reference to an image as people write it, made comparable.
#[derive(PartialEq, Eq)]
struct Reference {
    repository: String,
    tag: String,
}

impl Reference {
    fn of(text: &str) -> Reference {
        let text = text.split('@').next().unwrap_or(text);
        let behind_slash = text.rfind('/').map_or(0, |at| at + 1);
        let (repository, tag) = match text[behind_slash..].split_once(':') {
            Some((name, tag)) => (format!("{}{name}", &text[..behind_slash]), tag),
            None => (text.to_owned(), "latest"),
        };
        let (first, rest) = repository.split_once('/').unwrap_or(("", &repository));
        const HUB: &[&str] =
            &["docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"];
        let is_host = first.contains(['.', ':']) || first == "localhost";
        let path = match HUB.contains(&first) {
            true => rest,
            false if is_host => return Reference { repository: repository.clone(), tag: tag.to_owned() },
            false => &repository,
        };
        let library = if path.contains('/') { "" } else { "library/" };
        let repository = format!("docker.io/{library}{path}");
        Reference { repository, tag: tag.to_owned() }
    }
}

/// Is the component what a statement's purl names? What the purl leaves out is any; what it says must be so.
fn matches(wanted: &Purl, component: &Purl) -> bool {
    if wanted.kind != component.kind {
        return false;
    }
    let is_os = matches!(wanted.kind.as_str(), "deb" | "rpm" | "apk" | "alpm");
    // Vendors speak of source packages as a build for no processor.
    let is_source = is_os && matches!(wanted.qualifier("arch"), Some("src" | "source"));
    let same_place = match is_os {
        true => {
            wanted.namespace.is_empty()
                || OsRelease::id_of(&wanted.namespace) == OsRelease::id_of(&component.namespace)
        }
        false => same(&wanted.kind, &wanted.namespace, &component.namespace),
    };
    if !same_place || !wanted.qualifiers.iter().all(|(key, value)| qualifies(key, value, component)) {
        return false;
    }
    let of_source = is_source.then(|| source(component)).flatten();
    let (name, version) = match &of_source {
        Some((name, version)) => (name.as_str(), version.as_str()),
        None => (component.name.as_str(), component.version.as_str()),
    };
    same(&wanted.kind, &wanted.name, name)
        && (wanted.version.is_empty() || plain(&wanted.kind, &wanted.version) == plain(&wanted.kind, version))
}

/// Name and version of the source package: its `upstream` qualifier, else its own.
fn source(component: &Purl) -> Option<(String, String)> {
    let upstream = component.qualifier("upstream")?;
    let package = plimsoll_model::Component::from_purl(component)?;
    let source = package.source_of(upstream)?;
    Some((source.name, source.version))
}

fn qualifies(key: &str, wanted: &str, component: &Purl) -> bool {
    let own = component.qualifier(key);
    match key {
        "arch" => {
            let any = |arch: &str| matches!(arch, "src" | "source" | "noarch" | "all" | "any");
            any(wanted) || own.is_none_or(|own| any(own) || common_arch(own) == common_arch(wanted))
        }
        "distro" => of_distro(wanted, component),
        "epoch" => own.unwrap_or("0") == wanted,
        // Where it was fetched from, and which of its files: what an installed package no longer tells.
        "repository_url" | "download_url" | "vcs_url" | "checksum" | "type" | "classifier" | "file_name" => {
            true
        }
        _ => own == Some(wanted),
    }
}

fn common_arch(arch: &str) -> &str {
    match arch {
        "amd64" => "x86_64",
        "arm64" => "aarch64",
        other => other,
    }
}

/// `debian-12` is any point release of it; a codename must be the same word.
fn of_distro(wanted: &str, component: &Purl) -> bool {
    let named = Purl { qualifiers: vec![("distro".into(), wanted.to_owned())], ..component.clone() };
    match (named.os(), component.os()) {
        (Some(wanted), Some(own)) => {
            let version = match (&wanted.version_id, &own.version_id) {
                (Some(wanted), Some(own)) => begins(own, wanted),
                (Some(_), None) => false,
                (None, _) => true,
            };
            wanted.id == own.id && version && (wanted.codename.is_none() || wanted.codename == own.codename)
        }
        _ => component.qualifier("distro") == Some(wanted),
    }
}

/// Is `version` this release, or a point release of it?
fn begins(version: &str, release: &str) -> bool {
    version.strip_prefix(release).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Are the names one, as the purl specification folds them for the type?
fn same(kind: &str, a: &str, b: &str) -> bool {
    match kind {
        "pypi" => {
            let fold = |name: &str| name.to_lowercase().replace(['_', '.'], "-");
            fold(a) == fold(b)
        }
        "apk" | "alpm" | "bitbucket" | "bitnami" | "composer" | "deb" | "github" | "golang" | "hex"
        | "luarocks" | "nuget" => a.eq_ignore_ascii_case(b),
        _ => a == b,
    }
}

/// A version without what may or may not be written.
fn plain<'a>(kind: &str, version: &'a str) -> &'a str {
    match kind {
        "golang" | "composer" | "github" => version.strip_prefix('v').unwrap_or(version),
        "rpm" => version.strip_prefix("0:").unwrap_or(version),
        _ => version,
    }
}
