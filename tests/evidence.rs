//! From real lines to the ranking: several unrelated faults in one log.

use crate::support::{self, diagnose_paths, said};

/// A day's log of a Postfix server with six faults that have nothing to do with each other.
fn six_faults() -> String {
    let mut log = String::new();
    let mut line =
        |minute: usize, text: String| log.push_str(&format!("2026-03-02T09:{:02}:{:02}+00:00 mail {text}\n", minute % 60, minute / 60));
    for turn in 0..30 {
        let id = |fault: usize| format!("4A{fault}{turn:03}BCDEF");
        let said = |host: &str, reply: &str| format!("host {host} said: {reply} (in reply to RCPT TO command)");
        let smtp = |fault: usize, to: &str, relay: &str, code: &str, status: &str, text: &str| {
            format!(
                "postfix/smtp[{}]: {}: to=<{to}>, relay={relay}, delay=2, delays=0.1/0/1/0.9, dsn={code}, status={status} ({text})",
                100 + fault,
                id(fault)
            )
        };
        // Mail that flows.
        for (number, domain) in ["alpha.example", "beta.test", "gamma.example", "delta.test"].into_iter().enumerate() {
            line(
                turn,
                smtp(
                    9 + number,
                    &format!("u{turn}@{domain}"),
                    &format!("mx.{domain}[198.51.100.{}]:25", 20 + number),
                    "2.0.0",
                    "sent",
                    "250 2.0.0 Ok: queued as 1",
                ),
            );
        }
        // 1: a remote greylists.
        let mx = "mx.grey.example[192.0.2.31]";
        line(
            turn,
            smtp(
                1,
                &format!("r{turn}@grey.example"),
                &format!("{mx}:25"),
                "4.2.0",
                "deferred",
                &said(
                    mx,
                    &format!("450 4.2.0 <r{turn}@grey.example>: Recipient address rejected: Greylisted, see http://postgrey.example/help"),
                ),
            ),
        );
        // 2: this server insists on TLS, and another destination offers none.
        line(
            turn,
            smtp(
                2,
                &format!("s{turn}@plain.example"),
                "mx.plain.example[203.0.113.42]:25",
                "4.7.4",
                "deferred",
                "TLS is required, but was not offered by host mx.plain.example[203.0.113.42]",
            ),
        );
        // 3: the content filter is down.
        line(
            turn,
            smtp(
                3,
                &format!("v{turn}@example.com"),
                "none",
                "4.4.1",
                "deferred",
                "connect to 127.0.0.1[127.0.0.1]:10024: Connection refused",
            ),
        );
        // 4: a local mailbox is full.
        line(
            turn,
            format!(
                "postfix/lmtp[104]: {}: to=<carol@example.com>, relay=mail.example.com[private/dovecot-lmtp], delay=1, delays=0/0/0/1, dsn=4.2.2, status=deferred (host mail.example.com[private/dovecot-lmtp] said: 452 4.2.2 <carol@example.com> Quota exceeded (mailbox for user is full) (in reply to end of DATA command))",
                id(4)
            ),
        );
        // 5: the directory behind a lookup table is down.
        line(turn, "postfix/smtpd[105]: warning: dict_ldap_lookup: Search error -1: Can't contact LDAP server".to_owned());
        line(
            turn,
            format!(
                "postfix/smtpd[105]: NOQUEUE: reject: RCPT from mx.alpha.example[198.51.100.20]: 451 4.3.0 <w{turn}@example.com>: Temporary lookup failure; from=<a@alpha.example> to=<w{turn}@example.com> proto=ESMTP helo=<mx.alpha.example>"
            ),
        );
        // 6: one receiver lists the sender's address in a block list.
        let mx = "mx.strict.example[203.0.113.66]";
        line(
            turn,
            smtp(
                6,
                &format!("x{turn}@strict.example"),
                &format!("{mx}:25"),
                "5.7.1",
                "bounced",
                &said(
                    mx,
                    "554 5.7.1 Service unavailable; Client host [192.0.2.10] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.10",
                ),
            ),
        );
    }
    log
}

#[test]
fn six_unrelated_faults_all_come_out() {
    let folder = support::folder();
    let path = folder.path().join("mail.log");
    std::fs::write(&path, six_faults()).unwrap();
    let diagnosis = diagnose_paths(&[path]);
    let wanted = [
        "remote.greylisting",
        "remote.tls-failed",
        "filter.unreachable",
        "local.mailbox-full",
        "directory.lookup-unavailable",
        "remote.sender-blocklisted",
    ];
    let missing: Vec<&str> = wanted
        .into_iter()
        .filter(|wanted| !diagnosis.causes.iter().any(|cause| support::is(&cause.id, wanted) && cause.probability > 0.9))
        .collect();
    assert!(missing.is_empty(), "{missing:?} below 0.9: {}", said(&diagnosis));
    let others: Vec<&str> = diagnosis
        .causes
        .iter()
        .filter(|cause| cause.probability >= 0.5 && !wanted.iter().any(|wanted| support::is(&cause.id, wanted)))
        .map(|cause| cause.id.as_str())
        .collect();
    assert!(others.is_empty(), "{others:?} are not there: {}", said(&diagnosis));
}
