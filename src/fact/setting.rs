//! The fact `setting`.

use super::kind::fact_kind;
use super::{Known, Value};

fact_kind! {
    /// A configuration value.
    Setting, Setting, named by (key) {
        #[doc = "Its native name."] key: String,
        #[doc = "Its value, of the type that `knowledge/settings` gives; text when the key is not known there."] value: Known<Value>,
    }
}
