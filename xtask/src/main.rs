//! Automation: everything a person or CI does beyond cargo.

fn main() {}
