//! `plimsoll db …`: the advisory database.
