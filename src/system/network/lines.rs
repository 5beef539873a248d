//! Lines of a server that may be hostile: bounded in length and in number.

use std::io;
use std::pin::Pin;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};

/// A stream that lines come from, with or without TLS.
pub(super) trait Wire: AsyncRead + AsyncWrite + Send {}
impl<T: AsyncRead + AsyncWrite + Send> Wire for T {}

/// The longest line that is taken. RFC 5321 §4.5.3.1.5 allows 512 bytes; servers are more generous.
const MOST_LINE: usize = 4096;
/// How many lines one reply may have.
const MOST_LINES: usize = 100;

/// Why no reply came.
#[derive(Debug)]
pub(super) enum NoReply {
    /// The connection was closed.
    Closed,
    /// A line or a reply has no end.
    Endless,
    /// What the operating system or TLS says.
    Failed(io::Error),
}

/// Reads replies.
pub(super) struct Lines {
    pub(super) wire: Pin<Box<dyn Wire>>,
    buffer: Vec<u8>,
}

impl Lines {
    /// Reads from a stream.
    pub(super) fn new(wire: Pin<Box<dyn Wire>>) -> Lines {
        Lines { wire, buffer: Vec::new() }
    }

    /// Reads one reply, line by line into `into`, and returns its code; `None` for a line that has none.
    pub(super) async fn reply(&mut self, into: &mut Vec<String>) -> Result<Option<u16>, NoReply> {
        for _ in 0..MOST_LINES {
            let line = self.line().await?;
            let code = line.get(..3).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit())).and_then(|digits| digits.parse().ok());
            let more = code.is_some() && line.as_bytes().get(3) == Some(&b'-');
            into.push(line);
            if !more {
                return Ok(code);
            }
        }
        Err(NoReply::Endless)
    }

    async fn line(&mut self) -> Result<String, NoReply> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                return Ok(printable(&line));
            }
            if self.buffer.len() > MOST_LINE {
                return Err(NoReply::Endless);
            }
            let mut chunk = [0u8; 1024];
            match self.wire.read(&mut chunk).await {
                Ok(0) => return Err(NoReply::Closed),
                Ok(length) => self.buffer.extend_from_slice(chunk.get(..length).unwrap_or_default()),
                Err(error) => return Err(NoReply::Failed(error)),
            }
        }
    }
}

/// Returns a line as text: what could move a terminal's cursor or break a line of the evidence becomes a question mark.
fn printable(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    text.trim_end_matches(['\r', '\n']).chars().map(|c| if c.is_control() { '?' } else { c }).take(MOST_LINE).collect()
}
