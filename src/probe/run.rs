//! Running probes side by side, within limits: one that hangs is left behind and named.

use super::{Collector, Machine, Probe};
use crate::evidence::bundle::{Entry, Missing, ProbeRun, ProbeStatus};
use crate::system;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// How long a run may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// When the whole run must have ended.
    pub deadline: Instant,
    /// How long one probe may take.
    pub each: Duration,
    /// How many probes run at once.
    pub at_once: usize,
}

/// Who is told how the run goes on.
pub trait Watch {
    /// A probe begins.
    fn begins(&self, name: &str);
    /// A probe has ended.
    fn ends(&self, name: &str, status: ProbeStatus);
}

/// How long a probe may overrun its time before it is left behind: commands are killed at the limit, and that takes a moment.
const OVERRUN: Duration = Duration::from_millis(400);

/// What a probe's thread reports.
enum Said {
    Entry(Box<Entry>),
    Done,
}

/// How far one probe is.
enum State {
    Waiting,
    Running { begun: Instant, until: Instant },
    Ended(ProbeStatus, Duration),
}

/// Runs probes and returns what each did and what it captured, in the order of the probes.
///
/// It ends when all have ended, when the deadline has come, or when the machine's `stop` is set; what was captured until then is kept.
pub fn run(probes: Vec<Box<dyn Probe>>, machine: &Arc<Machine>, limits: Limits, watch: &dyn Watch) -> (Vec<ProbeRun>, Vec<Entry>) {
    let probes: Vec<Arc<dyn Probe>> = probes.into_iter().map(Arc::from).collect();
    let mut states: Vec<State> = probes.iter().map(|_| State::Waiting).collect();
    let mut entries: Vec<Vec<Entry>> = probes.iter().map(|_| Vec::new()).collect();
    let (sender, receiver) = mpsc::channel::<(usize, Said)>();
    loop {
        let now = Instant::now();
        if machine.stop.load(Ordering::Relaxed) || now >= limits.deadline + OVERRUN {
            break;
        }
        leave_behind(&probes, &mut states, now, watch);
        let running = states.iter().filter(|state| matches!(state, State::Running { .. })).count();
        let waiting = states.iter().position(|state| matches!(state, State::Waiting));
        match waiting {
            Some(next) if running < limits.at_once && now < limits.deadline => {
                let until = limits.deadline.min(now + limits.each);
                if let (Some(probe), Some(state)) = (probes.get(next), states.get_mut(next)) {
                    watch.begins(probe.name());
                    *state = State::Running { begun: now, until };
                    begin(next, Arc::clone(probe), Arc::clone(machine), until, sender.clone());
                }
                continue;
            }
            None if running == 0 => break,
            _ => {}
        }
        match receiver.recv_timeout(Duration::from_millis(20)) {
            Ok((which, said)) => take(which, said, &probes, &mut states, &mut entries, watch),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
    }
    while let Ok((which, said)) = receiver.try_recv() {
        take(which, said, &probes, &mut states, &mut entries, watch);
    }
    let runs = probes.iter().zip(&states).map(|(probe, state)| report(&**probe, state)).collect();
    (runs, entries.into_iter().flatten().collect())
}

fn begin(which: usize, probe: Arc<dyn Probe>, machine: Arc<Machine>, until: Instant, sender: mpsc::Sender<(usize, Said)>) {
    let work = move || {
        // The other side is gone when the run has ended without this probe: then nobody wants to know.
        let mut sink = |entry| drop(sender.send((which, Said::Entry(Box::new(entry)))));
        probe.run(&mut Collector::new(&machine, probe.name(), until, &mut sink));
        drop(sender.send((which, Said::Done)));
    };
    // Where no thread can be started the probe never reports, and is named as one that did not end.
    drop(thread::Builder::new().name("probe".to_owned()).spawn(work));
}

fn leave_behind(probes: &[Arc<dyn Probe>], states: &mut [State], now: Instant, watch: &dyn Watch) {
    for (probe, state) in probes.iter().zip(states) {
        if let State::Running { begun, until } = *state
            && now >= until + OVERRUN
        {
            *state = State::Ended(ProbeStatus::TimedOut, now - begun);
            watch.ends(probe.name(), ProbeStatus::TimedOut);
        }
    }
}

fn take(which: usize, said: Said, probes: &[Arc<dyn Probe>], states: &mut [State], entries: &mut [Vec<Entry>], watch: &dyn Watch) {
    let (Some(probe), Some(state), Some(entries)) = (probes.get(which), states.get_mut(which), entries.get_mut(which)) else { return };
    // What comes after a probe was left behind would change a diagnosis that may be on its way.
    let State::Running { begun, .. } = *state else { return };
    match said {
        Said::Entry(entry) => entries.push(*entry),
        Said::Done => {
            let status = status(entries);
            *state = State::Ended(status, begun.elapsed());
            watch.ends(probe.name(), status);
        }
    }
}

/// Returns how a probe went, by what it captured.
fn status(entries: &[Entry]) -> ProbeStatus {
    let missing = entries.iter().filter(|entry| entry.missing.is_some_and(|why| why != Missing::NotApplicable)).count();
    match (entries.len(), missing) {
        (0, _) => ProbeStatus::NotApplicable,
        (_, 0) => ProbeStatus::Ok,
        (all, missing) if all == missing => ProbeStatus::Failed,
        _ => ProbeStatus::Partial,
    }
}

fn report(probe: &dyn Probe, state: &State) -> ProbeRun {
    let (status, span) = match state {
        State::Waiting => (ProbeStatus::NotRun, Duration::ZERO),
        State::Running { begun, .. } => (ProbeStatus::TimedOut, begun.elapsed()),
        State::Ended(status, span) => (*status, *span),
    };
    let seed = probe.seed().iter().map(|id| (*id).to_owned()).collect();
    ProbeRun { name: probe.name().to_owned(), status, millis: system::millis(span), seed }
}
