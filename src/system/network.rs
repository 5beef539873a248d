//! The network: questions to DNS servers, and SMTP dialogues. The one place where anything is asynchronous; what calls it is not.
//!
//! Whatever comes from outside is hostile: sizes and times are bounded here, and nothing received is taken for more than text.

mod certificate;
mod dns;
mod lines;
mod smtp;
mod tls;

pub use certificate::{Presented, describe};
pub use dns::{Answer, Ending, Question, Record, Transport};
pub use smtp::{Dialogue, Patience, Said, Security, Talked};
pub use tls::Roots;

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// How far probing of the network may go.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// When all of it must have ended.
    pub deadline: Instant,
    /// How many questions or dialogues run at once.
    pub at_once: usize,
    /// How many of them with one address.
    pub per_host: usize,
    /// Set when it is to end at once.
    pub stop: Arc<AtomicBool>,
}

/// How often it is looked whether the run is to end.
const TICK: Duration = Duration::from_millis(50);

/// Asks many questions and hands each with its answers to `done` as they come; what was not answered when the bounds were reached is left out.
///
/// A question asked over UDP whose answer was truncated is asked again over TCP, and has two answers then.
///
/// # Errors
///
/// What the operating system says when no runtime can be started.
pub fn ask(questions: Vec<Question>, bounds: &Bounds, done: &mut dyn FnMut(Question, Vec<Answer>)) -> io::Result<()> {
    let host = |question: &Question| question.server.ip();
    let work = |question: Question| async move {
        let answers = dns::ask(&question).await;
        (question, answers)
    };
    each(questions, bounds, host, work, &mut |(question, answers)| done(question, answers))
}

/// Holds many dialogues and hands each with what was said to `done` as they end; what had not ended when the bounds were reached is left out.
///
/// # Errors
///
/// What the operating system says when no runtime can be started.
pub fn talk(dialogues: Vec<Dialogue>, bounds: &Bounds, patience: Patience, done: &mut dyn FnMut(Dialogue, Talked)) -> io::Result<()> {
    let host = |dialogue: &Dialogue| dialogue.address.ip();
    let tls = tls::Client::new();
    let work = move |dialogue: Dialogue| {
        let tls = tls.clone();
        async move {
            let talked = smtp::talk(&dialogue, patience, &tls).await;
            (dialogue, talked)
        }
    };
    each(dialogues, bounds, host, work, &mut |(dialogue, talked)| done(dialogue, talked))
}

/// Runs one future for each item, within the bounds.
fn each<I, O, F>(
    items: Vec<I>,
    bounds: &Bounds,
    host: impl Fn(&I) -> IpAddr,
    work: impl Fn(I) -> F,
    done: &mut dyn FnMut(O),
) -> io::Result<()>
where
    I: Send + 'static,
    O: Send + 'static,
    F: Future<Output = O> + Send + 'static,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    runtime.block_on(async {
        let mut waiting: VecDeque<I> = items.into();
        // Items whose host has all that it may have, and how many each host has.
        let mut parked: HashMap<IpAddr, VecDeque<I>> = HashMap::new();
        let mut busy: HashMap<IpAddr, usize> = HashMap::new();
        let mut running: JoinSet<(IpAddr, O)> = JoinSet::new();
        let begin = |running: &mut JoinSet<(IpAddr, O)>, address: IpAddr, item: I| {
            let future = work(item);
            running.spawn(async move { (address, future.await) });
        };
        loop {
            if bounds.stop.load(Ordering::Relaxed) || Instant::now() >= bounds.deadline {
                break;
            }
            while running.len() < bounds.at_once.max(1) {
                let Some(item) = waiting.pop_front() else { break };
                let address = host(&item);
                let count = busy.entry(address).or_default();
                if *count >= bounds.per_host.max(1) {
                    parked.entry(address).or_default().push_back(item);
                } else {
                    *count += 1;
                    begin(&mut running, address, item);
                }
            }
            if running.is_empty() {
                break;
            }
            let wait = TICK.min(bounds.deadline.saturating_duration_since(Instant::now()));
            // A task that panicked is a defect; the others go on, and its item stays without an answer.
            let Ok(Some(Ok((address, result)))) = tokio::time::timeout(wait, running.join_next()).await else { continue };
            done(result);
            match parked.get_mut(&address).and_then(VecDeque::pop_front) {
                Some(item) => begin(&mut running, address, item),
                None => {
                    busy.entry(address).and_modify(|count| *count = count.saturating_sub(1));
                }
            }
        }
    });
    // Tasks that have not ended are dropped, and with them their sockets.
    runtime.shutdown_background();
    Ok(())
}
