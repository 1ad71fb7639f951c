//! How does a terminal ask? The binary `plimsoll`.

fn main() {}
