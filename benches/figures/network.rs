//! A live run that asks the DNS and port 25 about a thousand destinations, in network namespaces of its own: this program, started again in one
//! of them, is the DNS and all the mail hosts.

use crate::process::Work;
use crate::{Failure, Report};
use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, MX};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use std::collections::HashSet;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

/// The word with which this program is started again.
pub const SERVE: &str = "serve-network";
/// How many destinations.
const DESTINATIONS: usize = 1_000;
/// The namespaces: of mailmedic, and of everybody else.
const HERE: &str = "mmfig-here";
const THERE: &str = "mmfig-there";
/// How long a packet is under way.
const DELAY: Duration = Duration::from_millis(20);
const DNS: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 2);

/// Takes the figure.
pub fn figure(report: &mut Report, work: &Work) -> Result<(), Failure> {
    const NAME: &str = "1,000 destinations, DNS and port 25, 20 ms each way";
    if !report.wants(NAME) {
        return Ok(());
    }
    if let Some(why) = cannot() {
        println!("{NAME}: skipped, {why}");
        return Ok(());
    }
    let (_net, delayed) = Net::new()?;
    let wait = if delayed { Duration::ZERO } else { DELAY * 2 };
    let mut server = Server::start(wait)?;
    let programs = programs(work)?;
    let path = format!("{programs}:{}", std::env::var("PATH").unwrap_or_default());
    let run = work.within(&["ip", "netns", "exec", HERE], &["diagnose", "--format", "json"], &path, "cold0")?;
    let reached = server.end()?;
    if reached < DESTINATIONS {
        return Err(format!("only {reached} of {DESTINATIONS} mail hosts were called").into());
    }
    if !delayed {
        println!("{NAME}: this kernel has no netem, so the servers wait {} ms before each reply", wait.as_millis());
    }
    report.at_most(NAME, run.time.as_secs_f64(), 10.0, "s");
    if let Some(peak) = run.peak_kib {
        println!("{NAME}: {:.0} MiB", peak as f64 / 1024.0);
    }
    Ok(())
}

fn cannot() -> Option<&'static str> {
    if !fs::read_to_string("/proc/self/status").is_ok_and(|text| text.contains("Uid:\t0\t0")) {
        return Some("it needs root");
    }
    if Command::new("ip").arg("-V").stdout(Stdio::null()).status().is_err() {
        return Some("ip is not installed");
    }
    None
}

fn ip(words: &str) -> io::Result<()> {
    let mut words = words.split_whitespace();
    let status = Command::new(words.next().unwrap_or("ip")).args(words).stderr(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other("the network namespaces cannot be made")) }
}

/// The namespaces, gone when it is dropped.
struct Net;

impl Net {
    /// Returns them, and whether packets between them are delayed.
    fn new() -> io::Result<(Net, bool)> {
        // What a run before left behind.
        drop(Net);
        let net = Net;
        for line in [
            "ip netns add mmfig-here",
            "ip netns add mmfig-there",
            "ip link add mmfig0 netns mmfig-here type veth peer name mmfig0 netns mmfig-there",
            "ip -n mmfig-here addr add 10.77.0.1/24 dev mmfig0",
            "ip -n mmfig-there addr add 10.77.0.2/24 dev mmfig0",
            "ip -n mmfig-here link set lo up",
            "ip -n mmfig-there link set lo up",
            "ip -n mmfig-here link set mmfig0 up",
            "ip -n mmfig-there link set mmfig0 up",
            "ip -n mmfig-here route add default via 10.77.0.2",
            "ip -n mmfig-there route add local 10.78.0.0/16 dev lo",
        ] {
            ip(line)?;
        }
        let folder = Path::new("/etc/netns").join(HERE);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("resolv.conf"), format!("nameserver {DNS}\n"))?;
        let delay = |space: &str| ip(&format!("tc -n {space} qdisc add dev mmfig0 root netem delay 20ms limit 100000"));
        let delayed = delay(HERE).and_then(|()| delay(THERE)).is_ok();
        Ok((net, delayed))
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        for space in [HERE, THERE] {
            // It may not be there.
            let _ = ip(&format!("ip netns del {space}"));
        }
        let _ = fs::remove_dir_all(Path::new("/etc/netns").join(HERE));
    }
}

/// Writes the programs of a Postfix with a thousand destinations that mail waits for, and returns their folder.
fn programs(work: &Work) -> io::Result<String> {
    let listing = work.file("stuck.json", |out| {
        for number in 0..DESTINATIONS {
            writeln!(
                out,
                r#"{{"queue_name": "deferred", "queue_id": "4F{number:08X}", "arrival_time": 1700000000, "message_size": 400, "forced_expire": false, "sender": "a@shop.example", "recipients": [{{"address": "b@d{number}.example", "delay_reason": "connect to mx.d{number}.example[{}]:25: Connection timed out"}}]}}"#,
                address(number)
            )?;
        }
        Ok(())
    })?;
    let settings = work.file("settings", |out| {
        writeln!(
            out,
            "compatibility_level = 3.6\nmydestination = shop.example\nmydomain = shop.example\nmyhostname = mail.shop.example\nrelayhost ="
        )
    })?;
    let folder = Path::new(&listing).with_file_name("programs");
    fs::create_dir_all(&folder)?;
    let postconf = format!("#!/bin/sh\ncase $1 in\n-n) cat {settings} ;;\nmail_version) echo mail_version = 3.7.11 ;;\nesac\n");
    for (name, text) in [("postconf", postconf), ("postqueue", format!("#!/bin/sh\ncat {listing}\n"))] {
        let file = folder.join(name);
        fs::write(&file, text)?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755))?;
    }
    Ok(folder.display().to_string())
}

fn address(number: usize) -> Ipv4Addr {
    let [high, low] = u16::try_from(number + 256).unwrap_or_default().to_be_bytes();
    Ipv4Addr::new(10, 78, high, low)
}

/// This program in the other namespace.
struct Server(Child);

impl Server {
    fn start(wait: Duration) -> io::Result<Server> {
        let mut child = Command::new("ip")
            .args(["netns", "exec", THERE])
            .arg(std::env::current_exe()?)
            .args([SERVE, &wait.as_millis().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or_else(|| io::Error::other("no output"))?).read_line(&mut line)?;
        Ok(Server(child))
    }

    /// Ends it and returns how many mail hosts were called.
    fn end(&mut self) -> io::Result<usize> {
        drop(self.0.stdin.take());
        Ok(usize::try_from(self.0.wait()?.code().unwrap_or_default()).unwrap_or_default() * 100)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Serves until standard input ends; the exit status tells how many hundreds of mail hosts were called.
pub fn serve(wait: Duration) -> io::Result<u8> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let called: Arc<Mutex<HashSet<IpAddr>>> = Arc::default();
    let seen = Arc::clone(&called);
    let (ended, end) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        let _ = ended.send(());
    });
    runtime.block_on(async move {
        let udp = Arc::new(UdpSocket::bind((DNS, 53)).await?);
        let tcp = TcpListener::bind((DNS, 53)).await?;
        let smtp = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 25)).await?;
        println!("ready");
        tokio::spawn(async move {
            let mut buffer = [0u8; 4096];
            while let Ok((length, from)) = udp.recv_from(&mut buffer).await {
                let Some(bytes) = buffer.get(..length).and_then(answer) else { continue };
                let udp = Arc::clone(&udp);
                tokio::spawn(async move {
                    tokio::time::sleep(wait).await;
                    udp.send_to(&bytes, from).await
                });
            }
        });
        tokio::spawn(async move {
            while let Ok((stream, _)) = tcp.accept().await {
                tokio::spawn(over_tcp(stream, wait));
            }
        });
        tokio::spawn(async move {
            while let Ok((stream, _)) = smtp.accept().await {
                if let Ok(SocketAddr::V4(own)) = stream.local_addr()
                    && let Ok(mut seen) = seen.lock()
                {
                    seen.insert(IpAddr::V4(*own.ip()));
                }
                tokio::spawn(talk(stream, wait));
            }
        });
        let _ = end.await;
        io::Result::Ok(())
    })?;
    let count = called.lock().map(|called| called.len()).unwrap_or_default();
    Ok(u8::try_from(count / 100).unwrap_or(u8::MAX))
}

async fn over_tcp(mut stream: TcpStream, wait: Duration) -> io::Result<()> {
    let length = usize::from(stream.read_u16().await?);
    let mut question = vec![0u8; length];
    stream.read_exact(&mut question).await?;
    tokio::time::sleep(wait * 2).await;
    let Some(bytes) = answer(&question) else { return Ok(()) };
    stream.write_u16(u16::try_from(bytes.len()).unwrap_or_default()).await?;
    stream.write_all(&bytes).await
}

/// Every domain has one MX, and that host one address.
fn answer(question: &[u8]) -> Option<Vec<u8>> {
    let asked = Message::from_vec(question).ok()?;
    let query = asked.queries.first()?.clone();
    let mut message = Message::response(asked.metadata.id, asked.metadata.op_code);
    message.metadata.recursion_available = true;
    let name = query.name().to_ascii();
    let number = name.trim_start_matches("mx.").strip_prefix('d').and_then(|rest| rest.split('.').next()?.parse::<usize>().ok());
    let data = match (query.query_type(), number) {
        (RecordType::MX, _) => Some(RData::MX(MX::new(10, Name::from_str(&format!("mx.{name}")).ok()?))),
        (RecordType::A, Some(number)) => Some(RData::A(A(address(number)))),
        (RecordType::A | RecordType::AAAA | RecordType::TXT, _) => None,
        _ => {
            message.metadata.response_code = ResponseCode::NXDomain;
            None
        }
    };
    if let Some(data) = data {
        message.add_answer(Record::from_rdata(query.name().clone(), 300, data));
    }
    message.add_query(query);
    message.to_vec().ok()
}

async fn talk(stream: TcpStream, wait: Duration) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    // The handshake of TCP went without a wait.
    tokio::time::sleep(wait * 2).await;
    write.write_all(b"220 mx.example ESMTP\r\n").await?;
    let mut lines = tokio::io::BufReader::new(read).lines();
    while let Some(line) = lines.next_line().await? {
        tokio::time::sleep(wait).await;
        let reply: &[u8] = match line.get(..4).unwrap_or_default() {
            "EHLO" => b"250-mx.example\r\n250-PIPELINING\r\n250 SIZE 1000000\r\n",
            "QUIT" => b"221 2.0.0 bye\r\n",
            _ => b"250 2.0.0 ok\r\n",
        };
        write.write_all(reply).await?;
    }
    Ok(())
}
