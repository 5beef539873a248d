//! Lines that a healthy system writes all day and that say nothing about trouble.

/// How routine lines of Postfix begin, behind the queue id.
const POSTFIX: &[&str] = &[
    "connect from ",
    "disconnect from ",
    "message-id=",
    "resent-message-id=",
    "statistics: ",
    "daemon started",
    "starting the Postfix mail system",
    "refreshing the Postfix mail system",
    "reload -- version ",
    "CONNECT from ",
    "DISCONNECT ",
    "PASS OLD ",
    "PASS NEW ",
    "WHITELISTED ",
    "ALLOWLISTED ",
    "cache ",
    "proxy-accept: ",
    "sender non-delivery notification: ",
    "sender delay notification: ",
    "sender delivery status notification: ",
    "postmaster non-delivery notification: ",
    "Anonymous TLS connection established ",
    "Untrusted TLS connection established ",
    "Trusted TLS connection established ",
    "Verified TLS connection established ",
    "setting up TLS connection ",
    "initializing the ",
    "skipped, still being delivered",
    "removed",
    "uid=",
    "from=<",
    "client=",
    "replace: ",
    "prepend: ",
    "table ",
];

/// Returns whether a text of Postfix, behind the queue id, is routine.
pub fn of_postfix(text: &str) -> bool {
    // Nearly every line of a log comes here: the first byte alone rules most starts out.
    let first = text.as_bytes().first();
    POSTFIX.iter().any(|start| start.as_bytes().first() == first && text.starts_with(start))
        && (!text.starts_with("table ") || text.ends_with("has changed -- restarting"))
        && (!text.starts_with("from=<") || text.ends_with(')'))
}

/// Returns whether a line of another program is routine, or of a program that has nothing to do with mail.
pub fn of_others(program: &str, text: &str) -> bool {
    const FOREIGN: &[&str] = &["CRON", "cron", "crond", "sshd", "sshd-session", "sudo", "su", "systemd-logind", "anacron"];
    const ROUTINE: &[&str] = &[
        "Logged out",
        "Connect from local",
        "Disconnect from local",
        "saved mail to ",
        "stored mail into ",
        "Passed CLEAN",
        "DKIM-Signature field added",
        " Login: user=",
    ];
    if FOREIGN.contains(&program) {
        return true;
    }
    let bad = ["rror", "arning", "atal", "anic", "ailed"].iter().any(|word| text.contains(word));
    !bad && ROUTINE.iter().any(|part| text.contains(part))
}
