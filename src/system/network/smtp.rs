//! One SMTP dialogue: as far as the recipient, never a message.

use super::certificate::Presented;
use super::dns::words;
use super::lines::{Lines, NoReply};
use super::tls::{Client, no_name};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

/// Whether TLS is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Never.
    None,
    /// Where the server offers it; where the handshake fails, it is tried again without.
    May,
    /// Always: a server that does not offer it is left.
    Must,
}

/// What is said to one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialogue {
    /// The host, as the transcript names it.
    pub host: String,
    /// Its address and port.
    pub address: SocketAddr,
    /// The address of this machine that the mail system calls from, where it is set.
    pub from: Option<IpAddr>,
    /// The name with which the client introduces itself.
    pub helo: String,
    /// Whether TLS is used.
    pub security: Security,
    /// The recipient that is asked for; `None` for a greeting alone.
    pub recipient: Option<String>,
}

/// How long is waited.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the connection.
    pub connect: Duration,
    /// For each reply, and for the handshake of TLS.
    pub reply: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Patience { connect: Duration::from_secs(5), reply: Duration::from_secs(8) }
    }
}

/// How long the reply to QUIT is waited for.
const FAREWELL: Duration = Duration::from_secs(1);

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// A connection is tried.
    Trying,
    /// It stands, after so many milliseconds.
    Connected(u64),
    /// A line of the server.
    Server(String),
    /// A line of the client.
    Client(String),
    /// From here on with TLS.
    Secure,
    /// Something that the reader of a transcript should know.
    Note(String),
    /// It failed here.
    Failed(String),
}

/// What a dialogue came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Talked {
    /// What was said.
    pub said: Vec<Said>,
    /// What the server presented.
    pub presented: Option<Presented>,
    /// How long all took, in milliseconds.
    pub millis: u64,
}

/// Holds one dialogue.
pub(super) async fn talk(dialogue: &Dialogue, patience: Patience, tls: &Client) -> Talked {
    let begun = Instant::now();
    let mut talked = Talked::default();
    let again = attempt(dialogue, dialogue.security, patience, tls, &mut talked).await;
    if again {
        // As Postfix and Exim do where TLS is not demanded.
        attempt(dialogue, Security::None, patience, tls, &mut talked).await;
    }
    talked.millis = crate::system::millis(begun.elapsed());
    talked
}

/// Holds one dialogue and returns whether it is to be held again without TLS.
async fn attempt(dialogue: &Dialogue, security: Security, patience: Patience, tls: &Client, talked: &mut Talked) -> bool {
    talked.said.push(Said::Trying);
    let begun = Instant::now();
    let stream = match timeout(patience.connect, connect(dialogue)).await {
        Err(_) => return fail(talked, "timed out"),
        Ok(Err(error)) => return fail(talked, &words(&error)),
        Ok(Ok(stream)) => stream,
    };
    talked.said.push(Said::Connected(crate::system::millis(begun.elapsed())));
    let mut talk = Talk { lines: Lines::new(Box::pin(stream)), said: &mut talked.said, patience: patience.reply, secure: false };
    let Some(greeting) = talk.reply().await else { return false };
    if greeting != Some(220) {
        talk.quit().await;
        return false;
    }
    let Some(offers) = talk.hello(&dialogue.helo).await else { return false };
    if security != Security::None && offers {
        let Some(code) = talk.command("STARTTLS").await else { return false };
        if code == Some(220) {
            let Talk { lines, .. } = talk;
            // What came in the clear behind the reply is nobody's: it is dropped with the buffer.
            match handshake(lines, tls, patience.reply).await {
                Ok((secured, presented)) => {
                    talked.presented = Some(presented);
                    talked.said.push(Said::Secure);
                    talk = Talk { lines: secured, said: &mut talked.said, patience: patience.reply, secure: true };
                    if talk.hello(&dialogue.helo).await.is_none() {
                        return false;
                    }
                }
                Err(reason) if security == Security::May => {
                    talked.said.push(Said::Note(format!("TLS startup failed ({reason}); again without TLS, as the mail system does")));
                    return true;
                }
                Err(reason) => return fail(talked, &format!("TLS startup failed ({reason})")),
            }
        } else if security == Security::Must {
            talk.quit().await;
            return fail(talked, "TLS startup failed (the server refuses STARTTLS, and the policy demands it)");
        }
    } else if security == Security::Must {
        talk.quit().await;
        return fail(talked, "TLS startup failed (the server does not offer STARTTLS, and the policy demands it)");
    }
    if let Some(recipient) = dialogue.recipient.as_deref().filter(|recipient| is_plain(recipient)) {
        let Some(sender) = talk.command("MAIL FROM:<>").await else { return false };
        if sender.is_some_and(|code| code < 400) {
            if talk.command(&format!("RCPT TO:<{recipient}>")).await.is_none() {
                return false;
            }
            if talk.command("RSET").await.is_none() {
                return false;
            }
        }
    }
    talk.quit().await;
    false
}

fn fail(talked: &mut Talked, reason: &str) -> bool {
    talked.said.push(Said::Failed(reason.to_owned()));
    false
}

/// An address of queue or log that can stand in a command as it is: whoever wrote it may be a stranger.
fn is_plain(address: &str) -> bool {
    address.contains('@') && address.len() <= 320 && address.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"\\".contains(&byte))
}

async fn connect(dialogue: &Dialogue) -> io::Result<TcpStream> {
    let socket = if dialogue.address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    if let Some(from) = dialogue.from.filter(|from| from.is_ipv4() == dialogue.address.is_ipv4()) {
        socket.bind(SocketAddr::new(from, 0))?;
    }
    socket.connect(dialogue.address).await
}

async fn handshake(lines: Lines, tls: &Client, patience: Duration) -> Result<(Lines, Presented), String> {
    let connector = tls.connector().ok_or("no TLS here")?;
    let stream = match timeout(patience, connector.connect(no_name(), lines.wire)).await {
        Err(_) => return Err("timed out".to_owned()),
        Ok(Err(error)) => return Err(super::dns::brief(&words(&error))),
        Ok(Ok(stream)) => stream,
    };
    let (_, connection) = stream.get_ref();
    let protocol = match connection.protocol_version() {
        Some(tokio_rustls::rustls::ProtocolVersion::TLSv1_3) => "TLSv1.3",
        _ => "TLSv1.2",
    };
    let cipher = connection.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite())).unwrap_or_default();
    let chain = connection.peer_certificates().unwrap_or_default().iter().map(|der| der.to_vec()).collect();
    let presented = Presented { chain, protocol: protocol.to_owned(), cipher };
    Ok((Lines::new(Box::pin(stream)), presented))
}

/// A connection that stands.
struct Talk<'a> {
    lines: Lines,
    said: &'a mut Vec<Said>,
    patience: Duration,
    secure: bool,
}

impl Talk<'_> {
    /// Waits for a reply and returns its code; `None` when there is none and the dialogue is over.
    async fn reply(&mut self) -> Option<Option<u16>> {
        let mut lines = Vec::new();
        let ended = timeout(self.patience, self.lines.reply(&mut lines)).await;
        self.said.extend(lines.into_iter().map(Said::Server));
        let reason = match ended {
            // A server that closes says so with 421, and its next word is the last.
            Ok(Ok(code)) => return Some(code),
            Ok(Err(NoReply::Closed)) => "connection closed by the remote host".to_owned(),
            Ok(Err(NoReply::Endless)) => "timed out: the reply has no end".to_owned(),
            Ok(Err(NoReply::Failed(error))) => words(&error),
            Err(_) => "timed out".to_owned(),
        };
        self.said.push(Said::Failed(reason));
        None
    }

    /// Says a command and waits for its reply.
    async fn command(&mut self, command: &str) -> Option<Option<u16>> {
        self.said.push(Said::Client(command.to_owned()));
        let sent = timeout(self.patience, async {
            self.lines.wire.write_all(format!("{command}\r\n").as_bytes()).await?;
            self.lines.wire.flush().await
        });
        let reason = match sent.await {
            Ok(Ok(())) => return self.reply().await,
            Ok(Err(error)) => words(&error),
            Err(_) => "timed out".to_owned(),
        };
        self.said.push(Said::Failed(reason));
        None
    }

    /// Introduces itself, and returns whether STARTTLS is offered; `None` when the dialogue is over.
    async fn hello(&mut self, name: &str) -> Option<bool> {
        let before = self.said.len();
        let code = self.command(&format!("EHLO {name}")).await?;
        if code.is_some_and(|code| (500..=504).contains(&code)) {
            let code = self.command(&format!("HELO {name}")).await?;
            return self.accepted(code, false).await;
        }
        let offers = self.said.iter().skip(before).any(|said| match said {
            Said::Server(line) => line.get(4..).is_some_and(|word| word.trim().eq_ignore_ascii_case("STARTTLS")),
            _ => false,
        });
        self.accepted(code, offers && !self.secure).await
    }

    async fn accepted(&mut self, code: Option<u16>, offers: bool) -> Option<bool> {
        if code.is_some_and(|code| code < 400) {
            return Some(offers);
        }
        self.quit().await;
        None
    }

    /// Takes leave. A server that does not wait for it is not at fault.
    async fn quit(&mut self) {
        let before = self.said.len() + 1;
        self.patience = self.patience.min(FAREWELL);
        self.command("QUIT").await;
        if let Some(Said::Failed(_)) = self.said.get(before) {
            self.said.truncate(before);
        }
    }
}
