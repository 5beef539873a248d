//! The integration tests, linked once.

mod inference;
mod support;
