//! The integration tests, linked once.

mod captures;
mod cli;
mod contract;
mod conventions;
mod evidence;
mod inference;
mod knowledge;
mod plugins;
mod robust;
mod rules;
mod support;
