//! What have we learned already? Facts on disk, under the layer's digest.
