//! One question to one DNS server, over UDP and TCP.
//!
//! The messages are hickory's; the sockets are not: its resolver hides which server said what, and its UDP sockets are not connected, so that a
//! refusal by ICMP would look like silence.

use hickory_resolver::proto::op::{Edns, Message, Query, ResponseCode};
use hickory_resolver::proto::rr::rdata::opt::{EdnsCode, EdnsOption};
use hickory_resolver::proto::rr::{Name, RecordType};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

/// How long an answer is waited for, in all. Resolvers give up after five seconds by default (`resolv.conf(5)`, `timeout`).
const PATIENCE: Duration = Duration::from_secs(5);
/// After which time the question is sent once more: one datagram may be lost.
const AGAIN: Duration = Duration::from_secs(2);
/// The largest answer over UDP that is asked for: it fits into one packet anywhere.
const PAYLOAD: u16 = 1232;
/// How many records of one section are kept, and how many bytes of one record.
const MOST_RECORDS: usize = 200;
const MOST_BYTES: usize = 2048;
/// How many bytes of all records of one section: a line of the evidence must stay readable.
const MOST_TOGETHER: usize = 24_000;

/// How a question is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Over UDP, and once more over TCP where the answer is truncated.
    Udp,
    /// Over TCP alone.
    Tcp,
}

impl Transport {
    /// Returns its name, `udp`.
    pub fn id(self) -> &'static str {
        match self {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
        }
    }
}

/// A question to one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The name.
    pub name: String,
    /// The type of record, `MX`.
    pub kind: String,
    /// The server.
    pub server: SocketAddr,
    /// How it is asked.
    pub transport: Transport,
}

/// How a question ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The server replied.
    Reply,
    /// Nothing came in time.
    TimedOut,
    /// The server or its host could not be reached; in the words of the operating system.
    Unreachable(String),
    /// What came is no answer: cut off, or no DNS message.
    Broken(String),
    /// It could not be asked: the name is none, or no socket was to be had.
    NotAsked(String),
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: String,
    /// How long it may be kept, in seconds.
    pub ttl: u32,
    /// Its data as zone files write it, a text without quotes.
    pub data: String,
}

/// What one question over one transport gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// How it was asked.
    pub transport: Transport,
    /// How it ended.
    pub ending: Ending,
    /// The response code as the registry calls it, `NXDOMAIN`.
    pub code: Option<String>,
    /// The code of an extended error (RFC 8914).
    pub extended: Option<u16>,
    /// Whether the server cut the answer off.
    pub truncated: bool,
    /// Whether the server says that DNSSEC vouches for it.
    pub authentic: bool,
    /// Whether the server has the zone itself.
    pub authoritative: bool,
    /// How long it took, in milliseconds.
    pub millis: u64,
    /// How often it was sent.
    pub sent: u32,
    /// The records of the answer.
    pub answers: Vec<Record>,
    /// The records of the authority section.
    pub authority: Vec<Record>,
}

impl Answer {
    fn ended(transport: Transport, ending: Ending, begun: Instant, sent: u32) -> Answer {
        Answer {
            transport,
            ending,
            code: None,
            extended: None,
            truncated: false,
            authentic: false,
            authoritative: false,
            millis: crate::system::millis(begun.elapsed()),
            sent,
            answers: Vec::new(),
            authority: Vec::new(),
        }
    }

    fn of(message: &Message, transport: Transport, begun: Instant, sent: u32) -> Answer {
        let meta = &message.metadata;
        Answer {
            code: Some(code(meta.response_code)),
            extended: message.edns.as_ref().and_then(extended),
            truncated: meta.truncation,
            authentic: meta.authentic_data,
            authoritative: meta.authoritative,
            answers: records(&message.answers),
            authority: records(&message.authorities),
            ..Answer::ended(transport, Ending::Reply, begun, sent)
        }
    }
}

/// Asks; a truncated answer over UDP is asked for again over TCP.
pub(super) async fn ask(question: &Question) -> Vec<Answer> {
    let begun = Instant::now();
    let Some(query) = message(question, true) else {
        return vec![Answer::ended(question.transport, Ending::NotAsked("it is no domain name".to_owned()), begun, 0)];
    };
    if question.transport == Transport::Tcp {
        return vec![over_tcp(&query, question.server).await];
    }
    let mut answer = over_udp(&query, question.server).await;
    // Old servers do not know EDNS (RFC 6891 §7).
    if answer.code.as_deref() == Some("FORMERR")
        && let Some(plain) = message(question, false)
    {
        answer = over_udp(&plain, question.server).await;
    }
    let mut answers = vec![answer];
    if answers.iter().any(|answer| answer.truncated) {
        answers.push(over_tcp(&query, question.server).await);
    }
    answers
}

fn message(question: &Question, extended: bool) -> Option<Message> {
    let mut name = Name::from_ascii(&question.name).or_else(|_| Name::from_utf8(&question.name)).ok()?;
    name.set_fqdn(true);
    let kind = RecordType::from_str(&question.kind).ok()?;
    let mut message = Message::query();
    message.metadata.recursion_desired = true;
    // RFC 6840 §5.7: to ask with this bit is to understand it in the answer.
    message.metadata.authentic_data = true;
    message.add_query(Query::query(name, kind));
    if extended {
        let mut edns = Edns::new();
        edns.set_max_payload(PAYLOAD);
        message.set_edns(edns);
    }
    Some(message)
}

async fn over_udp(query: &Message, server: SocketAddr) -> Answer {
    let begun = Instant::now();
    let ended = |ending, sent| Answer::ended(Transport::Udp, ending, begun, sent);
    let Ok(bytes) = query.to_vec() else { return ended(Ending::NotAsked("it is no domain name".to_owned()), 0) };
    let here: IpAddr = if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    // A connected socket takes datagrams from this server alone, and is told what ICMP says.
    let socket = match UdpSocket::bind(SocketAddr::new(here, 0)).await {
        Ok(socket) => socket,
        Err(error) => return ended(Ending::NotAsked(error.to_string()), 0),
    };
    if let Err(error) = socket.connect(server).await {
        return ended(failed(&error), 0);
    }
    let mut buffer = vec![0u8; 4096];
    let mut sent = 0;
    let mut broken = None;
    loop {
        let elapsed = begun.elapsed();
        if elapsed >= PATIENCE {
            return broken.unwrap_or_else(|| ended(Ending::TimedOut, sent));
        }
        if sent == 0 || (sent == 1 && elapsed >= AGAIN) {
            if let Err(error) = socket.send(&bytes).await {
                return ended(failed(&error), sent);
            }
            sent += 1;
        }
        let until = if sent == 1 { AGAIN } else { PATIENCE };
        let got = match timeout(until.saturating_sub(elapsed), socket.recv(&mut buffer)).await {
            Err(_) => continue,
            Ok(Err(error)) => return ended(failed(&error), sent),
            Ok(Ok(length)) => buffer.get(..length).unwrap_or_default(),
        };
        match Message::from_vec(got) {
            // What belongs to no question of ours is another's or forged: the true answer may still come.
            Ok(message) if !answers(&message, query) => {}
            Ok(message) => return Answer::of(&message, Transport::Udp, begun, sent),
            Err(error) if got.starts_with(&query.metadata.id.to_be_bytes()) => {
                broken = Some(ended(Ending::Broken(brief(&error.to_string())), sent));
            }
            Err(_) => {}
        }
    }
}

async fn over_tcp(query: &Message, server: SocketAddr) -> Answer {
    let begun = Instant::now();
    let ending = match timeout(PATIENCE, exchange(query, server)).await {
        Err(_) => Ending::TimedOut,
        Ok(Err(error)) => failed(&error),
        Ok(Ok(bytes)) => match Message::from_vec(&bytes) {
            Ok(message) if answers(&message, query) => return Answer::of(&message, Transport::Tcp, begun, 1),
            Ok(_) => Ending::Broken("it answers another question".to_owned()),
            Err(error) => Ending::Broken(brief(&error.to_string())),
        },
    };
    Answer::ended(Transport::Tcp, ending, begun, 1)
}

async fn exchange(query: &Message, server: SocketAddr) -> io::Result<Vec<u8>> {
    let bytes = query.to_vec().map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    let mut stream = TcpStream::connect(server).await?;
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes();
    stream.write_all(&[&length, bytes.as_slice()].concat()).await?;
    let mut length = [0u8; 2];
    stream.read_exact(&mut length).await?;
    let mut answer = vec![0u8; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut answer).await?;
    Ok(answer)
}

/// Returns whether a message answers a question: the same number, and the same question in it, where it has one.
fn answers(message: &Message, query: &Message) -> bool {
    let same =
        |asked: &Query| query.queries.first().is_some_and(|own| own.name() == asked.name() && own.query_type() == asked.query_type());
    message.metadata.id == query.metadata.id
        && message.metadata.message_type == hickory_resolver::proto::op::MessageType::Response
        && message.queries.iter().all(same)
}

fn failed(error: &io::Error) -> Ending {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Ending::Broken("the connection was closed in the middle of the answer".to_owned()),
        io::ErrorKind::TimedOut => Ending::TimedOut,
        io::ErrorKind::AddrNotAvailable | io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidInput => Ending::NotAsked(words(error)),
        _ => Ending::Unreachable(words(error)),
    }
}

/// Returns what the operating system says, without the number behind it.
pub(super) fn words(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

pub(super) fn brief(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(120).collect()
}

fn records(records: &[hickory_resolver::proto::rr::Record]) -> Vec<Record> {
    let record = |record: &hickory_resolver::proto::rr::Record| Record {
        name: undotted(&record.name.to_ascii()),
        kind: record.record_type().to_string(),
        ttl: record.ttl,
        data: record.data.to_string().chars().take(MOST_BYTES).collect(),
    };
    let mut room = MOST_TOGETHER;
    let fits = |record: &Record| {
        room = room.saturating_sub(record.name.len() + record.data.len());
        room > 0
    };
    records.iter().take(MOST_RECORDS).map(record).take_while(fits).collect()
}

fn undotted(name: &str) -> String {
    if name == "." { name.to_owned() } else { name.trim_end_matches('.').to_owned() }
}

/// The code of RFC 8914 in an answer, the first one.
fn extended(edns: &Edns) -> Option<u16> {
    match edns.option(EdnsCode::Unknown(15))? {
        EdnsOption::Unknown(_, data) => data.get(..2).and_then(|bytes| bytes.try_into().ok()).map(u16::from_be_bytes),
        _ => None,
    }
}

/// The name of a response code in the registry of the IANA.
fn code(code: ResponseCode) -> String {
    match code {
        ResponseCode::NoError => "NOERROR".to_owned(),
        ResponseCode::FormErr => "FORMERR".to_owned(),
        ResponseCode::ServFail => "SERVFAIL".to_owned(),
        ResponseCode::NXDomain => "NXDOMAIN".to_owned(),
        ResponseCode::NotImp => "NOTIMP".to_owned(),
        ResponseCode::Refused => "REFUSED".to_owned(),
        ResponseCode::NotAuth => "NOTAUTH".to_owned(),
        other => format!("RCODE{}", u16::from(other)),
    }
}
