//! Who asks, and when? The HTTP API.
