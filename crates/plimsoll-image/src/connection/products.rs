//! The products people run as registries: how each lists its repositories.
//!
//! What all have in common, tags and manifests by the OCI distribution API, is not here.

mod docker_hub;
mod ecr;
mod gar;
mod ghcr;
mod gitlab;
mod harbor;
mod jfrog;
mod nexus;
mod quay;
mod swr;

use super::names::Names;
use super::place::Place;
use super::{Inner, Ticket};
use crate::ImageError;
use plimsoll_model::RegistryKind;

/// What a product does its own way.
#[derive(Clone, Copy)]
pub(super) struct Product {
    list: fn(&Inner, &mut Names) -> Result<(), ImageError>,
    /// Name and host of the registry, where its address is another one's.
    registry: fn(&Place) -> (String, String),
    /// The path below which repositories are wanted.
    below: fn(&Place) -> String,
    exchange: Option<Exchange>,
}

/// Gets for an account what signs in at the registry.
pub(super) type Exchange = fn(&Inner) -> Result<Ticket, ImageError>;

/// `_catalog`, as distribution has it.
const GENERIC: Product = Product {
    list: |inner, names| inner.whole_catalog(names),
    registry: own_host,
    below: own_path,
    exchange: None,
};

/// The product of this kind.
pub(super) fn of(kind: RegistryKind) -> Product {
    match kind {
        // ACR has `_catalog` too, for everyone who may read its metadata (Azure, "Azure Container Registry REST API").
        RegistryKind::Generic | RegistryKind::Acr => GENERIC,
        RegistryKind::Harbor => Product { list: harbor::list, ..GENERIC },
        RegistryKind::Jfrog => Product { list: jfrog::list, below: jfrog::below, ..GENERIC },
        RegistryKind::DockerHub => {
            Product { list: docker_hub::list, registry: docker_hub::registry, below: nothing, ..GENERIC }
        }
        RegistryKind::Swr => Product { list: swr::list, ..GENERIC },
        RegistryKind::Ecr => Product { list: ecr::list, exchange: Some(ecr::exchange), ..GENERIC },
        RegistryKind::Gar => Product { list: gar::list, ..GENERIC },
        RegistryKind::Ghcr => Product { list: ghcr::list, below: nothing, ..GENERIC },
        RegistryKind::Quay => Product { list: quay::list, ..GENERIC },
        RegistryKind::Gitlab => Product { list: gitlab::list, ..GENERIC },
        RegistryKind::Nexus => Product { list: nexus::list, below: nothing, ..GENERIC },
    }
}

impl Product {
    pub(super) fn list(&self, inner: &Inner, names: &mut Names) -> Result<(), ImageError> {
        (self.list)(inner, names)
    }

    /// Name, as references have it, and host of the registry.
    pub(super) fn registry(&self, place: &Place) -> (String, String) {
        (self.registry)(place)
    }

    pub(super) fn below(&self, place: &Place) -> String {
        (self.below)(place)
    }

    pub(super) fn exchange(&self) -> Option<Exchange> {
        self.exchange
    }
}

fn own_host(place: &Place) -> (String, String) {
    (place.host.clone(), place.host.clone())
}

fn own_path(place: &Place) -> String {
    place.path.clone()
}

fn nothing(_: &Place) -> String {
    String::new()
}
