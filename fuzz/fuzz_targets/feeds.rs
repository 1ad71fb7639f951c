//! Feeds, and what the database keeps of them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_feeds::fuzz;
use plimsoll_fuzz::{choose, ignore};

fuzz_target!(|data: &[u8]| choose(
    data,
    &[
        ignore!(fuzz::osv),
        ignore!(fuzz::publishers),
        ignore!(fuzz::cve),
        ignore!(fuzz::nvd),
        ignore!(fuzz::kev),
        ignore!(fuzz::epss),
        |bytes| drop(fuzz::end_of_life("debian", bytes)),
        ignore!(fuzz::decode_advisories),
        ignore!(fuzz::decode_numbers),
        ignore!(fuzz::decode_origins),
        ignore!(fuzz::delta),
        ignore!(fuzz::decode_vulnerability),
    ]
));
