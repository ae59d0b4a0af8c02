//! What becomes of a session that two pages have changed at the same time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod formats;
mod hostile;
mod literal;
mod pages;
mod properties;
mod reset;
mod rules;
