//! Connections to registries that others wrote, that we made up, and that mean harm.
