//! Packs: rules, plugins and knowledge that are versioned, tested and shared as one.
//!
//! What is built in comes through the same door as anyone else's pack.

mod builtin;
mod content;
mod folder;

pub use content::{DerivedMeta, FindingMeta, Manifest, PLUGIN_API, Pack, RuleMeta, RuleSource, SourceFile, read};
pub use folder::{FolderError, open};

use crate::knowledge::Knowledge;

/// A plugin that can be loaded: its manifest and its component.
#[derive(Debug, Clone)]
pub struct PluginSource {
    /// The manifest.
    pub manifest: Manifest,
    /// The component.
    pub component: std::borrow::Cow<'static, [u8]>,
}

/// All packs of a run.
#[derive(Debug, Default)]
pub struct Packs {
    /// The knowledge of all of them.
    pub knowledge: Knowledge,
    /// The rules of all of them, by id.
    pub rules: Vec<RuleSource>,
    /// The plugins of all of them.
    pub plugins: Vec<PluginSource>,
}

impl Packs {
    /// Returns the built-in packs.
    pub fn builtin() -> Packs {
        builtin::packs()
    }

    /// Adds a pack; rules, plugins and entries with the same ids replace those that were there.
    pub fn add(&mut self, pack: Pack, components: Vec<PluginSource>) {
        self.rules.retain(|rule| !pack.rules.iter().any(|other| other.id == rule.id));
        self.rules.extend(pack.rules);
        self.rules.sort_by(|left, right| left.id.cmp(&right.id));
        self.plugins.retain(|plugin| !components.iter().any(|other| other.manifest.id == plugin.manifest.id));
        self.plugins.extend(components);
        self.knowledge.merge(pack.knowledge);
    }
}

/// Returns the JSON Schema of `pack.toml`.
pub fn schema() -> serde_json::Value {
    let text = |what: &str| serde_json::json!({ "type": "string", "description": what });
    serde_json::json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "pack",
        "type": "object",
        "additionalProperties": false,
        "required": ["id", "version", "title"],
        "properties": {
            "id": text("The pack's id: the first part of the ids of its rules."),
            "version": text("Its version."),
            "title": {
                "type": "object",
                "description": "What it is called.",
                "additionalProperties": false,
                "required": ["en", "ja"],
                "properties": { "en": text("English."), "ja": text("Japanese.") },
            },
        },
    })
}
