//! What `wit-bindgen` makes of `wit/plugin.wit`: the types of the interface, its calls, and the export macro.
#![allow(missing_docs, unreachable_pub, unsafe_code, clippy::all, clippy::restriction, reason = "generated")]

wit_bindgen::generate!({
    path: "wit/plugin.wit",
    world: "plugin",
    additional_derives: [PartialEq],
    pub_export_macro: true,
    export_macro_name: "export_component",
    default_bindings_module: "mailmedic_plugin_sdk::bindings",
});
