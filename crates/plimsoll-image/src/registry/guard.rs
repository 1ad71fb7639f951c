//! Which addresses a connected registry may lead to: what its name resolves to is checked in the moment of connecting,
//! so that neither the address people typed, nor a redirect, nor a name that changes its mind reaches inner machines.

use super::http::host_name;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::error::Error;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;

/// Addresses of a host: asked instead of DNS, in tests.
pub type Lookup = Arc<dyn Fn(&str) -> Vec<SocketAddr> + Send + Sync>;

/// Which addresses may be reached.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    /// Private and loopback ones too; never those of machines' links and clouds' metadata.
    pub allow_private: bool,
    /// Reached whatever they are: for tests, which have no public addresses.
    pub exempt: Vec<IpAddr>,
}

/// Where clouds tell machines their credentials, beside the link-local 169.254.0.0/16: Alibaba Cloud, Oracle Cloud, Azure's
/// platform address, AWS over IPv6 (their documentation of instance metadata).
const METADATA: &[IpAddr] = &[
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

impl Guard {
    /// `Err` says what kind of address it is that must not be reached.
    pub fn check(&self, address: IpAddr) -> Result<(), &'static str> {
        let address = embedded(address);
        if self.exempt.contains(&address) {
            return Ok(());
        }
        match kind(address) {
            Kind::Public => Ok(()),
            Kind::Private(_) if self.allow_private => Ok(()),
            Kind::Private(name) | Kind::Never(name) => Err(name),
        }
    }

    /// As [`Guard::check`], for a host as addresses of the web write it; names pass, for they are checked when resolved.
    pub fn check_host(&self, host: &str) -> Result<(), &'static str> {
        host_name(host).parse::<IpAddr>().map_or(Ok(()), |address| self.check(address))
    }
}

/// What an address is good for (IANA special-purpose address registries; RFC 6890).
enum Kind {
    Public,
    /// Of this machine or an inner network.
    Private(&'static str),
    /// Of no registry.
    Never(&'static str),
}

fn kind(address: IpAddr) -> Kind {
    if METADATA.contains(&address) {
        return Kind::Never("the address of a cloud's metadata");
    }
    match address {
        IpAddr::V4(address) => kind_v4(address),
        IpAddr::V6(address) => kind_v6(address),
    }
}

fn kind_v4(address: Ipv4Addr) -> Kind {
    match address.octets() {
        [0, ..] => Kind::Never("an unspecified address"),
        [127, ..] => Kind::Private("a loopback address"),
        [10, ..] | [192, 168, ..] => Kind::Private("a private address"),
        [172, second, ..] if second & 0xf0 == 16 => Kind::Private("a private address"),
        // RFC 6598, 7.
        [100, second, ..] if second & 0xc0 == 64 => Kind::Private("an address behind a carrier's NAT"),
        [169, 254, ..] => Kind::Never("a link-local address"),
        [192, 0, 0, _] | [192, 88, 99, _] => Kind::Never("an address of the protocol itself"),
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Kind::Never("an address of examples"),
        [198, second, ..] if second & 0xfe == 18 => Kind::Private("an address of test networks"),
        [224..=239, ..] => Kind::Never("a multicast address"),
        [240..=255, ..] => Kind::Never("a reserved address"),
        _ => Kind::Public,
    }
}

fn kind_v6(address: Ipv6Addr) -> Kind {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => Kind::Never("an unspecified address"),
        [0, 0, 0, 0, 0, 0, 0, 1] => Kind::Private("a loopback address"),
        [first, ..] if first & 0xfe00 == 0xfc00 => Kind::Private("a private address"),
        // RFC 3879 deprecates them; some networks still have them.
        [first, ..] if first & 0xffc0 == 0xfec0 => Kind::Private("a private address"),
        [first, ..] if first & 0xffc0 == 0xfe80 => Kind::Never("a link-local address"),
        [first, ..] if first & 0xff00 == 0xff00 => Kind::Never("a multicast address"),
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0x0fff, ..] => Kind::Never("an address of examples"),
        // Teredo, ORCHID and their kin: whatever is behind it cannot be told.
        [0x2001, 0..=0x01ff, ..] => Kind::Never("an address of the protocol itself"),
        // Global unicast (RFC 4291, 2.4); everything else is unassigned or for one purpose.
        [first, ..] if first & 0xe000 == 0x2000 => Kind::Public,
        _ => Kind::Never("a reserved address"),
    }
}

/// The IPv4 address inside an IPv6 one that routes to it: mapped and compatible (RFC 4291, 2.5.5), translated (RFC 2765),
/// NAT64 (RFC 6052, 2.1; RFC 8215) and 6to4 (RFC 3056, 2).
fn embedded(address: IpAddr) -> IpAddr {
    let IpAddr::V6(six) = address else { return address };
    let v4 = |high: u16, low: u16| IpAddr::V4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    match six.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0..=1] => address,
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] => v4(high, low),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x64, 0xff9b, 1, _, _, _, high, low] => v4(high, low),
        [0x2002, high, low, ..] => v4(high, low),
        _ => address,
    }
}

/// Why a name resolves to nothing that may be reached.
#[derive(Debug)]
pub struct Refused {
    /// The address.
    pub address: IpAddr,
    /// `a private address`.
    pub kind: &'static str,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}", self.address, self.kind)
    }
}

impl Error for Refused {}

/// Resolves names, and gives out nothing the guard refuses.
#[derive(Clone)]
pub struct Resolver {
    pub guard: Guard,
    pub lookup: Option<Lookup>,
}

impl Resolver {
    /// The addresses of a host that may be reached. Blocks.
    pub fn addresses_now(&self, host: &str) -> Result<Vec<SocketAddr>, Problem> {
        let found = match &self.lookup {
            Some(lookup) => lookup(host),
            None => (host, 0).to_socket_addrs()?.collect(),
        };
        self.judge(found)
    }

    async fn addresses(&self, host: &str) -> Result<Vec<SocketAddr>, Problem> {
        let found = match &self.lookup {
            Some(lookup) => lookup(host),
            None => tokio::net::lookup_host((host, 0)).await?.collect(),
        };
        self.judge(found)
    }

    /// One refused address among good ones is how a name is made to change its mind: then none is good.
    fn judge(&self, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Problem> {
        for address in &found {
            let address = address.ip();
            self.guard.check(address).map_err(|kind| Refused { address, kind })?;
        }
        if found.is_empty() { Err("lookup found no address".into()) } else { Ok(found) }
    }
}

type Problem = Box<dyn Error + Send + Sync>;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            let addresses = resolver.addresses(name.as_str()).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// An address is judged alike however it is wrapped.
        #[test]
        fn wrapping_an_address_changes_nothing(bits: u32, allow_private: bool, rest: [u16; 3]) {
            let guard = Guard { allow_private, ..Guard::default() };
            let plain = guard.check(IpAddr::V4(Ipv4Addr::from(bits)));
            let (high, low) = ((bits >> 16) as u16, bits as u16);
            let [a, b, c] = rest;
            for wrapped in [
                [0, 0, 0, 0, 0, 0xffff, high, low],
                [0, 0, 0, 0, 0xffff, 0, high, low],
                [0x64, 0xff9b, 0, 0, 0, 0, high, low],
                [0x64, 0xff9b, 1, a, b, c, high, low],
                [0x2002, high, low, a, b, c, high, low],
            ] {
                prop_assert_eq!(guard.check(IpAddr::V6(Ipv6Addr::from(wrapped))), plain, "{:x?}", wrapped);
            }
        }
    }

    #[test]
    fn addresses_are_judged_however_they_are_written() {
        // What the address bar would make of it is what is judged.
        let check = |host: &str, expected: &str, with_private: bool| {
            let url =
                reqwest::Url::parse(&format!("http://{host}/")).unwrap_or_else(|e| panic!("{host}: {e}"));
            let found = |allow_private| {
                let guard = Guard { allow_private, ..Guard::default() };
                guard.check_host(url.host_str().unwrap_or_default())
            };
            assert_eq!(found(false).err().unwrap_or_default(), expected, "{host}");
            assert_eq!(found(true).is_ok(), with_private, "{host} with private ones allowed");
        };
        for host in
            ["8.8.8.8", "1.1.1.1:5000", "[2606:4700::1111]", "registry.example.com", "[64:ff9b::808:808]"]
        {
            check(host, "", true);
        }
        for host in [
            "127.0.0.1",
            "127.255.255.254",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "017700000001",
            "0177.0.0.1",
            "127.1",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "[0:0:0:0:ffff:0:7f00:1]",
            "127.0.0.1.",
            "%31%32%37.0.0.1",
            "１２７.0.0.1",
        ] {
            check(host, "a loopback address", true);
        }
        for host in [
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "0xc0a80101",
            "[fd12:3456::1]",
            "[fec0::1]",
            "[::ffff:10.1.2.3]",
            "[2002:a00:1::1]",
            "[64:ff9b:1::a00:1]",
        ] {
            check(host, "a private address", true);
        }
        for host in ["172.15.0.1", "172.32.0.1", "192.167.1.1", "100.63.0.1", "100.128.0.1", "11.0.0.1"] {
            check(host, "", true);
        }
        check("100.64.0.1", "an address behind a carrier's NAT", true);
        check("198.18.0.1", "an address of test networks", true);
        for host in [
            "169.254.169.254",
            "2852039166",
            "0xa9fea9fe",
            "[::ffff:169.254.169.254]",
            "[fe80::1]",
            "[2002:a9fe:a9fe::]",
        ] {
            check(host, "a link-local address", false);
        }
        for host in ["100.100.100.200", "168.63.129.16", "[fd00:ec2::254]", "192.0.0.192"] {
            check(host, "the address of a cloud's metadata", false);
        }
        for host in ["0.0.0.0", "0", "0.1.2.3", "[::]", "[::ffff:0.0.0.0]"] {
            check(host, "an unspecified address", false);
        }
        for host in ["224.0.0.1", "239.1.1.1", "[ff02::1]"] {
            check(host, "a multicast address", false);
        }
        for host in ["255.255.255.255", "240.0.0.1", "[100::1]", "[5f00::1]", "[4000::1]"] {
            check(host, "a reserved address", false);
        }
        check("[2001:0:7f00:1::]", "an address of the protocol itself", false);
        check("192.0.2.1", "an address of examples", false);
    }
}
