//! The host of plugins: WebAssembly components that see facts and report findings, and can do nothing else.
//!
//! A plugin is refused when it imports anything but the interface, and dropped whole when it traps, loops or floods: what it said
//! before that is forgotten, a warning names it, and the diagnosis goes on without it.

mod cache;
mod ticker;
mod v1;

use crate::fact::{Derived, FactName, Facts, Need, Platform, Source};
use crate::finding::{Finding, Holds, freshness, mechanism_of_all, statement};
use crate::knowledge::Knowledge;
use crate::pack::{PLUGIN_API, PluginSource};
use crate::system;
use cache::Cache;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use ticker::Ticker;
use wasmtime::component::Component;
use wasmtime::{Config, Engine};

/// The largest memory that a plugin may have, in bytes.
const MEMORY: usize = 64 << 20;
/// How many ticks of [`ticker::TICK`] a plugin may take.
const TICKS: u64 = 60;
/// What one call between host and plugin may carry.
const HOSTCALL_FUEL: usize = 32 << 20;

/// Why a plugin was not taken into account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("plugin {plugin}: {what}; the diagnosis goes on without it")]
pub struct PluginError {
    /// The plugin.
    pub plugin: String,
    /// What was wrong.
    pub what: String,
}

/// What the plugins saw.
#[derive(Debug, Default)]
pub struct Examined {
    /// Findings, in the order of the plugins.
    pub findings: Vec<Finding>,
    /// Facts that they derived, each with the plugin and the places of the facts behind it.
    pub derived: Vec<(Derived, Vec<Source>)>,
    /// Plugins that were refused or failed.
    pub errors: Vec<PluginError>,
    /// Plugins that were run, with the milliseconds that each took.
    pub ran: Vec<(String, u64)>,
}

/// How plugins are run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The folder for compiled components, `None` to compile anew each time.
    pub cache: Option<PathBuf>,
    /// How many units of work a plugin may take, `None` for the deadline alone; tests use it to be exact.
    pub fuel: Option<u64>,
}

/// Runs the plugins that the case has use for.
pub fn examine(plugins: &[PluginSource], facts: &Arc<Facts>, knowledge: &Knowledge, options: &Options) -> Examined {
    let mut examined = Examined::default();
    let wanted: Vec<&PluginSource> = plugins.iter().filter(|plugin| useful(plugin, facts, &mut examined.errors)).collect();
    for plugin in plugins.iter().filter(|plugin| !wanted.iter().any(|other| other.manifest.id == plugin.manifest.id)) {
        examined.findings.extend(not_run(plugin, facts));
    }
    if wanted.is_empty() {
        return examined;
    }
    let engine = match engine(options) {
        Ok(engine) => engine,
        Err(error) => {
            examined.errors.push(PluginError { plugin: "host".into(), what: format!("the WebAssembly engine cannot be started: {error}") });
            return examined;
        }
    };
    let loaded = load(&engine, &wanted, options);
    let ticker = Ticker::start(&engine);
    for (plugin, (component, loading)) in wanted.into_iter().zip(loaded) {
        let id = plugin.manifest.id.clone();
        let begun = Instant::now();
        let base = facts.derived.len() + examined.derived.len();
        let said = component.and_then(|component| v1::run(&engine, &component, &plugin.manifest, facts, base, options.fuel));
        match said {
            Ok(said) => take(plugin, said, facts, knowledge, &mut examined),
            Err(what) => examined.errors.push(PluginError { plugin: id.clone(), what }),
        }
        examined.ran.push((id, u64::try_from((loading + begun.elapsed()).as_millis()).unwrap_or(u64::MAX)));
    }
    drop(ticker);
    examined
}

/// Takes compiled components from the cache, and compiles those that are not there: with a cold cache, a diagnosis waits for little else.
///
/// Returns each with the time that it took.
fn load(engine: &Engine, plugins: &[&PluginSource], options: &Options) -> Vec<(Result<Component, String>, Duration)> {
    let cache = options.cache.as_ref().and_then(|folder| Cache::open(folder, engine));
    let kept = |plugin: &&PluginSource| {
        let begun = Instant::now();
        let component = cache.as_ref()?.load(engine, &plugin.component)?;
        Some((Ok(component), begun.elapsed()))
    };
    let compile = |plugin: &PluginSource| {
        let begun = Instant::now();
        let component = Component::from_binary(engine, &plugin.component)
            .map_err(|error| format!("is no component that this version can load: {error}"));
        if let (Some(cache), Ok(component)) = (&cache, &component) {
            cache.keep(&plugin.component, component);
        }
        (component, begun.elapsed())
    };
    let compile = &compile;
    let mut loaded: Vec<Option<(Result<Component, String>, Duration)>> = plugins.iter().map(kept).collect();
    thread::scope(|scope| {
        let missing = plugins.iter().zip(&mut loaded).filter(|(_, loaded)| loaded.is_none());
        let threads: Vec<_> =
            missing.map(|(plugin, loaded)| (plugin, loaded, thread::Builder::new().spawn_scoped(scope, move || compile(plugin)))).collect();
        for (plugin, loaded, thread) in threads {
            *loaded = Some(match thread.map(thread::ScopedJoinHandle::join) {
                Ok(Ok(compiled)) => compiled,
                Ok(Err(_)) => (Err("could not be compiled".to_owned()), Duration::ZERO),
                // There is no thread to be had: one after the other will do.
                Err(_) => compile(plugin),
            });
        }
    });
    loaded.into_iter().flatten().collect()
}

/// Returns whether a case has use for a plugin; a plugin of another interface is refused by name.
fn useful(plugin: &PluginSource, facts: &Facts, errors: &mut Vec<PluginError>) -> bool {
    let manifest = &plugin.manifest;
    if manifest.api != PLUGIN_API {
        let what =
            format!("speaks `{}`, this version speaks `{PLUGIN_API}`; build it anew against plugins/sdk of this version", manifest.api);
        errors.push(PluginError { plugin: manifest.id.clone(), what });
        return false;
    }
    Platform::admitted(facts.case.platform, &manifest.platforms)
        && manifest.needs_any.iter().any(|need| FactName::parse(need).is_ok_and(|name| facts.any_named(&name)))
}

/// The findings of a plugin that was not run because nothing is there to be examined: unknown.
fn not_run<'a>(plugin: &'a PluginSource, facts: &'a Facts) -> impl Iterator<Item = Finding> + 'a {
    let missing: Vec<FactName> = plugin.manifest.needs_any.iter().filter_map(|need| FactName::parse(need).ok()).collect();
    let unknown = missing.iter().any(|name| matches!(facts.need(name), Need::Unknown(_)));
    plugin.manifest.finding.iter().filter(move |_| unknown && Platform::admitted(facts.case.platform, &plugin.manifest.platforms)).map(
        move |meta| {
            let needs: Vec<FactName> = meta.needs.iter().filter_map(|need| FactName::parse(need).ok()).collect();
            let id = format!("plugin/{}/{}", plugin.manifest.id, meta.id);
            Finding {
                mechanisms: vec![id.clone()],
                id,
                holds: Holds::Unknown(if needs.is_empty() { missing.clone() } else { needs }),
                because: Vec::new(),
                declared: meta.declared(),
                group: String::new(),
                text: Some(meta.text.clone()),
                seed: meta.seed.clone(),
                freshness: 1.0,
            }
        },
    )
}

fn take(plugin: &PluginSource, said: v1::Said, facts: &Facts, knowledge: &Knowledge, examined: &mut Examined) {
    let manifest = &plugin.manifest;
    for derived in said.derived {
        let sources = derived.because.iter().filter_map(|id| facts.get(*id)).flat_map(|fact| fact.sources().to_vec()).collect();
        examined
            .derived
            .push((Derived { name: derived.name, plugin: manifest.id.clone(), value: derived.value, about: derived.about }, sources));
    }
    for finding in said.findings {
        let Some(meta) = manifest.finding.iter().find(|meta| meta.id == finding.id) else { continue };
        let id = format!("plugin/{}/{}", manifest.id, meta.id);
        let declared = meta.declared();
        let kind = meta.needs.iter().find_map(|need| FactName::parse(need).ok()).map(|name| name.kind());
        // What a plugin concludes from many facts is no repetition of what one of them says: its default mechanism is its own.
        let shown = declared.group.clone().unwrap_or_else(|| mechanism_of_all(facts, &finding.because).unwrap_or_else(|| id.clone()));
        examined.findings.push(Finding {
            mechanisms: vec![shown, id.clone()],
            id,
            freshness: finding.because.iter().map(|fact| freshness(facts, knowledge, *fact)).reduce(f64::max).unwrap_or(1.0),
            text: Some(statement(&finding.holds, &meta.text, meta.absent.as_ref(), finding.because.is_empty(), kind)),
            holds: finding.holds,
            because: finding.because,
            declared,
            group: String::new(),
            seed: meta.seed.clone(),
        });
    }
}

fn engine(options: &Options) -> wasmtime::Result<Engine> {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .epoch_interruption(true)
        .consume_fuel(options.fuel.is_some())
        // Compiling is what a cold start waits for; the code of a plugin runs for milliseconds.
        .cranelift_opt_level(wasmtime::OptLevel::None)
        .max_wasm_stack(512 << 10)
        // Where in its code a trap lay tells its author alone something, and makes a compiled component in the cache a fifth larger.
        .generate_address_map(false);
    // Where addresses are free, an instance reserves 4 GiB of them (not of memory), and no access to memory need be checked by code of
    // its own, which would be a third of what is compiled. Where they are limited, it reserves what it may use at most.
    if system::addresses_are_limited() {
        config.memory_reservation(MEMORY as u64).memory_guard_size(1 << 16).memory_reservation_for_growth(1 << 20);
    }
    Engine::new(&config)
}
