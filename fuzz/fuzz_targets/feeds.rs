//! Feeds, and what the database keeps of them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_feeds::fuzz;
use plimsoll_fuzz::{choose, ignore};

fuzz_target!(|data: &[u8]| choose(
    data,
    &[
        ignore!(fuzz::osv),
        ignore!(fuzz::document),
        ignore!(fuzz::parse_csaf),
        ignore!(fuzz::parse_cvrf),
        ignore!(fuzz::parse_apollo),
        ignore!(fuzz::parse_bodhi),
        |bytes| drop(fuzz::parse_errata("9/errata.full.json", bytes)),
        |bytes| drop(fuzz::parse_photon("cve_data_photon4.0.json", bytes)),
        ignore!(fuzz::cve),
        ignore!(fuzz::nvd),
        ignore!(fuzz::nvd_products),
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
