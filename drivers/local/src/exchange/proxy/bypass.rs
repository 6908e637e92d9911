//! Servers that are reached without a proxy, as the variable `NO_PROXY` lists them.

use core::net::IpAddr;

/// A list of hosts: names, which stand for everything below them too whether they begin with a dot,
/// with `*.` or without, addresses, networks such as `10.0.0.0/8`, or `*` for all.
#[derive(Clone, Debug, Default)]
pub struct Bypass(Vec<Rule>);

#[derive(Clone, Debug)]
enum Rule {
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

    /// Whether a host is listed: a name in lower case, or an address without brackets.
    pub fn has(&self, host: &str) -> bool {
        let ip = host.parse::<IpAddr>().ok();
        self.0.iter().any(|rule| match (rule, ip) {
            (Rule::All, _) => true,
            (Rule::Network { address, bits }, Some(ip)) => is_within(ip, *address, *bits),
            (Rule::Name(name), None) => {
                let above = host.strip_suffix(name.as_str());
                above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
            }
            (Rule::Network { .. }, None) | (Rule::Name(_), Some(_)) => false,
        })
    }
}

impl Rule {
    fn parse(entry: &str) -> Self {
        if entry == "*" {
            return Self::All;
        }
        let (address, bits) = entry.split_once('/').unwrap_or((entry, "128"));
        match (address.trim_matches(['[', ']']).parse(), bits.parse()) {
            (Ok(address), Ok(bits)) => Self::Network { address, bits },
            _ => {
                let below = entry.strip_prefix("*.").unwrap_or(entry);
                Self::Name(below.trim_start_matches('.').to_ascii_lowercase())
            }
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
            assert!(bypass.has(host), "{host}");
        }
        for host in ["notexample.com", "example.com.evil", "11.0.0.1", "192.168.1.8", "fd00::2"] {
            assert!(!bypass.has(host), "{host}");
        }
        assert!(Bypass::parse("a,*").has("anything") && Bypass::parse("*").has("::1"));
        assert!(!Bypass::parse("").has("a"));
        assert!(Bypass::parse("0.0.0.0/0").has("1.2.3.4"));
    }
}
