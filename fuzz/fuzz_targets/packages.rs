//! Package databases of distributions and of other package managers, and package archives.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_analyze::fuzz::{self, rpm};
use plimsoll_fuzz::choose;

fuzz_target!(|data: &[u8]| {
    let distributions: &[fn(&[u8])] = &[
        rpm::header,
        rpm::bdb,
        rpm::ndb,
        rpm::sqlite,
        rpm::list,
        fuzz::apk,
        fuzz::dpkg_status,
        fuzz::dpkg_list,
        fuzz::dpkg_checksums,
    ];
    choose(data, &[distributions, fuzz::INSTALLED].concat());
});
