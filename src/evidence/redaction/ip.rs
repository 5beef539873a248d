//! Stand-ins for public IP addresses, from the ranges that are reserved for examples; addresses of one network stay in one network.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Networks of public resolvers: that a server asks one of them can be the cause, and names nobody.
const RESOLVERS: &[[u8; 3]] = &[[8, 8, 8], [8, 8, 4], [1, 1, 1], [1, 0, 0], [9, 9, 9], [149, 112, 112], [208, 67, 222], [208, 67, 220]];
/// The same for IPv6, by their first 32 bits.
const RESOLVERS_6: &[[u16; 2]] = &[[0x2001, 0x4860], [0x2606, 0x4700], [0x2620, 0x00fe]];
/// The networks that are reserved for examples.
///
/// # Source
///
/// RFC 5737.
const EXAMPLES: &[[u8; 3]] = &[[192, 0, 2], [198, 51, 100], [203, 0, 113]];

/// Stand-ins of networks and addresses.
#[derive(Debug, Default)]
pub struct Nets {
    v4: BTreeMap<[u8; 3], [u8; 3]>,
    v6: BTreeMap<[u16; 4], BTreeMap<[u16; 4], u16>>,
    order: BTreeMap<[u16; 4], u16>,
}

impl Nets {
    /// Returns the stand-in of an IPv4 address, `None` for what stays; `reversed` when its parts stand the other way round.
    pub fn v4(&mut self, text: &str, reversed: bool) -> Option<String> {
        let mut octets = text.parse::<Ipv4Addr>().ok()?.octets();
        if reversed {
            octets.reverse();
        }
        let [a, b, c, host] = octets;
        if !is_public(octets) || RESOLVERS.contains(&[a, b, c]) {
            return None;
        }
        let next = self.v4.len();
        let [a, b, c] = *self.v4.entry([a, b, c]).or_insert_with(|| network(next));
        let [a, b, c, d] = if reversed { [host, c, b, a] } else { [a, b, c, host] };
        Some(format!("{a}.{b}.{c}.{d}"))
    }

    /// Returns the stand-in of an IPv6 address, `None` for what stays and for what is none.
    pub fn v6(&mut self, text: &str) -> Option<String> {
        let [a, b, c, d, rest @ ..] = text.parse::<Ipv6Addr>().ok()?.segments();
        let example = a == 0x2001 && b == 0x0db8;
        if a & 0xe000 != 0x2000 || example || RESOLVERS_6.contains(&[a, b]) {
            return None;
        }
        let next = u16::try_from(self.order.len() + 1).unwrap_or(u16::MAX);
        let net = *self.order.entry([a, b, c, d]).or_insert(next);
        let hosts = self.v6.entry([a, b, c, d]).or_default();
        let next = u16::try_from(hosts.len() + 1).unwrap_or(u16::MAX);
        let host = if rest == [0; 4] { 0 } else { *hosts.entry(rest).or_insert(next) };
        Some(Ipv6Addr::new(0x2001, 0x0db8, 0, net, 0, 0, 0, host).to_string())
    }
}

/// Returns the network that stands for the one met as number `next`: the three for examples, those for benchmarks (RFC 2544), and then the
/// reserved class E; none of them is anybody's.
fn network(next: usize) -> [u8; 3] {
    if let Some(net) = EXAMPLES.get(next) {
        return *net;
    }
    let [_, _, high, low] = u32::try_from(next - EXAMPLES.len()).unwrap_or(u32::MAX).to_be_bytes();
    if next - EXAMPLES.len() < 512 { [198, 18 + high, low] } else { [240, high, low] }
}

fn is_public([a, b, c, _]: [u8; 4]) -> bool {
    let address = Ipv4Addr::new(a, b, c, 0);
    let shared = a == 100 && (64..128).contains(&b);
    let benchmark = a == 198 && (b == 18 || b == 19);
    !(a == 0 || a >= 224 || shared || benchmark || address.is_private() || address.is_loopback() || address.is_link_local())
        && !EXAMPLES.contains(&[a, b, c])
}
