//! Phrases of non-delivery reports. All are in lower case, except the openings.

/// Lines with which the text of a report begins when it is pasted without its headers.
pub(super) const OPENINGS: &[&str] = &[
    "This is the mail system at host",
    "This is the Postfix program at host",
    "This message was created automatically by mail delivery software",
    "Hi. This is the qmail-send program",
    "This is an automatically generated Delivery Status Notification",
    "Delivery has failed to these recipients",
    "Delivery to the following recipient",
    "Your message did not reach some or all of the intended recipients",
    "did not reach the following recipient",
    "Diagnostic information for administrators",
    "The following message to <",
    "Message from yahoo.com",
    "Sorry, we were unable to deliver your message",
    "An error occurred while trying to deliver",
    "Your message couldn't be delivered",
    "Your message wasn't delivered",
    "This is the DragonFly Mail Agent",
    "--- The following addresses had permanent fatal errors",
    "The following addresses had permanent fatal errors",
    "The original message was received at",
    "The following recipient(s) could not be reached",
    "The following recipient(s) cannot be reached",
    "Undeliverable: ",
    "A message that you sent could not be delivered",
    "I'm sorry to have to inform you that your message could not",
    "Address not found",
    "Message blocked",
    "Your message could not be delivered",
];

/// Subjects of reports.
pub(super) const SUBJECTS: &[&str] = &[
    "undeliver", "undelivered", "delivery status", "delivery failure", "delivery failed", "failure notice", "returned mail", "mail delivery",
    "failure delivery", "not delivered", "non delivery", "non-delivery", "nondelivery", "delivery notification", "delivery report", "delivery problem", "mail error", "mail system error",
    "mail failed", "could not be delivered", "returning message", "message delayed", "delayed mail", "delivery delayed", "delivery has failed",
    "processing error", "user unknown", "rejected", "blocked", "bounce", "error sending", "message you sent", "warning: message",
    "unable to deliver", "delivery error", "not been delivered", "message status", "permanent failure", "permanent delivery", "email delivery",
    "mail could not", "failed mail", "mail failure", "unzustellbar", "non remis", "no entregado", "nicht zugestellt", "échec", "mail not", "couldn't be delivered",
    "配信", "配送", "送信できません", "エラー", "宛先不明", "недоставленное", "не доставлено",
];

/// Subjects of answers that a person's mailbox gives by itself.
pub(super) const REPLIES: &[&str] = &[
    "out of office", "out of the office", "auto reply", "autoreply", "auto-reply", "automatic reply", "automated response", "vacation", "abwesenheit",
    "不在", "自動返信", "away from", "on holiday", "absence",
];

/// Words of those who send reports.
pub(super) const SENDERS: &[&str] = &["mailer-daemon", "postmaster", "post_master", "mail delivery", "mail-daemon", "maildaemon", "delivery subsystem", "mailadm", "mdaemon", "mailer daemon"];

/// Lines behind which the returned message begins.
pub(super) const RETURNED: &[&str] = &[
    "below this line is a copy of the message", "line is a copy of the message", "this is a copy of the message", "this is a copy of your message",
    "copy of the message, including", "original message follows", "original message attached", "returned mail follows", "message text follows",
    "unsent message below", "unsent message follows", "included is a copy of the message", "header of the original message", "message headers follow", "message header follows",
    "original message header", "header of the source mail", "start of returned message", "returned message follows", "undelivered message follows",
    "your message reads (in part)", "lines of your original message", "summary of the undelivered message", "mensaje original", "old message:",
    "attachment is a copy of the message", "copy of the original message", "header and top", "original message as received",
    "copy of the first part of the message", "original message is", "message header:", "message body follows", "the original message was:",
    "returned text follows", "rest of the message", "returned content", "message returned below follows", "original headers follow",
    "元のメッセージ", "メッセージのヘッダ", "message headers:", "included below is the message header", "here is your message", "mail header:",
];

/// Lines that are nothing but one of these, with ornaments around it, end the text too.
pub(super) const RETURNED_ALONE: &[&str] = &[
    "original message", "forwarded message", "returned mail", "returned message", "original message:", "message headers", "original message details",
    "undelivered message", "the original message", "message follows", "end of message", "original email",
];

/// Words that say that, and why, something failed.
pub(super) const FAILING: &[&str] = &[
    "unknown", "no such", "not found", "does not exist", "doesn't exist", "not exist", "invalid", "not valid", "is not valid", "no mailbox", "bad destination", "bad address", "not listed", "full", "quota",
    "exceed", "too large", "too big", "size limit", "rejected", "refused", "denied", "blocked", "blacklist", "block list", "blocklist", "listed",
    "spam", "virus", "policy", "not allowed", "not permitted", "forbidden", "timed out", "timeout", "not respond", "unreachable", "not reachable",
    "unavailable", "disabled", "discontinued", "suspended", "inactive", "deactivated", "expired", "relay", "unrouteable", "loop", "too many",
    "could not", "couldn't", "cannot", "can't", "unable", "error", "failure", "wasn't able", "did not reach", "no valid", "not accept", "not recognized",
    "not recognised", "didn't match", "did not match", "did not exactly match", "no longer", "moved", "not delivered", "not deliver", "undeliverable", "collected", "no matches",
    "name server", "name service", "nameserver", "route", "no route", "authenticat", "spf", "dkim", "dmarc", "greylist", "try again", "deferred",
    "doesn't have", "don't have", "not have", "no account", "problem", "returned", "died with", "command output", "permission", "lookup",
    "見つかりません", "できません", "存在しません", "拒否", "超え", "エラー", "いっぱい", "送信できませんでした",
];

/// Words that stand in the line of an address that could not be reached.
pub(super) const LABELS: &[&str] = &[
    "recipient:", "recipient address:", "failed recipient", "intended recipient", "original address", "rcpt to", "error-for", "unknown user",
    "user unknown", "invalid final delivery", "undeliverable address", "undeliverable  to", "undeliverable to", "unable to deliver", "not delivered to", "couldn't be delivered",
    "could not be delivered", "cannot be delivered", "delivery failed", "did not reach", "delivering your mail to", "your message to", "message to <", "failed to deliver",
    "addressed to", "was not delivered", "is full", "quota violation", "no such user", "not exist", "unavailable", "addresses failed", "undelivered to",
    "dda:smtp=", "smtp:", "not listed", "has been postponed", "mailbox", "does not exist", "failed for", "delivery to", "invalid recipient", "was undeliverable",
    "failed to the following", "could not be reached", "wasn't delivered", "no account", "originally addressed", "couldn't deliver", "deliver message to",
    "宛先", "message to:", "was rejected", "for user", "was not found", "unknown address", "bad address", "error delivering", "no longer",
];

/// Words of lines whose addresses are not those that failed.
pub(super) const OTHERS: &[&str] = &[
    "contact", "postmaster", "mailer-daemon", "from:", "sender", "reply-to", "message-id", "subject:", "assistance", "help", "mail from", "questions",
    "from <", "sent by", "support@", "message id", "abuse@", "envelope-from", "from user", "forward", "return-path", "x-", "identifier", "e.g.",
];

/// Words of lines that say nothing about the reason.
pub(super) const COURTESY: &[&str] = &[
    "please contact", "please reply to", "please do not reply", "no action is required", "this warning may be repeated", "for assistance",
    "for further assistance", "if you feel this message", "delivery attempts will continue for", "undelivered. eventually the mail delivery software",
    "when that happens, the message will be returned", "some time, and this warning", "if you do so, please include", "delete your own text from",
];

/// Words that say that the system has not given up.
pub(super) const DELAYED: &[&str] = &[
    "has been delayed", "not yet been delivered", "will be retried", "will continue", "warning message only", "this is a warning",
    "still being retried", "been postponed", "delivery attempts will", "no action is required", "warning: could not send message for past", "just a warning",
    "delay)", "message delayed", "will keep trying", "temporarily delayed", "delivery delayed", "delivery delay", "delivery is delayed", "delivery incomplete",
];

/// Words that say that it has.
pub(super) const GIVEN_UP: &[&str] = &["permanent error", "permanent failure", "permanently", "given up", "giving up on", "fatal error", "permanent fatal", "was aborted"];

/// Words that Exchange itself says under the type `smtp`.
///
/// # Source
///
/// Diagnostic texts of Exchange Server 2007 and later: the component stands first.
pub(super) const EXCHANGE: &[&str] = &["RESOLVER.", "ROUTING.", "QUEUE.", "STOREDRV.", "SMTPSEND.", "APPROVAL.", "TRANSPORT.", "DELIVERY.", "MSEXCH:"];

/// Returns whether a text says why something failed: a word or a code does.
pub(super) fn says_why(text: &str) -> bool {
    let lower = text.to_lowercase();
    FAILING.iter().any(|word| lower.contains(word)) || super::text::codes(text) != (None, None)
}

/// Returns whether a text holds one of some phrases.
pub(super) fn any(text: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| text.contains(phrase))
}
