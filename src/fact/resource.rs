//! The fact `resource`.

use super::Known;
use super::kind::fact_kind;

fact_kind! {
    /// Space or load of a disk, of memory or of processors.
    Resource, Resource, named by (name, target) {
        #[doc = "`disk`, `inodes`, `memory` or `cpu`."] name: String,
        #[doc = "Which one: a drive, a mount point."] target: Known<String>,
        #[doc = "How much of it is used, in percent."] used_percent: Known<f64>,
        #[doc = "How much of it is free, in bytes."] free_bytes: Known<u64>,
    }
}
