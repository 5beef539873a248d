//! Redaction: what names somebody goes, the diagnosis stays.

use crate::support::{diagnose_paths, files, folder, is, project, said};
use mailmedic::evidence::redaction::Redactor;
use std::io::BufReader;
use std::path::Path;

/// Redacts a text after having learnt it.
fn redacted(text: &str) -> String {
    let mut redactor = Redactor::new().unwrap();
    let mut out = Vec::new();
    redactor.learn(&mut text.as_bytes()).unwrap();
    redactor.copy(&mut text.as_bytes(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn names_and_addresses_are_replaced_consistently() {
    let text = "Mar  2 09:00:00 srv-muc7 postfix/smtp[1]: 4A1: to=<Erika.Muster@kunde-gmbh.de>, orig_to=<erika>, relay=mx1.kunde-gmbh.de[5.45.96.7]:25, status=bounced (host mx1.kunde-gmbh.de[5.45.96.7] said: 550 5.1.1 <erika.muster@kunde-gmbh.de>: user \"erika.muster\" unknown)\n\
        client=gate.acme.co.jp[2a01:4f8:1:2::99], sasl_method=PLAIN, sasl_username=hmeier\n\
        srv-muc7 asked 7.96.45.5.zen.spamhaus.org and 7.96.45.5.in-addr.arpa\n";
    let out = redacted(text);
    for secret in ["rika", "uster", "kunde", "srv-muc7", "5.45.96", "7.96.45", "acme", "2a01", "hmeier", "gate"] {
        assert!(!out.to_lowercase().contains(secret), "{secret}: {out}");
    }
    for kept in ["postfix/smtp[1]: 4A1: to=<", "mx1.domain", "zen.spamhaus.org", "in-addr.arpa", "550 5.1.1", "status=bounced", "09:00:00"]
    {
        assert!(out.contains(kept), "{kept}: {out}");
    }
    // The same stand-in everywhere, and the block-list question is the mirror of the address.
    assert_eq!(out.matches("[192.0.2.7]").count(), 2, "{out}");
    assert_eq!(out.matches("7.2.0.192.").count(), 2, "{out}");
    assert!(out.contains("2001:db8:0:1::1"), "{out}");
    assert_eq!(redacted(&out), redacted(&redacted(&out)), "what was redacted stays");
}

#[test]
fn what_names_nobody_stays() {
    let text = "to=<postmaster@example.com> 127.0.0.1 10.1.2.3 192.168.7.9 8.8.8.8 198.51.100.4 ::1 2001:db8::5 fe80::1\n\
        /etc/postfix/main.cf hash:/etc/aliases.db postfix 3.7.11 smtpd_tls.key gmail-smtp-in.l.google.com _25._tcp.mx.example.org 12:34:56 version 1.2.3.4.5\n\
        smtp_sasl_password_maps = hash:/etc/postfix/sasl_passwd\n";
    assert_eq!(redacted(text), text);
}

#[test]
fn passwords_in_settings_go() {
    let out = redacted("smtp_sasl_password_maps = static:me:geheim\nmysql_servers = localhost/db/exim/geheim\n  bind_pw = geheim\n");
    assert!(!out.contains("geheim") && out.matches("redacted").count() == 3, "{out}");
}

#[test]
fn domains_stay_apart_and_hosts_stay_in_theirs() {
    let out = redacted("a@acme.com b@acme.net c@sub.acme.com mx.sub.acme.com acme.com.\n");
    let words: Vec<&str> = out.split_whitespace().collect();
    let domain = |word: &str| word.split('@').next_back().unwrap().trim_end_matches('.').to_owned();
    let (com, net, sub) = (domain(words[0]), domain(words[1]), domain(words[2]));
    assert!(com != net && sub.ends_with(&format!(".{com}")), "{out}");
    assert_eq!(words[3], format!("mx.{sub}"));
    assert_eq!(domain(words[4]), com);
}

/// Gives names that are reserved for examples the look of real ones.
fn real(text: &str) -> String {
    text.replace("lab.example", "muster-werke.de")
        .replace("partner.example", "acme-corp.com")
        .replace("customer.example", "tanaka.co.jp")
        .replace(".example", ".wagner.net")
        .replace("192.0.2.", "5.45.96.")
        .replace("198.51.100.", "82.165.7.")
        .replace("203.0.113.", "93.184.216.")
}

#[test]
fn the_diagnosis_of_real_evidence_stays_the_same() {
    let (mut wrong, mut compared) = (Vec::new(), 0);
    for case in std::fs::read_dir(project("tests/bundles")).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        let (before, after) = (folder(), folder());
        let mut redactor = Redactor::new().unwrap();
        let copy = |to: &Path, path: &Path, bytes: &[u8]| {
            let to = to.join(path);
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::write(to, bytes).unwrap();
        };
        let all: Vec<_> = files(&case, "").into_iter().map(|path| path.strip_prefix(&case).unwrap().to_owned()).collect();
        for path in &all {
            let text = real(&String::from_utf8_lossy(&std::fs::read(case.join(path)).unwrap()));
            copy(before.path(), path, text.as_bytes());
            redactor.learn(&mut text.as_bytes()).unwrap();
        }
        for path in &all {
            let mut out = Vec::new();
            redactor.copy(&mut BufReader::new(std::fs::File::open(before.path().join(path)).unwrap()), &mut out).unwrap();
            let text = String::from_utf8_lossy(&out);
            for secret in ["muster-werke", "acme-corp", "tanaka", "wagner", "5.45.96.", "82.165.7.", "93.184.216."] {
                assert!(!text.contains(secret), "{}: {secret}", case.join(path).display());
            }
            copy(after.path(), path, &out);
        }
        let (before, after) = (diagnose_paths(&[before.path().to_owned()]), diagnose_paths(&[after.path().to_owned()]));
        let first =
            |diagnosis: &mailmedic::diagnosis::Diagnosis| diagnosis.causes.first().map(|cause| cause.id.clone()).unwrap_or_default();
        compared += 1;
        if before.verdict != after.verdict || !is(&first(&before), &first(&after)) {
            wrong.push(format!("{}\n  {}\n  {}", case.display(), said(&before), said(&after)));
        }
    }
    assert!(compared > 10);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
