//! Limits of what is unpacked: how much, and how many times the size of what it was packed into.

use crate::knowledge::Text;
use std::cell::{Cell, RefCell};
use std::io::{self, Read};
use std::rc::Rc;

/// Up to this many bytes nothing is suspicious.
const FREE: u64 = 64 << 20;
/// How many times its packed size something may unpack to: logs reach 10 to 50 times, a bomb a thousand and more.
const RATIO: u64 = 300;

/// How much went in and came out, and why it ended early.
#[derive(Debug, Default)]
pub struct Meter {
    packed: Cell<u64>,
    unpacked: Cell<u64>,
    stop: RefCell<Option<Stop>>,
}

/// Why unpacking ended early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// It is cut off or damaged; what the decoder says.
    Torn(String),
    /// It grows as only a bomb does.
    Bomb,
}

impl Meter {
    /// Says that what is packed is cut off or damaged here.
    pub fn torn(&self, says: impl Into<String>) {
        self.stop.borrow_mut().get_or_insert_with(|| Stop::Torn(says.into()));
    }

    /// Returns why it ended early, `None` when it was read to its end.
    pub fn stopped(&self) -> Option<Stop> {
        self.stop.borrow().clone()
    }

    /// Returns in words why it ended early, `None` when it was read to its end.
    pub fn complaint(&self) -> Option<Text> {
        let read = self.unpacked.get();
        Some(match self.stopped()? {
            Stop::Torn(says) if read == 0 => Text::new(
                format!("is cut off or damaged ({says}); what is left of it was read"),
                format!("途中で切れているか破損しています ({says})。残っている部分を読みました"),
            ),
            Stop::Torn(says) => Text::new(
                format!("is cut off or damaged ({says}); the first {read} bytes of its content were read"),
                format!("途中で切れているか破損しています ({says})。内容の先頭 {read} バイトを読みました"),
            ),
            Stop::Bomb => Text::new(
                format!("grows more than {RATIO} times when it is unpacked, as logs do not; the first {read} bytes were read"),
                format!("展開すると {RATIO} 倍を超えて大きくなり、ログではあり得ません。先頭 {read} バイトだけを読みました"),
            ),
        })
    }
}

/// Counts what is read as packed.
pub fn counted<R: Read>(content: R, meter: &Rc<Meter>) -> Counted<R> {
    Counted { content, meter: Rc::clone(meter) }
}

/// A reader of packed bytes.
pub struct Counted<R> {
    content: R,
    meter: Rc<Meter>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.content.read(buffer)?;
        self.meter.packed.set(self.meter.packed.get() + read as u64);
        Ok(read)
    }
}

/// Ends what is unpacked where it errs or grows too much, and keeps the reason in the meter.
pub fn guarded<R: Read>(content: R, meter: &Rc<Meter>) -> Guarded<R> {
    Guarded { content, meter: Rc::clone(meter) }
}

/// A reader of unpacked bytes that never errs.
pub struct Guarded<R> {
    content: R,
    meter: Rc<Meter>,
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.meter.stop.borrow().is_some() {
            return Ok(0);
        }
        match self.content.read(buffer) {
            Ok(read) => {
                let unpacked = self.meter.unpacked.get() + read as u64;
                self.meter.unpacked.set(unpacked);
                if unpacked > FREE && unpacked / RATIO > self.meter.packed.get() {
                    *self.meter.stop.borrow_mut() = Some(Stop::Bomb);
                }
                Ok(read)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                self.meter.torn(error.to_string());
                Ok(0)
            }
        }
    }
}
