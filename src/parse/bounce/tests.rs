//! Reports of many mail systems, each made up for its test.

use super::super::host_state::support::{facts, read_text};

/// A message with the headers of a report.
fn report(subject: &str, kind: &str, body: &str) -> String {
    format!(
        "Return-Path: <>\nReceived: from mx.reporter.example by mail.shop.example\nDate: Tue, 24 Nov 2026 08:42:01 +0000\n\
         From: Mail Delivery System <MAILER-DAEMON@mx.reporter.example>\nTo: alice@shop.example\nSubject: {subject}\nMIME-Version: 1.0\n\
         Content-Type: {kind}\n\n{body}"
    )
}

fn status(fields: &str, text: &str) -> String {
    let body = format!(
        "--B1\nContent-Type: text/plain\n\n{text}\n--B1\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.reporter.example\n\n{fields}\n\
         --B1\nContent-Type: message/rfc822\n\nSubject: hello\nTo: bob@far.example\n\n550 5.1.1 <carol@far.example> is quoted\n--B1--\n"
    );
    report("Undelivered Mail Returned to Sender", "multipart/report; report-type=delivery-status; boundary=\"B1\"", &body)
}

#[test]
fn machine_readable_reports() {
    let cases = [
        (
            status(
                "Final-Recipient: rfc822; bob@far.example\nAction: failed\nStatus: 5.1.1\nRemote-MTA: dns; mx.far.example\nDiagnostic-Code: smtp; 550 5.1.1 no such user\n",
                "It failed.",
            ),
            "ndr bob@far.example 5.1.1 550 failed remote @mx.far.example | 550 5.1.1 no such user",
        ),
        (
            status(
                "Final-Recipient: rfc822; bob@far.example\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: x-postfix; mail for far.example loops back to myself\n",
                "",
            ),
            "ndr bob@far.example 5.0.0 ? failed own @mx.reporter.example | mail for far.example loops back to myself",
        ),
        (
            status(
                "Final-Recipient: rfc822; bob@far.example\nAction: delayed\nStatus: 4.4.1\nDiagnostic-Code: x-postfix; connect to mx.far.example[192.0.2.9]:25: timed out\n",
                "",
            ),
            "ndr bob@far.example 4.4.1 ? delayed own @mx.reporter.example | connect to mx.far.example[192.0.2.9]:25: timed out",
        ),
        // No diagnostic code: the text has the reason.
        (
            status("Final-Recipient: rfc822; bob@far.example\nAction: failed\nStatus: 5.0.0\n", "bob@far.example: Domain does not exist\n"),
            "ndr bob@far.example 5.0.0 ? failed unknown @mx.reporter.example | Domain does not exist",
        ),
        // Exchange speaks of its own under the type smtp.
        (
            status(
                "Final-Recipient: rfc822; bob@far.example\nAction: failed\nStatus: 5.1.10\nDiagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found\n",
                "",
            ),
            "ndr bob@far.example 5.1.10 550 failed own @mx.reporter.example | 550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found",
        ),
        // A reply of several lines reads as one sentence.
        (
            status(
                "Final-Recipient: rfc822; bob@far.example\nAction: failed\nStatus: 5.7.1\nRemote-MTA: dns; mx.far.example\nDiagnostic-Code: smtp; 550-5.7.1 mail from you\n 550-5.7.1 is not\n 550 5.7.1 wanted here\n",
                "",
            ),
            "ndr bob@far.example 5.7.1 550 failed remote @mx.far.example | 550 5.7.1 mail from you is not wanted here",
        ),
    ];
    for (text, row) in cases {
        let rows = facts(&read_text(&text));
        assert_eq!(rows, [row], "{text}");
    }
}

#[test]
fn texts_of_many_systems() {
    let cases = [
        // Postfix without the machine-readable part.
        (
            "This is the mail system at host mx.reporter.example.\n\n<bob@far.example>: host mx.far.example[192.0.2.9] said: 550 5.1.1\n    <bob@far.example>: unknown (in reply to RCPT TO command)\n",
            "ndr bob@far.example 5.1.1 550 failed remote @mx.far.example | host mx.far.example[192.0.2.9] said: 550 5.1.1 <bob@far.example>: unknown (in reply to RCPT TO command)",
        ),
        // Exim.
        (
            "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered. The following address(es) failed:\n\n  bob@far.example\n    retry timeout exceeded\n\n------ This is a copy of the message, including all the headers. ------\n\nTo: carol@far.example\n",
            "ndr bob@far.example ? ? failed unknown @mx.reporter.example | retry timeout exceeded",
        ),
        // qmail.
        (
            "Hi. This is the qmail-send program at mx.reporter.example.\nThis is a permanent error; I've given up.\n\n<bob@far.example>:\n192.0.2.9 does not like recipient.\nRemote host said: 550 gone\nGiving up on 192.0.2.9.\n\n--- Below this line is a copy of the message.\n\nTo: carol@far.example\n",
            "ndr bob@far.example ? 550 failed remote @mx.reporter.example | 192.0.2.9 does not like recipient. Remote host said: 550 gone Giving up on 192.0.2.9.",
        ),
        // sendmail.
        (
            "The original message was received at Tue, 24 Nov 2026\n\n   ----- The following addresses had permanent fatal errors -----\n<bob@far.example>\n\n   ----- Transcript of session follows -----\n... while talking to mx.far.example.:\n>>> RCPT To:<bob@far.example>\n<<< 553 go away\n550 5.1.1 <bob@far.example>... User unknown\n",
            "ndr bob@far.example 5.1.1 553 failed remote @mx.reporter.example | while talking to mx.far.example.: <<< 553 go away 550 5.1.1 <bob@far.example>... User unknown",
        ),
        // Exchange 5.5.
        (
            "Your message\n\n  To:      bob@far.example\n  Subject: hello\n\ndid not reach the following recipient(s):\n\nbob@far.example on Tue, 24 Nov 2026 08:42:01\n    The recipient name is not recognized\n",
            "ndr bob@far.example ? ? failed unknown @mx.reporter.example | on Tue, 24 Nov 2026 08:42:01 The recipient name is not recognized",
        ),
        // Domino.
        (
            "Your message\n\n  Subject: hello\n\nwas not delivered to:\n\n  bob@far.example\n\nbecause:\n\n  User bob (bob@far.example) not listed in Domino Directory\n",
            "ndr bob@far.example ? ? failed unknown @mx.reporter.example | because: User bob (bob@far.example) not listed in Domino Directory",
        ),
        // Gmail.
        (
            "Delivery to the following recipient failed permanently:\n\n     bob@far.example\n\nTechnical details of permanent failure:\nThe error that the other server returned was:\n552 5.2.2 mailbox full\n\n----- Original message -----\n",
            "ndr bob@far.example 5.2.2 552 failed remote @mx.reporter.example | Technical details of permanent failure: The error that the other server returned was: 552 5.2.2 mailbox full",
        ),
        // A system that nobody knows.
        (
            "Zustellbericht\n\nUnable to deliver message to: <bob@far.example>\nReason: account disabled\n",
            "ndr bob@far.example ? ? failed unknown @mx.reporter.example | Unable to deliver message to: <bob@far.example> Reason: account disabled",
        ),
    ];
    for (body, row) in cases {
        let rows = facts(&read_text(&report("failure notice", "text/plain", body)));
        assert_eq!(rows, [row], "{body}");
    }
}

#[test]
fn japanese_is_decoded() {
    let body = "\u{1b}$B08@hITL@\u{1b}(B\n<bob@far.example>:\nUser unknown\n";
    let rows = facts(&read_text(&report("Mail System Error", "text/plain; charset=iso-2022-jp", body)));
    assert_eq!(rows, ["ndr bob@far.example ? ? failed unknown @mx.reporter.example | User unknown"]);
}

#[test]
fn what_is_no_failure_says_nothing() {
    let person = |headers: &str, body: &str| {
        format!(
            "Return-Path: <bob@far.example>\nFrom: Bob <bob@far.example>\nTo: alice@shop.example\nDate: Tue, 24 Nov 2026 08:42:01 +0000\n{headers}\n\n{body}\n"
        )
    };
    let texts = [
        person("Subject: lunch", "I could not reach carol@far.example, error in my mind."),
        person("Subject: Out of office\nAuto-Submitted: auto-replied", "I am away, mails cannot be answered."),
        status("Final-Recipient: rfc822; bob@far.example\nAction: delivered\nStatus: 2.0.0\n", "It was delivered."),
        status("Final-Recipient: rfc822; bob@far.example\nAction: relayed\nStatus: 2.0.0\n", "It was relayed without error."),
        report(
            "complaint",
            "multipart/report; report-type=feedback-report; boundary=\"B1\"",
            "--B1\nContent-Type: text/plain\n\nAbuse report, rejected.\n--B1\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n--B1--\n",
        ),
    ];
    for text in texts {
        let harvest = read_text(&text);
        assert!(harvest.facts.is_empty(), "{text}: {:?}", facts(&harvest));
        assert_eq!(harvest.reports[0].formats, ["bounce"], "{text}");
    }
}

#[test]
fn several_messages_and_several_recipients() {
    let two =
        "This is the mail system at host mx.reporter.example.\n\n<bob@far.example>: unknown user\n\n<carol@far.example>: mailbox full\n";
    let first = report("failure notice", "text/plain", two);
    let second = report("failure notice", "text/plain", "<dave@far.example>:\nover quota\n");
    let text = format!("From MAILER-DAEMON Tue Nov 24 08:42:01 2026\n{first}\nFrom MAILER-DAEMON Tue Nov 24 08:43:01 2026\n{second}\n");
    let harvest = read_text(&text);
    assert_eq!(harvest.facts.ndrs.len(), 3);
    assert_eq!(harvest.reports[0].records, 2);
}

#[test]
fn a_pasted_report_needs_no_headers() {
    let text = "This is the mail system at host mx.reporter.example.\n\n<bob@far.example>: host mx.far.example[192.0.2.9] said: 552 5.2.2 full\n\n\
        Reporting-MTA: dns; mx.reporter.example\n\nFinal-Recipient: rfc822; bob@far.example\nAction: failed\nStatus: 5.2.2\n";
    let row = "ndr bob@far.example 5.2.2 552 failed remote @mx.far.example | host mx.far.example[192.0.2.9] said: 552 5.2.2 full";
    assert_eq!(facts(&read_text(text)), [row]);
}

#[test]
fn notifications_in_json() {
    let text = r#"{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","timestamp":"2026-11-24T08:42:01Z","reportingMTA":"dns; a.ses.example",
        "bouncedRecipients":[{"emailAddress":"bob@far.example","action":"failed","status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 unknown"}]}}"#;
    assert_eq!(facts(&read_text(text)), ["ndr bob@far.example 5.1.1 550 failed remote @a.ses.example | 550 5.1.1 unknown"]);
    assert!(facts(&read_text("{\"notificationType\":\"Complaint\",\"complaint\":{}}")).is_empty());
}

#[test]
fn rubbish_is_survived() {
    let whole = status(
        "Final-Recipient: rfc822; bob@far.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 no\n",
        "あいうえお <bob@far.example>: no",
    );
    for end in (0..whole.len()).filter(|end| whole.is_char_boundary(*end)).step_by(7) {
        read_text(&whole[..end]);
    }
    read_text(&report("failure notice", "text/plain", &"<@@@>:\n@ 5.5.5.5 999999999999 \u{0}\n".repeat(2_000)));
    read_text(&report("failure notice", "text/plain", &"x@y.example ".repeat(50_000)));
}

#[test]
fn a_ticket_goes_on_behind_a_pasted_report() {
    let text = "This is the mail system at host mx.reporter.example.\n\n<bob@far.example>: unknown user\n\n\
        nameserver 192.0.2.53\n";
    let rows = facts(&read_text(text));
    assert_eq!(rows, ["setting resolv.nameserver=192.0.2.53", "ndr bob@far.example ? ? failed unknown @? | unknown user"]);
}
