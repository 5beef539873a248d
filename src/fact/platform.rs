//! The mail systems that a case can be about.

/// A mail system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Platform {
    /// Exchange 2000 Server.
    Exchange2000,
    /// Exchange Server 2003.
    Exchange2003,
    /// Exchange Server 2007.
    Exchange2007,
    /// Exchange Server 2010.
    Exchange2010,
    /// Exchange Server 2013.
    Exchange2013,
    /// Exchange Server 2016.
    Exchange2016,
    /// Exchange Server 2019.
    Exchange2019,
    /// Exchange Server Subscription Edition.
    ExchangeSe,
    /// Postfix.
    Postfix,
    /// Exim.
    Exim,
}

impl Platform {
    /// All platforms, in the order of the contract.
    pub const ALL: [Platform; 10] = [
        Platform::Exchange2000,
        Platform::Exchange2003,
        Platform::Exchange2007,
        Platform::Exchange2010,
        Platform::Exchange2013,
        Platform::Exchange2016,
        Platform::Exchange2019,
        Platform::ExchangeSe,
        Platform::Postfix,
        Platform::Exim,
    ];

    /// The words that knowledge uses for several platforms at once.
    pub const GROUPS: [&'static str; 4] = ["exchange", "exchange-legacy", "exchange-modern", "unix"];

    /// Returns the id that contracts use.
    pub fn id(self) -> &'static str {
        match self {
            Platform::Exchange2000 => "exchange-2000",
            Platform::Exchange2003 => "exchange-2003",
            Platform::Exchange2007 => "exchange-2007",
            Platform::Exchange2010 => "exchange-2010",
            Platform::Exchange2013 => "exchange-2013",
            Platform::Exchange2016 => "exchange-2016",
            Platform::Exchange2019 => "exchange-2019",
            Platform::ExchangeSe => "exchange-se",
            Platform::Postfix => "postfix",
            Platform::Exim => "exim",
        }
    }

    /// Returns the platform with this id.
    pub fn from_id(id: &str) -> Option<Platform> {
        Platform::ALL.into_iter().find(|platform| platform.id() == id)
    }

    /// Returns whether the word names this platform or a group that it belongs to.
    pub fn is(self, word: &str) -> bool {
        let legacy = matches!(self, Platform::Exchange2000 | Platform::Exchange2003);
        let unix = matches!(self, Platform::Postfix | Platform::Exim);
        match word {
            "exchange" => !unix,
            "exchange-legacy" => legacy,
            "exchange-modern" => !legacy && !unix,
            "unix" => unix,
            _ => word == self.id(),
        }
    }

    /// Returns whether a list of words admits this platform; an empty list admits all, and an unknown platform is admitted everywhere.
    pub fn admitted(platform: Option<Platform>, words: &[String]) -> bool {
        words.is_empty() || platform.is_none_or(|platform| words.iter().any(|word| platform.is(word)))
    }
}
