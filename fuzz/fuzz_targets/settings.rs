//! Settings files, accounts and histories of images.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_checks::fuzz;
use plimsoll_fuzz::choose;

fuzz_target!(|data: &[u8]| choose(data, &[fuzz::formats, fuzz::history, fuzz::image]));
