//! Prefix match of addresses (RFC 7208 §5: "CIDR notation").

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether the first `prefix` bits of the two addresses are equal; 0 always matches, bits beyond 32 count as 32.
pub fn v4_within(address: Ipv4Addr, network: Ipv4Addr, prefix: u8) -> bool {
    let difference = u64::from(address.to_bits() ^ network.to_bits());
    difference >> 32_u32.saturating_sub(prefix.into()) == 0
}

/// Whether the first `prefix` bits of the two addresses are equal; 0 always matches, bits beyond 128 count as 128.
pub fn v6_within(address: Ipv6Addr, network: Ipv6Addr, prefix: u8) -> bool {
    let difference = address.to_bits() ^ network.to_bits();
    difference.checked_shr(128_u32.saturating_sub(prefix.into())).unwrap_or(0) == 0
}

/// The address a check works with: an IPv4-mapped IPv6 address is the IPv4 address it holds (RFC 7208 §5).
pub fn unmapped(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v4_prefixes_at_the_edges() {
        let network = Ipv4Addr::new(192, 0, 2, 128);
        for (prefix, address, within) in [
            (0, [1, 2, 3, 4], true),
            (1, [128, 0, 0, 0], true),
            (1, [127, 255, 255, 255], false),
            (24, [192, 0, 2, 1], true),
            (24, [192, 0, 3, 1], false),
            (31, [192, 0, 2, 129], true),
            (31, [192, 0, 2, 130], false),
            (32, [192, 0, 2, 128], true),
            (32, [192, 0, 2, 129], false),
        ] {
            assert_eq!(v4_within(address.into(), network, prefix), within, "{address:?}/{prefix}");
        }
    }

    #[test]
    fn v6_prefixes_at_the_edges() {
        let network: Ipv6Addr = "2001:db8::8000:0:0:fffe".parse().unwrap();
        for (prefix, address, within) in [
            (0, "::1", true),
            (1, "7fff::", true),
            (1, "8000::", false),
            (64, "2001:db8::1", true),
            (65, "2001:db8::1", false),
            (127, "2001:db8::8000:0:0:ffff", true),
            (127, "2001:db8::8000:0:0:fffd", false),
            (128, "2001:db8::8000:0:0:fffe", true),
            (128, "2001:db8::8000:0:0:ffff", false),
        ] {
            assert_eq!(v6_within(address.parse().unwrap(), network, prefix), within, "{address}/{prefix}");
        }
    }

    #[test]
    fn a_mapped_address_is_its_ipv4_address() {
        assert_eq!(unmapped("::ffff:192.0.2.1".parse().unwrap()), IpAddr::from([192, 0, 2, 1]));
        assert_eq!(unmapped("::192.0.2.1".parse().unwrap()), "::192.0.2.1".parse::<IpAddr>().unwrap());
    }
}
