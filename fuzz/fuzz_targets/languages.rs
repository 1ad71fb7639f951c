//! Lock files, package metadata and executables of languages.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_analyze::fuzz::{self, java};
use plimsoll_fuzz::{choose, ignore};
use plimsoll_model::Limits;

fuzz_target!(|data: &[u8]| choose(
    data,
    &[
        ignore!(fuzz::parse_go_executable),
        ignore!(fuzz::parse_go_mod),
        ignore!(fuzz::parse_bun_lock),
        ignore!(fuzz::parse_package_json),
        ignore!(fuzz::parse_package_lock),
        ignore!(fuzz::parse_pnpm_lock),
        ignore!(fuzz::parse_yarn_lock),
        ignore!(fuzz::parse_composer_installed),
        ignore!(fuzz::parse_composer_lock),
        |bytes| drop(fuzz::parse_python_archive(bytes, &Limits::default())),
        |bytes| drop(fuzz::parse_python_metadata(bytes, "a-1.0.dist-info")),
        ignore!(fuzz::parse_pdm_lock),
        ignore!(fuzz::parse_pipfile_lock),
        ignore!(fuzz::parse_poetry_lock),
        ignore!(fuzz::parse_pylock),
        ignore!(fuzz::parse_requirements),
        ignore!(fuzz::parse_uv_lock),
        ignore!(fuzz::parse_gemfile_lock),
        |bytes| drop(fuzz::parse_gemspec(bytes, "a-1.0.gemspec")),
        ignore!(fuzz::parse_rust_executable),
        ignore!(fuzz::parse_cargo_lock),
        fuzz::dotnet_config,
        fuzz::dotnet_deps,
        fuzz::dotnet_lock,
        java::gradle_lock,
        java::manifest,
        java::pom,
        java::pom_properties,
    ]
));
