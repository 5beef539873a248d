//! The clock of this machine: the one thing that no evidence can tell a live run.

use std::time::Duration;

/// Returns the seconds since 1970 in UTC.
pub fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// Returns when this machine was started, in seconds since 1970; `None` where the kernel does not say.
///
/// # Source
///
/// proc(5): the line `btime` of `/proc/stat`.
pub fn booted() -> Option<i64> {
    let text = super::read_text(std::path::Path::new("/proc/stat"), 1 << 20).ok()?;
    text.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

/// Returns a time span in whole milliseconds.
pub fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
