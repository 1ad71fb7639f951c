//! Files searched for secrets, private keys.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_fuzz::choose;
use plimsoll_secrets::fuzz;

fuzz_target!(|data: &[u8]| choose(data, &[fuzz::secrets, fuzz::private_key]));
