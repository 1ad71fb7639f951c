//! Layers, manifests and what registries say.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_fuzz::{choose, ignore};
use plimsoll_image::fuzz;

fuzz_target!(|data: &[u8]| choose(
    data,
    &[
        ignore!(fuzz::tar),
        fuzz::walk,
        fuzz::unpack,
        fuzz::manifest,
        fuzz::config,
        fuzz::connection,
        fuzz::docker,
        fuzz::credentials,
        fuzz::registry,
        fuzz::reference,
        fuzz::sbom,
    ]
));
