//! Servers that are reached without a proxy, as the variable `NO_PROXY` lists them.

use core::net::IpAddr;

/// A list of hosts: names, which stand for everything below them too whether they begin with a dot,
/// with `*.` or without, addresses, networks such as `10.0.0.0/8`, or `*` for all. With a port, as
/// in `pod.test:443`, an entry is for servers at that port alone.
#[derive(Clone, Debug, Default)]
pub struct Bypass(Vec<Rule>);

#[derive(Clone, Debug)]
struct Rule {
    hosts: Hosts,
    port: Option<u16>,
}

#[derive(Clone, Debug)]
enum Hosts {
    All,
    Network { address: IpAddr, bits: u8 },
    Name(String),
}

impl Bypass {
    /// Reads a list with commas or spaces in between.
    pub fn parse(list: &str) -> Self {
        let entries = list.split([',', ' ', '\t']).filter(|entry| !entry.is_empty());
        Self(entries.map(Rule::parse).collect())
    }

    /// Whether a server is listed. The host is a name in lower case, or an address without
    /// brackets.
    pub fn has(&self, host: &str, port: u16) -> bool {
        let ip = host.parse::<IpAddr>().ok();
        let mut at_port = self.0.iter().filter(|rule| rule.port.is_none_or(|own| own == port));
        at_port.any(|rule| rule.hosts.have(host, ip))
    }

    /// Whether every server is.
    pub fn has_all(&self) -> bool {
        self.0.iter().any(|rule| matches!(rule, Rule { hosts: Hosts::All, port: None }))
    }
}

impl Rule {
    fn parse(entry: &str) -> Self {
        let (host, port) = match entry.rsplit_once(':') {
            // An IPv6 address has colons of its own unless it is in brackets.
            Some((host, port)) if host.ends_with(']') || !host.contains(':') => (host, Some(port)),
            _ => (entry, None),
        };
        match port.map(str::parse) {
            None => Self { hosts: Hosts::parse(host), port: None },
            Some(Ok(port)) => Self { hosts: Hosts::parse(host), port: Some(port) },
            // Nobody's.
            Some(Err(_)) => Self { hosts: Hosts::Name(entry.to_owned()), port: None },
        }
    }
}

impl Hosts {
    fn parse(host: &str) -> Self {
        if host == "*" {
            return Self::All;
        }
        let (address, bits) = host.split_once('/').unwrap_or((host, "128"));
        match (address.trim_matches(['[', ']']).parse(), bits.parse()) {
            (Ok(address), Ok(bits)) => Self::Network { address, bits },
            _ => {
                let below = host.strip_prefix("*.").unwrap_or(host);
                Self::Name(below.trim_start_matches('.').to_ascii_lowercase())
            }
        }
    }

    fn have(&self, host: &str, ip: Option<IpAddr>) -> bool {
        match (self, ip) {
            (Self::All, _) => true,
            (Self::Network { address, bits }, Some(ip)) => is_within(ip, *address, *bits),
            (Self::Name(name), None) => {
                let above = host.strip_suffix(name.as_str());
                above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
            }
            (Self::Network { .. }, None) | (Self::Name(_), Some(_)) => false,
        }
    }
}

/// Whether the first `bits` of both are the same.
fn is_within(ip: IpAddr, network: IpAddr, bits: u8) -> bool {
    let (len, difference) = match (ip, network) {
        (IpAddr::V4(ip), IpAddr::V4(network)) => (32, u128::from(ip.to_bits() ^ network.to_bits())),
        (IpAddr::V6(ip), IpAddr::V6(network)) => (128, ip.to_bits() ^ network.to_bits()),
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return false,
    };
    let free = len - u32::from(bits).min(len);
    difference.checked_shr(free).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_addresses_and_networks() {
        let list = " example.com, .Local ,*.corp.test 10.0.0.0/8,192.168.1.7,[fd00::1], fe80::/10,";
        let bypass = Bypass::parse(list);
        for host in [
            "example.com",
            "a.example.com",
            "printer.local",
            "a.corp.test",
            "10.255.0.1",
            "192.168.1.7",
            "fd00::1",
            "fe9f::1",
        ] {
            assert!(bypass.has(host, 443), "{host}");
        }
        for host in ["notexample.com", "example.com.evil", "11.0.0.1", "192.168.1.8", "fd00::2"] {
            assert!(!bypass.has(host, 443), "{host}");
        }
        assert!(Bypass::parse("a,*").has("anything", 80) && Bypass::parse("*").has("::1", 80));
        assert!(!Bypass::parse("").has("a", 80));
        assert!(Bypass::parse("0.0.0.0/0").has("1.2.3.4", 80));
    }

    #[test]
    fn a_port_is_that_of_the_server() {
        let list =
            "example.com:443 .local:8080,10.0.0.1:443,[fd00::1]:443,192.168.0.0/16:443,fd00::2";
        let bypass = Bypass::parse(list);
        for host in ["example.com", "a.example.com", "10.0.0.1", "fd00::1", "192.168.1.1"] {
            assert!(bypass.has(host, 443) && !bypass.has(host, 8080), "{host}");
        }
        assert!(bypass.has("printer.local", 8080) && !bypass.has("printer.local", 443));
        assert!(bypass.has("fd00::2", 443) && bypass.has("fd00::2", 1));
        assert!(!Bypass::parse("example.com:99999").has("example.com", 443));
        assert!(!Bypass::parse("example.com:").has("example.com", 443));
    }

    #[test]
    fn all_are_listed_by_a_star_alone() {
        assert!(Bypass::parse("a, *").has_all());
        assert!(!Bypass::parse("*:443, *.test").has_all() && !Bypass::default().has_all());
        assert!(Bypass::parse("*:443").has("a", 443) && !Bypass::parse("*:443").has("a", 80));
    }
}
