//! SMTP dialogues.

use super::bounds;
use mailmedic::system::network::{Dialogue, Patience, Roots, Said, Security, Talked, describe, talk};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned, crypto};

/// Serves each connection with `serve`.
fn server(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serve = Arc::new(serve);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let serve = Arc::clone(&serve);
            thread::spawn(move || serve(stream.unwrap()));
        }
    });
    address
}

/// A server that greets and answers each command with the first reply whose command it begins with, else with 250.
fn replies(greeting: &'static str, replies: &'static [(&'static str, &'static str)]) -> SocketAddr {
    server(move |stream| {
        let mut write = stream.try_clone().unwrap();
        let _ = write.write_all(greeting.as_bytes());
        for line in BufReader::new(stream).lines() {
            let Ok(line) = line else { return };
            let found = replies.iter().find(|(command, _)| line.starts_with(command)).map_or("250 ok\r\n", |(_, reply)| reply);
            if write.write_all(found.as_bytes()).is_err() || line == "QUIT" {
                return;
            }
        }
    })
}

fn dialogue(address: SocketAddr, security: Security) -> Dialogue {
    Dialogue {
        host: "mx.shop.example".to_owned(),
        address,
        from: None,
        helo: "mail.test.example".to_owned(),
        security,
        recipient: Some("bob@shop.example".to_owned()),
    }
}

fn hold(dialogue: Dialogue) -> Talked {
    let patience = Patience { connect: Duration::from_secs(1), reply: Duration::from_millis(700) };
    let mut all = Vec::new();
    talk(vec![dialogue], &bounds(), patience, &mut |_, talked| all.push(talked)).unwrap();
    all.remove(0)
}

/// What happened, in short.
fn story(talked: &Talked) -> Vec<String> {
    let one = |said: &Said| match said {
        Said::Trying => None,
        Said::Connected(_) => Some("connected".to_owned()),
        Said::Server(line) => Some(format!("S {line}")),
        Said::Client(line) => Some(format!("C {line}")),
        Said::Secure => Some("tls".to_owned()),
        Said::Note(note) => Some(format!("note {note}")),
        Said::Failed(why) => Some(format!("failed {why}")),
    };
    talked.said.iter().filter_map(one).collect()
}

fn has(talked: &Talked, part: &str) -> bool {
    story(talked).iter().any(|line| line.contains(part))
}

#[test]
fn a_whole_dialogue_sends_no_message() {
    let talked = hold(dialogue(replies("220 mx ESMTP\r\n", &[("QUIT", "221 bye\r\n")]), Security::May));
    assert_eq!(
        story(&talked),
        [
            "connected",
            "S 220 mx ESMTP",
            "C EHLO mail.test.example",
            "S 250 ok",
            "C MAIL FROM:<>",
            "S 250 ok",
            "C RCPT TO:<bob@shop.example>",
            "S 250 ok",
            "C RSET",
            "S 250 ok",
            "C QUIT",
            "S 221 bye"
        ]
    );
}

#[test]
fn a_refusal_at_each_step_is_kept_and_leave_is_taken() {
    let cases: &[(SocketAddr, &str)] = &[
        (replies("554 5.7.1 go away\r\n", &[]), "C QUIT"),
        (replies("421 4.3.2 busy\r\n", &[]), "S 421 4.3.2 busy"),
        (replies("220 mx\r\n", &[("EHLO", "550 5.7.1 no\r\n")]), "S 550 5.7.1 no"),
        (replies("220 mx\r\n", &[("EHLO", "502 what\r\n")]), "C HELO mail.test.example"),
        (replies("220 mx\r\n", &[("MAIL", "451 4.7.1 later\r\n")]), "S 451 4.7.1 later"),
        (replies("220 mx\r\n", &[("RCPT", "550-5.1.1 no\r\n550 5.1.1 such user\r\n")]), "S 550 5.1.1 such user"),
    ];
    for (address, line) in cases {
        let talked = hold(dialogue(*address, Security::May));
        assert!(has(&talked, line) && has(&talked, "C QUIT"), "{line}: {:#?}", story(&talked));
        assert!(!has(&talked, "failed"), "{:#?}", story(&talked));
    }
    let talked = hold(dialogue(replies("220 mx\r\n", &[("MAIL", "451 4.7.1 later\r\n")]), Security::May));
    assert!(!has(&talked, "RCPT"));
}

#[test]
fn a_connection_that_does_not_come_about_says_why() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(story(&hold(dialogue(free, Security::May))), ["failed Connection refused"]);
}

#[test]
fn silence_slowness_and_an_early_end_are_told_apart() {
    let silent = server(|_stream| thread::sleep(Duration::from_secs(20)));
    assert_eq!(story(&hold(dialogue(silent, Security::May))), ["connected", "failed timed out"]);
    let closes = server(drop);
    let told = story(&hold(dialogue(closes, Security::May)));
    assert!(told[1].contains("closed") || told[1].contains("reset"), "{told:?}");
    let slow = server(|mut stream| {
        thread::sleep(Duration::from_millis(400));
        stream.write_all(b"220 slow\r\n").unwrap();
        let mut rest = [0; 64];
        let _ = stream.read(&mut rest);
        stream.write_all(b"421 enough\r\n").unwrap();
    });
    assert!(has(&hold(dialogue(slow, Security::May)), "S 220 slow"));
    let half = server(|mut stream| {
        stream.write_all(b"220-mx one line of tw").unwrap();
    });
    assert!(has(&hold(dialogue(half, Security::May)), "failed connection closed"));
}

#[test]
fn a_reply_without_end_is_given_up_within_bounds() {
    let line = server(|mut stream| while stream.write_all(&[b'x'; 4096]).is_ok() {});
    let lines = server(|mut stream| while stream.write_all(b"220-more\r\n").is_ok() {});
    let drip = server(|mut stream| {
        while stream.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    });
    for address in [line, lines, drip] {
        let begun = Instant::now();
        let talked = hold(dialogue(address, Security::May));
        assert!(has(&talked, "failed timed out"), "{:#?}", story(&talked));
        assert!(talked.said.len() < 110 && begun.elapsed() < Duration::from_secs(3));
    }
}

#[test]
fn controls_of_a_terminal_do_not_come_through() {
    let talked = hold(dialogue(replies("220 \u{1b}]0;evil\u{7}\r\n", &[]), Security::May));
    assert!(has(&talked, "S 220 ?]0;evil?"), "{:#?}", story(&talked));
}

#[test]
fn an_address_that_would_break_the_dialogue_is_not_said() {
    for recipient in ["bob@shop.example>\r\nDATA", "bob", "b ob@shop.example", "<x@y>"] {
        let address = replies("220 mx\r\n", &[]);
        let talked = hold(Dialogue { recipient: Some(recipient.to_owned()), ..dialogue(address, Security::None) });
        assert!(!has(&talked, "MAIL FROM") && !has(&talked, "DATA"), "{recipient}");
    }
}

fn pem(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/network").join(name)
}

/// A server with STARTTLS and a certificate.
fn secured(certificate: &str) -> SocketAddr {
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(pem(certificate)).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(pem("private.pem")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let config = Arc::new(config);
    server(move |mut stream| {
        let read = |stream: &mut dyn Read| {
            let mut byte = [0];
            let mut line = Vec::new();
            while stream.read(&mut byte).is_ok_and(|length| length == 1) && byte[0] != b'\n' {
                line.push(byte[0]);
            }
            line
        };
        stream.write_all(b"220 mx\r\n").unwrap();
        read(&mut stream);
        stream.write_all(b"250-mx\r\n250 STARTTLS\r\n").unwrap();
        read(&mut stream);
        stream.write_all(b"220 go\r\n").unwrap();
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
        loop {
            let line = read(&mut stream);
            if line.is_empty() || stream.write_all(b"250 secured\r\n").is_err() {
                return;
            }
        }
    })
}

#[test]
fn the_certificate_is_kept_and_judged_afterwards() {
    let roots = Roots::read(Path::new("/nonexistent"), &[]);
    assert_eq!(roots.count, 0);
    let own = Roots::read(Path::new("/"), &[pem("ca.pem").display().to_string()]);
    let now = 1_800_000_000;
    for (certificate, with, name, verdict) in [
        ("good.pem", &own, "mx.shop.example", "ok"),
        ("good.pem", &own, "mail.other.example", "hostname mismatch"),
        ("good.pem", &roots, "mx.shop.example", "unable to get local issuer certificate"),
        ("expired.pem", &own, "mx.shop.example", "certificate has expired"),
    ] {
        let talked = hold(dialogue(secured(certificate), Security::Must));
        assert!(has(&talked, "tls") && has(&talked, "S 250 secured"), "{:#?}", story(&talked));
        let presented = talked.presented.unwrap();
        assert_eq!(with.judge(&presented.chain, name, now), verdict, "{certificate} {name}");
        let shown = describe(&presented, verdict);
        assert!(shown.contains("subject=CN=mx.shop.example") && shown.contains("DNS:mx.shop.example"), "{shown}");
        assert!(shown.contains(std::fs::read_to_string(pem(certificate)).unwrap().trim()), "{shown}");
    }
}

#[test]
fn where_tls_fails_it_goes_on_without_only_if_the_policy_lets_it() {
    const BROKEN: &[(&str, &str)] = &[("EHLO", "250-mx\r\n250 STARTTLS\r\n"), ("STARTTLS", "220 go\r\nthis is no TLS at all\r\n")];
    let talked = hold(dialogue(replies("220 mx\r\n", BROKEN), Security::May));
    assert!(has(&talked, "note TLS startup failed") && has(&talked, "C RCPT"), "{:#?}", story(&talked));
    let talked = hold(dialogue(replies("220 mx\r\n", BROKEN), Security::Must));
    assert!(has(&talked, "failed TLS startup failed") && !has(&talked, "C RCPT"), "{:#?}", story(&talked));
    let talked = hold(dialogue(replies("220 mx\r\n", &[]), Security::Must));
    assert!(has(&talked, "failed TLS startup failed") && !has(&talked, "C RCPT"), "{:#?}", story(&talked));
    let talked = hold(dialogue(replies("220 mx\r\n", BROKEN), Security::None));
    assert!(!has(&talked, "C STARTTLS") && has(&talked, "C RCPT"));
}
