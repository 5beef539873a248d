//! Questions to DNS servers.

use super::bounds;
use hickory_resolver::proto::op::{Edns, Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::opt::{EdnsCode, EdnsOption};
use hickory_resolver::proto::rr::rdata::{MX, TXT};
use hickory_resolver::proto::rr::{Name, RData, Record};
use mailmedic::system::network::{Answer, Bounds, Ending, Question, Transport, ask};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// What the server does with a question: the first label of the name says it.
fn reply(question: &[u8], over_tcp: bool) -> Option<Vec<u8>> {
    let asked = Message::from_vec(question).unwrap();
    let query = asked.queries.first().unwrap().clone();
    let name = query.name().to_ascii();
    let mut message = Message::response(asked.metadata.id, asked.metadata.op_code);
    message.metadata.recursion_available = true;
    message.add_query(query.clone());
    let mx = |host: &str| Record::from_rdata(query.name().clone(), 60, RData::MX(MX::new(10, Name::from_str(host).unwrap())));
    match name.split('.').next().unwrap() {
        "mx" => drop(message.add_answer(mx("mail.shop.example."))),
        "nxdomain" => message.metadata.response_code = ResponseCode::NXDomain,
        "nodata" => {}
        "servfail" => message.metadata.response_code = ResponseCode::ServFail,
        "refused" => message.metadata.response_code = ResponseCode::Refused,
        "bogus" => {
            message.metadata.response_code = ResponseCode::ServFail;
            let mut edns = Edns::new();
            edns.options_mut().insert(EdnsOption::Unknown(15, vec![0, 6]));
            message.set_edns(edns);
            assert_eq!(EdnsCode::from(15), EdnsCode::Unknown(15));
        }
        "old" if asked.edns.is_some() => message.metadata.response_code = ResponseCode::FormErr,
        "old" => drop(message.add_answer(mx("old.shop.example."))),
        "forged" => {
            message.metadata.id = message.metadata.id.wrapping_add(1);
            message.add_answer(mx("evil.example."));
        }
        "garbage" => {
            let mut bytes = asked.metadata.id.to_be_bytes().to_vec();
            bytes.extend([0xff; 300]);
            return Some(bytes);
        }
        "long" if !over_tcp => message.metadata.truncation = true,
        "long" => {
            for number in 0..60 {
                message.add_answer(mx(&format!("mx{number}.a-rather-long-label-of-a-host.shop.example.")));
            }
        }
        "half" if !over_tcp => message.metadata.truncation = true,
        "half" => return Some(vec![0; 7]),
        "huge" if !over_tcp => message.metadata.truncation = true,
        "huge" => {
            for _ in 0..240 {
                message.add_answer(Record::from_rdata(query.name().clone(), 60, RData::TXT(TXT::new(vec!["\u{1b}[2J".repeat(60)]))));
            }
        }
        _ => return None,
    }
    Some(message.to_vec().unwrap())
}

/// A server, and how many datagrams it took.
fn server() -> (SocketAddr, Arc<AtomicUsize>) {
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = udp.local_addr().unwrap();
    let tcp = TcpListener::bind(address).unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let taken = Arc::clone(&count);
    thread::spawn(move || {
        let mut buffer = [0u8; 2048];
        while let Ok((length, from)) = udp.recv_from(&mut buffer) {
            taken.fetch_add(1, Ordering::Relaxed);
            if let Some(bytes) = reply(&buffer[..length], false) {
                udp.send_to(&bytes, from).unwrap();
            }
            // Behind the forged answer comes the true one.
            if buffer[12..length].starts_with(b"\x06forged") {
                let mut honest = buffer[..length].to_vec();
                honest.splice(12..19, *b"\x02mx");
                let bytes = reply(&honest, false).unwrap();
                let mut message = Message::from_vec(&bytes).unwrap();
                message.queries = Message::from_vec(&buffer[..length]).unwrap().queries;
                udp.send_to(&message.to_vec().unwrap(), from).unwrap();
            }
        }
    });
    thread::spawn(move || {
        for stream in tcp.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let mut length = [0u8; 2];
                stream.read_exact(&mut length).unwrap();
                let mut question = vec![0; usize::from(u16::from_be_bytes(length))];
                stream.read_exact(&mut question).unwrap();
                let Some(bytes) = reply(&question, true) else { return thread::sleep(Duration::from_secs(20)) };
                // An answer of seven bytes is said to be longer: the connection ends in its middle.
                let said = if bytes.len() == 7 { 100 } else { u16::try_from(bytes.len()).unwrap() };
                stream.write_all(&said.to_be_bytes()).unwrap();
                stream.write_all(&bytes).unwrap();
            });
        }
    });
    (address, count)
}

fn question(name: &str, server: SocketAddr, transport: Transport) -> Question {
    Question { name: name.to_owned(), kind: "MX".to_owned(), server, transport }
}

fn all(questions: Vec<Question>, bounds: &Bounds) -> Vec<(String, Vec<Answer>)> {
    let mut all = Vec::new();
    ask(questions, bounds, &mut |question, answers| all.push((question.name, answers))).unwrap();
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all
}

fn one(name: &str) -> Vec<Answer> {
    let (address, _) = server();
    all(vec![question(name, address, Transport::Udp)], &bounds()).remove(0).1
}

#[test]
fn every_code_is_told_apart() {
    let cases = [
        ("mx.shop.example", "NOERROR", 1),
        ("nxdomain.shop.example", "NXDOMAIN", 0),
        ("nodata.shop.example", "NOERROR", 0),
        ("servfail.shop.example", "SERVFAIL", 0),
        ("refused.shop.example", "REFUSED", 0),
        ("old.shop.example", "NOERROR", 1),
    ];
    for (name, code, records) in cases {
        let answer = one(name).remove(0);
        assert_eq!((answer.ending, answer.code.as_deref(), answer.answers.len()), (Ending::Reply, Some(code), records), "{name}");
    }
    assert_eq!(one("bogus.shop.example").remove(0).extended, Some(6));
    let answer = one("mx.shop.example").remove(0);
    assert_eq!(answer.answers[0].data, "10 mail.shop.example.");
}

#[test]
fn a_silent_server_is_asked_twice_and_given_up() {
    let (address, count) = server();
    let begun = Instant::now();
    let answers = all(vec![question("silent.shop.example", address, Transport::Udp)], &bounds()).remove(0).1;
    assert_eq!(answers[0].ending, Ending::TimedOut);
    assert_eq!(count.load(Ordering::Relaxed), 2);
    assert!(begun.elapsed() < Duration::from_secs(7), "{:?}", begun.elapsed());
}

#[test]
fn a_server_that_is_not_there_is_no_silent_one() {
    let free = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for transport in [Transport::Udp, Transport::Tcp] {
        let answers = all(vec![question("mx.shop.example", free, transport)], &bounds()).remove(0).1;
        assert!(matches!(answers[0].ending, Ending::Unreachable(_)), "{:?}", answers[0]);
    }
}

#[test]
fn forged_answers_are_passed_over_and_garbage_is_no_answer() {
    let answer = one("forged.shop.example").remove(0);
    assert_eq!(answer.answers.first().map(|record| record.data.as_str()), Some("10 mail.shop.example."));
    let answer = one("garbage.shop.example").remove(0);
    assert!(matches!(answer.ending, Ending::Broken(_)), "{answer:?}");
}

#[test]
fn a_truncated_answer_is_asked_for_over_tcp() {
    let answers = one("long.shop.example");
    assert_eq!(
        answers.iter().map(|one| (one.transport, one.truncated, one.answers.len())).collect::<Vec<_>>(),
        [(Transport::Udp, true, 0), (Transport::Tcp, false, 60)]
    );
    let answers = one("half.shop.example");
    assert!(matches!(&answers[1].ending, Ending::Broken(why) if why.contains("middle")), "{answers:?}");
}

#[test]
fn a_huge_answer_is_kept_within_bounds() {
    let answers = one("huge.shop.example");
    let kept: usize = answers[1].answers.iter().map(|record| record.data.len()).sum();
    assert!(kept < 30_000 && answers[1].answers.len() > 20, "{kept}");
}

#[test]
fn what_is_no_name_is_not_asked() {
    for name in ["a..b.example", &format!("{}.example", "x".repeat(64)), "\u{0}\u{1}"] {
        let answer = one(name).remove(0);
        assert!(matches!(answer.ending, Ending::NotAsked(_)), "{name}: {answer:?}");
    }
}

#[test]
fn the_deadline_and_the_stop_end_it_with_what_is_known() {
    let (address, _) = server();
    let mut questions: Vec<Question> =
        (0..40).map(|number| question(&format!("silent.{number}.example"), address, Transport::Udp)).collect();
    questions.insert(0, question("mx.shop.example", address, Transport::Udp));
    let begun = Instant::now();
    let bounds = Bounds { deadline: begun + Duration::from_millis(400), ..bounds() };
    let answered = all(questions.clone(), &bounds);
    assert_eq!(answered.len(), 1);
    assert!(begun.elapsed() < Duration::from_secs(2));
    bounds.stop.store(true, Ordering::Relaxed);
    assert!(all(questions, &Bounds { deadline: Instant::now() + Duration::from_secs(9), ..bounds }).is_empty());
}

#[test]
fn no_more_than_allowed_are_under_way_with_one_server() {
    let (address, count) = server();
    let questions: Vec<Question> = (0..30).map(|number| question(&format!("silent.{number}.example"), address, Transport::Udp)).collect();
    let bounds = Bounds { deadline: Instant::now() + Duration::from_millis(500), per_host: 7, ..bounds() };
    all(questions, &bounds);
    assert_eq!(count.load(Ordering::Relaxed), 7);
}
