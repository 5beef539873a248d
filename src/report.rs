//! What people and programs read of a diagnosis: text for a terminal, JSON, the listing of facts, explanations of ids.
//!
//! Only this module chooses a language. Nothing here prints: each rendering returns text, or a JSON value.

pub mod command;
pub mod explain;
pub mod facts;
pub mod json;
pub mod remedy;
pub mod screen;
pub mod text;
pub mod words;

#[cfg(test)]
mod sample;

pub use screen::{ColorChoice, Style, clean};
