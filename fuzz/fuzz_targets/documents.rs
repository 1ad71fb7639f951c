//! SBOMs, and XML as such.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_analyze::fuzz;
use plimsoll_fuzz::choose;

fuzz_target!(|data: &[u8]| choose(data, &[fuzz::sbom, fuzz::xml]));
