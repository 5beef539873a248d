//! The fact `derived`.

use super::kind::fact_kind;
use super::{Known, Value};

fact_kind! {
    /// What a plugin concluded.
    Derived, Derived, named by (name) {
        #[doc = "Its name, as `plugin.toml` declares it."] name: String,
        #[doc = "The plugin."] plugin: String,
        #[doc = "Its value."] value: Value,
        #[doc = "The name of the fact that it is about."] about: Known<String>,
    }
}
