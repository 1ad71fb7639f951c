//! What the fuzz targets share.

/// Gives the bytes behind the first one to the parser that the first one chooses.
pub fn choose(data: &[u8], parsers: &[fn(&[u8])]) {
    if let Some((first, rest)) = data.split_first() {
        parsers[usize::from(*first) % parsers.len()](rest);
    }
}

/// The parser without what it finds.
#[macro_export]
macro_rules! ignore {
    ($parse:path) => {
        |bytes| drop($parse(bytes))
    };
}
