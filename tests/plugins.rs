//! The host of plugins: what misbehaves is dropped whole and named, what is no plugin is refused, the cache cannot be abused; and each built-in
//! plugin matters.

use crate::support::{self, files, packs, project, ranking, same_ranking};
use mailmedic::diagnosis::{Inputs, Options, build};
use mailmedic::fact::Facts;
use mailmedic::finding::Holds;
use mailmedic::pack::{Manifest, Packs, PluginSource};
use mailmedic::plugin::{self, Examined};
use std::path::Path;
use std::sync::Arc;

/// Every way of misbehaving, with a word of the warning. A flood is refused, or, on a busy machine, out of time before it is over; a stack that
/// is too deep ends at the guest's own guard or at the host's.
const WAYS: &[(&str, &str)] = &[
    ("trap", "trapped"),
    ("loop", "did not end"),
    ("loop-calls", "did not end"),
    ("memory", "memory"),
    ("recursion", "dropped"),
    ("error", "told to fail"),
    ("long-error", ""),
    ("flood", "dropped"),
    ("flood-unknown", "dropped"),
    ("flood-derived", "dropped"),
    ("undeclared", "does not declare"),
    ("undeclared-derived", "does not declare"),
    ("wrong-type", "does not declare"),
    ("not-a-number", "number"),
    ("no-such-fact", "did not hand out"),
    ("too-large-text", "too large"),
    ("too-large-name", ""),
    ("too-many-reasons", "more than the host takes"),
    ("contradiction", "present and as absent"),
];

fn misbehaving() -> PluginSource {
    let text = std::fs::read_to_string(project("plugins/misbehaving/plugin.toml")).unwrap();
    let manifest: Manifest = toml::from_str(&text).unwrap();
    PluginSource { manifest, component: std::fs::read(project("plugins/built/misbehaving.wasm")).unwrap().into() }
}

/// A case with a fault of its own, in which the plugin is told how to behave.
fn told(way: &str) -> String {
    format!(
        "[scenario]\nplatform = \"postfix\"\n[[ndr]]\ntext = \"450 4.2.0 <bob@example.net>: Recipient address rejected: Greylisted for 5 minutes\"\n\
         [[setting]]\nkey = \"misbehave\"\nvalue = {}\n",
        support::quoted(way)
    )
}

fn facts(way: &str) -> Arc<Facts> {
    Arc::new(support::harvest(&told(way)).facts)
}

fn examine(source: PluginSource, way: &str, options: &plugin::Options) -> Examined {
    plugin::examine(&[source], &facts(way), &packs().knowledge, options)
}

fn cached() -> plugin::Options {
    support::options().plugins
}

#[test]
fn a_plugin_that_behaves_is_heard() {
    let examined = examine(misbehaving(), "well", &cached());
    assert_eq!(examined.errors, []);
    let states: Vec<(&str, &Holds)> = examined.findings.iter().map(|finding| (finding.id.as_str(), &finding.holds)).collect();
    assert_eq!(states, [("plugin/misbehaving/behaves", &Holds::Present), ("plugin/misbehaving/flawed", &Holds::Absent)]);
    assert_eq!(examined.derived.len(), 2);
}

#[test]
fn whatever_it_does_it_is_dropped_whole_and_named() {
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let running: Vec<_> = WAYS
            .iter()
            .map(|(way, word)| {
                scope.spawn(move || {
                    let begun = std::time::Instant::now();
                    let examined = examine(misbehaving(), way, &cached());
                    let mut wrong = Vec::new();
                    if !examined.findings.is_empty() || !examined.derived.is_empty() {
                        wrong.push(format!("{way}: {} findings and {} facts were kept", examined.findings.len(), examined.derived.len()));
                    }
                    match examined.errors.as_slice() {
                        [error] if error.plugin == "misbehaving" && error.what.contains(word) && error.what.len() < 1_000 => {}
                        other => wrong.push(format!("{way}: {other:?}")),
                    }
                    if begun.elapsed().as_secs() > 60 {
                        wrong.push(format!("{way}: took {:?}", begun.elapsed()));
                    }
                    wrong
                })
            })
            .collect();
        running.into_iter().flat_map(|thread| thread.join().expect("the host does not panic")).collect()
    });
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_diagnosis_goes_on_without_it() {
    let mut with = Packs::builtin();
    with.plugins.push(misbehaving());
    for way in ["trap", "error", "flood", "undeclared", "no-such-fact", "memory"] {
        let text = told(way);
        let alone = build(Inputs { harvest: support::harvest(&text), packs: packs() }, &support::options());
        let diagnosis = build(Inputs { harvest: support::harvest(&text), packs: &with }, &support::options());
        same_ranking(&alone, &diagnosis).unwrap();
        assert_eq!(diagnosis.causes[0].id, "remote.greylisting");
        let named = diagnosis.warnings.iter().filter(|warning| warning.text.en.contains("plugin misbehaving")).count();
        assert_eq!(named, 1, "{way}: {:?}", diagnosis.warnings);
        let fewer = diagnosis.warnings.len() - 1;
        assert_eq!(fewer, alone.warnings.len(), "{way}");
    }
}

#[test]
fn fuel_ends_a_plugin_to_the_unit() {
    let options = plugin::Options { fuel: Some(1_000_000), ..cached() };
    let first = examine(misbehaving(), "loop", &options);
    assert!(first.errors[0].what.contains("fuel"), "{:?}", first.errors);
    assert_eq!(first.errors, examine(misbehaving(), "loop", &options).errors);
}

// ---- what is no plugin ----

/// The start of a component's bytes (component model binary format, layer 1, version 0x0d).
const COMPONENT: [u8; 8] = [0, b'a', b's', b'm', 0x0d, 0, 1, 0];

/// A component that imports an instance of that name and nothing else.
fn importing(name: &str) -> Vec<u8> {
    let mut bytes = COMPONENT.to_vec();
    // A type section with one empty instance type, and an import section that imports such an instance.
    bytes.extend([7, 3, 1, 0x42, 0]);
    let length = u8::try_from(name.len()).unwrap();
    bytes.extend([10, length + 5, 1, 0, length]);
    bytes.extend(name.as_bytes());
    bytes.extend([5, 0]);
    bytes
}

fn refused(component: Vec<u8>) -> String {
    let examined = examine(PluginSource { component: component.into(), ..misbehaving() }, "well", &plugin::Options::default());
    assert!(examined.findings.is_empty() && examined.derived.is_empty());
    let [error] = examined.errors.as_slice() else { panic!("{:?}", examined.errors) };
    assert_eq!(error.plugin, "misbehaving");
    error.what.clone()
}

#[test]
fn another_import_is_refused_by_name() {
    for name in ["wasi:clocks/monotonic-clock@0.2.0", "wasi:filesystem/types@0.2.0", "mailmedic:plugin/facts@2.0.0"] {
        let what = refused(importing(name));
        assert!(what.contains("was refused") && what.contains(name), "{what}");
    }
}

#[test]
fn what_is_no_component_is_refused() {
    let built = std::fs::read(project("plugins/built/misbehaving.wasm")).unwrap();
    let module = vec![0, b'a', b's', b'm', 1, 0, 0, 0];
    for bytes in [Vec::new(), b"garbage".to_vec(), vec![0xff; 4096], module, built[..built.len() / 2].to_vec()] {
        assert!(refused(bytes).contains("is no component that this version can load"));
    }
    // A component without the export.
    assert!(!refused(COMPONENT.to_vec()).is_empty());
}

#[test]
fn another_version_of_the_interface_is_refused_by_name() {
    let mut source = misbehaving();
    source.manifest.api = "mailmedic:plugin@9.0.0".to_owned();
    let examined = examine(source, "well", &plugin::Options::default());
    let [error] = examined.errors.as_slice() else { panic!("{:?}", examined.errors) };
    assert_eq!(error.plugin, "misbehaving");
    assert!(
        error.what.contains("mailmedic:plugin@9.0.0")
            && error.what.contains(mailmedic::pack::PLUGIN_API)
            && error.what.contains("build it anew"),
        "{error}"
    );
    assert!(examined.ran.is_empty());
}

#[test]
fn a_plugin_without_use_is_not_run() {
    let facts = Arc::new(support::harvest("[scenario]\nplatform = \"postfix\"\n").facts);
    let examined = plugin::examine(&[misbehaving()], &facts, &packs().knowledge, &plugin::Options::default());
    assert!(examined.ran.is_empty() && examined.errors.is_empty());
    assert!(examined.findings.iter().all(|finding| matches!(finding.holds, Holds::Unknown(_))));
}

// ---- the cache ----

fn in_cache(folder: &Path) -> Vec<std::path::PathBuf> {
    files(folder, "").into_iter().filter(|path| path.metadata().is_ok_and(|meta| meta.len() > 4096)).collect()
}

#[test]
fn a_corrupted_cache_file_is_discarded() {
    let folder = support::folder();
    let cache = folder.path().join("components");
    let options = plugin::Options { cache: Some(cache.clone()), fuel: None };
    assert_eq!(examine(misbehaving(), "well", &options).errors, []);
    let kept = in_cache(&cache);
    assert!(!kept.is_empty(), "nothing was cached in {}", cache.display());
    for damage in ["empty", "garbage", "cut", "one bit"] {
        for path in in_cache(&cache) {
            let mut bytes = std::fs::read(&path).unwrap();
            match damage {
                "empty" => bytes.clear(),
                "one bit" => *bytes.last_mut().unwrap() ^= 1,
                "garbage" => bytes = vec![0x5a; bytes.len()],
                _ => bytes.truncate(bytes.len() / 2),
            }
            std::fs::write(&path, bytes).unwrap();
        }
        let examined = examine(misbehaving(), "well", &options);
        assert_eq!((examined.errors.as_slice(), examined.findings.len()), ([].as_slice(), 2), "{damage}");
    }
}

#[cfg(unix)]
#[test]
fn a_cache_that_others_can_write_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let folder = support::folder();
    let cache = folder.path().join("components");
    std::fs::create_dir(&cache).unwrap();
    std::fs::set_permissions(&cache, std::fs::Permissions::from_mode(0o777)).unwrap();
    let examined = examine(misbehaving(), "well", &plugin::Options { cache: Some(cache.clone()), fuel: None });
    assert_eq!((examined.errors.as_slice(), examined.findings.len()), ([].as_slice(), 2));
    assert_eq!(std::fs::read_dir(&cache).unwrap().count(), 0);
    // Neither is one behind a link, which its owner could turn.
    let (real, link) = (folder.path().join("real"), folder.path().join("link"));
    std::fs::create_dir(&real).unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    examine(misbehaving(), "well", &plugin::Options { cache: Some(link), fuel: None });
    assert_eq!(std::fs::read_dir(&real).unwrap().count(), 0);
}

// ---- the built-in plugins ----

#[test]
fn each_plugin_matters() {
    let folder = project("tests/scenarios/plugins");
    let ids: Vec<String> = packs().plugins.iter().map(|plugin| plugin.manifest.id.clone()).collect();
    assert_eq!(ids.len(), 10, "one for each kind of queue of the design: {ids:?}");
    for id in ids {
        let mut without = Packs::builtin();
        without.plugins.retain(|plugin| plugin.manifest.id != id);
        let changed = files(&folder, ".toml")
            .into_iter()
            .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&id)))
            .any(|path| {
                let text = std::fs::read_to_string(&path).unwrap();
                let diagnose = |packs: &Packs| {
                    build(Inputs { harvest: support::harvest(&text), packs }, &Options { plugins: cached(), ..Options::default() })
                };
                let names = |packs: &Packs| ranking(&diagnose(packs)).into_iter().map(|(id, _)| id).collect::<Vec<_>>();
                names(packs()).first() != names(&without).first()
            });
        assert!(changed, "without the plugin {id} the first cause of no scenario tests/scenarios/plugins/{id}*.toml changes");
    }
}

#[test]
fn built_plugins_are_those_that_are_declared() {
    for manifest in files(&project("plugins"), "plugin.toml") {
        let id = manifest.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
        assert!(project(&format!("plugins/built/{id}.wasm")).exists(), "{id} is not built");
    }
}
