//! The four states of what could be known.

use super::FactName;
use super::time::Timestamp;
use std::fmt;

/// What is known of one thing: a value, that it is absent, or why neither can be said.
///
/// *Unknown is not absent*: an empty listing is not an empty queue, SERVFAIL is not NXDOMAIN.
#[derive(Debug, Clone, PartialEq)]
pub enum Known<T> {
    /// It is there, with this value.
    Value(T),
    /// It is known not to be there.
    Absent,
    /// It is not known, for this reason.
    Unknown(Why),
    /// The question makes no sense here, for this reason.
    NotApplicable(Why),
}

/// Why something is not known or not applicable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// Nobody looked.
    NobodyLooked,
    /// The probe that looked ran out of time.
    TimedOut,
    /// Access was denied; the text says by whom or to what.
    Denied(Box<str>),
    /// It was captured and could not be read; the text says what was wrong.
    Unreadable(Box<str>),
    /// It follows from another fact, which is not known.
    Depends(FactName),
    /// Somebody tried and said why it failed.
    Said(Box<str>),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::NobodyLooked => f.write_str("nobody looked"),
            Why::TimedOut => f.write_str("timed out"),
            Why::Denied(what) => write!(f, "access denied: {what}"),
            Why::Unreadable(what) => write!(f, "could not be read: {what}"),
            Why::Depends(on) => write!(f, "depends on `{on}`"),
            Why::Said(reason) => f.write_str(reason),
        }
    }
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Known::Unknown(Why::NobodyLooked)
    }
}

impl<T> Known<T> {
    /// Returns the value, if there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Known::Value(value) => Some(value),
            _ => None,
        }
    }

    /// Returns whether it is known: present or absent.
    pub fn is_known(&self) -> bool {
        matches!(self, Known::Value(_) | Known::Absent)
    }

    /// Applies a function to the value and keeps the other states.
    pub fn map<U>(&self, f: impl FnOnce(&T) -> U) -> Known<U> {
        match self {
            Known::Value(value) => Known::Value(f(value)),
            Known::Absent => Known::Absent,
            Known::Unknown(why) => Known::Unknown(why.clone()),
            Known::NotApplicable(why) => Known::NotApplicable(why.clone()),
        }
    }
}

impl<T> From<T> for Known<T> {
    fn from(value: T) -> Self {
        Known::Value(value)
    }
}

impl From<&str> for Known<String> {
    fn from(value: &str) -> Self {
        Known::Value(value.to_owned())
    }
}

/// The value of one field of a fact, as rules and reports see it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// A point in time.
    Time(Timestamp),
    /// Several texts, in order.
    List(Vec<String>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(text) => f.write_str(text),
            Value::Integer(number) => write!(f, "{number}"),
            Value::Number(number) => write!(f, "{number}"),
            Value::Flag(flag) => write!(f, "{flag}"),
            Value::Time(time) => write!(f, "{time}"),
            Value::List(list) => f.write_str(&list.join(", ")),
        }
    }
}

/// A type that a field of a fact may have.
pub trait Field {
    /// The name of the type in the schema: `text`, `integer`, `number`, `flag`, `time`, `list`.
    const TYPE: &'static str;

    /// Returns the field's state and value.
    fn known(&self) -> Known<Value>;

    /// Returns the value as text, empty when there is none; used in names of facts.
    fn text(&self) -> String {
        self.known().value().map(ToString::to_string).unwrap_or_default()
    }
}

macro_rules! fields {
    ($($ty:ty = $name:literal, $self:ident => $value:expr;)*) => {$(
        impl Field for $ty {
            const TYPE: &'static str = $name;
            fn known(&$self) -> Known<Value> {
                Known::Value($value)
            }
        }
    )*};
}

fields! {
    String = "text", self => Value::Text(self.clone());
    bool = "flag", self => Value::Flag(*self);
    u16 = "integer", self => Value::Integer(i64::from(*self));
    u32 = "integer", self => Value::Integer(i64::from(*self));
    u64 = "integer", self => Value::Integer(i64::try_from(*self).unwrap_or(i64::MAX));
    i64 = "integer", self => Value::Integer(*self);
    f64 = "number", self => Value::Number(*self);
    Timestamp = "time", self => Value::Time(*self);
    Vec<String> = "list", self => Value::List(self.clone());
    super::Stage = "text", self => Value::Text(self.id().to_owned());
}

impl Default for Value {
    fn default() -> Self {
        Value::Text(String::new())
    }
}

impl Field for Value {
    const TYPE: &'static str = "any";
    fn known(&self) -> Known<Value> {
        Known::Value(self.clone())
    }
}

impl<T: Field> Field for Known<T> {
    const TYPE: &'static str = T::TYPE;
    fn known(&self) -> Known<Value> {
        match self {
            Known::Value(value) => value.known(),
            Known::Absent => Known::Absent,
            Known::Unknown(why) => Known::Unknown(why.clone()),
            Known::NotApplicable(why) => Known::NotApplicable(why.clone()),
        }
    }
}

impl<T: Field> Field for Option<T> {
    const TYPE: &'static str = T::TYPE;
    fn known(&self) -> Known<Value> {
        self.as_ref().map_or(Known::Absent, Field::known)
    }
}
