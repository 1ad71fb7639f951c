//! SBOMs, VEX documents, and XML and CPE names as such.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_analyze::fuzz;
use plimsoll_fuzz::{choose, ignore};

fuzz_target!(|data: &[u8]| choose(
    data,
    &[
        fuzz::sbom,
        fuzz::xml,
        ignore!(plimsoll_assess::vex::parse),
        |bytes| drop(plimsoll_model::Cpe::parse(&String::from_utf8_lossy(bytes))),
    ]
));
